//! A credential at rest for longer than its own rhythm explains, of an identity that is in use.

use model::finding::Severity;
use model::{CredentialType, EdgeKind, NodeKind};

use super::commands::{Act, suggest};
use super::controls::{attack, csf, iso, nhi, nis2, nist, weighed};
use crate::dormancy::{self, Dormancy};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct DormantCredential;

const SPEC: RuleSpec = RuleSpec {
    id: "dormant-credential",
    title: "Credential that nothing uses any more",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: weighed!(
        "A credential has not been used for longer than its period allows (that of the workloads configured with it, else of its identity's), while its identity is in use or unknown. What was never used counts from its creation or last replacement."
    ),
    why: "A second key that nobody uses is a spare for an intruder: its use looks like the identity's own.",
    limits: "Where no source sees its use, the rule cannot know and says which were asked. Never used means: as far back as its sources see. A credential of an identity that is itself dormant, or switched off, is part of that finding, unless the identity has more than a hundred.",
    remedies: &["Switch it off, wait one of its periods, then delete it."],
    controls: &[
        nhi(
            "NHI1:2025",
            "what is no longer used was not taken out of service",
        ),
        csf(
            "PR.AA-01",
            "credentials are not withdrawn at the end of their need",
        ),
        nist(
            "IA-5",
            "authenticators that are no longer needed are to be revoked",
        ),
        iso(
            "5.17",
            "authentication information is kept that nobody needs",
        ),
        nis2(
            "21(2)(i)",
            "access that nobody needs has not been withdrawn",
        ),
        attack(
            "T1098.001",
            "an additional credential is a known way to stay",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["US1"],
};

impl Rule for DormantCredential {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(SEEN_IN_USE) || covered_by_its_identity(case) {
            return Judgement::NotApplicable;
        }
        match dormancy::of(case) {
            Dormancy::InUse(_) => Judgement::Quiet,
            Dormancy::Unknown(why) => Judgement::Unknown(why),
            Dormancy::Dormant(idle) => Judgement::Fires(suggest(
                Firing::sure(
                    format!("`{}` has rested for {} days", case.name(), idle.days),
                    vec![case.evidence(idle.sentence(case))],
                )
                .severity(case.weigh(SPEC.severity)),
                case,
                Act::SwitchOff,
            )),
        }
    }
}

/// Forms of which providers say when they were used.
const SEEN_IN_USE: &[CredentialType] = &[
    CredentialType::ApiKey,
    CredentialType::AccessKey,
    CredentialType::Password,
    CredentialType::ClientSecret,
    CredentialType::SshKey,
    CredentialType::AccessToken,
    CredentialType::RefreshToken,
    CredentialType::Grant,
    CredentialType::Secret,
];

/// The most credentials of an identity for which each is held against the identity's own rest: an account
/// that opens to thousands of keys would be asked thousands of times about all of them.
const MAX_SIBLINGS: usize = 100;

/// True when every identity it proves rests or is switched off: then the cause is theirs.
fn covered_by_its_identity(case: &Case<'_>) -> bool {
    let identities = case.identities();
    !identities.is_empty()
        && identities.into_iter().all(|ix| {
            case.of(ix).is_some_and(|identity| {
                !identity.node.may_be_active()
                    || (case.estate.into_by(ix, EdgeKind::Authenticates).len() <= MAX_SIBLINGS
                        && dormancy::of(&identity).known() == Some(true))
            })
        })
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::DormantCredential;

    const KEY: &str = "credential:k";

    #[test]
    fn fires_on_a_spare_key_of_an_identity_in_use() {
        let text = "credential:k type=access_key last_used=-90d
             credential:k -authenticates-> identity:svc
             identity:svc class=machine last_used=-1d";
        let firing = fires_as(RULE, text, KEY, Severity::Medium);
        assert!(firing.evidence[0].what.contains("90 days are allowed"));
        quiet(RULE, &text.replace("-90d", "-89d"), KEY);
        unknown(
            RULE,
            &text.replace("last_used=-90d", "last_used=no_data_yet"),
            KEY,
        );
        fires(RULE, "credential:k type=api_key last_used=-90d", KEY);
        fires_as(
            RULE,
            "credential:k type=api_key last_used=-90d privileged=yes",
            KEY,
            Severity::High,
        );
    }

    #[test]
    fn one_cause_is_one_finding() {
        let text = "credential:k type=access_key last_used=-400d
             credential:k -authenticates-> identity:svc
             identity:svc class=machine last_used=-400d";
        not_applicable(RULE, text, KEY);
        let off = "credential:k type=access_key last_used=-400d
             credential:k -authenticates-> identity:svc
             identity:svc class=machine status=disabled last_used=-1d";
        not_applicable(RULE, off, KEY);
        let second = format!(
            "{text}
             credential:k -authenticates-> identity:other
             identity:other class=machine last_used=-1d"
        );
        fires(RULE, &second, KEY);
    }

    #[test]
    fn an_account_of_a_hundred_keys_is_not_asked_about_each() {
        let keys = |count: usize| {
            let siblings: Vec<String> = (1..count)
                .map(|number| format!("\ncredential:s{number} -authenticates-> identity:svc"))
                .collect();
            format!(
                "credential:k type=ssh_key last_used=-400d
                 credential:k -authenticates-> identity:svc
                 identity:svc class=machine last_used=-400d{}",
                siblings.concat()
            )
        };
        not_applicable(RULE, &keys(100), KEY);
        fires(RULE, &keys(101), KEY);
    }

    #[test]
    fn forms_whose_use_means_nothing_are_not_looked_at() {
        for text in [
            "credential:k type=second_factor last_used=-400d",
            "credential:k type=certificate last_used=-400d",
            "credential:k type=access_key last_used=-400d expires=-1d",
            "credential:k type=access_key last_used=-400d status=deleted",
        ] {
            not_applicable(RULE, text, KEY);
        }
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "last_used=-900d",
            &[
                CredentialType::ApiKey,
                CredentialType::AccessKey,
                CredentialType::Password,
                CredentialType::ClientSecret,
                CredentialType::SshKey,
                CredentialType::AccessToken,
                CredentialType::RefreshToken,
                CredentialType::Grant,
                CredentialType::Secret,
            ],
        );
    }
}
