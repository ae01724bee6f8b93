//! Which type an object of Graph is: by `@odata.type`, by the context of its list, by its fields.

use serde_json::Value;

use crate::imports::{Match, Probe};

/// The types that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Application,
    ServicePrincipal,
    User,
    Group,
    Device,
    Role,
    Organization,
    Federated,
    AppRoleAssignment,
    PermissionGrant,
    RoleAssignment,
    Activity,
}

/// What `@odata.context` says about the objects under it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Context {
    /// The last word of the path, for example `applications`.
    pub(super) word: String,
    /// The object that the list belongs to (`applications('…')/…`).
    pub(super) parent: Option<String>,
    /// `$select` named `signInActivity`.
    pub(super) selects_sign_in: bool,
}

impl Context {
    pub(super) fn parse(text: &str) -> Self {
        let (_, fragment) = text.split_once('#').unwrap_or(("", text));
        let mut parent = None;
        let mut path = String::new();
        // Take out what stands in parentheses: a key in quotes names a parent, a list is $select.
        let mut depth = 0_u32;
        let mut inside = String::new();
        for ch in fragment.chars() {
            match ch {
                '(' => {
                    depth += 1;
                    inside.clear();
                }
                ')' => {
                    depth = depth.saturating_sub(1);
                    if let Some(key) = inside.strip_prefix('\'') {
                        parent = Some(key.trim_end_matches('\'').to_owned());
                    }
                    inside.clear();
                }
                ch if depth > 0 => inside.push(ch),
                ch => path.push(ch),
            }
        }
        let word = path
            .split('/')
            .rfind(|word| !word.is_empty() && *word != "$entity" && !word.contains('.'))
            .unwrap_or_default()
            .to_owned();
        Self {
            word,
            parent,
            selects_sign_in: fragment.contains("signInActivity"),
        }
    }
}

/// Decides the type of an object.
pub(super) fn kind_of(context: &Context, value: &Value) -> Option<Kind> {
    by_type(value)
        .or_else(|| by_context(&context.word))
        .or_else(|| by_fields(value))
}

fn by_type(value: &Value) -> Option<Kind> {
    let word = value.get("@odata.type")?.as_str()?.rsplit('.').next()?;
    Some(match word {
        "application" | "agentIdentityBlueprint" => Kind::Application,
        "servicePrincipal" | "agentIdentity" | "agentIdentityBlueprintPrincipal" => {
            Kind::ServicePrincipal
        }
        "user" | "agentUser" => Kind::User,
        "group" => Kind::Group,
        "device" => Kind::Device,
        "directoryRole" | "unifiedRoleDefinition" | "directoryRoleTemplate" => Kind::Role,
        "organization" => Kind::Organization,
        "federatedIdentityCredential" => Kind::Federated,
        "appRoleAssignment" => Kind::AppRoleAssignment,
        "oAuth2PermissionGrant" => Kind::PermissionGrant,
        "unifiedRoleAssignment" => Kind::RoleAssignment,
        "servicePrincipalSignInActivity" => Kind::Activity,
        _ => return None,
    })
}

fn by_context(word: &str) -> Option<Kind> {
    Some(match word {
        "applications" => Kind::Application,
        "servicePrincipals" => Kind::ServicePrincipal,
        "users" => Kind::User,
        "groups" => Kind::Group,
        "devices" => Kind::Device,
        "directoryRoles" | "roleDefinitions" | "directoryRoleTemplates" => Kind::Role,
        "organization" => Kind::Organization,
        "federatedIdentityCredentials" => Kind::Federated,
        "appRoleAssignments" | "appRoleAssignedTo" => Kind::AppRoleAssignment,
        "oauth2PermissionGrants" => Kind::PermissionGrant,
        "roleAssignments" => Kind::RoleAssignment,
        "servicePrincipalSignInActivities" => Kind::Activity,
        _ => return None,
    })
}

