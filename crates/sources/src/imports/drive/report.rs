//! What an import tells at its end.

use std::collections::BTreeMap;

use model::CoverageState;

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentReport {
    /// The name: path, or `archive!member`.
    pub name: String,
    /// The id of the format it was read as; `None` when no format knows it.
    pub format: Option<&'static str>,
    /// Observations it gave.
    pub observations: u64,
    /// Places in it that could not be read.
    pub gaps: u64,
    /// `Complete` when it was read whole, `NotAttempted` when no format knows it, else the first
    /// shortfall.
    pub state: CoverageState,
    /// Why it was not read whole; empty when it was.
    pub reason: String,
}

/// What one format gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FormatTotals {
    /// Documents read.
    pub documents: u64,
    /// Observations made.
    pub observations: u64,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The documents in the order read: the first [`super::Limits::max_listed`] of them, problems
    /// up to twice as many.
    pub documents: Vec<DocumentReport>,
    /// Documents that are counted below and not listed above.
    pub not_listed: u64,
    /// Documents some format knew.
    pub recognised: u64,
    /// Documents no format knew or could make anything of, special files and links that lead out.
    pub unrecognised: u64,
    /// Recognised documents of which something could not be read, and files that could not be
    /// opened or unpacked.
    pub with_shortfall: u64,
    /// Observations made.
    pub observations: u64,
    /// Bytes read, before decompression.
    pub bytes: u64,
    /// By format id.
    pub formats: BTreeMap<&'static str, FormatTotals>,
    /// False when something asked for could not be read (exit code 3).
    pub complete: bool,
    /// True when it was stopped on request.
    pub cancelled: bool,
}

impl Default for ImportReport {
    fn default() -> Self {
        Self {
            documents: Vec::new(),
            not_listed: 0,
            recognised: 0,
            unrecognised: 0,
            with_shortfall: 0,
            observations: 0,
            bytes: 0,
            formats: BTreeMap::new(),
            complete: true,
            cancelled: false,
        }
    }
}

impl ImportReport {
    /// True when no document of the whole import was in a known format: most likely a mistake, and
    /// worth an error message.
    pub fn nothing_recognised(&self) -> bool {
        self.recognised == 0
    }
}
