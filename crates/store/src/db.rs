//! The database as the rest of the house sees it: reads, streams, snapshots and one writer at a
//! time.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::postgres::{self, PostgresTx};
use crate::sql::identifier;
use crate::sqlite::{self, SqliteTx, Worker};
use crate::url::Address;
use crate::{DbUrl, Dialect, Row, StoreError, Value};

/// Reader threads of SQLite: two cores' worth and one that waits for the disk.
const SQLITE_READERS: usize = 3;
/// Connections to PostgreSQL for reading, beside the one that writes.
const POSTGRES_READERS: usize = 4;
/// Bulk inserts that may lie in the writer's queue: the caller prepares the next batch meanwhile.
const QUEUE_DEPTH: usize = 3;

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    url: DbUrl,
    backend: Backend,
}

enum Backend {
    Sqlite {
        path: PathBuf,
        writer: Worker,
        turn: Arc<AsyncMutex<()>>,
        readers: Pool<Worker>,
    },
    Postgres {
        address: Box<postgres::Address>,
        writer: Arc<AsyncMutex<Option<postgres::Session>>>,
        readers: Pool<postgres::Session>,
    },
}

/// Connections that lie idle, and how many may be out at once.
struct Pool<C> {
    idle: Arc<Mutex<Vec<C>>>,
    places: Arc<Semaphore>,
}

/// A connection on loan; it goes back to the pool on drop.
struct Lease<C> {
    connection: Option<C>,
    idle: Arc<Mutex<Vec<C>>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl<C> Pool<C> {
    fn new(places: usize) -> Self {
        Self {
            idle: Arc::default(),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    async fn lease(
        &self,
        open: impl AsyncFnOnce(Option<C>) -> Result<C, StoreError>,
    ) -> Result<Lease<C>, StoreError> {
        // The semaphore is never closed, so a permit always comes.
        let place = self.places.clone().acquire_owned().await.ok();
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = open(idle).await?;
        Ok(Lease {
            connection: Some(connection),
            idle: self.idle.clone(),
            _place: place,
        })
    }
}

impl<C> Drop for Lease<C> {
    fn drop(&mut self) {
        let connection = self.connection.take();
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(connection);
    }
}

impl Db {
    /// Opens a database; a SQLite file that is not there is created, private to its owner.
    ///
    /// # Errors
    /// The folder is missing, the file is no database, the server cannot be reached.
    pub async fn open(url: &DbUrl) -> Result<Self, StoreError> {
        let backend = match url.address() {
            Address::Sqlite(path) => {
                sqlite::create_private(path)?;
                Backend::Sqlite {
                    path: path.clone(),
                    writer: Worker::writer(path).await?,
                    turn: Arc::default(),
                    readers: Pool::new(SQLITE_READERS),
                }
            }
            Address::Postgres(address) => {
                let first = postgres::Session::connect(address).await?;
                Backend::Postgres {
                    address: address.clone(),
                    writer: Arc::new(AsyncMutex::new(Some(first))),
                    readers: Pool::new(POSTGRES_READERS),
                }
            }
        };
        Ok(Self(Arc::new(Inner {
            url: url.clone(),
            backend,
        })))
    }

    /// Opens a database that must be there: for commands that only ask.
    ///
    /// # Errors
    /// As [`Db::open`], and when there is no such file.
    pub async fn open_existing(url: &DbUrl) -> Result<Self, StoreError> {
        match url.path() {
            Some(path) if !path.exists() => Err(StoreError::Io {
                place: url.to_string().into(),
                detail: "there is no database yet; run `countersign scan` or `countersign import` \
                         first, or name another with --data or --db"
                    .to_owned(),
            }),
            _ => Self::open(url).await,
        }
    }

    /// Where this database is.
    pub fn url(&self) -> &DbUrl {
        &self.0.url
    }

    /// Which of the two databases it is.
    pub fn dialect(&self) -> Dialect {
        self.0.url.dialect()
    }

    /// Runs a query and gives all its rows. For answers that may be long use [`Db::stream`].
    ///
    /// # Errors
    /// The statement is wrong or the database cannot be read.
    pub async fn read(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.0.backend {
            Backend::Sqlite { path, readers, .. } => {
                let lease = readers
                    .lease(async |idle| or_open(idle, path).await)
                    .await?;
                let Some(worker) = &lease.connection else {
                    return Err(StoreError::Ended);
                };
                let sql = sql.to_owned();
                worker
                    .call(move |session| session.query(&sql, &params))
                    .await
            }
            Backend::Postgres {
                address, readers, ..
            } => {
                let lease = readers
                    .lease(async |idle| or_connect(idle, address).await)
                    .await?;
                let Some(session) = &lease.connection else {
                    return Err(StoreError::Ended);
                };
                session.query(sql, &params).await
            }
        }
    }

    /// Runs a query and gives its first row, if any.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_one(&self, sql: &str, params: Vec<Value>) -> Result<Option<Row>, StoreError> {
        Ok(self.read(sql, params).await?.into_iter().next())
    }

    /// Streams the rows of a query with bounded memory. The stream has a connection of its own.
    ///
    /// # Errors
    /// No connection could be opened; the statement's own errors come from the stream.
    pub async fn stream(&self, sql: &str, params: Vec<Value>) -> Result<RowStream, StoreError> {
        let batches = match &self.0.backend {
            Backend::Sqlite { path, .. } => {
                Worker::reader(path).await?.stream(sql.to_owned(), params)
            }
            Backend::Postgres { address, .. } => {
                let session = postgres::Session::connect(address).await?;
                session.stream(sql.to_owned(), params)
            }
        };
        Ok(RowStream { batches })
    }

    /// Shows each row of a query to `each`, until it breaks, with bounded memory.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_stream(
        &self,
        sql: &str,
        params: Vec<Value>,
        each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.stream(sql, params).await?.for_each(each).await
    }

    /// Begins a read transaction on a connection of its own: every query in it sees one state.
    ///
    /// # Errors
    /// No connection could be opened.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let begin = self.dialect().begin_snapshot();
        match &self.0.backend {
            Backend::Sqlite { path, .. } => {
                let worker = Worker::reader(path).await?;
                worker.call(move |session| session.batch(begin)).await?;
                Ok(Snapshot {
                    view: View::Sqlite(worker),
                    dialect: self.dialect(),
                })
            }
            Backend::Postgres { address, .. } => {
                let session = postgres::Session::connect(address).await?;
                session.batch(begin).await?;
                Ok(Snapshot {
                    view: View::Postgres(session),
                    dialect: self.dialect(),
                })
            }
        }
    }

