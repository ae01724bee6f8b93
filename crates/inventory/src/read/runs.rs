//! Runs and sources.

use model::TimeUs;
use store::Row;

use super::Reader;
use crate::InventoryError;

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Run {
    /// A ULID.
    pub id: String,
    /// Its number on the axis of time, once it committed.
    pub seq: Option<i64>,
    /// `scan`, `import`, `edit`, `maintenance`.
    pub kind: String,
    /// What it did.
    pub title: String,
    /// Who started it.
    pub actor: String,
    /// `running`, `committed`, `failed`.
    pub state: String,
    /// When it started.
    pub started_at: TimeUs,
    /// When it committed or failed.
    pub ended_at: Option<TimeUs>,
    /// False when something that was asked for could not be read.
    pub complete: bool,
    /// Observations taken.
    pub observations: i64,
    /// Records seen for the first time.
    pub added: i64,
    /// Records whose listed facts changed.
    pub changed: i64,
    /// Records retired.
    pub retired: i64,
    /// Relations stated for the first time.
    pub edges_added: i64,
    /// Relations no longer stated.
    pub edges_ended: i64,
    /// Observations older than what their source had said already.
    pub older_ignored: i64,
    /// What else is known, for example why it failed.
    pub detail: serde_json::Value,
    /// The process that does it.
    #[serde(skip)]
    pub process_id: Option<i64>,
}

const RUN: &str = "id, seq, kind, title, actor, state, started_us, committed_us, incomplete_us, observations, \
     nodes_added, nodes_changed, nodes_retired, edges_added, edges_ended, older_ignored, detail, process_id";

/// The newest runs, newest first.
///
/// # Errors
/// The database cannot be read.
pub async fn runs(reader: &Reader, limit: usize) -> Result<Vec<Run>, InventoryError> {
    let sql = format!("SELECT {RUN} FROM run ORDER BY run_key DESC LIMIT {limit}");
    let mut found = Vec::new();
    for row in reader.rows(&sql, Vec::new()).await? {
        found.push(read_run(&row)?);
    }
    Ok(found)
}

/// The run with this id (or the beginning of it) or this number.
///
/// # Errors
/// The database cannot be read.
pub async fn run(reader: &Reader, name: &str) -> Result<Vec<Run>, InventoryError> {
    let rows = match name.parse::<i64>() {
        Ok(seq) => {
            let sql = format!("SELECT {RUN} FROM run WHERE seq = $1");
            reader.rows(&sql, vec![seq.into()]).await?
        }
        Err(_) => {
            let upper = name.to_ascii_uppercase();
            let sql = format!(
                "SELECT {RUN} FROM run WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 20"
            );
            let end = format!("{upper}~");
            reader.rows(&sql, vec![upper.into(), end.into()]).await?
        }
    };
    rows.iter().map(read_run).collect()
}

fn read_run(row: &Row) -> Result<Run, InventoryError> {
    let text = |index| row.text(index).map(str::to_owned);
    Ok(Run {
        id: text(0)?,
        seq: row.opt_i64(1)?,
        kind: text(2)?,
        title: text(3)?,
        actor: text(4)?,
        state: text(5)?,
        started_at: TimeUs::from_micros(row.get_i64(6)?),
        ended_at: row.opt_time(7)?,
        complete: row.opt_i64(8)?.is_none(),
        observations: row.get_i64(9)?,
        added: row.get_i64(10)?,
        changed: row.get_i64(11)?,
        retired: row.get_i64(12)?,
        edges_added: row.get_i64(13)?,
        edges_ended: row.get_i64(14)?,
        older_ignored: row.get_i64(15)?,
        detail: serde_json::from_str(row.text(16)?).unwrap_or_default(),
        process_id: row.opt_i64(17)?,
    })
}

/// One source.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Source {
    /// Its row key.
    #[serde(skip)]
    pub key: i64,
    /// The kind of source.
    pub connector: String,
    /// What it speaks about.
    pub scope: String,
    /// Whether the provider itself speaks.
    pub authoritative: bool,
    /// Whether the scope was named after a file because the file does not say it.
    pub provisional: bool,
    /// The first run that read it.
    pub first_run: i64,
    /// The newest run that read it.
    pub last_run: i64,
    /// When that run committed.
    pub last_read_at: Option<TimeUs>,
    /// The newest time at which it said something, in its own time.
    pub observed_at: Option<TimeUs>,
    /// When it was removed by hand.
    pub removed_at: Option<TimeUs>,
}

/// Every source that was known, in order of connector and scope.
///
/// # Errors
/// The database cannot be read.
pub async fn sources(reader: &Reader) -> Result<Vec<Source>, InventoryError> {
    let sql = "SELECT c.source_key, c.connector, c.scope, c.authoritative_us, c.provisional_us, c.first_run, \
               c.last_run, r.committed_us, c.last_observed_us, c.removed_us FROM source c \
               LEFT JOIN run r ON r.seq = c.last_run WHERE c.first_run <= $1 ORDER BY c.connector, c.scope";
    let mut found = Vec::new();
    for row in reader.rows(sql, vec![reader.at().seq.into()]).await? {
        found.push(Source {
            key: row.get_i64(0)?,
            connector: row.text(1)?.to_owned(),
            scope: row.text(2)?.to_owned(),
            authoritative: row.opt_i64(3)?.is_some(),
            provisional: row.opt_i64(4)?.is_some(),
            first_run: row.get_i64(5)?,
            last_run: row.get_i64(6)?,
            last_read_at: row.opt_time(7)?,
            observed_at: row.opt_time(8)?,
            removed_at: row.opt_time(9)?,
        });
    }
    Ok(found)
}

/// The sources a text names: `connector`, `connector scope`, `connector[scope]` or a scope.
///
/// # Errors
/// The database cannot be read.
pub async fn source(reader: &Reader, name: &str) -> Result<Vec<Source>, InventoryError> {
    let all = sources(reader).await?;
    let names = |source: &Source| {
        let label = super::merged::label(&source.connector, &source.scope);
        [
            label,
            format!("{} {}", source.connector, source.scope),
            format!("{}:{}", source.connector, source.scope),
        ]
    };
    let exact: Vec<Source> = all
        .iter()
        .filter(|source| names(source).iter().any(|known| known == name))
        .cloned()
        .collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    Ok(all
        .into_iter()
        .filter(|source| source.connector == name || source.scope == name)
        .collect())
}
