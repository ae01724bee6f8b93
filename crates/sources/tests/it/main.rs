//! Sources against real files and real servers.

mod files;
mod host;
mod material;
