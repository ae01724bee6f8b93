//! How good proposals are: precision and recall at each confidence, and whether confidence means what
//! it says.

use std::collections::BTreeMap;

use graph::{Estate, NodeIx};
use serde::{Deserialize, Serialize};

use super::propose::Proposer;

/// Bins of confidence.
const BINS: usize = 10;

/// One line of a file of labels: what, and who really answers for it. A line may give the person, the
/// team or both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The provider's id or our own id.
    pub id: String,
    /// The e-mail address of the person.
    #[serde(default, alias = "email", alias = "person")]
    pub owner: Option<String>,
    /// The team.
    #[serde(default)]
    pub team: Option<String>,
}

/// Who really answers for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// The record.
    pub subject: NodeIx,
    /// The person.
    pub person: Option<NodeIx>,
    /// The team.
    pub team: Option<NodeIx>,
}

/// Reads a file of labels, one JSON object a line.
///
/// # Errors
/// A line is no label; the text says which and why.
pub fn labels(text: &str) -> Result<Vec<Label>, String> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let label: Label = serde_json::from_str(line)
                .map_err(|error| format!("line {}: {error}", index + 1))?;
            if label.owner.is_none() && label.team.is_none() {
                return Err(format!("line {}: neither `owner` nor `team`", index + 1));
            }
            Ok(label)
        })
        .collect()
}

/// Finds the records of labels. What cannot be found is given back in words.
pub fn truths(proposer: &Proposer<'_>, labels: &[Label]) -> (Vec<Truth>, Vec<String>) {
    let estate = proposer.estate();
    let mut by_native: BTreeMap<&str, Vec<NodeIx>> = BTreeMap::new();
    for ix in estate.indices() {
        if let Some(node) = estate.node(ix)
            && node.kind == model::NodeKind::Identity
        {
            by_native
                .entry(estate.text(node.native_id))
                .or_default()
                .push(ix);
        }
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for label in labels {
        let own = model::NodeId::parse(&label.id).and_then(|id| estate.find(id));
        let subject = match (own, by_native.get(label.id.as_str()).map(Vec::as_slice)) {
            (Some(ix), _) => ix,
            (None, Some([ix])) => *ix,
            (None, Some(_)) => {
                missing.push(format!("several records have the id `{}`", label.id));
                continue;
            }
            (None, None) => {
                missing.push(format!("no record has the id `{}`", label.id));
                continue;
            }
        };
        let meant = |text: &Option<String>, missing: &mut Vec<String>| {
            let text = text.as_ref()?;
            let ix = proposer.record_meant(text);
            if ix.is_none() {
                missing.push(format!(
                    "nobody is known as `{text}`, the owner of `{}`",
                    label.id
                ));
            }
            ix
        };
        let truth = Truth {
            subject,
            person: meant(&label.owner, &mut missing),
            team: meant(&label.team, &mut missing),
        };
        // A label whose owner has no record stays: proposals for it are wrong, and that is to be seen.
        found.push(truth);
    }
    (found, missing)
}

/// One proposal with its verdict.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Judged {
    confidence: f64,
    right: bool,
}

/// Precision and recall of what is at or above a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtConfidence {
    /// The confidence.
    pub at: f64,
    /// How many are proposed at it.
    pub proposed: u64,
    /// The share of them that is right.
    pub precision: f64,
    /// The share of all labelled records that gets a right proposal.
    pub recall: f64,
}

/// How good one sort of proposals is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// How many records have a truth.
    pub labelled: u64,
    /// By confidence, rising.
    pub points: Vec<AtConfidence>,
    /// The expected calibration error: how far confidence is from the share that is right, averaged
    /// over ten bins by their weight.
    pub calibration_error: f64,
    /// Each bin: how many, their mean confidence, the share that is right.
    pub bins: Vec<(u64, f64, f64)>,
}

/// How good proposals are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// The best proposal of each record, person or team: right when it is the person or the team.
    pub best: Curve,
    /// The best person of each record.
    pub person: Curve,
    /// The best team of each record.
    pub team: Curve,
    /// Every proposal, which shows whether low confidence is meant as well.
    pub every_calibration_error: f64,
}