    /// Begins a write transaction: waits for the writer of this process and of any other.
    ///
    /// # Errors
    /// The lock did not come within ten minutes, or the database cannot be written.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let kind = match &self.0.backend {
            Backend::Sqlite { writer, turn, .. } => {
                let turn = turn.clone().lock_owned().await;
                Kind::Sqlite(SqliteTx::begin(writer.clone(), turn).await?)
            }
            Backend::Postgres {
                address, writer, ..
            } => {
                let slot = writer.clone().lock_owned().await;
                Kind::Postgres(PostgresTx::begin(address, slot).await?)
            }
        };
        let queue = Arc::new(Semaphore::new(QUEUE_DEPTH));
        Ok(Tx {
            kind,
            dialect: self.dialect(),
            failed: false,
            temps: Vec::new(),
            queue,
        })
    }

    /// The plan of a query, one line per step.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn explain(&self, sql: &str, params: Vec<Value>) -> Result<Vec<String>, StoreError> {
        let (sql, column) = self.dialect().explain(sql);
        let rows = self.read(&sql, params).await?;
        rows.iter()
            .map(|row| Ok(row.text(column)?.to_owned()))
            .collect()
    }

    /// Looks for damage; each text is one fault, an empty list is health. Reads everything.
    ///
    /// # Errors
    /// The database cannot be read far enough to be checked.
    pub async fn check(&self, tables: &[&str]) -> Result<Vec<String>, StoreError> {
        let mut faults = Vec::new();
        for sql in self.dialect().checks() {
            for row in self.read(sql, Vec::new()).await? {
                faults.push(row.text(0)?.to_owned());
            }
        }
        for table in tables {
            // PostgreSQL notices a damaged page when it reads it.
            let sql = format!("SELECT * FROM {}", identifier(table)?);
            if let Err(error) = self
                .read_stream(&sql, Vec::new(), |_| ControlFlow::Continue(()))
                .await
            {
                faults.push(format!("table {table}: {error}"));
            }
        }
        Ok(faults)
    }

    /// Gives unused space back and renews the planner's statistics.
    ///
    /// # Errors
    /// Another process writes, or the disk is full.
    pub async fn compact(&self) -> Result<(), StoreError> {
        for statement in self.dialect().compact() {
            self.outside_transaction(statement).await?;
        }
        Ok(())
    }

    /// Renews the planner's statistics, after a large import.
    ///
    /// # Errors
    /// Another process writes.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        self.outside_transaction("ANALYZE").await
    }

    /// Runs one statement that must not stand in a transaction, such as `VACUUM`.
    ///
    /// # Errors
    /// The statement is wrong or another process writes.
    pub async fn outside_transaction(&self, sql: &str) -> Result<(), StoreError> {
        match &self.0.backend {
            Backend::Sqlite { writer, turn, .. } => {
                let turn = turn.clone().lock_owned().await;
                let sql = sql.to_owned();
                let result = writer.call(move |session| session.batch(&sql)).await;
                drop(turn);
                result
            }
            Backend::Postgres { address, .. } => {
                postgres::Session::connect(address).await?.batch(sql).await
            }
        }
    }

    /// Copies a SQLite database into a file while others go on using it.
    ///
    /// # Errors
    /// This is no SQLite database, or the file cannot be written.
    pub async fn copy_to(&self, file: PathBuf) -> Result<(), StoreError> {
        match &self.0.backend {
            Backend::Sqlite { path, .. } => {
                Worker::reader(path)
                    .await?
                    .call(move |session| session.copy_to(&file))
                    .await
            }
            Backend::Postgres { .. } => Err(StoreError::Backup {
                place: file.display().to_string(),
                detail: "a PostgreSQL database cannot be copied as a file; use `db backup`"
                    .to_owned(),
            }),
        }
    }

    /// Forgets prepared statements, after the schema changed.
    pub(crate) async fn forget_statements(&self) {
        if let Backend::Postgres {
            writer, readers, ..
        } = &self.0.backend
        {
            if let Some(session) = writer.lock().await.as_ref() {
                session.forget_statements();
            }
            readers
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clear();
        }
    }
}

