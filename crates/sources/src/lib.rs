//! Providers and files in, observations out.
//!
//! A *connector* is a kind of source; a *source* is one instance of it with a scope. Each lives in
//! a folder of its own with its fixtures and its `doc.md`, and is one line in [`catalog`].

pub mod catalog;
pub mod host;
pub mod imports;
pub mod material;
pub mod revocation;
pub mod signals;
pub mod spec;
pub mod tls;
