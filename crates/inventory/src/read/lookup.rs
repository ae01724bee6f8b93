//! Finding one record by whatever a person calls it.
//!
//! Ids and native ids first, then other names, then the name people use, then beginnings of names.
//! Every step reads an index, so a cold answer does not depend on the size of the inventory.

use std::collections::{BTreeMap, BTreeSet};

use model::NodeKind;
use store::Value;

use super::Reader;
use super::forms::forms;
use super::node::{Node, nodes, roots};
use crate::InventoryError;
use crate::run::in_list;

/// How many candidates are listed.
pub const MAX_CANDIDATES: usize = 20;
/// How many matches are counted; beyond it the total reads "or more".
const MAX_COUNTED: i64 = 1_000;
/// Longer texts name nothing.
const MAX_TEXT_BYTES: usize = 4_096;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct LookupQuery<'a> {
    /// What the person wrote.
    pub text: &'a str,
    /// Only records of these kinds; empty for all.
    pub kinds: &'a [NodeKind],
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// One record is meant.
    Exact(Box<Node>),
    /// Several may be meant: the first of them, and how many there are (at least).
    Candidates {
        /// The first ones.
        list: Vec<Node>,
        /// How many there are.
        total: usize,
        /// True when counting stopped there.
        or_more: bool,
        /// True when they match only by the beginning of a word.
        by_beginning: bool,
    },
    /// Nothing is known by this name.
    None,
}

/// Finds what a text means.
///
/// # Errors
/// The database cannot be read.
pub async fn lookup(reader: &Reader, query: LookupQuery<'_>) -> Result<Found, InventoryError> {
    let text = query.text.trim();
    if text.is_empty() || text.len() > MAX_TEXT_BYTES {
        return Ok(Found::None);
    }
    let (native, other) = by_id(reader, text).await?;
    for keys in [&native, &(&native | &other)] {
        match choose(reader, query.kinds, keys).await? {
            Found::None => {}
            // The same native id may name a thing and what stands for it; other names do not help.
            found => return Ok(found),
        }
    }
    match choose(reader, query.kinds, &by_name(reader, text).await?).await? {
        Found::None => by_beginning(reader, text, query.kinds).await,
        found => Ok(found),
    }
}

/// Finds the records known by any of these exact names.
///
/// # Errors
/// The database cannot be read.
pub async fn lookup_any(reader: &Reader, names: &[String]) -> Result<Vec<Node>, InventoryError> {
    let mut keys = by_native_id(reader, names).await?;
    keys.extend(by_alias(reader, names).await?);
    Ok(records(reader, &keys).await?.into_values().collect())
}

/// One record, or candidates. Among namesakes what is alive goes before what is not, and what acts
/// or proves before what merely is.
async fn choose(
    reader: &Reader,
    kinds: &[NodeKind],
    keys: &BTreeSet<i64>,
) -> Result<Found, InventoryError> {
    let mut list: Vec<Node> = records(reader, keys)
        .await?
        .into_values()
        .filter(|node| kinds.is_empty() || kinds.iter().any(|kind| kind.name() == node.kind))
        .collect();
    list.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let Some(first) = list.first() else {
        return Ok(Found::None);
    };
    let best = rank(first).0;
    let alone = list.iter().filter(|node| rank(node).0 == best).count() == 1;
    if alone {
        return Ok(Found::Exact(Box::new(first.clone())));
    }
    let total = list.len();
    list.truncate(MAX_CANDIDATES);
    Ok(Found::Candidates {
        list,
        total,
        or_more: total >= usize::try_from(MAX_COUNTED).unwrap_or(usize::MAX),
        by_beginning: false,
    })
}

/// The first number decides who is meant; the rest only sorts what is listed.
fn rank(node: &Node) -> (u8, bool, &str, &str, i64) {
    let class = match (node.retired.is_some(), node.kind.as_str()) {
        (false, "identity" | "credential") => 0,
        (false, _) => 1,
        (true, "identity" | "credential") => 2,
        (true, _) => 3,
    };
    (
        class,
        node.kind != "identity",
        &node.kind,
        &node.name,
        node.key,
    )
}

