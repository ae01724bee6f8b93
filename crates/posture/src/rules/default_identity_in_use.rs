//! An identity the platform made for everything without one of its own, and that a workload runs as.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::controls::{attack, cir, csf, iso, nhi, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct DefaultIdentityInUse;

const SPEC: RuleSpec = RuleSpec {
    id: "default-identity-in-use",
    title: "The platform's default identity is in use",
    severity: Severity::Medium,
    kinds: &[NodeKind::Identity],
    what: weighed!(
        "A workload runs as the identity its platform gives to everything that names none of its own."
    ),
    why: "Its permissions are those of whoever needed most, every newcomer gets them unasked, and its log tells nobody apart.",
    limits: "Where no source says what runs as it, the rule cannot know.",
    remedies: &[
        "Give each workload an identity of its own.",
        "Take every permission from the default one, and switch off its token where the platform can.",
    ],
    controls: &[
        nhi(
            "NHI9:2025",
            "one identity stands for everything that names none",
        ),
        nhi("NHI6:2025", "the platform's default was left as it was"),
        csf("PR.PS-01", "a default was not hardened"),
        nist("AC-6", "the default gives more than each workload needs"),
        iso("8.9", "the configuration was left at its default"),
        cir(
            "11.5.3",
            "a shared identity needs approval and documentation",
        ),
        attack(
            "T1552.007",
            "the default token is the first one an intruder finds in a container",
        ),
    ],
    aliases: &[],
    covers: &["shared-identity"],
    factors: &["SH1"],
};

impl Rule for DefaultIdentityInUse {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_live() || !case.is(NodeKind::Identity) || !case.says(Signal::PlatformDefault) {
            return Judgement::NotApplicable;
        }
        let users = case.workloads();
        if users.is_empty() {
            match case.signal(Signal::InUseByWorkload) {
                Some(true) => {}
                Some(false) => return Judgement::Quiet,
                None => {
                    return Judgement::Unknown(
                        "no source says whether a workload runs as it".to_owned(),
                    );
                }
            }
        }
        let used = if users.is_empty() {
            case.seen(
                Signal::InUseByWorkload,
                "its platform says that a workload runs as it",
            )
        } else {
            case.evidence(format!("what runs as it: {}", case.names(&users)))
        };
        Judgement::Fires(
            Firing::sure(
                format!(
                    "`{}` serves whatever names no identity of its own",
                    case.name()
                ),
                vec![
                    case.seen(
                        Signal::PlatformDefault,
                        "its platform made it as the default",
                    ),
                    used,
                ],
            )
            .severity(case.weigh(SPEC.severity)),
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::DefaultIdentityInUse;

    const DEFAULT: &str = "identity:default";

    #[test]
    fn fires_when_something_runs_as_it() {
        let text = "identity:default class=machine +platform_default";
        let firing = fires_as(
            RULE,
            &format!("{text}\nworkload:w -runs_as-> identity:default"),
            DEFAULT,
            Severity::Medium,
        );
        assert_eq!(firing.evidence[1].what, "what runs as it: `w`");
        let stated = fires_as(
            RULE,
            &format!("{text} privileged=yes +in_use_by_workload"),
            DEFAULT,
            Severity::High,
        );
        assert!(stated.evidence[1].what.starts_with("its platform says"));
        quiet(RULE, &format!("{text} -in_use_by_workload"), DEFAULT);
        unknown(RULE, text, DEFAULT);
        not_applicable(
            RULE,
            "identity:default class=machine +in_use_by_workload",
            DEFAULT,
        );
        not_applicable(
            RULE,
            &format!("{text} status=disabled +in_use_by_workload"),
            DEFAULT,
        );
    }
}
