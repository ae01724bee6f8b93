//! Types, transactions, streams, migrations: the same answers on both databases.

use std::ops::ControlFlow;

use model::TimeUs;
use store::{Db, DbUrl, Migration, Row, StoreError, Value};

const TABLE: &str = "CREATE TABLE thing (
    id BIGINT PRIMARY KEY, name TEXT NOT NULL, size DOUBLE PRECISION, note TEXT, retired_us BIGINT);
    CREATE UNIQUE INDEX thing_name ON thing (name);";
const COLUMNS: &[&str] = &["id", "name", "size", "note", "retired_us"];
const ALL: &str = "SELECT id, name, size, note, retired_us FROM thing ORDER BY id";

async fn create(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.ddl(TABLE).await.unwrap();
    tx.commit().await.unwrap();
}

fn thing(id: i64, name: &str) -> Vec<Value> {
    vec![
        id.into(),
        name.into(),
        (0.5).into(),
        Option::<&str>::None.into(),
        Option::<i64>::None.into(),
    ]
}

async fn count(db: &Db) -> i64 {
    db.read("SELECT count(*) FROM thing", vec![]).await.unwrap()[0]
        .get_i64(0)
        .unwrap()
}

fn values(rows: Vec<Row>) -> Vec<Vec<Value>> {
    rows.into_iter().map(Row::into_values).collect()
}

