//! AzureHound files: `{"data": [{"kind": "AZ…", "data": {…}}, …], "meta": {…}}`.
//!
//! The collector leaves out every value that is false, empty or null, and newer versions write ids
//! and names in upper case. An absent `accountEnabled` is therefore no statement.

mod azure;

use std::collections::HashMap;

use model::{
    Attributes, Coverage, CoverageState, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge,
    SourceRef,
};
use serde::Deserialize;
use serde_json::Value;

use super::credentials::Holder;
use super::relations::Relations;
use super::resource::{FederatedCredential, Resource, RoleAssignment};
use super::{Reading, names, principals};
use crate::imports::{Document, Format, ImportContext, JsonElement, Match, Probe, ReadError};
use crate::spec::{ConnectorSpec, Step};

/// The AzureHound format.
#[derive(Debug)]
pub struct AzureHound;

/// What it is, as data.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "entra.azurehound",
    title: "AzureHound files (Entra and Azure)",
    step: Step::Directories,
    kinds: KINDS,
    // An attack-graph file says what a collector saw, not what the tenant holds.
    authoritative: false,
    adds: "Azure role assignments on subscriptions and resources, managed identities of resources, key vault access, beside Entra's own objects",
    cannot_see: &[
        "sign-ins: the collector takes no sign-in activity",
        "delegated permissions (oauth2PermissionGrants)",
        "whether an account is disabled: the collector leaves out values that are false",
        "what the collecting account may not read, which the file does not name",
    ],
    obtain: "azurehound list --tenant TENANT -o azurehound.json",
    permissions: &[],
    doc: include_str!("doc.md"),
};

const KINDS: &[NodeKind] = &[
    NodeKind::Account,
    NodeKind::Application,
    NodeKind::Credential,
    NodeKind::Group,
    NodeKind::Host,
    NodeKind::Identity,
    NodeKind::OrgUnit,
    NodeKind::Resource,
    NodeKind::Role,
    NodeKind::SecretContainer,
    NodeKind::Tenant,
    NodeKind::Workload,
];

#[derive(Debug, Deserialize)]
struct Element {
    kind: String,
    #[serde(default)]
    data: Value,
}

#[derive(Debug, Deserialize)]
struct Meta {
    count: Option<u64>,
}

impl Format for AzureHound {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        if probe.has_keys(&["data", "data.[].kind"])
            && memchr::memmem::find(probe.head, b"\"AZ").is_some()
        {
            Match::Sure
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let tenant = cx
            .options
            .scopes
            .get("tenant")
            .map(|tenant| tenant.to_ascii_lowercase());
        let mut reader = Reader {
            file: document.name().to_owned(),
            tenant_given: tenant.is_some(),
            elements: 0,
            count: None,
            unknown: std::collections::BTreeMap::new(),
            reading: Reading {
                source: cx.source_or_file(&SPEC, "tenant", document),
                observed: cx.observed_at(None, document),
                tenant,
                relations: Relations::default(),
                service_principals: HashMap::new(),
                waiting: Vec::new(),
                place: String::new(),
                asked_sign_in: false,
                listed: std::collections::BTreeSet::new(),
                omits_empty: true,
                cx,
            },
        };
        let read = document.json_elements(&mut |element| reader.element(element));
        reader.finish()?;
        read
    }
}

struct Reader<'c, 'x> {
    file: String,
    tenant_given: bool,
    elements: u64,
    count: Option<u64>,
    /// Kinds that are not read, with how often they came.
    unknown: std::collections::BTreeMap<String, u64>,
    reading: Reading<'c, 'x>,
}

impl Reader<'_, '_> {
    fn element(&mut self, element: JsonElement<'_>) -> Result<(), ReadError> {
        match element {
            JsonElement::Skipped { offset, reason, .. } => {
                self.elements += 1;
                self.reading.place = format!("{}:byte {offset}", self.file);
                self.reading.gap(reason)
            }
            JsonElement::Value {
                key: "meta", bytes, ..
            } => {
                self.count = serde_json::from_slice::<Meta>(bytes)
                    .ok()
                    .and_then(|meta| meta.count);
                Ok(())
            }
            JsonElement::Value {
                key: "data",
                in_array: true,
                offset,
                bytes,
                ..
            } => {
                self.elements += 1;
                self.reading.place = format!("{}:byte {offset}", self.file);
                match serde_json::from_slice::<Element>(bytes) {
                    Ok(element) => self.object(&element.kind, element.data),
                    Err(error) => self
                        .reading
                        .gap(format!("not an element of AzureHound: {error}")),
                }
            }
            JsonElement::Value { .. } => Ok(()),
        }
    }

