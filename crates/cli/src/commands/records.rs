//! What the lists and pages of records have in common.

use app::Installation;
use app::query::list::{self, Scope};
use app::query::who::BlindSpot;
use app::query::{Candidates, Found, Row};
use clap::{Args, Subcommand};
use model::text::count;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Out, Text};

/// What can be done with every kind of record.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List them
    Ls(Ls),
    /// Show everything about one, with the source of each attribute
    Show(Show),
}

/// One kind of record as it is listed.
#[derive(Debug)]
pub(crate) struct Records {
    /// Which records.
    pub(crate) scope: Scope,
    /// The columns of the table.
    pub(crate) columns: &'static [Column],
}

impl Records {
    /// Lists or shows.
    pub(crate) async fn run(&self, verb: Verb, context: &Context) -> Result<Exit, Failure> {
        match verb {
            Verb::Ls(ls) => ls.run(self.scope, self.columns, context).await,
            Verb::Show(show) => show.run(&[self.scope.kind], context).await,
        }
    }
}

/// Options of lists.
#[derive(Debug, Args)]
pub(crate) struct Ls {
    /// Only what matches, for example 'last_used < now-90d AND NOT tags.env = prod'
    ///
    /// `countersign help filter` explains the language and lists the fields.
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// At most this many rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Begin where an earlier list with --limit ended
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// Also what is retired, and what only other records name
    #[arg(long)]
    all: bool,
    /// The highest risk first; what is not scored comes last
    #[arg(long)]
    by_risk: bool,
}

impl Ls {
    /// Writes the list.
    pub(crate) async fn run(
        self,
        scope: Scope,
        columns: &'static [Column],
        context: &Context,
    ) -> Result<Exit, Failure> {
        let request = list::Request {
            scope,
            filter: self.filter,
            all: self.all,
            as_of: context.as_of(),
            cursor: self.cursor,
            limit: self.limit,
            by_risk: self.by_risk,
        };
        let installation = context.open().await?;
        let mut out = context.out(Format::Table)?;
        let table = out.format == Format::Table;
        let mut listing = Listing::new(&mut out, columns);
        let summary = list::run(&installation, &request, |row: Row| -> Result<(), Failure> {
            if table {
                listing.push(&for_people(&row)?)
            } else {
                listing.push(&row)
            }
        })
        .await?;
        listing.finish(&summary)?;
        verdicts(&summary.cannot_see, &mut out)?;
        out.finish()?;
        remarks(&summary, context);
        Ok(Exit::Done)
    }
}

/// The row with its risk as people read it.
fn for_people(row: &Row) -> Result<serde_json::Value, Failure> {
    let mut value = serde_json::to_value(row)?;
    if let (Some(parts), Some(score)) = (value.as_object_mut(), &row.score) {
        parts.insert("shown_risk".to_owned(), format!("{:.0}", score.r).into());
    }
    Ok(value)
}

/// A list of what was not used stands beside what its sources cannot see, whatever is quiet.
fn verdicts(blind: &[BlindSpot], out: &mut Out) -> Result<(), Failure> {
    if blind.is_empty() || out.format != Format::Table {
        return Ok(());
    }
    let mut text = Text::new(out);
    text.gap()?;
    text.paragraph(
        "Last uses are as far back as each source sees; `countersign who ID` has the window of each.",
    )?;
    blind_spots(blind, 0, &mut text)
}

/// What cannot be seen, each source once.
pub(crate) fn blind_spots(
    blind: &[BlindSpot],
    indent: usize,
    text: &mut Text<'_>,
) -> Result<(), Failure> {
    for of_one in blind.chunk_by(|a, b| a.source == b.source) {
        let Some(first) = of_one.first() else {
            continue;
        };
        let whats: Vec<&str> = of_one
            .iter()
            .map(|spot| spot.what.trim_end_matches('.'))
            .collect();
        let line = format!("{} cannot see: {}", first.source, whats.join("; "));
        text.bullet(indent, &line)?;
    }
    Ok(())
}

fn remarks(summary: &list::Summary, context: &Context) {
    if summary.as_of.seq == 0 {
        context.say(
            "nothing was read yet: run `countersign scan` or `countersign import FILE…` first",
        );
    } else if summary.shown == 0 {
        context.say("no record matches");
    }
    if summary.undecided > 0 || summary.undecided_or_more {
        let more = if summary.undecided_or_more {
            " or more"
        } else {
            ""
        };
        context.say(&format!(
            "{}{more} could not be decided, because what the filter asks is unknown; ask for that with \
             `FIELD = unknown`",
            count(summary.undecided, "record")
        ));
    }
    if let Some(next) = &summary.next {
        context.say(&format!("there are more: --cursor {next}"));
    }
}

/// Which record.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name, id, native id, fingerprint or alias
    #[arg(value_name = "THING")]
    thing: String,
    /// Also what happened to it, run by run
    #[arg(long)]
    history: bool,
}

impl Show {
    /// Writes the whole record.
    pub(crate) async fn run(
        self,
        kinds: &[model::NodeKind],
        context: &Context,
    ) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        let found = app::query::show::show(
            &installation,
            &self.thing,
            kinds,
            self.history,
            context.as_of(),
        )
        .await?;
        match found {
            Found::One(record) => {
                let mut out = context.out(Format::Table)?;
                if !out.object(&record)? {
                    super::report::record(&mut out, &record)?;
                }
                out.finish()?;
                Ok(Exit::Done)
            }
            Found::Candidates(candidates) => choose(&candidates, context),
        }
    }
}

/// Finds the record to change.
pub(crate) async fn target(
    installation: &Installation,
    text: &str,
    context: &Context,
) -> Result<Result<i64, Exit>, Failure> {
    match app::query::find::target(installation, text, &[]).await? {
        Found::One(target) => Ok(Ok(target.key)),
        Found::Candidates(candidates) => choose(&candidates, context).map(Err),
    }
}

/// Columns of candidates.
const CANDIDATES: &[Column] = &[
    Column::new("ID", "/id"),
    Column::new("KIND", "/kind"),
    Column::new("SUBTYPE", "/subtype"),
    Column::new("NAME", "/name"),
    Column::new("TENANT", "/tenant"),
    Column::new("NATIVE ID", "/native_id"),
];

/// Shows which records may be meant; ends with 4.
pub(crate) fn choose(candidates: &Candidates, context: &Context) -> Result<Exit, Failure> {
    let mut out = context.out(Format::Table)?;
    if out.format == Format::Csv || !out.object(candidates)? {
        list_candidates(candidates, &mut out)?;
    }
    out.finish()?;
    let more = if candidates.total > candidates.candidates.len() {
        format!(" (the first {} are listed)", candidates.candidates.len())
    } else {
        String::new()
    };
    context.say(&format!(
        "{}: {}{more}",
        candidates.query, candidates.summary
    ));
    Ok(Exit::NoSingleMatch)
}

fn list_candidates(candidates: &Candidates, out: &mut Out) -> Result<(), Failure> {
    let mut listing = Listing::new(out, CANDIDATES);
    for row in &candidates.candidates {
        listing.push(row)?;
    }
    listing.finish(&serde_json::Value::Null)?;
    Ok(())
}
