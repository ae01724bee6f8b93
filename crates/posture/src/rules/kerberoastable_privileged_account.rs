//! A privileged account for which anybody in the directory can get material to guess its password from.

use model::finding::Severity;
use model::{Class, NodeKind, Signal};

use super::controls::{attack, cir, csf, iso, nhi, nis2, nist};
use crate::questions::in_directory;
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct KerberoastablePrivilegedAccount;

const SPEC: RuleSpec = RuleSpec {
    id: "kerberoastable-privileged-account",
    title: "Privileged account whose password can be guessed offline",
    severity: Severity::Critical,
    kinds: &[NodeKind::Identity],
    what: "Any account of the directory can ask for a ticket encrypted with the password of a privileged account (Kerberoasting).",
    why: "The guessing happens on the intruder's own machine: no lock-out, no failed sign-in, no alarm. A password made by a person falls.",
    limits: "The strength of the password is not known. Accounts whose password the directory itself makes and replaces, devices and the ticket-signing account are not looked at.",
    remedies: &[
        "Move the service to an account whose password the directory manages (group managed service account).",
        "Else take its privileges away, or set a random password of at least 25 characters and allow AES only.",
    ],
    controls: &[
        nhi(
            "NHI4:2025",
            "authentication gives away material to guess from",
        ),
        nhi("NHI5:2025", "a service's account is privileged"),
        csf("PR.AA-03", "authentication can be broken by any account"),
        nist(
            "IA-5",
            "the authenticator can be guessed without being tried",
        ),
        iso("8.5", "authentication is weaker than what it protects"),
        nis2("21(2)(i)", "privileged access hangs on a guessable value"),
        cir("11.3", "a privileged account is not strongly authenticated"),
        attack("T1558.003", "this is Kerberoasting"),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for KerberoastablePrivilegedAccount {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !in_directory(case)
            || case.node.class == Some(Class::Device)
            || case.says(Signal::RotatesItself)
            || case.says(Signal::TicketSigningKey)
        {
            return Judgement::NotApplicable;
        }
        match (case.signal(Signal::OfflineGuessable), case.privileged()) {
            (Some(false), _) | (_, Some(false)) => Judgement::Quiet,
            (Some(true), Some(true)) => Judgement::Fires(Firing::sure(
                format!(
                    "the password of the privileged `{}` can be guessed offline",
                    case.name()
                ),
                vec![
                    case.seen(
                        Signal::OfflineGuessable,
                        "any account can ask for a ticket encrypted with its password",
                    ),
                    case.evidence("it is privileged"),
                ],
            )),
            (None, _) => Judgement::Unknown(
                "no source says whether its password can be guessed offline".to_owned(),
            ),
            (_, None) => Judgement::Unknown("whether it is privileged is not known".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::KerberoastablePrivilegedAccount;

    const SVC: &str = "identity:svc";

    #[test]
    fn fires_only_on_both() {
        fires_as(
            RULE,
            "identity:svc +offline_guessable privileged=yes",
            SVC,
            Severity::Critical,
        );
        quiet(RULE, "identity:svc +offline_guessable privileged=no", SVC);
        quiet(RULE, "identity:svc -offline_guessable privileged=yes", SVC);
        quiet(RULE, "identity:svc -offline_guessable", SVC);
        quiet(
            RULE,
            "identity:svc +password_never_expires privileged=no",
            SVC,
        );
        assert!(unknown(RULE, "identity:svc +offline_guessable", SVC).contains("privileged"));
        assert!(
            unknown(
                RULE,
                "identity:svc +password_never_expires privileged=yes",
                SVC
            )
            .contains("guessed")
        );
    }

    #[test]
    fn what_has_no_password_of_a_persons_making_is_not_looked_at() {
        for words in [
            "privileged=yes",
            "+offline_guessable privileged=yes class=device",
            "+offline_guessable privileged=yes +rotates_itself",
            "+offline_guessable privileged=yes +ticket_signing_key",
            "+offline_guessable privileged=yes status=disabled",
        ] {
            not_applicable(RULE, &format!("identity:svc {words}"), SVC);
        }
    }
}
