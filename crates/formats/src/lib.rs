//! Bytes to typed credentials and certificates, and everything they reveal without a network.
//!
//! No I/O, no clock, no environment: every function here maps bytes to values. A secret value
//! leaves a parser only inside a [`model::Secret`]; everything that serialises is safe to show.

pub mod bundle;
pub mod connection;
mod der;
pub mod error;
pub mod files;
pub mod jks;
pub mod jwk;
pub mod jwt;
pub mod pem;
pub mod pkcs12;
pub mod private_key;
pub mod public_key;
pub mod recognise;
pub mod ssh;
pub mod strength;
mod text;
pub mod token;
pub mod x509;

pub use error::FormatError;
pub use recognise::{Recognition, recognise};
pub use strength::{Strength, Verdict, crypto_strength};
