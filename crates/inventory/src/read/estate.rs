//! The whole inventory as one graph in memory, or the part of it around some records.
//!
//! Rows are streamed and kept compactly: a million identities with all around them are three
//! million nodes and four million relations. Members of a group are folded into its root; what is
//! retired is left out unless something that stands still names it.

mod around;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use graph::{Builder, Estate, NodeIx, SourceInfo, Text};
use model::{EdgeKind, NodeKind, Signal, TimeUs};
use store::Row;

use super::Reader;
use super::node::ASK;
use crate::InventoryError;
use crate::apply::sources::BY_HAND;
use crate::run::in_list;

pub use around::estate_around;

/// Loads everything, to be judged as of `now`.
///
/// # Errors
/// The database cannot be read or holds damaged rows.
pub async fn estate(reader: &Reader, now: TimeUs) -> Result<Estate, InventoryError> {
    let mut loading = Loading::start(reader).await?;
    loading.members = members(reader).await?;
    let (nodes, edges) = (
        last(reader, "node_key", "node").await?,
        last(reader, "edge_key", "edge").await?,
    );
    loading.builder.expect(nodes, edges);
    loading.keys.reserve_exact(nodes);
    let sql = format!(
        "{} WHERE {} AND v.retired_us IS NULL ORDER BY v.node_key",
        rows::NODES,
        reader.visible("v")
    );
    each(reader, &sql, |row| loading.node(row)).await?;
    let sql = format!("{} WHERE {}", rows::TAGS, reader.visible("t"));
    each(reader, &sql, |row| loading.tag(row)).await?;
    for sql in loading.sightings(reader) {
        each(reader, &sql, |row| loading.sighting(reader, row)).await?;
    }
    let sql = format!("{} WHERE {}", rows::EDGES, reader.visible("e"));
    each(reader, &sql, |row| loading.edge(row)).await?;
    loading.still_named(reader).await?;
    Ok(loading.finish(now))
}

/// The last key of a table: at least as many as there are rows.
async fn last(reader: &Reader, key: &str, table: &str) -> Result<usize, InventoryError> {
    let sql = format!("SELECT COALESCE(MAX({key}), 0) FROM {table}");
    let rows = reader.rows(&sql, Vec::new()).await?;
    let last = rows.first().map_or(Ok(0), |row| row.get_i64(0))?;
    Ok(usize::try_from(last).unwrap_or(0))
}

/// Shows every row of a stream.
async fn each(
    reader: &Reader,
    sql: &str,
    mut take: impl FnMut(&Row) -> Result<(), InventoryError>,
) -> Result<(), InventoryError> {
    let mut stream = reader.stream(sql, Vec::new());
    while let Some(rows) = stream.next_batch().await? {
        for row in &rows {
            take(row)?;
        }
    }
    Ok(())
}

async fn members(reader: &Reader) -> Result<Vec<(i64, i64)>, InventoryError> {
    let sql = format!(
        "SELECT m.node_key, m.root_key FROM member m WHERE {} ORDER BY m.node_key",
        reader.visible("m")
    );
    let mut found = Vec::new();
    each(reader, &sql, |row| {
        found.push((row.get_i64(0)?, row.get_i64(1)?));
        Ok(())
    })
    .await?;
    Ok(found)
}

/// A relation whose ends are row keys yet.
#[derive(Debug, Clone, Copy)]
struct Relation {
    from: i64,
    kind: EdgeKind,
    to: i64,
    source: u32,
    place: Text,
    attributes: Text,
}

/// How much a source's detail weighs: its rank, its own time, its place in the list of sources.
type Weight = (crate::columns::Rank, i64, u32);

/// An estate in the making.
struct Loading {
    builder: Builder,
    /// Row keys of the nodes that stand, in order: the place is the node's index.
    keys: Vec<i64>,
    /// Member to root, in the order of members.
    members: Vec<(i64, i64)>,
    /// Retired records that something names.
    retired: BTreeMap<i64, NodeIx>,
    /// Relations with an end that does not stand.
    open: Vec<Relation>,
    sources: Vec<SourceInfo>,
    source_of: BTreeMap<i64, u32>,
    hand: Option<i64>,
    hand_number: Option<u32>,
    latest: bool,
    /// A signal of some node says yes.
    any_yes: bool,
    details: HashMap<(NodeIx, Signal), (Weight, String)>,
}

