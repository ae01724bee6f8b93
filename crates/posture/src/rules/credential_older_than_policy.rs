//! A static credential that is older than the policy allows and still valid.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::commands::{Act, suggest};
use super::controls::{attack, cir, csf, iso, nhi, nist, pci, tenet, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct CredentialOlderThanPolicy;

const SPEC: RuleSpec = RuleSpec {
    id: "credential-older-than-policy",
    title: "Credential older than policy allows",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "A static credential (key, password, long-lived token) has not been replaced for as many days as the policy allows for its form and environment, and is still valid. It counts from its last replacement, else from its creation."
    ),
    why: "Everybody who ever saw the value can still use it: people who left, old backups, logs, laptops. The older the value, the more of them there are.",
    limits: "What has ended, what the provider keeps and replaces itself, and certificates, whose life has an end of its own, are not looked at. Whether somebody replaced the value without the source noticing is not known. Secrets of applications have a rule of their own.",
    remedies: &[
        "Put a short-lived credential in its place: federation, a managed identity, a token of minutes.",
        "Else replace it now, with both valid until every consumer has the new one, and then put replacement on a schedule.",
    ],
    controls: &[
        nhi(
            "NHI7:2025",
            "the secret has outlived the time the policy gives it",
        ),
        csf("PR.AA-01", "credentials are not managed over their life"),
        nist("IA-5", "authenticators are to be changed after a set time"),
        tenet("6", "authentication rests on a value that nothing renews"),
        iso(
            "5.17",
            "authentication information is not changed as its rules demand",
        ),
        cir(
            "11.6",
            "the time after which authentication is renewed has passed",
        ),
        pci(
            "8.6.3",
            "passwords of application and system accounts are not changed as often as their risk demands",
        ),
        attack("T1078.004", "an old key that still works is a way back in"),
    ],
    aliases: &[],
    covers: &["never-rotated"],
    factors: &["AG1"],
};

impl Rule for CredentialOlderThanPolicy {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(STATIC) {
            return Judgement::NotApplicable;
        }
        by_age(case, SPEC.severity)
    }
}

/// Forms whose value stays the same until somebody replaces it.
const STATIC: &[CredentialType] = &[
    CredentialType::ApiKey,
    CredentialType::AccessKey,
    CredentialType::Password,
    CredentialType::PrivateKey,
    CredentialType::SshKey,
    CredentialType::AccessToken,
    CredentialType::RefreshToken,
    CredentialType::SymmetricKey,
    CredentialType::Secret,
];

/// Judges a credential by the time since its value was last replaced, or made.
pub(super) fn by_age(case: &Case<'_>, severity: Severity) -> Judgement {
    let limit = case
        .limit()
        .and_then(|limit| Some((limit, limit.max_age_days?)));
    let Some((limit, days)) = limit else {
        return Judgement::NotApplicable;
    };
    if case.says(Signal::ProviderManaged) || case.says(Signal::RotatesItself) {
        return Judgement::NotApplicable;
    }
    let replaced = case.node.last_rotated.known();
    let Some(start) = replaced.or(case.node.created.known()) else {
        return Judgement::Unknown(case.why_unknown("age", case.node.created, "inventory"));
    };
    if !case.older_than(start, days) {
        return Judgement::Quiet;
    }
    let word = if replaced.is_some() {
        "replaced"
    } else {
        "made"
    };
    let age = case.days_since(start);
    Judgement::Fires(suggest(
        Firing::sure(
            format!("`{}` is {age} days old at a limit of {days}", case.name()),
            vec![
                case.evidence(format!("it was {word} on {}", start.date())),
                case.evidence(format!("the policy allows {days} days: {}", limit.reason)),
            ],
        )
        .severity(case.weigh(severity)),
        case,
        Act::Replace,
    ))
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::CredentialOlderThanPolicy;

    const KEY: &str = "credential:k";

    #[test]
    fn fires_on_the_day_the_limit_is_reached() {
        let firing = fires_as(
            RULE,
            "credential:k type=access_key created=-90d",
            KEY,
            Severity::Medium,
        );
        assert!(
            firing.summary.contains("90 days old at a limit of 90"),
            "{}",
            firing.summary
        );
        quiet(RULE, "credential:k type=access_key created=-89d", KEY);
        quiet(
            RULE,
            "credential:k type=access_key created=-900d last_rotated=-89d",
            KEY,
        );
        let replaced = "credential:k type=access_key created=-900d last_rotated=-90d";
        let firing = fires(RULE, replaced, KEY);
        assert!(firing.evidence[0].what.starts_with("it was replaced on"));
        let made = fires(RULE, "credential:k type=access_key created=-90d", KEY);
        assert!(made.evidence[0].what.starts_with("it was made on"));
        fires(
            RULE,
            "credential:k type=access_key created=-900d last_rotated=never",
            KEY,
        );
    }

    #[test]
    fn cannot_know_without_a_start() {
        let why = unknown(
            RULE,
            "credential:k type=api_key created=not_observable
             gap credential inventory denied iam:ListAccessKeys is missing",
            KEY,
        );
        assert!(why.contains("iam:ListAccessKeys is missing"), "{why}");
        unknown(
            RULE,
            "credential:k type=api_key last_rotated=no_data_yet",
            KEY,
        );
    }

    #[test]
    fn only_static_credentials_that_still_work_and_somebody_here_replaces() {
        for text in [
            "credential:k type=certificate created=-900d",
            "credential:k type=client_secret created=-900d",
            "credential:k created=-900d",
            "credential:k type=access_key created=-900d expires=-1d",
            "credential:k type=access_key created=-900d status=disabled",
            "credential:k type=access_key created=-900d +provider_managed",
            "credential:k type=access_key created=-900d +rotates_itself",
            "credential:k type=second_factor created=-900d",
        ] {
            not_applicable(RULE, text, KEY);
        }
    }

    #[test]
    fn a_form_without_a_limit_is_not_judged_by_age() {
        let mut policy = crate::rules::testing::policy();
        policy.limits.retain(|limit| limit.credential.is_some());
        let judged = crate::rules::testing::judge_under(
            &policy,
            RULE,
            "credential:k type=access_key created=-900d",
            KEY,
        );
        assert_eq!(judged, crate::Judgement::NotApplicable);
        policy.limits.extend(crate::rules::testing::policy().limits);
        for limit in &mut policy.limits {
            limit.max_age_days = None;
        }
        let judged = crate::rules::testing::judge_under(
            &policy,
            RULE,
            "credential:k type=access_key created=-900d",
            KEY,
        );
        assert_eq!(judged, crate::Judgement::NotApplicable);
    }

    #[test]
    fn worse_where_it_opens_more() {
        let text = "credential:k type=access_key created=-90d
             credential:k -authenticates-> identity:admin
             identity:admin privileged=yes";
        fires_as(RULE, text, KEY, Severity::High);
        fires_as(
            RULE,
            "credential:k type=access_key created=-90d env=sandbox",
            KEY,
            Severity::Low,
        );
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "created=-900d",
            &[
                CredentialType::ApiKey,
                CredentialType::AccessKey,
                CredentialType::Password,
                CredentialType::PrivateKey,
                CredentialType::SshKey,
                CredentialType::AccessToken,
                CredentialType::RefreshToken,
                CredentialType::SymmetricKey,
                CredentialType::Secret,
            ],
        );
    }
}
