//! From a case to the inputs of its score: each factor is looked at, absent, unknown with a reason, or not
//! applicable. What no source could show is unknown; nothing is taken as fine because nobody looked.
//!
//! An identity is scored with the credentials that prove it: a factor is as strong as in the worst of
//! them. A credential that proves no known identity is scored by itself.

mod credential;

use std::num::NonZeroU32;

use graph::NodeIx;
use model::filter::Truth;
use model::labels::{Environment, OwnerState, Sensitivity};
use model::{Class, EdgeKind, NodeKind, Signal};

use crate::dormancy::{self, Dormancy};
use crate::score::{
    Authority, Condition, Factor, Impact, InputError, Inputs, Mitigation, Ratio, Strength, Summary,
    Target,
};
use crate::{Case, score};
use credential::{
    age, bearer, copies, cryptography, form, is_secret, no_end, public_live, public_unknown,
    readers,
};

/// Whether a node has a score of its own: identities that a source shows, except people and what others
/// keep, and credentials that prove no known identity.
pub fn is_scored(case: &Case<'_>) -> bool {
    match case.node.kind {
        NodeKind::Identity => {
            case.is_live() && !matches!(case.node.class, Some(Class::Human | Class::External))
        }
        NodeKind::Credential => {
            case.is_live()
                && case.identities().is_empty()
                && case.node.credential_type.is_some_and(is_secret)
        }
        _ => false,
    }
}

/// The inputs of a node's score under the policy version `policy`.
///
/// # Errors
/// The policy version is empty or too long.
pub fn inputs(case: &Case<'_>, policy: &str) -> Result<Inputs, InputError> {
    let credentials = proofs(case);
    let mut inputs = Inputs::nothing_applies(policy)?;
    for (factor, of_one) in OF_CREDENTIAL {
        inputs.set(*factor, worst(&credentials, case, *of_one));
    }
    inputs.set(Factor::Cf1, trust(case));
    inputs.set(Factor::Hu1, interactive(case));
    inputs.set(Factor::Ow1, owner(case));
    inputs.set(Factor::Sh1, shared(case, &credentials));
    inputs.set(Factor::Tp1, third_party(case));
    inputs.set(Factor::Us1, idle(case));
    inputs.set(Factor::Us2, workload_gone(case));
    for mitigation in mitigations(&credentials) {
        inputs.mitigate(mitigation);
    }
    for (condition, truth) in conditions(case, &credentials) {
        inputs.set_condition(condition, truth);
    }
    inputs.set_impact(impact(case));
    Ok(inputs)
}

/// The score of a node, when it has one.
pub fn score_of(case: &Case<'_>, policy: &str) -> Option<Result<score::Score, InputError>> {
    is_scored(case).then(|| inputs(case, policy).map(|inputs| score::score(&inputs)))
}

type OfCredential = fn(&Case<'_>) -> Strength;

/// The factors that are asked of each credential.
const OF_CREDENTIAL: &[(Factor, OfCredential)] = &[
    (Factor::Ag1, age),
    (Factor::Ag2, no_end),
    (Factor::Bd1, bearer),
    (Factor::Cr1, cryptography),
    (Factor::Ex1, public_live),
    (Factor::Ex2, public_unknown),
    (Factor::Ex3, copies),
    (Factor::Ex4, readers),
];

/// The live credentials of an identity, or the credential itself.
fn proofs<'a>(case: &Case<'a>) -> Vec<Case<'a>> {
    if case.is(NodeKind::Credential) {
        return vec![*case];
    }
    case.credentials()
        .into_iter()
        .filter_map(|ix| case.of(ix))
        .filter(Case::is_live)
        .collect()
}

