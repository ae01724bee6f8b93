//! `… show`: everything about one record, with the source of each attribute.

use inventory::judgement;
use inventory::read::{self, Direction, Happening, Merged, Reader, RecordEdge};
use model::{NodeKind, TimeUs};
use serde::Serialize;
use serde_json::{Map, Value};

use super::find::{Found, find};
use super::views::{AtView, Named, Row, VERSION};
use crate::{Error, Installation};

/// A record with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordView {
    /// The contract's version.
    pub v: u8,
    /// The moment it speaks of.
    pub as_of: AtView,
    /// Its row.
    pub record: Row,
    /// Where its native id is unique.
    pub partition: String,
    /// Its other names.
    pub aliases: Vec<AliasView>,
    /// Records that were found to be the same thing.
    pub merged: Vec<MemberView>,
    /// Its attributes, each with its source and what others say.
    pub attributes: Vec<AttributeView>,
    /// What each source says, newest first.
    pub sightings: Vec<SightingView>,
    /// Its relations.
    pub edges: Vec<EdgeView>,
    /// True when it has more relations than are listed.
    pub more_edges: bool,
    /// What happened to it, oldest first, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<HappeningView>>,
}

/// Another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AliasView {
    /// The name.
    pub text: String,
    /// True when sharing it means being one thing.
    pub identifies: bool,
}

/// A record that was found to be the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberView {
    /// Its own id.
    pub id: String,
    /// The provider's id.
    pub native_id: String,
    /// Why it is the same thing.
    pub because: String,
}

/// What a source says about one attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SaidView {
    /// `known`, `never`, `no_data_yet`, `not_observable`.
    pub state: String,
    /// The value, when known.
    pub value: Value,
    /// The reason or the window, when there is no value.
    pub reason: Option<String>,
    /// The source.
    pub source: String,
    /// The source's own time.
    pub observed_at: TimeUs,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttributeView {
    /// Its name.
    pub name: String,
    /// What stands.
    #[serde(flatten)]
    pub stands: SaidView,
    /// What others say.
    pub others: Vec<SaidView>,
}

/// What one source says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SightingView {
    /// The source.
    pub source: String,
    /// Whether the provider itself speaks.
    pub authoritative: bool,
    /// When the source last said so, in its own time.
    pub observed_at: TimeUs,
    /// Where in the source.
    pub place: Option<String>,
    /// The provider's id under which it shows the thing.
    pub native_id: String,
    /// The run since which it says exactly this.
    pub since_run: i64,
    /// What it says.
    pub attributes: Map<String, Value>,
}

/// One relation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EdgeView {
    /// The kind of relation.
    pub kind: String,
    /// `out`: from the record; `in`: to it.
    pub direction: &'static str,
    /// The other end.
    pub other: Named,
    /// The source that states it.
    pub source: String,
    /// Where it states it.
    pub place: Option<String>,
    /// The run since which it is stated.
    pub since_run: i64,
    /// What the source says about the relation.
    pub attributes: Map<String, Value>,
}

/// What happened in one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HappeningView {
    /// The run's number.
    pub seq: i64,
    /// The run's id.
    pub run: String,
    /// When it committed.
    pub at: Option<TimeUs>,
    /// What it did.
    pub title: String,
    /// `appeared`, `changed`, `retired`, `reappeared`, `merged`; null when only sightings changed.
    pub what: Option<&'static str>,
    /// The listed facts that changed.
    pub fields: Vec<read::FieldChange>,
    /// Sources that began or changed what they say.
    pub said_by: Vec<String>,
    /// Sources that ended what they said.
    pub silent: Vec<String>,
    /// Relations that began.
    pub edges_added: i64,
    /// Relations that ended.
    pub edges_ended: i64,
}

/// Shows the record a text names.
///
/// # Errors
/// The database cannot be read.
pub async fn show(
    installation: &Installation,
    text: &str,
    kinds: &[NodeKind],
    history: bool,
    as_of: Option<TimeUs>,
) -> Result<Found<RecordView>, Error> {
    let reader = super::reader(installation, as_of).await?;
    match find(&reader, text, kinds).await? {
        Found::One(node) => Ok(Found::One(Box::new(
            record(&reader, node.key, history).await?,
        ))),
        Found::Candidates(candidates) => Ok(Found::Candidates(candidates)),
    }
}

async fn record(reader: &Reader, key: i64, history: bool) -> Result<RecordView, Error> {
    let found = read::record(reader, key).await?;
    let root = found.node.key;
    let seen = read::seen(reader, &[root]).await?;
    let verdict = judgement::verdict(reader, root).await?;
    let history = if history {
        let happenings = read::history(reader, root).await?;
        Some(happenings.into_iter().map(happening).collect())
    } else {
        None
    };
    Ok(RecordView {
        v: VERSION,
        as_of: reader.at().into(),
        partition: found.node.partition.clone(),
        record: Row::new(found.node, seen.get(&root)).judged(verdict),
        aliases: found
            .aliases
            .into_iter()
            .map(|(text, identifies)| AliasView { text, identifies })
            .collect(),
        merged: found
            .members
            .into_iter()
            .map(|member| MemberView {
                id: member.id,
                native_id: member.native_id,
                because: member.because,
            })
            .collect(),
        attributes: found.attributes.into_iter().map(attribute).collect(),
        sightings: found.sightings.into_iter().map(sighting).collect(),
        edges: found.edges.iter().map(edge).collect(),
        more_edges: found.edges_cut,
        history,
    })
}

fn said(said: read::Said) -> SaidView {
    SaidView {
        state: said.state,
        value: said.value.unwrap_or(Value::Null),
        reason: said.reason,
        source: said.source,
        observed_at: said.observed,
    }
}

/// One attribute as every answer shows it.
pub(crate) fn attribute(merged: Merged) -> AttributeView {
    AttributeView {
        name: merged.name,
        stands: said(merged.stands),
        others: merged.others.into_iter().map(said).collect(),
    }
}

fn sighting(sighting: read::Sighting) -> SightingView {
    SightingView {
        source: read::source_label(&sighting.connector, &sighting.scope),
        authoritative: sighting.authoritative,
        observed_at: sighting.observed,
        place: sighting.place,
        native_id: sighting.native_id,
        since_run: sighting.from_run,
        attributes: sighting.attributes,
    }
}

/// One relation as every answer shows it.
pub(crate) fn edge(edge: &RecordEdge) -> EdgeView {
    EdgeView {
        kind: edge.kind.clone(),
        direction: match edge.direction {
            Direction::Out => "out",
            Direction::In => "in",
        },
        other: (&edge.other).into(),
        source: read::source_label(&edge.connector, &edge.scope),
        place: edge.place.clone(),
        since_run: edge.from_run,
        attributes: edge.attributes.clone(),
    }
}

fn happening(happening: Happening) -> HappeningView {
    HappeningView {
        seq: happening.seq,
        run: happening.run,
        at: happening.at,
        title: happening.title,
        what: happening.what,
        fields: happening.fields,
        said_by: happening.said_by,
        silent: happening.silent,
        edges_added: happening.edges_added,
        edges_ended: happening.edges_ended,
    }
}
