//! Everything as JSON objects, one after the other, in an order that does not depend on the order
//! of imports.

use model::export::{self, EdgeRow, EndRow, HeaderRow, SightingRow, StatedBy};
use model::{Alias, AliasRole, EdgeKind, NodeKind, NodeRef, TimeUs};
use serde_json::{Map, Value, json};

use super::at::in_force;
use super::node::{COLUMNS, node};
use super::record::object;
use super::{Reader, runs};
use crate::InventoryError;
use crate::columns::TimeColumn;

/// The types of exported objects, in their order.
pub const EXPORT_KINDS: &[&str] = &[
    "header", "source", "record", "sighting", "edge", "coverage", "end",
];

/// Shows every object to `each`: a header, sources, records, what sources say, relations, what was
/// not looked at, and an end that shows that nothing was cut. See [`model::export`].
///
/// # Errors
/// The database cannot be read, or `each` fails.
pub async fn export<E: From<InventoryError>>(
    reader: &Reader,
    mut take: impl FnMut(Value) -> Result<(), E>,
) -> Result<(), E> {
    let at = reader.at();
    let mut rows = 0;
    let mut each = |value| {
        rows += 1;
        take(value)
    };
    let header = HeaderRow {
        format: export::FORMAT.to_owned(),
        seq: at.seq,
        run: at.run.clone(),
        as_of: at.time,
    };
    each(typed("header", &header))?;
    for source in runs::sources(reader).await? {
        each(typed("source", &source))?;
    }
    records(reader, &mut each).await?;
    sightings(reader, &mut each).await?;
    edges(reader, &mut each).await?;
    for row in super::coverage::coverage(reader).await? {
        each(typed("coverage", &row))?;
    }
    take(typed("end", &EndRow { rows }))
}

fn typed(kind: &str, row: &impl serde::Serialize) -> Value {
    let mut object = Map::new();
    object.insert("v".to_owned(), export::VERSION.into());
    object.insert("type".to_owned(), kind.into());
    if let Ok(Value::Object(parts)) = serde_json::to_value(row) {
        object.extend(parts);
    }
    Value::Object(object)
}

/// A time with its state, as every contract writes it.
pub(crate) fn fact(column: &TimeColumn) -> Value {
    let at = column.us.map(TimeUs::from_micros);
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
         s.sighting_key, s.from_run, COALESCE(r.id, n.id), n.kind, n.provider, n.partition_name, n.native_id, \
         a.alias_text, a.identifies_us FROM sighting s JOIN node n ON n.node_key = s.node_key \
         JOIN source c ON c.source_key = s.source_key \
         LEFT JOIN member m ON m.node_key = s.node_key AND {} LEFT JOIN node r ON r.node_key = m.root_key \
         LEFT JOIN alias a ON a.node_key = s.node_key AND a.first_run <= {} \
         WHERE {} ORDER BY n.id, c.connector, c.scope, s.sighting_key, a.alias_text",
        reader.visible("m"),
        reader.at().seq,
        reader.visible("s")
    );
    let mut stream = reader.stream(&sql, Vec::new());
    // One row for each other name; those of one sighting follow each other.
    let mut open: Option<(i64, SightingRow)> = None;
    while let Some(rows) = stream.next_batch().await.map_err(InventoryError::from)? {
        for row in rows {
            let key = row.get_i64(8).map_err(InventoryError::from)?;
            if open.as_ref().is_none_or(|(last, _)| *last != key)
                && let Some((_, done)) = open.replace((key, sighting(reader, &row)?))
            {
                each(typed("sighting", &done))?;
            }
            if let Some((_, sighting)) = &mut open {
                sighting.aliases.extend(alias(&row)?);
            }
        }
    }
    match open {
        Some((_, done)) => each(typed("sighting", &done)),
        None => Ok(()),
    }
}

