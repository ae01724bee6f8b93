//! Places at which a test may end the process, to prove that a write cut short leaves no trace.
//!
//! Before each statement of a write transaction, before its commit and after it lies one point.
//! Product code passes them at the cost of one atomic read; only tests arm them.

use std::sync::atomic::{AtomicU64, Ordering};

/// Points left until the process ends; 0 is disarmed.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// Lets the process abort at the `points`-th point from now, counted from 1. For tests of crash
/// safety, in a child process.
#[doc(hidden)]
pub fn abort_at_point(points: u64) {
    LEFT.store(points, Ordering::SeqCst);
}

/// Passes one point.
pub(crate) fn point() {
    if LEFT.load(Ordering::Relaxed) > 0 && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}
