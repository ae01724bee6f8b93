//! Who answers for something. A person and a team make it governed. What a person assigned stands in
//! the place of what a source states for the same role; who created a thing is not thereby its
//! owner. "Nobody" is said only when no source that knows owners failed to look.

use graph::{Edge, NodeIx};
use model::labels::{Basis, Owner, OwnerRole, OwnerState};
use model::{Class, EdgeKind, NodeKind, Status};

use super::{Case, why};
use crate::apply::sources::BY_HAND;

/// An owner without texts.
#[derive(Clone, Copy)]
struct Party<'a> {
    case: Case<'a>,
    role: OwnerRole,
    /// True for a person, false for a team; `None` for an account of which nobody says.
    person: Option<bool>,
    basis: Basis,
    edge: Option<&'a Edge>,
    /// Through which other record it is the owner.
    through: Option<NodeIx>,
}

impl Party<'_> {
    /// True when the person has left: switched off, deleted or no longer shown by any source.
    fn left(self) -> bool {
        let node = self.case.node;
        self.person != Some(false)
            && (node.retired || matches!(node.status, Some(Status::Disabled | Status::Deleted)))
    }

    /// The place that one word by hand replaces.
    fn slot(self) -> u8 {
        1 << ((self.role as u8) * 2 + u8::from(self.person == Some(true)))
    }
}

/// How far it has an owner.
pub(super) fn state(case: Case<'_>) -> OwnerState {
    let (mut person, mut team, mut left, mut unclear) = (false, false, false, false);
    each(case, |party| match party.person {
        Some(true) | None if party.left() => left = true,
        Some(true) => person = true,
        Some(false) => team |= !party.case.node.retired,
        None => unclear = true,
    });
    match (person, team) {
        (true, true) => OwnerState::Governed,
        (true, false) => OwnerState::PersonOnly,
        (false, _) if left => OwnerState::OwnerLeft,
        (false, true) => OwnerState::TeamOnly,
        (false, false) if unclear || unread(case) => OwnerState::Unknown,
        // Somebody is named whom no record shows.
        (false, false) if !case.node.owner.is_none() => OwnerState::Unknown,
        (false, false) => OwnerState::Unowned,
    }
}

/// The name of the owner who is asked about it; nobody who has left.
pub(super) fn asked<'a>(case: Case<'a>) -> Option<&'a str> {
    let mut first: Option<(u8, bool, &'a str)> = None;
    each(case, |party| {
        let one = (
            party.role.turn(),
            party.person != Some(true),
            party.case.name(),
        );
        if !party.left() && first.is_none_or(|known| one < known) {
            first = Some(one);
        }
    });
    first.map(|(_, _, name)| name)
}

/// Every owner, persons first, by role.
pub(super) fn list(case: Case<'_>) -> Vec<Owner> {
    let mut owners = Vec::new();
    each(case, |party| owners.push(owner(case, party)));
    owners.sort_by(|a, b| {
        (a.basis, a.role, !a.person, &a.name, a.id)
            .cmp(&(b.basis, b.role, !b.person, &b.name, b.id))
    });
    // Several sources may state one owner: one line with all their evidence.
    owners.dedup_by(|b, a| {
        let same = (a.basis, a.role, a.id) == (b.basis, b.role, b.id);
        if same {
            a.evidence.append(&mut b.evidence);
        }
        same
    });
    owners
}

fn owner(of: Case<'_>, party: Party<'_>) -> Owner {
    let (estate, name) = (of.estate, party.case.name());
    let through = party.through.and_then(|ix| of.of(ix)).map(Case::name);
    let whose = through.map_or_else(String::new, |through| {
        format!("`{through}`, to which it belongs, ")
    });
    let evidence = match party.edge {
        Some(edge) if edge.kind == EdgeKind::SponsoredBy => {
            why::of_edge(estate, edge, format!("{whose}is sponsored by `{name}`"))
        }
        Some(edge) => {
            let said = estate
                .opt_text(edge.attributes)
                .map_or_else(String::new, |said| format!(" {said}"));
            why::of_edge(estate, edge, format!("{whose}is owned by `{name}`{said}"))
        }
        None => why::of_node(
            estate,
            party.through.unwrap_or(of.ix),
            format!(
                "{whose}declares the owner `{}`",
                estate.text(declared(of, party))
            ),
        ),
    };
    Owner {
        id: party.case.node.id,
        name: name.to_owned(),
        role: party.role,
        person: party.person == Some(true),
        left: party.left(),
        basis: party.basis,
        evidence: vec![evidence],
    }
}

fn declared(of: Case<'_>, party: Party<'_>) -> graph::Text {
    let declaring = party.through.and_then(|ix| of.of(ix)).unwrap_or(of);
    declaring.node.owner
}

