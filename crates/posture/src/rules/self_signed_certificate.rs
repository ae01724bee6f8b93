//! A certificate that is its own issuer and is presented to peers.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::controls::{csf, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct SelfSignedCertificate;

const SPEC: RuleSpec = RuleSpec {
    id: "self-signed-certificate",
    title: "Self-signed certificate presented",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: "An endpoint presents a certificate that no authority issued.",
    why: "Peers either refuse it or have been taught not to check, and then they accept an impostor just as well. Nobody can revoke it.",
    limits: "A self-signed certificate that only lies in a file, or whose peers pin exactly this one, does no such harm; whether they pin it is not known.",
    remedies: &[
        "Issue it from an authority your peers trust; an internal one is enough.",
        "Take the switches that turn checking off out of the peers.",
    ],
    controls: &[
        nhi(
            "NHI4:2025",
            "peers cannot tell the service from an impostor",
        ),
        csf("PR.AA-03", "the service cannot be authenticated"),
        nist("SC-17", "a certificate comes from no approved authority"),
        iso("8.24", "certificates are issued outside the rules"),
        nis2(
            "21(2)(h)",
            "cryptography is in use without proof of identity",
        ),
        pci("4.2.1.1", "the certificate is not among the trusted ones"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["CR1"],
};

impl Rule for SelfSignedCertificate {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_end_certificate() || case.has_ended() || case.presenters().is_empty() {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::SelfSigned,
            "no source compared the certificate's issuer with itself",
            || {
                Firing::sure(
                    format!("`{}` proves nothing to its peers but itself", case.name()),
                    vec![
                        case.evidence("it is its own issuer"),
                        case.evidence(format!(
                            "it is presented by {}",
                            case.names(&case.presenters())
                        )),
                    ],
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::SelfSignedCertificate;

    const C: &str = "credential:c";

    #[test]
    fn fires_only_where_peers_meet_it() {
        let served = |words: &str| {
            format!("credential:c type=certificate {words}\nresource:a -presents-> credential:c")
        };
        let firing = fires_as(RULE, &served("+self_signed"), C, Severity::Medium);
        assert_eq!(firing.evidence[1].what, "it is presented by `a`");
        quiet(RULE, &served("-self_signed"), C);
        unknown(RULE, &served(""), C);
        not_applicable(RULE, "credential:c type=certificate +self_signed", C);
        not_applicable(RULE, &served("+self_signed +certificate_authority"), C);
        not_applicable(RULE, &served("+self_signed expires=-1d"), C);
    }
}
