//! One entry point for each family of foreign input. The fuzzer and the ordinary tests call the
//! same functions, so a finding of the one is a regression test of the other: put the input into
//! `fuzz/corpus/<target>/`.
//!
//! An entry point must return on any bytes. Beyond that it checks what must hold of any input.

mod documents;
mod material;
mod network;

pub use documents::{archives, imports, json, owners, probe};
pub use material::{certificates, config_files, key_stores, keys, tokens};
pub use network::{filters, starttls, tls_targets};

/// An entry point: takes any bytes and returns.
pub type Entry = fn(&[u8]);

/// Every target by the name of its fuzz target and its corpus folder.
pub const TARGETS: &[(&str, Entry)] = &[
    ("archives", archives),
    ("certificates", certificates),
    ("config_files", config_files),
    ("filters", filters),
    ("imports", imports),
    ("json", json),
    ("key_stores", key_stores),
    ("keys", keys),
    ("owners", owners),
    ("probe", probe),
    ("starttls", starttls),
    ("tls_targets", tls_targets),
    ("tokens", tokens),
];
