//! What a real OpenTofu writes. `recorded/` holds one run for every day; the slow test makes a new
//! one and finds the same in it. `COUNTERSIGN_TEST_RECORD=1` with the slow test records it anew.

mod made;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use model::observation::Collected;
use model::{EdgeKind, Fingerprinter, Observation};
use sources::catalog::FORMATS;
use sources::imports::{Document, ImportContext, ImportOptions};
use testkit::assert_no_canary_bytes;

use crate::setting::{import, installation, now, rows};

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/terraform/recorded")
}

fn read(folder: &Path, name: &str) -> Collected {
    let bytes = std::io::Cursor::new(std::fs::read(folder.join(name)).unwrap());
    let mut document = Document::new(name, None, bytes).unwrap();
    let format = document.choose(FORMATS).expect("told by content");
    let options = ImportOptions {
        scopes: BTreeMap::from([("workspace".to_owned(), "shop".to_owned())]),
        ..ImportOptions::default()
    };
    let mut sink = Collected::default();
    let mut cx = ImportContext {
        fingerprinter: &Fingerprinter::new([7; 32]),
        options: &options,
        now: now(),
        sink: &mut sink,
        observed: 0,
    };
    format.read(&mut document, &mut cx).unwrap();
    let said = serde_json::to_string(&(&sink.observations, &sink.coverage)).unwrap();
    assert_no_canary_bytes(said.as_bytes(), name);
    let short: Vec<_> = sink
        .coverage
        .iter()
        .filter(|gap| gap.state.is_shortfall())
        .collect();
    assert!(short.is_empty(), "{name}: {short:?}");
    sink
}

/// What lies at each address: `address attribute`, subtype, and native id where that is a public
/// fingerprint.
fn lying(sink: &Collected) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (_, one) in &sink.observations {
        for edge in &one.edges {
            if edge.kind != EdgeKind::StoredIn {
                continue;
            }
            let word = |key: &str| edge.attributes[key].as_str().unwrap_or_default().to_owned();
            let subtype = one.attributes.subtype.as_deref().unwrap_or_default();
            all.insert(format!(
                "{} {}: {subtype}",
                word("address"),
                word("attribute")
            ));
        }
    }
    all
}

fn at<'s>(sink: &'s Collected, address: &str, attribute: &str) -> &'s Observation {
    let lies = |one: &&Observation| {
        one.edges.iter().any(|edge| {
            edge.kind == EdgeKind::StoredIn
                && edge.attributes["address"] == address
                && edge.attributes["attribute"] == attribute
        })
    };
    let mut all = sink.observations.iter().map(|(_, one)| one).filter(lies);
    all.next()
        .unwrap_or_else(|| panic!("nothing at {address} {attribute}: {:?}", lying(sink)))
}

/// What must be found in every run, this one's or the recorded one's.
fn check(folder: &Path) {
    let file = read(folder, "pulled.tfstate");
    let plain = [
        "output.database_url database_url: connection_password",
        "terraform_data.database input.notes: sensitive_value",
        "terraform_data.database input.url: connection_password",
        "terraform_data.database output.url: connection_password",
        "module.worker[\"blue\"].terraform_data.environment[0] input.API_TOKEN: token",
        "module.worker[\"blue\"].terraform_data.environment[0] output.API_TOKEN: token",
        "module.worker[\"green\"].terraform_data.environment[0] input.API_TOKEN: token",
        "module.worker[\"green\"].terraform_data.environment[0] output.API_TOKEN: token",
        "local_sensitive_file.key content: private_key",
        "tls_private_key.web private_key_pem: private_key",
    ];
    let certificates = [
        "data.local_file.certificate content: x509_certificate",
        "local_file.certificate content: x509_certificate",
        "output.certificate certificate: x509_certificate",
        "tls_self_signed_cert.web cert_pem: x509_certificate",
    ];
    let all = plain.iter().chain(&certificates);
    let want: BTreeSet<String> = all.map(|&line| line.to_owned()).collect();
    assert_eq!(lying(&file), want);
    let kept = read(folder, "terraform.tfstate.d/staging/terraform.tfstate");
    assert_eq!(
        lying(&kept),
        want,
        "what `state pull` prints is what is kept"
    );
    assert_eq!(
        lying(&read(folder, "state.json")),
        want,
        "`show -json` says the same"
    );

    let key = &at(&file, "tls_private_key.web", "private_key_pem").node;
    assert!(key.native_id.starts_with("spki:sha256:"), "{key:?}");
    let certificate = &at(&file, "tls_self_signed_cert.web", "cert_pem").node;
    for (address, attribute, want) in [
        ("local_sensitive_file.key", "content", key),
        ("local_file.certificate", "content", certificate),
    ] {
        assert_eq!(&at(&file, address, attribute).node, want, "{address}");
    }
    for (name, want) in [("out/web.key", key), ("out/web.crt", certificate)] {
        let on_disk = read(folder, name);
        let found = on_disk
            .observations
            .iter()
            .any(|(_, one)| &one.node == want);
        assert!(found, "{name} holds {want:?}");
    }
    workspaces(folder, &file, &kept);
    plans(folder, &file);
}