/// Shows every owner: its own, else those of what it proves or belongs to.
fn each<'a>(case: Case<'a>, mut show: impl FnMut(Party<'a>)) {
    if own(case, None, &mut show) {
        return;
    }
    if case.is(NodeKind::Credential) {
        for (_, identity) in case.targets(EdgeKind::Authenticates) {
            if !own(identity, Some(identity.ix), &mut show) {
                of_applications(identity, &mut show);
            }
        }
        return;
    }
    of_applications(case, &mut show);
}

fn of_applications<'a>(case: Case<'a>, show: &mut impl FnMut(Party<'a>)) {
    for (_, whole) in case.targets(EdgeKind::PartOf) {
        if whole.is(NodeKind::Application) {
            own(whole, Some(whole.ix), show);
        }
    }
}

/// Shows the owners a record itself has; true when there is one.
fn own<'a>(case: Case<'a>, through: Option<NodeIx>, show: &mut impl FnMut(Party<'a>)) -> bool {
    let mut by_hand = 0_u8;
    let mut any = false;
    for hand in [true, false] {
        let owned = case.targets(EdgeKind::OwnedBy);
        for (edge, other) in owned.chain(case.targets(EdgeKind::SponsoredBy)) {
            let Some(party) = party(case, edge, other, through) else {
                continue;
            };
            if (party.basis == Basis::Hand) != hand {
                continue;
            }
            if hand {
                by_hand |= party.slot();
            } else if by_hand & party.slot() != 0 {
                continue;
            }
            any = true;
            show(party);
        }
    }
    if !any
        && let Some(meant) = case.facts.people.meant(case.node.owner)
        && let Some(other) = case.of(meant)
    {
        show(Party {
            case: other,
            role: OwnerRole::Technical,
            person: is_person(other),
            basis: Basis::Rule,
            edge: None,
            through,
        });
        return true;
    }
    any
}

fn party<'a>(
    of: Case<'a>,
    edge: &'a Edge,
    other: Case<'a>,
    through: Option<NodeIx>,
) -> Option<Party<'a>> {
    // A machine answers for nothing.
    if other.is(NodeKind::Identity) && other.node.class.is_some_and(|class| class != Class::Human) {
        return None;
    }
    let attributes = of.estate.text(edge.attributes);
    let source = of.estate.sources().get(edge.source as usize);
    let basis = if source.is_some_and(|source| source.connector == BY_HAND) {
        Basis::Hand
    } else if attributes.contains("\"basis\":\"home_directory\"") {
        Basis::Rule
    } else {
        Basis::Stated
    };
    Some(Party {
        case: other,
        role: role(edge.kind, attributes),
        person: is_person(other),
        basis,
        edge: Some(edge),
        through,
    })
}

fn is_person(case: Case<'_>) -> Option<bool> {
    match (case.node.kind, case.node.class) {
        (NodeKind::Person, _) | (NodeKind::Identity, Some(Class::Human)) => Some(true),
        (NodeKind::Team | NodeKind::Group, _) => Some(false),
        _ => None,
    }
}

/// The role a relation states. Who is listed as the owner at a provider operates the thing; who
/// sponsors it decides on it.
fn role(kind: EdgeKind, attributes: &str) -> OwnerRole {
    let stated = |role: &&OwnerRole| {
        attributes
            .split_once("\"role\":\"")
            .is_some_and(|(_, rest)| rest.split('"').next() == Some(role.name()))
    };
    OwnerRole::ALL
        .iter()
        .find(stated)
        .copied()
        .unwrap_or(match kind {
            EdgeKind::SponsoredBy => OwnerRole::Business,
            _ => OwnerRole::Technical,
        })
}

