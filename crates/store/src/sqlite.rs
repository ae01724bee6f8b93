//! SQLite: one writer thread and a few reader threads, each with its own connection. The only file
//! that names the driver.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement, StatementStatus, ToSql, ffi};
use tokio::sync::{mpsc as channel, oneshot};

use crate::sql::WRITE_WAIT_SECONDS;
use crate::{Cell, Row, Rows, StoreError, Value};

/// Rows per batch of a stream: large enough to hide the channel, small enough to stay in cache.
const BATCH_ROWS: usize = 512;
/// Page cache of the writer in KiB: holds the indexes by name of a large import, which are written
/// in no order. Taken only as far as a transaction touches that much.
pub(crate) const WRITER_CACHE_KIB: i64 = 256 * 1024;
/// Page cache while indexes are built, and the size of the runs that are sorted.
pub(crate) const SORT_CACHE_KIB: i64 = 32 * 1024;
/// Pages of a new database: larger ones make fewer frames of log and flatter trees.
const PAGE_BYTES: u32 = 8_192;
/// Threads that help to sort when an index is built.
const SORT_THREADS: u32 = 2;
/// Page cache of each reader in KiB.
const READER_CACHE_KIB: i64 = 16 * 1024;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;
/// A log above this is emptied after the commit; reading it takes a process some milliseconds.
const LARGE_LOG_BYTES: u64 = 8 * 1024 * 1024;
/// The write-ahead log is cut back to this size after a checkpoint.
const WAL_LIMIT_BYTES: i64 = 64 * 1024 * 1024;

type Job = Box<dyn FnOnce(&mut Session) + Send>;

/// One connection and what its thread remembers.
pub(crate) struct Session {
    connection: Connection,
    place: Arc<str>,
    /// The first error of work that was handed over without waiting for it.
    failed: Option<StoreError>,
}

/// A thread that owns one connection and does one job after the other.
#[derive(Clone)]
pub(crate) struct Worker {
    jobs: mpsc::Sender<Job>,
    place: Arc<str>,
}

/// Makes sure that the file exists, readable and writable by its owner only: the files SQLite lays
/// beside it take over its mode.
pub(crate) fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Io {
            place: path.display().to_string().into(),
            detail: format!("cannot create the database: {error}"),
        }),
    }
}

impl Worker {
    /// Opens the connection that writes.
    pub(crate) async fn writer(path: &Path) -> Result<Self, StoreError> {
        Self::start("countersign-writer", path, |session| {
            session.pragmas(WRITE_WAIT_SECONDS, WRITER_CACHE_KIB)?;
            // The page size counts for a file that is empty, and is ignored by any other.
            let pragmas = format!(
                "PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = WAL; \
                 PRAGMA synchronous = NORMAL; PRAGMA threads = {SORT_THREADS}; \
                 PRAGMA journal_size_limit = {WAL_LIMIT_BYTES};"
            );
            session.batch(&pragmas)
        })
        .await
    }

    /// Opens a connection that cannot write.
    pub(crate) async fn reader(path: &Path) -> Result<Self, StoreError> {
        Self::start("countersign-reader", path, |session| {
            session.pragmas(60, READER_CACHE_KIB)?;
            session.batch("PRAGMA query_only = ON;")
        })
        .await
    }

    async fn start(
        name: &str,
        path: &Path,
        prepare: impl FnOnce(&mut Session) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let place: Arc<str> = path.display().to_string().into();
        let (jobs, queue) = mpsc::channel::<Job>();
        let (ready, opened) = oneshot::channel();
        let (file, label) = (path.to_owned(), place.clone());
        let run = move || match Session::open(&file, label, prepare) {
            Ok(mut session) => {
                if ready.send(Ok(())).is_ok() {
                    for job in queue {
                        job(&mut session);
                    }
                }
            }
            Err(error) => drop(ready.send(Err(error))),
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|error| StoreError::Io {
                place: place.clone(),
                detail: format!("no thread: {error}"),
            })?;
        opened.await.map_err(|_| ended(&place))??;
        Ok(Self { jobs, place })
    }

    /// Where the write-ahead log lies.
    pub(crate) fn log(&self) -> PathBuf {
        PathBuf::from(format!("{}-wal", self.place))
    }

    /// Hands a job over without waiting.
    pub(crate) fn send(&self, job: impl FnOnce(&mut Session) + Send + 'static) -> bool {
        self.jobs.send(Box::new(job)).is_ok()
    }

