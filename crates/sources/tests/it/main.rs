//! Sources against real files and real servers.

mod material;
