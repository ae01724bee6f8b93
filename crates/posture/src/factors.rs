//! From a case to the inputs of its score: each factor is looked at, absent, unknown with a reason, or not
//! applicable. What no source could show is unknown; nothing is taken as fine because nobody looked.
//!
//! An identity is scored with the credentials that prove it: a factor is as strong as in the worst of
//! them. A credential that proves no known identity is scored by itself.

use std::num::NonZeroU32;

use graph::NodeIx;
use model::filter::Truth;
use model::labels::{Environment, OwnerState, Sensitivity};
use model::{Class, CredentialType, EdgeKind, NodeKind, Signal};

use crate::dormancy::{self, Dormancy};
use crate::score::{
    Authority, Condition, Factor, Impact, InputError, Inputs, Mitigation, Ratio, Strength, Summary,
    Target,
};
use crate::{Case, score};

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

/// A form whose value can be copied and used elsewhere.
fn is_secret(form: CredentialType) -> bool {
    !matches!(
        form,
        CredentialType::Federation | CredentialType::Grant | CredentialType::SecondFactor
    )
}

/// A form that proves by its value alone.
fn is_bearer(form: CredentialType) -> bool {
    matches!(
        form,
        CredentialType::ApiKey
            | CredentialType::AccessKey
            | CredentialType::Password
            | CredentialType::ClientSecret
            | CredentialType::AccessToken
            | CredentialType::RefreshToken
            | CredentialType::SymmetricKey
            | CredentialType::Secret
    )
}

fn form(case: &Case<'_>) -> Option<CredentialType> {
    case.node.credential_type.filter(|form| is_secret(*form))
}

fn yes_no(answer: Option<bool>, why: &str) -> Strength {
    match answer {
        Some(true) => Strength::observed(Ratio::ONE),
        Some(false) => Strength::observed(Ratio::ZERO),
        None => Strength::unknown(why),
    }
}

fn age(case: &Case<'_>) -> Strength {
    if form(case).is_none() || case.signal(Signal::ProviderManaged) == Some(true) {
        return Strength::NotApplicable;
    }
    let Some(limit) = case
        .limit()
        .and_then(|limit| limit.max_age_days)
        .and_then(NonZeroU32::new)
    else {
        return Strength::NotApplicable;
    };
    let made = case.node.last_rotated.known().or(case.node.created.known());
    match made {
        Some(made) => {
            // The strength grows day by day; the next whole day may change it.
            let days = u32::try_from(case.days_since(made).max(0)).unwrap_or(u32::MAX);
            case.older_than(made, days.max(limit.get()).saturating_add(1));
            Strength::observed(Ratio::of_age(days, limit))
        }
        None => Strength::unknown("no source says when it was made or replaced"),
    }
}

fn no_end(case: &Case<'_>) -> Strength {
    if form(case).is_none() || case.signal(Signal::ProviderManaged) == Some(true) {
        return Strength::NotApplicable;
    }
    let expires = case.node.expires;
    if expires.is_never() {
        Strength::observed(Ratio::ONE)
    } else if expires.known().is_some() {
        Strength::observed(Ratio::ZERO)
    } else {
        Strength::unknown("no source says whether it ends")
    }
}

fn bearer(case: &Case<'_>) -> Strength {
    match form(case) {
        Some(form) if is_bearer(form) => Strength::observed(Ratio::ONE),
        _ => Strength::NotApplicable,
    }
}

fn cryptography(case: &Case<'_>) -> Strength {
    if !matches!(
        form(case),
        Some(
            CredentialType::Certificate
                | CredentialType::PrivateKey
                | CredentialType::SshKey
                | CredentialType::SshCertificate
        )
    ) {
        return Strength::NotApplicable;
    }
    if case.signal(Signal::WeakCryptography) == Some(true) {
        return Strength::observed(Ratio::ONE);
    }
    if let (Some(end), Some(limit)) = (case.node.expires.known(), case.limit())
        && case.passed(end.plus_days(-i64::from(limit.lead_days)))
    {
        return Strength::observed(Ratio::EXPIRING_INSIDE_LEAD_TIME);
    }
    yes_no(
        case.signal(Signal::WeakCryptography),
        "no source read its algorithm and size",
    )
}

