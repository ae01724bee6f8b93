//! Sources against real files and real servers.

#[cfg(test)]
mod files;
#[cfg(test)]
mod host;
#[cfg(test)]
mod material;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tls_servers;
