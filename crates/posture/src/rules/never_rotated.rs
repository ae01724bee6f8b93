//! A secret or key that was never replaced although it is due.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::controls::{csf, iso, nhi, nis2, nist, pci, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct NeverRotated;

const SPEC: RuleSpec = RuleSpec {
    id: "never-rotated",
    title: "Secret that was never replaced",
    severity: Severity::Low,
    kinds: &[NodeKind::Credential, NodeKind::Key],
    what: weighed!(
        "A source says that the value was never replaced, and it was made at least as long ago as the policy allows, or nobody knows when. Keys of a key service count when their rotation is switched off."
    ),
    why: "A replacement that was never done is one that nobody knows how to do; the first time will be an emergency.",
    limits: "Young credentials are not due. Where the age alone exceeds the policy, the finding about age stands for both.",
    remedies: &[
        "Replace it once as an exercise, with both values valid until every consumer has moved.",
        "Switch on rotation where the provider offers it.",
    ],
    controls: &[
        nhi("NHI7:2025", "the secret is as old as the thing itself"),
        csf("PR.AA-01", "credentials are not managed over their life"),
        nist("SC-12", "keys are not replaced after a set time"),
        iso("8.24", "keys are not changed over their life"),
        nis2("21(2)(h)", "keys are used without a limit in time"),
        pci(
            "3.6.1",
            "keys are not changed at the end of their period of use",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["AG1"],
};

impl Rule for NeverRotated {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let key = case.is(NodeKind::Key);
        if !case.is_live()
            || case.has_ended()
            || (!key && !case.is_credential(REPLACEABLE))
            || case.says(Signal::RotatesItself)
            || case.says(Signal::ProviderManaged)
        {
            return Judgement::NotApplicable;
        }
        let Some(days) = case.limit().and_then(|limit| limit.max_age_days) else {
            return Judgement::NotApplicable;
        };
        let replaced = case.node.last_rotated;
        if replaced.known().is_some() {
            return Judgement::Quiet;
        }
        let made = case.node.created.known();
        if made.is_some_and(|made| !case.older_than(made, days)) {
            return Judgement::Quiet;
        }
        let switched_off = key && case.signal(Signal::RotatesItself) == Some(false);
        if !replaced.is_never() && !switched_off {
            return Judgement::Unknown(case.why_unknown("last replacement", replaced, "inventory"));
        }
        let since = made.map_or_else(
            || "nobody knows since when it exists".to_owned(),
            |made| format!("it was made on {}", made.date()),
        );
        let what = if switched_off {
            "its rotation is switched off"
        } else {
            "its source says that it was never replaced"
        };
        Judgement::Fires(
            Firing::sure(
                format!("`{}` still has its first value", case.name()),
                vec![case.evidence(what), case.evidence(since)],
            )
            .severity(case.weigh(SPEC.severity)),
        )
    }
}

/// Forms whose value can be replaced while the thing stays.
const REPLACEABLE: &[CredentialType] = &[
    CredentialType::ApiKey,
    CredentialType::AccessKey,
    CredentialType::Password,
    CredentialType::ClientSecret,
    CredentialType::PrivateKey,
    CredentialType::SshKey,
    CredentialType::RefreshToken,
    CredentialType::SymmetricKey,
    CredentialType::Secret,
];

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::NeverRotated;

    const KEY: &str = "credential:k";

    #[test]
    fn fires_when_due_and_never_done() {
        fires_as(
            RULE,
            "credential:k type=password created=-90d last_rotated=never",
            KEY,
            Severity::Low,
        );
        quiet(
            RULE,
            "credential:k type=password created=-89d last_rotated=never",
            KEY,
        );
        quiet(
            RULE,
            "credential:k type=password created=-900d last_rotated=-800d",
            KEY,
        );
        unknown(RULE, "credential:k type=password created=-900d", KEY);
        unknown(
            RULE,
            "credential:k type=password created=-900d last_rotated=not_observable -rotates_itself",
            KEY,
        );
        let undated = fires(RULE, "credential:k type=password last_rotated=never", KEY);
        assert!(undated.evidence[1].what.contains("nobody knows since when"));
        fires_as(
            RULE,
            "credential:k type=password created=-90d last_rotated=never env=development",
            KEY,
            Severity::Info,
        );
    }

    #[test]
    fn a_key_service_says_so_by_its_switch() {
        let firing = fires(RULE, "key:k created=-400d -rotates_itself", "key:k");
        assert!(firing.evidence[0].what.contains("switched off"));
        quiet(RULE, "key:k created=-10d -rotates_itself", "key:k");
        unknown(RULE, "key:k created=-400d", "key:k");
        not_applicable(RULE, "key:k created=-400d +rotates_itself", "key:k");
        not_applicable(
            RULE,
            "key:k created=-400d status=disabled -rotates_itself",
            "key:k",
        );
        not_applicable(
            RULE,
            "key:k created=-400d expires=-1d -rotates_itself",
            "key:k",
        );
    }

    #[test]
    fn what_has_nothing_to_replace_is_not_looked_at() {
        for text in [
            "credential:k type=certificate created=-900d last_rotated=never",
            "credential:k type=second_factor created=-900d last_rotated=never",
            "credential:k type=password created=-900d last_rotated=never expires=-1d",
            "credential:k type=password created=-900d last_rotated=never +provider_managed",
        ] {
            not_applicable(RULE, text, KEY);
        }
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "created=-900d last_rotated=never",
            &[
                CredentialType::ApiKey,
                CredentialType::AccessKey,
                CredentialType::Password,
                CredentialType::ClientSecret,
                CredentialType::PrivateKey,
                CredentialType::SshKey,
                CredentialType::RefreshToken,
                CredentialType::SymmetricKey,
                CredentialType::Secret,
            ],
        );
    }

    #[test]
    fn without_a_demand_there_is_nothing_to_judge_by() {
        let text = "credential:k type=password created=-900d last_rotated=never".to_owned();
        let judged = crate::rules::testing::judge_without_limits(RULE, &text, KEY);
        assert_eq!(judged, crate::Judgement::NotApplicable);
    }
}
