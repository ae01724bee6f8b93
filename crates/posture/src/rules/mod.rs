//! The rules: one file each, one line here. A test fails when a file is not in the list.

use crate::Rule;

mod active_after_workload_gone;
mod administrator_workload_identity;
mod agent_plain_text_token;
mod agent_privileged_without_review;
mod agent_without_owner;
mod app_secret_older_than_policy;
mod bearer_without_binding;
mod certificate_chain_fault;
mod certificate_name_mismatch;
mod commands;
mod controls;
mod credential_older_than_policy;
mod default_identity_in_use;
mod disabled_identity_with_valid_credentials;
mod dormant_credential;
mod dormant_identity;
mod expired_certificate_in_use;
mod expiring_certificate;
mod grant_outside_sign_on;
mod hard_coded_secret;
mod human_use_of_machine_identity;
mod kerberoastable_privileged_account;
mod key_without_passphrase;
mod legacy_token;
mod loose_trust_policy;
mod missing_purpose;
mod never_rotated;
mod no_expiry;
mod no_preauthentication;
mod no_revocation_path;
mod not_rotatable;
mod orphaned_identity;
mod overlong_lifetime;
mod owner_left;
mod plain_text_secret;
mod private_key_readable_by_others;
mod privileged_sign_in_without_second_factor;
mod privileged_unowned_dormant;
mod privileged_without_justification;
mod secrets_unencrypted_at_rest;
mod self_signed_certificate;
mod shared_identity;
mod shared_private_key;
mod shared_secret;
mod stale_ticket_signing_key;
mod static_cloud_key_in_pipeline;
mod temporary_past_its_date;
#[cfg(test)]
pub(crate) mod testing;
mod third_party_tenant_wide_unowned;
mod unconstrained_delegation;
mod unowned_identity;
mod unpinned_mcp_server;
mod unverified_multi_tenant_app;
mod weak_cryptography;
mod wildcard_certificate;

