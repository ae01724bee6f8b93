//! Counts as they stand at the commit, carried on from the run before by what changed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use store::{Row, Tx, Value};

use super::rows::{NodeRow, State};
use crate::InventoryError;
use crate::columns::Columns;

type Group = (String, String, String, String, String);

/// Versions that were written, counted on the way: reading a million of them back costs more than
/// writing them.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    /// By the parts of the group with their lengths, so that a known one needs no copies.
    by_name: HashMap<String, (Group, i64)>,
    name: String,
}

impl Counted {
    /// Counts one version.
    pub(crate) fn add(&mut self, node: NodeRow<'_>, columns: &Columns, state: State) {
        let state = match state {
            State {
                retired_us: Some(_),
                ..
            } => "retired",
            State {
                referenced_us: Some(_),
                ..
            } => "referenced",
            State { .. } => "active",
        };
        let class = columns.class.as_deref().unwrap_or_default();
        let subtype = columns.subtype.as_deref().unwrap_or_default();
        let parts = [node.kind, class, node.provider, subtype, state];
        self.name.clear();
        for part in parts {
            let _ = write!(self.name, "{}:{part}", part.len());
        }
        if let Some((_, count)) = self.by_name.get_mut(&self.name) {
            *count += 1;
            return;
        }
        let [kind, class, provider, subtype, state] = parts.map(str::to_owned);
        let group = (kind, class, provider, subtype, state);
        self.by_name.insert(self.name.clone(), (group, 1));
    }
}

/// Writes the counts of the run that filled an empty database.
pub(crate) async fn write_first(
    tx: &mut Tx,
    seq: i64,
    counted: &Counted,
) -> Result<(), InventoryError> {
    insert(tx, seq, counted.by_name.values().cloned().collect()).await
}

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
    // The index of beginnings leaves the first run out.
    let began = if seq > 1 {
        "from_run = $1 AND from_run > 1"
    } else {
        "from_run = $1"
    };
    for (condition, sign) in [(began, 1), ("to_run = $1", -1)] {
        let sql = format!(
            "SELECT kind, COALESCE(class, ''), provider, COALESCE(subtype, ''), {STATE} AS state, \
             CAST(COUNT(*) AS BIGINT) FROM node_version WHERE {condition} \
             GROUP BY kind, COALESCE(class, ''), provider, COALESCE(subtype, ''), {STATE}"
        );
        let rows = tx.query(&sql, vec![seq.into()]).await?;
        add(&mut counts, &rows, sign)?;
    }
    insert(tx, seq, counts).await
}

async fn insert(tx: &mut Tx, seq: i64, counts: BTreeMap<Group, i64>) -> Result<(), InventoryError> {
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
