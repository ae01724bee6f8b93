//! A server of an AI agent whose command fetches whatever version a registry serves that day.

use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{asi, attack, csf, iso, mcp, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct UnpinnedMcpServer;

const SPEC: RuleSpec = RuleSpec {
    id: "unpinned-mcp-server",
    title: "Server of an agent that runs whatever version is served",
    severity: Severity::Medium,
    kinds: &[NodeKind::Workload],
    what: "The command that starts a server an AI agent calls names a package without a version or digest. High where the agent is privileged.",
    why: "Whoever takes over the package, or a name close to it, runs code with the agent's credentials on the next start, on every machine at once.",
    limits: "Whether a lock file elsewhere pins the version is not known. A version that is pinned may still be a bad one.",
    remedies: &[
        "Name an exact version, better a digest, in the command.",
        "Install the server from a mirror you control.",
    ],
    controls: &[
        nhi(
            "NHI3:2025",
            "third-party code acts with the agent's identity",
        ),
        asi("ASI04", "the agent's supply chain is open"),
        mcp("MCP04", "a server is fetched from an open supply chain"),
        csf("GV.SC-07", "the risk of a supplier's code is not managed"),
        csf(
            "PR.PS-01",
            "configuration is not managed where it fetches code",
        ),
        nist("SR-3", "nothing controls what the supply chain delivers"),
        iso("5.21", "the supply chain of software is not controlled"),
        nis2("21(2)(d)", "the supply chain is trusted without limit"),
        attack(
            "T1195.002",
            "a taken-over package is delivered by the ordinary way",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["TP1"],
};

impl Rule for UnpinnedMcpServer {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let agents: Vec<_> = case
            .origins(EdgeKind::ConnectsTo)
            .into_iter()
            .filter_map(|ix| case.of(ix))
            .filter(Case::is_agent)
            .collect();
        let asked = case.signal(Signal::UnpinnedCommand).is_some() || !agents.is_empty();
        if !case.is_live() || !asked {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::UnpinnedCommand,
            "no source read the command that starts the server",
            || {
                let mut evidence =
                    vec![case.seen(Signal::UnpinnedCommand, "its command names no version")];
                for agent in &agents {
                    evidence.push(agent.evidence(format!("`{}` calls it", agent.name())));
                }
                let privileged = agents.iter().any(|agent| agent.privileged() == Some(true));
                let severity = if privileged {
                    Severity::High
                } else {
                    SPEC.severity
                };
                Firing::sure(
                    format!("`{}` runs whatever version is served that day", case.name()),
                    evidence,
                )
                .severity(severity)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::UnpinnedMcpServer;

    const MCP: &str = "workload:mcp";

    #[test]
    fn fires_on_a_command_without_a_version() {
        let firing = fires_as(
            RULE,
            "workload:mcp +unpinned_command=\"npx -y server\"",
            MCP,
            Severity::Medium,
        );
        assert!(firing.evidence[0].what.ends_with("npx -y server"));
        let called = "workload:mcp +unpinned_command
             identity:claude class=agent privileged=yes
             identity:claude -connects_to-> workload:mcp";
        let firing = fires_as(RULE, called, MCP, Severity::High);
        assert_eq!(firing.evidence[1].what, "`claude` calls it");
        fires_as(RULE, &called.replace("=yes", "=no"), MCP, Severity::Medium);
        fires_as(
            RULE,
            &called.replace("class=agent", "class=machine"),
            MCP,
            Severity::Medium,
        );
    }

    #[test]
    fn a_pinned_one_is_fine_and_an_unread_one_unknown() {
        quiet(RULE, "workload:mcp -unpinned_command", MCP);
        let called = "workload:mcp
             identity:claude class=agent
             identity:claude -connects_to-> workload:mcp";
        unknown(RULE, called, MCP);
        not_applicable(RULE, &called.replace("class=agent", "class=machine"), MCP);
        not_applicable(RULE, "workload:mcp status=disabled +unpinned_command", MCP);
    }
}
