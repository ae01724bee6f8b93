//! A refresh token or grant whose use passes no single sign-on and no second factor.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist, tenet};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct GrantOutsideSignOn;

const SPEC: RuleSpec = RuleSpec {
    id: "grant-outside-sign-on",
    title: "Token or grant that passes no sign-on",
    severity: Severity::Medium,
    kinds: &[NodeKind::Credential],
    what: "A refresh token or a consent lets a program act again and again without passing the sign-on of the organisation. High where its scope is everybody's data in the tenant.",
    why: "A changed password, a second factor and a closed account do not stop it: it is the access that survives the clean-up.",
    limits: "Whether the program behind it checks anything itself is not known.",
    remedies: &[
        "Ask its owner what it is for; withdraw it if nobody knows.",
        "Bind it: conditional access for programs, a stated network, a holder's key.",
        "Give it an end and a date of review.",
    ],
    controls: &[
        nhi("NHI4:2025", "use passes no strong authentication"),
        nhi(
            "NHI3:2025",
            "the program that holds the grant acts on its own",
        ),
        csf(
            "PR.AA-05",
            "the grant is outside the policies that govern access",
        ),
        nist(
            "AC-20",
            "an outside system holds access without stated conditions",
        ),
        tenet("6", "access is granted once and never decided again"),
        iso("8.5", "secure authentication is bypassed"),
        nis2("21(2)(j)", "access passes no second factor"),
        attack("T1528", "a stolen token works where a password would not"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["TP1"],
};

impl Rule for GrantOutsideSignOn {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(&[CredentialType::RefreshToken, CredentialType::Grant]) {
            return Judgement::NotApplicable;
        }
        let wide = case.says(Signal::TenantWideScope);
        case.ask(
            Signal::OutsideSignOn,
            "no source says whether its use passes the sign-on; the sign-on service's policies would tell",
            || {
                let mut evidence = vec![case.seen(Signal::OutsideSignOn, "its use passes no sign-on")];
                if wide {
                    evidence.push(case.evidence("its scope is the data of everybody in the tenant"));
                }
                Firing::sure(format!("`{}` works without anybody signing in", case.name()), evidence)
                    .severity(if wide { Severity::High } else { SPEC.severity })
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::GrantOutsideSignOn;

    const G: &str = "credential:g";

    #[test]
    fn fires_and_is_worse_for_the_whole_tenant() {
        fires_as(
            RULE,
            "credential:g type=refresh_token +outside_sign_on",
            G,
            Severity::Medium,
        );
        let wide = "credential:g type=grant +outside_sign_on +tenant_wide_scope";
        let firing = fires_as(RULE, wide, G, Severity::High);
        assert_eq!(firing.evidence.len(), 2);
        quiet(RULE, "credential:g type=grant -outside_sign_on", G);
        unknown(RULE, "credential:g type=refresh_token", G);
        not_applicable(RULE, "credential:g type=api_key +outside_sign_on", G);
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "+outside_sign_on",
            &[CredentialType::RefreshToken, CredentialType::Grant],
        );
    }
}