testkit::both_databases! {
    async fn types_and_nulls_round_trip(t: TestDb) {
        create(&t.db).await;
        let rows = vec![
            vec![i64::MIN.into(), "".into(), f64::MAX.into(), "é\n'\"\\\t".into(), 0.into()],
            vec![1.into(), "b".into(), (-0.1).into(), Value::Text(None), Value::Int(None)],
            vec![i64::MAX.into(), "\u{10ffff}".into(), Value::Real(None), "{}".into(), (-5).into()],
        ];
        let mut tx = t.db.write().await.unwrap();
        let sql = "INSERT INTO thing (id, name, size, note, retired_us) VALUES ($1, $2, $3, $4, $5)";
        for row in &rows {
            assert_eq!(tx.exec(sql, row.clone()).await.unwrap(), 1);
        }
        tx.commit().await.unwrap();
        let one = t.db.read(ALL, vec![]).await.unwrap();
        assert_eq!(values(one), rows);
        // The same through the bulk path, and read as a stream and in a transaction.
        let mut tx = t.db.write().await.unwrap();
        assert_eq!(tx.exec("DELETE FROM thing", vec![]).await.unwrap(), 3);
        tx.insert_many("thing", COLUMNS, rows.clone()).await.unwrap();
        assert_eq!(values(tx.query(ALL, vec![]).await.unwrap()), rows);
        tx.commit().await.unwrap();
        let mut streamed = Vec::new();
        t.db.read_stream(ALL, vec![], |row| {
            streamed.push(row.values().to_vec());
            ControlFlow::Continue(())
        }).await.unwrap();
        assert_eq!(streamed, rows);
    }

    async fn markers_may_repeat_and_come_in_any_order(t: TestDb) {
        let sql = "SELECT $2 || $1 || $2, CAST($3 AS BIGINT) + $3";
        let row = t.db.read_one(sql, vec!["a".into(), "b".into(), 4.into()]).await.unwrap().unwrap();
        assert_eq!((row.text(0).unwrap(), row.get_i64(1).unwrap()), ("bab", 8));
        for wrong in [vec![], vec!["a".into()], vec!["a".into(), "b".into(), 1.into(), 2.into()]] {
            let error = t.db.read(sql, wrong).await.unwrap_err();
            assert!(matches!(error, StoreError::Sql { .. }), "{error:?}");
        }
    }

    async fn what_one_database_cannot_hold_is_refused_by_both(t: TestDb) {
        create(&t.db).await;
        for bad in [thing(1, "nul\0"), vec![1.into(), "n".into(), f64::NAN.into(), "x".into(), 1.into()]] {
            let mut tx = t.db.write().await.unwrap();
            tx.insert_many("thing", COLUMNS, vec![bad]).await.unwrap();
            let error = tx.commit().await.unwrap_err();
            assert!(matches!(error, StoreError::Value { .. }), "{error:?}");
        }
        assert_eq!(count(&t.db).await, 0);
    }

    async fn a_dropped_transaction_leaves_nothing(t: TestDb) {
        create(&t.db).await;
        let mut tx = t.db.write().await.unwrap();
        tx.exec("DELETE FROM thing", vec![]).await.unwrap();
        for batch in 0..4 {
            let rows = (0..1000).map(|n| thing(batch * 1000 + n, &format!("{batch}-{n}"))).collect();
            tx.insert_many("thing", COLUMNS, rows).await.unwrap();
        }
        drop(tx);
        let mut tx = t.db.write().await.unwrap();
        tx.insert_many("thing", COLUMNS, vec![thing(1, "kept")]).await.unwrap();
        tx.commit().await.unwrap();
        let tx = t.db.write().await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(count(&t.db).await, 1);
    }

    async fn an_error_ends_the_transaction(t: TestDb) {
        create(&t.db).await;
        let mut tx = t.db.write().await.unwrap();
        tx.insert_many("thing", COLUMNS, vec![thing(1, "a")]).await.unwrap();
        tx.insert_many("thing", COLUMNS, vec![thing(2, "a-CANARY"), thing(3, "a-CANARY")]).await.unwrap();
        let error = tx.query(ALL, vec![]).await.unwrap_err();
        assert!(error.is_unique_violation(), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
        assert!(matches!(tx.exec("DELETE FROM thing", vec![]).await, Err(StoreError::Ended)));
        assert!(matches!(tx.commit().await, Err(StoreError::Ended)));
        assert_eq!(count(&t.db).await, 0);
        // Not null is a constraint too, but not a unique one.
        let mut tx = t.db.write().await.unwrap();
        let error = tx.exec("INSERT INTO thing (id) VALUES (9)", vec![]).await.unwrap_err();
        assert!(matches!(error, StoreError::Constraint { unique: false, .. }), "{error:?}");
        tx.rollback().await.unwrap();
        let error = t.db.read("SELECT nothing FROM nowhere", vec![]).await.unwrap_err();
        assert!(matches!(error, StoreError::Sql { .. }), "{error:?}");
    }

    async fn text_sorts_by_code_point(t: TestDb) {
        create(&t.db).await;
        let mut names = ["b", "B", "a", "Z", "é", "e", "_", "-", "1", "10", "2", "ß", "\u{ffff}", "😀", "\u{1F469}\u{200D}", " x", "a b", "a-b", "ab"];
        let mut tx = t.db.write().await.unwrap();
        let rows = names.iter().enumerate().map(|(n, name)| thing(i64::try_from(n).unwrap(), name)).collect();
        tx.insert_many("thing", COLUMNS, rows).await.unwrap();
        tx.commit().await.unwrap();
        names.sort_unstable();
        let rows = t.db.read("SELECT name FROM thing ORDER BY name", vec![]).await.unwrap();
        let sorted: Vec<&str> = rows.iter().map(|row| row.text(0).unwrap()).collect();
        assert_eq!(sorted, names);
        let like = "SELECT name FROM thing WHERE lower(name) LIKE lower($1) ESCAPE '\\' ORDER BY name";
        let rows = t.db.read(like, vec!["B".into()]).await.unwrap();
        assert_eq!(rows.len(), 2);
    }

    async fn updates_come_from_a_temporary_table(t: TestDb) {
        create(&t.db).await;
        for round in 0..2 {
            let mut tx = t.db.write().await.unwrap();
            tx.insert_many("thing", COLUMNS, vec![thing(round * 2, &format!("a{round}")), thing(round * 2 + 1, &format!("b{round}"))]).await.unwrap();
            tx.temp_table("staged", "id BIGINT PRIMARY KEY, note TEXT").await.unwrap();
            tx.insert_many("staged", &["id", "note"], vec![vec![(round * 2).into(), "new".into()]]).await.unwrap();
            tx.analyze("staged").await.unwrap();
            let sql = "UPDATE thing SET note = s.note FROM staged s WHERE s.id = thing.id";
            assert_eq!(tx.exec(sql, vec![]).await.unwrap(), 1);
            tx.commit().await.unwrap();
        }
        let rows = t.db.read("SELECT id FROM thing WHERE note = 'new' ORDER BY id", vec![]).await.unwrap();
        assert_eq!(values(rows), vec![vec![Value::from(0)], vec![Value::from(2)]]);
    }

    async fn many_statements_report_what_they_changed(t: TestDb) {
        create(&t.db).await;
        let mut tx = t.db.write().await.unwrap();
        let sets = (0..300).map(|n| vec![i64::from(n % 100).into(), format!("n{n}").into()]).collect();
        let sql = "INSERT INTO thing (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name";
        assert_eq!(tx.exec_many(sql, sets).await.unwrap(), 300);
        tx.commit().await.unwrap();
        assert_eq!(count(&t.db).await, 100);
    }

    async fn a_snapshot_does_not_move(t: TestDb) {
        create(&t.db).await;
        let before = t.db.snapshot().await.unwrap();
        let mut tx = t.db.write().await.unwrap();
        tx.insert_many("thing", COLUMNS, vec![thing(1, "a")]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(before.read("SELECT count(*) FROM thing", vec![]).await.unwrap()[0].get_i64(0).unwrap(), 0);
        assert_eq!(count(&t.db).await, 1);
    }

    async fn two_hundred_thousand_rows_go_in_and_stream_out(t: TestDb) {
        create(&t.db).await;
        let mut tx = t.db.write().await.unwrap();
        for batch in 0..40_i64 {
            let rows = (0..5000).map(|n| thing(batch * 5000 + n, &format!("name-{batch}-{n}"))).collect();
            assert_eq!(tx.insert_many("thing", COLUMNS, rows).await.unwrap(), 5000);
        }
        tx.commit().await.unwrap();
        assert_eq!(count(&t.db).await, 200_000);
        let mut seen = 0_i64;
        t.db.read_stream(ALL, vec![], |row| {
            assert_eq!(row.get_i64(0).unwrap(), seen);
            assert_eq!(row.text(1).unwrap(), format!("name-{}-{}", seen / 5000, seen % 5000));
            seen += 1;
            ControlFlow::Continue(())
        }).await.unwrap();
        assert_eq!(seen, 200_000);
        // Stopping early ends the query, and the database stays usable.
        let mut few = 0;
        t.db.read_stream(ALL, vec![], |_| {
            few += 1;
            if few == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }).await.unwrap();
        assert_eq!(few, 10);
        // A slow reader gets its rows batch by batch, and nobody runs far ahead of it.
        let mut stream = t.db.stream(ALL, vec![]).await.unwrap();
        let first = stream.next_batch().await.unwrap().unwrap();
        assert!(!first.is_empty() && first.len() <= 512, "{}", first.len());
    }

    async fn migrations_go_up_once_and_a_newer_schema_is_refused(t: TestDb) {
        let now = TimeUs::from_seconds(1_700_000_000);
        let one = Migration { version: 1, name: "thing", sql: TABLE };
        let two = Migration { version: 2, name: "more", sql: "ALTER TABLE thing ADD COLUMN extra TEXT;" };
        assert_eq!(t.db.schema_version().await.unwrap(), 0);
        let error = t.db.require_current(&[one]).await.unwrap_err();
        assert!(matches!(error, StoreError::OlderSchema { found: 0, known: 1 }));
        assert_eq!(t.db.migrate(&[one], now).await.unwrap(), [1]);
        let other = Db::open(&t.url).await.unwrap();
        let both = [one, two];
        let (a, b) = tokio::join!(t.db.migrate(&both, now), other.migrate(&both, now));
        assert_eq!([a.unwrap(), b.unwrap()].concat(), [2]);
        assert_eq!(t.db.migrate(&both, now).await.unwrap(), [0; 0]);
        t.db.require_current(&both).await.unwrap();
        let error = t.db.migrate(&[one], now).await.unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { found: 2, known: 1 }), "{error:?}");
        assert!(t.db.require_current(&[one]).await.unwrap_err().to_string().contains("schema 2 is newer"));
        // A step that fails leaves nothing of itself.
        let broken = Migration { version: 3, name: "broken", sql: "CREATE TABLE half (id BIGINT); SELECT nothing FROM nowhere;" };
        assert!(t.db.migrate(&[one, two, broken], now).await.is_err());
        assert_eq!(t.db.schema_version().await.unwrap(), 2);
        assert!(t.db.read("SELECT id FROM half", vec![]).await.is_err());
    }

    async fn a_healthy_database_checks_and_compacts(t: TestDb) {
        create(&t.db).await;
        let mut tx = t.db.write().await.unwrap();
        tx.insert_many("thing", COLUMNS, vec![thing(1, "a")]).await.unwrap();
        tx.commit().await.unwrap();
        t.db.compact().await.unwrap();
        assert_eq!(t.db.check(&["thing"]).await.unwrap(), [""; 0]);
        assert_eq!(count(&t.db).await, 1);
        assert!(!t.db.explain(ALL, vec![]).await.unwrap().is_empty());
        assert!(t.db.check(&["thing; drop table thing"]).await.is_err());
    }
}

