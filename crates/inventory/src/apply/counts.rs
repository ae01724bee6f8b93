//! Counts as they stand at the commit, carried on from the run before by what changed.

use std::collections::BTreeMap;

use store::{Row, Tx, Value};

use crate::InventoryError;

type Group = (String, String, String, String, String);

const STATE: &str = "CASE WHEN retired_us IS NOT NULL THEN 'retired' WHEN referenced_us IS NOT NULL THEN 'referenced' \
                     ELSE 'active' END";

/// Writes the counts of run `seq`: those of the run before, plus versions that began, minus
/// versions that ended.
pub(crate) async fn write(tx: &mut Tx, seq: i64) -> Result<(), InventoryError> {
    let mut counts: BTreeMap<Group, i64> = BTreeMap::new();
    let before = tx
        .query(
            "SELECT kind, class, provider, subtype, state, total FROM run_count \
             WHERE run = (SELECT MAX(run) FROM run_count WHERE run < $1)",
            vec![seq.into()],
        )
        .await?;
    add(&mut counts, &before, 1)?;
    for (condition, sign) in [("from_run = $1", 1), ("to_run = $1", -1)] {
        let sql = format!(
            "SELECT kind, COALESCE(class, ''), provider, COALESCE(subtype, ''), {STATE} AS state, \
             CAST(COUNT(*) AS BIGINT) FROM node_version WHERE {condition} \
             GROUP BY kind, COALESCE(class, ''), provider, COALESCE(subtype, ''), {STATE}"
        );
        let rows = tx.query(&sql, vec![seq.into()]).await?;
        add(&mut counts, &rows, sign)?;
    }
    let rows: Vec<Vec<Value>> = counts
        .into_iter()
        .filter(|(_, total)| *total > 0)
        .map(|((kind, class, provider, subtype, state), total)| {
            vec![
                seq.into(),
                kind.into(),
                class.into(),
                provider.into(),
                subtype.into(),
                state.into(),
                total.into(),
            ]
        })
        .collect();
    tx.insert_many(
        "run_count",
        &[
            "run", "kind", "class", "provider", "subtype", "state", "total",
        ],
        rows,
    )
    .await?;
    Ok(())
}

fn add(counts: &mut BTreeMap<Group, i64>, rows: &[Row], sign: i64) -> Result<(), InventoryError> {
    for row in rows {
        let text = |index| row.text(index).map(str::to_owned);
        let group = (text(0)?, text(1)?, text(2)?, text(3)?, text(4)?);
        *counts.entry(group).or_insert(0) += sign * row.get_i64(5)?;
    }
    Ok(())
}
