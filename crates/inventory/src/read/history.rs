//! What changed about one record, run by run.

use std::collections::BTreeMap;

use model::TimeUs;

use super::diff::{FieldChange, compare};
use super::node::{self, COLUMNS, Node};
use super::{Reader, merged};
use crate::InventoryError;
use crate::run::in_list;

/// What happened to a record in one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Happening {
    /// The run's number.
    pub seq: i64,
    /// When it committed.
    pub at: Option<TimeUs>,
    /// The run's id.
    pub run: String,
    /// What it did.
    pub title: String,
    /// `appeared`, `changed`, `retired`, `reappeared`, `merged`, or nothing when only what sources
    /// say about it changed.
    pub what: Option<&'static str>,
    /// The listed facts that changed.
    pub fields: Vec<FieldChange>,
    /// Sources that began or changed what they say.
    pub said_by: Vec<String>,
    /// Sources that ended what they said.
    pub silent: Vec<String>,
    /// Relations that began.
    pub edges_added: i64,
    /// Relations that ended.
    pub edges_ended: i64,
}

/// Everything that happened to a record, oldest first, up to the reader's moment.
///
/// # Errors
/// The database cannot be read.
pub async fn history(reader: &Reader, root: i64) -> Result<Vec<Happening>, InventoryError> {
    let mut by_run: BTreeMap<i64, Happening> = BTreeMap::new();
    versions(reader, root, &mut by_run).await?;
    let everyone = node::everyone(reader, &[root]).await?;
    let keys: Vec<i64> = everyone.into_keys().collect();
    for chunk in keys.chunks(node::ASK) {
        sightings(reader, chunk, &mut by_run).await?;
        edges(reader, chunk, &mut by_run).await?;
    }
    by_run.retain(|seq, _| *seq <= reader.at().seq);
    name_runs(reader, &mut by_run).await?;
    Ok(by_run.into_values().collect())
}

async fn versions(
    reader: &Reader,
    root: i64,
    by_run: &mut BTreeMap<i64, Happening>,
) -> Result<(), InventoryError> {
    let sql = format!(
        "SELECT {COLUMNS}, v.to_run FROM node_version v JOIN node n ON n.node_key = v.node_key \
         WHERE v.node_key = $1 ORDER BY v.from_run"
    );
    let mut before: Option<(Node, Option<i64>)> = None;
    for row in reader.rows(&sql, vec![root.into()]).await? {
        let (now, ends) = (node::node(&row)?, row.opt_i64(node::WIDTH)?);
        if let Some((_, Some(ended))) = &before
            && *ended < now.from_run
        {
            at(by_run, *ended).what = Some("merged");
        }
        let happening = at(by_run, now.from_run);
        let was = before.as_ref().map(|(was, _)| was);
        happening.what = Some(match was {
            None => "appeared",
            Some(was) if was.retired.is_none() && now.retired.is_some() => "retired",
            Some(was) if was.retired.is_some() && now.retired.is_none() => "reappeared",
            Some(_) => "changed",
        });
        happening.fields = was.map_or_else(Vec::new, |was| compare(was, &now));
        before = Some((now, ends));
    }
    if let Some((_, Some(ended))) = before {
        at(by_run, ended).what = Some("merged");
    }
    Ok(())
}

async fn sightings(
    reader: &Reader,
    keys: &[i64],
    by_run: &mut BTreeMap<i64, Happening>,
) -> Result<(), InventoryError> {
    let (list, values) = in_list(keys, 1);
    let sql = format!(
        "SELECT c.connector, c.scope, s.from_run, s.to_run FROM sighting s \
         JOIN source c ON c.source_key = s.source_key WHERE s.node_key IN {list} \
         ORDER BY c.connector, c.scope, s.from_run"
    );
    let mut begun = Vec::new();
    let mut ended = Vec::new();
    for row in reader.rows(&sql, values).await? {
        let source = merged::label(row.text(0)?, row.text(1)?);
        begun.push((row.get_i64(2)?, source.clone()));
        if let Some(run) = row.opt_i64(3)? {
            ended.push((run, source));
        }
    }
    // A sighting that ended and began again in one run has changed.
    ended.retain(|end| !begun.contains(end));
    for (run, source) in begun {
        at(by_run, run).said_by.push(source);
    }
    for (run, source) in ended {
        at(by_run, run).silent.push(source);
    }
    Ok(())
}

async fn edges(
    reader: &Reader,
    keys: &[i64],
    by_run: &mut BTreeMap<i64, Happening>,
) -> Result<(), InventoryError> {
    let (list, values) = in_list(keys, 1);
    for end in ["by_key", "other_key"] {
        for (column, added) in [("from_run", true), ("to_run", false)] {
            let sql = format!(
                "SELECT {column}, CAST(COUNT(*) AS BIGINT) FROM edge WHERE {end} IN {list} \
                 AND {column} IS NOT NULL GROUP BY {column}"
            );
            for row in reader.rows(&sql, values.clone()).await? {
                let happening = at(by_run, row.get_i64(0)?);
                let count = row.get_i64(1)?;
                if added {
                    happening.edges_added += count;
                } else {
                    happening.edges_ended += count;
                }
            }
        }
    }
    Ok(())
}

async fn name_runs(
    reader: &Reader,
    by_run: &mut BTreeMap<i64, Happening>,
) -> Result<(), InventoryError> {
    let seqs: Vec<i64> = by_run.keys().copied().collect();
    for chunk in seqs.chunks(node::ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!("SELECT seq, id, title, committed_us FROM run WHERE seq IN {list}");
        for row in reader.rows(&sql, values).await? {
            let happening = at(by_run, row.get_i64(0)?);
            row.text(1)?.clone_into(&mut happening.run);
            row.text(2)?.clone_into(&mut happening.title);
            happening.at = row.opt_time(3)?;
        }
    }
    Ok(())
}

fn at(by_run: &mut BTreeMap<i64, Happening>, seq: i64) -> &mut Happening {
    let happening = by_run.entry(seq).or_default();
    happening.seq = seq;
    happening
}