#[tokio::test]
async fn files_that_are_no_database_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.db");
    std::fs::write(
        &file,
        "this is a text file and not a database at all".repeat(100),
    )
    .unwrap();
    let error = Db::open(&DbUrl::sqlite(&file)).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    let missing = DbUrl::sqlite(folder.path().join("none.db"));
    let error = Db::open_existing(&missing).await.unwrap_err();
    assert!(
        error.to_string().contains("there is no database yet"),
        "{error}"
    );
    let nowhere = DbUrl::sqlite(folder.path().join("no/such/folder/x.db"));
    assert!(matches!(
        Db::open(&nowhere).await,
        Err(StoreError::Io { .. })
    ));
}

#[tokio::test]
async fn an_absent_server_is_unreachable() {
    let url = DbUrl::parse("postgres://me:CANARY@127.0.0.1:1/x").unwrap();
    let error = Db::open(&url).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("CANARY"));
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_private_to_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DbUrl::sqlite(folder.path().join("p.db")))
        .await
        .unwrap();
    create(&db).await;
    let copy = folder.path().join("copy.db");
    db.copy_to(copy.clone()).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{entry:?}"
        );
        files += 1;
    }
    assert!(files >= 4, "database, wal, shm and copy, but {files}");
    let copy = Db::open_existing(&DbUrl::sqlite(copy)).await.unwrap();
    assert_eq!(count(&copy).await, 0);
}

