//! A privileged identity that a person signs in with and that asks for no second factor.

use model::finding::Severity;
use model::labels::Environment;
use model::{Class, NodeKind, Signal};

use super::controls::{attack, cir, csf, iso, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct PrivilegedSignInWithoutSecondFactor;

const SPEC: RuleSpec = RuleSpec {
    id: "privileged-sign-in-without-second-factor",
    title: "Privileged sign-in without a second factor",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: "A person signs in with a privileged identity, and the sign-in needs no second factor. Critical in production.",
    why: "One password, guessed, reused or fished, is the whole defence of an administrator.",
    limits: "A second factor asked for elsewhere (a proxy, a jump host) is seen only where a source says so.",
    remedies: &[
        "Require a second factor that cannot be fished (FIDO2, a certificate).",
        "Take interactive sign-in away where software alone should use it.",
    ],
    controls: &[
        nhi("NHI4:2025", "a privileged sign-in rests on one factor"),
        nhi("NHI10:2025", "a person signs in with it"),
        csf(
            "PR.AA-03",
            "a privileged user is not authenticated in proportion to the risk",
        ),
        nist("IA-2(1)", "privileged accounts are to use several factors"),
        iso("8.5", "authentication is weaker than what it protects"),
        nis2("21(2)(j)", "no second factor is asked for"),
        cir(
            "11.7",
            "several factors are to be used in proportion to the risk",
        ),
        attack(
            "T1078.004",
            "a password alone opens an administrator's account",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for PrivilegedSignInWithoutSecondFactor {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let interactive =
            case.node.class == Some(Class::Human) || case.says(Signal::InteractiveUse);
        if !case.is(NodeKind::Identity) || !case.is_live() || !interactive {
            return Judgement::NotApplicable;
        }
        match (case.signal(Signal::NoSecondFactor), case.privileged()) {
            (Some(false), _) | (_, Some(false)) => Judgement::Quiet,
            (Some(true), Some(true)) => {
                let production = case.labels().environment == Some(Environment::Production);
                let severity = if production {
                    Severity::Critical
                } else {
                    SPEC.severity
                };
                Judgement::Fires(
                    Firing::sure(
                        format!(
                            "one factor is enough to sign in as the privileged `{}`",
                            case.name()
                        ),
                        vec![
                            case.evidence("it is privileged, and a person signs in with it"),
                            case.seen(Signal::NoSecondFactor, "its sign-in needs no second factor"),
                        ],
                    )
                    .severity(severity),
                )
            }
            (None, _) => Judgement::Unknown(
                "no source says whether its sign-in needs a second factor".to_owned(),
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

    const RULE: &dyn Rule = &super::PrivilegedSignInWithoutSecondFactor;

    const ADM: &str = "identity:adm";

    #[test]
    fn fires_only_on_all() {
        fires_as(
            RULE,
            "identity:adm class=human privileged=yes +no_second_factor",
            ADM,
            Severity::High,
        );
        fires_as(
            RULE,
            "identity:adm +interactive_use privileged=yes +no_second_factor",
            ADM,
            Severity::High,
        );
        let production = "identity:adm class=human privileged=yes +no_second_factor env=production";
        fires_as(RULE, production, ADM, Severity::Critical);
        fires_as(
            RULE,
            &production.replace("production", "test"),
            ADM,
            Severity::High,
        );
        quiet(
            RULE,
            "identity:adm class=human privileged=yes -no_second_factor",
            ADM,
        );
        quiet(RULE, "identity:adm class=human -no_second_factor", ADM);
        quiet(
            RULE,
            "identity:adm class=human privileged=no +no_second_factor",
            ADM,
        );
        quiet(RULE, "identity:adm class=human privileged=no", ADM);
        assert!(
            unknown(RULE, "identity:adm class=human privileged=yes", ADM).contains("second factor")
        );
        assert!(
            unknown(RULE, "identity:adm class=human +no_second_factor", ADM).contains("privileged")
        );
        for words in [
            "class=machine",
            "-interactive_use",
            "class=human status=disabled",
        ] {
            not_applicable(
                RULE,
                &format!("identity:adm {words} privileged=yes +no_second_factor"),
                ADM,
            );
        }
    }
}
