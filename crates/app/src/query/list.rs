//! Lists: `identity ls`, `credential ls`, `cert ls`, `agent ls`.

use std::collections::BTreeSet;

use inventory::read::{self, ListQuery, Reader, SCHEMA, When};
use model::filter::{Filter, FilterError, Schema};
use model::{NodeKind, TimeUs};
use serde::Serialize;

use super::views::{AtView, Row};
use super::who::{BlindSpot, blind_spots};
use crate::{Error, Installation};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The kind of record.
    pub kind: NodeKind,
    /// Only these classes; empty for all.
    pub classes: &'static [&'static str],
    /// Only these subtypes; empty for all.
    pub subtypes: &'static [&'static str],
}

/// Principals.
pub const IDENTITIES: Scope = Scope {
    kind: NodeKind::Identity,
    classes: &[],
    subtypes: &[],
};
/// AI agents.
pub const AGENTS: Scope = Scope {
    kind: NodeKind::Identity,
    classes: &["agent"],
    subtypes: &[],
};
/// Keys, tokens, passwords, certificates.
pub const CREDENTIALS: Scope = Scope {
    kind: NodeKind::Credential,
    classes: &[],
    subtypes: &[],
};
/// Certificates.
pub const CERTIFICATES: Scope = Scope {
    kind: NodeKind::Credential,
    classes: &[],
    subtypes: &[
        "x509_certificate",
        "ssh_certificate",
        "entra_client_certificate",
        "aws_signing_certificate",
        "aws_server_certificate",
        "aws_acm_certificate",
    ],
};

/// What to list.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which list.
    pub scope: Scope,
    /// `--filter`.
    pub filter: Option<String>,
    /// `--all`: also what is retired or only named by others.
    pub all: bool,
    /// `--as-of`.
    pub as_of: Option<TimeUs>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// How many rows; the whole list without one.
    pub limit: Option<usize>,
    /// `--by-risk`: the highest risk first.
    pub by_risk: bool,
}

/// What a list says besides its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The moment it speaks of.
    pub as_of: AtView,
    /// How many rows were shown.
    pub shown: usize,
    /// Where the next page begins; null at the end.
    pub next: Option<String>,
    /// How many records the filter could not decide because what it asks is unknown.
    pub undecided: i64,
    /// True when only the first 10,000 records were looked at for that, so there may be more.
    pub undecided_or_more: bool,
    /// Where rows say "never used", or the filter asks about use: what their sources cannot see.
    pub cannot_see: Vec<BlindSpot>,
}

/// Rows read at once.
const PAGE: usize = 500;

/// The fields of filters, for help texts and the reference.
pub fn schema() -> Schema {
    SCHEMA
}

/// Shows every row to `each`, page by page: no transaction stays open while rows are printed.
///
/// # Errors
/// The filter cannot be understood, the cursor is none, `each` fails, or the database cannot be
/// read.
pub async fn run<E: From<Error>>(
    installation: &Installation,
    request: &Request,
    mut each: impl FnMut(Row) -> Result<(), E>,
) -> Result<Summary, E> {
    let filter = parse(request.filter.as_deref())?;
    let now = installation.clock.now();
    let mut reader = super::reader(installation, request.as_of).await?;
    let mut summary = Summary {
        as_of: reader.at().into(),
        shown: 0,
        next: request.cursor.clone(),
        undecided: 0,
        undecided_or_more: false,
        cannot_see: Vec::new(),
    };
    let asks_use = request
        .filter
        .as_ref()
        .is_some_and(|filter| filter.contains("last_used"));
    let mut verdicts_of: BTreeSet<String> = BTreeSet::new();
    let pinned = When::Seq(reader.at().seq);
    loop {
        let left = request.limit.map_or(PAGE, |limit| limit - summary.shown);
        if left == 0 {
            break;
        }
        let page = page(&reader, request, &filter, now, &summary, left.min(PAGE)).await?;
        if let Some(undecided) = page.undecided {
            summary.undecided = undecided;
            summary.undecided_or_more = page.undecided_or_more;
        }
        summary.next = page.next;
        let keys: BTreeSet<i64> = page.rows.iter().map(|node| node.key).collect();
        let mut judged = inventory::judgement::verdicts(&reader, &keys)
            .await
            .map_err(Error::from)?;
        for node in page.rows {
            let seen = page.seen.get(&node.key);
            let verdict = judged.remove(&node.key);
            let row = Row::new(node, seen).judged(verdict);
            if asks_use || row.last_used.state == "never" {
                let connectors = seen.iter().flat_map(|seen| &seen.sources);
                verdicts_of.extend(connectors.map(|(connector, _)| connector.clone()));
            }
            each(row)?;
            summary.shown += 1;
        }
        if summary.next.is_none() {
            break;
        }
        reader = Reader::open(&installation.db, pinned)
            .await
            .map_err(Error::from)?;
    }
    summary.cannot_see = blind_spots(verdicts_of.iter().map(String::as_str));
    Ok(summary)
}

async fn page(
    reader: &Reader,
    request: &Request,
    filter: &Filter,
    now: TimeUs,
    summary: &Summary,
    limit: usize,
) -> Result<read::Page, Error> {
    let query = ListQuery {
        kind: request.scope.kind,
        classes: request.scope.classes,
        subtypes: request.scope.subtypes,
        filter,
        now,
        retired: request.all,
        referenced: request.all,
        by_risk: request.by_risk,
        cursor: summary.next.as_deref(),
        limit,
    };
    Ok(read::list(reader, &query).await?)
}

fn parse(filter: Option<&str>) -> Result<Filter, Error> {
    let Some(text) = filter else {
        return Ok(Filter::All);
    };
    parse_with(text, &SCHEMA)
}

/// Reads a filter over the fields of `schema`.
pub(crate) fn parse_with(text: &str, schema: &Schema) -> Result<Filter, Error> {
    model::filter::parse(text, schema).map_err(|error| bad_filter(text, &error))
}

/// Shows where the filter is wrong, and what was probably meant.
fn bad_filter(text: &str, error: &FilterError) -> Error {
    let before = text.get(..error.span.start).unwrap_or_default();
    let column = before.chars().count();
    let width = error.text.chars().count().max(1);
    let shown = model::text::label(text);
    let message = format!(
        "the filter cannot be understood: {}\n  {shown}\n  {}{}",
        error.message,
        " ".repeat(column),
        "^".repeat(width)
    );
    let hint = error.suggestion.clone().unwrap_or_else(|| {
        "`countersign help filter` lists the fields and shows examples".to_owned()
    });
    Error::usage(message).hint(hint)
}

/// A filter as it was understood.
///
/// # Errors
/// It cannot be understood; the error shows where, and what was probably meant.
pub fn understood(text: &str) -> Result<String, Error> {
    Ok(parse(Some(text))?.to_string())
}
