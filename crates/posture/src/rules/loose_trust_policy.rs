//! An identity whose trust names callers by a pattern, or names everybody.

use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist, tenet};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct LooseTrustPolicy;

const SPEC: RuleSpec = RuleSpec {
    id: "loose-trust-policy",
    title: "Trust that lets others in by pattern",
    severity: Severity::High,
    kinds: &[NodeKind::Identity, NodeKind::FederationProvider],
    what: "What decides who may act as an identity names nobody in particular (critical), or names callers by a pattern wider than one subject (high): `*`, any repository of an organisation, any account.",
    why: "Anybody who can make a caller that fits the pattern becomes the identity: a new repository, a fork's branch, an account of a stranger.",
    limits: "What a condition beside the pattern takes away again is weighed only where its source says that callers are restricted. An identity without a trust policy is not looked at.",
    remedies: &[
        "Name one subject: repository, branch or environment; one service account; one role.",
        "Check issuer and audience as well.",
    ],
    controls: &[
        nhi(
            "NHI6:2025",
            "the conditions of a federated trust are too loose",
        ),
        nhi("NHI4:2025", "a caller is believed without being told apart"),
        csf(
            "PR.AA-03",
            "callers are not authenticated as the ones meant",
        ),
        csf(
            "PR.AA-04",
            "assertions are accepted from subjects nobody meant",
        ),
        nist(
            "AC-3",
            "access is enforced against a pattern and not a subject",
        ),
        nist("IA-9", "services are not identified before they act"),
        tenet("6", "authorisation does not look at who is calling"),
        iso("5.15", "the rules of access let in more than was decided"),
        nis2("21(2)(i)", "access is not limited to who needs it"),
        attack(
            "T1199",
            "a trusted relationship is used by somebody who was not meant",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["CF1"],
};

impl Rule for LooseTrustPolicy {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let anyone = case.signal(Signal::TrustsAnyone);
        let pattern = case.signal(Signal::TrustsWildcardSubject);
        let trusts =
            anyone.is_some() || pattern.is_some() || !case.out(EdgeKind::Trusts).is_empty();
        if !case.is_live() || case.says(Signal::ProviderManaged) || !trusts {
            return Judgement::NotApplicable;
        }
        if anyone == Some(true) {
            let restricted = case.says(Signal::SourceRestricted);
            let mut evidence =
                vec![case.seen(Signal::TrustsAnyone, "its trust names nobody in particular")];
            if restricted {
                evidence.push(case.seen(
                    Signal::SourceRestricted,
                    "callers are restricted by where they come from",
                ));
            }
            let severity = if restricted {
                Severity::High
            } else {
                Severity::Critical
            };
            return Judgement::Fires(
                Firing::sure(
                    format!("anybody who can reach `{}` may act as it", case.name()),
                    evidence,
                )
                .severity(severity),
            );
        }
        if pattern == Some(true) {
            return Judgement::Fires(Firing::sure(
                format!("`{}` lets callers in by a pattern", case.name()),
                vec![case.seen(
                    Signal::TrustsWildcardSubject,
                    "its trust names callers by a pattern",
                )],
            ));
        }
        if anyone.is_none() || pattern.is_none() {
            return Judgement::Unknown("no source read the whole of its trust".to_owned());
        }
        Judgement::Quiet
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::LooseTrustPolicy;

    const ROLE: &str = "identity:role";

    #[test]
    fn fires_with_two_severities() {
        let firing = fires_as(
            RULE,
            "identity:role +trusts_wildcard_subject=repo:org/*",
            ROLE,
            Severity::High,
        );
        assert!(firing.evidence[0].what.ends_with(": repo:org/*"));
        fires_as(
            RULE,
            "identity:role +trusts_anyone",
            ROLE,
            Severity::Critical,
        );
        fires_as(
            RULE,
            "identity:role +trusts_anyone +trusts_wildcard_subject",
            ROLE,
            Severity::Critical,
        );
        let restricted = fires_as(
            RULE,
            "identity:role +trusts_anyone +source_restricted",
            ROLE,
            Severity::High,
        );
        assert_eq!(restricted.evidence.len(), 2);
        fires(
            RULE,
            "federation_provider:pool +trusts_anyone",
            "federation_provider:pool",
        );
    }

    #[test]
    fn a_tight_trust_is_fine_and_half_read_unknown() {
        quiet(
            RULE,
            "identity:role -trusts_anyone -trusts_wildcard_subject",
            ROLE,
        );
        unknown(RULE, "identity:role -trusts_anyone", ROLE);
        unknown(RULE, "identity:role -trusts_wildcard_subject", ROLE);
        unknown(
            RULE,
            "identity:role class=machine\nidentity:role -trusts-> federation_provider:p",
            ROLE,
        );
        not_applicable(RULE, "identity:role class=machine", ROLE);
        not_applicable(RULE, "identity:role +trusts_anyone status=deleted", ROLE);
        not_applicable(RULE, "identity:role +trusts_anyone +provider_managed", ROLE);
    }
}
