//! `source ls` and `source show`.

use inventory::read::{self, CoverageRow, Source};
use model::TimeUs;
use serde::Serialize;
use sources::spec::ConnectorSpec;

use super::views::VERSION;
use crate::{Error, Installation};

/// One source that was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceView {
    /// The contract's version.
    pub v: u8,
    /// Its name in every answer, `connector[scope]`.
    pub name: String,
    /// The source.
    #[serde(flatten)]
    pub source: Source,
    /// The title of its kind.
    pub title: Option<&'static str>,
}

/// A source with what it looked at and what it can never see.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourcePage {
    /// The source.
    #[serde(flatten)]
    pub source: SourceView,
    /// What it cannot see.
    pub cannot_see: Vec<&'static str>,
    /// How its input is obtained.
    pub obtain: Option<&'static str>,
    /// What it looked at when it was last read.
    pub coverage: Vec<CoverageRow>,
}

/// Every source that was read.
///
/// # Errors
/// The database cannot be read.
pub async fn list(
    installation: &Installation,
    as_of: Option<TimeUs>,
) -> Result<Vec<SourceView>, Error> {
    let reader = super::reader(installation, as_of).await?;
    Ok(read::sources(&reader)
        .await?
        .into_iter()
        .map(view)
        .collect())
}

/// One source by its name.
///
/// # Errors
/// None or several match, or the database cannot be read.
pub async fn show(
    installation: &Installation,
    name: &str,
    as_of: Option<TimeUs>,
) -> Result<SourcePage, Error> {
    let reader = super::reader(installation, as_of).await?;
    let source = one(&reader, name).await?;
    let spec = spec(&source.connector);
    let mut coverage = read::coverage_of_run(&reader, source.last_run).await?;
    coverage.retain(|row| row.connector == source.connector && row.scope == source.scope);
    Ok(SourcePage {
        cannot_see: spec.map_or_else(Vec::new, |spec| spec.cannot_see.to_vec()),
        obtain: spec.map(|spec| spec.obtain),
        coverage,
        source: view(source),
    })
}

/// The source a text names.
///
/// # Errors
/// None or several match, or the database cannot be read.
pub async fn named(installation: &Installation, name: &str) -> Result<Source, Error> {
    let reader = super::reader(installation, None).await?;
    one(&reader, name).await
}

async fn one(reader: &read::Reader, name: &str) -> Result<Source, Error> {
    let mut found = read::source(reader, name).await?;
    let shown = model::text::label(name);
    if found.len() > 1 {
        let names: Vec<String> = found
            .iter()
            .map(|source| read::source_label(&source.connector, &source.scope))
            .collect();
        return Err(Error::no_single_match(format!(
            "{} sources are called `{shown}`: {}",
            names.len(),
            names.join(", ")
        )));
    }
    if let Some(source) = found.pop() {
        return Ok(source);
    }
    let all = read::sources(reader).await?;
    let names: Vec<String> = all
        .iter()
        .flat_map(|source| {
            let label = read::source_label(&source.connector, &source.scope);
            [label, source.connector.clone(), source.scope.clone()]
        })
        .collect();
    let hint = match model::suggest::nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "`countersign source ls` lists what was read; `countersign coverage plan` what could be"
                .to_owned()
        }
    };
    Err(Error::no_single_match(format!("no source is called `{shown}`")).hint(hint))
}

fn view(source: Source) -> SourceView {
    SourceView {
        v: VERSION,
        name: read::source_label(&source.connector, &source.scope),
        title: spec(&source.connector).map(|spec| spec.title),
        source,
    }
}

fn spec(connector: &str) -> Option<&'static ConnectorSpec> {
    sources::catalog::spec(connector)
}