async fn or_open(idle: Option<Worker>, path: &std::path::Path) -> Result<Worker, StoreError> {
    match idle {
        Some(worker) => Ok(worker),
        None => Worker::reader(path).await,
    }
}

async fn or_connect(
    idle: Option<postgres::Session>,
    address: &postgres::Address,
) -> Result<postgres::Session, StoreError> {
    match idle.filter(postgres::Session::is_alive) {
        Some(session) => Ok(session),
        None => postgres::Session::connect(address).await,
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({})", self.0.url)
    }
}

/// Rows as they come, in batches.
#[derive(Debug)]
pub struct RowStream {
    batches: mpsc::Receiver<Result<Vec<Row>, StoreError>>,
}

impl RowStream {
    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// The statement is wrong or the database cannot be read.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        self.batches.recv().await.transpose()
    }

    /// Shows each row until `each` breaks.
    ///
    /// # Errors
    /// As [`RowStream::next_batch`].
    pub async fn for_each(
        mut self,
        mut each: impl FnMut(&Row) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        while let Some(rows) = self.next_batch().await? {
            if rows.iter().try_for_each(&mut each).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// One unchanging state of the database. Ends when dropped.
pub struct Snapshot {
    view: View,
    dialect: Dialect,
}

enum View {
    Sqlite(Worker),
    Postgres(postgres::Session),
}

impl Snapshot {
    /// Which of the two databases it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs a query and gives all its rows.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.view {
            View::Sqlite(worker) => {
                let sql = sql.to_owned();
                worker
                    .call(move |session| session.query(&sql, &params))
                    .await
            }
            View::Postgres(session) => session.query(sql, &params).await,
        }
    }

    /// Streams the rows of a query. One stream at a time: it uses the snapshot's own connection.
    pub fn stream(&self, sql: &str, params: Vec<Value>) -> RowStream {
        let batches = match &self.view {
            View::Sqlite(worker) => worker.stream(sql.to_owned(), params),
            View::Postgres(session) => session.stream(sql.to_owned(), params),
        };
        RowStream { batches }
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({:?})", self.dialect)
    }
}

/// A write transaction. Dropping it undoes everything; so does any error: after one, only
/// [`Tx::rollback`] is of use.
pub struct Tx {
    kind: Kind,
    dialect: Dialect,
    failed: bool,
    temps: Vec<String>,
    queue: Arc<Semaphore>,
}

enum Kind {
    Sqlite(SqliteTx),
    Postgres(PostgresTx),
}

impl Tx {
    /// Which of the two databases it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs one statement, gives the number of changed rows.
    ///
    /// # Errors
    /// The statement or an earlier insert failed; the transaction is over.
    pub async fn exec(&mut self, sql: &str, params: Vec<Value>) -> Result<u64, StoreError> {
        self.alive()?;
        let result = match &mut self.kind {
            Kind::Sqlite(tx) => {
                let sql = sql.to_owned();
                tx.worker
                    .call(move |session| session.execute(&sql, &params))
                    .await
            }
            Kind::Postgres(tx) => match tx.settled().await {
                Ok(session) => session.execute(sql, &params).await,
                Err(error) => Err(error),
            },
        };
        self.note(result)
    }

