//! `explain`: why something is as it is.

use app::query::Found;
use app::query::explain::Explanation;
use clap::Args;
use serde_json::Value;

use super::records::choose;
use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Out, Text};

/// Explains why an attribute or a relation is as it is: which source said it, where and when, and
/// what the others said
///
/// With nothing but a THING it lists every attribute with its source. With a SUBJECT it explains
/// one attribute (owner, last_used, tags.env …) or the relations of one kind (authenticates,
/// has_role …). --to narrows relations to those with one other record.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign explain deploy last_used
  countersign explain deploy owner
  countersign explain AKIAIOSFODNN7EXAMPLE authenticates
  countersign explain deploy --to AdministratorAccess")]
pub(crate) struct Explain {
    /// Name, id, native id, fingerprint or alias
    #[arg(value_name = "THING")]
    thing: String,
    /// An attribute, or a kind of relation
    #[arg(value_name = "SUBJECT")]
    subject: Option<String>,
    /// Only relations with this other record
    #[arg(long, value_name = "THING")]
    to: Option<String>,
}

impl Explain {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        let found = app::query::explain::explain(
            &installation,
            &self.thing,
            self.subject.as_deref(),
            self.to.as_deref(),
            context.as_of(),
        )
        .await?;
        match found {
            Found::One(explanation) => {
                let mut out = context.out(Format::Table)?;
                if !out.object(&explanation)? {
                    write(&explanation, &mut out)?;
                }
                out.finish()?;
                Ok(Exit::Done)
            }
            Found::Candidates(candidates) => choose(&candidates, context),
        }
    }
}

fn write(explanation: &Explanation, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    let row = &explanation.record;
    text.heading(&format!("{}  {}", row.name, row.id))?;
    for attribute in &explanation.attributes {
        text.gap()?;
        text.heading(&attribute.name)?;
        let all = std::iter::once(&attribute.stands).chain(&attribute.others);
        for (at, said) in all.enumerate() {
            let value = match (&said.value, &said.reason) {
                (Value::Null, Some(reason)) => format!("{} ({reason})", said.state),
                (Value::Null, None) => said.state.clone(),
                (Value::String(text), _) => text.clone(),
                (other, _) => other.to_string(),
            };
            let mark = if at == 0 { "stands" } else { "also said" };
            text.labelled(
                mark,
                &format!("{value}, by {} on {}", said.source, said.observed_at.date()),
            )?;
        }
    }
    if !explanation.attributes.is_empty() {
        text.gap()?;
        text.labelled("Rule", explanation.rule)?;
    }
    if let Some(meaning) = explanation.meaning {
        text.labelled("Meaning", meaning)?;
    }
    for edge in &explanation.edges {
        let arrow = if edge.direction == "out" {
            "→"
        } else {
            "←"
        };
        text.gap()?;
        text.heading(&format!("{arrow} {} {}", edge.kind, edge.other.label()))?;
        let place = edge.place.as_deref().unwrap_or("no place stated");
        text.labelled(
            "stated by",
            &format!("{} ({place}), since run {}", edge.source, edge.since_run),
        )?;
        if !edge.attributes.is_empty() {
            text.labelled(
                "statement",
                &Value::Object(edge.attributes.clone()).to_string(),
            )?;
        }
    }
    for member in &explanation.merged {
        text.labelled(
            "one with",
            &format!("{} {} ({})", member.id, member.native_id, member.because),
        )?;
    }
    Ok(())
}
