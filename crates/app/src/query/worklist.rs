//! What to do first: open findings by rule, the worst first, each with why, what it costs and what it
//! gains. Findings of one rule and one severity are one line, however many subjects they have, so
//! that a few lines say the most.

use std::collections::{BTreeMap, BTreeSet};

use inventory::judgement::{self, FINDING_SCHEMA, FindingFilter, OpenGroup};
use inventory::read::Reader;
use model::TimeUs;
use model::text::count;
use posture::plan::{self, Effort};
use posture::score::{self, Factor, WhatIf, vector};
use serde::Serialize;

use super::findings::{Subject, rule};
use super::views::VERSION;
use crate::Error;

/// Lines shown: what a person begins with.
pub const SHOWN: usize = 7;

/// Subjects named in one line.
const NAMED: usize = 3;

/// What to do first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Worklist {
    /// The contract's version.
    pub v: u8,
    /// Open findings in all, those somebody works on included.
    pub open: i64,
    /// The same by severity.
    pub by_severity: BTreeMap<String, i64>,
    /// How many of them nobody can be asked about.
    pub unassignable: i64,
    /// The first lines.
    pub items: Vec<Item>,
    /// How many more lines there are.
    pub more: usize,
    /// True when nothing was judged yet.
    pub never_assessed: bool,
    /// True when something was read or said since the last assessment.
    pub assessment_is_older: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Its place, from 1.
    pub rank: usize,
    /// The rule.
    pub rule: String,
    /// How bad it is.
    pub severity: String,
    /// What is wrong, and with what.
    pub what: String,
    /// How many findings it stands for.
    pub total: i64,
    /// How many of them nobody can be asked about.
    pub unassignable: i64,
    /// The worst of its subjects.
    pub subjects: Vec<Subject>,
    /// The key of the worst finding.
    pub key: String,
    /// Who is asked about the worst of them; null when nobody can be.
    pub assignee: Option<String>,
    /// The first step.
    pub remedy: &'static str,
    /// How much work one subject is.
    pub effort: Option<Effort>,
    /// Why so much.
    pub effort_because: Option<&'static str>,
    /// What the fix does to the risk of the worst subject; null when the score does not count the cause.
    pub effect: Option<Effect>,
}

/// The risk of a subject before and after a fix.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Effect {
    /// As judged.
    pub from: f64,
    /// Without the factors the finding counts in.
    pub to: f64,
    /// The most it can be then, given what is unknown.
    pub to_hi: f64,
}

/// The first lines of what is open.
pub(crate) async fn worklist(reader: &Reader, now: TimeUs) -> Result<Worklist, Error> {
    let last = judgement::last_assessment(reader).await?;
    let groups = judgement::open_groups(reader, now).await?;
    let mut list = Worklist {
        v: VERSION,
        open: groups.iter().map(|group| group.total).sum(),
        by_severity: BTreeMap::new(),
        unassignable: groups.iter().map(|group| group.unassignable).sum(),
        items: Vec::new(),
        more: groups.len().saturating_sub(SHOWN),
        never_assessed: last.is_none(),
        assessment_is_older: last.is_some_and(|last| last.run < reader.at().seq),
    };
    for group in &groups {
        *list.by_severity.entry(group.severity.clone()).or_default() += group.total;
    }
    for (place, group) in groups.iter().take(SHOWN).enumerate() {
        if let Some(item) = item(reader, place + 1, group, now).await? {
            list.items.push(item);
        }
    }
    Ok(list)
}

