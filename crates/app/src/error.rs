//! What a use case can fail with, in words a user can act on.

use inventory::InventoryError;
use store::StoreError;

/// What sort of failure it is; a face turns it into an exit code or an HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something went wrong; exit code 1.
    Failed,
    /// The request itself makes no sense; exit code 2.
    Usage,
    /// Nothing matched, or more than one thing did; exit code 4.
    NoSingleMatch,
}

/// An error with, where there is one, a way out.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
}

impl Error {
    /// Something went wrong.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Failed,
            message: message.into(),
            hint: None,
        }
    }

    /// The request makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Usage,
            message: message.into(),
            hint: None,
        }
    }

    /// Nothing matched, or more than one thing did.
    pub fn no_single_match(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::NoSingleMatch,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The way out, when there is one.
    pub fn way_out(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<InventoryError> for Error {
    fn from(error: InventoryError) -> Self {
        match &error {
            InventoryError::NotFound(_) => Self::no_single_match(error.to_string()),
            InventoryError::Refused(_) => Self::usage(error.to_string()),
            InventoryError::Store(_)
            | InventoryError::Spool(_)
            | InventoryError::Damaged { .. } => Self::failed(error.to_string()),
        }
    }
}
