//! One row of a list: the identity of a record and its merged facts.

use std::collections::{BTreeMap, BTreeSet};

use model::TimeUs;
use store::Row;

use super::Reader;
use crate::InventoryError;
use crate::columns::TimeColumn;
use crate::run::in_list;

/// How many keys one question names.
pub(crate) const ASK: usize = 300;

/// A record as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its row key.
    pub key: i64,
    /// Its stable id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// The sort of actor.
    pub class: Option<String>,
    /// The provider's sort.
    pub subtype: Option<String>,
    /// Who gives the native id.
    pub provider: String,
    /// Where the native id is unique.
    pub partition: String,
    /// The provider's id.
    pub native_id: String,
    /// Account, tenant, cluster or domain.
    pub tenant: Option<String>,
    /// The name people know it by.
    pub name: String,
    /// Whether the provider accepts it.
    pub status: Option<String>,
    /// When it was created.
    pub created: TimeColumn,
    /// When it stops working by itself.
    pub expires: TimeColumn,
    /// When it was last used.
    pub last_used: TimeColumn,
    /// When its secret part was last replaced.
    pub last_rotated: TimeColumn,
    /// The environment as declared.
    pub environment: Option<String>,
    /// The owner as declared.
    pub owner: Option<String>,
    /// The outside company behind it.
    pub vendor: Option<String>,
    /// Whether a source itself calls it privileged.
    pub privileged: Option<bool>,
    /// How many instances it stands for.
    pub instances: Option<i64>,
    /// Set while only other records' edges name it.
    pub referenced: Option<TimeUs>,
    /// Set once no source shows it any more.
    pub retired: Option<TimeUs>,
    /// The run in which these facts came into force.
    pub from_run: i64,
    /// What judgements read.
    pub declared: Declared,
}

/// What sources declare or recognise for the sake of judgements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declared {
    /// What it is for.
    pub purpose: Option<String>,
    /// The application it belongs to.
    pub application: Option<String>,
    /// Why it was granted.
    pub justification: Option<String>,
    /// How sensitive what it holds is.
    pub sensitivity: Option<String>,
    /// The form, of a credential.
    pub credential_type: Option<String>,
    /// How often it is used when all is well, in days.
    pub cadence_days: Option<i64>,
    /// Answers to signals, `name=yes;name=no`.
    pub signals: Option<String>,
}

/// The columns [`node`] reads, of `node_version v` joined with `node n`.
pub(crate) const COLUMNS: &str = "v.node_key, n.id, v.kind, v.class, v.subtype, v.provider, n.partition_name, \
     n.native_id, v.tenant, v.name, v.status, v.created_us, v.created_state, v.expires_us, v.expires_state, \
     v.last_used_us, v.last_used_state, v.last_rotated_us, v.last_rotated_state, v.environment, v.owner, \
     v.vendor, v.privileged, v.instances, v.referenced_us, v.retired_us, v.from_run, v.purpose, v.application, \
     v.justification, v.sensitivity, v.credential_type, v.cadence_days, v.signals";

/// How many columns [`COLUMNS`] names.
pub(crate) const WIDTH: usize = 34;

/// Reads one row of [`COLUMNS`].
pub(crate) fn node(row: &Row) -> Result<Node, InventoryError> {
    let text = |index| row.text(index).map(str::to_owned);
    let opt = |index| row.opt_text(index).map(|text| text.map(str::to_owned));
    let time = |index: usize| -> Result<TimeColumn, store::StoreError> {
        Ok(TimeColumn {
            us: row.opt_i64(index)?,
            state: row.opt_text(index + 1)?.map(str::to_owned),
        })
    };
    Ok(Node {
        key: row.get_i64(0)?,
        id: text(1)?,
        kind: text(2)?,
        class: opt(3)?,
        subtype: opt(4)?,
        provider: text(5)?,
        partition: text(6)?,
        native_id: text(7)?,
        tenant: opt(8)?,
        name: text(9)?,
        status: opt(10)?,
        created: time(11)?,
        expires: time(13)?,
        last_used: time(15)?,
        last_rotated: time(17)?,
        environment: opt(19)?,
        owner: opt(20)?,
        vendor: opt(21)?,
        privileged: row.opt_i64(22)?.map(|flag| flag != 0),
        instances: row.opt_i64(23)?,
        referenced: row.opt_time(24)?,
        retired: row.opt_time(25)?,
        from_run: row.get_i64(26)?,
        declared: Declared {
            purpose: opt(27)?,
            application: opt(28)?,
            justification: opt(29)?,
            sensitivity: opt(30)?,
            credential_type: opt(31)?,
            cadence_days: row.opt_i64(32)?,
            signals: opt(33)?,
        },
    })
}

