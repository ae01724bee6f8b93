//! An AI agent for which nobody answers.

use model::NodeKind;
use model::finding::Severity;
use model::labels::OwnerState;

use super::controls::{asi, cir, csf, iso, mcp, nhi, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct AgentWithoutOwner;

const SPEC: RuleSpec = RuleSpec {
    id: "agent-without-owner",
    title: "AI agent without an owner",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: weighed!("Nobody answers for an AI agent, or who did has left."),
    why: "An agent acts by itself on what it reads. When it does harm, the first question is who may stop it, and nobody knows.",
    limits: "A sponsor counts where ownership was judged to include one. Where a source that would know owners was not read, the rule cannot know.",
    remedies: &["Name a person and a team, or stop the agent until somebody does."],
    controls: &[
        nhi("NHI1:2025", "nobody will take it out of service"),
        asi(
            "ASI10",
            "an agent nobody answers for is one step from a rogue one",
        ),
        mcp("MCP09", "what it calls is outside everybody's view"),
        csf("GV.RR-02", "nobody is named as responsible"),
        nist("AC-2", "every account is to have somebody who manages it"),
        iso("5.2", "roles and responsibilities are not assigned"),
        cir("11.5.2", "identities are to be overseen"),
    ],
    aliases: &[],
    covers: &["owner-left", "unowned-identity"],
    factors: &["OW1"],
};

impl Rule for AgentWithoutOwner {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_agent() {
            return Judgement::NotApplicable;
        }
        match case.ownerless() {
            Some(false) => Judgement::Quiet,
            None => Judgement::Unknown(
                "no owner is known, and a source that would know was not read".to_owned(),
            ),
            Some(true) => {
                let what = if case.labels().owner == OwnerState::OwnerLeft {
                    "who answered for it has left"
                } else {
                    "no source names an owner, and those that would know were read"
                };
                Judgement::Fires(
                    Firing::sure(
                        format!("nobody answers for the agent `{}`", case.name()),
                        vec![case.evidence(what)],
                    )
                    .severity(case.weigh(SPEC.severity)),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::AgentWithoutOwner;

    const AGENT: &str = "identity:agent";

    #[test]
    fn fires_when_nobody_answers_for_an_agent() {
        let at = |words: &str| format!("identity:agent class=agent {words}");
        let firing = fires_as(RULE, &at("tag.judged.owner=unowned"), AGENT, Severity::High);
        assert!(firing.evidence[0].what.starts_with("no source names"));
        let firing = fires_as(
            RULE,
            &at("tag.judged.owner=owner_left privileged=yes"),
            AGENT,
            Severity::Critical,
        );
        assert_eq!(firing.evidence[0].what, "who answered for it has left");
        quiet(RULE, &at("tag.judged.owner=person_only"), AGENT);
        unknown(RULE, &at(""), AGENT);
        not_applicable(
            RULE,
            "identity:agent class=machine tag.judged.owner=unowned",
            AGENT,
        );
    }
}
