//! Which moment is read.

use model::TimeUs;
use store::{Db, Row, RowStream, Snapshot, Value};

use crate::InventoryError;

/// Which moment is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// What is known now.
    Latest,
    /// What was known at this time.
    At(TimeUs),
    /// What was known after this run.
    Seq(i64),
}

/// The moment that is read: what was known after one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The run's number; 0 before the first run.
    pub seq: i64,
    /// When that run committed.
    pub time: Option<TimeUs>,
    /// That run's id.
    pub run: Option<String>,
}

/// One unchanging state of the inventory.
#[derive(Debug)]
pub struct Reader {
    snapshot: Snapshot,
    at: At,
    latest: bool,
}

impl Reader {
    /// Opens the state as of a moment.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn open(db: &Db, when: When) -> Result<Self, InventoryError> {
        let snapshot = db.snapshot().await?;
        let (condition, values): (&str, Vec<Value>) = match when {
            When::Latest => ("", Vec::new()),
            When::At(time) => (" AND committed_us <= $1", vec![time.into()]),
            When::Seq(seq) => (" AND seq <= $1", vec![seq.into()]),
        };
        let sql = format!(
            "SELECT seq, committed_us, id FROM run WHERE seq IS NOT NULL{condition} ORDER BY seq DESC LIMIT 1"
        );
        let at = match snapshot.read(&sql, values).await?.first() {
            Some(row) => At {
                seq: row.get_i64(0)?,
                time: row.opt_time(1)?,
                run: row.opt_text(2)?.map(str::to_owned),
            },
            None => At {
                seq: 0,
                time: None,
                run: None,
            },
        };
        let newest = snapshot
            .read("SELECT COALESCE(MAX(seq), 0) FROM run", Vec::new())
            .await?;
        let latest = newest
            .first()
            .map_or(Ok(0), |row| row.get_i64(0))
            .is_ok_and(|newest| newest == at.seq);
        Ok(Self {
            snapshot,
            at,
            latest,
        })
    }

    /// The moment that is read.
    pub fn at(&self) -> &At {
        &self.at
    }

    /// True when no later run has committed.
    pub fn is_latest(&self) -> bool {
        self.latest
    }

    /// The condition that a versioned row of table `alias` is in force. Nothing has ended after the
    /// newest run, and saying so lets the database use its indexes of rows in force.
    pub(crate) fn visible(&self, alias: &str) -> String {
        if self.latest {
            format!("{alias}.to_run IS NULL")
        } else {
            in_force(alias, self.at.seq)
        }
    }

    pub(crate) async fn rows(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, InventoryError> {
        Ok(self.snapshot.read(sql, values).await?)
    }

    pub(crate) fn stream(&self, sql: &str, values: Vec<Value>) -> RowStream {
        self.snapshot.stream(sql, values)
    }
}

/// The condition that a versioned row of table `alias` was in force after run `seq`.
pub(crate) fn in_force(alias: &str, seq: i64) -> String {
    format!("{alias}.from_run <= {seq} AND ({alias}.to_run IS NULL OR {alias}.to_run > {seq})")
}
