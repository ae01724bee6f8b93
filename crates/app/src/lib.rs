//! Use cases, one file each. The stage between the stations (sources, inventory) and the faces
//! (command line, later the API): everything a face can do is a function here.

pub mod assess;
pub mod backup;
pub mod config;
pub mod db;
pub mod decide;
pub mod edit;
pub mod error;
pub mod import;
pub mod installation;
pub mod owners;
pub mod policy;
pub mod process;
pub mod progress;
pub mod query;
pub mod reference;
pub mod runs;
pub mod scan;
pub mod scan_tls;

pub use config::Options;
pub use error::{Error, Kind};
pub use installation::Installation;
pub use progress::{Progress, Silent};
pub use runs::RunReport;
