//! `cert`: certificates.

use app::query::list::CERTIFICATES;
use clap::Args;

use super::records::{Records, Verb};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::Column;

/// Lists and shows certificates, with every place they lie or are shown
///
/// One certificate found in files and on endpoints is one record with all its places.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign cert ls --filter 'expires < now+30d'
  countersign cert ls -f jsonl
  countersign cert show sha256:ab12…")]
pub(crate) struct Cert {
    #[command(subcommand)]
    verb: Verb,
}

const COLUMNS: &[Column] = &[
    Column::new("NAME", "/name"),
    Column::new("SUBTYPE", "/subtype"),
    Column::new("EXPIRES", "/expires"),
    Column::new("CREATED", "/created"),
    Column::new("SOURCES", "/sources"),
    Column::new("ID", "/id"),
];

impl Cert {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let records = Records {
            scope: CERTIFICATES,
            columns: COLUMNS,
        };
        records.run(self.verb, context).await
    }
}
