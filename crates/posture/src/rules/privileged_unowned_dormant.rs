//! A privileged identity that nobody answers for and nothing uses.

use model::NodeKind;
use model::finding::Severity;
use model::labels::OwnerState;

use super::commands::{Act, suggest};
use super::controls::{attack, cir, cis, csf, dora, iso, nhi, nis2, nist, pci, tenet};
use crate::dormancy::{self, Dormancy};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct PrivilegedUnownedDormant;

const SPEC: RuleSpec = RuleSpec {
    id: "privileged-unowned-dormant",
    title: "Privileged, without an owner and at rest",
    severity: Severity::Critical,
    kinds: &[NodeKind::Identity],
    what: "All three hold of an identity of software: it can do what an administrator can; nobody answers for it, or who did has left; and it has rested for longer than its own rhythm explains.",
    why: "It is the account an intruder hopes for: it opens everything, its use surprises nobody because nobody watches, and nobody will ask why it is used again.",
    limits: "It fires only where all three are known. Where one is unknown and none is known not to hold, the rule cannot know and says which.",
    remedies: &[
        "Switch it off today; nothing has used it, and switching it on again takes a minute.",
        "Take its privileges away and delete its credentials after one of its periods.",
        "If it is kept for emergencies, give it an owner, a period and a sealed credential.",
    ],
    controls: &[
        nhi(
            "NHI1:2025",
            "what is no longer used was not taken out of service",
        ),
        nhi("NHI5:2025", "privileges remain where nothing needs them"),
        csf(
            "PR.AA-05",
            "privileges nobody needs have not been withdrawn",
        ),
        csf("GV.RR-02", "nobody is named as responsible"),
        nist("AC-2(3)", "accounts at rest are to be disabled"),
        nist("AC-6(7)", "privileges were not reviewed"),
        tenet("3", "standing privilege outlives every need for it"),
        iso(
            "8.2",
            "privileged access rights are not restricted and managed",
        ),
        nis2("21(2)(i)", "privileged access is under nobody's control"),
        cir("11.3", "privileged accounts are not managed and reviewed"),
        dora("21", "access rights are not withdrawn without delay"),
        pci(
            "7.2.5.1",
            "privileges of application and system accounts were not reviewed",
        ),
        cis("5.3", "dormant accounts are to be disabled"),
        attack(
            "T1078.002",
            "dormant privileged accounts are used because nobody looks",
        ),
    ],
    aliases: &[],
    covers: &[
        "active-after-workload-gone",
        "agent-without-owner",
        "dormant-identity",
        "orphaned-identity",
        "owner-left",
        "unowned-identity",
    ],
    factors: &["OW1", "US1"],
};

impl Rule for PrivilegedUnownedDormant {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        let privileged = case.privileged();
        let ownerless = case.ownerless();
        if privileged == Some(false) || ownerless == Some(false) {
            return Judgement::Quiet;
        }
        let (rest, dark) = match dormancy::of(case) {
            Dormancy::InUse(_) => return Judgement::Quiet,
            Dormancy::Dormant(idle) => (Some(idle), None),
            Dormancy::Unknown(why) => (None, Some(why)),
        };
        if let (Some(idle), Some(true), Some(true)) = (rest, privileged, ownerless) {
            let owner = if case.labels().owner == OwnerState::OwnerLeft {
                "who answered for it has left"
            } else {
                "nobody answers for it"
            };
            let mut evidence = vec![case.evidence("it is privileged")];
            evidence.extend(case.classification().privileged.evidence().iter().cloned());
            evidence.push(case.evidence(owner));
            evidence.push(case.evidence(idle.sentence(case)));
            return Judgement::Fires(suggest(
                Firing::sure(
                    format!(
                        "`{}` is privileged, {owner}, and it has rested for {} days",
                        case.name(),
                        idle.days
                    ),
                    evidence,
                ),
                case,
                Act::SwitchOff,
            ));
        }
        let mut why = Vec::new();
        if privileged.is_none() {
            why.push("whether it is privileged is not known".to_owned());
        }
        if ownerless.is_none() {
            why.push("whether somebody answers for it is not known".to_owned());
        }
        why.extend(dark);
        Judgement::Unknown(why.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::PrivilegedUnownedDormant;

    const SVC: &str = "identity:svc";

    fn at(privileged: &str, owner: &str, used: &str) -> String {
        let said = |name: &str, word: &str| match word {
            "?" => String::new(),
            word => format!("{name}={word}"),
        };
        format!(
            "identity:svc class=machine {} {} {}",
            said("privileged", privileged),
            said("tag.judged.owner", owner),
            said("last_used", used)
        )
    }

    #[test]
    fn fires_only_on_all_three() {
        for owner in ["unowned", "owner_left"] {
            let firing = fires_as(RULE, &at("yes", owner, "-90d"), SVC, Severity::Critical);
            assert_eq!(firing.evidence.len(), 3);
        }
        let left = fires(RULE, &at("yes", "owner_left", "-90d"), SVC);
        assert!(
            left.summary
                .contains("has left, and it has rested for 90 days")
        );
        quiet(RULE, &at("no", "unowned", "-90d"), SVC);
        quiet(RULE, &at("yes", "governed", "-90d"), SVC);
        quiet(RULE, &at("yes", "unowned", "-89d"), SVC);
    }

    #[test]
    fn one_that_does_not_hold_is_enough_and_one_unknown_is_said() {
        quiet(RULE, &at("no", "?", "?"), SVC);
        quiet(RULE, &at("?", "team_only", "?"), SVC);
        quiet(RULE, &at("?", "?", "-1d"), SVC);
        let why = unknown(RULE, &at("?", "unowned", "-90d"), SVC);
        assert_eq!(why, "whether it is privileged is not known");
        let why = unknown(RULE, &at("yes", "?", "-90d"), SVC);
        assert_eq!(why, "whether somebody answers for it is not known");
        let why = unknown(RULE, &at("yes", "unowned", "?"), SVC);
        assert!(
            why.starts_with("last use: no source says anything"),
            "{why}"
        );
        assert_eq!(
            unknown(RULE, &at("?", "?", "?"), SVC).matches("; ").count(),
            3
        );
        not_applicable(
            RULE,
            &at("yes", "unowned", "-90d").replace("machine", "human"),
            SVC,
        );
    }
}
