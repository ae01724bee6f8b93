//! How long questions take: look-ups by every sort of name, lists, whole records.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use inventory::read::{self, Found, ListQuery, LookupQuery, Reader, SCHEMA, When};
use model::filter::{self, Filter};
use model::{NodeKind, TimeUs};
use serde::{Deserialize, Serialize};
use store::{Db, Dialect};

use crate::database;
use crate::estate::Rng;
use crate::process::Stopwatch;

/// Subjects drawn from the inventory; each is asked about once per question.
const SUBJECTS: u64 = 200;
/// Lists are asked for this often.
const LISTS: usize = 30;

/// What one question took.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Half of the answers came within this.
    pub p50_us: u64,
    /// 99 of 100 answers came within this.
    pub p99_us: u64,
    /// Rows visited by scans without an index, of all answers (SQLite: steps, PostgreSQL: rows).
    pub scanned: i64,
    /// Tables scanned by PostgreSQL, statements that scanned on SQLite.
    pub scans: Vec<String>,
}

/// By question.
pub type Answers = BTreeMap<String, Asked>;

/// Names of things that are in the inventory.
#[derive(Debug, Default)]
struct Subjects {
    keys: Vec<i64>,
    native_ids: Vec<String>,
    names: Vec<String>,
    aliases: Vec<String>,
}

/// Asks every question.
///
/// # Errors
/// The database cannot be read.
pub async fn ask(url: &str, now: TimeUs, scans: &ScanLog) -> anyhow::Result<Answers> {
    let db = database::open(url, now).await?;
    let subjects = subjects(&db).await?;
    if db.dialect() == Dialect::Postgres {
        scans.since(postgres_scans(&db).await?);
    }
    let mut answers = Answers::new();
    for (question, names) in [
        ("look up a native id", &subjects.native_ids),
        ("look up another name", &subjects.aliases),
        ("look up a name", &subjects.names),
    ] {
        let timed = look_up(&db, names).await?;
        note(&mut answers, question, timed, &db, scans).await?;
    }
    let beginnings: Vec<String> = subjects
        .names
        .iter()
        .map(|name| name.chars().take(14).collect())
        .collect();
    let timed = look_up(&db, &beginnings).await?;
    note(
        &mut answers,
        "look up the beginning of a name",
        timed,
        &db,
        scans,
    )
    .await?;
    let mut times = Vec::new();
    for key in &subjects.keys {
        let watch = Stopwatch::start();
        let reader = Reader::open(&db, When::Latest).await?;
        read::record(&reader, *key).await?;
        times.push(watch.elapsed());
    }
    note(&mut answers, "read a whole record", times, &db, scans).await?;
    for (question, text) in [
        ("first page of identities", ""),
        ("page filtered by tenant", "tenant = \"100000000000\""),
        ("page filtered by never used", "last_used = never"),
        (
            "page of one subtype and team",
            "subtype = aws_iam_role AND tags.team = payments",
        ),
    ] {
        let filter = if text.is_empty() {
            Filter::All
        } else {
            filter::parse(text, &SCHEMA)?
        };
        let mut times = Vec::new();
        for _ in 0..LISTS {
            let watch = Stopwatch::start();
            let reader = Reader::open(&db, When::Latest).await?;
            let query = ListQuery {
                kind: NodeKind::Identity,
                classes: &[],
                subtypes: &[],
                filter: &filter,
                now,
                retired: false,
                referenced: false,
                by_risk: false,
                cursor: None,
                limit: 50,
            };
            read::list(&reader, &query).await?;
            times.push(watch.elapsed());
        }
        note(&mut answers, question, times, &db, scans).await?;
    }
    Ok(answers)
}

