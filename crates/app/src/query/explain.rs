//! `explain`: why an attribute or a relation is as it is: which source said it, where, and what
//! the others said.

use inventory::read;
use model::{EdgeKind, TimeUs};
use serde::Serialize;

use super::find::{Found, find};
use super::judged::{self, Around, VerdictView, moment};
use super::show::{self, AttributeView, EdgeView};
use super::views::{AtView, Row, VERSION};
use crate::{Error, Installation};

/// Why something is as it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The contract's version.
    pub v: u8,
    /// The moment it speaks of.
    pub as_of: AtView,
    /// The record.
    pub record: Row,
    /// What was asked: an attribute's name, a kind of relation, or nothing for the record itself.
    pub subject: Option<String>,
    /// The rule by which one word among several stands.
    pub rule: &'static str,
    /// What was judged of the subject, with its rule and evidence; null where nothing is judged.
    pub verdict: Option<VerdictView>,
    /// Attributes with what each source says.
    pub attributes: Vec<AttributeView>,
    /// Relations as their sources state them.
    pub edges: Vec<EdgeView>,
    /// For relations: what the kind means.
    pub meaning: Option<&'static str>,
    /// Why it is one record with others.
    pub merged: Vec<show::MemberView>,
}

const RULE: &str = "by hand before authoritative sources before others, then the newer; a known value beats not \
                    knowing, and the latest use is the last use";

/// Explains a record, one of its attributes, or its relations of one kind or to one other record.
///
/// # Errors
/// It has no such attribute or relation, or the database cannot be read.
pub async fn explain(
    installation: &Installation,
    text: &str,
    subject: Option<&str>,
    other: Option<&str>,
    as_of: Option<TimeUs>,
) -> Result<Found<Explanation>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let key = match find(&reader, text, &[]).await? {
        Found::One(node) => node.key,
        Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
    };
    let other = match other {
        None => None,
        Some(other) => match find(&reader, other, &[]).await? {
            Found::One(node) => Some(node.key),
            Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
        },
    };
    let record = read::record(&reader, key).await?;
    let seen = read::seen(&reader, &[record.node.key]).await?;
    let mut explanation = Explanation {
        v: VERSION,
        as_of: reader.at().into(),
        record: Row::new(record.node.clone(), seen.get(&record.node.key)),
        subject: subject.map(str::to_owned),
        rule: RULE,
        verdict: None,
        attributes: Vec::new(),
        edges: Vec::new(),
        meaning: None,
        merged: Vec::new(),
    };
    let kind = subject.and_then(EdgeKind::parse);
    if kind.is_some() || (other.is_some() && subject.is_none()) {
        explanation.meaning = kind.map(EdgeKind::meaning);
        explanation.edges = record
            .edges
            .iter()
            .filter(|edge| kind.is_none_or(|kind| kind.name() == edge.kind))
            .filter(|edge| other.is_none_or(|key| key == edge.other.key))
            .map(show::edge)
            .collect();
        if explanation.edges.is_empty() {
            return Err(Error::no_single_match("no source states such a relation")
                .hint("`explain THING` without more lists what is stated"));
        }
        return Ok(Found::One(Box::new(explanation)));
    }
    if let Some(name) = subject.filter(|name| judged::VERDICTS.contains(name)) {
        let now = moment(&reader, as_of.unwrap_or_else(|| installation.clock.now())).await?;
        let around = Around::load(&reader, key, now).await?;
        explanation.verdict =
            around.and_then(|around| judged::verdict(&around.classification(), name));
    }
    fill(&mut explanation, record, subject)?;
    Ok(Found::One(Box::new(explanation)))
}

/// Names by which people ask for attributes that are stored under another.
const SYNONYMS: &[(&str, &str)] = &[
    ("owner", "declared_owner"),
    ("environment", "declared_environment"),
    ("privileged", "declared_privileged"),
    ("purpose", "declared_purpose"),
    ("application", "declared_application"),
    ("justification", "declared_justification"),
    ("sensitivity", "declared_sensitivity"),
    ("use", "last_used"),
    ("expiry", "expires"),
];

fn fill(
    explanation: &mut Explanation,
    record: read::Record,
    subject: Option<&str>,
) -> Result<(), Error> {
    let Some(subject) = subject else {
        explanation.attributes = record.attributes.into_iter().map(show::attribute).collect();
        explanation.merged = record
            .members
            .into_iter()
            .map(|member| show::MemberView {
                id: member.id,
                native_id: member.native_id,
                because: member.because,
            })
            .collect();
        return Ok(());
    };
    let asked = SYNONYMS
        .iter()
        .find(|(word, _)| *word == subject)
        .map_or(subject, |(_, name)| name);
    let names: Vec<String> = record
        .attributes
        .iter()
        .map(|merged| merged.name.clone())
        .collect();
    explanation.attributes = record
        .attributes
        .into_iter()
        .filter(|merged| {
            merged.name == asked
                || merged.name.strip_prefix("extra.") == Some(asked)
                || merged.name.strip_prefix("tags.") == Some(asked)
        })
        .map(show::attribute)
        .collect();
    if explanation.attributes.is_empty() && explanation.verdict.is_none() {
        let words = names
            .iter()
            .map(String::as_str)
            .chain(judged::VERDICTS.iter().copied())
            .chain(["score"])
            .chain(EdgeKind::ALL.iter().map(|kind| kind.name()))
            .chain(SYNONYMS.iter().map(|(word, _)| *word));
        let hint = match model::suggest::nearest(asked, words) {
            Some(word) => format!("did you mean `{word}`?"),
            None => "`explain THING` without more lists what is said".to_owned(),
        };
        let shown = model::text::label(subject);
        return Err(Error::no_single_match(format!(
            "no source says anything about `{shown}` of this record, and no relation is called so"
        ))
        .hint(hint));
    }
    Ok(())
}
