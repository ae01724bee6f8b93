//! How the objects of a BloodHound file are related.

use model::{EdgeKind, NodeKind, NodeRef, ObservedEdge};
use serde_json::Value;

use super::super::binary::guid_text;
use super::super::names;
use super::objects::{Object, Principal, Trust};

/// The most relations read of one list.
const MAX_EDGES: usize = 1_000_000;

pub(super) fn edges(object: &Object, domain: &str, kind: NodeKind) -> Vec<ObservedEdge> {
    let mut edges = Vec::new();
    if let Some(sid) = &object.primary_group_sid
        && kind == NodeKind::Identity
    {
        let group = names::principal(NodeKind::Group, strip_domain(sid), domain);
        edges.push(ObservedEdge::to(EdgeKind::MemberOf, group).with("primary", true));
    }
    if let Some(sid) = names::domain_sid(strip_domain(&object.object_identifier)) {
        edges.push(ObservedEdge::to(EdgeKind::PartOf, names::domain(sid)));
    }
    if let Some((holder, node)) = object.contained_by.as_ref().and_then(|by| by.node(domain))
        && EdgeKind::Contains.allows(holder, kind)
    {
        edges.push(ObservedEdge::from(EdgeKind::Contains, node));
    }
    let mut add = |list: &Option<Vec<Principal>>, make: &dyn Fn(NodeRef) -> ObservedEdge| {
        for principal in list.iter().flatten().take(MAX_EDGES) {
            if let Some((other, node)) = principal.node(domain) {
                let edge = make(node);
                let (from, to) = if edge.reversed {
                    (other, kind)
                } else {
                    (kind, other)
                };
                if edge.kind.allows(from, to) {
                    edges.push(edge);
                }
            }
        }
    };
    add(&object.members, &|node| {
        ObservedEdge::from(EdgeKind::MemberOf, node)
    });
    add(&object.allowed_to_act, &|node| {
        ObservedEdge::from(EdgeKind::Delegates, node).with("form", "resource_based")
    });
    add(&object.dump_smsa_password, &|node| {
        ObservedEdge::to(EdgeKind::Grants, node).with("action", "host_service_account")
    });
    let delegations: Option<Vec<Principal>> = object.allowed_to_delegate.as_ref().map(|list| {
        list.iter()
            .filter_map(|value| serde_json::from_value(value.clone()).ok())
            .collect()
    });
    add(&delegations, &|node| {
        ObservedEdge::to(EdgeKind::Delegates, node).with("form", "constrained")
    });
    if kind == NodeKind::Identity {
        edges.extend(local_administrators(object, domain));
    }
    edges
}

/// Members of the local Administrators group of a computer.
fn local_administrators(object: &Object, domain: &str) -> Vec<ObservedEdge> {
    object
        .local_groups
        .iter()
        .flatten()
        .filter(|group| {
            group
                .get("ObjectIdentifier")
                .and_then(Value::as_str)
                .is_some_and(|id| id.ends_with("-32-544") || id.ends_with("-544"))
        })
        .filter_map(|group| group.get("Results").and_then(Value::as_array))
        .flatten()
        .filter_map(|member| serde_json::from_value::<Principal>(member.clone()).ok())
        .filter_map(|member| member.node(domain))
        .map(|(_, node)| {
            ObservedEdge::from(EdgeKind::Grants, node).with("action", "local_administrator")
        })
        .collect()
}

pub(super) fn trust_edges(trust: &Trust) -> Vec<ObservedEdge> {
    let Some(sid) = &trust.target_domain_sid else {
        return Vec::new();
    };
    // Written as a word, or as the number of the directory by older collectors.
    let (inbound, outbound) = match &trust.trust_direction {
        Some(Value::String(word)) => match word.as_str() {
            "Inbound" => (true, false),
            "Outbound" => (false, true),
            "Bidirectional" => (true, true),
            _ => (false, false),
        },
        Some(Value::Number(number)) => {
            let bits = number.as_u64().unwrap_or(0);
            (bits & 1 != 0, bits & 2 != 0)
        }
        _ => (false, false),
    };
    let mut words = trust.rest.clone();
    if let Some(name) = &trust.target_domain_name {
        words.insert("target_domain_name".to_owned(), Value::from(name.as_str()));
    }
    let mut edges = Vec::new();
    if outbound {
        edges.push(ObservedEdge::to(EdgeKind::Trusts, names::domain(sid)));
    }
    if inbound {
        edges.push(ObservedEdge::from(EdgeKind::Trusts, names::domain(sid)));
    }
    for edge in &mut edges {
        edge.attributes.clone_from(&words);
    }
    edges
}

impl Principal {
    /// Names the other end by its identifier and type; `None` for types that are no node here.
    fn node(&self, domain: &str) -> Option<(NodeKind, NodeRef)> {
        named(
            self.object_identifier.as_deref()?,
            self.object_type.as_deref()?,
            domain,
        )
    }
}

pub(super) fn named(id: &str, kind: &str, domain: &str) -> Option<(NodeKind, NodeRef)> {
    let kind = match kind {
        "User" | "Computer" => NodeKind::Identity,
        "Group" => NodeKind::Group,
        "OU" => NodeKind::OrgUnit,
        "Domain" => NodeKind::Account,
        _ => return None,
    };
    let node = match kind {
        NodeKind::Account => names::domain(id),
        NodeKind::OrgUnit => names::object(kind, &guid_text(id).unwrap_or_else(|| id.to_owned())),
        _ => {
            // `LAB.TEST-S-1-5-32-544`: a built-in SID under the domain that it is of.
            let sid = strip_domain(id);
            let prefix = id
                .strip_suffix(sid)
                .map(|prefix| prefix.trim_end_matches('-'))
                .filter(|prefix| !prefix.is_empty())
                .unwrap_or(domain);
            names::principal(kind, sid, prefix)
        }
    };
    Some((kind, node))
}

/// The SID in an identifier that may carry the name of its domain before it.
pub(super) fn strip_domain(id: &str) -> &str {
    id.find("S-1-").and_then(|at| id.get(at..)).unwrap_or(id)
}
