//! LDAP servers other than Active Directory: people, accounts and groups by their standard classes
//! (RFC 2307, RFC 2798, RFC 4519).
//!
//! They have no number of their own that every export carries, so an entry is named by its
//! distinguished name within its tree; `entryUUID`, where it was exported, joins a renamed entry
//! to what it was.

use model::{Alias, Attributes, Fact, NodeKind, NodeRef, Observation, SourceRef, Status};
use serde_json::Value;

use super::super::super::ReadError;
use super::super::binary;
use super::super::classify::{self, Traces};
use super::Reader;
use super::parse::Entry;
use super::table::{Known, Relation, dn_key, listed, words};

/// Classes of entries that can sign in.
const ACCOUNT_CLASSES: &[&str] = &[
    "inetOrgPerson",
    "organizationalPerson",
    "person",
    "posixAccount",
    "account",
    "simpleSecurityObject",
    "applicationProcess",
];

/// Classes of groups.
const GROUP_CLASSES: &[&str] = &[
    "groupOfNames",
    "groupOfUniqueNames",
    "groupOfMembers",
    "posixGroup",
];

impl Reader<'_, '_> {
    pub(super) fn plain_entry(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        if GROUP_CLASSES.iter().any(|class| entry.is_a(class)) {
            self.plain_group(entry, domain, source)
        } else if ACCOUNT_CLASSES.iter().any(|class| entry.is_a(class)) {
            self.plain_account(entry, domain, source)
        } else if entry.is_a("organizationalUnit") {
            let node = node(NodeKind::OrgUnit, entry, domain);
            let name = entry.text("ou").unwrap_or_else(|| entry.dn.clone());
            let attributes = described(entry, domain, Attributes::named(name, "ldap_ou"));
            self.plain_observe(entry, source, domain, node, attributes)?;
            Ok(())
        } else {
            Ok(())
        }
    }

    fn plain_account(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        let name = entry
            .text("uid")
            .or_else(|| entry.text("cn"))
            .unwrap_or_else(|| entry.dn.clone());
        let verdict = classify::classify(&Traces {
            account_name: &name,
            dn: &entry.dn,
            description: &entry.text("description").unwrap_or_default(),
            program_object: program_object(entry),
            person: person(entry),
            ..Traces::default()
        });
        let mut attributes = described(entry, domain, Attributes::named(name, "ldap_account"));
        attributes.class = verdict.class;
        // An account locked for ever carries 000001010000Z (draft-behera-ldap-password-policy 5.3.3).
        attributes.status = entry
            .text("pwdaccountlockedtime")
            .filter(|time| time == "000001010000Z")
            .map(|_| Status::Disabled);
        attributes.last_rotated = entry
            .text("pwdchangedtime")
            .and_then(|text| binary::generalized_time(&text))
            .map(Fact::known);
        attributes.last_used = Some(
            entry
                .text("authtimestamp")
                .and_then(|text| binary::generalized_time(&text))
                .map_or_else(
                    || {
                        Fact::not_observable(
                            "the directory keeps no last sign-in (OpenLDAP: overlay lastbind, attribute authTimestamp)",
                        )
                    },
                    Fact::known,
                ),
        );
        attributes.extra.extend(words(vec![
            ("service_account_evidence", listed(verdict.service, 32)),
            ("person_evidence", listed(verdict.person, 32)),
            (
                "uid_number",
                entry.text("uidnumber").map_or(Value::Null, Value::from),
            ),
            (
                "login_shell",
                entry.text("loginshell").map_or(Value::Null, Value::from),
            ),
            (
                "secret_attributes_in_export",
                listed(
                    entry
                        .secrets
                        .iter()
                        .map(|name| (*name).to_owned())
                        .collect(),
                    32,
                ),
            ),
        ]));
        let node = node(NodeKind::Identity, entry, domain);
        let number = self.plain_observe(entry, source, domain, node, attributes)?;
        for group in entry.texts("memberof") {
            self.table.refer(number, Relation::MemberOf, dn_key(&group));
        }
        Ok(())
    }

