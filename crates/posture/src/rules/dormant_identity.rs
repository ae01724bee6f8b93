//! An identity at rest for longer than its own rhythm explains.

use model::NodeKind;
use model::finding::Severity;

use super::commands::{Act, suggest};
use super::controls::{attack, cir, cis, csf, iso, nhi, nist, weighed};
use crate::dormancy::{self, Dormancy};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct DormantIdentity;

const SPEC: RuleSpec = RuleSpec {
    id: "dormant-identity",
    title: "Identity that nothing uses any more",
    severity: Severity::Medium,
    kinds: &[NodeKind::Identity],
    what: weighed!(
        "An identity of software has not been used for longer than its own period allows: three of its periods (or those of the slowest workload that runs as it), never less than three weeks, else the policy's number of days. What was never used counts from its creation."
    ),
    why: "Nobody misses it, so nobody watches it: whoever finds a way to use it has weeks. It also keeps its permissions, and nobody reviews those of things that are not used.",
    limits: "Where no source sees its use, the rule cannot know and says which were asked. Never used means: as far back as its sources see.",
    remedies: &[
        "Ask its owner whether it is still needed.",
        "Switch it off, wait one of its periods, then delete it with its credentials.",
        "If it is kept for emergencies, say so by hand with a date: it then has a period of its own.",
    ],
    controls: &[
        nhi(
            "NHI1:2025",
            "what is no longer used was not taken out of service",
        ),
        csf(
            "PR.AA-05",
            "access that nobody needs has not been withdrawn",
        ),
        nist(
            "AC-2(3)",
            "accounts at rest are to be disabled after a set time",
        ),
        iso(
            "5.18",
            "access rights are not removed when they are no longer needed",
        ),
        cir(
            "11.5.1",
            "the life cycle of identities does not reach its end",
        ),
        cis("5.3", "dormant accounts are to be disabled"),
        attack(
            "T1078.004",
            "dormant accounts of clouds are used because nobody looks",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["US1"],
};

impl Rule for DormantIdentity {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        match dormancy::of(case) {
            Dormancy::InUse(_) => Judgement::Quiet,
            Dormancy::Unknown(why) => Judgement::Unknown(why),
            Dormancy::Dormant(idle) => Judgement::Fires(suggest(
                Firing::sure(
                    format!("`{}` has rested for {} days", case.name(), idle.days),
                    vec![case.evidence(idle.sentence(case))],
                )
                .severity(case.weigh(SPEC.severity)),
                case,
                Act::SwitchOff,
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::DormantIdentity;

    const SVC: &str = "identity:svc";

    #[test]
    fn fires_after_the_days_of_the_policy() {
        let firing = fires_as(
            RULE,
            "identity:svc class=machine last_used=-90d",
            SVC,
            Severity::Medium,
        );
        assert!(firing.summary.contains("rested for 90 days"));
        quiet(RULE, "identity:svc class=machine last_used=-89d", SVC);
        unknown(
            RULE,
            "identity:svc class=machine last_used=not_observable",
            SVC,
        );
        fires_as(
            RULE,
            "identity:svc privileged=yes last_used=-90d",
            SVC,
            Severity::High,
        );
    }

    #[test]
    fn people_and_what_is_switched_off_are_not_looked_at() {
        not_applicable(RULE, "identity:svc class=human last_used=-900d", SVC);
        not_applicable(
            RULE,
            "identity:svc class=machine status=disabled last_used=-900d",
            SVC,
        );
    }
}
