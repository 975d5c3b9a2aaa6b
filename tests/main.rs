//! Every test of the whole workspace, in one binary that is linked once.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod autodiff;
mod cli;
mod conformance;
#[cfg(feature = "cuda")]
mod cuda;
mod golden;
mod hybrids;
mod imports;
mod laws;
mod layout;
mod names;
mod readme;
mod reproduce;
mod runs;
mod step;
mod support;
mod teachers;
