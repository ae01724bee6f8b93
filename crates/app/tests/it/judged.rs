//! From exports to findings, and from a person's word to their end.

use app::assess;
use app::edit::Words;
use app::owners::{self, Party};
use app::query::findings::{self, Request};
use app::query::list::{self, IDENTITIES};
use app::query::{Found, find, score, summary};
use app::{Installation, Silent};
use model::TimeUs;
use model::labels::OwnerRole;
use testkit::{assert_no_canary_bytes, both_databases};

use crate::setting::{examples, import, installation, now};

async fn judge(installation: &Installation) -> assess::Report {
    let policy = app::policy::load(installation, None).unwrap();
    assess::run(installation, &policy, &Silent).await.unwrap()
}

async fn rows(installation: &Installation, filter: &str, all: bool) -> Vec<findings::Row> {
    let request = Request {
        filter: (!filter.is_empty()).then(|| filter.to_owned()),
        all,
        ..Request::default()
    };
    let mut rows = Vec::new();
    findings::run(installation, &request, |row| -> Result<(), app::Error> {
        rows.push(row);
        Ok(())
    })
    .await
    .unwrap();
    rows
}

async fn jsonl(installation: &Installation) -> String {
    let rows = rows(installation, "", false).await;
    rows.iter()
        .map(|row| {
            let mut row = serde_json::to_value(row).unwrap();
            // When the run of the assessment committed is the installation's own.
            row.as_object_mut().unwrap().remove("since");
            format!("{row}\n")
        })
        .collect()
}

async fn key(installation: &Installation, text: &str) -> i64 {
    match find::target(installation, text, &[]).await.unwrap() {
        Found::One(target) => target.key,
        Found::Candidates(candidates) => panic!("{text}: {candidates:?}"),
    }
}

/// The root user of the example: privileged, at rest, and nobody's.
const ROOT: &str = "<root_account>";

