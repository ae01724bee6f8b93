//! One thing seen by many sources is one record.

use model::fact::Fact;
use model::{Alias, Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, SourceRef};
use testkit::both_databases;

use crate::estate::{Run, day, iam, key, picture, rows, standing, user};

both_databases! {
    /// R60: four sources, one record, four sightings.
    async fn four_sources_give_one_record_with_four_sightings(t: TestDb) {
        let mut run = Run::new(&t, day(0));
        for (number, connector) in ["aws.a", "aws.b", "host", "terraform"].iter().enumerate() {
            let said = Observation::new(key("AKIAIOSFODNN7EXAMPLE"), day(0), Attributes::named(format!("n{number}"), "aws_access_key"));
            run = run.say(&SourceRef::new(*connector, "s"), said);
        }
        let applied = run.apply(&t).await;
        assert_eq!((applied.nodes_added, applied.observations), (1, 4));
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM sighting").await, ["4"]);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node").await, ["1"]);
    }

    /// A slot of the credential report and the key of `list-access-keys` are one key.
    async fn a_shared_identifying_name_makes_one_record(t: TestDb) {
        let slot = Observation::new(
            key("arn:aws:iam::111122223333:user/amy#access_key_1"),
            day(0),
            Attributes { last_used: Some(Fact::known(day(-3))), ..Attributes::named("access key 1", "aws_access_key") },
        )
        .alias(Alias::same("aws:key_slot:amy"))
        .edge(ObservedEdge::to(EdgeKind::Authenticates, user("amy")));
        Run::new(&t, day(0)).say(&SourceRef::new("aws.report", "1"), slot).user("amy").apply(&t).await;
        assert!(standing(&t.db).await.contains_key("access key 1"));
        Run::new(&t, day(1)).key_of("AKIAAMY", "amy").apply(&t).await;
        let standing = standing(&t.db).await;
        assert_eq!(standing.keys().map(String::as_str).collect::<Vec<_>>(), ["AKIAAMY", "amy"]);
        let merged = rows(&t.db, "SELECT name, last_used_us FROM node_version WHERE to_run IS NULL AND kind = 'credential'").await;
        assert_eq!(merged, [format!("AKIAAMY|{}", day(-3).as_micros())]);
    }

    async fn the_order_of_imports_changes_nothing(t: TestDb) {
        let said = |n: usize| -> Vec<(SourceRef, Observation)> {
            let named = |name: &str| Attributes::named(name, "aws_access_key");
            match n {
                0 => vec![(iam(), Observation::new(user("amy"), day(0), Attributes { class: Some(model::Class::Machine), tags: [("env".into(), "prod".into())].into(), ..Attributes::named("amy", "aws_iam_user") }))],
                1 => vec![(SourceRef::new("plan.tf", "x"), Observation::new(user("amy"), day(5), Attributes { tags: [("env".into(), "dev".into()), ("team".into(), "a".into())].into(), ..Attributes::named("planned-amy", "tf") }))],
                2 => vec![(SourceRef::new("aws.report", "1"), Observation::new(key("amy#1"), day(0), named("slot")).alias(Alias::same("slot:amy")))],
                3 => vec![(SourceRef::new("aws.keys", "1"), Observation::new(key("AKIA1"), day(0), named("AKIA1")).alias(Alias::same("slot:amy")).alias(Alias::same("fp1:a:b")))],
                4 => vec![(SourceRef::new("host", "h"), Observation::new(NodeRef::global(NodeKind::Credential, "secret", "fp1:a:b"), day(2), named("found")).alias(Alias::same("fp1:a:b")).edge(ObservedEdge::to(EdgeKind::StoredIn, NodeRef::within(NodeKind::Resource, "file", "h", "/etc/x"))))],
                _ => vec![(SourceRef::new("host", "h"), Observation::new(NodeRef::within(NodeKind::Resource, "file", "h", "/etc/x"), day(2), Attributes::named("/etc/x", "file")))],
            }
        };
        let orders = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 5, 1, 0, 4, 2]];
        let mut pictures = Vec::new();
        for order in orders {
            for table in ["member", "tag", "alias", "search_term", "edge", "sighting", "node_version", "node", "source", "coverage", "run_count", "run"] {
                t.db.migrate(store::MIGRATIONS, day(0)).await.unwrap();
                let mut tx = t.db.write().await.unwrap();
                tx.exec(&format!("DELETE FROM {table}"), vec![]).await.unwrap();
                tx.commit().await.unwrap();
            }
            for n in order {
                let mut run = Run::new(&t, day(9));
                for (source, observation) in said(n) {
                    run = run.say(&source, observation);
                }
                run.apply(&t).await;
            }
            pictures.push(picture(&t.db).await);
        }
        assert_eq!(pictures[0], pictures[1]);
        assert_eq!(pictures[0], pictures[2]);
        // Three names of one key became one record, under the plainest name.
        let credentials = rows(&t.db, "SELECT n.native_id FROM node_version v JOIN node n ON n.node_key = v.node_key WHERE v.to_run IS NULL AND v.kind = 'credential'").await;
        assert_eq!(credentials, ["AKIA1"]);
        let amy = rows(&t.db, "SELECT name FROM node_version WHERE to_run IS NULL AND kind = 'identity'").await;
        assert_eq!(amy, ["amy"], "a plan does not outweigh the provider, however new");
    }

    async fn an_older_export_never_overwrites(t: TestDb) {
        let said = |name: &str, at| Observation::new(user("amy"), at, Attributes::named(name, "aws_iam_user"));
        Run::new(&t, day(5)).say(&iam(), said("new", day(5))).apply(&t).await;
        let applied = Run::new(&t, day(6)).say(&iam(), said("old", day(1))).apply(&t).await;
        assert_eq!(applied.older_ignored, 1);
        assert!(standing(&t.db).await.contains_key("new"));
    }

    async fn saying_it_again_changes_nothing_but_the_time(t: TestDb) {
        Run::new(&t, day(0)).user("amy").key_of("AKIA1", "amy").apply(&t).await;
        let before = picture(&t.db).await;
        let applied = Run::new(&t, day(1)).user("amy").key_of("AKIA1", "amy").apply(&t).await;
        assert_eq!((applied.nodes_added, applied.nodes_changed, applied.edges_added, applied.edges_ended), (0, 0, 0, 0));
        assert_eq!(picture(&t.db).await, before);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node_version").await, ["2"]);
        let seen = rows(&t.db, "SELECT last_observed_us, seen FROM sighting ORDER BY sighting_key").await;
        assert_eq!(seen, vec![format!("{0}|2:{0} ", day(1).as_micros()); 2]);
    }

    /// A thing only named by an edge is known as such, and becomes whole when it is observed.
    async fn a_named_thing_becomes_whole(t: TestDb) {
        Run::new(&t, day(0)).key_of("AKIA1", "amy").apply(&t).await;
        let arn = user("amy").native_id;
        assert_eq!(standing(&t.db).await[&arn], "referenced");
        Run::new(&t, day(1)).user("amy").apply(&t).await;
        let standing = standing(&t.db).await;
        assert_eq!(standing.get("amy").map(String::as_str), Some("active"));
        assert!(!standing.contains_key(&arn));
    }

    async fn counts_follow_what_changes(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").key_of("AKIA1", "cleo").apply(&t).await;
        Run::new(&t, day(1)).user("cleo").apply(&t).await;
        let kept = rows(&t.db, "SELECT kind, state, total FROM run_count WHERE run = 2 ORDER BY kind, state, subtype").await;
        assert_eq!(kept, ["credential|active|1", "identity|active|3"]);
        let counted = rows(&t.db, "SELECT kind, COUNT(*) FROM node_version WHERE to_run IS NULL GROUP BY kind ORDER BY kind").await;
        assert_eq!(counted, ["credential|1", "identity|3"]);
    }
}
