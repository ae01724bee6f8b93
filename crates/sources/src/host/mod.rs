//! This machine: keys, certificates, credential files, accounts, services, jobs, AI agents.
//!
//! A scan is directed: known places come first whatever the time budget, then a bounded search
//! through file trees by name. The readers of single files ([`read`]) are shared with
//! the import of files.

mod accounts;
pub mod agents;
mod context;
mod cron;
mod excludes;
mod files;
mod gaps;
mod kind;
mod known;
mod mounts;
mod names;
mod process;
pub mod read;
mod scan;
mod settings;
mod sshd;
mod systemd;
pub(crate) mod test_places;
mod trust_places;
mod walk;
mod workload;

use model::NodeKind;

pub use context::{Finish, HostContext, HostIdentity, HostReport, Progress};
pub use files::FileFacts;
pub use kind::{FileKind, is_material, kind_of};
pub use scan::scan;
pub use settings::{DEFAULT_EXCLUDES, DEFAULT_ROOTS, DEFAULT_TIME_BUDGET_S, HostSettings};

use crate::spec::{ConnectorSpec, Permission, Step};

/// What this source is.
pub static SPEC: ConnectorSpec = ConnectorSpec {
    id: "host",
    title: "This machine",
    step: Step::KeysAndCertificates,
    kinds: &[
        NodeKind::Host,
        NodeKind::Identity,
        NodeKind::Credential,
        NodeKind::SecretContainer,
        NodeKind::Workload,
        NodeKind::Resource,
    ],
    authoritative: true,
    adds: "private keys, certificates, key stores, SSH access, credential files, services and jobs with their accounts, and AI agents with their MCP servers, on the machine it runs on",
    cannot_see: &[
        "when a key, file or account was last used",
        "what a key store or key with a passphrase of its own holds",
        "secrets in the memory of processes, in key rings and in hardware",
        "files other accounts keep to themselves, unless it runs as root",
        "accounts of a directory service that have never been cached here",
    ],
    obtain: "countersign scan",
    permissions: &[
        Permission {
            action: "read files as the current account",
            why: "its own keys, credential files and agents",
            without_it: "",
        },
        Permission {
            action: "root (sudo countersign scan)",
            why: "host keys, other accounts' files, /etc/shadow, cron tables, environments of all processes",
            without_it: "those places are reported as not readable; password states stay unknown",
        },
    ],
    doc: include_str!("doc.md"),
};
