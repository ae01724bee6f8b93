//! What a person says about records: set, changed and taken back one by one, kept with who, when and why.

use inventory::edit::{self, Field, Other, RelationChange, Statement};
use inventory::{InventoryError, RunKind};
use model::labels::OwnerRole;
use model::{
    Attributes, Class, CoverageState, EdgeKind, NodeKind, NodeRef, Observation, SourceRef, TimeUs,
};
use testkit::both_databases;

use crate::estate::{Run, day, iam, key, rows, standing, start, user};

async fn key_of(t: &testkit::TestDb, node: &NodeRef) -> i64 {
    let sql = format!("SELECT node_key FROM node WHERE id = '{}'", node.id());
    rows(&t.db, &sql).await[0].parse().unwrap()
}

fn facts(subject: i64, facts: &[(&str, Option<&str>)]) -> Statement {
    Statement {
        subject,
        facts: facts
            .iter()
            .map(|(word, value)| (Field::parse(word).unwrap(), value.map(str::to_owned)))
            .collect(),
        relations: Vec::new(),
        why: "ticket 7".to_owned(),
    }
}

fn owner(subject: i64, other: Other, role: Option<OwnerRole>, stated: bool) -> Statement {
    Statement {
        relations: vec![RelationChange {
            kind: EdgeKind::OwnedBy,
            other,
            role,
            stated,
        }],
        ..facts(subject, &[])
    }
}

async fn say(
    t: &testkit::TestDb,
    said: &[Statement],
    now: TimeUs,
) -> Result<inventory::Applied, InventoryError> {
    edit::say(&t.db, &start(RunKind::Edit, now), said, now).await
}

fn ann() -> NodeRef {
    NodeRef::global(NodeKind::Person, "person", "ann.canary@example.com")
}

fn named_ann() -> Other {
    let attributes = Attributes {
        class: Some(Class::Human),
        ..Attributes::named("Ann Canary", "person")
    };
    Other::Named(ann(), Box::new(attributes))
}

const FACTS: &str = "SELECT coalesce(environment, '-'), coalesce(purpose, '-'), coalesce(privileged, -1), \
                     coalesce(signals, '-') FROM node_version WHERE to_run IS NULL AND name = 'amy'";
const OWNERS: &str =
    "SELECT attributes FROM edge WHERE to_run IS NULL AND kind = 'owned_by' ORDER BY attributes";

