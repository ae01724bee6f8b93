//! What it can reach: what sources state, marked as the part it is. Effective access after denies,
//! boundaries and conditions is another computation.

use inventory::read::{Direction, RecordEdge};
use serde::Serialize;

use super::gather::{Gathered, IN, OUT};
use super::{count, some, stated};
use crate::query::views::{Evidence, Named};

/// The answer to "what can it reach".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reach {
    /// `partial` when something is known, else `unknown`. Never complete in this version.
    pub state: &'static str,
    /// One sentence.
    pub summary: String,
    /// What is known.
    pub items: Vec<ReachItem>,
    /// True when there is more than is listed.
    pub more: bool,
    /// What would make it known.
    pub to_know: String,
    /// Which source said what.
    pub evidence: Vec<Evidence>,
}

/// One thing that is granted, reached or trusts it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReachItem {
    /// How, for example `has role`.
    pub how: &'static str,
    /// What.
    pub thing: Named,
    /// Through which identities, groups or roles, nearest first.
    pub through: Vec<Named>,
    /// What the source says about it: the statement, binding or scope.
    pub statement: serde_json::Map<String, serde_json::Value>,
}

/// Items listed; a person reads no more, and `more` says that there are.
const LISTED: usize = 200;

/// Relations that give or show access, seen from the one who has it.
const KINDS: &[(&str, Direction, &str)] = &[
    ("has_role", OUT, "has role"),
    ("member_of", OUT, "is member of"),
    ("grants", OUT, "is granted"),
    ("attached_policy", OUT, "has policy"),
    ("bounded_by", OUT, "is bounded by"),
    ("constrained_by", OUT, "is constrained by"),
    ("delegates", OUT, "may act for others towards"),
    ("consumes", OUT, "acts through"),
    ("connects_to", OUT, "is configured to call"),
    ("logged_use", OUT, "was seen at"),
    ("trusts", IN, "is trusted by"),
    ("authenticates", OUT, "signs in as"),
    ("rotates", OUT, "replaces"),
];

pub(super) fn answer(gathered: &Gathered) -> Reach {
    let mut items = Vec::new();
    let mut evidence = Vec::new();
    collect(&gathered.record.edges, &[], &mut items, &mut evidence);
    bundles(
        gathered,
        &gathered.record.edges,
        &[],
        &mut items,
        &mut evidence,
    );
    for identity in &gathered.identities {
        let through = [Named::from(&identity.node)];
        collect(&identity.edges, &through, &mut items, &mut evidence);
        bundles(
            gathered,
            &identity.edges,
            &through,
            &mut items,
            &mut evidence,
        );
    }
    let more = gathered.cut || items.len() > LISTED;
    let summary = summary(gathered, &items);
    items.truncate(LISTED);
    evidence.truncate(LISTED);
    Reach {
        state: if items.is_empty() {
            "unknown"
        } else {
            "partial"
        },
        summary,
        items,
        more,
        to_know: to_know(gathered).to_owned(),
        evidence,
    }
}

fn collect(
    edges: &[RecordEdge],
    through: &[Named],
    items: &mut Vec<ReachItem>,
    evidence: &mut Vec<Evidence>,
) {
    for edge in edges {
        let Some((_, _, how)) = KINDS
            .iter()
            .find(|(kind, way, _)| edge.kind == *kind && edge.direction == *way)
        else {
            continue;
        };
        let thing = Named::from(&edge.other);
        evidence.push(stated(format!("{how} {}", thing.label()), edge));
        let item = ReachItem {
            how,
            thing,
            through: through.to_vec(),
            statement: edge.attributes.clone(),
        };
        if !items.contains(&item) {
            items.push(item);
        }
    }
}

/// What the groups and roles of these relations give in turn.
fn bundles(
    gathered: &Gathered,
    edges: &[RecordEdge],
    through: &[Named],
    items: &mut Vec<ReachItem>,
    evidence: &mut Vec<Evidence>,
) {
    let mut done = std::collections::BTreeSet::new();
    for edge in edges {
        let leads = matches!(edge.kind.as_str(), "member_of" | "has_role") && edge.direction == OUT;
        if !leads || !done.insert(edge.other.key) {
            continue;
        }
        if let Some(bundle) = gathered.bundles.get(&edge.other.key) {
            let mut path = through.to_vec();
            path.push(Named::from(&bundle.node));
            collect(&bundle.edges, &path, items, evidence);
        }
    }
}

fn summary(gathered: &Gathered, items: &[ReachItem]) -> String {
    const NOT: &str = "effective access is not computed by this version";
    if items.is_empty() {
        return format!(
            "unknown: none of its sources states what this {} may do, which is not proof of no access; {NOT}",
            gathered.sort()
        );
    }
    let mut parts = Vec::new();
    for (_, _, how) in KINDS {
        let mut names: Vec<String> = items
            .iter()
            .filter(|item| item.how == *how)
            .map(|item| item.thing.name.clone())
            .collect();
        names.sort();
        names.dedup();
        if !names.is_empty() {
            parts.push(format!("{how} {}", some(&names, 3)));
        }
    }
    format!(
        "known so far, {}: {}; {NOT}",
        count(items.len(), "statement"),
        parts.join("; ")
    )
}

/// What to read for the rest, by provider.
fn to_know(gathered: &Gathered) -> &'static str {
    match gathered.record.node.provider.as_str() {
        "aws" => {
            "import `aws iam get-account-authorization-details` of the account, its organisation's policies (SCP, RCP) \
             and resource policies"
        }
        "gcp" => "import the IAM policies of its project, folders and organisation",
        "entra" => {
            "import the app role assignments, directory roles and Azure role assignments of its tenant"
        }
        "kubernetes" => {
            "import `kubectl get roles,clusterroles,rolebindings,clusterrolebindings -A -o json` of its cluster"
        }
        "ad" => {
            "import group memberships and access control lists of its domain (LDIF or SharpHound)"
        }
        "host" | "agent" => "scan the host as root, and import what its credentials belong to",
        _ => {
            "import the identity it proves and that identity's policies; for a token, its issuer's list of tokens with \
             scopes"
        }
    }
}