    fn object(&mut self, kind: &str, data: Value) -> Result<(), ReadError> {
        self.scope(&data);
        let reading = &mut self.reading;
        match kind {
            "AZTenant" => typed(reading, data, Reading::tenant),
            "AZUser" => typed(reading, data, Reading::user),
            "AZGroup" => typed(reading, data, Reading::group),
            "AZDevice" => typed(reading, data, Reading::device),
            "AZApp" => typed(reading, data, Reading::application),
            "AZServicePrincipal" => typed(reading, data, Reading::service_principal),
            "AZRole" => typed(reading, data, Reading::role),
            "AZFederatedIdentityCredential" => reading.federated_list(&data),
            "AZAppRoleAssignment" => typed(reading, data, Reading::app_role_assignment),
            "AZRoleAssignment" => reading.role_assignments(&data),
            "AZRoleEligibilityScheduleInstance" => typed(reading, data, Reading::eligible),
            "AZGroupMember" => reading.pairs(&data, "members", "member", "groupId", Pair::Member),
            "AZGroupOwner" => reading.pairs(&data, "owners", "owner", "groupId", Pair::GroupOwner),
            "AZAppOwner" => reading.pairs(&data, "owners", "owner", "appId", Pair::AppOwner),
            "AZServicePrincipalOwner" => reading.pairs(
                &data,
                "owners",
                "owner",
                "servicePrincipalId",
                Pair::PrincipalOwner,
            ),
            "AZDeviceOwner" => {
                reading.pairs(&data, "owners", "owner", "deviceId", Pair::PrincipalOwner)
            }
            "AZKeyVaultAccessPolicy" => reading.access_policy(&data),
            // Filtered copies of what the RoleAssignment elements hold; both name the assignment.
            kind if is_azure_assignment(kind) => reading.azure_assignments(&data),
            "AZSubscription"
            | "AZResourceGroup"
            | "AZManagementGroup"
            | "AZKeyVault"
            | "AZVM"
            | "AZVMScaleSet"
            | "AZManagedCluster"
            | "AZFunctionApp"
            | "AZLogicApp"
            | "AZAutomationAccount"
            | "AZContainerRegistry"
            | "AZWebApp"
            | "AZStorageAccount" => reading.azure_resource(kind, &data),
            "AZManagementGroupDescendant" => reading.descendant(&data),
            _ => {
                if self.unknown.len() < 100 {
                    *self.unknown.entry(kind.to_owned()).or_insert(0) += 1;
                }
                Ok(())
            }
        }
    }

    /// The tenant stands with most objects; relations without it belong to the tenant before them.
    fn scope(&mut self, data: &Value) {
        if self.tenant_given {
            return;
        }
        if let Some(tenant) = data.get("tenantId").and_then(Value::as_str) {
            let tenant = names::last_part(tenant).to_ascii_lowercase();
            if !tenant.is_empty() && self.reading.tenant.as_deref() != Some(&tenant) {
                self.reading.source = SourceRef::new(SPEC.id, tenant.as_str());
                self.reading.tenant = Some(tenant);
            }
        }
    }

    fn finish(mut self) -> Result<(), ReadError> {
        let source = self.reading.source.clone();
        if let Some(count) = self.count.filter(|count| *count != self.elements) {
            let gap = Coverage::gap(
                &source,
                CoverageState::Truncated,
                self.file.as_str(),
                format!(
                    "the file announces {count} elements and holds {}",
                    self.elements
                ),
            );
            self.reading.cx.sink.cover(gap)?;
        }
        for (kind, times) in &self.unknown {
            let gap = Coverage::gap(
                &source,
                CoverageState::NotAttempted,
                self.file.as_str(),
                format!("{times} elements of kind `{kind}` are not read by this version"),
            );
            self.reading.cx.sink.cover(gap)?;
        }
        self.reading.settle_waiting(&self.file)?;
        let relations = std::mem::take(&mut self.reading.relations);
        relations.settle(
            self.reading.cx,
            self.reading.observed,
            &source,
            &self.file,
            "the collector did not list them (deleted, or of another tenant)",
        )?;
        self.reading
            .cx
            .covered(&source, KINDS, "inventory", &self.file)
    }
}

/// `AZKeyVaultOwner`, `AZSubscriptionUserAccessAdmin`, `AZVMRoleAssignment` and the like.
fn is_azure_assignment(kind: &str) -> bool {
    [
        "RoleAssignment",
        "Owner",
        "Contributor",
        "UserAccessAdmin",
        "AdminLogin",
    ]
    .iter()
    .any(|end| kind.ends_with(end))
}

/// Which relation a list of pairs states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    Member,
    GroupOwner,
    AppOwner,
    PrincipalOwner,
}

