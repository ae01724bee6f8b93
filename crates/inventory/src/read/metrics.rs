//! How much each source says about what has to be known of every identity and credential.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Fact, TimeUs};

use super::Reader;
use crate::InventoryError;

/// What has to be known of every identity and credential.
pub const FIELDS: &[&str] = &[
    "owner",
    "expiry",
    "purpose",
    "system",
    "revocation",
    "last_use",
    "created",
];

/// Tags in which people write what a thing is for.
const PURPOSE_TAGS: &[&str] = &["purpose", "description", "use", "usage"];
/// Tags in which people write which system a thing belongs to.
const SYSTEM_TAGS: &[&str] = &[
    "application",
    "app",
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
    "project",
    "service",
    "system",
];

/// How often one field is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct FieldMetric {
    /// The value is given.
    pub known: i64,
    /// It has not happened, or there is none.
    pub never: i64,
    /// The source can never say.
    pub not_observable: i64,
    /// The source could say but has no data.
    pub no_data_yet: i64,
    /// The source says nothing.
    pub nothing_said: i64,
}

/// How often each field is known by one source about one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MetricsOf {
    /// The kind of source.
    pub connector: String,
    /// What it speaks about.
    pub scope: String,
    /// `identity` or `credential`.
    pub kind: String,
    /// How many records it shows.
    pub records: i64,
    /// By field, in the order of [`FIELDS`].
    pub fields: BTreeMap<&'static str, FieldMetric>,
}

/// Counts, for every source, how often each field is known. `revocable` says whether the way to
/// revoke a kind and subtype is known.
///
/// # Errors
/// The database cannot be read.
pub async fn metrics(
    reader: &Reader,
    revocable: &dyn Fn(&str, &str) -> bool,
) -> Result<Vec<MetricsOf>, InventoryError> {
    let owned = stated(reader, "owned_by").await?;
    let placed = stated(reader, "part_of").await?;
    let sql = format!(
        "SELECT s.source_key, c.connector, c.scope, n.kind, n.node_key, s.attributes, s.sighting_key \
         FROM sighting s JOIN node n ON n.node_key = s.node_key JOIN source c ON c.source_key = s.source_key \
         WHERE n.kind IN ('identity', 'credential') AND {}",
        reader.visible("s")
    );
    let mut found: BTreeMap<(String, String, String), MetricsOf> = BTreeMap::new();
    let mut stream = reader.stream(&sql, Vec::new());
    while let Some(rows) = stream.next_batch().await? {
        for row in rows {
            let (source, key) = (row.get_i64(0)?, row.get_i64(4)?);
            let attributes: Attributes =
                serde_json::from_str(row.text(5)?).map_err(|error| InventoryError::Damaged {
                    what: "attributes",
                    key: row.get_i64(6).unwrap_or_default(),
                    detail: error.to_string(),
                })?;
            let kind = row.text(3)?;
            let place = (
                row.text(1)?.to_owned(),
                row.text(2)?.to_owned(),
                kind.to_owned(),
            );
            let of = found.entry(place.clone()).or_insert_with(|| MetricsOf {
                connector: place.0,
                scope: place.1,
                kind: place.2,
                records: 0,
                fields: BTreeMap::new(),
            });
            of.records += 1;
            let subtype = attributes.subtype.as_deref().unwrap_or_default();
            let (owned, placed) = (
                owned.contains(&(source, key)),
                placed.contains(&(source, key)),
            );
            let states = [
                known(owned || attributes.declared_owner.is_some()),
                fact(attributes.expires.as_ref()),
                known(attributes.description.is_some() || tagged(&attributes, PURPOSE_TAGS)),
                known(placed || tagged(&attributes, SYSTEM_TAGS)),
                known(revocable(kind, subtype)),
                fact(attributes.last_used.as_ref()),
                fact(attributes.created.as_ref()),
            ];
            for (field, state) in FIELDS.iter().zip(states) {
                of.fields.entry(field).or_default().count(state);
            }
        }
    }
    Ok(found.into_values().collect())
}

impl FieldMetric {
    fn count(&mut self, state: Option<&str>) {
        match state {
            Some("known") => self.known += 1,
            Some("never") => self.never += 1,
            Some("not_observable") => self.not_observable += 1,
            Some(_) => self.no_data_yet += 1,
            None => self.nothing_said += 1,
        }
    }
}

fn known(yes: bool) -> Option<&'static str> {
    yes.then_some("known")
}

fn fact(fact: Option<&Fact<TimeUs>>) -> Option<&'static str> {
    fact.map(Fact::state)
}

fn tagged(attributes: &Attributes, names: &[&str]) -> bool {
    attributes
        .tags
        .iter()
        .any(|(name, value)| !value.is_empty() && names.contains(&name.to_lowercase().as_str()))
}

/// The (source, record) pairs for which a source states a relation of this kind from the record.
async fn stated(
    reader: &Reader,
    kind: &'static str,
) -> Result<BTreeSet<(i64, i64)>, InventoryError> {
    let sql = format!(
        "SELECT e.source_key, CASE e.reversed WHEN 1 THEN e.other_key ELSE e.by_key END FROM edge e \
         WHERE e.kind = $1 AND {}",
        reader.visible("e")
    );
    let mut found = BTreeSet::new();
    let mut stream = reader.stream(&sql, vec![kind.into()]);
    while let Some(rows) = stream.next_batch().await? {
        for row in rows {
            found.insert((row.get_i64(0)?, row.get_i64(1)?));
        }
    }
    Ok(found)
}