#[tokio::test]
async fn damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("d.db");
    let db = Db::open(&DbUrl::sqlite(&file)).await.unwrap();
    create(&db).await;
    let mut tx = db.write().await.unwrap();
    let rows = (0..5000).map(|n| thing(n, &format!("name-{n}"))).collect();
    tx.insert_many("thing", COLUMNS, rows).await.unwrap();
    tx.commit().await.unwrap();
    db.compact().await.unwrap();
    drop(db);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    let damaged = folder.path().join("damaged.db");
    std::fs::write(&damaged, bytes).unwrap();
    let db = Db::open(&DbUrl::sqlite(damaged)).await.unwrap();
    let found = db.check(&["thing"]).await;
    assert!(!found.is_ok_and(|faults| faults.is_empty()));
}

#[tokio::test]
async fn points_to_nothing_are_refused_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&DbUrl::sqlite(folder.path().join("f.db")))
        .await
        .unwrap();
    let mut tx = db.write().await.unwrap();
    tx.ddl("CREATE TABLE a (id BIGINT PRIMARY KEY); CREATE TABLE b (id BIGINT PRIMARY KEY, a_id BIGINT REFERENCES a (id));").await.unwrap();
    tx.commit().await.unwrap();
    let orphan = "INSERT INTO b (id, a_id) VALUES (1, 1)";
    let mut tx = db.write().await.unwrap();
    let error = tx.exec(orphan, vec![]).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Constraint { unique: false, .. }),
        "{error:?}"
    );
    tx.rollback().await.unwrap();
    db.outside_transaction(&format!(
        "PRAGMA foreign_keys = OFF; {orphan}; PRAGMA foreign_keys = ON"
    ))
    .await
    .unwrap();
    assert_eq!(
        db.check(&["b"]).await.unwrap(),
        ["a row of b points to no row of a"]
    );
}
