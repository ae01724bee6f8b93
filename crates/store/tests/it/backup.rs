//! A backup of one database loads into either.

use model::TimeUs;
use store::{Db, Migration, Row, StoreError, Value};
use testkit::TestDb;
use testkit::database::{on_postgres, on_sqlite};

const NOW: TimeUs = TimeUs::EPOCH;
const SCHEMA: Migration = Migration {
    version: 1,
    name: "start",
    sql: "CREATE TABLE parent (id BIGINT PRIMARY KEY, name TEXT NOT NULL);
          INSERT INTO parent (id, name) VALUES (1, 'put in by the migration');
          CREATE TABLE child (
              id BIGINT PRIMARY KEY,
              parent_id BIGINT NOT NULL REFERENCES parent (id),
              weight DOUBLE PRECISION, note TEXT);",
};
const LATER: Migration = Migration {
    version: 2,
    name: "later",
    sql: "ALTER TABLE child ADD COLUMN extra BIGINT;",
};
const TABLES: &[&str] = &["parent", "child"];

async fn fill(db: &Db) {
    db.migrate(&[SCHEMA], NOW).await.unwrap();
    let mut tx = db.write().await.unwrap();
    tx.exec("UPDATE parent SET name = 'changed' WHERE id = 1", vec![])
        .await
        .unwrap();
    let children = (0..12_000_i64)
        .map(|n| {
            let weight = (n % 7 != 0).then(|| 0.1 * f64::from(i32::try_from(n).unwrap()));
            let note = (n % 5 != 0).then(|| format!("line\n{n} \"é\" \u{1f600}"));
            vec![n.into(), 1.into(), Value::Real(weight), Value::Text(note)]
        })
        .collect();
    tx.insert_many("child", &["id", "parent_id", "weight", "note"], children)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn everything(db: &Db) -> Vec<Row> {
    let mut rows = db
        .read("SELECT id, name FROM parent ORDER BY id", vec![])
        .await
        .unwrap();
    let sql = "SELECT id, parent_id, weight, note FROM child ORDER BY id";
    rows.extend(db.read(sql, vec![]).await.unwrap());
    rows
}

/// Fills `from`, backs it up and loads it into `to`, which gets one more migration on the way.
async fn moves(from: TestDb, to: TestDb) {
    fill(&from.db).await;
    let file = from.folder().join("b.jsonl.gz");
    assert_eq!(from.db.backup(&file, TABLES).await.unwrap(), 12_001);
    let again = from.db.backup(&file, TABLES).await.unwrap_err();
    assert!(again.to_string().contains("there already"), "{again}");
    assert_eq!(store::backup::inspect(&file).unwrap().schema_version, 1);
    assert_eq!(
        to.db.restore(&file, &[SCHEMA, LATER], NOW).await.unwrap(),
        12_001
    );
    assert_eq!(everything(&to.db).await, everything(&from.db).await);
    to.db.require_current(&[SCHEMA, LATER]).await.unwrap();
    let error = to
        .db
        .restore(&file, &[SCHEMA, LATER], NOW)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("new database"), "{error}");
}

#[test]
fn sqlite_to_sqlite() {
    on_sqlite(async |from| moves(from, TestDb::sqlite().await).await);
}

#[test]
fn postgres_to_sqlite() {
    on_postgres(async |from| moves(from, TestDb::sqlite().await).await);
}

#[test]
fn sqlite_to_postgres() {
    on_postgres(async |to| moves(TestDb::sqlite().await, to).await);
}

testkit::both_databases! {
    async fn the_real_schema_goes_up_and_can_be_described(t: TestDb) {
        t.db.migrate(store::MIGRATIONS, NOW).await.unwrap();
        t.db.require_current(store::MIGRATIONS).await.unwrap();
        let ddl = store::MIGRATIONS.iter().flat_map(|step| step.sql.lines());
        let tables: Vec<&str> = ddl
            .filter_map(|line| line.strip_prefix("CREATE TABLE "))
            .filter_map(|rest| rest.split_whitespace().next())
            .collect();
        assert!(!tables.is_empty());
        // Every column of every table is of a type that both databases and a backup can hold.
        let file = t.folder().join("real.gz");
        t.db.backup(&file, &tables).await.unwrap();
        assert_eq!(t.db.check(&tables).await.unwrap(), [""; 0]);
        let other = TestDb::sqlite().await;
        other.db.restore(&file, store::MIGRATIONS, NOW).await.unwrap();
        other.db.require_current(store::MIGRATIONS).await.unwrap();
    }

    async fn a_bad_file_changes_nothing(t: TestDb) {
        let source = TestDb::sqlite().await;
        fill(&source.db).await;
        let good = source.folder().join("b.gz");
        source.db.backup(&good, TABLES).await.unwrap();
        let bytes = std::fs::read(&good).unwrap();
        let bad = t.folder().join("bad.gz");
        let cut = |by: usize| &bytes[..bytes.len() - by];
        for broken in [cut(bytes.len() / 2), cut(30), cut(4), cut(1), b"not gzip", b""] {
            std::fs::write(&bad, broken).unwrap();
            let error = t.db.restore(&bad, &[SCHEMA], NOW).await.unwrap_err();
            assert!(matches!(error, StoreError::Backup { .. }), "{error:?}");
            assert!(error.to_string().contains("bad.gz line "), "{error}");
        }
        let error = t.db.restore(&good, &[], NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { found: 1, known: 0 }), "{error:?}");
        assert_eq!(t.db.schema_version().await.unwrap(), 0);
    }
}