/// Every rule, by id.
pub const RULES: &[&dyn Rule] = &[
    &active_after_workload_gone::ActiveAfterWorkloadGone,
    &administrator_workload_identity::AdministratorWorkloadIdentity,
    &agent_plain_text_token::AgentPlainTextToken,
    &agent_privileged_without_review::AgentPrivilegedWithoutReview,
    &agent_without_owner::AgentWithoutOwner,
    &app_secret_older_than_policy::AppSecretOlderThanPolicy,
    &bearer_without_binding::BearerWithoutBinding,
    &certificate_chain_fault::CertificateChainFault,
    &certificate_name_mismatch::CertificateNameMismatch,
    &credential_older_than_policy::CredentialOlderThanPolicy,
    &default_identity_in_use::DefaultIdentityInUse,
    &disabled_identity_with_valid_credentials::DisabledIdentityWithValidCredentials,
    &dormant_credential::DormantCredential,
    &dormant_identity::DormantIdentity,
    &expired_certificate_in_use::ExpiredCertificateInUse,
    &expiring_certificate::ExpiringCertificate,
    &grant_outside_sign_on::GrantOutsideSignOn,
    &hard_coded_secret::HardCodedSecret,
    &human_use_of_machine_identity::HumanUseOfMachineIdentity,
    &kerberoastable_privileged_account::KerberoastablePrivilegedAccount,
    &key_without_passphrase::KeyWithoutPassphrase,
    &legacy_token::LegacyToken,
    &loose_trust_policy::LooseTrustPolicy,
    &missing_purpose::MissingPurpose,
    &never_rotated::NeverRotated,
    &no_expiry::NoExpiry,
    &no_preauthentication::NoPreauthentication,
    &no_revocation_path::NoRevocationPath,
    &not_rotatable::NotRotatable,
    &orphaned_identity::OrphanedIdentity,
    &overlong_lifetime::OverlongLifetime,
    &owner_left::OwnerLeft,
    &plain_text_secret::PlainTextSecret,
    &private_key_readable_by_others::PrivateKeyReadableByOthers,
    &privileged_sign_in_without_second_factor::PrivilegedSignInWithoutSecondFactor,
    &privileged_unowned_dormant::PrivilegedUnownedDormant,
    &privileged_without_justification::PrivilegedWithoutJustification,
    &secrets_unencrypted_at_rest::SecretsUnencryptedAtRest,
    &self_signed_certificate::SelfSignedCertificate,
    &shared_identity::SharedIdentity,
    &shared_private_key::SharedPrivateKey,
    &shared_secret::SharedSecret,
    &stale_ticket_signing_key::StaleTicketSigningKey,
    &static_cloud_key_in_pipeline::StaticCloudKeyInPipeline,
    &temporary_past_its_date::TemporaryPastItsDate,
    &third_party_tenant_wide_unowned::ThirdPartyTenantWideUnowned,
    &unconstrained_delegation::UnconstrainedDelegation,
    &unowned_identity::UnownedIdentity,
    &unpinned_mcp_server::UnpinnedMcpServer,
    &unverified_multi_tenant_app::UnverifiedMultiTenantApp,
    &weak_cryptography::WeakCryptography,
    &wildcard_certificate::WildcardCertificate,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::RULES;
    use super::controls::{FRAMEWORKS, known};

    /// Files of this folder that are no rules.
    const OTHERS: [&str; 4] = ["mod", "testing", "commands", "controls"];

    #[test]
    fn no_forgotten_files() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .filter(|name| !OTHERS.contains(&name.as_str()))
            .map(|name| name.replace('_', "-"))
            .collect();
        files.sort_unstable();
        let listed: Vec<&str> = RULES.iter().map(|rule| rule.spec().id).collect();
        assert_eq!(listed, files);
    }

    #[test]
    fn every_rule_says_what_a_reader_needs() {
        for spec in RULES.iter().map(|rule| rule.spec()) {
            let id = spec.id;
            assert!(
                id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{id}"
            );
            assert!(!spec.title.ends_with('.') && !spec.title.is_empty(), "{id}");
            assert!(!spec.kinds.is_empty(), "{id}: looks at nothing");
            for text in [spec.what, spec.why, spec.limits] {
                assert!(text.ends_with('.') && text.len() > 40, "{id}: `{text}`");
            }
            assert!(!spec.remedies.is_empty(), "{id}: no remedy");
            assert!(spec.remedies.iter().all(|step| step.ends_with('.')), "{id}");
        }
    }

    #[test]
    fn every_rule_maps_to_ids_that_exist_with_a_reason_of_its_own() {
        for spec in RULES.iter().map(|rule| rule.spec()) {
            let id = spec.id;
            let mut seen = BTreeSet::new();
            for control in spec.controls {
                assert!(FRAMEWORKS.contains(&control.framework), "{id}");
                assert!(
                    known(control.framework).contains(&control.id),
                    "{id}: {} has no `{}`",
                    control.framework,
                    control.id
                );
                assert!(seen.insert((control.framework, control.id)), "{id}: twice");
                assert!(
                    !control.why.is_empty() && !control.why.ends_with('.'),
                    "{id}"
                );
            }
            for framework in ["owasp-nhi-2025", "nist-csf-2.0", "iso-27001-2022"] {
                assert!(
                    seen.iter().any(|(of, _)| *of == framework),
                    "{id}: {framework}"
                );
            }
        }
        let risks: BTreeSet<&str> = RULES
            .iter()
            .flat_map(|rule| rule.spec().controls)
            .filter(|control| control.framework == "owasp-nhi-2025")
            .map(|control| control.id)
            .collect();
        assert_eq!(
            risks.len(),
            10,
            "every risk of the OWASP list has a rule: {risks:?}"
        );
    }

    #[test]
    fn what_a_rule_covers_is_a_rule_that_looks_at_the_same_things() {
        for spec in RULES.iter().map(|rule| rule.spec()) {
            for covered in spec.covers {
                let narrow = RULES.iter().find(|rule| rule.spec().id == *covered);
                let narrow = narrow.unwrap_or_else(|| panic!("{}: no `{covered}`", spec.id));
                assert!(
                    narrow
                        .spec()
                        .kinds
                        .iter()
                        .any(|kind| spec.kinds.contains(kind)),
                    "{} never meets `{covered}`",
                    spec.id
                );
                assert!(
                    !narrow.spec().covers.contains(&spec.id),
                    "{} and `{covered}` cover each other",
                    spec.id
                );
            }
            for factor in spec.factors {
                assert!(
                    [
                        "AG1", "AG2", "AN1", "BD1", "CF1", "CR1", "EX1", "EX2", "EX3", "EX4",
                        "HU1", "OW1", "SH1", "TP1", "US1", "US2"
                    ]
                    .contains(factor),
                    "{}: {factor}",
                    spec.id
                );
            }
        }
    }
}
