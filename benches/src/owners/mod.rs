//! Training and measuring owner proposals: `bench owners`. See `docs/ownership.md`.

mod print;
mod train;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use inventory::owners::generate::{self, Rates};
use inventory::owners::measure::{self, Measured};
use inventory::owners::{Known, Model, Proposer};
use store::{Db, DbUrl};

pub use print::report;

/// The seeds that weights are trained on, and those that calibrate them. Measuring uses others.
pub const TRAINING_SEEDS: [u64; 2] = [11, 12];
/// The seeds of the estates that calibrate.
pub const CALIBRATION_SEEDS: [u64; 2] = [21, 22];
/// The seeds of the estates that are measured.
pub const TEST_SEEDS: [u64; 2] = [201, 202];

/// What is measured: a name, how often things are so, and whether weights were trained on it.
pub const SETTINGS: &[(&str, Rates, bool)] = &[
    ("ordinary, other seeds", generate::ORDINARY, true),
    ("held out", generate::HELD_OUT, false),
    ("after a merger (hard)", generate::MERGED, false),
];

/// Measures on generated estates and, when there is one, on a labelled file.
///
/// # Errors
/// A file or database cannot be read.
pub async fn run(
    labels: Option<&Path>,
    database: Option<&str>,
    identities: u64,
    weights: Option<PathBuf>,
) -> anyhow::Result<String> {
    if let Some(path) = weights {
        let text = train::train(identities);
        std::fs::write(&path, text)?;
        return Ok(format!("wrote {}", path.display()));
    }
    let model = Model::committed();
    let mut text = format!("weights: {}\n", Model::source());
    for (name, rates, trained) in SETTINGS {
        for seed in TEST_SEEDS {
            let note = if *trained {
                ""
            } else {
                ", rates never trained on"
            };
            let title =
                format!("generated estate, {identities} identities, {name}{note}, seed {seed}");
            text.push_str(&report(&title, &generated(&model, seed, identities, rates)));
        }
    }
    if let Some(path) = labels {
        let database = database.context("--labels needs --database, whose records it is about")?;
        text.push_str(&labelled(&model, path, database).await?);
    }
    Ok(text)
}

/// Measures on one generated estate.
pub fn generated(model: &Model, seed: u64, identities: u64, rates: &Rates) -> Measured {
    let made = generate::generate(seed, identities, rates);
    let proposer = Proposer::new(&made.estate, model, &Known::default());
    measure::measure(&proposer, &made.truths)
}

async fn labelled(model: &Model, path: &Path, database: &str) -> anyhow::Result<String> {
    let labels = measure::labels(&std::fs::read_to_string(path)?).map_err(anyhow::Error::msg)?;
    let db = Db::open_existing(&DbUrl::parse(database)?).await?;
    let reader = inventory::read::Reader::open(&db, inventory::read::When::Latest).await?;
    let now = reader.at().time.unwrap_or(model::TimeUs::EPOCH);
    let estate = inventory::read::estate(&reader, now).await?;
    let known = inventory::owners::decide::known(&reader).await?;
    let proposer = Proposer::new(&estate, model, &known);
    let (truths, missing) = measure::truths(&proposer, &labels);
    let mut text = report(
        &format!("labelled file {}", path.display()),
        &measure::measure(&proposer, &truths),
    );
    for one in missing {
        text.push_str(&format!("  not measured: {one}\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
