//! A token in plain text in the settings of an AI agent.

use graph::NodeIx;
use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{asi, attack, csf, iso, mcp, nhi, nis2, nist, weighed};
use crate::questions::is_secret;
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct AgentPlainTextToken;

const SPEC: RuleSpec = RuleSpec {
    id: "agent-plain-text-token",
    title: "AI agent with a token in plain text",
    severity: Severity::High,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "A token or key of an AI agent, or of a server it calls, lies in plain text in a configuration file or environment."
    ),
    why: "An agent reads files and does what text tells it: a sentence in a web page or an issue is enough to have it read its own settings and send them away.",
    limits: "Whether the agent's own limits would keep it from reading the file is not known.",
    remedies: &[
        "Keep the token in the platform's key store or a broker, and let the agent's settings name it.",
        "Replace it: agents' settings are copied, synchronised and shared.",
    ],
    controls: &[
        nhi("NHI2:2025", "the token lies in plain text"),
        asi(
            "ASI03",
            "the agent's identity can be carried away by the agent",
        ),
        mcp("MCP01", "the token is exposed in a server's settings"),
        csf("PR.DS-01", "a secret at rest is not kept confidential"),
        nist("IA-5(7)", "a static authenticator is stored unencrypted"),
        iso(
            "5.17",
            "authentication information is not protected where it lies",
        ),
        nis2(
            "21(2)(i)",
            "access of an agent is open to whoever reads a file",
        ),
        attack("T1552.001", "credentials in files are collected first"),
    ],
    aliases: &[],
    covers: &["plain-text-secret", "hard-coded-secret"],
    factors: &["EX3"],
};

impl Rule for AgentPlainTextToken {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_live() || !is_secret(case) || case.has_ended() {
            return Judgement::NotApplicable;
        }
        let agents: Vec<NodeIx> = case
            .targets(EdgeKind::UsedBy)
            .into_iter()
            .filter(|ix| {
                case.of(*ix)
                    .is_some_and(|user| user.acts_for_agent().is_some())
            })
            .collect();
        if agents.is_empty() {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::PlainText,
            "no source says in what form the agent's settings hold the token",
            || {
                Firing::sure(
                    format!("`{}` lies open in the settings of an agent", case.name()),
                    vec![
                        case.seen(Signal::PlainText, "its value lies in plain text"),
                        case.evidence(format!("it is used by {}", case.names(&agents))),
                    ],
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

    const RULE: &dyn Rule = &super::AgentPlainTextToken;

    const T: &str = "credential:t";

    fn agents(words: &str) -> String {
        format!(
            "credential:t {words}
             credential:t -used_by-> identity:claude
             identity:claude class=agent"
        )
    }

    #[test]
    fn fires_on_an_agents_open_token() {
        let firing = fires_as(RULE, &agents("type=api_key +plain_text"), T, Severity::High);
        assert_eq!(firing.evidence[1].what, "it is used by `claude`");
        let server = "credential:t type=api_key +plain_text
             credential:t -used_by-> workload:mcp
             identity:claude class=agent
             identity:claude -connects_to-> workload:mcp";
        fires(RULE, server, T);
        quiet(RULE, &agents("type=api_key -plain_text"), T);
        unknown(RULE, &agents("type=api_key"), T);
        fires_as(
            RULE,
            &agents("type=api_key +plain_text env=sandbox"),
            T,
            Severity::Medium,
        );
    }

    #[test]
    fn other_holders_and_public_things_are_not_looked_at() {
        for text in [
            agents("type=api_key +plain_text").replace("class=agent", "class=machine"),
            agents("type=certificate +plain_text"),
            agents("type=api_key +plain_text expires=-1d"),
            agents("type=api_key +plain_text status=disabled"),
            "credential:t type=api_key +plain_text".to_owned(),
        ] {
            not_applicable(RULE, &text, T);
        }
    }
}