fn sighting(reader: &Reader, row: &store::Row) -> Result<SightingRow, InventoryError> {
    let observed = super::node::last_seen(reader, row.get_i64(3)?, row.get_i64(4)?, row.text(5)?);
    Ok(SightingRow {
        record: row.text(10)?.to_owned(),
        node: row.text(0)?.to_owned(),
        name: name(row, 11)?,
        aliases: Vec::new(),
        connector: row.text(1)?.to_owned(),
        scope: row.text(2)?.to_owned(),
        observed_at: TimeUs::from_micros(observed),
        place: row.opt_text(6)?.map(str::to_owned),
        since_run: row.get_i64(9)?,
        attributes: object("attributes", row.get_i64(8)?, row.text(7)?)?,
    })
}

fn alias(row: &store::Row) -> Result<Option<Alias>, InventoryError> {
    let identifies = row.opt_i64(16)?.is_some();
    Ok(row.opt_text(15)?.map(|text| Alias {
        text: text.to_owned(),
        role: if identifies {
            AliasRole::Same
        } else {
            AliasRole::Lookup
        },
    }))
}

/// The provider's name of a node, from four columns.
fn name(row: &store::Row, first: usize) -> Result<NodeRef, InventoryError> {
    let kind = row.text(first)?;
    Ok(NodeRef {
        kind: NodeKind::parse(kind).ok_or_else(|| InventoryError::Damaged {
            what: "kind",
            key: 0,
            detail: kind.to_owned(),
        })?,
        provider: row.text(first + 1)?.to_owned().into(),
        partition: row.text(first + 2)?.to_owned().into(),
        native_id: row.text(first + 3)?.to_owned(),
    })
}

async fn edges<E: From<InventoryError>>(
    reader: &Reader,
    each: &mut impl FnMut(Value) -> Result<(), E>,
) -> Result<(), E> {
    let sql = format!(
        "SELECT a.id, b.id, e.reversed, e.kind, c.connector, c.scope, e.place, e.attributes, e.edge_key, e.from_run, \
         a.kind, a.provider, a.partition_name, a.native_id, b.kind, b.provider, b.partition_name, b.native_id, \
         s.observed_us, s.last_observed_us, s.seen \
         FROM edge e JOIN node a ON a.node_key = e.by_key JOIN node b ON b.node_key = e.other_key \
         JOIN source c ON c.source_key = e.source_key \
         LEFT JOIN sighting s ON s.node_key = e.by_key AND s.source_key = e.source_key AND {} WHERE {} \
         ORDER BY a.id, b.id, e.kind, c.connector, c.scope, e.place, e.attributes, e.reversed",
        reader.visible("s"),
        in_force("e", reader.at().seq)
    );
    let mut stream = reader.stream(&sql, Vec::new());
    while let Some(rows) = stream.next_batch().await.map_err(InventoryError::from)? {
        for row in rows {
            each(typed("edge", &edge(reader, &row)?))?;
        }
    }
    Ok(())
}

fn edge(reader: &Reader, row: &store::Row) -> Result<EdgeRow, InventoryError> {
    let by = (row.text(0)?.to_owned(), name(row, 10)?);
    let other = (row.text(1)?.to_owned(), name(row, 14)?);
    let kind = row.text(3)?;
    let ((from, from_name), (to, to_name), stated_by) = if row.get_i64(2)? == 1 {
        (other, by, StatedBy::To)
    } else {
        (by, other, StatedBy::From)
    };
    let observed_at = match row.opt_i64(18)? {
        Some(first) => Some(TimeUs::from_micros(super::node::last_seen(
            reader,
            first,
            row.get_i64(19)?,
            row.text(20)?,
        ))),
        None => None,
    };
    Ok(EdgeRow {
        kind: EdgeKind::parse(kind).ok_or_else(|| InventoryError::Damaged {
            what: "edge",
            key: 0,
            detail: kind.to_owned(),
        })?,
        from,
        to,
        from_name,
        to_name,
        stated_by,
        connector: row.text(4)?.to_owned(),
        scope: row.text(5)?.to_owned(),
        observed_at,
        place: row.opt_text(6)?.map(str::to_owned),
        since_run: row.get_i64(9)?,
        attributes: object("edge", row.get_i64(8)?, row.text(7)?)?,
    })
}
