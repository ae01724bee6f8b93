//! A secret value in plain text in a configuration, script or environment.

use graph::Edge;
use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist, pci, weighed};
use crate::questions::{MAX_PLACES, is_key, is_secret};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct PlainTextSecret;

const SPEC: RuleSpec = RuleSpec {
    id: "plain-text-secret",
    title: "Secret in plain text",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "A source found the value in plain text in a configuration, script or environment. Info where it lies in an example, fixture or test folder."
    ),
    why: "Whoever reads the file, a backup of it or the process's environment has the secret. Nobody can tell who did.",
    limits: "Private keys have a rule of their own, and so have values written into code. Whether an example's value works anywhere is not known.",
    remedies: &[
        "Move the value to a secret store and let the program fetch it when it starts.",
        "Replace it: what lay open must be taken as read.",
    ],
    controls: &[
        nhi("NHI2:2025", "the value lies outside a secret store"),
        csf("PR.DS-01", "a secret at rest is not kept confidential"),
        nist("IA-5(7)", "a static authenticator is stored unencrypted"),
        iso(
            "5.17",
            "authentication information is not protected where it lies",
        ),
        nis2("21(2)(g)", "basic hygiene of secrets is not kept"),
        pci(
            "8.6.2",
            "a password for an application account stands in a file",
        ),
        attack("T1552.001", "credentials in files are collected first"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["EX3"],
};

impl Rule for PlainTextSecret {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_live() || !is_secret(case) || is_key(case) || case.has_ended() {
            return Judgement::NotApplicable;
        }
        let places: Vec<&Edge> = case
            .out(EdgeKind::FoundIn)
            .iter()
            .filter(|edge| {
                matches!(
                    case.kind_of(edge.other),
                    Some(NodeKind::Resource | NodeKind::Workload | NodeKind::Pipeline)
                )
            })
            .collect();
        if !case.says(Signal::PlainText) && places.is_empty() {
            return match case.signal(Signal::PlainText) {
                Some(_) => Judgement::Quiet,
                None => {
                    Judgement::Unknown("no source read the places where the value lies".to_owned())
                }
            };
        }
        let mut evidence = Vec::new();
        if case.says(Signal::PlainText) {
            evidence.push(case.seen(Signal::PlainText, "its value lies in plain text"));
        }
        for edge in places.into_iter().take(MAX_PLACES) {
            let what = format!("a copy lies in `{}`", case.name_of(edge.other));
            evidence.push(case.evidence_of(edge, what));
        }
        let severity = if case.says(Signal::ExampleOnly) {
            Severity::Info
        } else {
            case.weigh(SPEC.severity)
        };
        Judgement::Fires(
            Firing::sure(
                format!("`{}` can be read where it lies", case.name()),
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

    const RULE: &dyn Rule = &super::PlainTextSecret;

    const S: &str = "credential:s";

    #[test]
    fn fires_on_an_open_value_and_on_a_copy() {
        fires_as(
            RULE,
            "credential:s type=password +plain_text=.env",
            S,
            Severity::Medium,
        );
        for place in ["workload:w", "resource:f", "pipeline:p"] {
            let text = format!("credential:s type=api_key\ncredential:s -found_in-> {place}");
            let firing = fires(RULE, &text, S);
            assert_eq!(firing.evidence.len(), 1, "{place}");
        }
        quiet(RULE, "credential:s type=password -plain_text", S);
        unknown(RULE, "credential:s type=password", S);
        unknown(
            RULE,
            "credential:s type=password\ncredential:s -found_in-> repo:r",
            S,
        );
    }

    #[test]
    fn an_example_is_worth_knowing_and_no_more() {
        fires_as(
            RULE,
            "credential:s type=password +plain_text +example_only",
            S,
            Severity::Info,
        );
        let admin = "credential:s type=password +plain_text
             credential:s -authenticates-> identity:a
             identity:a privileged=yes";
        fires_as(RULE, admin, S, Severity::High);
    }

    #[test]
    fn keys_public_things_and_what_is_over_are_not_looked_at() {
        for words in [
            "type=private_key +plain_text",
            "type=ssh_key +plain_text",
            "type=certificate +plain_text",
            "+plain_text",
            "type=password +plain_text expires=-1d",
            "type=password +plain_text status=deleted",
        ] {
            not_applicable(RULE, &format!("credential:s {words}"), S);
        }
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "+plain_text",
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

    #[test]
    fn names_twenty_copies_and_no_more() {
        let copies: Vec<String> = (0..30)
            .map(|number| format!("\ncredential:s -found_in-> resource:p{number}"))
            .collect();
        let text = format!("credential:s type=password{}", copies.concat());
        assert_eq!(fires(RULE, &text, S).evidence.len(), 20);
    }
}
