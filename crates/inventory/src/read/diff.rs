//! What changed between two moments.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::at::in_force;
use super::node::{self, COLUMNS, Node};
use super::record::{EdgeEnd, ends};
use super::{At, Reader};
use crate::InventoryError;
use crate::columns::TimeColumn;
use crate::run::in_list;

/// One listed fact that changed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldChange {
    /// Its name.
    pub field: &'static str,
    /// What it was; null when nothing was known.
    pub was: Option<String>,
    /// What it is.
    pub is: Option<String>,
}

/// How a record differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not known before.
    Added,
    /// It was retired and is shown again.
    Reappeared,
    /// Its listed facts changed.
    Changed,
    /// It was retired.
    Removed,
    /// It was found to be another record under another name.
    Merged,
}

impl Change {
    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Reappeared => "reappeared",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Merged => "merged",
        }
    }
}

/// One record that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// How.
    pub change: Change,
    /// The record, as it is, or as it last was.
    pub node: Node,
    /// What changed.
    pub fields: Vec<FieldChange>,
    /// Who created it, when a source says so.
    pub creator: Option<EdgeEnd>,
}

/// One relation that began or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeChange {
    /// True when it began, false when it ended.
    pub added: bool,
    /// The kind of relation.
    pub kind: String,
    /// Its start.
    pub from: EdgeEnd,
    /// Its end.
    pub to: EdgeEnd,
}

