//! Nothing is retired that nobody looked at.

use model::{
    Attributes, CoverageState, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, SourceRef,
};
use testkit::both_databases;

use crate::estate::{Run, day, iam, rows, standing, user};

fn file(path: &str) -> NodeRef {
    NodeRef::within(NodeKind::Resource, "file", "h1", path)
}

fn key_at(path: &str, at: model::TimeUs) -> Observation {
    Observation::new(
        NodeRef::key_material("aa"),
        at,
        Attributes::named("key", "private_key"),
    )
    .edge(ObservedEdge::to(EdgeKind::StoredIn, file(path)))
    .at(path)
}

both_databases! {
    async fn an_import_adds_and_never_retires(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").apply(&t).await;
        let applied = Run::new(&t, day(1)).user("amy").covered(&iam(), CoverageState::Partial, "users.json").apply(&t).await;
        assert_eq!(applied.nodes_retired, 0);
        assert_eq!(standing(&t.db).await["bob"], "active");
    }

    async fn complete_coverage_retires_and_return_revives(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").key_of("AKIA1", "bob").apply(&t).await;
        let applied = Run::new(&t, day(1)).user("amy").covered(&iam(), CoverageState::Complete, "").apply(&t).await;
        assert_eq!(applied.nodes_retired, 2);
        let now = standing(&t.db).await;
        assert_eq!((now["amy"].as_str(), now["bob"].as_str(), now["AKIA1"].as_str()), ("active", "retired", "retired"));
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM edge WHERE to_run IS NULL").await, ["0"]);
        Run::new(&t, day(2)).user("bob").apply(&t).await;
        assert_eq!(standing(&t.db).await["bob"], "active");
    }

    /// X2: with one permission removed, nothing is retired.
    async fn a_gap_keeps_what_may_be_behind_it(t: TestDb) {
        Run::new(&t, day(0)).user("amy").user("bob").apply(&t).await;
        let applied = Run::new(&t, day(1))
            .user("amy")
            .covered(&iam(), CoverageState::Complete, "")
            .covered(&iam(), CoverageState::Denied, "iam:ListUsers page 2")
            .apply(&t)
            .await;
        assert_eq!((applied.nodes_retired, applied.shortfalls), (0, 1));
    }

    async fn another_sources_silence_retires_nothing(t: TestDb) {
        let other = SourceRef::new("aws.test", "999988887777");
        Run::new(&t, day(0)).user("amy").apply(&t).await;
        Run::new(&t, day(1)).covered(&other, CoverageState::Complete, "").apply(&t).await;
        assert_eq!(standing(&t.db).await["amy"], "active");
    }

    /// A copy of a key that is gone ends; the copy behind an unreadable directory stays.
    async fn one_place_of_several_ends(t: TestDb) {
        let host = SourceRef::new("host", "h1");
        let mut run = Run::new(&t, day(0));
        for path in ["/home/amy/k", "/home/bob/k", "/srv/k"] {
            run = run.say(&host, key_at(path, day(0)));
        }
        run.covered(&host, CoverageState::Complete, "").apply(&t).await;
        Run::new(&t, day(1))
            .say(&host, key_at("/srv/k", day(1)))
            .covered(&host, CoverageState::Complete, "/home")
            .covered(&host, CoverageState::Complete, "/srv")
            .covered(&host, CoverageState::Denied, "/home/bob")
            .apply(&t)
            .await;
        let places = rows(&t.db, "SELECT place FROM edge WHERE to_run IS NULL ORDER BY place").await;
        assert_eq!(places, ["/home/bob/k", "/srv/k"]);
        assert_eq!(standing(&t.db).await["key"], "active");
    }

    /// A plan is not authoritative: when the provider no longer shows the user, a plan that still
    /// does cannot keep it.
    async fn a_plan_cannot_keep_what_the_provider_lost(t: TestDb) {
        let plan = SourceRef::new("plan.tf", "x");
        let said = Observation::new(user("amy"), day(0), Attributes::named("amy", "tf"));
        Run::new(&t, day(0)).user("amy").say(&plan, said.clone()).say(&plan, Observation::new(user("new"), day(0), Attributes::named("new", "tf"))).apply(&t).await;
        Run::new(&t, day(1)).say(&plan, said).covered(&iam(), CoverageState::Complete, "").apply(&t).await;
        let now = standing(&t.db).await;
        assert_eq!((now["amy"].as_str(), now["new"].as_str()), ("retired", "active"));
    }
}
