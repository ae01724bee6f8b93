//! Loading the whole inventory as one graph, and judging what every node is for.

use std::collections::BTreeSet;

use graph::Classify as _;
use inventory::classify::Classifier;
use inventory::read::{Reader, When, estate, estate_around};
use model::{EdgeKind, NodeKind, TimeUs};
use serde::{Deserialize, Serialize};

use crate::database;
use crate::process::{Spent, Stopwatch, peak_bytes};

/// What loading and judging took.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Judged {
    /// Nodes that stand.
    pub nodes: u64,
    /// Relations in force.
    pub edges: u64,
    /// Nodes whose environment is known.
    pub environments: u64,
    /// Loading.
    pub load: Spent,
    /// The most memory after loading.
    pub load_peak_bytes: u64,
    /// Judging every node.
    pub classify: Spent,
    /// The most memory after judging.
    pub classify_peak_bytes: u64,
    /// One node with its evidence, of a thousand, on average.
    pub evidence_us: u64,
    /// Loading two hops around one identity, of a hundred, on average.
    pub around_us: u64,
}

/// Loads and judges.
///
/// # Errors
/// The database cannot be read.
pub async fn judge(url: &str, now: TimeUs) -> anyhow::Result<Judged> {
    let db = database::open(url, now).await?;
    let reader = Reader::open(&db, When::Latest).await?;
    let watch = Stopwatch::start();
    let estate = estate(&reader, now).await?;
    let (load, load_peak_bytes) = (watch.spent(), peak_bytes());
    let watch = Stopwatch::start();
    let classifier = Classifier::new(&estate);
    let (classify, classify_peak_bytes) = (watch.spent(), peak_bytes());
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let known = |ix: &graph::NodeIx| classifier.labels(*ix).environment.is_some();
    let identities = || {
        let is = |ix: &graph::NodeIx| {
            estate
                .node(*ix)
                .is_some_and(|node| node.kind == NodeKind::Identity)
        };
        estate.indices().filter(is)
    };
    let step = (identities().count() / 1_000).max(1);
    let watch = Stopwatch::start();
    for ix in identities().step_by(step) {
        std::hint::black_box(classifier.classification(ix));
    }
    let evidence_us = micros(&watch) / 1_000;
    let some: Vec<i64> = identities()
        .step_by(step * 10)
        .filter_map(|ix| Some(estate.node(ix)?.key))
        .collect();
    let watch = Stopwatch::start();
    for key in &some {
        estate_around(&reader, &BTreeSet::from([*key]), 2, now).await?;
    }
    let around_us = micros(&watch) / count(some.len()).max(1);
    let edges = estate.indices().map(|ix| estate.out(ix).len()).sum();
    let authenticates = |ix| estate.out_by(ix, EdgeKind::Authenticates).len();
    std::hint::black_box(estate.indices().map(authenticates).sum::<usize>());
    Ok(Judged {
        nodes: count(estate.len()),
        edges: count(edges),
        environments: count(estate.indices().filter(known).count()),
        load,
        load_peak_bytes,
        classify,
        classify_peak_bytes,
        evidence_us,
        around_us,
    })
}

fn micros(watch: &Stopwatch) -> u64 {
    u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX)
}
