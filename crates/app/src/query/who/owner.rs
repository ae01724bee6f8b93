//! Who owns it: what sources and people state. Who created a thing is not thereby its owner.

use inventory::judgement::Verdict;
use inventory::read::RecordEdge;
use serde::Serialize;

use super::gather::{Gathered, OUT, Through};
use super::{some, stated};
use crate::query::views::{Evidence, Named};

/// The answer to "who owns it".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Owner {
    /// `known` (a person said so here), `declared` (a source says so), `unknown`.
    pub state: &'static str,
    /// One sentence.
    pub summary: String,
    /// Who.
    pub owners: Vec<Party>,
    /// Who stands near it without owning it: who created, manages or sponsors it.
    pub hints: Vec<Party>,
    /// How far it has an owner, as last judged: `governed`, `person_only`, `team_only`, `owner_left`,
    /// `unowned`, `unknown`; null before the first assessment and of what is not scored.
    pub judged: Option<String>,
    /// Who is asked about it; null when nobody can be.
    pub asked: Option<String>,
    /// What would make it known; null when it is.
    pub to_know: Option<String>,
    /// Which source said what.
    pub evidence: Vec<Evidence>,
}

/// Somebody who has to do with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Party {
    /// Their name.
    pub name: String,
    /// `declared_owner`, `owned_by`, `sponsored_by`, `managed_by`, `created_by`, `home_directory`.
    pub relation: String,
    /// Their record, when there is one.
    pub record: Option<Named>,
    /// Through which other record, when not directly.
    pub through: Option<Named>,
}

impl Owner {
    /// The answer with what was judged: who declared a thing theirs may have left since.
    pub(super) fn judged(mut self, verdict: Option<Verdict>) -> Self {
        let Some(verdict) = verdict else {
            return self;
        };
        let judged = match verdict.owner_state.as_str() {
            "governed" => "governed: a person and a team",
            "person_only" => "a person, but no team",
            "team_only" => "a team, but no person",
            "owner_left" => "who answered for it has left",
            "unowned" => "nobody answers for it",
            _ => "cannot be told",
        };
        self.summary = match (&verdict.owner, self.state) {
            (Some(asked), _) => format!("{}; judged: {judged}; asked is {asked}", self.summary),
            (None, "unknown") => self.summary,
            (None, _) => format!("{}; judged: {judged}; nobody is asked", self.summary),
        };
        self.judged = Some(verdict.owner_state);
        self.asked = verdict.owner;
        self
    }
}

pub(super) fn answer(gathered: &Gathered) -> Owner {
    let mut found = Found::default();
    attribute(gathered, &mut found);
    for edge in &gathered.record.edges {
        relation(edge, None, "", &mut found);
    }
    for identity in &gathered.identities {
        let through = Named::from(&identity.node);
        of_another(identity, &through, "", &mut found);
        human(identity, &through, &mut found);
    }
    for application in &gathered.applications {
        let through = Named::from(&application.node);
        of_another(
            application,
            &through,
            " (through its application)",
            &mut found,
        );
    }
    found.settle(gathered)
}

/// Who owns a record that stands behind the one asked about.
fn of_another(behind: &Through, through: &Named, mark: &str, found: &mut Found) {
    if let Some(owner) = &behind.node.owner {
        found.owners.push(Party {
            name: owner.clone(),
            relation: "declared_owner".to_owned(),
            record: None,
            through: Some(through.clone()),
        });
    }
    for edge in &behind.edges {
        relation(edge, Some(through), mark, found);
    }
}

#[derive(Default)]
struct Found {
    by_hand: bool,
    owners: Vec<Party>,
    hints: Vec<Party>,
    evidence: Vec<Evidence>,
}

/// The connector of what people say by hand.
const BY_HAND: &str = "hand";

fn attribute(gathered: &Gathered, found: &mut Found) {
    let Some(merged) = gathered
        .record
        .attributes
        .iter()
        .find(|merged| merged.name == "declared_owner")
    else {
        return;
    };
    for (at, said) in std::iter::once(&merged.stands)
        .chain(&merged.others)
        .enumerate()
    {
        let Some(name) = said.value.as_ref().and_then(serde_json::Value::as_str) else {
            continue;
        };
        if at == 0 {
            found.by_hand |= said.source.starts_with(BY_HAND);
            found.owners.push(Party {
                name: name.to_owned(),
                relation: "declared_owner".to_owned(),
                record: None,
                through: None,
            });
        }
        found.evidence.push(Evidence {
            what: format!("declares the owner `{name}`"),
            source: said.source.clone(),
            place: None,
            observed_at: Some(said.observed),
        });
    }
}