    /// Runs a query, which sees what this transaction wrote.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn query(&mut self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.alive()?;
        let result = match &mut self.kind {
            Kind::Sqlite(tx) => {
                let sql = sql.to_owned();
                tx.worker
                    .call(move |session| session.query(&sql, &params))
                    .await
            }
            Kind::Postgres(tx) => match tx.settled().await {
                Ok(session) => session.query(sql, &params).await,
                Err(error) => Err(error),
            },
        };
        self.note(result)
    }

    /// Runs one statement once per set of parameters, gives the number of changed rows.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn exec_many(&mut self, sql: &str, sets: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        self.alive()?;
        let result = match &mut self.kind {
            Kind::Sqlite(tx) => {
                let sql = sql.to_owned();
                tx.worker
                    .call(move |session| session.execute_many(&sql, &sets))
                    .await
            }
            Kind::Postgres(tx) => match tx.settled().await {
                Ok(session) => session.execute_many(sql, &sets).await,
                Err(error) => Err(error),
            },
        };
        self.note(result)
    }

    /// Inserts rows in bulk. Returns when the batch is handed over (a few may wait in a queue), so
    /// the caller can prepare the next one; an error appears at the next call or at the commit.
    /// The values of a column must all be of one type, that of the column. Gives the number of
    /// rows handed over.
    ///
    /// # Errors
    /// A name is no identifier, or an earlier insert failed; the transaction is over.
    pub async fn insert_many(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: Vec<Vec<Value>>,
    ) -> Result<u64, StoreError> {
        self.alive()?;
        let count = rows.len() as u64;
        let named = identifier(table).and_then(|_| {
            columns
                .iter()
                .try_for_each(|column| identifier(column).map(drop))
        });
        if rows.is_empty() || named.is_err() {
            return self.note(named.map(|()| 0));
        }
        let sql = self.dialect.bulk_insert(table, columns);
        let result = match &mut self.kind {
            Kind::Sqlite(tx) => {
                // The semaphore is never closed, so a permit always comes.
                let permit = self.queue.clone().acquire_owned().await.ok();
                tx.worker
                    .defer(permit, move |session| session.insert_rows(&sql, &rows));
                Ok(count)
            }
            Kind::Postgres(tx) => tx.copy_later(sql, rows).await.map(|()| count),
        };
        self.note(result)
    }

    /// Runs several statements without parameters; DDL is written in the portable types.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn ddl(&mut self, sql: &str) -> Result<(), StoreError> {
        let sql = self.dialect.ddl(sql);
        self.batch(sql).await
    }

    /// Creates a temporary table that ends with the transaction, for example
    /// `temp_table("staged", "id BIGINT, name TEXT")`. `UPDATE t SET … FROM staged s WHERE …`
    /// works on both databases.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn temp_table(&mut self, name: &str, columns: &str) -> Result<(), StoreError> {
        let sql = self.dialect.temp_table(identifier(name)?, columns);
        self.temps.push(name.to_owned());
        self.batch(sql).await
    }

    /// Renews the planner's statistics of one table, for example a filled temporary one.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn analyze(&mut self, table: &str) -> Result<(), StoreError> {
        self.batch(format!("ANALYZE {}", identifier(table)?)).await
    }

    /// Makes everything durable and visible.
    ///
    /// # Errors
    /// Something failed earlier or at the commit; then nothing was stored.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.alive()?;
        for name in std::mem::take(&mut self.temps) {
            if let Some(sql) = self.dialect.drop_temp(&name) {
                self.batch(sql).await?;
            }
        }
        match self.kind {
            Kind::Sqlite(tx) => tx.commit().await,
            Kind::Postgres(tx) => tx.commit().await,
        }
    }

    /// Undoes everything, and waits until it is undone.
    ///
    /// # Errors
    /// The server is gone; it undoes the work by itself.
    pub async fn rollback(self) -> Result<(), StoreError> {
        match self.kind {
            Kind::Sqlite(tx) => tx.rollback().await,
            Kind::Postgres(tx) => tx.rollback().await,
        }
    }

    async fn batch(&mut self, sql: String) -> Result<(), StoreError> {
        self.alive()?;
        let result = match &mut self.kind {
            Kind::Sqlite(tx) => tx.worker.call(move |session| session.batch(&sql)).await,
            Kind::Postgres(tx) => match tx.settled().await {
                Ok(session) => session.batch(&sql).await,
                Err(error) => Err(error),
            },
        };
        self.note(result)
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.failed {
            Err(StoreError::Ended)
        } else {
            Ok(())
        }
    }

    fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.failed |= result.is_err();
        result
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx")
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
