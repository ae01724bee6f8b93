//! The database refuses a kind of record that is not in the table of kinds.

use model::{NodeKind, TimeUs};
use store::{StoreError, Value};
use testkit::TestDb;

async fn insert(t: &TestDb, key: i64, kind: &str) -> Result<u64, StoreError> {
    let mut tx = t.db.write().await?;
    let done = tx
        .exec(
            "INSERT INTO node (node_key, id, kind, provider, partition_name, native_id, first_run) \
             VALUES ($1, $2, $3, 'x', '', 'n', 1)",
            vec![key.into(), format!("mi:{key}").into(), Value::from(kind)],
        )
        .await?;
    tx.commit().await?;
    Ok(done)
}

testkit::both_databases! {
    async fn an_unknown_kind_is_refused(t: TestDb) {
        t.db.migrate(store::MIGRATIONS, TimeUs::EPOCH).await.unwrap();
        for (key, kind) in (1..).zip(NodeKind::ALL) {
            assert_eq!(insert(&t, key, kind.name()).await.unwrap(), 1, "{kind}");
        }
        for kind in ["", "Identity", "identities", "identity ", "spaceship"] {
            let error = insert(&t, 999, kind).await.unwrap_err();
            assert!(matches!(error, StoreError::Constraint { unique: false, .. }), "{kind}: {error:?}");
        }
        let known = t.db.read("SELECT 1 FROM node", Vec::new()).await.unwrap().len();
        assert_eq!(known, NodeKind::ALL.len());
    }
}

#[test]
fn the_schema_lists_the_kinds_and_no_others() {
    let newest = store::MIGRATIONS
        .iter()
        .rev()
        .find_map(|step| {
            step.sql
                .split_once("CONSTRAINT node_kind CHECK (")?
                .1
                .split_once(')')
        })
        .expect("a migration checks the kinds");
    let mut listed: Vec<&str> = newest
        .0
        .split("kind = '")
        .skip(1)
        .filter_map(|rest| rest.split_once('\''))
        .map(|(kind, _)| kind)
        .collect();
    let mut kinds: Vec<&str> = NodeKind::ALL.iter().map(|kind| kind.name()).collect();
    listed.sort_unstable();
    kinds.sort_unstable();
    assert_eq!(
        listed, kinds,
        "a new kind needs a migration that lets it in"
    );
}
