//! Kubernetes, Vault and CI resources, and what a state tells of the identity that ran it.

use model::{Attributes, Class, EdgeKind, NodeKind, NodeRef, ObservedEdge};
use serde_json::Value;

use super::resource::{Described, Resource, Workspace};
use crate::imports::aws::policy;
use crate::imports::reading::{Broken, Reading};

/// What a resource of a smaller provider is.
pub(crate) fn describe(workspace: &Workspace, resource: &Resource<'_>) -> Option<Described> {
    Some(match resource.kind {
        "kubernetes_service_account" | "kubernetes_service_account_v1" => {
            let (namespace, name) = metadata(resource)?;
            let mut found = kubernetes(
                workspace,
                NodeKind::Identity,
                "k8s_service_account",
                name,
                format!("system:serviceaccount:{namespace}:{name}"),
            );
            found.attributes.class = Some(Class::Machine);
            found
        }
        "kubernetes_secret" | "kubernetes_secret_v1" => {
            let (namespace, name) = metadata(resource)?;
            kubernetes(
                workspace,
                NodeKind::SecretContainer,
                "k8s_secret",
                name,
                format!("secret:{namespace}/{name}"),
            )
        }
        "vault_approle_auth_backend_role" => identity(resource, "vault_approle", "role_id"),
        "github_actions_secret"
        | "github_actions_environment_secret"
        | "github_actions_organization_secret"
        | "github_dependabot_secret" => {
            let mut found = container(resource, "github_actions_secret");
            for key in ["repository", "environment"] {
                if let Some(text) = resource.text(key) {
                    found.attributes = found
                        .attributes
                        .with(key, model::text::label(text));
                }
            }
            found
        }
        "gitlab_project_variable" | "gitlab_group_variable" => {
            container(resource, "gitlab_variable")
        }
        "azurerm_key_vault_secret" => container(resource, "azure_key_vault_secret"),
        "vault_generic_secret" | "vault_kv_secret_v2" => container(resource, "vault_secret"),
        _ => return None,
    })
}

fn metadata<'v>(resource: &Resource<'v>) -> Option<(&'v str, &'v str)> {
    let metadata = match resource.values.get("metadata")? {
        Value::Array(items) => items.first()?,
        one => one,
    };
    let name = metadata.get("name")?.as_str()?;
    let namespace = metadata
        .get("namespace")
        .and_then(Value::as_str)
        .unwrap_or("default");
    Some((namespace, name))
}

/// A state does not say which cluster it speaks to, so the workspace stands in for it.
fn kubernetes(
    workspace: &Workspace,
    kind: NodeKind,
    subtype: &str,
    name: &str,
    native: String,
) -> Described {
    let node = NodeRef::within(
        kind,
        "kubernetes",
        format!("terraform:{}", workspace.scope),
        native,
    );
    Described::new(kind, subtype, name, Some(node))
}

fn identity(resource: &Resource<'_>, subtype: &str, id_key: &str) -> Described {
    let node = resource
        .text(id_key)
        .map(|id| NodeRef::global(NodeKind::Identity, "vault", id));
    let mut found = Described::new(
        NodeKind::Identity,
        subtype,
        resource.first(&["role_name"]).unwrap_or(&resource.address),
        node,
    );
    found.attributes.class = Some(Class::Machine);
    found
}

fn container(resource: &Resource<'_>, subtype: &str) -> Described {
    Described::new(
        NodeKind::SecretContainer,
        subtype,
        resource
            .first(&["secret_name", "key", "name", "path"])
            .unwrap_or(&resource.address),
        None,
    )
}

/// Some `data` resources ask the provider who is asking: that is the identity of the run.
pub(crate) fn run_identity(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
) -> Result<(), Broken> {
    let (node, attributes, aliases) = match resource.kind {
        "aws_caller_identity" => {
            let Some(arn) = resource.text("arn") else {
                return Ok(());
            };
            let found = policy::principal("AWS", arn);
            (found.node, found.describe, found.aliases)
        }
        "google_client_openid_userinfo" => {
            let Some(email) = resource.text("email") else {
                return Ok(());
            };
            let node = NodeRef::global(NodeKind::Identity, "gcp", email.to_lowercase());
            (node, None, Vec::new())
        }
        "azurerm_client_config" | "azuread_client_config" => {
            let Some(id) = resource.text("object_id") else {
                return Ok(());
            };
            (
                NodeRef::global(NodeKind::Identity, "entra", id),
                None,
                Vec::new(),
            )
        }
        _ => return Ok(()),
    };
    if node.kind != NodeKind::Identity {
        return Ok(());
    }
    if let Some(attributes) = attributes {
        reading.mention(workspace.said_in(), node.clone(), attributes, aliases)?;
    }
    let run = reading
        .about(workspace.node.clone(), Attributes::default())
        .edge(
            ObservedEdge::to(EdgeKind::RunsAs, node)
                .with("address", model::text::label(&resource.address)),
        );
    Ok(reading.say(workspace.said_in(), run)?)
}