both_databases! {
    async fn one_fact_does_not_erase_another_and_sources_do_not_erase_either(t: TestDb) {
        let tagged = |n| Observation::new(user("amy"), day(n), Attributes { declared_environment: Some("test".into()), declared_privileged: Some(true), ..Attributes::named("amy", "u") });
        Run::new(&t, day(0)).say(&iam(), tagged(0)).apply(&t).await;
        let amy = key_of(&t, &user("amy")).await;
        say(&t, &[facts(amy, &[("environment", Some("production")), ("signals.many_tenants", Some("no"))])], day(1)).await.unwrap();
        say(&t, &[facts(amy, &[("purpose", Some("pays invoices")), ("privileged", Some("no"))])], day(2)).await.unwrap();
        assert_eq!(rows(&t.db, FACTS).await, ["production|pays invoices|0|many_tenants=no"]);
        Run::new(&t, day(3)).say(&iam(), tagged(3)).apply(&t).await;
        assert_eq!(rows(&t.db, FACTS).await, ["production|pays invoices|0|many_tenants=no"], "a later import changes nothing");
        say(&t, &[facts(amy, &[("environment", None), ("signals.many_tenants", None)])], day(4)).await.unwrap();
        assert_eq!(rows(&t.db, FACTS).await, ["test|pays invoices|0|-"], "what was taken back leaves the source's word");
        say(&t, &[facts(amy, &[("purpose", None), ("privileged", None)])], day(5)).await.unwrap();
        assert_eq!(rows(&t.db, FACTS).await, ["test|-|1|-"]);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM sighting s JOIN source c ON c.source_key = s.source_key WHERE s.to_run IS NULL AND c.connector = 'hand'").await, ["0"], "nothing said is no sighting");
        assert_eq!(inventory::contradictions(&t.db).await.unwrap(), Vec::<String>::new());
    }

    /// A clock that went back does not make a person's newest word an old one.
    async fn the_last_word_stands_whatever_the_clock(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        let amy = key_of(&t, &user("amy")).await;
        for (word, now) in [("first", day(5)), ("second", day(5)), ("third", day(1))] {
            say(&t, &[facts(amy, &[("purpose", Some(word))])], now).await.unwrap();
        }
        assert_eq!(rows(&t.db, FACTS).await, ["-|third|-1|-"]);
    }

    async fn owners_come_and_go_one_by_one(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").apply(&t).await;
        let (amy, bob) = (key_of(&t, &user("amy")).await, key_of(&t, &user("bob")).await);
        let applied = say(&t, &[owner(amy, named_ann(), Some(OwnerRole::Technical), true)], day(1)).await.unwrap();
        assert_eq!((applied.nodes_added, applied.edges_added), (1, 1));
        let person = key_of(&t, &ann()).await;
        let business = owner(amy, Other::Known(person), Some(OwnerRole::Business), true);
        say(&t, &[business.clone(), owner(amy, Other::Known(bob), Some(OwnerRole::Backup), true)], day(2)).await.unwrap();
        let again = say(&t, &[business], day(3)).await.unwrap();
        assert_eq!((again.edges_added, again.edges_ended), (0, 0), "saying it twice is saying it once");
        let said = rows(&t.db, OWNERS).await;
        assert_eq!(said.len(), 3);
        let technical = said.iter().find(|said| said.contains("technical")).unwrap();
        assert!(technical.contains(r#""by":"tester""#) && technical.contains(r#""why":"ticket 7""#), "{technical}");
        say(&t, &[owner(amy, Other::Known(person), Some(OwnerRole::Technical), false)], day(4)).await.unwrap();
        let left = rows(&t.db, OWNERS).await;
        assert!(left.len() == 2 && left.iter().all(|said| !said.contains("technical")), "{left:?}");
        assert_eq!(standing(&t.db).await["Ann Canary"], "active");
        // A later import of the same source does not touch them.
        Run::new(&t, day(5)).user("amy").user("bob").covered(&iam(), CoverageState::Complete, "").apply(&t).await;
        assert_eq!(rows(&t.db, OWNERS).await.len(), 2);
        say(&t, &[owner(amy, Other::Known(person), None, false), owner(amy, Other::Known(bob), None, false)], day(6)).await.unwrap();
        assert_eq!(rows(&t.db, OWNERS).await, Vec::<String>::new());
        assert_eq!(standing(&t.db).await["amy"], "active");
    }

    async fn nonsense_is_refused_and_nothing_is_changed(t: TestDb) {
        Run::new(&t, day(0)).key_of("AKIA1", "amy").apply(&t).await;
        let credential = key_of(&t, &key("AKIA1")).await;
        let before = rows(&t.db, "SELECT COUNT(*) FROM run").await;
        for wrong in [
            facts(credential, &[("purpose", Some("x")), ("environment", Some("moon"))]),
            owner(credential, Other::Known(credential), None, true),
            facts(9_999, &[("purpose", Some("x"))]),
        ] {
            assert!(say(&t, &[wrong], day(1)).await.is_err());
        }
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM run").await, before);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM source WHERE connector = 'hand'").await, ["0"]);
    }

    /// Who assigned an owner did not say that the thing is there.
    async fn what_a_person_said_does_not_keep_a_thing_alive(t: TestDb) {
        let plan = SourceRef::new("plan.sheet", "x");
        let listed = Observation::new(user("planned"), day(0), Attributes::named("planned", "u"));
        Run::new(&t, day(0)).user("amy").say(&plan, listed).apply(&t).await;
        let (amy, planned) = (key_of(&t, &user("amy")).await, key_of(&t, &user("planned")).await);
        say(&t, &[facts(amy, &[("purpose", Some("x"))]), facts(planned, &[("purpose", Some("y"))])], day(1)).await.unwrap();
        Run::new(&t, day(2)).covered(&iam(), CoverageState::Complete, "").covered(&plan, CoverageState::Complete, "").apply(&t).await;
        let stands = standing(&t.db).await;
        assert_eq!((stands["amy"].as_str(), stands["planned"].as_str()), ("retired", "retired"));
        assert_eq!(rows(&t.db, FACTS).await, ["-|x|-1|-"], "the last facts stay");
        Run::new(&t, day(3)).user("amy").apply(&t).await;
        assert_eq!((standing(&t.db).await["amy"].as_str(), rows(&t.db, FACTS).await), ("active", vec!["-|x|-1|-".to_owned()]));
    }

    async fn words_follow_a_record_that_joins_another(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("amy-old").apply(&t).await;
        let (a, b) = (key_of(&t, &user("amy")).await, key_of(&t, &user("amy-old")).await);
        say(&t, &[facts(a, &[("purpose", Some("pays"))]), facts(b, &[("environment", Some("test"))]), owner(b, named_ann(), Some(OwnerRole::Backup), true)], day(1)).await.unwrap();
        edit::merge(&t.db, &start(RunKind::Edit, day(2)), a, b, day(2)).await.unwrap();
        let both = "SELECT environment, purpose FROM node_version WHERE to_run IS NULL AND kind = 'identity'";
        assert_eq!(rows(&t.db, both).await, ["test|pays"]);
        let ann = Other::Known(key_of(&t, &ann()).await);
        say(&t, &[facts(b, &[("environment", Some("production"))])], day(3)).await.unwrap();
        assert_eq!(rows(&t.db, both).await, ["production|pays"]);
        assert_eq!(rows(&t.db, OWNERS).await.len(), 1);
        say(&t, &[facts(a, &[("environment", None), ("purpose", None)]), owner(a, ann, None, false)], day(4)).await.unwrap();
        assert_eq!(rows(&t.db, both).await, ["-|-"]);
        assert_eq!(rows(&t.db, OWNERS).await, Vec::<String>::new());
    }

    /// A leaver's words and ownership stay, under a pseudonym.
    async fn erasing_a_person_leaves_no_name_in_what_was_said(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        let amy = key_of(&t, &user("amy")).await;
        let mut by_ann = start(RunKind::Edit, day(1));
        by_ann.actor = "ann.canary@example.com".into();
        by_ann.title = "identity set --why 'Ann Canary asked'".into();
        let mut said = facts(amy, &[("purpose", Some("run by Ann Canary")), ("justification", Some("Ann Canary"))]);
        said.why = "as ann.canary@example.com says".into();
        edit::say(&t.db, &by_ann, &[said, owner(amy, named_ann(), Some(OwnerRole::Business), true)], day(1)).await.unwrap();
        let person = key_of(&t, &ann()).await;
        edit::erase_person(&t.db, &start(RunKind::Maintenance, day(2)), person, "01GONE", day(2)).await.unwrap();
        for table in ["node", "node_version", "sighting", "alias", "search_term", "edge", "tag", "coverage", "run"] {
            for row in rows(&t.db, &format!("SELECT * FROM {table}")).await {
                assert!(!row.to_lowercase().contains("canary"), "{table}: {row}");
            }
        }
        let owners = rows(&t.db, OWNERS).await;
        assert!(owners.len() == 1 && owners[0].contains("business") && owners[0].contains("erased-person-01gone"), "{owners:?}");
        // What was said can still be changed.
        say(&t, &[facts(amy, &[("purpose", Some("pays invoices"))])], day(3)).await.unwrap();
        assert!(rows(&t.db, "SELECT purpose FROM node_version WHERE to_run IS NULL").await.contains(&"pays invoices".to_owned()));
    }
}
