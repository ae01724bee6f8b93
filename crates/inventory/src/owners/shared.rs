//! Creators that speak for nobody: pipelines, automation, and accounts that create for everybody.

use std::collections::{BTreeSet, HashMap};

use graph::{Estate, NodeIx};
use model::{Class, EdgeKind, NodeKind};

use super::people::plain;
use super::proof::name_of;

/// From so many creations on a creator may be one for all; a busy engineer creates a handful a year.
const MANY: usize = 10;

/// Across so many applications or teams: nobody works for more at once.
const GROUPS: usize = 3;

/// Words in the name of what acts for others.
const AUTOMATION: &[&str] = &[
    "terraform",
    "pulumi",
    "ansible",
    "jenkins",
    "gitlab",
    "github",
    "actions",
    "ci",
    "cd",
    "cicd",
    "pipeline",
    "runner",
    "bot",
    "automation",
    "provisioner",
    "deployer",
    "argocd",
    "flux",
    "spinnaker",
    "svc",
    "service",
    "system",
    "renovate",
    "dependabot",
    "noreply",
];

/// Words in the name of an account that several people hold.
const SHARED: &[&str] = &[
    "admin",
    "administrator",
    "root",
    "breakglass",
    "emergency",
    "shared",
    "superuser",
    "sysadmin",
    "helpdesk",
    "operator",
];

/// How much each creator made, and for how many.
#[derive(Debug, Default)]
pub(super) struct Creators {
    made: HashMap<NodeIx, (usize, usize)>,
}

impl Creators {
    pub(super) fn of(estate: &Estate) -> Self {
        let mut made = HashMap::new();
        for ix in estate.indices() {
            let edges = estate.into_by(ix, EdgeKind::CreatedBy);
            if edges.len() < MANY {
                continue;
            }
            let things: BTreeSet<NodeIx> = edges.iter().map(|edge| edge.other).collect();
            let groups: BTreeSet<String> = things
                .iter()
                .filter_map(|thing| group(estate, *thing))
                .collect();
            made.insert(ix, (things.len(), groups.len()));
        }
        Self { made }
    }

    /// Why a creator says nothing about owners; `None` when it does.
    pub(super) fn why_not(&self, estate: &Estate, ix: NodeIx) -> Option<String> {
        let node = estate.node(ix)?;
        let name = name_of(estate, ix);
        if matches!(
            node.kind,
            NodeKind::Workload | NodeKind::Pipeline | NodeKind::Runner
        ) {
            return Some(format!(
                "`{name}` is a pipeline: it creates for whoever asks"
            ));
        }
        if node.kind == NodeKind::Identity && node.class.is_some_and(|class| class != Class::Human)
        {
            return Some(format!(
                "`{name}` is no person: it creates for whoever runs it"
            ));
        }
        why_not_name(name).or_else(|| {
            let (things, groups) = self.made.get(&ix)?;
            (*things >= MANY && *groups >= GROUPS).then(|| {
                format!("`{name}` created {things} things of {groups} applications or teams: a shared creator")
            })
        })
    }
}

/// Why a name is that of a machine or of several people.
pub(super) fn why_not_name(name: &str) -> Option<String> {
    let local = name.split('@').next().unwrap_or(name);
    let plain = plain(local);
    let has = |words: &[&str]| {
        plain.split('-').any(|word| words.contains(&word))
            || words.contains(&plain.replace('-', "").as_str())
    };
    if has(AUTOMATION) {
        return Some(format!("`{name}` is named as automation"));
    }
    has(SHARED).then(|| format!("`{name}` is named as an account that several people hold"))
}

/// What a thing belongs to, in the best words at hand.
fn group(estate: &Estate, ix: NodeIx) -> Option<String> {
    let node = estate.node(ix)?;
    let part = estate.out_by(ix, EdgeKind::PartOf).iter().find(|edge| {
        estate
            .node(edge.other)
            .is_some_and(|node| node.kind == NodeKind::Application)
    });
    part.map(|edge| name_of(estate, edge.other))
        .or(estate.opt_text(node.application))
        .or(estate.opt_text(node.owner))
        .or(estate.opt_text(node.tenant))
        .map(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_machines_and_of_several() {
        for name in [
            "terraform-prod",
            "github-actions[bot]",
            "break-glass@corp.com",
            "Administrator",
            "ci",
        ] {
            assert!(why_not_name(name).is_some(), "{name}");
        }
        for name in ["ann.lee@corp.com", "Marci Cid", "robot.smith"] {
            assert!(why_not_name(name).is_none(), "{name}");
        }
    }
}
