//! What people say to proposals: an accepted owner is stated by hand and is from then on an owner as
//! any other; a rejected one is not proposed again on the same evidence. Both are the truth by which
//! confidence is corrected.

use model::labels::OwnerRole;
use model::{Attributes, EdgeKind, NodeId, NodeKind, TimeUs};
use serde::{Deserialize, Serialize};
use store::Db;

use super::propose::{Known, Proposal};
use crate::InventoryError;
use crate::edit::{Other, RelationChange, Statement, say};
use crate::judgement::{OwnerDecision, decide_owner, owner_decisions};
use crate::read::Reader;
use crate::run::RunStart;

/// The most e-mail addresses read: one for each person of the largest companies.
const MAX_EMAILS: usize = 5_000_000;

/// A proposal that a person rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The record.
    pub node_key: i64,
    /// Who was proposed.
    pub candidate: NodeId,
    /// The keys of the evidence it rested on.
    pub evidence: Vec<String>,
}

/// What a decision keeps of a proposal.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    candidate: String,
    name: String,
    evidence: Vec<KeptProof>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptProof {
    key: String,
    what: String,
}

/// A person agrees: the candidate is stated as an owner by hand, and that is noted. The two are runs of
/// their own; should the second fail, the owner stands and only the note is missing.
///
/// # Errors
/// The record is gone, or the database refuses or fails.
pub async fn accept(
    db: &Db,
    [saying, noting]: [&RunStart; 2],
    subject: i64,
    proposal: &Proposal,
    role: OwnerRole,
    reason: &str,
    now: TimeUs,
) -> Result<(), InventoryError> {
    let other = match (&proposal.candidate.key, &proposal.candidate.reference) {
        (Some(key), _) => Other::Known(*key),
        (None, Some(reference)) => {
            let kind = if reference.kind == NodeKind::Team {
                "team"
            } else {
                "person"
            };
            let name = proposal.candidate.name.clone();
            Other::Named(reference.clone(), Box::new(Attributes::named(name, kind)))
        }
        (None, None) => {
            return Err(InventoryError::Refused(
                "the candidate has no name".to_owned(),
            ));
        }
    };
    let statement = Statement {
        subject,
        facts: Vec::new(),
        relations: vec![RelationChange {
            kind: EdgeKind::OwnedBy,
            other,
            role: Some(role),
            stated: true,
        }],
        why: reason.to_owned(),
    };
    say(db, saying, &[statement], now).await?;
    note(db, noting, subject, proposal, role, true, reason, now).await
}

/// A person disagrees; the same candidate is proposed again only on new evidence.
///
/// # Errors
/// The database refuses or fails.
pub async fn reject(
    db: &Db,
    start: &RunStart,
    subject: i64,
    proposal: &Proposal,
    reason: &str,
    now: TimeUs,
) -> Result<(), InventoryError> {
    note(
        db,
        start,
        subject,
        proposal,
        proposal.role,
        false,
        reason,
        now,
    )
    .await
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row of the table of decisions"
)]
async fn note(
    db: &Db,
    start: &RunStart,
    subject: i64,
    proposal: &Proposal,
    role: OwnerRole,
    accepted: bool,
    reason: &str,
    now: TimeUs,
) -> Result<(), InventoryError> {
    let kept = Kept {
        candidate: proposal.candidate.id.to_string(),
        name: proposal.candidate.name.clone(),
        evidence: proposal
            .evidence
            .iter()
            .map(|proof| KeptProof {
                key: proof.key.clone(),
                what: proof.evidence.what.clone(),
            })
            .collect(),
    };
    let decision = OwnerDecision {
        node_key: subject,
        // Whom nobody recorded has no row; the id in the evidence names them all the same.
        candidate_key: proposal.candidate.key.unwrap_or(0),
        role: role.name().to_owned(),
        accepted,
        confidence: Some(proposal.confidence),
        evidence: serde_json::to_string(&kept).unwrap_or_default(),
        reason: model::text::label(reason),
        actor: start.actor.clone(),
        run: 0,
    };
    decide_owner(db, start, &decision, now).await
}

/// What a proposer needs to know beside the estate: addresses and rejections.
///
/// # Errors
/// The database cannot be read.
pub async fn known(reader: &Reader) -> Result<Known, InventoryError> {
    Ok(Known {
        emails: emails(reader).await?,
        rejected: rejected(&owner_decisions(reader).await?),
    })
}

/// The e-mail addresses of people and their identities, by row key: names that an estate does not
/// carry.
///
/// # Errors
/// The database cannot be read.
pub async fn emails(reader: &Reader) -> Result<Vec<(i64, String)>, InventoryError> {
    let sql = "SELECT a.node_key, a.alias_text FROM alias a JOIN node n ON n.node_key = a.node_key \
               WHERE (a.alias_text LIKE 'email:%' OR a.alias_text LIKE 'upn:%') \
               AND n.kind IN ('person', 'identity') AND a.first_run <= $1 ORDER BY a.node_key, a.alias_text";
    let mut found = Vec::new();
    for row in reader.rows(sql, vec![reader.at().seq.into()]).await? {
        let text = row.text(1)?;
        let email = text.split_once(':').map_or(text, |(_, email)| email);
        if found.len() < MAX_EMAILS {
            found.push((row.get_i64(0)?, email.to_owned()));
        }
    }
    Ok(found)
}

/// The rejections among the decisions. One that was accepted later is none.
pub fn rejected(decisions: &[OwnerDecision]) -> Vec<Rejected> {
    let mut found: Vec<Rejected> = Vec::new();
    for decision in decisions {
        let Ok(kept) = serde_json::from_str::<Kept>(&decision.evidence) else {
            continue;
        };
        let Some(candidate) = NodeId::parse(&kept.candidate) else {
            continue;
        };
        found.retain(|one| {
            !(decision.accepted && one.node_key == decision.node_key && one.candidate == candidate)
        });
        if !decision.accepted {
            found.push(Rejected {
                node_key: decision.node_key,
                candidate,
                evidence: kept.evidence.into_iter().map(|proof| proof.key).collect(),
            });
        }
    }
    found
}

/// The decisions as pairs of confidence and verdict, for [`super::Model::recalibrated`].
pub fn truths(decisions: &[OwnerDecision]) -> Vec<(f64, bool)> {
    decisions
        .iter()
        .filter_map(|decision| Some((decision.confidence?, decision.accepted)))
        .collect()
}
