//! An application open to other organisations whose publisher nobody verified.

use model::finding::Severity;
use model::{EdgeKind, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct UnverifiedMultiTenantApp;

const SPEC: RuleSpec = RuleSpec {
    id: "unverified-multi-tenant-app",
    title: "Application of an unverified publisher across tenants",
    severity: Severity::Medium,
    kinds: &[NodeKind::Application, NodeKind::Identity],
    what: "Organisations other than one may sign in to the application, and the provider has not verified who publishes it. High where it holds grants on everybody's data.",
    why: "Its name and picture are chosen by whoever made it. Consent given to it is consent to a stranger, and a break-in at its home reaches every tenant that trusts it.",
    limits: "An unverified publisher may be an honest one. An application and its account in the tenant are one finding, on the application where it is known.",
    remedies: &[
        "Find out who publishes it and have them verify; else withdraw its grants.",
        "If it is your own, close it to other tenants.",
    ],
    controls: &[
        nhi("NHI3:2025", "a third party nobody verified may act here"),
        csf("GV.SC-07", "the risk of a supplier is not known"),
        nist("SA-9", "an external service is used without assurance"),
        iso("5.19", "a supplier is trusted without being known"),
        iso("5.23", "a cloud service was taken up without a check"),
        nis2("21(2)(d)", "the supply chain is trusted without limit"),
        attack(
            "T1671",
            "an application integrated into the cloud is a way to stay",
        ),
    ],
    aliases: &[],
    covers: &[],
    factors: &["TP1"],
};

impl Rule for UnverifiedMultiTenantApp {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let many = case.signal(Signal::ManyTenants);
        let unverified = case.signal(Signal::UnverifiedPublisher);
        if !case.is_live() || (many.is_none() && unverified.is_none()) {
            return Judgement::NotApplicable;
        }
        let judged_there = case.is(NodeKind::Identity)
            && case
                .targets(EdgeKind::PartOf)
                .into_iter()
                .filter_map(|ix| case.of(ix))
                .any(|application| {
                    application.is(NodeKind::Application)
                        && application.signal(Signal::ManyTenants).is_some()
                });
        if judged_there {
            return Judgement::NotApplicable;
        }
        match (many, unverified) {
            (Some(false), _) | (_, Some(false)) => Judgement::Quiet,
            (Some(true), Some(true)) => {
                let wide = case.says(Signal::TenantWideScope);
                let mut evidence = vec![
                    case.seen(Signal::ManyTenants, "other organisations may sign in to it"),
                    case.seen(Signal::UnverifiedPublisher, "its publisher is not verified"),
                ];
                if wide {
                    evidence.push(
                        case.seen(Signal::TenantWideScope, "its grant covers everybody's data"),
                    );
                }
                Judgement::Fires(
                    Firing::sure(
                        format!(
                            "`{}` is open to many tenants and nobody verified who publishes it",
                            case.name()
                        ),
                        evidence,
                    )
                    .severity(if wide {
                        Severity::High
                    } else {
                        SPEC.severity
                    }),
                )
            }
            (None, _) => Judgement::Unknown(
                "no source says which organisations may sign in to it".to_owned(),
            ),
            (_, None) => {
                Judgement::Unknown("no source says whether its publisher is verified".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::UnverifiedMultiTenantApp;

    const APP: &str = "application:app";

    #[test]
    fn fires_only_on_both() {
        let both = "application:app +many_tenants +unverified_publisher";
        fires_as(RULE, both, APP, Severity::Medium);
        let wide = fires_as(
            RULE,
            &format!("{both} +tenant_wide_scope"),
            APP,
            Severity::High,
        );
        assert_eq!(wide.evidence.len(), 3);
        quiet(
            RULE,
            "application:app +many_tenants -unverified_publisher",
            APP,
        );
        quiet(
            RULE,
            "application:app -many_tenants +unverified_publisher",
            APP,
        );
        assert!(unknown(RULE, "application:app +many_tenants", APP).contains("publisher"));
        assert!(
            unknown(RULE, "application:app +unverified_publisher", APP).contains("organisations")
        );
        not_applicable(RULE, "application:app", APP);
        not_applicable(RULE, &format!("{both} status=deleted"), APP);
    }

    #[test]
    fn an_account_counts_where_its_application_is_not_known() {
        let sp = "identity:sp +many_tenants +unverified_publisher";
        fires(RULE, sp, "identity:sp");
        let with = format!("{sp}\nidentity:sp -part_of-> application:app");
        fires(RULE, &with, "identity:sp");
        not_applicable(
            RULE,
            &format!("{with}\napplication:app -many_tenants"),
            "identity:sp",
        );
        fires(
            RULE,
            &format!("{sp}\nidentity:sp -part_of-> tenant:t\ntenant:t +many_tenants"),
            "identity:sp",
        );
        let apps = "application:app +many_tenants +unverified_publisher
             application:app -part_of-> application:suite
             application:suite +many_tenants";
        fires(RULE, apps, APP);
    }
}
