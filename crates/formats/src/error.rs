//! Why bytes could not be read. The texts are ours alone: they never quote the input, because the
//! input may be a secret.

/// The largest input any parser of this crate accepts, in bytes. Real key stores and certificate
/// bundles end far below; a caller that reads more has found something else.
pub const MAX_INPUT_BYTES: usize = 64 << 20;

/// What is wrong with the bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes are of another format.
    #[error("not {expected}")]
    NotThis {
        /// The format that was looked for, with its article.
        expected: &'static str,
    },
    /// The format is right and the content is damaged or not supported.
    #[error("{what} cannot be read: {reason}")]
    Broken {
        /// The format or the part of it.
        what: &'static str,
        /// What is wrong, in our words.
        reason: &'static str,
    },
    /// The same, with a place in a text file.
    #[error("{what} cannot be read at line {line}: {reason}")]
    BrokenAt {
        /// The format or the part of it.
        what: &'static str,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong, in our words.
        reason: &'static str,
    },
    /// A limit of ours was passed.
    #[error("{what} is larger than the limit of {limit} {unit}")]
    TooLarge {
        /// The format or the part of it.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// What the limit counts.
        unit: &'static str,
    },
}

impl FormatError {
    pub(crate) fn not(expected: &'static str) -> Self {
        Self::NotThis { expected }
    }

    pub(crate) fn broken(what: &'static str, reason: &'static str) -> Self {
        Self::Broken { what, reason }
    }

    pub(crate) fn at(what: &'static str, line: usize, reason: &'static str) -> Self {
        Self::BrokenAt { what, line, reason }
    }

    pub(crate) fn check_size(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), Self> {
        if bytes.len() > limit {
            return Err(Self::TooLarge {
                what,
                limit,
                unit: "bytes",
            });
        }
        Ok(())
    }
}
