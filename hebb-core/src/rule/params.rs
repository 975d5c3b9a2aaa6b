//! Parameters by name, checked against a rule's description.

use super::info::{ParamDefault, ParamInfo};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// Parameters as an experiment file gives them.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Params(BTreeMap<String, Value>);

/// One parameter's value.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(untagged)
)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => write!(f, "\"{word}\""),
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl Params {
    /// The same with one more parameter.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The value given for `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The names and values given, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks every parameter given against the table of the rule of this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that the rule does not have, [`Error::Parameter`] for a value out of range.
    pub fn check(&self, rule: &str, table: &[ParamInfo]) -> Result<()> {
        for (name, value) in &self.0 {
            let Some(param) = table.iter().find(|param| param.name == name) else {
                let known = table.iter().map(|param| param.name);
                return Err(Error::unknown(format!("parameter of rule {rule}"), name, known));
            };
            if !param.allows(value) {
                return Err(Error::parameter(
                    format!("rule {rule}"),
                    name,
                    value,
                    param.range(),
                ));
            }
        }
        Ok(())
    }

    /// The value given for `name`, or its default, as the type of a rule's field.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value that is not of the type.
    pub fn read<T: ParameterValue>(&self, rule: &str, name: &str, default: impl Into<Value>) -> Result<T> {
        let value = self.get(name).cloned().unwrap_or_else(|| default.into());
        T::from_value(&value)
            .ok_or_else(|| Error::parameter(format!("rule {rule}"), name, value, T::EXPECTED))
    }
}

/// A type of a parameter: `f32`, `usize`, or an enum with a word for each variant ([`choices!`](crate::choices)).
pub trait ParameterValue: Sized {
    /// The expected value, for errors.
    const EXPECTED: &'static str;

    /// Every word, for an enum.
    const WORDS: &'static [&'static str] = &[];

    /// The value as this type, if it is of it.
    fn from_value(value: &Value) -> Option<Self>;
}

impl ParameterValue for f32 {
    const EXPECTED: &'static str = "a number";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Some(*number as f32),
            Value::Word(_) => None,
        }
    }
}

impl ParameterValue for usize {
    const EXPECTED: &'static str = "a whole number";

    fn from_value(value: &Value) -> Option<Self> {
        // Beyond 9e15 not every whole number is an f64.
        match value {
            Value::Number(number) if number.fract() == 0.0 && (0.0..9e15).contains(number) => {
                Some(*number as usize)
            }
            _ => None,
        }
    }
}

impl ParamDefault {
    /// The default itself.
    pub fn value(&self) -> Value {
        match *self {
            Self::Number { value, .. } => Value::Number(value),
            Self::Choice { value, .. } => Value::from(value),
        }
    }
}

impl ParamInfo {
    /// The range in words.
    pub fn range(&self) -> String {
        match self.default {
            ParamDefault::Number { min, max, .. } if max.is_infinite() => format!("at least {min}"),
            ParamDefault::Number { min, max, .. } => format!("from {min} to {max}"),
            ParamDefault::Choice { choices, .. } => format!("one of {}", choices.join(", ")),
        }
    }

    fn allows(&self, value: &Value) -> bool {
        match (&self.default, value) {
            (ParamDefault::Number { min, max, .. }, Value::Number(number)) => (*min..=*max).contains(number),
            (ParamDefault::Choice { choices, .. }, Value::Word(word)) => choices.contains(&word.as_str()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[ParamInfo] = &[ParamInfo {
        name: "theta",
        default: ParamDefault::Number {
            value: 0.5,
            min: 0.0,
            max: 1.0,
        },
        meaning: "",
    }];

    #[test]
    fn a_value_that_the_rule_does_not_allow_is_refused_with_its_range() {
        let refused = |name: &str, value: Value| {
            let params = Params(BTreeMap::from([(name.to_owned(), value)]));
            params.check("test", TABLE).unwrap_err().to_string()
        };
        assert!(Params::default().with("theta", 0.25).check("test", TABLE).is_ok());
        assert_eq!(
            refused("theta", Value::from(2.0)),
            "rule test: theta = 2 is out of range; it must be from 0 to 1"
        );
        assert!(refused("tehta", Value::from(2.0)).contains("did you mean `theta`?"));
        assert!(refused("theta", Value::from(f64::NAN)).contains("from 0 to 1"));
        assert!(refused("theta", Value::from("high")).contains("from 0 to 1"));
    }

    #[test]
    fn a_value_is_read_as_the_type_of_its_field_and_defaults() {
        let k = |params: Params| params.read::<usize>("test", "k", 2);
        assert_eq!(k(Params::default()).unwrap(), 2);
        assert_eq!(k(Params::default().with("k", 3.0)).unwrap(), 3);
        assert_eq!(
            k(Params::default().with("k", 2.5)).unwrap_err().to_string(),
            "rule test: k = 2.5 is out of range; it must be a whole number"
        );
    }
}
