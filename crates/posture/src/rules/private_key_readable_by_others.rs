//! A private key in a file or object that accounts other than its owner may read.

use model::finding::Severity;
use model::{CredentialType, EdgeKind, NodeKind, Signal};

use super::commands::{Act, command};
use super::controls::{attack, csf, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct PrivateKeyReadableByOthers;

const SPEC: RuleSpec = RuleSpec {
    id: "private-key-readable-by-others",
    title: "Private key that others may read",
    severity: Severity::High,
    kinds: &[NodeKind::Credential],
    what: "The file or object that holds a private key may be read by accounts other than the one it belongs to. Critical where anybody could use it as it lies there, without a passphrase, for something privileged.",
    why: "Any process of any account that may read the file can become the key's identity without leaving a trace.",
    limits: "Only the permissions of the file itself and what its source says of its folder are known. Whether somebody did read it is not.",
    remedies: &[
        "Take the right to read from everybody but the account that needs it.",
        "Replace the key: it must be taken as copied.",
    ],
    controls: &[
        nhi(
            "NHI2:2025",
            "the key is open to accounts that do not need it",
        ),
        csf("PR.DS-01", "a secret at rest is not kept confidential"),
        nist(
            "IA-5(6)",
            "an authenticator is protected less than what it opens",
        ),
        iso("5.17", "authentication information is not kept from others"),
        nis2("21(2)(h)", "a key is not protected where it lies"),
        pci(
            "3.6.1",
            "access to keys is wider than the fewest who need it",
        ),
        attack(
            "T1552.004",
            "private keys in readable files are what intruders look for first",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["EX4"],
};

impl Rule for PrivateKeyReadableByOthers {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(&[CredentialType::PrivateKey, CredentialType::SshKey])
            || case.says(Signal::HardwareHeld)
        {
            return Judgement::NotApplicable;
        }
        let mut known = case.signal(Signal::ReadableByOthers).is_some();
        let (mut evidence, mut commands) = (Vec::new(), Vec::new());
        if case.says(Signal::ReadableByOthers) {
            evidence.push(case.seen(Signal::ReadableByOthers, "others may read it where it lies"));
        }
        for place in case
            .targets(EdgeKind::StoredIn)
            .into_iter()
            .filter_map(|ix| case.of(ix))
        {
            known |= place.signal(Signal::ReadableByOthers).is_some();
            if place.says(Signal::ReadableByOthers) {
                let what = format!("others may read `{}`, which holds it", place.name());
                evidence.push(place.seen(Signal::ReadableByOthers, &what));
                commands.extend(command(&place, Act::CloseFile));
            }
        }
        if evidence.is_empty() {
            return if known {
                Judgement::Quiet
            } else {
                Judgement::Unknown(
                    "no source read the permissions of the place that holds the key".to_owned(),
                )
            };
        }
        let open = case.says(Signal::NoPassphrase) && case.privileged() == Some(true);
        let severity = if open {
            Severity::Critical
        } else {
            SPEC.severity
        };
        let mut firing = Firing::sure(
            format!(
                "`{}` may be read by accounts that do not own it",
                case.name()
            ),
            evidence,
        )
        .severity(severity);
        firing.commands = commands;
        Judgement::Fires(firing)
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::PrivateKeyReadableByOthers;

    const KEY: &str = "credential:k";

    #[test]
    fn fires_by_the_key_or_by_the_place_that_holds_it() {
        fires_as(
            RULE,
            "credential:k type=ssh_key +readable_by_others",
            KEY,
            Severity::High,
        );
        let file = "credential:k type=private_key
             credential:k -stored_in-> resource:f
             resource:f +readable_by_others=0644";
        let firing = fires(RULE, file, KEY);
        assert_eq!(firing.evidence.len(), 1);
        assert_eq!(
            firing.evidence[0].what,
            "others may read `f`, which holds it: 0644"
        );
    }

    #[test]
    fn critical_when_it_opens_something_privileged_as_it_lies_there() {
        let text = "credential:k type=ssh_key +readable_by_others +no_passphrase
             credential:k -authenticates-> identity:root
             identity:root privileged=yes";
        fires_as(RULE, text, KEY, Severity::Critical);
        fires_as(RULE, &text.replace("+no_", "-no_"), KEY, Severity::High);
        fires_as(RULE, &text.replace("=yes", "=no"), KEY, Severity::High);
    }

    #[test]
    fn a_closed_file_is_fine_and_an_unread_one_unknown() {
        quiet(RULE, "credential:k type=ssh_key -readable_by_others", KEY);
        let file = "credential:k type=ssh_key
             credential:k -stored_in-> resource:f";
        quiet(
            RULE,
            &format!("{file}\nresource:f -readable_by_others"),
            KEY,
        );
        unknown(RULE, file, KEY);
        not_applicable(
            RULE,
            "credential:k type=ssh_key +hardware_held +readable_by_others",
            KEY,
        );
        not_applicable(
            RULE,
            "credential:k type=certificate +readable_by_others",
            KEY,
        );
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "+readable_by_others",
            &[CredentialType::PrivateKey, CredentialType::SshKey],
        );
    }
}
