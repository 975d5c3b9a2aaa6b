//! A wish to stop, heeded between two batches, so that whatever was half-written is removed on the way out.

use crate::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

static WISHED: AtomicBool = AtomicBool::new(false);

/// The exit code of a command that a signal stopped.
#[cfg(feature = "cli")]
pub(crate) const EXIT_CODE: u8 = 130;

/// From now on the first SIGINT, SIGTERM or SIGHUP is a wish, and the second ends the process at once.
#[cfg(feature = "cli")]
pub(crate) fn heed_signals() {
    // Where no handler can be set, a signal ends the process as it would have anyway.
    let _ = ctrlc::set_handler(|| {
        if WISHED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
    });
}

/// Whether somebody wishes to stop.
pub(crate) fn wished() -> bool {
    WISHED.load(Ordering::Relaxed)
}

/// Goes on unless somebody wishes to stop.
///
/// # Errors
/// [`Error::Interrupted`].
pub(crate) fn check() -> Result<()> {
    match wished() {
        true => Err(Error::Interrupted),
        false => Ok(()),
    }
}
