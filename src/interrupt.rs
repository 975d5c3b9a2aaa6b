//! Graceful stop on a signal: checked between two batches, so that temporary files are removed.

use crate::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

static STOP_REQUESTED: AtomicBool = AtomicBool::new(false);

/// The exit code of a command that a signal stopped.
#[cfg(feature = "cli")]
pub(crate) const EXIT_CODE: u8 = 130;

/// Installs handlers: the first SIGINT, SIGTERM or SIGHUP requests a stop, the second ends the process at once.
#[cfg(feature = "cli")]
pub(crate) fn handle_signals() {
    // Where no handler can be set, a signal ends the process as it would have anyway.
    let _ = ctrlc::set_handler(|| {
        if STOP_REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

/// Returns true if a signal has requested a stop.
pub(crate) fn stop_requested() -> bool {
    STOP_REQUESTED.load(Ordering::Relaxed)
}

/// Fails if a signal has requested a stop.
///
/// # Errors
/// [`Error::Interrupted`].
pub(crate) fn check() -> Result<()> {
    match stop_requested() {
        true => Err(Error::Interrupted),
        false => Ok(()),
    }
}
