//! Who is meant by a distinguished name, a SID or an SPN: references are settled when the whole
//! file was read, because an export lists its objects in any order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{EdgeKind, NodeKind, NodeRef, ObservedEdge};
use serde_json::Value;

use super::super::names;

/// The most references remembered. Five million are about 600 MB; a larger estate is exported by
/// organisational unit.
const MAX_REFERENCES: usize = 5_000_000;

/// The most unsettled references listed with one object.
const MAX_LISTED: usize = 50;

/// How two objects refer to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    /// The target is a group of which the node is a member.
    MemberOf,
    /// The target is a member of the node.
    HasMember,
    /// The target answers for the node.
    OwnedBy,
    /// The target, or what holds it, holds the node.
    Parent,
    /// The target may read the managed password of the node.
    PasswordReader,
    /// The node is installed to use the managed account.
    HostsAccount,
    /// The node may act for others towards the target.
    DelegatesTo,
    /// The target may act for others towards the node.
    DelegatedBy,
}

impl Relation {
    fn word(self) -> &'static str {
        match self {
            Self::MemberOf => "member_of",
            Self::HasMember => "has_member",
            Self::OwnedBy => "owned_by",
            Self::Parent => "parent",
            Self::PasswordReader => "managed_password_reader",
            Self::HostsAccount => "host_service_account",
            Self::DelegatesTo => "delegates_to",
            Self::DelegatedBy => "delegated_by",
        }
    }
}

/// A reference by a key that is not yet known to name anything.
#[derive(Debug)]
struct Pending {
    node: u32,
    relation: Relation,
    target: Box<str>,
}

/// What is known of one object for settling references.
#[derive(Debug)]
pub(super) struct Known {
    /// How it is named.
    pub(super) node: NodeRef,
    /// The DNS name of its domain.
    pub(super) domain: String,
    /// True when no last sign-in stands in its entry.
    pub(super) no_last_logon: bool,
    /// The `sAMAccountName` of an account.
    pub(super) account: Option<Box<str>>,
}

/// The objects of a file and how they refer to each other.
#[derive(Debug, Default)]
pub(super) struct Table {
    known: Vec<Known>,
    keys: HashMap<Box<str>, u32>,
    pending: Vec<Pending>,
    /// How many references were dropped because there are too many.
    pub(super) dropped: u64,
}

/// What was settled for one object.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Its relations.
    pub(super) edges: Vec<ObservedEdge>,
    /// True when it is a direct member of a protected group.
    pub(super) privileged: bool,
    /// References to objects that are not in the file, as `relation: name`.
    pub(super) outside: Vec<String>,
}

/// The key of a distinguished name: lower case, no spaces around the separators.
pub(super) fn dn_key(dn: &str) -> Box<str> {
    // Tools that show extended names write `<GUID=…>;<SID=…>;CN=…`.
    let plain = dn.rsplit_once(">;").map_or(dn, |(_, plain)| plain);
    let mut key = String::with_capacity(plain.len() + 3);
    key.push_str("dn:");
    let lower = plain.to_lowercase();
    for (at, part) in lower.split(',').enumerate() {
        if at > 0 {
            key.push(',');
        }
        // A space before or after a comma has no meaning (RFC 4514 writes none).
        key.push_str(part.trim());
    }
    key.into_boxed_str()
}

/// The key of a SID; built-in SIDs are told apart by domain.
pub(super) fn sid_key(sid: &str, domain: &str) -> Box<str> {
    if sid.starts_with("S-1-5-21-") {
        format!("sid:{sid}").into()
    } else {
        format!("sid:{domain}:{sid}").into()
    }
}

/// The key of a service principal name.
pub(super) fn spn_key(spn: &str) -> Box<str> {
    format!("spn:{}", spn.to_lowercase()).into()
}

impl Table {
    /// Remembers an object under its keys; gives its number.
    pub(super) fn add(&mut self, known: Known, keys: impl IntoIterator<Item = Box<str>>) -> u32 {
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.push(known);
        for key in keys {
            self.keys.entry(key).or_insert(number);
        }
        number
    }

    /// Remembers a reference.
    pub(super) fn refer(&mut self, node: u32, relation: Relation, target: Box<str>) {
        if self.pending.len() >= MAX_REFERENCES {
            self.dropped += 1;
        } else {
            self.pending.push(Pending {
                node,
                relation,
                target,
            });
        }
    }

    /// The kinds of object that the file holds.
    pub(super) fn kinds(&self) -> BTreeSet<NodeKind> {
        self.known.iter().map(|known| known.node.kind).collect()
    }

    fn get(&self, number: u32) -> Option<&Known> {
        self.known.get(usize::try_from(number).ok()?)
    }

    /// Gives what was settled, object by object in the order of the file, and every object.
    pub(super) fn settle<E>(
        mut self,
        mut each: impl FnMut(&Known, Settled) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut pending = std::mem::take(&mut self.pending);
        // Stable order: by object, then by relation as the file gave them.
        pending.sort_by_key(|pending| pending.node);
        let mut pending = pending.into_iter().peekable();
        let mut memberships = HashSet::new();
        let mut outside = 0;
        for number in 0..u32::try_from(self.known.len()).unwrap_or(u32::MAX) {
            let mut settled = Settled::default();
            while let Some(reference) = pending.next_if(|reference| reference.node == number) {
                if !self.settle_one(&reference, &mut settled, &mut memberships) {
                    outside += 1;
                    if settled.outside.len() < MAX_LISTED {
                        let name = reference
                            .target
                            .split_once(':')
                            .map_or(&*reference.target, |(_, name)| name);
                        settled
                            .outside
                            .push(format!("{}: {name}", reference.relation.word()));
                    }
                }
            }
            if let Some(known) = self.get(number) {
                each(known, settled)?;
            }
        }
        Ok(outside)
    }

