//! A token or certificate whose whole life is longer than allowed.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal, TimeUs};

use super::controls::{attack, csf, iso, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct OverlongLifetime;

const SPEC: RuleSpec = RuleSpec {
    id: "overlong-lifetime",
    title: "Token or certificate that lives too long",
    severity: Severity::Low,
    kinds: &[NodeKind::Credential],
    what: "From its beginning to its end, a token or certificate lives longer than the policy allows for its form; a publicly trusted certificate also longer than the CA/Browser Forum allowed on the day it was issued: 398 days, 200 from 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15 (Baseline Requirements, ballot SC-081v3). Medium for a token and where a public limit is broken.",
    why: "A long life is time for a stolen copy, and nobody practises a renewal that comes once a year.",
    limits: "Authorities' own certificates are not looked at. A life exactly as long as allowed is fine, although the Baseline Requirements count its last second too.",
    remedies: &[
        "Issue it with a shorter life and let a program renew it.",
        "For public certificates, use an authority that speaks ACME.",
    ],
    controls: &[
        nhi("NHI7:2025", "the credential lives longer than it should"),
        csf(
            "PR.AA-04",
            "a token is valid for longer than the access it proves",
        ),
        nist(
            "SC-17",
            "certificates are issued against the rules for their life",
        ),
        nist("SC-23", "a session's token outlives the session"),
        iso("8.24", "the rules for keys and certificates are not kept"),
        nis2(
            "21(2)(h)",
            "keys are used for longer than is state of the art",
        ),
        attack("T1550.001", "a token that lives long is worth stealing"),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for OverlongLifetime {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(&[
            CredentialType::AccessToken,
            CredentialType::RefreshToken,
            CredentialType::ClientSecret,
            CredentialType::Certificate,
            CredentialType::SshCertificate,
        ]) || case.says(Signal::CertificateAuthority)
        {
            return Judgement::NotApplicable;
        }
        let certificate = case.node.credential_type == Some(CredentialType::Certificate);
        let allowed = case.limit().and_then(|limit| limit.max_lifetime_days);
        if allowed.is_none() && !certificate {
            return Judgement::NotApplicable;
        }
        if case.node.expires.is_never() {
            // That it has no end at all is another rule's finding.
            return Judgement::Quiet;
        }
        let (Some(start), Some(end)) = (case.node.created.known(), case.node.expires.known())
        else {
            return Judgement::Unknown("its beginning and its end are not both known".to_owned());
        };
        let longer = |days: u32| end > start.plus_days(i64::from(days));
        let public = certificate.then(|| public_limit(start));
        let public = public.filter(|days| longer(*days));
        let life = end.days_since(start);
        let fire = |days: u32, who: &str, severity: Severity| {
            Judgement::Fires(
                Firing::sure(
                    format!(
                        "`{}` lives for {life} days; {days} are allowed",
                        case.name()
                    ),
                    vec![
                        case.evidence(format!(
                            "it is valid from {} to {}",
                            start.date(),
                            end.date()
                        )),
                        case.evidence(format!("{who} {days} days")),
                    ],
                )
                .severity(severity),
            )
        };
        if let Some(days) = public
            && case.says(Signal::PubliclyTrusted)
        {
            return fire(
                days,
                "the CA/Browser Forum allows certificates issued that day",
                Severity::Medium,
            );
        }
        if let Some(days) = allowed.filter(|days| longer(*days)) {
            let severity = if certificate {
                SPEC.severity
            } else {
                Severity::Medium
            };
            return fire(days, "the policy allows", severity);
        }
        if public.is_some() && case.signal(Signal::PubliclyTrusted).is_none() {
            return Judgement::Unknown(
                "no source says whether a public authority issued it".to_owned(),
            );
        }
        Judgement::Quiet
    }
}

/// The longest life of a publicly trusted certificate by the day of its issue, in days: Baseline
/// Requirements for TLS, section 6.3.2 as changed by ballot SC-081v3.
fn public_limit(issued: TimeUs) -> u32 {
    // 2026-03-15, 2027-03-15 and 2029-03-15 at midnight UTC.
    const STEPS: [(i64, u32); 3] = [
        (1_868_227_200, 47),
        (1_805_068_800, 100),
        (1_773_532_800, 200),
    ];
    STEPS
        .iter()
        .find(|(from, _)| issued >= TimeUs::from_seconds(*from))
        .map_or(398, |(_, days)| *days)
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::OverlongLifetime;

    const C: &str = "credential:c";

    fn token(days: i64) -> String {
        format!(
            "credential:c type=access_token created=-10d expires={}d",
            days - 10
        )
    }

    fn public(start: &str, end: &str, word: &str) -> String {
        format!(
            "now 2026-06-01\ncredential:c type=certificate created={start} expires={end} {word}"
        )
    }

    #[test]
    fn fires_on_a_token_that_lives_longer_than_the_policy_allows() {
        let firing = fires_as(RULE, &token(91), C, Severity::Medium);
        assert!(firing.summary.contains("lives for 91 days; 90 are allowed"));
        quiet(RULE, &token(90), C);
        unknown(RULE, "credential:c type=access_token created=-10d", C);
        unknown(RULE, "credential:c type=access_token expires=10d", C);
        quiet(RULE, "credential:c type=access_token expires=never", C);
    }

    #[test]
    fn the_public_limit_is_that_of_the_day_of_issue() {
        let trusted = "+publicly_trusted";
        fires_as(
            RULE,
            &public("2026-03-15", "2026-10-02", trusted),
            C,
            Severity::Medium,
        );
        quiet(RULE, &public("2026-03-15", "2026-10-01", trusted), C);
        quiet(RULE, &public("2026-03-14", "2027-04-16", trusted), C);
        fires(RULE, &public("2026-03-14", "2027-04-17", trusted), C);
        quiet(
            RULE,
            &public("2026-03-15", "2027-10-02", "-publicly_trusted"),
            C,
        );
        unknown(RULE, &public("2026-03-15", "2026-10-02", ""), C);
        quiet(RULE, &public("2026-03-15", "2026-10-01", ""), C);
    }

    #[test]
    fn the_table_of_the_forum() {
        for (day, days) in [
            ("2026-03-14", 398),
            ("2026-03-15", 200),
            ("2027-03-14", 200),
            ("2027-03-15", 100),
            ("2029-03-14", 100),
            ("2029-03-15", 47),
        ] {
            assert_eq!(
                super::public_limit(model::TimeUs::parse(day).unwrap()),
                days,
                "{day}"
            );
        }
    }

    #[test]
    fn a_policy_for_certificates_holds_for_private_ones() {
        let mut policy = crate::rules::testing::policy();
        for limit in &mut policy.limits {
            limit.max_lifetime_days = Some(90);
        }
        let judged = |text: &str| crate::rules::testing::judge_under(&policy, RULE, text, C);
        let private = public("2026-05-01", "2026-07-31", "-publicly_trusted");
        match judged(&private) {
            crate::Judgement::Fires(firing) => assert_eq!(firing.severity, Some(Severity::Low)),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            judged(&private.replace("07-31", "07-30")),
            crate::Judgement::Quiet
        );
    }

    #[test]
    fn authorities_and_forms_without_a_limit_are_not_looked_at() {
        for text in [
            "credential:c type=certificate created=-10d expires=9000d +publicly_trusted +certificate_authority",
            "credential:c type=ssh_certificate created=-10d expires=9000d",
            "credential:c type=access_token created=-900d expires=-1d",
            "credential:c type=password created=-10d expires=9000d",
        ] {
            not_applicable(RULE, text, C);
        }
    }

    #[test]
    fn the_forms_it_looks_at_under_a_policy_for_all() {
        use model::CredentialType;
        let mut policy = crate::rules::testing::policy();
        for limit in &mut policy.limits {
            limit.max_lifetime_days = Some(90);
        }
        let looked_at = [
            CredentialType::AccessToken,
            CredentialType::RefreshToken,
            CredentialType::ClientSecret,
            CredentialType::Certificate,
            CredentialType::SshCertificate,
        ];
        for form in CredentialType::ALL {
            let text = format!("credential:c type={form} created=-10d expires=10d");
            let judged = crate::rules::testing::judge_under(&policy, RULE, &text, C);
            let applies = judged != crate::Judgement::NotApplicable;
            assert_eq!(applies, looked_at.contains(form), "{form}");
        }
    }
}
