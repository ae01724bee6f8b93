//! What happens at the bounds of one run: said aloud, and nothing is taken for gone behind them.

use std::time::{Duration, Instant};

use model::{
    Alias, Attributes, Coverage, CoverageState, EdgeKind, NodeKind, NodeRef, Observation,
    ObservedEdge, Sink as _,
};
use testkit::both_databases;

use crate::estate::{Run, day, iam, rows, standing, user};

const COVERAGE_KEPT: usize = 20_000;
const PARTS_KEPT: usize = 200_000;

fn denied(place: usize) -> Coverage {
    let mut coverage = Coverage::complete(&iam(), None, "inventory");
    coverage.state = CoverageState::Denied;
    coverage.place = format!("/places/{place:06}");
    "not readable".clone_into(&mut coverage.reason);
    coverage
}

both_databases! {
    /// With more statements than are kept, one about the thing that is missing may be among those
    /// that were only counted: then nothing counts as gone.
    async fn beyond_the_kept_coverage_nothing_is_retired(t: TestDb) {
        let seen = |name: &str, at| Observation::new(user(name), day(at), Attributes::named(name, "u")).at(format!("/elsewhere/{name}"));
        let whole = |run: Run| run.covered(&iam(), CoverageState::Complete, "");
        whole(Run::new(&t, day(0)).say(&iam(), seen("stays", 0)).say(&iam(), seen("gone", 0))).apply(&t).await;
        for (at, gaps, losses, state) in [
            (1, COVERAGE_KEPT + 7, vec!["8 further statements about what could not be read were only counted".to_owned()], "active"),
            (2, 100, Vec::new(), "retired"),
        ] {
            let mut run = whole(Run::new(&t, day(at)).say(&iam(), seen("stays", at)));
            for place in 0..gaps {
                run.spool.cover(denied(place)).unwrap();
            }
            // The same said again is one statement that was made twice, and no loss.
            run.spool.cover(denied(0)).unwrap();
            assert_eq!(run.spool.losses(), losses);
            let applied = run.apply(&t).await;
            let kept = rows(&t.db, &format!("SELECT COUNT(*) FROM coverage WHERE run = {}", applied.seq)).await;
            assert_eq!(kept, [(gaps + 1).min(COVERAGE_KEPT).to_string()]);
            assert_eq!(standing(&t.db).await["gone"], state, "{gaps} gaps");
        }
    }

    /// A record with thousands of relations to things nobody else shows costs what it holds, not
    /// its square.
    async fn a_record_that_names_thousands_is_stored_in_linear_time(t: TestDb) {
        let mut said = Observation::new(user("hub"), day(0), Attributes::named("hub", "u"));
        for n in 0..4_000 {
            said = said.edge(ObservedEdge::to(EdgeKind::MemberOf, NodeRef::global(NodeKind::Group, "aws", format!("g{n:05}"))).with("why", "x".repeat(50)));
        }
        let run = Run::new(&t, day(0)).say(&iam(), said);
        let started = Instant::now();
        run.apply(&t).await;
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
        assert_eq!(rows(&t.db, "SELECT COUNT(*) FROM edge").await, ["4000"]);
        assert_eq!(rows(&t.db, "SELECT COUNT(DISTINCT n.native_id) FROM node n JOIN node_version v ON v.node_key = n.node_key WHERE n.kind = 'group' AND v.name = n.native_id").await, ["4000"]);
    }
}

/// One record cannot fill the memory: what is beyond is cut, counted and said.
#[test]
fn relations_names_and_tags_of_one_record_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let cut = |said: Observation| {
        let mut spool = inventory::Spool::new(folder.path());
        spool.observe(&iam(), said).unwrap();
        spool.losses()
    };
    let bare = || Observation::new(user("hub"), day(0), Attributes::named("hub", "u"));
    let loss = ["3 relations, names or tags beyond 200,000 of one record were cut".to_owned()];

    let group = NodeRef::global(NodeKind::Group, "aws", "g");
    let edge = ObservedEdge::to(EdgeKind::MemberOf, group);
    let mut edges = bare();
    edges.edges = vec![edge; PARTS_KEPT + 3];
    assert_eq!(cut(edges), loss);

    let mut aliases = bare();
    aliases.aliases = vec![Alias::lookup("x"); PARTS_KEPT + 3];
    assert_eq!(cut(aliases), loss);

    let mut tags = bare();
    tags.attributes.tags = (0..PARTS_KEPT + 3)
        .map(|n| (n.to_string(), String::new()))
        .collect();
    assert_eq!(cut(tags), loss);

    let mut full = bare();
    full.aliases = vec![Alias::lookup("x"); PARTS_KEPT];
    assert_eq!(cut(full), [""; 0]);
}
