//! An identity for which nobody answers.

use model::NodeKind;
use model::finding::Severity;
use model::labels::OwnerState;

use super::controls::{cir, cis, csf, iso, nhi, nis2, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct UnownedIdentity;

const SPEC: RuleSpec = RuleSpec {
    id: "unowned-identity",
    title: "Identity without an owner",
    severity: Severity::Medium,
    kinds: &[NodeKind::Identity],
    what: weighed!(
        "No person and no team answers for an identity of software, and the sources that would know were read."
    ),
    why: "Nobody will renew its credentials, notice its misuse or say that it may go. It stays until it breaks or is found by somebody else.",
    limits: "People's own accounts, devices, and what the provider keeps itself are not looked at. Where a source that would know owners was not read, the rule cannot know.",
    remedies: &[
        "Look at the proposals for an owner and their evidence, and accept one.",
        "Where nobody claims it, treat it as not needed: switch it off on an announced day.",
    ],
    controls: &[
        nhi("NHI1:2025", "nobody will take it out of service"),
        csf("GV.RR-02", "nobody is named as responsible"),
        nist("AC-2", "every account is to have somebody who manages it"),
        iso("5.2", "roles and responsibilities are not assigned"),
        nis2(
            "21(2)(i)",
            "assets and access have nobody who answers for them",
        ),
        cir(
            "11.5.1",
            "the life cycle of the identity is in nobody's hands",
        ),
        cis("5.5", "service accounts are to be listed with an owner"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["OW1"],
};

impl Rule for UnownedIdentity {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        match case.labels().owner {
            OwnerState::Unowned => Judgement::Fires(
                Firing::sure(
                    format!("nobody answers for `{}`", case.name()),
                    vec![case.evidence("no source names an owner, and those that would know were read")],
                )
                .severity(case.weigh(SPEC.severity)),
            ),
            OwnerState::Unknown => Judgement::Unknown(
                "no owner is known, and a source that would know was not read: tags, a register, code owners".to_owned(),
            ),
            OwnerState::Governed
            | OwnerState::PersonOnly
            | OwnerState::TeamOnly
            | OwnerState::OwnerLeft => Judgement::Quiet,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::UnownedIdentity;

    const SVC: &str = "identity:svc";

    #[test]
    fn fires_when_nobody_answers() {
        let at = |words: &str| format!("identity:svc class=machine {words}");
        fires_as(RULE, &at("tag.judged.owner=unowned"), SVC, Severity::Medium);
        fires_as(
            RULE,
            &at("tag.judged.owner=unowned privileged=yes"),
            SVC,
            Severity::High,
        );
        for owned in ["governed", "person_only", "team_only", "owner_left"] {
            quiet(RULE, &at(&format!("tag.judged.owner={owned}")), SVC);
        }
        unknown(RULE, &at(""), SVC);
        not_applicable(
            RULE,
            "identity:svc class=human tag.judged.owner=unowned",
            SVC,
        );
    }
}