impl Curve {
    /// The highest recall at which precision is still at least this, with its confidence.
    pub fn recall_at(&self, precision: f64) -> Option<AtConfidence> {
        let fits = self
            .points
            .iter()
            .filter(|point| point.precision >= precision && point.proposed > 0);
        fits.copied().max_by(|a, b| a.recall.total_cmp(&b.recall))
    }
}

/// Measures the proposals for records whose owners are known. What people stated already is no
/// proposal, so an estate for measuring has the answers taken out.
pub fn measure(proposer: &Proposer<'_>, truths: &[Truth]) -> Measured {
    let estate = proposer.estate();
    let (mut best, mut person, mut team, mut every) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut persons, mut teams) = (0, 0);
    for truth in truths {
        persons += u64::from(truth.person.is_some());
        teams += u64::from(truth.team.is_some());
        let proposals = &proposer.propose(truth.subject);
        let judged = move |of_team: Option<bool>| {
            let fits = proposals
                .iter()
                .filter(move |one| of_team.is_none_or(|team| one.is_team() == team));
            fits.map(|one| Judged {
                confidence: one.confidence,
                right: is_right(proposer, estate, truth, one.candidate.id),
            })
        };
        // A label that names only a person says nothing about teams.
        best.extend(match (truth.person, truth.team) {
            (Some(_), None) => judged(Some(false)).next(),
            (None, Some(_)) => judged(Some(true)).next(),
            _ => judged(None).next(),
        });
        if truth.person.is_some() {
            person.extend(judged(Some(false)).next());
        }
        if truth.team.is_some() {
            team.extend(judged(Some(true)).next());
        }
        every.extend(judged(None).filter(|_| truth.person.is_some() && truth.team.is_some()));
    }
    Measured {
        best: curve(&best, truths.len() as u64),
        person: curve(&person, persons),
        team: curve(&team, teams),
        every_calibration_error: curve(&every, 1).calibration_error,
    }
}

fn is_right(proposer: &Proposer<'_>, estate: &Estate, truth: &Truth, id: model::NodeId) -> bool {
    let Some(ix) = estate.find(id).map(|ix| proposer.canonical(ix)) else {
        return false;
    };
    [truth.person, truth.team]
        .into_iter()
        .flatten()
        .any(|right| proposer.canonical(right) == ix)
}

fn curve(judged: &[Judged], labelled: u64) -> Curve {
    let points = (0..20_u8)
        .map(|step| {
            let at = f64::from(step) / 20.0;
            let above: Vec<&Judged> = judged.iter().filter(|one| one.confidence >= at).collect();
            let right = above.iter().filter(|one| one.right).count();
            AtConfidence {
                at,
                proposed: above.len() as u64,
                precision: share(right, above.len()),
                recall: share(right, usize::try_from(labelled).unwrap_or(usize::MAX)),
            }
        })
        .collect();
    let mut sums = vec![(0_u64, 0.0, 0.0); BINS];
    for one in judged {
        let place = (0..BINS)
            .take_while(|bin| one.confidence * 10.0 >= f64::from(u32::try_from(*bin).unwrap_or(0)))
            .last()
            .unwrap_or(0);
        if let Some(sum) = sums.get_mut(place) {
            *sum = (
                sum.0 + 1,
                sum.1 + one.confidence,
                sum.2 + f64::from(u8::from(one.right)),
            );
        }
    }
    let count = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let bins: Vec<(u64, f64, f64)> = sums
        .into_iter()
        .map(|(many, sure, right)| {
            let weight = count(many).max(1.0);
            (many, sure / weight, right / weight)
        })
        .collect();
    let all = count(judged.len() as u64).max(1.0);
    let calibration_error = bins
        .iter()
        .map(|(many, sure, right)| count(*many) / all * (sure - right).abs())
        .sum();
    Curve {
        labelled,
        points,
        calibration_error,
        bins,
    }
}

fn share(part: usize, whole: usize) -> f64 {
    let small = |number| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    if whole == 0 {
        0.0
    } else {
        small(part) / small(whole)
    }
}
