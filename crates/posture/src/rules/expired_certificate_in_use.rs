//! A certificate that has ended and is still presented or configured.

use model::finding::Severity;
use model::{CredentialType, EdgeKind, NodeKind};

use super::controls::{csf, dora, iso, nhi, nis2, nist, pci};
use crate::questions::{MAX_PLACES, worse};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct ExpiredCertificateInUse;

const SPEC: RuleSpec = RuleSpec {
    id: "expired-certificate-in-use",
    title: "Expired certificate still in use",
    severity: Severity::High,
    kinds: &[NodeKind::Credential],
    what: "A certificate is past its end while an endpoint still presents it, or a workload or host is still configured to use it. Medium where it is only configured; one step worse where the defenders depend on it.",
    why: "Peers that check refuse the connection: the service stops. Peers that do not check accept anything, so nobody notices an impostor either.",
    limits: "A certificate that only lies in a file, store or archive is not looked at: what nobody presents or is configured to use stops nothing. Whether peers check is not known.",
    remedies: &[
        "Issue a successor and install it where the evidence names a place.",
        "Find out why nobody was warned: put the certificate under automatic renewal or give it an owner who is.",
        "Remove the old certificate from every configuration that names it.",
    ],
    controls: &[
        nhi(
            "NHI4:2025",
            "an ended certificate proves nothing, so the authentication built on it is broken or skipped",
        ),
        csf(
            "PR.AA-03",
            "a service cannot be authenticated by an ended certificate",
        ),
        nist(
            "SC-17",
            "certificates are to be valid while they are in use",
        ),
        iso(
            "8.24",
            "keys and certificates are not managed over their whole life",
        ),
        nis2("21(2)(h)", "cryptography is in use after its end"),
        dora(
            "7(4)",
            "the register of certificates was not acted upon in time",
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

impl Rule for ExpiredCertificateInUse {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if case.node.credential_type != Some(CredentialType::Certificate) || !case.is_live() {
            return Judgement::NotApplicable;
        }
        let presenters = case.presenters();
        let configured = case.configured_in();
        if presenters.is_empty() && configured.is_empty() {
            return Judgement::NotApplicable;
        }
        let Some(end) = case.node.expires.known() else {
            return Judgement::Unknown(case.why_unknown("end", case.node.expires, "inventory"));
        };
        if !case.passed(end) {
            return Judgement::Quiet;
        }
        let mut severity = if presenters.is_empty() {
            Severity::Medium
        } else {
            SPEC.severity
        };
        if case.labels().security_critical == Some(true) {
            severity = worse(severity);
        }
        let mut evidence = vec![case.evidence(format!("it ended on {}", end.date()))];
        for edge in case.into(EdgeKind::Presents).iter().take(MAX_PLACES) {
            let what = format!("`{}` presents it", case.name_of(edge.other));
            evidence.push(case.evidence_of(edge, what));
        }
        for place in configured.into_iter().take(MAX_PLACES) {
            let what = format!("`{}` is configured to use it", case.name_of(place));
            evidence.push(case.evidence_on(place, what));
        }
        let days = case.days_since(end);
        Judgement::Fires(
            Firing::sure(
                format!(
                    "`{}` ended {days} days ago and is still in use",
                    case.name()
                ),
                evidence,
            )
            .severity(severity),
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::ExpiredCertificateInUse;

    #[test]
    fn fires_where_an_ended_certificate_is_presented_or_configured() {
        let served = "credential:c type=certificate expires=-10d
             resource:web -presents-> credential:c";
        let firing = fires_as(RULE, served, "credential:c", Severity::High);
        assert!(firing.summary.contains("10 days ago"));
        assert!(firing.evidence[1].what.contains("`web` presents it"));
        let configured = "credential:c type=certificate expires=-10d
             credential:c -used_by-> workload:app";
        let firing = fires_as(RULE, configured, "credential:c", Severity::Medium);
        assert!(firing.evidence[1].what.contains("`app` is configured"));
        let critical = "credential:c type=certificate expires=-10d tag.judged.security_critical=yes
             host:vpn -presents-> credential:c";
        fires_as(RULE, critical, "credential:c", Severity::Critical);
    }

    #[test]
    fn the_moment_of_the_end_counts_as_ended() {
        let at = |end| {
            format!(
                "credential:c type=certificate expires={end}
                 resource:web -presents-> credential:c"
            )
        };
        fires(RULE, &at("0d"), "credential:c");
        quiet(RULE, &at("1d"), "credential:c");
        quiet(RULE, &at("2026-01-01T00:00:01Z"), "credential:c");
        unknown(RULE, &at("not_observable"), "credential:c");
    }

    #[test]
    fn what_lies_in_an_archive_or_is_switched_off_is_not_looked_at() {
        for text in [
            "credential:c type=certificate expires=-10d
             credential:c -stored_in-> resource:archive",
            "credential:c type=certificate expires=-10d
             credential:c -used_by-> identity:ann",
            "credential:c type=certificate expires=-10d status=disabled
             resource:web -presents-> credential:c",
            "credential:c type=access_key expires=-10d
             resource:web -presents-> credential:c",
        ] {
            not_applicable(RULE, text, "credential:c");
        }
    }

    #[test]
    fn names_twenty_places_of_each_sort_and_no_more() {
        let places: Vec<String> = (0..30)
            .map(|number| {
                format!(
                    "\nresource:r{number} -presents-> credential:c
                     credential:c -used_by-> workload:w{number}"
                )
            })
            .collect();
        let text = format!(
            "credential:c type=certificate expires=-1d{}",
            places.concat()
        );
        assert_eq!(fires(RULE, &text, "credential:c").evidence.len(), 41);
    }
}
