//! `finding`: what is wrong, and what people decided about it.

use app::query::findings::{self, Row, Whole};
use clap::{Args, Subcommand};
use model::TimeUs;
use model::text::count;
use serde_json::Value;
use std::path::PathBuf;

use crate::cli::{Format, time};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Out, Text};

/// Lists what is wrong, shows why, and keeps what people decide about it
///
/// A finding is the same next week: its key comes from the rule and the native names of what it is
/// about. It is fixed when it is no longer seen, never by a click. Accepting a risk wants a reason, an
/// end and as many named roles as the policy says.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign finding ls
  countersign finding ls --filter 'severity >= high AND environment = production'
  countersign finding show KEY
  countersign finding accept KEY --until 2027-01-31 --reason 'vendor fix is due' --by 'payments owner' --by 'platform security'")]
pub(crate) struct Finding {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List what is wrong, the worst first
    Ls(Ls),
    /// Show why one thing is a finding, its evidence, and what to do
    Show {
        /// The finding's key
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Say that somebody has seen it and works on it
    Ack {
        /// The finding's key
        #[arg(value_name = "KEY")]
        key: String,
        /// Why, or who
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Bear the risk until a date
    Accept(Accept),
    /// Say that the rule is wrong about this one
    FalsePositive {
        /// The finding's key
        #[arg(value_name = "KEY")]
        key: String,
        /// Why it is none
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take back what was decided
    Reopen {
        /// The finding's key
        #[arg(value_name = "KEY")]
        key: String,
        /// Why
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Args)]
struct Ls {
    /// Only what matches, for example 'severity >= high AND assignee = unknown'
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// At most this many rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Begin where an earlier list with --limit ended
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// Also what is fixed, accepted or a false positive
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
struct Accept {
    /// The finding's key
    #[arg(value_name = "KEY")]
    key: String,
    /// Until when the risk is borne; then it is open again
    #[arg(long, value_name = "DATE", value_parser = time)]
    until: TimeUs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// A role that agrees, with its holder: 'payments owner (Ann)'; once for each
    #[arg(long = "by", value_name = "ROLE", required = true)]
    by: Vec<String>,
    /// The policy file; default: policy.toml in the data directory
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

const COLUMNS: &[Column] = &[
    Column::new("SEVERITY", "/severity"),
    Column::new("RISK", "/shown_risk"),
    Column::new("SUBJECT", "/subject/name"),
    Column::new("WHAT IS WRONG", "/summary"),
    Column::new("ASSIGNEE", "/assignee"),
    Column::new("STATE", "/state"),
    Column::new("KEY", "/key"),
];

impl Finding {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Verb::Ls(ls) => ls.run(context).await,
            Verb::Show { key } => {
                let installation = context.open().await?;
                let whole = findings::show(&installation, &key, context.as_of()).await?;
                answer(&whole, context)
            }
            Verb::Ack { key, reason } => {
                let installation = context.open_to_write().await?;
                let whole = app::decide::acknowledge(&installation, &key, &reason).await?;
                decided(&whole, context)
            }
            Verb::Accept(accept) => {
                let installation = context.open_to_write().await?;
                let policy = app::policy::load(&installation, accept.policy.as_deref())?;
                let whole = app::decide::accept(
                    &installation,
                    &policy,
                    &accept.key,
                    accept.until,
                    &accept.reason,
                    accept.by,
                )
                .await?;
                decided(&whole, context)
            }
            Verb::FalsePositive { key, reason } => {
                let installation = context.open_to_write().await?;
                let whole = app::decide::false_positive(&installation, &key, &reason).await?;
                decided(&whole, context)
            }
            Verb::Reopen { key, reason } => {
                let installation = context.open_to_write().await?;
                let whole = app::decide::reopen(&installation, &key, &reason).await?;
                decided(&whole, context)
            }
        }
    }
}

impl Ls {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let request = findings::Request {
            filter: self.filter,
            all: self.all,
            as_of: context.as_of(),
            cursor: self.cursor,
            limit: self.limit,
        };
        let installation = context.open().await?;
        let mut out = context.out(Format::Table)?;
        let table = out.format == Format::Table;
        let mut listing = Listing::new(&mut out, COLUMNS);
        let summary = findings::run(&installation, &request, |row: Row| -> Result<(), Failure> {
            if table {
                listing.push(&for_people(&row)?)
            } else {
                listing.push(&row)
            }
        })
        .await?;
        listing.finish(&summary)?;
        out.finish()?;
        if summary.never_assessed {
            context.say("nothing was judged yet: `countersign scan` and `countersign import FILE…` judge what they read");
        } else if summary.shown == 0 {
            context.say("no finding matches; `countersign rule ls` says what each rule looked at and what it could not tell");
        }
        if summary.assessment_is_older {
            context.say("something was read or said since the last assessment: `countersign assess` judges it");
        }
        if let Some(next) = &summary.next {
            context.say(&format!("there are more: --cursor {next}"));
        }
        Ok(Exit::Done)
    }
}

/// The row with its risk as people read it.
fn for_people(row: &Row) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(row)?;
    if let Some(parts) = value.as_object_mut() {
        parts.insert("shown_risk".to_owned(), format!("{:.0}", row.risk).into());
    }
    Ok(value)
}

fn decided(whole: &Whole, context: &Context) -> Result<Exit, Failure> {
    let exit = answer(whole, context)?;
    let until = whole
        .row
        .until
        .map_or_else(String::new, |until| format!(" until {}", until.date()));
    context.say(&format!("the finding is {}{until}", whole.row.state));
    Ok(exit)
}

pub(super) fn answer(whole: &Whole, context: &Context) -> Result<Exit, Failure> {
    let mut out = context.out(Format::Table)?;
    if !out.object(whole)? {
        write(whole, &mut out)?;
    }
    out.finish()?;
    Ok(Exit::Done)
}

/// The whole finding for people: what, why, on what evidence, what to do.
pub(super) fn write(whole: &Whole, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    let row = &whole.row;
    text.heading(&format!("{}: {}", row.severity, row.title))?;
    text.paragraph(&row.summary)?;
    text.gap()?;
    text.labelled(
        "subject ",
        &format!(
            "{} {} ({})",
            row.subject.kind, row.subject.name, row.subject.id
        ),
    )?;
    let state = match row.until {
        Some(until) => format!("{} until {}", row.state, until.date()),
        None => row.state.clone(),
    };
    text.labelled("state   ", &state)?;
    let since = row
        .since
        .map_or_else(|| "unknown".to_owned(), |since| since.date().to_string());
    text.labelled("since   ", &since)?;
    text.labelled(
        "assignee",
        row.assignee
            .as_deref()
            .unwrap_or("nobody: its subject has no owner who could be asked"),
    )?;
    text.labelled("sure    ", &format!("{} of 100", row.confidence))?;
    if let Some(decision) = &whole.decision {
        text.labelled("decision", &decision.reason)?;
    }
    text.gap()?;
    text.heading("Why it matters")?;
    text.paragraph(whole.why)?;
    evidence(&whole.evidence, &mut text)?;
    text.gap()?;
    text.heading("What to do")?;
    for (number, remedy) in whole.remedies.iter().enumerate() {
        text.item(&format!("{}.", number + 1), remedy)?;
    }
    for command in whole.commands.as_array().into_iter().flatten() {
        text.command(command.as_str().unwrap_or_default())?;
    }
    text.gap()?;
    text.heading("What the rule cannot know")?;
    text.paragraph(whole.limits)?;
    text.gap()?;
    let controls: Vec<String> = whole
        .frameworks
        .iter()
        .map(|control| format!("{} {}", control.framework, control.id))
        .collect();
    text.labelled("controls", &controls.join(", "))?;
    text.labelled("rule    ", &row.rule)?;
    text.labelled("key     ", &row.key)
}

fn evidence(all: &Value, text: &mut Text<'_>) -> Result<(), Failure> {
    let all = all.as_array().map_or(&[][..], Vec::as_slice);
    text.gap()?;
    text.heading(&format!("Evidence ({})", count(all.len(), "piece")))?;
    for one in all {
        let part = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut from = part("source").to_owned();
        if !part("place").is_empty() {
            from = format!("{from}, {}", part("place"));
        }
        if !part("observed").is_empty() {
            from = format!("{from}, as of {}", part("observed"));
        }
        text.item("-", &format!("{} [{from}]", part("what")))?;
    }
    Ok(())
}
