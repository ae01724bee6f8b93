//! Sources against real files and real servers.

#[cfg(test)]
mod files;
mod host;
mod material;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tls_servers;