impl Reading<'_, '_> {
    /// `{"members": [{"member": {…}, "groupId": "…"}], "groupId": "…"}` and its siblings.
    fn pairs(
        &mut self,
        data: &Value,
        list: &str,
        item: &str,
        holder: &str,
        pair: Pair,
    ) -> Result<(), ReadError> {
        let Some(id) = data.get(holder).and_then(Value::as_str).map(str::to_owned) else {
            return self.gap(format!("a list of {list} without {holder} was passed over"));
        };
        let entries = data.get(list).and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            let other = entry.get(item).cloned().unwrap_or_default();
            let other: Resource = match serde_json::from_value(other) {
                Ok(other) => other,
                Err(error) => {
                    self.gap(format!("an entry of {list} is not readable: {error}"))?;
                    continue;
                }
            };
            self.pair(&id, &other, pair)?;
        }
        Ok(())
    }

    fn pair(&mut self, holder: &str, other: &Resource, pair: Pair) -> Result<(), ReadError> {
        let Some(other_id) = &other.id else {
            return Ok(());
        };
        let source = self.source.clone();
        let kind = principals::kind_of_type(other.type_name());
        match pair {
            Pair::Member => {
                let group = names::object(NodeKind::Group, holder);
                self.relations.refer(
                    other_id,
                    kind,
                    ObservedEdge::to(EdgeKind::MemberOf, group),
                    &source,
                );
            }
            // Only users and service principals can own (learn.microsoft.com/graph, owners).
            Pair::GroupOwner | Pair::PrincipalOwner => {
                let holder_kind = if pair == Pair::GroupOwner {
                    NodeKind::Group
                } else {
                    NodeKind::Identity
                };
                let owner = names::object(NodeKind::Identity, other_id);
                self.relations.refer(
                    holder,
                    Some(holder_kind),
                    ObservedEdge::to(EdgeKind::OwnedBy, owner),
                    &source,
                );
            }
            Pair::AppOwner => {
                let owner = names::object(NodeKind::Identity, other_id);
                let said = Observation::new(
                    names::application_by_app_id(holder),
                    self.observed,
                    Attributes::default(),
                )
                .alias(names::application_alias(holder))
                .edge(ObservedEdge::to(EdgeKind::OwnedBy, owner));
                self.observe(said)?;
            }
        }
        Ok(())
    }

    fn federated_list(&mut self, data: &Value) -> Result<(), ReadError> {
        let entries = data.get("fics").and_then(Value::as_array);
        let Some(app_id) = data.get("appId").and_then(Value::as_str) else {
            return self.gap("federated credentials without appId were passed over");
        };
        // The file names the application by its application id, not by its object id.
        let application = names::application_by_app_id(app_id);
        for entry in entries.into_iter().flatten() {
            let credential = entry.get("fic").cloned().unwrap_or_default();
            match serde_json::from_value::<FederatedCredential>(credential) {
                Ok(credential) => {
                    let holder = Holder {
                        guid: application.native_id.clone(),
                        kind: NodeKind::Application,
                        app_id: Some(app_id.to_owned()),
                        name: app_id.to_owned(),
                    };
                    self.federated(&holder, &credential)?;
                }
                Err(error) => {
                    self.gap(format!("a federated credential is not readable: {error}"))?;
                }
            }
        }
        let said = Observation::new(application, self.observed, Attributes::default())
            .alias(names::application_alias(app_id));
        self.observe(said)
    }

    fn role_assignments(&mut self, data: &Value) -> Result<(), ReadError> {
        let entries = data.get("roleAssignments").and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            match serde_json::from_value::<RoleAssignment>(entry.clone()) {
                Ok(assignment) => self.role_assignment(&assignment)?,
                Err(error) => self.gap(format!("a role assignment is not readable: {error}"))?,
            }
        }
        Ok(())
    }

    /// A role that may be activated (PIM), not one that is held.
    fn eligible(&mut self, assignment: &RoleAssignment) -> Result<(), ReadError> {
        let (Some(principal), Some(role)) =
            (&assignment.principal_id, &assignment.role_definition_id)
        else {
            return self
                .gap("an eligible role without principalId or roleDefinitionId was passed over");
        };
        let edge = ObservedEdge::to(
            EdgeKind::HasRole,
            names::object(NodeKind::Role, names::last_part(role)),
        )
        .with("state", "eligible")
        .with(
            "scope",
            assignment.directory_scope_id.as_deref().unwrap_or("/"),
        );
        let source = self.source.clone();
        self.relations.refer(principal, None, edge, &source);
        Ok(())
    }
}

/// Reads a value as its type; what does not fit is a gap, and reading goes on.
fn typed<'c, 'x, T: for<'de> Deserialize<'de>>(
    reading: &mut Reading<'c, 'x>,
    value: Value,
    read: impl FnOnce(&mut Reading<'c, 'x>, &T) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    match serde_json::from_value::<T>(value) {
        Ok(value) => read(reading, &value),
        Err(error) => reading.gap(format!("a field is not as AzureHound writes it: {error}")),
    }
}

/// Names the node of a role definition of Azure; built-in ones have one GUID in every tenant.
fn azure_role(id: &str) -> NodeRef {
    NodeRef::global(
        NodeKind::Role,
        "azure",
        names::last_part(id).to_ascii_lowercase(),
    )
}

#[cfg(test)]
mod tests;
