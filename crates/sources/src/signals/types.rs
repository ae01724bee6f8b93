//! What form each credential subtype has, in the words that are the same for every provider.

use model::CredentialType;

/// One line for every subtype of a credential that a source gives, sorted by subtype. A token that a
/// provider issues for programs and that has no end unless somebody sets one is an API key, whatever
/// the vendor calls it; an access token is one that a sign-in or a job gets for a while.
pub const CREDENTIAL_TYPES: &[(&str, CredentialType)] = &[
    ("access_key", CredentialType::AccessKey),
    ("age_secret_key", CredentialType::PrivateKey),
    ("anthropic_admin_key", CredentialType::ApiKey),
    ("anthropic_api_key", CredentialType::ApiKey),
    ("anthropic_oauth_access_token", CredentialType::AccessToken),
    (
        "anthropic_oauth_refresh_token",
        CredentialType::RefreshToken,
    ),
    ("anthropic_oauth_token", CredentialType::AccessToken),
    ("anthropic_refresh_token", CredentialType::RefreshToken),
    ("api_key", CredentialType::ApiKey),
    ("atlassian_api_token", CredentialType::ApiKey),
    ("aws_access_key", CredentialType::AccessKey),
    ("aws_acm_certificate", CredentialType::Certificate),
    ("aws_bearer_token_id", CredentialType::AccessToken),
    ("aws_console_password", CredentialType::Password),
    ("aws_context_credential", CredentialType::AccessToken),
    ("aws_mfa_device", CredentialType::SecondFactor),
    ("aws_public_key_id", CredentialType::SshKey),
    ("aws_server_certificate", CredentialType::Certificate),
    ("aws_server_certificate_id", CredentialType::Certificate),
    ("aws_service_specific_credential", CredentialType::Password),
    ("aws_ses_smtp_password", CredentialType::Password),
    ("aws_signing_certificate", CredentialType::Certificate),
    ("aws_ssh_public_key", CredentialType::SshKey),
    ("aws_sso_access_token", CredentialType::AccessToken),
    ("aws_sso_client", CredentialType::ClientSecret),
    ("aws_sso_refresh_token", CredentialType::RefreshToken),
    ("aws_temporary_access_key", CredentialType::AccessToken),
    ("azure_access_token", CredentialType::AccessToken),
    ("azure_identifiable_key", CredentialType::ApiKey),
    ("azure_refresh_token", CredentialType::RefreshToken),
    ("azure_sas", CredentialType::AccessToken),
    ("azure_storage_key", CredentialType::ApiKey),
    ("azure_subscription", CredentialType::AccessToken),
    ("bitbucket_access_token", CredentialType::ApiKey),
    ("cargo_registry_token", CredentialType::ApiKey),
    ("ci_secret", CredentialType::Secret),
    ("client_secret", CredentialType::ClientSecret),
    ("composer_login", CredentialType::Password),
    ("composer_oauth_client", CredentialType::ClientSecret),
    ("composer_token", CredentialType::ApiKey),
    ("connection_password", CredentialType::Password),
    ("connection_string", CredentialType::Password),
    ("crates_io_token", CredentialType::ApiKey),
    ("database_password", CredentialType::Password),
    ("databricks_pat", CredentialType::ApiKey),
    ("datadog_access_token", CredentialType::ApiKey),
    ("digitalocean_oauth_token", CredentialType::AccessToken),
    ("digitalocean_pat", CredentialType::ApiKey),
    ("digitalocean_refresh_token", CredentialType::RefreshToken),
    ("discord_bot_token", CredentialType::ApiKey),
    ("discord_webhook", CredentialType::ApiKey),
    ("docker_hub_oat", CredentialType::ApiKey),
    ("docker_hub_pat", CredentialType::ApiKey),
    ("docker_identity_token", CredentialType::RefreshToken),
    ("docker_registry_login", CredentialType::Password),
    ("docker_registry_token", CredentialType::AccessToken),
    ("doppler_audit_token", CredentialType::ApiKey),
    ("doppler_cli_token", CredentialType::ApiKey),
    ("doppler_personal_token", CredentialType::ApiKey),
    ("doppler_scim_token", CredentialType::ApiKey),
    ("doppler_service_account_token", CredentialType::ApiKey),
    ("doppler_service_token", CredentialType::ApiKey),
    ("entra_client_certificate", CredentialType::Certificate),
    ("entra_client_key", CredentialType::PrivateKey),
    ("entra_client_secret", CredentialType::ClientSecret),
    ("entra_federated_credential", CredentialType::Federation),
    ("entra_oauth_grant", CredentialType::Grant),
    ("env_connection_string", CredentialType::Password),
    ("env_private_key", CredentialType::PrivateKey),
    ("env_secret", CredentialType::Secret),
    ("figma_pat", CredentialType::ApiKey),
    ("fly_token", CredentialType::AccessToken),
    ("forge_cli_token", CredentialType::AccessToken),
    ("gcp_authorized_user", CredentialType::RefreshToken),
    ("gcp_external_account", CredentialType::Federation),
    (
        "gcp_impersonated_service_account",
        CredentialType::Federation,
    ),
    ("gcp_service_account_key", CredentialType::AccessKey),
    ("git_credential", CredentialType::Password),
    ("git_extra_header", CredentialType::ApiKey),
    ("github_app_installation_token", CredentialType::AccessToken),
    ("github_app_refresh_token", CredentialType::RefreshToken),
    ("github_app_user_token", CredentialType::AccessToken),
    ("github_classic_pat", CredentialType::ApiKey),
    ("github_fine_grained_pat", CredentialType::ApiKey),
    ("github_oauth_token", CredentialType::AccessToken),
    ("gitlab_access_token", CredentialType::ApiKey),
    ("gitlab_agent_token", CredentialType::ApiKey),
    ("gitlab_ci_job_token", CredentialType::AccessToken),
    ("gitlab_deploy_token", CredentialType::ApiKey),
    ("gitlab_feature_flags_token", CredentialType::ApiKey),
    ("gitlab_feed_token", CredentialType::ApiKey),
    ("gitlab_group_access_token", CredentialType::ApiKey),
    ("gitlab_incoming_mail_token", CredentialType::ApiKey),
    ("gitlab_oauth_secret", CredentialType::ClientSecret),
    ("gitlab_project_access_token", CredentialType::ApiKey),
    ("gitlab_runner_registration_token", CredentialType::ApiKey),
    ("gitlab_runner_token", CredentialType::ApiKey),
    ("gitlab_scim_token", CredentialType::ApiKey),
    ("gitlab_trigger_token", CredentialType::ApiKey),
    ("google_api_key", CredentialType::ApiKey),
    ("google_client_secret", CredentialType::ClientSecret),
    ("google_oauth_access_token", CredentialType::AccessToken),
    ("google_oauth_client_id", CredentialType::ClientSecret),
    ("google_oauth_refresh_token", CredentialType::RefreshToken),
    ("google_oauth_token", CredentialType::AccessToken),
    ("google_refresh_token", CredentialType::RefreshToken),
    ("grafana_api_key", CredentialType::ApiKey),
    ("grafana_cloud_token", CredentialType::ApiKey),
    ("grafana_service_account_token", CredentialType::ApiKey),
    ("groq_api_key", CredentialType::ApiKey),
    ("htpasswd_user", CredentialType::Password),
    ("hubspot_private_app_token", CredentialType::ApiKey),
    ("hugging_face_token", CredentialType::ApiKey),
    ("ipsec_login", CredentialType::Password),
    ("ipsec_passphrase", CredentialType::Password),
    ("ipsec_preshared_key", CredentialType::SymmetricKey),
    ("jwt", CredentialType::AccessToken),
    ("k8s_bootstrap_token", CredentialType::AccessToken),
    ("k8s_legacy_token", CredentialType::AccessToken),
    ("k8s_service_account_token", CredentialType::AccessToken),
    ("kubeconfig_client_certificate", CredentialType::Certificate),
    ("kubeconfig_login", CredentialType::Password),
    ("kubeconfig_oidc_token", CredentialType::AccessToken),
    ("kubeconfig_token", CredentialType::AccessToken),
    ("kubeconfig_user", CredentialType::Secret),
    ("linear_api_key", CredentialType::ApiKey),
    ("mailchimp_api_key", CredentialType::ApiKey),
    ("maven_server", CredentialType::Password),
    ("mcp_oauth_access_token", CredentialType::AccessToken),
    ("mcp_oauth_client", CredentialType::ClientSecret),
    ("mcp_oauth_refresh_token", CredentialType::RefreshToken),
    ("model_api_key", CredentialType::ApiKey),
    ("model_oauth_access_token", CredentialType::AccessToken),
    ("model_oauth_refresh_token", CredentialType::RefreshToken),
    ("mysql_login", CredentialType::Password),
    ("netrc_login", CredentialType::Password),
    ("new_relic_browser_key", CredentialType::ApiKey),
    ("new_relic_insert_key", CredentialType::ApiKey),
    ("new_relic_user_key", CredentialType::ApiKey),
    ("notion_integration_token", CredentialType::ApiKey),
    ("npm_access_token", CredentialType::ApiKey),
    ("npm_registry_login", CredentialType::Password),
    ("npm_registry_token", CredentialType::ApiKey),
    ("oidc_private_signing_key", CredentialType::PrivateKey),
    ("oidc_signing_key", CredentialType::PrivateKey),
    ("onepassword_service_account_token", CredentialType::ApiKey),
    ("openai_admin_key", CredentialType::ApiKey),
    ("openai_api_key", CredentialType::ApiKey),
    ("openai_id_token", CredentialType::AccessToken),
    ("openai_oauth_access_token", CredentialType::AccessToken),
    ("openai_oauth_refresh_token", CredentialType::RefreshToken),
    ("openai_project_key", CredentialType::ApiKey),
    ("openai_service_account_key", CredentialType::ApiKey),
    ("openpgp_private_key", CredentialType::PrivateKey),
    ("openvpn_certificate", CredentialType::Certificate),
    ("openvpn_login", CredentialType::Password),
    ("openvpn_private_key", CredentialType::PrivateKey),
    ("openvpn_static_key", CredentialType::SymmetricKey),
    ("password", CredentialType::Password),
    ("password_hash", CredentialType::Password),
    ("planetscale_oauth_token", CredentialType::AccessToken),
    ("planetscale_password", CredentialType::Password),
    ("planetscale_service_token", CredentialType::ApiKey),
    ("postgresql_login", CredentialType::Password),
    ("postman_api_key", CredentialType::ApiKey),
    ("private_key", CredentialType::PrivateKey),
    ("pulumi_access_token", CredentialType::ApiKey),
    ("pypi_api_token", CredentialType::ApiKey),
    ("pypi_login", CredentialType::Password),
    ("qwen_oauth_access_token", CredentialType::AccessToken),
    ("qwen_oauth_refresh_token", CredentialType::RefreshToken),
    ("rclone_remote", CredentialType::Secret),
    ("registry_password", CredentialType::Password),
    ("rubygems_api_key", CredentialType::ApiKey),
    ("secret", CredentialType::Secret),
    ("secret_key", CredentialType::AccessKey),
    ("secret_value", CredentialType::Secret),
    ("sendgrid_api_key", CredentialType::ApiKey),
    ("sensitive_value", CredentialType::Secret),
    ("sentry_org_token", CredentialType::ApiKey),
    ("sentry_user_token", CredentialType::ApiKey),
    ("shopify_access_token", CredentialType::ApiKey),
    ("shopify_app_secret", CredentialType::ClientSecret),
    ("shopify_custom_app_token", CredentialType::ApiKey),
    ("shopify_private_app_password", CredentialType::Password),
    ("slack_app_token", CredentialType::ApiKey),
    ("slack_bot_token", CredentialType::AccessToken),
    ("slack_refresh_token", CredentialType::RefreshToken),
    ("slack_rotating_token", CredentialType::AccessToken),
    ("slack_user_token", CredentialType::AccessToken),
    ("slack_webhook", CredentialType::ApiKey),
    ("slack_workspace_token", CredentialType::AccessToken),
    ("ssh_certificate", CredentialType::SshCertificate),
    ("ssh_host_key", CredentialType::SshKey),
    ("ssh_private_key", CredentialType::SshKey),
    ("ssh_public_key", CredentialType::SshKey),
    ("stripe_restricted_key", CredentialType::ApiKey),
    ("stripe_secret_key", CredentialType::ApiKey),
    ("stripe_webhook_secret", CredentialType::SymmetricKey),
    ("supabase_pat", CredentialType::ApiKey),
    ("supabase_secret_key", CredentialType::ApiKey),
    ("tailscale_key", CredentialType::ApiKey),
    ("telegram_bot_token", CredentialType::ApiKey),
    ("terraform_cloud_token", CredentialType::ApiKey),
    ("token", CredentialType::AccessToken),
    ("twilio_account_sid", CredentialType::ApiKey),
    ("twilio_api_key_sid", CredentialType::ApiKey),
    ("vault_batch_token", CredentialType::AccessToken),
    ("vault_legacy_batch_token", CredentialType::AccessToken),
    ("vault_legacy_service_token", CredentialType::AccessToken),
    ("vault_recovery_token", CredentialType::AccessToken),
    ("vault_secret_id", CredentialType::ClientSecret),
    ("vault_service_token", CredentialType::AccessToken),
    ("vault_token", CredentialType::AccessToken),
    ("webhook_url", CredentialType::ApiKey),
    ("wireguard_preshared_key", CredentialType::SymmetricKey),
    ("wireguard_private_key", CredentialType::PrivateKey),
    ("x509_certificate", CredentialType::Certificate),
];