async fn item(
    reader: &Reader,
    rank: usize,
    group: &OpenGroup,
    now: TimeUs,
) -> Result<Option<Item>, Error> {
    let text = format!(
        "rule = \"{}\" AND severity = {}",
        group.rule, group.severity
    );
    let filter = super::list::parse_with(&text, &FINDING_SCHEMA)?;
    let asked = FindingFilter {
        filter: &filter,
        all: false,
        now,
        cursor: None,
        limit: NAMED,
    };
    let (rows, _) = judgement::findings(reader, &asked).await?;
    let Some(worst) = rows.first() else {
        return Ok(None);
    };
    let spec = rule(&group.rule);
    let cost = plan::of(&group.rule);
    let names: Vec<&str> = rows.iter().map(|row| row.subject_name.as_str()).collect();
    let verdicts = judgement::verdicts(reader, &BTreeSet::from([worst.node_key])).await?;
    let effect = verdicts
        .get(&worst.node_key)
        .and_then(|row| row.verdict.score.as_ref())
        .and_then(|score| effect(&score.vector, spec.map_or(&[], |spec| spec.factors)));
    Ok(Some(Item {
        rank,
        rule: group.rule.clone(),
        severity: group.severity.clone(),
        what: match cost {
            Some(cost) if group.total > 1 => several(group.total, cost.many, &names),
            _ => worst.summary.clone(),
        },
        total: group.total,
        unassignable: group.unassignable,
        key: worst.key.clone(),
        assignee: worst.assignee.clone(),
        remedy: spec
            .and_then(|spec| spec.remedies.first())
            .copied()
            .unwrap_or_default(),
        effort: cost.map(|cost| cost.effort),
        effort_because: cost.map(|cost| cost.because),
        effect,
        subjects: rows
            .iter()
            .map(|row| Subject {
                id: row.subject.clone(),
                name: row.subject_name.clone(),
                kind: row.subject_kind.clone(),
            })
            .collect(),
    }))
}

/// `63 identities without an owner: a, b, c and 60 more`.
fn several(total: i64, many: &str, names: &[&str]) -> String {
    let more = total - i64::try_from(names.len()).unwrap_or(total);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{total} {many}: {}{more}", names.join(", "))
}

/// What is left of a risk when these factors are gone, when that is less.
fn effect(text: &str, factors: &[&str]) -> Option<Effect> {
    let mut inputs = vector::parse(text).ok()?;
    let removed: Vec<Factor> = factors
        .iter()
        .filter_map(|id| Factor::from_id(id))
        .collect();
    inputs.add_what_if(WhatIf::removing("fix", &removed)).ok()?;
    let score = score::score(&inputs);
    let after = score.what_if.first()?.after;
    (after.r < score.r).then_some(Effect {
        from: score.r,
        to: after.r,
        to_hi: after.hi,
    })
}

impl Worklist {
    /// How much there is, in one line.
    pub fn totals(&self) -> String {
        let by: Vec<String> = ["critical", "high", "medium", "low", "info"]
            .iter()
            .filter_map(|severity| {
                let total = self.by_severity.get(*severity)?;
                Some(format!("{total} {severity}"))
            })
            .collect();
        format!(
            "{}: {}; of {} nobody can be asked",
            count(self.open, "open finding"),
            by.join(", "),
            self.unassignable
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNOWNED: &str =
        "NRS:1.0/OW1:1/US1:1/A:1/S:1/E:1/N:1/DECLARED:1/DORMANT:1/NOOWNER:1/PRIVILEGED:1";

    #[test]
    fn a_fix_gains_what_the_formula_says_and_nothing_else() {
        let parsed = vector::parse(UNOWNED).unwrap();
        let before = score::score(&parsed).r;
        let gained = effect(UNOWNED, &["OW1", "US1"]).unwrap();
        assert!(
            (gained.from - before).abs() < f64::EPSILON && gained.to < gained.from,
            "{gained:?}"
        );
        assert_eq!(
            effect(UNOWNED, &[]),
            None,
            "a rule without a factor promises nothing"
        );
        assert_eq!(
            effect(UNOWNED, &["SH1"]),
            None,
            "what is not there cannot be removed"
        );
        assert_eq!(effect("no vector", &["OW1"]), None);
    }

    #[test]
    fn several_subjects_are_one_line() {
        assert_eq!(
            several(63, "identities without an owner", &["a", "b", "c"]),
            "63 identities without an owner: a, b, c and 60 more"
        );
        assert_eq!(several(2, "x", &["a", "b"]), "2 x: a, b");
    }
}
