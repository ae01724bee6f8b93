//! The write transaction as callers see it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::sql::identifier;
use crate::transaction::{PostgresTx, SqliteTx};
use crate::{Dialect, Row, Rows, StoreError, Value};

/// Bulk inserts that may lie in the writer's queue: the caller prepares the next batch meanwhile.
const QUEUE_DEPTH: usize = 3;

/// A write transaction. Dropping it undoes everything; so does any error: after one, only
/// [`Tx::rollback`] is of use.
pub struct Tx {
    kind: Kind,
    dialect: Dialect,
    failed: bool,
    temps: Vec<String>,
    queue: Arc<Semaphore>,
    /// Batches that were written, to be filled again.
    spare: Arc<Mutex<Vec<Rows>>>,
}

fn lock(spare: &Mutex<Vec<Rows>>) -> MutexGuard<'_, Vec<Rows>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The transaction of either database.
pub(crate) enum Kind {
    Sqlite(SqliteTx),
    Postgres(PostgresTx),
}

impl Tx {
    pub(crate) fn new(kind: Kind, dialect: Dialect) -> Self {
        let queue = Arc::new(Semaphore::new(QUEUE_DEPTH));
        Self {
            kind,
            dialect,
            failed: false,
            temps: Vec::new(),
            queue,
            spare: Arc::default(),
        }
    }

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

    /// As [`Tx::insert_many`], for packed rows: takes the rows out of the batch, which is empty
    /// afterwards and keeps memory to be filled again.
    ///
    /// # Errors
    /// As [`Tx::insert_many`].
    pub async fn insert_rows(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: &mut Rows,
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
        let spare = self.spare.clone();
        let back = move |mut rows: Rows| {
            rows.clear();
            lock(&spare).push(rows);
        };
        let empty = lock(&self.spare).pop().unwrap_or_default();
        let full = std::mem::replace(rows, empty);
        let result = match &mut self.kind {
            Kind::Sqlite(tx) => {
                let permit = self.queue.clone().acquire_owned().await.ok();
                tx.worker.defer(permit, move |session| {
                    let result = session.insert_packed(&sql, &full);
                    back(full);
                    result
                });
                Ok(count)
            }
            Kind::Postgres(tx) => tx.copy_packed_later(sql, full, back).await.map(|()| count),
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
            Kind::Sqlite(tx) => tx.commit().await?,
            Kind::Postgres(tx) => tx.commit().await?,
        }
        crate::crash::point();
        Ok(())
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
        crate::crash::point();
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