both_databases! {
    /// Import, findings with evidence, a person's words, an accepted risk, and back.
    async fn a_finding_ends_when_its_cause_does(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        let report = judge(&installation).await;
        assert!(report.assessed.opened > 30 && report.unassignable > 0, "{report:?}");
        assert!(judge(&installation).await.still_stands, "nothing was read or said since");

        let first = &rows(&installation, "", false).await[0];
        assert_eq!((first.rule.as_str(), first.subject.name.as_str()), ("privileged-unowned-dormant", ROOT));
        assert_eq!(first.assignee, None);
        let whole = findings::show(&installation, &first.key, None).await.unwrap();
        let evidence = whole.evidence.as_array().unwrap();
        assert!(!evidence.is_empty() && evidence.iter().all(|one| one["source"].is_string()), "{evidence:?}");
        assert!(!whole.remedies.is_empty() && !whole.frameworks.is_empty());

        let of_root = |rule: &str| format!("rule = \"{rule}\" AND name = \"{ROOT}\"");
        let root = key(&installation, ROOT).await;
        let mut words = Words::default();
        words.set("purpose", "break glass").unwrap();
        app::edit::set(&installation, root, words, "CHG-1").await.unwrap();
        judge(&installation).await;
        let purpose = &rows(&installation, &of_root("missing-purpose"), true).await[0];
        assert_eq!(purpose.state, "fixed");
        assert!(rows(&installation, &of_root("missing-purpose"), false).await.is_empty());

        let party = match owners::party(&installation, "ann.smith@acme.example").await.unwrap() {
            Found::One(party) => *party,
            Found::Candidates(candidates) => panic!("{candidates:?}"),
        };
        assert!(matches!(party, Party::Person(_)), "nobody has seen her yet");
        owners::assign(&installation, root, party, OwnerRole::Technical, true, "").await.unwrap();
        judge(&installation).await;
        assert!(rows(&installation, &of_root("privileged-unowned-dormant"), false).await.is_empty());
        let still = rows(&installation, &format!("name = \"{ROOT}\""), false).await;
        assert!(!still.is_empty() && still.iter().all(|row| row.assignee.as_deref() == Some("ann.smith@acme.example")), "{still:?}");

        let policy = app::policy::load(&installation, None).unwrap();
        let roles = vec!["platform owner".to_owned(), "security".to_owned()];
        let until = now().plus_days(30);
        let subject = &still[0].key;
        assert!(app::decide::accept(&installation, &policy, subject, until, "known", vec!["security".to_owned()]).await.is_err(), "two roles");
        app::decide::accept(&installation, &policy, subject, until, "known", roles).await.unwrap();
        let is_open = |rows: &[findings::Row]| rows.iter().any(|row| &row.key == subject);
        assert!(!is_open(&rows(&installation, "", false).await));
        let later = Request { as_of: Some(until.plus_days(1)), ..Request::default() };
        let mut back = Vec::new();
        findings::run(&installation, &later, |row| -> Result<(), app::Error> { back.push(row); Ok(()) }).await.unwrap();
        assert!(is_open(&back), "an accepted risk comes back at its date");
        app::decide::reopen(&installation, subject, "").await.unwrap();
        assert!(is_open(&rows(&installation, "", false).await));
    }

    /// X2: what a source may no longer read widens what is unknown and ends nothing.
    async fn a_permission_taken_away_retires_nothing_and_widens(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        judge(&installation).await;
        let scored = || async {
            let request = list::Request { scope: IDENTITIES, filter: None, all: false, as_of: None, cursor: None, limit: None, by_risk: true };
            let mut rows = Vec::new();
            list::run(&installation, &request, |row| -> Result<(), app::Error> { rows.push(row); Ok(()) }).await.unwrap();
            rows
        };
        let before = scored().await;
        assert!(before.iter().filter(|row| row.score.is_some()).count() > 20);
        assert_eq!(before[0].name, ROOT, "privileged, ownerless and at rest stands first");
        assert!(before.windows(2).all(|two| two[0].score.is_some() || two[1].score.is_none()));
        let folder = tempfile::tempdir().unwrap();
        // The same export, read by somebody who may not see who owns what.
        std::fs::write(folder.path().join("users.json"), r#"{"Users": [{"UserName": "x"}], "IsTruncated": true}"#).unwrap();
        import(&installation, &[folder.path().to_owned()]).await;
        let report = judge(&installation).await;
        assert!(!report.still_stands);
        let after = scored().await;
        for row in &before {
            let same = after.iter().find(|other| other.id == row.id).unwrap_or_else(|| panic!("{} is gone", row.name));
            assert_eq!(same.retired_at, None);
            if let (Some(was), Some(is)) = (&row.score, &same.score) {
                assert!(is.hi >= was.hi && is.c <= was.c, "{}: {was:?} {is:?}", row.name);
            }
        }
    }

    /// Two installations that read the same judge the same, to the byte; what is shown of one score is
    /// what the assessment found.
    async fn judging_twice_gives_the_same_bytes(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let first = installation(&t, data.path()).await;
        import(&first, &[examples()]).await;
        judge(&first).await;
        let once = jsonl(&first).await;
        import(&first, &[examples()]).await;
        let again = judge(&first).await;
        assert_eq!((again.assessed.opened, again.assessed.fixed), (0, 0), "{again:?}");
        assert_eq!(jsonl(&first).await, once);

        let policy = app::policy::load(&first, None).unwrap();
        let mut verified = 0;
        for row in rows(&first, "", false).await {
            let Ok(Found::One(shown)) = score::show(&first, &policy, &row.subject.id, None).await else { continue };
            assert!(shown.as_assessed, "{}: {}", row.subject.name, shown.export.score.vector);
            let text = serde_json::to_string(&shown).unwrap();
            assert_no_canary_bytes(text.as_bytes(), "a score");
            assert!(score::verify(&text).unwrap().same);
            verified += 1;
        }
        assert!(verified > 20, "{verified}");
        assert_no_canary_bytes(once.as_bytes(), "the findings");
        for row in rows(&first, "", false).await {
            let whole = findings::show(&first, &row.key, None).await.unwrap();
            assert_no_canary_bytes(serde_json::to_string(&whole).unwrap().as_bytes(), "a finding");
        }
        let summed = summary::summary(&first, None).await.unwrap();
        assert_eq!(summed.do_first.items[0].rule, "privileged-unowned-dormant");
        assert!(summed.do_first.items[0].effect.unwrap().from >= 80.0);
        assert!(summed.do_first.items.iter().any(|item| item.total > 1 && item.what.starts_with(&item.total.to_string())));
        assert_no_canary_bytes(serde_json::to_string(&summed).unwrap().as_bytes(), "the summary");
        let coverage = owners::coverage(&first, None).await.unwrap();
        assert_eq!(coverage.all.total, coverage.teams.iter().map(|team| team.total).sum::<u64>());
        assert_no_canary_bytes(serde_json::to_string(&coverage).unwrap().as_bytes(), "the owners");
        for proposed in owners::queue(&first, None).await.unwrap() {
            assert!(proposed.candidates.iter().all(|one| !one.evidence.is_empty()), "{proposed:?}");
            assert_no_canary_bytes(serde_json::to_string(&proposed).unwrap().as_bytes(), "a proposal");
        }
    }

    /// R135: each score of the past has what made it change.
    async fn a_trend_says_why(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        judge(&installation).await;
        let root = key(&installation, ROOT).await;
        let Found::One(party) = owners::party(&installation, "ann.smith@acme.example").await.unwrap() else { panic!("a person") };
        owners::assign(&installation, root, *party, OwnerRole::Technical, true, "").await.unwrap();
        judge(&installation).await;
        let Found::One(points) = score::of_record(&installation, ROOT, None).await.unwrap() else { panic!("one record") };
        assert_eq!(points.len(), 2, "{points:?}");
        assert!(points[0].cause.is_empty() && points[1].r < points[0].r);
        assert!(points[1].cause.iter().any(|cause| cause.contains("(OW1): 1 → 0")), "{points:?}");
        assert_eq!(score::of_estate(&installation, None).await.unwrap().len(), 2);
        // The newest reading is compared with what was known before it, whatever was judged since.
        let mut added = 0;
        let request = app::query::diff::Request { to: Some("1".to_owned()), ..app::query::diff::Request::default() };
        app::query::diff::diff(&installation, &request, |_| -> Result<(), app::Error> { added += 1; Ok(()) }).await.unwrap();
        assert!(added > 50);
        let _: Option<TimeUs> = points[0].judged_at;
    }

    /// R62: a register beside reality: matched, only in the sheet, only in reality; what it says of what
    /// is there stands from then on.
    async fn a_register_is_compared_three_ways(t: TestDb) {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        import(&installation, &[examples()]).await;
        judge(&installation).await;
        let file = data.path().join("owners.csv");
        std::fs::write(&file, "identity,owner email,team,purpose\nlegacy-report,ann.smith@acme.example,Finance,monthly report\nghost,bob@acme.example,,\n").unwrap();
        let compared = owners::register(&installation, &file, true).await.unwrap();
        assert_eq!(compared.matched.len(), 1, "{compared:?}");
        assert_eq!(compared.only_in_sheet.len(), 1, "{compared:?}");
        assert_eq!(compared.only_in_sheet[0].name, "ghost");
        assert!(compared.only_in_reality.len() > 10, "{compared:?}");
        assert_eq!(compared.said, 0);
        assert!(judge(&installation).await.still_stands, "only compared");
        assert_eq!(owners::register(&installation, &file, false).await.unwrap().said, 1);
        judge(&installation).await;
        let filter = "name = legacy-report AND rule = missing-purpose";
        assert!(rows(&installation, filter, false).await.is_empty());
        assert_eq!(rows(&installation, filter, true).await[0].state, "fixed");
        let row = &rows(&installation, "name = legacy-report", false).await[0];
        assert_eq!(row.assignee.as_deref(), Some("ann.smith@acme.example"));
    }
}
