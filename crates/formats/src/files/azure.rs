//! Files of the Azure CLI: subscriptions, MSAL token cache, service principals.

use model::TimeUs;
use serde_json::Value;

use super::json::{members, string, value};
use super::{ConfigFile, Entry};
use crate::error::FormatError;

pub(super) fn cli(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let root = value(bytes, "the Azure CLI file")?;
    for subscription in root
        .get("subscriptions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let user = subscription.get("user");
        out.push(
            Entry::new(string(subscription, "id"), "azure_subscription", "none")
                .user(user.map_or("", |user| string(user, "name")))
                .attribute("name", string(subscription, "name"))
                .attribute("tenant", string(subscription, "tenantId"))
                .attribute("state", string(subscription, "state"))
                .attribute("user_type", user.map_or("", |user| string(user, "type"))),
        );
    }
    for (_, token) in members(&root, "AccessToken") {
        let mut entry = Entry::new(
            string(token, "target"),
            "azure_access_token",
            "oauth_access_token",
        )
        .host(string(token, "environment"))
        .public_id(string(token, "client_id"))
        .user(&account_name(&root, string(token, "home_account_id")))
        .attribute("tenant", string(token, "realm"))
        .value(string(token, "secret"));
        let seconds = |key: &str| string(token, key).parse().ok().map(TimeUs::from_seconds);
        entry.expires = seconds("expires_on");
        entry.created = seconds("cached_at");
        out.push(entry);
    }
    for (_, token) in members(&root, "RefreshToken") {
        out.push(
            Entry::new(
                string(token, "client_id"),
                "azure_refresh_token",
                "oauth_refresh_token",
            )
            .host(string(token, "environment"))
            .public_id(string(token, "client_id"))
            .user(&account_name(&root, string(token, "home_account_id")))
            .value(string(token, "secret")),
        );
    }
    for item in root.as_array().into_iter().flatten() {
        list_item(item, out);
    }
    Ok(())
}

/// The user name of an MSAL home account.
fn account_name(root: &Value, home: &str) -> String {
    members(root, "Account")
        .find(|(_, account)| string(account, "home_account_id") == home)
        .map_or_else(
            || home.to_owned(),
            |(_, account)| string(account, "username").to_owned(),
        )
}

/// `accessTokens.json` of old CLIs and `service_principal_entries.json` are lists.
fn list_item(item: &Value, out: &mut ConfigFile) {
    let tenant = ["tenant", "servicePrincipalTenant"]
        .iter()
        .map(|key| string(item, key))
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let client = ["client_id", "servicePrincipalId"]
        .iter()
        .map(|key| string(item, key))
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    if !client.is_empty() {
        let mut entry = Entry::new(client, "entra_client_secret", "oauth_client_secret")
            .user(client)
            .public_id(client)
            .attribute("tenant", tenant)
            .value(string(item, "client_secret"))
            .value(string(item, "accessToken"));
        let certificate = string(item, "certificate");
        let certificate = if certificate.is_empty() {
            string(item, "certificateFile")
        } else {
            certificate
        };
        if !certificate.is_empty() {
            entry = entry.points_to(format!("file: {certificate}"));
        }
        out.push(entry);
        return;
    }
    let user = string(item, "userId");
    let access = string(item, "accessToken");
    if !access.is_empty() {
        out.push(
            Entry::new(
                string(item, "resource"),
                "azure_access_token",
                "oauth_access_token",
            )
            .user(user)
            .attribute("tenant", tenant)
            .value(access),
        );
    }
    let refresh = string(item, "refreshToken");
    if !refresh.is_empty() {
        out.push(
            Entry::new(
                string(item, "resource"),
                "azure_refresh_token",
                "oauth_refresh_token",
            )
            .user(user)
            .attribute("tenant", tenant)
            .value(refresh),
        );
    }
}
