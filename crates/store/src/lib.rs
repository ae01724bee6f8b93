//! The SQL seam: one SQL text over SQLite and PostgreSQL.
//!
//! Everything above writes portable SQL with `$1` markers and speaks [`Value`] and [`Row`];
//! what the two databases do differently stands in `sql.rs`, and each driver is named in one place.
//! Columns are `TEXT`, `BIGINT` or `DOUBLE PRECISION`; a flag is a nullable time.

pub mod backup;
mod bulk;
mod crash;
mod db;
mod error;
pub mod filter_sql;
mod migrate;
mod pool;
mod postgres;
mod postgres_address;
mod postgres_tls;
mod postgres_trust;
mod rows;
mod snapshot;
mod sql;
mod sqlite;
mod transaction;
mod tx;
mod url;
mod value;

pub use bulk::SetAside;
#[doc(hidden)]
pub use crash::abort_at_point;
pub use db::Db;
pub use error::StoreError;
pub use migrate::{MIGRATIONS, Migration};
pub use rows::{Cell, Rows};
pub use snapshot::{RowStream, Snapshot};
pub use sql::Dialect;
pub use tx::Tx;
pub use url::DbUrl;
pub use value::{Row, Value};
