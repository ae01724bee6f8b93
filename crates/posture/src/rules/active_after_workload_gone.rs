//! An identity that still works although every workload that ran as it is gone.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{attack, cir, csf, iso, nhi, nis2, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct ActiveAfterWorkloadGone;

const SPEC: RuleSpec = RuleSpec {
    id: "active-after-workload-gone",
    title: "Identity that outlived its workloads",
    severity: Severity::Medium,
    kinds: &[NodeKind::Identity],
    what: weighed!(
        "Workloads ran as an identity of software; a source that lists workloads found every one of them gone; and the identity is still switched on."
    ),
    why: "What it was made for no longer exists, so any use of it from now on is somebody else's.",
    limits: "It needs a source that saw the workloads and then saw them go. A person's word that the identity is still needed, or a platform's that it is in use, is enough to keep it quiet. A workload that moved to a place no source reads looks gone.",
    remedies: &[
        "Ask the owner whether something else uses it.",
        "Switch it off, wait one of its periods, then delete it with its credentials.",
    ],
    controls: &[
        nhi(
            "NHI1:2025",
            "the workload was taken out of service and its identity was not",
        ),
        csf(
            "ID.AM-08",
            "the life of the identity was not ended with its workload's",
        ),
        csf(
            "PR.AA-05",
            "access that nothing needs has not been withdrawn",
        ),
        nist("AC-2(3)", "accounts without a use are to be disabled"),
        iso(
            "5.18",
            "access rights are not removed when they are no longer needed",
        ),
        nis2("21(2)(i)", "access outlasts what it was given for"),
        cir(
            "11.5.1",
            "the life cycle of the identity does not reach its end",
        ),
        attack(
            "T1078.004",
            "accounts left behind are used because nothing shows it",
        ),
    ],
    aliases: &[],
    covers: &["dormant-identity"],
    factors: &["US2"],
};

impl Rule for ActiveAfterWorkloadGone {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        if !case.workloads().is_empty() || case.labels().still_needed == Some(true) {
            return Judgement::Quiet;
        }
        let gone = case.gone_workloads();
        match case.signal(Signal::InUseByWorkload) {
            Some(true) => return Judgement::Quiet,
            Some(false) if gone.is_empty() => return Judgement::Quiet,
            None if gone.is_empty() => {
                return Judgement::Unknown(
                    "no source says which workloads run, or ran, as it".to_owned(),
                );
            }
            Some(false) | None => {}
        }
        let mut evidence =
            vec![case.evidence(format!("what ran as it is gone: {}", case.names(&gone)))];
        evidence.extend(
            case.classification()
                .still_needed
                .evidence()
                .iter()
                .cloned(),
        );
        let firing = Firing::sure(
            format!(
                "`{}` outlived the {} workloads that ran as it",
                case.name(),
                gone.len()
            ),
            evidence,
        )
        .severity(case.weigh(SPEC.severity));
        Judgement::Fires(suggest(firing, case, Act::SwitchOff))
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::ActiveAfterWorkloadGone;

    const SVC: &str = "identity:svc";
    const GONE: &str = "identity:svc class=machine
         workload:w +retired
         workload:w -runs_as-> identity:svc";

    #[test]
    fn fires_when_all_that_ran_as_it_is_gone() {
        let firing = fires_as(RULE, GONE, SVC, Severity::Medium);
        assert_eq!(firing.evidence[0].what, "what ran as it is gone: `w`");
        fires_as(
            RULE,
            &format!("{GONE}\nidentity:svc privileged=yes"),
            SVC,
            Severity::High,
        );
        fires(
            RULE,
            &format!("{GONE}\nidentity:svc -in_use_by_workload"),
            SVC,
        );
        fires(
            RULE,
            &format!("{GONE}\nidentity:svc tag.judged.still_needed=no"),
            SVC,
        );
    }

    #[test]
    fn one_that_stayed_or_a_word_for_it_is_enough() {
        quiet(
            RULE,
            &format!("{GONE}\nworkload:here -runs_as-> identity:svc"),
            SVC,
        );
        quiet(
            RULE,
            &format!("{GONE}\nidentity:svc +in_use_by_workload"),
            SVC,
        );
        quiet(
            RULE,
            &format!("{GONE}\nidentity:svc tag.judged.still_needed=yes"),
            SVC,
        );
        quiet(RULE, "identity:svc class=machine -in_use_by_workload", SVC);
        unknown(RULE, "identity:svc class=machine", SVC);
        not_applicable(
            RULE,
            &GONE.replace("class=machine", "class=machine status=disabled"),
            SVC,
        );
        not_applicable(RULE, &GONE.replace("machine", "human"), SVC);
    }
}
