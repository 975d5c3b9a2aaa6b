//! TOML without unknown keys: errors name the line and the nearest known name.

use crate::{Error, Result};
use hebb_core::Error as CoreError;
use serde::de::DeserializeOwned;

/// Parses TOML; errors name the line and suggest the nearest known key.
///
/// # Errors
/// [`Error::Config`].
pub(crate) fn parse_toml<T: DeserializeOwned>(text: &str, origin: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error
            .span()
            .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let origin = line.map_or_else(|| origin.to_owned(), |line| format!("{origin}, line {line}"));
        fail(&origin, &error)
    })
}

/// A serde error as one of the experiment, with the nearest known name.
pub(super) fn fail(origin: &str, error: &toml::de::Error) -> Error {
    let message = error.message();
    let problem = unknown_name(message).map_or_else(|| message.to_owned(), |error| error.to_string());
    Error::config(origin, problem)
}

/// The unknown name in serde's message, with the nearest of the known names it lists.
fn unknown_name(message: &str) -> Option<CoreError> {
    let (kind, rest) = [("key", "unknown field "), ("choice", "unknown variant ")]
        .iter()
        .find_map(|(kind, start)| Some((*kind, message.strip_prefix(start)?)))?;
    let mut quoted = rest.split('`').skip(1).step_by(2);
    let name = quoted.next()?;
    Some(CoreError::unknown(kind, name, quoted))
}
