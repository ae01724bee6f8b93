//! `source`: what was read.

use clap::{Args, Subcommand};
use model::text::count;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Text};

/// Lists, shows and removes sources: each kind of reading with what it speaks about
///
/// A source is a connector and its scope: this account, that cluster, this host. Its name is
/// written `connector[scope]`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign source ls
  countersign source show 'aws.credential_report[123456789012]'
  countersign source remove 'csv.mapped[file:old.csv]' --purge
  countersign source merge-scope file:prod-export.json prod")]
pub(crate) struct Source {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List sources
    Ls,
    /// Show one source: what it looked at, what it could not read, what it can never see
    Show {
        /// Its name, `connector[scope]`, or its scope alone
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// End everything a source said
    ///
    /// What it alone showed is retired and stays in the history. With --purge the history of what
    /// it said is forgotten too, which cannot be undone.
    Remove {
        /// Its name, `connector[scope]`, or its scope alone
        #[arg(value_name = "SOURCE")]
        source: String,
        /// Forget what it said altogether
        #[arg(long)]
        purge: bool,
    },
    /// Say that a scope named after a file is really another one
    MergeScope {
        /// The scope named after a file
        #[arg(value_name = "FROM")]
        from: String,
        /// The scope it really is
        #[arg(value_name = "INTO")]
        into: String,
    },
}

const COLUMNS: &[Column] = &[
    Column::new("SOURCE", "/name"),
    Column::new("TITLE", "/title"),
    Column::new("AUTHORITATIVE", "/authoritative"),
    Column::new("PROVISIONAL", "/provisional"),
    Column::new("OBSERVED", "/observed_at"),
    Column::new("LAST RUN", "/last_run"),
    Column::new("REMOVED", "/removed_at"),
];

impl Source {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Verb::Ls => list(context).await,
            Verb::Show { source } => show(&source, context).await,
            Verb::Remove { source, purge } => remove(&source, purge, context).await,
            Verb::MergeScope { from, into } => {
                let installation = context.open_to_write().await?;
                let applied = app::edit::merge_scope(&installation, &from, &into).await?;
                context.say(&format!(
                    "merged in run {}: {} changed",
                    applied.seq,
                    count(applied.nodes_changed, "record")
                ));
                Ok(Exit::Done)
            }
        }
    }
}

async fn list(context: &Context) -> Result<Exit, Failure> {
    let installation = context.open().await?;
    let mut out = context.out(Format::Table)?;
    let mut listing = Listing::new(&mut out, COLUMNS);
    for source in app::query::sources::list(&installation, context.as_of()).await? {
        listing.push(&source)?;
    }
    listing.finish(&serde_json::Value::Null)?;
    out.finish()?;
    Ok(Exit::Done)
}

async fn show(name: &str, context: &Context) -> Result<Exit, Failure> {
    let installation = context.open().await?;
    let page = app::query::sources::show(&installation, name, context.as_of()).await?;
    let mut out = context.out(Format::Table)?;
    if !out.object(&page)? {
        let mut text = Text::new(&mut out);
        let mut rows = Vec::new();
        super::report::flatten("", &serde_json::to_value(&page.source)?, &mut rows);
        text.table(&["", ""], &rows)?;
        if !page.cannot_see.is_empty() {
            text.gap()?;
            text.heading("Cannot see")?;
            for what in &page.cannot_see {
                text.line(&format!("  {what}"))?;
            }
        }
        super::coverage::statements(&page.coverage, &mut text)?;
    }
    out.finish()?;
    Ok(Exit::Done)
}

async fn remove(name: &str, purge: bool, context: &Context) -> Result<Exit, Failure> {
    let installation = context.open_to_write().await?;
    let source = app::query::sources::named(&installation, name).await?;
    let applied =
        app::edit::remove_source(&installation, &source.connector, &source.scope, purge).await?;
    context.say(&format!(
        "removed in run {}: {} retired, {} ended",
        applied.seq,
        count(applied.nodes_retired, "record"),
        count(applied.edges_ended, "relation")
    ));
    Ok(Exit::Done)
}
