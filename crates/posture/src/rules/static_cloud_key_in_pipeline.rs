//! A cloud account's key that a pipeline, its variables or an AI agent hold.

use model::finding::Severity;
use model::{CredentialType, EdgeKind, NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{asi, attack, cir, csf, iso, mcp, nhi, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct StaticCloudKeyInPipeline;

const SPEC: RuleSpec = RuleSpec {
    id: "static-cloud-key-in-pipeline",
    title: "Static cloud key in a pipeline or with an agent",
    severity: Severity::High,
    kinds: &[NodeKind::Credential],
    what: "The key pair or secret key of a cloud account lies in a pipeline, in the place where one keeps its variables, or in the settings of an AI agent or of a server it calls. Critical where the key opens something privileged.",
    why: "A pipeline runs code from many hands, and an agent does what strangers' text tells it: both can read the key and carry it out. It works from anywhere and has no end.",
    limits: "A key whose holder may or may not belong to a pipeline is unknown, and so is one of which nobody says where it lies.",
    remedies: &[
        "Let the cloud trust the pipeline's own tokens (OIDC federation) for one repository, branch and environment.",
        "Give agents short-lived credentials from a broker.",
        "Delete the key; it must be taken as copied.",
    ],
    controls: &[
        nhi(
            "NHI6:2025",
            "a pipeline holds a static key where federation would do",
        ),
        nhi("NHI2:2025", "the key lies outside a secret store"),
        asi("ASI03", "an agent holds an identity it can carry away"),
        mcp("MCP01", "a token lies in the settings of an agent's server"),
        csf(
            "PR.AA-04",
            "a static secret stands where a signed assertion could",
        ),
        csf(
            "PR.PS-06",
            "secure development includes the keys pipelines use",
        ),
        nist(
            "IA-5(7)",
            "a static authenticator is embedded in configuration",
        ),
        iso("8.25", "the development life cycle leaks its own keys"),
        cir(
            "11.6",
            "authentication is weaker than the risk of a pipeline demands",
        ),
        attack(
            "T1552.001",
            "credentials in configuration are what poisoned builds collect",
        ),
    ],
    aliases: &[],
    covers: &[
        "agent-plain-text-token",
        "hard-coded-secret",
        "plain-text-secret",
    ],
    factors: &["EX3", "EX4"],
};

impl Rule for StaticCloudKeyInPipeline {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(&[CredentialType::AccessKey]) {
            return Judgement::NotApplicable;
        }
        let mut evidence = Vec::new();
        let (mut places, mut unclear) = (0, 0);
        for kind in [EdgeKind::FoundIn, EdgeKind::StoredIn, EdgeKind::UsedBy] {
            for edge in case.out(kind) {
                let Some(place) = case.of(edge.other) else {
                    continue;
                };
                places += 1;
                if let Some(what) = holder(&place) {
                    let what = format!("it is with `{}`, {what}", place.name());
                    evidence.push(case.evidence_of(edge, what));
                } else if is_unclear(&place) {
                    unclear += 1;
                }
            }
        }
        if !evidence.is_empty() {
            let severity = if case.privileged() == Some(true) {
                Severity::Critical
            } else {
                SPEC.severity
            };
            let summary = format!(
                "`{}` is a static cloud key where code of many hands runs",
                case.name()
            );
            return Judgement::Fires(suggest(
                Firing::sure(summary, evidence).severity(severity),
                case,
                Act::SwitchOff,
            ));
        }
        if places == 0 {
            return Judgement::Unknown(
                "no source says where the key lies or who uses it".to_owned(),
            );
        }
        if unclear > 0 {
            return Judgement::Unknown(
                "no source says whether what holds the key belongs to a pipeline".to_owned(),
            );
        }
        Judgement::Quiet
    }
}

/// What makes a holder one whose code comes from many hands.
fn holder(place: &Case<'_>) -> Option<&'static str> {
    if place.is(NodeKind::Pipeline) {
        return Some("a pipeline");
    }
    if place.says(Signal::ServesPipeline) {
        return Some("which serves a pipeline");
    }
    place.acts_for_agent()
}

/// True where a pipeline might stand behind the holder and no source says.
fn is_unclear(place: &Case<'_>) -> bool {
    matches!(
        place.node.kind,
        NodeKind::Workload | NodeKind::SecretContainer
    ) && place.signal(Signal::ServesPipeline).is_none()
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::StaticCloudKeyInPipeline;

    const KEY: &str = "credential:k";

    #[test]
    fn fires_on_pipelines_their_variables_and_agents() {
        for held in [
            "credential:k -found_in-> pipeline:build",
            "credential:k -stored_in-> secret_container:vars
             secret_container:vars +serves_pipeline",
            "credential:k -used_by-> workload:job
             workload:job +serves_pipeline",
            "credential:k -used_by-> identity:claude
             identity:claude class=agent",
            "credential:k -used_by-> workload:mcp
             identity:claude class=agent
             identity:claude -connects_to-> workload:mcp",
        ] {
            let text = format!("credential:k type=access_key\n{held}");
            let firing = fires_as(RULE, &text, KEY, Severity::High);
            assert_eq!(firing.evidence.len(), 1, "{held}");
        }
    }

    #[test]
    fn critical_when_it_opens_something_privileged() {
        let text = "credential:k type=access_key
             credential:k -found_in-> pipeline:build
             credential:k -authenticates-> identity:admin
             identity:admin privileged=yes";
        fires_as(RULE, text, KEY, Severity::Critical);
    }

    #[test]
    fn elsewhere_is_fine_and_an_unclear_holder_unknown() {
        let at = |place: &str| format!("credential:k type=access_key\n{place}");
        quiet(RULE, &at("credential:k -stored_in-> resource:f"), KEY);
        quiet(
            RULE,
            &at("credential:k -used_by-> workload:w\nworkload:w -serves_pipeline"),
            KEY,
        );
        quiet(
            RULE,
            &at("credential:k -used_by-> identity:i\nidentity:i class=machine"),
            KEY,
        );
        let plain = at(
            "credential:k -used_by-> workload:w\nidentity:i class=machine\nidentity:i -connects_to-> workload:w",
        );
        let why = unknown(RULE, &plain, KEY);
        assert!(why.contains("belongs to a pipeline"), "{why}");
        unknown(
            RULE,
            &at("credential:k -stored_in-> secret_container:s"),
            KEY,
        );
        let why = unknown(RULE, "credential:k type=access_key", KEY);
        assert!(why.contains("where the key lies"), "{why}");
        not_applicable(
            RULE,
            "credential:k type=password\ncredential:k -found_in-> pipeline:build",
            KEY,
        );
        not_applicable(
            RULE,
            "credential:k type=access_key status=disabled\ncredential:k -found_in-> pipeline:b",
            KEY,
        );
    }
}
