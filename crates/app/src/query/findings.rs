//! `finding ls`, `finding show`: what is wrong, the worst first, with what people decided about it.

use inventory::judgement::{self, FINDING_SCHEMA, FindingFilter, FindingRow};
use inventory::read::{Reader, When};
use model::TimeUs;
use model::filter::{Filter, Schema};
use posture::RuleSpec;
use posture::rules::RULES;
use serde::Serialize;
use serde_json::Value;

use super::views::{AtView, VERSION};
use crate::{Error, Installation};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `--filter`.
    pub filter: Option<String>,
    /// `--all`: also what is fixed, accepted or a false positive.
    pub all: bool,
    /// `--as-of`.
    pub as_of: Option<TimeUs>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// How many rows; the whole list without one.
    pub limit: Option<usize>,
}

/// The thing a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Its stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
}

/// One finding as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The contract's version.
    pub v: u8,
    /// What names the finding in commands: its key.
    pub id: String,
    /// The rule and what identifies the subject, hashed: the same next week and in another installation.
    pub key: String,
    /// The rule.
    pub rule: String,
    /// The rule's title.
    pub title: &'static str,
    /// How bad it is.
    pub severity: String,
    /// How sure the rule is, 0 to 100.
    pub confidence: i64,
    /// What it is about.
    pub subject: Subject,
    /// What is wrong with it.
    pub summary: String,
    /// The subject's risk when it was judged.
    pub risk: f64,
    /// `open`, `acknowledged`, `accepted`, `false_positive`, `fixed`.
    pub state: String,
    /// Until when it is accepted.
    pub until: Option<TimeUs>,
    /// Who is asked to resolve it; null when nobody can be.
    pub assignee: Option<String>,
    /// When it was first seen, this time.
    pub since: Option<TimeUs>,
    /// When it was seen gone.
    pub fixed_at: Option<TimeUs>,
}

/// A finding with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Whole {
    /// What lists show.
    #[serde(flatten)]
    pub row: Row,
    /// Why it is so bad, in Markdown.
    pub why: &'static str,
    /// What the rule cannot know.
    pub limits: &'static str,
    /// Which source said what, when and where.
    pub evidence: Value,
    /// What to do.
    pub remedies: Vec<&'static str>,
    /// What to do here, as commands for a person.
    pub commands: Value,
    /// The controls it touches.
    pub frameworks: Vec<ControlView>,
    /// Narrower rules that fired for the same cause.
    pub covers: Value,
    /// What makes it this finding.
    pub identity_fields: Value,
    /// What somebody decided about it.
    pub decision: Option<DecisionView>,
}

/// A control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlView {
    /// The framework.
    pub framework: &'static str,
    /// The control.
    pub id: &'static str,
    /// Why the finding touches it.
    pub why: &'static str,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionView {
    /// Why.
    pub reason: String,
    /// The roles that agreed.
    pub people: Value,
    /// Who wrote it down.
    pub actor: Option<String>,
}

/// What a list says besides its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The moment it speaks of.
    pub as_of: AtView,
    /// How many rows were shown.
    pub shown: usize,
    /// Where the next page begins; null at the end.
    pub next: Option<String>,
    /// True when nothing was judged yet.
    pub never_assessed: bool,
    /// True when something was read or said since the last assessment.
    pub assessment_is_older: bool,
}

/// The rule with this id, or that had it once.
pub fn rule(id: &str) -> Option<&'static RuleSpec> {
    RULES
        .iter()
        .map(|rule| rule.spec())
        .find(|spec| spec.id == id || spec.aliases.contains(&id))
}

/// True for what is written like a finding's key: a rule and 32 hex digits.
pub fn is_key(text: &str) -> bool {
    text.split_once(':').is_some_and(|(id, hash)| {
        rule(id).is_some() && hash.len() == 32 && hash.chars().all(|ch| ch.is_ascii_hexdigit())
    })
}

