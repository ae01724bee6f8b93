//! Everything about one record.

use std::collections::{BTreeMap, BTreeSet};

use model::TimeUs;
use serde_json::{Map, Value as Json};

use super::Reader;
use super::merged::{Merged, Statement, merged};
use super::node::{self, Node, last_seen};
use crate::InventoryError;
use crate::apply::sources::rank;
use crate::run::in_list;

/// How many relations of one record are read in each direction. A host with 100,000 files is not
/// read in one piece; the record says that there are more.
const MAX_EDGES: i64 = 2_000;

/// A record with what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its listed facts.
    pub node: Node,
    /// Records that are the same thing under another name.
    pub members: Vec<Member>,
    /// Its attributes, each with where it comes from.
    pub attributes: Vec<Merged>,
    /// What each source says, newest first.
    pub sightings: Vec<Sighting>,
    /// Its other names; true for those that identify.
    pub aliases: Vec<(String, bool)>,
    /// Its relations.
    pub edges: Vec<RecordEdge>,
    /// True when it has more relations than were read.
    pub edges_cut: bool,
}

/// A record that was found to be the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its own id.
    pub id: String,
    /// The provider's id.
    pub native_id: String,
    /// Why it is the same thing.
    pub because: String,
}

/// What one source says about the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The source's row key.
    pub source_key: i64,
    /// The kind of source.
    pub connector: String,
    /// What it speaks about.
    pub scope: String,
    /// Whether the provider itself speaks.
    pub authoritative: bool,
    /// When the source last said so, in its own time.
    pub observed: TimeUs,
    /// Where in the source.
    pub place: Option<String>,
    /// The run that brought it.
    pub from_run: i64,
    /// What it says.
    pub attributes: Map<String, Json>,
    /// The provider's id under which this source shows it.
    pub native_id: String,
}

/// Which way a relation runs, seen from the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the record.
    Out,
    /// To the record.
    In,
}

/// The other end of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeEnd {
    /// Its row key.
    pub key: i64,
    /// Its stable id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// The provider's sort.
    pub subtype: Option<String>,
    /// The sort of actor.
    pub class: Option<String>,
    /// Its name.
    pub name: String,
    /// The provider's id.
    pub native_id: String,
    /// True when no source shows it (any more).
    pub retired: bool,
    /// True when only edges name it.
    pub referenced: bool,
}

/// A relation of the record, as one source states it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordEdge {
    /// The kind of relation.
    pub kind: String,
    /// Which way it runs.
    pub direction: Direction,
    /// The other end.
    pub other: EdgeEnd,
    /// The kind of source that states it.
    pub connector: String,
    /// What that source speaks about.
    pub scope: String,
    /// Where it states it.
    pub place: Option<String>,
    /// What it says about the relation.
    pub attributes: Map<String, Json>,
    /// The run since which it is stated.
    pub from_run: i64,
    /// When its source last said so, in its own time.
    pub observed: Option<TimeUs>,
}

/// Reads everything about one record.
///
/// # Errors
/// The database cannot be read, or holds no such record at that moment.
pub async fn record(reader: &Reader, key: i64) -> Result<Record, InventoryError> {
    let root = node::roots(reader, &BTreeSet::from([key]))
        .await?
        .get(&key)
        .copied()
        .unwrap_or(key);
    let Some(found) = node::nodes(reader, &BTreeSet::from([root]))
        .await?
        .remove(&root)
    else {
        return Err(InventoryError::NotFound(format!(
            "record {key} was not known after run {}",
            reader.at().seq
        )));
    };
    let everyone = node::everyone(reader, &[root]).await?;
    let keys: Vec<i64> = everyone.keys().copied().collect();
    let (sightings, statements) = sightings(reader, &keys).await?;
    let (edges, edges_cut) = edges(reader, &keys).await?;
    Ok(Record {
        members: members(reader, root).await?,
        attributes: merged(statements),
        sightings,
        aliases: aliases(reader, &keys).await?,
        edges,
        edges_cut,
        node: found,
    })
}

/// The relations of one record, as [`record`] gives them; true when there are more.
///
/// # Errors
/// The database cannot be read.
pub async fn relations(
    reader: &Reader,
    root: i64,
) -> Result<(Vec<RecordEdge>, bool), InventoryError> {
    let everyone = node::everyone(reader, &[root]).await?;
    let keys: Vec<i64> = everyone.into_keys().collect();
    edges(reader, &keys).await
}