impl Loading {
    /// Reads the sources and what they did not look at.
    async fn start(reader: &Reader) -> Result<Self, InventoryError> {
        let mut loading = Self {
            builder: Builder::new(),
            keys: Vec::new(),
            members: Vec::new(),
            retired: BTreeMap::new(),
            open: Vec::new(),
            sources: Vec::new(),
            source_of: BTreeMap::new(),
            hand: None,
            hand_number: None,
            any_yes: false,
            latest: reader.is_latest(),
            details: HashMap::new(),
        };
        let sql = "SELECT source_key, connector, scope, last_observed_us, authoritative_us FROM source \
                   WHERE first_run <= $1 ORDER BY connector, scope";
        let mut by_name = BTreeMap::new();
        for row in reader.rows(sql, vec![reader.at().seq.into()]).await? {
            let source = SourceInfo {
                connector: row.text(1)?.to_owned(),
                scope: row.text(2)?.to_owned(),
                // What a source said later is not known yet at an earlier moment.
                last_observed: row.opt_time(3)?.filter(|_| loading.latest),
                authoritative: row.opt_i64(4)?.is_some(),
            };
            let number = u32::try_from(loading.sources.len()).unwrap_or(u32::MAX);
            if source.connector == BY_HAND {
                (loading.hand, loading.hand_number) = (Some(row.get_i64(0)?), Some(number));
            }
            by_name.insert((source.connector.clone(), source.scope.clone()), number);
            loading.source_of.insert(row.get_i64(0)?, number);
            loading.sources.push(source);
        }
        for gap in super::coverage(reader).await? {
            if let Some(number) = by_name.get(&(gap.connector.clone(), gap.scope.clone())) {
                loading.gap(*number, gap);
            }
        }
        Ok(loading)
    }

    fn gap(&mut self, source: u32, row: super::CoverageRow) {
        let Some(state) = model::CoverageState::parse(&row.state) else {
            return;
        };
        if state == model::CoverageState::Complete {
            return;
        }
        self.builder.gap(graph::Gap {
            source,
            kind: row.kind.as_deref().and_then(NodeKind::parse),
            group: row.group,
            place: row.place,
            state,
            reason: row.reason,
        });
    }

    /// The record a key belongs to.
    fn root(&self, key: i64) -> i64 {
        self.members
            .binary_search_by_key(&key, |(member, _)| *member)
            .ok()
            .and_then(|at| self.members.get(at))
            .map_or(key, |(_, root)| *root)
    }

    /// The node at a root's key.
    fn at(&self, root: i64) -> Option<NodeIx> {
        match self.keys.binary_search(&root) {
            Ok(at) => u32::try_from(at).ok().map(NodeIx),
            Err(_) => self.retired.get(&root).copied(),
        }
    }

    /// Puts a relation in, or aside while one of its ends does not stand.
    fn relate(&mut self, relation: Relation) {
        // What binds a thing to itself under another name is no relation.
        if relation.from == relation.to {
            return;
        }
        match (self.at(relation.from), self.at(relation.to)) {
            (Some(from), Some(to)) => self.builder.edge(
                from,
                relation.kind,
                to,
                relation.source,
                relation.place,
                relation.attributes,
            ),
            (None, None) => {}
            _ => self.open.push(relation),
        }
    }

    /// Loads the retired records that something names, and puts the relations in that wait for them.
    async fn still_named(&mut self, reader: &Reader) -> Result<(), InventoryError> {
        let open = std::mem::take(&mut self.open);
        let missing: BTreeSet<i64> = open
            .iter()
            .flat_map(|relation| [relation.from, relation.to])
            .filter(|key| self.at(*key).is_none())
            .collect();
        let missing: Vec<i64> = missing.into_iter().collect();
        for chunk in missing.chunks(ASK) {
            let (list, values) = in_list(chunk, 1);
            let sql = format!(
                "{} WHERE v.node_key IN {list} AND {} ORDER BY v.node_key",
                rows::NODES,
                reader.visible("v")
            );
            for row in reader.rows(&sql, values).await? {
                self.node(&row)?;
            }
        }
        for relation in open {
            if self.at(relation.from).is_some() && self.at(relation.to).is_some() {
                self.relate(relation);
            }
        }
        Ok(())
    }

    fn finish(mut self, now: TimeUs) -> Estate {
        for source in self.sources {
            self.builder.source(source);
        }
        let mut details: Vec<_> = self.details.into_iter().collect();
        details.sort_by_key(|(key, _)| *key);
        for ((ix, signal), (_, detail)) in details {
            self.builder.detail(ix, signal, &detail);
        }
        drop(self.keys);
        drop(self.members);
        self.builder.freeze(now)
    }
}
