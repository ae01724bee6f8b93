//! Credentials that lie nowhere but in examples and tests.

use std::collections::{BTreeMap, BTreeSet};

use super::Reader;
use super::node::{ASK, Node, everyone, nodes};
use crate::InventoryError;
use crate::run::in_list;

/// The environment a scan gives to files in folders of examples and tests.
const TEST: &str = "test";
/// The kind of source that gives it; what any other source shows is in use somewhere.
const SCAN: &str = "host";
/// How many are told apart; beyond it the rest counts as in use.
const MAX: usize = 100_000;

/// Active credentials each of whose places is a file of an example or a test, and that nothing but
/// a scan of a machine shows. A key that also lies elsewhere, or that its provider lists, is not
/// among them.
///
/// # Errors
/// The database cannot be read.
pub async fn in_tests(reader: &Reader) -> Result<BTreeMap<i64, Node>, InventoryError> {
    let sql = format!(
        "SELECT DISTINCT COALESCE(m.root_key, e.by_key) FROM node_version f JOIN node n ON n.node_key = f.node_key \
         JOIN edge e ON e.other_key = f.node_key LEFT JOIN member m ON m.node_key = e.by_key AND {} \
         WHERE f.kind IN ('resource', 'secret_container') AND f.environment = '{TEST}' AND n.provider = 'file' AND {} \
         AND e.kind IN ('stored_in', 'found_in') AND e.reversed = 0 AND {} ORDER BY 1 LIMIT {MAX}",
        reader.visible("m"),
        reader.visible("f"),
        reader.visible("e")
    );
    let mut keys = Vec::new();
    for row in reader.rows(&sql, Vec::new()).await? {
        keys.push(row.get_i64(0)?);
    }
    let mut found = BTreeMap::new();
    for chunk in keys.chunks(ASK) {
        let root_of = everyone(reader, chunk).await?;
        let elsewhere = elsewhere(reader, &root_of).await?;
        let only: BTreeSet<i64> = chunk
            .iter()
            .copied()
            .filter(|root| !elsewhere.contains(root))
            .collect();
        found.extend(nodes(reader, &only).await?);
    }
    found.retain(|_, node| {
        node.kind == "credential" && node.retired.is_none() && node.referenced.is_none()
    });
    Ok(found)
}

/// Those of these records that also lie somewhere else, or that another kind of source shows.
async fn elsewhere(
    reader: &Reader,
    root_of: &BTreeMap<i64, i64>,
) -> Result<BTreeSet<i64>, InventoryError> {
    let members: Vec<i64> = root_of.keys().copied().collect();
    let mut found = BTreeSet::new();
    for chunk in members.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT e.by_key FROM edge e LEFT JOIN node_version f ON f.node_key = e.other_key AND {} \
             WHERE e.by_key IN {list} AND e.kind IN ('stored_in', 'found_in') AND e.reversed = 0 AND {} \
             AND COALESCE(f.environment, '') <> '{TEST}' \
             UNION SELECT e.other_key FROM edge e WHERE e.other_key IN {list} \
             AND e.kind IN ('stored_in', 'found_in') AND e.reversed = 1 AND {} \
             UNION SELECT s.node_key FROM sighting s JOIN source c ON c.source_key = s.source_key \
             WHERE s.node_key IN {list} AND {} AND c.connector <> '{SCAN}'",
            reader.visible("f"),
            reader.visible("e"),
            reader.visible("e"),
            reader.visible("s")
        );
        for row in reader.rows(&sql, values).await? {
            if let Some(root) = root_of.get(&row.get_i64(0)?) {
                found.insert(*root);
            }
        }
    }
    Ok(found)
}
