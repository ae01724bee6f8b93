//! The part of the inventory around one record, judged as a whole assessment would judge it: for
//! answers that show evidence, which an assessment does not keep for every record.

use std::collections::BTreeSet;

use graph::{Classify, Estate, NodeIx};
use inventory::classify::Classifier;
use inventory::judgement;
use inventory::read::{self, LookupQuery, Reader};
use model::labels::{Classification, Verdict};
use model::{NodeKind, TimeUs};
use serde::Serialize;
use serde_json::Value;

use crate::Error;

/// How far around a record its verdicts look: from an identity over a credential and the workload it
/// is configured in to the place that names an environment.
const HOPS: u32 = 4;

/// Records whose declared owners are looked up; more than stand around one record.
const MAX_OWNERS: usize = 64;

/// The inventory around a record.
pub(crate) struct Around {
    pub(crate) estate: Estate,
    pub(crate) ix: NodeIx,
}

impl Around {
    /// Loads what is around the record with this row key; `None` when it is retired.
    pub(crate) async fn load(
        reader: &Reader,
        key: i64,
        now: TimeUs,
    ) -> Result<Option<Self>, Error> {
        let mut keys = BTreeSet::from([key]);
        let near = read::estate_around(reader, &keys, HOPS, now).await?;
        // A declared owner is a text: whom it means may stand nowhere near.
        let declared: BTreeSet<&str> = near
            .indices()
            .filter_map(|ix| near.opt_text(near.node(ix)?.owner))
            .take(MAX_OWNERS)
            .collect();
        for text in declared {
            let kinds = &[NodeKind::Person, NodeKind::Team, NodeKind::Identity];
            match read::lookup(reader, LookupQuery { text, kinds }).await? {
                read::Found::Exact(node) => {
                    keys.insert(node.key);
                }
                read::Found::Candidates { list, .. } => {
                    keys.extend(list.iter().map(|node| node.key));
                }
                read::Found::None => {}
            }
        }
        let estate = if keys.len() > 1 {
            read::estate_around(reader, &keys, HOPS, now).await?
        } else {
            near
        };
        let ix = estate
            .indices()
            .find(|ix| estate.node(*ix).is_some_and(|node| node.key == key));
        Ok(ix.map(|ix| Self { estate, ix }))
    }

    /// Everything judged about what it is for and whose it is, with evidence.
    pub(crate) fn classification(&self) -> Classification {
        Classifier::new(&self.estate).classification(self.ix)
    }
}

/// The moment of judgement: the clock of the last assessment while nothing was read or said since, so
/// that an answer is what the lists show; else the clock of the question.
pub(crate) async fn moment(reader: &Reader, now: TimeUs) -> Result<TimeUs, Error> {
    let last = judgement::last_assessment(reader).await?;
    Ok(last
        .filter(|last| last.run == reader.at().seq)
        .and_then(|last| last.judged)
        .unwrap_or(now))
}

/// One verdict with its rule and its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerdictView {
    /// What was judged: `environment`, `owner`.
    pub name: &'static str,
    /// `known`, `ambiguous`, `unknown`; of an owner how far there is one.
    pub state: String,
    /// What it is; of what is ambiguous what it may be.
    pub value: Value,
    /// `hand`, `stated` or `rule`.
    pub basis: Option<String>,
    /// The rule that concluded it.
    pub rule: Option<String>,
    /// Why nobody can tell, and what would make it known.
    pub reason: Option<String>,
    /// Which source said what, where and when.
    pub evidence: Vec<model::finding::Evidence>,
}

/// The names of verdicts.
pub const VERDICTS: &[&str] = &[
    "environment",
    "purpose",
    "application",
    "justification",
    "sensitivity",
    "privileged",
    "third_party",
    "security_critical",
    "still_needed",
    "owner",
];

/// The verdict with this name.
pub(crate) fn verdict(whole: &Classification, name: &str) -> Option<VerdictView> {
    let name = VERDICTS.iter().find(|known| **known == name)?;
    Some(match *name {
        "environment" => view(name, &whole.environment),
        "purpose" => view(name, &whole.purpose),
        "application" => view(name, &whole.application),
        "justification" => view(name, &whole.justification),
        "sensitivity" => view(name, &whole.sensitivity),
        "privileged" => view(name, &whole.privileged),
        "third_party" => view(name, &whole.third_party),
        "security_critical" => view(name, &whole.security_critical),
        "still_needed" => view(name, &whole.still_needed),
        _ => owners(name, whole),
    })
}

fn view<T: Serialize>(name: &'static str, verdict: &Verdict<T>) -> VerdictView {
    let (state, value, basis, rule, reason) = match verdict {
        Verdict::Known {
            value, basis, rule, ..
        } => (
            "known",
            serde_json::to_value(value).unwrap_or_default(),
            Some(basis.name().to_owned()),
            Some(rule.clone()).filter(|rule| !rule.is_empty()),
            None,
        ),
        Verdict::Ambiguous { candidates, .. } => {
            let candidates = serde_json::to_value(candidates).unwrap_or_default();
            ("ambiguous", candidates, None, None, None)
        }
        Verdict::Unknown { reason } => ("unknown", Value::Null, None, None, Some(reason.clone())),
    };
    VerdictView {
        name,
        state: state.to_owned(),
        value,
        basis,
        rule,
        reason,
        evidence: verdict.evidence().to_vec(),
    }
}

fn owners(name: &'static str, whole: &Classification) -> VerdictView {
    let asked = posture::judge::assignee(&whole.owners);
    let reason = asked.is_none().then(|| {
        match whole.owner_state.name() {
            "unowned" => {
                "no source and no person names an owner, and those that would know were read"
            }
            "owner_left" => "who answered for it has left",
            _ => {
                "a source that would know its owner was not read, or names somebody no record shows"
            }
        }
        .to_owned()
    });
    VerdictView {
        name,
        state: whole.owner_state.name().to_owned(),
        value: serde_json::to_value(&whole.owners).unwrap_or_default(),
        basis: None,
        rule: None,
        reason,
        evidence: whole
            .owners
            .iter()
            .flat_map(|owner| owner.evidence.iter().cloned())
            .collect(),
    }
}
