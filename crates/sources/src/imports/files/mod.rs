//! Files the scan of a machine understands, found in an imported folder or archive.
//!
//! The same readers are used ([`crate::host::read`]); only the place differs: a document is named
//! within the scope of the import, and there are no local accounts to join it to.

use formats::files::FileFormat;
use model::NodeKind;

use super::{Document, Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::host::read::{self, ReadContext};
use crate::host::{FileFacts, FileKind, is_material, kind_of};
use crate::spec::{ConnectorSpec, Permission, Step};

/// One family of files.
#[derive(Debug)]
pub struct Family {
    spec: ConnectorSpec,
    kind: Kind,
}

/// The families; each is a format of its own so that coverage and documentation tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AgentConfig,
    Certificates,
    CliCredentials,
    Env,
    Keys,
    Keystore,
    SshAccess,
}

const fn spec(
    id: &'static str,
    title: &'static str,
    kinds: &'static [NodeKind],
    adds: &'static str,
) -> ConnectorSpec {
    ConnectorSpec {
        id,
        title,
        step: Step::KeysAndCertificates,
        kinds,
        authoritative: false,
        adds,
        cannot_see: &[
            "whether the copy is the one in use, and whether the original still exists",
            "who could read the original: its mode and owner are not in the copy",
            "when a credential was last used",
            "what a key store or key with a passphrase of its own holds",
        ],
        obtain: "countersign import FOLDER or ARCHIVE",
        permissions: &[Permission {
            action: "read the folder or archive",
            why: "its content is all that is read",
            without_it: "",
        }],
        doc: include_str!("doc.md"),
    }
}

const CREDENTIALS: &[NodeKind] = &[NodeKind::Credential, NodeKind::Resource];

/// Settings of AI agents and their MCP servers.
pub static AGENT_CONFIG: Family = Family {
    spec: spec(
        "file.agent_config",
        "Settings of AI agents",
        &[
            NodeKind::Identity,
            NodeKind::Workload,
            NodeKind::Credential,
            NodeKind::Resource,
        ],
        "AI agents with their MCP servers, permissions and secrets, from copies of their settings",
    ),
    kind: Kind::AgentConfig,
};

/// Certificates and bundles.
pub static CERTIFICATES: Family = Family {
    spec: spec(
        "file.certificates",
        "Certificate files",
        &[
            NodeKind::Credential,
            NodeKind::SecretContainer,
            NodeKind::Resource,
        ],
        "certificates in PEM and DER with names, expiry and issuer",
    ),
    kind: Kind::Certificates,
};

/// Credential files of command line tools.
pub static CLI_CREDENTIALS: Family = Family {
    spec: spec(
        "file.cli_credentials",
        "Credential files of command line tools",
        CREDENTIALS,
        "AWS, Azure, GCP, Kubernetes, Docker, Git, npm, PyPI and other logins as their tools keep them; OpenVPN, WireGuard and strongSwan keys",
    ),
    kind: Kind::CliCredentials,
};

/// `.env` files.
pub static ENV: Family = Family {
    spec: spec(
        "file.env",
        "Environment files",
        CREDENTIALS,
        "secrets in `.env` files, under the names of their variables",
    ),
    kind: Kind::Env,
};

/// Private keys.
pub static KEYS: Family = Family {
    spec: spec(
        "file.keys",
        "Private keys",
        CREDENTIALS,
        "private keys in PEM, DER, OpenSSH and PuTTY form, with the certificates beside them",
    ),
    kind: Kind::Keys,
};

/// Key stores.
pub static KEYSTORE: Family = Family {
    spec: spec(
        "file.keystore",
        "Key stores",
        &[
            NodeKind::SecretContainer,
            NodeKind::Credential,
            NodeKind::Resource,
        ],
        "PKCS#12 and Java key and trust stores, as far as they open without a password or with a default one",
    ),
    kind: Kind::Keystore,
};

/// Who may log in by SSH.
pub static SSH_ACCESS: Family = Family {
    spec: spec(
        "file.ssh_access",
        "SSH public keys and access lists",
        CREDENTIALS,
        "keys that may log in, known hosts, public keys and SSH certificates",
    ),
    kind: Kind::SshAccess,
};

impl Format for Family {
    fn spec(&self) -> &'static ConnectorSpec {
        match self.kind {
            Kind::AgentConfig => &AGENT_CONFIG.spec,
            Kind::Certificates => &CERTIFICATES.spec,
            Kind::CliCredentials => &CLI_CREDENTIALS.spec,
            Kind::Env => &ENV.spec,
            Kind::Keys => &KEYS.spec,
            Kind::Keystore => &KEYSTORE.spec,
            Kind::SshAccess => &SSH_ACCESS.spec,
        }
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        match told(probe) {
            Some((kind, _, sure)) if kind == self.kind => sure,
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let file_kind = told(&document.probe()).and_then(|(_, file_kind, _)| file_kind);
        let source = cx.source_or_file(self.spec(), "host", document);
        let observed = cx.observed_at(None, document);
        let bytes = model::Secret::new(document.bytes()?);
        let facts = FileFacts::document(
            document.name(),
            bytes.len_bytes() as u64,
            document.modified(),
        );
        let output = read::file(
            file_kind,
            &facts,
            bytes.expose(),
            ReadContext {
                fingerprinter: cx.fingerprinter,
                observed,
                now: cx.now,
                partition: &source.scope,
                user: None,
                home: None,
                on_host: false,
            },
        );
        for gap in output.gaps {
            let place = if gap.place.is_empty() {
                facts.path.clone()
            } else {
                format!("{}:{}", facts.path, gap.place)
            };
            cx.sink
                .cover(model::Coverage::gap(&source, gap.state, place, gap.reason))?;
        }
        for observation in output.observations {
            cx.observe(&source, observation)?;
        }
        cx.covered(&source, self.spec().kinds, "inventory", &facts.path)
    }
}

