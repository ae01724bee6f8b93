//! `explain`: why something is as it is.

use app::query::Found;
use app::query::explain::Explanation;
use app::query::judged::VerdictView;
use clap::Args;
use serde_json::Value;

use super::records::choose;
use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Out, Text};

/// Explains why an attribute, a relation, a verdict, a score or a finding is as it is: which source
/// said what, where and when, and by which rule
///
/// With nothing but a THING it lists every attribute with its source. With a SUBJECT it explains
/// one attribute (owner, last_used, tags.env …) or the relations of one kind (authenticates,
/// has_role …), or what was judged (environment, owner, privileged, purpose, sensitivity, still_needed
/// …, score). A finding is named by its key. --to narrows relations to those with one other record.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign explain deploy last_used
  countersign explain deploy owner
  countersign explain deploy score
  countersign explain unowned-identity:dcf5dda4cc84…
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
        if self.subject.as_deref() == Some("score") {
            return super::score::show(&self.thing, None, context).await;
        }
        let installation = context.open().await?;
        if app::query::findings::is_key(&self.thing) {
            let whole =
                app::query::findings::show(&installation, &self.thing, context.as_of()).await?;
            return super::finding::answer(&whole, context);
        }
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
    if let Some(verdict) = &explanation.verdict {
        judged(verdict, &mut text)?;
    }
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

/// What was judged: the verdict, by which rule, on what evidence.
fn judged(verdict: &VerdictView, text: &mut Text<'_>) -> Result<(), Failure> {
    text.gap()?;
    text.heading(&format!("{} as judged", verdict.name))?;
    let value = match &verdict.value {
        Value::Null => verdict.state.clone(),
        Value::Array(owners) if verdict.name == "owner" => {
            let owners: Vec<String> = owners.iter().map(owner).collect();
            format!("{}: {}", verdict.state, owners.join("; "))
        }
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            format!("{}: {}", verdict.state, words.join(" or "))
        }
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    };
    text.labelled("verdict", value.trim_end_matches(": "))?;
    if let Some(reason) = &verdict.reason {
        text.labelled("because", reason)?;
    }
    match (&verdict.rule, verdict.basis.as_deref()) {
        (Some(rule), _) => text.labelled("rule", rule)?,
        (None, Some("hand")) => text.labelled("rule", "a person said so")?,
        (None, Some(_)) => text.labelled("rule", "a source states it")?,
        (None, None) => {}
    }
    for piece in &verdict.evidence {
        let place = piece
            .place
            .as_deref()
            .map_or_else(String::new, |place| format!(", {place}"));
        let on = piece
            .observed
            .map_or_else(String::new, |on| format!(", on {}", on.date()));
        text.labelled(
            "evidence",
            &format!("{} ({}{place}{on})", piece.what, piece.source),
        )?;
    }
    Ok(())
}

fn owner(owner: &Value) -> String {
    let word = |name: &str| owner.get(name).and_then(Value::as_str).unwrap_or_default();
    let left = if owner.get("left") == Some(&Value::Bool(true)) {
        ", has left"
    } else {
        ""
    };
    format!(
        "{} ({}, {}{left})",
        word("name"),
        word("role"),
        word("basis")
    )
}