/// Reads the records of these keys, as far as they are in force.
///
/// # Errors
/// The database cannot be read.
pub async fn nodes(
    reader: &Reader,
    keys: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Node>, InventoryError> {
    let mut found = BTreeMap::new();
    let keys: Vec<i64> = keys.iter().copied().collect();
    for chunk in keys.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT {COLUMNS} FROM node_version v JOIN node n ON n.node_key = v.node_key \
             WHERE v.node_key IN {list} AND {}",
            reader.visible("v")
        );
        for row in reader.rows(&sql, values).await? {
            let node = node(&row)?;
            found.insert(node.key, node);
        }
    }
    Ok(found)
}

/// The root of each key that is a member of another record.
pub(crate) async fn roots(
    reader: &Reader,
    keys: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, i64>, InventoryError> {
    let mut found = BTreeMap::new();
    let keys: Vec<i64> = keys.iter().copied().collect();
    for chunk in keys.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT m.node_key, m.root_key FROM member m WHERE m.node_key IN {list} AND {}",
            reader.visible("m")
        );
        for row in reader.rows(&sql, values).await? {
            found.insert(row.get_i64(0)?, row.get_i64(1)?);
        }
    }
    Ok(found)
}

/// Every key of these records: each root, and each member under its root.
pub(crate) async fn everyone(
    reader: &Reader,
    roots: &[i64],
) -> Result<BTreeMap<i64, i64>, InventoryError> {
    let mut found: BTreeMap<i64, i64> = roots.iter().map(|root| (*root, *root)).collect();
    for chunk in roots.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT m.node_key, m.root_key FROM member m WHERE m.root_key IN {list} AND {}",
            reader.visible("m")
        );
        for row in reader.rows(&sql, values).await? {
            found.insert(row.get_i64(0)?, row.get_i64(1)?);
        }
    }
    Ok(found)
}

/// Who shows a record, and when it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Sources that show it, `connector scope`, in order.
    pub sources: BTreeSet<(String, String)>,
    /// The newest time at which a source saw it, in the source's own time.
    pub at: Option<TimeUs>,
}

/// Who shows these records and when each was last seen.
///
/// # Errors
/// The database cannot be read.
pub async fn seen(reader: &Reader, roots: &[i64]) -> Result<BTreeMap<i64, Seen>, InventoryError> {
    let everyone = everyone(reader, roots).await?;
    let mut found: BTreeMap<i64, Seen> = BTreeMap::new();
    let keys: Vec<i64> = everyone.keys().copied().collect();
    for chunk in keys.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT s.node_key, c.connector, c.scope, s.observed_us, s.last_observed_us, s.seen FROM sighting s \
             JOIN source c ON c.source_key = s.source_key WHERE s.node_key IN {list} AND {}",
            reader.visible("s")
        );
        for row in reader.rows(&sql, values).await? {
            let key = row.get_i64(0)?;
            let seen = found
                .entry(everyone.get(&key).copied().unwrap_or(key))
                .or_default();
            seen.sources
                .insert((row.text(1)?.to_owned(), row.text(2)?.to_owned()));
            let at = TimeUs::from_micros(last_seen(
                reader,
                row.get_i64(3)?,
                row.get_i64(4)?,
                row.text(5)?,
            ));
            seen.at = Some(seen.at.map_or(at, |known| known.max(at)));
        }
    }
    Ok(found)
}

/// When a sighting was last confirmed, as known at the reader's moment.
pub(crate) fn last_seen(reader: &Reader, first_us: i64, last_us: i64, seen: &str) -> i64 {
    if reader.is_latest() {
        return last_us;
    }
    seen.split_whitespace()
        .filter_map(|entry| {
            let (run, us) = entry.split_once(':')?;
            Some((run.parse::<i64>().ok()?, us.parse::<i64>().ok()?))
        })
        .take_while(|(run, _)| *run <= reader.at().seq)
        .last()
        .map_or(first_us, |(_, us)| us)
}
