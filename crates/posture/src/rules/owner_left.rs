//! An identity whose owner is no longer there.

use model::NodeKind;
use model::finding::Severity;
use model::labels::OwnerState;

use super::controls::{attack, cir, csf, iso, nhi, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct OwnerLeft;

const SPEC: RuleSpec = RuleSpec {
    id: "owner-left",
    title: "Identity whose owner has left",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: weighed!("The person who answers for an identity of software has left the organisation."),
    why: "Requests go to a mailbox nobody reads, and the one who knew its secrets knows them still.",
    limits: "People's own accounts, devices, and what the provider keeps itself are not looked at. Where a source that would know owners was not read, the rule cannot know.",
    remedies: &[
        "Give it to the successor or the team, by hand or by the leaver list's reassignment.",
        "Replace every credential the person could read.",
    ],
    controls: &[
        nhi(
            "NHI1:2025",
            "a departure did not reach the identities the person kept",
        ),
        csf("GV.RR-02", "nobody is named as responsible"),
        nist("AC-2", "every account is to have somebody who manages it"),
        iso("5.2", "roles and responsibilities are not assigned"),
        iso("5.18", "access rights are not adapted when people leave"),
        cir("11.5.1", "the life cycle of the identity has no successor"),
        attack(
            "T1078.004",
            "accounts that leavers knew are used afterwards",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["OW1"],
};

impl Rule for OwnerLeft {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        match case.labels().owner {
            OwnerState::OwnerLeft => {
                let mut evidence = vec![case.evidence("who answered for it has left")];
                for owner in case.classification().owners.into_iter().filter(|owner| owner.left) {
                    evidence.push(case.evidence(format!("`{}` has left", owner.name)));
                    evidence.extend(owner.evidence);
                }
                Judgement::Fires(
                    Firing::sure(format!("who answered for `{}` has left", case.name()), evidence)
                        .severity(case.weigh(SPEC.severity)),
                )
            }
            OwnerState::Unknown => Judgement::Unknown(
                "no owner is known, and a source that would know was not read: tags, a register, a list of leavers".to_owned(),
            ),
            OwnerState::Governed
            | OwnerState::PersonOnly
            | OwnerState::TeamOnly
            | OwnerState::Unowned => Judgement::Quiet,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::OwnerLeft;

    const SVC: &str = "identity:svc";

    #[test]
    fn fires_when_the_owner_has_left() {
        let at = |words: &str| format!("identity:svc class=machine {words}");
        let firing = fires_as(
            RULE,
            &at("tag.judged.owner=owner_left tag.judged.left=ann"),
            SVC,
            Severity::High,
        );
        assert_eq!(firing.evidence[1].what, "`ann` has left");
        fires_as(
            RULE,
            &at("tag.judged.owner=owner_left privileged=yes"),
            SVC,
            Severity::Critical,
        );
        let stayed = at("tag.judged.owner=owner_left tag.judged.stayed=bob");
        assert_eq!(fires(RULE, &stayed, SVC).evidence.len(), 1);
        for owned in ["governed", "person_only", "team_only", "unowned"] {
            quiet(RULE, &at(&format!("tag.judged.owner={owned}")), SVC);
        }
        unknown(RULE, &at(""), SVC);
        not_applicable(
            RULE,
            "identity:svc class=external tag.judged.owner=owner_left",
            SVC,
        );
    }
}
