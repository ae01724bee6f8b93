//! New records that share an identifying name are one from the start: known before they are
//! written, so that the one merged version is written once and nothing is read back.

use std::collections::BTreeMap;

use model::NodeId;

use super::keys::Keys;
use crate::spool::{Named, Spool};

/// Groups of records that are all new in this run.
#[derive(Debug, Default)]
pub(crate) struct United {
    /// Every record of a group, with its root; sorted by id, as keys are.
    roots: BTreeMap<i64, i64>,
    /// The records of each root's group, itself among them, in the order of ids.
    members: BTreeMap<i64, Vec<NodeId>>,
}

impl United {
    /// The groups that the identifying names of the spool form among new records.
    pub(crate) fn find(spool: &Spool, keys: &Keys) -> Self {
        let mut groups = Groups::default();
        for same in spool.named.chunk_by(|a, b| a.name == b.name) {
            let mut new = same.iter().filter(|named| is_new(keys, named));
            if let Some(first) = new.next() {
                new.filter(|other| other.id != first.id)
                    .for_each(|other| groups.unite(first, other));
            }
        }
        let mut united = Self::default();
        for mut group in groups.of_root.into_values() {
            group.sort_unstable();
            let Some(root) = group.first().and_then(|(_, id)| keys.get(*id)) else {
                continue;
            };
            let mut ids: Vec<NodeId> = group.into_iter().map(|(_, id)| id).collect();
            ids.sort_unstable();
            for key in ids.iter().filter_map(|id| keys.get(*id)) {
                united.roots.insert(key.key, root.key);
            }
            united.members.insert(root.key, ids);
        }
        united
    }

    /// The record that stands for this one, when that is another.
    pub(crate) fn root(&self, key: i64) -> Option<i64> {
        self.roots.get(&key).copied().filter(|root| *root != key)
    }

    /// The ids of the group this record stands for.
    pub(crate) fn members(&self, key: i64) -> &[NodeId] {
        self.members.get(&key).map_or(&[], Vec::as_slice)
    }

    /// True when the two are one already.
    pub(crate) fn together(&self, a: i64, b: i64) -> bool {
        match (self.roots.get(&a), self.roots.get(&b)) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        }
    }
}

fn is_new(keys: &Keys, named: &Named) -> bool {
    keys.get(named.id).is_some_and(|key| key.new)
}

/// Sets of ids, each with how little its native id says: the least is the best root.
#[derive(Default)]
struct Groups {
    of_id: BTreeMap<NodeId, u64>,
    of_root: BTreeMap<u64, Vec<(u8, NodeId)>>,
    next: u64,
}

impl Groups {
    fn unite(&mut self, a: &Named, b: &Named) {
        let (a, b) = (self.group(a), self.group(b));
        if a == b {
            return;
        }
        let moved = self.of_root.remove(&b).unwrap_or_default();
        for (_, id) in &moved {
            self.of_id.insert(*id, a);
        }
        self.of_root.entry(a).or_default().extend(moved);
    }

    fn group(&mut self, named: &Named) -> u64 {
        if let Some(group) = self.of_id.get(&named.id) {
            return *group;
        }
        self.next += 1;
        self.of_id.insert(named.id, self.next);
        self.of_root
            .insert(self.next, vec![(named.plainness, named.id)]);
        self.next
    }
}
