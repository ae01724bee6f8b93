//! A third party's application whose grant covers the whole tenant and for which nobody here answers.

use model::finding::Severity;
use model::{Class, CredentialType, EdgeKind, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct ThirdPartyTenantWideUnowned;

const SPEC: RuleSpec = RuleSpec {
    id: "third-party-tenant-wide-unowned",
    title: "Third party with everybody's data and no owner here",
    severity: Severity::High,
    kinds: &[NodeKind::Identity],
    what: "All three hold: the application is an outside company's; its grant covers the data of everybody in the tenant; nobody here answers for it, or who did has left. Critical where it is also privileged.",
    why: "When that company is broken into, everybody's data goes, and nobody here knows what the application is for or dares to switch it off.",
    limits: "It fires only where all three are known; where one is not, the rule says which.",
    remedies: &[
        "Find who asked for it; if nobody did, withdraw the grant.",
        "Narrow the grant to the people who use it.",
    ],
    controls: &[
        nhi("NHI3:2025", "a third party's break-in becomes ours"),
        nhi("NHI5:2025", "its grant is wider than its users"),
        csf("GV.SC-07", "the risk of a supplier is nobody's task"),
        csf("GV.RR-02", "nobody is named as responsible"),
        nist("SA-9", "an external service is not overseen"),
        nist("AC-20", "an external system's access has no terms"),
        iso("5.19", "a supplier's access is not managed"),
        iso("5.20", "what the supplier may do is agreed by nobody"),
        nis2("21(2)(d)", "the supply chain is trusted without limit"),
        attack("T1199", "a trusted relationship is a way in"),
        attack(
            "T1528",
            "the supplier's tokens are stolen there and used here",
        ),
    ],
    aliases: &[],
    covers: &["owner-left", "unowned-identity"],
    factors: &["OW1", "TP1"],
};

impl Rule for ThirdPartyTenantWideUnowned {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        let third = case.labels().third_party;
        let wide = tenant_wide(case);
        let asked = third == Some(true) || wide == Some(true);
        if !case.is_live() || case.node.class == Some(Class::Human) || !asked {
            return Judgement::NotApplicable;
        }
        let ownerless = case.ownerless();
        let all = [third, wide, ownerless];
        if all.contains(&Some(false)) {
            return Judgement::Quiet;
        }
        if all.contains(&None) {
            let names = [
                "whether an outside company holds it",
                "how wide its grant is",
                "whether somebody here answers for it",
            ];
            let unknown: Vec<&str> = names
                .into_iter()
                .zip(all)
                .filter(|(_, known)| known.is_none())
                .map(|(name, _)| name)
                .collect();
            return Judgement::Unknown(format!("not known: {}", unknown.join(", ")));
        }
        let severity = if case.privileged() == Some(true) {
            Severity::Critical
        } else {
            SPEC.severity
        };
        let mut evidence = vec![
            case.evidence("an outside company issues or holds it"),
            case.evidence("its grant covers the data of everybody in the tenant"),
            case.evidence("nobody here answers for it"),
        ];
        evidence.extend(case.classification().third_party.evidence().iter().cloned());
        Judgement::Fires(
            Firing::sure(
                format!("`{}` is an outside company's, reaches everybody's data, and nobody answers for it", case.name()),
                evidence,
            )
            .severity(severity),
        )
    }
}

/// Whether its grants cover the whole tenant: its own word, else that of the grants it holds.
fn tenant_wide(case: &Case<'_>) -> Option<bool> {
    if let Some(own) = case.signal(Signal::TenantWideScope) {
        return Some(own);
    }
    let mut held = case.credentials();
    held.extend(case.origins(EdgeKind::UsedBy));
    let grants: Vec<Option<bool>> = held
        .into_iter()
        .filter_map(|ix| case.of(ix))
        .filter(|held| held.is_credential(&[CredentialType::Grant]))
        .map(|grant| grant.signal(Signal::TenantWideScope))
        .collect();
    if grants.contains(&Some(true)) {
        return Some(true);
    }
    let all_narrow = !grants.is_empty() && !grants.contains(&None);
    all_narrow.then_some(false)
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::ThirdPartyTenantWideUnowned;

    const APP: &str = "identity:app";
    const ALL: &str = "identity:app class=machine tag.judged.third_party=yes tag.judged.owner=unowned +tenant_wide_scope";

    #[test]
    fn fires_only_on_all_three() {
        let firing = fires_as(RULE, ALL, APP, Severity::High);
        assert_eq!(firing.evidence.len(), 3);
        fires_as(
            RULE,
            &format!("{ALL} privileged=yes"),
            APP,
            Severity::Critical,
        );
        quiet(RULE, &ALL.replace("party=yes", "party=no"), APP);
        quiet(RULE, &ALL.replace("unowned", "governed"), APP);
        quiet(RULE, &ALL.replace("+tenant", "-tenant"), APP);
    }

    #[test]
    fn a_grant_of_its_own_counts_like_its_own_word() {
        let by_grant = |edge: &str, word: &str| {
            format!(
                "identity:app tag.judged.third_party=yes tag.judged.owner=unowned
                 credential:g type=grant {word}
                 {edge}"
            )
        };
        let proves = "credential:g -authenticates-> identity:app";
        fires(RULE, &by_grant(proves, "+tenant_wide_scope"), APP);
        fires(
            RULE,
            &by_grant("credential:g -used_by-> identity:app", "+tenant_wide_scope"),
            APP,
        );
        quiet(RULE, &by_grant(proves, "-tenant_wide_scope"), APP);
        unknown(RULE, &by_grant(proves, ""), APP);
        unknown(
            RULE,
            &by_grant(proves, "+tenant_wide_scope status=deleted"),
            APP,
        );
        unknown(
            RULE,
            &by_grant(proves, "-tenant_wide_scope").replace("type=grant", "type=password"),
            APP,
        );
    }

    #[test]
    fn one_unknown_is_said() {
        let why = unknown(RULE, &ALL.replace("tag.judged.owner=unowned", ""), APP);
        assert_eq!(why, "not known: whether somebody here answers for it");
        let why = unknown(RULE, &ALL.replace("tag.judged.third_party=yes", ""), APP);
        assert_eq!(why, "not known: whether an outside company holds it");
        for text in [
            "identity:app tag.judged.owner=unowned".to_owned(),
            ALL.replace("machine", "human"),
            format!("{ALL} status=disabled"),
        ] {
            not_applicable(RULE, &text, APP);
        }
    }
}
