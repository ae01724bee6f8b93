//! What a scan is given: who this machine is, the clock, the way out and the right to go on.

use model::{Fingerprinter, NodeKind, NodeRef, Sink, TimeUs};
use sha2::{Digest as _, Sha256};

/// Who this machine is. Facts, gathered by the caller or by [`HostIdentity::from_machine_id`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostIdentity {
    /// Names the machine in every id: derived from the machine id, else the host name.
    pub id: String,
    /// The host name.
    pub name: String,
    /// True when `id` is the host name because there is no machine id; two machines may share it.
    pub named_by_host_name: bool,
}

impl HostIdentity {
    /// Derives the identity from the text of `/etc/machine-id`.
    ///
    /// The machine id itself is confidential (systemd's machine-id(5) asks not to expose it), so
    /// an id of our own is derived from it: the first 16 hex digits of a SHA-256.
    pub fn from_machine_id(machine_id: Option<&str>, host_name: &str) -> Self {
        let name = model::text::label(host_name.trim());
        let machine_id = machine_id
            .map(str::trim)
            .filter(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match machine_id {
            Some(machine_id) => {
                let mut hash = Sha256::new();
                hash.update(b"countersign host id\0");
                hash.update(machine_id.to_ascii_lowercase());
                let id: String = hex::encode(hash.finalize()).chars().take(16).collect();
                Self {
                    id,
                    name,
                    named_by_host_name: false,
                }
            }
            None => Self {
                id: name.clone(),
                name,
                named_by_host_name: true,
            },
        }
    }

    /// The node of this machine.
    pub fn node(&self) -> NodeRef {
        NodeRef::global(NodeKind::Host, "host", self.id.clone())
    }
}

/// How far a scan is, for a progress bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, in words for people.
    pub doing: &'static str,
    /// The directory or file being read.
    pub place: String,
    /// Directory entries looked at so far.
    pub entries: u64,
    /// Files whose content was read so far.
    pub files_read: u64,
    /// Observations given so far.
    pub observed: u64,
}

/// What a scan gets besides its settings.
pub struct HostContext<'a> {
    /// Who this machine is.
    pub identity: &'a HostIdentity,
    /// The home directory of the person scanning, which is read first; below the system root.
    pub own_home: Option<String>,
    /// Replaces secret values.
    pub fingerprinter: &'a Fingerprinter,
    /// When the machine is looked at.
    pub now: TimeUs,
    /// Where observations go.
    pub sink: &'a mut dyn Sink,
    /// Told now and then how far the scan is.
    pub progress: &'a mut dyn FnMut(&Progress),
    /// True when the person wants to stop.
    pub cancelled: &'a dyn Fn() -> bool,
    /// True when the time budget is used up. Known places are read in any case.
    pub time_is_up: &'a dyn Fn() -> bool,
}

impl std::fmt::Debug for HostContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostContext")
            .field("identity", self.identity)
            .finish_non_exhaustive()
    }
}

/// How a scan ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Everything asked for was looked at, apart from what the coverage names.
    Whole,
    /// The time budget cut the search of file trees short.
    TimeUp,
    /// The person stopped it.
    Cancelled,
    /// A limit of entries or observations was met.
    Limit,
}

/// What a scan did, in numbers. What it could not do is in the coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostReport {
    /// How it ended.
    pub finish: Finish,
    /// Directory entries looked at.
    pub entries: u64,
    /// Directories read.
    pub directories: u64,
    /// Files whose content was read.
    pub files_read: u64,
    /// Observations given.
    pub observed: u64,
    /// Public trust roots, counted and not listed.
    pub public_trust_roots: u64,
    /// Entries of `known_hosts` files, counted and not listed.
    pub known_hosts: u64,
    /// Accounts in all, and those of them that are listed because they hold credentials, run
    /// something or can log in.
    pub accounts: (u64, u64),
    /// Services and jobs of the distribution, counted and not listed.
    pub default_services: u64,
    /// Places that could not be read, rows of the coverage.
    pub gaps: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_id_is_not_exposed_and_the_host_name_is_the_fallback() {
        let id = "0123456789abcdef0123456789abcdef";
        let host =
            HostIdentity::from_machine_id(Some("0123456789ABCDEF0123456789abcdef\n"), "web1");
        assert_eq!(host, HostIdentity::from_machine_id(Some(id), "web1"));
        assert_eq!(host.id.len(), 16);
        assert!(!id.contains(&host.id));
        for nothing in [None, Some(""), Some("uninitialized\n")] {
            let host = HostIdentity::from_machine_id(nothing, "web1");
            assert_eq!((host.id.as_str(), host.named_by_host_name), ("web1", true));
        }
    }
}
