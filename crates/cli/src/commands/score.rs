//! `score`: how much something matters, with everything the number comes from.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use app::query::Found;
use app::query::score::{self, MAX_DOCUMENT_BYTES, Point, Shown, Total, Verification};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::records::choose;
use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Out, Text};

/// Shows the risk score of a thing, computes an exported one again, and shows how it changed
///
/// The score is NRS 1.0, an open formula with open weights (docs/reference/score.md): the risk from 0
/// to 100, the interval that what is unknown leaves open, and how much of the evidence is there. The
/// three are never made one number.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign score show deploy
  countersign score show deploy -f json > score.json; countersign score verify score.json
  countersign score trend deploy
  countersign score trend")]
pub(crate) struct Score {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show a score: what it comes from, what is unknown, and what each fix would leave of it
    Show {
        /// Name, id, native id, fingerprint or alias
        #[arg(value_name = "THING")]
        thing: String,
        /// The policy file; default: policy.toml in the data directory
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Compute an exported score again, to the last bit; exit code 1 when a number differs
    ///
    /// The document is what `score show -f json` writes. Nothing but the document is read.
    Verify {
        /// The document, or - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Show how the score of a thing changed and why; of everything, the totals of each assessment
    Trend {
        /// Name, id, native id, fingerprint or alias
        #[arg(value_name = "THING")]
        thing: Option<String>,
    },
}

impl Score {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Verb::Show { thing, policy } => show(&thing, policy.as_deref(), context).await,
            Verb::Verify { file } => verify(&file, context),
            Verb::Trend { thing } => trend(thing.as_deref(), context).await,
        }
    }
}

/// Shows the score of a thing.
pub(super) async fn show(
    thing: &str,
    policy: Option<&Path>,
    context: &Context,
) -> Result<Exit, Failure> {
    let installation = context.open().await?;
    let policy = app::policy::load(&installation, policy)?;
    match score::show(&installation, &policy, thing, context.as_of()).await? {
        Found::One(shown) => {
            let mut out = context.out(Format::Table)?;
            if !out.object(&shown)? {
                write(&shown, &mut out)?;
            }
            out.finish()?;
            if !shown.as_assessed {
                context.say("the last assessment found another score, or none: something was read, said or demanded since, or time has passed; `countersign assess` judges anew");
            }
            Ok(Exit::Done)
        }
        Found::Candidates(candidates) => choose(&candidates, context),
    }
}

fn write(shown: &Shown, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    let score = &shown.export.score;
    text.heading(&format!("{}  {}", shown.subject.label(), shown.subject.id))?;
    text.labelled(
        "Risk",
        &format!(
            "{:.2} ({}); between {:.2} and {:.2}, as much as is unknown leaves open",
            score.r,
            score.band.name(),
            score.lo,
            score.hi
        ),
    )?;
    text.labelled(
        "Evidence",
        &format!("{:.0} of 100 of what can be known was looked at", score.c),
    )?;
    text.labelled(
        "Formula",
        &format!(
            "100 √(likelihood {:.3} × impact {:.3}) = {:.2}",
            score.likelihood.r, score.impact.r, score.formula.r
        ),
    )?;
    floors(shown, &mut text)?;
    if !shown.factors.is_empty() {
        text.gap()?;
        let rows: Vec<Vec<String>> = shown
            .factors
            .iter()
            .map(|factor| {
                vec![
                    format!(
                        "{}.{:02} %",
                        factor.hundredths / 100,
                        factor.hundredths % 100
                    ),
                    factor.factor.to_owned(),
                    factor.title.to_owned(),
                    format!("{:.2}", factor.x),
                ]
            })
            .collect();
        text.table(&["SHARE", "FACTOR", "WHAT IS THERE", "STRENGTH"], &rows)?;
    }
    for line in &score.mitigations {
        let name = serde_json::to_value(&line.mitigation)?;
        text.labelled(
            "Mitigation",
            &format!("{name}; without it the risk is {:.2}", line.without.r),
        )?;
    }
    if !shown.fixes.is_empty() {
        text.gap()?;
        let rows: Vec<Vec<String>> = shown
            .fixes
            .iter()
            .map(|fix| {
                vec![
                    format!("{:.2} → {:.2}", score.r, fix.after.r),
                    fix.what.clone(),
                ]
            })
            .collect();
        text.table(&["RISK", "FIX"], &rows)?;
    }
    if !shown.unknown.is_empty() {
        text.gap()?;
        text.heading("Not known, and why")?;
        for unknown in &shown.unknown {
            text.bullet(
                2,
                &format!("{} ({}): {}", unknown.title, unknown.factor, unknown.reason),
            )?;
        }
    }
    text.gap()?;
    text.labelled("Vector", "")?;
    text.line(&format!("  {}", score.vector))?;
    text.labelled("Judged", &format!("on {}", shown.judged_at.date()))
}

