//! A chain, as served or stored, that does not lead to its issuer.

use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{csf, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct CertificateChainFault;

const SPEC: RuleSpec = RuleSpec {
    id: "certificate-chain-fault",
    title: "Certificate chain that does not lead to its issuer",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential, NodeKind::Resource],
    what: "The certificates an endpoint serves, or a store holds, do not form a chain to the issuer: one is missing, in the wrong order, or ended.",
    why: "Some peers fill the gap from memory and others fail: the service works in one browser and not in the program that matters.",
    limits: "Peers with intermediates of their own may be fine. What an endpoint serves counts on the endpoint; what a store holds counts on the certificate.",
    remedies: &[
        "Serve the leaf first and every intermediate after it, without the root.",
        "Let the program that renews the certificate install the whole chain.",
    ],
    controls: &[
        nhi("NHI4:2025", "the certificate cannot be checked to its root"),
        csf(
            "PR.AA-03",
            "the service cannot be authenticated by every peer",
        ),
        nist("IA-5(2)", "a path to a trust anchor cannot be built"),
        iso("8.24", "certificates are not managed with their chain"),
        nis2("21(2)(h)", "cryptography fails for some peers"),
        pci("4.2.1.1", "the certificate cannot be confirmed as valid"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["CR1"],
};

impl Rule for CertificateChainFault {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let certificate = case.is(NodeKind::Credential);
        if certificate && (!case.is_end_certificate() || case.has_ended()) {
            return Judgement::NotApplicable;
        }
        if !certificate && case.out(EdgeKind::Presents).is_empty() {
            return Judgement::NotApplicable;
        }
        let served_badly = case
            .presenters()
            .into_iter()
            .filter_map(|ix| case.of(ix))
            .any(|endpoint| endpoint.says(Signal::ChainFault));
        if served_badly {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::ChainFault,
            "no source followed the chain to its issuer",
            || {
                Firing::sure(
                    format!("the chain of `{}` does not lead to its issuer", case.name()),
                    vec![case.seen(Signal::ChainFault, "the chain is broken")],
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::CertificateChainFault;

    const C: &str = "credential:c";

    #[test]
    fn fires_on_the_endpoint_or_on_what_is_stored() {
        let served = "credential:c type=certificate
             resource:web -presents-> credential:c
             resource:web +chain_fault=\"intermediate missing\"";
        let firing = fires_as(RULE, served, "resource:web", Severity::Medium);
        assert_eq!(
            firing.evidence[0].what,
            "the chain is broken: intermediate missing"
        );
        fires(RULE, "credential:c type=certificate +chain_fault", C);
        quiet(RULE, "credential:c type=certificate -chain_fault", C);
        unknown(RULE, "credential:c type=certificate", C);
        unknown(
            RULE,
            &served.replace("+chain_fault=\"intermediate missing\"", ""),
            "resource:web",
        );
    }

    #[test]
    fn one_cause_is_one_finding() {
        let both = "credential:c type=certificate +chain_fault
             resource:web -presents-> credential:c
             resource:web +chain_fault";
        not_applicable(RULE, both, C);
        fires(RULE, both, "resource:web");
        fires(RULE, &both.replace("web +chain", "web -chain"), C);
    }

    #[test]
    fn what_has_no_chain_is_not_looked_at() {
        not_applicable(RULE, "resource:file +chain_fault", "resource:file");
        not_applicable(
            RULE,
            "credential:c type=certificate +chain_fault expires=-1d",
            C,
        );
        not_applicable(
            RULE,
            "credential:c type=certificate +chain_fault +certificate_authority",
            C,
        );
    }
}
