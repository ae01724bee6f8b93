//! The command line as it is parsed. Its doc comments are the manual.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use model::TimeUs;

use crate::{commands, help};

/// Finds every machine identity and credential, and answers five questions about each: who owns
/// it, what can it reach, is it used, when does it expire, how is it revoked.
///
/// Everything is read from this machine and from exported files; no account, no configuration and
/// no network is needed. What could not be read is said as loudly as what was found.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, after_help = help::START, disable_help_subcommand = false)]
#[command(
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Directory with everything this installation keeps: key, database, temporary files
    ///
    /// Default: $COUNTERSIGN_DATA, else the platform's data directory
    /// (~/.local/share/countersign on Linux).
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help_heading = "Global options"
    )]
    pub(crate) data: Option<PathBuf>,
    /// Database: sqlite:/path/file.db or postgres://user@host/database
    ///
    /// Default: $COUNTERSIGN_DB, else SQLite in the data directory.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help_heading = "Global options"
    )]
    pub(crate) db: Option<String>,
    /// Answer from what was known at this time: 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, global = true, value_name = "TIME", value_parser = time, help_heading = "Global options")]
    pub(crate) as_of: Option<TimeUs>,
    /// Format of the answer
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORMAT",
        help_heading = "Global options"
    )]
    pub(crate) format: Option<Format>,
    /// Write the answer to a file instead of standard output
    #[arg(
        short,
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) output: Option<PathBuf>,
    /// No progress and no remarks on standard error; errors stay
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Refuse to open any socket, whatever else is asked
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) offline: bool,
    /// No colour (also: $NO_COLOR)
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_color: bool,
}

/// Format of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Lists as comma-separated values, nested fields as `last_used.state`.
    Csv,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Scan(Box<commands::scan::Scan>),
    Import(commands::import::Import),
    Who(commands::who::WhoArgs),
    Explain(commands::explain::Explain),
    Summary(commands::summary::Summary),
    Diff(commands::diff::Diff),
    Export(commands::export::Export),
    Identity(commands::identity::Identity),
    Credential(commands::credential::Credential),
    Cert(commands::cert::Cert),
    Agent(commands::agent::Agent),
    Assess(commands::assess::Assess),
    Finding(commands::finding::Finding),
    Owner(commands::owner::Owner),
    Score(commands::score::Score),
    Rule(commands::rule::Rule),
    Policy(commands::policy::Policy),
    Run(commands::run::Run),
    Source(commands::source::Source),
    Bench(commands::bench::Bench),
    Coverage(commands::coverage::Coverage),
    Db(commands::db::Db),
    Config(commands::config::Config),
    Doctor(commands::doctor::Doctor),
    Filter(commands::filter::Filter),
    Completions(commands::completions::Completions),
    #[command(hide = true)]
    Reference(commands::reference::Reference),
}

/// The whole command with what only the program knows, such as the fields of filters.
pub(crate) fn command() -> clap::Command {
    Cli::command().mut_subcommand("filter", |filter| filter.after_help(help::fields()))
}

/// Reads a time.
pub(crate) fn time(text: &str) -> Result<TimeUs, String> {
    TimeUs::parse(text).map_err(|error| error.to_string())
}

/// Reads `key=value`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => {
            Ok((key.to_owned(), value.to_owned()))
        }
        _ => Err("write key=value".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::command().debug_assert();
    }
}
