//! One identity that several workloads run as.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::controls::{cir, csf, dora, iso, nhi, nist, pci, tenet};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct SharedIdentity;

const SPEC: RuleSpec = RuleSpec {
    id: "shared-identity",
    title: "Identity shared by workloads, teams or environments",
    severity: Severity::Low,
    kinds: &[NodeKind::Identity],
    what: "More than one workload runs as one identity. Medium from five on; high where they run in more than one environment or belong to more than one team.",
    why: "The identity needs what all of them need together, and an intruder in any of them has it all. Its log does not tell them apart.",
    limits: "Hosts that carry one identity count as one workload, for they may be copies of each other; so do copies of one template. The platform's default identity has a rule of its own.",
    remedies: &[
        "Give each workload an identity of its own, with the permissions it alone needs.",
        "Begin with those in other environments and teams.",
    ],
    controls: &[
        nhi("NHI9:2025", "one identity stands for several workloads"),
        nhi("NHI8:2025", "one identity reaches across environments"),
        csf("PR.AA-02", "the identity is bound to no one workload"),
        csf(
            "PR.IR-01",
            "environments are joined by an identity they share",
        ),
        nist("IA-9", "services cannot be told apart"),
        tenet("3", "access cannot be granted to one workload alone"),
        iso("5.16", "an identity is not linked to one thing alone"),
        iso(
            "8.31",
            "environments are not separated where they share an identity",
        ),
        cir(
            "11.5.3",
            "a shared identity needs approval and documentation",
        ),
        dora("21", "shared accounts are not kept to the necessary"),
        pci("8.2.2", "shared accounts are allowed only by exception"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["SH1"],
};

impl Rule for SharedIdentity {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_machine() || case.says(Signal::PlatformDefault) {
            return Judgement::NotApplicable;
        }
        let users = case.workloads();
        let hosts = users
            .iter()
            .filter(|ix| case.kind_of(**ix) == Some(NodeKind::Host))
            .count();
        let count = users.len() - hosts + hosts.min(1);
        if count == 0 {
            return match case.signal(Signal::InUseByWorkload) {
                Some(false) => Judgement::Quiet,
                _ => Judgement::Unknown("no source says which workloads run as it".to_owned()),
            };
        }
        let environments = case.environments_of(&users);
        let teams = case.teams_of_all(&users);
        let apart = environments.len() > 1 || teams.len() > 1;
        if count < 2 && !apart {
            return Judgement::Quiet;
        }
        let mut evidence = vec![case.evidence(format!("what runs as it: {}", case.names(&users)))];
        if environments.len() > 1 {
            let words: Vec<&str> = environments.iter().map(|place| place.name()).collect();
            evidence.push(case.evidence(format!("they run in {}", words.join(", "))));
        }
        if teams.len() > 1 {
            evidence.push(case.evidence(format!("they belong to {}", case.names(&teams))));
        }
        let severity = if apart {
            Severity::High
        } else if count >= MANY {
            Severity::Medium
        } else {
            SPEC.severity
        };
        Judgement::Fires(
            Firing::sure(
                format!("`{}` stands for {} workloads", case.name(), users.len()),
                evidence,
            )
            .severity(severity),
        )
    }
}

/// From how many workloads on sharing is a habit: the risk score counts it in full from here.
const MANY: usize = 5;

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::SharedIdentity;

    const SVC: &str = "identity:svc";

    fn workloads(count: usize) -> String {
        let lines: Vec<String> = (0..count)
            .map(|number| format!("\nworkload:w{number} -runs_as-> identity:svc"))
            .collect();
        format!("identity:svc class=machine{}", lines.concat())
    }

    #[test]
    fn fires_from_two_and_is_worse_from_five() {
        quiet(RULE, &workloads(1), SVC);
        fires_as(RULE, &workloads(2), SVC, Severity::Low);
        fires_as(RULE, &workloads(4), SVC, Severity::Low);
        fires_as(RULE, &workloads(5), SVC, Severity::Medium);
        let many = fires(RULE, &workloads(7), SVC);
        assert!(many.evidence[0].what.ends_with("`w4`, 2 more"), "{many:?}");
        assert!(many.summary.contains("7 workloads"));
    }

    #[test]
    fn environments_and_teams_make_it_high() {
        let environments = format!(
            "{}\nworkload:w0 env=production\nworkload:w1 env=test",
            workloads(2)
        );
        let firing = fires_as(RULE, &environments, SVC, Severity::High);
        assert_eq!(firing.evidence[1].what, "they run in production, test");
        let teams = format!(
            "{}\nworkload:w0 -owned_by-> team:a\nworkload:w1 -owned_by-> team:b",
            workloads(2)
        );
        let firing = fires_as(RULE, &teams, SVC, Severity::High);
        assert!(firing.evidence[1].what.starts_with("they belong to"));
        let same = format!(
            "{}\nworkload:w0 env=test\nworkload:w1 env=test",
            workloads(2)
        );
        assert_eq!(fires_as(RULE, &same, SVC, Severity::Low).evidence.len(), 1);
        let one_team = format!("{}\nworkload:w0 -owned_by-> team:a", workloads(2));
        assert_eq!(
            fires_as(RULE, &one_team, SVC, Severity::Low).evidence.len(),
            1
        );
    }

    #[test]
    fn hosts_count_once_unless_they_are_apart() {
        let hosts = "identity:svc class=machine
             host:a -runs_as-> identity:svc
             host:b -runs_as-> identity:svc";
        quiet(RULE, hosts, SVC);
        fires_as(
            RULE,
            &format!("{hosts}\nworkload:w -runs_as-> identity:svc"),
            SVC,
            Severity::Low,
        );
        fires_as(
            RULE,
            &format!("{hosts}\nhost:a env=production\nhost:b env=sandbox"),
            SVC,
            Severity::High,
        );
    }

    #[test]
    fn without_a_workload_it_cannot_know() {
        unknown(RULE, "identity:svc class=machine", SVC);
        unknown(RULE, "identity:svc class=machine +in_use_by_workload", SVC);
        quiet(RULE, "identity:svc class=machine -in_use_by_workload", SVC);
        not_applicable(
            RULE,
            &workloads(2).replace("class=machine", "class=machine +platform_default"),
            SVC,
        );
        not_applicable(
            RULE,
            &workloads(2).replace("class=machine", "class=human"),
            SVC,
        );
    }
}