    /// Settles one reference; false when its target is not in the file.
    fn settle_one(
        &self,
        reference: &Pending,
        settled: &mut Settled,
        memberships: &mut HashSet<(u32, u32)>,
    ) -> bool {
        if reference.relation == Relation::Parent {
            // Without the holder in the file only the place in the tree is missing.
            settled.edges.extend(self.holder(reference));
            return true;
        }
        let Some(&number) = self.keys.get(&reference.target) else {
            if reference.relation == Relation::MemberOf {
                settled.privileged |= is_protected_by_name(&reference.target);
            }
            return false;
        };
        let (Some(node), Some(target)) = (self.get(reference.node), self.get(number)) else {
            return false;
        };
        let to = target.node.clone();
        let edge = match reference.relation {
            Relation::MemberOf | Relation::HasMember => {
                let (member, group) = match reference.relation {
                    Relation::MemberOf => (reference.node, number),
                    _ => (number, reference.node),
                };
                if reference.relation == Relation::MemberOf {
                    settled.privileged |= names::is_protected_group(&to.native_id);
                }
                if !memberships.insert((member, group)) {
                    return true;
                }
                match reference.relation {
                    Relation::MemberOf => ObservedEdge::to(EdgeKind::MemberOf, to),
                    _ => ObservedEdge::from(EdgeKind::MemberOf, to),
                }
            }
            Relation::OwnedBy => ObservedEdge::to(EdgeKind::OwnedBy, to),
            Relation::PasswordReader => {
                ObservedEdge::from(EdgeKind::Grants, to).with("action", "read_managed_password")
            }
            Relation::HostsAccount => {
                ObservedEdge::to(EdgeKind::Grants, to).with("action", "host_service_account")
            }
            Relation::DelegatesTo => {
                ObservedEdge::to(EdgeKind::Delegates, to).with("form", "constrained")
            }
            Relation::DelegatedBy => {
                ObservedEdge::from(EdgeKind::Delegates, to).with("form", "resource_based")
            }
            Relation::Parent => return true,
        };
        let (from, end) = if edge.reversed {
            (target.node.kind, node.node.kind)
        } else {
            (node.node.kind, target.node.kind)
        };
        // A group that may act for others, or the like: kept by name, not as a relation.
        if !edge.kind.allows(from, end) {
            return false;
        }
        settled.edges.push(edge);
        true
    }

    /// The nearest organisational unit or domain above a name.
    fn holder(&self, reference: &Pending) -> Option<ObservedEdge> {
        let mut rest = reference.target.strip_prefix("dn:")?;
        // Names of a directory are at most some tens of parts deep.
        for _ in 0..64 {
            if let Some(&number) = self.keys.get(format!("dn:{rest}").as_str())
                && let Some(known) = self.get(number)
                && matches!(known.node.kind, NodeKind::OrgUnit | NodeKind::Account)
            {
                return Some(ObservedEdge::from(EdgeKind::Contains, known.node.clone()));
            }
            rest = rest.split_once(',')?.1;
        }
        None
    }
}

/// Privileged groups by the English names they are created with, for an export of users without
/// groups. Only in their first places, so that a group that merely copies the name is not meant.
fn is_protected_by_name(target: &str) -> bool {
    let Some((name, rest)) = target
        .strip_prefix("dn:cn=")
        .and_then(|rest| rest.split_once(','))
    else {
        return false;
    };
    match name {
        "domain admins"
        | "enterprise admins"
        | "schema admins"
        | "key admins"
        | "enterprise key admins"
        | "domain controllers" => rest.starts_with("cn=users,dc="),
        "administrators" | "account operators" | "server operators" | "print operators"
        | "backup operators" | "replicator" => rest.starts_with("cn=builtin,dc="),
        _ => false,
    }
}

/// Lists texts as a JSON array of at most `max`, with the count of the rest.
pub(super) fn listed(texts: Vec<String>, max: usize) -> Value {
    let more = texts.len().saturating_sub(max);
    let mut list: Vec<Value> = texts.into_iter().take(max).map(Value::from).collect();
    if more > 0 {
        list.push(Value::from(format!("… and {more} more")));
    }
    Value::Array(list)
}

/// Extra words by key, empty ones left out.
pub(super) fn words(pairs: Vec<(&str, Value)>) -> BTreeMap<String, Value> {
    pairs
        .into_iter()
        .filter(|(_, value)| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        })
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_names() {
        assert_eq!(&*dn_key("CN=A B, OU=x,DC=Lab"), "dn:cn=a b,ou=x,dc=lab");
        assert_eq!(&*dn_key("<GUID=1>;<SID=S-1>;CN=a,DC=b"), "dn:cn=a,dc=b");
        assert_ne!(
            sid_key("S-1-5-32-544", "a.test"),
            sid_key("S-1-5-32-544", "b.test")
        );
    }

    #[test]
    fn only_the_first_places_count() {
        assert!(is_protected_by_name(
            "dn:cn=domain admins,cn=users,dc=lab,dc=test"
        ));
        assert!(!is_protected_by_name(
            "dn:cn=domain admins,ou=fakes,dc=lab,dc=test"
        ));
        assert!(is_protected_by_name(
            "dn:cn=administrators,cn=builtin,dc=lab"
        ));
    }
}
