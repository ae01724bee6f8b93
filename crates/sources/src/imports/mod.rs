//! Exported files in, observations out. Formats are told apart by content, never by a flag.
//!
//! A [`Format`] says how sure it is that a document is its own, and reads it. It never opens
//! files, never unpacks and never walks: that is the driver's work, so every format meets hostile
//! input through the same bounds.

pub mod activedirectory;
pub mod aws;
pub mod code;
pub mod csv;
pub mod document;
pub mod drive;
pub mod entra;
pub mod export;
mod fields;
pub mod files;
pub mod gcp;
pub mod json;
pub mod kubernetes;
pub mod oidc;
pub mod owners;
pub mod probe;
mod reading;
mod secret_values;
pub mod terraform;
#[cfg(test)]
pub(crate) mod testing;
mod utf16;
mod values;
pub mod windows;

use std::collections::BTreeMap;

use model::{
    Coverage, CoverageState, Fingerprinter, Observation, Sink, SinkClosed, SourceRef, TimeUs,
};

pub use document::Document;
pub use json::JsonElement;
pub use probe::{Probe, Shape};

use crate::spec::ConnectorSpec;

/// How sure a format is that a document is its own. The surest wins; ties go to catalogue order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// Not this format.
    No,
    /// It may be: the shape fits and nothing distinctive was seen.
    Maybe,
    /// It is: distinctive keys or magic bytes were seen.
    Sure,
}

/// One importable format.
pub trait Format: Sync {
    /// What it is, as data.
    fn spec(&self) -> &'static ConnectorSpec;

    /// Looks at the beginning of a document.
    fn detect(&self, probe: &Probe<'_>) -> Match;

    /// Reads a document whole, element by element. What is broken becomes a gap in the coverage
    /// and reading goes on after it; an error is only for what stops the reading of this document.
    ///
    /// # Errors
    /// The document cannot be read on; what was observed before stays.
    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError>;
}

/// Why the reading of one document stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The medium failed: disk, pipe, decompression. The message of the system is kept.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The content is not what it began as; the text says what and where.
    #[error("{0}")]
    Malformed(String),
    /// A limit was met; the text says which and how to get past it.
    #[error("{0}")]
    Limit(String),
    /// Nobody wants more.
    #[error(transparent)]
    Closed(#[from] SinkClosed),
}

/// What the user said about the files to import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// `--scope key=value`: `cluster=prod`, `tenant=…`, `account=…`, `project=…`, `host=…`, `domain=…`.
    pub scopes: BTreeMap<String, String>,
    /// `--observed-at`: when the export was taken.
    pub observed_at: Option<TimeUs>,
    /// `--complete`: the file holds everything of its scope, so what is missing is gone.
    pub complete: bool,
    /// `--map column=field`: how the columns of a CSV without a known header are to be read.
    pub columns: BTreeMap<String, String>,
}

/// What a format gets besides the document: the way out and the user's words.
pub struct ImportContext<'a> {
    /// Replaces secret values.
    pub fingerprinter: &'a Fingerprinter,
    /// What the user said.
    pub options: &'a ImportOptions,
    /// The current time, for documents that state none.
    pub now: TimeUs,
    /// Where observations go.
    pub sink: &'a mut dyn Sink,
    /// How many observations this document gave so far.
    pub observed: u64,
}

impl std::fmt::Debug for ImportContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportContext")
            .field("options", self.options)
            .field("observed", &self.observed)
            .finish_non_exhaustive()
    }
}

impl ImportContext<'_> {
    /// The source for a scope the data itself states.
    pub fn source(&self, spec: &ConnectorSpec, scope: &str) -> SourceRef {
        SourceRef::new(spec.id, scope)
    }

    /// The source for a scope the data does not state: what the user gave with `--scope key=…`,
    /// else a provisional scope named after the file, which can be merged later. Never guessed.
    pub fn source_or_file(
        &self,
        spec: &ConnectorSpec,
        key: &str,
        document: &Document<'_>,
    ) -> SourceRef {
        match self.options.scopes.get(key) {
            Some(scope) => SourceRef::new(spec.id, scope.as_str()),
            None => SourceRef {
                provisional: true,
                ..SourceRef::new(spec.id, format!("file:{}", document.short_name()))
            },
        }
    }

    /// When the document was true: `--observed-at`, else the time the document states about
    /// itself, else the file's modification time, else now.
    pub fn observed_at(&self, stated: Option<TimeUs>, document: &Document<'_>) -> TimeUs {
        self.options
            .observed_at
            .or(stated)
            .or(document.modified())
            .unwrap_or(self.now)
    }

    /// Hands on one observation.
    ///
    /// # Errors
    /// Nobody wants more.
    pub fn observe(
        &mut self,
        source: &SourceRef,
        mut observation: Observation,
    ) -> Result<(), ReadError> {
        observation.attributes.sanitise();
        self.observed += 1;
        Ok(self.sink.observe(source, observation)?)
    }

    /// Says that something in the document could not be read, where and why.
    ///
    /// # Errors
    /// Nobody wants more.
    pub fn gap(
        &mut self,
        source: &SourceRef,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Result<(), ReadError> {
        Ok(self
            .sink
            .cover(Coverage::gap(source, CoverageState::Failed, place, reason))?)
    }

    /// Says how far the reading of this document got: `Complete` when the user said `--complete`,
    /// else `Partial`, because a file proves no completeness by itself.
    ///
    /// # Errors
    /// Nobody wants more.
    pub fn covered(
        &mut self,
        source: &SourceRef,
        kinds: &[model::NodeKind],
        group: &str,
        place: &str,
    ) -> Result<(), ReadError> {
        let state = if self.options.complete {
            CoverageState::Complete
        } else {
            CoverageState::Partial
        };
        for kind in kinds {
            let mut coverage = Coverage::complete(source, Some(*kind), group);
            coverage.state = state;
            if state == CoverageState::Partial {
                place.clone_into(&mut coverage.place);
                "a file proves no completeness; import with --complete when it holds everything of its scope"
                    .clone_into(&mut coverage.reason);
            }
            self.sink.cover(coverage)?;
        }
        Ok(())
    }
}
