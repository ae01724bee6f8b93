//! A secret value in source code, a script or an image.

use graph::Edge;
use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist, pci, weighed};
use crate::questions::{MAX_PLACES, is_secret};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct HardCodedSecret;

const SPEC: RuleSpec = RuleSpec {
    id: "hard-coded-secret",
    title: "Secret written into code or an image",
    severity: Severity::High,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "A source found the value written into code or a script, or a copy of it in a repository or image. Low where it lies in an example, fixture or test folder."
    ),
    why: "Code is copied to every developer, build and mirror, and its history keeps what was deleted. The value can be changed only by a release, so nobody changes it.",
    limits: "Whether the value still works is not asked. What lies only in a history that was not read is not known.",
    remedies: &[
        "Replace the value first: deleting the line leaves it in the history.",
        "Let the code fetch it from a secret store, or use an identity of the platform.",
        "Check before a commit reaches others.",
    ],
    controls: &[
        nhi("NHI2:2025", "the value leaks with every copy of the code"),
        csf("PR.PS-06", "secure development keeps secrets out of code"),
        nist("IA-5(7)", "a static authenticator is embedded in code"),
        iso("8.4", "access to source code is access to the secret"),
        iso("8.28", "secure coding keeps secrets out of code"),
        nis2(
            "21(2)(e)",
            "development does not keep secrets out of what it delivers",
        ),
        pci(
            "8.6.2",
            "a password of an application account is hard-coded",
        ),
        attack(
            "T1552.001",
            "repositories are searched for credentials by machine",
        ),
    ],
    aliases: &[],
    covers: &["plain-text-secret", "key-without-passphrase"],
    factors: &["EX3"],
};

impl Rule for HardCodedSecret {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_live() || !is_secret(case) || case.has_ended() {
            return Judgement::NotApplicable;
        }
        let places: Vec<&Edge> = case
            .out(EdgeKind::FoundIn)
            .iter()
            .filter(|edge| {
                matches!(
                    case.kind_of(edge.other),
                    Some(NodeKind::Repo | NodeKind::Image)
                )
            })
            .collect();
        if !case.says(Signal::HardCoded) && places.is_empty() {
            return match case.signal(Signal::HardCoded) {
                Some(_) => Judgement::Quiet,
                None => Judgement::Unknown("no source looked for the value in code".to_owned()),
            };
        }
        let mut evidence = Vec::new();
        if case.says(Signal::HardCoded) {
            evidence.push(case.seen(Signal::HardCoded, "its value is written into code"));
        }
        for edge in places.into_iter().take(MAX_PLACES) {
            let what = format!("a copy lies in `{}`", case.name_of(edge.other));
            evidence.push(case.evidence_of(edge, what));
        }
        let severity = if case.says(Signal::ExampleOnly) {
            Severity::Low
        } else {
            case.weigh(SPEC.severity)
        };
        Judgement::Fires(
            Firing::sure(
                format!("`{}` is part of what code delivers", case.name()),
                evidence,
            )
            .severity(severity),
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::HardCodedSecret;

    const S: &str = "credential:s";

    #[test]
    fn fires_on_code_repositories_and_images() {
        fires_as(
            RULE,
            "credential:s type=password +hard_coded=deploy.ps1",
            S,
            Severity::High,
        );
        for place in ["repo:r", "image:i"] {
            let text = format!("credential:s type=private_key\ncredential:s -found_in-> {place}");
            let firing = fires(RULE, &text, S);
            assert_eq!(firing.evidence.len(), 1, "{place}");
        }
        quiet(RULE, "credential:s type=password -hard_coded", S);
        unknown(RULE, "credential:s type=password", S);
        unknown(
            RULE,
            "credential:s type=password\ncredential:s -found_in-> workload:w",
            S,
        );
    }

    #[test]
    fn an_example_is_low_and_a_privileged_one_critical() {
        fires_as(
            RULE,
            "credential:s type=password +hard_coded +example_only",
            S,
            Severity::Low,
        );
        fires_as(
            RULE,
            "credential:s type=password +hard_coded privileged=yes",
            S,
            Severity::Critical,
        );
    }

    #[test]
    fn public_things_and_what_is_over_are_not_looked_at() {
        for words in [
            "type=certificate +hard_coded",
            "+hard_coded",
            "type=password +hard_coded expires=-1d",
            "type=password +hard_coded status=deleted",
        ] {
            not_applicable(RULE, &format!("credential:s {words}"), S);
        }
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "+hard_coded",
            &[
                CredentialType::ApiKey,
                CredentialType::AccessKey,
                CredentialType::Password,
                CredentialType::ClientSecret,
                CredentialType::PrivateKey,
                CredentialType::SshKey,
                CredentialType::AccessToken,
                CredentialType::RefreshToken,
                CredentialType::SymmetricKey,
                CredentialType::Secret,
            ],
        );
    }

    #[test]
    fn names_twenty_copies_and_no_more() {
        let copies: Vec<String> = (0..30)
            .map(|number| format!("\ncredential:s -found_in-> repo:p{number}"))
            .collect();
        let text = format!("credential:s type=password{}", copies.concat());
        assert_eq!(fires(RULE, &text, S).evidence.len(), 20);
    }
}
