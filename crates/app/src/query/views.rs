//! Shapes that several answers share.

use std::collections::BTreeSet;

use inventory::columns::TimeColumn;
use inventory::judgement::VerdictRow;
use inventory::read::{At, EdgeEnd, Node, Seen, source_label};
use model::TimeUs;
use serde::Serialize;

/// The version of every JSON contract here.
pub const VERSION: u8 = 1;

/// The moment an answer speaks of: what was known after one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtView {
    /// The run's number; 0 before the first run.
    pub seq: i64,
    /// The run's id.
    pub run: Option<String>,
    /// When it committed.
    pub at: Option<TimeUs>,
}

impl From<&At> for AtView {
    fn from(at: &At) -> Self {
        Self {
            seq: at.seq,
            run: at.run.clone(),
            at: at.time,
        }
    }
}

/// A time with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactView {
    /// `known`, `never`, `no_data_yet`, `not_observable`, `nothing_said`.
    pub state: String,
    /// The time, when known.
    pub at: Option<TimeUs>,
}

impl From<&TimeColumn> for FactView {
    fn from(column: &TimeColumn) -> Self {
        Self {
            state: column
                .state
                .clone()
                .unwrap_or_else(|| "nothing_said".to_owned()),
            at: column.us.map(TimeUs::from_micros),
        }
    }
}

/// A risk score as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreView {
    /// The risk, 0 to 100.
    pub r: f64,
    /// The least it can be.
    pub lo: f64,
    /// The most it can be.
    pub hi: f64,
    /// How much of the evidence is there, 0 to 100.
    pub c: f64,
    /// `low`, `medium`, `high`, `critical`.
    pub band: String,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The contract's version.
    pub v: u8,
    /// Stable id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// The sort of actor.
    pub class: Option<String>,
    /// The provider's sort.
    pub subtype: Option<String>,
    /// The name people know it by.
    pub name: String,
    /// The provider's id.
    pub native_id: String,
    /// Who gives the native id.
    pub provider: String,
    /// Account, tenant, cluster or domain.
    pub tenant: Option<String>,
    /// Whether the provider accepts it.
    pub status: Option<String>,
    /// The environment as judged in lists; where nothing was judged, as declared.
    pub environment: Option<String>,
    /// Who is asked about it, as judged in lists; where nothing was judged, the owner as declared.
    pub owner: Option<String>,
    /// How far it has an owner, as judged.
    pub owner_state: Option<String>,
    /// `in_use` or `dormant`, as judged.
    pub dormancy: Option<String>,
    /// The risk score, of what is scored.
    pub score: Option<ScoreView>,
    /// The outside company behind it.
    pub vendor: Option<String>,
    /// Whether a source itself calls it privileged.
    pub privileged: Option<bool>,
    /// How many short-lived instances it stands for.
    pub instances: Option<i64>,
    /// When it was created.
    pub created: FactView,
    /// When it stops working by itself.
    pub expires: FactView,
    /// When it was last used.
    pub last_used: FactView,
    /// When its secret part was last replaced.
    pub last_rotated: FactView,
    /// The sources that show it.
    pub sources: Vec<String>,
    /// When a source last saw it, in the source's own time.
    pub seen_at: Option<TimeUs>,
    /// When it was retired, if it was.
    pub retired_at: Option<TimeUs>,
    /// True when only other records name it.
    pub referenced: bool,
    /// The row key, for the app's own use.
    #[serde(skip)]
    pub key: i64,
}

impl Row {
    /// The row of a record.
    pub(crate) fn new(node: Node, seen: Option<&Seen>) -> Self {
        let sources: BTreeSet<String> = seen
            .iter()
            .flat_map(|seen| &seen.sources)
            .map(|(connector, scope)| source_label(connector, scope))
            .collect();
        Self {
            v: VERSION,
            created: (&node.created).into(),
            expires: (&node.expires).into(),
            last_used: (&node.last_used).into(),
            last_rotated: (&node.last_rotated).into(),
            id: node.id,
            kind: node.kind,
            class: node.class,
            subtype: node.subtype,
            name: node.name,
            native_id: node.native_id,
            provider: node.provider,
            tenant: node.tenant,
            status: node.status,
            environment: node.environment,
            owner: node.owner,
            owner_state: None,
            dormancy: None,
            score: None,
            vendor: node.vendor,
            privileged: node.privileged,
            instances: node.instances,
            sources: sources.into_iter().collect(),
            seen_at: seen.and_then(|seen| seen.at),
            retired_at: node.retired,
            referenced: node.referenced.is_some(),
            key: node.key,
        }
    }
}

impl Row {
    /// The row with what was judged: that goes before what is declared.
    #[must_use]
    pub(crate) fn judged(mut self, verdict: Option<VerdictRow>) -> Self {
        let Some(VerdictRow { verdict, .. }) = verdict else {
            return self;
        };
        self.environment = verdict.environment.or(self.environment);
        self.owner = verdict.owner.or(self.owner);
        self.owner_state = Some(verdict.owner_state);
        self.dormancy = verdict.dormancy;
        self.score = verdict.score.map(|score| ScoreView {
            r: score.r,
            lo: score.lo,
            hi: score.hi,
            c: score.c,
            band: score.band,
        });
        self
    }
}

/// A record named by another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    /// Stable id.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// The provider's sort.
    pub subtype: Option<String>,
    /// Its name.
    pub name: String,
    /// The provider's id.
    pub native_id: String,
    /// True when no source shows it any more.
    pub retired: bool,
    /// True when only other records name it.
    pub referenced: bool,
}

impl From<&EdgeEnd> for Named {
    fn from(end: &EdgeEnd) -> Self {
        Self {
            id: end.id.clone(),
            kind: end.kind.clone(),
            subtype: end.subtype.clone(),
            name: end.name.clone(),
            native_id: end.native_id.clone(),
            retired: end.retired,
            referenced: end.referenced,
        }
    }
}

impl From<&Node> for Named {
    fn from(node: &Node) -> Self {
        Self {
            id: node.id.clone(),
            kind: node.kind.clone(),
            subtype: node.subtype.clone(),
            name: node.name.clone(),
            native_id: node.native_id.clone(),
            retired: node.retired.is_some(),
            referenced: node.referenced.is_some(),
        }
    }
}

impl Named {
    /// `name (subtype)`, for sentences.
    pub fn label(&self) -> String {
        format!(
            "{} ({})",
            self.name,
            self.subtype.as_deref().unwrap_or(&self.kind)
        )
    }
}

/// One piece of evidence: which source said what, where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What was said, one sentence without secrets.
    pub what: String,
    /// The source, `connector[scope]`.
    pub source: String,
    /// Where in the source.
    pub place: Option<String>,
    /// The source's own time.
    pub observed_at: Option<TimeUs>,
}

/// Several records a text may mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidates {
    /// The contract's version.
    pub v: u8,
    /// What was asked.
    pub query: String,
    /// Why this is no answer: `several_match`, `similar`, `nothing_matches`.
    pub state: &'static str,
    /// One sentence.
    pub summary: String,
    /// The first of them.
    pub candidates: Vec<Row>,
    /// How many there are.
    pub total: usize,
    /// True when there may be more than that.
    pub or_more: bool,
}
