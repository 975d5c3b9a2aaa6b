//! Declaration of a rule's parameters, each once, beside the field that it fills.

use super::info::ParamInfo;
use super::params::Params;
use crate::error::Result;

/// The parameters of a rule: their table and the value that they build.
///
/// The macro [`parameters!`](crate::parameters) writes it.
pub trait Parameters: Sized {
    /// Name, default, range and meaning of each parameter.
    const PARAMS: &'static [ParamInfo];

    /// The value with these parameters, those not given at their defaults; `rule` is the name for errors.
    ///
    /// Ranges are not checked here but by [`Params::check`], which [`super::Rule::from_params`] calls first.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a value that is not of the field's type.
    fn read(params: &Params, rule: &str) -> Result<Self>;
}

/// Declares a rule's struct with its parameters: each field has a meaning (its doc comment), a default, and a range or
/// the words of an enum.
///
/// ```
/// use hebb_core::rule::{Parameters, Params, choices, parameters};
///
/// /// Sign of the update.
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Sign {
///     Plus,
///     Minus,
/// }
///
/// choices!(Sign { Plus = "plus", Minus = "minus" });
///
/// parameters! {
///     #[derive(Clone, Copy, Debug)]
///     pub struct MyRule {
///         /// strength of forgetting
///         leak: f32 = 0.1 in 0.0..=10.0,
///         /// rank of the unit that unlearns, a whole number
///         k: usize = 2 in 2..,
///         /// sign of the update
///         sign: Sign = "plus",
///     }
/// }
///
/// assert_eq!(MyRule::PARAMS[1].range(), "at least 2");
/// let rule = MyRule::read(&Params::default().with("sign", "minus"), "my-rule")?;
/// assert_eq!((rule.leak, rule.k, rule.sign), (0.1, 2, Sign::Minus));
/// # Ok::<(), hebb_core::Error>(())
/// ```
///
/// A rule without parameters is written `parameters! { pub struct MyRule; }`.
#[macro_export]
macro_rules! parameters {
    (@default $type:ty, $word:literal) => {
        $crate::rule::ParamDefault::Choice {
            value: $word,
            choices: <$type as $crate::rule::ParameterValue>::WORDS,
        }
    };
    (@default $type:ty, $value:literal in $min:literal ..) => {
        $crate::rule::ParamDefault::Number { value: $value as f64, min: $min as f64, max: f64::INFINITY }
    };
    (@default $type:ty, $value:literal in $min:literal ..= $max:literal) => {
        $crate::rule::ParamDefault::Number { value: $value as f64, min: $min as f64, max: $max as f64 }
    };
    ($(#[$attribute:meta])* $visibility:vis struct $rule:ident;) => {
        $(#[$attribute])*
        $visibility struct $rule;

        impl $crate::rule::Parameters for $rule {
            const PARAMS: &'static [$crate::rule::ParamInfo] = &[];

            fn read(_: &$crate::rule::Params, _: &str) -> $crate::Result<Self> {
                Ok(Self)
            }
        }
    };
    ($(#[$attribute:meta])* $visibility:vis struct $rule:ident {
        $($(#[doc = $meaning:literal])+ $field:ident: $type:ty = $default:literal
            $(in $min:literal $to:tt $($max:literal)?)?),+ $(,)?
    }) => {
        $(#[$attribute])*
        $visibility struct $rule {
            $($(#[doc = $meaning])+ $field: $type),+
        }

        impl $crate::rule::Parameters for $rule {
            const PARAMS: &'static [$crate::rule::ParamInfo] = &[$($crate::rule::ParamInfo {
                name: stringify!($field),
                default: $crate::parameters!(@default $type, $default $(in $min $to $($max)?)?),
                meaning: concat!($($meaning),+).trim_ascii(),
            }),+];

            fn read(params: &$crate::rule::Params, rule: &str) -> $crate::Result<Self> {
                Ok(Self { $($field: params.read(rule, stringify!($field), $default)?),+ })
            }
        }
    };
}

/// Makes an enum a type of parameters: `choices!(Sign { Plus = "plus", Minus = "minus" })`.
#[macro_export]
macro_rules! choices {
    ($type:ty { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $crate::rule::ParameterValue for $type {
            const EXPECTED: &'static str = "one of its words";
            const WORDS: &'static [&'static str] = &[$($word),+];

            fn from_value(value: &$crate::rule::Value) -> Option<Self> {
                match value {
                    $($crate::rule::Value::Word(word) if word == $word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

pub use crate::{choices, parameters};
