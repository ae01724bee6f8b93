//! Kill at every write point: nothing lost, nothing half visible, and the import can be run again.

use std::process::{Child, Command, ExitStatus, Stdio};

use inventory::{RunKind, Spool, edit};
use model::{
    Alias, Attributes, Coverage, CoverageState, EdgeKind, NodeKind, NodeRef, Observation,
    ObservedEdge, Sink as _,
};
use testkit::both_databases;

use crate::estate::{self, Run, day, iam, picture, rows, start, user};

/// Set in the child: the address of the database.
const CHILD: &str = "COUNTERSIGN_TEST_IMPORT_INTO";
/// Set in the child: at which write point it ends.
const POINT: &str = "COUNTERSIGN_TEST_ABORT_AT";
/// Set in the child: what it does.
const JOB: &str = "COUNTERSIGN_TEST_JOB";

const USERS: usize = 8;

/// An import that adds, changes, merges and retires.
fn import(folder: &std::path::Path) -> Spool {
    let mut spool = Spool::new(folder);
    let account = NodeRef::global(NodeKind::Account, "aws", "111122223333");
    for n in 0..USERS {
        let said = Observation::new(
            user(&format!("u{n:05}")),
            day(1),
            Attributes::named(format!("u-{n:05}"), "u"),
        )
        .edge(ObservedEdge::to(EdgeKind::PartOf, account.clone()))
        .alias(Alias::same(format!("pair:{}", n / 2)));
        spool.observe(&iam(), said).unwrap();
    }
    let changed = Observation::new(user("before"), day(1), Attributes::named("after", "u"));
    spool.observe(&iam(), changed).unwrap();
    let mut coverage = Coverage::complete(&iam(), None, "inventory");
    coverage.state = CoverageState::Complete;
    spool.cover(coverage).unwrap();
    spool
}

/// Not a test of its own: what the child process of the tests below does.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the parent talks to its child"
)]
fn child() {
    let Ok(address) = std::env::var(CHILD) else {
        return;
    };
    let job = std::env::var(JOB).unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let db = store::Db::open(&store::DbUrl::parse(&address).unwrap())
                .await
                .unwrap();
            db.migrate(store::MIGRATIONS, day(0)).await.unwrap();
            if let Some(point) = std::env::var(POINT)
                .ok()
                .and_then(|point| point.parse().ok())
            {
                store::abort_at_point(point);
            }
            match job.as_str() {
                "purge" => {
                    let run = start(RunKind::Maintenance, day(3));
                    edit::remove_source(&db, &run, "aws.test", "111122223333", true, day(3))
                        .await
                        .unwrap();
                }
                _ => {
                    estate::apply(&db, import(folder.path()), day(1)).await;
                }
            }
        });
}

fn start_child(address: &str, job: &str, point: Option<u64>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "kill::child", "--nocapture"])
        .env(CHILD, address)
        .env(JOB, job);
    if let Some(point) = point {
        command.env(POINT, point.to_string());
    }
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs the job again and again, each time ending it one write point later, until it gets through.
/// Gives how often it was killed.
async fn kill_at_every_point(t: &testkit::TestDb, job: &str) -> u64 {
    let before = picture(&t.db).await;
    for point in 1.. {
        let status: ExitStatus = start_child(&t.address, job, Some(point)).wait().unwrap();
        if status.success() {
            return point - 1;
        }
        let now = picture(&t.db).await;
        if now != before {
            // Past the commit: then everything is there, and the child was ended after it.
            let status = start_child(&t.address, job, Some(point + 1))
                .wait()
                .unwrap();
            assert!(
                status.success() || job == "purge",
                "only the point after the commit may show the new state"
            );
            return point;
        }
        assert!(point < 400, "the job never ends");
    }
    0
}

both_databases! {
    async fn an_import_killed_at_any_write_point_leaves_no_trace(t: TestDb) {
        Run::new(&t, day(0)).user("before").user("gone").key_of("AKIA1", "before").apply(&t).await;
        let killed = kill_at_every_point(&t, "import").await;
        assert!(killed > 30, "only {killed} points: the hooks are gone");
        let folder = tempfile::tempdir().unwrap();
        estate::apply(&t.db, import(folder.path()), day(1)).await;
        let standing = estate::standing(&t.db).await;
        assert_eq!(standing.values().filter(|state| *state == "active").count(), USERS / 2 + 1);
        assert_eq!(standing.values().filter(|state| *state == "retired").count(), 2);
        assert_eq!(standing.get("after").map(String::as_str), Some("active"));
        assert_eq!(t.db.check(&[]).await.unwrap(), Vec::<String>::new());
    }

    async fn a_purge_killed_at_any_write_point_leaves_no_trace(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").key_of("AKIA1", "amy").apply(&t).await;
        let killed = kill_at_every_point(&t, "purge").await;
        assert!(killed > 8, "only {killed} points: the hooks are gone");
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM sighting").await, ["0"]);
    }

    async fn two_writers_at_once_lose_nothing(t: TestDb) {
        t.db.migrate(store::MIGRATIONS, day(0)).await.unwrap();
        let mut children = [start_child(&t.address, "import", None), start_child(&t.address, "import", None)];
        Run::new(&t, day(0)).user("meanwhile").apply(&t).await;
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        let users = rows(&t.db, "SELECT COUNT(*) FROM node WHERE native_id LIKE '%:user/u%'").await;
        assert_eq!(users, [USERS.to_string()]);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM run WHERE state = 'committed' AND seq IS NOT NULL").await, ["3"]);
        let twice = rows(&t.db, "SELECT COUNT(*) FROM (SELECT node_key FROM node_version WHERE to_run IS NULL GROUP BY node_key HAVING COUNT(*) > 1) x").await;
        assert_eq!(twice, ["0"]);
    }
}
