//! `config`: the settings in force.

use clap::{Args, Subcommand};

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Text};

/// Shows the settings in force, and where each comes from
///
/// A setting is an option of the command line, else an environment variable, else a default. A
/// database address never shows its password.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign config show
  ls $(countersign config path)")]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show every setting
    Show,
    /// Show the directory in which everything is kept
    Path,
}

const COLUMNS: &[Column] = &[
    Column::new("SETTING", "/name"),
    Column::new("VALUE", "/value"),
    Column::new("FROM", "/from"),
    Column::new("MEANING", "/meaning"),
];

impl Config {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = app::config::Config::resolve(context.options())?;
        let mut out = context.out(Format::Table)?;
        match self.command {
            Verb::Show => {
                let mut listing = Listing::new(&mut out, COLUMNS);
                for setting in config.settings() {
                    listing.push(setting)?;
                }
                listing.finish(&serde_json::Value::Null)?;
            }
            Verb::Path => {
                let path = config.data.display().to_string();
                if !out.object(&serde_json::json!({"v": 1, "data": path}))? {
                    Text::new(&mut out).line(&path)?;
                }
            }
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}
