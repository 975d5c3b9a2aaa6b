//! The backend on the stand-in driver: its PTX runs on an interpreter that checks every access.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

#[path = "../checks/mod.rs"]
mod checks;
mod conformance;
mod cost;
mod on_interpreter;
mod resources;
mod support;
