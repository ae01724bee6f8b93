//! A private key that lies in a file without a passphrase.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use crate::{Case, Control, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct KeyWithoutPassphrase;

const SPEC: RuleSpec = RuleSpec {
    id: "key-without-passphrase",
    title: "Private key without a passphrase",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: "A private key or SSH key lies in a file in a form that anybody who reads the file can use.",
    why: "A copy of the file is a copy of the key: a backup, a laptop that is lost or a process of the same account is enough.",
    limits: "Keys of servers must start without a person and often cannot have a passphrase; whether the file is protected by other means is not known. Keys in hardware are not looked at.",
    remedies: &[
        "Keep the key in a key store, an agent or hardware and let programs ask for signatures.",
        "Where a file must stay, give the key a passphrase and its users an agent.",
    ],
    controls: &[Control {
        framework: "owasp-nhi-2025",
        id: "NHI2:2025",
        why: "the key leaks with any copy of its file",
    }],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for KeyWithoutPassphrase {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !matches!(
            case.node.credential_type,
            Some(CredentialType::PrivateKey | CredentialType::SshKey)
        ) || case.signal(Signal::HardwareHeld) == Some(true)
        {
            return Judgement::NotApplicable;
        }
        match case.signal(Signal::NoPassphrase) {
            Some(false) => Judgement::Quiet,
            Some(true) => Judgement::Fires(Firing::sure(
                format!("`{}` can be used by whoever reads its file", case.name()),
                vec![case.evidence("the file holds the key without a passphrase")],
            )),
            None => Judgement::Unknown("no source read the private part of the key".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{fires, not_applicable, quiet, unknown};

    #[test]
    fn fires_on_an_open_key_is_quiet_on_a_locked_one_and_cannot_tell_without_the_file() {
        let rule = &super::KeyWithoutPassphrase;
        fires(
            rule,
            "credential:k type=private_key +no_passphrase",
            "credential:k",
        );
        quiet(
            rule,
            "credential:k type=private_key -no_passphrase",
            "credential:k",
        );
        unknown(rule, "credential:k type=ssh_key", "credential:k");
        not_applicable(
            rule,
            "credential:k type=access_key +no_passphrase",
            "credential:k",
        );
    }
}