/// Shows every record that differs between `from` and the reader's moment, in the order of keys.
///
/// # Errors
/// The database cannot be read, or `each` fails.
pub async fn diff<E: From<InventoryError>>(
    reader: &Reader,
    from: &At,
    mut each: impl FnMut(Difference) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let keys = touched(reader, from.seq).await?;
    for chunk in keys.chunks(node::ASK) {
        let was = versions(reader, chunk, from.seq).await?;
        let is = versions(reader, chunk, reader.at().seq).await?;
        let mut differences: Vec<Difference> = chunk
            .iter()
            .filter_map(|key| difference(was.get(key), is.get(key)))
            .collect();
        creators(reader, &mut differences).await?;
        for difference in differences {
            if each(difference)?.is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Keys with a version that began or ended in between.
async fn touched(reader: &Reader, from: i64) -> Result<Vec<i64>, InventoryError> {
    let to = reader.at().seq;
    let sql = format!(
        "SELECT node_key FROM node_version WHERE {} \
         UNION SELECT node_key FROM node_version WHERE to_run IS NOT NULL AND to_run > {from} AND to_run <= {to} \
         ORDER BY node_key",
        began(from, to)
    );
    let mut keys = Vec::new();
    let mut stream = reader.stream(&sql, Vec::new());
    while let Some(rows) = stream.next_batch().await? {
        for row in rows {
            keys.push(row.get_i64(0)?);
        }
    }
    Ok(keys)
}

/// The condition that a row came into force in between. The indexes of beginnings leave the first
/// run out, and SQLite uses them only for a condition that says so.
fn began(from: i64, to: i64) -> String {
    let later = if from >= 1 { " AND from_run > 1" } else { "" };
    format!("from_run > {from} AND from_run <= {to}{later}")
}

async fn versions(
    reader: &Reader,
    keys: &[i64],
    seq: i64,
) -> Result<BTreeMap<i64, Node>, InventoryError> {
    let (list, values) = in_list(keys, 1);
    let sql = format!(
        "SELECT {COLUMNS} FROM node_version v JOIN node n ON n.node_key = v.node_key \
         WHERE v.node_key IN {list} AND {}",
        in_force("v", seq)
    );
    let mut found = BTreeMap::new();
    for row in reader.rows(&sql, values).await? {
        let node = node::node(&row)?;
        found.insert(node.key, node);
    }
    Ok(found)
}

fn difference(was: Option<&Node>, is: Option<&Node>) -> Option<Difference> {
    let shown = |node: &Node| node.retired.is_none() && node.referenced.is_none();
    let (change, node) = match (was, is) {
        (None, None) => return None,
        (None, Some(is)) => (Change::Added, is),
        (Some(was), None) => (Change::Merged, was),
        (Some(was), Some(is)) if was.referenced.is_some() && shown(is) => (Change::Added, is),
        (Some(was), Some(is)) if was.retired.is_some() && is.retired.is_none() => {
            (Change::Reappeared, is)
        }
        (Some(was), Some(is)) if was.retired.is_none() && is.retired.is_some() => {
            (Change::Removed, is)
        }
        (Some(_), Some(is)) => (Change::Changed, is),
    };
    // What only edges name, or what came and went in between, did not appear to anybody.
    if change == Change::Added && !shown(node) {
        return None;
    }
    let fields = match (was, is) {
        (Some(was), Some(is)) => compare(was, is),
        _ => Vec::new(),
    };
    if change == Change::Changed && fields.is_empty() {
        return None;
    }
    Some(Difference {
        change,
        node: node.clone(),
        fields,
        creator: None,
    })
}

/// The listed facts in which two versions differ.
pub(crate) fn compare(was: &Node, is: &Node) -> Vec<FieldChange> {
    let text = |value: &Option<String>| value.clone();
    let time = |column: &TimeColumn| match (column.us, &column.state) {
        (Some(us), _) => Some(model::TimeUs::from_micros(us).to_string()),
        (None, state) => state.clone(),
    };
    let all = [
        ("name", Some(was.name.clone()), Some(is.name.clone())),
        ("class", text(&was.class), text(&is.class)),
        ("subtype", text(&was.subtype), text(&is.subtype)),
        ("tenant", text(&was.tenant), text(&is.tenant)),
        ("status", text(&was.status), text(&is.status)),
        ("created", time(&was.created), time(&is.created)),
        ("expires", time(&was.expires), time(&is.expires)),
        ("last_used", time(&was.last_used), time(&is.last_used)),
        (
            "last_rotated",
            time(&was.last_rotated),
            time(&is.last_rotated),
        ),
        ("environment", text(&was.environment), text(&is.environment)),
        ("owner", text(&was.owner), text(&is.owner)),
        ("vendor", text(&was.vendor), text(&is.vendor)),
        (
            "privileged",
            was.privileged.map(|flag| flag.to_string()),
            is.privileged.map(|flag| flag.to_string()),
        ),
        (
            "instances",
            was.instances.map(|count| count.to_string()),
            is.instances.map(|count| count.to_string()),
        ),
        (
            "purpose",
            text(&was.declared.purpose),
            text(&is.declared.purpose),
        ),
        (
            "application",
            text(&was.declared.application),
            text(&is.declared.application),
        ),
        (
            "justification",
            text(&was.declared.justification),
            text(&is.declared.justification),
        ),
        (
            "sensitivity",
            text(&was.declared.sensitivity),
            text(&is.declared.sensitivity),
        ),
        (
            "credential_type",
            text(&was.declared.credential_type),
            text(&is.declared.credential_type),
        ),
        (
            "cadence_days",
            was.declared.cadence_days.map(|days| days.to_string()),
            is.declared.cadence_days.map(|days| days.to_string()),
        ),
        (
            "signals",
            text(&was.declared.signals),
            text(&is.declared.signals),
        ),
        (
            "retired",
            was.retired.map(|time| time.to_string()),
            is.retired.map(|time| time.to_string()),
        ),
    ];
    all.into_iter()
        .filter(|(_, was, is)| was != is)
        .map(|(field, was, is)| FieldChange { field, was, is })
        .collect()
}

async fn creators(reader: &Reader, differences: &mut [Difference]) -> Result<(), InventoryError> {
    let keys: Vec<i64> = differences
        .iter()
        .filter(|difference| difference.change == Change::Added)
        .map(|difference| difference.node.key)
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    let (list, values) = in_list(&keys, 1);
    let visible = reader.visible("e");
    let sql = format!(
        "SELECT e.by_key, e.other_key FROM edge e WHERE e.kind = 'created_by' AND e.reversed = 0 \
         AND e.by_key IN {list} AND {visible} \
         UNION SELECT e.other_key, e.by_key FROM edge e WHERE e.kind = 'created_by' AND e.reversed = 1 \
         AND e.other_key IN {list} AND {visible}"
    );
    let mut creator_of: BTreeMap<i64, i64> = BTreeMap::new();
    for row in reader.rows(&sql, values).await? {
        creator_of.insert(row.get_i64(0)?, row.get_i64(1)?);
    }
    let ends = ends(reader, creator_of.values().copied().collect()).await?;
    for difference in differences {
        difference.creator = creator_of
            .get(&difference.node.key)
            .and_then(|creator| ends.get(creator))
            .cloned();
    }
    Ok(())
}

/// How many relations began and ended in between, and the first of them.
///
/// # Errors
/// The database cannot be read.
pub async fn edge_changes(
    reader: &Reader,
    from: &At,
    limit: usize,
) -> Result<(i64, i64, Vec<EdgeChange>), InventoryError> {
    let to = reader.at().seq;
    let from = from.seq;
    let began = format!("{} AND (to_run IS NULL OR to_run > {to})", began(from, to));
    let ended = format!("to_run > {from} AND to_run <= {to} AND from_run <= {from}");
    let mut counts = [0, 0];
    let mut raw = Vec::new();
    for ((condition, added), count) in [(began, true), (ended, false)].into_iter().zip(&mut counts)
    {
        let sql = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM edge WHERE {condition}");
        if let Some(row) = reader.rows(&sql, Vec::new()).await?.first() {
            *count = row.get_i64(0)?;
        }
        let sql = format!(
            "SELECT by_key, other_key, reversed, kind FROM edge WHERE {condition} ORDER BY edge_key LIMIT {limit}"
        );
        for row in reader.rows(&sql, Vec::new()).await? {
            let (by, other) = (row.get_i64(0)?, row.get_i64(1)?);
            let (start, end) = if row.get_i64(2)? == 1 {
                (other, by)
            } else {
                (by, other)
            };
            raw.push((added, row.text(3)?.to_owned(), start, end));
        }
    }
    let keys: BTreeSet<i64> = raw.iter().flat_map(|(_, _, a, b)| [*a, *b]).collect();
    let ends = ends(reader, keys).await?;
    let list = raw
        .into_iter()
        .filter_map(|(added, kind, from, to)| {
            Some(EdgeChange {
                added,
                kind,
                from: ends.get(&from)?.clone(),
                to: ends.get(&to)?.clone(),
            })
        })
        .collect();
    let [added, ended] = counts;
    Ok((added, ended, list))
}
