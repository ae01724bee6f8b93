//! The inventory in numbers.

use model::TimeUs;

use super::Reader;
use super::node::{COLUMNS, Node, node};
use super::record::{EdgeEnd, ends};
use crate::InventoryError;

/// How many records of one kind there are.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// The kind.
    pub kind: String,
    /// The class; empty when none is known.
    pub class: String,
    /// Who gives the native ids.
    pub provider: String,
    /// The provider's sort; empty when none is known.
    pub subtype: String,
    /// `active`, `retired`, `referenced`.
    pub state: String,
    /// How many.
    pub total: i64,
}

/// The counts as they stood after the reader's run.
///
/// # Errors
/// The database cannot be read.
pub async fn counts(reader: &Reader) -> Result<Vec<Count>, InventoryError> {
    let sql = "SELECT kind, class, provider, subtype, state, total FROM run_count \
               WHERE run = (SELECT MAX(run) FROM run_count WHERE run <= $1) \
               ORDER BY kind, class, provider, subtype, state";
    let mut found = Vec::new();
    for row in reader.rows(sql, vec![reader.at().seq.into()]).await? {
        let text = |index| row.text(index).map(str::to_owned);
        found.push(Count {
            kind: text(0)?,
            class: text(1)?,
            provider: text(2)?,
            subtype: text(3)?,
            state: text(4)?,
            total: row.get_i64(5)?,
        });
    }
    Ok(found)
}

/// How many active credentials end when.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExpiryBucket {
    /// `expired`, `7_days`, `30_days`, `90_days`, `later`, `never`, `no_data_yet`,
    /// `not_observable`, `nothing_said`.
    pub when: String,
    /// The provider's sort; empty when none is known.
    pub subtype: String,
    /// How many.
    pub total: i64,
}

/// Counts active credentials by when they end.
///
/// # Errors
/// The database cannot be read.
pub async fn expiries(reader: &Reader, now: TimeUs) -> Result<Vec<ExpiryBucket>, InventoryError> {
    let edge = |days| now.plus_days(days).as_micros();
    let bucket = format!(
        "CASE WHEN v.expires_us IS NULL THEN COALESCE(v.expires_state, 'nothing_said') \
         WHEN v.expires_us <= {} THEN 'expired' WHEN v.expires_us <= {} THEN '7_days' \
         WHEN v.expires_us <= {} THEN '30_days' WHEN v.expires_us <= {} THEN '90_days' ELSE 'later' END",
        edge(0),
        edge(7),
        edge(30),
        edge(90)
    );
    let sql = format!(
        "SELECT {bucket} AS bucket, COALESCE(v.subtype, ''), CAST(COUNT(*) AS BIGINT) FROM node_version v \
         WHERE v.kind = 'credential' AND {} AND v.retired_us IS NULL AND v.referenced_us IS NULL \
         GROUP BY {bucket}, COALESCE(v.subtype, '') ORDER BY 1, 2",
        reader.visible("v")
    );
    let mut found = Vec::new();
    for row in reader.rows(&sql, Vec::new()).await? {
        found.push(ExpiryBucket {
            when: row.text(0)?.to_owned(),
            subtype: row.text(1)?.to_owned(),
            total: row.get_i64(2)?,
        });
    }
    Ok(found)
}

/// Active credentials that end after one time and not after another, the nearest to `now` first.
///
/// # Errors
/// The database cannot be read.
pub async fn ending(
    reader: &Reader,
    (after, until): (Option<TimeUs>, TimeUs),
    limit: usize,
) -> Result<Vec<Node>, InventoryError> {
    let (from, order) = match after {
        Some(after) => (format!("v.expires_us > {} AND", after.as_micros()), "ASC"),
        // What ended is shown from the end backwards.
        None => (String::new(), "DESC"),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM node_version v JOIN node n ON n.node_key = v.node_key \
         WHERE v.kind = 'credential' AND v.expires_us IS NOT NULL AND {from} v.expires_us <= {} AND {} \
         AND v.retired_us IS NULL AND v.referenced_us IS NULL ORDER BY v.expires_us {order}, v.node_key LIMIT {limit}",
        until.as_micros(),
        reader.visible("v")
    );
    let rows = reader.rows(&sql, Vec::new()).await?;
    rows.iter().map(node).collect()
}

/// The bucket of [`ExpiryBucket::when`] a credential falls into.
pub fn bucket(node: &Node, now: TimeUs) -> String {
    let Some(us) = node.expires.us else {
        let state = node.expires.state.as_deref();
        return state.unwrap_or("nothing_said").to_owned();
    };
    let within = |days| us <= now.plus_days(days).as_micros();
    [
        (0, "expired"),
        (7, "7_days"),
        (30, "30_days"),
        (90, "90_days"),
    ]
    .into_iter()
    .find(|(days, _)| within(*days))
    .map_or("later", |(_, bucket)| bucket)
    .to_owned()
}

/// How many active identities of one class there are in one environment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RatioRow {
    /// The class; empty when none is known.
    pub class: String,
    /// The environment as declared; empty when none is.
    pub environment: String,
    /// The provider's sort; empty when none is known.
    pub subtype: String,
    /// How many.
    pub total: i64,
}

