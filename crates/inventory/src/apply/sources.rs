//! Which sources spoke in this run, and what they covered.

use std::collections::BTreeMap;

use model::{NodeKind, SourceRef};
use store::Tx;

use super::Work;
use crate::InventoryError;
use crate::columns::Rank;
use crate::run::next_key;
use crate::spool::Spool;

/// The connector of what people say by hand.
pub(crate) const BY_HAND: &str = "hand";

/// One source of this run.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) key: i64,
    pub(crate) rank: Rank,
    /// Connector and scope, the tie-break of merging.
    pub(crate) label: String,
}

/// The sources of this run by their number in the spool.
#[derive(Debug)]
pub(crate) struct Sources {
    by_number: Vec<Option<Known>>,
}

impl Sources {
    pub(crate) fn get(&self, number: u32) -> Option<&Known> {
        self.by_number.get(number as usize)?.as_ref()
    }
}

/// The weight of a connector's word.
pub(crate) fn rank(connector: &str, authoritative: bool) -> Rank {
    match (connector, authoritative) {
        (BY_HAND, _) => Rank::ByHand,
        (_, true) => Rank::Authoritative,
        _ => Rank::Secondary,
    }
}

/// Finds or adds a row for every source of the spool.
pub(crate) async fn resolve(
    tx: &mut Tx,
    work: &mut Work,
    spool: &Spool,
    authoritative: &dyn Fn(&str) -> bool,
) -> Result<Sources, InventoryError> {
    let wanted: Vec<_> = spool
        .sources()
        .map(|(source, number)| (source.clone(), number))
        .collect();
    // Numbers are given out from 0 without a gap, so they are places in a list.
    let mut by_number = vec![None; wanted.len()];
    for (source, number) in wanted {
        let weighty = authoritative(&source.connector);
        let key = row_of(tx, work, &source, weighty).await?;
        let label = format!("{}\u{1f}{}", source.connector, source.scope);
        if let Some(place) = by_number.get_mut(number as usize) {
            *place = Some(Known {
                key,
                rank: rank(&source.connector, weighty),
                label,
            });
        }
    }
    Ok(Sources { by_number })
}

/// Finds or adds the row of a source that speaks in this run.
pub(crate) async fn row_of(
    tx: &mut Tx,
    work: &Work,
    source: &SourceRef,
    weighty: bool,
) -> Result<i64, InventoryError> {
    let rows = tx
        .query(
            "SELECT source_key FROM source WHERE connector = $1 AND scope = $2",
            vec![
                source.connector.as_str().into(),
                source.scope.as_str().into(),
            ],
        )
        .await?;
    if let Some(row) = rows.first() {
        let key = row.get_i64(0)?;
        tx.exec(
            "UPDATE source SET last_run = $2, removed_us = NULL WHERE source_key = $1",
            vec![key.into(), work.seq.into()],
        )
        .await?;
        return Ok(key);
    }
    let key = next_key(tx, "source", "source_key").await?;
    tx.exec(
        "INSERT INTO source (source_key, connector, scope, authoritative_us, provisional_us, first_run, \
         last_run, last_observed_us, removed_us) VALUES ($1, $2, $3, $4, $5, $6, $6, NULL, NULL)",
        vec![
            key.into(),
            source.connector.as_str().into(),
            source.scope.as_str().into(),
            weighty.then_some(work.now).into(),
            source.provisional.then_some(work.now).into(),
            work.seq.into(),
        ],
    )
    .await?;
    Ok(key)
}

/// Writes the newest observed time of each source that spoke.
pub(crate) async fn write_times(tx: &mut Tx, work: &mut Work) -> Result<(), InventoryError> {
    for (source_key, observed_us) in std::mem::take(&mut work.batches.newest) {
        tx.exec(
            "UPDATE source SET last_observed_us = CASE WHEN last_observed_us > $2 THEN last_observed_us ELSE $2 END \
             WHERE source_key = $1",
            vec![source_key.into(), observed_us.into()],
        )
        .await?;
    }
    Ok(())
}

/// Writes the coverage ledger of the run and the newest observed time of each source.
pub(crate) async fn write_coverage(
    tx: &mut Tx,
    work: &mut Work,
    spool: &Spool,
    sources: &Sources,
) -> Result<(), InventoryError> {
    let mut numbers: BTreeMap<i64, i64> = BTreeMap::new();
    for ((source, kind, group, place, state, reason), value) in &spool.coverage {
        let Some(source) = sources.get(*source) else {
            continue;
        };
        if state.is_shortfall() {
            work.applied.shortfalls += 1;
        }
        let number = numbers.entry(source.key).or_insert(0);
        *number += 1;
        work.batches.coverage.push([
            work.seq.into(),
            source.key.into(),
            (*number).into(),
            kind.map(NodeKind::name).into(),
            group.into(),
            place.into(),
            state.name().into(),
            reason.into(),
            value.lag_us.into(),
            value.occurrences.into(),
        ]);
    }
    if !spool.losses().is_empty() {
        work.applied.shortfalls += 1;
    }
    write_times(tx, work).await
}
