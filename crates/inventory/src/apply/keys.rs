//! From ids to row keys.

use model::{NodeId, NodeRef};
use store::Tx;

use super::Work;
use crate::InventoryError;
use crate::run::{in_list, next_key};
use crate::spool::{Mention, Spool};

/// How many ids one look-up asks for.
const ASK: usize = 500;

/// The key of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) key: i64,
    /// True when this run adds the node.
    pub(crate) new: bool,
}

/// The keys of every node this run speaks of.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Sorted by id.
    keys: Vec<(NodeId, Key)>,
    /// Where the ids with each beginning start. Ids are hashes, so a beginning has few: looking one
    /// up touches two places of memory instead of twenty.
    starts: Vec<u32>,
    was_empty: bool,
}

impl Keys {
    fn new(keys: Vec<(NodeId, Key)>, was_empty: bool) -> Self {
        let beginnings = 1_usize << bits(keys.len());
        let mut starts = vec![0_u32; beginnings + 1];
        for (id, _) in &keys {
            if let Some(count) = starts.get_mut(beginning(*id, keys.len()) + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        Self {
            keys,
            starts,
            was_empty,
        }
    }

    pub(crate) fn get(&self, id: NodeId) -> Option<Key> {
        let begins = beginning(id, self.keys.len());
        let start = *self.starts.get(begins)? as usize;
        let some = self
            .keys
            .get(start..*self.starts.get(begins + 1)? as usize)?;
        let at = some.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        some.get(at).map(|(_, key)| *key)
    }

    /// True when the database held no node before this run.
    pub(crate) fn database_was_empty(&self) -> bool {
        self.was_empty
    }

    /// New nodes that edges name and no source observed.
    pub(crate) fn only_mentioned(
        &self,
        spool: &Spool,
    ) -> Result<Vec<(i64, NodeRef)>, InventoryError> {
        let mut wanted: Vec<(&Mention, i64)> = Vec::new();
        // Both are in the order of ids, so one walk over the two will do.
        let mut observed = spool.entries.iter().map(|entry| entry.id).peekable();
        for mention in &spool.mentions {
            while observed.next_if(|id| *id < mention.id).is_some() {}
            if observed.peek() == Some(&mention.id) {
                continue;
            }
            let Some(Key { key, new: true }) = self.get(mention.id) else {
                continue;
            };
            wanted.push((mention, key));
        }
        // Each record is read once, however many nodes it names: a policy may name 10,000.
        wanted.sort_unstable_by_key(|(mention, _)| (mention.offset, mention.edge));
        let mut found = Vec::with_capacity(wanted.len());
        for of_one in wanted.chunk_by(|(a, _), (b, _)| a.offset == b.offset) {
            named(spool, of_one, &mut found)?;
        }
        found.sort_unstable_by_key(|(key, _)| *key);
        Ok(found)
    }
}

/// How many bits of an id tell `count` of them apart, about two to a beginning.
fn bits(count: usize) -> u32 {
    count.max(2).ilog2().min(24)
}

fn beginning(id: NodeId, count: usize) -> usize {
    let [a, b, c, d, ..] = *id.as_bytes();
    (u32::from_be_bytes([a, b, c, d]) >> (32 - bits(count))) as usize
}

/// The nodes that the edges of one record name; `mentions` in the order of its edges.
fn named(
    spool: &Spool,
    mentions: &[(&Mention, i64)],
    found: &mut Vec<(i64, NodeRef)>,
) -> Result<(), InventoryError> {
    let Some((first, _)) = mentions.first() else {
        return Ok(());
    };
    let record = spool.record(first.offset, first.length)?;
    let mut edges = (0_u32..).zip(record.edges);
    for (mention, key) in mentions {
        if let Some((_, edge)) = edges.find(|(number, _)| *number == mention.edge) {
            found.push((*key, edge.other_ref));
        }
    }
    Ok(())
}

/// Looks up known nodes and gives new ones a key, in the order of ids.
pub(crate) async fn assign(
    tx: &mut Tx,
    work: &mut Work,
    spool: &Spool,
) -> Result<Keys, InventoryError> {
    let mut ids: Vec<NodeId> = spool.entries.iter().map(|entry| entry.id).collect();
    ids.dedup();
    ids.extend(spool.mentions.iter().map(|mention| mention.id));
    ids.sort_unstable();
    ids.dedup();
    let first_free = next_key(tx, "node", "node_key").await?;
    let was_empty = first_free == 1;
    let mut keys: Vec<(NodeId, Key)> = ids
        .into_iter()
        .map(|id| (id, Key { key: 0, new: true }))
        .collect();
    if !was_empty {
        for chunk in keys.chunks_mut(ASK) {
            look_up(tx, chunk).await?;
        }
    }
    let mut free = first_free;
    for (_, key) in keys.iter_mut().filter(|(_, key)| key.new) {
        key.key = free;
        free += 1;
    }
    work.batches.reserve(free - first_free);
    Ok(Keys::new(keys, was_empty))
}

async fn look_up(tx: &mut Tx, chunk: &mut [(NodeId, Key)]) -> Result<(), InventoryError> {
    let texts: Vec<String> = chunk.iter().map(|(id, _)| id.to_string()).collect();
    let (list, values) = in_list(&texts, 1);
    let rows = tx
        .query(
            &format!("SELECT id, node_key FROM node WHERE id IN {list}"),
            values,
        )
        .await?;
    for row in rows {
        let Some(id) = NodeId::parse(row.text(0)?) else {
            continue;
        };
        if let Ok(at) = chunk.binary_search_by_key(&id, |(id, _)| *id)
            && let Some((_, key)) = chunk.get_mut(at)
        {
            *key = Key {
                key: row.get_i64(1)?,
                new: false,
            };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_and_no_other() {
        for count in [0, 1, 2, 3, 100, 1_000] {
            let id = |n: u64| {
                NodeId::from_bytes(
                    u128::from(n)
                        .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
                        .to_be_bytes(),
                )
            };
            let mut keys: Vec<(NodeId, Key)> = (1..=count)
                .map(|n| {
                    (
                        id(n),
                        Key {
                            key: i64::try_from(n).unwrap(),
                            new: true,
                        },
                    )
                })
                .collect();
            keys.extend(
                [[0_u8; 16], [255; 16]]
                    .map(|bytes| (NodeId::from_bytes(bytes), Key { key: -1, new: true })),
            );
            keys.sort_by_key(|(id, _)| *id);
            let keys = Keys::new(keys, true);
            for n in 1..=count {
                assert_eq!(keys.get(id(n)).map(|key| key.key), i64::try_from(n).ok());
            }
            assert_eq!(
                keys.get(NodeId::from_bytes([0; 16])).map(|key| key.key),
                Some(-1)
            );
            assert_eq!(
                keys.get(NodeId::from_bytes([255; 16])).map(|key| key.key),
                Some(-1)
            );
            assert_eq!(keys.get(id(count + 1)), None);
        }
    }
}
