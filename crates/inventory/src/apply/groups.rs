//! Records that share an identifying name become one.
//!
//! The root of a group is its member with the plainest native id, then the smallest id, so the
//! result does not depend on the order of imports. Members keep their ids and sightings; the root
//! carries the merged facts. Pairs a person called two things stay apart.

use std::collections::{BTreeMap, BTreeSet};

use store::{Tx, Value};

use super::Work;
use crate::InventoryError;
use crate::run::in_list;
use crate::spool::plainness;

/// How many names one look-up asks for.
const ASK: usize = 400;

/// How many memberships are changed at once.
const CHANGES: usize = 4_096;

/// Joins nodes that share one of the identifying names stated in this run.
pub(crate) async fn join(
    tx: &mut Tx,
    work: &mut Work,
    database_was_empty: bool,
) -> Result<(), InventoryError> {
    let mut identifying = std::mem::take(&mut work.identifying);
    identifying.sort();
    let mut pairs: BTreeSet<(i64, i64)> = BTreeSet::new();
    for same in identifying.chunk_by(|a, b| a.0 == b.0) {
        if let Some((_, first)) = same.first() {
            pairs.extend(
                same.iter()
                    .filter(|(_, key)| key != first && !work.united.together(*first, *key))
                    .map(|(_, key)| (*first, *key)),
            );
        }
    }
    if !database_was_empty {
        identifying.dedup_by(|a, b| a.0 == b.0);
        for chunk in identifying.chunks(ASK) {
            pairs.extend(known_pairs(tx, chunk).await?);
        }
    }
    if !pairs.is_empty() {
        unite(tx, work, pairs, "alias").await?;
    }
    Ok(())
}

async fn known_pairs(
    tx: &mut Tx,
    names: &[(String, i64)],
) -> Result<Vec<(i64, i64)>, InventoryError> {
    let texts: Vec<String> = names.iter().map(|(text, _)| text.clone()).collect();
    let (list, values) = in_list(&texts, 1);
    let sql = format!(
        "SELECT alias_text, node_key FROM alias WHERE identifies_us IS NOT NULL AND alias_text IN {list}"
    );
    let mut pairs = Vec::new();
    for row in tx.query(&sql, values).await? {
        let (text, key) = (row.text(0)?, row.get_i64(1)?);
        if let Ok(at) = names.binary_search_by(|(name, _)| name.as_str().cmp(text))
            && let Some((_, with)) = names.get(at)
            && *with != key
        {
            pairs.push((*with, key));
        }
    }
    Ok(pairs)
}

/// What is needed to choose a root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    plainness: u8,
    id: String,
    key: i64,
    kind: String,
}

/// Makes one record of each group the pairs form, together with the groups they are in already.
pub(crate) async fn unite(
    tx: &mut Tx,
    work: &mut Work,
    mut pairs: BTreeSet<(i64, i64)>,
    because: &str,
) -> Result<(), InventoryError> {
    // What was united while it was written must be there to be read.
    work.batches.flush(tx).await?;
    let mut keys: BTreeSet<i64> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let before = memberships(tx, &keys).await?;
    for (member, root) in &before {
        pairs.insert((*root, *member));
        keys.extend([*root, *member]);
    }
    let candidates = candidates(tx, &keys).await?;
    let apart = apart(tx, &keys).await?;
    let mut groups = Groups::default();
    for (a, b) in pairs {
        let same_kind = match (candidates.get(&a), candidates.get(&b)) {
            (Some(a), Some(b)) => a.kind == b.kind,
            _ => false,
        };
        if same_kind && !groups.would_join(a, b, &apart) {
            groups.unite(a, b);
        }
    }
    let mut changes = Vec::new();
    for members in groups.all() {
        let Some(root) = members
            .iter()
            .filter_map(|key| candidates.get(key))
            .min()
            .map(|root| root.key)
        else {
            continue;
        };
        for key in members {
            let was = before.get(&key).copied();
            let is = (key != root).then_some(root);
            if was != is {
                changes.push((key, is));
            }
            work.touched.insert(key);
        }
    }
    change_many(tx, work, &changes, because).await
}

/// Ends a membership and begins another, if any.
pub(crate) async fn change(
    tx: &mut Tx,
    work: &mut Work,
    key: i64,
    root: Option<i64>,
    because: &str,
) -> Result<(), InventoryError> {
    change_many(tx, work, &[(key, root)], because).await
}

async fn change_many(
    tx: &mut Tx,
    work: &mut Work,
    changes: &[(i64, Option<i64>)],
    because: &str,
) -> Result<(), InventoryError> {
    for chunk in changes.chunks(CHANGES) {
        let ended: Vec<Vec<Value>> = chunk
            .iter()
            .map(|(key, _)| vec![(*key).into(), work.seq.into()])
            .collect();
        tx.exec_many(
            "DELETE FROM member WHERE node_key = $1 AND from_run = $2",
            ended.clone(),
        )
        .await?;
        tx.exec_many(
            "UPDATE member SET to_run = $2 WHERE node_key = $1 AND to_run IS NULL",
            ended,
        )
        .await?;
        for (key, root) in chunk {
            if let Some(root) = root {
                work.batches.member(work.seq, *key, *root, because);
            }
        }
        work.batches.flush(tx).await?;
    }
    Ok(())
}

