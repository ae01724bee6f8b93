//! The factors that are asked of each credential by itself.

use std::num::NonZeroU32;

use model::{CredentialType, EdgeKind, NodeKind, Signal};

use crate::Case;
use crate::score::{Ratio, Strength};

/// A form whose value can be copied and used elsewhere.
pub(super) fn is_secret(form: CredentialType) -> bool {
    !matches!(
        form,
        CredentialType::Federation | CredentialType::Grant | CredentialType::SecondFactor
    )
}

/// A form that proves by its value alone.
pub(super) fn is_bearer(form: CredentialType) -> bool {
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

pub(super) fn form(case: &Case<'_>) -> Option<CredentialType> {
    case.node.credential_type.filter(|form| is_secret(*form))
}

fn yes_no(answer: Option<bool>, why: &str) -> Strength {
    match answer {
        Some(true) => Strength::observed(Ratio::ONE),
        Some(false) => Strength::observed(Ratio::ZERO),
        None => Strength::unknown(why),
    }
}

pub(super) fn age(case: &Case<'_>) -> Strength {
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

pub(super) fn no_end(case: &Case<'_>) -> Strength {
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

pub(super) fn bearer(case: &Case<'_>) -> Strength {
    match form(case) {
        Some(form) if is_bearer(form) => Strength::observed(Ratio::ONE),
        _ => Strength::NotApplicable,
    }
}

pub(super) fn cryptography(case: &Case<'_>) -> Strength {
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
pub(super) fn public_live(case: &Case<'_>) -> Strength {
    match form(case) {
        Some(form) if is_bearer(form) || form == CredentialType::PrivateKey => {
            Strength::unknown("public places were not searched for it")
        }
        _ => Strength::NotApplicable,
    }
}

/// Liveness is the question only once a public copy is known.
pub(super) fn public_unknown(_: &Case<'_>) -> Strength {
    Strength::NotApplicable
}

pub(super) fn copies(case: &Case<'_>) -> Strength {
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

pub(super) fn readers(case: &Case<'_>) -> Strength {
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
