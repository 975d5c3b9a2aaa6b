//! Statements of PTX text, without comments, with their line numbers.

use crate::error::LoadError;

pub(super) struct StatementLines<'a> {
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
}

/// A statement with the line it starts on, its semicolon removed.
pub(crate) type Statement = (usize, String);

impl<'a> StatementLines<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            lines: source.lines().enumerate(),
        }
    }

    /// The next line with text on it.
    pub(super) fn next_line(&mut self) -> Option<Statement> {
        self.lines.by_ref().find_map(|(index, line)| {
            let text = line.split("//").next().unwrap_or_default().trim();
            (!text.is_empty()).then(|| (index + 1, text.to_owned()))
        })
    }

    /// Joins lines to `text` up to the semicolon.
    pub(super) fn statement(&mut self, line: usize, mut text: String) -> Statement {
        while !text.ends_with(';') {
            let Some((_, more)) = self.next_line() else { break };
            text.push(' ');
            text.push_str(&more);
        }
        (line, text.trim_end_matches(';').trim().to_owned())
    }
}

pub(crate) fn error(line: usize, text: &str, reason: impl Into<String>) -> LoadError {
    LoadError {
        line,
        reason: reason.into(),
        text: text.to_owned(),
    }
}
