//! A verdict in the making, and its evidence when somebody wants it.

use graph::{Edge, Estate, NodeIx, Said, SourceInfo};
use model::finding::Evidence;
use model::labels::{Basis, Verdict};

use super::Case;

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<T> {
    /// It is so; who said it and, of a conclusion, the rule.
    Known(T, Basis, &'static str),
    /// The evidence contradicts itself.
    Ambiguous(Vec<T>),
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

impl<T> Found<T> {
    /// Said by a person.
    pub(super) fn hand(value: T) -> Self {
        Self::Known(value, Basis::Hand, "")
    }

    /// Stated by a source.
    pub(super) fn stated(value: T) -> Self {
        Self::Known(value, Basis::Stated, "")
    }

    /// Concluded by a rule.
    pub(super) fn concluded(value: T, rule: &'static str) -> Self {
        Self::Known(value, Basis::Rule, rule)
    }

    /// The value, when known.
    pub(super) fn value(&self) -> Option<&T> {
        match self {
            Self::Known(value, _, _) => Some(value),
            Self::Ambiguous(_) | Self::Unknown(_) => None,
        }
    }
}

/// Collects evidence, or does not when nobody asked.
pub(super) struct Why<'a> {
    estate: &'a Estate,
    evidence: Option<Vec<Evidence>>,
    reason: Option<String>,
}

impl<'a> Why<'a> {
    /// Collects nothing.
    pub(super) fn silent(estate: &'a Estate) -> Self {
        Self {
            estate,
            evidence: None,
            reason: None,
        }
    }

    fn asked(estate: &'a Estate) -> Self {
        Self {
            evidence: Some(Vec::new()),
            ..Self::silent(estate)
        }
    }

    /// Says in more words why nobody can tell.
    pub(super) fn because(&mut self, reason: impl FnOnce() -> String) {
        if self.evidence.is_some() {
            self.reason = Some(reason());
        }
    }

    /// Evidence that the sources of a node give. The record itself says which of several it was.
    pub(super) fn node(&mut self, ix: NodeIx, what: impl FnOnce() -> String) {
        let estate = self.estate;
        if let Some(evidence) = &mut self.evidence {
            evidence.push(of_node(estate, ix, what()));
        }
    }

    /// Evidence that a relation gives.
    pub(super) fn edge(&mut self, edge: &Edge, what: impl FnOnce() -> String) {
        let estate = self.estate;
        if let Some(evidence) = &mut self.evidence {
            evidence.push(of_edge(estate, edge, what()));
        }
    }

    /// Evidence that a person gave.
    pub(super) fn said(&mut self, said: &Said) {
        let estate = self.estate;
        if let Some(evidence) = &mut self.evidence {
            evidence.push(of_person(estate, said));
        }
    }
}

/// Evidence that the sources of a node give.
pub(super) fn of_node(estate: &Estate, ix: NodeIx, what: String) -> Evidence {
    let mut sources: Vec<&SourceInfo> = estate.sources_of(ix).collect();
    // What a person said has evidence of its own.
    sources.retain(|source| source.connector != crate::apply::sources::BY_HAND);
    let labels: Vec<String> = sources.iter().take(3).map(|one| one.label()).collect();
    Evidence {
        what,
        source: match labels.as_slice() {
            [] => "relations of other records".to_owned(),
            [one] => one.clone(),
            several => format!("one of {}", several.join(", ")),
        },
        place: None,
        observed: sources.iter().filter_map(|one| one.last_observed).max(),
    }
}

/// Evidence that a relation gives.
pub(super) fn of_edge(estate: &Estate, edge: &Edge, what: String) -> Evidence {
    let source = estate.sources().get(edge.source as usize);
    Evidence {
        what,
        source: source.map_or_else(|| "no source".to_owned(), SourceInfo::label),
        place: estate.opt_text(edge.place).map(str::to_owned),
        observed: source.and_then(|source| source.last_observed),
    }
}

/// Evidence that a person gave.
fn of_person(estate: &Estate, said: &Said) -> Evidence {
    let (field, value) = (estate.text(said.field), estate.text(said.value));
    let why = estate.opt_text(said.why);
    Evidence {
        what: match why {
            Some(why) => format!("said by hand that `{field}` is `{value}`: {why}"),
            None => format!("said by hand that `{field}` is `{value}`"),
        },
        source: format!("hand {}", estate.text(said.by)),
        place: None,
        observed: said.at,
    }
}

/// Judges one case with its evidence.
pub(super) fn verdict<T>(
    case: Case<'_>,
    judge: impl FnOnce(Case<'_>, &mut Why<'_>) -> Found<T>,
) -> Verdict<T> {
    let mut why = Why::asked(case.estate);
    let found = judge(case, &mut why);
    let evidence = why.evidence.unwrap_or_default();
    match found {
        Found::Known(value, basis, rule) => Verdict::Known {
            value,
            basis,
            rule: rule.to_owned(),
            evidence,
        },
        Found::Ambiguous(candidates) => Verdict::Ambiguous {
            candidates,
            evidence,
        },
        Found::Unknown(reason) => Verdict::Unknown {
            reason: why.reason.unwrap_or_else(|| reason.to_owned()),
        },
    }
}

/// Judges one case whose values are texts of the estate.
pub(super) fn text<'a>(
    case: Case<'a>,
    judge: impl FnOnce(Case<'a>, &mut Why<'_>) -> Found<&'a str>,
) -> Verdict<String> {
    let mut why = Why::asked(case.estate);
    let found = match judge(case, &mut why) {
        Found::Known(value, basis, rule) => Found::Known(value.to_owned(), basis, rule),
        Found::Ambiguous(all) => Found::Ambiguous(all.into_iter().map(str::to_owned).collect()),
        Found::Unknown(reason) => Found::Unknown(reason),
    };
    let (evidence, reason) = (why.evidence, why.reason);
    verdict(case, |_, why| {
        (why.evidence, why.reason) = (evidence, reason);
        found
    })
}
