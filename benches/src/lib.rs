//! Synthetic estates, and timed comparisons of the inventory beside a bare bulk insert.

pub mod assess;
pub mod bare;
pub mod cluster;
pub mod database;
pub mod estate;
pub mod import;
pub mod judge;
pub mod owners;
pub mod process;
pub mod query;
