//! What the tests of use cases share: an installation on a test database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::{Installation, Options, RunReport, Silent};
use model::TimeUs;
use model::time::FixedClock;
use testkit::TestDb;

/// The time of every test.
pub(crate) fn now() -> TimeUs {
    TimeUs::parse("2026-11-22T12:00:00Z").unwrap()
}

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme")
}

/// An installation with its data in `data`, on the test's database.
pub(crate) async fn installation(t: &TestDb, data: &Path) -> Installation {
    let options = Options {
        data: Some(data.to_owned()),
        db: Some(t.address.clone()),
        offline: false,
    };
    Installation::open_at(&options, Arc::new(FixedClock(now())))
        .await
        .unwrap()
}

pub(crate) async fn import(installation: &Installation, paths: &[PathBuf]) -> RunReport {
    let request = app::import::Request {
        paths: paths.to_vec(),
        stdin: None,
        scopes: BTreeMap::new(),
        observed_at: Some(now()),
        complete: false,
        columns: BTreeMap::new(),
    };
    app::import::run(installation, request, &Silent)
        .await
        .unwrap()
}

/// Every row of a query as text, NULL as `-`.
pub(crate) async fn rows(installation: &Installation, sql: &str) -> Vec<String> {
    let cell = |value: &store::Value| match value {
        store::Value::Int(Some(number)) => number.to_string(),
        store::Value::Text(Some(text)) => text.clone(),
        _ => "-".to_owned(),
    };
    let rows = installation.db.read(sql, Vec::new()).await.unwrap();
    rows.iter()
        .map(|row| row.values().iter().map(cell).collect::<Vec<_>>().join("|"))
        .collect()
}
