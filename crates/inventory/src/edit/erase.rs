//! Erasing a leaver's personal data without losing the history of what they owned.
//!
//! The record keeps its key and all its edges; its names become a pseudonym everywhere, also in
//! history, in what sources said, and where other records quote the person. The pseudonym is not
//! derived from the person, so it cannot be computed back.

use std::collections::BTreeSet;

use model::{Class, NodeId, NodeKind, NodeRef, TimeUs};
use store::{Db, Tx, Value};

use super::Edit;
use crate::InventoryError;
use crate::apply::groups;
use crate::apply::sources::BY_HAND;
use crate::run::RunStart;

/// Names shorter than this are not replaced in other records' texts: they would hit other words.
const SHORTEST_QUOTED: usize = 5;

/// Texts beside what sources said in which a person may be named.
const QUOTING: [(&str, &str); 8] = [
    ("node_version", "owner"),
    ("node_version", "purpose"),
    ("node_version", "application"),
    ("node_version", "justification"),
    ("tag", "value"),
    ("run", "actor"),
    ("run", "title"),
    ("run", "detail"),
];

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// The record's new id.
    pub id: NodeId,
    /// The pseudonym that stands in its place.
    pub pseudonym: String,
    /// Records of other things in which the person was quoted.
    pub quoted_in: u64,
}

/// Erases the personal data of a person or a human identity. `ulid` makes the pseudonym.
///
/// # Errors
/// The record is not a human being, or the database fails.
pub async fn erase_person(
    db: &Db,
    start: &RunStart,
    node_key: i64,
    ulid: &str,
    now: TimeUs,
) -> Result<Erased, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let root = groups::memberships(&mut edit.tx, &BTreeSet::from([node_key])).await?;
    let mut keys: BTreeSet<i64> = root
        .iter()
        .flat_map(|(member, root)| [*member, *root])
        .collect();
    keys.insert(node_key);
    let pseudonym = format!("erased-person-{}", ulid.to_lowercase());
    let mut names = BTreeSet::new();
    let mut id = None;
    for (number, key) in keys.iter().enumerate() {
        names.extend(names_of(&mut edit.tx, *key).await?);
        let new_id = forget(
            &mut edit.tx,
            *key,
            &format!("{pseudonym}-{number}"),
            &pseudonym,
        )
        .await?;
        if *key == node_key {
            id = Some(new_id);
        }
    }
    for name in &names {
        replace_speaker(&mut edit.tx, name, &pseudonym).await?;
    }
    let mut quoted_in = 0;
    for name in names.iter().filter(|name| name.len() >= SHORTEST_QUOTED) {
        quoted_in += replace_quotes(&mut edit.tx, name, &pseudonym).await?;
    }
    let id = id.ok_or_else(|| InventoryError::NotFound("there is no such record".to_owned()))?;
    edit.commit().await?;
    Ok(Erased {
        id,
        pseudonym,
        quoted_in,
    })
}

/// Every text by which the person is known: names of all versions, native id, aliases, and the
/// strings of what sources said.
async fn names_of(tx: &mut Tx, key: i64) -> Result<BTreeSet<String>, InventoryError> {
    let rows = tx
        .query(
            "SELECT kind, native_id FROM node WHERE node_key = $1",
            vec![key.into()],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Err(InventoryError::NotFound(
            "there is no such record".to_owned(),
        ));
    };
    let kind = row.text(0)?.to_owned();
    let mut names = BTreeSet::from([row.text(1)?.to_owned()]);
    let versions = tx
        .query(
            "SELECT name, class FROM node_version WHERE node_key = $1",
            vec![key.into()],
        )
        .await?;
    let mut human = kind == NodeKind::Person.name();
    for row in &versions {
        names.insert(row.text(0)?.to_owned());
        human |= row.opt_text(1)? == Some(Class::Human.name());
    }
    if !human {
        return Err(InventoryError::Refused(
            "this record is not a person or a human identity; only personal data is erased"
                .to_owned(),
        ));
    }
    for row in tx
        .query(
            "SELECT alias_text FROM alias WHERE node_key = $1",
            vec![key.into()],
        )
        .await?
    {
        let text = row.text(0)?;
        names.insert(
            text.split_once(':')
                .map_or(text, |(_, value)| value)
                .to_owned(),
        );
        names.insert(text.to_owned());
    }
    Ok(names)
}

