//! What lies in a database: rows per table, size.

use std::collections::BTreeMap;

use store::{Db, DbUrl, Dialect};

/// The tables an import writes.
pub const TABLES: &[&str] = &[
    "source",
    "coverage",
    "node",
    "node_version",
    "sighting",
    "edge",
    "alias",
    "tag",
    "search_term",
    "member",
    "run_count",
];

/// Opens a database and brings it to the newest schema.
///
/// # Errors
/// It cannot be opened or migrated.
pub async fn open(url: &str, now: model::TimeUs) -> anyhow::Result<Db> {
    let db = Db::open(&DbUrl::parse(url)?).await?;
    db.migrate(store::MIGRATIONS, now).await?;
    Ok(db)
}

/// Rows of each table.
///
/// # Errors
/// The database cannot be read.
pub async fn rows(db: &Db) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut counts = BTreeMap::new();
    for table in TABLES {
        let sql = format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {table}");
        if let Some(row) = db.read_one(&sql, Vec::new()).await? {
            counts.insert((*table).to_owned(), row.get_i64(0)?);
        }
    }
    Ok(counts)
}

/// Rows that belong to records of one kind.
///
/// # Errors
/// The database cannot be read.
pub async fn rows_of_kind(db: &Db, kind: &str) -> anyhow::Result<i64> {
    let mut total = 0;
    for (table, column) in [
        ("node", "node_key"),
        ("node_version", "node_key"),
        ("sighting", "node_key"),
        ("edge", "by_key"),
        ("alias", "node_key"),
        ("tag", "node_key"),
        ("search_term", "node_key"),
        ("member", "node_key"),
    ] {
        let sql = format!(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM {table} t JOIN node n ON n.node_key = t.{column} WHERE n.kind = $1"
        );
        if let Some(row) = db.read_one(&sql, vec![kind.into()]).await? {
            total += row.get_i64(0)?;
        }
    }
    Ok(total)
}

/// How many bytes the database takes on disk.
///
/// # Errors
/// The database cannot be read.
pub async fn size(db: &Db) -> anyhow::Result<i64> {
    let sql = match db.dialect() {
        Dialect::Sqlite => "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        Dialect::Postgres => "SELECT pg_database_size(current_database())",
    };
    let row = db.read_one(sql, Vec::new()).await?;
    Ok(row.map_or(Ok(0), |row| row.get_i64(0))?)
}