    /// Does a job and waits for its result. An error left behind by earlier work comes first.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(move |session| {
            let result = match session.failed.take() {
                Some(error) => Err(error),
                None => job(session),
            };
            // Nobody listens any more when the caller was cancelled.
            drop(reply.send(result));
        });
        answer.await.map_err(|_| ended(&self.place))?
    }

    /// Hands over work whose error appears at the next [`Worker::call`]. `permit` is given back
    /// when it is done, so the caller can bound how much lies in the queue.
    pub(crate) fn defer<P: Send + 'static>(
        &self,
        permit: P,
        job: impl FnOnce(&mut Session) -> Result<(), StoreError> + Send + 'static,
    ) {
        self.send(move |session| {
            if session.failed.is_none() {
                session.failed = job(session).err();
            }
            drop(permit);
        });
    }

    /// Streams the rows of a query in batches. Stops when the receiver is dropped.
    pub(crate) fn stream(
        &self,
        sql: String,
        params: Vec<Value>,
    ) -> channel::Receiver<Result<Vec<Row>, StoreError>> {
        let (sender, receiver) = channel::channel(2);
        let closed = sender.clone();
        let place = self.place.clone();
        let sent = self.send(move |session| {
            let mut batch = Vec::with_capacity(BATCH_ROWS);
            let mut listening = true;
            let result = session.each(&sql, &params, |row| {
                batch.push(row);
                if batch.len() == BATCH_ROWS {
                    let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS));
                    listening = sender.blocking_send(Ok(full)).is_ok();
                }
                listening
            });
            if listening {
                let last = result.map(|()| batch);
                // The receiver may be gone; then nobody wants the rest.
                drop(sender.blocking_send(last));
            }
        });
        if !sent {
            drop(closed.try_send(Err(ended(&place))));
        }
        receiver
    }
}

impl Session {
    fn open(
        path: &PathBuf,
        place: Arc<str>,
        prepare: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        // Readers open for writing too, because a reader may have to create the shared-memory file;
        // `query_only` keeps them from writing.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|error| classify(&place, "open", &error))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let mut session = Self {
            connection,
            place,
            failed: None,
        };
        prepare(&mut session)?;
        Ok(session)
    }

    fn pragmas(&mut self, wait_seconds: u64, cache_kib: i64) -> Result<(), StoreError> {
        self.connection
            .busy_timeout(Duration::from_secs(wait_seconds))
            .map_err(|error| classify(&self.place, "busy_timeout", &error))?;
        self.batch(&format!(
            "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0; \
             PRAGMA cache_size = -{cache_kib};"
        ))
    }

    /// Runs statements without parameters.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| classify(&self.place, sql, &error))
    }

    /// Runs one statement, gives the number of changed rows.
    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        self.execute_many(sql, std::slice::from_ref(&params))
    }

    /// Runs one statement once per set of parameters.
    pub(crate) fn execute_many<P: AsRef<[Value]>>(
        &mut self,
        sql: &str,
        sets: &[P],
    ) -> Result<u64, StoreError> {
        let place = &self.place;
        let fail = |error| classify(place, sql, &error);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let Some(first) = sets.first() else {
            return Ok(0);
        };
        let order = marker_order(&statement, sql, first.as_ref().len())?;
        let mut changed = 0;
        for params in sets {
            bind(&mut statement, sql, &order, params.as_ref(), place)?;
            changed += statement.raw_execute().map_err(fail)? as u64;
        }
        Ok(changed)
    }

    /// Inserts rows through a statement with plain `?` marks.
    pub(crate) fn insert_rows(&mut self, sql: &str, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        let place = &self.place;
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .map_err(|error| classify(place, sql, &error))?;
        let order: Vec<usize> = (1..=statement.parameter_count()).collect();
        for row in rows {
            bind(&mut statement, sql, &order, row, place)?;
            statement
                .raw_execute()
                .map_err(|error| classify(place, sql, &error))?;
        }
        Ok(())
    }

    /// Inserts packed rows through a statement with plain `?` marks.
    pub(crate) fn insert_packed(&mut self, sql: &str, rows: &Rows) -> Result<(), StoreError> {
        rows.check(sql)?;
        let place = &self.place;
        let fail = |error: rusqlite::Error| classify(place, sql, &error);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let wants = statement.parameter_count();
        let (mut reading, mut row) = (rows.read(), Vec::with_capacity(wants));
        while reading.next_into(&mut row) {
            if row.len() != wants {
                let came = row.len();
                let detail = format!("{wants} values are wanted, {came} came");
                return Err(StoreError::sql(sql, detail));
            }
            for (index, cell) in (1..).zip(&row) {
                statement.raw_bind_parameter(index, cell).map_err(fail)?;
            }
            statement.raw_execute().map_err(fail)?;
        }
        Ok(())
    }

    /// Runs a query and collects its rows.
    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| {
            rows.push(row);
            true
        })?;
        Ok(rows)
    }

    /// Runs a query and shows each row until the caller has enough.
    fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        mut show: impl FnMut(Row) -> bool,
    ) -> Result<(), StoreError> {
        let place = &self.place;
        let fail = |error| classify(place, sql, &error);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let order = marker_order(&statement, sql, params.len())?;
        bind(&mut statement, sql, &order, params, place)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(fail)? {
            let mut values = Vec::with_capacity(columns);
            for index in 0..columns {
                let value = row.get_ref(index).map_err(fail)?;
                values.push(read(value, index, place)?);
            }
            if !show(Row(values)) {
                break;
            }
        }
        drop(rows);
        let scanned = statement.reset_status(StatementStatus::FullscanStep);
        if scanned > 0 {
            tracing::trace!(target: "store::scan", sql, scanned = i64::from(scanned));
        }
        Ok(())
    }

    /// Commits. After a large transaction the log is emptied into the database at once: the next
    /// process to open it would otherwise read all of the log before its first answer.
    pub(crate) fn commit(&mut self, log: &Path) -> Result<(), StoreError> {
        self.batch("COMMIT")?;
        let large = std::fs::metadata(log).is_ok_and(|log| log.len() > LARGE_LOG_BYTES);
        // Readers at work are not waited for; then the log stays, which does no harm but time.
        let emptied = |session: &mut Self| {
            session.batch("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE);")
        };
        if large && let Err(error) = emptied(self) {
            tracing::debug!(%error, "the log could not be emptied");
        }
        if large {
            self.batch(&format!(
                "PRAGMA busy_timeout = {};",
                WRITE_WAIT_SECONDS * 1_000
            ))?;
        }
        Ok(())
    }

    /// Ends a transaction, whatever its state.
    pub(crate) fn rollback(&mut self) {
        self.failed = None;
        if !self.connection.is_autocommit()
            && let Err(error) = self.batch("ROLLBACK")
        {
            tracing::warn!(%error, "rollback failed");
        }
    }

    /// Copies the database into a file while others go on using it.
    pub(crate) fn copy_to(&mut self, path: &Path) -> Result<(), StoreError> {
        create_private(path)?;
        self.connection
            .backup("main", path, None::<fn(rusqlite::backup::Progress)>)
            .map_err(|error| classify(&path.display().to_string().into(), "backup", &error))
    }
}

