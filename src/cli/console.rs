//! Terminal output: results on standard output, notes and progress on standard error.

use crate::{Error, Result};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;
use std::path::Path;

/// Style of headings and figures.
pub(super) const STRONG: Style = Style::new().bold();
/// Style of names that can be typed.
pub(super) const NAME: Style = AnsiColor::Cyan.on_default().bold();
/// Style of secondary text.
pub(super) const FAINT: Style = Style::new().dimmed();
/// Style of the word `error:`.
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();

/// The output of a command: text, or JSON with `--json`; without notes with `--quiet`.
///
/// Colours are left out if `NO_COLOR` is set or the output is no terminal, progress bars if standard error is no terminal.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    json: bool,
    quiet: bool,
}

impl Console {
    pub(super) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// Returns true if the result is to be printed as JSON.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// Prints a line of the result.
    ///
    /// # Errors
    /// [`Error::Io`] when standard output cannot be written to.
    pub fn line(self, text: impl Display) -> Result<()> {
        let failed = Error::io("write to", Path::new("standard output"));
        writeln!(anstream::stdout(), "{text}").map_err(failed)
    }

    /// Prints the result as JSON.
    ///
    /// # Errors
    /// [`Error::Io`] when standard output cannot be written to, [`Error::Format`] for a value without JSON form.
    pub fn json(self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value);
        self.line(text.map_err(|error| Error::format(Path::new("standard output"), error))?)
    }

    /// Prints the result as JSON if that is asked for, and otherwise `lines`.
    ///
    /// # Errors
    /// As [`Console::json`] and [`Console::line`].
    pub fn show<T: Display>(self, value: &impl Serialize, lines: impl IntoIterator<Item = T>) -> Result<()> {
        if self.json {
            return self.json(value);
        }
        lines.into_iter().try_for_each(|line| self.line(line))
    }

    /// Prints a note to standard error, unless quiet or JSON is asked for.
    pub fn note(self, text: impl Display) {
        if !self.quiet && !self.json {
            say(text);
        }
    }

    /// A progress bar over `steps`, invisible if quiet or not on a terminal.
    pub fn progress(self, steps: u64, what: &str) -> ProgressBar {
        let target = match self.quiet || self.json {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let style = ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len}  {eta}");
        ProgressBar::with_draw_target(Some(steps), target)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
            .with_message(what.to_owned())
    }
}

/// Prints a line to standard error. A failure is ignored: there is nowhere left to report it.
pub(super) fn say(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
