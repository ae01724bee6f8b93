//! What things are for, how much they can do, and whose they are: judged from the inventory alone,
//! one file for each verdict. What a person said stands; what sources state comes next; a rule of
//! ours concludes only from what was seen. What cannot be told is unknown, and evidence that
//! contradicts itself is ambiguous.
//!
//! Every verdict is computed twice by the same code: for all nodes without its evidence, which
//! costs a byte or two each, and for one node with it.

mod application;
mod environment;
mod justification;
mod owners;
mod people;
mod privileged;
mod purpose;
mod security_critical;
mod sensitivity;
mod still_needed;
mod third_party;
mod why;
mod words;

use graph::{Brief, Classify, Estate, Labels, Node, NodeIx, Said};
use model::labels::{Classification, SaidFact};
use model::{EdgeKind, NodeKind, TimeUs};

use people::People;
use privileged::Power;
use why::{Found, Why};

/// The verdicts on every node of an estate.
#[derive(Debug)]
pub struct Classifier<'a> {
    estate: &'a Estate,
    facts: Facts,
    labels: Vec<Labels>,
}

/// What is found out once for all nodes.
#[derive(Debug, Default)]
struct Facts {
    /// The environments each node itself declares.
    declared: Vec<environment::Set>,
    /// The environments after which containers, hosts and applications are named.
    named: Vec<environment::Set>,
    /// What each role, policy and group gives.
    power: Vec<Power>,
    /// Which record a declared owner means.
    people: People,
    /// Sources that could not read roles, policies or groups.
    grants_unread: Vec<bool>,
    /// Sources that could not read owners.
    owners_unread: Vec<bool>,
    /// True when any source could not read people or teams.
    people_unread: bool,
}

impl<'a> Classifier<'a> {
    /// Judges every node of an estate.
    pub fn new(estate: &'a Estate) -> Self {
        let unread = |kinds: &[NodeKind], groups: &[&str]| -> Vec<bool> {
            let mut unread = vec![false; estate.sources().len()];
            let concerns = |gap: &&graph::Gap| {
                gap.state != model::CoverageState::Partial
                    && (gap.kind.is_some_and(|kind| kinds.contains(&kind))
                        || groups.contains(&gap.group.as_str()))
            };
            for gap in estate.gaps().iter().filter(concerns) {
                if let Some(flag) = unread.get_mut(gap.source as usize) {
                    *flag = true;
                }
            }
            unread
        };
        let (declared, named) = environment::words(estate);
        let facts = Facts {
            declared,
            named,
            power: privileged::powers(estate),
            people: People::of(estate),
            grants_unread: unread(
                &[NodeKind::Role, NodeKind::Policy, NodeKind::Group],
                &["grants", "permissions"],
            ),
            people_unread: unread(&[NodeKind::Person, NodeKind::Team], &[]).contains(&true),
            owners_unread: unread(&[], &["owners", "ownership"]),
        };
        let mut classifier = Self {
            estate,
            facts,
            labels: Vec::new(),
        };
        classifier.labels = classifier.judge_all();
        classifier
    }

    /// Judges every node on two threads, each its half: a verdict depends on the facts alone.
    fn judge_all(&self) -> Vec<Labels> {
        let all: Vec<NodeIx> = self.estate.indices().collect();
        let mut labels = vec![Labels::UNKNOWN; all.len()];
        let half = all.len() / 2;
        let (low, high) = labels.split_at_mut(half);
        let (first, second) = all.split_at(half);
        let fill = |slots: &mut [Labels], part: &[NodeIx]| {
            for (slot, ix) in slots.iter_mut().zip(part) {
                *slot = self.judge(*ix);
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| fill(high, second));
            fill(low, first);
        });
        labels
    }

    fn judge(&self, ix: NodeIx) -> Labels {
        let Some(case) = self.case(ix) else {
            return Labels::UNKNOWN;
        };
        let why = &mut Why::silent(self.estate);
        let environment = environment::judge(case, why);
        Labels {
            environment: environment.value().copied(),
            environment_ambiguous: matches!(environment, Found::Ambiguous(_)),
            sensitivity: sensitivity::judge(case, why).value().copied(),
            privileged: privileged::judge(case, why).value().copied(),
            third_party: third_party::judge(case, why).value().copied(),
            security_critical: security_critical::judge(case, why).value().copied(),
            still_needed: still_needed::judge(case, why).value().copied(),
            has_purpose: purpose::judge(case, why).value().is_some(),
            has_application: application::judge(case, why).value().is_some(),
            has_justification: justification::judge(case, why).value().is_some(),
            owner: owners::state(case),
        }
    }

    fn case(&self, ix: NodeIx) -> Option<Case<'_>> {
        Some(Case {
            estate: self.estate,
            facts: &self.facts,
            ix,
            node: self.estate.node(ix)?,
        })
    }
}

