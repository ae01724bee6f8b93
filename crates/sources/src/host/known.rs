//! Places worth reading on every machine, whatever the time budget.

use super::kind::FileKind;

/// Files below a home directory.
pub(super) const HOME_FILES: &[(&str, FileKind)] = &[
    (".aws/credentials", FileKind::Config),
    (".aws/config", FileKind::Config),
    (
        ".config/gcloud/application_default_credentials.json",
        FileKind::Config,
    ),
    (".azure/msal_token_cache.json", FileKind::Config),
    (".azure/accessTokens.json", FileKind::Config),
    (".azure/service_principal_entries.json", FileKind::Config),
    (".azure/azureProfile.json", FileKind::Config),
    (".kube/config", FileKind::Config),
    (".docker/config.json", FileKind::Config),
    (".config/containers/auth.json", FileKind::Config),
    (".netrc", FileKind::Config),
    (".npmrc", FileKind::Config),
    (".pypirc", FileKind::Config),
    (".pgpass", FileKind::Config),
    (".my.cnf", FileKind::Config),
    (".s3cfg", FileKind::Config),
    (".git-credentials", FileKind::Config),
    (".config/git/credentials", FileKind::Config),
    (".gitconfig", FileKind::Config),
    (".config/git/config", FileKind::Config),
    (".config/gh/hosts.yml", FileKind::Config),
    (".config/glab-cli/config.yml", FileKind::Config),
    (".config/hub", FileKind::Config),
    (".config/rclone/rclone.conf", FileKind::Config),
    (".config/composer/auth.json", FileKind::Config),
    (".composer/auth.json", FileKind::Config),
    (".cargo/credentials.toml", FileKind::Config),
    (".cargo/credentials", FileKind::Config),
    (".gem/credentials", FileKind::Config),
    (".m2/settings.xml", FileKind::Config),
    (".gradle/gradle.properties", FileKind::Config),
    (".terraform.d/credentials.tfrc.json", FileKind::Config),
    (".env", FileKind::Config),
    (".ssh/authorized_keys", FileKind::AuthorizedKeys),
    (".ssh/authorized_keys2", FileKind::AuthorizedKeys),
    (".ssh/known_hosts", FileKind::KnownHosts),
];

/// Directories below a home directory whose files are all looked at; `None` lets each file's name
/// and first bytes tell its kind.
pub(super) const HOME_DIRECTORIES: &[(&str, Option<FileKind>)] = &[
    (".ssh", None),
    (".aws/sso/cache", Some(FileKind::Config)),
    (".aws/cli/cache", Some(FileKind::Config)),
    (".kube", None),
    (".putty", None),
];

/// Files of the system.
pub(super) const SYSTEM_FILES: &[(&str, FileKind)] = &[
    ("/etc/ssh/ssh_known_hosts", FileKind::KnownHosts),
    ("/etc/kubernetes/admin.conf", FileKind::Config),
    ("/etc/kubernetes/super-admin.conf", FileKind::Config),
    ("/etc/kubernetes/kubelet.conf", FileKind::Config),
    ("/etc/kubernetes/controller-manager.conf", FileKind::Config),
    ("/etc/kubernetes/scheduler.conf", FileKind::Config),
    ("/etc/rancher/k3s/k3s.yaml", FileKind::Config),
    ("/var/lib/kubelet/kubeconfig", FileKind::Config),
    ("/var/lib/kubelet/config.json", FileKind::Config),
    ("/etc/my.cnf", FileKind::Config),
];

/// Directories of the system whose files are all looked at.
pub(super) const SYSTEM_DIRECTORIES: &[(&str, Option<FileKind>)] = &[
    ("/etc/ssh", None),
    ("/etc/ssh/authorized_keys.d", Some(FileKind::AuthorizedKeys)),
    ("/etc/ssl/private", None),
    ("/etc/pki/tls/private", None),
];
