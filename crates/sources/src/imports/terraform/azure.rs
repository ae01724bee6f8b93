//! Entra and Azure resources, named as the Entra sources name them.

use model::{Alias, Class, EdgeKind, NodeKind, NodeRef, ObservedEdge};

use super::resource::{Described, Resource};

const PROVIDER: &str = "entra";

/// What an Entra or Azure resource is.
pub(crate) fn describe(resource: &Resource<'_>) -> Option<Described> {
    Some(match resource.kind {
        "azuread_application" | "azuread_application_registration" => {
            let mut found = principal(
                resource,
                NodeKind::Application,
                "entra_app_registration",
                "object_id",
            );
            if let Some(id) = app_id(resource) {
                found
                    .aliases
                    .push(Alias::same(format!("entra:application:{id}")));
            }
            found
        }
        "azuread_service_principal" => principal(
            resource,
            NodeKind::Identity,
            "entra_service_principal",
            "object_id",
        ),
        "azurerm_user_assigned_identity" => {
            let mut found = principal(
                resource,
                NodeKind::Identity,
                "entra_managed_identity",
                "principal_id",
            );
            found.attributes.tenant = resource.text("tenant_id").map(str::to_owned);
            found
        }
        "azuread_application_password" => credential(resource, "entra_client_secret", false),
        "azuread_service_principal_password" => credential(resource, "entra_client_secret", true),
        "azuread_application_certificate" => {
            credential(resource, "entra_client_certificate", false)
        }
        "azuread_service_principal_certificate" => {
            credential(resource, "entra_client_certificate", true)
        }
        "azuread_application_federated_identity_credential" => {
            let mut found = credential(resource, "entra_federated_credential", false);
            for key in ["issuer", "subject"] {
                if let Some(text) = resource.text(key) {
                    found.attributes = found
                        .attributes
                        .with(key, model::text::label(text));
                }
            }
            found
        }
        _ => return None,
    })
}

fn app_id<'v>(resource: &Resource<'v>) -> Option<&'v str> {
    resource.first(&["client_id", "application_id"])
}

fn principal(
    resource: &Resource<'_>,
    kind: NodeKind,
    subtype: &str,
    id_key: &str,
) -> Described {
    let mut found = Described::new(
        kind,
        subtype,
        resource.name(),
        resource
            .text(id_key)
            .map(|id| NodeRef::global(kind, PROVIDER, id)),
    );
    if kind == NodeKind::Identity {
        found.attributes.class = Some(Class::Machine);
    }
    if let Some(id) = app_id(resource) {
        found
            .aliases
            .push(Alias::lookup(format!("entra:app_id:{id}")));
    }
    found
}

/// `/applications/<guid>` or the GUID alone.
fn last_segment(text: &str) -> &str {
    text.trim_end_matches('/').rsplit('/').next().unwrap_or(text)
}

fn credential(resource: &Resource<'_>, subtype: &str, of_principal: bool) -> Described {
    let owner = resource
        .first(if of_principal {
            &["service_principal_id"]
        } else {
            &["application_object_id", "application_id"]
        })
        .map(last_segment);
    let key_id = resource.first(&["key_id", "credential_id"]);
    let node = owner
        .zip(key_id)
        .map(|(owner, key)| NodeRef::global(NodeKind::Credential, PROVIDER, format!("{owner}/{key}")));
    let mut found = Described::new(NodeKind::Credential, subtype, resource.name(), node);
    found.attributes.created = resource.time("start_date");
    found.attributes.expires = resource.time("end_date");
    if subtype == "entra_client_secret" {
        found.secret = resource.text("value").map(|_| "value");
    }
    match (owner, of_principal) {
        (Some(owner), true) => found.edges.push(ObservedEdge::to(
            EdgeKind::Authenticates,
            NodeRef::global(NodeKind::Identity, PROVIDER, owner),
        )),
        (Some(owner), false) => {
            found.attributes = found
                .attributes
                .with("application_object_id", model::text::label(owner));
        }
        (None, _) => {}
    }
    found
}
