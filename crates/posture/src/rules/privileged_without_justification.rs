//! A privileged identity of which nobody recorded why it was given its privileges.

use model::NodeKind;
use model::finding::Severity;

use super::controls::{cir, csf, dora, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct PrivilegedWithoutJustification;

const SPEC: RuleSpec = RuleSpec {
    id: "privileged-without-justification",
    title: "Privileged without a justification",
    severity: Severity::Medium,
    kinds: &[NodeKind::Identity],
    what: "An identity of software can do what an administrator can, and no ticket, commit or sentence says why and who approved.",
    why: "Privileges without a reason cannot be weighed against anything, so they are never taken back.",
    limits: "A justification may stand in a system that is not connected; where a source could not be read in full, the rule cannot know.",
    remedies: &[
        "Record why and who approved, with a link to the ticket or commit.",
        "Where nobody can say, lower the privileges to what was seen in use.",
    ],
    controls: &[
        nhi("NHI5:2025", "privileges are held without a reason"),
        csf("PR.AA-05", "entitlements are not defined and approved"),
        nist("AC-2", "privileges are to be approved and recorded"),
        iso(
            "8.2",
            "privileged access rights are given without a record of their approval",
        ),
        nis2("21(2)(i)", "access is given outside a policy"),
        cir("11.3", "privileged accounts are not given by need"),
        dora("21", "access rights are not documented"),
        pci(
            "7.2.5",
            "privileges of application accounts are not assigned by need",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for PrivilegedWithoutJustification {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() {
            return Judgement::NotApplicable;
        }
        let labels = case.labels();
        if labels.has_justification || labels.privileged == Some(false) {
            return Judgement::Quiet;
        }
        if labels.privileged.is_none() {
            return Judgement::Unknown("whether it is privileged is not known".to_owned());
        }
        if case.read_in_part() {
            return Judgement::Unknown(format!(
                "no justification is stated in what was read{}",
                case.gaps("inventory")
            ));
        }
        let mut evidence =
            vec![case.evidence("it is privileged, and no source says why or who approved")];
        evidence.extend(case.classification().privileged.evidence().iter().cloned());
        Judgement::Fires(Firing::sure(
            format!("nobody recorded why `{}` is privileged", case.name()),
            evidence,
        ))
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::PrivilegedWithoutJustification;

    #[test]
    fn fires_on_privilege_without_a_reason() {
        let svc = "identity:svc";
        fires_as(
            RULE,
            "identity:svc class=machine privileged=yes",
            svc,
            Severity::Medium,
        );
        quiet(
            RULE,
            "identity:svc class=machine privileged=yes justification=CHG-1",
            svc,
        );
        quiet(RULE, "identity:svc class=machine justification=CHG-1", svc);
        quiet(RULE, "identity:svc class=machine privileged=no", svc);
        assert!(
            unknown(RULE, "identity:svc class=machine", svc).contains("whether it is privileged")
        );
        let partly =
            "identity:svc class=machine privileged=yes\ngap identity inventory denied tags";
        assert!(unknown(RULE, partly, svc).contains("denied tags"));
        not_applicable(RULE, "identity:svc class=human privileged=yes", svc);
    }
}
