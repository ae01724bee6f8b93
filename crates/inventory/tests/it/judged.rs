//! What judgements read: listed facts and signals, the inventory as one graph.

use std::collections::BTreeSet;

use graph::{Estate, NodeIx};
use inventory::read::{ListQuery, Reader, When, estate, estate_around, list};
use inventory::{RunKind, edit};
use model::{
    Alias, Answer, Attributes, CoverageState, CredentialType, EdgeKind, NodeKind, NodeRef,
    Observation, ObservedEdge, Signal, SourceRef,
};
use testkit::both_databases;

use crate::estate::{Run, day, iam, key, rows, start, user};

fn host() -> SourceRef {
    SourceRef::new("plan.host", "laptop")
}

fn credential(id: &str, said: &[(Signal, Answer)]) -> Observation {
    let mut attributes = Attributes {
        credential_type: Some(CredentialType::AccessKey),
        declared_purpose: Some("nightly load".into()),
        cadence_days: Some(1),
        ..Attributes::named(id, "k")
    };
    attributes.signals = said.iter().cloned().collect();
    Observation::new(key(id), day(0), attributes)
}

async fn found(t: &testkit::TestDb, filter: &str) -> (Vec<String>, Option<i64>) {
    let reader = Reader::open(&t.db, When::Latest).await.unwrap();
    let filter = model::filter::parse(filter, &inventory::read::SCHEMA).unwrap();
    let query = ListQuery {
        kind: NodeKind::Credential,
        classes: &[],
        subtypes: &[],
        filter: &filter,
        now: day(1),
        retired: false,
        referenced: false,
        by_risk: false,
        cursor: None,
        limit: 100,
    };
    let page = list(&reader, &query).await.unwrap();
    let names = page.rows.into_iter().map(|node| node.name).collect();
    (names, page.undecided)
}

/// The relations of a node as words, with their sources.
fn relations(estate: &Estate, ix: NodeIx) -> Vec<String> {
    let name = |ix: NodeIx| estate.text(estate.node(ix).unwrap().native_id).to_owned();
    let line = |arrow: &str, edge: &graph::Edge| {
        let source = estate.sources()[edge.source as usize].label();
        let (place, said) = (estate.text(edge.place), estate.text(edge.attributes));
        format!(
            "{} {arrow} {} by {source} at {place} {said}",
            edge.kind,
            name(edge.other)
        )
    };
    let out = estate.out(ix).iter().map(|edge| line("->", edge));
    out.chain(Estate::into(estate, ix).iter().map(|edge| line("<-", edge)))
        .collect()
}

/// Everything an estate says about a node.
fn picture(estate: &Estate, ix: NodeIx) -> Vec<String> {
    let node = estate.node(ix).unwrap();
    let mut lines = relations(estate, ix);
    lines.push(format!(
        "{} {} {:?} {:?} {:?} {}",
        estate.text(node.name),
        estate.text(node.environment),
        node.signals,
        node.last_used,
        node.status,
        node.referenced
    ));
    lines.extend(
        estate
            .tags(ix)
            .map(|(name, value)| format!("{name}={value}")),
    );
    lines.extend(estate.sources_of(ix).map(graph::SourceInfo::label));
    let detail = |signal: &Signal| Some(format!("{signal}: {}", estate.detail(ix, *signal)?));
    lines.extend(Signal::ALL.iter().filter_map(detail));
    lines
}

fn at(estate: &Estate, node: &NodeRef) -> NodeIx {
    estate
        .find(node.id())
        .unwrap_or_else(|| panic!("no {}", node.native_id))
}

