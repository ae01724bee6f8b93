//! Lists of records: filtered, sorted by name, page by page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use model::filter::Filter;
use model::{NodeKind, TimeUs};
use store::filter_sql::{Binder, FilterColumns, compile};

use super::node::{Node, Seen, nodes, seen};
use super::{Reader, fields};
use crate::InventoryError;

/// The largest page.
const MAX_PAGE: usize = 1_000;
/// Counting stops after so many records; a person does not need to know more.
const MAX_COUNTED: i64 = 10_000;

/// What is listed.
#[derive(Debug, Clone)]
pub struct ListQuery<'a> {
    /// The kind of record.
    pub kind: NodeKind,
    /// Only these classes; empty for all.
    pub classes: &'a [&'a str],
    /// Only these subtypes; empty for all.
    pub subtypes: &'a [&'a str],
    /// Only what matches.
    pub filter: &'a Filter,
    /// The instant `now` means in the filter.
    pub now: TimeUs,
    /// Also what no source shows any more.
    pub retired: bool,
    /// Also what is only named by other records.
    pub referenced: bool,
    /// The highest risk first instead of by name; what is not scored comes last.
    pub by_risk: bool,
    /// Where the page before ended.
    pub cursor: Option<&'a str>,
    /// How many rows at most.
    pub limit: usize,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The records, in the order asked for.
    pub rows: Vec<Node>,
    /// Who shows each, by row key.
    pub seen: BTreeMap<i64, Seen>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// How many records the filter could not decide, counted with the first page only.
    pub undecided: Option<i64>,
    /// True when only the first 10,000 records were looked at for that, so there may be more.
    pub undecided_or_more: bool,
}

/// Reads one page.
///
/// # Errors
/// The cursor is no cursor, the filter names a field that is not there, or the database cannot be
/// read.
pub async fn list(reader: &Reader, query: &ListQuery<'_>) -> Result<Page, InventoryError> {
    let limit = query.limit.clamp(1, MAX_PAGE);
    let mut binder = Binder::default();
    let base = base(reader, query, &mut binder);
    let columns = FilterColumns {
        field: &|name| fields::column(reader, name),
        text: &|word, binder| fields::text(word, binder),
    };
    let mut filter_binder = Binder::after(binder.clone().into_values());
    let filter = compile(query.filter, &columns, query.now, &mut filter_binder)?;
    let (undecided, undecided_or_more) = match (query.cursor, query.filter) {
        (Some(_), _) | (None, Filter::All) => (None, false),
        (None, filter) if always_decides(filter) => (Some(0), false),
        (None, _) => {
            let values = filter_binder.clone();
            let (count, or_more) = count_undecided(reader, &base, &filter, values).await?;
            (Some(count), or_more)
        }
    };
    let order = Order::of(reader, query.by_risk);
    let after = match query.cursor {
        Some(text) => order.after(text, &mut filter_binder)?,
        None => String::new(),
    };
    // Which records come first is asked alone: that reads the index of names and no table, as long as
    // the filter speaks of what lies in it.
    let sql = format!(
        "SELECT v.node_key, {} FROM {}{} WHERE {base} AND ({filter}){after} ORDER BY {} LIMIT {}",
        order.rank,
        from(&filter),
        order.join,
        order.by,
        limit + 1
    );
    let mut keys = Vec::new();
    let mut ranks = Vec::new();
    for row in reader.rows(&sql, filter_binder.into_values()).await? {
        keys.push(row.get_i64(0)?);
        ranks.push(row.f64(1)?);
    }
    let mut found = nodes(reader, &keys.iter().copied().collect()).await?;
    let mut rows: Vec<Node> = keys.iter().filter_map(|key| found.remove(key)).collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let keys: Vec<i64> = rows.iter().map(|node| node.key).collect();
    Ok(Page {
        seen: seen(reader, &keys).await?,
        next: rows
            .last()
            .zip(ranks.get(rows.len().saturating_sub(1)))
            .filter(|_| more)
            .map(|(node, rank)| cursor(node, query.by_risk.then_some(*rank))),
        rows,
        undecided,
        undecided_or_more,
    })
}

/// The part of the condition that has an answer for every record.
fn base(reader: &Reader, query: &ListQuery<'_>, binder: &mut Binder) -> String {
    let mut sql = format!(
        "{} AND v.kind = {}",
        reader.visible("v"),
        binder.bind(query.kind.name())
    );
    for (column, words) in [("v.class", query.classes), ("v.subtype", query.subtypes)] {
        if !words.is_empty() {
            let marks: Vec<String> = words.iter().map(|word| binder.bind(*word)).collect();
            let _ = write!(sql, " AND {column} IN ({})", marks.join(", "));
        }
    }
    // Whoever asks for the retired ones by name wants to see them.
    if !query.retired && !mentions(query.filter, "retired") {
        sql.push_str(" AND v.retired_us IS NULL");
    }
    if !query.referenced && !mentions(query.filter, "referenced") {
        sql.push_str(" AND v.referenced_us IS NULL");
    }
    sql
}

