//! What can go wrong with a database, by class: the face maps a class to a hint and an exit code.

use std::sync::Arc;

/// A failure of the store. Messages name the database and the way out; they never hold a bound
/// value or the password of a URL.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process holds the write lock for longer than we wait, or the two dead-locked.
    #[error("{place} is busy: {detail}; try again when the other writer is done")]
    Busy {
        /// The database, without its password.
        place: Arc<str>,
        /// What was waited for.
        detail: String,
    },
    /// A constraint of the schema refused the row.
    #[error("a row breaks a rule of the database: {detail}")]
    Constraint {
        /// True when a row with the same key is there already.
        unique: bool,
        /// The constraint's name and kind.
        detail: String,
    },
    /// The database was written by a newer version.
    #[error(
        "database schema {found} is newer than this countersign knows ({known}); \
         use the version that wrote it or restore a backup"
    )]
    NewerSchema {
        /// The version in the database.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The database has not been upgraded, or holds nothing yet (version 0).
    #[error(
        "database schema {found} is older than this countersign needs ({known}); \
         run `countersign db migrate`"
    )]
    OlderSchema {
        /// The version in the database; 0 when it was never set up.
        found: i64,
        /// The version this program needs.
        known: i64,
    },
    /// The file is no database, or is damaged.
    #[error("{place} is damaged or no database: {detail}; restore a backup or choose another file")]
    Corrupt {
        /// The database.
        place: Arc<str>,
        /// The database's own words.
        detail: String,
    },
    /// The server does not answer, refuses us, or ended the connection.
    #[error("cannot reach {place}: {detail}; check that it runs, the address and the credentials")]
    Unreachable {
        /// The database, without its password.
        place: Arc<str>,
        /// The reason.
        detail: String,
    },
    /// The file system refused: missing folder, permission, full disk.
    #[error("{place}: {detail}")]
    Io {
        /// The file.
        place: Arc<str>,
        /// The reason.
        detail: String,
    },
    /// The database does not accept the statement; whoever wrote it must fix it.
    #[error("statement `{sql}` failed: {detail}")]
    Sql {
        /// The beginning of the statement; values are bound, so it holds none.
        sql: String,
        /// The reason.
        detail: String,
    },
    /// The address of the database cannot be used.
    #[error("database address: {detail}")]
    Url {
        /// What is wrong and what to write instead.
        detail: String,
    },
    /// A value cannot be stored, or a column holds another type than was asked for.
    #[error("value: {detail}")]
    Value {
        /// Which column or parameter, and why. Never the value itself.
        detail: String,
    },
    /// A backup file cannot be written, read or trusted.
    #[error("backup {place}: {detail}")]
    Backup {
        /// The file and, when known, the line.
        place: String,
        /// The reason.
        detail: String,
    },
    /// The transaction was ended by an earlier error; nothing of it is stored.
    #[error("the transaction ended at an earlier error; nothing of it was stored")]
    Ended,
}

impl StoreError {
    /// True when a row with the same key is there already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Constraint { unique: true, .. })
    }

    /// A statement that failed, shown by its first 160 characters on one line.
    pub(crate) fn sql(sql: &str, detail: impl Into<String>) -> Self {
        let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Sql {
            sql: model::text::bounded(&line, 160),
            detail: detail.into(),
        }
    }

    /// A value that does not fit.
    pub(crate) fn value(detail: impl Into<String>) -> Self {
        Self::Value {
            detail: detail.into(),
        }
    }
}
