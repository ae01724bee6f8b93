//! What was looked at and what was not. Silence is never coverage.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kinds::NodeKind;
use crate::observation::SourceRef;

/// How far one reading got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageState {
    /// Everything in the scope was read.
    Complete,
    /// What was given was read, but it does not prove that there is no more (a file).
    Partial,
    /// A permission was missing.
    Denied,
    /// A limit (time, size, count, depth) stopped the reading.
    Truncated,
    /// It could not be read: broken, unreachable, not understood.
    Failed,
    /// It was not tried, on purpose or by configuration.
    NotAttempted,
}

impl CoverageState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Complete,
        Self::Partial,
        Self::Denied,
        Self::Truncated,
        Self::Failed,
        Self::NotAttempted,
    ];

    /// The word used in JSON, SQL and filters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Truncated => "truncated",
            Self::Failed => "failed",
            Self::NotAttempted => "not_attempted",
        }
    }

    /// Finds the state by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == word)
    }

    /// True when something that was asked for could not be read: the run is incomplete (exit 3).
    pub fn is_shortfall(self) -> bool {
        matches!(self, Self::Denied | Self::Truncated | Self::Failed)
    }
}

impl fmt::Display for CoverageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One statement about what was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The source that looked.
    pub source: SourceRef,
    /// The kind of node looked for; `None` when it concerns all kinds.
    pub kind: Option<NodeKind>,
    /// The group of attributes, for example `inventory`, `usage`, `places`.
    pub group: String,
    /// Where: a path prefix, region, address, `file.json:line 3` or `file.json:byte 812`. Empty
    /// for the whole scope.
    pub place: String,
    /// How far it got.
    pub state: CoverageState,
    /// Why it is not complete, in words a user can act on. Never contains a secret value.
    pub reason: String,
    /// How far behind the source's data may be, in microseconds, when known.
    pub lag_us: Option<i64>,
}

impl Coverage {
    /// Says that a whole scope was read for one kind.
    pub fn complete(source: &SourceRef, kind: Option<NodeKind>, group: &str) -> Self {
        Self {
            source: source.clone(),
            kind,
            group: group.to_owned(),
            place: String::new(),
            state: CoverageState::Complete,
            reason: String::new(),
            lag_us: None,
        }
    }

    /// Says that something was not (wholly) read, where, and why.
    pub fn gap(
        source: &SourceRef,
        state: CoverageState,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            source: source.clone(),
            kind: None,
            group: "inventory".to_owned(),
            place: crate::text::label(&place.into()),
            state,
            reason: crate::text::label(&reason.into()),
            lag_us: None,
        }
    }
}
