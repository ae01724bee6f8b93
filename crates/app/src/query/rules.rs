//! `rule ls`, `rule show`: what is looked for, and what each rule looked at.

use std::collections::BTreeMap;

use inventory::judgement;
use model::TimeUs;
use posture::RuleSpec;
use posture::rules::RULES;
use serde::Serialize;

use super::findings::ControlView;
use super::views::VERSION;
use crate::policy::InForce;
use crate::{Error, Installation};

/// One rule as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The contract's version.
    pub v: u8,
    /// The rule's id.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// How bad its findings are, unless a finding says otherwise.
    pub severity: String,
    /// `on`, `off`.
    pub state: &'static str,
    /// The kinds of record it looks at.
    pub kinds: Vec<&'static str>,
    /// How many records it applies to, as last judged; null when nothing was judged yet.
    pub population: Option<i64>,
    /// How many of them are wrong.
    pub fired: Option<i64>,
    /// How many of them nobody can tell.
    pub unknown: Option<i64>,
}

/// A rule with everything about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whole {
    /// What lists show.
    #[serde(flatten)]
    pub row: Row,
    /// What it checks.
    pub what: &'static str,
    /// Why that is bad.
    pub why: &'static str,
    /// What it cannot know.
    pub limits: &'static str,
    /// What to do.
    pub remedies: &'static [&'static str],
    /// The controls it touches.
    pub frameworks: Vec<ControlView>,
    /// Narrower rules whose findings are evidence of this one.
    pub covers: &'static [&'static str],
    /// Factors of the score that count the same cause.
    pub factors: &'static [&'static str],
    /// What the policy in force changed about it, and why.
    pub changed: Option<String>,
}

/// Every rule, by id, with what it looked at when the inventory was last judged.
///
/// # Errors
/// The database cannot be read.
pub async fn list(
    installation: &Installation,
    policy: &InForce,
    as_of: Option<TimeUs>,
) -> Result<Vec<Row>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let mut counts = BTreeMap::new();
    if let Some(last) = judgement::last_assessment(&reader).await? {
        for (rule, population, fired, unknown) in judgement::rule_counts(&reader, last.run).await? {
            counts.insert(rule, (population, fired, unknown));
        }
    }
    Ok(RULES
        .iter()
        .map(|rule| row(rule.spec(), policy, &counts))
        .collect())
}

fn row(
    spec: &'static RuleSpec,
    policy: &InForce,
    counts: &BTreeMap<String, (i64, i64, i64)>,
) -> Row {
    let count = counts.get(spec.id);
    let changed = policy.policy.change(spec.id);
    Row {
        v: VERSION,
        id: spec.id,
        title: spec.title,
        severity: changed
            .and_then(|changed| changed.severity)
            .unwrap_or(spec.severity)
            .name()
            .to_owned(),
        state: if changed.is_none_or(|changed| changed.enabled) {
            "on"
        } else {
            "off"
        },
        kinds: spec.kinds.iter().map(|kind| kind.name()).collect(),
        population: count.map(|count| count.0),
        fired: count.map(|count| count.1),
        unknown: count.map(|count| count.2),
    }
}

/// The rule with this id, or that had it once.
///
/// # Errors
/// There is no such rule, or the database cannot be read.
pub async fn show(
    installation: &Installation,
    policy: &InForce,
    id: &str,
    as_of: Option<TimeUs>,
) -> Result<Whole, Error> {
    let Some(spec) = super::findings::rule(id) else {
        let error = Error::usage(format!("there is no rule `{}`", model::text::label(id)));
        let known = RULES.iter().map(|rule| rule.spec().id);
        return Err(match model::suggest::nearest(id, known) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`countersign rule ls` lists them"),
        });
    };
    let rows = list(installation, policy, as_of).await?;
    let row = rows
        .into_iter()
        .find(|row| row.id == spec.id)
        .ok_or_else(|| Error::failed("the rule has just gone"))?;
    Ok(Whole {
        row,
        what: spec.what,
        why: spec.why,
        limits: spec.limits,
        remedies: spec.remedies,
        frameworks: spec
            .controls
            .iter()
            .map(|control| ControlView {
                framework: control.framework,
                id: control.id,
                why: control.why,
            })
            .collect(),
        covers: spec.covers,
        factors: spec.factors,
        changed: policy
            .policy
            .change(spec.id)
            .map(|changed| changed.reason.clone()),
    })
}
