//! Errors. Each message names the thing, its value and the remedy.

/// The error type of rules, layers, networks and backends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A window that does not fit its input.
    #[error("{what} does not fit its input: {detail}")]
    Geometry {
        /// The operation, such as `convolution`.
        what: &'static str,
        /// The conflicting sizes and the remedy.
        detail: String,
    },
    /// An array or buffer of the wrong shape or length.
    #[error("{what}: expected {expected}, found {found}")]
    Shape {
        /// The operand.
        what: String,
        /// The expected shape or length.
        expected: String,
        /// The actual shape or length.
        found: String,
    },
    /// A parameter out of its range.
    #[error("{owner}: {name} = {value} is out of range; it must be {range}")]
    Parameter {
        /// The rule, competition or layer with the parameter.
        owner: String,
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
        /// The permitted values.
        range: String,
    },
    /// An unknown name.
    #[error("there is no {kind} named `{name}`{}; known: {}", suggestion(.nearest), .known.join(", "))]
    Unknown {
        /// The kind of name: `rule`, `parameter of rule oja`.
        kind: String,
        /// The unknown name.
        name: String,
        /// The most similar known name, if any is similar.
        nearest: Option<String>,
        /// Every known name.
        known: Vec<String>,
    },
    /// Two choices that exclude each other.
    #[error("{first} is incompatible with {second}: {reason}")]
    Incompatible {
        /// The first choice.
        first: String,
        /// The second choice.
        second: String,
        /// The conflict and the remedy.
        reason: String,
    },
    /// An error in a layer of a network.
    #[error("layer {layer}: {source}")]
    Layer {
        /// Its number, from 1.
        layer: usize,
        /// The error.
        source: Box<Error>,
    },
    /// Training that left a layer with NaN or infinite weights.
    #[error("layer {layer} diverged in epoch {epoch} (weights are {value}): {remedy}")]
    Diverged {
        /// Its number, from 1.
        layer: usize,
        /// The epoch, from 1.
        epoch: u64,
        /// The first value that is not finite.
        value: f32,
        /// The settings to change.
        remedy: String,
    },
    /// A NaN or infinite value.
    #[error("{what} contains {value} at index {index}; every value must be finite")]
    NotFinite {
        /// The array.
        what: String,
        /// The value.
        value: f32,
        /// Its index in row-major order.
        index: usize,
    },
    /// A failed allocation.
    #[error("out of memory: {backend} could not allocate {bytes} bytes; use a smaller batch or network")]
    OutOfMemory {
        /// The backend.
        backend: &'static str,
        /// The requested size.
        bytes: usize,
    },
    /// A readout that cannot be fitted.
    #[error("{what} cannot be fitted: {detail}")]
    Numerical {
        /// The system.
        what: &'static str,
        /// The cause and the remedy.
        detail: String,
    },
    /// An error of the backend.
    #[error("backend {backend}: {source}")]
    Backend {
        /// The backend.
        backend: &'static str,
        /// Its error.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An error of the data source.
    #[error("{0}")]
    Data(Box<dyn std::error::Error + Send + Sync>),
}

/// The result type of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An [`Error::Unknown`] that suggests the most similar known name.
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

    /// An [`Error::Shape`].
    pub fn shape(what: impl Into<String>, expected: impl ToString, found: impl ToString) -> Self {
        Self::Shape {
            what: what.into(),
            expected: expected.to_string(),
            found: found.to_string(),
        }
    }

    /// An [`Error::Parameter`].
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

/// Checks that every value is finite.
///
/// # Errors
/// [`Error::NotFinite`] names the array, the value and its index.
pub fn check_finite(what: &str, values: &[f32]) -> Result<()> {
    // Without an early exit the loop vectorizes and runs at memory bandwidth.
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
        assert_eq!(
            message,
            "images contains NaN at index 1; every value must be finite"
        );
    }
}
