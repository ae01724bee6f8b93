//! A ticket-signing account whose password is older than half a year.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct StaleTicketSigningKey;

const SPEC: RuleSpec = RuleSpec {
    id: "stale-ticket-signing-key",
    title: "Old key behind every ticket of the directory",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: "The password of the account that signs the directory's tickets (`krbtgt`) was last replaced 180 days ago or longer; Microsoft's guidance and most baselines ask for twice a year.",
    why: "Whoever had it once, from a backup or an old intrusion, makes tickets for anybody until it has been replaced twice.",
    limits: "That it was replaced twice, as it must be, cannot be seen from one date.",
    remedies: &[
        "Replace it twice, with at least ten hours between, when replication is healthy.",
        "Put it on a schedule of 180 days.",
    ],
    controls: &[
        nhi("NHI7:2025", "the key behind every sign-in is long-lived"),
        csf(
            "PR.AA-01",
            "the directory's own credential is not managed over its life",
        ),
        nist("SC-12", "a signing key is not replaced after a set time"),
        iso("8.24", "keys are not changed over their life"),
        nis2("21(2)(h)", "the key behind authentication is not managed"),
        attack("T1558.001", "this is the key of golden tickets"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["AG1"],
};

impl Rule for StaleTicketSigningKey {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        // The account is always switched off, and its key is in use all the same.
        if case.node.referenced || !case.says(Signal::TicketSigningKey) {
            return Judgement::NotApplicable;
        }
        let replaced = case.node.last_rotated;
        let never = replaced.is_never();
        let start = if never {
            case.node.created.known()
        } else {
            replaced.known()
        };
        let Some(start) = start else {
            return Judgement::Unknown(case.why_unknown("last replacement", replaced, "inventory"));
        };
        if !case.older_than(start, MAX_AGE_DAYS) {
            return Judgement::Quiet;
        }
        let word = if never {
            "made, and never replaced,"
        } else {
            "replaced"
        };
        Judgement::Fires(Firing::sure(
            format!(
                "the key of `{}` is {} days old",
                case.name(),
                case.days_since(start)
            ),
            vec![case.evidence(format!("it was {word} on {}", start.date()))],
        ))
    }
}

/// Twice a year, as Microsoft's guidance on resetting the account asks.
const MAX_AGE_DAYS: u32 = 180;

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::StaleTicketSigningKey;

    const KRBTGT: &str = "identity:krbtgt";

    #[test]
    fn fires_after_half_a_year_though_the_account_is_switched_off() {
        let at =
            |words: &str| format!("identity:krbtgt status=disabled +ticket_signing_key {words}");
        let firing = fires_as(RULE, &at("last_rotated=-180d"), KRBTGT, Severity::High);
        assert!(firing.summary.ends_with("180 days old"));
        quiet(RULE, &at("last_rotated=-179d"), KRBTGT);
        let firing = fires(RULE, &at("last_rotated=never created=-180d"), KRBTGT);
        assert!(firing.evidence[0].what.contains("never replaced"));
        quiet(RULE, &at("last_rotated=never created=-179d"), KRBTGT);
        unknown(RULE, &at("created=-900d"), KRBTGT);
        unknown(RULE, &at("last_rotated=never"), KRBTGT);
        not_applicable(RULE, "identity:krbtgt last_rotated=-900d", KRBTGT);
    }
}
