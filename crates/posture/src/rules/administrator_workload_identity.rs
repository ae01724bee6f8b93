//! An identity of software with every right on its whole account, cluster or tenant.

use graph::NodeIx;
use model::finding::{Evidence, Severity};
use model::labels::Environment;
use model::{EdgeKind, NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{attack, cir, csf, dora, iso, nhi, nis2, nist, pci, tenet};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct AdministratorWorkloadIdentity;

const SPEC: RuleSpec = RuleSpec {
    id: "administrator-workload-identity",
    title: "Workload identity that may do everything",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: "A grant over its whole account, cluster or tenant lets an identity of software do everything: a cluster-wide binding to an administrator's role, an account-wide role, an attached policy without a boundary. Critical in production. A grant within one namespace or group of resources is not meant.",
    why: "One fault in the workload is the loss of the whole account or cluster.",
    limits: "What a deny, a guardrail above the account or a condition takes away again is not computed here; an attached policy is therefore less than certain. A binding of which nobody says how far it reaches is unknown.",
    remedies: &[
        "Grant what it was seen to use, in the namespaces where it works.",
        "Where it must stay, file an exception with an end, and watch its use.",
    ],
    controls: &[
        nhi("NHI5:2025", "the identity may do far more than its task"),
        csf("PR.AA-05", "least privilege is not kept"),
        nist("AC-6", "least privilege is not kept"),
        nist(
            "AC-6(5)",
            "privileged accounts are not restricted to named people",
        ),
        tenet("6", "one decision grants everything for ever"),
        iso("8.2", "privileged access rights are not restricted"),
        nis2("21(2)(i)", "access is not limited to what is needed"),
        cir(
            "11.3",
            "administrators' rights are given to software without need",
        ),
        dora("21", "the need-to-use principle is not kept"),
        pci(
            "7.2.5",
            "application accounts have more than the least privileges",
        ),
        attack(
            "T1098.006",
            "a cluster-wide role is what intruders add and look for",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for AdministratorWorkloadIdentity {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        match held(case) {
            Held::Nothing => Judgement::Quiet,
            Held::Unknown(why) => Judgement::Unknown(why.to_owned()),
            Held::Everything(evidence, confidence) => {
                let production = case.labels().environment == Some(Environment::Production);
                let severity = if production {
                    Severity::Critical
                } else {
                    SPEC.severity
                };
                Judgement::Fires(suggest(
                    Firing::sure(
                        format!("`{}` may do everything where it lives", case.name()),
                        vec![evidence],
                    )
                    .severity(severity)
                    .confidence(confidence),
                    case,
                    Act::ShowRights,
                ))
            }
        }
    }
}

/// What the grants at hand come to.
enum Held {
    Everything(Evidence, u8),
    Nothing,
    Unknown(&'static str),
}

/// How sure an attached policy is: what stands above the account may take some of it away.
const ATTACHED: u8 = 80;

fn held(case: &Case<'_>) -> Held {
    match case.signal(Signal::HoldsEverything) {
        Some(true) => {
            let what = "a grant over all of it lets it do everything";
            return Held::Everything(case.seen(Signal::HoldsEverything, what), 100);
        }
        Some(false) => return Held::Nothing,
        None => {}
    }
    let grants = |ix: NodeIx| {
        case.of(ix)
            .and_then(|grant| grant.signal(Signal::GrantsEverything))
    };
    for edge in case.out(EdgeKind::AttachedPolicy) {
        if grants(edge.other) == Some(true) {
            if !case.out(EdgeKind::BoundedBy).is_empty() {
                return Held::Unknown(
                    "an attached policy grants everything and a boundary limits it; what is left is not computed here",
                );
            }
            let what = format!(
                "`{}` is attached to it and grants everything",
                case.name_of(edge.other)
            );
            return Held::Everything(case.evidence_of(edge, what), ATTACHED);
        }
    }
    let mut given = case.targets(EdgeKind::AttachedPolicy);
    given.extend(case.targets(EdgeKind::HasRole));
    if given.iter().any(|ix| grants(*ix) == Some(true)) {
        return Held::Unknown(
            "a role that grants everything is bound to it, and no source says how far the binding reaches",
        );
    }
    if !given.is_empty() && given.iter().all(|ix| grants(*ix) == Some(false)) {
        return Held::Nothing;
    }
    Held::Unknown("no source says what all its roles and policies grant")
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::AdministratorWorkloadIdentity;

    const SVC: &str = "identity:svc";

    #[test]
    fn fires_on_a_grant_over_everything() {
        let firing = fires_as(
            RULE,
            "identity:svc class=machine +holds_everything=\"clusterrolebinding ci-admin\"",
            SVC,
            Severity::High,
        );
        assert!(
            firing.evidence[0]
                .what
                .ends_with(": clusterrolebinding ci-admin")
        );
        assert_eq!(firing.confidence, 100);
        fires_as(
            RULE,
            "identity:svc class=machine env=production +holds_everything",
            SVC,
            Severity::Critical,
        );
        fires_as(
            RULE,
            "identity:svc class=machine env=test +holds_everything",
            SVC,
            Severity::High,
        );
        quiet(RULE, "identity:svc class=machine -holds_everything", SVC);
        not_applicable(RULE, "identity:svc class=human +holds_everything", SVC);
    }

    #[test]
    fn an_attached_policy_counts_unless_a_boundary_holds_it() {
        let attached = "identity:svc class=machine
             identity:svc -attached_policy-> policy:p
             policy:p +grants_everything";
        let firing = fires(RULE, attached, SVC);
        assert_eq!(firing.confidence, 80);
        assert!(firing.evidence[0].what.contains("`p` is attached"));
        let bounded = format!("{attached}\nidentity:svc -bounded_by-> policy:b");
        assert!(unknown(RULE, &bounded, SVC).contains("boundary"));
        quiet(RULE, &attached.replace("+grants", "-grants"), SVC);
        unknown(
            RULE,
            &attached.replace("policy:p +grants_everything", ""),
            SVC,
        );
    }

    #[test]
    fn a_role_bound_who_knows_where_is_unknown() {
        let bound = "identity:svc class=machine
             identity:svc -has_role-> role:admin
             role:admin +grants_everything";
        assert!(unknown(RULE, bound, SVC).contains("how far"));
        quiet(RULE, &bound.replace("+grants", "-grants"), SVC);
        let second = format!(
            "{}\nidentity:svc -has_role-> role:other",
            bound.replace("+grants", "-grants")
        );
        unknown(RULE, &second, SVC);
        assert!(unknown(RULE, "identity:svc class=machine", SVC).contains("no source says what"));
    }
}
