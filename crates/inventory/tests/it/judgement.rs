//! Verdicts and findings as assessments keep them.

use std::collections::BTreeSet;

use inventory::RunKind;
use inventory::judgement::{
    self, Assessed, AssessmentRow, Decision, FindingFilter, FindingRow, Found, JudgedNode,
    ScoreColumns, Verdict, Writer,
};
use inventory::read::{Reader, When};
use model::TimeUs;
use model::filter::Filter;
use model::finding::Severity;
use store::Db;
use testkit::both_databases;

use crate::estate::{Run, day, rows, start};

fn found(key: &str, severity: Severity, summary: &str) -> Found {
    Found {
        key: key.to_owned(),
        rule: "a-rule".to_owned(),
        severity,
        first: false,
        confidence: 90,
        summary: summary.to_owned(),
        assignee: None,
        excepted_until: None,
        body: "{}".to_owned(),
    }
}

fn judged(key: i64, risk: f64, findings: Vec<Found>) -> JudgedNode {
    JudgedNode {
        key,
        verdict: Some(Verdict {
            environment: Some("production".to_owned()),
            privileged: Some(true),
            owner_state: "unowned".to_owned(),
            score: Some(ScoreColumns {
                r: risk,
                lo: risk,
                hi: 100.0,
                c: 50.0,
                rank: risk,
                band: "high".to_owned(),
                vector: "NRS:1.0/OW1:1".to_owned(),
            }),
            ..Verdict::default()
        }),
        findings,
    }
}

async fn assess(db: &Db, now: TimeUs, all: Vec<JudgedNode>) -> Assessed {
    let mut writer = Writer::begin(db, &start(RunKind::Maintenance, now))
        .await
        .expect("it works");
    writer.range(0, i64::MAX, all).await.expect("it works");
    let row = AssessmentRow {
        judged_run: 1,
        judged: Some(now),
        policy: "p".to_owned(),
        whole: true,
        detail: "{}".to_owned(),
        ..AssessmentRow::default()
    };
    writer
        .finish(row, &[("a-rule".to_owned(), 2, 1, 0)], now)
        .await
        .expect("it works")
}

async fn list(db: &Db, when: When, now: TimeUs, all: bool) -> Vec<FindingRow> {
    let reader = Reader::open(db, when).await.expect("it works");
    let asked = FindingFilter {
        filter: &Filter::All,
        all,
        now,
        cursor: None,
        limit: 100,
    };
    judgement::findings(&reader, &asked)
        .await
        .expect("it works")
        .0
}

async fn decide(
    db: &Db,
    key: &str,
    state: &'static str,
    until: Option<TimeUs>,
    now: TimeUs,
) -> FindingRow {
    let decision = Decision {
        state,
        until,
        reason: "because".to_owned(),
        people: vec!["owner".to_owned(), "security".to_owned()],
    };
    judgement::decide(db, &start(RunKind::Edit, now), key, &decision, now)
        .await
        .expect("it works")
}

fn keys(found: &[FindingRow]) -> Vec<&str> {
    found.iter().map(|row| row.key.as_str()).collect()
}

