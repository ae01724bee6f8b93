//! An account that gives out material to guess its password from to anybody who asks.

use model::finding::Severity;
use model::{NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{attack, cir, csf, iso, nhi, nis2, nist};
use crate::questions::in_directory;
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct NoPreauthentication;

const SPEC: RuleSpec = RuleSpec {
    id: "no-preauthentication",
    title: "Account whose password anybody can guess offline",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: "An account does not ask for proof before the directory hands out material encrypted with its password (AS-REP roasting). Critical where it is privileged.",
    why: "No account is needed to ask. The guessing happens on the intruder's own machine, without a lock-out or an alarm.",
    limits: "The strength of the password is not known.",
    remedies: &[
        "Switch pre-authentication on; hardly any program of today needs it off.",
        "Replace the password: the material may have been taken.",
    ],
    controls: &[
        nhi(
            "NHI4:2025",
            "authentication gives away material to guess from",
        ),
        csf(
            "PR.AA-03",
            "authentication can be broken by anybody in reach",
        ),
        nist(
            "IA-5",
            "the authenticator can be guessed without being tried",
        ),
        iso("8.5", "authentication is switched off where it begins"),
        nis2("21(2)(i)", "access hangs on a guessable value"),
        cir("11.6", "authentication is weaker than the risk demands"),
        attack("T1558.004", "this is AS-REP roasting"),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for NoPreauthentication {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !in_directory(case) {
            return Judgement::NotApplicable;
        }
        case.ask(
            Signal::NoPreauthentication,
            "no source says whether the account asks for pre-authentication",
            || {
                let privileged = case.privileged() == Some(true);
                let severity = if privileged {
                    Severity::Critical
                } else {
                    SPEC.severity
                };
                suggest(
                    Firing::sure(
                        format!(
                            "anybody can get material to guess the password of `{}`",
                            case.name()
                        ),
                        vec![case.seen(
                            Signal::NoPreauthentication,
                            "it does not ask for pre-authentication",
                        )],
                    )
                    .severity(severity),
                    case,
                    Act::RequirePreauthentication,
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::NoPreauthentication;

    #[test]
    fn fires_and_is_critical_where_it_is_privileged() {
        let svc = "identity:svc";
        fires_as(
            RULE,
            "identity:svc +no_preauthentication",
            svc,
            Severity::High,
        );
        fires_as(
            RULE,
            "identity:svc +no_preauthentication privileged=yes",
            svc,
            Severity::Critical,
        );
        quiet(RULE, "identity:svc -no_preauthentication", svc);
        unknown(RULE, "identity:svc -offline_guessable", svc);
        not_applicable(RULE, "identity:svc class=machine", svc);
        not_applicable(
            RULE,
            "identity:svc +no_preauthentication status=disabled",
            svc,
        );
    }
}
