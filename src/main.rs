//! The command `hebb`.
#![forbid(unsafe_code)]

fn main() {}