impl Row {
    fn of(row: &FindingRow) -> Self {
        Self {
            v: VERSION,
            id: row.key.clone(),
            key: row.key.clone(),
            rule: row.rule.clone(),
            title: rule(&row.rule).map_or("", |spec| spec.title),
            severity: row.severity.clone(),
            confidence: row.confidence,
            subject: Subject {
                id: row.subject.clone(),
                name: row.subject_name.clone(),
                kind: row.subject_kind.clone(),
            },
            summary: row.summary.clone(),
            risk: row.risk,
            state: row.state.clone(),
            until: row.until,
            assignee: row.assignee.clone(),
            since: row.since,
            fixed_at: row.fixed,
        }
    }
}

impl Whole {
    pub(crate) fn of(row: &FindingRow) -> Self {
        let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
        let part = |name: &str| body.get(name).cloned().unwrap_or_default();
        let spec = rule(&row.rule);
        Self {
            row: Row::of(row),
            why: spec.map_or("", |spec| spec.why),
            limits: spec.map_or("", |spec| spec.limits),
            evidence: part("evidence"),
            remedies: spec.map_or_else(Vec::new, |spec| spec.remedies.to_vec()),
            commands: part("commands"),
            frameworks: spec.map_or_else(Vec::new, |spec| {
                spec.controls
                    .iter()
                    .map(|control| ControlView {
                        framework: control.framework,
                        id: control.id,
                        why: control.why,
                    })
                    .collect()
            }),
            covers: part("covers"),
            identity_fields: part("identity_fields"),
            decision: row.reason.as_ref().map(|reason| DecisionView {
                reason: reason.clone(),
                people: row
                    .people
                    .as_deref()
                    .and_then(|people| serde_json::from_str(people).ok())
                    .unwrap_or_default(),
                actor: row.actor.clone(),
            }),
        }
    }
}

/// The fields of filters of findings.
pub fn schema() -> Schema {
    FINDING_SCHEMA
}

/// Rows read at once.
const PAGE: usize = 500;

/// Shows every finding to `each`, the worst first, page by page.
///
/// # Errors
/// The filter cannot be understood, the cursor is none, `each` fails, or the database cannot be read.
pub async fn run<E: From<Error>>(
    installation: &Installation,
    request: &Request,
    mut each: impl FnMut(Row) -> Result<(), E>,
) -> Result<Summary, E> {
    let filter = match &request.filter {
        Some(text) => super::list::parse_with(text, &FINDING_SCHEMA)?,
        None => Filter::All,
    };
    let now = request.as_of.unwrap_or_else(|| installation.clock.now());
    let mut reader = super::reader(installation, request.as_of).await?;
    let last = judgement::last_assessment(&reader)
        .await
        .map_err(Error::from)?;
    let mut summary = Summary {
        as_of: reader.at().into(),
        shown: 0,
        next: request.cursor.clone(),
        never_assessed: last.is_none(),
        assessment_is_older: last.is_some_and(|last| last.run < reader.at().seq),
    };
    let pinned = When::Seq(reader.at().seq);
    loop {
        let left = request.limit.map_or(PAGE, |limit| limit - summary.shown);
        if left == 0 {
            break;
        }
        let asked = FindingFilter {
            filter: &filter,
            all: request.all,
            now,
            cursor: summary.next.as_deref(),
            limit: left.min(PAGE),
        };
        let (rows, next) = judgement::findings(&reader, &asked)
            .await
            .map_err(Error::from)?;
        for row in &rows {
            each(Row::of(row))?;
            summary.shown += 1;
        }
        summary.next = next;
        if summary.next.is_none() {
            break;
        }
        reader = Reader::open(&installation.db, pinned)
            .await
            .map_err(Error::from)?;
    }
    Ok(summary)
}

/// The finding with this key, with everything about it.
///
/// # Errors
/// There is no such finding, or the database cannot be read.
pub async fn show(
    installation: &Installation,
    key: &str,
    as_of: Option<TimeUs>,
) -> Result<Whole, Error> {
    let reader = super::reader(installation, as_of).await?;
    let now = as_of.unwrap_or_else(|| installation.clock.now());
    match judgement::finding(&reader, key, now).await? {
        Some(row) => Ok(Whole::of(&row)),
        None => Err(no_finding(key)),
    }
}

pub(crate) fn no_finding(key: &str) -> Error {
    Error::no_single_match(format!("there is no finding `{}`", model::text::label(key)))
        .hint("`countersign finding ls` lists them; the key stands in the last column")
}
