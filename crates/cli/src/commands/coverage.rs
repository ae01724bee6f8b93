//! `coverage`: what was looked at and what was not.

use app::query::coverage::LedgerRow;
use app::query::plan::{self, PlanRow};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Out, Text};

/// Shows what was looked at and what was not: could not look is never nothing there
///
/// Without a verb it lists the ledger: every statement of every source when it was last read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign coverage --gaps         what could not be read
  countersign coverage metrics        how much is known of owner, expiry, purpose … by source
  countersign coverage plan           what to read next, and what it adds")]
pub(crate) struct Coverage {
    /// Only what could not be read
    #[arg(long)]
    gaps: bool,
    #[command(subcommand)]
    command: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List what every source said it looked at when it was last read
    Ledger {
        /// Only what could not be read
        #[arg(long)]
        gaps: bool,
    },
    /// Show, by source and field, of how many records the field is known
    ///
    /// The fields are those every identity and credential needs: owner, expiry, purpose, system,
    /// revocation path, last use, creation. `never` is an answer and counts as known.
    Metrics,
    /// Show the guided order of sources: done, incomplete or open, and what each adds
    Plan,
}

const LEDGER: &[Column] = &[
    Column::new("SOURCE", "/source"),
    Column::new("STATE", "/state"),
    Column::new("KIND", "/kind"),
    Column::new("GROUP", "/group"),
    Column::new("PLACE", "/place"),
    Column::new("REASON", "/reason"),
    Column::new("TIMES", "/occurrences"),
    Column::new("RUN", "/run"),
];
const METRICS: &[Column] = &[
    Column::new("SOURCE", "/source"),
    Column::new("KIND", "/kind"),
    Column::new("FIELD", "/field"),
    Column::new("KNOWN %", "/known_percent"),
    Column::new("RECORDS", "/records"),
    Column::new("KNOWN", "/known"),
    Column::new("NEVER", "/never"),
    Column::new("NOT OBSERVABLE", "/not_observable"),
    Column::new("NO DATA", "/no_data_yet"),
    Column::new("NOTHING SAID", "/nothing_said"),
];

impl Coverage {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        let as_of = context.as_of();
        let mut out = context.out(Format::Table)?;
        match self.command.unwrap_or(Verb::Ledger { gaps: false }) {
            Verb::Ledger { gaps } => {
                let rows =
                    app::query::coverage::ledger(&installation, gaps || self.gaps, as_of).await?;
                let empty = rows.is_empty();
                list::<LedgerRow>(rows, LEDGER, &mut out)?;
                if empty {
                    context.say("no statement: nothing was read yet, or nothing fell short");
                }
            }
            Verb::Metrics => {
                let rows = app::query::coverage::metrics(&installation, as_of).await?;
                list(rows, METRICS, &mut out)?;
            }
            Verb::Plan => {
                let rows = plan::plan(&installation, as_of).await?;
                write_plan(&rows, &mut out)?;
            }
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}

fn list<T: serde::Serialize>(
    rows: Vec<T>,
    columns: &'static [Column],
    out: &mut Out,
) -> Result<(), Failure> {
    let mut listing = Listing::new(out, columns);
    for row in rows {
        listing.push(&row)?;
    }
    listing.finish(&serde_json::Value::Null)?;
    Ok(())
}

const PLAN: &[Column] = &[
    Column::new("STEP", "/step"),
    Column::new("SOURCE", "/source"),
    Column::new("STATE", "/state"),
    Column::new("TITLE", "/title"),
    Column::new("ADDS", "/adds"),
];

fn write_plan(rows: &[PlanRow], out: &mut Out) -> Result<(), Failure> {
    if out.format != Format::Table {
        let mut listing = Listing::new(out, PLAN);
        for row in rows {
            listing.push(row)?;
        }
        listing.finish(&json!({"cannot_see": plan::BASELINE_BLIND}))?;
        return Ok(());
    }
    let mut text = Text::new(out);
    let mut step = 0;
    for row in rows {
        if row.step != step {
            step = row.step;
            text.gap()?;
            text.heading(&format!("Step {}: {}", row.step, row.step_name))?;
        }
        let scopes = if row.scopes.is_empty() {
            String::new()
        } else {
            format!(" [{}]", row.scopes.join(", "))
        };
        text.labelled(
            &format!("{:<10}", row.state),
            &format!("{} ({}){scopes}: {}", row.title, row.source, row.adds),
        )?;
        if row.state != "done" {
            text.item("how:", row.obtain)?;
        }
    }
    text.gap()?;
    text.heading("What no source of this version can show")?;
    for blind in plan::BASELINE_BLIND {
        text.item("-", blind)?;
    }
    Ok(())
}

/// The statements of one run or source, as a table.
pub(super) fn statements<T: serde::Serialize>(
    rows: &[T],
    text: &mut Text<'_>,
) -> Result<(), Failure> {
    const SHOWN: usize = 100;
    let mut cells = Vec::new();
    for row in rows.iter().take(SHOWN) {
        let value = serde_json::to_value(row)?;
        let cell = |name: &str| match value.get(name) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(serde_json::Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        cells.push(vec![
            cell("connector"),
            cell("state"),
            cell("kind"),
            cell("place"),
            cell("reason"),
            cell("occurrences"),
        ]);
    }
    if cells.is_empty() {
        return Ok(());
    }
    text.gap()?;
    text.table(
        &["LOOKED AT BY", "STATE", "KIND", "PLACE", "REASON", "TIMES"],
        &cells,
    )?;
    if rows.len() > SHOWN {
        text.line(&format!("… {} more; -f json has all", rows.len() - SHOWN))?;
    }
    Ok(())
}
