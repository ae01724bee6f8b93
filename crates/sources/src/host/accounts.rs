//! Local accounts from passwd(5), shadow(5) and group(5). Of a password only its state is kept.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Class, EdgeKind, Fact, Observation, ObservedEdge, Status, TimeUs};

use super::context::HostIdentity;
use super::read::out::local_user;

/// The most lines read of each file; a machine with a directory's users cached has thousands.
const MAX_LINES: usize = 200_000;

/// Accounts below it belong to the system (login.defs `UID_MIN`).
const FIRST_PERSON_UID: u32 = 1_000;
/// `nobody` and container ranges lie at and above it.
const LAST_PERSON_UID: u32 = 60_000;

/// One account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Full name or purpose.
    pub comment: String,
    /// Home directory.
    pub home: String,
    /// Login shell.
    pub shell: String,
    /// What shadow(5) says; `None` when it was not readable or has no such line.
    pub password: Option<Password>,
}

/// The state of a password, never the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Password {
    /// `none` (log in without one), `locked`, `unusable` or `set`.
    pub state: &'static str,
    /// The hash in use: `yescrypt`, `sha512crypt` …
    pub hash: Option<&'static str>,
    /// Day of the last change.
    pub changed: Option<TimeUs>,
    /// Day on which the account ends.
    pub account_expires: Option<TimeUs>,
}

/// All local accounts.
#[derive(Debug, Clone, Default)]
pub(super) struct Accounts {
    by_name: BTreeMap<String, Account>,
    /// Groups that give administrator rights, by member.
    admin_groups: BTreeMap<String, Vec<String>>,
    shadow_read: bool,
}

/// Groups whose members become root, or as good as: sudo, and the sockets of container engines.
const ADMIN_GROUPS: &[&str] = &[
    "sudo",
    "wheel",
    "admin",
    "root",
    "docker",
    "lxd",
    "incus-admin",
    "libvirt",
];

