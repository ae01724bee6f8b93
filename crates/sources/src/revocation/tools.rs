//! Ways to revoke what tools and smaller services keep.

use super::{CREDENTIAL, Entry};

/// Ways for the credentials of tools.
pub(super) const TOOLS: &[Entry] = &[
    Entry {
        kind: CREDENTIAL,
        subtypes: &["aws_acm_certificate"],
        who: "whoever has acm:DeleteCertificate in the account",
        steps: &[(
            "Give every listener another certificate, then delete this one; a public one is revoked on request to AWS \
             Support",
            Some("aws acm delete-certificate --certificate-arn {native}"),
        )],
        proof: "`aws acm list-certificates` no longer lists it",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["aws_server_certificate"],
        who: "whoever has iam:DeleteServerCertificate in the account",
        steps: &[(
            "Give every listener another certificate, then delete this one and revoke it at its issuer",
            Some("aws iam delete-server-certificate --server-certificate-name {last}"),
        )],
        proof: "`aws iam list-server-certificates` no longer lists it",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["aws_service_specific_credential"],
        who: "whoever has iam:DeleteServiceSpecificCredential on the user, or the user itself",
        steps: &[(
            "Delete the credential",
            Some(
                "aws iam delete-service-specific-credential --user-name {identity} --service-specific-credential-id {last}",
            ),
        )],
        proof: "`aws iam list-service-specific-credentials` no longer lists it",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["azure_storage_key"],
        who: "whoever has Microsoft.Storage/storageAccounts/regenerateKey/action on the account",
        steps: &[(
            "Move its users to the other key, then renew this one; every SAS it signed ends with it",
            Some(
                "az storage account keys renew --account-name <ACCOUNT> --key <primary|secondary>",
            ),
        )],
        proof: "requests signed with it answer AuthenticationFailed",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["entra_client_key"],
        who: "an owner of the application, or an Application Administrator",
        steps: &[(
            "Remove the key {last} from the application",
            Some("az ad app credential delete --id {head} --key-id {last} --cert"),
        )],
        proof: "`az ad app credential list --cert` no longer lists it",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["entra_oauth_grant"],
        who: "a Cloud Application Administrator of the tenant, or the user who consented",
        steps: &[(
            "Delete the grant; access tokens already issued live on for about an hour",
            Some(
                "az rest --method DELETE --url https://graph.microsoft.com/v1.0/oauth2PermissionGrants/{last}",
            ),
        )],
        proof: "the grant is no longer listed; the application is asked for consent again",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &[
            "anthropic_oauth_access_token",
            "anthropic_oauth_refresh_token",
            "aws_sso_access_token",
            "aws_sso_client",
            "aws_sso_refresh_token",
            "azure_access_token",
            "azure_refresh_token",
            "gcp_authorized_user",
            "google_oauth_access_token",
            "google_oauth_refresh_token",
            "mcp_oauth_access_token",
            "mcp_oauth_refresh_token",
            "model_oauth_access_token",
            "model_oauth_refresh_token",
            "openai_id_token",
            "openai_oauth_access_token",
            "openai_oauth_refresh_token",
            "qwen_oauth_access_token",
            "qwen_oauth_refresh_token",
        ],
        who: "the person whose session it is, or an administrator of the provider's tenant",
        steps: &[(
            "Sign the tool out and revoke the person's sessions at the provider; an access token already issued lives on \
             until it ends",
            None,
        )],
        proof: "the tool asks for a new sign-in",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &[
            "cargo_registry_token",
            "composer_oauth_client",
            "composer_token",
            "docker_identity_token",
            "docker_registry_token",
            "forge_cli_token",
            "git_extra_header",
            "gitlab_group_access_token",
            "gitlab_project_access_token",
            "model_api_key",
            "npm_registry_token",
        ],
        who: "the owner of the account at the host it is for, or that host's administrator",
        steps: &[(
            "Delete it in the account's settings at the host it is for, then remove it from where it lies",
            None,
        )],
        proof: "a request with it answers 401",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["oidc_private_signing_key", "oidc_signing_key"],
        who: "whoever runs the issuer",
        steps: &[(
            "Publish another key, sign with it, and take this one out of the issuer's key set: every token it signed ends \
             with it",
            None,
        )],
        proof: "the issuer's key set no longer lists its key id",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["vault_token", "vault_secret_id"],
        who: "an operator of the vault, or the token itself",
        steps: &[(
            "Revoke the token, or destroy the secret id of the role",
            Some("vault token revoke -accessor <ACCESSOR>"),
        )],
        proof: "`vault token lookup` answers bad token",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &[
            "openvpn_certificate",
            "openvpn_private_key",
            "openvpn_static_key",
            "wireguard_private_key",
        ],
        who: "root on each peer that accepts it",
        steps: &[(
            "Remove its public half from every peer (a certificate: put it on the revocation list the server reads), then \
             make a new one",
            None,
        )],
        proof: "a handshake with it is refused",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["openpgp_private_key"],
        who: "whoever holds the key and its passphrase",
        steps: &[(
            "Publish its revocation certificate and tell whoever encrypts to it or trusts its signatures",
            Some("gpg --gen-revoke <FINGERPRINT>"),
        )],
        proof: "`gpg --list-keys` shows it as revoked on the machines that trusted it",
    },
];