fn mentions(filter: &Filter, name: &str) -> bool {
    match filter {
        Filter::All | Filter::Text(_) => false,
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| mentions(part, name)),
        Filter::Not(part) => mentions(part, name),
        Filter::Compare(comparison) => comparison.field == name,
        Filter::State { field, .. } => field == name,
    }
}

/// The tables a condition speaks of.
fn from(filter: &str) -> &'static str {
    if filter.contains("n.") {
        "node_version v JOIN node n ON n.node_key = v.node_key"
    } else {
        "node_version v"
    }
}

/// True when the filter has an answer for every record, so that there is nothing to count.
fn always_decides(filter: &Filter) -> bool {
    match filter {
        Filter::All | Filter::Text(_) | Filter::State { .. } => true,
        Filter::And(parts) | Filter::Or(parts) => parts.iter().all(always_decides),
        Filter::Not(part) => always_decides(part),
        Filter::Compare(comparison) => fields::always_known(&comparison.field),
    }
}

/// Counts what the filter cannot decide among the first records there are: looking at all of them
/// would take the longer the larger the inventory is.
async fn count_undecided(
    reader: &Reader,
    base: &str,
    filter: &str,
    binder: Binder,
) -> Result<(i64, bool), InventoryError> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(open), 0) AS BIGINT), CAST(COUNT(*) AS BIGINT) FROM \
         (SELECT CASE WHEN ({filter}) IS NULL THEN 1 ELSE 0 END AS open FROM {} WHERE {base} LIMIT {}) looked",
        from(filter),
        MAX_COUNTED + 1
    );
    let rows = reader.rows(&sql, binder.into_values()).await?;
    let Some(row) = rows.first() else {
        return Ok((0, false));
    };
    Ok((
        row.get_i64(0)?.min(MAX_COUNTED),
        row.get_i64(1)? > MAX_COUNTED,
    ))
}

/// In which order rows come.
struct Order {
    by_risk: bool,
    join: String,
    rank: &'static str,
    by: String,
}

impl Order {
    fn of(reader: &Reader, by_risk: bool) -> Self {
        if !by_risk {
            return Self {
                by_risk,
                join: String::new(),
                rank: "CAST(0 AS DOUBLE PRECISION)",
                by: "v.name, v.node_key".to_owned(),
            };
        }
        // No risk is below nothing: what is not scored comes last.
        let rank = "COALESCE(w.score_rank, CAST(-1 AS DOUBLE PRECISION))";
        Self {
            by_risk,
            join: format!(
                " LEFT JOIN verdict w ON w.node_key = v.node_key AND {}",
                reader.visible("w")
            ),
            rank,
            by: format!("{rank} DESC, v.name, v.node_key"),
        }
    }

    /// The condition on rows after a cursor.
    fn after(&self, cursor: &str, binder: &mut Binder) -> Result<String, InventoryError> {
        let (rank, name, key) = parse_cursor(cursor)?;
        if rank.is_some() != self.by_risk {
            return Err(InventoryError::Refused(
                "this cursor is of a list in another order".to_owned(),
            ));
        }
        let (name, key) = (binder.bind(name), binder.bind(key));
        let later = format!("(v.name, v.node_key) > ({name}, {key})");
        Ok(match rank {
            None => format!(" AND {later}"),
            Some(rank) => {
                let (column, rank) = (self.rank, binder.bind(rank));
                format!(" AND ({column} < {rank} OR ({column} = {rank} AND {later}))")
            }
        })
    }
}

/// A cursor is the sort key of the last row, in hexadecimal so that nobody builds on its form.
fn cursor(node: &Node, rank: Option<f64>) -> String {
    let rank = rank.map_or_else(|| "-".to_owned(), |rank| format!("{:x}", rank.to_bits()));
    format!("{rank}:{}:{}", node.key, node.name)
        .bytes()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn parse_cursor(text: &str) -> Result<(Option<f64>, String, i64), InventoryError> {
    let bad = || InventoryError::Refused("this is no cursor of a page".to_owned());
    let digits: Vec<u32> = text
        .chars()
        .map(|ch| ch.to_digit(16))
        .collect::<Option<_>>()
        .ok_or_else(bad)?;
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).ok())
        .collect();
    let plain = String::from_utf8(bytes).map_err(|_| bad())?;
    let mut parts = plain.splitn(3, ':');
    let mut next = || parts.next().ok_or_else(bad);
    let rank = match next()? {
        "-" => None,
        bits => {
            let rank = f64::from_bits(u64::from_str_radix(bits, 16).map_err(|_| bad())?);
            Some(rank).filter(|rank| !rank.is_nan())
        }
    };
    let key = next()?.parse().map_err(|_| bad())?;
    Ok((rank, next()?.to_owned(), key))
}
