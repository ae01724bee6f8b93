//! Configuration files that hold credentials: pairs of id, user, host and secret.
//!
//! A value that only points elsewhere (`${TOKEN}`, a credential helper, a token file, an exec
//! plug-in) is kept as a reference in words. Nothing read here is ever run.

mod aws;
mod azure;
mod developer;
mod dotenv;
mod gcp;
mod git;
mod ini;
mod json;
mod kubeconfig;
mod lines;
mod stand_ins;
mod vpn;
mod xml;

pub use dotenv::looks_secret;
pub use stand_ins::is_placeholder;
use stand_ins::is_reference;

use model::{Secret, TimeUs};
use serde::Serialize;

use crate::error::FormatError;
use crate::private_key::PrivateKey;
use crate::ssh::LineProblem;
use crate::token;
use crate::x509::Certificate;

/// The largest configuration file read, in bytes; token caches of long-used tools reach some MB.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// The most entries kept from one file.
const MAX_ENTRIES: usize = 10_000;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $word:literal => $read:path,)*) => {
        /// A file format this module reads.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FileFormat { $($(#[$doc])* $variant,)* }

        impl FileFormat {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            fn read(self, bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
                match self { $(Self::$variant => $read(bytes, out),)* }
            }
        }
    };
}

formats! {
    /// `~/.aws/config`.
    AwsConfig = "aws_config" => aws::config,
    /// `~/.aws/credentials`.
    AwsCredentials = "aws_credentials" => aws::credentials,
    /// `~/.aws/sso/cache/*.json`, `~/.aws/cli/cache/*.json`.
    AwsCache = "aws_cache" => aws::cache,
    /// `azureProfile.json`, `msal_token_cache.json`, `accessTokens.json`, `service_principal_entries.json`.
    AzureCli = "azure_cli" => azure::cli,
    /// `credentials.toml` of cargo.
    CargoCredentials = "cargo_credentials" => developer::cargo,
    /// `auth.json` of Composer.
    ComposerAuth = "composer_auth" => json::composer,
    /// `config.json` and `.dockercfg` of Docker and Podman.
    DockerConfig = "docker_config" => json::docker,
    /// `.env` files.
    Dotenv = "dotenv" => dotenv::read,
    /// Service-account keys, `application_default_credentials.json`, external accounts.
    GcpCredentials = "gcp_credentials" => gcp::read,
    /// `~/.gem/credentials`.
    GemCredentials = "gem_credentials" => developer::gem,
    /// `.git/config` and `~/.gitconfig`.
    GitConfig = "git_config" => git::config,
    /// `.git-credentials`.
    GitCredentials = "git_credentials" => git::credentials,
    /// `hosts.yml` of `gh` and `hub`, `config.yml` of `glab`.
    ForgeHosts = "forge_hosts" => developer::forge_hosts,
    /// `gradle.properties`.
    GradleProperties = "gradle_properties" => dotenv::read,
    /// `.htpasswd`.
    Htpasswd = "htpasswd" => lines::htpasswd,
    /// `ipsec.secrets` of strongSwan and Libreswan.
    IpsecSecrets = "ipsec_secrets" => vpn::ipsec_secrets,
    /// kubeconfig.
    Kubeconfig = "kubeconfig" => kubeconfig::read,
    /// `settings.xml` of Maven.
    MavenSettings = "maven_settings" => xml::maven,
    /// `.my.cnf`.
    MyCnf = "my_cnf" => lines::my_cnf,
    /// `.netrc`.
    Netrc = "netrc" => lines::netrc,
    /// `.npmrc`.
    Npmrc = "npmrc" => lines::npmrc,
    /// `.ovpn`, and `.conf` of OpenVPN.
    Openvpn = "openvpn" => vpn::openvpn,
    /// `.pgpass`.
    Pgpass = "pgpass" => lines::pgpass,
    /// `.pypirc`.
    Pypirc = "pypirc" => lines::pypirc,
    /// `rclone.conf`.
    Rclone = "rclone" => lines::rclone,
    /// `.s3cfg`.
    S3cfg = "s3cfg" => lines::s3cfg,
    /// `swanctl.conf` of strongSwan.
    Swanctl = "swanctl" => vpn::swanctl,
    /// `credentials.tfrc.json`.
    TerraformCredentials = "terraform_credentials" => json::terraform,
    /// `wg0.conf` of WireGuard.
    Wireguard = "wireguard" => vpn::wireguard,
}

impl FileFormat {
    /// How remote access uses what lies in files of this format; `None` for all others.
    pub const fn remote_access(self) -> Option<&'static str> {
        match self {
            Self::Openvpn => Some("openvpn"),
            Self::Wireguard => Some("wireguard"),
            Self::IpsecSecrets | Self::Swanctl => Some("ipsec"),
            _ => None,
        }
    }
}

