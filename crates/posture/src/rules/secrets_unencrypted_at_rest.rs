//! A store of secrets that does not encrypt what it holds with a key of its own.

use graph::NodeIx;
use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{cis, csf, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct SecretsUnencryptedAtRest;

const SPEC: RuleSpec = RuleSpec {
    id: "secrets-unencrypted-at-rest",
    title: "Secrets stored without encryption",
    severity: Severity::High,
    kinds: &[
        NodeKind::Account,
        NodeKind::SecretContainer,
        NodeKind::Resource,
    ],
    what: "A source says that a cluster or a store writes its secrets to disk without encrypting them with a key of its own.",
    why: "A disk, a snapshot or a backup of the store is all of its secrets, and the copy leaves no trace.",
    limits: "It fires only where a source says so: a cluster whose configuration of encryption was not read is unknown, not unencrypted. Containers inside a cluster are judged with it.",
    remedies: &[
        "Configure encryption with a key service, and write every secret anew so that it takes effect.",
        "Replace the secrets that lie in old snapshots and backups.",
    ],
    controls: &[
        nhi("NHI2:2025", "the secrets leak with any copy of the disk"),
        nhi(
            "NHI6:2025",
            "the platform was set up without protecting its secrets",
        ),
        csf("PR.DS-01", "data at rest is not protected"),
        nist("SC-28", "information at rest is not protected"),
        iso("8.24", "cryptography is not used where secrets lie"),
        nis2("21(2)(h)", "cryptography is not used where secrets lie"),
        pci("3.6.1", "stored keys are not protected against disclosure"),
        cis("3.11", "sensitive data at rest is to be encrypted"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["EX4"],
};

impl Rule for SecretsUnencryptedAtRest {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_live() {
            return Judgement::NotApplicable;
        }
        if let Some(encrypted) = case.signal(Signal::EncryptedAtRest) {
            if encrypted {
                return Judgement::Quiet;
            }
            return Judgement::Fires(Firing::sure(
                format!("`{}` stores secrets without encrypting them", case.name()),
                vec![case.evidence(
                    "its source says that what it stores is not encrypted with a key of its own",
                )],
            ));
        }
        let asked = match case.node.kind {
            NodeKind::Account => holds_secrets(case),
            NodeKind::SecretContainer => !lies_in_account(case),
            _ => false,
        };
        if asked {
            return Judgement::Unknown(
                "no source read how its secrets are encrypted at rest".to_owned(),
            );
        }
        Judgement::NotApplicable
    }
}

/// True for an account that holds secrets itself or in an account inside it, such as a namespace.
fn holds_secrets(case: &Case<'_>) -> bool {
    let held = |case: &Case<'_>, kind| {
        case.targets(EdgeKind::Contains)
            .into_iter()
            .filter(move |ix| case.kind_of(*ix) == Some(kind))
            .collect::<Vec<NodeIx>>()
    };
    !held(case, NodeKind::SecretContainer).is_empty()
        || held(case, NodeKind::Account)
            .into_iter()
            .filter_map(|ix| case.of(ix))
            .any(|inner| !held(&inner, NodeKind::SecretContainer).is_empty())
}

fn lies_in_account(case: &Case<'_>) -> bool {
    case.origins(EdgeKind::Contains)
        .into_iter()
        .any(|ix| case.kind_of(ix) == Some(NodeKind::Account))
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::SecretsUnencryptedAtRest;

    #[test]
    fn fires_only_where_a_source_says_so() {
        let cluster = "account:cluster";
        fires_as(
            RULE,
            "account:cluster -encrypted_at_rest",
            cluster,
            Severity::High,
        );
        fires(RULE, "resource:etcd -encrypted_at_rest", "resource:etcd");
        fires(
            RULE,
            "secret_container:s -encrypted_at_rest",
            "secret_container:s",
        );
        quiet(RULE, "account:cluster +encrypted_at_rest", cluster);
        not_applicable(
            RULE,
            "account:cluster -encrypted_at_rest status=deleted",
            cluster,
        );
    }

    #[test]
    fn a_store_nobody_read_is_unknown() {
        let direct = "account:c env=test\naccount:c -contains-> secret_container:s";
        unknown(RULE, direct, "account:c");
        let nested = "account:c env=test
             account:c -contains-> account:ns
             account:ns -contains-> secret_container:s
             secret_container:s env=test";
        unknown(RULE, nested, "account:c");
        not_applicable(RULE, nested, "secret_container:s");
        let on_a_host_too = format!("{nested}\nhost:h -contains-> secret_container:s");
        not_applicable(RULE, &on_a_host_too, "secret_container:s");
        not_applicable(
            RULE,
            "account:c env=test\naccount:c -contains-> resource:r",
            "account:c",
        );
        not_applicable(
            RULE,
            "account:c env=test\naccount:c -contains-> account:d",
            "account:c",
        );
        unknown(
            RULE,
            "secret_container:s env=test\nhost:h -contains-> secret_container:s",
            "secret_container:s",
        );
        not_applicable(
            RULE,
            "resource:r env=test\nresource:r -contains-> secret_container:s",
            "resource:r",
        );
    }
}
