//! Which attributes of which resources hold a secret, after the providers' documentation.

use crate::material::Made;

/// Attributes that hold a secret value, whatever their name says, and who makes it.
pub(super) const KNOWN: &[(&str, &str, &str, Made)] = &[
    (
        "aws_iam_access_key",
        "ses_smtp_password_v4",
        "aws_ses_smtp_password",
        Made::ByMachine,
    ),
    (
        "aws_secretsmanager_secret_version",
        "secret_string",
        "secret",
        Made::ByPerson,
    ),
    ("aws_ssm_parameter", "value", "secret", Made::ByPerson),
    (
        "aws_db_instance",
        "password",
        "database_password",
        Made::ByPerson,
    ),
    (
        "aws_rds_cluster",
        "master_password",
        "database_password",
        Made::ByPerson,
    ),
    (
        "google_secret_manager_secret_version",
        "secret_data",
        "secret",
        Made::ByPerson,
    ),
    (
        "google_sql_user",
        "password",
        "database_password",
        Made::ByPerson,
    ),
    (
        "azurerm_key_vault_secret",
        "value",
        "secret",
        Made::ByPerson,
    ),
    (
        "azurerm_storage_account",
        "primary_access_key",
        "azure_storage_key",
        Made::ByMachine,
    ),
    (
        "azurerm_storage_account",
        "secondary_access_key",
        "azure_storage_key",
        Made::ByMachine,
    ),
    ("random_password", "result", "password", Made::ByMachine),
    (
        "random_password",
        "bcrypt_hash",
        "password_hash",
        Made::ByMachine,
    ),
    (
        "vault_token",
        "client_token",
        "vault_token",
        Made::ByMachine,
    ),
    (
        "vault_approle_auth_backend_role_secret_id",
        "secret_id",
        "vault_secret_id",
        Made::ByMachine,
    ),
    (
        "vault_approle_auth_backend_login",
        "client_token",
        "vault_token",
        Made::ByMachine,
    ),
    (
        "vault_generic_secret",
        "data_json",
        "secret",
        Made::ByPerson,
    ),
    ("vault_kv_secret_v2", "data_json", "secret", Made::ByPerson),
    (
        "github_actions_secret",
        "plaintext_value",
        "ci_secret",
        Made::ByPerson,
    ),
    (
        "github_actions_organization_secret",
        "plaintext_value",
        "ci_secret",
        Made::ByPerson,
    ),
    (
        "github_actions_environment_secret",
        "plaintext_value",
        "ci_secret",
        Made::ByPerson,
    ),
    (
        "github_dependabot_secret",
        "plaintext_value",
        "ci_secret",
        Made::ByPerson,
    ),
    (
        "gitlab_project_variable",
        "value",
        "ci_secret",
        Made::ByPerson,
    ),
    (
        "gitlab_deploy_token",
        "token",
        "gitlab_deploy_token",
        Made::ByMachine,
    ),
    (
        "gitlab_project_access_token",
        "token",
        "gitlab_project_access_token",
        Made::ByMachine,
    ),
    (
        "gitlab_group_access_token",
        "token",
        "gitlab_group_access_token",
        Made::ByMachine,
    ),
];

/// Attributes that are the same secret in another dress, or no secret of their own.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    ("tls_private_key", "private_key_openssh"),
    ("tls_private_key", "private_key_pem_pkcs8"),
    ("aws_iam_access_key", "encrypted_secret"),
    ("aws_iam_access_key", "encrypted_ses_smtp_password_v4"),
    // Write-only hashes of the secret's version, not the secret.
    ("aws_secretsmanager_secret_version", "version_id"),
];