/// One credential, or one pointer to a credential, in a configuration file.
#[derive(Debug, Default, Serialize)]
pub struct Entry {
    /// What names it in the file: profile, registry, section, variable, kubeconfig user.
    pub id: String,
    /// `aws_access_key`, `docker_registry_login`, `env_secret` …
    pub subtype: &'static str,
    /// `password`, `access_token`, `refresh_token`, `api_key`, `private_key`, `oauth_client_secret`,
    /// `shared_key`, `password_hash`, `none`.
    pub credential_type: &'static str,
    /// Where it is used.
    pub host: Option<String>,
    /// Who uses it.
    pub user: Option<String>,
    /// The part that is an identifier and no secret (key id, client id).
    pub public_id: Option<String>,
    /// Line, counted from 1, for line formats.
    pub line: Option<usize>,
    /// When it was made.
    pub created: Option<TimeUs>,
    /// When it ends.
    pub expires: Option<TimeUs>,
    /// Other facts: `role_arn`, `region`, `exec_command`, `project` …
    pub attributes: Vec<(&'static str, String)>,
    /// Where the value really is, when the file only points to it.
    pub reference: Option<String>,
    /// A certificate in the entry.
    pub certificate: Option<Box<Certificate>>,
    /// A private key in the entry.
    pub private_key: Option<Box<PrivateKey>>,
    /// True when the file holds a secret value for the entry.
    pub has_secret: bool,
    /// The secret value.
    #[serde(skip)]
    pub secret: Option<Secret>,
}

impl Entry {
    fn new(id: &str, subtype: &'static str, credential_type: &'static str) -> Self {
        Self {
            id: shown(id),
            subtype,
            credential_type,
            ..Self::default()
        }
    }

    fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    fn host(mut self, host: &str) -> Self {
        self.host = some_label(host);
        self
    }

    fn user(mut self, user: &str) -> Self {
        self.user = some_label(user);
        self
    }

    fn public_id(mut self, id: &str) -> Self {
        self.public_id = some_label(id);
        self
    }

    fn attribute(mut self, name: &'static str, value: &str) -> Self {
        if let Some(value) = some_label(value) {
            self.attributes.push((name, value));
        }
        self
    }

    fn points_to(mut self, place: impl AsRef<str>) -> Self {
        self.reference = Some(shown(place.as_ref()));
        self
    }

    /// Takes a value: a placeholder or a reference is not a secret, everything else is.
    fn value(mut self, value: &str) -> Self {
        if value.trim().is_empty() {
            return self;
        }
        if is_reference(value) {
            self.reference = some_label(value);
        } else if is_placeholder(value) {
            self.attributes.push(("placeholder", "true".to_owned()));
        } else {
            self.has_secret = true;
            self.secret = Some(Secret::new(value.as_bytes()));
        }
        self
    }

    /// One attribute by name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }
}

fn some_label(text: &str) -> Option<String> {
    Some(shown(text)).filter(|text| !text.is_empty())
}

/// A command line as text: words that are tokens, or that follow a word promising a secret
/// (`--token X`, `password=X`), are replaced.
fn shown_command(text: &str) -> String {
    let mut hide_next = false;
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            let hidden = std::mem::take(&mut hide_next);
            match word.split_once('=') {
                Some((key, _)) if dotenv::secret_word(key) => format!("{key}=***"),
                _ if hidden || token::recognise(word).is_some_and(|found| found.is_secret) => {
                    "***".to_owned()
                }
                _ => {
                    hide_next = word.starts_with('-') && dotenv::secret_word(word);
                    shown(word)
                }
            }
        })
        .collect();
    crate::text::label(&words.join(" "))
}

/// A label that may be an address: a password inside it is replaced.
fn shown(text: &str) -> String {
    if text.contains("://")
        && let Some(parsed) = crate::connection::parse(text)
            .ok()
            .filter(|parsed| parsed.has_secret)
    {
        return parsed.redacted;
    }
    crate::text::label(text)
}

/// What a configuration file holds.
#[derive(Debug, Serialize)]
pub struct ConfigFile {
    /// The format it was read as.
    pub format: FileFormat,
    /// Its entries, in file order.
    pub entries: Vec<Entry>,
    /// Parts that could not be read; line 0 means the whole file.
    pub problems: Vec<LineProblem>,
}

impl ConfigFile {
    fn push(&mut self, entry: Entry) {
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(entry);
        } else if self.entries.len() == MAX_ENTRIES
            && self
                .problems
                .last()
                .is_none_or(|problem| problem.reason != TOO_MANY)
        {
            self.problem(entry.line.unwrap_or(0), TOO_MANY);
        }
    }

    fn problem(&mut self, line: usize, reason: &'static str) {
        if self.problems.len() < MAX_ENTRIES {
            self.problems.push(LineProblem { line, reason });
        }
    }
}

const TOO_MANY: &str = "only the first 10,000 entries were read";

