//! `run ls` and `run show`.

use inventory::read::{self, CoverageRow, Run};
use serde::Serialize;

use super::views::VERSION;
use crate::{Error, Installation};

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunView {
    /// The contract's version.
    pub v: u8,
    /// The run.
    #[serde(flatten)]
    pub run: Run,
}

/// A run with what it looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunPage {
    /// The run.
    #[serde(flatten)]
    pub run: RunView,
    /// What it looked at and what it could not.
    pub coverage: Vec<CoverageRow>,
}

/// The newest runs, newest first.
///
/// # Errors
/// The database cannot be read.
pub async fn list(installation: &Installation, limit: usize) -> Result<Vec<RunView>, Error> {
    let reader = super::reader(installation, None).await?;
    Ok(read::runs(&reader, limit)
        .await?
        .into_iter()
        .map(|run| RunView { v: VERSION, run })
        .collect())
}

/// One run by its id, the beginning of it, or its number.
///
/// # Errors
/// None or several match, or the database cannot be read.
pub async fn show(installation: &Installation, name: &str) -> Result<RunPage, Error> {
    let reader = super::reader(installation, None).await?;
    let mut found = read::run(&reader, name).await?;
    let shown = model::text::label(name);
    if found.len() > 1 {
        let ids: Vec<String> = found.into_iter().map(|run| run.id).collect();
        return Err(Error::no_single_match(format!(
            "{} runs begin with `{shown}`: {}",
            ids.len(),
            ids.join(", ")
        )));
    }
    let Some(run) = found.pop() else {
        return Err(
            Error::no_single_match(format!("no run is called `{shown}`"))
                .hint("`countersign run ls` lists runs with their numbers and ids"),
        );
    };
    let coverage = match run.seq {
        Some(seq) => read::coverage_of_run(&reader, seq).await?,
        None => Vec::new(),
    };
    Ok(RunPage {
        run: RunView { v: VERSION, run },
        coverage,
    })
}