impl Accounts {
    /// Reads the texts of the three files; a missing one is `None`.
    pub(super) fn parse(passwd: &str, shadow: Option<&str>, group: Option<&str>) -> Self {
        let mut accounts = Self {
            shadow_read: shadow.is_some(),
            ..Self::default()
        };
        for line in passwd.lines().take(MAX_LINES) {
            if let Some(account) = account(line) {
                accounts
                    .by_name
                    .entry(account.name.clone())
                    .or_insert(account);
            }
        }
        for line in shadow.unwrap_or_default().lines().take(MAX_LINES) {
            let mut fields = line.split(':');
            if let Some(account) = fields
                .next()
                .and_then(|name| accounts.by_name.get_mut(name))
            {
                account.password = Some(password(fields));
            }
        }
        for line in group.unwrap_or_default().lines().take(MAX_LINES) {
            let mut fields = line.split(':');
            let (Some(name), Some(members)) = (fields.next(), fields.nth(2)) else {
                continue;
            };
            if ADMIN_GROUPS.contains(&name) {
                for member in members.split(',').filter(|member| !member.is_empty()) {
                    accounts
                        .admin_groups
                        .entry(member.to_owned())
                        .or_default()
                        .push(name.to_owned());
                }
            }
        }
        accounts
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Every account.
    pub(super) fn all(&self) -> impl Iterator<Item = &Account> {
        self.by_name.values()
    }

    /// Whether there is an account of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The name of a user id.
    pub(super) fn name_of(&self, uid: u32) -> Option<&str> {
        self.by_name
            .values()
            .find(|account| account.uid == uid)
            .map(|account| account.name.as_str())
    }

    /// Home directories that hold a person's or a service's own files, with their account.
    pub(super) fn homes(&self) -> BTreeMap<String, String> {
        /// Homes of system accounts that are shared directories of the system.
        const SHARED: &[&str] = &[
            "/",
            "/bin",
            "/sbin",
            "/dev",
            "/usr",
            "/var",
            "/tmp",
            "/etc",
            "/opt",
            "/srv",
            "/home",
            "/run",
            "/nonexistent",
            "/var/empty",
            "/usr/sbin",
            "/usr/bin",
            "/var/lib",
            "/var/spool",
            "/var/run",
            "/proc",
            "/var/cache",
            "/var/log",
            "/var/mail",
            "/var/backups",
            "/var/list",
            "/usr/games",
            "/usr/lib",
            "/usr/share",
            "/root/..",
        ];
        let mut homes = BTreeMap::new();
        for account in self.by_name.values() {
            let home = account.home.trim_end_matches('/');
            if home.starts_with('/')
                && !SHARED.contains(&home)
                && !home.starts_with("/usr/")
                && !home.starts_with("/run/")
                && !home.starts_with("/proc/")
                && !home.starts_with("/dev/")
                && !home.starts_with("/var/cache/")
                && !home.starts_with("/var/spool/")
            {
                homes
                    .entry(home.to_owned())
                    .or_insert_with(|| account.name.clone());
            }
        }
        homes
    }

    /// Accounts that are listed: those asked for by name, and those that can log in.
    pub(super) fn listed(&self, named: &BTreeSet<String>) -> BTreeSet<String> {
        let mut listed: BTreeSet<String> = named
            .iter()
            .filter(|name| self.by_name.contains_key(*name))
            .cloned()
            .collect();
        listed.extend(
            self.by_name
                .values()
                .filter(|account| {
                    Self::can_log_in(account) == Some(true) || Self::is_person(account)
                })
                .map(|account| account.name.clone()),
        );
        listed
    }

    /// What is said about one account.
    pub(super) fn observation(
        &self,
        name: &str,
        host: &HostIdentity,
        observed: TimeUs,
    ) -> Option<Observation> {
        let account = self.by_name.get(name)?;
        let class = if Self::is_person(account) {
            Class::Human
        } else {
            Class::Machine
        };
        let mut attributes = Attributes {
            class: Some(class),
            tenant: Some(host.name.clone()),
            created: Some(Fact::not_observable("the system does not record it")),
            last_used: Some(Fact::not_observable("login records are not read")),
            ..Attributes::named(account.name.clone(), "local_user")
        }
        .with("uid", account.uid)
        .with("gid", account.gid)
        .with("home", account.home.as_str())
        .with("shell", account.shell.as_str());
        if !account.comment.is_empty() {
            attributes.description = Some(account.comment.clone());
        }
        if account.uid == 0 || self.admin_groups.contains_key(name) {
            attributes.declared_privileged = Some(true);
        }
        if let Some(groups) = self.admin_groups.get(name) {
            attributes = attributes.with("admin_groups", groups.clone());
        }
        self.put_password(account, &mut attributes);
        Some(
            Observation::new(local_user(&host.id, name), observed, attributes)
                .edge(ObservedEdge::from(EdgeKind::Contains, host.node()))
                .at("/etc/passwd"),
        )
    }

    fn put_password(&self, account: &Account, attributes: &mut Attributes) {
        if let Some(login) = Self::can_log_in(account) {
            attributes.extra.insert("can_log_in".into(), login.into());
        }
        let Some(password) = &account.password else {
            let why = if self.shadow_read {
                "no line in /etc/shadow"
            } else {
                "/etc/shadow not readable"
            };
            attributes
                .extra
                .insert("password_state".into(), format!("unknown: {why}").into());
            return;
        };
        attributes
            .extra
            .insert("password_state".into(), password.state.into());
        if let Some(hash) = password.hash {
            attributes.extra.insert("password_hash".into(), hash.into());
        }
        if let (Some(changed), "set") = (password.changed, password.state) {
            attributes.last_rotated = Some(Fact::known(changed));
        }
        attributes.expires = Some(
            password
                .account_expires
                .map_or_else(Fact::never, Fact::known),
        );
        let ended = password
            .account_expires
            .is_some_and(|end| end <= TimeUs::EPOCH.plus_days(1));
        attributes.status = Some(if ended {
            Status::Disabled
        } else {
            Status::Enabled
        });
    }

    fn is_person(account: &Account) -> bool {
        (FIRST_PERSON_UID..LAST_PERSON_UID).contains(&account.uid) && is_login_shell(&account.shell)
    }

    /// Whether a password lets somebody in; `None` when /etc/shadow would have to be read. Keys
    /// and certificates are credentials of their own.
    fn can_log_in(account: &Account) -> Option<bool> {
        if !is_login_shell(&account.shell) {
            return Some(false);
        }
        account
            .password
            .as_ref()
            .map(|password| matches!(password.state, "set" | "none"))
    }
}

fn is_login_shell(shell: &str) -> bool {
    let name = shell.rsplit('/').next().unwrap_or(shell);
    !matches!(
        name,
        "nologin" | "false" | "sync" | "shutdown" | "halt" | "git-shell" | "true"
    )
}

fn account(line: &str) -> Option<Account> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, comment, home, shell] = fields.as_slice() else {
        return None;
    };
    if name.is_empty() || name.starts_with(['+', '-', '#']) {
        return None;
    }
    Some(Account {
        name: (*name).to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        comment: comment.trim_matches(',').to_owned(),
        home: (*home).to_owned(),
        shell: (*shell).to_owned(),
        password: None,
    })
}

