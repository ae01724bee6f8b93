//! Google Cloud resources, named as the Google sources name them.

use base64::Engine as _;
use formats::files::{self, FileFormat};
use model::{Alias, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge, Secret, Status};
use serde_json::Value;

use super::resource::{Described, Resource};

const PROVIDER: &str = "gcp";

/// What a Google resource is.
pub(crate) fn describe(resource: &Resource<'_>) -> Option<Described> {
    Some(match resource.kind {
        "google_service_account" => service_account(resource),
        "google_service_account_key" => key(resource),
        "google_project" => {
            let id = resource.text("project_id");
            Described::new(
                NodeKind::Account,
                "gcp_project",
                resource.name(),
                id.map(|id| NodeRef::global(NodeKind::Account, PROVIDER, id)),
            )
        }
        "google_secret_manager_secret" => named(
            resource,
            NodeKind::SecretContainer,
            "gcp_secret_manager_secret",
        ),
        "google_iam_workload_identity_pool" => {
            named(resource, NodeKind::FederationProvider, "gcp_identity_pool")
        }
        "google_iam_workload_identity_pool_provider" => named(
            resource,
            NodeKind::FederationProvider,
            "gcp_identity_pool_provider",
        ),
        "google_project_iam_custom_role" | "google_organization_iam_custom_role" => {
            named(resource, NodeKind::Role, "gcp_role")
        }
        _ => return None,
    })
}

fn named(resource: &Resource<'_>, kind: NodeKind, subtype: &str) -> Described {
    let node = resource
        .text("name")
        .filter(|name| name.contains('/'))
        .map(|name| NodeRef::global(kind, PROVIDER, name));
    Described::new(kind, subtype, resource.name(), node)
}

fn service_account(resource: &Resource<'_>) -> Described {
    let email = resource.text("email").map(str::to_lowercase);
    let mut found = Described::new(
        NodeKind::Identity,
        "gcp_service_account",
        resource
            .first(&["display_name", "email", "account_id"])
            .unwrap_or(&resource.address),
        email
            .as_deref()
            .map(|email| NodeRef::global(NodeKind::Identity, PROVIDER, email)),
    );
    found.attributes.class = Some(Class::Machine);
    found.attributes.tenant = resource.text("project").map(str::to_owned);
    found.attributes.description = resource.text("description").map(str::to_owned);
    if resource.values.get("disabled") == Some(&Value::Bool(true)) {
        found.attributes.status = Some(Status::Disabled);
    }
    found.aliases.extend(
        resource
            .text("unique_id")
            .map(|id| Alias::same(format!("gcp:unique_id:{id}"))),
    );
    found
}

/// `name` is `projects/p/serviceAccounts/e-mail/keys/id`.
fn key(resource: &Resource<'_>) -> Described {
    let name = resource.first(&["name", "id"]).unwrap_or_default();
    let parts: Vec<&str> = name.split('/').collect();
    let ids = match parts.as_slice() {
        ["projects", _, "serviceAccounts", email, "keys", id] => Some((email.to_lowercase(), *id)),
        _ => None,
    };
    let node = ids.as_ref().map(|(email, id)| {
        NodeRef::global(
            NodeKind::Credential,
            PROVIDER,
            format!("{email}/keys/{id}"),
        )
    });
    let mut found = Described::new(
        NodeKind::Credential,
        "gcp_service_account_key",
        ids.as_ref().map_or(resource.address.as_str(), |(_, id)| *id),
        node,
    );
    found.attributes.created = resource.time("valid_after");
    found.attributes.expires = resource.time("valid_before").map(|fact| match fact.value() {
        Some(time) if time.date().starts_with("9999") => Fact::never(),
        _ => fact,
    });
    found.attributes = found.attributes.with("managed_by", "user");
    if let Some((email, _)) = ids {
        found.edges.push(ObservedEdge::to(
            EdgeKind::Authenticates,
            NodeRef::global(NodeKind::Identity, PROVIDER, email),
        ));
    }
    found.secret = resource.text("private_key").map(|_| "private_key");
    found
}

/// The private key within the base64 of a key file, as the host source fingerprints it.
pub(crate) fn key_file(kind: &str, key: &str, text: &str) -> Option<Secret> {
    if kind != "google_service_account_key" || key != "private_key" {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text.trim())
        .ok()
        .map(Secret::new)?;
    let file = files::parse(FileFormat::GcpCredentials, bytes.expose()).ok()?;
    file.entries.into_iter().find_map(|entry| entry.secret)
}