    fn plain_group(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        let name = entry.text("cn").unwrap_or_else(|| entry.dn.clone());
        let attributes = described(entry, domain, Attributes::named(name, "ldap_group"));
        let node = node(NodeKind::Group, entry, domain);
        let number = self.plain_observe(entry, source, domain, node, attributes)?;
        for attribute in ["member", "uniquemember"] {
            for member in entry.all(attribute) {
                let member = String::from_utf8_lossy(member);
                self.table
                    .refer(number, Relation::HasMember, dn_key(&member));
            }
        }
        for uid in entry.texts("memberuid") {
            self.table
                .refer(number, Relation::HasMember, uid_key(&uid, domain));
        }
        for owner in entry.texts("owner") {
            self.table.refer(number, Relation::OwnedBy, dn_key(&owner));
        }
        Ok(())
    }

    fn plain_observe(
        &mut self,
        entry: &Entry,
        source: &SourceRef,
        domain: &str,
        node: NodeRef,
        attributes: Attributes,
    ) -> Result<u32, ReadError> {
        let mut observation =
            Observation::new(node.clone(), self.observed, attributes).at(entry.dn.as_str());
        observation
            .aliases
            .push(Alias::lookup(format!("dn:{}", entry.dn.to_lowercase())));
        if let Some(uuid) = entry.bytes("entryuuid").and_then(binary::guid) {
            observation
                .aliases
                .push(Alias::same(format!("ldap:entry_uuid:{uuid}")));
        }
        if let Some(mail) = entry.text("mail") {
            observation
                .aliases
                .push(Alias::lookup(format!("email:{}", mail.to_lowercase())));
        }
        self.cx.observe(source, observation)?;
        let key = dn_key(&entry.dn);
        let parent = key
            .split_once(',')
            .map(|(_, parent)| format!("dn:{parent}"));
        let is_account = node.kind == NodeKind::Identity;
        let keys = std::iter::once(key).chain(
            entry
                .text("uid")
                .filter(|_| is_account)
                .map(|uid| uid_key(&uid, domain)),
        );
        let number = self.table.add(
            Known {
                node,
                domain: domain.to_owned(),
                no_last_logon: false,
                account: None,
            },
            keys,
        );
        if let Some(parent) = parent {
            self.table.refer(number, Relation::Parent, parent.into());
        }
        Ok(number)
    }
}

fn uid_key(uid: &str, domain: &str) -> Box<str> {
    format!("uid:{domain}:{}", uid.to_lowercase()).into()
}

fn node(kind: NodeKind, entry: &Entry, domain: &str) -> NodeRef {
    let key = dn_key(&entry.dn);
    let dn = key.strip_prefix("dn:").unwrap_or(&key).to_owned();
    NodeRef::within(kind, "ldap", domain.to_owned(), dn)
}

fn described(entry: &Entry, domain: &str, attributes: Attributes) -> Attributes {
    Attributes {
        tenant: Some(domain.to_owned()),
        description: entry.text("description"),
        created: entry
            .text("createtimestamp")
            .and_then(|text| binary::generalized_time(&text))
            .map(Fact::known),
        ..attributes
    }
}

fn person(entry: &Entry) -> Vec<&'static str> {
    [
        ("givenname", "givenName"),
        ("sn", "sn"),
        ("mail", "mail"),
        ("title", "title"),
        ("telephonenumber", "telephoneNumber"),
        ("employeenumber", "employeeNumber"),
    ]
    .into_iter()
    .filter(|(attribute, _)| entry.has(attribute))
    .map(|(_, name)| name)
    .collect()
}

fn program_object(entry: &Entry) -> Option<&'static str> {
    let shell = entry.text("loginshell").unwrap_or_default();
    if entry.is_a("applicationProcess") {
        Some("application_process")
    } else if shell.ends_with("/nologin") || shell.ends_with("/false") {
        Some("login_shell_refuses")
    } else {
        None
    }
}
