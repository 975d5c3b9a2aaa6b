//! A test for each opcode, and for each defect that the interpreter reports.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod arithmetic;
mod bits;
mod checks;
mod compare;
mod convert;
mod float;
mod loading;
mod memory;
mod opcodes;
mod races;
mod support;
mod warp;
