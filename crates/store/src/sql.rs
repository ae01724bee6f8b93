//! What the two databases do differently, all of it. Everywhere else the SQL is one text.
//!
//! - types: `TEXT` becomes `TEXT COLLATE "C"` on PostgreSQL, so order is by code point on both;
//!   `BIGINT PRIMARY KEY` becomes `INTEGER PRIMARY KEY` on SQLite, so the key is the row's own
//!   address and costs no second index; `/*+ WITHOUT ROWID */` after a table is written out for
//!   SQLite, so a table that is its primary key costs no second copy of it.
//! - case: callers write `lower(col) LIKE lower($n) ESCAPE '\'`; both fold ASCII only.
//! - the write lock, temporary tables, bulk insert, plans, statistics, the catalogue.

use crate::StoreError;

/// Which database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded database.
    Sqlite,
    /// A PostgreSQL server, 14 or newer.
    Postgres,
}

/// The cross-process write lock on PostgreSQL: any constant, one per database. "csign" in ASCII.
const WRITE_LOCK: i64 = 0x0063_7369_676e;

/// What DDL writes behind a table that is its primary key; a comment to PostgreSQL.
const HINT: &str = "/*+ WITHOUT ROWID */";

/// How long a writer waits for another one.
pub(crate) const WRITE_WAIT_SECONDS: u64 = 600;

impl Dialect {
    /// Begins a write transaction and takes the cross-process write lock.
    pub(crate) fn begin_write(self) -> String {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE".to_owned(),
            Self::Postgres => format!(
                "BEGIN; SET LOCAL lock_timeout = '{WRITE_WAIT_SECONDS}s'; \
                 SELECT pg_advisory_xact_lock({WRITE_LOCK})"
            ),
        }
    }

    /// Begins a read transaction that keeps seeing one state.
    pub(crate) fn begin_snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN; SELECT count(*) FROM sqlite_schema",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1",
        }
    }

    /// Rewrites the types of portable DDL. Types are written in upper case, so a column may be named
    /// `text`; what stands in quotes and comments stays as it is.
    pub(crate) fn ddl(self, sql: &str) -> String {
        match self {
            Self::Sqlite => rewrite(sql, |word, before, after| {
                if word == HINT {
                    return Some("WITHOUT ROWID");
                }
                let key = word == "BIGINT" && next_words(after).eq(["PRIMARY", "KEY"]);
                (key && !before.eq_ignore_ascii_case("AS")).then_some("INTEGER")
            }),
            Self::Postgres => rewrite(sql, |word, before, _| {
                let column = word == "TEXT" && !before.eq_ignore_ascii_case("AS");
                column.then_some("TEXT COLLATE \"C\"")
            }),
        }
    }

    /// Creates a temporary table that lives until the transaction ends.
    pub(crate) fn temp_table(self, name: &str, columns: &str) -> String {
        let end = match self {
            Self::Sqlite => "",
            Self::Postgres => " ON COMMIT DROP",
        };
        self.ddl(&format!("CREATE TEMP TABLE {name} ({columns}){end}"))
    }

    /// Drops a temporary table before the commit, where the database does not do it itself.
    pub(crate) fn drop_temp(self, name: &str) -> Option<String> {
        (self == Self::Sqlite).then(|| format!("DROP TABLE IF EXISTS temp.{name}"))
    }

    /// The statement of a bulk insert: a prepared row for SQLite, a binary stream for PostgreSQL.
    pub(crate) fn bulk_insert(self, table: &str, columns: &[&str]) -> String {
        let names = columns.join(", ");
        match self {
            Self::Sqlite => {
                let marks = vec!["?"; columns.len()].join(", ");
                format!("INSERT INTO {table} ({names}) VALUES ({marks})")
            }
            Self::Postgres => format!("COPY {table} ({names}) FROM STDIN (FORMAT binary)"),
        }
    }

    /// Asks for the plan of a query, and says in which column the text stands.
    pub(crate) fn explain(self, sql: &str) -> (String, usize) {
        match self {
            Self::Sqlite => (format!("EXPLAIN QUERY PLAN {sql}"), 3),
            Self::Postgres => (format!("EXPLAIN {sql}"), 0),
        }
    }

    /// Gives unused space back and renews statistics; outside of any transaction.
    pub(crate) fn compact(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["VACUUM", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
            Self::Postgres => &["VACUUM (ANALYZE)"],
        }
    }

    /// The statement that makes index `$1`, which enforces nothing; `None` where indexes are not to
    /// be set aside for a bulk insert.
    pub(crate) fn plain_index(self) -> Option<&'static str> {
        (self == Self::Sqlite).then_some(
            "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = $1 \
             AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%'",
        )
    }

    /// One row when table `$1` exists.
    pub(crate) fn table_exists(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Self::Postgres => {
                "SELECT 1 FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_name = $1"
            }
        }
    }

    /// Name and type of the columns of table `$1`, in order.
    pub(crate) fn columns(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
            Self::Postgres => {
                "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) \
                 FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1 \
                 ORDER BY ordinal_position"
            }
        }
    }

    /// Queries each of which gives one row of text per fault.
    pub(crate) fn checks(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
                "SELECT 'a row of ' || \"table\" || ' points to no row of ' || parent \
                 FROM pragma_foreign_key_check",
            ],
            Self::Postgres => &[
                "SELECT 'constraint ' || conname || ' was not validated' FROM pg_constraint \
                 WHERE NOT convalidated",
                "SELECT 'index ' || CAST(indexrelid::regclass AS TEXT) || ' is not valid' \
                 FROM pg_index WHERE NOT indisvalid",
            ],
        }
    }
}

