//! The table: one row per documented form, the most specific first. Prefixes, alphabets and
//! lengths are facts from the vendors' pages named in each row.

use super::{Decoded, aws, azure, checksum, gitlab, parsed, pypi};

/// Which bytes may follow the prefix.
#[derive(Clone, Copy)]
pub(super) enum Alphabet {
    Hex,
    Upper,
    Alnum,
    /// Letters, digits, `-` and `_`.
    Url,
    /// Letters, digits, `-`, `_`, `.`, `=`.
    Dotted,
    /// Base64 with padding.
    Base64,
    /// Any visible ASCII.
    Graphic,
}

impl Alphabet {
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Dotted => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=')
            }
            Self::Base64 => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
            }
            Self::Graphic => byte.is_ascii_graphic(),
        }
    }
}

/// One row.
#[expect(
    clippy::struct_field_names,
    reason = "`form` is the vendor's word for the row"
)]
pub(super) struct Form {
    pub(super) vendor: &'static str,
    pub(super) form: &'static str,
    pub(super) subtype: &'static str,
    pub(super) credential_type: &'static str,
    pub(super) prefix: &'static str,
    pub(super) alphabet: Alphabet,
    /// Shortest and longest text after the prefix, in bytes.
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) decode: fn(&str) -> Option<Decoded>,
    pub(super) revoke: &'static str,
    pub(super) doc: &'static str,
}

macro_rules! forms {
    ($($vendor:literal, $form:literal, $subtype:literal, $kind:literal, $prefix:literal, $alphabet:ident, $min:literal..=$max:literal, $decode:path, $revoke:expr, $doc:literal;)*) => {
        &[$(Form {
            vendor: $vendor,
            form: $form,
            subtype: $subtype,
            credential_type: $kind,
            prefix: $prefix,
            alphabet: Alphabet::$alphabet,
            min: $min,
            max: $max,
            decode: $decode,
            revoke: $revoke,
            doc: $doc,
        },)*]
    };
}

const REVOKE_AWS: &str = "aws iam update-access-key --status Inactive, then aws iam delete-access-key; needs iam:UpdateAccessKey on the user";
const REVOKE_AWST: &str = "Temporary keys cannot be revoked singly: revoke the role's older sessions (AWSRevokeOlderSessions policy) or wait for expiry";
const REVOKE_GH: &str = "The owner deletes it under Settings, Developer settings; anyone who holds it can have it revoked with POST /credentials/revoke";
const REVOKE_GHO: &str = "The user revokes it under Settings, Applications; the app owner with DELETE /applications/{client_id}/token";
const REVOKE_GHA: &str = "Uninstall or suspend the app, or DELETE /installation/token with the token itself; it ends within an hour";
const REVOKE_NPM: &str =
    "npm token revoke, by the account that owns it; organisation owners can remove the account";
const REVOKE_GL: &str = "The owner or an administrator revokes it under Access tokens; the holder with DELETE /personal_access_tokens/self";
const REVOKE_GLT: &str =
    "A maintainer revokes or resets it in the settings of the project, group or runner";
const REVOKE_PYPI: &str = "The owner removes it under Account settings, API tokens; PyPI revokes tokens reported by secret scanning";
const REVOKE_SLACK: &str =
    "auth.revoke with the token itself, or a workspace administrator removes the app";
const REVOKE_SLACKW: &str = "Remove the webhook in the app's settings, by a collaborator of the app or a workspace administrator";
const REVOKE_STRIPE: &str = "Roll the key in the Dashboard under Developers, API keys; needs the administrator or developer role";
const REVOKE_GRAF: &str =
    "Delete the token of the service account under Administration; needs serviceaccounts:write";
const REVOKE_GRAFC: &str =
    "Delete the token under Cloud access policies, by an organisation administrator";
const REVOKE_SENTRY: &str = "Revoke it in the organisation's or user's settings under Auth tokens";
const REVOKE_OP: &str = "Rotate or delete the service account in the 1Password administration, by an owner or administrator";
const REVOKE_VAULT: &str = "vault token revoke with the token itself, or -accessor by an operator with auth/token/revoke-accessor";
const REVOKE_ANT: &str =
    "Delete the key in the Console under API keys; organisation administrators may disable any key";
const REVOKE_ANTO: &str =
    "Sign out of the session in the account settings; an administrator can remove the member";