/// The records these keys belong to.
async fn records(
    reader: &Reader,
    keys: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Node>, InventoryError> {
    let root_of = roots(reader, keys).await?;
    let wanted: BTreeSet<i64> = keys
        .iter()
        .map(|key| root_of.get(key).copied().unwrap_or(*key))
        .collect();
    nodes(reader, &wanted).await
}

/// Keys whose id or native id is the text, and keys with another name that is.
async fn by_id(
    reader: &Reader,
    text: &str,
) -> Result<(BTreeSet<i64>, BTreeSet<i64>), InventoryError> {
    let forms = forms(text);
    let mut native = BTreeSet::new();
    for id in forms.iter().filter(|form| form.starts_with("mi:")) {
        // The beginning of an id will do when no other id begins so.
        let rows = reader
            .rows(
                "SELECT node_key FROM node WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 21",
                vec![id.as_str().into(), format!("{id}g").into()],
            )
            .await?;
        for row in rows {
            native.insert(row.get_i64(0)?);
        }
    }
    let exact = by_native_id(reader, std::slice::from_ref(&text.to_owned())).await?;
    if exact.is_empty() {
        native.extend(by_native_id(reader, &forms).await?);
    } else {
        native.extend(exact);
    }
    Ok((native, by_alias(reader, &forms).await?))
}

async fn by_native_id(reader: &Reader, names: &[String]) -> Result<BTreeSet<i64>, InventoryError> {
    let (list, values) = in_list(names, 1);
    let sql = format!(
        "SELECT node_key FROM node WHERE native_id IN {list} ORDER BY native_id, node_key LIMIT {MAX_COUNTED}"
    );
    keys(reader, &sql, values).await
}

async fn by_alias(reader: &Reader, names: &[String]) -> Result<BTreeSet<i64>, InventoryError> {
    let (list, values) = in_list(names, 1);
    let sql = format!(
        "SELECT node_key FROM alias WHERE alias_text IN {list} AND first_run <= {} ORDER BY alias_text, node_key LIMIT {MAX_COUNTED}",
        reader.at().seq
    );
    keys(reader, &sql, values).await
}

/// Keys with exactly this name.
async fn by_name(reader: &Reader, text: &str) -> Result<BTreeSet<i64>, InventoryError> {
    let mut spellings = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase()];
    spellings.dedup();
    let (kinds, mut values) = kind_list();
    let (list, names) = in_list(&spellings, values.len() + 1);
    values.extend(names);
    let sql = format!(
        "SELECT v.node_key FROM node_version v WHERE v.kind IN {kinds} AND v.name IN {list} AND {} LIMIT {MAX_COUNTED}",
        reader.visible("v")
    );
    keys(reader, &sql, values).await
}

/// Records one of whose words begins so.
async fn by_beginning(
    reader: &Reader,
    text: &str,
    kinds: &[NodeKind],
) -> Result<Found, InventoryError> {
    let mut found = BTreeSet::new();
    for spelling in spellings(text) {
        let (list, mut values) = kind_list();
        let n = values.len();
        values.push(spelling.as_str().into());
        values.push(after(&spelling).into());
        let sql = format!(
            "SELECT v.node_key FROM node_version v WHERE v.kind IN {list} AND v.name >= ${} AND v.name < ${} AND {} \
             LIMIT {MAX_COUNTED}",
            n + 1,
            n + 2,
            reader.visible("v")
        );
        found.extend(keys(reader, &sql, values).await?);
    }
    let lower = text.to_lowercase();
    found.extend(
        keys(
            reader,
            &format!(
                "SELECT node_key FROM search_term WHERE term >= $1 AND term < $2 LIMIT {MAX_COUNTED}"
            ),
            vec![lower.as_str().into(), after(&lower).into()],
        )
        .await?,
    );
    let mut list: Vec<Node> = records(reader, &found)
        .await?
        .into_values()
        .filter(|node| kinds.is_empty() || kinds.iter().any(|kind| kind.name() == node.kind))
        .collect();
    if list.is_empty() {
        return Ok(Found::None);
    }
    list.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let total = list.len();
    list.truncate(MAX_CANDIDATES);
    Ok(Found::Candidates {
        list,
        total,
        or_more: total >= usize::try_from(MAX_COUNTED).unwrap_or(usize::MAX),
        by_beginning: true,
    })
}

/// Names are sorted with their case, so the usual ways of writing one are tried.
fn spellings(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let mut chars = lower.chars();
    let capital = chars
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + chars.as_str());
    [
        Some(text.to_owned()),
        Some(text.to_uppercase()),
        capital,
        Some(lower),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The end of everything that begins with `text`: text is ordered by code point.
fn after(text: &str) -> String {
    format!("{text}\u{10ffff}")
}

fn kind_list() -> (String, Vec<Value>) {
    let names: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.name()).collect();
    in_list(&names, 1)
}

async fn keys(
    reader: &Reader,
    sql: &str,
    values: Vec<Value>,
) -> Result<BTreeSet<i64>, InventoryError> {
    let mut found = BTreeSet::new();
    for row in reader.rows(sql, values).await? {
        found.insert(row.get_i64(0)?);
    }
    Ok(found)
}

/// The key of the node with this id or native id that was merged into another record.
///
/// # Errors
/// The database cannot be read.
pub async fn member_key(reader: &Reader, text: &str) -> Result<Option<i64>, InventoryError> {
    let text = text.trim();
    let sql = format!(
        "SELECT n.node_key FROM node n JOIN member m ON m.node_key = n.node_key \
         WHERE (n.id = $1 OR n.native_id = $1) AND {}",
        reader.visible("m")
    );
    let found = keys(reader, &sql, vec![text.into()]).await?;
    Ok(match found.len() {
        1 => found.first().copied(),
        _ => None,
    })
}
