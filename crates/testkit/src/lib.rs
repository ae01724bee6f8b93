//! Development only: the both-databases harness and the canary that hunts for secret values.

pub mod canary;
pub mod cluster;
pub mod database;

pub use canary::{CANARY, assert_no_canary, assert_no_canary_bytes};
pub use database::TestDb;
pub use model::time::FixedClock;
