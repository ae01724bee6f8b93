//! A key that is too short, or an algorithm that is broken, in a credential that is valid.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::controls::{csf, dora, iso, nhi, nis2, nist, pci, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct WeakCryptography;

const SPEC: RuleSpec = RuleSpec {
    id: "weak-cryptography",
    title: "Weak key or broken algorithm",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential, NodeKind::Key],
    what: weighed!(
        "A key is shorter than today's minimum, or a signature uses an algorithm that is broken (the evidence names it), in a credential that still works."
    ),
    why: "Such a key can be computed, or such a signature forged, by somebody with money today and by anybody tomorrow, without touching any of our systems.",
    limits: "Algorithms a source does not read (inside hardware, of a provider) are not known. Readiness for quantum computers is not part of this rule.",
    remedies: &[
        "Issue a successor with at least RSA 3072 or P-256 and SHA-256.",
        "Switch off the broken algorithm wherever it is still accepted.",
    ],
    controls: &[
        nhi("NHI4:2025", "authentication rests on weak cryptography"),
        csf(
            "PR.DS-02",
            "data in transit is protected by weak cryptography",
        ),
        nist(
            "SC-13",
            "cryptography below the approved strength is in use",
        ),
        iso("8.24", "the rules for cryptography are not kept"),
        nis2("21(2)(h)", "cryptography in use is not state of the art"),
        dora(
            "6",
            "cryptographic techniques are not replaced when they age",
        ),
        pci(
            "12.3.3",
            "a cipher or protocol in use is no longer strong enough",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["CR1"],
};

impl Rule for WeakCryptography {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let counts = case.is(NodeKind::Key) || case.node.credential_type.is_some();
        if !counts || !case.is_live() || case.has_ended() {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::WeakCryptography,
            "no source read the key's length and algorithms",
            || {
                Firing::sure(
                    format!("`{}` rests on weak cryptography", case.name()),
                    vec![case.seen(Signal::WeakCryptography, "its key or algorithm is weak")],
                )
                .severity(case.weigh(SPEC.severity))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::WeakCryptography;

    const KEY: &str = "credential:c";

    #[test]
    fn fires_with_what_was_seen() {
        let firing = fires_as(
            RULE,
            "credential:c type=certificate +weak_cryptography=\"RSA 1024\"",
            KEY,
            Severity::Medium,
        );
        assert_eq!(
            firing.evidence[0].what,
            "its key or algorithm is weak: RSA 1024"
        );
        fires(RULE, "key:k +weak_cryptography", "key:k");
        fires_as(
            RULE,
            "credential:c type=ssh_key +weak_cryptography privileged=yes",
            KEY,
            Severity::High,
        );
        quiet(RULE, "credential:c type=ssh_key -weak_cryptography", KEY);
        unknown(RULE, "credential:c type=ssh_key", KEY);
    }

    #[test]
    fn what_no_longer_works_is_not_looked_at() {
        for text in [
            "credential:c type=certificate expires=-1d +weak_cryptography",
            "credential:c type=certificate status=disabled +weak_cryptography",
            "credential:c +weak_cryptography",
        ] {
            not_applicable(RULE, text, KEY);
        }
    }
}
