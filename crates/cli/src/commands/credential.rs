//! `credential`: credentials.

use app::query::list::CREDENTIALS;
use clap::Args;

use super::records::{Records, Verb};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::Column;

/// Lists and shows credentials: keys, tokens, passwords and certificates
///
/// A credential proves an identity. Its value is never kept: it is known by its provider's id, its
/// public key or a keyed fingerprint.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign credential ls --filter 'expires < now+30d'
  countersign credential ls -f jsonl
  countersign credential show mi:0123…")]
pub(crate) struct Credential {
    #[command(subcommand)]
    verb: Verb,
}

const COLUMNS: &[Column] = &[
    Column::new("NAME", "/name"),
    Column::new("SUBTYPE", "/subtype"),
    Column::new("TENANT", "/tenant"),
    Column::new("STATUS", "/status"),
    Column::new("EXPIRES", "/expires"),
    Column::new("LAST USED", "/last_used"),
    Column::new("SEEN", "/seen_at"),
    Column::new("ID", "/id"),
];

impl Credential {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let records = Records {
            scope: CREDENTIALS,
            columns: COLUMNS,
        };
        records.run(self.verb, context).await
    }
}
