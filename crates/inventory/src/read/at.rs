//! Which moment is read.

use std::sync::{Mutex, PoisonError};

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
    asked: Option<Mutex<Vec<Question>>>,
}

/// A statement with its values.
pub type Question = (String, Vec<Value>);

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
            asked: None,
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
        if let Some(asked) = &self.asked {
            asked
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((sql.to_owned(), values.clone()));
        }
        Ok(self.snapshot.read(sql, values).await?)
    }

    /// Remembers every question asked from now on, so that a test can look at their plans.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.asked = Some(Mutex::default());
        self
    }

    /// The questions asked since [`Reader::remembering`].
    pub fn asked(&self) -> Vec<Question> {
        self.asked.as_ref().map_or_else(Vec::new, |asked| {
            asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    pub(crate) fn stream(&self, sql: &str, values: Vec<Value>) -> RowStream {
        self.snapshot.stream(sql, values)
    }
}

/// The condition that a versioned row of table `alias` was in force after run `seq`.
pub(crate) fn in_force(alias: &str, seq: i64) -> String {
    format!("{alias}.from_run <= {seq} AND ({alias}.to_run IS NULL OR {alias}.to_run > {seq})")
}
