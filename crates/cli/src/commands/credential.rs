//! `credential`: credentials.

use app::query::list::CREDENTIALS;
use clap::{Args, Subcommand};
use model::NodeKind;

use super::records::{Ls, Show};
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
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List credentials
    Ls(Ls),
    /// Show everything about one, with the source of each attribute
    Show(Show),
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
        match self.command {
            Verb::Ls(ls) => ls.run(CREDENTIALS, COLUMNS, context).await,
            Verb::Show(show) => show.run(&[NodeKind::Credential], context).await,
        }
    }
}