/// Types by the fields that only they have, in the order in which they are looked for.
const FIELDS: &[(&[&str], Kind)] = &[
    (&["principalId", "appRoleId"], Kind::AppRoleAssignment),
    (&["clientId", "consentType"], Kind::PermissionGrant),
    (&["principalId", "roleDefinitionId"], Kind::RoleAssignment),
    (&["issuer", "subject", "audiences"], Kind::Federated),
    (&["appId", "lastSignInActivity"], Kind::Activity),
    (&["servicePrincipalType"], Kind::ServicePrincipal),
    (&["servicePrincipalNames"], Kind::ServicePrincipal),
    (&["agentIdentityBlueprintId"], Kind::ServicePrincipal),
    (&["appId", "requiredResourceAccess"], Kind::Application),
    (&["appId", "signInAudience"], Kind::Application),
    (&["appId", "passwordCredentials"], Kind::Application),
    (&["appId", "keyCredentials"], Kind::Application),
    (&["userPrincipalName"], Kind::User),
    (&["rolePermissions"], Kind::Role),
    (&["roleTemplateId"], Kind::Role),
    (&["verifiedDomains"], Kind::Organization),
    (&["deviceId", "operatingSystem"], Kind::Device),
    (&["securityEnabled", "mailEnabled"], Kind::Group),
];

fn by_fields(value: &Value) -> Option<Kind> {
    FIELDS
        .iter()
        .find(|(fields, _)| fields.iter().all(|field| value.get(field).is_some()))
        .map(|(_, kind)| *kind)
}

/// Tells lists and objects without a context, as the Azure CLI and Graph PowerShell write them.
pub(super) fn detect(probe: &Probe<'_>) -> Match {
    for prefix in ["value.[].", "[].", ""] {
        let has = |field: &str| {
            probe.has_key(&format!("{prefix}{field}"))
                || probe.has_key(&format!("{prefix}{}", pascal(field)))
        };
        for (fields, kind) in FIELDS {
            if fields.iter().all(|field| has(field)) && has("id") {
                return match kind {
                    // Other products have users with such a name, and groups with such flags.
                    Kind::User | Kind::Group | Kind::Device | Kind::RoleAssignment => Match::Maybe,
                    Kind::Federated | Kind::Role if prefix.is_empty() => Match::Maybe,
                    _ => Match::Sure,
                };
            }
        }
    }
    Match::No
}

fn pascal(field: &str) -> String {
    let mut chars = field.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}

/// Graph PowerShell writes the fields with a capital and puts `@odata.type` into
/// `AdditionalProperties`; brings both to the form of Graph.
pub(super) fn graph_case(value: Value) -> Value {
    match value {
        Value::Object(map) if map.contains_key("Id") || map.contains_key("AppId") => {
            lower_first(Value::Object(map))
        }
        other => other,
    }
}

fn lower_first(value: Value) -> Value {
    match value {
        Value::Array(list) => Value::Array(list.into_iter().map(lower_first).collect()),
        Value::Object(map) => {
            let mut out = serde_json::Map::new();
            for (key, value) in map {
                if key == "AdditionalProperties" {
                    if let Value::Object(more) = value {
                        out.extend(more);
                    }
                    continue;
                }
                let mut chars = key.chars();
                let key = chars
                    .next()
                    .map(|first| first.to_ascii_lowercase().to_string() + chars.as_str())
                    .unwrap_or_default();
                out.insert(key, lower_first(value));
            }
            Value::Object(out)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_as_graph_writes_them() {
        let parse = |text: &str| {
            let context = Context::parse(&format!(
                "https://graph.microsoft.com/v1.0/$metadata#{text}"
            ));
            (context.word, context.parent, context.selects_sign_in)
        };
        let id = "bcd7c908-1c4d-4d48-93ee-ff38349a75c8";
        assert_eq!(
            parse("applications/$entity"),
            ("applications".into(), None, false)
        );
        assert_eq!(
            parse("users(id,displayName,signInActivity)"),
            ("users".into(), None, true)
        );
        assert_eq!(
            parse(&format!(
                "applications('{id}')/federatedIdentityCredentials"
            )),
            (
                "federatedIdentityCredentials".into(),
                Some(id.into()),
                false
            )
        );
        assert_eq!(
            parse("roleManagement/directory/roleAssignments(principal())"),
            ("roleAssignments".into(), None, false)
        );
        assert_eq!(
            parse("reports/servicePrincipalSignInActivities"),
            ("servicePrincipalSignInActivities".into(), None, false)
        );
    }

    #[test]
    fn powershell_becomes_graph() {
        let value = graph_case(serde_json::json!({
            "Id": "1", "AppId": "2", "PasswordCredentials": [{"KeyId": "3"}],
            "AdditionalProperties": {"@odata.type": "#microsoft.graph.application"}
        }));
        assert_eq!(value["passwordCredentials"][0]["keyId"], "3");
        assert_eq!(
            kind_of(&Context::default(), &value),
            Some(Kind::Application)
        );
    }
}
