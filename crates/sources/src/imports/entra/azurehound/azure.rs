//! Azure resources, and who holds roles on them.

use model::{Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};
use serde::Deserialize;
use serde_json::Value;

use super::super::relations::words;
use super::super::{Reading, names};
use super::azure_role;
use crate::imports::ReadError;

/// Built-in roles by GUID (learn.microsoft.com/azure/role-based-access-control/built-in-roles).
const ROLES: &[(&str, &str)] = &[
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"),
    (
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
    ),
    ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader"),
    (
        "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        "Key Vault Administrator",
    ),
    (
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
    ),
    (
        "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
        "Virtual Machine Contributor",
    ),
    (
        "1c0163c0-47e6-4577-8991-ea5c82e286e4",
        "Virtual Machine Administrator Login",
    ),
];

/// The deepest nesting searched for assignments; the files have three levels.
const MAX_DEPTH: u8 = 5;

/// A resource of any kind.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AzureResource {
    id: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    subscription_id: Option<String>,
    resource_group: Option<String>,
    resource_group_id: Option<String>,
    location: Option<String>,
    kind: Option<String>,
    tags: Option<std::collections::BTreeMap<String, Value>>,
    identity: Option<ManagedIdentity>,
    managed_by_tenants: Option<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ManagedIdentity {
    principal_id: Option<String>,
    user_assigned_identities: Option<std::collections::BTreeMap<String, UserAssigned>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct UserAssigned {
    principal_id: Option<String>,
}

/// A role assignment of Azure Resource Manager.
#[derive(Debug, Deserialize)]
struct Assignment {
    #[serde(default)]
    id: Option<String>,
    properties: AssignmentProperties,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignmentProperties {
    principal_id: String,
    role_definition_id: String,
    #[serde(default)]
    scope: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AccessPolicy {
    key_vault_id: Option<String>,
    object_id: Option<String>,
    permissions: Value,
}

impl Reading<'_, '_> {
    pub(super) fn azure_resource(&mut self, kind: &str, data: &Value) -> Result<(), ReadError> {
        let resource: AzureResource = match serde_json::from_value(data.clone()) {
            Ok(resource) => resource,
            Err(error) => return self.gap(format!("a resource is not readable: {error}")),
        };
        let id = match (&resource.id, &resource.subscription_id) {
            // Older files give the bare GUID of a subscription.
            (_, Some(guid)) if kind == "AZSubscription" => {
                format!("/subscriptions/{}", names::last_part(guid))
            }
            (Some(id), _) => id.clone(),
            _ => {
                return self.gap(format!(
                    "an element of kind {kind} without id was passed over"
                ));
            }
        };
        let Some((node_kind, node, mut subtype)) = names::azure(&id) else {
            return self.gap(format!("an element of kind {kind} has no readable ARM id"));
        };
        if kind == "AZFunctionApp" {
            "azure_function_app".clone_into(&mut subtype);
        }
        let mut attributes = Attributes {
            tenant: self.tenant.clone(),
            ..Attributes::named(
                resource
                    .display_name
                    .clone()
                    .or_else(|| resource.name.clone())
                    .unwrap_or_else(|| names::last_part(&id).to_owned()),
                subtype,
            )
        };
        attributes.tags = resource
            .tags
            .iter()
            .flatten()
            .map(|(key, value)| {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (key.clone(), value)
            })
            .collect();
        attributes.extra = words(vec![
            (
                "location",
                resource.location.clone().map_or(Value::Null, Value::from),
            ),
            (
                "app_kind",
                resource.kind.clone().map_or(Value::Null, Value::from),
            ),
            (
                "managed_by_tenants",
                resource
                    .managed_by_tenants
                    .clone()
                    .map_or(Value::Null, Value::from),
            ),
        ]);
        let mut observation = Observation::new(node, self.observed, attributes);
        observation
            .edges
            .extend(self.held_by(&id, node_kind, &resource));
        for principal in managed_identities(&resource) {
            let identity = names::object(NodeKind::Identity, &principal);
            if EdgeKind::RunsAs.allows(node_kind, NodeKind::Identity) {
                observation
                    .edges
                    .push(ObservedEdge::to(EdgeKind::RunsAs, identity));
            }
        }
        self.observe(observation)
    }

    /// The resource group, subscription or tenant that holds a resource.
    fn held_by(&self, id: &str, kind: NodeKind, resource: &AzureResource) -> Option<ObservedEdge> {
        if kind == NodeKind::Account || kind == NodeKind::OrgUnit {
            let tenant = self.tenant.as_deref()?;
            let tenant = names::object(NodeKind::Tenant, tenant);
            return Some(ObservedEdge::from(EdgeKind::Contains, tenant));
        }
        let stated = [&resource.resource_group_id, &resource.resource_group]
            .into_iter()
            .flatten()
            .find(|group| group.starts_with('/'));
        let lower = id.to_ascii_lowercase();
        let parent = match (stated, lower.split_once("/providers/")) {
            (Some(group), _) => group.clone(),
            (None, Some((group, _))) => group.to_owned(),
            (None, None) => lower.split_once("/resourcegroups/")?.0.to_owned(),
        };
        let (_, node, _) = names::azure(&parent)?;
        Some(ObservedEdge::from(EdgeKind::Contains, node))
    }

    /// Role assignments, however deep the element wraps them.
    pub(super) fn azure_assignments(&mut self, data: &Value) -> Result<(), ReadError> {
        let mut found = Vec::new();
        collect(data, MAX_DEPTH, &mut found);
        for assignment in found {
            let assignment: Assignment = match serde_json::from_value(assignment.clone()) {
                Ok(assignment) => assignment,
                Err(error) => {
                    self.gap(format!("a role assignment is not readable: {error}"))?;
                    continue;
                }
            };
            self.azure_assignment(&assignment)?;
        }
        Ok(())
    }

    fn azure_assignment(&mut self, assignment: &Assignment) -> Result<(), ReadError> {
        let properties = &assignment.properties;
        let role = names::last_part(&properties.role_definition_id).to_ascii_lowercase();
        let role_node = azure_role(&role);
        let name = ROLES
            .iter()
            .find(|(guid, _)| *guid == role)
            .map(|(_, name)| *name);
        if let Some(name) = name {
            let said = Observation::new(
                role_node.clone(),
                self.observed,
                Attributes::named(name, "azure_role_definition"),
            );
            self.observe(said)?;
        }
        let scope = properties
            .scope
            .as_deref()
            .or_else(|| {
                let id = assignment.id.as_deref()?;
                let at = id
                    .to_ascii_lowercase()
                    .find("/providers/microsoft.authorization/roleassignments/")?;
                id.get(..at)
            })
            .unwrap_or_default()
            .to_ascii_lowercase();
        let source = self.source.clone();
        self.relations.refer(
            &properties.principal_id,
            None,
            ObservedEdge::to(EdgeKind::HasRole, role_node).with("scope", scope.as_str()),
            &source,
        );
        // Hosts and workloads are reached through the role on their scope; the others directly.
        if let Some((_, target, _)) = names::azure(&scope) {
            let mut edge = ObservedEdge::to(EdgeKind::Grants, target).with("role", role);
            if let Some(name) = name {
                edge = edge.with("role_name", name);
            }
            self.relations
                .refer(&properties.principal_id, None, edge, &source);
        }
        Ok(())
    }

    /// Rights inside a key vault that uses access policies instead of roles.
    pub(super) fn access_policy(&mut self, data: &Value) -> Result<(), ReadError> {
        let policy: AccessPolicy = match serde_json::from_value(data.clone()) {
            Ok(policy) => policy,
            Err(error) => return self.gap(format!("an access policy is not readable: {error}")),
        };
        let (Some(vault), Some(principal)) = (&policy.key_vault_id, &policy.object_id) else {
            return self.gap("an access policy without keyVaultId or objectId was passed over");
        };
        let Some((_, vault, _)) = names::azure(vault) else {
            return self.gap("an access policy names no readable vault");
        };
        let edge =
            ObservedEdge::to(EdgeKind::Grants, vault).with("permissions", policy.permissions);
        let source = self.source.clone();
        self.relations.refer(principal, None, edge, &source);
        Ok(())
    }

    /// A subscription or management group inside a management group.
    pub(super) fn descendant(&mut self, data: &Value) -> Result<(), ReadError> {
        let child = data
            .get("id")
            .and_then(Value::as_str)
            .and_then(names::azure);
        let parent = data
            .pointer("/properties/parent/id")
            .and_then(Value::as_str)
            .and_then(names::azure);
        let (Some((_, child, _)), Some((_, parent, _))) = (child, parent) else {
            return self.gap("a descendant of a management group has no readable id or parent");
        };
        let said: NodeRef = child;
        self.observe(
            Observation::new(said, self.observed, Attributes::default())
                .edge(ObservedEdge::from(EdgeKind::Contains, parent)),
        )
    }
}

fn managed_identities(resource: &AzureResource) -> Vec<String> {
    let Some(identity) = &resource.identity else {
        return Vec::new();
    };
    identity
        .principal_id
        .iter()
        .cloned()
        .chain(
            identity
                .user_assigned_identities
                .iter()
                .flatten()
                .filter_map(|(_, assigned)| assigned.principal_id.clone()),
        )
        .filter(|id| !id.is_empty())
        .collect()
}

/// Finds the objects that are role assignments.
fn collect<'v>(value: &'v Value, depth: u8, found: &mut Vec<&'v Value>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(list) => {
            for item in list {
                collect(item, depth - 1, found);
            }
        }
        Value::Object(map) => {
            if value.pointer("/properties/principalId").is_some() {
                found.push(value);
                return;
            }
            for item in map.values() {
                if item.is_array() || item.is_object() {
                    collect(item, depth - 1, found);
                }
            }
        }
        _ => {}
    }
}