both_databases! {
    async fn the_same_judgement_again_writes_nothing(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").apply(&t).await;
        let all = || vec![
            judged(1, 80.0, vec![found("a-rule:1", Severity::High, "old key")]),
            judged(2, 20.0, vec![]),
        ];
        let first = assess(&t.db, day(1), all()).await;
        assert_eq!((first.judged, first.verdicts_changed, first.opened, first.fixed), (2, 2, 1, 0));
        let before = (rows(&t.db, "SELECT * FROM verdict").await, rows(&t.db, "SELECT * FROM finding").await);
        let second = assess(&t.db, day(2), all()).await;
        assert_eq!((second.verdicts_changed, second.opened, second.standing, second.fixed), (0, 0, 1, 0));
        let after = (rows(&t.db, "SELECT * FROM verdict").await, rows(&t.db, "SELECT * FROM finding").await);
        assert_eq!(before, after);
    }

    async fn a_finding_is_fixed_by_observation_and_comes_back(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        let with = || vec![judged(1, 80.0, vec![found("a-rule:1", Severity::High, "old key")])];
        assess(&t.db, day(1), with()).await;
        let gone = assess(&t.db, day(2), vec![judged(1, 10.0, vec![])]).await;
        assert_eq!((gone.fixed, gone.verdicts_changed), (1, 1));
        assert!(list(&t.db, When::Latest, day(2), false).await.is_empty());
        let fixed = list(&t.db, When::Latest, day(2), true).await;
        assert_eq!((fixed[0].state.as_str(), fixed[0].fixed), ("fixed", Some(day(2))));
        assert_eq!(keys(&list(&t.db, When::At(day(1)), day(2), false).await), ["a-rule:1"]);
        assess(&t.db, day(3), with()).await;
        let again = list(&t.db, When::Latest, day(3), true).await;
        assert_eq!(again.len(), 1, "one finding, however often it came and went");
        assert_eq!(again[0].state, "open");
    }

    async fn decisions_hold_until_their_time_and_survive_assessments(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        let with = || vec![judged(1, 80.0, vec![
            found("a-rule:1", Severity::High, "one"),
            found("a-rule:2", Severity::Low, "two"),
            found("a-rule:3", Severity::Low, "three"),
        ])];
        assess(&t.db, day(1), with()).await;
        let accepted = decide(&t.db, "a-rule:1", "accepted", Some(day(10)), day(2)).await;
        assert_eq!((accepted.state.as_str(), accepted.until), ("accepted", Some(day(10))));
        decide(&t.db, "a-rule:2", "false_positive", None, day(2)).await;
        decide(&t.db, "a-rule:3", "acknowledged", None, day(2)).await;
        assess(&t.db, day(3), with()).await;
        assert_eq!(keys(&list(&t.db, When::Latest, day(9), false).await), ["a-rule:3"]);
        let back = list(&t.db, When::Latest, day(10), false).await;
        assert_eq!(keys(&back), ["a-rule:1", "a-rule:3"], "an acceptance that has run out is open again");
        assert_eq!(back[0].state, "open");
        decide(&t.db, "a-rule:2", "open", None, day(4)).await;
        assert_eq!(keys(&list(&t.db, When::Latest, day(9), false).await), ["a-rule:2", "a-rule:3"]);
        let none = Decision { state: "acknowledged", until: None, reason: "x".to_owned(), people: vec![] };
        let refused = judgement::decide(&t.db, &start(RunKind::Edit, day(4)), "a-rule:9", &none, day(4)).await;
        assert!(refused.unwrap_err().to_string().contains("a-rule:9"));
    }

    async fn the_worst_comes_first_and_pages_join(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").user("cat").apply(&t).await;
        assess(&t.db, day(1), vec![
            judged(1, 10.0, vec![found("a-rule:1", Severity::Critical, "one")]),
            judged(2, 90.0, vec![found("a-rule:2", Severity::High, "two")]),
            judged(3, 95.0, vec![found("a-rule:3", Severity::High, "three"), found("a-rule:4", Severity::High, "four")]),
        ]).await;
        let whole = list(&t.db, When::Latest, day(1), false).await;
        assert_eq!(keys(&whole), ["a-rule:1", "a-rule:3", "a-rule:4", "a-rule:2"]);
        let reader = Reader::open(&t.db, When::Latest).await.unwrap();
        let mut cursor: Option<String> = None;
        let mut paged = Vec::new();
        loop {
            let asked = FindingFilter { filter: &Filter::All, all: false, now: day(1), cursor: cursor.as_deref(), limit: 1 };
            let (page, next) = judgement::findings(&reader, &asked).await.unwrap();
            paged.extend(page.into_iter().map(|row| row.key));
            match next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(paged, keys(&whole));
    }

    async fn findings_are_filtered_by_the_one_language(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").apply(&t).await;
        assess(&t.db, day(1), vec![
            judged(1, 10.0, vec![found("a-rule:1", Severity::Critical, "an old key")]),
            judged(2, 90.0, vec![found("b-rule:2", Severity::Low, "nobody owns it")]),
        ]).await;
        let reader = Reader::open(&t.db, When::Latest).await.unwrap();
        for (text, expected) in [
            ("severity = critical", vec!["a-rule:1"]),
            ("NOT severity = critical", vec!["b-rule:2"]),
            ("environment = production AND name = bob", vec!["b-rule:2"]),
            ("state = open", vec!["a-rule:1", "b-rule:2"]),
            ("old", vec!["a-rule:1"]),
            ("band = high", vec!["a-rule:1", "b-rule:2"]),
        ] {
            let filter = model::filter::parse(text, &judgement::FINDING_SCHEMA).unwrap();
            let asked = FindingFilter { filter: &filter, all: false, now: day(1), cursor: None, limit: 10 };
            let (page, _) = judgement::findings(&reader, &asked).await.unwrap();
            assert_eq!(keys(&page), expected, "{text}");
        }
    }

    async fn a_change_of_severity_is_history_and_other_words_are_not(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        let with = |severity, words: &str| vec![judged(1, 80.0, vec![found("a-rule:1", severity, words)])];
        assess(&t.db, day(1), with(Severity::Low, "one")).await;
        assess(&t.db, day(2), with(Severity::Low, "other words")).await;
        assert_eq!(rows(&t.db, "SELECT summary FROM finding").await, ["other words"]);
        assess(&t.db, day(3), with(Severity::High, "worse")).await;
        assert_eq!(rows(&t.db, "SELECT severity FROM finding ORDER BY finding_key").await, ["low", "high"]);
        assert_eq!(list(&t.db, When::Latest, day(3), true).await.len(), 1);
        assert_eq!(list(&t.db, When::At(day(2)), day(3), true).await[0].severity, "low");
    }

    async fn only_what_was_asked_about_is_compared(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").apply(&t).await;
        assess(&t.db, day(1), vec![
            judged(1, 10.0, vec![found("a-rule:1", Severity::Low, "one")]),
            judged(2, 10.0, vec![found("a-rule:2", Severity::Low, "two")]),
        ]).await;
        let mut writer = Writer::begin(&t.db, &start(RunKind::Maintenance, day(2))).await.unwrap();
        writer.keys(&[2], vec![judged(2, 10.0, vec![])]).await.unwrap();
        let done = writer.finish(AssessmentRow::default(), &[], day(2)).await.unwrap();
        assert_eq!((done.judged, done.fixed), (1, 1));
        assert_eq!(keys(&list(&t.db, When::Latest, day(2), false).await), ["a-rule:1"]);
        let reader = Reader::open(&t.db, When::Latest).await.unwrap();
        assert_eq!(judgement::verdicts(&reader, &BTreeSet::from([1, 2])).await.unwrap().len(), 2);
        assert_eq!(judgement::history(&reader, 1).await.unwrap().len(), 1);
        assert_eq!(judgement::last_assessment(&reader).await.unwrap().unwrap().run, 3);
    }

    async fn an_assessment_that_is_dropped_leaves_no_trace(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        let mut writer = Writer::begin(&t.db, &start(RunKind::Maintenance, day(1))).await.unwrap();
        writer.range(0, i64::MAX, vec![judged(1, 1.0, vec![found("a-rule:1", Severity::Low, "one")])]).await.unwrap();
        drop(writer);
        assert!(list(&t.db, When::Latest, day(1), true).await.is_empty());
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM run").await, ["1"]);
    }
}
