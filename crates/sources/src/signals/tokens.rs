//! Tokens, API keys, passwords and other values that whoever holds them may use.

use model::{CredentialType, NodeKind, Signal, marks};

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "tokens and other secret values",
    applies: |seen| seen.is(NodeKind::Credential),
    read,
    states: &[
        Statement::no(
            Signal::SenderBound,
            "its form (API key, access key, password, client secret) works for whoever holds it",
        ),
        Statement::no(
            Signal::HardwareHeld,
            "its value was read, so it is no longer only in hardware",
        ),
        Statement::of(
            Signal::SupersededForm,
            "its vendor names a successor of this form",
            "it is the successor, or ends by itself within hours",
        ),
        Statement::of(
            Signal::RefreshesItself,
            "it is a refresh token",
            "it is marked as an access token",
        ),
        Statement::yes(
            Signal::OutsideSignOn,
            "it is a refresh token: the sign-on's controls are not asked again when it is used",
        ),
        Statement::yes(Signal::IncidentDependency, "it opens remote access (VPN)"),
        Statement::no(
            Signal::SourceRestricted,
            "its form cannot be restricted to callers",
        ),
    ],
};

/// Forms that their platform replaced, with what it offers instead.
const SUPERSEDED: &[(&str, &str)] = &[
    ("github_classic_pat", "fine-grained tokens or an app"),
    (
        "gitlab_runner_registration_token",
        "runner authentication tokens",
    ),
    ("grafana_api_key", "tokens of service accounts"),
    (
        "k8s_legacy_token",
        "tokens that are bound to a pod and end by themselves",
    ),
    ("vault_legacy_batch_token", "tokens with the prefix hvb."),
    ("vault_legacy_service_token", "tokens with the prefix hvs."),
];

/// Forms that replaced others, or end within hours.
const CURRENT: &[&str] = &[
    "aws_temporary_access_key",
    "github_app_installation_token",
    "github_fine_grained_pat",
    "gitlab_ci_job_token",
    "google_oauth_token",
    "grafana_service_account_token",
    "k8s_service_account_token",
];

/// Forms that no platform lets anybody restrict to callers.
const UNRESTRICTABLE: &[&str] = &["k8s_bootstrap_token", "k8s_legacy_token"];

fn read(seen: &Seen<'_>, said: &mut Said) {
    if seen.value_was_read() {
        said.no(Signal::HardwareHeld);
    }
    // That a key of remote access is needed in an incident holds for every form.
    if seen.flag(marks::NEEDED_IN_INCIDENT) == Some(true) {
        let by = seen.text(marks::REMOTE_ACCESS).unwrap_or("remote access");
        said.seen(Signal::IncidentDependency, by);
    }
    if matches!(
        seen.form,
        Some(
            CredentialType::ApiKey
                | CredentialType::AccessKey
                | CredentialType::Password
                | CredentialType::ClientSecret
        )
    ) {
        said.no(Signal::SenderBound);
    }
    if let Some((_, instead)) = SUPERSEDED.iter().find(|(form, _)| *form == seen.subtype) {
        said.seen(Signal::SupersededForm, *instead);
    } else if CURRENT.contains(&seen.subtype) {
        said.no(Signal::SupersededForm);
    }
    if UNRESTRICTABLE.contains(&seen.subtype) {
        said.no(Signal::SenderBound);
        said.no(Signal::SourceRestricted);
    }
    if seen.form == Some(CredentialType::RefreshToken)
        || seen.text(marks::TOKEN_USE) == Some("refresh_token")
    {
        said.yes(Signal::RefreshesItself);
    } else if seen.text(marks::TOKEN_USE) == Some("access_token") {
        said.no(Signal::RefreshesItself);
    }
    if seen.flag(marks::OUTSIDE_SIGN_ON_CONTROLS) == Some(true) {
        said.yes(Signal::OutsideSignOn);
    }
}
