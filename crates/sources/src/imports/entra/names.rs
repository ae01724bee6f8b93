//! How Entra and Azure things are named (docs/naming.md), in one place, so that a Graph export and
//! an AzureHound file of one tenant speak of the same nodes.

use model::{Alias, NodeKind, NodeRef};

/// Names an object of the directory by its GUID, which is unique in the world. AzureHound writes
/// GUIDs in upper case, Graph in lower case.
pub(crate) fn object(kind: NodeKind, guid: &str) -> NodeRef {
    NodeRef::global(kind, "entra", guid.trim().to_ascii_lowercase())
}

/// Names a credential of an application or service principal.
pub(super) fn credential(holder: &str, key: &str) -> NodeRef {
    NodeRef::global(
        NodeKind::Credential,
        "entra",
        format!(
            "{}/{}",
            holder.trim().to_ascii_lowercase(),
            key.trim().to_ascii_lowercase()
        ),
    )
}

/// Names an application of which only the application id is known. The alias makes it the same
/// node as the app registration, whose native id is its object id.
pub(crate) fn application_by_app_id(app_id: &str) -> NodeRef {
    NodeRef::global(
        NodeKind::Application,
        "entra",
        format!("app_id:{}", app_id.to_ascii_lowercase()),
    )
}

/// The alias that all records of one application share.
pub(crate) fn application_alias(app_id: &str) -> Alias {
    Alias::same(format!("entra:application:{}", app_id.to_ascii_lowercase()))
}

/// Names a service principal of which only the application id and the tenant are known.
pub(crate) fn principal_by_app_id(tenant: &str, app_id: &str) -> NodeRef {
    NodeRef::within(
        NodeKind::Identity,
        "entra",
        tenant.to_ascii_lowercase(),
        format!("app_id:{}", app_id.to_ascii_lowercase()),
    )
}

/// The alias that all records of one service principal share.
pub(crate) fn principal_alias(tenant: &str, app_id: &str) -> Alias {
    Alias::same(format!(
        "entra:service_principal:{}/{}",
        tenant.to_ascii_lowercase(),
        app_id.to_ascii_lowercase()
    ))
}

/// Finds everything that carries an application id.
pub(crate) fn app_id_alias(app_id: &str) -> Alias {
    Alias::lookup(format!("entra:app_id:{}", app_id.to_ascii_lowercase()))
}

/// Names an app role (an application permission) of the service principal that offers it.
pub(super) fn app_role(resource: &str, role: &str) -> NodeRef {
    NodeRef::global(
        NodeKind::Role,
        "entra",
        format!(
            "{}/{}",
            resource.trim().to_ascii_lowercase(),
            role.trim().to_ascii_lowercase()
        ),
    )
}

/// Names an outside issuer by its URL without the scheme.
pub(crate) fn issuer(url: &str) -> NodeRef {
    let plain = url
        .trim()
        .trim_start_matches("https://")
        .trim_end_matches('/');
    NodeRef::global(NodeKind::FederationProvider, "oidc", plain)
}

/// The last part of an ARM id or path.
pub(super) fn last_part(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

/// Names what an ARM id points to: tenant root, management group, subscription, resource group or
/// resource. ARM ids are not case-sensitive.
pub(crate) fn azure(id: &str) -> Option<(NodeKind, NodeRef, String)> {
    let id = id.trim().trim_end_matches('/').to_ascii_lowercase();
    let parts: Vec<&str> = id.split('/').skip(1).collect();
    let named = |kind, native: &str, subtype: &str| {
        Some((
            kind,
            NodeRef::global(kind, "azure", native),
            subtype.to_owned(),
        ))
    };
    match parts.as_slice() {
        [
            "providers",
            "microsoft.management",
            "managementgroups",
            name,
        ] => named(NodeKind::OrgUnit, name, "azure_management_group"),
        ["subscriptions", guid] => named(NodeKind::Account, guid, "azure_subscription"),
        ["subscriptions", _, "resourcegroups", _] => {
            named(NodeKind::Resource, &id, "azure_resource_group")
        }
        [.., "providers", _, kind, _] => {
            let (node, subtype) = resource_kind(kind);
            named(node, &id, &subtype)
        }
        [_, _, _, _, "providers", ..] => named(NodeKind::Resource, &id, "azure_resource"),
        _ => None,
    }
}

/// What a type of resource is to identities: something that runs, or something that is reached.
fn resource_kind(kind: &str) -> (NodeKind, String) {
    let known = match kind {
        "virtualmachines" => (NodeKind::Host, "azure_virtual_machine"),
        "virtualmachinescalesets" => (NodeKind::Host, "azure_vm_scale_set"),
        "sites" => (NodeKind::Workload, "azure_web_app"),
        "workflows" => (NodeKind::Workload, "azure_logic_app"),
        "automationaccounts" => (NodeKind::Workload, "azure_automation_account"),
        "managedclusters" => (NodeKind::Workload, "azure_managed_cluster"),
        "containergroups" => (NodeKind::Workload, "azure_container_group"),
        "containerapps" => (NodeKind::Workload, "azure_container_app"),
        "factories" => (NodeKind::Workload, "azure_data_factory"),
        "vaults" => (NodeKind::SecretContainer, "azure_key_vault"),
        "storageaccounts" => (NodeKind::Resource, "azure_storage_account"),
        "registries" => (NodeKind::Resource, "azure_container_registry"),
        _ => return (NodeKind::Resource, "azure_resource".to_owned()),
    };
    (known.0, known.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_whatever_the_case() {
        assert_eq!(
            object(NodeKind::Identity, "9F9C9DC3-A91E-43FE-8F42-A98997F3579C").id(),
            object(NodeKind::Identity, "9f9c9dc3-a91e-43fe-8f42-a98997f3579c").id()
        );
        assert_eq!(
            issuer("https://token.actions.githubusercontent.com/").native_id,
            "token.actions.githubusercontent.com"
        );
    }

    #[test]
    fn arm_ids() {
        let kind =
            |id: &str| azure(id).map(|(kind, node, subtype)| (kind, node.native_id, subtype));
        assert_eq!(
            kind("/subscriptions/ABC"),
            Some((NodeKind::Account, "abc".into(), "azure_subscription".into()))
        );
        let vault = "/subscriptions/a/resourceGroups/RG/providers/Microsoft.KeyVault/vaults/V";
        assert_eq!(
            kind(vault),
            Some((
                NodeKind::SecretContainer,
                vault.to_lowercase(),
                "azure_key_vault".into()
            ))
        );
        assert_eq!(kind("/"), None);
        assert_eq!(kind("nothing"), None);
    }
}
