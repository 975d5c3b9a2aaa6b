//! Text in two columns: names, and what they are, wrapped to the terminal.

use super::console::NAME;
use std::fmt::Write;

/// Widths between which text is wrapped, whatever the terminal.
const WIDTHS: (usize, usize) = (40, 110);

/// One line for each name, its text wrapped beside it.
pub(super) fn two_columns<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let widest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, description) in rows {
        let pad = " ".repeat(widest + 2);
        let body = hanging(&description, &pad);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{NAME}{name}{NAME:#}{}{}",
            &pad[name.len()..],
            &body[pad.len()..]
        );
    }
    text.trim_end().to_owned()
}

/// `text` wrapped, every line after `indent`.
pub(super) fn hanging(text: &str, indent: &str) -> String {
    let width = textwrap::termwidth().clamp(WIDTHS.0, WIDTHS.1);
    let options = textwrap::Options::new(width)
        .initial_indent(indent)
        .subsequent_indent(indent)
        .break_words(false);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_start_in_one_column_and_keep_to_it() {
        let long = "word ".repeat(60);
        let text = anstream::adapter::strip_str(&two_columns([("a", "one".into()), ("long-name", long)]))
            .to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "a          one");
        assert!(
            lines.len() > 3 && lines[2].starts_with("           word"),
            "{text}"
        );
        assert!(lines.iter().all(|line| line.len() <= WIDTHS.1));
    }
}
