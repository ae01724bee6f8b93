//! Retire only what was looked at: a source that covered a kind completely and no longer shows a
//! thing ends its sighting of it, except where it says it could not look.

use std::collections::BTreeMap;

use model::{CoverageState, NodeKind};
use store::{Tx, Value};

use super::Work;
use super::sources::Sources;
use crate::InventoryError;
use crate::run::in_list;
use crate::spool::Spool;

/// What one source covered in this run.
#[derive(Debug, Default)]
struct Looked {
    /// Kind (`None`: all) and place prefix that were read completely.
    complete: Vec<(Option<NodeKind>, String)>,
    /// Kind (`None`: all) and place prefix that were not.
    gaps: Vec<(Option<NodeKind>, String)>,
}

impl Looked {
    /// True when a thing of this kind at this place would have been seen if it were still there.
    fn would_have_seen(&self, kind: Option<NodeKind>, place: Option<&str>) -> bool {
        let about = |of: Option<NodeKind>| of.is_none() || of == kind;
        let covered = self.complete.iter().any(|(of, prefix)| {
            about(*of)
                && (prefix.is_empty() || place.is_some_and(|place| lies_under(place, prefix)))
        });
        // A thing without a place could be anywhere, also where nobody could look.
        let hidden = self.gaps.iter().any(|(of, prefix)| {
            (of.is_none() || about(*of))
                && (prefix.is_empty() || place.is_none_or(|place| lies_under(place, prefix)))
        });
        covered && !hidden
    }
}

/// True when `place` is `prefix` or lies under it, by path or member separators.
fn lies_under(place: &str, prefix: &str) -> bool {
    place.strip_prefix(prefix).is_some_and(|rest| {
        rest.is_empty()
            || prefix.ends_with(['/', '\\', ':', '!'])
            || rest.starts_with(['/', '\\', ':', '!', '#'])
    })
}

/// Ends the sightings and edges that complete sources did not state again.
pub(crate) async fn missing(
    tx: &mut Tx,
    work: &mut Work,
    spool: &Spool,
    sources: &Sources,
) -> Result<(), InventoryError> {
    let mut looked: BTreeMap<i64, Looked> = BTreeMap::new();
    for (number, kind, _, place, state, _) in spool.coverage.keys() {
        let Some(source) = sources.get(*number) else {
            continue;
        };
        let looked = looked.entry(source.key).or_default();
        match state {
            CoverageState::Complete => looked.complete.push((*kind, place.clone())),
            // A partial reading proves nothing either way; the other states are places not seen.
            CoverageState::Partial => {}
            CoverageState::Denied
            | CoverageState::Truncated
            | CoverageState::Failed
            | CoverageState::NotAttempted => {
                looked.gaps.push((*kind, place.clone()));
            }
        }
    }
    looked.retain(|_, looked| !looked.complete.is_empty());
    for (source_key, looked) in looked {
        // More coverage was stated than kept: somewhere a gap may be missing from the list.
        if spool.coverage_left_out == 0 {
            sightings(tx, work, source_key, &looked).await?;
            edges(tx, work, source_key, &looked).await?;
        }
    }
    Ok(())
}

async fn sightings(
    tx: &mut Tx,
    work: &mut Work,
    source_key: i64,
    looked: &Looked,
) -> Result<(), InventoryError> {
    // Counting them takes the index alone; as many as were shown now are all of them.
    let current = tx
        .query(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM sighting WHERE source_key = $1 AND to_run IS NULL",
            vec![source_key.into()],
        )
        .await?;
    let shown = work.shown.get(&source_key).copied().unwrap_or(0);
    if current.first().map_or(Ok(0), |row| row.get_i64(0))? == shown {
        return Ok(());
    }
    let rows = tx
        .query(
            "SELECT s.sighting_key, s.node_key, s.place, n.kind FROM sighting s JOIN node n ON n.node_key = s.node_key \
             WHERE s.source_key = $1 AND s.to_run IS NULL AND s.last_run < $2",
            vec![source_key.into(), work.seq.into()],
        )
        .await?;
    let mut ended: Vec<Vec<Value>> = Vec::new();
    let mut nodes: Vec<i64> = Vec::new();
    for row in rows {
        if looked.would_have_seen(NodeKind::parse(row.text(3)?), row.opt_text(2)?) {
            ended.push(vec![row.get_i64(0)?.into(), work.seq.into()]);
            nodes.push(row.get_i64(1)?);
        }
    }
    tx.exec_many(
        "UPDATE sighting SET to_run = $2 WHERE sighting_key = $1",
        ended,
    )
    .await?;
    end_edges_of(tx, work, source_key, &nodes).await?;
    work.touched.extend(nodes);
    Ok(())
}

