//! The database as the rest of the house sees it: reads, streams, snapshots and one writer at a
//! time.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex as AsyncMutex;

use crate::pool::Pool;
use crate::snapshot::View;
use crate::sql::identifier;
use crate::sqlite::Worker;
use crate::transaction::{PostgresTx, SqliteTx};
use crate::tx::Kind;
use crate::url::Address;
use crate::{DbUrl, Dialect, Row, RowStream, Snapshot, StoreError, Tx, Value, postgres, sqlite};

/// Reader threads of SQLite: two cores' worth and one that waits for the disk.
const SQLITE_READERS: usize = 3;
/// Connections to PostgreSQL for reading, beside the one that writes.
const POSTGRES_READERS: usize = 4;
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
        Ok(Tx::new(kind, self.dialect()))
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
            readers.forget_idle();
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
