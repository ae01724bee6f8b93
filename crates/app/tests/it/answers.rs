//! Answers that need what several files say.

use app::query::who::Who;
use app::query::{Found, who};
use testkit::both_databases;

use crate::setting::{examples, import, installation};

async fn ask(installation: &app::Installation, text: &str) -> Box<Who> {
    match who::who(installation, text, None).await.unwrap() {
        Found::One(answer) => answer,
        Found::Candidates(candidates) => panic!("{text}: {candidates:?}"),
    }
}

/// `acme-hr-sync` and its service principal; each stands in a file of its own.
const APPLICATION_SECRET: &str =
    "6a2e8401-dea0-544f-92ad-a9914a98c7d9/79e80a8a-fa40-5bed-b559-cfd6db66eba5";
const SERVICE_PRINCIPAL: &str = "46dc9ea7-4de2-5e25-a304-f9d20a785fa7";

const REPORT: &str = "\
user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
deploy-bot,arn:aws:iam::123456789012:user/ci/deploy-bot,2024-01-15T10:22:31+00:00,false,N/A,N/A,N/A,false,true,2024-01-15T10:23:05+00:00,2026-11-20T21:14:00+00:00,eu-central-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
";
const KEYS: &str = r#"{"AccessKeyMetadata": [{"UserName": "deploy-bot", "AccessKeyId": "AKIARZPUZDIKBEXAMPLE", "Status": "Active", "CreateDate": "2024-01-15T10:23:05+00:00"}]}"#;

both_databases! {
    /// `list-access-keys` does not state the path of the user, the report does.
    async fn a_key_meets_its_slot_and_its_user_whatever_the_path(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let exports = tempfile::tempdir().unwrap();
        std::fs::write(exports.path().join("report.csv"), REPORT).unwrap();
        std::fs::write(exports.path().join("keys.json"), KEYS).unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[exports.path().to_owned()]).await;
        let key = ask(&installation, "AKIARZPUZDIKBEXAMPLE").await;
        assert_eq!(key.identity.row.sources.len(), 2, "{:?}", key.identity.row.sources);
        assert_eq!(key.identity.merged.len(), 1);
        assert_eq!(key.usage.state, "known", "the report knows the last use");
        assert_eq!(key.identity.authenticates.len(), 1, "{:?}", key.identity.authenticates);
        let user = ask(&installation, "arn:aws:iam::123456789012:user/ci/deploy-bot").await;
        assert_eq!(key.identity.authenticates[0].id, user.identity.row.id);
        assert!(!user.identity.row.referenced, "the report shows the user");
        assert_eq!(user.identity.credentials.len(), 1, "{:?}", user.identity.credentials);
    }

    /// Secrets and owners of an application stand with the application, not with its service
    /// principal, which comes from another file.
    async fn a_service_principal_has_what_its_application_has(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        for file in ["entra/applications.json", "entra/service-principals.json"] {
            import(&installation, &[examples().join(file)]).await;
        }
        let answer = ask(&installation, SERVICE_PRINCIPAL).await;
        assert_eq!(answer.identity.credentials.len(), 2, "{:?}", answer.identity.credentials);
        assert_eq!(answer.expiry.state, "known", "{}", answer.expiry.summary);
        assert!(answer.expiry.summary.starts_with("of its 2 credentials: the first ends 2026-12-05"), "{}", answer.expiry.summary);
        assert!(answer.expiry.evidence.iter().any(|said| said.what.contains("first secret (through its application acme-hr-sync)")), "{:?}", answer.expiry.evidence);
        assert_eq!(answer.owner.state, "declared", "{}", answer.owner.summary);
        assert!(answer.owner.owners.iter().any(|party| party.name == "Jane Doe" && party.through.is_some()), "{:?}", answer.owner.owners);
        assert!(answer.owner.summary.ends_with(", through its application"), "{}", answer.owner.summary);
        assert!(answer.owner.evidence[0].what.ends_with("(through its application)"), "{:?}", answer.owner.evidence);
        assert_eq!(answer.revocation.credentials.len(), 2);

        let secret = ask(&installation, APPLICATION_SECRET).await;
        assert_eq!(secret.owner.state, "declared", "{}", secret.owner.summary);
    }

    /// Who mounts a Kubernetes Secret breaks when what lies in it is revoked.
    async fn what_uses_the_container_uses_the_credential(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples().join("kubernetes")]).await;
        let answer = ask(&installation, "AKIARZPUZDIKBEXAMPLE").await;
        let breaks: Vec<&str> = answer.revocation.breaks.iter().map(|named| named.name.as_str()).collect();
        assert_eq!(breaks, ["ci-runner"]);
        assert!(answer.revocation.summary.contains("1 known consumer breaks"), "{}", answer.revocation.summary);
        assert!(answer.revocation.evidence.iter().any(|said| said.what.contains("uses artifact-upload (k8s_secret), which holds it")), "{:?}", answer.revocation.evidence);
        assert_eq!(answer.usage.consumers, answer.revocation.breaks);
    }
}