/// The strongest of all; what is unknown of one hides behind what is seen of another, and only then.
fn worst(credentials: &[Case<'_>], subject: &Case<'_>, of_one: OfCredential) -> Strength {
    if credentials.is_empty() {
        return without_credentials(subject);
    }
    let mut seen: Option<Ratio> = None;
    let mut unknown: Option<Strength> = None;
    for credential in credentials {
        match of_one(credential) {
            Strength::Observed { x } => seen = Some(seen.map_or(x, |known| known.max(x))),
            Strength::NotApplicable => {}
            why @ Strength::Unknown { .. } => {
                unknown.get_or_insert(why);
            }
        }
    }
    match (seen, unknown) {
        (Some(x), _) if x.get() > 0.0 => Strength::observed(x),
        (_, Some(why)) => why,
        (Some(x), None) => Strength::observed(x),
        (None, None) => Strength::NotApplicable,
    }
}

/// An identity others become by trust needs no credential; of any other one must exist somewhere.
fn without_credentials(subject: &Case<'_>) -> Strength {
    let by_trust = !subject.out(EdgeKind::Trusts).is_empty()
        || subject.signal(Signal::ProviderManaged) == Some(true);
    if by_trust {
        Strength::NotApplicable
    } else {
        Strength::unknown("no source lists its credentials")
    }
}

fn trust(case: &Case<'_>) -> Strength {
    if !case.is(NodeKind::Identity) {
        return Strength::NotApplicable;
    }
    let anyone = case.signal(Signal::TrustsAnyone);
    let pattern = case.signal(Signal::TrustsWildcardSubject);
    match (anyone, pattern) {
        (Some(true), _) => Strength::observed(Ratio::ONE),
        (_, Some(true)) => Strength::observed(Ratio::WILDCARD_INSIDE_ORGANISATION),
        (Some(false), Some(false)) => Strength::observed(Ratio::ZERO),
        (None, None) if case.out(EdgeKind::Trusts).is_empty() => Strength::NotApplicable,
        _ => Strength::unknown("its trust policy was not read"),
    }
}

fn interactive(case: &Case<'_>) -> Strength {
    match case.signal(Signal::InteractiveUse) {
        Some(true) => match case.node.last_used.known() {
            Some(used) if !case.older_than(used, 30) => Strength::observed(Ratio::ONE),
            Some(used) if !case.older_than(used, 180) => {
                Strength::observed(Ratio::HUMAN_USE_IN_180_DAYS)
            }
            Some(_) => Strength::observed(Ratio::ZERO),
            None => Strength::unknown("a person signs in with it; when, no source says"),
        },
        Some(false) => Strength::observed(Ratio::ZERO),
        None if case.is(NodeKind::Identity) => Strength::unknown("no log of sign-ins was read"),
        None => Strength::NotApplicable,
    }
}

fn owner(case: &Case<'_>) -> Strength {
    match case.labels().owner {
        OwnerState::Governed | OwnerState::PersonOnly => Strength::observed(Ratio::ZERO),
        OwnerState::TeamOnly => Strength::observed(Ratio::TEAM_BUT_NO_PERSON),
        OwnerState::OwnerLeft | OwnerState::Unowned => Strength::observed(Ratio::ONE),
        OwnerState::Unknown => Strength::unknown("a source that would know its owner was not read"),
    }
}

/// Workloads and hosts that use it. Those of one deployment are one node, so copies do not count.
fn users(case: &Case<'_>, credentials: &[Case<'_>]) -> Vec<NodeIx> {
    let mut users = case.workloads();
    for credential in credentials {
        users.extend(credential.configured_in());
    }
    users.sort_unstable();
    users.dedup();
    users
}

fn shared(case: &Case<'_>, credentials: &[Case<'_>]) -> Strength {
    let users = users(case, credentials);
    if users.is_empty() {
        return Strength::unknown("no source says which workloads use it");
    }
    if case.environments_of(&users).len() > 1 || teams(case, &users) > 1 {
        return Strength::observed(Ratio::ONE);
    }
    Strength::observed(Ratio::of_workloads(
        u32::try_from(users.len()).unwrap_or(u32::MAX),
    ))
}

fn teams(case: &Case<'_>, users: &[NodeIx]) -> usize {
    let mut teams: Vec<NodeIx> = users.iter().flat_map(|ix| case.teams_of(*ix)).collect();
    teams.sort_unstable();
    teams.dedup();
    teams.len()
}

fn third_party(case: &Case<'_>) -> Strength {
    match case.labels().third_party {
        Some(true) => Strength::observed(Ratio::ONE),
        Some(false) => Strength::NotApplicable,
        None => Strength::unknown("whether an outside company holds it is not known"),
    }
}

fn idle(case: &Case<'_>) -> Strength {
    match dormancy::of(case) {
        Dormancy::InUse(idle) | Dormancy::Dormant(idle) => {
            let Some(cadence) = NonZeroU32::new(idle.cadence_days) else {
                return Strength::NotApplicable;
            };
            let days = u32::try_from(idle.days.max(0)).unwrap_or(u32::MAX);
            case.older_than(idle.since, days.max(idle.cadence_days).saturating_add(1));
            Strength::observed(Ratio::of_idleness(days, cadence))
        }
        Dormancy::Unknown(why) => Strength::unknown(why),
    }
}

fn workload_gone(case: &Case<'_>) -> Strength {
    let users: Vec<NodeIx> = case
        .workloads()
        .into_iter()
        .filter(|ix| case.estate.node(*ix).is_some_and(|node| !node.referenced))
        .collect();
    if !users.is_empty() {
        return Strength::observed(Ratio::ZERO);
    }
    if !case.gone_workloads().is_empty() {
        return Strength::observed(Ratio::ONE);
    }
    match case.labels().still_needed {
        Some(true) => Strength::observed(Ratio::ZERO),
        Some(false) => Strength::observed(Ratio::ONE),
        None => Strength::unknown("no source says which workload it is for"),
    }
}