/// Reads a file as the given format. Readable entries are returned beside the problems.
///
/// # Errors
/// When the file is not of the format at all or passes the size limit.
pub fn parse(format: FileFormat, bytes: &[u8]) -> Result<ConfigFile, FormatError> {
    FormatError::check_size("the configuration file", bytes, MAX_FILE_BYTES)?;
    let mut out = ConfigFile {
        format,
        entries: Vec::new(),
        problems: Vec::new(),
    };
    format.read(bytes, &mut out)?;
    Ok(out)
}

/// Tells the format from the path, and from the first bytes where the name is not enough.
/// `path` uses `/` or `\\`; only its last parts count.
pub fn detect(path: &str, bytes: &[u8]) -> Option<FileFormat> {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let parent = parts.next().unwrap_or_default();
    let grandparent = parts.next().unwrap_or_default();
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(64 << 10)).unwrap_or_default());
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    Some(match (parent, name) {
        (".aws", "credentials") => FileFormat::AwsCredentials,
        (".aws", "config") => FileFormat::AwsConfig,
        ("cache", _) if extension == "json" && matches!(grandparent, "sso" | "cli") => {
            FileFormat::AwsCache
        }
        (
            _,
            "azureprofile.json"
            | "msal_token_cache.json"
            | "accesstokens.json"
            | "service_principal_entries.json",
        ) => FileFormat::AzureCli,
        (".cargo", "credentials" | "credentials.toml") => FileFormat::CargoCredentials,
        (".docker" | "containers", "config.json" | "auth.json")
        | (_, ".dockercfg" | ".dockerconfigjson") => FileFormat::DockerConfig,
        (_, "auth.json") if head.contains("http-basic") || head.contains("github-oauth") => {
            FileFormat::ComposerAuth
        }
        (".gem", "credentials") => FileFormat::GemCredentials,
        (".git" | "git", "config") | (_, ".gitconfig") => FileFormat::GitConfig,
        (_, ".git-credentials") | ("git", "credentials") => FileFormat::GitCredentials,
        ("gh", "hosts.yml") | ("glab-cli", "config.yml") | (_, "hub") if parent != "bin" => {
            FileFormat::ForgeHosts
        }
        (_, "gradle.properties") => FileFormat::GradleProperties,
        (_, ".htpasswd" | "htpasswd") => FileFormat::Htpasswd,
        (".m2", "settings.xml") => FileFormat::MavenSettings,
        (_, ".my.cnf" | "my.cnf" | ".mylogin.cnf") if name != ".mylogin.cnf" => FileFormat::MyCnf,
        (_, ".netrc" | "_netrc") => FileFormat::Netrc,
        (_, ".npmrc") => FileFormat::Npmrc,
        (_, ".pgpass" | "pgpass.conf") => FileFormat::Pgpass,
        (_, ".pypirc") => FileFormat::Pypirc,
        (_, "rclone.conf") => FileFormat::Rclone,
        (_, ".s3cfg") => FileFormat::S3cfg,
        (_, "ipsec.secrets") => FileFormat::IpsecSecrets,
        (_, "swanctl.conf") => FileFormat::Swanctl,
        ("swanctl" | "conf.d", _)
            if extension == "conf" && (parent == "swanctl" || grandparent == "swanctl") =>
        {
            FileFormat::Swanctl
        }
        _ if extension == "ovpn" => FileFormat::Openvpn,
        _ if extension == "conf" && is_wireguard(&head) => FileFormat::Wireguard,
        ("openvpn" | "client" | "server", _)
            if extension == "conf" && (parent == "openvpn" || grandparent == "openvpn") =>
        {
            FileFormat::Openvpn
        }
        (_, "credentials.tfrc.json") => FileFormat::TerraformCredentials,
        (".kube", "config") => FileFormat::Kubeconfig,
        _ if name == ".env" || name.starts_with(".env.") || extension == "env" => {
            FileFormat::Dotenv
        }
        _ => return by_content(&head, extension),
    })
}

/// A section and a line that only WireGuard has.
fn is_wireguard(head: &str) -> bool {
    let line = |wanted: &str| {
        head.lines().any(|line| {
            let line = line.trim();
            line.get(..wanted.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(wanted))
        })
    };
    line("[Interface]") && line("PrivateKey")
}

fn by_content(head: &str, extension: &str) -> Option<FileFormat> {
    let has = |text: &str| head.contains(text);
    let yaml_or_json = matches!(
        extension,
        "" | "yaml" | "yml" | "json" | "conf" | "config" | "kubeconfig"
    );
    if yaml_or_json
        && has("clusters")
        && has("contexts")
        && has("users")
        && (has("kind: Config") || has("\"kind\":\"Config\"") || has("\"kind\": \"Config\""))
    {
        return Some(FileFormat::Kubeconfig);
    }
    if head.trim_start().starts_with('{') {
        if has("\"type\"")
            && [
                "service_account\"",
                "authorized_user\"",
                "external_account",
                "impersonated_service_account\"",
            ]
            .iter()
            .any(|word| has(word))
        {
            return Some(FileFormat::GcpCredentials);
        }
        if has("\"auths\"") {
            return Some(FileFormat::DockerConfig);
        }
    }
    None
}
