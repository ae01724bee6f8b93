//! What can go wrong between observations and the inventory.

use store::StoreError;

/// An error of the inventory.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The database refused or failed; the message says how to fix it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The temporary file for observations failed; usually the disk is full.
    #[error(
        "cannot keep observations in a temporary file: {0}; free some space in the data directory"
    )]
    Spool(std::io::Error),
    /// A stored value does not read back as what was written; `countersign db check` says more.
    #[error("stored {what} of record {key} is damaged: {detail}; run `countersign db check`")]
    Damaged {
        /// Which value.
        what: &'static str,
        /// The row's key.
        key: i64,
        /// What the reader said.
        detail: String,
    },
    /// The caller asked for something that is not there.
    #[error("{0}")]
    NotFound(String),
    /// The caller asked for something that cannot be done; the message says why.
    #[error("{0}")]
    Refused(String),
}
