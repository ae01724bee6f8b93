//! An identity of software that a person uses to sign in.

use model::finding::Severity;
use model::{Class, NodeKind, Signal};

use super::controls::{cir, csf, iso, nhi, nis2, nist, pci, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct HumanUseOfMachineIdentity;

const SPEC: RuleSpec = RuleSpec {
    id: "human-use-of-machine-identity",
    title: "A person signs in with a machine's identity",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: weighed!(
        "A source saw, or allows and marks, that a person signs in interactively with an identity made for software."
    ),
    why: "Nobody can tell afterwards whether the program or a person did it, and who. The person also escapes the second factor and the leaver's list.",
    limits: "Only what a source marks as interactive counts. An identity of which nobody knows that it is software's is not looked at.",
    remedies: &[
        "Give the person an account of their own with the rights the task needs, for the time it needs.",
        "Switch interactive sign-in off for the identity and replace its credentials.",
    ],
    controls: &[
        nhi("NHI10:2025", "a person uses an identity made for software"),
        csf("PR.AA-02", "what is done is bound to no person"),
        nist("IA-4", "an identifier does not stand for one user"),
        iso("5.16", "a person acts under an identity that is not theirs"),
        nis2("21(2)(i)", "access cannot be traced to a person"),
        cir("11.5.2", "what is done is not linked to one identity"),
        pci(
            "8.6.1",
            "interactive use of system and application accounts is to be prevented",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["HU1"],
};

impl Rule for HumanUseOfMachineIdentity {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let software = matches!(case.node.class, Some(Class::Machine | Class::Agent));
        if !case.is_machine() || !software {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::InteractiveUse,
            "no source says whether a person signs in with it; sign-in logs would tell",
            || {
                Firing::sure(
                    format!("a person signs in as `{}`", case.name()),
                    vec![case.seen(Signal::InteractiveUse, "a person signs in with it")],
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
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::HumanUseOfMachineIdentity;

    #[test]
    fn fires_on_a_person_behind_a_machines_name() {
        let svc = "identity:svc";
        fires_as(
            RULE,
            "identity:svc class=machine +interactive_use",
            svc,
            Severity::High,
        );
        fires_as(
            RULE,
            "identity:svc class=agent +interactive_use privileged=yes",
            svc,
            Severity::Critical,
        );
        quiet(RULE, "identity:svc class=machine -interactive_use", svc);
        unknown(RULE, "identity:svc class=machine", svc);
        for words in ["class=human", "", "class=machine status=disabled"] {
            not_applicable(RULE, &format!("identity:svc {words} +interactive_use"), svc);
        }
    }
}