/// Ends what a source stated about nodes it no longer shows.
pub(crate) async fn end_edges_of(
    tx: &mut Tx,
    work: &mut Work,
    source_key: i64,
    nodes: &[i64],
) -> Result<(), InventoryError> {
    for chunk in nodes.chunks(400) {
        let (list, mut values) = in_list(chunk, 3);
        values.splice(0..0, [Value::from(source_key), Value::from(work.seq)]);
        let others = tx
            .query(
                &format!("SELECT other_key FROM edge WHERE source_key = $1 AND to_run IS NULL AND from_run <= $2 AND by_key IN {list}"),
                values.clone(),
            )
            .await?;
        for row in others {
            work.touched.insert(row.get_i64(0)?);
        }
        work.applied.edges_ended += tx
            .exec(
                &format!("UPDATE edge SET to_run = $2 WHERE source_key = $1 AND to_run IS NULL AND by_key IN {list}"),
                values,
            )
            .await?;
    }
    Ok(())
}

/// A thing that is still shown may have lost one of its places: a key copied to two files, one of
/// which was deleted. Edges stated at a place that was read and not stated again have ended.
async fn edges(
    tx: &mut Tx,
    work: &mut Work,
    source_key: i64,
    looked: &Looked,
) -> Result<(), InventoryError> {
    let rows = tx
        .query(
            "SELECT e.edge_key, e.place, n.kind, e.other_key FROM edge e \
             JOIN node n ON n.node_key = e.by_key \
             WHERE e.source_key = $1 AND e.to_run IS NULL AND e.place IS NOT NULL AND e.from_run < $2 \
             AND EXISTS (SELECT 1 FROM sighting s WHERE s.node_key = e.by_key AND s.source_key = e.source_key \
             AND s.to_run IS NULL AND s.last_run = $2)",
            vec![source_key.into(), work.seq.into()],
        )
        .await?;
    work.stated_again.sort_unstable();
    let mut ended: Vec<Vec<Value>> = Vec::new();
    for row in rows {
        if work.stated_again.binary_search(&row.get_i64(0)?).is_err()
            && looked.would_have_seen(NodeKind::parse(row.text(2)?), row.opt_text(1)?)
        {
            ended.push(vec![row.get_i64(0)?.into(), work.seq.into()]);
            work.touched.insert(row.get_i64(3)?);
        }
    }
    work.applied.edges_ended += ended.len() as u64;
    tx.exec_many("UPDATE edge SET to_run = $2 WHERE edge_key = $1", ended)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_looked_at_counts() {
        let looked = Looked {
            complete: vec![
                (None, "/home".into()),
                (Some(NodeKind::Credential), "/etc".into()),
            ],
            gaps: vec![(None, "/home/bob".into())],
        };
        let key = Some(NodeKind::Credential);
        assert!(looked.would_have_seen(key, Some("/home/amy/.ssh/id")));
        assert!(looked.would_have_seen(key, Some("/etc/ssl/key.pem")));
        assert!(!looked.would_have_seen(Some(NodeKind::Identity), Some("/etc/passwd")));
        assert!(!looked.would_have_seen(key, Some("/home/bob/.ssh/id")));
        assert!(looked.would_have_seen(key, Some("/home/bobby/.ssh/id")));
        assert!(!looked.would_have_seen(key, Some("/srv/key")));
        assert!(!looked.would_have_seen(key, None));
        let whole = Looked {
            complete: vec![(None, String::new())],
            gaps: vec![],
        };
        assert!(whole.would_have_seen(key, None));
        let broken = Looked {
            gaps: vec![(None, String::new())],
            ..whole
        };
        assert!(!broken.would_have_seen(key, Some("/a")));
    }
}
