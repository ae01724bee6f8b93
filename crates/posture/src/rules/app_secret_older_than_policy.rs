//! An application's secret that is older than the policy allows.

use model::finding::Severity;
use model::{CredentialType, NodeKind};

use super::controls::{attack, cir, csf, iso, nhi, nist, pci, tenet, weighed};
use super::credential_older_than_policy::by_age;
use crate::{Case, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct AppSecretOlderThanPolicy;

const SPEC: RuleSpec = RuleSpec {
    id: "app-secret-older-than-policy",
    title: "Secret of an application older than policy allows",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "The client secret of an application registration or OAuth client has not been replaced for as many days as the policy allows, and is still valid."
    ),
    why: "An application's secret signs in without a person and without a second factor, from anywhere. Copies of it lie in pipelines, settings and the mail of whoever set it up.",
    limits: "What has ended, what the provider keeps and replaces itself, and certificates, whose life has an end of its own, are not looked at. Whether somebody replaced the value without the source noticing is not known.",
    remedies: &[
        "Give the application a federated credential or a certificate whose key cannot leave its host.",
        "Else add a new secret, move every consumer to it, and delete the old one.",
    ],
    controls: &[
        nhi(
            "NHI7:2025",
            "the secret has outlived the time the policy gives it",
        ),
        csf(
            "PR.AA-01",
            "credentials of services are not managed over their life",
        ),
        nist("IA-5", "authenticators are to be changed after a set time"),
        tenet("6", "authentication rests on a value that nothing renews"),
        iso(
            "5.17",
            "authentication information is not changed as its rules demand",
        ),
        cir(
            "11.6",
            "the time after which authentication is renewed has passed",
        ),
        pci(
            "8.6.3",
            "secrets of application accounts are not changed as often as their risk demands",
        ),
        attack(
            "T1098.001",
            "additional secrets on applications are a known way to stay",
        ),
    ],
    aliases: &[],
    covers: &["never-rotated"],
    factors: &["AG1"],
};

impl Rule for AppSecretOlderThanPolicy {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(&[CredentialType::ClientSecret]) {
            return Judgement::NotApplicable;
        }
        by_age(case, SPEC.severity)
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::AppSecretOlderThanPolicy;

    #[test]
    fn fires_on_an_old_secret_of_an_application_and_only_there() {
        let secret = "credential:s";
        fires_as(
            RULE,
            "credential:s type=client_secret created=-90d",
            secret,
            Severity::Medium,
        );
        quiet(RULE, "credential:s type=client_secret created=-89d", secret);
        unknown(RULE, "credential:s type=client_secret", secret);
        not_applicable(RULE, "credential:s type=api_key created=-90d", secret);
        not_applicable(
            RULE,
            "credential:s type=client_secret created=-90d expires=-1d",
            secret,
        );
        let privileged = "credential:s type=client_secret created=-90d
             credential:s -authenticates-> identity:app
             identity:app privileged=yes";
        fires_as(RULE, privileged, secret, Severity::High);
    }
}
