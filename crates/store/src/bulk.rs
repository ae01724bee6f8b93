//! The first filling of a database: indexes are built once at the end instead of row by row.

use crate::{StoreError, Tx, Value};

/// The statements that build again what was set aside.
#[derive(Debug, Default)]
#[must_use = "the indexes are gone until they are built again"]
pub struct SetAside(Vec<String>);

impl Tx {
    /// Drops the indexes of tables that are about to be filled from empty, where that helps and
    /// harms nobody: SQLite. There, rows that fall anywhere in an index larger than the page cache
    /// are written many times over. On PostgreSQL it would lock readers out, so nothing happens.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn set_indexes_aside(&mut self, tables: &[&str]) -> Result<SetAside, StoreError> {
        let Some(sql) = self.dialect().plain_indexes() else {
            return Ok(SetAside::default());
        };
        let mut aside = SetAside::default();
        for table in tables {
            for row in self.query(sql, vec![Value::from(*table)]).await? {
                self.ddl(&format!("DROP INDEX {}", row.text(0)?)).await?;
                aside.0.push(row.text(1)?.to_owned());
            }
        }
        Ok(aside)
    }

    /// Builds the indexes again, from the rows that are there now.
    ///
    /// # Errors
    /// As [`Tx::exec`].
    pub async fn build_indexes(&mut self, aside: SetAside) -> Result<(), StoreError> {
        for sql in aside.0 {
            self.ddl(&sql).await?;
        }
        Ok(())
    }
}