/// The lineage names the workspace; the path of the local backend tells people's name of it.
fn workspaces(folder: &Path, pulled: &Collected, kept: &Collected) {
    let text = std::fs::read(folder.join("pulled.tfstate")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let (source, workspace) = &pulled.observations[0];
    assert_eq!(workspace.node.native_id, state["lineage"]);
    assert!(!source.provisional);
    assert_eq!(workspace.attributes.extra["terraform_version"], "1.12.6");
    assert_eq!(
        workspace.attributes.name.as_deref(),
        Some("shop"),
        "as the user says"
    );
    assert_eq!(kept.observations[0].1.node, workspace.node);
}

/// A plan holds its variables in the open, and both values of what it changes.
fn plans(folder: &Path, state: &Collected) {
    let made = lying(&read(folder, "plan-create.json"));
    let want = [
        "module.worker[\"blue\"].terraform_data.environment[0] input.API_TOKEN: token",
        "module.worker[\"green\"].terraform_data.environment[0] input.API_TOKEN: token",
        "terraform_data.database input.notes: sensitive_value",
        "terraform_data.database input.url: connection_password",
        "var.db_password db_password: password",
    ];
    assert_eq!(made, want.map(str::to_owned).into());
    let change = read(folder, "plan-change.json");
    let old = &at(state, "terraform_data.database", "input.url").node;
    let urls: BTreeSet<String> = change
        .observations
        .iter()
        .map(|(_, one)| one)
        .filter(|one| one.attributes.subtype.as_deref() == Some("connection_password"))
        .map(|one| one.node.native_id.clone())
        .collect();
    assert!(urls.contains(&old.native_id), "the value before");
    assert_eq!(urls.len(), 2, "and the one after");
}

testkit::both_databases! {
    /// A folder of the run: the key in the state, the plan and the file is one record.
    async fn one_record_in_state_plan_and_files(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        let report = import(&installation, &[recorded()]).await;
        assert!(report.complete, "{:?}", report.gaps);
        for (kind, sources) in [("private_key", 3), ("x509_certificate", 3)] {
            let seen = format!("SELECT COUNT(DISTINCT node.node_key), COUNT(DISTINCT connector) FROM node JOIN node_version USING (node_key) JOIN sighting USING (node_key) JOIN source USING (source_key) WHERE subtype = '{kind}'");
            assert_eq!(rows(&installation, &seen).await, [format!("1|{sources}")], "{kind}");
        }
        let named = "SELECT DISTINCT name FROM node_version WHERE subtype = 'terraform_workspace' AND to_run IS NULL ORDER BY 1";
        assert!(rows(&installation, named).await.contains(&"staging".to_owned()), "{:?}", rows(&installation, named).await);
        for table in ["sighting", "node_version", "edge", "alias", "coverage"] {
            let all = rows(&installation, &format!("SELECT * FROM {table}")).await.join("\n");
            assert_no_canary_bytes(all.as_bytes(), table);
        }
    }
}

#[test]
fn a_recorded_run_is_read() {
    check(&recorded());
}

#[test]
#[ignore = "builds OpenTofu: make test-slow"]
fn a_real_run_is_read() {
    let folder = tempfile::tempdir().unwrap();
    if made::run(folder.path()).is_none() {
        return;
    }
    if recording() {
        for name in made::FILES {
            let kept = recorded().join(name);
            std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
            std::fs::copy(folder.path().join(name), kept).unwrap();
        }
    }
    check(folder.path());
}

#[expect(clippy::disallowed_methods, reason = "the test's own switch")]
fn recording() -> bool {
    std::env::var("COUNTERSIGN_TEST_RECORD").is_ok()
}
