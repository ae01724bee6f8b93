//! The first filling of a database: indexes are built once at the end instead of row by row.

use crate::sqlite::{SORT_CACHE_KIB, WRITER_CACHE_KIB};
use crate::{StoreError, Tx, Value};

/// The statements that build again what was set aside.
#[derive(Debug, Default)]
#[must_use = "the indexes are gone until they are built again"]
pub struct SetAside(Vec<String>);

impl Tx {
    /// Drops indexes of tables that are about to be filled from empty, where that helps and harms
    /// nobody: SQLite. There, rows that fall anywhere in an index larger than the page cache are
    /// written many times over. An index in whose order the rows come is better left in place. On
    /// PostgreSQL it would lock readers out, so nothing happens.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn set_indexes_aside(&mut self, indexes: &[&str]) -> Result<SetAside, StoreError> {
        let Some(sql) = self.dialect().plain_index() else {
            return Ok(SetAside::default());
        };
        let mut aside = SetAside::default();
        for index in indexes {
            for row in self.query(sql, vec![Value::from(*index)]).await? {
                self.ddl(&format!("DROP INDEX {index}")).await?;
                aside.0.push(row.text(0)?.to_owned());
            }
        }
        Ok(aside)
    }

    /// Builds the indexes again, from the rows that are there now.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn build_indexes(&mut self, aside: SetAside) -> Result<(), StoreError> {
        if aside.0.is_empty() {
            return Ok(());
        }
        // What is read and written goes from end to end. A smaller cache also makes the runs that
        // are sorted smaller, so that a second thread sorts one while the next is read.
        self.ddl(&format!("PRAGMA cache_size = -{SORT_CACHE_KIB}"))
            .await?;
        for sql in aside.0 {
            self.ddl(&sql).await?;
        }
        self.ddl(&format!("PRAGMA cache_size = -{WRITER_CACHE_KIB}"))
            .await
    }
}
