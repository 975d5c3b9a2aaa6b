//! The command `hebb`.
#![forbid(unsafe_code)]

use clap::Parser;
use hebb_learn::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if cli::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::from(cli::exit_code())
        }
    }
}
