//! How directory things are named (docs/naming.md), in one place, so that an LDIF export and a
//! BloodHound file of one domain speak of the same nodes.

use model::{Alias, NodeKind, NodeRef};

/// Names a principal by its SID. SIDs of a domain are unique in the world; the built-in ones
/// (`S-1-5-32-544`, `S-1-5-11`) exist in every domain, so the DNS name of the domain is their
/// partition.
pub(super) fn principal(kind: NodeKind, sid: &str, domain: &str) -> NodeRef {
    if sid.starts_with("S-1-5-21-") {
        NodeRef::global(kind, "ad", sid)
    } else {
        NodeRef::within(kind, "ad", domain.to_lowercase(), sid)
    }
}

/// Names a domain by its SID.
pub(super) fn domain(sid: &str) -> NodeRef {
    NodeRef::global(NodeKind::Account, "ad", sid)
}

/// Names an object that has no SID by its GUID, in lower case without braces.
pub(super) fn object(kind: NodeKind, guid: &str) -> NodeRef {
    NodeRef::global(
        kind,
        "ad",
        guid.trim_matches(['{', '}']).to_ascii_lowercase(),
    )
}

/// The SID of the domain that issued the SID of a principal.
pub(super) fn domain_sid(sid: &str) -> Option<&str> {
    let (domain, rid) = sid.rsplit_once('-')?;
    (sid.starts_with("S-1-5-21-") && domain.matches('-').count() == 6 && rid.parse::<u32>().is_ok())
        .then_some(domain)
}

/// The last number of a SID.
pub(super) fn rid(sid: &str) -> Option<u32> {
    sid.rsplit_once('-')?.1.parse().ok()
}

/// True for the groups whose members hold the domain or can take it in one step: what Microsoft's
/// Appendix C "Protected Accounts and Groups in Active Directory" lists, by RID (MS-DTYP 2.4.2.4).
pub(super) fn is_protected_group(sid: &str) -> bool {
    if let Some(builtin) = sid.strip_prefix("S-1-5-32-") {
        // Administrators, Account, Server, Print and Backup Operators, Replicator.
        return matches!(builtin, "544" | "548" | "549" | "550" | "551" | "552");
    }
    // Domain Admins, Domain Controllers, Schema Admins, Enterprise Admins, Read-only Domain
    // Controllers, Key Admins, Enterprise Key Admins.
    domain_sid(sid).is_some() && matches!(rid(sid), Some(512 | 516 | 518 | 519 | 521 | 526 | 527))
}

/// What joins an account to what a host knows it by, `CORP\svc_x`: the short or the DNS name of its
/// domain and its `sAMAccountName`. Within a forest neither repeats.
pub(in crate::imports) fn account_alias(domain: &str, sam: &str) -> Alias {
    Alias::same(format!(
        "ad:account:{}\\{}",
        domain.to_lowercase(),
        sam.to_lowercase()
    ))
}

/// What joins an account to what a host knows it by, `svc_x@corp.example.com`. The directory refuses
/// a second one in its forest.
pub(in crate::imports) fn upn_alias(upn: &str) -> Alias {
    Alias::same(format!("ad:upn:{}", upn.to_lowercase()))
}

/// The aliases of a principal, each in lower case.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// Distinguished name.
    pub(super) dn: Option<&'a str>,
    /// `sAMAccountName` with the domain's short or DNS name.
    pub(super) sam: Option<&'a str>,
    /// DNS name of the domain.
    pub(super) domain: &'a str,
    /// User principal name.
    pub(super) upn: Option<&'a str>,
    /// E-mail address.
    pub(super) mail: Option<&'a str>,
    /// Host name of a computer.
    pub(super) host: Option<&'a str>,
    /// Service principal names.
    pub(super) spns: &'a [String],
}

/// The most aliases of SPNs for one account; a domain controller has about thirty.
const MAX_SPN_ALIASES: usize = 200;

impl Names<'_> {
    /// The names that find a group or an account.
    pub(super) fn aliases(&self) -> Vec<Alias> {
        let mut aliases = Vec::new();
        let mut add = |prefix: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                aliases.push(Alias::lookup(format!("{prefix}:{}", text.to_lowercase())));
            }
        };
        add("dn", self.dn);
        let sam = self.sam.map(|sam| format!("{}\\{sam}", self.domain));
        add("sam", sam.as_deref());
        add("upn", self.upn);
        add("email", self.mail);
        add("hostname", self.host);
        for spn in self.spns.iter().take(MAX_SPN_ALIASES) {
            add("spn", Some(spn));
        }
        aliases
    }

    /// Those of an account, which hosts also name as what their services run as.
    pub(super) fn account_aliases(&self) -> Vec<Alias> {
        let mut aliases = self.aliases();
        if let Some(sam) = self.sam.filter(|_| !self.domain.is_empty()) {
            aliases.push(account_alias(self.domain, sam));
        }
        aliases.extend(self.upn.filter(|upn| upn.contains('@')).map(upn_alias));
        aliases
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_sids_belong_to_their_domain() {
        let lab = principal(NodeKind::Group, "S-1-5-32-544", "LAB.test");
        assert_eq!(lab.partition, "lab.test");
        assert_ne!(
            lab.id(),
            principal(NodeKind::Group, "S-1-5-32-544", "other.test").id()
        );
        let admins = principal(NodeKind::Group, "S-1-5-21-1-2-3-512", "lab.test");
        assert_eq!(admins.partition, "");
    }

    #[test]
    fn protected_groups_by_rid() {
        assert!(is_protected_group("S-1-5-21-1-2-3-512"));
        assert!(is_protected_group("S-1-5-32-544"));
        assert!(!is_protected_group("S-1-5-21-1-2-3-513"));
        assert!(!is_protected_group("S-1-5-32-545"));
        // Not a SID of a domain: too few parts before the RID.
        assert!(!is_protected_group("S-1-5-21-1-512"));
    }

    #[test]
    fn the_domain_of_a_sid() {
        assert_eq!(domain_sid("S-1-5-21-1-2-3-1105"), Some("S-1-5-21-1-2-3"));
        assert_eq!(domain_sid("S-1-5-21-1-2-3"), None);
        assert_eq!(domain_sid("S-1-5-32-544"), None);
    }
}
