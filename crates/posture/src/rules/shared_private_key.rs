//! One private key that lies on several hosts, serves several workloads or opens several identities.

use graph::NodeIx;
use model::finding::Severity;
use model::{CredentialType, EdgeKind, NodeKind};

use super::controls::{attack, cir, csf, iso, nhi, nist, pci, tenet};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct SharedPrivateKey;

const SPEC: RuleSpec = RuleSpec {
    id: "shared-private-key",
    title: "Private key in several hands",
    severity: Severity::High,
    kinds: &[NodeKind::Credential],
    what: "The private part of one key lies on more than one host or is used by more than one workload (high), or one key opens more than one identity (medium).",
    why: "Whoever holds one copy is every holder: what one of them did cannot be told from the others, and replacing the key means finding every copy first.",
    limits: "A key whose public half is allowed on many hosts is not shared by that; its private half must lie, or be used, in several places. Copies that no source reads are not known.",
    remedies: &[
        "Give every host and workload a key of its own.",
        "Replace the shared key, and remove it from each place the evidence names.",
    ],
    controls: &[
        nhi("NHI9:2025", "one key stands for several workloads"),
        csf(
            "PR.AA-02",
            "a key in several hands is bound to no one identity",
        ),
        nist("IA-5", "authenticators are not to be shared"),
        tenet(
            "3",
            "access cannot be granted to one caller when the key belongs to several",
        ),
        iso("5.16", "an identity is not linked to one thing alone"),
        cir(
            "11.5.3",
            "a shared identity needs approval and documentation",
        ),
        pci(
            "8.2.2",
            "shared authenticators are allowed only by exception",
        ),
        attack(
            "T1552.004",
            "each copy is one more place to steal the key from",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["SH1"],
};

impl Rule for SharedPrivateKey {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(&[CredentialType::PrivateKey, CredentialType::SshKey]) {
            return Judgement::NotApplicable;
        }
        let hosts = hosts(case);
        let users = case.configured_in();
        let identities = case.identities();
        if hosts.is_empty() && users.is_empty() && identities.is_empty() {
            return Judgement::Unknown(
                "no source says where the key lies or who uses it; reading the hosts would tell"
                    .to_owned(),
            );
        }
        let held_by_many = hosts.len() > 1 || users.len() > 1;
        if !held_by_many && identities.len() < 2 {
            return Judgement::Quiet;
        }
        let mut evidence = Vec::new();
        for (nodes, what) in [
            (&hosts, "it lies on"),
            (&users, "it is used by"),
            (&identities, "it opens"),
        ] {
            if nodes.len() > 1 {
                evidence.push(case.evidence(format!("{what} {}", case.names(nodes))));
            }
        }
        let severity = if held_by_many {
            SPEC.severity
        } else {
            Severity::Medium
        };
        Judgement::Fires(
            Firing::sure(
                format!(
                    "`{}` has one private part for {} hosts, {} workloads and {} identities",
                    case.name(),
                    hosts.len(),
                    users.len(),
                    identities.len()
                ),
                evidence,
            )
            .severity(severity),
        )
    }
}

/// The hosts that hold the key: themselves, in a file of theirs, or by presenting it.
fn hosts(case: &Case<'_>) -> Vec<NodeIx> {
    let mut hosts = Vec::new();
    for place in case
        .targets(EdgeKind::StoredIn)
        .into_iter()
        .chain(case.presenters())
    {
        if case.kind_of(place) == Some(NodeKind::Host) {
            hosts.push(place);
        } else if let Some(place) = case.of(place) {
            hosts.extend(
                place
                    .origins(EdgeKind::Contains)
                    .into_iter()
                    .filter(|holder| case.kind_of(*holder) == Some(NodeKind::Host)),
            );
        }
    }
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::SharedPrivateKey;

    const KEY: &str = "credential:k";

    #[test]
    fn fires_on_copies_on_two_hosts() {
        let two = "credential:k type=private_key
             host:a -contains-> resource:fa
             host:b -contains-> resource:fb
             credential:k -stored_in-> resource:fa
             credential:k -stored_in-> resource:fb";
        let firing = fires_as(RULE, two, KEY, Severity::High);
        assert_eq!(firing.evidence.len(), 1);
        assert!(
            firing.evidence[0].what.starts_with("it lies on `"),
            "{firing:?}"
        );
        let two_files_of_one = two.replace("host:b", "host:a");
        quiet(RULE, &two_files_of_one, KEY);
        let presented = "credential:k type=ssh_key
             host:a -presents-> credential:k
             credential:k -stored_in-> host:b";
        let firing = fires_as(RULE, presented, KEY, Severity::High);
        assert_eq!(firing.evidence.len(), 1);
        let used_on_one = format!("{presented}\ncredential:k -used_by-> workload:w");
        assert_eq!(
            fires_as(RULE, &used_on_one, KEY, Severity::High)
                .evidence
                .len(),
            1
        );
    }

    #[test]
    fn fires_on_two_workloads_and_less_on_two_identities() {
        let workloads = "credential:k type=private_key
             credential:k -used_by-> workload:a
             credential:k -used_by-> workload:b";
        fires_as(RULE, workloads, KEY, Severity::High);
        let identities = "credential:k type=ssh_key
             credential:k -authenticates-> identity:a
             credential:k -authenticates-> identity:b";
        fires_as(RULE, identities, KEY, Severity::Medium);
    }

    #[test]
    fn one_holder_is_fine_and_none_is_unknown() {
        for one in ["used_by-> workload:a", "authenticates-> identity:a"] {
            quiet(
                RULE,
                &format!("credential:k type=private_key\ncredential:k -{one}"),
                KEY,
            );
        }
        let one = "credential:k type=private_key\nhost:h -presents-> credential:k";
        quiet(RULE, one, KEY);
        unknown(RULE, "credential:k type=private_key", KEY);
        not_applicable(RULE, "credential:k type=password", KEY);
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "",
            &[CredentialType::PrivateKey, CredentialType::SshKey],
        );
    }
}
