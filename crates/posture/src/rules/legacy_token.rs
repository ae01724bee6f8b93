//! A token of a form the platform has replaced by a short-lived one.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{attack, csf, iso, nhi, nis2, nist, tenet, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct LegacyToken;

const SPEC: RuleSpec = RuleSpec {
    id: "legacy-token",
    title: "Long-lived token where the platform offers a short-lived one",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "A token is of a long-lived form although its platform issues short-lived, bound ones in its place: a service-account token kept as a Secret, for instance."
    ),
    why: "It lies in the cluster's store and in every backup of it, works from anywhere, and stays until somebody deletes it.",
    limits: "Whether an old program cannot use the newer form is not known.",
    remedies: &[
        "Let workloads use the token their platform mounts for them.",
        "Delete the old one once its last use has passed.",
    ],
    controls: &[
        nhi(
            "NHI7:2025",
            "a token without an end stands where a short-lived one could",
        ),
        nhi("NHI4:2025", "a deprecated form of authentication is in use"),
        csf(
            "PR.AA-04",
            "the token is not protected as the newer form is",
        ),
        nist("IA-5", "an authenticator is kept longer than its use"),
        tenet("3", "access is not granted for one session but for ever"),
        iso("8.5", "authentication is weaker than the platform offers"),
        nis2("21(2)(i)", "access does not end by itself"),
        attack(
            "T1552.007",
            "tokens in a cluster's store are read through its interface",
        ),
    ],
    aliases: &[],
    covers: &["no-expiry"],
    factors: &["AG2"],
};

impl Rule for LegacyToken {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if case.node.credential_type.is_none() || !case.is_live() || case.has_ended() {
            return Judgement::NotApplicable;
        }
        if case.signal(Signal::SupersededForm).is_none()
            && !case.is_credential(&[CredentialType::AccessToken])
        {
            return Judgement::NotApplicable;
        }
        let used = || match (case.node.last_used.known(), case.node.last_used.is_never()) {
            (Some(used), _) => format!("last used on {}", used.date()),
            (None, true) => "never used as far back as its sources see".to_owned(),
            (None, false) => "nobody knows when it was last used".to_owned(),
        };
        let age = || {
            case.node.created.known().map_or_else(
                || "nobody knows how old it is".to_owned(),
                |made| format!("{} days old", case.days_since(made)),
            )
        };
        case.ask(
            Signal::SupersededForm,
            "no source says whether its platform offers a short-lived form",
            || {
                suggest(
                    Firing::sure(
                        format!("`{}` is long-lived without need: {}", case.name(), age()),
                        vec![
                            case.seen(
                                Signal::SupersededForm,
                                "its platform offers a short-lived form",
                            ),
                            case.evidence(format!("{}; {}", age(), used())),
                        ],
                    )
                    .severity(case.weigh(SPEC.severity)),
                    case,
                    Act::Delete,
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::LegacyToken;

    const T: &str = "credential:t";

    #[test]
    fn fires_with_age_and_last_use() {
        let old = "credential:t type=access_token +superseded_form created=-730d last_used=-400d";
        let firing = fires_as(RULE, old, T, Severity::Medium);
        assert!(
            firing.summary.ends_with("730 days old"),
            "{}",
            firing.summary
        );
        assert_eq!(
            firing.evidence[1].what,
            "730 days old; last used on 2024-11-27"
        );
        let never = fires(
            RULE,
            "credential:t type=secret +superseded_form last_used=never",
            T,
        );
        assert!(
            never.evidence[1]
                .what
                .starts_with("nobody knows how old it is; never used")
        );
        let dark = fires(
            RULE,
            "credential:t type=secret +superseded_form privileged=yes",
            T,
        );
        assert!(
            dark.evidence[1]
                .what
                .ends_with("nobody knows when it was last used")
        );
        assert_eq!(dark.severity, Some(Severity::High));
    }

    #[test]
    fn the_newer_form_is_fine() {
        quiet(RULE, "credential:t type=access_token -superseded_form", T);
        quiet(RULE, "credential:t type=secret -superseded_form", T);
        unknown(RULE, "credential:t type=access_token", T);
        for words in [
            "type=secret",
            "+superseded_form",
            "type=access_token +superseded_form expires=-1d",
            "type=access_token +superseded_form status=disabled",
        ] {
            not_applicable(RULE, &format!("credential:t {words}"), T);
        }
    }
}
