//! The rules of the house as functions over text, so that each has a test that shows it broken.
//!
//! Every check takes its input as an argument and answers with a list of violations, one line
//! each: what, where, and the way out. `tests/it` runs them over this repository.

pub mod layers;
pub mod ledger;
pub mod modules;
pub mod pages;
pub mod places;
pub mod platforms;
pub mod repo;
pub mod rust;
pub mod shape;
pub mod sources;
pub mod supply;

/// The workspace's own packages are named `countersign-<word>`; the binary is `countersign`.
pub(crate) fn short_name(package: &str) -> &str {
    match package.strip_prefix("countersign-") {
        Some(word) => word,
        None if package == "countersign" => "cli",
        None => package,
    }
}
