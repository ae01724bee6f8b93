//! Migrations: one tree for both databases, each step in one transaction.

use model::TimeUs;

use crate::{Db, Snapshot, StoreError, Tx, Value};

/// One step from a schema version to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The version it leads to; 1, 2, 3 …
    pub version: i64,
    /// The file's name without number and ending.
    pub name: &'static str,
    /// Portable SQL: `TEXT`, `BIGINT`, `DOUBLE PRECISION`.
    pub sql: &'static str,
}

/// Every step of the real schema, oldest first. The files lie in `migrations/`.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "inventory",
        sql: include_str!("../migrations/0001_inventory.sql"),
    },
    Migration {
        version: 2,
        name: "lean_rows",
        sql: include_str!("../migrations/0002_lean_rows.sql"),
    },
    Migration {
        version: 3,
        name: "judged_facts",
        sql: include_str!("../migrations/0003_judged_facts.sql"),
    },
    Migration {
        version: 4,
        name: "judgement",
        sql: include_str!("../migrations/0004_judgement.sql"),
    },
];

const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (\
     version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_us BIGINT NOT NULL)";

const NEWEST: &str = "SELECT version FROM schema_version ORDER BY version DESC LIMIT 1";

impl Db {
    /// The version of the schema in the database; 0 when it was never set up.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        self.snapshot().await?.schema_version().await
    }

    /// Makes sure that the schema is the one this program works with.
    ///
    /// # Errors
    /// [`StoreError::OlderSchema`] or [`StoreError::NewerSchema`].
    pub async fn require_current(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        let known = newest(migrations);
        match self.schema_version().await? {
            found if found > known => Err(StoreError::NewerSchema { found, known }),
            found if found < known => Err(StoreError::OlderSchema { found, known }),
            _ => Ok(()),
        }
    }

    /// Brings the schema up to date and gives the versions it applied. Two processes may try at
    /// once: the second finds nothing to do.
    ///
    /// # Errors
    /// The database is newer than this program, or a step failed; earlier steps stay applied.
    pub async fn migrate(
        &self,
        migrations: &[Migration],
        now: TimeUs,
    ) -> Result<Vec<i64>, StoreError> {
        self.migrate_to(migrations, newest(migrations), now).await
    }

    pub(crate) async fn migrate_to(
        &self,
        migrations: &[Migration],
        target: i64,
        now: TimeUs,
    ) -> Result<Vec<i64>, StoreError> {
        let known = newest(migrations);
        let found = self.schema_version().await?;
        if found > known {
            return Err(StoreError::NewerSchema { found, known });
        }
        let mut applied = Vec::new();
        for step in migrations
            .iter()
            .filter(|step| step.version > found && step.version <= target)
        {
            let mut tx = self.write().await?;
            if apply(&mut tx, step, now).await? {
                tx.commit().await?;
                applied.push(step.version);
            }
        }
        if !applied.is_empty() {
            self.forget_statements().await;
        }
        Ok(applied)
    }
}

impl Snapshot {
    /// The version of the schema in this state of the database; 0 when it was never set up.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        if !self.has_table("schema_version").await? {
            return Ok(0);
        }
        self.read(NEWEST, Vec::new())
            .await?
            .first()
            .map_or(Ok(0), |row| row.get_i64(0))
    }

    pub(crate) async fn has_table(&self, table: &str) -> Result<bool, StoreError> {
        let sql = self.dialect().table_exists();
        Ok(!self.read(sql, vec![Value::from(table)]).await?.is_empty())
    }
}

/// Applies one step unless another process did so meanwhile.
async fn apply(tx: &mut Tx, step: &Migration, now: TimeUs) -> Result<bool, StoreError> {
    tx.ddl(VERSION_TABLE).await?;
    let rows = tx.query(NEWEST, Vec::new()).await?;
    let found = rows.first().map_or(Ok(0), |row| row.get_i64(0))?;
    if found >= step.version {
        return Ok(false);
    }
    tx.ddl(step.sql).await?;
    let sql = "INSERT INTO schema_version (version, name, applied_us) VALUES ($1, $2, $3)";
    tx.exec(sql, vec![step.version.into(), step.name.into(), now.into()])
        .await?;
    Ok(true)
}

fn newest(migrations: &[Migration]) -> i64 {
    migrations
        .iter()
        .map(|step| step.version)
        .max()
        .unwrap_or(0)
}