async fn members(reader: &Reader, root: i64) -> Result<Vec<Member>, InventoryError> {
    let sql = format!(
        "SELECT n.id, n.native_id, m.because FROM member m JOIN node n ON n.node_key = m.node_key \
         WHERE m.root_key = $1 AND {} ORDER BY n.id",
        reader.visible("m")
    );
    let mut found = Vec::new();
    for row in reader.rows(&sql, vec![root.into()]).await? {
        found.push(Member {
            id: row.text(0)?.to_owned(),
            native_id: row.text(1)?.to_owned(),
            because: row.text(2)?.to_owned(),
        });
    }
    Ok(found)
}

async fn sightings(
    reader: &Reader,
    keys: &[i64],
) -> Result<(Vec<Sighting>, Vec<Statement>), InventoryError> {
    let (mut found, mut statements) = (Vec::new(), Vec::new());
    for chunk in keys.chunks(node::ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT c.connector, c.scope, c.authoritative_us, s.observed_us, s.last_observed_us, s.seen, s.place, \
             s.from_run, s.attributes, n.native_id, s.sighting_key, s.source_key FROM sighting s \
             JOIN source c ON c.source_key = s.source_key JOIN node n ON n.node_key = s.node_key \
             WHERE s.node_key IN {list} AND {}",
            reader.visible("s")
        );
        for row in reader.rows(&sql, values).await? {
            let attributes = object("attributes", row.get_i64(10)?, row.text(8)?)?;
            let observed = TimeUs::from_micros(last_seen(
                reader,
                row.get_i64(3)?,
                row.get_i64(4)?,
                row.text(5)?,
            ));
            let sighting = Sighting {
                source_key: row.get_i64(11)?,
                connector: row.text(0)?.to_owned(),
                scope: row.text(1)?.to_owned(),
                authoritative: row.opt_i64(2)?.is_some(),
                observed,
                place: row.opt_text(6)?.map(str::to_owned),
                from_run: row.get_i64(7)?,
                attributes,
                native_id: row.text(9)?.to_owned(),
            };
            let name = sighting
                .attributes
                .get("name")
                .and_then(serde_json::Value::as_str);
            statements.push(Statement {
                rank: rank(&sighting.connector, sighting.authoritative),
                describes: crate::columns::describes(name, &sighting.native_id),
                observed,
                connector: sighting.connector.clone(),
                scope: sighting.scope.clone(),
                attributes: sighting.attributes.clone(),
            });
            found.push(sighting);
        }
    }
    found.sort_by(|a, b| {
        b.observed
            .cmp(&a.observed)
            .then_with(|| (&a.connector, &a.scope).cmp(&(&b.connector, &b.scope)))
    });
    Ok((found, statements))
}

async fn aliases(reader: &Reader, keys: &[i64]) -> Result<Vec<(String, bool)>, InventoryError> {
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    for chunk in keys.chunks(node::ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT alias_text, identifies_us FROM alias WHERE node_key IN {list} AND first_run <= {}",
            reader.at().seq
        );
        for row in reader.rows(&sql, values).await? {
            let identifies = row.opt_i64(1)?.is_some();
            *found.entry(row.text(0)?.to_owned()).or_default() |= identifies;
        }
    }
    Ok(found.into_iter().collect())
}

/// An edge as it lies in the table.
struct Raw {
    by_key: i64,
    far: i64,
    edge: RecordEdge,
}

async fn edges(reader: &Reader, keys: &[i64]) -> Result<(Vec<RecordEdge>, bool), InventoryError> {
    let own: BTreeSet<i64> = keys.iter().copied().collect();
    let mut raw = Vec::new();
    let mut cut = false;
    for end in ["by_key", "other_key"] {
        for chunk in keys.chunks(node::ASK) {
            let (list, values) = in_list(chunk, 1);
            let sql = format!(
                "SELECT e.edge_key, e.by_key, e.other_key, e.reversed, e.kind, c.connector, c.scope, e.place, \
                 e.attributes, e.from_run FROM edge e JOIN source c ON c.source_key = e.source_key \
                 WHERE e.{end} IN {list} AND {} LIMIT {}",
                reader.visible("e"),
                MAX_EDGES + 1
            );
            let rows = reader.rows(&sql, values).await?;
            cut |= rows.len() > usize::try_from(MAX_EDGES).unwrap_or(usize::MAX);
            for row in rows {
                let edge = raw_edge(&row, end == "by_key")?;
                // What binds a thing to itself under another name is no relation.
                if !own.contains(&edge.far) {
                    raw.push(edge);
                }
            }
        }
    }
    let observed = statement_times(reader, &raw).await?;
    let ends = ends(reader, raw.iter().map(|raw| raw.far).collect()).await?;
    let mut found: Vec<RecordEdge> = raw
        .into_iter()
        .filter_map(|mut raw| {
            raw.edge.other = ends.get(&raw.far)?.clone();
            let by = (
                raw.by_key,
                raw.edge.connector.clone(),
                raw.edge.scope.clone(),
            );
            raw.edge.observed = observed.get(&by).copied();
            Some(raw.edge)
        })
        .collect();
    found.sort_by(|a, b| {
        (
            &a.kind,
            a.direction,
            &a.other.name,
            &a.other.id,
            &a.connector,
            &a.scope,
            &a.place,
        )
            .cmp(&(
                &b.kind,
                b.direction,
                &b.other.name,
                &b.other.id,
                &b.connector,
                &b.scope,
                &b.place,
            ))
    });
    Ok((found, cut))
}