/// Looks one name up and reads its record, as `who` does; for a process that starts cold.
///
/// # Errors
/// The database cannot be read.
pub async fn who(url: &str, name: &str, now: TimeUs) -> anyhow::Result<bool> {
    let db = database::open(url, now).await?;
    let reader = Reader::open(&db, When::Latest).await?;
    match read::lookup(
        &reader,
        LookupQuery {
            text: name,
            kinds: &[],
        },
    )
    .await?
    {
        Found::Exact(node) => {
            read::record(&reader, node.key).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Some native id of an identity.
///
/// # Errors
/// The database cannot be read.
pub async fn some_identity(url: &str, now: TimeUs) -> anyhow::Result<String> {
    let db = database::open(url, now).await?;
    let found = subjects(&db).await?;
    Ok(found.native_ids.into_iter().next().unwrap_or_default())
}

async fn subjects(db: &Db) -> anyhow::Result<Subjects> {
    let last = db
        .read_one("SELECT MAX(node_key) FROM node", Vec::new())
        .await?;
    let last = last.map_or(Ok(0), |row| row.get_i64(0))?;
    let mut rng = Rng::of(7, 7);
    let mut subjects = Subjects::default();
    for _ in 0..SUBJECTS {
        let from = i64::try_from(rng.below(u64::try_from(last).unwrap_or(1)))?;
        let sql = "SELECT n.node_key, n.native_id, v.name, (SELECT MIN(a.alias_text) FROM alias a WHERE a.node_key = n.node_key) \
                   FROM node n JOIN node_version v ON v.node_key = n.node_key AND v.to_run IS NULL \
                   WHERE n.node_key > $1 AND n.kind = 'identity' ORDER BY n.node_key LIMIT 1";
        let Some(row) = db.read_one(sql, vec![from.into()]).await? else {
            continue;
        };
        subjects.keys.push(row.get_i64(0)?);
        subjects.native_ids.push(row.text(1)?.to_owned());
        subjects.names.push(row.text(2)?.to_owned());
        subjects.aliases.extend(row.opt_text(3)?.map(str::to_owned));
    }
    Ok(subjects)
}

async fn look_up(db: &Db, names: &[String]) -> anyhow::Result<Vec<std::time::Duration>> {
    let mut times = Vec::with_capacity(names.len());
    for name in names {
        let watch = Stopwatch::start();
        let reader = Reader::open(db, When::Latest).await?;
        let found = read::lookup(
            &reader,
            LookupQuery {
                text: name,
                kinds: &[],
            },
        )
        .await?;
        times.push(watch.elapsed());
        anyhow::ensure!(found != Found::None, "`{name}` was not found");
    }
    Ok(times)
}

async fn note(
    answers: &mut Answers,
    question: &str,
    mut times: Vec<std::time::Duration>,
    db: &Db,
    scans: &ScanLog,
) -> anyhow::Result<()> {
    times.sort_unstable();
    let at = |percent: usize| {
        let index = (times.len().saturating_sub(1)) * percent / 100;
        times.get(index).map_or(0, |time| {
            u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
        })
    };
    let (p50_us, p99_us) = (at(50), at(99));
    let seen = match db.dialect() {
        Dialect::Sqlite => scans.take(),
        Dialect::Postgres => scans.since(postgres_scans(db).await?),
    };
    let asked = Asked {
        p50_us,
        p99_us,
        scanned: seen.values().sum(),
        scans: seen
            .into_iter()
            .map(|(what, rows)| format!("{what}: {rows}"))
            .collect(),
    };
    answers.insert(question.to_owned(), asked);
    Ok(())
}

/// Rows the server has visited so far in scans without an index; tables below a thousand rows do
/// not count, they are read whole on purpose.
async fn postgres_scans(db: &Db) -> anyhow::Result<BTreeMap<String, i64>> {
    // Sessions report their counts when they end or after a second of rest.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let sql = "SELECT CAST(relname AS TEXT), seq_tup_read FROM pg_stat_user_tables \
               WHERE n_live_tup > 1000";
    let mut seen = BTreeMap::new();
    for row in db.read(sql, Vec::new()).await? {
        seen.insert(row.text(0)?.to_owned(), row.get_i64(1)?);
    }
    Ok(seen)
}

/// Statements that visited rows without an index, as the store reports them on SQLite.
#[derive(Debug, Clone, Default)]
pub struct ScanLog(Arc<Mutex<BTreeMap<String, i64>>>);

/// By statement or table, how many rows.
type Scans = BTreeMap<String, i64>;

impl ScanLog {
    fn take(&self) -> BTreeMap<String, i64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was added to a server's counts since the last call.
    fn since(&self, now: Scans) -> Scans {
        let mut before = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let added = now
            .iter()
            .map(|(table, rows)| {
                (
                    table.clone(),
                    rows - before.get(table).copied().unwrap_or(0),
                )
            })
            .filter(|(_, rows)| *rows > 0)
            .collect();
        *before = now;
        added
    }

    /// Begins to listen to the store.
    ///
    /// # Errors
    /// Somebody listens already.
    pub fn listen(&self) -> anyhow::Result<()> {
        Ok(tracing::subscriber::set_global_default(Listener(
            self.clone(),
        ))?)
    }
}

/// Hears the store's reports of scans and nothing else.
struct Listener(ScanLog);

#[derive(Default)]
struct Report {
    sql: String,
    steps: i64,
}

impl tracing::field::Visit for Report {
    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}

    fn record_i64(&mut self, field: &tracing::field::Field, value: i64) {
        if field.name() == "scanned" {
            self.steps = value;
        }
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        if field.name() == "sql" {
            value.clone_into(&mut self.sql);
        }
    }
}

impl tracing::Subscriber for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "store::scan"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut report = Report::default();
        event.record(&mut report);
        let mut log = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *log.entry(report.sql).or_default() += report.steps;
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