impl Classify for Classifier<'_> {
    fn labels(&self, ix: NodeIx) -> Labels {
        self.labels
            .get(ix.0 as usize)
            .copied()
            .unwrap_or(Labels::UNKNOWN)
    }

    fn classification(&self, ix: NodeIx) -> Classification {
        let Some(case) = self.case(ix) else {
            return nothing();
        };
        let until = |fact| case.said(fact).and_then(|said| case.date(said));
        Classification {
            environment: why::verdict(case, environment::judge),
            purpose: why::text(case, purpose::judge),
            application: why::text(case, application::judge),
            justification: why::text(case, justification::judge),
            sensitivity: why::verdict(case, sensitivity::judge),
            privileged: why::verdict(case, privileged::judge),
            third_party: why::verdict(case, third_party::judge),
            security_critical: why::verdict(case, security_critical::judge),
            still_needed: why::verdict(case, still_needed::judge),
            still_needed_until: until(SaidFact::StillNeededUntil),
            owners: owners::list(case),
            owner_state: owners::state(case),
            next_review: until(SaidFact::NextReview),
        }
    }

    fn brief(&self, ix: NodeIx) -> Brief {
        let Some(case) = self.case(ix) else {
            return Brief::default();
        };
        let why = &mut Why::silent(self.estate);
        let mut text = |judge: fn(Case<'_>, &mut Why<'_>) -> Option<String>| judge(case, why);
        Brief {
            application: text(|case, why| {
                application::judge(case, why)
                    .value()
                    .map(|&it| it.to_owned())
            }),
            purpose: text(|case, why| purpose::judge(case, why).value().map(|&it| it.to_owned())),
            asked: owners::asked(case).map(str::to_owned),
            next_review: case
                .said(SaidFact::NextReview)
                .and_then(|said| case.date(said)),
        }
    }
}

/// What is said of a node that is not there.
fn nothing() -> Classification {
    fn unknown<T>() -> model::labels::Verdict<T> {
        model::labels::Verdict::unknown("there is no such record")
    }
    Classification {
        environment: unknown(),
        purpose: unknown(),
        application: unknown(),
        justification: unknown(),
        sensitivity: unknown(),
        privileged: unknown(),
        third_party: unknown(),
        security_critical: unknown(),
        still_needed: unknown(),
        still_needed_until: None,
        owners: Vec::new(),
        owner_state: model::labels::OwnerState::Unknown,
        next_review: None,
    }
}

/// One node under judgement.
#[derive(Clone, Copy)]
struct Case<'a> {
    estate: &'a Estate,
    facts: &'a Facts,
    ix: NodeIx,
    node: &'a Node,
}

impl<'a> Case<'a> {
    /// The case of another node.
    fn of(self, ix: NodeIx) -> Option<Self> {
        let node = self.estate.node(ix)?;
        Some(Self { ix, node, ..self })
    }

    /// What a person said last about a fact.
    fn said(self, fact: SaidFact) -> Option<&'a Said> {
        self.estate.said(self.ix, fact.name())
    }

    /// What a person answered, of a question of yes or no.
    fn answered(self, fact: SaidFact) -> Option<(bool, &'a Said)> {
        let said = self.said(fact)?;
        Some((self.estate.text(said.value) == "yes", said))
    }

    /// The date a person said.
    fn date(self, said: &Said) -> Option<TimeUs> {
        TimeUs::parse(self.estate.text(said.value)).ok()
    }

    /// The other ends of relations that start here.
    fn targets(self, kind: EdgeKind) -> impl Iterator<Item = (&'a graph::Edge, Case<'a>)> {
        let edges = self.estate.out_by(self.ix, kind).iter();
        edges.filter_map(move |edge| Some((edge, self.of(edge.other)?)))
    }

    /// The other ends of relations that end here.
    fn origins(self, kind: EdgeKind) -> impl Iterator<Item = (&'a graph::Edge, Case<'a>)> {
        let edges = self.estate.into_by(self.ix, kind).iter();
        edges.filter_map(move |edge| Some((edge, self.of(edge.other)?)))
    }

    /// The name people know it by, else its native id.
    fn name(self) -> &'a str {
        self.estate
            .opt_text(self.node.name)
            .unwrap_or_else(|| self.estate.text(self.node.native_id))
    }

    /// The first tag whose name, without its namespace and case, is one of these.
    fn tag(self, names: &[&str]) -> Option<(&'a str, &'a str)> {
        self.estate
            .tags(self.ix)
            .find(|(name, value)| !value.trim().is_empty() && words::is_tag(name, names))
    }

    /// True for the kind.
    fn is(self, kind: NodeKind) -> bool {
        self.node.kind == kind
    }
}

#[cfg(test)]
mod testing;