fn relation(edge: &RecordEdge, through: Option<&Named>, mark: &str, found: &mut Found) {
    if edge.direction != OUT {
        return;
    }
    let verb = match edge.kind.as_str() {
        "owned_by" => "is owned by",
        "sponsored_by" => "is sponsored by",
        "managed_by" => "is managed by",
        "created_by" => "was created by",
        _ => return,
    };
    let party = Party {
        name: edge.other.name.clone(),
        relation: edge.kind.clone(),
        record: Some((&edge.other).into()),
        through: through.cloned(),
    };
    let of = through.map_or_else(String::new, |through| format!("{} ", through.label()));
    found.evidence.push(stated(
        format!("{of}{verb} {}{mark}", Named::from(&edge.other).label()),
        edge,
    ));
    if edge.kind == "owned_by" {
        found.by_hand |= edge.connector == BY_HAND;
        found.owners.push(party);
    } else {
        found.hints.push(party);
    }
}

/// A person's own account answers for the keys that open it.
fn human(identity: &Through, through: &Named, found: &mut Found) {
    if identity.node.class.as_deref() == Some("human") {
        found.owners.push(Party {
            name: identity.node.name.clone(),
            relation: "authenticates".to_owned(),
            record: Some(through.clone()),
            through: None,
        });
    }
}

impl Found {
    fn settle(mut self, gathered: &Gathered) -> Owner {
        self.owners = once_each(self.owners, gathered);
        self.hints.sort();
        self.hints.dedup();
        let direct: Vec<String> = names(self.owners.iter().filter(|p| p.through.is_none()));
        let indirect: Vec<String> = names(self.owners.iter().filter(|p| p.through.is_some()));
        let (state, summary, to_know) = if !direct.is_empty() {
            let state = if self.by_hand { "known" } else { "declared" };
            (
                state,
                format!("{}, as its sources declare", some(&direct, 3)),
                None,
            )
        } else if !indirect.is_empty() {
            let way = self.way();
            ("declared", format!("{}, {way}", some(&indirect, 3)), None)
        } else {
            let (summary, to_know) = unknown(gathered, &self.hints);
            ("unknown", summary, Some(to_know))
        };
        Owner {
            state,
            summary,
            owners: self.owners,
            hints: self.hints,
            judged: None,
            asked: None,
            to_know,
            evidence: self.evidence,
        }
    }
}

/// Names each owner once: what a source calls by an e-mail address or a distinguished name and
/// another by a record is one person when the text is a name of that record. A statement about the
/// thing itself goes before one about what stands behind it.
fn once_each(mut parties: Vec<Party>, gathered: &Gathered) -> Vec<Party> {
    let stated: std::collections::BTreeSet<String> = parties
        .iter()
        .filter_map(|party| Some(party.record.as_ref()?.id.clone()))
        .collect();
    for party in parties.iter_mut().filter(|party| party.record.is_none()) {
        let answering = gathered
            .owners
            .get(&party.name)
            .map_or(&[][..], Vec::as_slice);
        // Of several that answer to the text, the one that a source states as owner is meant.
        let meant = answering
            .iter()
            .find(|node| stated.contains(&node.id))
            .or(match answering {
                [alone] => Some(alone),
                _ => None,
            });
        party.record = meant.map(Named::from);
    }
    // The plain name of the record before the text in which it was written down.
    parties.sort_by(|a, b| {
        let written = |party: &Party| {
            party
                .record
                .as_ref()
                .is_none_or(|record| record.name != party.name)
        };
        (a.through.is_some(), written(a), a).cmp(&(b.through.is_some(), written(b), b))
    });
    let mut named = std::collections::BTreeSet::new();
    parties.retain(|party| {
        let key = party
            .record
            .as_ref()
            .map_or_else(|| party.name.to_lowercase(), |record| record.id.clone());
        named.insert(key)
    });
    for party in &mut parties {
        if let Some(record) = &party.record
            && record.kind != "application"
        {
            party.name.clone_from(&record.name);
        }
    }
    parties.sort();
    parties
}

impl Found {
    /// What stands between the thing and owners that are not its own.
    fn way(&self) -> &'static str {
        let through = || {
            self.owners
                .iter()
                .filter_map(|party| party.through.as_ref())
        };
        let applications = through()
            .filter(|named| named.kind == "application")
            .count();
        match through().count() {
            all if all == applications => "through its application",
            _ if applications > 0 => "through the identity it proves and its application",
            _ => "through the identity it proves",
        }
    }
}

fn names<'a>(parties: impl Iterator<Item = &'a Party>) -> Vec<String> {
    let mut names: Vec<String> = parties.map(|party| party.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn unknown(gathered: &Gathered, hints: &[Party]) -> (String, String) {
    let sources = gathered.connectors();
    let said = if sources.is_empty() {
        "unknown: no source shows this record, others only name it".to_owned()
    } else {
        let sources: Vec<String> = sources.iter().map(|s| (*s).to_owned()).collect();
        format!("unknown: no owner is stated by {}", some(&sources, 3))
    };
    let near = match hints.first() {
        Some(hint) => format!(
            "; nearest is {} ({})",
            hint.name,
            hint.relation.replace('_', " ")
        ),
        None => String::new(),
    };
    let to_know = "name somebody with `countersign owner assign`, or put an owner tag or label on it at its provider and read it again, \
                   or import a CSV with an owner column"
        .to_owned();
    (format!("{said}{near}"), to_know)
}
