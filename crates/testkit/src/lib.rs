//! Development only: the both-databases harness, real servers, and the canary that hunts for secret
//! values.

pub mod canary;
pub mod cluster;
pub mod counterpart;
pub mod database;
pub mod kubernetes;

pub use canary::{CANARY, assert_no_canary, assert_no_canary_bytes};
pub use counterpart::counterpart;
pub use database::TestDb;
pub use kubernetes::ControlPlane;
pub use model::time::FixedClock;
