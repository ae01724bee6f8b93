//! An account that may act as whoever signs in to it, towards anything.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{attack, csf, iso, nhi, nis2, nist};
use crate::questions::in_directory;
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct UnconstrainedDelegation;

const SPEC: RuleSpec = RuleSpec {
    id: "unconstrained-delegation",
    title: "Unconstrained delegation",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: "An account keeps the tickets of everybody who signs in to it and may use them anywhere. Controllers of the directory need this and are left out.",
    why: "Whoever holds the host gets the administrators' tickets as they come by, or makes a controller come by.",
    limits: "Where no source says whether the account is a controller, the rule cannot know.",
    remedies: &[
        "Allow delegation to named services only (constrained or resource-based).",
        "Mark privileged accounts as never to be delegated.",
    ],
    controls: &[
        nhi("NHI5:2025", "it may become everybody who visits it"),
        nhi("NHI4:2025", "a deprecated form of delegation is in use"),
        csf("PR.AA-05", "what it may do is not limited to its task"),
        nist("AC-6", "least privilege is not kept"),
        iso("8.2", "a way to privileged access is not restricted"),
        nis2("21(2)(i)", "access is not limited to what is needed"),
        attack(
            "T1078.002",
            "the visitors' domain accounts are used from there",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for UnconstrainedDelegation {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !in_directory(case) || case.says(Signal::DirectoryController) {
            return Judgement::NotApplicable;
        }
        if case.says(Signal::UnconstrainedDelegation)
            && case.signal(Signal::DirectoryController).is_none()
        {
            return Judgement::Unknown(
                "it delegates without limit, which a controller of the directory must; no source says whether it is one".to_owned(),
            );
        }
        case.ask(
            Signal::UnconstrainedDelegation,
            "no source says how the account may delegate",
            || {
                suggest(
                    Firing::sure(
                        format!("`{}` may act as whoever signs in to it", case.name()),
                        vec![case.seen(
                            Signal::UnconstrainedDelegation,
                            "it is trusted for delegation without limit",
                        )],
                    ),
                    case,
                    Act::EndDelegation,
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::UnconstrainedDelegation;

    #[test]
    fn fires_on_all_but_controllers() {
        let pc = "identity:pc";
        fires_as(
            RULE,
            "identity:pc class=device +unconstrained_delegation -directory_controller",
            pc,
            Severity::High,
        );
        quiet(RULE, "identity:pc -unconstrained_delegation", pc);
        let why = unknown(RULE, "identity:pc +unconstrained_delegation", pc);
        assert!(why.contains("whether it is one"), "{why}");
        let why = unknown(RULE, "identity:pc -offline_guessable", pc);
        assert!(why.contains("may delegate"), "{why}");
        not_applicable(
            RULE,
            "identity:pc +unconstrained_delegation +directory_controller",
            pc,
        );
        not_applicable(RULE, "identity:pc class=device", pc);
        not_applicable(
            RULE,
            "identity:pc +unconstrained_delegation -directory_controller status=disabled",
            pc,
        );
    }
}
