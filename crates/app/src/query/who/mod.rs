//! The five answers about one thing: who owns it, what can it reach, is it used, when does it
//! expire, how is it revoked. Never blank: an unknown answer says why, and what would make it known.

mod expiry;
pub(crate) mod gather;
mod owner;
mod reach;
mod usage;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use inventory::judgement;
use inventory::read::Record;
use model::TimeUs;
pub(crate) use model::text::count;
use serde::Serialize;

use super::find::{Found, find};
use super::revocation;
use super::views::{AtView, Evidence, FactView, Named, Row, VERSION};
use crate::{Error, Installation};
use gather::Gathered;

pub use expiry::{CredentialExpiry, Expiry};
pub use owner::{Owner, Party};
pub use reach::{Reach, ReachItem};
pub use revocation::{Revocation, Step};
pub(crate) use usage::blind_spots;
pub use usage::{BlindSpot, Seen, Use, since};

/// The five answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Who {
    /// The contract's version.
    pub v: u8,
    /// The moment the answer speaks of.
    pub as_of: AtView,
    /// The record it is about: an identity, a credential, or another thing.
    pub identity: Subject,
    /// Who owns it.
    pub owner: Owner,
    /// What it can reach.
    pub reach: Reach,
    /// Whether it is used.
    #[serde(rename = "use")]
    pub usage: Use,
    /// When it expires.
    pub expiry: Expiry,
    /// How it is revoked.
    pub revocation: Revocation,
    /// What its sources could not read when they were last read.
    pub not_read: Vec<Gap>,
}

/// The record an answer is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    /// Its row.
    #[serde(flatten)]
    pub row: Row,
    /// Its other names.
    pub aliases: Vec<String>,
    /// Ids of records that were found to be the same thing.
    pub merged: Vec<String>,
    /// For a credential: the identities it proves.
    pub authenticates: Vec<Named>,
    /// For an identity: what proves it.
    pub credentials: Vec<Named>,
    /// For a file or another container: the credentials that lie in it.
    pub holds: Vec<Named>,
    /// Where a credential lies or is shown.
    pub places: Vec<Place>,
}

/// Where a credential lies or is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// `stored_in`, `found_in`, `presented_by`.
    pub how: &'static str,
    /// The place.
    pub thing: Named,
    /// The exact place, as the source states it.
    pub place: Option<String>,
}

/// Something a source could not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The source.
    pub source: String,
    /// `denied`, `truncated`, `failed`.
    pub state: String,
    /// Where.
    pub place: String,
    /// Why.
    pub reason: String,
}

/// Gaps named in one answer; `countersign coverage` lists all.
const SHOWN_GAPS: usize = 10;

/// Answers about the thing a text names.
///
/// # Errors
/// The database cannot be read.
pub async fn who(
    installation: &Installation,
    text: &str,
    as_of: Option<TimeUs>,
) -> Result<Found<Who>, Error> {
    let reader = super::reader(installation, as_of).await?;
    match find(&reader, text, &[]).await? {
        Found::One(node) => Ok(Found::One(Box::new(
            about(&reader, node.key, installation.clock.now()).await?,
        ))),
        Found::Candidates(candidates) => Ok(Found::Candidates(candidates)),
    }
}

/// Answers about one record.
pub(crate) async fn about(
    reader: &inventory::read::Reader,
    key: i64,
    now: TimeUs,
) -> Result<Who, Error> {
    let gathered = gather::gather(reader, key, now).await?;
    let own = gathered.record.node.key;
    let behind = gathered.identities.iter().map(|identity| identity.node.key);
    let keys: BTreeSet<i64> = behind.chain([own]).collect();
    let mut verdicts = judgement::verdicts(reader, &keys).await?;
    let mut identity = subject(&gathered);
    identity.row = identity.row.judged(verdicts.get(&own).cloned());
    // A credential is owned with the identity it proves.
    let verdict = verdicts
        .remove(&own)
        .or_else(|| verdicts.into_values().next());
    Ok(Who {
        v: VERSION,
        as_of: reader.at().into(),
        owner: owner::answer(&gathered).judged(verdict.map(|row| row.verdict)),
        reach: reach::answer(&gathered),
        usage: usage::answer(&gathered),
        expiry: expiry::answer(&gathered),
        revocation: revocation::answer(&gathered),
        not_read: gathered.gaps.clone(),
        identity,
    })
}

fn subject(gathered: &Gathered) -> Subject {
    let record = &gathered.record;
    Subject {
        row: Row::new(record.node.clone(), Some(&gathered.seen)),
        aliases: record
            .aliases
            .iter()
            .map(|(text, _)| text.clone())
            .collect(),
        merged: record
            .members
            .iter()
            .map(|member| member.id.clone())
            .collect(),
        authenticates: gathered.named("authenticates", gather::OUT),
        credentials: gathered
            .credentials
            .iter()
            .map(|held| Named::from(&held.node))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        holds: gathered.named("stored_in", gather::IN),
        places: places(record),
    }
}

/// Where a credential lies or is shown, each place once.
pub(crate) fn places(record: &Record) -> Vec<Place> {
    let mut places: Vec<Place> = record
        .edges
        .iter()
        .filter_map(|edge| {
            let how = match (edge.kind.as_str(), edge.direction) {
                ("stored_in", gather::OUT) => "stored_in",
                ("found_in", gather::OUT) => "found_in",
                ("presents", gather::IN) => "presented_by",
                _ => return None,
            };
            Some(Place {
                how,
                thing: (&edge.other).into(),
                place: edge.place.clone(),
            })
        })
        .collect();
    places.sort();
    places.dedup();
    places
}

/// A fact as part of a sentence.
pub(crate) fn when(fact: &FactView, now: TimeUs) -> String {
    match (fact.at, fact.state.as_str()) {
        (Some(at), _) => format!("{} ({})", at.date(), relative(at, now)),
        (None, "never") => "never".to_owned(),
        (None, "not_observable") => "not observable".to_owned(),
        (None, "no_data_yet") => "no data yet".to_owned(),
        (None, _) => "unknown".to_owned(),
    }
}

/// How far away an instant is, in words.
pub(crate) fn relative(at: TimeUs, now: TimeUs) -> String {
    let days = at.days_since(now);
    match days {
        0 => "within a day".to_owned(),
        days if days > 0 => format!("in {}", count(days, "day")),
        days => format!("{} ago", count(-days, "day")),
    }
}

/// The first few of a list, in a sentence.
pub(crate) fn some(names: &[String], shown: usize) -> String {
    let mut text = names
        .iter()
        .take(shown)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > shown {
        let _ = write!(text, " and {} more", names.len() - shown);
    }
    text
}

/// Evidence that a source states a relation.
pub(crate) fn stated(what: String, edge: &inventory::read::RecordEdge) -> Evidence {
    Evidence {
        what,
        source: inventory::read::source_label(&edge.connector, &edge.scope),
        place: edge.place.clone(),
        observed_at: edge.observed,
    }
}
