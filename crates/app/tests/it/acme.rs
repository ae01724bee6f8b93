//! The example estate: one company, every format, secrets that must never come out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use app::query::{Found, show, who};
use testkit::{assert_no_canary, assert_no_canary_bytes, both_databases};

use crate::setting::{examples, import, installation, rows};

/// The directory in which a PostgreSQL server keeps its files, when this process may read it.
async fn server_files(db: &store::Db) -> Option<PathBuf> {
    let rows = db
        .read(
            "SELECT CAST(current_setting('data_directory') AS TEXT)",
            Vec::new(),
        )
        .await
        .ok()?;
    let directory = PathBuf::from(rows.first()?.text(0).ok()?);
    std::fs::read_dir(&directory).ok().map(|_| directory)
}

/// The access key of `deploy-bot`, whose secret lies in four places.
const KEY: &str = "AKIARZPUZDIKBEXAMPLE";

both_databases! {
    /// No secret value of the estate reaches the database files (with the write-ahead log), the
    /// backup, an answer or an export.
    async fn no_secret_value_comes_out(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        assert!(planted(&examples()) >= 3, "the estate carries no canaries: this test could not fail");
        let report = import(&installation, &[examples()]).await;
        assert!(report.applied.observations > 100, "{report:?}");
        assert_no_canary_bytes(format!("{report:?}{}", serde_json::to_string(&report).unwrap()).as_bytes(), "the report");
        // While the database is open, so that the write-ahead log is there too.
        assert!(assert_no_canary(t.folder(), "the database folder") > 0 || server_files(&installation.db).await.is_some());
        assert_no_canary(data.path(), "the data directory");
        if let Some(files) = server_files(&installation.db).await {
            assert!(no_canary_in_use(&files) > 100);
        }
        let backup = data.path().join("backup.tar");
        app::backup::backup(&installation, &backup).await.unwrap();
        assert_no_canary(&backup, "the backup");
        for table in app::db::TABLES {
            let all = rows(&installation, &format!("SELECT * FROM {table}")).await.join("\n");
            assert_no_canary_bytes(all.as_bytes(), table);
        }
        for id in rows_of(&installation, "SELECT id FROM node").await {
            if let Found::One(answer) = who::who(&installation, &id, None).await.unwrap() {
                assert_no_canary_bytes(serde_json::to_string(&answer).unwrap().as_bytes(), "an answer of who");
            }
        }
    }

    /// Nothing reaches the inventory unrecognised: every credential has a form, and signals are there.
    async fn what_is_imported_is_recognised(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let without = rows(
            &installation,
            "SELECT n.kind, v.subtype FROM node_version v JOIN node n ON n.node_key = v.node_key \
             WHERE n.kind = 'credential' AND v.subtype IS NOT NULL AND v.credential_type IS NULL",
        )
        .await;
        assert_eq!(without, Vec::<String>::new());
        let signals = rows(
            &installation,
            "SELECT v.signals FROM node_version v JOIN node n ON n.node_key = v.node_key \
             WHERE n.native_id = 'clusterrole:cluster-admin'",
        )
        .await;
        assert!(signals.iter().any(|text| text.contains("grants_everything=yes")), "{signals:?}");
    }

    /// R60: one access key in the credential report, in `list-access-keys`, in a Terraform state and
    /// on a laptop is one record; R230: its five answers are never blank.
    async fn one_access_key_in_four_places_is_one_record(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let Found::One(shown) = show::show(&installation, KEY, &[], false, None).await.unwrap() else {
            panic!("{KEY} is not one record");
        };
        let shown_by: BTreeSet<&str> = shown
            .sightings
            .iter()
            .filter_map(|sighting| sighting.source.split('[').next())
            .collect();
        for wanted in ["aws.credential_report", "aws.iam", "file.cli_credentials", "terraform.state"] {
            assert!(shown_by.contains(wanted), "{wanted} is missing in {shown_by:?}");
        }
        assert_eq!(shown.record.native_id, KEY);
        assert_eq!(shown.record.retired_at, None);
        // Whatever bears a name of the key is this record: no second one is left beside it.
        let roots = rows_of(
            &installation,
            &format!(
                "SELECT DISTINCT r.id FROM node n LEFT JOIN member m ON m.node_key = n.node_key AND m.to_run IS NULL \
                 JOIN node r ON r.node_key = COALESCE(m.root_key, n.node_key) \
                 WHERE n.native_id IN ('{KEY}', 'arn:aws:iam::123456789012:user/deploy-bot#access_key_1')"
            ),
        )
        .await;
        assert_eq!(roots, [shown.record.id]);
        let keys = rows_of(&installation, "SELECT n.native_id FROM node n WHERE n.native_id LIKE 'AKIA%'").await;
        for key in keys {
            match who::who(&installation, &key, None).await.unwrap() {
                Found::One(answer) => {
                    let json = serde_json::to_value(&answer).unwrap();
                    for question in ["owner", "reach", "use", "expiry", "revocation"] {
                        let summary = json[question]["summary"].as_str().unwrap_or_default();
                        assert!(!summary.is_empty(), "{question} is blank for {key}");
                        assert!(json[question]["state"].is_string() && json[question]["evidence"].is_array(), "{question}");
                    }
                }
                Found::Candidates(candidates) => panic!("{key}: {candidates:?}"),
            }
        }
    }

    /// Two runs over one snapshot give the same inventory (R35); order and splitting do not matter.
    async fn importing_again_changes_nothing(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let versions = rows(&installation, "SELECT COUNT(*) FROM node_version").await;
        let counts = rows(&installation, "SELECT kind, class, provider, subtype, state, total FROM run_count WHERE run = 1 ORDER BY 1, 2, 3, 4, 5").await;
        let mut folders: Vec<PathBuf> = std::fs::read_dir(examples()).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.reverse();
        let report = import(&installation, &folders).await;
        let applied = report.applied;
        assert_eq!((applied.nodes_added, applied.nodes_changed, applied.nodes_retired, applied.edges_added, applied.edges_ended), (0, 0, 0, 0, 0));
        assert_eq!(rows(&installation, "SELECT COUNT(*) FROM node_version").await, versions);
        assert_eq!(rows(&installation, "SELECT kind, class, provider, subtype, state, total FROM run_count WHERE run = 2 ORDER BY 1, 2, 3, 4, 5").await, counts);
        assert_eq!(app::db::check(&installation).await.unwrap(), Vec::<String>::new());
    }

    /// A backup of either database restores into the other kind, key and all.
    async fn a_backup_restores_with_its_key(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let first = installation(&t, data.path()).await;
        import(&first, &[examples()]).await;
        let file = data.path().join("backup.tar");
        app::backup::backup(&first, &file).await.unwrap();
        assert!(app::backup::backup(&first, &file).await.unwrap_err().to_string().contains("exists already"));
        let elsewhere = tempfile::tempdir().unwrap();
        let options = app::Options { data: Some(elsewhere.path().to_owned()), ..app::Options::default() };
        let fresh = app::Installation::open(&options).await.unwrap();
        app::backup::restore(&fresh, &file).await.unwrap();
        let restored = app::Installation::open(&options).await.unwrap();
        assert_eq!(restored.fingerprinter.key_id(), first.fingerprinter.key_id());
        for sql in ["SELECT * FROM node ORDER BY node_key", "SELECT * FROM node_version ORDER BY node_key, from_run", "SELECT * FROM sighting ORDER BY sighting_key", "SELECT * FROM edge ORDER BY edge_key"] {
            assert_eq!(rows(&restored, sql).await, rows(&first, sql).await);
        }
        assert!(app::backup::restore(&restored, &file).await.unwrap_err().to_string().contains("not empty"));
        let damaged = data.path().join("damaged.tar");
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&damaged, &whole[..whole.len() / 2]).unwrap();
        assert_refuses(&damaged).await;
    }
}