/// Refuses anything but a plain lower-case identifier where SQL is put together from names.
pub(crate) fn identifier(name: &str) -> Result<&str, StoreError> {
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain && name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') {
        return Ok(name);
    }
    let shown = model::text::label(&model::text::bounded(name, 64));
    Err(StoreError::value(format!(
        "`{shown}` is no table or column name"
    )))
}

/// True when each of `$1` … `$count` stands in the statement. PostgreSQL accepts values without a
/// marker, SQLite does not.
pub(crate) fn has_markers(sql: &str, count: usize) -> bool {
    (1..=count).all(|n| {
        sql.split(&format!("${n}"))
            .skip(1)
            .any(|after| !after.starts_with(|c: char| c.is_ascii_digit()))
    })
}

fn next_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .take(2)
        .map(str::to_ascii_uppercase)
}

/// Walks over SQL and offers each bare word, and the hint, with the word before and the text after
/// it.
fn rewrite<'a>(sql: &'a str, replace: impl Fn(&str, &str, &str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(sql.len() + sql.len() / 8);
    let mut before = "";
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if first.is_ascii_alphabetic() || first == '_' {
            out.push_str(replace(token, before, after).unwrap_or(token));
            before = token;
        } else if token == HINT {
            out.push_str(replace(token, before, after).unwrap_or(token));
        } else {
            out.push_str(token);
        }
        rest = after;
    }
    out
}

fn token_length(rest: &str, first: char) -> usize {
    let until = |stop: &str, from: usize| {
        let tail = rest.get(from..).unwrap_or("");
        tail.find(stop)
            .map_or(rest.len(), |at| from + at + stop.len())
    };
    match first {
        '\'' => until("'", 1),
        '"' => until("\"", 1),
        '-' if rest.starts_with("--") => until("\n", 2),
        '/' if rest.starts_with("/*") => until("*/", 2),
        _ if first.is_ascii_alphabetic() || first == '_' => rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len()),
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_rewritten_and_texts_are_not() {
        let sql = "CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT NOT NULL, -- TEXT\n\
                   s TEXT CHECK (s <> 'TEXT' AND CAST(id AS TEXT) <> s), p BIGINT);";
        assert_eq!(
            Dialect::Postgres.ddl(sql),
            "CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT COLLATE \"C\" NOT NULL, -- TEXT\n\
             s TEXT COLLATE \"C\" CHECK (s <> 'TEXT' AND CAST(id AS TEXT) <> s), p BIGINT);"
        );
        assert_eq!(
            Dialect::Sqlite.ddl(sql),
            sql.replacen("BIGINT", "INTEGER", 1)
        );
    }

    #[test]
    fn a_hint_is_written_out_for_sqlite_only() {
        let sql = "CREATE TABLE t (a TEXT NOT NULL, PRIMARY KEY (a)) /*+ WITHOUT ROWID */; /* WITHOUT ROWID */";
        let sqlite =
            "CREATE TABLE t (a TEXT NOT NULL, PRIMARY KEY (a)) WITHOUT ROWID; /* WITHOUT ROWID */";
        assert_eq!(Dialect::Sqlite.ddl(sql), sqlite);
        assert!(Dialect::Postgres.ddl(sql).contains(HINT));
    }

    #[test]
    fn names_are_checked() {
        assert!(identifier("node_version").is_ok());
        for bad in ["", "a b", "a;drop", "1a", "A", "é"] {
            assert!(identifier(bad).is_err(), "{bad}");
        }
    }
}
