//! An endpoint that presents a certificate that does not bear its name.

use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{csf, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct CertificateNameMismatch;

const SPEC: RuleSpec = RuleSpec {
    id: "certificate-name-mismatch",
    title: "Endpoint with a certificate of another name",
    severity: Severity::Medium,
    kinds: &[NodeKind::Resource],
    what: "The certificate an endpoint presents is for other names than the one the endpoint was reached by.",
    why: "Peers that check refuse it; those that were told not to check accept an impostor too.",
    limits: "An endpoint reached by its address, or behind a name no source knows, may have names that fit.",
    remedies: &[
        "Issue a certificate that bears the name its callers use.",
        "If the endpoint should not be reached by that name, close that way.",
    ],
    controls: &[
        nhi("NHI4:2025", "the certificate does not prove the endpoint"),
        csf(
            "PR.AA-03",
            "the service cannot be authenticated by its certificate",
        ),
        nist("SC-8", "the connection is protected towards the wrong name"),
        iso(
            "8.24",
            "certificates are not managed with what they stand for",
        ),
        nis2(
            "21(2)(h)",
            "cryptography is in use without proof of identity",
        ),
        pci(
            "4.2.1.1",
            "the certificate cannot be confirmed as valid for its endpoint",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["CR1"],
};

impl Rule for CertificateNameMismatch {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if case.out(EdgeKind::Presents).is_empty() {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::NameMismatch,
            "no source compared the certificate's names with the endpoint's",
            || {
                Firing::sure(
                    format!("`{}` shows a certificate of another name", case.name()),
                    vec![case.seen(
                        Signal::NameMismatch,
                        "its certificate does not bear its name",
                    )],
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

    const RULE: &dyn Rule = &super::CertificateNameMismatch;

    #[test]
    fn fires_on_another_name() {
        let web = "resource:web";
        let at = |word: &str| format!("resource:web {word}\nresource:web -presents-> credential:c");
        let firing = fires_as(
            RULE,
            &at("+name_mismatch=other.example"),
            web,
            Severity::Medium,
        );
        assert!(firing.evidence[0].what.ends_with(": other.example"));
        quiet(RULE, &at("-name_mismatch"), web);
        unknown(RULE, &at(""), web);
        not_applicable(RULE, "resource:web +name_mismatch", web);
    }
}
