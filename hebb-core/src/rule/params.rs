//! Parameters by name, checked against a rule's description.

use super::info::{Default, ParamInfo, RuleInfo};
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

    /// Checks every parameter given against the rule's description.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that the rule does not have, [`Error::Parameter`] for a value out of range.
    pub fn check(&self, rule: &RuleInfo) -> Result<()> {
        for (name, value) in &self.0 {
            let Some(param) = rule.params.iter().find(|param| param.name == name) else {
                let known = rule.params.iter().map(|param| param.name);
                return Err(Error::unknown(
                    format!("parameter of rule {}", rule.name),
                    name,
                    known,
                ));
            };
            if !param.allows(value) {
                return Err(Error::parameter(
                    format!("rule {}", rule.name),
                    name,
                    value,
                    param.range(),
                ));
            }
        }
        Ok(())
    }

    /// The number given for `name`, or its default.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Parameter`] as in [`Self::check`].
    pub fn number(&self, rule: &RuleInfo, name: &str) -> Result<f64> {
        match self.value(rule, name)? {
            Value::Number(number) => Ok(number),
            word => Err(Error::parameter(
                format!("rule {}", rule.name),
                name,
                word,
                "a number",
            )),
        }
    }

    /// The whole number given for `name`, or its default.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Parameter`] as in [`Self::check`], also for a number that is not whole.
    pub fn whole(&self, rule: &RuleInfo, name: &str) -> Result<usize> {
        let number = self.number(rule, name)?;
        // Beyond this not every whole number is an f64.
        if number.fract() == 0.0 && (0.0..9e15).contains(&number) {
            return Ok(number as usize);
        }
        Err(Error::parameter(
            format!("rule {}", rule.name),
            name,
            number,
            "a whole number",
        ))
    }

    /// The word given for `name`, or its default.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Parameter`] as in [`Self::check`].
    pub fn word(&self, rule: &RuleInfo, name: &str) -> Result<String> {
        match self.value(rule, name)? {
            Value::Word(word) => Ok(word),
            number => Err(Error::parameter(
                format!("rule {}", rule.name),
                name,
                number,
                "a word",
            )),
        }
    }

    fn value(&self, rule: &RuleInfo, name: &str) -> Result<Value> {
        self.check(rule)?;
        let default = rule
            .params
            .iter()
            .find(|param| param.name == name)
            .map(|param| param.default.value());
        self.get(name).cloned().or(default).ok_or_else(|| {
            let known = rule.params.iter().map(|param| param.name);
            Error::unknown(format!("parameter of rule {}", rule.name), name, known)
        })
    }
}

impl Default {
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
            Default::Number { min, max, .. } if max.is_infinite() => format!("at least {min}"),
            Default::Number { min, max, .. } => format!("from {min} to {max}"),
            Default::Choice { choices, .. } => format!("one of {}", choices.join(", ")),
        }
    }

    fn allows(&self, value: &Value) -> bool {
        match (&self.default, value) {
            (Default::Number { min, max, .. }, Value::Number(number)) => (*min..=*max).contains(number),
            (Default::Choice { choices, .. }, Value::Word(word)) => choices.contains(&word.as_str()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: RuleInfo = RuleInfo {
        name: "test",
        summary: "",
        formula: "",
        surrogate: "",
        paper: "",
        params: &[ParamInfo {
            name: "theta",
            default: Default::Number {
                value: 0.5,
                min: 0.0,
                max: 1.0,
            },
            meaning: "",
        }],
        laws: &[],
        deviations: "",
    };

    #[test]
    fn values_are_checked_and_default() {
        assert_eq!(Params::default().number(&RULE, "theta").unwrap(), 0.5);
        assert_eq!(
            Params::default()
                .with("theta", 0.25)
                .number(&RULE, "theta")
                .unwrap(),
            0.25
        );
        let message = Params::default()
            .with("theta", 2.0)
            .number(&RULE, "theta")
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "rule test: theta = 2 is out of range; it must be from 0 to 1"
        );
        let message = Params::default()
            .with("tehta", 2.0)
            .check(&RULE)
            .unwrap_err()
            .to_string();
        assert!(message.contains("did you mean `theta`?"), "{message}");
        assert!(Params::default().with("theta", f64::NAN).check(&RULE).is_err());
        assert!(Params::default().with("theta", "high").check(&RULE).is_err());
    }
}