both_databases! {
    async fn lists_ask_about_signals_and_forms(t: TestDb) {
        let open = credential("open", &[(Signal::PlainText, Answer::yes("settings.json"))]);
        let shut = credential("shut", &[(Signal::PlainText, Answer::No), (Signal::SelfSigned, Answer::unknown("encrypted"))]);
        let dark = credential("dark", &[(Signal::SelfSigned, Answer::of(true))]);
        Run::new(&t, day(0)).say(&iam(), open).say(&iam(), shut).say(&iam(), dark).apply(&t).await;
        assert_eq!(rows(&t.db, "SELECT name || ' ' || signals FROM node_version ORDER BY name").await,
            ["dark self_signed=yes", "open plain_text=yes", "shut plain_text=no"]);
        assert_eq!(found(&t, "signals:plain_text").await, (vec!["open".into()], Some(1)));
        assert_eq!(found(&t, "signals.plain_text = no").await, (vec!["shut".into()], Some(1)));
        assert_eq!(found(&t, "NOT signals:plain_text").await, (vec!["shut".into()], Some(1)));
        assert_eq!(found(&t, "signals.plain_text = unknown").await.0, ["dark"]);
        assert_eq!(found(&t, "credential_type = access_key purpose:nightly cadence_days < 2").await.0.len(), 3);
        let schema = &inventory::read::SCHEMA;
        let error = model::filter::parse("signals:plain_txt", schema).unwrap_err();
        assert!(error.to_string().contains("plain_text"), "{error}");
        let parsed = model::filter::parse("signals.plain_text != yes", schema).unwrap();
        assert_eq!(model::filter::parse(&parsed.to_string(), schema).unwrap(), parsed);
    }

    /// Copies of one key on two hosts: what lies open in one place lies open.
    async fn one_source_in_two_places_adds_up(t: TestDb) {
        let said = |place: &str, open: bool| credential("k", &[(Signal::ReadableByOthers, Answer::of(open))]).at(place);
        Run::new(&t, day(0)).say(&host(), said("/a", false)).say(&host(), said("/b", true)).say(&host(), said("/c", false)).apply(&t).await;
        assert_eq!(rows(&t.db, "SELECT signals FROM node_version").await, ["readable_by_others=yes"]);
    }

    async fn the_estate_holds_what_stands_and_folds_members(t: TestDb) {
        let said = credential("AKIA1", &[(Signal::PlainText, Answer::yes("in settings.json")), (Signal::SelfSigned, Answer::No)])
            .alias(Alias::same("slot:1"))
            .edge(ObservedEdge::to(EdgeKind::Authenticates, user("amy")).with("how", "iam"));
        let slot = Observation::new(key("arn:x#access_key_1"), day(0), Attributes { tags: [("team".into(), "pay".into())].into(), ..Attributes::named("slot", "k") })
            .alias(Alias::same("slot:1"))
            .edge(ObservedEdge::to(EdgeKind::Authenticates, user("amy")).with("how", "iam"));
        let gone = NodeRef::global(NodeKind::Person, "person", "bob@example.com");
        let hr = SourceRef::new("hr.people", "x");
        let bob = Observation::new(gone.clone(), day(0), Attributes::named("Bob", "person"));
        let owned = Observation::new(user("amy"), day(0), Attributes::named("amy", "u")).edge(ObservedEdge::to(EdgeKind::OwnedBy, gone.clone()));
        Run::new(&t, day(0)).say(&iam(), said).say(&iam(), slot).say(&iam(), owned).user("lone").say(&hr, bob)
            .covered(&hr, CoverageState::Denied, "wing B").apply(&t).await;
        Run::new(&t, day(1)).covered(&hr, CoverageState::Complete, "").covered(&iam(), CoverageState::Partial, "").apply(&t).await;
        let reader = Reader::open(&t.db, When::Latest).await.unwrap();
        let whole = estate(&reader, day(2)).await.unwrap();
        assert_eq!((whole.len(), whole.now()), (4, day(2)));
        let (root, amy) = (at(&whole, &key("AKIA1")), at(&whole, &user("amy")));
        assert!(whole.find(key("arn:x#access_key_1").id()).is_none(), "a member is its root");
        assert_eq!(picture(&whole, root), [
            r#"authenticates -> arn:aws:iam::111122223333:user/amy by aws.test 111122223333 at  {"how":"iam"}"#,
            "AKIA1  Signals { yes: 8, no: 64 } no source says anything about it None false",
            "team=pay",
            "aws.test 111122223333",
            "plain_text: in settings.json",
        ]);
        let bob = at(&whole, &gone);
        let left = whole.node(bob).unwrap();
        assert!(left.retired && left.referenced && !left.may_be_active(), "who left is named, not judged");
        assert_eq!(relations(&whole, bob), ["owned_by <- arn:aws:iam::111122223333:user/amy by aws.test 111122223333 at  "]);
        let gaps: Vec<_> = whole.gaps_of(amy, "inventory").map(|gap| gap.state).collect();
        assert_eq!(gaps, [CoverageState::Partial], "the newest word of each source");
        // As of the first run Bob was there.
        let before = estate(&Reader::open(&t.db, When::Seq(1)).await.unwrap(), day(2)).await.unwrap();
        assert!(!before.node(at(&before, &gone)).unwrap().retired);
        assert_eq!(before.sources_of(at(&before, &gone)).next().unwrap().last_observed, Some(day(0)));
        // Around one record: the same for what is inside.
        let key_of = rows(&t.db, &format!("SELECT node_key FROM node WHERE id = '{}'", user("amy").id())).await[0].parse().unwrap();
        for seq in [1, 2] {
            let reader = Reader::open(&t.db, When::Seq(seq)).await.unwrap();
            let whole = estate(&reader, day(2)).await.unwrap();
            let part = estate_around(&reader, &BTreeSet::from([key_of]), 2, day(2)).await.unwrap();
            assert_eq!(part.len(), 3);
            for node in [user("amy"), key("AKIA1"), gone.clone()] {
                assert_eq!(picture(&part, at(&part, &node)), picture(&whole, at(&whole, &node)), "{}", node.native_id);
            }
        }
    }

    async fn what_a_person_said_is_in_the_estate(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        let subject = rows(&t.db, "SELECT node_key FROM node").await[0].parse().unwrap();
        let field = |word: &str| edit::Field::parse(word).unwrap();
        let statement = edit::Statement { subject, facts: vec![(field("environment"), Some("production".into())), (field("still_needed"), Some("no".into()))], relations: vec![], why: "CHG-1".into() };
        edit::say(&t.db, &start(RunKind::Edit, day(3)), &[statement], day(3)).await.unwrap();
        let whole = estate(&Reader::open(&t.db, When::Latest).await.unwrap(), day(4)).await.unwrap();
        let amy = at(&whole, &user("amy"));
        assert_eq!(whole.text(whole.node(amy).unwrap().environment), "production");
        let said = whole.said(amy, "still_needed").unwrap();
        assert_eq!((whole.text(said.value), whole.text(said.by), whole.text(said.why), said.at), ("no", "tester", "CHG-1", Some(day(3))));
    }
}