fn raw_edge(row: &store::Row, ours_states_it: bool) -> Result<Raw, InventoryError> {
    let (by_key, other_key) = (row.get_i64(1)?, row.get_i64(2)?);
    let reversed = row.get_i64(3)? == 1;
    let far = if ours_states_it { other_key } else { by_key };
    Ok(Raw {
        by_key,
        far,
        edge: RecordEdge {
            kind: row.text(4)?.to_owned(),
            direction: if ours_states_it == reversed {
                Direction::In
            } else {
                Direction::Out
            },
            other: EdgeEnd::unknown(far),
            connector: row.text(5)?.to_owned(),
            scope: row.text(6)?.to_owned(),
            place: row.opt_text(7)?.map(str::to_owned),
            attributes: object("edge", row.get_i64(0)?, row.text(8)?)?,
            from_run: row.get_i64(9)?,
            observed: None,
        },
    })
}

impl EdgeEnd {
    fn unknown(key: i64) -> Self {
        Self {
            key,
            id: String::new(),
            kind: String::new(),
            subtype: None,
            class: None,
            name: String::new(),
            native_id: String::new(),
            retired: false,
            referenced: false,
        }
    }
}

/// When the sighting that states each edge was last confirmed, by (node, connector, scope).
async fn statement_times(
    reader: &Reader,
    raw: &[Raw],
) -> Result<BTreeMap<(i64, String, String), TimeUs>, InventoryError> {
    let keys: Vec<i64> = raw
        .iter()
        .map(|raw| raw.by_key)
        .collect::<BTreeSet<i64>>()
        .into_iter()
        .collect();
    let mut found = BTreeMap::new();
    for chunk in keys.chunks(node::ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT s.node_key, c.connector, c.scope, s.observed_us, s.last_observed_us, s.seen FROM sighting s \
             JOIN source c ON c.source_key = s.source_key WHERE s.node_key IN {list} AND {}",
            reader.visible("s")
        );
        for row in reader.rows(&sql, values).await? {
            let at = last_seen(reader, row.get_i64(3)?, row.get_i64(4)?, row.text(5)?);
            found.insert(
                (
                    row.get_i64(0)?,
                    row.text(1)?.to_owned(),
                    row.text(2)?.to_owned(),
                ),
                TimeUs::from_micros(at),
            );
        }
    }
    Ok(found)
}

/// The records at these keys, a member under the name of its root.
pub(crate) async fn ends(
    reader: &Reader,
    keys: BTreeSet<i64>,
) -> Result<BTreeMap<i64, EdgeEnd>, InventoryError> {
    let root_of = node::roots(reader, &keys).await?;
    let wanted: BTreeSet<i64> = keys
        .iter()
        .map(|key| root_of.get(key).copied().unwrap_or(*key))
        .collect();
    let nodes = node::nodes(reader, &wanted).await?;
    Ok(keys
        .into_iter()
        .filter_map(|key| {
            let node = nodes.get(root_of.get(&key).unwrap_or(&key))?;
            Some((key, end(node)))
        })
        .collect())
}

fn end(node: &Node) -> EdgeEnd {
    EdgeEnd {
        key: node.key,
        id: node.id.clone(),
        kind: node.kind.clone(),
        subtype: node.subtype.clone(),
        class: node.class.clone(),
        name: node.name.clone(),
        native_id: node.native_id.clone(),
        retired: node.retired.is_some(),
        referenced: node.referenced.is_some(),
    }
}

/// Reads a stored JSON object.
pub(crate) fn object(
    what: &'static str,
    key: i64,
    text: &str,
) -> Result<Map<String, Json>, InventoryError> {
    serde_json::from_str(text).map_err(|error| InventoryError::Damaged {
        what,
        key,
        detail: error.to_string(),
    })
}
