//! Names and descriptions in two columns, wrapped to the terminal.

use super::console::NAME;
use std::fmt::Write;
use std::io::IsTerminal;

/// Smallest and largest width that text is wrapped to on a terminal.
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

/// `text` wrapped to the terminal, every line after `indent`; in a pipe it stays one line, for `grep`.
pub(super) fn hanging(text: &str, indent: &str) -> String {
    match std::io::stdout().is_terminal() {
        true => wrapped(text, indent, textwrap::termwidth().clamp(WIDTHS.0, WIDTHS.1)),
        false => format!("{indent}{text}"),
    }
}

fn wrapped(text: &str, indent: &str, width: usize) -> String {
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
    fn descriptions_start_in_one_column() {
        let text = two_columns([("a", "one".into()), ("long-name", "two".into())]);
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert_eq!(plain, "a          one\nlong-name  two");
    }

    #[test]
    fn wrapped_text_keeps_to_its_column_and_width() {
        let text = wrapped(&"word ".repeat(60), "    ", 50);
        assert!(text.lines().count() > 6, "{text}");
        assert!(
            text.lines()
                .all(|line| line.starts_with("    word") && line.len() <= 50),
            "{text}"
        );
    }
}