/// Counts active identities by class, environment and subtype.
///
/// # Errors
/// The database cannot be read.
pub async fn ratio(reader: &Reader) -> Result<Vec<RatioRow>, InventoryError> {
    let group = "COALESCE(v.class, ''), COALESCE(v.environment, ''), COALESCE(v.subtype, '')";
    let sql = format!(
        "SELECT {group}, CAST(COUNT(*) AS BIGINT) FROM node_version v WHERE v.kind = 'identity' AND {} \
         AND v.retired_us IS NULL AND v.referenced_us IS NULL GROUP BY {group} ORDER BY 1, 2, 3",
        reader.visible("v")
    );
    let mut found = Vec::new();
    for row in reader.rows(&sql, Vec::new()).await? {
        found.push(RatioRow {
            class: row.text(0)?.to_owned(),
            environment: row.text(1)?.to_owned(),
            subtype: row.text(2)?.to_owned(),
            total: row.get_i64(3)?,
        });
    }
    Ok(found)
}

/// One outside company and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VendorRow {
    /// Its name.
    pub vendor: String,
    /// The kind of what it stands behind.
    pub kind: String,
    /// The provider's sort of that.
    pub subtype: String,
    /// How many.
    pub total: i64,
    /// How many have a declared owner.
    pub owned: i64,
    /// When any of them was last used.
    pub last_used_at: Option<TimeUs>,
}

/// The outside companies behind active records, as the sources name them.
///
/// # Errors
/// The database cannot be read.
pub async fn vendors(reader: &Reader) -> Result<Vec<VendorRow>, InventoryError> {
    let sql = format!(
        "SELECT v.vendor, v.kind, COALESCE(v.subtype, ''), CAST(COUNT(*) AS BIGINT), \
         CAST(COUNT(v.owner) AS BIGINT), MAX(v.last_used_us) FROM node_version v WHERE v.vendor IS NOT NULL AND {} \
         AND v.retired_us IS NULL AND v.referenced_us IS NULL \
         GROUP BY v.vendor, v.kind, COALESCE(v.subtype, '') ORDER BY 1, 2, 3 LIMIT 10000",
        reader.visible("v")
    );
    let mut found = Vec::new();
    for row in reader.rows(&sql, Vec::new()).await? {
        found.push(VendorRow {
            vendor: row.text(0)?.to_owned(),
            kind: row.text(1)?.to_owned(),
            subtype: row.text(2)?.to_owned(),
            total: row.get_i64(3)?,
            owned: row.get_i64(4)?,
            last_used_at: row.opt_time(5)?,
        });
    }
    Ok(found)
}

/// A credential that lies in several places.
#[derive(Debug, Clone, PartialEq)]
pub struct Copies {
    /// The credential.
    pub node: Node,
    /// How many places there are.
    pub total: i64,
    /// The first of them, each with the kind of relation.
    pub places: Vec<(String, EdgeEnd)>,
}

/// Places shown of one credential.
const SHOWN_PLACES: i64 = 20;

/// Credentials that lie in several places, most places first.
///
/// # Errors
/// The database cannot be read.
pub async fn copies(reader: &Reader, limit: usize) -> Result<Vec<Copies>, InventoryError> {
    let lies = format!(
        "e.kind IN ('stored_in', 'found_in') AND {}",
        reader.visible("e")
    );
    // Both ways of stating it, under the root of a merged credential.
    let pairs = format!(
        "SELECT COALESCE(m.root_key, p.credential) AS root, p.place, p.kind FROM \
         (SELECT e.by_key AS credential, e.other_key AS place, e.kind FROM edge e WHERE e.reversed = 0 AND {lies} \
         UNION SELECT e.other_key, e.by_key, e.kind FROM edge e WHERE e.reversed = 1 AND {lies}) p \
         LEFT JOIN member m ON m.node_key = p.credential AND {}",
        reader.visible("m")
    );
    let sql = format!(
        "SELECT {COLUMNS}, q.places FROM (SELECT root, CAST(COUNT(DISTINCT place) AS BIGINT) AS places FROM ({pairs}) r \
         GROUP BY root HAVING COUNT(DISTINCT place) > 1) q \
         JOIN node_version v ON v.node_key = q.root JOIN node n ON n.node_key = v.node_key WHERE {} \
         AND v.retired_us IS NULL ORDER BY q.places DESC, v.name, v.node_key LIMIT {limit}",
        reader.visible("v")
    );
    let mut found = Vec::new();
    for row in reader.rows(&sql, Vec::new()).await? {
        found.push(Copies {
            node: node(&row)?,
            total: row.get_i64(super::node::WIDTH)?,
            places: Vec::new(),
        });
    }
    for copies in &mut found {
        let everyone = super::node::everyone(reader, &[copies.node.key]).await?;
        let keys: Vec<i64> = everyone.into_keys().collect();
        let (list, values) = crate::run::in_list(&keys, 1);
        let sql = format!(
            "SELECT e.kind, e.other_key FROM edge e WHERE e.by_key IN {list} AND e.reversed = 0 AND {lies} \
             UNION SELECT e.kind, e.by_key FROM edge e WHERE e.other_key IN {list} AND e.reversed = 1 AND {lies} \
             ORDER BY 1, 2 LIMIT {SHOWN_PLACES}"
        );
        let mut places = Vec::new();
        for row in reader.rows(&sql, values).await? {
            places.push((row.text(0)?.to_owned(), row.get_i64(1)?));
        }
        let ends = ends(reader, places.iter().map(|(_, key)| *key).collect()).await?;
        copies.places = places
            .into_iter()
            .filter_map(|(kind, key)| Some((kind, ends.get(&key)?.clone())))
            .collect();
    }
    Ok(found)
}
