//! One assessment of what was imported, in a process of its own so that its peak of memory is its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use app::config::Options;
use app::{Installation, Progress};
use model::TimeUs;
use model::time::FixedClock;
use serde::{Deserialize, Serialize};

use crate::process::{Spent, Stopwatch, peak_bytes};

/// What one assessment took.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Assessed {
    /// The whole.
    pub total: Spent,
    /// Its stages in order: reading, classifying, judging (with the writing beside it), the rest of
    /// writing.
    pub stages: Vec<(String, Spent)>,
    /// The most memory the process held.
    pub peak_bytes: u64,
    /// Records judged of which something is kept, verdicts changed, findings opened, standing, fixed.
    pub outcome: BTreeMap<String, u64>,
    /// Findings by rule.
    pub fired: BTreeMap<String, u64>,
}

/// Opens an installation on a database, at a fixed time.
///
/// # Errors
/// The folder or the database cannot be opened.
pub async fn installation(url: &str, folder: &Path, now: TimeUs) -> anyhow::Result<Installation> {
    let options = Options {
        data: Some(folder.join("installation")),
        db: Some(url.to_owned()),
        offline: false,
    };
    Ok(Installation::open_at(&options, Arc::new(FixedClock(now))).await?)
}

/// Assesses what a database holds.
///
/// # Errors
/// The database fails.
pub async fn assess(url: &str, folder: &Path, now: TimeUs) -> anyhow::Result<Assessed> {
    let installation = installation(url, folder, now).await?;
    let policy = app::policy::load(&installation, None)?;
    let (watch, stages) = (Stopwatch::start(), Stages::default());
    let report = app::assess::run(&installation, &policy, &stages).await?;
    let total = watch.spent();
    let outcome = [
        ("judged", report.assessed.judged),
        ("verdicts_changed", report.assessed.verdicts_changed),
        ("opened", report.assessed.opened),
        ("standing", report.assessed.standing),
        ("fixed", report.assessed.fixed),
        ("unassignable", report.unassignable),
    ];
    let fired = report.rules.iter().filter(|line| line.fired > 0);
    Ok(Assessed {
        total,
        stages: stages.ended(),
        peak_bytes: peak_bytes(),
        outcome: outcome.map(|(name, count)| (name.to_owned(), count)).into(),
        fired: fired
            .map(|line| (line.rule.to_owned(), line.fired))
            .collect(),
    })
}

/// Times the stages an assessment says.
#[derive(Debug, Default)]
struct Stages(Mutex<Vec<(String, Spent, Stopwatch)>>);

impl Stages {
    fn end_last(stages: &mut [(String, Spent, Stopwatch)]) {
        if let Some((_, spent, watch)) = stages.last_mut() {
            *spent = watch.spent();
        }
    }

    fn ended(self) -> Vec<(String, Spent)> {
        let mut stages = self.0.into_inner().unwrap_or_default();
        Self::end_last(&mut stages);
        stages
            .into_iter()
            .map(|(name, spent, _)| (name, spent))
            .collect()
    }
}

impl Progress for Stages {
    fn stage(&self, name: &str, _total: Option<u64>) {
        if let Ok(mut stages) = self.0.lock() {
            Self::end_last(&mut stages);
            stages.push((name.to_owned(), Spent::default(), Stopwatch::start()));
        }
    }

    fn advance(&self, _done: u64) {}
}
