//! Values with a short form in experiment files: `kernel = 5`, `rule = "oja"`.

use crate::error::Result;
use crate::rule::{AnyRule, Params};
use crate::rules;
use std::sync::Arc;

/// Two sizes, (rows, columns). An experiment file may give one number for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair(pub [usize; 2]);

impl Pair {
    /// (1, 1).
    pub const fn one() -> Self {
        Self([1; 2])
    }
}

/// A rule by name with its parameters, or a rule outside the registry.
#[derive(Clone, Debug)]
pub struct RuleChoice {
    /// The name in the registry.
    pub name: String,
    /// The parameters that differ from their defaults.
    pub params: Params,
    outside: Option<Arc<dyn AnyRule>>,
}

impl RuleChoice {
    /// The rule of this name with its default parameters.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            params: Params::default(),
            outside: None,
        }
    }

    /// The rule of this name with these parameters.
    pub fn with_params(name: &str, params: Params) -> Self {
        Self {
            params,
            ..Self::named(name)
        }
    }

    /// A rule outside the registry, such as one of another crate. Experiment files cannot name it.
    pub fn outside(rule: impl AnyRule + 'static) -> Self {
        let name = rule.info().name;
        Self {
            outside: Some(Arc::new(rule)),
            ..Self::named(name)
        }
    }

    /// The rule.
    ///
    /// # Errors
    /// As [`rules::build`].
    pub fn build(&self) -> Result<Arc<dyn AnyRule>> {
        match &self.outside {
            Some(rule) => Ok(Arc::clone(rule)),
            None => rules::build(&self.name, &self.params).map(Arc::from),
        }
    }
}

impl PartialEq for RuleChoice {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.outside, &other.outside) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            _ => false,
        };
        same && self.name == other.name && self.params == other.params
    }
}

impl Default for RuleChoice {
    /// The instar.
    fn default() -> Self {
        Self::named("instar")
    }
}

#[cfg(feature = "serde")]
mod format {
    use super::{Pair, RuleChoice};
    use crate::rule::{Params, Value};
    use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
    use serde::ser::{Serialize, SerializeMap, Serializer};
    use std::fmt;

    impl Serialize for Pair {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let [rows, columns] = self.0;
            if rows == columns {
                rows.serialize(serializer)
            } else {
                self.0.serialize(serializer)
            }
        }
    }

    impl<'de> Deserialize<'de> for Pair {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct PairVisitor;
            impl<'de> Visitor<'de> for PairVisitor {
                type Value = Pair;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "a size, or [rows, columns]")
                }
                fn visit_u64<E: Error>(self, size: u64) -> Result<Pair, E> {
                    usize::try_from(size)
                        .map(|size| Pair([size; 2]))
                        .map_err(E::custom)
                }
                fn visit_i64<E: Error>(self, size: i64) -> Result<Pair, E> {
                    let size = usize::try_from(size);
                    size.map(|size| Pair([size; 2]))
                        .map_err(|_| E::custom("a size cannot be negative"))
                }
                fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pair, A::Error> {
                    let mut next = || {
                        seq.next_element()?
                            .ok_or_else(|| A::Error::custom("two sizes are needed"))
                    };
                    Ok(Pair([next()?, next()?]))
                }
            }
            deserializer.deserialize_any(PairVisitor)
        }
    }

    impl Serialize for RuleChoice {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.params.is_empty() {
                return self.name.serialize(serializer);
            }
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("name", &self.name)?;
            for (name, value) in self.params.iter() {
                map.serialize_entry(name, value)?;
            }
            map.end()
        }
    }

    impl<'de> Deserialize<'de> for RuleChoice {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct RuleVisitor;
            impl<'de> Visitor<'de> for RuleVisitor {
                type Value = RuleChoice;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(
                        f,
                        "a rule's name, or a table with `name` and the rule's parameters"
                    )
                }
                fn visit_str<E: Error>(self, name: &str) -> Result<RuleChoice, E> {
                    Ok(RuleChoice::named(name))
                }
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleChoice, A::Error> {
                    let (mut name, mut params) = (None, Params::default());
                    while let Some(key) = map.next_key::<String>()? {
                        if key == "name" {
                            name = Some(map.next_value()?);
                        } else {
                            params = params.with(&key, map.next_value::<Value>()?);
                        }
                    }
                    let name: String = name.ok_or_else(|| A::Error::missing_field("name"))?;
                    Ok(RuleChoice::with_params(&name, params))
                }
            }
            deserializer.deserialize_any(RuleVisitor)
        }
    }
}
