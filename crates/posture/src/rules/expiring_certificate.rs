//! A certificate in use that ends within its lead time.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::controls::{csf, dora, iso, nhi, nis2, nist, pci};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct ExpiringCertificate;

const SPEC: RuleSpec = RuleSpec {
    id: "expiring-certificate",
    title: "Certificate about to end",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: "A certificate that is presented, configured or proves an identity ends within the lead time of the policy; the lead is longer for what the defenders depend on. High in the last quarter of the lead, and for what the defenders depend on.",
    why: "An end nobody acts on is an outage with a date. Renewal needs people, windows and sometimes a second approval, and all of that takes days.",
    limits: "Certificates the provider or a program renews by itself are not looked at, nor those that nothing uses, nor those that have ended, which is a finding of its own.",
    remedies: &[
        "Renew it now and install it at every place the evidence names.",
        "Put it under automatic renewal.",
    ],
    controls: &[
        nhi(
            "NHI7:2025",
            "a long-lived certificate comes to its end by surprise",
        ),
        csf("ID.AM-08", "its life is not managed to its end"),
        nist(
            "SC-17",
            "a certificate in use must be replaced before it ends",
        ),
        iso(
            "8.24",
            "keys and certificates are not managed over their whole life",
        ),
        nis2(
            "21(2)(h)",
            "cryptography is about to fail where it is in use",
        ),
        dora(
            "7(4)",
            "the register of certificates exists so that they are renewed in time",
        ),
        pci(
            "4.2.1.1",
            "the inventory of trusted certificates does not keep them valid",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["CR1"],
};

impl Rule for ExpiringCertificate {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if case.node.credential_type != Some(CredentialType::Certificate)
            || !case.is_live()
            || case.has_ended()
            || case.says(Signal::ProviderManaged)
            || case.says(Signal::RotatesItself)
            || !in_use(case)
        {
            return Judgement::NotApplicable;
        }
        let Some(lead) = case.lead_days() else {
            return Judgement::NotApplicable;
        };
        let Some(end) = case.node.expires.known() else {
            if case.node.expires.is_never() {
                return Judgement::Quiet;
            }
            return Judgement::Unknown(case.why_unknown("end", case.node.expires, "inventory"));
        };
        if !case.passed(end.plus_days(-i64::from(lead))) {
            return Judgement::Quiet;
        }
        let urgent = case.passed(end.plus_days(-i64::from(lead / 4)))
            || case.labels().security_critical == Some(true);
        let left = end.days_since(case.now());
        let mut firing = Firing::sure(
            format!(
                "`{}` ends in {left} days; {lead} were planned for its renewal",
                case.name()
            ),
            vec![case.evidence(format!("it ends on {}", end.date()))],
        );
        if urgent {
            firing = firing.severity(Severity::High);
        }
        Judgement::Fires(firing)
    }
}

fn in_use(case: &Case<'_>) -> bool {
    !case.presenters().is_empty()
        || !case.configured_in().is_empty()
        || !case.identities().is_empty()
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::ExpiringCertificate;

    fn served(words: &str) -> String {
        format!(
            "credential:c type=certificate {words}
             resource:web -presents-> credential:c"
        )
    }

    #[test]
    fn fires_from_the_first_day_of_the_lead() {
        let firing = fires_as(
            RULE,
            &served("expires=30d"),
            "credential:c",
            Severity::Medium,
        );
        assert!(firing.summary.contains("ends in 30 days; 30 were planned"));
        quiet(RULE, &served("expires=31d"), "credential:c");
        quiet(RULE, &served("expires=never"), "credential:c");
        unknown(RULE, &served("expires=no_data_yet"), "credential:c");
        unknown(RULE, &served(""), "credential:c");
    }

    #[test]
    fn the_last_quarter_is_urgent() {
        fires_as(
            RULE,
            &served("expires=8d"),
            "credential:c",
            Severity::Medium,
        );
        fires_as(RULE, &served("expires=7d"), "credential:c", Severity::High);
        not_applicable(RULE, &served("expires=0d"), "credential:c");
    }

    #[test]
    fn what_the_defenders_depend_on_has_twice_the_lead() {
        let critical = |days| served(&format!("expires={days}d tag.judged.security_critical=yes"));
        fires_as(RULE, &critical(60), "credential:c", Severity::High);
        quiet(RULE, &critical(61), "credential:c");
    }

    #[test]
    fn any_use_counts_and_what_renews_itself_does_not() {
        for used in ["used_by-> workload:app", "authenticates-> identity:app"] {
            let text = format!("credential:c type=certificate expires=5d\ncredential:c -{used}");
            fires(RULE, &text, "credential:c");
        }
        for text in [
            "credential:c type=certificate expires=5d\ncredential:c -stored_in-> resource:f"
                .to_owned(),
            served("expires=5d +provider_managed"),
            served("expires=5d +rotates_itself"),
            served("expires=5d status=deleted"),
            served("expires=5d").replace("certificate", "api_key"),
        ] {
            not_applicable(RULE, &text, "credential:c");
        }
    }

    #[test]
    fn without_a_demand_there_is_nothing_to_judge_by() {
        let text = served("expires=5d");
        let judged = crate::rules::testing::judge_without_limits(RULE, &text, "credential:c");
        assert_eq!(judged, crate::Judgement::NotApplicable);
    }
}
