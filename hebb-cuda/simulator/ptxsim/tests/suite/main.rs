//! Tests of each opcode and of each kind of defect.
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
