//! The one error type of the workspace's core: every message names the thing, the value and the remedy.

/// What can go wrong in rules, layers, networks and backends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A convolution, pooling or dense layer does not fit its input.
    #[error("{what} does not fit its input: {detail}")]
    Geometry {
        /// The operation, such as `convolution`.
        what: &'static str,
        /// The sizes at odds and what would fit.
        detail: String,
    },
    /// An array or a buffer has another size than its operation needs.
    #[error("{what} has {found}, but {expected} is needed")]
    Shape {
        /// The operand.
        what: String,
        /// The shape or length needed.
        expected: String,
        /// The shape or length given.
        found: String,
    },
    /// A parameter lies outside its range.
    #[error("{owner}: {name} = {value} is out of range; it must be {range}")]
    Parameter {
        /// The rule, competition or layer that takes the parameter.
        owner: String,
        /// The parameter.
        name: String,
        /// The value given.
        value: String,
        /// The values allowed.
        range: String,
    },
    /// A name is not known.
    #[error("there is no {kind} named `{name}`{}; known: {}", suggestion(.nearest), .known.join(", "))]
    Unknown {
        /// What the name was looked up as: `rule`, `parameter of rule oja`.
        kind: String,
        /// The name given.
        name: String,
        /// The nearest known name, if one is near.
        nearest: Option<String>,
        /// Every known name.
        known: Vec<String>,
    },
    /// Two choices that exclude each other.
    #[error("{first} does not go with {second}: {reason}")]
    Incompatible {
        /// The first choice.
        first: String,
        /// The second choice.
        second: String,
        /// Why they exclude each other and what to choose instead.
        reason: String,
    },
    /// A layer of a network could not be built or restored.
    #[error("layer {layer}: {source}")]
    Layer {
        /// Its number, from 1.
        layer: usize,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// A value that is NaN or infinite where a number is needed.
    #[error("{what} holds {value} at index {index}; every value must be finite")]
    NotFinite {
        /// The array.
        what: String,
        /// The offending value.
        value: f32,
        /// Its index in row-major order.
        index: usize,
    },
    /// Memory for a buffer could not be had.
    #[error("out of memory: {backend} could not allocate {bytes} bytes; use a smaller batch or network")]
    OutOfMemory {
        /// The backend.
        backend: &'static str,
        /// The size asked for.
        bytes: usize,
    },
    /// A linear system could not be solved.
    #[error("{what} could not be solved: {detail}")]
    Numerical {
        /// The system.
        what: &'static str,
        /// The cause and the remedy.
        detail: String,
    },
    /// A backend's own failure.
    #[error("backend {backend}: {source}")]
    Backend {
        /// The backend.
        backend: &'static str,
        /// What it reported.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The data source failed.
    #[error("{0}")]
    Data(Box<dyn std::error::Error + Send + Sync>),
}

/// The result of every fallible operation of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An unknown name, with the nearest known one as a suggestion.
    pub fn unknown<'a>(
        kind: impl Into<String>,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let nearest = known
            .iter()
            .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
            .filter(|(score, _)| *score > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, candidate)| candidate.clone());
        Self::Unknown {
            kind: kind.into(),
            name: name.to_owned(),
            nearest,
            known,
        }
    }

    /// An operand of the wrong shape or length.
    pub fn shape(what: impl Into<String>, expected: impl ToString, found: impl ToString) -> Self {
        Self::Shape {
            what: what.into(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// A parameter out of its range.
    pub fn parameter(
        owner: impl Into<String>,
        name: impl Into<String>,
        value: impl ToString,
        range: impl Into<String>,
    ) -> Self {
        Self::Parameter {
            owner: owner.into(),
            name: name.into(),
            value: value.to_string(),
            range: range.into(),
        }
    }
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!(" (did you mean `{name}`?)"))
        .unwrap_or_default()
}

/// Refuses values that are NaN or infinite.
///
/// # Errors
/// [`Error::NotFinite`] names the array, the value and its index.
pub fn check_finite(what: &str, values: &[f32]) -> Result<()> {
    // Without an early end the check runs at the speed of memory.
    if values
        .iter()
        .fold(true, |finite, value| finite & value.is_finite())
    {
        return Ok(());
    }
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite {
            what: what.to_owned(),
            value: values[index],
            index,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_suggests_the_nearest_one() {
        let message = Error::unknown("rule", "instarr", ["hebb", "instar", "oja"]).to_string();
        assert_eq!(
            message,
            "there is no rule named `instarr` (did you mean `instar`?); known: hebb, instar, oja"
        );
        let message = Error::unknown("rule", "xyz", ["hebb"]).to_string();
        assert_eq!(message, "there is no rule named `xyz`; known: hebb");
    }

    #[test]
    fn the_first_value_that_is_not_finite_is_named() {
        assert!(check_finite("images", &[0.0, 1.0]).is_ok());
        let message = check_finite("images", &[0.0, f32::NAN]).unwrap_err().to_string();
        assert_eq!(message, "images holds NaN at index 1; every value must be finite");
    }
}
