//! What was known then is known still.

use testkit::both_databases;

use crate::estate::{Run, day, iam, rows};
use model::{Attributes, CoverageState, Observation};

use crate::estate::user;

/// Everything a reader at one run sees.
async fn seen_at(t: &testkit::TestDb, seq: i64) -> Vec<String> {
    let visible = format!("from_run <= {seq} AND (to_run IS NULL OR to_run > {seq})");
    let mut all = rows(&t.db, &format!("SELECT node_key, name, status, retired_us IS NULL FROM node_version WHERE {visible} ORDER BY node_key")).await;
    all.extend(rows(&t.db, &format!("SELECT node_key, attributes FROM sighting WHERE {visible} ORDER BY node_key, source_key")).await);
    all.extend(rows(&t.db, &format!("SELECT by_key, other_key, kind FROM edge WHERE {visible} ORDER BY by_key, other_key, kind")).await);
    all
}

both_databases! {
    /// X12: the query at T equals the snapshot taken at T.
    async fn a_read_as_of_a_run_equals_what_was_read_then(t: TestDb) {
        let mut snapshots = Vec::new();
        for n in 0..6_i64 {
            let mut run = Run::new(&t, day(n));
            for (length, name) in [(3, "amy"), (3, "bob"), (4, "cleo"), (3, "dan")] {
                if (n + length) % 3 != 0 {
                    let attributes = Attributes { description: Some(format!("v{}", n / 2)), ..Attributes::named(format!("{name}{}", n / 3), "u") };
                    run = run.say(&iam(), Observation::new(user(name), day(n), attributes));
                    run = run.key_of(&format!("AKIA{}", n % 2), name);
                }
            }
            if n % 2 == 1 {
                run = run.covered(&iam(), CoverageState::Complete, "");
            }
            let seq = run.apply(&t).await.seq;
            snapshots.push((seq, seen_at(&t, seq).await));
        }
        for (seq, then) in &snapshots {
            assert_eq!(&seen_at(&t, *seq).await, then, "run {seq}");
        }
        assert!(snapshots.windows(2).all(|pair| pair[0].1 != pair[1].1), "every run changed something");
    }
}
