//! Everything the five answers are made from, read once.

use std::collections::{BTreeMap, BTreeSet};

use inventory::read::{self, Direction, Node, Reader, Record, RecordEdge, Seen};
use model::TimeUs;

use super::{Gap, SHOWN_GAPS};
use crate::Error;
use crate::query::views::Named;

/// From the record.
pub(crate) const OUT: Direction = Direction::Out;
/// To the record.
pub(crate) const IN: Direction = Direction::In;

/// Groups, roles and identities whose own relations are followed.
const FOLLOWED: usize = 25;

/// A related record with its own relations.
#[derive(Debug, Clone)]
pub(crate) struct Through {
    pub(crate) node: Node,
    pub(crate) edges: Vec<RecordEdge>,
}

/// What is known about the thing asked about.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) now: TimeUs,
    pub(crate) record: Record,
    pub(crate) seen: Seen,
    /// For an identity: what proves it.
    pub(crate) credentials: Vec<Node>,
    /// For a credential: the identities it proves, with their relations.
    pub(crate) identities: Vec<Through>,
    /// Groups and roles of the thing or its identities, with their relations.
    pub(crate) bundles: BTreeMap<i64, Through>,
    pub(crate) gaps: Vec<Gap>,
    /// True when not every relation was followed.
    pub(crate) cut: bool,
}

impl Gathered {
    /// Relations of one kind and direction.
    pub(crate) fn edges<'a>(
        &'a self,
        kind: &'a str,
        direction: Direction,
    ) -> impl Iterator<Item = &'a RecordEdge> + 'a {
        self.record
            .edges
            .iter()
            .filter(move |edge| edge.kind == kind && edge.direction == direction)
    }

    /// The other ends of relations of one kind, each once.
    pub(crate) fn named(&self, kind: &str, direction: Direction) -> Vec<Named> {
        let set: BTreeSet<Named> = self
            .edges(kind, direction)
            .map(|edge| (&edge.other).into())
            .collect();
        set.into_iter().collect()
    }

    /// The connectors that show the thing, each once.
    pub(crate) fn connectors(&self) -> BTreeSet<&str> {
        self.record
            .sightings
            .iter()
            .map(|sighting| sighting.connector.as_str())
            .collect()
    }

    /// Its subtype, or its kind.
    pub(crate) fn sort(&self) -> &str {
        let node = &self.record.node;
        node.subtype.as_deref().unwrap_or(&node.kind)
    }
}

/// Reads everything about one record.
pub(crate) async fn gather(reader: &Reader, key: i64, now: TimeUs) -> Result<Gathered, Error> {
    let record = read::record(reader, key).await?;
    let root = record.node.key;
    let seen = read::seen(reader, &[root])
        .await?
        .remove(&root)
        .unwrap_or_default();
    let mut cut = record.edges_cut;
    let identity_keys = others(&record.edges, &[("authenticates", OUT)]);
    let credential_keys = others(&record.edges, &[("authenticates", IN)]);
    let credentials = read::nodes(reader, &credential_keys)
        .await?
        .into_values()
        .collect();
    let identities: Vec<Through> = follow(reader, &identity_keys, &mut cut).await?;
    let mut bundle_keys = others(&record.edges, &[("member_of", OUT), ("has_role", OUT)]);
    for identity in &identities {
        bundle_keys.extend(others(
            &identity.edges,
            &[("member_of", OUT), ("has_role", OUT)],
        ));
    }
    let bundles = follow(reader, &bundle_keys, &mut cut).await?;
    let sources: BTreeSet<i64> = record
        .sightings
        .iter()
        .map(|sighting| sighting.source_key)
        .collect();
    let sources: Vec<i64> = sources.into_iter().collect();
    let gaps = read::shortfalls_of(reader, &sources, SHOWN_GAPS).await?;
    Ok(Gathered {
        now,
        record,
        seen,
        credentials,
        identities,
        bundles: bundles
            .into_iter()
            .map(|through| (through.node.key, through))
            .collect(),
        gaps: gaps
            .into_iter()
            .map(|row| Gap {
                source: read::source_label(&row.connector, &row.scope),
                state: row.state,
                place: row.place,
                reason: row.reason,
            })
            .collect(),
        cut,
    })
}

fn others(edges: &[RecordEdge], kinds: &[(&str, Direction)]) -> BTreeSet<i64> {
    edges
        .iter()
        .filter(|edge| kinds.contains(&(edge.kind.as_str(), edge.direction)))
        .map(|edge| edge.other.key)
        .collect()
}

async fn follow(
    reader: &Reader,
    keys: &BTreeSet<i64>,
    cut: &mut bool,
) -> Result<Vec<Through>, Error> {
    let nodes = read::nodes(reader, keys).await?;
    *cut |= nodes.len() > FOLLOWED;
    let mut found = Vec::new();
    for (key, node) in nodes.into_iter().take(FOLLOWED) {
        let (edges, more) = read::relations(reader, key).await?;
        *cut |= more;
        found.push(Through { node, edges });
    }
    Ok(found)
}
