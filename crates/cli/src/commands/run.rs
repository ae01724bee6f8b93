//! `run`: readings of sources, and edits.

use clap::{Args, Subcommand};

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Text};

/// Lists and shows runs: each reading of sources, and each edit by hand
///
/// A run gets its number when it commits; `diff` and `--as-of` read along that axis.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign run ls
  countersign run show 3")]
pub(crate) struct Run {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List runs, newest first
    Ls {
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
    /// Show one run: what it changed, what it looked at and what it could not read
    Show {
        /// Its number, its id or the beginning of it
        #[arg(value_name = "RUN")]
        run: String,
    },
}

const COLUMNS: &[Column] = &[
    Column::new("SEQ", "/seq"),
    Column::new("STARTED", "/started_at"),
    Column::new("KIND", "/kind"),
    Column::new("STATE", "/state"),
    Column::new("COMPLETE", "/complete"),
    Column::new("OBSERVED", "/observations"),
    Column::new("NEW", "/added"),
    Column::new("CHANGED", "/changed"),
    Column::new("RETIRED", "/retired"),
    Column::new("BY", "/actor"),
    Column::new("TITLE", "/title"),
    Column::new("ID", "/id"),
];

impl Run {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        let mut out = context.out(Format::Table)?;
        match self.command {
            Verb::Ls { limit } => {
                let mut listing = Listing::new(&mut out, COLUMNS);
                for run in app::query::runs::list(&installation, limit).await? {
                    listing.push(&run)?;
                }
                listing.finish(&serde_json::Value::Null)?;
            }
            Verb::Show { run } => {
                let page = app::query::runs::show(&installation, &run).await?;
                if !out.object(&page)? {
                    let mut text = Text::new(&mut out);
                    let mut rows = Vec::new();
                    super::report::flatten("", &serde_json::to_value(&page.run)?, &mut rows);
                    text.table(&["", ""], &rows)?;
                    super::coverage::statements(&page.coverage, &mut text)?;
                }
            }
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}
