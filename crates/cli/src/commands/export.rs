//! `export`: everything, as JSON lines.

use clap::Args;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// Writes the whole inventory as JSON lines: records, what each source says, relations, coverage
///
/// One object a line, each with its `type`: header, source, record, sighting, edge, coverage, end.
/// The order does not depend on the order of imports. The reference describes each field. The
/// export holds no secret value.
///
/// `countersign import` puts it into another installation: what each source said comes back under
/// that source's name and time. History does not; `db backup` keeps it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign export > inventory.jsonl
  countersign --data /new/place import inventory.jsonl --complete
  countersign export -o inventory.jsonl --as-of 2026-01-31
  countersign export --type edge | jq -r .kind | sort | uniq -c")]
pub(crate) struct Export {
    /// Only objects of this type; may be given several times
    #[arg(long = "type", value_name = "TYPE", value_parser = clap::builder::PossibleValuesParser::new(app::query::export::KINDS))]
    types: Vec<String>,
}

impl Export {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        if context.format(Format::Jsonl) != Format::Jsonl {
            return Err(Failure::usage(
                "an export is JSON lines; use -f jsonl or leave -f out",
            ));
        }
        let installation = context.open().await?;
        let mut out = context.out(Format::Jsonl)?;
        app::query::export::export(
            &installation,
            context.as_of(),
            |value| -> Result<(), Failure> {
                let kind = value.get("type").and_then(serde_json::Value::as_str);
                let wanted = self.types.is_empty()
                    || self
                        .types
                        .iter()
                        .any(|wanted| Some(wanted.as_str()) == kind);
                if wanted { out.json_line(value) } else { Ok(()) }
            },
        )
        .await?;
        out.finish()?;
        Ok(Exit::Done)
    }
}
