//! One import of an estate, in a process of its own so that its peak of memory is its own.

use std::collections::BTreeMap;
use std::path::Path;

use inventory::{RunKind, RunStart, Spool};
use model::{Coverage, Observation, Sink, SinkClosed, SourceRef};
use serde::{Deserialize, Serialize};

use crate::database;
use crate::estate::Estate;
use crate::process::{Spent, Stopwatch, peak_bytes};

/// What one import took.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Measured {
    /// Observations taken.
    pub observations: u64,
    /// The whole: generating, spooling, applying, committing.
    pub total: Spent,
    /// Generating and spooling.
    pub spool: Spent,
    /// Applying and committing.
    pub apply: Spent,
    /// The most memory the process held.
    pub peak_bytes: u64,
    /// Records added, changed, retired; edges added, ended.
    pub outcome: BTreeMap<String, u64>,
}

/// Imports an estate.
///
/// # Errors
/// The database or the spool fails.
pub async fn import(url: &str, folder: &Path, estate: Estate) -> anyhow::Result<Measured> {
    let now = estate.observed();
    let db = database::open(url, now).await?;
    let watch = Stopwatch::start();
    let start = RunStart {
        id: format!("bench-{}-{}", std::process::id(), estate.day),
        kind: RunKind::Import,
        title: "synthetic estate".to_owned(),
        actor: "bench".to_owned(),
        started: now,
        process_id: i64::from(std::process::id()),
    };
    let run = inventory::begin(&db, &start).await?;
    let mut spool = Spool::new(folder);
    let told = estate.tell(&mut spool)?;
    let spooled = watch.spent();
    let applying = Stopwatch::start();
    let applied = inventory::apply(&db, run, spool, &is_authoritative, now).await?;
    let outcome = [
        ("nodes_added", applied.nodes_added),
        ("nodes_changed", applied.nodes_changed),
        ("nodes_retired", applied.nodes_retired),
        ("edges_added", applied.edges_added),
        ("edges_ended", applied.edges_ended),
    ];
    Ok(Measured {
        observations: told.observations,
        total: watch.spent(),
        spool: spooled,
        apply: applying.spent(),
        peak_bytes: peak_bytes(),
        outcome: outcome.map(|(name, count)| (name.to_owned(), count)).into(),
    })
}

/// What the catalogue of sources says: all but state files, manifests and attack-graph exports.
fn is_authoritative(connector: &str) -> bool {
    !matches!(
        connector,
        "terraform.state" | "kubernetes.manifests" | "azurehound" | "sharphound" | "host"
    )
}

/// A sink that counts and forgets: what generating alone costs.
#[derive(Debug, Default)]
struct Forget;

impl Sink for Forget {
    fn observe(&mut self, _: &SourceRef, observation: Observation) -> Result<(), SinkClosed> {
        std::hint::black_box(&observation);
        Ok(())
    }

    fn cover(&mut self, _: Coverage) -> Result<(), SinkClosed> {
        Ok(())
    }
}

/// Generates an estate and keeps nothing.
///
/// # Errors
/// Never in practice: the sink takes everything.
pub fn generate(estate: Estate) -> anyhow::Result<Measured> {
    let watch = Stopwatch::start();
    let told = estate.tell(&mut Forget)?;
    let total = watch.spent();
    Ok(Measured {
        observations: told.observations,
        total,
        peak_bytes: peak_bytes(),
        ..Measured::default()
    })
}
