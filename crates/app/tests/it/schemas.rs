//! Every earlier schema upgrades. One backup for each version is kept under `fixtures/`; when a
//! migration is added, keep a backup made by the version before it.

use std::path::Path;

use app::query::{Found, who};
use testkit::{TestDb, both_databases};

use crate::setting::{installation, rows};

fn fixture(version: usize) -> std::path::PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format!("schema-{version:04}.tar"));
    assert!(
        file.exists(),
        "keep a backup of schema {version} as {}",
        file.display()
    );
    file
}

/// Restores a backup of one version, which brings it up to date, and looks at what it held.
async fn upgrades(t: &TestDb, version: usize) {
    let data = tempfile::tempdir().unwrap();
    let installation = installation(t, data.path()).await;
    app::backup::restore(&installation, &fixture(version))
        .await
        .unwrap();
    assert_eq!(
        app::db::schema_version(&installation).await.unwrap(),
        i64::try_from(store::MIGRATIONS.len()).unwrap()
    );
    assert_eq!(
        app::db::check(&installation).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(
        rows(
            &installation,
            "SELECT COUNT(*) FROM run WHERE state = 'committed'"
        )
        .await,
        ["1"]
    );
    match who::who(&installation, "AKIARZPUZDIKBEXAMPLE", None)
        .await
        .unwrap()
    {
        Found::One(answer) => assert!(
            serde_json::to_string(&answer)
                .unwrap()
                .contains("deploy-bot")
        ),
        Found::Candidates(candidates) => panic!("{candidates:?}"),
    }
}

// One test for each version: a restore wants an empty database.
both_databases! {
    async fn a_database_of_schema_1_upgrades(t: TestDb) {
        upgrades(&t, 1).await;
    }

    async fn a_database_of_schema_2_upgrades(t: TestDb) {
        upgrades(&t, 2).await;
    }

    async fn a_database_of_schema_3_upgrades(t: TestDb) {
        upgrades(&t, 3).await;
    }

    async fn a_database_of_schema_4_upgrades(t: TestDb) {
        upgrades(&t, 4).await;
        for version in 1..=store::MIGRATIONS.len() {
            fixture(version);
        }
    }
}
