//! An identity of which nobody said what it is for.

use model::NodeKind;
use model::finding::Severity;

use super::controls::{cir, cis, csf, iso, nhi, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct MissingPurpose;

const SPEC: RuleSpec = RuleSpec {
    id: "missing-purpose",
    title: "Identity without a stated purpose",
    severity: Severity::Low,
    kinds: &[NodeKind::Identity],
    what: weighed!("No source, table or person states what an identity of software is for."),
    why: "Without a purpose nobody can say whether its permissions are too wide, or whether it may go.",
    limits: "A purpose may stand in a system that is not connected; where a source could not be read in full, the rule cannot know. People's own accounts, devices, and what the provider keeps itself are not looked at.",
    remedies: &[
        "Ask its owner for one sentence and set it by hand, or write it where the identity is made (description, tag).",
    ],
    controls: &[
        nhi(
            "NHI5:2025",
            "without a purpose nobody can tell which privileges are too many",
        ),
        csf("ID.AM-08", "it is not managed with what it is for"),
        nist(
            "AC-2",
            "accounts are to be specified with their intended use",
        ),
        iso("5.16", "the identity's purpose is not recorded"),
        cir(
            "11.2",
            "access cannot be checked against a need that nobody stated",
        ),
        cis(
            "5.5",
            "service accounts are to be listed with their purpose",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for MissingPurpose {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        if case.labels().has_purpose {
            return Judgement::Quiet;
        }
        if case.read_in_part() {
            return Judgement::Unknown(format!(
                "no purpose is stated in what was read{}",
                case.gaps("inventory")
            ));
        }
        Judgement::Fires(
            Firing::sure(
                format!("nobody said what `{}` is for", case.name()),
                vec![case.evidence("no purpose is stated by any source, table or person")],
            )
            .severity(case.weigh(SPEC.severity)),
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::MissingPurpose;

    const SVC: &str = "identity:svc";

    #[test]
    fn fires_where_nobody_says_what_it_is_for() {
        fires_as(RULE, "identity:svc class=machine", SVC, Severity::Low);
        fires_as(
            RULE,
            "identity:svc class=agent privileged=yes",
            SVC,
            Severity::Medium,
        );
        quiet(
            RULE,
            "identity:svc class=machine purpose=\"nightly backup\"",
            SVC,
        );
        not_applicable(RULE, "identity:svc class=human", SVC);
        not_applicable(RULE, "identity:svc class=machine +provider_managed", SVC);
    }

    #[test]
    fn cannot_know_what_stands_in_what_was_not_read() {
        let why = unknown(
            RULE,
            "identity:svc class=machine\ngap identity inventory denied iam:ListUserTags is missing",
            SVC,
        );
        assert!(why.contains("iam:ListUserTags"), "{why}");
        fires(
            RULE,
            "identity:svc class=machine\ngap identity inventory partial one file",
            SVC,
        );
        fires(
            RULE,
            "identity:svc class=machine\ngap credential inventory denied keys",
            SVC,
        );
    }
}