fn floors(shown: &Shown, text: &mut Text<'_>) -> Result<(), Failure> {
    for floor in &shown.export.score.floors {
        let floor = serde_json::to_value(floor)?;
        let word = |name: &str| {
            floor
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .replace('_', " ")
        };
        let minimum = floor.get("minimum").and_then(Value::as_f64).unwrap_or(0.0);
        let binds = if floor.get("binds") == Some(&Value::Bool(true)) {
            ", and decides"
        } else {
            ""
        };
        text.labelled(
            "Floor",
            &format!(
                "{}: at least {minimum:.0}; {}{binds}",
                word("rule"),
                word("state")
            ),
        )?;
    }
    Ok(())
}

fn verify(file: &Path, context: &Context) -> Result<Exit, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_DOCUMENT_BYTES)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(file)
            .and_then(|file| file.take(MAX_DOCUMENT_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| app::Error::failed(format!("cannot read `{}`: {error}", file.display())))?;
    let verified = score::verify(&text)?;
    let mut out = context.out(Format::Table)?;
    if !out.object(&verified)? {
        verification(&verified, &mut out)?;
    }
    out.finish()?;
    Ok(if verified.same {
        Exit::Done
    } else {
        Exit::Error
    })
}

fn verification(verified: &Verification, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    if verified.same {
        return text.line(&format!(
            "Same to the last bit: the inputs give {:.2}.\n{}",
            verified.r, verified.vector
        ));
    }
    text.line(&format!("Different: the inputs give {:.2}.", verified.r))?;
    for difference in &verified.differences {
        text.bullet(2, &difference.to_string())?;
    }
    if verified.more {
        text.line("  and more")?;
    }
    Ok(())
}

const POINTS: &[Column] = &[
    Column::new("JUDGED", "/judged_at"),
    Column::new("RISK", "/shown/r"),
    Column::new("BETWEEN", "/shown/between"),
    Column::new("EVIDENCE", "/shown/c"),
    Column::new("BAND", "/band"),
    Column::new("WHY IT CHANGED", "/shown/why"),
];

const TOTALS: &[Column] = &[
    Column::new("RUN", "/run"),
    Column::new("JUDGED", "/judged_at"),
    Column::new("RECORDS", "/judged"),
    Column::new("FINDINGS", "/shown/severity"),
    Column::new("RISK", "/shown/band"),
    Column::new("NOBODY TO ASK", "/unassignable"),
    Column::new("OWNERS", "/shown/owners"),
];

async fn trend(thing: Option<&str>, context: &Context) -> Result<Exit, Failure> {
    let installation = context.open().await?;
    let Some(thing) = thing else {
        let rows = score::of_estate(&installation, context.as_of()).await?;
        return list(&rows, TOTALS, total, context);
    };
    match score::of_record(&installation, thing, context.as_of()).await? {
        Found::One(points) => list(&points, POINTS, point, context),
        Found::Candidates(candidates) => choose(&candidates, context),
    }
}

fn list<T: serde::Serialize>(
    rows: &[T],
    columns: &'static [Column],
    shown: fn(&T) -> Value,
    context: &Context,
) -> Result<Exit, Failure> {
    let mut out = context.out(Format::Table)?;
    let table = out.format == Format::Table;
    let mut listing = Listing::new(&mut out, columns);
    for row in rows {
        if table {
            let mut value = serde_json::to_value(row)?;
            if let Some(parts) = value.as_object_mut() {
                parts.insert("shown".to_owned(), shown(row));
            }
            listing.push(&value)?;
        } else {
            listing.push(row)?;
        }
    }
    listing.finish(&Value::Null)?;
    out.finish()?;
    if rows.is_empty() {
        context.say("nothing was judged yet; `countersign scan` and `countersign import FILE…` judge what they read");
    }
    Ok(Exit::Done)
}

fn point(point: &Point) -> Value {
    let why = if point.cause.is_empty() {
        "first judged".to_owned()
    } else {
        point.cause.join("; ")
    };
    serde_json::json!({
        "r": format!("{:.2}", point.r),
        "between": format!("{:.0} to {:.0}", point.lo, point.hi),
        "c": format!("{:.0}", point.c),
        "why": why,
    })
}

fn total(total: &Total) -> Value {
    serde_json::json!({
        "severity": counted(&total.by_severity, &["critical", "high", "medium", "low", "info"]),
        "band": counted(&total.by_band, &["critical", "high", "medium", "low"]),
        "owners": counted(
            &total.by_owner_state,
            &["governed", "person_only", "team_only", "owner_left", "unowned", "unknown"],
        ),
    })
}

fn counted(counts: &Value, order: &[&str]) -> String {
    order
        .iter()
        .filter_map(|name| {
            let total = counts.get(*name)?.as_u64().filter(|total| *total > 0)?;
            Some(format!("{total} {}", name.replace('_', " ")))
        })
        .collect::<Vec<_>>()
        .join(", ")
}
