//! Tests that need NVRTC: `cargo test -p hebb-cuda --lib -- --ignored nvrtc_`, as `ci.sh` runs them.
//!
//! With `HEBB_BLESS=1` the committed PTX and the resource tables are written anew instead of compared. The PTX belongs to
//! NVRTC 12.1, a table to the compiler that it is named after.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod images;
mod mutants;
mod resources;

use std::path::PathBuf;

/// Compares `text` with a committed file, or writes it if the environment asks for that.
#[track_caller]
fn check_committed(file: &str, text: &str) {
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
