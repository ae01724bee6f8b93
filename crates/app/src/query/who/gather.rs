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

/// A credential that proves the thing.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) node: Node,
    /// The application it is registered with, when no source says directly whom it proves.
    pub(crate) application: Option<Named>,
}

impl Held {
    /// For sentences that show where the credential comes from.
    pub(crate) fn label(&self) -> String {
        match &self.application {
            Some(application) => format!(
                "{} (through its application {})",
                self.node.name, application.name
            ),
            None => self.node.name.clone(),
        }
    }
}

/// What is known about the thing asked about.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) now: TimeUs,
    pub(crate) record: Record,
    pub(crate) seen: Seen,
    /// For an identity: what proves it. For an application: what belongs to it.
    pub(crate) credentials: Vec<Held>,
    /// For a credential: the identities it proves, with their relations.
    pub(crate) identities: Vec<Through>,
    /// The applications it or its identities are part of, with their relations.
    pub(crate) applications: Vec<Through>,
    /// For a credential: the secret containers it lies in, with their relations.
    pub(crate) containers: Vec<Through>,
    /// Groups and roles of the thing or its identities, with their relations.
    pub(crate) bundles: BTreeMap<i64, Through>,
    /// The records that answer to the texts in which sources name owners.
    pub(crate) owners: BTreeMap<String, Vec<Node>>,
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

    /// What is configured to use a secret container the credential lies in, with the container.
    pub(crate) fn container_users(&self) -> impl Iterator<Item = (&Through, &RecordEdge)> {
        self.containers.iter().flat_map(|container| {
            container
                .edges
                .iter()
                .filter(|edge| edge.kind == "used_by" && edge.direction == OUT)
                .map(move |edge| (container, edge))
        })
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
    let (identities, applications) = proved(reader, &record, &mut cut).await?;
    let credentials = credentials(reader, &record, &applications).await?;
    let container_keys = others_of(&record.edges, ("stored_in", OUT), "secret_container");
    let containers = follow(reader, &container_keys, &mut cut).await?;
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
    let owners = owners(reader, &record, identities.iter().chain(&applications)).await?;
    Ok(Gathered {
        owners,
        now,
        record,
        seen,
        credentials,
        identities,
        applications,
        containers,
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

/// The records behind the texts in which sources name owners: an e-mail address, a distinguished
/// name.
async fn owners(
    reader: &Reader,
    record: &Record,
    behind: impl Iterator<Item = &Through>,
) -> Result<BTreeMap<String, Vec<Node>>, Error> {
    /// More owners are not one answer.
    const LOOKED_UP: usize = 25;
    let own = record
        .attributes
        .iter()
        .filter(|merged| merged.name == "declared_owner")
        .filter_map(|merged| merged.stands.value.as_ref()?.as_str().map(str::to_owned));
    let texts: BTreeSet<String> = own
        .chain(behind.filter_map(|one| one.node.owner.clone()))
        .collect();
    let mut found = BTreeMap::new();
    for text in texts.into_iter().take(LOOKED_UP) {
        let mut nodes = read::lookup_any(reader, &read::forms(&text)).await?;
        nodes.retain(|node| matches!(node.kind.as_str(), "person" | "team" | "identity" | "group"));
        found.insert(text, nodes);
    }
    Ok(found)
}

/// The identities a credential proves, directly or as those of the application it is registered
/// with, and the applications that stand behind the thing.
async fn proved(
    reader: &Reader,
    record: &Record,
    cut: &mut bool,
) -> Result<(Vec<Through>, Vec<Through>), Error> {
    const OF_APPLICATION: (&str, Direction) = ("part_of", OUT);
    let own = others_of(&record.edges, OF_APPLICATION, "application");
    let mut applications = follow(reader, &own, cut).await?;
    let mut identity_keys = others(&record.edges, &[("authenticates", OUT)]);
    if record.node.kind == "credential" {
        for application in &applications {
            identity_keys.extend(others_of(&application.edges, ("part_of", IN), "identity"));
        }
    }
    let identities = follow(reader, &identity_keys, cut).await?;
    let behind: BTreeSet<i64> = identities
        .iter()
        .flat_map(|identity| others_of(&identity.edges, OF_APPLICATION, "application"))
        .filter(|key| !own.contains(key))
        .collect();
    applications.extend(follow(reader, &behind, cut).await?);
    Ok((identities, applications))
}

/// What proves an identity: by its own word, and what is registered with its application.
async fn credentials(
    reader: &Reader,
    record: &Record,
    applications: &[Through],
) -> Result<Vec<Held>, Error> {
    let mut keys: BTreeMap<i64, Option<Named>> = BTreeMap::new();
    if record.node.kind == "identity" {
        for application in applications {
            let mut of = others_of(&application.edges, ("part_of", IN), "credential");
            of.extend(others(&application.edges, &[("authenticates", IN)]));
            keys.extend(
                of.into_iter()
                    .map(|key| (key, Some(Named::from(&application.node)))),
            );
        }
    }
    let mut direct = others(&record.edges, &[("authenticates", IN)]);
    if record.node.kind == "application" {
        direct.extend(others_of(&record.edges, ("part_of", IN), "credential"));
    }
    keys.extend(direct.into_iter().map(|key| (key, None)));
    let nodes = read::nodes(reader, &keys.keys().copied().collect()).await?;
    Ok(nodes
        .into_iter()
        .map(|(key, node)| Held {
            node,
            application: keys.get(&key).cloned().flatten(),
        })
        .collect())
}

fn others_of(edges: &[RecordEdge], way: (&str, Direction), kind: &str) -> BTreeSet<i64> {
    edges
        .iter()
        .filter(|edge| (edge.kind.as_str(), edge.direction) == way && edge.other.kind == kind)
        .map(|edge| edge.other.key)
        .collect()
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
