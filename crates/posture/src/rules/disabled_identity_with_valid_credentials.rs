//! An identity that is switched off or deleted while credentials of it are valid.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal, Status};

use super::commands::{Act, command};
use super::controls::{attack, cir, csf, iso, nhi, nis2, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct DisabledIdentityWithValidCredentials;

const SPEC: RuleSpec = RuleSpec {
    id: "disabled-identity-with-valid-credentials",
    title: "Switched-off identity whose credentials are valid",
    severity: Severity::Medium,
    kinds: &[NodeKind::Identity],
    what: weighed!(
        "An identity is switched off or deleted, and a credential that proves it is still valid in the eyes of its source."
    ),
    why: "One click brings it all back, and other places that check only the credential never learnt that the identity is off.",
    limits: "Whether any place accepts the credential by itself is not known. A credential of which no source says whether it is valid is unknown.",
    remedies: &[
        "Delete or revoke the credentials the evidence names.",
        "Delete the identity once nobody has missed it for one of its periods.",
    ],
    controls: &[
        nhi("NHI1:2025", "taking it out of service stopped half-way"),
        csf("PR.AA-01", "credentials outlive their identity"),
        nist(
            "AC-2(3)",
            "disabling an account is to reach its authenticators",
        ),
        iso("5.18", "access rights are not removed with the identity"),
        nis2("21(2)(i)", "access outlasts the identity it was given to"),
        cir(
            "11.5.1",
            "the life cycle of the identity does not reach its credentials",
        ),
        attack(
            "T1550.001",
            "a token that was not revoked still opens what checks only tokens",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for DisabledIdentityWithValidCredentials {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let off = matches!(case.node.status, Some(Status::Disabled | Status::Deleted));
        // The ticket-signing account is always switched off, and its key must be valid.
        if case.node.referenced || !off || case.says(Signal::TicketSigningKey) {
            return Judgement::NotApplicable;
        }
        let credentials: Vec<_> = case
            .credentials()
            .into_iter()
            .filter_map(|ix| case.of(ix))
            .filter(|held| !held.node.referenced && !held.has_ended())
            .filter(|held| held.node.credential_type != Some(CredentialType::SecondFactor))
            .collect();
        let valid: Vec<_> = credentials
            .iter()
            .filter(|held| held.node.status == Some(Status::Enabled))
            .collect();
        if !valid.is_empty() {
            let mut commands = Vec::new();
            let mut evidence = vec![case.evidence("it is switched off or deleted")];
            for held in valid {
                evidence.push(held.evidence(format!("`{}` is valid and proves it", held.name())));
                commands.extend(command(held, Act::Delete));
            }
            let mut firing = Firing::sure(
                format!("`{}` is off and its credentials are not", case.name()),
                evidence,
            )
            .severity(case.weigh(SPEC.severity));
            firing.commands = commands;
            return Judgement::Fires(firing);
        }
        if credentials.iter().any(|held| held.node.status.is_none()) {
            return Judgement::Unknown(
                "no source says whether its credentials are still valid".to_owned(),
            );
        }
        Judgement::Quiet
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::DisabledIdentityWithValidCredentials;

    const SVC: &str = "identity:svc";

    fn with(status: &str, words: &str) -> String {
        format!(
            "identity:svc status={status}
             credential:k type=api_key {words}
             credential:k -authenticates-> identity:svc"
        )
    }

    #[test]
    fn fires_on_a_valid_credential_of_what_is_off() {
        for status in ["disabled", "deleted"] {
            let firing = fires_as(RULE, &with(status, "status=enabled"), SVC, Severity::Medium);
            assert_eq!(firing.evidence[1].what, "`k` is valid and proves it");
        }
        fires_as(
            RULE,
            &format!(
                "{}\nidentity:svc privileged=yes",
                with("disabled", "status=enabled")
            ),
            SVC,
            Severity::High,
        );
        quiet(RULE, &with("disabled", "status=disabled"), SVC);
        quiet(RULE, &with("disabled", "status=enabled expires=-1d"), SVC);
        quiet(
            RULE,
            &with("disabled", "status=enabled").replace("api_key", "second_factor"),
            SVC,
        );
        quiet(RULE, "identity:svc status=disabled", SVC);
        quiet(
            RULE,
            "identity:svc status=disabled\ncredential:k -authenticates-> identity:svc",
            SVC,
        );
        unknown(RULE, &with("disabled", ""), SVC);
    }

    #[test]
    fn what_is_on_or_must_be_valid_is_not_looked_at() {
        for text in [
            with("enabled", "status=enabled"),
            with("planned", "status=enabled"),
            format!(
                "{}\nidentity:svc +ticket_signing_key",
                with("disabled", "status=enabled")
            ),
            "identity:svc class=machine".to_owned(),
        ] {
            not_applicable(RULE, &text, SVC);
        }
    }
}
