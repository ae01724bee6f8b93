//! A small language for tests: say things, apply them, look at what stands.

use std::collections::BTreeMap;

use inventory::{Applied, RunKind, RunStart, Spool};
use model::{
    Alias, Attributes, Coverage, CoverageState, EdgeKind, NodeKind, NodeRef, Observation,
    ObservedEdge, Sink as _, SourceRef, TimeUs,
};
use store::{Db, MIGRATIONS};
use testkit::TestDb;

/// A time `n` days into the test's world.
pub(crate) fn day(n: i64) -> TimeUs {
    TimeUs::from_seconds(1_700_000_000).plus_days(n)
}

pub(crate) fn user(name: &str) -> NodeRef {
    NodeRef::global(
        NodeKind::Identity,
        "aws",
        format!("arn:aws:iam::111122223333:user/{name}"),
    )
}

pub(crate) fn key(id: &str) -> NodeRef {
    NodeRef::global(NodeKind::Credential, "aws", id)
}

pub(crate) fn iam() -> SourceRef {
    SourceRef::new("aws.test", "111122223333")
}

/// Things said in one run.
pub(crate) struct Run {
    pub(crate) spool: Spool,
    now: TimeUs,
}

impl Run {
    pub(crate) fn new(t: &TestDb, now: TimeUs) -> Self {
        Self {
            spool: Spool::new(t.folder()),
            now,
        }
    }

    pub(crate) fn say(mut self, source: &SourceRef, observation: Observation) -> Self {
        self.spool.observe(source, observation).unwrap_or_default();
        self
    }

    pub(crate) fn user(self, name: &str) -> Self {
        let said = Observation::new(
            user(name),
            self.now,
            Attributes::named(name, "aws_iam_user"),
        );
        self.say(&iam(), said)
    }

    pub(crate) fn key_of(self, id: &str, of: &str) -> Self {
        let said = Observation::new(key(id), self.now, Attributes::named(id, "aws_access_key"))
            .edge(ObservedEdge::to(EdgeKind::Authenticates, user(of)))
            .alias(Alias::same(format!("aws:key_slot:{of}")));
        self.say(&iam(), said)
    }

    pub(crate) fn covered(mut self, source: &SourceRef, state: CoverageState, place: &str) -> Self {
        let mut coverage = Coverage::complete(source, None, "inventory");
        coverage.state = state;
        place.clone_into(&mut coverage.place);
        self.spool.cover(coverage).unwrap_or_default();
        self
    }

    pub(crate) async fn apply(self, t: &TestDb) -> Applied {
        apply(&t.db, self.spool, self.now).await
    }
}

pub(crate) fn start(kind: RunKind, now: TimeUs) -> RunStart {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    RunStart {
        id: format!("run-{}-{number}", std::process::id()),
        kind,
        title: "test".to_owned(),
        actor: "tester".to_owned(),
        started: now,
        process_id: i64::from(std::process::id()),
    }
}

pub(crate) async fn apply(db: &Db, spool: Spool, now: TimeUs) -> Applied {
    db.migrate(MIGRATIONS, now).await.expect("migrate");
    let run = inventory::begin(db, &start(RunKind::Import, now))
        .await
        .expect("begin");
    inventory::apply(
        db,
        run,
        spool,
        &|connector| !connector.starts_with("plan."),
        now,
    )
    .await
    .expect("apply")
}

/// Every row of a table as text, for whole-database comparisons.
pub(crate) async fn rows(db: &Db, sql: &str) -> Vec<String> {
    db.read(sql, Vec::new())
        .await
        .expect(sql)
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .values()
                .iter()
                .map(|value| match value {
                    store::Value::Int(Some(number)) => number.to_string(),
                    store::Value::Text(Some(text)) => text.clone(),
                    store::Value::Real(Some(number)) => number.to_string(),
                    _ => "-".to_owned(),
                })
                .collect();
            cells.join("|")
        })
        .collect()
}

/// The records in force: name, state.
pub(crate) async fn standing(db: &Db) -> BTreeMap<String, String> {
    rows(
        db,
        "SELECT name || '|' || CASE WHEN retired_us IS NOT NULL THEN 'retired' WHEN referenced_us IS NOT NULL \
         THEN 'referenced' ELSE 'active' END FROM node_version WHERE to_run IS NULL ORDER BY name, node_key",
    )
    .await
    .into_iter()
    .filter_map(|row| row.split_once('|').map(|(name, state)| (name.to_owned(), state.to_owned())))
    .collect()
}

/// What no import order may change: records, their facts, edges by id, memberships.
pub(crate) async fn picture(db: &Db) -> Vec<String> {
    let mut all = rows(
        db,
        "SELECT n.id, v.kind, v.name, v.class, v.subtype, v.last_used_us, v.last_used_state, v.created_us, v.expires_state, \
         v.referenced_us IS NULL, v.retired_us IS NULL FROM node_version v JOIN node n ON n.node_key = v.node_key \
         WHERE v.to_run IS NULL ORDER BY n.id",
    )
    .await;
    all.extend(
        rows(
            db,
            "SELECT a.id, b.id, e.kind, e.reversed, s.connector FROM edge e JOIN node a ON a.node_key = e.by_key \
             JOIN node b ON b.node_key = e.other_key JOIN source s ON s.source_key = e.source_key \
             WHERE e.to_run IS NULL ORDER BY a.id, b.id, e.kind, s.connector",
        )
        .await,
    );
    all.extend(
        rows(
            db,
            "SELECT a.id, b.id FROM member m JOIN node a ON a.node_key = m.node_key JOIN node b ON b.node_key = m.root_key \
             WHERE m.to_run IS NULL ORDER BY a.id",
        )
        .await,
    );
    all.extend(rows(db, "SELECT n.id, t.name, t.value FROM tag t JOIN node n ON n.node_key = t.node_key WHERE t.to_run IS NULL ORDER BY n.id, t.name").await);
    all
}
