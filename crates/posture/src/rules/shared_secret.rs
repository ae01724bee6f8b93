//! One secret value that several identities, teams or environments use.

use model::finding::Severity;
use model::{CredentialType, NodeKind};

use super::controls::{cir, csf, iso, nhi, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct SharedSecret;

const SPEC: RuleSpec = RuleSpec {
    id: "shared-secret",
    title: "Secret shared between identities, teams or environments",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: "One and the same secret value (told by its fingerprint, never by the value) proves several identities, or is used in more than one environment or by things of more than one team. High across environments or teams.",
    why: "A leak in the weakest place opens the strongest one. Nobody can replace the value without the others, so nobody does.",
    limits: "Two uses by one identity in one environment are not sharing. Where environments and teams are not known, sharing across them is not seen.",
    remedies: &[
        "Issue a secret of its own to each identity, team and environment.",
        "Replace the shared value last, when nothing uses it any more.",
    ],
    controls: &[
        nhi("NHI8:2025", "one secret works in several environments"),
        nhi("NHI9:2025", "one secret stands for several identities"),
        csf("PR.AA-02", "a shared secret is bound to no one identity"),
        nist("IA-5", "authenticators are not to be shared"),
        iso("5.17", "authentication information is shared"),
        iso(
            "8.31",
            "environments are not separated where they share a secret",
        ),
        cir(
            "11.5.3",
            "a shared identity needs approval and documentation",
        ),
        pci(
            "8.2.2",
            "shared authenticators are allowed only by exception",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["SH1"],
};

impl Rule for SharedSecret {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(SECRETS) {
            return Judgement::NotApplicable;
        }
        let identities = case.identities();
        let mut users = case.configured_in();
        users.extend(&identities);
        if users.is_empty() {
            return Judgement::Unknown(
                "no source says who uses the secret; configurations and the issuer's list would tell".to_owned(),
            );
        }
        let environments = case.environments_of(&users);
        let teams = case.teams_of_all(&users);
        let apart = environments.len() > 1 || teams.len() > 1;
        if !apart && identities.len() < 2 {
            return Judgement::Quiet;
        }
        let mut evidence = Vec::new();
        if identities.len() > 1 {
            evidence.push(case.evidence(format!("it proves {}", case.names(&identities))));
        }
        if environments.len() > 1 {
            let words: Vec<&str> = environments.iter().map(|place| place.name()).collect();
            evidence.push(case.evidence(format!("it is used in {}", words.join(", "))));
        }
        if teams.len() > 1 {
            evidence.push(case.evidence(format!("it is used by {}", case.names(&teams))));
        }
        let severity = if apart { Severity::High } else { SPEC.severity };
        Judgement::Fires(
            Firing::sure(
                format!(
                    "`{}` is one value for what should have several",
                    case.name()
                ),
                evidence,
            )
            .severity(severity),
        )
    }
}

/// Forms that are a secret value; keys have a rule of their own.
const SECRETS: &[CredentialType] = &[
    CredentialType::ApiKey,
    CredentialType::AccessKey,
    CredentialType::Password,
    CredentialType::ClientSecret,
    CredentialType::AccessToken,
    CredentialType::RefreshToken,
    CredentialType::SymmetricKey,
    CredentialType::Secret,
];

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::SharedSecret;

    const KEY: &str = "credential:s";

    #[test]
    fn fires_on_two_identities_worse_across_environments_and_teams() {
        let two = "credential:s type=password
             credential:s -authenticates-> identity:a
             credential:s -authenticates-> identity:b";
        let firing = fires_as(RULE, two, KEY, Severity::Medium);
        assert_eq!(firing.evidence.len(), 1);
        let one = format!("{two}\nidentity:a env=test\nidentity:a -owned_by-> team:x");
        assert_eq!(
            fires_as(RULE, &one, KEY, Severity::Medium).evidence.len(),
            1
        );
        let environments = format!("{two}\nidentity:a env=production\nidentity:b env=test");
        let firing = fires_as(RULE, &environments, KEY, Severity::High);
        assert_eq!(firing.evidence[1].what, "it is used in production, test");
        let teams = format!("{two}\nidentity:a -owned_by-> team:x\nidentity:b -owned_by-> team:y");
        let firing = fires_as(RULE, &teams, KEY, Severity::High);
        assert!(firing.evidence[1].what.starts_with("it is used by `"));
    }

    #[test]
    fn workloads_count_by_where_they_run_and_whose_they_are() {
        let two = "credential:s type=api_key
             credential:s -used_by-> workload:a
             credential:s -used_by-> workload:b";
        quiet(RULE, two, KEY);
        fires_as(
            RULE,
            &format!("{two}\nworkload:a env=production\nworkload:b env=development"),
            KEY,
            Severity::High,
        );
        quiet(
            RULE,
            &format!(
                "{two}\nworkload:a env=test\nworkload:b env=test\nworkload:a -owned_by-> team:x\nworkload:b -owned_by-> person:y"
            ),
            KEY,
        );
    }

    #[test]
    fn names_only_what_there_are_several_of() {
        let apart = "credential:s type=api_key
             credential:s -authenticates-> identity:a
             identity:a env=test
             credential:s -used_by-> workload:b
             workload:b env=production
             workload:b -owned_by-> team:x";
        let firing = fires_as(RULE, apart, KEY, Severity::High);
        assert_eq!(firing.evidence.len(), 1);
        assert_eq!(firing.evidence[0].what, "it is used in production, test");
    }

    #[test]
    fn one_user_is_fine_and_none_is_unknown() {
        quiet(
            RULE,
            "credential:s type=password\ncredential:s -authenticates-> identity:a",
            KEY,
        );
        unknown(RULE, "credential:s type=password", KEY);
        not_applicable(RULE, "credential:s type=private_key", KEY);
        not_applicable(RULE, "credential:s type=password expires=-1d", KEY);
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "",
            &[
                CredentialType::ApiKey,
                CredentialType::AccessKey,
                CredentialType::Password,
                CredentialType::ClientSecret,
                CredentialType::AccessToken,
                CredentialType::RefreshToken,
                CredentialType::SymmetricKey,
                CredentialType::Secret,
            ],
        );
    }
}
