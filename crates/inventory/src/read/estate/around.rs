//! The part of the inventory around some records: enough to judge them again without loading the
//! rest.

use std::collections::{BTreeMap, BTreeSet};

use graph::Estate;
use model::TimeUs;

use super::{Loading, rows};
use crate::InventoryError;
use crate::read::Reader;
use crate::read::node::{ASK, everyone, roots};
use crate::run::in_list;

/// What so many others name (an account, a cluster, a tenant) is loaded, but those who name it are
/// not: they are strangers to each other, and there may be a million.
const HUB: i64 = 2_000;

/// Loads the records at `keys` and everything within `hops` relations of them, to be judged as of
/// `now`. Nodes fewer than `hops` relations away have all their relations, as in the whole estate;
/// of a node on the way that more than 2,000 others name, only what it says itself is followed.
///
/// # Errors
/// The database cannot be read or holds damaged rows.
pub async fn estate_around(
    reader: &Reader,
    keys: &BTreeSet<i64>,
    hops: u32,
    now: TimeUs,
) -> Result<Estate, InventoryError> {
    let mut loading = Loading::start(reader).await?;
    let of_start = roots(reader, keys).await?;
    let mut walk = Walk::default();
    let mut frontier: BTreeSet<i64> = keys
        .iter()
        .map(|key| of_start.get(key).copied().unwrap_or(*key))
        .collect();
    for distance in 0..=hops {
        walk.seen.extend(&frontier);
        let fresh: Vec<i64> = frontier.iter().copied().collect();
        let everyone = everyone(reader, &fresh).await?;
        walk.root_of.extend(&everyone);
        if distance == hops {
            break;
        }
        let ours: Vec<i64> = everyone.into_keys().collect();
        frontier = walk.step(reader, &ours, distance > 0).await?;
    }
    loading.members = walk
        .root_of
        .iter()
        .filter(|(key, root)| key != root)
        .map(|(key, root)| (*key, *root))
        .collect();
    loading.fill(reader, &walk).await?;
    Ok(loading.finish(now))
}

#[derive(Default)]
struct Walk {
    /// Roots reached so far.
    seen: BTreeSet<i64>,
    /// Every key of them, with its root.
    root_of: BTreeMap<i64, i64>,
    /// Relations by their row key.
    edges: BTreeMap<i64, store::Row>,
}

impl Walk {
    /// Follows the relations of these keys and gives the roots that were not reached before.
    async fn step(
        &mut self,
        reader: &Reader,
        keys: &[i64],
        on_the_way: bool,
    ) -> Result<BTreeSet<i64>, InventoryError> {
        let mut ends = BTreeSet::new();
        for end in ["by_key", "other_key"] {
            for chunk in keys.chunks(ASK) {
                let hubs = if on_the_way {
                    hubs(reader, end, chunk).await?
                } else {
                    BTreeSet::new()
                };
                let followed: Vec<i64> = chunk
                    .iter()
                    .copied()
                    .filter(|key| !hubs.contains(key))
                    .collect();
                if followed.is_empty() {
                    continue;
                }
                let (list, values) = in_list(&followed, 1);
                let columns = rows::EDGES.replacen(" FROM", ", e.edge_key FROM", 1);
                let sql = format!(
                    "{columns} WHERE e.{end} IN {list} AND {}",
                    reader.visible("e")
                );
                for row in reader.rows(&sql, values).await? {
                    ends.extend([row.get_i64(0)?, row.get_i64(1)?]);
                    self.edges.insert(row.get_i64(7)?, row);
                }
            }
        }
        let root_of = roots(reader, &ends).await?;
        Ok(ends
            .into_iter()
            .map(|key| root_of.get(&key).copied().unwrap_or(key))
            .filter(|root| !self.seen.contains(root))
            .collect())
    }
}

async fn hubs(reader: &Reader, end: &str, keys: &[i64]) -> Result<BTreeSet<i64>, InventoryError> {
    let (list, values) = in_list(keys, 1);
    let sql = format!(
        "SELECT e.{end} FROM edge e WHERE e.{end} IN {list} GROUP BY e.{end} HAVING COUNT(*) > {HUB}"
    );
    let mut found = BTreeSet::new();
    for row in reader.rows(&sql, values).await? {
        found.insert(row.get_i64(0)?);
    }
    Ok(found)
}

impl Loading {
    async fn fill(&mut self, reader: &Reader, walk: &Walk) -> Result<(), InventoryError> {
        let found: Vec<i64> = walk.seen.iter().copied().collect();
        let everyone: Vec<i64> = walk.root_of.keys().copied().collect();
        // What stands first, because its place among its like is its index.
        for state in ["IS NULL", "IS NOT NULL"] {
            let condition = format!("{} AND v.retired_us {state}", reader.visible("v"));
            let asked = (rows::NODES, "v", condition.as_str());
            self.chunks(reader, asked, &found, Self::node).await?;
        }
        let condition = reader.visible("t");
        let asked = (rows::TAGS, "t", condition.as_str());
        self.chunks(reader, asked, &found, Self::tag).await?;
        let (sightings, condition) = (self.sightings_of_some(), reader.visible("s"));
        let asked = (sightings.as_str(), "s", condition.as_str());
        self.chunks(reader, asked, &everyone, |loading, row| {
            loading.sighting(reader, row)
        })
        .await?;
        for row in walk.edges.values() {
            if let Some(relation) = self.relation(row)?
                && self.at(relation.from).is_some()
                && self.at(relation.to).is_some()
            {
                self.relate(relation);
            }
        }
        Ok(())
    }

    async fn chunks(
        &mut self,
        reader: &Reader,
        (columns, table, condition): (&str, &str, &str),
        keys: &[i64],
        mut take: impl FnMut(&mut Self, &store::Row) -> Result<(), InventoryError>,
    ) -> Result<(), InventoryError> {
        for chunk in keys.chunks(ASK) {
            let (list, values) = in_list(chunk, 1);
            let sql = format!(
                "{columns} WHERE {table}.node_key IN {list} AND {condition} ORDER BY {table}.node_key"
            );
            for row in reader.rows(&sql, values).await? {
                take(self, &row)?;
            }
        }
        Ok(())
    }
}
