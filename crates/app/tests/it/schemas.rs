//! Every earlier schema upgrades. One backup for each version is kept under `fixtures/`; when a
//! migration is added, keep a backup made by the version before it.

use std::path::Path;

use app::query::{Found, who};
use testkit::both_databases;

use crate::setting::{installation, rows};

both_databases! {
    async fn a_database_of_every_earlier_version_upgrades(t: TestDb) {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for version in 1..=store::MIGRATIONS.len() {
            let file = fixtures.join(format!("schema-{version:04}.tar"));
            assert!(file.exists(), "keep a backup of schema {version} as {}", file.display());
        }
        // One fixture for each database: a restore wants an empty one.
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        app::backup::restore(&installation, &fixtures.join("schema-0001.tar")).await.unwrap();
        assert_eq!(app::db::schema_version(&installation).await.unwrap(), i64::try_from(store::MIGRATIONS.len()).unwrap());
        assert_eq!(app::db::check(&installation).await.unwrap(), Vec::<String>::new());
        assert_eq!(rows(&installation, "SELECT COUNT(*) FROM run WHERE state = 'committed'").await, ["1"]);
        match who::who(&installation, "AKIARZPUZDIKBEXAMPLE", None).await.unwrap() {
            Found::One(answer) => assert!(serde_json::to_string(&answer).unwrap().contains("deploy-bot")),
            Found::Candidates(candidates) => panic!("{candidates:?}"),
        }
    }
}
