//! A privileged AI agent of which no person reviewed what it may do.

use model::NodeKind;
use model::finding::Severity;
use model::labels::{Basis, Classification, Verdict};

use super::controls::{asi, cir, csf, iso, mcp, nhi, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct AgentPrivilegedWithoutReview;

const SPEC: RuleSpec = RuleSpec {
    id: "agent-privileged-without-review",
    title: "Privileged AI agent that nobody reviewed",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: "An AI agent counts as privileged until a person says otherwise, and no person has: its privilege is no reviewer's verdict and no date of review is set.",
    why: "What an agent may do is what text it reads can make it do.",
    limits: "A review done elsewhere counts once it is recorded here by hand or imported with its date.",
    remedies: &[
        "Review its tools, data and credentials; lower what it does not need and record the verdict and the next date.",
    ],
    controls: &[
        nhi(
            "NHI5:2025",
            "its privileges were never checked against its task",
        ),
        asi("ASI03", "an agent's privileges are not governed"),
        asi("ASI02", "tools it does not need stay in its reach"),
        mcp("MCP02", "its scope grew without review"),
        csf("PR.AA-05", "entitlements are not reviewed"),
        nist("AC-6(7)", "privileges are to be reviewed"),
        iso(
            "8.2",
            "privileged access rights are not restricted and managed",
        ),
        cir("11.3", "privileged accounts are to be reviewed"),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for AgentPrivilegedWithoutReview {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_agent() {
            return Judgement::NotApplicable;
        }
        match case.privileged() {
            Some(false) => Judgement::Quiet,
            None => Judgement::Unknown("whether the agent is privileged is not known".to_owned()),
            Some(true) => {
                let classification = case.classification();
                if is_reviewed(&classification) {
                    return Judgement::Quiet;
                }
                let mut evidence =
                    vec![case.evidence("it is privileged, and no person has said so or otherwise")];
                evidence.extend(classification.privileged.evidence().iter().cloned());
                Judgement::Fires(Firing::sure(
                    format!("nobody reviewed what the agent `{}` may do", case.name()),
                    evidence,
                ))
            }
        }
    }
}

fn is_reviewed(classification: &Classification) -> bool {
    let by_hand = matches!(
        classification.privileged,
        Verdict::Known {
            basis: Basis::Hand,
            ..
        }
    );
    by_hand || classification.next_review.is_some()
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::AgentPrivilegedWithoutReview;

    const AGENT: &str = "identity:agent";

    #[test]
    fn fires_until_a_person_has_looked() {
        let at = |words: &str| format!("identity:agent class=agent {words}");
        fires_as(RULE, &at("privileged=yes"), AGENT, Severity::High);
        quiet(RULE, &at("privileged=yes tag.judged.reviewed=yes"), AGENT);
        quiet(
            RULE,
            &at("privileged=yes tag.judged.next_review=yes"),
            AGENT,
        );
        quiet(RULE, &at("privileged=no"), AGENT);
        unknown(RULE, &at(""), AGENT);
        not_applicable(RULE, "identity:agent class=machine privileged=yes", AGENT);
    }
}
