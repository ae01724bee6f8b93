//! The inventory on both databases.
#![expect(
    clippy::tests_outside_test_module,
    reason = "one integration binary, split into files"
)]

mod edits;
mod estate;
mod history;
mod kill;
mod reconcile;
mod retire;
