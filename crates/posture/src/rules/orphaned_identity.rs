//! An identity with no owner, no workload and no code it came from.

use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{cir, cis, csf, iso, nhi, nis2, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct OrphanedIdentity;

const SPEC: RuleSpec = RuleSpec {
    id: "orphaned-identity",
    title: "Orphaned identity: no owner, no workload, no origin",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: weighed!(
        "Three things would tie an identity of software to the organisation: somebody who answers for it, a workload that runs as it, and code or a pipeline that made it. All three were looked for and none is there; each missing leg is shown."
    ),
    why: "Nothing and nobody here needs it as far as anybody can see, and it still opens doors.",
    limits: "A leg counts as missing only where a source looked for it: not seeing a workload is not the same as there being none. With a leg unknown the rule cannot know and says which.",
    remedies: &[
        "Ask in the places the evidence names; if nobody answers, switch it off on an announced day.",
        "Delete it with its credentials after one of its periods.",
    ],
    controls: &[
        nhi("NHI1:2025", "what it was made for has gone and it stayed"),
        csf("ID.AM-08", "its life was not managed to its end"),
        nist("AC-2(3)", "accounts without a user are to be disabled"),
        iso("5.16", "an identity is no longer linked to anything"),
        iso(
            "5.18",
            "access rights are not removed when they are no longer needed",
        ),
        nis2("21(2)(i)", "access is under nobody's control"),
        cir(
            "11.5.1",
            "the life cycle of the identity does not reach its end",
        ),
        cis(
            "5.5",
            "service accounts are to be listed with owner and purpose",
        ),
    ],
    aliases: &[],
    covers: &[
        "active-after-workload-gone",
        "agent-without-owner",
        "owner-left",
        "unowned-identity",
    ],
    factors: &["OW1", "US2"],
};

impl Rule for OrphanedIdentity {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        let legs = [
            (
                "owner",
                case.ownerless().map(|none| !none),
                "nobody answers for it",
            ),
            ("workload", has_workload(case), "no workload runs as it"),
            ("origin", has_origin(case), "no code or pipeline made it"),
        ];
        if legs.iter().any(|(_, there, _)| *there == Some(true)) {
            return Judgement::Quiet;
        }
        let named = |state: Option<bool>| {
            let names: Vec<&str> = legs
                .iter()
                .filter(|(_, there, _)| *there == state)
                .map(|(name, _, _)| *name)
                .collect();
            names.join(", ")
        };
        let unknown = named(None);
        if !unknown.is_empty() {
            let missing = named(Some(false));
            let missing = if missing.is_empty() {
                "none".to_owned()
            } else {
                missing
            };
            return Judgement::Unknown(format!(
                "not known: {unknown}; known to be missing: {missing}"
            ));
        }
        let evidence = legs
            .iter()
            .map(|(_, _, missing)| case.evidence(*missing))
            .collect();
        Judgement::Fires(suggest(
            Firing::sure(
                format!("`{}` has no owner, no workload and no origin", case.name()),
                evidence,
            )
            .severity(case.weigh(SPEC.severity)),
            case,
            Act::SwitchOff,
        ))
    }
}

fn has_workload(case: &Case<'_>) -> Option<bool> {
    let configured = || {
        case.credentials()
            .into_iter()
            .filter_map(|ix| case.of(ix))
            .any(|credential| !credential.configured_in().is_empty())
    };
    let consumed = || {
        case.origins(EdgeKind::Consumes)
            .into_iter()
            .any(|ix| !case.is_gone(ix))
    };
    if !case.workloads().is_empty() || consumed() || configured() {
        return Some(true);
    }
    let seen_to_go = (!case.gone_workloads().is_empty()).then_some(false);
    case.signal(Signal::InUseByWorkload).or(seen_to_go)
}

fn has_origin(case: &Case<'_>) -> Option<bool> {
    let made_by_code = [EdgeKind::ManagedBy, EdgeKind::CreatedBy]
        .into_iter()
        .any(|kind| {
            case.targets(kind).into_iter().any(|ix| {
                matches!(
                    case.kind_of(ix),
                    Some(NodeKind::Pipeline | NodeKind::Workload)
                )
            })
        });
    if made_by_code || !case.out(EdgeKind::DeployedFrom).is_empty() {
        return Some(true);
    }
    case.signal(Signal::FromCode)
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::OrphanedIdentity;

    const SVC: &str = "identity:svc";
    const NONE: &str =
        "identity:svc class=machine tag.judged.owner=unowned -in_use_by_workload -from_code";

    #[test]
    fn fires_with_each_missing_leg() {
        let firing = fires_as(RULE, NONE, SVC, Severity::High);
        let legs: Vec<&str> = firing
            .evidence
            .iter()
            .map(|one| one.what.as_str())
            .collect();
        assert_eq!(
            legs,
            [
                "nobody answers for it",
                "no workload runs as it",
                "no code or pipeline made it"
            ]
        );
        fires_as(
            RULE,
            &NONE.replace("unowned", "owner_left"),
            SVC,
            Severity::High,
        );
        fires_as(
            RULE,
            &format!("{NONE} privileged=yes"),
            SVC,
            Severity::Critical,
        );
    }

    #[test]
    fn one_leg_holds_it() {
        quiet(RULE, &NONE.replace("unowned", "team_only"), SVC);
        quiet(RULE, &NONE.replace("-in_use", "+in_use"), SVC);
        quiet(RULE, &NONE.replace("-from_code", "+from_code"), SVC);
        for edge in [
            "workload:w -runs_as-> identity:svc",
            "application:a -consumes-> identity:svc",
            "credential:k -authenticates-> identity:svc\ncredential:k -used_by-> host:h",
            "identity:svc -deployed_from-> repo:r",
            "identity:svc -managed_by-> workload:terraform",
            "identity:svc -created_by-> pipeline:p",
        ] {
            quiet(RULE, &format!("{NONE}\n{edge}"), SVC);
        }
    }

    #[test]
    fn a_workload_that_was_seen_to_go_is_a_missing_leg() {
        let gone = format!(
            "{}\nworkload:w +retired\nworkload:w -runs_as-> identity:svc",
            NONE.replace("-in_use_by_workload", "")
        );
        fires(RULE, &gone, SVC);
        quiet(
            RULE,
            &gone.replace("class=machine", "class=machine +in_use_by_workload"),
            SVC,
        );
        let consumer =
            format!("{NONE}\napplication:a +retired\napplication:a -consumes-> identity:svc");
        fires(RULE, &consumer, SVC);
    }

    #[test]
    fn what_holds_nothing_up_is_no_leg() {
        for edge in [
            "identity:svc -created_by-> person:ann",
            "identity:svc -managed_by-> identity:admin",
            "credential:k -authenticates-> identity:svc\ncredential:k -stored_in-> host:h",
        ] {
            fires(RULE, &format!("{NONE}\n{edge}"), SVC);
        }
    }

    #[test]
    fn an_unknown_leg_is_said() {
        let why = unknown(RULE, &NONE.replace("-from_code", ""), SVC);
        assert_eq!(
            why,
            "not known: origin; known to be missing: owner, workload"
        );
        let why = unknown(RULE, "identity:svc class=machine", SVC);
        assert_eq!(
            why,
            "not known: owner, workload, origin; known to be missing: none"
        );
        not_applicable(RULE, &NONE.replace("machine", "device"), SVC);
    }
}
