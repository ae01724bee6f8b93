//! Use cases, one file each. The stage between the stations (sources, inventory) and the faces
//! (command line, later the API): everything a face can do is a function here.

pub mod config;
pub mod error;
pub mod installation;
pub mod progress;

pub use config::Options;
pub use error::{Error, Kind};
pub use installation::Installation;
pub use progress::{Progress, Silent};