/// No source of this version looks at public places, so nobody can say that a secret does not lie there.
fn public_live(case: &Case<'_>) -> Strength {
    match form(case) {
        Some(form) if is_bearer(form) || form == CredentialType::PrivateKey => {
            Strength::unknown("public places were not searched for it")
        }
        _ => Strength::NotApplicable,
    }
}

/// Liveness is the question only once a public copy is known.
fn public_unknown(_: &Case<'_>) -> Strength {
    Strength::NotApplicable
}

fn copies(case: &Case<'_>) -> Strength {
    if form(case).is_none() {
        return Strength::NotApplicable;
    }
    let mut worst: Option<Ratio> = None;
    let mut note = |x: Ratio| worst = Some(worst.map_or(x, |known| known.max(x)));
    for edge in case.out(EdgeKind::FoundIn) {
        match case.estate.node(edge.other).map(|node| node.kind) {
            Some(NodeKind::Image) => note(Ratio::COPY_IN_IMAGE_OR_ARTEFACT),
            Some(NodeKind::Repo | NodeKind::Pipeline | NodeKind::Workload) => {
                note(Ratio::COPY_IN_REPOSITORY_OR_HOST);
            }
            _ => note(Ratio::COPY_IN_CHAT_OR_WIKI),
        }
    }
    let on_a_host = case.out(EdgeKind::StoredIn).iter().any(|edge| {
        case.estate
            .node(edge.other)
            .is_some_and(|node| node.kind == NodeKind::Resource)
    });
    let in_plain_text = case.signal(Signal::PlainText) == Some(true)
        || case.signal(Signal::NoPassphrase) == Some(true)
        || case.signal(Signal::HardCoded) == Some(true);
    if on_a_host && in_plain_text {
        note(Ratio::COPY_IN_REPOSITORY_OR_HOST);
    }
    match worst {
        Some(x) => Strength::observed(x),
        None if on_a_host => Strength::observed(Ratio::ZERO),
        None => Strength::unknown(
            "hosts, repositories and images were not all searched for copies of it",
        ),
    }
}

