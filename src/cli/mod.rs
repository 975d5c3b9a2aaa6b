//! The command `hebb`: one file per subcommand.

mod args;
mod bench;
mod console;
mod eval;
mod features;
mod filters;
mod list;
mod report;
mod reproduce;
mod rules;
mod rules_markdown;
mod show;
mod step;
mod table;
mod train;

pub use args::{BackendArgs, ExperimentArgs};
pub use console::Console;

use crate::{Error, Result, interrupt};
use clap::{Parser, Subcommand};
use console::ERROR;
use std::io::ErrorKind;

/// Hebbian learning in convolutional networks, without backpropagation.
#[derive(Debug, Parser)]
#[command(name = "hebb", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// Print one JSON document for machines instead of text
    #[arg(long, global = true)]
    json: bool,

    /// Print results only: no progress, no notes
    #[arg(long, short, global = true)]
    quiet: bool,

    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  hebb train                   train the quickstart, in seconds
  hebb list rules              the learning rules, with their formulas
  hebb show miconi2021         a whole experiment file, to edit
  hebb bench miconi2021        how fast this machine trains it";

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::TrainArgs),
    Eval(eval::EvalArgs),
    Features(features::FeaturesArgs),
    Filters(filters::FiltersArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Step(step::StepArgs),
    Bench(bench::BenchArgs),
    Reproduce(reproduce::ReproduceArgs),
}

/// Runs the command.
///
/// # Errors
/// The command's own; [`Error::Io`] if standard output cannot be written to.
pub fn run(cli: &Cli) -> Result<()> {
    let console = Console::new(cli.json, cli.quiet);
    match &cli.command {
        Command::Train(args) => args.run(console),
        Command::Eval(args) => args.run(console),
        Command::Features(args) => args.run(console),
        Command::Filters(args) => args.run(console),
        Command::List(args) => args.run(console),
        Command::Show(args) => args.run(console),
        Command::Step(args) => args.run(console),
        Command::Bench(args) => args.run(console),
        Command::Reproduce(args) => args.run(console),
    }
}

/// Returns true if the reader of the output has closed the pipe, as in `hebb list rules | head -1`.
pub fn is_broken_pipe(error: &Error) -> bool {
    matches!(error, Error::Io { source, .. } if source.kind() == ErrorKind::BrokenPipe)
}

/// The exit code of a command that failed: 130 after a signal, otherwise 1.
pub fn exit_code() -> u8 {
    if interrupt::stop_requested() {
        interrupt::EXIT_CODE
    } else {
        1
    }
}

/// Prints an error and its causes to standard error, without causes that the message already quotes.
pub fn print_error(error: &Error) {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    console::say(format_args!("{ERROR}error:{ERROR:#} {text}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_examples_in_its_help() {
        for command in Cli::command().get_subcommands() {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                help.contains(&format!("hebb {}", command.get_name())),
                "{}",
                command.get_name()
            );
        }
    }
}
