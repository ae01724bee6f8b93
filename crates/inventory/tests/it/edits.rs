//! Edits by hand, removal, erasure, retention.

use inventory::{RunKind, edit};
use model::{
    Alias, Attributes, Class, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, SourceRef,
};
use testkit::both_databases;

use crate::estate::{Run, day, iam, key, rows, standing, start, user};

async fn key_of(t: &testkit::TestDb, node: &NodeRef) -> i64 {
    rows(
        &t.db,
        &format!("SELECT node_key FROM node WHERE id = '{}'", node.id()),
    )
    .await[0]
        .parse()
        .unwrap_or(-1)
}

both_databases! {
    async fn merge_and_split_by_hand_hold_against_later_imports(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("amy-old").apply(&t).await;
        let (a, b) = (key_of(&t, &user("amy")).await, key_of(&t, &user("amy-old")).await);
        edit::merge(&t.db, &start(RunKind::Edit, day(1)), a, b, day(1)).await.unwrap();
        assert_eq!(standing(&t.db).await.len(), 1);
        Run::new(&t, day(2)).user("amy").user("amy-old").apply(&t).await;
        assert_eq!(standing(&t.db).await.len(), 1, "an import does not undo a person's word");
        let member: i64 = rows(&t.db, "SELECT node_key FROM member WHERE to_run IS NULL").await[0].parse().unwrap();
        edit::split(&t.db, &start(RunKind::Edit, day(3)), member, day(3)).await.unwrap();
        assert_eq!(standing(&t.db).await.len(), 2);
        let error = edit::split(&t.db, &start(RunKind::Edit, day(3)), member, day(3)).await.unwrap_err();
        assert!(error.to_string().contains("not merged"), "{error}");
    }

    async fn what_was_split_is_not_joined_again_by_a_shared_name(t: TestDb) {
        let said = |id: &str| Observation::new(key(id), day(0), Attributes::named(id, "k")).alias(Alias::same("fp1:x:y"));
        Run::new(&t, day(0)).say(&iam(), said("AKIA1")).say(&iam(), said("AKIA2")).apply(&t).await;
        assert_eq!(standing(&t.db).await.len(), 1);
        let member: i64 = rows(&t.db, "SELECT node_key FROM member WHERE to_run IS NULL").await[0].parse().unwrap();
        edit::split(&t.db, &start(RunKind::Edit, day(1)), member, day(1)).await.unwrap();
        Run::new(&t, day(2)).say(&SourceRef::new("aws.other", "1"), said("AKIA1")).say(&SourceRef::new("aws.other", "1"), said("AKIA2")).apply(&t).await;
        assert_eq!(standing(&t.db).await.len(), 2);
    }

    async fn purge_leaves_nothing_of_a_source(t: TestDb) {
        let secret = SourceRef::new("host", "laptop");
        let only = Observation::new(key("AKIAONLY"), day(0), Attributes::named("only-on-laptop", "k")).at("/home/x");
        let both = Observation::new(user("amy"), day(0), Attributes::named("amy-on-laptop", "u"));
        Run::new(&t, day(0)).user("amy").say(&secret, only).say(&secret, both).apply(&t).await;
        edit::remove_source(&t.db, &start(RunKind::Maintenance, day(1)), "host", "laptop", true, day(1)).await.unwrap();
        assert_eq!(standing(&t.db).await.into_keys().collect::<Vec<_>>(), ["amy"]);
        for table in ["node", "node_version", "sighting", "alias", "search_term", "edge", "source"] {
            for row in rows(&t.db, &format!("SELECT * FROM {table}")).await {
                assert!(!row.contains("laptop") && !row.contains("AKIAONLY"), "{table}: {row}");
            }
        }
        let error = edit::remove_source(&t.db, &start(RunKind::Maintenance, day(1)), "host", "laptop", true, day(1)).await.unwrap_err();
        assert!(error.to_string().contains("no source"), "{error}");
    }

    async fn removal_without_purge_keeps_history(t: TestDb) {
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        edit::remove_source(&t.db, &start(RunKind::Maintenance, day(1)), "aws.test", "111122223333", false, day(1)).await.unwrap();
        assert_eq!(standing(&t.db).await["amy"], "retired");
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM sighting").await, ["1"]);
    }

    /// A leaver's personal data goes; what they owned stays known as owned by one and the same.
    async fn erasure_keeps_what_was_owned(t: TestDb) {
        let person = NodeRef::global(NodeKind::Person, "person", "leaver.canary@example.test");
        let directory = SourceRef::new("hr", "x");
        let said = Observation::new(person.clone(), day(0), Attributes { class: Some(Class::Human), ..Attributes::named("Leaver Canary", "person") })
            .alias(Alias::lookup("email:leaver.canary@example.test"));
        let owned = |name: &str| {
            Observation::new(user(name), day(0), Attributes { declared_owner: Some("leaver.canary@example.test".into()), tags: [("owner".into(), "leaver.canary@example.test".into())].into(), ..Attributes::named(name, "u") })
                .edge(ObservedEdge::to(EdgeKind::OwnedBy, person.clone()).with("tag", "leaver.canary@example.test"))
        };
        Run::new(&t, day(0)).say(&directory, said).say(&iam(), owned("a")).say(&iam(), owned("b")).apply(&t).await;
        let node_key = key_of(&t, &person).await;
        let not_human = key_of(&t, &user("a")).await;
        assert!(edit::erase_person(&t.db, &start(RunKind::Maintenance, day(1)), not_human, "01X", day(1)).await.is_err());
        let erased = edit::erase_person(&t.db, &start(RunKind::Maintenance, day(1)), node_key, "01ERASED", day(1)).await.unwrap();
        assert_eq!(erased.pseudonym, "erased-person-01erased");
        for table in ["node", "node_version", "sighting", "alias", "search_term", "edge", "tag", "coverage", "run"] {
            for row in rows(&t.db, &format!("SELECT * FROM {table}")).await {
                assert!(!row.to_lowercase().contains("canary"), "{table}: {row}");
            }
        }
        assert_eq!(rows(&t.db, &format!("SELECT COUNT(*) FROM edge WHERE to_run IS NULL AND other_key = {node_key}")).await, ["2"]);
    }

    async fn retention_forgets_what_ended_and_keeps_what_stands(t: TestDb) {
        for n in 0..5 {
            let said = Observation::new(user("amy"), day(n), Attributes::named(format!("amy{n}"), "u"));
            Run::new(&t, day(n)).say(&iam(), said).apply(&t).await;
        }
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node_version").await, ["5"]);
        let retained = edit::retain(&t.db, &start(RunKind::Maintenance, day(9)), day(3), day(9)).await.unwrap();
        // Runs 1 to 3 committed before day 3: what ended by run 3 is gone, versions 3, 4 and 5 stay.
        assert_eq!(retained.rows, 4);
        assert_eq!(rows(&t.db, "SELECT name FROM node_version ORDER BY from_run").await, ["amy2", "amy3", "amy4"]);
    }

    async fn a_provisional_scope_is_merged_into_the_real_one(t: TestDb) {
        let robot = |scope: &str| NodeRef::within(NodeKind::Identity, "kubernetes", scope.to_owned(), "system:serviceaccount:prod:deployer");
        for (scope, n) in [("file:dump.json", 0), ("prod-eu", 1)] {
            let source = SourceRef { provisional: n == 0, ..SourceRef::new("kubernetes.objects", scope) };
            let said = Observation::new(robot(scope), day(n), Attributes::named("deployer", "k8s_service_account"));
            Run::new(&t, day(n)).say(&source, said).apply(&t).await;
        }
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node_version WHERE to_run IS NULL").await, ["2"], "two clusters are never guessed to be one");
        edit::merge_scope(&t.db, &start(RunKind::Edit, day(2)), "file:dump.json", "prod-eu", day(2)).await.unwrap();
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM node_version WHERE to_run IS NULL").await, ["1"]);
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM source WHERE provisional_us IS NOT NULL").await, ["0"]);
    }
}
