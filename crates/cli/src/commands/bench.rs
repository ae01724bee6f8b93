//! `bench`: how good guesses are, measured on what a person knows.

use std::path::{Path, PathBuf};

use app::owners::{self, Measurement};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::owner::read_text;
use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Out, Text};

/// Measures how good proposals are, against labels a person wrote
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign bench owners --labels labels.jsonl

One JSON object a line: {\"id\": \"arn:aws:iam::123456789012:user/deploy\", \"owner\": \"ann@example.com\", \"team\": \"Payments\"}")]
pub(crate) struct Bench {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print precision and recall of owner proposals at each confidence, and their calibration
    Owners {
        /// Who really answers for what, one JSON object a line; - for standard input
        #[arg(long, value_name = "FILE")]
        labels: PathBuf,
    },
}

impl Bench {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Verb::Owners { labels } = self.command;
        owners(&labels, context).await
    }
}

async fn owners(labels: &Path, context: &Context) -> Result<Exit, Failure> {
    let text = read_text(labels)?;
    let installation = context.open().await?;
    let measured = owners::bench(&installation, &text, context.as_of()).await?;
    let mut out = context.out(Format::Table)?;
    if !out.object(&measured)? {
        write(&measured, &mut out)?;
    }
    out.finish()?;
    for line in &measured.missing {
        context.say(line);
    }
    Ok(Exit::Done)
}

fn write(measured: &Measurement, out: &mut Out) -> Result<(), Failure> {
    let all = serde_json::to_value(measured)?;
    let mut text = Text::new(out);
    text.line(&format!("{} labelled records", measured.labelled))?;
    for (name, title) in [
        ("best", "The best proposal of each, person or team"),
        ("person", "The best person"),
        ("team", "The best team"),
    ] {
        let Some(curve) = all.get(name) else { continue };
        let number = |of: &Value, name: &str| of.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        let points = curve.get("points").and_then(Value::as_array);
        let rows: Vec<Vec<String>> = points
            .into_iter()
            .flatten()
            .step_by(2)
            .map(|point| {
                vec![
                    format!("{:.2}", number(point, "at")),
                    format!("{:.0}", number(point, "proposed")),
                    format!("{:.1} %", 100.0 * number(point, "precision")),
                    format!("{:.1} %", 100.0 * number(point, "recall")),
                ]
            })
            .collect();
        text.gap()?;
        text.heading(&format!(
            "{title}: {:.0} labels, calibration error {:.1} points",
            number(curve, "labelled"),
            100.0 * number(curve, "calibration_error")
        ))?;
        text.table(&["CONFIDENCE", "PROPOSED", "PRECISION", "RECALL"], &rows)?;
    }
    Ok(())
}
