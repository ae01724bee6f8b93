//! Everything as JSON objects, one after the other, in an order that does not depend on the order
//! of imports.

use serde_json::{Map, Value, json};

use super::at::in_force;
use super::node::{COLUMNS, node};
use super::record::object;
use super::{Reader, runs};
use crate::InventoryError;
use crate::columns::TimeColumn;

/// The types of exported objects, in their order.
pub const EXPORT_KINDS: &[&str] = &["header", "source", "record", "sighting", "edge", "coverage"];

/// Shows every object to `each`: a header, sources, records, what sources say, relations, and what
/// was not looked at.
///
/// # Errors
/// The database cannot be read, or `each` fails.
pub async fn export<E: From<InventoryError>>(
    reader: &Reader,
    mut each: impl FnMut(Value) -> Result<(), E>,
) -> Result<(), E> {
    let at = reader.at();
    each(json!({"v": 1, "type": "header", "seq": at.seq, "run": at.run, "as_of": at.time}))?;
    for source in runs::sources(reader).await? {
        each(typed(
            "source",
            serde_json::to_value(&source).unwrap_or_default(),
        ))?;
    }
    records(reader, &mut each).await?;
    sightings(reader, &mut each).await?;
    edges(reader, &mut each).await?;
    for row in super::coverage::coverage(reader).await? {
        each(typed(
            "coverage",
            serde_json::to_value(&row).unwrap_or_default(),
        ))?;
    }
    Ok(())
}

fn typed(kind: &str, value: Value) -> Value {
    let mut object = Map::new();
    object.insert("v".to_owned(), 1.into());
    object.insert("type".to_owned(), kind.into());
    if let Value::Object(parts) = value {
        object.extend(parts);
    }
    Value::Object(object)
}

/// A time with its state, as every contract writes it.
pub(crate) fn fact(column: &TimeColumn) -> Value {
    let at = column.us.map(model::TimeUs::from_micros);
    json!({ "state": column.state.as_deref().unwrap_or("nothing_said"), "at": at })
}

async fn records<E: From<InventoryError>>(
    reader: &Reader,
    each: &mut impl FnMut(Value) -> Result<(), E>,
) -> Result<(), E> {
    let sql = format!(
        "SELECT {COLUMNS} FROM node_version v JOIN node n ON n.node_key = v.node_key WHERE {} ORDER BY n.id",
        reader.visible("v")
    );
    let mut stream = reader.stream(&sql, Vec::new());
    while let Some(rows) = stream.next_batch().await.map_err(InventoryError::from)? {
        for row in rows {
            let node = node(&row)?;
            each(json!({
                "v": 1, "type": "record", "id": node.id, "kind": node.kind, "class": node.class,
                "subtype": node.subtype, "provider": node.provider, "partition": node.partition,
                "native_id": node.native_id, "tenant": node.tenant, "name": node.name, "status": node.status,
                "created": fact(&node.created), "expires": fact(&node.expires), "last_used": fact(&node.last_used),
                "last_rotated": fact(&node.last_rotated), "environment": node.environment, "owner": node.owner,
                "vendor": node.vendor, "privileged": node.privileged, "instances": node.instances,
                "purpose": node.declared.purpose, "application": node.declared.application,
                "justification": node.declared.justification, "sensitivity": node.declared.sensitivity,
                "credential_type": node.declared.credential_type, "cadence_days": node.declared.cadence_days,
                "signals": node.declared.signals,
                "referenced_at": node.referenced, "retired_at": node.retired,
            }))?;
        }
    }
    Ok(())
}

async fn sightings<E: From<InventoryError>>(
    reader: &Reader,
    each: &mut impl FnMut(Value) -> Result<(), E>,
) -> Result<(), E> {
    let sql = format!(
        "SELECT n.id, c.connector, c.scope, s.observed_us, s.last_observed_us, s.seen, s.place, s.attributes, \
         s.sighting_key, s.from_run, COALESCE(r.id, n.id) FROM sighting s JOIN node n ON n.node_key = s.node_key \
         JOIN source c ON c.source_key = s.source_key \
         LEFT JOIN member m ON m.node_key = s.node_key AND {} LEFT JOIN node r ON r.node_key = m.root_key \
         WHERE {} ORDER BY n.id, c.connector, c.scope, s.sighting_key",
        reader.visible("m"),
        reader.visible("s")
    );
    let mut stream = reader.stream(&sql, Vec::new());
    while let Some(rows) = stream.next_batch().await.map_err(InventoryError::from)? {
        for row in rows {
            each(sighting(reader, &row)?)?;
        }
    }
    Ok(())
}

fn sighting(reader: &Reader, row: &store::Row) -> Result<Value, InventoryError> {
    let observed = super::node::last_seen(reader, row.get_i64(3)?, row.get_i64(4)?, row.text(5)?);
    Ok(json!({
        "v": 1, "type": "sighting", "record": row.text(10)?, "node": row.text(0)?,
        "connector": row.text(1)?, "scope": row.text(2)?,
        "observed_at": model::TimeUs::from_micros(observed), "place": row.opt_text(6)?,
        "since_run": row.get_i64(9)?, "attributes": object("attributes", row.get_i64(8)?, row.text(7)?)?,
    }))
}

async fn edges<E: From<InventoryError>>(
    reader: &Reader,
    each: &mut impl FnMut(Value) -> Result<(), E>,
) -> Result<(), E> {
    let sql = format!(
        "SELECT a.id, b.id, e.reversed, e.kind, c.connector, c.scope, e.place, e.attributes, e.edge_key, e.from_run \
         FROM edge e JOIN node a ON a.node_key = e.by_key JOIN node b ON b.node_key = e.other_key \
         JOIN source c ON c.source_key = e.source_key WHERE {} \
         ORDER BY a.id, b.id, e.kind, c.connector, c.scope, e.place, e.attributes",
        in_force("e", reader.at().seq)
    );
    let mut stream = reader.stream(&sql, Vec::new());
    while let Some(rows) = stream.next_batch().await.map_err(InventoryError::from)? {
        for row in rows {
            each(edge(&row)?)?;
        }
    }
    Ok(())
}

fn edge(row: &store::Row) -> Result<Value, InventoryError> {
    let (by, other) = (row.text(0)?, row.text(1)?);
    let (from, to) = if row.get_i64(2)? == 1 {
        (other, by)
    } else {
        (by, other)
    };
    Ok(json!({
        "v": 1, "type": "edge", "kind": row.text(3)?, "from": from, "to": to,
        "connector": row.text(4)?, "scope": row.text(5)?, "place": row.opt_text(6)?,
        "since_run": row.get_i64(9)?, "attributes": object("edge", row.get_i64(8)?, row.text(7)?)?,
    }))
}