fn readers(case: &Case<'_>) -> Strength {
    if form(case).is_none() {
        return Strength::NotApplicable;
    }
    match case.signal(Signal::ReadableByOthers) {
        Some(false) => Strength::observed(Ratio::ZERO),
        // How many accounts the place has is not known; a file for everybody is a broad group.
        Some(true) => Strength::observed(Ratio::ONE),
        None => Strength::unknown("no source says who may read the place it lies in"),
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
mod tests {
    use graph::shorthand;

    use super::*;
    use crate::rules::testing::{AsWritten, policy};
    use crate::{Clockwork, score::Score};

    fn inputs_of(text: &str, label: &str) -> Option<Inputs> {
        let estate = shorthand::estate(text).unwrap();
        let (policy, clockwork) = (policy(), Clockwork::default());
        let classify = AsWritten(&estate);
        let ix = shorthand::find(&estate, label).unwrap();
        let case = Case::open(&estate, &policy, &classify, &clockwork, ix).unwrap();
        is_scored(&case).then(|| inputs(&case, "test").unwrap())
    }

    fn score(text: &str, label: &str) -> Score {
        crate::score::score(&inputs_of(text, label).unwrap())
    }

    fn x(text: &str, factor: Factor) -> Option<f64> {
        match inputs_of(text, "identity:a").unwrap().strength(factor) {
            Strength::Observed { x } => Some(x.get()),
            _ => None,
        }
    }

    fn is_unknown(text: &str, factor: Factor) -> bool {
        matches!(
            inputs_of(text, "identity:a").unwrap().strength(factor),
            Strength::Unknown { .. }
        )
    }

    const WITH_KEY: &str = "credential:k -authenticates-> identity:a
        identity:a class=machine
        credential:k type=access_key";

    #[test]
    fn what_is_scored() {
        assert!(inputs_of("identity:a class=machine", "identity:a").is_some());
        assert!(inputs_of("identity:a class=human", "identity:a").is_none());
        assert!(inputs_of("identity:a class=machine status=disabled", "identity:a").is_none());
        assert!(inputs_of("credential:k type=api_key", "credential:k").is_some());
        assert!(
            inputs_of(WITH_KEY, "credential:k").is_none(),
            "its identity is"
        );
        assert!(inputs_of("credential:k type=grant", "credential:k").is_none());
    }

    #[test]
    fn the_worst_credential_speaks_for_its_identity() {
        let two = |first: &str, second: &str| {
            format!(
                "{WITH_KEY} {first}
                credential:l -authenticates-> identity:a
                credential:l type=access_key {second}"
            )
        };
        let old = "created=-270d";
        assert_eq!(x(&two(old, "created=-1d"), Factor::Ag1), Some(1.0));
        assert_eq!(
            x(&two("created=-1d", "created=-2d"), Factor::Ag1),
            Some(0.0)
        );
        assert_eq!(x(&two(old, ""), Factor::Ag1), Some(1.0));
        assert!(
            is_unknown(&two("created=-1d", ""), Factor::Ag1),
            "the other may be old"
        );
        let off = "created=-900d status=disabled";
        assert_eq!(x(&two("created=-1d", off), Factor::Ag1), Some(0.0));
    }

    #[test]
    fn without_a_credential_only_trust_says_that_none_is_needed() {
        assert!(is_unknown("identity:a class=machine", Factor::Ag2));
        let role = "identity:a class=machine
            identity:a -trusts-> identity:b";
        assert_eq!(
            *inputs_of(role, "identity:a").unwrap().strength(Factor::Ag2),
            Strength::NotApplicable
        );
    }

    #[test]
    fn owners_reviews_and_use_enter_as_they_are_known() {
        for (state, expected) in [
            ("governed", Some(0.0)),
            ("person_only", Some(0.0)),
            ("team_only", Some(0.5)),
            ("owner_left", Some(1.0)),
            ("unowned", Some(1.0)),
            ("unknown", None),
        ] {
            let text = format!("{WITH_KEY}\nidentity:a tag.judged.owner={state}");
            assert_eq!(x(&text, Factor::Ow1), expected, "{state}");
        }
        let idle = |days: i64| format!("{WITH_KEY}\nidentity:a cadence=30 last_used=-{days}d");
        assert_eq!(x(&idle(30), Factor::Us1), Some(0.0));
        assert_eq!(x(&idle(120), Factor::Us1), Some(1.0));
        assert!(is_unknown(WITH_KEY, Factor::Us1));
    }

    #[test]
    fn looking_less_widens_the_interval_and_never_lowers_its_upper_end() {
        let all = format!(
            "{WITH_KEY} created=-400d expires=never\nidentity:a tag.judged.owner=governed last_used=-1d env=production privileged=yes"
        );
        let less = all
            .replace(" created=-400d", "")
            .replace(" last_used=-1d", "");
        let (whole, part) = (score(&all, "identity:a"), score(&less, "identity:a"));
        assert!(part.hi >= whole.hi && part.lo <= whole.lo, "{part:?}");
        assert!(part.c < whole.c);
    }

    #[test]
    fn privileged_ownerless_and_dormant_meets_its_floor() {
        let text = format!(
            "{WITH_KEY} created=-10d expires=never
            identity:a privileged=yes tag.judged.owner=unowned last_used=-400d env=production sensitivity=low"
        );
        let score = score(&text, "identity:a");
        assert!(score.r >= 80.0, "{}", score.vector);
        assert!(score.formula.r < 80.0, "the floor is what lifts it");
    }

    #[test]
    fn shared_across_environments_counts_whole() {
        let users = |second: &str| {
            format!(
                "{WITH_KEY}
                workload:w env=production
                workload:v env={second}
                workload:w -runs_as-> identity:a
                workload:v -runs_as-> identity:a"
            )
        };
        assert_eq!(x(&users("production"), Factor::Sh1), Some(0.25));
        assert_eq!(x(&users("test"), Factor::Sh1), Some(1.0));
        assert!(is_unknown(WITH_KEY, Factor::Sh1));
    }

    #[test]
    fn a_mitigation_counts_only_when_every_credential_has_it() {
        let with = |signals: &str| {
            format!(
                "{WITH_KEY} +source_restricted
                credential:l -authenticates-> identity:a
                credential:l type=access_key {signals}"
            )
        };
        let count = |text: &str| {
            inputs_of(text, "identity:a")
                .unwrap()
                .mitigations()
                .iter()
                .count()
        };
        assert_eq!(count(&with("+source_restricted")), 1);
        assert_eq!(count(&with("")), 0);
    }
}
