//! The peer of an import: a bare bulk insert of exactly its final rows, all tables, through the same
//! driver into an empty database with the same schema and indexes.
//!
//! Reading the rows is not counted: a group of rows is read into memory, then written and waited
//! for under the watch.

use serde::{Deserialize, Serialize};
use store::{Cell, Db, Dialect, Rows, Value};

use crate::database::{self, TABLES};
use crate::process::{Spent, Stopwatch};

/// Rows read before the watch starts, and rows handed over at once: as many as an import does.
const GROUP: usize = 131_072;
const BATCH: usize = 2_048;

/// What the bare insert took.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Bare {
    /// Rows written.
    pub rows: u64,
    /// Time of the inserts and the commit.
    pub spent: Spent,
    /// Size of the result on disk.
    pub size_bytes: i64,
}

/// Copies all rows of one database into an empty one.
///
/// # Errors
/// A database fails.
pub async fn copy(from: &str, to: &str) -> anyhow::Result<Bare> {
    let now = model::TimeUs::EPOCH;
    let (source, target) = (
        database::open(from, now).await?,
        database::open(to, now).await?,
    );
    let mut bare = Bare::default();
    let mut tx = target.write().await?;
    for table in TABLES {
        let columns = columns(&source, table).await?;
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let sql = format!(
            "SELECT {} FROM {table} ORDER BY {}",
            names.join(", "),
            order(table)
        );
        let mut stream = source.stream(&sql, Vec::new()).await?;
        let mut more = true;
        while more {
            let mut group: Vec<Rows> = Vec::new();
            let mut batch = Rows::default();
            while group.len() < GROUP / BATCH {
                let Some(rows) = stream.next_batch().await? else {
                    more = false;
                    break;
                };
                for row in &rows {
                    batch.push(typed(row.values(), &columns));
                }
                if batch.len() >= BATCH {
                    group.push(std::mem::take(&mut batch));
                }
            }
            group.push(batch);
            let watch = Stopwatch::start();
            for mut rows in group {
                bare.rows += tx.insert_rows(table, &names, &mut rows).await?;
            }
            // Answers only after everything handed over before was written.
            tx.query("SELECT 1", Vec::new()).await?;
            bare.spent += watch.spent();
        }
    }
    let watch = Stopwatch::start();
    tx.commit().await?;
    bare.spent += watch.spent();
    bare.size_bytes = database::size(&target).await?;
    Ok(bare)
}

/// The order in which an import writes: by key, which is the order of ids.
fn order(table: &str) -> &'static str {
    match table {
        "source" => "source_key",
        "coverage" | "run_count" => "run",
        "sighting" => "sighting_key",
        "edge" => "edge_key",
        _ => "node_key",
    }
}

async fn columns(db: &Db, table: &str) -> anyhow::Result<Vec<(String, bool)>> {
    let sql = match db.dialect() {
        Dialect::Sqlite => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        Dialect::Postgres => {
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    };
    let rows = db.read(sql, vec![table.into()]).await?;
    let column = |row: &store::Row| {
        Ok((
            row.text(0)?.to_owned(),
            row.text(1)?.starts_with(['T', 't']),
        ))
    };
    rows.iter().map(column).collect()
}

/// SQLite does not say of which type a NULL is; the bulk insert wants to know.
fn typed<'a>(values: &'a [Value], columns: &'a [(String, bool)]) -> impl Iterator<Item = Cell<'a>> {
    values
        .iter()
        .zip(columns)
        .map(|(value, (_, text))| match (value.is_null(), text) {
            (true, true) => Cell::Text(None),
            (true, false) => Cell::Int(None),
            (false, _) => value.into(),
        })
}
