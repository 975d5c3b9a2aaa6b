//! Every test of the whole workspace, in one binary that is linked once.

mod cli;
mod golden;
mod layout;
mod runs;
mod step;
mod support;
