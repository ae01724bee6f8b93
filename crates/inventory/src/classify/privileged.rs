//! Whether something can do what an administrator can: declared, or through a role, policy or group
//! that says so. An agent can until a person says otherwise. "No" is said only when what is granted
//! was read and nothing in it is privileged.

use std::collections::BTreeSet;

use graph::{Edge, Estate, NodeIx};
use model::labels::SaidFact;
use model::{Class, EdgeKind, NodeKind, Signal};

use super::{Case, Found, Why};

/// How deep groups in groups and roles in roles are followed; directories rarely nest deeper than
/// five, and a circle must end.
const MAX_DEPTH: usize = 8;

/// How many roles, policies and groups are looked at for one of them.
const MAX_VISITED: usize = 1_000;

/// Relations along which power comes.
const GIVES: [EdgeKind; 4] = [
    EdgeKind::HasRole,
    EdgeKind::AttachedPolicy,
    EdgeKind::MemberOf,
    EdgeKind::Grants,
];

/// What something gives to whom it is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Power {
    /// Everything, as its source says.
    Everything,
    /// Less, as far as its sources read all of it.
    Less,
    /// Nobody can tell.
    #[default]
    Unknown,
}

/// What each role, policy and group gives, with what they are bound to themselves.
pub(super) fn powers(estate: &Estate) -> Vec<Power> {
    let mut powers = Vec::with_capacity(estate.len());
    powers.extend(estate.indices().map(|ix| power(estate, ix)));
    powers
}

fn power(estate: &Estate, ix: NodeIx) -> Power {
    if !estate.node(ix).is_some_and(|node| gives(node.kind)) {
        return Power::Unknown;
    }
    let mut visited = BTreeSet::from([ix]);
    let mut level = vec![ix];
    let (mut all_read, mut any_read) = (true, false);
    for _ in 0..MAX_DEPTH {
        let mut next = Vec::new();
        for at in level {
            match own_power(estate, at) {
                Some(true) => return Power::Everything,
                // A group says nothing of itself: it gives what is bound to it.
                None if !has_bonds(estate, at) => all_read = false,
                None => {}
                Some(false) => any_read = true,
            }
            for edge in bonds(estate, at) {
                if visited.len() < MAX_VISITED && visited.insert(edge.other) {
                    next.push(edge.other);
                }
            }
        }
        level = next;
    }
    if all_read && any_read && level.is_empty() && visited.len() < MAX_VISITED {
        Power::Less
    } else {
        Power::Unknown
    }
}

fn gives(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Role | NodeKind::Policy | NodeKind::Group)
}

/// What a source says of the thing itself.
fn own_power(estate: &Estate, ix: NodeIx) -> Option<bool> {
    let node = estate.node(ix)?;
    let everything = node.signals.get(Signal::GrantsEverything);
    match (node.declared_privileged, everything) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, None) => None,
    }
}

/// The roles, policies and groups something is bound to.
fn bonds(estate: &Estate, ix: NodeIx) -> impl Iterator<Item = &Edge> {
    let edges = GIVES.iter().flat_map(move |kind| estate.out_by(ix, *kind));
    edges.filter(|edge| estate.node(edge.other).is_some_and(|node| gives(node.kind)))
}

fn has_bonds(estate: &Estate, ix: NodeIx) -> bool {
    bonds(estate, ix).next().is_some()
}

pub(super) fn judge(case: Case<'_>, why: &mut Why<'_>) -> Found<bool> {
    if let Some((answer, said)) = case.answered(SaidFact::Privileged) {
        why.said(said);
        return Found::hand(answer);
    }
    let through = match case.node.kind {
        NodeKind::Credential => EdgeKind::Authenticates,
        NodeKind::Workload => EdgeKind::RunsAs,
        _ => return own(case, why),
    };
    let found = own(case, why);
    if found.value() == Some(&true) {
        return found;
    }
    let (mut none, mut unknown) = (0, 0);
    for (edge, identity) in case.targets(through) {
        let answer = match identity.answered(SaidFact::Privileged) {
            Some((answer, said)) => {
                why.said(said);
                Some(answer)
            }
            None => own(identity, why).value().copied(),
        };
        match answer {
            Some(true) => {
                why.edge(edge, || {
                    format!("acts as `{}`, which is privileged", identity.name())
                });
                return Found::concluded(true, "acts-as-a-privileged-identity");
            }
            Some(false) => none += 1,
            None => unknown += 1,
        }
    }
    match (none, unknown) {
        (0, _) => found,
        (_, 0) => Found::concluded(false, "acts-as-identities-without-privileges"),
        _ => Found::Unknown("of an identity it acts as nobody can tell"),
    }
}