/// The rows of an export without what belongs to the installation: run numbers and ids, when a run
/// committed, when a record was first named.
async fn content(installation: &app::Installation) -> Vec<String> {
    let mut rows = Vec::new();
    app::query::export::export(installation, None, |row| -> Result<(), app::Error> {
        let mut row = row.clone();
        let parts = row.as_object_mut().unwrap();
        for own in [
            "seq",
            "run",
            "as_of",
            "since_run",
            "first_run",
            "last_run",
            "last_read_at",
            "at",
        ] {
            parts.remove(own);
        }
        if let Some(named) = parts.get_mut("referenced_at") {
            *named = named.is_string().into();
        }
        rows.push(row.to_string());
        Ok(())
    })
    .await
    .unwrap();
    rows
}

both_databases! {
    /// X20: what is taken out and put into an empty installation is the same graph, and what could
    /// not be read is still not read.
    async fn an_export_put_back_is_the_same_content(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let first = installation(&t, data.path()).await;
        let broken = data.path().join("broken.json");
        std::fs::write(&broken, r#"{"AccessKeyMetadata": [{"UserName": "x", "AccessKeyId": 7}]}"#).unwrap();
        import(&first, &[examples(), broken]).await;
        let before = content(&first).await;
        assert!(before.len() > 400, "{}", before.len());
        let file = data.path().join("inventory.jsonl");
        let mut text = String::new();
        app::query::export::export(&first, None, |row| -> Result<(), app::Error> {
            text.push_str(&row.to_string());
            text.push('\n');
            Ok(())
        })
        .await
        .unwrap();
        testkit::assert_no_canary_bytes(text.as_bytes(), "the export");
        std::fs::write(&file, text).unwrap();

        let elsewhere = tempfile::tempdir().unwrap();
        let options = app::Options { data: Some(elsewhere.path().to_owned()), ..app::Options::default() };
        let second = app::Installation::open(&options).await.unwrap();
        let request = app::import::Request {
            paths: vec![file.clone()],
            stdin: None,
            scopes: std::collections::BTreeMap::new(),
            observed_at: None,
            complete: true,
            columns: std::collections::BTreeMap::new(),
        };
        let report = app::import::run(&second, request, &app::Silent).await.unwrap();
        assert!(report.notes.iter().any(|note| note.contains("Export of a countersign installation")), "{:?}", report.notes);
        let after = content(&second).await;
        for (was, is) in before.iter().zip(&after) {
            assert_eq!(was, is);
        }
        assert_eq!(before.len(), after.len());
        assert_eq!(app::db::check(&second).await.unwrap(), Vec::<String>::new());
        // Put back where it came from, it changes nothing.
        let report = import(&first, &[file]).await;
        let applied = report.applied;
        assert_eq!((applied.nodes_added, applied.nodes_changed, applied.nodes_retired, applied.edges_added, applied.edges_ended), (0, 0, 0, 0, 0));
        assert_eq!(content(&first).await, before);
    }

    /// Sources call one person by an e-mail address, by a distinguished name and by a record.
    async fn each_owner_is_named_once(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let answer = ask(&installation, SERVICE_PRINCIPAL).await;
        assert_eq!(answer.owner.summary, "Jane Doe, through its application");
        assert_eq!(answer.owner.owners.len(), 1, "{:?}", answer.owner.owners);
        let service = ask(&installation, "svc-sql").await;
        assert_eq!(service.owner.owners.len(), 1, "{:?}", service.owner.owners);
        assert!(service.owner.summary.starts_with("max.mustermann, as"), "{}", service.owner.summary);
        assert!(service.owner.evidence.len() > 1, "who said it otherwise stays: {:?}", service.owner.evidence);
    }

    /// R34: directories, cloud, API keys and certificates, repositories and SaaS; what is done, what
    /// is not, and what each adds. Importing is a way, not a source.
    async fn the_plan_is_in_the_guided_order(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        let state = |rows: &[app::query::plan::PlanRow], source: &str| {
            rows.iter().find(|row| row.source == source).map(|row| row.state)
        };
        let rows = app::query::plan::plan(&installation, None).await.unwrap();
        assert!(rows.iter().all(|row| row.state == "open" && !row.adds.is_empty() && !row.obtain.is_empty()));
        let mut steps: Vec<(u8, &str)> = rows.iter().map(|row| (row.step, row.step_name)).collect();
        assert!(steps.is_sorted());
        steps.dedup();
        assert_eq!(steps, [(1, "directories"), (2, "cloud"), (3, "API keys and certificates"), (4, "repositories and SaaS")]);
        let step = |source: &str| rows.iter().find(|row| row.source == source).map(|row| row.step);
        assert_eq!(["ad.ldif", "aws.iam", "host", "terraform.state"].map(step), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!((step("import"), step("countersign.export")), (None, None));

        let broken = data.path().join("broken.json");
        std::fs::write(&broken, r#"{"AccessKeyMetadata": [{"UserName": "x", "AccessKeyId": 7}]}"#).unwrap();
        import(&installation, &[examples().join("activedirectory"), broken]).await;
        let rows = app::query::plan::plan(&installation, None).await.unwrap();
        assert_eq!(state(&rows, "ad.ldif"), Some("done"));
        assert_eq!(state(&rows, "aws.iam"), Some("incomplete"));
        assert_eq!(state(&rows, "host"), Some("open"));
    }
}