/// Where each `$n` stands in the statement: SQLite takes `$1` for a name and numbers the names by
/// first appearance.
fn marker_order(
    statement: &Statement<'_>,
    sql: &str,
    count: usize,
) -> Result<Vec<usize>, StoreError> {
    let wants = statement.parameter_count();
    let order: Vec<usize> = (1..=count)
        .filter_map(|n| statement.parameter_index(&format!("${n}")).ok().flatten())
        .collect();
    if order.len() == count && wants == count {
        return Ok(order);
    }
    Err(StoreError::sql(
        sql,
        format!("the statement has {wants} markers, {count} values came"),
    ))
}

fn bind(
    statement: &mut Statement<'_>,
    sql: &str,
    order: &[usize],
    params: &[Value],
    place: &Arc<str>,
) -> Result<(), StoreError> {
    if order.len() != params.len() {
        let (wants, came) = (order.len(), params.len());
        return Err(StoreError::sql(
            sql,
            format!("{wants} values are wanted, {came} came"),
        ));
    }
    for (index, value) in order.iter().zip(params) {
        value.check()?;
        statement
            .raw_bind_parameter(*index, Cell::from(value))
            .map_err(|e| classify(place, sql, &e))?;
    }
    Ok(())
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Int(Some(value)) => value.to_sql(),
            Self::Text(Some(value)) => value.to_sql(),
            Self::Real(Some(value)) => value.to_sql(),
            Self::Int(None) | Self::Text(None) | Self::Real(None) => Ok(Null.into()),
        }
    }
}

fn read(value: ValueRef<'_>, index: usize, place: &Arc<str>) -> Result<Value, StoreError> {
    match value {
        ValueRef::Null => Ok(Value::Text(None)),
        ValueRef::Integer(value) => Ok(Value::Int(Some(value))),
        ValueRef::Real(value) => Ok(Value::Real(Some(value))),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(Some(text.to_owned()))),
            Err(_) => Err(StoreError::Corrupt {
                place: place.clone(),
                detail: format!("column {index} holds a text that is not UTF-8"),
            }),
        },
        ValueRef::Blob(_) => Err(StoreError::value(format!(
            "column {index} holds bytes, not text"
        ))),
    }
}

fn ended(place: &Arc<str>) -> StoreError {
    StoreError::Io {
        place: place.clone(),
        detail: "the database thread has ended".to_owned(),
    }
}

/// Sorts the driver's error into ours. SQLite's messages name tables and columns, never values.
fn classify(place: &Arc<str>, sql: &str, error: &rusqlite::Error) -> StoreError {
    let place = place.clone();
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return StoreError::sql(sql, error.to_string());
    };
    let detail = message.clone().unwrap_or_else(|| code.to_string());
    match code.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy { place, detail },
        ErrorCode::ConstraintViolation => {
            let unique = matches!(
                code.extended_code,
                ffi::SQLITE_CONSTRAINT_UNIQUE
                    | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                    | ffi::SQLITE_CONSTRAINT_ROWID
            );
            StoreError::Constraint { unique, detail }
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            StoreError::Corrupt { place, detail }
        }
        ErrorCode::CannotOpen
        | ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::NoLargeFileSupport => StoreError::Io { place, detail },
        _ => StoreError::sql(sql, detail),
    }
}
