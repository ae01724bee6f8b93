//! A credential without a known way to replace its secret part.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::controls::{csf, iso, nhi, nis2, nist, pci, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct NotRotatable;

const SPEC: RuleSpec = RuleSpec {
    id: "not-rotatable",
    title: "Credential nobody can replace",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "There is no known way to replace the secret part of the credential, or the way was tried and failed."
    ),
    why: "A credential that cannot be replaced is not really yours: whoever learns it has it for as long as the thing it opens stands.",
    limits: "Where nobody looked for a way, the rule cannot know. Second factors and what has ended are not looked at.",
    remedies: &[
        "Find out who holds it and how the consumer takes a new value; write it down and try it.",
        "Where the consumer cannot take a new value, put something in front of it that can.",
    ],
    controls: &[
        nhi(
            "NHI7:2025",
            "a secret that cannot be replaced lives for ever",
        ),
        csf("PR.AA-01", "the credential cannot be managed over its life"),
        nist("IA-5", "authenticators must be changeable"),
        iso("5.17", "authentication information cannot be changed"),
        nis2("21(2)(h)", "a secret cannot be changed after a compromise"),
        pci(
            "8.6.3",
            "the password of an application account cannot be changed on time",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for NotRotatable {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let second_factor = case.node.credential_type == Some(CredentialType::SecondFactor);
        if !case.is_live() || case.has_ended() || second_factor {
            return Judgement::NotApplicable;
        }
        match case.signal(Signal::RotationMethod) {
            Some(true) => Judgement::Quiet,
            None => Judgement::Unknown("no source says how to replace it".to_owned()),
            Some(false) => Judgement::Fires(
                Firing::sure(
                    format!("nobody knows how to replace `{}`", case.name()),
                    vec![case.evidence("its source looked for a way to replace it and found none")],
                )
                .severity(case.weigh(SPEC.severity)),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::NotRotatable;

    #[test]
    fn fires_where_a_way_was_looked_for_and_not_found() {
        let c = "credential:c";
        let word = "rotation_method";
        fires_as(
            RULE,
            &format!("credential:c type=api_key -{word}"),
            c,
            Severity::Medium,
        );
        fires_as(
            RULE,
            &format!("credential:c type=api_key -{word} privileged=yes"),
            c,
            Severity::High,
        );
        quiet(RULE, &format!("credential:c type=api_key +{word}"), c);
        unknown(RULE, "credential:c type=api_key", c);
        for words in [
            "type=second_factor",
            "type=api_key expires=-1d",
            "type=api_key status=deleted",
        ] {
            not_applicable(RULE, &format!("credential:c {words} -{word}"), c);
        }
    }
}
