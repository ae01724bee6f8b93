//! A panic on purpose while a secret value is in hand, so that a test can read what a crash says.
//!
//! Builds without debug assertions, which are those people run, have nothing of it.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicU64, Ordering};

/// Secret values left until the panic; 0 is disarmed.
#[cfg(debug_assertions)]
static LEFT: AtomicU64 = AtomicU64::new(0);

/// Lets the process panic at the `count`-th secret value fingerprinted from now, counted from 1.
/// For tests, in a child process.
#[doc(hidden)]
#[cfg(debug_assertions)]
pub fn panic_at_secret(count: u64) {
    LEFT.store(count, Ordering::SeqCst);
}

/// Passes one secret value.
///
/// The message quotes the value, as messages of decoders that fail quote their input.
#[cfg(debug_assertions)]
pub(crate) fn secret_in_hand(value: &[u8]) {
    let now = LEFT.load(Ordering::Relaxed) > 0 && LEFT.fetch_sub(1, Ordering::SeqCst) == 1;
    assert!(!now, "cannot decode `{}`", String::from_utf8_lossy(value));
}

/// Nothing: nobody rehearses.
#[cfg(not(debug_assertions))]
#[inline]
pub(crate) fn secret_in_hand(_: &[u8]) {}