const REVOKE_OAI: &str = "Delete the key under API keys of the project or organisation, by its owner or an administrator";
const REVOKE_GOOG: &str =
    "Delete or restrict the key under APIs & Services, Credentials; needs apikeys.keys.delete";
const REVOKE_GOOGT: &str = "Revoke it at oauth2.googleapis.com/revoke with the token itself; access tokens end within an hour";
const REVOKE_GOOGC: &str =
    "Reset the secret of the OAuth client under APIs & Services, Credentials";
const REVOKE_AZSAS: &str = "Rotate the account key that signed it, or change the stored access policy; a SAS cannot be revoked by itself";
const REVOKE_DCW: &str = "Delete the webhook: DELETE on its own URL, or in the channel's settings";
const REVOKE_TWI: &str = "Delete the API key or make a new auth token in the Twilio Console, by an account owner or administrator";
const REVOKE_SG: &str = "Delete the key under Settings, API Keys, or DELETE /v3/api_keys/{id}";
const REVOKE_DBX: &str = "The owner deletes it under User settings; a workspace administrator with the token management API";
const REVOKE_DOP: &str = "Revoke it in the dashboard of the project config, or POST /v3/auth/revoke with the token itself";
const REVOKE_HS: &str =
    "Rotate or delete the private app's token in the account's settings, by a super administrator";
const REVOKE_DO: &str =
    "Revoke it in the control panel under API; OAuth tokens with POST /v1/oauth/revoke";
const REVOKE_HF: &str = "Invalidate it under Settings, Access tokens; organisation administrators may revoke tokens of members";
const REVOKE_FLY: &str = "fly tokens revoke ID, by a member of the organisation";
const REVOKE_DH: &str = "Deactivate or delete it under Account settings, Personal access tokens; for organisations an owner may";
const REVOKE_ATL: &str = "The owner revokes it under Account settings, Security; an organisation administrator may revoke tokens of managed accounts";
const REVOKE_LIN: &str = "Revoke it under Settings, API, by its owner or a workspace administrator";
const REVOKE_NOT: &str = "Refresh or delete the integration's secret, by the owner of the integration or a workspace owner";
const REVOKE_SHOP: &str =
    "Uninstall the app or rotate its credentials in the shop's administration";
const REVOKE_PS: &str =
    "Delete the password or service token of the branch or organisation, by an administrator";
const REVOKE_SUPA: &str = "Revoke it under Account, Access tokens; project keys are rotated in the project's API settings";
const REVOKE_NR: &str = "Delete the key under API keys, by its owner or an administrator";
const REVOKE_DD: &str =
    "Revoke the key in Organization Settings, by a user with the key management permissions";
const REVOKE_X: &str = "Revoke it in the vendor's console, by the owner of the account";
const REVOKE_AGE: &str = "A key cannot be revoked: encrypt the files again for another recipient (sops updatekeys) and change what they held";
const REVOKE_TFC: &str = "Delete it under the user's, team's or organisation's token settings; owners may delete team tokens";
const REVOKE_TG: &str = "/revoke at @BotFather, by the owner of the bot";
const REVOKE_DC: &str = "Reset the token in the Developer Portal, by the owner of the application";
const REVOKE_MC: &str = "Revoke it in the account's settings under Extras, API keys";
const REVOKE_ENTRA: &str = "Remove the password credential from the app registration; its owner or Application Administrator may";
const REVOKE_AZK: &str = "Regenerate the key on the resource (two keys exist for a rotation without a gap); needs listKeys/regenerateKey actions";

