//! Which files are read, told by name; what their content is, is told by the reader.

use std::sync::LazyLock;

use super::names::NameIndex;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// PEM, DER, PKCS#12, JKS, PuTTY or OpenSSH: the content decides.
    Material,
    /// `authorized_keys` of sshd.
    AuthorizedKeys,
    /// Authorities whose certificates may log in (`TrustedUserCAKeys`).
    SshUserAuthorities,
    /// `known_hosts` of ssh.
    KnownHosts,
    /// One or more SSH public keys or certificates, one a line.
    SshPublicKeys,
    /// A configuration file that holds credentials: `.env`, AWS, Azure, GCP, kubeconfig, Docker,
    /// `.netrc` … The formats crate tells which by name and content.
    Config,
    /// Settings of an AI agent or its MCP servers.
    AgentConfig,
}

impl FileKind {
    /// True when the file may be as large as a key store.
    pub(super) fn is_store(self) -> bool {
        matches!(self, Self::Material | Self::KnownHosts | Self::AgentConfig)
    }
}

/// Names and how such files are read; the first that fits counts. A pattern with a `/` is compared
/// with the last parts of the path, `*` stands for any characters of one name.
const NAMES: &[(&str, FileKind)] = &[
    (".aws/credentials", FileKind::Config),
    (".aws/config", FileKind::Config),
    ("sso/cache/*.json", FileKind::Config),
    ("cli/cache/*.json", FileKind::Config),
    ("application_default_credentials.json", FileKind::Config),
    ("legacy_credentials/*/adc.json", FileKind::Config),
    ("*service*account*.json", FileKind::Config),
    ("*credentials*.json", FileKind::Config),
    ("*keyfile*.json", FileKind::Config),
    ("*gcp*.json", FileKind::Config),
    ("*google*.json", FileKind::Config),
    (".azure/accessTokens.json", FileKind::Config),
    (".azure/msal_token_cache.json", FileKind::Config),
    (".azure/service_principal_entries.json", FileKind::Config),
    (".azure/azureProfile.json", FileKind::Config),
    (".cargo/credentials", FileKind::Config),
    (".cargo/credentials.toml", FileKind::Config),
    ("composer/auth.json", FileKind::Config),
    (".kube/config", FileKind::Config),
    (".kube/*.y*ml", FileKind::Config),
    (".kube/*.conf", FileKind::Config),
    ("*kubeconfig*", FileKind::Config),
    ("kubernetes/*.conf", FileKind::Config),
    ("k3s/k3s.yaml", FileKind::Config),
    (".docker/config.json", FileKind::Config),
    (".dockercfg", FileKind::Config),
    (".dockerconfigjson", FileKind::Config),
    ("containers/auth.json", FileKind::Config),
    ("kubelet/config.json", FileKind::Config),
    (".gem/credentials", FileKind::Config),
    (".netrc", FileKind::Config),
    ("_netrc", FileKind::Config),
    (".npmrc", FileKind::Config),
    (".pypirc", FileKind::Config),
    (".pgpass", FileKind::Config),
    (".my.cnf", FileKind::Config),
    (".s3cfg", FileKind::Config),
    (".htpasswd", FileKind::Config),
    ("rclone.conf", FileKind::Config),
    (".m2/settings.xml", FileKind::Config),
    ("gradle.properties", FileKind::Config),
    ("credentials.tfrc.json", FileKind::Config),
    (".git-credentials", FileKind::Config),
    ("git/credentials", FileKind::Config),
    (".git/config", FileKind::Config),
    (".gitconfig", FileKind::Config),
    ("git/config", FileKind::Config),
    ("gh/hosts.yml", FileKind::Config),
    ("glab-cli/config.yml", FileKind::Config),
    (".config/hub", FileKind::Config),
    ("*.ovpn", FileKind::Config),
    ("openvpn/*.conf", FileKind::Config),
    ("openvpn/client/*.conf", FileKind::Config),
    ("openvpn/server/*.conf", FileKind::Config),
    ("wireguard/*.conf", FileKind::Config),
    ("wg*.conf", FileKind::Config),
    ("ipsec.secrets", FileKind::Config),
    ("swanctl.conf", FileKind::Config),
    ("swanctl/conf.d/*.conf", FileKind::Config),
    (".env", FileKind::Config),
    (".env.*", FileKind::Config),
    ("*.env", FileKind::Config),
    (".envrc", FileKind::Config),
    ("authorized_keys", FileKind::AuthorizedKeys),
    ("authorized_keys2", FileKind::AuthorizedKeys),
    ("known_hosts", FileKind::KnownHosts),
    ("known_hosts.old", FileKind::KnownHosts),
    ("ssh_known_hosts", FileKind::KnownHosts),
    ("id_*.pub", FileKind::SshPublicKeys),
    ("ssh_host_*.pub", FileKind::SshPublicKeys),
    ("*-cert.pub", FileKind::SshPublicKeys),
    (".ssh/*.pub", FileKind::SshPublicKeys),
    ("*.pem", FileKind::Material),
    ("*.crt", FileKind::Material),
    ("*.cer", FileKind::Material),
    ("*.cert", FileKind::Material),
    ("*.der", FileKind::Material),
    ("*.key", FileKind::Material),
    ("*.p7b", FileKind::Material),
    ("*.p8", FileKind::Material),
    ("*.pk8", FileKind::Material),
    ("*.p12", FileKind::Material),
    ("*.pfx", FileKind::Material),
    ("*.jks", FileKind::Material),
    ("*.jceks", FileKind::Material),
    ("*.keystore", FileKind::Material),
    ("*.truststore", FileKind::Material),
    ("*.ppk", FileKind::Material),
    ("id_rsa*", FileKind::Material),
    ("id_dsa*", FileKind::Material),
    ("id_ecdsa*", FileKind::Material),
    ("id_ed25519*", FileKind::Material),
    ("identity", FileKind::Material),
    ("ssh_host_*_key", FileKind::Material),
    ("*_rsa", FileKind::Material),
    ("*_ed25519", FileKind::Material),
    ("*_ecdsa", FileKind::Material),
    ("*.pem.*", FileKind::Material),
    ("*.key.*", FileKind::Material),
];

