//! `agent`: AI agents.

use app::query::list::AGENTS;
use clap::Args;

use super::records::{Records, Verb};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::Column;

/// Lists and shows AI agents, with their servers, commands, credentials and scopes
///
/// An agent is an identity of the class agent: an assistant, editor or command line program that
/// acts through a model. Its MCP servers are workloads it connects to.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign agent ls --filter 'subtype = claude_code'
  countersign agent ls -f jsonl
  countersign agent show mi:0123…")]
pub(crate) struct Agent {
    #[command(subcommand)]
    verb: Verb,
}

const COLUMNS: &[Column] = &[
    Column::new("NAME", "/name"),
    Column::new("SUBTYPE", "/subtype"),
    Column::new("VENDOR", "/vendor"),
    Column::new("OWNER", "/owner"),
    Column::new("TENANT", "/tenant"),
    Column::new("SEEN", "/seen_at"),
    Column::new("ID", "/id"),
];

impl Agent {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let records = Records {
            scope: AGENTS,
            columns: COLUMNS,
        };
        records.run(self.verb, context).await
    }
}
