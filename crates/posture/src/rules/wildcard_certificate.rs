//! A certificate that is valid for every name below a domain.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::controls::{csf, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct WildcardCertificate;

const SPEC: RuleSpec = RuleSpec {
    id: "wildcard-certificate",
    title: "Certificate for every name of a domain",
    severity: Severity::Low,
    kinds: &[NodeKind::Credential],
    what: "A certificate bears a name such as `*.example.com`. Medium where more than one endpoint presents it, for then one key stands on all of them.",
    why: "Whoever takes the key from the least important host can stand in for the most important one.",
    limits: "How many hosts hold the key is known only as far as their endpoints or files were read.",
    remedies: &[
        "Issue a certificate for each name, by a program.",
        "Where a wildcard must stay, keep its key on one endpoint that ends all connections.",
    ],
    controls: &[
        nhi("NHI9:2025", "one certificate stands for many services"),
        csf("PR.AA-02", "the certificate is bound to no one service"),
        nist("SC-17", "certificates are issued wider than their use"),
        iso("8.24", "one key protects more than it should"),
        nis2("21(2)(h)", "cryptographic keys are not kept apart"),
        pci(
            "4.2.1.1",
            "trusted certificates are wider than what they are listed for",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["SH1"],
};

impl Rule for WildcardCertificate {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_end_certificate() || case.has_ended() {
            return Judgement::NotApplicable;
        }
        let endpoints = case.presenters();
        case.ask(
            Signal::WildcardName,
            "no source read the names of the certificate",
            || {
                let mut evidence = vec![case.seen(
                    Signal::WildcardName,
                    "it is valid for every name below a domain",
                )];
                let mut severity = SPEC.severity;
                if endpoints.len() > 1 {
                    severity = Severity::Medium;
                    evidence.push(
                        case.evidence(format!("it is presented by {}", case.names(&endpoints))),
                    );
                }
                Firing::sure(
                    format!("`{}` stands for every name of its domain", case.name()),
                    evidence,
                )
                .severity(severity)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::WildcardCertificate;

    const C: &str = "credential:c";

    #[test]
    fn fires_and_is_worse_on_several_endpoints() {
        let one = "credential:c type=certificate +wildcard_name=*.example.com
             resource:a -presents-> credential:c";
        fires_as(RULE, one, C, Severity::Low);
        let two = format!("{one}\nresource:b -presents-> credential:c");
        let firing = fires_as(RULE, &two, C, Severity::Medium);
        assert_eq!(firing.evidence.len(), 2);
        quiet(RULE, "credential:c type=certificate -wildcard_name", C);
        unknown(RULE, "credential:c type=certificate", C);
        not_applicable(
            RULE,
            "credential:c type=certificate +wildcard_name expires=-1d",
            C,
        );
        not_applicable(
            RULE,
            "credential:c type=certificate +wildcard_name +certificate_authority",
            C,
        );
    }
}