/// What the record itself says and is bound to.
fn own(case: Case<'_>, why: &mut Why<'_>) -> Found<bool> {
    let estate = case.estate;
    if own_power(estate, case.ix) == Some(true) {
        why.node(case.ix, || {
            format!(
                "`{}` is called privileged or may do everything",
                case.name()
            )
        });
        return Found::stated(true);
    }
    let mut bound = 0;
    let mut all_read = true;
    for edge in bonds(estate, case.ix) {
        bound += 1;
        match case.facts.power.get(edge.other.0 as usize) {
            Some(Power::Everything) => {
                let name = case.of(edge.other).map_or("", Case::name);
                why.edge(edge, || {
                    format!(
                        "`{}` {} `{name}`, which may do everything",
                        case.name(),
                        edge.kind
                    )
                });
                return Found::concluded(true, "bound-to-what-may-do-everything");
            }
            Some(Power::Less) => {}
            Some(Power::Unknown) | None => all_read = false,
        }
    }
    if case.node.class == Some(Class::Agent) {
        why.node(case.ix, || {
            format!("`{}` is an AI agent and nobody lowered it", case.name())
        });
        return Found::concluded(true, "agents-are-privileged-until-reviewed");
    }
    if case.node.declared_privileged == Some(false) {
        why.node(case.ix, || {
            format!("`{}` is called not privileged", case.name())
        });
        return Found::stated(false);
    }
    if unread(case) {
        return Found::Unknown("a source could not read what is granted to it");
    }
    if bound > 0 && all_read {
        for edge in bonds(estate, case.ix) {
            let name = case.of(edge.other).map_or("", Case::name);
            why.edge(edge, || {
                format!(
                    "`{}` {} `{name}`, which may not do everything",
                    case.name(),
                    edge.kind
                )
            });
        }
        return Found::concluded(false, "nothing-bound-to-it-may-do-everything");
    }
    if own_power(estate, case.ix) == Some(false) {
        why.node(case.ix, || {
            format!("`{}` may not do everything", case.name())
        });
        return Found::stated(false);
    }
    if bound > 0 {
        Found::Unknown("not everything that is bound to it was read")
    } else {
        Found::Unknown("no source reads what is granted to it")
    }
}

/// True when a source of it could not read roles, policies or groups.
fn unread(case: Case<'_>) -> bool {
    let flags = &case.facts.grants_unread;
    let mut sources = case.estate.source_numbers(case.ix).iter();
    sources.any(|source| flags.get(*source as usize) == Some(&true))
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::{Table, judged};
    use model::labels::{Basis, Verdict};

    #[test]
    fn power_is_declared_bound_or_unknown() {
        let table = Table::of(|labels| labels.privileged);
        table.row("identity:a", None);
        table.row("identity:a name=root-admin", None);
        table.row("identity:a privileged=yes", Some(true));
        table.row("identity:a privileged=no", Some(false));
        table.row("identity:a +grants_everything", Some(true));
        table.row(
            "role:r +grants_everything\nidentity:a -has_role-> role:r",
            Some(true),
        );
        table.row(
            "role:r -grants_everything\nidentity:a -has_role-> role:r",
            Some(false),
        );
        table.row("identity:a -has_role-> role:r", None);
        table.row("role:r -grants_everything\nidentity:a -has_role-> role:r\nidentity:a -has_role-> role:s", None);
        table.row("role:r -grants_everything\nidentity:a\nidentity:a -has_role-> role:r\ngap role inventory denied no permission", None);
        table.row("policy:p privileged=yes\nidentity:a -attached_policy-> policy:p\nidentity:a privileged=no", Some(true));
        table.row("role:r\npolicy:p +grants_everything\nrole:r -attached_policy-> policy:p\nidentity:a -has_role-> role:r", Some(true));
    }

    #[test]
    fn groups_are_followed_through_each_other_and_circles_end() {
        let table = Table::of(|labels| labels.privileged);
        let nested = "identity:a -member_of-> group:x\ngroup:x -member_of-> group:y\ngroup:y -member_of-> group:x\n";
        table.row(nested, None);
        table.row(&format!("{nested}group:y privileged=yes"), Some(true));
        table.row(
            &format!("{nested}role:r +grants_everything\ngroup:y -has_role-> role:r"),
            Some(true),
        );
        table.row(
            &format!("{nested}role:r -grants_everything\ngroup:y -has_role-> role:r"),
            Some(false),
        );
        let chain = (0..20).map(|n| format!("group:g{n} -member_of-> group:g{}", n + 1));
        let deep = chain.collect::<Vec<_>>().join("\n") + "\n";
        table.row(
            &format!("identity:a -member_of-> group:g0\n{deep}group:g5 privileged=yes"),
            Some(true),
        );
        table.row(
            &format!("identity:a -member_of-> group:g0\n{deep}group:g19 privileged=yes"),
            None,
        );
    }

    #[test]
    fn an_agent_is_privileged_until_a_person_lowers_it() {
        let table = Table::of(|labels| labels.privileged);
        table.row("identity:a class=agent", Some(true));
        table.row("identity:a class=agent privileged=no", Some(true));
        table.row(
            "identity:a class=agent\nsaid identity:a privileged no",
            Some(false),
        );
        let Verdict::Known {
            basis,
            rule,
            evidence,
            ..
        } = judged("identity:a class=agent", "identity:a").privileged
        else {
            panic!()
        };
        assert_eq!(
            (basis, rule.as_str(), evidence.len()),
            (Basis::Rule, "agents-are-privileged-until-reviewed", 1)
        );
    }

    #[test]
    fn what_acts_as_an_identity_has_its_power() {
        let table = Table::on("credential:k", |labels| labels.privileged);
        let proves = "credential:k -authenticates-> identity:a\n";
        table.row(proves, None);
        table.row(&format!("{proves}identity:a privileged=yes"), Some(true));
        table.row(&format!("{proves}identity:a privileged=no"), Some(false));
        table.row(
            &format!("{proves}identity:a privileged=no\ncredential:k -authenticates-> identity:b"),
            None,
        );
        table.row(
            &format!("{proves}said identity:a privileged yes"),
            Some(true),
        );
        table.row(
            &format!("{proves}identity:a privileged=yes\nsaid credential:k privileged no"),
            Some(false),
        );
        let table = Table::on("workload:w", |labels| labels.privileged);
        table.row(
            "workload:w -runs_as-> identity:a\nidentity:a privileged=yes",
            Some(true),
        );
    }
}
