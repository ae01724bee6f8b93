//! The objects of Microsoft Graph, as far as they are read; AzureHound writes the same fields.
//!
//! A field that could reveal a secret has no place here: `secretText` and `hint` (the first three
//! characters of a client secret) are never deserialised.

use serde::Deserialize;
use serde_json::Value;

/// Any directory object: the union of the fields of all types, each optional.
/// How a device proves itself: `key` is base64 of UTF-16, `X509:<SHA1-TP-PUBKEY>` and the thumbprint
/// of its certificate.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AlternativeSecurityId {
    pub(super) key: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Resource {
    #[serde(rename = "@odata.type")]
    pub(super) odata_type: Option<String>,
    pub(super) id: Option<String>,
    pub(super) app_id: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) created_date_time: Option<String>,
    pub(super) deleted_date_time: Option<String>,
    pub(super) account_enabled: Option<bool>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) owners: Option<Vec<Self>>,
    pub(super) members: Option<Vec<Self>>,
    pub(super) sponsors: Option<Vec<Self>>,
    // Applications and service principals.
    pub(super) password_credentials: Option<Vec<PasswordCredential>>,
    pub(super) key_credentials: Option<Vec<KeyCredential>>,
    pub(super) federated_identity_credentials: Option<Vec<FederatedCredential>>,
    pub(super) required_resource_access: Option<Value>,
    pub(super) sign_in_audience: Option<String>,
    pub(super) publisher_domain: Option<String>,
    pub(super) publisher_name: Option<String>,
    pub(super) verified_publisher: Option<VerifiedPublisher>,
    pub(super) identifier_uris: Option<Vec<String>>,
    pub(super) web: Option<Redirects>,
    pub(super) spa: Option<Redirects>,
    pub(super) public_client: Option<Redirects>,
    pub(super) is_fallback_public_client: Option<bool>,
    pub(super) service_management_reference: Option<String>,
    pub(super) disabled_by_microsoft_status: Option<String>,
    pub(super) service_principal_type: Option<String>,
    pub(super) app_owner_organization_id: Option<String>,
    pub(super) app_display_name: Option<String>,
    pub(super) alternative_names: Option<Vec<String>>,
    pub(super) service_principal_names: Option<Vec<String>>,
    pub(super) app_roles: Option<Vec<AppRole>>,
    pub(super) app_role_assignment_required: Option<bool>,
    pub(super) app_role_assignments: Option<Vec<Value>>,
    pub(super) agent_identity_blueprint_id: Option<String>,
    pub(super) created_by_app_id: Option<String>,
    // Users, groups, devices.
    pub(super) user_principal_name: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) user_type: Option<String>,
    pub(super) job_title: Option<String>,
    pub(super) on_premises_security_identifier: Option<String>,
    pub(super) last_password_change_date_time: Option<String>,
    pub(super) sign_in_activity: Option<SignIn>,
    pub(super) identity_parent_id: Option<String>,
    pub(super) security_enabled: Option<bool>,
    pub(super) is_assignable_to_role: Option<bool>,
    pub(super) membership_rule: Option<String>,
    pub(super) device_id: Option<String>,
    pub(super) alternative_security_ids: Option<Vec<AlternativeSecurityId>>,
    pub(super) operating_system: Option<String>,
    pub(super) approximate_last_sign_in_date_time: Option<String>,
    pub(super) registration_date_time: Option<String>,
    // Roles.
    pub(super) role_template_id: Option<String>,
    pub(super) template_id: Option<String>,
    pub(super) is_built_in: Option<bool>,
    pub(super) is_enabled: Option<bool>,
    pub(super) is_privileged: Option<bool>,
    pub(super) role_permissions: Option<Value>,
    // Organisation.
    pub(super) verified_domains: Option<Value>,
    pub(super) tenant_type: Option<String>,
    // AzureHound adds these.
    pub(super) tenant_id: Option<String>,
}

/// A client secret; its value and its first characters are not read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PasswordCredential {
    pub(super) key_id: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) start_date_time: Option<String>,
    pub(super) end_date_time: Option<String>,
}

/// A certificate or other key.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct KeyCredential {
    pub(super) key_id: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) start_date_time: Option<String>,
    pub(super) end_date_time: Option<String>,
    pub(super) custom_key_identifier: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) usage: Option<String>,
    /// The public certificate in base64 (only with `$select=keyCredentials`).
    pub(super) key: Option<String>,
}

/// Trust in tokens of an outside issuer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FederatedCredential {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) audiences: Option<Vec<String>>,
    pub(super) description: Option<String>,
    pub(super) claims_matching_expression: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct VerifiedPublisher {
    pub(super) display_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Redirects {
    pub(super) redirect_uris: Option<Vec<String>>,
    pub(super) implicit_grant_settings: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AppRole {
    pub(super) id: Option<String>,
    pub(super) value: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) is_enabled: Option<bool>,
    pub(super) allowed_member_types: Option<Vec<String>>,
}

/// The times of sign-ins, of a user or of one flow of an application.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SignIn {
    pub(super) last_sign_in_date_time: Option<String>,
    pub(super) last_non_interactive_sign_in_date_time: Option<String>,
    pub(super) last_successful_sign_in_date_time: Option<String>,
}

/// A row of `reports/servicePrincipalSignInActivities`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Activity {
    pub(super) app_id: Option<String>,
    pub(super) last_sign_in_activity: Option<SignIn>,
    pub(super) delegated_client_sign_in_activity: Option<SignIn>,
    pub(super) delegated_resource_sign_in_activity: Option<SignIn>,
    pub(super) application_authentication_client_sign_in_activity: Option<SignIn>,
    pub(super) application_authentication_resource_sign_in_activity: Option<SignIn>,
}

/// An application permission given to somebody.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AppRoleAssignment {
    pub(super) app_role_id: Option<String>,
    pub(super) created_date_time: Option<String>,
    pub(super) principal_id: Option<String>,
    pub(super) principal_type: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) resource_display_name: Option<String>,
}

/// A delegated permission given to an application.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PermissionGrant {
    pub(super) id: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) consent_type: Option<String>,
    pub(super) principal_id: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) scope: Option<String>,
}

/// A directory role given to somebody.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RoleAssignment {
    pub(super) role_definition_id: Option<String>,
    pub(super) principal_id: Option<String>,
    pub(super) directory_scope_id: Option<String>,
    pub(super) app_scope_id: Option<String>,
    pub(super) principal: Option<Box<Resource>>,
    pub(super) role_definition: Option<Box<Resource>>,
}

impl Resource {
    /// The last word of `@odata.type`, for example `servicePrincipal`.
    pub(super) fn type_name(&self) -> Option<&str> {
        let word = self.odata_type.as_deref()?;
        Some(word.rsplit('.').next().unwrap_or(word))
    }
}
