//! Declaration of option structs, each field beside its default.

/// Declares a struct of options with the default of each field.
///
/// With the feature `serde` it reads from a table of kebab-case keys: those left out have their defaults, and unknown
/// ones are errors.
macro_rules! options {
    ($(#[$attribute:meta])* pub struct $name:ident {
        $($(#[$field_attribute:meta])* pub $field:ident: $type:ty = $default:expr),+ $(,)?
    }) => {
        $(#[$attribute])*
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(default, deny_unknown_fields, rename_all = "kebab-case"))]
        pub struct $name {
            $($(#[$field_attribute])* pub $field: $type),+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }
    };
}

pub(crate) use options;