/// True when a source that would know owners was not read: one that shows the record, or any that
/// reads people.
fn unread(case: Case<'_>) -> bool {
    let flags = &case.facts.owners_unread;
    let mut shown = case.estate.source_numbers(case.ix).iter();
    shown.any(|source| flags.get(*source as usize) == Some(&true)) || case.facts.people_unread
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::{Table, judged};
    use model::labels::{Basis, OwnerRole, OwnerState};

    #[test]
    fn a_person_and_a_team_make_it_governed() {
        use OwnerState::{Governed, OwnerLeft, PersonOnly, TeamOnly, Unknown, Unowned};
        let table = Table::of(|labels| labels.owner);
        let ann = "person:ann\nidentity:a -owned_by-> person:ann\n";
        let team = "team:pay\nidentity:a -owned_by-> team:pay\n";
        table.row("identity:a", Unowned);
        table.row("identity:a -created_by-> person:ann", Unowned);
        table.row(
            "identity:bot class=machine\nidentity:a -owned_by-> identity:bot",
            Unowned,
        );
        table.row("identity:a -owned_by-> identity:somebody", Unknown);
        table.row(ann, PersonOnly);
        table.row(
            "identity:ann class=human\nidentity:a -owned_by-> identity:ann",
            PersonOnly,
        );
        table.row(team, TeamOnly);
        table.row("identity:a -owned_by-> group:pay", TeamOnly);
        table.row(&format!("{ann}{team}"), Governed);
        table.row(
            "person:ann status=disabled\nidentity:a -owned_by-> person:ann",
            OwnerLeft,
        );
        table.row(
            &format!("{team}person:ann +retired\nidentity:a -owned_by-> person:ann"),
            OwnerLeft,
        );
        table.row("person:ann status=deleted\nperson:bob\nidentity:a -owned_by-> person:ann\nidentity:a -owned_by-> person:bob", PersonOnly);
    }

    #[test]
    fn nobody_is_said_only_when_all_who_know_were_asked() {
        use OwnerState::{TeamOnly, Unknown, Unowned};
        let table = Table::of(|labels| labels.owner);
        table.row(
            "identity:a\ngap person inventory denied no permission",
            Unknown,
        );
        table.row("identity:a\ngap identity owners failed timeout", Unknown);
        table.row("identity:a\ngap identity usage denied no log", Unowned);
        table.row("identity:a owner=\"somebody unheard of\"", Unknown);
        table.row("team:t name=Payments\nidentity:a owner=payments", TeamOnly);
    }

    #[test]
    fn a_declared_owner_is_matched_as_a_whole_and_only_when_clear() {
        use OwnerState::{PersonOnly, Unknown};
        let table = Table::of(|labels| labels.owner);
        table.row(
            "person:ann@example.com\nidentity:a owner=\"Ann <Ann@Example.com>\"",
            PersonOnly,
        );
        table.row("person:ann@example.com\nidentity:a owner=ann", Unknown);
        table.row(
            "person:x name=Ann\nperson:y name=Ann\nidentity:a owner=Ann",
            Unknown,
        );
        table.row(
            "identity:u class=human name=ann@example.com\nidentity:a owner=mailto:ann@example.com",
            PersonOnly,
        );
        let owners = judged(
            "person:ann@example.com\nidentity:a owner=ann@example.com",
            "identity:a",
        )
        .owners;
        assert_eq!(
            (owners[0].basis, owners[0].role),
            (Basis::Rule, OwnerRole::Technical)
        );
        assert!(owners[0].evidence[0].what.contains("declares the owner"));
    }

    #[test]
    fn a_hand_stands_in_the_place_of_a_source_for_the_same_role() {
        let text = "person:ann\nperson:bob\nperson:eve status=disabled\nteam:pay\n\
                    identity:a -owned_by-> person:eve\nidentity:a -owned_by-> team:pay\n\
                    identity:a -owned_by-> person:bob {\"role\":\"business\"}\n\
                    hand identity:a -owned_by-> person:ann {\"role\":\"technical\"}";
        let whole = judged(text, "identity:a");
        assert_eq!(whole.owner_state, OwnerState::Governed);
        let said: Vec<_> = whole
            .owners
            .iter()
            .map(|owner| (owner.name.as_str(), owner.role, owner.basis))
            .collect();
        assert_eq!(
            said,
            [
                ("ann", OwnerRole::Technical, Basis::Hand),
                ("bob", OwnerRole::Business, Basis::Stated),
                ("pay", OwnerRole::Technical, Basis::Stated),
            ]
        );
    }

    #[test]
    fn a_credential_is_owned_with_what_it_proves() {
        let table = Table::on("credential:k", |labels| labels.owner);
        let proves = "credential:k -authenticates-> identity:a\nperson:ann\nteam:t\n";
        table.row(
            &format!("{proves}identity:a -owned_by-> person:ann"),
            OwnerState::PersonOnly,
        );
        table.row(
            &format!("{proves}identity:a -owned_by-> person:ann\ncredential:k -owned_by-> team:t"),
            OwnerState::TeamOnly,
        );
        table.row(
            &format!(
                "{proves}identity:a -part_of-> application:x\napplication:x -owned_by-> team:t"
            ),
            OwnerState::TeamOnly,
        );
        let owners = judged(
            &format!("{proves}identity:a -owned_by-> person:ann"),
            "credential:k",
        )
        .owners;
        assert!(
            owners[0].evidence[0]
                .what
                .starts_with("`a`, to which it belongs"),
            "{owners:?}"
        );
    }
}