async fn forget(
    tx: &mut Tx,
    key: i64,
    native_id: &str,
    name: &str,
) -> Result<NodeId, InventoryError> {
    let rows = tx
        .query(
            "SELECT kind FROM node WHERE node_key = $1",
            vec![key.into()],
        )
        .await?;
    let kind = rows.first().map_or(Ok("person"), |row| row.text(0))?;
    let kind = NodeKind::parse(kind).unwrap_or(NodeKind::Person);
    let node = NodeRef::global(kind, "erased", native_id);
    tx.exec(
        "UPDATE node SET id = $2, provider = 'erased', partition_name = '', native_id = $3 WHERE node_key = $1",
        vec![key.into(), node.id().to_string().into(), native_id.into()],
    )
    .await?;
    tx.exec(
        "UPDATE node_version SET name = $2, provider = 'erased', owner = NULL, purpose = NULL, application = NULL, \
         justification = NULL WHERE node_key = $1",
        vec![key.into(), name.into()],
    )
    .await?;
    let attributes = serde_json::json!({ "name": name, "class": "human" }).to_string();
    tx.exec(
        "UPDATE sighting SET attributes = $2, place = NULL WHERE node_key = $1",
        vec![key.into(), attributes.into()],
    )
    .await?;
    for table in ["alias", "tag", "search_term"] {
        tx.exec(
            &format!("DELETE FROM {table} WHERE node_key = $1"),
            vec![key.into()],
        )
        .await?;
    }
    Ok(node.id())
}

/// Replaces the person where they are noted as the one who said or did something; here the whole
/// text is the name, so a short one is replaced as well.
async fn replace_speaker(tx: &mut Tx, name: &str, pseudonym: &str) -> Result<(), InventoryError> {
    let by = |name: &str| {
        let name = serde_json::to_string(name).unwrap_or_default();
        format!("\"by\":{name}")
    };
    for table in ["sighting", "edge"] {
        tx.exec(
            &format!(
                "UPDATE {table} SET attributes = REPLACE(attributes, $1, $2) WHERE attributes LIKE $3 ESCAPE '\\' \
                 AND source_key IN (SELECT source_key FROM source WHERE connector = $4)"
            ),
            vec![
                by(name).into(),
                by(pseudonym).into(),
                format!("%{}%", store::filter_sql::escape_like(&by(name))).into(),
                BY_HAND.into(),
            ],
        )
        .await?;
    }
    tx.exec(
        "UPDATE run SET actor = $2 WHERE actor = $1",
        vec![name.into(), pseudonym.into()],
    )
    .await?;
    Ok(())
}

/// Replaces the person's name where other records quote it: declared owners, tags, what sources
/// said, edges, coverage.
async fn replace_quotes(tx: &mut Tx, name: &str, pseudonym: &str) -> Result<u64, InventoryError> {
    let quoted = serde_json::to_string(name).unwrap_or_default();
    let inside_json = quoted.trim_matches('"').to_owned();
    let pattern = format!(
        "%{}%",
        inside_json
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_")
    );
    let values = |text: &str| {
        vec![
            Value::from(text),
            Value::from(pseudonym),
            Value::from(pattern.as_str()),
        ]
    };
    let mut records = 0;
    for (table, column) in [("sighting", "attributes"), ("edge", "attributes")] {
        records += tx
            .exec(
                &format!("UPDATE {table} SET {column} = REPLACE({column}, $1, $2) WHERE {column} LIKE $3 ESCAPE '\\'"),
                values(&inside_json),
            )
            .await?;
    }
    for (table, column) in QUOTING {
        tx.exec(
            &format!("UPDATE {table} SET {column} = REPLACE({column}, $1, $2) WHERE {column} LIKE $3 ESCAPE '\\'"),
            values(name),
        )
        .await?;
    }
    Ok(records)
}
