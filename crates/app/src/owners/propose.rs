//! Who probably answers for a thing, on what evidence; and what a person says to that.

use inventory::RunKind;
use inventory::judgement;
use inventory::owners::decide::{self, truths};
use inventory::owners::{Model, Proposal, Proposer, is_governed};
use inventory::read::{self, Reader, When};
use model::TimeUs;
use model::labels::{OwnerRole, OwnerState};
use serde::Serialize;

use crate::query::find::{Found, find};
use crate::query::views::{Named, VERSION};
use crate::{Error, Installation};

/// Who is proposed for one thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposed {
    /// The contract's version.
    pub v: u8,
    /// The thing.
    pub subject: Named,
    /// Candidates, the most likely first. A proposal is a guess and owns nothing.
    pub candidates: Vec<Candidate>,
    /// Who has evidence and is not proposed.
    pub demoted: Vec<Demoted>,
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The stable id; that of the record to be when there is none yet.
    pub id: String,
    /// The name.
    pub name: String,
    /// Person, team, group or identity.
    pub kind: String,
    /// As what.
    pub role: OwnerRole,
    /// How likely it is right, 0 to 1.
    pub confidence: f64,
    /// Why, strongest first.
    pub evidence: Vec<Reason>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What was seen.
    pub what: String,
    /// The source that saw it.
    pub source: String,
    /// Where in the source.
    pub place: Option<String>,
    /// The source's own time.
    pub observed_at: Option<TimeUs>,
    /// How much it adds to the log-odds.
    pub weight: f64,
}

/// Somebody with evidence who is not proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Demoted {
    /// The name.
    pub name: String,
    /// Why not.
    pub reason: String,
}

impl Candidate {
    fn of(proposal: &Proposal) -> Self {
        Self {
            id: proposal.candidate.id.to_string(),
            name: proposal.candidate.name.clone(),
            kind: proposal.candidate.kind.name().to_owned(),
            role: proposal.role,
            confidence: proposal.confidence,
            evidence: proposal
                .evidence
                .iter()
                .map(|proof| Reason {
                    what: proof.evidence.what.clone(),
                    source: proof.evidence.source.clone(),
                    place: proof.evidence.place.clone(),
                    observed_at: proof.evidence.observed,
                    weight: proof.weight,
                })
                .collect(),
        }
    }
}

/// Everything proposals are made of.
pub(super) struct Ground {
    pub(super) estate: graph::Estate,
    pub(super) model: Model,
    pub(super) known: inventory::owners::Known,
}

impl Ground {
    /// Loads the whole inventory: who owns things like this one is evidence too.
    pub(super) async fn load(reader: &Reader, now: TimeUs) -> Result<Self, Error> {
        let decisions = judgement::owner_decisions(reader).await?;
        Ok(Self {
            estate: read::estate(reader, now).await?,
            model: Model::committed().recalibrated(&truths(&decisions)),
            known: decide::known(reader).await?,
        })
    }

    pub(super) fn proposer(&self) -> Proposer<'_> {
        Proposer::new(&self.estate, &self.model, &self.known)
    }

    pub(super) fn at(&self, key: i64) -> Option<graph::NodeIx> {
        self.estate
            .indices()
            .find(|ix| self.estate.node(*ix).is_some_and(|node| node.key == key))
    }
}

/// Who probably answers for a thing.
///
/// # Errors
/// It is retired, or the database cannot be read.
pub async fn propose(
    installation: &Installation,
    text: &str,
    as_of: Option<TimeUs>,
) -> Result<Found<Proposed>, Error> {
    let reader = crate::query::reader(installation, as_of).await?;
    let node = match find(&reader, text, &[]).await? {
        Found::One(node) => node,
        Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
    };
    let now = as_of.unwrap_or_else(|| installation.clock.now());
    let ground = Ground::load(&reader, now).await?;
    let ix = ground.at(node.key).ok_or_else(|| gone(&node.name))?;
    let proposals = ground.proposer().propose(ix);
    Ok(Found::One(Box::new(proposed((&*node).into(), &proposals))))
}

fn gone(name: &str) -> Error {
    Error::no_single_match(format!(
        "`{}` is retired; nobody is asked about it",
        model::text::label(name)
    ))
}

fn proposed(subject: Named, proposals: &[Proposal]) -> Proposed {
    Proposed {
        v: VERSION,
        subject,
        candidates: proposals.iter().map(Candidate::of).collect(),
        demoted: proposals.first().map_or_else(Vec::new, |first| {
            first
                .demoted
                .iter()
                .map(|one| Demoted {
                    name: one.name.clone(),
                    reason: one.reason.clone(),
                })
                .collect()
        }),
    }
}

