//! PTX text as entries: parameters, symbols and raw statements.

mod entry;
mod operand;
mod symbols;
mod text;

use crate::error::LoadError;
pub(crate) use entry::Entry;
pub use entry::KernelParameter;
pub(crate) use operand::{Arguments, guard};
pub(crate) use symbols::{ArrayRange, Symbols};
use text::StatementLines;
pub(crate) use text::error;

/// Reads every `.entry` of a module.
///
/// # Errors
/// The first statement outside a kernel, or declaration inside one, that is malformed or not supported.
pub(crate) fn entries(source: &str) -> Result<Vec<Entry>, LoadError> {
    let mut lines = StatementLines::new(source);
    let (mut shared, mut entries) = (Vec::new(), Vec::new());
    while let Some((line, text)) = lines.next_line() {
        if [".version", ".target", ".address_size"]
            .iter()
            .any(|directive| text.starts_with(directive))
        {
            continue;
        }
        if text.contains(".shared") {
            shared.push(lines.statement(line, text));
        } else if text.starts_with(".global") {
            // NVRTC declares variables that no kernel uses. A use is refused, as the name stays unknown.
            lines.statement(line, text);
        } else if text.contains(".entry") {
            entries.push(Entry::parse(&mut lines, line, text, &shared)?);
        } else {
            return Err(error(line, &text, "is not supported outside a kernel"));
        }
    }
    Ok(entries)
}
