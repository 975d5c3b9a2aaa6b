//! Length checks of the operands of a call.

use crate::error::{Error, Result};

/// The first `len` values of an operand.
///
/// # Errors
/// [`Error::Shape`] if the buffer is shorter.
pub(super) fn need<'a>(what: &str, buffer: &'a [f32], len: usize) -> Result<&'a [f32]> {
    buffer
        .get(..len)
        .ok_or_else(|| too_short(what, buffer.len(), len))
}

/// The first `len` values of an operand to write.
///
/// # Errors
/// [`Error::Shape`] if the buffer is shorter.
pub(super) fn need_mut<'a>(what: &str, buffer: &'a mut [f32], len: usize) -> Result<&'a mut [f32]> {
    let found = buffer.len();
    buffer.get_mut(..len).ok_or_else(|| too_short(what, found, len))
}

fn too_short(what: &str, found: usize, len: usize) -> Error {
    Error::shape(operand(what), at_least(len), found)
}

fn operand(what: &str) -> String {
    format!("the operand {what}")
}

fn at_least(len: usize) -> String {
    format!("at least {len} values")
}
