//! What a scan of this machine looks at, and the defaults with their reasons.

use std::path::PathBuf;

/// The largest text file whose content is read: configuration files stay far below.
pub(super) const MAX_TEXT_BYTES: u64 = 1024 * 1024;

/// The largest certificate bundle or key store read.
pub(super) const MAX_STORE_BYTES: u64 = 16 * 1024 * 1024;

/// How long a scan looks around by default. Known places come first, so what this cuts off is the
/// search through the rest of the file trees.
pub const DEFAULT_TIME_BUDGET_S: u64 = 10;

/// The most directory entries one scan looks at; a laptop has about a million.
pub(super) const MAX_ENTRIES: u64 = 5_000_000;

/// The most directories waiting to be read at one time, which bounds memory.
pub(super) const MAX_WAITING_DIRECTORIES: usize = 500_000;

/// How deep below a root directories are read; real trees rarely pass 20.
pub(super) const MAX_DEPTH: usize = 40;

/// The most observations one scan gives. A file server full of copied key stores meets it, a
/// machine's own credentials do not.
pub(super) const MAX_OBSERVATIONS: u64 = 500_000;

/// What one scan of this machine looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSettings {
    /// The directory taken for `/`: another one when a mounted image or container root is read.
    pub system_root: PathBuf,
    /// Directories searched, in order, as paths below `system_root`. Empty means the defaults:
    /// the home directories (that of the current user first) and [`DEFAULT_ROOTS`].
    pub roots: Vec<String>,
    /// Further patterns of directories that are passed over (see [`DEFAULT_EXCLUDES`]).
    pub excludes: Vec<String>,
    /// Whether [`DEFAULT_EXCLUDES`] apply.
    pub default_excludes: bool,
    /// Whether home directories of users other than the current one are read, where permitted.
    pub other_homes: bool,
    /// Whether directories on network file systems are read.
    pub network_mounts: bool,
    /// Whether directories on another device than their root are passed over.
    pub same_device: bool,
    /// Whether the environments of running processes are read, where permitted.
    pub processes: bool,
    /// Whether users, services, timers and cron jobs are read.
    pub accounts_and_services: bool,
    /// The largest text file whose content is read, in bytes.
    pub max_text_bytes: u64,
    /// The largest bundle or key store read, in bytes.
    pub max_store_bytes: u64,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            system_root: PathBuf::from("/"),
            roots: Vec::new(),
            excludes: Vec::new(),
            default_excludes: true,
            other_homes: true,
            network_mounts: false,
            same_device: false,
            processes: true,
            accounts_and_services: true,
            max_text_bytes: MAX_TEXT_BYTES,
            max_store_bytes: MAX_STORE_BYTES,
        }
    }
}

/// Where software of this machine keeps keys and settings, besides the home directories.
pub const DEFAULT_ROOTS: &[&str] = &[
    "/etc",
    "/opt",
    "/srv",
    "/usr/local",
    "/var/lib/jenkins",
    "/var/lib/rancher",
    "/var/lib/kubelet/pki",
    "/var/lib/docker/swarm/certificates",
    "/var/lib/postgresql",
    "/var/lib/mysql",
    "/var/lib/cloud",
    "/var/lib/acme",
    "/var/lib/caddy",
    "/var/lib/puppet",
    "/var/lib/vault",
    "/var/lib/consul",
    "/var/lib/grafana",
    "/var/lib/ca-certificates",
    "/var/www",
    "/var/spool/cron",
    "/root",
    "/home",
    "/Users",
];

/// Directories passed over unless asked for, each with its reason.
pub const DEFAULT_EXCLUDES: &[(&str, &str)] = &[
    ("/proc", "not files; process environments are read apart"),
    ("/sys", "not files"),
    ("/dev", "not files"),
    ("/run", "lost at every start"),
    ("/snap", "read-only copies of packages"),
    ("/usr/share", "documentation and examples of packages"),
    ("/usr/lib", "files of packages"),
    (
        "/var/lib/docker/overlay2",
        "layers of container images: scan the image",
    ),
    (
        "/var/lib/containerd",
        "layers of container images: scan the image",
    ),
    (
        "/var/lib/containers",
        "layers of container images: scan the image",
    ),
    (
        "**/containers/storage",
        "layers of container images: scan the image",
    ),
    ("/etc/ssl/certs", "public trust roots, counted apart"),
    (
        "/etc/pki/ca-trust/extracted",
        "public trust roots, counted apart",
    ),
    (
        "/etc/ca-certificates/extracted",
        "public trust roots, counted apart",
    ),
    ("/etc/alternatives", "only links"),
    ("node_modules", "published packages"),
    ("bower_components", "published packages"),
    ("site-packages", "published packages"),
    ("dist-packages", "published packages"),
    ("__pycache__", "made from sources"),
    ("testdata", "test data of programs: scan the repository"),
    ("/usr/local/go", "a language's tool chain"),
    (".tox", "made from sources"),
    (
        ".git",
        "objects of the repository: scan the repository; its config is read",
    ),
    (".hg", "objects of the repository"),
    (".svn", "objects of the repository"),
    ("target/debug", "made from sources"),
    ("target/release", "made from sources"),
    (".cargo/registry", "published packages"),
    (".cargo/git", "published packages"),
    (".rustup", "a language's tool chain"),
    (".pyenv", "a language's tool chain"),
    (".nvm", "a language's tool chain"),
    (".rbenv", "a language's tool chain"),
    (".sdkman", "a language's tool chain"),
    (".conda/pkgs", "published packages"),
    ("go/pkg", "published packages"),
    (".m2/repository", "published packages"),
    (".gradle/caches", "published packages"),
    (".npm/_cacache", "cache"),
    (".cache", "cache"),
    ("Library/Caches", "cache"),
    ("AppData/Local/Temp", "cache"),
    ("Cache", "cache"),
    ("CachedData", "cache"),
    ("Code Cache", "cache"),
    ("GPUCache", "cache"),
    (".terraform/providers", "published packages"),
    (".terraform/modules", "published packages"),
    (".local/share/Trash", "thrown away"),
    (".Trash", "thrown away"),
    (".local/share/Steam", "games"),
    (".vscode/extensions", "published packages"),
    (".vscode-server/extensions", "published packages"),
    (".cursor/extensions", "published packages"),
    ("lost+found", "not readable by design"),
];
