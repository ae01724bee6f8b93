//! Kill at any point: nothing lost, nothing half visible, and the import can be run again.

use std::process::{Command, Stdio};
use std::time::Duration;

use inventory::Spool;
use model::{Attributes, Observation, Sink as _};
use testkit::both_databases;

use crate::estate::{self, Run, day, iam, picture, rows, user};

/// Set in the child: the address of the database to import into.
const CHILD: &str = "COUNTERSIGN_TEST_IMPORT_INTO";
const USERS: usize = 3_000;

fn import(folder: &std::path::Path) -> Spool {
    let mut spool = Spool::new(folder);
    for n in 0..USERS {
        let said = Observation::new(
            user(&format!("u{n:05}")),
            day(1),
            Attributes::named(format!("u{n:05}"), "u"),
        );
        spool.observe(&iam(), said).unwrap();
    }
    spool
}

/// Not a test of its own: what the child process of the tests below does.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the parent talks to its child"
)]
fn child_imports() {
    let Ok(address) = std::env::var(CHILD) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let db = store::Db::open(&store::DbUrl::parse(&address).unwrap())
                .await
                .unwrap();
            estate::apply(&db, import(folder.path()), day(1)).await;
        });
}

#[expect(clippy::disallowed_methods, reason = "a test starts itself as a child")]
fn start_child(address: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::child_imports", "--nocapture"])
        .env(CHILD, address)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

both_databases! {
    async fn a_killed_import_leaves_no_trace_and_runs_again(t: TestDb) {
        Run::new(&t, day(0)).user("before").key_of("AKIA1", "before").apply(&t).await;
        let before = picture(&t.db).await;
        let mut killed = 0;
        for step in 0..14_u64 {
            let mut child = start_child(&t.address);
            std::thread::sleep(Duration::from_millis(15 + step * 25));
            let finished = child.try_wait().unwrap().is_some();
            child.kill().ok();
            child.wait().unwrap();
            if finished {
                break;
            }
            let now = picture(&t.db).await;
            if now.len() > before.len() {
                // It was killed after its commit: then everything is there.
                assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node").await, [(USERS + 2).to_string()]);
                break;
            }
            killed += 1;
            assert_eq!(now, before, "after kill {step}");
        }
        assert!(killed > 2, "the kills came too late to prove anything");
        let folder = tempfile::tempdir().unwrap();
        estate::apply(&t.db, import(folder.path()), day(1)).await;
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node_version WHERE to_run IS NULL").await, [(USERS + 2).to_string()]);
        assert_eq!(t.db.check(&[]).await.unwrap(), Vec::<String>::new());
    }

    async fn two_writers_at_once_lose_nothing(t: TestDb) {
        t.db.migrate(store::MIGRATIONS, day(0)).await.unwrap();
        let mut children = [start_child(&t.address), start_child(&t.address)];
        Run::new(&t, day(0)).user("meanwhile").apply(&t).await;
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node_version WHERE to_run IS NULL").await, [(USERS + 1).to_string()]);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM run WHERE state = 'committed' AND seq IS NOT NULL").await, ["3"]);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node_version").await, [(USERS + 1).to_string()], "the second of two equal imports adds no version");
    }
}
