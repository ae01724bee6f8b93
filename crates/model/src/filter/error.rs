//! What is wrong with a filter, where, and what was probably meant.

use std::fmt;
use std::ops::Range;

/// A filter that cannot be understood; whoever wrote it can fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The bytes of the filter that are wrong; empty at the end of the text.
    pub span: Range<usize>,
    /// Those bytes as text.
    pub text: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead, when that can be told.
    pub suggestion: Option<String>,
}

impl FilterError {
    pub(super) fn new(filter: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let text = filter.get(span.clone()).unwrap_or_default().to_owned();
        Self {
            span,
            text,
            message: message.into(),
            suggestion: None,
        }
    }

    pub(super) fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filter, at byte {}: {}", self.span.start, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FilterError {}
