//! `coverage plan`: what to read next, in the order that pays, and what stays unseen.

use std::collections::BTreeSet;

use inventory::read;
use model::TimeUs;
use serde::Serialize;
use sources::spec::Step;

use super::views::VERSION;
use crate::{Error, Installation};

/// One kind of source in the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanRow {
    /// The contract's version.
    pub v: u8,
    /// The step: 1 directories, 2 cloud, 3 API keys and certificates, 4 repositories and SaaS.
    pub step: u8,
    /// The step's name.
    pub step_name: &'static str,
    /// The kind of source.
    pub source: &'static str,
    /// Its title.
    pub title: &'static str,
    /// `done`, `incomplete` (something could not be read) or `open`.
    pub state: &'static str,
    /// The scopes read so far.
    pub scopes: Vec<String>,
    /// What it adds.
    pub adds: &'static str,
    /// How its input is obtained.
    pub obtain: &'static str,
    /// What it cannot see.
    pub cannot_see: Vec<&'static str>,
}

/// What no source of this version can show.
pub const BASELINE_BLIND: &[&str] = &[
    "repositories and their history, container images and build artefacts: a secret committed there is not searched for",
    "SaaS products without an importable export: their API keys, grants and connected apps",
    "hosts nobody scanned, and network ranges nobody asked",
    "effective access after denies, boundaries and conditions: grants are kept, not evaluated",
    "use, where no imported export reports it: no log is read",
];

/// The plan, in the guided order.
///
/// # Errors
/// The database cannot be read.
pub async fn plan(
    installation: &Installation,
    as_of: Option<TimeUs>,
) -> Result<Vec<PlanRow>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let read_so_far = read::sources(&reader).await?;
    let short: BTreeSet<String> = read::shortfalls(&reader)
        .await?
        .into_iter()
        .map(|row| row.connector)
        .collect();
    let mut rows: Vec<PlanRow> = sources::catalog::specs()
        .into_iter()
        // What only opens files, or brings back what other sources said, shows nothing of its own.
        .filter(|spec| !spec.kinds.is_empty())
        .map(|spec| {
            let scopes: Vec<String> = read_so_far
                .iter()
                .filter(|source| source.connector == spec.id && source.removed_at.is_none())
                .map(|source| source.scope.clone())
                .collect();
            let (step, step_name) = step(spec.step);
            PlanRow {
                v: VERSION,
                step,
                step_name,
                source: spec.id,
                title: spec.title,
                state: match (scopes.is_empty(), short.contains(spec.id)) {
                    (true, _) => "open",
                    (false, true) => "incomplete",
                    (false, false) => "done",
                },
                scopes,
                adds: spec.adds,
                obtain: spec.obtain,
                cannot_see: spec.cannot_see.to_vec(),
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.step, row.source));
    Ok(rows)
}

fn step(step: Step) -> (u8, &'static str) {
    match step {
        Step::Directories => (1, "directories"),
        Step::Cloud => (2, "cloud"),
        Step::KeysAndCertificates => (3, "API keys and certificates"),
        Step::RepositoriesAndSaas => (4, "repositories and SaaS"),
    }
}
