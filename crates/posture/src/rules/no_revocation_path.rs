//! A credential without a known way to revoke it.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::controls::{cir, csf, iso, nhi, nis2, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct NoRevocationPath;

const SPEC: RuleSpec = RuleSpec {
    id: "no-revocation-path",
    title: "Credential nobody knows how to revoke",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: weighed!("Whoever issued or holds the credential knows no way to revoke it."),
    why: "On the day it leaks there is nothing to do but watch. What cannot be revoked is not governed.",
    limits: "Where nobody looked for a way, the rule cannot know. Second factors and what has ended are not looked at.",
    remedies: &[
        "Find the issuer and write down how it is revoked, and try it once.",
        "Where the issuer has no way, replace it by a credential that can be revoked.",
    ],
    controls: &[
        nhi("NHI1:2025", "it cannot be taken out of service"),
        csf("PR.AA-01", "the credential cannot be withdrawn"),
        nist("IA-5", "compromised authenticators must be revocable"),
        iso("5.18", "access rights cannot be removed"),
        nis2("21(2)(b)", "an incident cannot be contained by revoking it"),
        cir("11.2", "access cannot be withdrawn when it must be"),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for NoRevocationPath {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let second_factor = case.node.credential_type == Some(CredentialType::SecondFactor);
        if !case.is_live() || case.has_ended() || second_factor {
            return Judgement::NotApplicable;
        }
        match case.signal(Signal::RevocationPath) {
            Some(true) => Judgement::Quiet,
            None => Judgement::Unknown("no source says how to revoke it".to_owned()),
            Some(false) => Judgement::Fires(
                Firing::sure(
                    format!("nobody knows how to revoke `{}`", case.name()),
                    vec![case.evidence("its source looked for a way to revoke it and found none")],
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

    const RULE: &dyn Rule = &super::NoRevocationPath;

    #[test]
    fn fires_where_a_way_was_looked_for_and_not_found() {
        let c = "credential:c";
        let word = "revocation_path";
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
