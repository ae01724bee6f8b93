//! The accounts of Windows: built in, local, of a service, of a domain.

use model::{Alias, Attributes, Class, NodeKind, NodeRef, Observation, TimeUs};

use super::Machine;
use crate::imports::activedirectory::names;

/// Built-in accounts by their names and SIDs
/// (<https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers>).
const BUILT_IN: &[(&str, &[&str])] = &[
    (
        "SYSTEM",
        &[
            "system",
            "localsystem",
            "local system",
            "nt authority\\system",
            "nt authority\\localsystem",
            ".\\localsystem",
            "s-1-5-18",
        ],
    ),
    (
        "LOCAL SERVICE",
        &[
            "local service",
            "localservice",
            "nt authority\\local service",
            "nt authority\\localservice",
            "s-1-5-19",
        ],
    ),
    (
        "NETWORK SERVICE",
        &[
            "network service",
            "networkservice",
            "nt authority\\network service",
            "nt authority\\networkservice",
            "s-1-5-20",
        ],
    ),
];

/// Groups a task may name instead of an account: it runs as whichever member signs in.
const GROUPS: &[&str] = &[
    "users",
    "administrators",
    "interactive",
    "everyone",
    "authenticated users",
    "guests",
    "builtin\\users",
    "builtin\\administrators",
    "nt authority\\interactive",
    "nt authority\\authenticated users",
    "s-1-5-32-544",
    "s-1-5-32-545",
    "s-1-5-32-546",
    "s-1-5-4",
    "s-1-5-11",
    "s-1-1-0",
];

/// What an account field names.
pub(super) enum RunAs {
    Identity(Account),
    Group(String),
}

/// An account to run as.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    node: NodeRef,
    /// What sort its name makes it; of an account of a domain the directory knows better, and is
    /// believed.
    subtype: &'static str,
    aliases: Vec<Alias>,
}

impl Account {
    fn local(host: &str, name: &str, subtype: &'static str) -> Self {
        Self {
            node: NodeRef::within(
                NodeKind::Identity,
                "host",
                host.to_owned(),
                format!("user:{name}"),
            ),
            subtype,
            aliases: Vec::new(),
        }
    }

    /// A domain account by the name the host knows it by; its SID is known to the directory, whose
    /// record bears the same identifying name.
    fn domain(native_id: String, same: Alias) -> Self {
        // The `$` at the end marks accounts whose password the directory manages.
        let managed = native_id.ends_with('$');
        Self {
            node: NodeRef::global(NodeKind::Identity, "ad", native_id.clone()),
            subtype: if managed { "ad_gmsa" } else { "ad_user" },
            aliases: vec![Alias::lookup(native_id), same],
        }
    }

    pub(super) fn observation(self, written: &str, machine: &Machine, at: TimeUs) -> Observation {
        let mut attributes = Attributes::named(written.trim(), self.subtype);
        if self.node.provider == "host" {
            attributes.tenant = Some(machine.id.clone());
        }
        if matches!(
            self.subtype,
            "windows_built_in" | "windows_virtual_account" | "ad_gmsa"
        ) {
            attributes.class = Some(Class::Machine);
        }
        let mut observation = Observation::new(self.node, at, attributes);
        observation.aliases = self.aliases;
        observation
    }
}

/// Says whom an account field names.
pub(super) fn account(written: &str, host: &str) -> RunAs {
    let written = written.trim();
    let lower = written.to_lowercase();
    if let Some((name, _)) = BUILT_IN
        .iter()
        .find(|(_, names)| names.contains(&lower.as_str()))
    {
        return RunAs::Identity(Account::local(host, name, "windows_built_in"));
    }
    if GROUPS.contains(&lower.as_str()) {
        return RunAs::Group(model::text::label(written));
    }
    if lower.starts_with("nt service\\") || lower.starts_with("iis apppool\\") {
        return RunAs::Identity(Account::local(host, written, "windows_virtual_account"));
    }
    if lower.starts_with("s-1-5-21-") {
        let sid = written.to_uppercase();
        return RunAs::Identity(Account {
            node: NodeRef::global(NodeKind::Identity, "ad", sid),
            subtype: "ad_user",
            aliases: Vec::new(),
        });
    }
    RunAs::Identity(match written.split_once('\\') {
        Some((domain, name)) if domain == "." || domain.eq_ignore_ascii_case(host) => {
            Account::local(host, name, "local_user")
        }
        Some((domain, name)) => {
            Account::domain(format!("sam:{lower}"), names::account_alias(domain, name))
        }
        None if written.contains('@') => {
            Account::domain(format!("upn:{lower}"), names::upn_alias(written))
        }
        None => Account::local(host, written, "local_user"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_by_how_they_are_written() {
        for (written, want) in [
            ("LocalSystem", "user:SYSTEM windows_built_in"),
            (
                "NT AUTHORITY\\NetworkService",
                "user:NETWORK SERVICE windows_built_in",
            ),
            ("S-1-5-19", "user:LOCAL SERVICE windows_built_in"),
            (
                "NT SERVICE\\MSSQLSERVER",
                "user:NT SERVICE\\MSSQLSERVER windows_virtual_account",
            ),
            (".\\backup", "user:backup local_user"),
            ("web01\\backup", "user:backup local_user"),
            (
                "CORP\\Svc_SQL",
                "sam:corp\\svc_sql ad_user same ad:account:corp\\svc_sql",
            ),
            (
                "CORP\\gmsa-web$",
                "sam:corp\\gmsa-web$ ad_gmsa same ad:account:corp\\gmsa-web$",
            ),
            (
                "svc@corp.example.com",
                "upn:svc@corp.example.com ad_user same ad:upn:svc@corp.example.com",
            ),
            ("S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1104 ad_user"),
        ] {
            let RunAs::Identity(account) = account(written, "WEB01") else {
                panic!("{written}");
            };
            let mut got = format!("{} {}", account.node.native_id, account.subtype);
            for alias in &account.aliases {
                if alias.role == model::AliasRole::Same {
                    got.push_str(&format!(" same {}", alias.text));
                }
            }
            assert_eq!(got, want);
        }
        assert!(matches!(account("BUILTIN\\Users", "h"), RunAs::Group(_)));
    }
}