/// As [`assert_no_canary`], below the directory of a running server, which puts files away while it
/// is read.
fn no_canary_in_use(directory: &Path) -> usize {
    let gone = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    let mut files = 0;
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if gone(&error) => return 0,
        Err(error) => panic!("cannot read {}: {error}", directory.display()),
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            files += no_canary_in_use(&path);
            continue;
        }
        match std::fs::read(&path) {
            Ok(bytes) => {
                assert_no_canary_bytes(&bytes, &path.display().to_string());
                files += 1;
            }
            Err(error) if gone(&error) => {}
            Err(error) => panic!("cannot read {}: {error}", path.display()),
        }
    }
    files
}

/// How many files below a directory hold a canary in plain text.
fn planted(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            if path.is_dir() {
                return planted(&path);
            }
            let bytes = std::fs::read(&path).unwrap();
            usize::from(String::from_utf8_lossy(&bytes).contains(testkit::CANARY))
        })
        .sum()
}

async fn assert_refuses(damaged: &Path) {
    let elsewhere = tempfile::tempdir().unwrap();
    let options = app::Options {
        data: Some(elsewhere.path().to_owned()),
        ..app::Options::default()
    };
    let fresh = app::Installation::open(&options).await.unwrap();
    assert!(app::backup::restore(&fresh, damaged).await.is_err());
    assert_eq!(
        rows(&fresh, "SELECT COUNT(*) FROM node").await,
        ["0"],
        "nothing of a damaged backup is kept"
    );
}

async fn rows_of(installation: &app::Installation, sql: &str) -> Vec<String> {
    let rows = installation.db.read(sql, Vec::new()).await.unwrap();
    rows.iter()
        .map(|row| row.text(0).unwrap().to_owned())
        .collect()
}