/// Reads the fields of shadow(5) after the name: hash, last change, min, max, warn, inactive, expiry.
fn password<'a>(mut fields: impl Iterator<Item = &'a str>) -> Password {
    let hash = fields.next().unwrap_or_default();
    let day = |text: Option<&str>| {
        text.and_then(|text| text.parse::<i64>().ok())
            .map(|days| TimeUs::EPOCH.plus_days(days))
    };
    let changed = day(fields.next());
    let account_expires = day(fields.nth(4));
    let state = match hash {
        "" => "none",
        hash if hash.starts_with('!') => "locked",
        hash if hash.starts_with('$') || hash.len() == 13 || hash.starts_with('_') => "set",
        _ => "unusable",
    };
    Password {
        state,
        hash: (state == "set").then(|| hash_kind(hash)),
        changed,
        account_expires,
    }
}

/// The method by its mark, crypt(5).
fn hash_kind(hash: &str) -> &'static str {
    match hash.split('$').nth(1) {
        Some("y") => "yescrypt",
        Some("gy") => "gost-yescrypt",
        Some("7") => "scrypt",
        Some("6") => "sha512crypt",
        Some("5") => "sha256crypt",
        Some("2a" | "2b" | "2x" | "2y") => "bcrypt",
        Some("1") => "md5crypt",
        Some("sha1") => "sha1crypt",
        Some("3") => "nthash",
        None => "descrypt",
        Some(_) => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
        postgres:x:105:110:PostgreSQL:/var/lib/postgresql:/bin/bash\n\
        ann:x:1000:1000:Ann,,,:/home/ann:/bin/zsh\n\
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
        broken line\n+::::::\n";
    const SHADOW: &str = "root:*:20000:0:99999:7:::\n\
        ann:$y$j9T$CANARY$CANARY:20100:0:99999:7::20500:\n\
        postgres:!:20000::::::\n";

    fn host() -> HostIdentity {
        HostIdentity::from_machine_id(None, "web1")
    }

    #[test]
    fn a_clean_machine_is_a_short_list() {
        let accounts =
            Accounts::parse(PASSWD, Some(SHADOW), Some("sudo:x:27:ann\nusers:x:100:ann"));
        assert_eq!(accounts.len(), 5);
        assert_eq!(
            accounts
                .listed(&BTreeSet::new())
                .into_iter()
                .collect::<Vec<_>>(),
            ["ann"]
        );
        let named = BTreeSet::from(["postgres".to_owned(), "unknown".to_owned()]);
        assert!(accounts.listed(&named).contains("postgres"));
        assert!(!accounts.listed(&named).contains("unknown"));
    }

    #[test]
    fn of_the_password_only_its_state_is_kept() {
        let accounts = Accounts::parse(PASSWD, Some(SHADOW), Some("sudo:x:27:ann\n"));
        let ann = accounts.observation("ann", &host(), TimeUs::EPOCH).unwrap();
        let text = serde_json::to_string(&ann).unwrap();
        assert!(!text.contains("CANARY"));
        assert_eq!(ann.attributes.extra["password_hash"], "yescrypt");
        assert_eq!(ann.attributes.declared_privileged, Some(true));
        assert_eq!(ann.attributes.class, Some(Class::Human));
        assert_eq!(
            ann.attributes.expires,
            Some(Fact::known(TimeUs::EPOCH.plus_days(20_500)))
        );
        let postgres = accounts
            .observation("postgres", &host(), TimeUs::EPOCH)
            .unwrap();
        assert_eq!(postgres.attributes.extra["can_log_in"], false);
        assert_eq!(postgres.attributes.class, Some(Class::Machine));
    }

    #[test]
    fn without_shadow_nothing_is_claimed_about_passwords() {
        let accounts = Accounts::parse(PASSWD, None, None);
        let root = accounts
            .observation("root", &host(), TimeUs::EPOCH)
            .unwrap();
        assert!(!root.attributes.extra.contains_key("can_log_in"));
        assert_eq!(
            root.attributes.extra["password_state"],
            "unknown: /etc/shadow not readable"
        );
        assert_eq!(
            accounts.homes().get("/home/ann").map(String::as_str),
            Some("ann")
        );
        assert!(!accounts.homes().contains_key("/usr/sbin"));
    }
}