/// Subtypes of what lies where credentials lie and proves nothing by itself.
pub const WITHOUT_FORM: &[&str] = &["public_key"];

/// What words in a subtype that a person wrote into a table say of its form, the more telling first.
const WORDS: &[(&str, CredentialType)] = &[
    ("ssh", CredentialType::SshKey),
    ("certificate", CredentialType::Certificate),
    ("refresh", CredentialType::RefreshToken),
    ("client_secret", CredentialType::ClientSecret),
    ("access_key", CredentialType::AccessKey),
    ("private_key", CredentialType::PrivateKey),
    ("api", CredentialType::ApiKey),
    ("token", CredentialType::AccessToken),
    ("password", CredentialType::Password),
    ("secret", CredentialType::Secret),
];

/// The form of a credential of this subtype.
pub fn credential_type(subtype: &str) -> Option<CredentialType> {
    let at = CREDENTIAL_TYPES
        .binary_search_by(|(known, _)| (*known).cmp(subtype))
        .ok()?;
    CREDENTIAL_TYPES.get(at).map(|(_, form)| *form)
}

/// The form of a credential in a table that a person wrote.
pub(super) fn by_words(subtype: &str) -> Option<CredentialType> {
    WORDS
        .iter()
        .find(|(word, _)| subtype.contains(word))
        .map(|(_, form)| *form)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Identifiers that the table of vendor tokens knows and that are no credentials.
    const IDENTIFIERS: &[&str] = &[
        "aws_iam_group_id",
        "aws_iam_role_id",
        "aws_iam_user_id",
        "aws_instance_profile_id",
        "aws_managed_policy_id",
    ];

    #[test]
    fn the_table_is_sorted_and_has_each_subtype_once() {
        assert!(
            CREDENTIAL_TYPES.is_sorted_by(|a, b| a.0 < b.0),
            "binary search needs it"
        );
        assert_eq!(
            credential_type("x509_certificate"),
            Some(CredentialType::Certificate)
        );
        assert_eq!(credential_type("nonsense"), None);
    }

    #[test]
    fn every_vendor_token_has_a_line() {
        let missing: Vec<&str> = formats::token::known_forms()
            .map(|(_, _, subtype, _)| subtype)
            .filter(|subtype| !IDENTIFIERS.contains(subtype))
            .filter(|subtype| credential_type(subtype).is_none())
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn words_of_people_are_understood() {
        for (words, want) in [
            ("ssh_key", Some(CredentialType::SshKey)),
            ("tls_certificate", Some(CredentialType::Certificate)),
            ("api_key", Some(CredentialType::ApiKey)),
            ("bearer_token", Some(CredentialType::AccessToken)),
            ("keyboard", None),
        ] {
            assert_eq!(by_words(words), want, "{words}");
        }
    }
}
