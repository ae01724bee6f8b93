//! Reading much, or reading one unchanging state.

use std::ops::ControlFlow;

use tokio::sync::mpsc;

use crate::sqlite::Worker;
use crate::{Dialect, Row, StoreError, Value, postgres};

/// Rows as they come, in batches.
#[derive(Debug)]
pub struct RowStream {
    pub(crate) batches: mpsc::Receiver<Result<Vec<Row>, StoreError>>,
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
    pub(crate) view: View,
    pub(crate) dialect: Dialect,
}

pub(crate) enum View {
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
    /// As [`crate::Db::read`].
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