/// Tells the family of a document, how its reader is to take it, and how sure that is.
fn told(probe: &Probe<'_>) -> Option<(Kind, Option<FileKind>, Match)> {
    let by_name = kind_of(probe.name);
    match by_name {
        Some(kind @ FileKind::AgentConfig) => {
            return Some((Kind::AgentConfig, Some(kind), Match::Sure));
        }
        Some(kind @ (FileKind::AuthorizedKeys | FileKind::KnownHosts)) => {
            return Some((Kind::SshAccess, Some(kind), Match::Sure));
        }
        _ => {}
    }
    match formats::files::detect(probe.name, probe.head) {
        Some(FileFormat::Dotenv) => return Some((Kind::Env, Some(FileKind::Config), Match::Sure)),
        // The words of these may stand anywhere in another document, such as a Terraform state;
        // their own keys stand at the top.
        Some(FileFormat::GcpCredentials) if is_json_without(probe, "type") => {}
        Some(FileFormat::DockerConfig) if by_name.is_none() && is_json_without(probe, "auths") => {}
        Some(_) => return Some((Kind::CliCredentials, Some(FileKind::Config), Match::Sure)),
        None => {}
    }
    material(probe, by_name == Some(FileKind::Material))
}

fn is_json_without(probe: &Probe<'_>, key: &str) -> bool {
    matches!(probe.shape, Shape::Json { .. }) && !probe.has_key(key)
}

fn material(probe: &Probe<'_>, by_name: bool) -> Option<(Kind, Option<FileKind>, Match)> {
    let head = probe.head;
    let kind = Some(FileKind::Material);
    let contains = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
    if head.starts_with(b"PuTTY-User-Key-File-") {
        return Some((Kind::Keys, kind, Match::Sure));
    }
    if head.starts_with(b"\xfe\xed\xfe\xed") || head.starts_with(b"\xce\xce\xce\xce") {
        return Some((Kind::Keystore, kind, Match::Sure));
    }
    if head.first() == Some(&0x30) && probe.shape == Shape::Binary {
        return by_name.then_some((der(probe), kind, Match::Maybe));
    }
    // A block at the left margin: an indented one is a value of some other document.
    if head.trim_ascii_start().starts_with(b"-----BEGIN ") || contains("\n-----BEGIN ") {
        let family = if contains("PRIVATE KEY") {
            Kind::Keys
        } else {
            Kind::Certificates
        };
        let sure = if matches!(probe.shape, Shape::Pem) {
            Match::Sure
        } else {
            Match::Maybe
        };
        return Some((family, kind, sure));
    }
    let ssh = is_material(head) && head.first() != Some(&b'-');
    ssh.then_some((Kind::SshAccess, Some(FileKind::SshPublicKeys), Match::Sure))
}

/// Binary files are told apart by name alone; the reader looks at the content in any case.
fn der(probe: &Probe<'_>) -> Kind {
    match probe.file_name().rsplit('.').next() {
        Some("p12" | "pfx" | "keystore" | "truststore" | "jks") => Kind::Keystore,
        Some("key" | "p8" | "pk8") => Kind::Keys,
        _ => Kind::Certificates,
    }
}

#[cfg(test)]
mod meanings;
#[cfg(test)]
mod tests {
    use super::*;

    fn family(name: &str, head: &str) -> Option<(Kind, Match)> {
        told(&Probe::new(name, head.as_bytes())).map(|(kind, _, sure)| (kind, sure))
    }

    #[test]
    fn documents_are_told_by_content_and_name() {
        for (name, head, want) in [
            (
                "x/bundle.pem",
                "-----BEGIN CERTIFICATE-----\nAA",
                Some((Kind::Certificates, Match::Sure)),
            ),
            (
                "x/readme",
                "Bag Attributes\n-----BEGIN PRIVATE KEY-----\nAA",
                Some((Kind::Keys, Match::Sure)),
            ),
            (
                "cm.yaml",
                "data:\n  ca.crt: |\n    -----BEGIN CERTIFICATE-----\n",
                None,
            ),
            ("app/.env", "A=b\n", Some((Kind::Env, Match::Sure))),
            (
                "home/.aws/credentials",
                "[default]\n",
                Some((Kind::CliCredentials, Match::Sure)),
            ),
            (
                "home/.ssh/authorized_keys",
                "ssh-ed25519 AAAA",
                Some((Kind::SshAccess, Match::Sure)),
            ),
            (
                "home/.cursor/mcp.json",
                "{}",
                Some((Kind::AgentConfig, Match::Sure)),
            ),
            (
                "deploy.pub",
                "ssh-ed25519 AAAA",
                Some((Kind::SshAccess, Match::Sure)),
            ),
            ("prose.txt", "nothing of ours", None),
            ("data.json", "{\"a\": 1}", None),
            (
                "plan.json",
                "{\"resources\": [{\"type\": \"google_service_account\"}]}",
                None,
            ),
            (
                "key.json",
                "{\"type\": \"service_account\"}",
                Some((Kind::CliCredentials, Match::Sure)),
            ),
        ] {
            assert_eq!(family(name, head), want, "{name}");
        }
    }
}
