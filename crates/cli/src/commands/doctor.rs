//! `doctor`: is everything in order here?

use app::query::doctor::{self, Finding};
use clap::Args;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing};

/// Looks whether this installation is in order: key, permissions, database, unfinished runs, stale
/// or incomplete sources
///
/// Each line says what is wrong and what to do. Exits with 1 when something is broken.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign doctor
  countersign doctor -f json")]
pub(crate) struct Doctor {}

const COLUMNS: &[Column] = &[
    Column::new("STATE", "/state"),
    Column::new("CHECK", "/check"),
    Column::new("FOUND", "/found"),
    Column::new("DO", "/remedy"),
];

impl Doctor {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        let findings: Vec<Finding> = doctor::doctor(&installation).await?;
        let mut out = context.out(Format::Table)?;
        let mut listing = Listing::new(&mut out, COLUMNS);
        for finding in &findings {
            listing.push(finding)?;
        }
        listing.finish(&serde_json::Value::Null)?;
        out.finish()?;
        let broken = findings.iter().any(|finding| finding.state == "broken");
        Ok(if broken { Exit::Error } else { Exit::Done })
    }
}
