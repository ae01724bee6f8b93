//! Begin, commit, rollback and what happens when a transaction is dropped, for each database.

use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio::task::JoinHandle;

use crate::sqlite::{self, Worker};
use crate::{Dialect, Rows, StoreError, Value, postgres};

/// A write transaction on the writer thread.
pub(crate) struct SqliteTx {
    pub(crate) worker: Worker,
    /// Held until the transaction has ended: one writer at a time in this process.
    _turn: OwnedMutexGuard<()>,
    open: bool,
}

impl SqliteTx {
    pub(crate) async fn begin(
        worker: Worker,
        turn: OwnedMutexGuard<()>,
    ) -> Result<Self, StoreError> {
        // Built first: when the caller is cancelled while waiting for the lock, the drop undoes it.
        let tx = Self {
            worker,
            _turn: turn,
            open: true,
        };
        tx.worker
            .call(|session| {
                session.rollback();
                session.batch(&Dialect::Sqlite.begin_write())
            })
            .await?;
        Ok(tx)
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let log = self.worker.log();
        let result = self.worker.call(move |session| session.commit(&log)).await;
        self.open = result.is_err();
        result
    }

    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        self.open = false;
        let (done, wait) = oneshot::channel::<()>();
        self.worker.send(move |session| {
            session.rollback();
            drop(done);
        });
        // Resolves, with nothing to say, as soon as the job has run.
        drop(wait.await);
        Ok(())
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        if self.open {
            self.worker.send(sqlite::Session::rollback);
        }
    }
}

/// A write transaction. The connection is taken out of its slot while it runs, so a transaction
/// that is dropped half-way closes it and the server rolls back.
pub(crate) struct PostgresTx {
    session: postgres::Session,
    slot: OwnedMutexGuard<Option<postgres::Session>>,
    pending: Option<JoinHandle<Result<(), StoreError>>>,
}

impl PostgresTx {
    pub(crate) async fn begin(
        address: &postgres::Address,
        mut slot: OwnedMutexGuard<Option<postgres::Session>>,
    ) -> Result<Self, StoreError> {
        let session = match slot.take().filter(postgres::Session::is_alive) {
            Some(session) => session,
            None => postgres::Session::connect(address).await?,
        };
        session.batch(&Dialect::Postgres.begin_write()).await?;
        Ok(Self {
            session,
            slot,
            pending: None,
        })
    }

    /// The connection, after the work handed over before has succeeded.
    pub(crate) async fn settled(&mut self) -> Result<&postgres::Session, StoreError> {
        if let Some(pending) = self.pending.as_mut() {
            // Taken out only afterwards: a caller that is cancelled here must not lose the error.
            let result = pending.await.unwrap_or(Err(StoreError::Ended));
            self.pending = None;
            result?;
        }
        Ok(&self.session)
    }

    /// Hands a bulk insert over; its error appears at the next call.
    pub(crate) async fn copy_later(
        &mut self,
        sql: String,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), StoreError> {
        let session = self.settled().await?.clone();
        self.pending = Some(tokio::spawn(async move { session.copy(&sql, &rows).await }));
        Ok(())
    }

    /// As [`PostgresTx::copy_later`], for packed rows; gives the batch back to `done` afterwards.
    pub(crate) async fn copy_packed_later(
        &mut self,
        sql: String,
        rows: Rows,
        done: impl FnOnce(Rows) + Send + 'static,
    ) -> Result<(), StoreError> {
        let session = self.settled().await?.clone();
        self.pending = Some(tokio::spawn(async move {
            let result = session.copy_packed(&sql, &rows).await;
            done(rows);
            result
        }));
        Ok(())
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.settled().await?.batch("COMMIT").await?;
        *self.slot = Some(self.session.clone());
        Ok(())
    }

    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        // What the pending work says no longer matters.
        if self.settled().await.is_err() {
            tracing::debug!("rolled back after an error");
        }
        self.session.batch("ROLLBACK").await?;
        *self.slot = Some(self.session.clone());
        Ok(())
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            pending.abort();
        }
    }
}
