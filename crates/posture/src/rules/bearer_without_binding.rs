//! A credential that is bound neither to its holder nor to a place.

use model::finding::Severity;
use model::{CredentialType, NodeKind, Signal};

use super::controls::{attack, csf, iso, nhi, nis2, nist};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct BearerWithoutBinding;

const SPEC: RuleSpec = RuleSpec {
    id: "bearer-without-binding",
    title: "Credential that works for whoever holds it",
    severity: Severity::Low,
    kinds: &[NodeKind::Credential],
    what: "A token or key works for whoever holds it, from anywhere: sources looked and found neither a holder's key (mTLS, DPoP) nor stated networks, hosts or callers.",
    why: "A copy is as good as the original. Binding turns a theft into a useless string.",
    limits: "Most providers' keys are bearer credentials; the finding is low because the way out is mostly another form. Where a source did not look for bindings, the rule cannot know.",
    remedies: &[
        "Bind it to stated networks or callers where the provider can.",
        "Prefer tokens bound to a key (RFC 8705, RFC 9449) or short-lived ones.",
    ],
    controls: &[
        nhi("NHI4:2025", "possession alone proves the identity"),
        csf("PR.AA-04", "tokens are not protected against use by others"),
        nist("SC-23", "a session can be taken over by copying its token"),
        iso("8.5", "authentication rests on one copyable value"),
        nis2("21(2)(j)", "nothing but a value is asked for"),
        attack("T1550.001", "a copied token is used as it is"),
    ],
    aliases: &[],
    covers: &[],
    factors: &["BD1"],
};

impl Rule for BearerWithoutBinding {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_credential(&[
            CredentialType::ApiKey,
            CredentialType::AccessKey,
            CredentialType::ClientSecret,
            CredentialType::AccessToken,
            CredentialType::RefreshToken,
            CredentialType::Secret,
        ]) {
            return Judgement::NotApplicable;
        }
        let bindings = [
            Signal::SenderBound,
            Signal::SourceRestricted,
            Signal::HardwareHeld,
        ];
        if bindings.into_iter().any(|signal| case.says(signal)) {
            return Judgement::Quiet;
        }
        // A value that was read is not in hardware; the other two must have been looked for.
        if case.signal(Signal::SenderBound).is_none()
            || case.signal(Signal::SourceRestricted).is_none()
        {
            return Judgement::Unknown("no source looked for what its use is bound to".to_owned());
        }
        Judgement::Fires(Firing::sure(
            format!(
                "`{}` works for whoever holds it, from anywhere",
                case.name()
            ),
            vec![case.evidence("it is bound to no holder's key and to no network, host or caller")],
        ))
    }
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::BearerWithoutBinding;

    const T: &str = "credential:t";

    #[test]
    fn fires_only_when_both_bindings_were_looked_for() {
        fires_as(
            RULE,
            "credential:t type=api_key -sender_bound -source_restricted",
            T,
            Severity::Low,
        );
        unknown(RULE, "credential:t type=api_key -sender_bound", T);
        unknown(RULE, "credential:t type=api_key -source_restricted", T);
        unknown(RULE, "credential:t type=api_key", T);
        for bound in ["+sender_bound", "+source_restricted", "+hardware_held"] {
            quiet(RULE, &format!("credential:t type=api_key {bound}"), T);
        }
        not_applicable(
            RULE,
            "credential:t type=certificate -sender_bound -source_restricted",
            T,
        );
    }

    #[test]
    fn the_forms_it_looks_at() {
        use model::CredentialType;
        crate::rules::testing::looks_at_forms(
            RULE,
            "-sender_bound -source_restricted",
            &[
                CredentialType::ApiKey,
                CredentialType::AccessKey,
                CredentialType::ClientSecret,
                CredentialType::AccessToken,
                CredentialType::RefreshToken,
                CredentialType::Secret,
            ],
        );
    }
}
