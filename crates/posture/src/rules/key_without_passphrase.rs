//! A private key that lies in a file without a passphrase.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

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
    controls: &[
        nhi("NHI2:2025", "the key leaks with any copy of its file"),
        csf(
            "PR.AA-01",
            "a credential is managed only while its copies are of no use to others",
        ),
        nist("IA-5(7)", "a static authenticator is stored unencrypted"),
        iso(
            "5.17",
            "authentication information is not protected where it is stored",
        ),
        nis2(
            "21(2)(h)",
            "the key that cryptography rests on is not protected",
        ),
        attack(
            "T1552.004",
            "private keys in files are what intruders look for first",
        ),
    ],
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
        ) || !case.is_live()
            || case.says(Signal::HardwareHeld)
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
        for other in [
            "credential:k type=access_key +no_passphrase",
            "credential:k type=ssh_key +no_passphrase +hardware_held",
            "credential:k type=ssh_key status=deleted +no_passphrase",
        ] {
            not_applicable(rule, other, "credential:k");
        }
    }
}