/// Every form. Rows without a prefix come last: they accept the most.
#[rustfmt::skip] // One row, one line: the table is read as a table.
pub(super) const FORMS: &[Form] = forms! {
    "aws", "access key id", "aws_access_key", "key_id", "AKIA", Upper, 16..=16, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "temporary access key id", "aws_temporary_access_key", "key_id", "ASIA", Upper, 16..=16, aws::decode, REVOKE_AWST, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "bearer token id", "aws_bearer_token_id", "key_id", "ABIA", Upper, 16..=16, aws::decode, REVOKE_AWST, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "context credential id", "aws_context_credential", "key_id", "ACCA", Upper, 16..=16, aws::decode, REVOKE_AWST, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "unique id", "aws_iam_user_id", "key_id", "AIDA", Upper, 16..=17, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "unique id", "aws_iam_role_id", "key_id", "AROA", Upper, 16..=17, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "unique id", "aws_iam_group_id", "key_id", "AGPA", Upper, 16..=17, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "unique id", "aws_instance_profile_id", "key_id", "AIPA", Upper, 16..=17, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "unique id", "aws_managed_policy_id", "key_id", "ANPA", Upper, 16..=17, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "unique id", "aws_public_key_id", "key_id", "APKA", Upper, 16..=17, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "aws", "unique id", "aws_server_certificate_id", "key_id", "ASCA", Upper, 16..=17, aws::decode, REVOKE_AWS, "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
    "github", "personal access token (classic)", "github_classic_pat", "access_token", "ghp_", Alnum, 36..=36, checksum::crc32_base62, REVOKE_GH, "github.blog/engineering/behind-githubs-new-authentication-token-formats";
    "github", "OAuth access token", "github_oauth_token", "oauth_access_token", "gho_", Alnum, 36..=36, checksum::crc32_base62, REVOKE_GHO, "github.blog/engineering/behind-githubs-new-authentication-token-formats";
    "github", "app user token", "github_app_user_token", "oauth_access_token", "ghu_", Alnum, 36..=36, checksum::crc32_base62, REVOKE_GHO, "github.blog/engineering/behind-githubs-new-authentication-token-formats";
    "github", "app installation token", "github_app_installation_token", "access_token", "ghs_", Alnum, 36..=36, checksum::crc32_base62, REVOKE_GHA, "github.blog/engineering/behind-githubs-new-authentication-token-formats";
    "github", "app refresh token", "github_app_refresh_token", "oauth_refresh_token", "ghr_", Alnum, 36..=76, checksum::crc32_base62, REVOKE_GHO, "github.blog/engineering/behind-githubs-new-authentication-token-formats";
    "github", "fine-grained personal access token", "github_fine_grained_pat", "access_token", "github_pat_", Url, 82..=82, parsed::none, REVOKE_GH, "docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github";
    "npm", "access token", "npm_access_token", "access_token", "npm_", Alnum, 36..=36, checksum::crc32_base62, REVOKE_NPM, "github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format";
    "gitlab", "personal, project or group access token", "gitlab_access_token", "access_token", "glpat-", Dotted, 20..=300, gitlab::decode, REVOKE_GL, "docs.gitlab.com/security/tokens";
    "gitlab", "runner authentication token", "gitlab_runner_token", "access_token", "glrt-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "runner registration token", "gitlab_runner_registration_token", "access_token", "glrtr-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "deploy token", "gitlab_deploy_token", "access_token", "gldt-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "CI job token", "gitlab_ci_job_token", "access_token", "glcbt-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "pipeline trigger token", "gitlab_trigger_token", "access_token", "glptt-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "agent for Kubernetes token", "gitlab_agent_token", "access_token", "glagent-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "OAuth application secret", "gitlab_oauth_secret", "oauth_client_secret", "gloas-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "feed token", "gitlab_feed_token", "access_token", "glft-", Dotted, 20..=300, gitlab::decode, REVOKE_GL, "docs.gitlab.com/security/tokens";
    "gitlab", "incoming mail token", "gitlab_incoming_mail_token", "access_token", "glimt-", Dotted, 20..=300, gitlab::decode, REVOKE_GL, "docs.gitlab.com/security/tokens";
    "gitlab", "SCIM token", "gitlab_scim_token", "access_token", "glsoat-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "gitlab", "feature flags client token", "gitlab_feature_flags_token", "access_token", "glffct-", Dotted, 20..=300, gitlab::decode, REVOKE_GLT, "docs.gitlab.com/security/tokens";
    "pypi", "API token", "pypi_api_token", "access_token", "pypi-", Url, 50..=2000, pypi::decode, REVOKE_PYPI, "pypi.org/help/#apitoken";
    "slack", "bot token", "slack_bot_token", "oauth_access_token", "xoxb-", Dotted, 20..=400, parsed::slack, REVOKE_SLACK, "docs.slack.dev/authentication/tokens";
    "slack", "user token", "slack_user_token", "oauth_access_token", "xoxp-", Dotted, 20..=400, parsed::slack, REVOKE_SLACK, "docs.slack.dev/authentication/tokens";
    "slack", "app-level token", "slack_app_token", "access_token", "xapp-", Dotted, 20..=400, parsed::slack, REVOKE_SLACK, "docs.slack.dev/authentication/tokens";
    "slack", "rotating access token", "slack_rotating_token", "oauth_access_token", "xoxe.", Dotted, 20..=400, parsed::slack, REVOKE_SLACK, "docs.slack.dev/authentication/tokens";
    "slack", "refresh token", "slack_refresh_token", "oauth_refresh_token", "xoxe-", Dotted, 20..=400, parsed::slack, REVOKE_SLACK, "docs.slack.dev/authentication/tokens";
    "slack", "legacy workspace token", "slack_workspace_token", "oauth_access_token", "xoxa-", Dotted, 20..=400, parsed::slack, REVOKE_SLACK, "docs.slack.dev/authentication/tokens";
    "slack", "incoming webhook", "slack_webhook", "webhook_url", "https://hooks.slack.com/services/", Graphic, 20..=200, parsed::slack_webhook, REVOKE_SLACKW, "docs.slack.dev/messaging/sending-messages-using-incoming-webhooks";
    "stripe", "secret key", "stripe_secret_key", "api_key", "sk_", Url, 20..=250, parsed::stripe, REVOKE_STRIPE, "docs.stripe.com/keys";
    "stripe", "restricted key", "stripe_restricted_key", "api_key", "rk_", Url, 20..=250, parsed::stripe, REVOKE_STRIPE, "docs.stripe.com/keys";
    "stripe", "webhook signing secret", "stripe_webhook_secret", "signing_key", "whsec_", Base64, 32..=64, parsed::none, REVOKE_STRIPE, "docs.stripe.com/webhooks";
    "grafana", "service account token", "grafana_service_account_token", "access_token", "glsa_", Url, 41..=41, checksum::grafana, REVOKE_GRAF, "grafana.com/docs/grafana/latest/administration/service-accounts";
    "grafana", "cloud access policy token", "grafana_cloud_token", "access_token", "glc_", Base64, 32..=400, parsed::grafana_cloud, REVOKE_GRAFC, "grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies";
    "grafana", "legacy API key", "grafana_api_key", "api_key", "eyJrIjoi", Base64, 60..=400, parsed::grafana_legacy, REVOKE_GRAF, "grafana.com/docs/grafana/latest/administration/service-accounts/migrate-api-keys";
    "sentry", "organisation auth token", "sentry_org_token", "access_token", "sntrys_", Base64, 80..=600, parsed::sentry, REVOKE_SENTRY, "docs.sentry.io/account/auth-tokens";
    "sentry", "user auth token", "sentry_user_token", "access_token", "sntryu_", Hex, 64..=64, parsed::none, REVOKE_SENTRY, "docs.sentry.io/account/auth-tokens";
    "1password", "service account token", "onepassword_service_account_token", "access_token", "ops_", Base64, 200..=4000, parsed::onepassword, REVOKE_OP, "developer.1password.com/docs/service-accounts";
    "vault", "service token", "vault_service_token", "access_token", "hvs.", Dotted, 24..=400, parsed::vault, REVOKE_VAULT, "developer.hashicorp.com/vault/docs/concepts/tokens";
    "vault", "batch token", "vault_batch_token", "access_token", "hvb.", Dotted, 24..=400, parsed::vault, REVOKE_VAULT, "developer.hashicorp.com/vault/docs/concepts/tokens";
    "vault", "recovery token", "vault_recovery_token", "access_token", "hvr.", Dotted, 24..=400, parsed::vault, REVOKE_VAULT, "developer.hashicorp.com/vault/docs/concepts/tokens";
    "vault", "legacy or OpenBao service token", "vault_legacy_service_token", "access_token", "s.", Alnum, 24..=24, parsed::none, REVOKE_VAULT, "developer.hashicorp.com/vault/docs/concepts/tokens";
    "vault", "legacy or OpenBao batch token", "vault_legacy_batch_token", "access_token", "b.", Alnum, 24..=400, parsed::none, REVOKE_VAULT, "developer.hashicorp.com/vault/docs/concepts/tokens";
    "anthropic", "API key", "anthropic_api_key", "api_key", "sk-ant-api", Url, 60..=200, parsed::none, REVOKE_ANT, "docs.anthropic.com/en/api/overview";
    "anthropic", "admin API key", "anthropic_admin_key", "api_key", "sk-ant-admin", Url, 60..=200, parsed::none, REVOKE_ANT, "docs.anthropic.com/en/api/overview";
    "anthropic", "OAuth access token", "anthropic_oauth_token", "oauth_access_token", "sk-ant-oat", Url, 60..=200, parsed::none, REVOKE_ANTO, "docs.anthropic.com/en/api/overview";
    "anthropic", "OAuth refresh token", "anthropic_refresh_token", "oauth_refresh_token", "sk-ant-ort", Url, 60..=200, parsed::none, REVOKE_ANTO, "docs.anthropic.com/en/api/overview";
    "openai", "project API key", "openai_project_key", "api_key", "sk-proj-", Url, 40..=220, parsed::openai, REVOKE_OAI, "platform.openai.com/docs/api-reference/authentication";
    "openai", "service account key", "openai_service_account_key", "api_key", "sk-svcacct-", Url, 40..=220, parsed::openai, REVOKE_OAI, "platform.openai.com/docs/api-reference/authentication";
    "openai", "admin key", "openai_admin_key", "api_key", "sk-admin-", Url, 40..=220, parsed::openai, REVOKE_OAI, "platform.openai.com/docs/api-reference/authentication";
    "openai", "API key", "openai_api_key", "api_key", "sk-", Url, 40..=220, parsed::openai, REVOKE_OAI, "platform.openai.com/docs/api-reference/authentication";
    "google", "API key", "google_api_key", "api_key", "AIza", Url, 35..=35, parsed::none, REVOKE_GOOG, "cloud.google.com/docs/authentication/api-keys";
    "google", "OAuth access token", "google_oauth_token", "oauth_access_token", "ya29.", Dotted, 30..=2000, parsed::none, REVOKE_GOOGT, "cloud.google.com/docs/authentication/token-types";
    "google", "OAuth refresh token", "google_refresh_token", "oauth_refresh_token", "1//0", Url, 38..=300, parsed::none, REVOKE_GOOGT, "cloud.google.com/docs/authentication/token-types";
    "google", "OAuth client secret", "google_client_secret", "oauth_client_secret", "GOCSPX-", Url, 28..=28, parsed::none, REVOKE_GOOGC, "developers.google.com/identity/protocols/oauth2";
    "azure", "shared access signature", "azure_sas", "access_token", "https://", Graphic, 60..=4000, parsed::azure_sas, REVOKE_AZSAS, "learn.microsoft.com/azure/storage/common/storage-sas-overview";
    "discord", "webhook", "discord_webhook", "webhook_url", "https://discord.com/api/webhooks/", Graphic, 40..=200, parsed::discord_webhook, REVOKE_DCW, "discord.com/developers/docs/resources/webhook";
    "twilio", "account SID", "twilio_account_sid", "key_id", "AC", Hex, 32..=32, parsed::twilio, REVOKE_TWI, "twilio.com/docs/glossary/what-is-a-sid";
    "twilio", "API key SID", "twilio_api_key_sid", "key_id", "SK", Hex, 32..=32, parsed::twilio, REVOKE_TWI, "twilio.com/docs/iam/api-keys";
    "sendgrid", "API key", "sendgrid_api_key", "api_key", "SG.", Dotted, 66..=66, parsed::none, REVOKE_SG, "docs.sendgrid.com/ui/account-and-settings/api-keys";
    "databricks", "personal access token", "databricks_pat", "access_token", "dapi", Url, 32..=38, parsed::none, REVOKE_DBX, "docs.databricks.com/dev-tools/auth/pat";
    "doppler", "service token", "doppler_service_token", "access_token", "dp.st.", Dotted, 40..=120, parsed::doppler, REVOKE_DOP, "docs.doppler.com/reference/auth-token-formats";
    "doppler", "personal token", "doppler_personal_token", "access_token", "dp.pt.", Dotted, 40..=120, parsed::doppler, REVOKE_DOP, "docs.doppler.com/reference/auth-token-formats";
    "doppler", "CLI token", "doppler_cli_token", "access_token", "dp.ct.", Dotted, 40..=120, parsed::doppler, REVOKE_DOP, "docs.doppler.com/reference/auth-token-formats";
    "doppler", "service account token", "doppler_service_account_token", "access_token", "dp.sa.", Dotted, 40..=120, parsed::doppler, REVOKE_DOP, "docs.doppler.com/reference/auth-token-formats";
    "doppler", "SCIM token", "doppler_scim_token", "access_token", "dp.scim.", Dotted, 40..=120, parsed::doppler, REVOKE_DOP, "docs.doppler.com/reference/auth-token-formats";
    "doppler", "audit token", "doppler_audit_token", "access_token", "dp.audit.", Dotted, 40..=120, parsed::doppler, REVOKE_DOP, "docs.doppler.com/reference/auth-token-formats";
    "hubspot", "private app token", "hubspot_private_app_token", "access_token", "pat-", Url, 38..=50, parsed::hubspot, REVOKE_HS, "developers.hubspot.com/docs/guides/apps/private-apps/overview";
    "digitalocean", "personal access token", "digitalocean_pat", "access_token", "dop_v1_", Hex, 64..=64, parsed::none, REVOKE_DO, "docs.digitalocean.com/reference/api/create-personal-access-token";
    "digitalocean", "OAuth token", "digitalocean_oauth_token", "access_token", "doo_v1_", Hex, 64..=64, parsed::none, REVOKE_DO, "docs.digitalocean.com/reference/api/create-personal-access-token";
    "digitalocean", "OAuth refresh token", "digitalocean_refresh_token", "oauth_refresh_token", "dor_v1_", Hex, 64..=64, parsed::none, REVOKE_DO, "docs.digitalocean.com/reference/api/create-personal-access-token";
    "hugging_face", "access token", "hugging_face_token", "access_token", "hf_", Alnum, 30..=40, parsed::none, REVOKE_HF, "huggingface.co/docs/hub/security-tokens";
    "fly", "macaroon token", "fly_token", "access_token", "FlyV1 ", Graphic, 50..=8000, parsed::none, REVOKE_FLY, "fly.io/docs/security/tokens";
    "docker", "personal access token", "docker_hub_pat", "access_token", "dckr_pat_", Url, 27..=32, parsed::none, REVOKE_DH, "docs.docker.com/security/access-tokens";
    "docker", "organisation access token", "docker_hub_oat", "access_token", "dckr_oat_", Url, 27..=64, parsed::none, REVOKE_DH, "docs.docker.com/enterprise/security/access-tokens";
    "atlassian", "API token", "atlassian_api_token", "api_key", "ATATT3", Base64, 80..=400, parsed::none, REVOKE_ATL, "support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account";
    "atlassian", "Bitbucket repository or project token", "bitbucket_access_token", "access_token", "ATCTT3", Base64, 80..=400, parsed::none, REVOKE_ATL, "support.atlassian.com/bitbucket-cloud/docs/access-tokens";
    "linear", "API key", "linear_api_key", "api_key", "lin_api_", Alnum, 40..=48, parsed::none, REVOKE_LIN, "linear.app/developers/graphql";
    "notion", "integration token", "notion_integration_token", "access_token", "ntn_", Alnum, 40..=60, parsed::none, REVOKE_NOT, "developers.notion.com/docs/authorization";
    "notion", "integration token (before 2024)", "notion_integration_token", "access_token", "secret_", Alnum, 43..=43, parsed::none, REVOKE_NOT, "developers.notion.com/docs/authorization";
    "shopify", "admin API access token", "shopify_access_token", "access_token", "shpat_", Hex, 32..=32, parsed::none, REVOKE_SHOP, "shopify.dev/docs/apps/build/authentication-authorization";
    "shopify", "custom app access token", "shopify_custom_app_token", "access_token", "shpca_", Hex, 32..=32, parsed::none, REVOKE_SHOP, "shopify.dev/docs/apps/build/authentication-authorization";
    "shopify", "private app password", "shopify_private_app_password", "access_token", "shppa_", Hex, 32..=32, parsed::none, REVOKE_SHOP, "shopify.dev/docs/apps/build/authentication-authorization";
    "shopify", "app secret", "shopify_app_secret", "oauth_client_secret", "shpss_", Hex, 32..=32, parsed::none, REVOKE_SHOP, "shopify.dev/docs/apps/build/authentication-authorization";
    "planetscale", "branch password", "planetscale_password", "access_token", "pscale_pw_", Dotted, 30..=70, parsed::none, REVOKE_PS, "planetscale.com/docs/concepts/connection-strings";
    "planetscale", "service token", "planetscale_service_token", "access_token", "pscale_tkn_", Dotted, 30..=70, parsed::none, REVOKE_PS, "planetscale.com/docs/concepts/connection-strings";
    "planetscale", "OAuth token", "planetscale_oauth_token", "access_token", "pscale_oauth_", Dotted, 30..=70, parsed::none, REVOKE_PS, "planetscale.com/docs/concepts/connection-strings";
    "supabase", "personal access token", "supabase_pat", "access_token", "sbp_", Hex, 40..=40, parsed::none, REVOKE_SUPA, "supabase.com/docs/reference/api";
    "supabase", "project secret key", "supabase_secret_key", "api_key", "sb_secret_", Url, 20..=60, parsed::none, REVOKE_SUPA, "supabase.com/docs/guides/api/api-keys";
    "new_relic", "user key", "new_relic_user_key", "api_key", "NRAK-", Upper, 27..=27, parsed::none, REVOKE_NR, "docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys";
    "new_relic", "browser key", "new_relic_browser_key", "api_key", "NRJS-", Hex, 19..=19, parsed::none, REVOKE_NR, "docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys";
    "new_relic", "insert key", "new_relic_insert_key", "api_key", "NRII-", Url, 32..=32, parsed::none, REVOKE_NR, "docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys";
    "datadog", "personal or service access token", "datadog_access_token", "access_token", "ddpat_", Url, 30..=80, parsed::none, REVOKE_DD, "docs.datadoghq.com/account_management/api-app-keys";
    "rubygems", "API key", "rubygems_api_key", "api_key", "rubygems_", Hex, 48..=48, parsed::none, REVOKE_X, "guides.rubygems.org/api-key-scopes";
    "crates_io", "API token", "crates_io_token", "access_token", "cio", Alnum, 32..=32, parsed::none, REVOKE_X, "crates.io/settings/tokens";
    "age", "secret key", "age_secret_key", "private_key", "AGE-SECRET-KEY-1", Upper, 58..=58, parsed::none, REVOKE_AGE, "age-encryption.org/v1";
    "pulumi", "access token", "pulumi_access_token", "access_token", "pul-", Hex, 40..=40, parsed::none, REVOKE_X, "pulumi.com/docs/pulumi-cloud/access-management/access-tokens";
    "postman", "API key", "postman_api_key", "api_key", "PMAK-", Url, 59..=59, parsed::none, REVOKE_X, "learning.postman.com/docs/developer/postman-api/authentication";
    "figma", "personal access token", "figma_pat", "access_token", "figd_", Url, 38..=60, parsed::none, REVOKE_X, "figma.com/developers/api#access-tokens";
    "tailscale", "key", "tailscale_key", "access_token", "tskey-", Url, 20..=120, parsed::none, REVOKE_X, "tailscale.com/kb/1252/key-secret-management";
    "groq", "API key", "groq_api_key", "api_key", "gsk_", Alnum, 52..=52, parsed::none, REVOKE_X, "console.groq.com/docs";
    "hcp_terraform", "API token", "terraform_cloud_token", "access_token", "", Dotted, 80..=120, parsed::terraform, REVOKE_TFC, "developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens";
    "telegram", "bot token", "telegram_bot_token", "access_token", "", Graphic, 44..=46, parsed::telegram, REVOKE_TG, "core.telegram.org/bots/api#authorizing-your-bot";
    "discord", "bot token", "discord_bot_token", "access_token", "", Dotted, 58..=80, parsed::discord, REVOKE_DC, "discord.com/developers/docs/reference#authentication";
    "mailchimp", "API key", "mailchimp_api_key", "api_key", "", Url, 36..=37, parsed::mailchimp, REVOKE_MC, "mailchimp.com/developer/marketing/guides/quick-start";
    "google", "OAuth client id", "google_oauth_client_id", "key_id", "", Dotted, 40..=90, parsed::google_client_id, REVOKE_GOOGC, "developers.google.com/identity/protocols/oauth2";
    "entra", "client secret", "entra_client_secret", "oauth_client_secret", "", Graphic, 37..=44, parsed::entra_secret, REVOKE_ENTRA, "learn.microsoft.com/entra/identity-platform/how-to-add-credentials";
    "azure", "identifiable key", "azure_identifiable_key", "api_key", "", Base64, 44..=88, azure::decode, REVOKE_AZK, "github.com/microsoft/security-utilities";
};