/// Member to root, for every group any of the keys is in.
pub(crate) async fn memberships(
    tx: &mut Tx,
    keys: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, i64>, InventoryError> {
    let mut found = BTreeMap::new();
    let mut ask: Vec<i64> = keys.iter().copied().collect();
    // Once for the keys themselves, once for the roots found: groups are flat.
    for _ in 0..2 {
        let mut roots = BTreeSet::new();
        for chunk in ask.chunks(ASK) {
            let (list, values) = in_list(chunk, 1);
            let sql = format!(
                "SELECT node_key, root_key FROM member WHERE to_run IS NULL AND node_key IN {list} \
                 UNION SELECT node_key, root_key FROM member WHERE to_run IS NULL AND root_key IN {list}"
            );
            for row in tx.query(&sql, values).await? {
                let (member, root) = (row.get_i64(0)?, row.get_i64(1)?);
                found.insert(member, root);
                roots.insert(root);
            }
        }
        ask = roots.into_iter().collect();
    }
    Ok(found)
}

async fn candidates(
    tx: &mut Tx,
    keys: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Candidate>, InventoryError> {
    let mut found = BTreeMap::new();
    let keys: Vec<i64> = keys.iter().copied().collect();
    for chunk in keys.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql =
            format!("SELECT node_key, id, kind, native_id FROM node WHERE node_key IN {list}");
        for row in tx.query(&sql, values).await? {
            let key = row.get_i64(0)?;
            let candidate = Candidate {
                plainness: plainness(row.text(3)?),
                id: row.text(1)?.to_owned(),
                key,
                kind: row.text(2)?.to_owned(),
            };
            found.insert(key, candidate);
        }
    }
    Ok(found)
}

async fn apart(tx: &mut Tx, keys: &BTreeSet<i64>) -> Result<BTreeSet<(i64, i64)>, InventoryError> {
    let mut found = BTreeSet::new();
    let keys: Vec<i64> = keys.iter().copied().collect();
    for chunk in keys.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        for row in tx
            .query(
                &format!("SELECT low_key, high_key FROM apart WHERE low_key IN {list}"),
                values,
            )
            .await?
        {
            found.insert((row.get_i64(0)?, row.get_i64(1)?));
        }
    }
    Ok(found)
}

/// Sets of keys that belong together.
#[derive(Default)]
struct Groups {
    group_of: BTreeMap<i64, usize>,
    groups: Vec<BTreeSet<i64>>,
}

impl Groups {
    fn set(&self, key: i64) -> BTreeSet<i64> {
        self.group_of
            .get(&key)
            .and_then(|group| self.groups.get(*group))
            .cloned()
            .unwrap_or_else(|| BTreeSet::from([key]))
    }

    /// True when uniting the two would bring together a pair that must stay apart.
    fn would_join(&self, a: i64, b: i64, apart: &BTreeSet<(i64, i64)>) -> bool {
        if apart.is_empty() {
            return false;
        }
        let (a, b) = (self.set(a), self.set(b));
        apart.iter().any(|(low, high)| {
            (a.contains(low) && b.contains(high)) || (a.contains(high) && b.contains(low))
        })
    }

    fn unite(&mut self, a: i64, b: i64) {
        let mut united = self.set(a);
        united.extend(self.set(b));
        let number = self.groups.len();
        for key in &united {
            if let Some(old) = self.group_of.insert(*key, number)
                && let Some(old) = self.groups.get_mut(old)
            {
                old.clear();
            }
        }
        self.groups.push(united);
    }

    fn all(self) -> impl Iterator<Item = BTreeSet<i64>> {
        self.groups.into_iter().filter(|group| !group.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_grow_transitively_and_respect_apart() {
        let mut groups = Groups::default();
        groups.unite(1, 2);
        groups.unite(3, 4);
        let apart = BTreeSet::from([(1, 4)]);
        assert!(groups.would_join(2, 3, &apart));
        assert!(!groups.would_join(2, 5, &apart));
        groups.unite(2, 5);
        let all: Vec<_> = groups.all().collect();
        assert_eq!(all, [BTreeSet::from([3, 4]), BTreeSet::from([1, 2, 5])]);
    }

    #[test]
    fn a_plain_name_is_the_better_root() {
        assert!(plainness("AKIAEXAMPLE") < plainness("arn:aws:iam::1:user/a#access_key_1"));
        assert!(plainness("arn:aws:iam::1:user/a#access_key_1") < plainness("fp1:00:11"));
        assert!(plainness("arn:aws:iam::1:user/ci/a") < plainness("arn:aws:iam::1:user/a"));
        assert!(plainness("0f8fad5b-d9cb-469f-a165-70867728950e") < plainness("app_id:0f8fad5b"));
    }
}
