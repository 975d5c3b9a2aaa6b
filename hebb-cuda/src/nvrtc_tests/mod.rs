//! What needs NVRTC: `cargo test -p hebb-cuda --lib -- --ignored nvrtc_`, as `ci.sh` runs it.
//!
//! With `HEBB_BLESS=1` the committed PTX and the resource table are written anew instead of compared. They belong to
//! one compiler version, NVRTC 12.1.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod images;
mod mutants;
mod resources;

use std::path::PathBuf;

use crate::driver::nvrtc_version;

/// The version that the committed files were made with.
const VERSION: (i32, i32) = (12, 1);

/// Compares `text` with a committed file, or writes it if the environment asks for that.
#[track_caller]
fn check_committed(file: &str, text: &str) {
    assert_eq!(
        nvrtc_version().unwrap(),
        VERSION,
        "the committed files were made with another NVRTC"
    );
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("kernels")
        .join(file);
    if std::env::var_os("HEBB_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{} is not current; run hebb-cuda/ci.sh bless",
        path.display()
    );
}