/// A mitigation holds only when every credential has it.
fn mitigations(credentials: &[Case<'_>]) -> Vec<Mitigation> {
    [
        (Signal::SenderBound, Mitigation::SenderConstrained),
        (Signal::SourceRestricted, Mitigation::SourceCondition),
        (Signal::HardwareHeld, Mitigation::HardwareKey),
    ]
    .into_iter()
    .filter(|(signal, _)| {
        !credentials.is_empty()
            && credentials
                .iter()
                .all(|credential| credential.signal(*signal) == Some(true))
    })
    .map(|(_, mitigation)| mitigation)
    .collect()
}

fn truth(answer: Option<bool>) -> Truth {
    match answer {
        Some(true) => Truth::True,
        Some(false) => Truth::False,
        None => Truth::Unknown,
    }
}

fn conditions(case: &Case<'_>, credentials: &[Case<'_>]) -> Vec<(Condition, Truth)> {
    let labels = case.labels();
    let live = credentials.iter().any(|credential| !credential.has_ended());
    let is_static = credentials
        .iter()
        .any(|credential| form(credential).is_some());
    let reaches_sensitive = match (labels.environment, labels.sensitivity) {
        (Some(Environment::Production), Some(Sensitivity::High | Sensitivity::Critical)) => {
            Truth::True
        }
        _ => Truth::Unknown,
    };
    let is_app = case.is(NodeKind::Identity);
    vec![
        (
            Condition::Agent,
            truth(Some(case.node.class == Some(Class::Agent))),
        ),
        (Condition::Dormant, truth(dormancy::of(case).known())),
        (
            Condition::Live,
            truth((live || credentials.is_empty()).then_some(live)),
        ),
        (
            Condition::MoreThanMetadata,
            if labels.privileged == Some(true) {
                Truth::True
            } else {
                Truth::Unknown
            },
        ),
        (
            Condition::NoOwner,
            match labels.owner {
                OwnerState::Unowned | OwnerState::OwnerLeft => Truth::True,
                OwnerState::Unknown => Truth::Unknown,
                _ => Truth::False,
            },
        ),
        (
            Condition::NonProduction,
            truth(
                labels
                    .environment
                    .map(|place| place != Environment::Production),
            ),
        ),
        (Condition::Privileged, truth(labels.privileged)),
        (Condition::Public, Truth::Unknown),
        (Condition::ReachesProductionSensitive, reaches_sensitive),
        (Condition::StaticCredential, truth(Some(is_static))),
        (
            Condition::TenantWideScope,
            truth(tenant_wide(case, credentials)),
        ),
        (
            Condition::ThirdPartyApp,
            if is_app {
                truth(labels.third_party)
            } else {
                Truth::False
            },
        ),
        (Condition::WritesTwoSystems, Truth::Unknown),
    ]
}

fn tenant_wide(case: &Case<'_>, credentials: &[Case<'_>]) -> Option<bool> {
    let mut known = case.signal(Signal::TenantWideScope);
    for credential in credentials {
        match credential.signal(Signal::TenantWideScope) {
            Some(true) => return Some(true),
            Some(false) => known = known.or(Some(false)),
            None => {}
        }
    }
    known
}

/// Reach is not computed here: what counts is the declared role or tier, and the score says so.
fn impact(case: &Case<'_>) -> Impact {
    let labels = case.labels();
    let authority = (labels.privileged == Some(true)).then_some(Authority::FullControl);
    let environment = labels.environment.and_then(|place| match place {
        Environment::Production => Some(score::Environment::Production),
        Environment::Test => Some(score::Environment::Test),
        Environment::Development => Some(score::Environment::Development),
        Environment::Sandbox => Some(score::Environment::Sandbox),
        // What automation acts on may be anything.
        Environment::Automation => None,
    });
    let sensitivity = labels.sensitivity.map(|level| match level {
        Sensitivity::Critical => score::Sensitivity::Critical,
        Sensitivity::High => score::Sensitivity::High,
        Sensitivity::Medium => score::Sensitivity::Medium,
        Sensitivity::Low => score::Sensitivity::Low,
    });
    if authority.is_none() && environment.is_none() && sensitivity.is_none() {
        return Impact::Unknown {
            reason: "reach is not computed, and neither role nor environment nor sensitivity is declared"
                .to_owned(),
        };
    }
    let target = Target {
        authority,
        sensitivity,
        environment,
    };
    let reached = case.targets(EdgeKind::Grants).len().max(1) as u64;
    match Summary::declared(target, reached) {
        Ok(summary) => Impact::Summary(summary),
        Err(error) => Impact::Unknown {
            reason: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
