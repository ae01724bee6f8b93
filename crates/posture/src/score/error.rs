//! Why something cannot be scored.

/// Inputs that cannot be scored. Whoever wrote them can fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// A strength outside 0 to 1.
    #[error("`{x}` is not a number from 0 to 1")]
    NoRatio {
        /// What was given.
        x: String,
    },
    /// Something is not stated; leaving it out would read as absent.
    #[error(
        "`{what}` is not stated; a factor is observed, unknown or not_applicable, a condition yes, no or unknown"
    )]
    NotStated {
        /// The factor or condition.
        what: String,
    },
    /// Something is stated twice.
    #[error("{what} is stated twice")]
    Twice {
        /// What.
        what: String,
    },
    /// A list is longer than it may be.
    #[error("more than {max} {what}")]
    TooMany {
        /// Of what.
        what: String,
        /// How many there may be.
        max: usize,
    },
    /// A text is empty or longer than it may be.
    #[error("{what} is empty or longer than {max} bytes")]
    BadText {
        /// Which text.
        what: String,
        /// How long it may be.
        max: usize,
    },
    /// A summary without a deciding resource.
    #[error(
        "a summary needs a deciding resource and an n above 0; write a reach without resources for nothing reached, or the form `unknown` for nothing known"
    )]
    NothingReached,
    /// An incident and the strength of `AN1` do not agree.
    #[error("an open incident stands beside `AN1` that is not observed at 1")]
    IncidentWithoutAn1,
    /// A time that cannot be read.
    #[error(transparent)]
    Time(#[from] model::time::TimeError),
    /// A vector that cannot be read.
    #[error("the vector cannot be read at `{part}`: {why}")]
    Vector {
        /// The part between two slashes.
        part: String,
        /// What is wrong with it.
        why: String,
    },
}
