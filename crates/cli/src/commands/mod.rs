//! The commands, one file each.

pub(crate) mod agent;
pub(crate) mod assess;
pub(crate) mod bench;
pub(crate) mod cert;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod coverage;
pub(crate) mod credential;
pub(crate) mod db;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod filter;
pub(crate) mod finding;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod judging;
pub(crate) mod owner;
pub(crate) mod policy;
pub(crate) mod records;
pub(crate) mod reference;
mod report;
pub(crate) mod rule;
pub(crate) mod run;
pub(crate) mod scan;
pub(crate) mod score;
pub(crate) mod source;
pub(crate) mod summary;
mod tls;
pub(crate) mod who;

use crate::cli::Command;
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// Runs one command.
pub(crate) async fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Scan(args) => args.run(context).await,
        Command::Import(args) => args.run(context).await,
        Command::Who(args) => args.run(context).await,
        Command::Explain(args) => args.run(context).await,
        Command::Summary(args) => args.run(context).await,
        Command::Diff(args) => args.run(context).await,
        Command::Export(args) => args.run(context).await,
        Command::Identity(args) => args.run(context).await,
        Command::Credential(args) => args.run(context).await,
        Command::Cert(args) => args.run(context).await,
        Command::Agent(args) => args.run(context).await,
        Command::Assess(args) => args.run(context).await,
        Command::Finding(args) => args.run(context).await,
        Command::Owner(args) => args.run(context).await,
        Command::Score(args) => args.run(context).await,
        Command::Rule(args) => args.run(context).await,
        Command::Policy(args) => args.run(context).await,
        Command::Run(args) => args.run(context).await,
        Command::Bench(args) => args.run(context).await,
        Command::Source(args) => args.run(context).await,
        Command::Coverage(args) => args.run(context).await,
        Command::Db(args) => args.run(context).await,
        Command::Config(args) => args.run(context),
        Command::Doctor(args) => args.run(context).await,
        Command::Filter(args) => args.run(context),
        Command::Completions(args) => args.run(context),
        Command::Reference(args) => args.run(),
    }
}