/// Names that look like the above and are none: examples for people, revocation lists.
const NOT: &[&str] = &[
    "*.example",
    "*.sample",
    "*.template",
    "*.dist",
    "*.tmpl",
    "*.j2",
    "*.crl",
    "*.csr",
    "*.env.js",
    "*.env.ts",
    "*.key.map",
    "*.d.ts",
];

static INDEX: LazyLock<NameIndex<FileKind>> =
    LazyLock::new(|| NameIndex::new(NAMES.iter().copied()));
static NOT_INDEX: LazyLock<NameIndex<()>> =
    LazyLock::new(|| NameIndex::new(NOT.iter().map(|pattern| (*pattern, ()))));

/// How a file of this name is read; `None` when its name says nothing.
pub fn kind_of(path: &str) -> Option<FileKind> {
    let lower = path.to_lowercase();
    if super::agents::is_agent_file(&lower) {
        return Some(FileKind::AgentConfig);
    }
    let kind = INDEX.find(&lower).or_else(|| {
        let name = lower.rsplit(['/', '\\', '!']).next().unwrap_or(&lower);
        gcp_key_name(name).then_some(FileKind::Config)
    });
    kind.filter(|_| NOT_INDEX.find(&lower).is_none())
}

/// Google names a downloaded key `<project>-<12 hex digits of the key id>.json`.
fn gcp_key_name(name: &str) -> bool {
    name.strip_suffix(".json")
        .and_then(|stem| stem.rsplit_once('-'))
        .is_some_and(|(project, id)| {
            !project.is_empty() && id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

/// Whether the first bytes of a file whose name says nothing are looked at: files without an
/// extension and backups. Private keys are often called `deploy` or `server.key~`.
pub(super) fn is_worth_a_look(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.trim_start_matches('.');
    match stem.rsplit_once('.') {
        None => !name.is_empty(),
        Some((_, extension)) => {
            matches!(
                extension,
                "bak"
                    | "old"
                    | "orig"
                    | "save"
                    | "backup"
                    | "txt"
                    | "private"
                    | "priv"
                    | "secret"
                    | "asc"
                    | "pub"
                    | "ca"
            ) || extension.ends_with('~')
        }
    }
}

/// Whether first bytes are those of a private key, certificate or SSH public key.
pub fn is_material(head: &[u8]) -> bool {
    let start = head.trim_ascii_start();
    [
        &b"-----BEGIN "[..],
        b"PuTTY-User-Key-File-",
        b"ssh-rsa ",
        b"ssh-ed25519 ",
        b"ecdsa-sha2-nistp",
        b"sk-ssh-ed25519@openssh.com ",
        b"\xfe\xed\xfe\xed",
    ]
    .iter()
    .any(|magic| start.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_kind() {
        for (path, kind) in [
            ("/home/a/.aws/credentials", Some(FileKind::Config)),
            ("/home/a/credentials", None),
            ("/srv/app/.env.production", Some(FileKind::Config)),
            ("/srv/app/.env.example", None),
            ("/x/shop-4f1e2d3c4b5a.json", Some(FileKind::Config)),
            ("/x/package.json", None),
            ("/home/a/.ssh/id_ed25519", Some(FileKind::Material)),
            ("/home/a/.ssh/id_ed25519.pub", Some(FileKind::SshPublicKeys)),
            ("/etc/ssh/ssh_host_rsa_key", Some(FileKind::Material)),
            ("/etc/kubernetes/admin.conf", Some(FileKind::Config)),
            ("/home/a/src/x/.git/config", Some(FileKind::Config)),
            ("/home/a/.cursor/mcp.json", Some(FileKind::AgentConfig)),
            ("/x/tls.CRT", Some(FileKind::Material)),
            ("/x/main.rs", None),
        ] {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }

    #[test]
    fn first_bytes_are_looked_at_where_names_say_nothing() {
        assert!(is_worth_a_look("/home/a/deploy"));
        assert!(is_worth_a_look("/home/a/deploy.bak"));
        assert!(!is_worth_a_look("/home/a/photo.jpg"));
        assert!(is_material(b"\n-----BEGIN OPENSSH PRIVATE KEY-----"));
        assert!(!is_material(b"#!/bin/sh"));
    }
}
