//! How far a long use case has got, for whoever shows it.

/// Receives progress. All methods may be called from other threads, often.
pub trait Progress: Send + Sync {
    /// A new stage begins, for example `reading /etc`; `total` is the amount of work when known.
    fn stage(&self, name: &str, total: Option<u64>);

    /// This much of the stage is done.
    fn advance(&self, done: u64);

    /// True when the user wants to stop; the use case ends early and says what was not done.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &str, _total: Option<u64>) {}
    fn advance(&self, _done: u64) {}
}
