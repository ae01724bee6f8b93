//! `countersign`: the control plane for machine identities, on the command line.

mod cli;
mod commands;
mod context;
mod exit;
mod help;
mod progress;
mod render;

use std::process::ExitCode;

use clap::FromArgMatches as _;

use cli::Cli;
use context::Context;
use exit::{Exit, Failure};

/// Rows are made on one thread and freed on another, which the system's allocator is slow at: an
/// import costs a quarter less processor time with this one (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    app::process::keep_secrets();
    let parsed = cli::command()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe while printing help is no failure.
            drop(error.print());
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Done.into()
            };
        }
    };
    let context = Context::new(&cli.global);
    match run(cli, &context) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(&context).into(),
    }
}

fn run(cli: Cli, context: &Context) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(commands::run(cli.command, context))
}
