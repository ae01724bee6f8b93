//! Two writers at once, and a writer that is killed.

use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use store::{Db, DbUrl, Value};

/// Set for the child process that a test starts from this same program.
const CHILD: &str = "COUNTERSIGN_STORE_TEST_CHILD";

async fn create(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.ddl("CREATE TABLE tally (id BIGINT PRIMARY KEY, n BIGINT NOT NULL); CREATE TABLE line (id BIGINT PRIMARY KEY, t TEXT NOT NULL);").await.unwrap();
    tx.exec("INSERT INTO tally (id, n) VALUES (1, 0)", vec![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Reads, then writes what it read plus one: loses counts unless writers exclude each other.
async fn add_one(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let n = tx
        .query("SELECT n FROM tally WHERE id = 1", vec![])
        .await
        .unwrap()[0]
        .get_i64(0)
        .unwrap();
    tokio::task::yield_now().await;
    tx.exec("UPDATE tally SET n = $1 WHERE id = 1", vec![(n + 1).into()])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn tally(db: &Db) -> i64 {
    db.read("SELECT n FROM tally WHERE id = 1", vec![])
        .await
        .unwrap()[0]
        .get_i64(0)
        .unwrap()
}

fn child(role: &str, address: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "writers::child_process", "--nocapture"]);
    command
        .env(CHILD, format!("{role} {address}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// What the child does; without the variable this is a test with nothing to do.
#[tokio::test]
async fn child_process() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how the parent talks to its child"
    )]
    let Ok(order) = std::env::var(CHILD) else {
        return;
    };
    let (role, address) = order.split_once(' ').unwrap();
    let db = Db::open(&DbUrl::parse(address).unwrap()).await.unwrap();
    if role == "count" {
        for _ in 0..50 {
            add_one(&db).await;
        }
        return;
    }
    if role == "stream" {
        return stream_half_a_gigabyte(&db).await;
    }
    let mut tx = db.write().await.unwrap();
    tx.exec("UPDATE tally SET n = 1000000", vec![])
        .await
        .unwrap();
    // More than the page cache, so that unfinished work reaches the disk.
    for batch in 0..30_i64 {
        let rows = (0..1000)
            .map(|n| vec![(batch * 1000 + n).into(), Value::from("x".repeat(4000))])
            .collect();
        tx.insert_many("line", &["id", "t"], rows).await.unwrap();
    }
    tx.query("SELECT 1", vec![]).await.unwrap();
    println!("\nin the middle");
    tokio::time::sleep(std::time::Duration::from_mins(2)).await;
    tx.commit().await.unwrap();
}

/// Reads far more than may ever be in memory at once, and looks at the peak afterwards.
async fn stream_half_a_gigabyte(db: &Db) {
    let sql = "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 250000) SELECT i, $1 || i FROM n";
    let mut bytes = 0;
    db.read_stream(sql, vec!["x".repeat(2000).into()], |row| {
        bytes += row.text(1).unwrap().len();
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    assert!(bytes > 500_000_000);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 100_000, "peak {kib} KiB");
}

testkit::both_databases! {
    async fn a_stream_needs_little_memory(t: TestDb) {
        let mut process = child("stream", &t.address).spawn().unwrap();
        assert!(tokio::task::spawn_blocking(move || process.wait()).await.unwrap().unwrap().success());
    }

    async fn two_writers_lose_nothing(t: TestDb) {
        create(&t.db).await;
        let mut process = child("count", &t.address).spawn().unwrap();
        let other = Db::open(&t.url).await.unwrap();
        let mut work = Vec::new();
        for n in 0..40 {
            let db = if n % 2 == 0 { t.db.clone() } else { other.clone() };
            work.push(tokio::spawn(async move { add_one(&db).await }));
        }
        for one in work {
            one.await.unwrap();
        }
        assert!(tokio::task::spawn_blocking(move || process.wait()).await.unwrap().unwrap().success());
        assert_eq!(tally(&t.db).await, 90);
        assert_eq!(t.db.check(&["tally"]).await.unwrap(), [""; 0]);
    }

    async fn a_killed_writer_leaves_nothing_half_done(t: TestDb) {
        create(&t.db).await;
        let mut process = child("hang", &t.address).spawn().unwrap();
        let mut out = process.stdout.take().unwrap();
        let process = tokio::task::spawn_blocking(move || {
            let mut seen = Vec::new();
            let mut byte = [0];
            while !seen.ends_with(b"in the middle") {
                std::io::Read::read_exact(&mut out, &mut byte).expect("the child ended early");
                seen.push(byte[0]);
            }
            // SIGKILL: no destructor, no rollback of its own.
            process.kill().unwrap();
            process.wait().unwrap();
        });
        process.await.unwrap();
        // The lock is free again, and nothing of the work is there.
        add_one(&t.db).await;
        assert_eq!(tally(&t.db).await, 1);
        let lines = t.db.read("SELECT count(*) FROM line", vec![]).await.unwrap();
        assert_eq!(lines[0].get_i64(0).unwrap(), 0);
        let again = Db::open(&t.url).await.unwrap();
        assert_eq!(tally(&again).await, 1);
        assert_eq!(again.check(&["tally", "line"]).await.unwrap(), [""; 0]);
    }

    async fn a_cancelled_writer_frees_the_lock(t: TestDb) {
        create(&t.db).await;
        let held = t.db.write().await.unwrap();
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), t.db.write()).await;
        assert!(waiting.is_err());
        drop(held);
        add_one(&t.db).await;
        assert_eq!(tally(&t.db).await, 1);
    }
}