/// The best proposal of each identity that has nobody, the surest first.
///
/// # Errors
/// The database cannot be read.
pub async fn queue(
    installation: &Installation,
    as_of: Option<TimeUs>,
) -> Result<Vec<Proposed>, Error> {
    let reader = crate::query::reader(installation, as_of).await?;
    let now = as_of.unwrap_or_else(|| installation.clock.now());
    let ground = Ground::load(&reader, now).await?;
    let classifier = inventory::classify::Classifier::new(&ground.estate);
    let proposer = ground.proposer();
    let estate = &ground.estate;
    let mut all: Vec<Proposed> = Vec::new();
    for ix in estate.indices().filter(|ix| is_governed(estate, *ix)) {
        let state = graph::Classify::labels(&classifier, ix).owner;
        let nobody = matches!(
            state,
            OwnerState::Unowned | OwnerState::OwnerLeft | OwnerState::Unknown
        );
        let (true, Some(node)) = (nobody, estate.node(ix)) else {
            continue;
        };
        let mut proposals = proposer.propose(ix);
        proposals.truncate(1);
        if proposals.is_empty() {
            continue;
        }
        let native_id = estate.text(node.native_id).to_owned();
        let subject = Named {
            id: node.id.to_string(),
            kind: node.kind.name().to_owned(),
            subtype: None,
            name: estate
                .opt_text(node.name)
                .unwrap_or(native_id.as_str())
                .to_owned(),
            native_id,
            retired: false,
            referenced: false,
        };
        all.push(proposed(subject, &proposals));
    }
    all.sort_by(|a, b| {
        let sure = |one: &Proposed| one.candidates.first().map_or(0.0, |best| best.confidence);
        sure(b)
            .total_cmp(&sure(a))
            .then_with(|| a.subject.id.cmp(&b.subject.id))
    });
    Ok(all)
}

/// What was decided about a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decided {
    /// The thing.
    pub subject: Named,
    /// Who was proposed.
    pub candidate: Candidate,
}

/// A person agrees to a proposal: the candidate is an owner from then on, by hand.
///
/// # Errors
/// Nobody of that name is proposed, or the database fails.
pub async fn accept(
    installation: &Installation,
    text: &str,
    owner: &str,
    role: Option<OwnerRole>,
    reason: &str,
) -> Result<Found<Decided>, Error> {
    let chosen = match choose(installation, text, owner).await? {
        Found::One(chosen) => chosen,
        Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
    };
    let (subject, key, proposal) = *chosen;
    let saying = installation.run_start(RunKind::Edit, "owner accept")?;
    let noting = installation.run_start(RunKind::Edit, "owner accept, noted")?;
    decide::accept(
        &installation.db,
        [&saying, &noting],
        key,
        &proposal,
        role.unwrap_or(proposal.role),
        reason,
        installation.clock.now(),
    )
    .await?;
    Ok(Found::One(Box::new(Decided {
        subject,
        candidate: Candidate::of(&proposal),
    })))
}

/// A person disagrees: the candidate is proposed again only on new evidence.
///
/// # Errors
/// Nobody of that name is proposed, or the database fails.
pub async fn reject(
    installation: &Installation,
    text: &str,
    owner: &str,
    reason: &str,
) -> Result<Found<Decided>, Error> {
    let chosen = match choose(installation, text, owner).await? {
        Found::One(chosen) => chosen,
        Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
    };
    let (subject, key, proposal) = *chosen;
    let start = installation.run_start(RunKind::Edit, "owner reject")?;
    let now = installation.clock.now();
    decide::reject(&installation.db, &start, key, &proposal, reason, now).await?;
    Ok(Found::One(Box::new(Decided {
        subject,
        candidate: Candidate::of(&proposal),
    })))
}

/// The proposal that is meant.
async fn choose(
    installation: &Installation,
    text: &str,
    owner: &str,
) -> Result<Found<(Named, i64, Proposal)>, Error> {
    let reader = Reader::open(&installation.db, When::Latest).await?;
    let node = match find(&reader, text, &[]).await? {
        Found::One(node) => node,
        Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
    };
    let ground = Ground::load(&reader, installation.clock.now()).await?;
    let ix = ground.at(node.key).ok_or_else(|| gone(&node.name))?;
    let proposals = ground.proposer().propose(ix);
    let wanted = owner.trim().to_lowercase();
    let fits = |one: &&Proposal| {
        let candidate = &one.candidate;
        candidate.name.to_lowercase() == wanted
            || candidate.id.to_string() == wanted
            || ground.estate.find(candidate.id).is_some_and(|ix| {
                ground
                    .estate
                    .node(ix)
                    .is_some_and(|node| ground.estate.text(node.native_id).to_lowercase() == wanted)
            })
    };
    let mut fitting = proposals.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(Found::One(Box::new((
            (&*node).into(),
            node.key,
            one.clone(),
        )))),
        (Some(_), Some(_)) => Err(Error::no_single_match(format!(
            "several candidates are called `{}`; name one by its id",
            model::text::label(owner)
        ))),
        (None, _) => {
            let error = Error::no_single_match(format!(
                "`{}` is not proposed for `{}`",
                model::text::label(owner),
                model::text::label(&node.name)
            ));
            let names = proposals.iter().map(|one| one.candidate.name.as_str());
            Err(match model::suggest::nearest(owner, names) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(
                    "`countersign owner propose THING` lists who is; `owner assign` names anybody",
                ),
            })
        }
    }
}
