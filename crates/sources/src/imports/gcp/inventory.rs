//! `gcp.inventory`: projects, custom roles, workload identity pools and providers, and Cloud Asset
//! exports, which hold service accounts, keys and policies beside them.

use std::collections::BTreeMap;

use model::{Alias, Attributes, EdgeKind, NodeKind, ObservedEdge, Status};
use serde::Deserialize;
use serde_json::Value;

use super::{SPEC_INVENTORY, accounts, keys, names, policies};
use crate::imports::fields::{Stamp, declare, typed, typed_value};
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// Permissions kept of one custom role; Google allows 3,000.
const MAX_PERMISSIONS: usize = 10_000;

/// Projects, roles, identity pools and assets.
#[derive(Debug)]
pub struct Inventory;

const PLACES: &[&str] = &[
    "",
    "[].",
    "projects.[].",
    "roles.[].",
    "workloadIdentityPools.[].",
    "workloadIdentityPoolProviders.[].",
    "assets.[].",
    "results.[].",
];

impl Format for Inventory {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_INVENTORY
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let has = |keys: &[&str]| {
            PLACES.iter().any(|place| {
                keys.iter()
                    .all(|key| probe.has_key(&format!("{place}{key}")))
            })
        };
        let found = has(&["projectId", "projectNumber"])
            || has(&["projectId", "lifecycleState"])
            || has(&["includedPermissions", "name"])
            || (has(&["name", "title", "stage"]) && !has(&["members"]))
            || has(&["attributeMapping"])
            || has(&["attribute_mapping"])
            || has(&["asset_type", "name"])
            || has(&["assetType", "name"])
            || probe.has_key("workloadIdentityPools");
        let pools = probe
            .head
            .windows(22)
            .any(|part| part == b"/workloadIdentityPools");
        if found || (pools && has(&["name", "state"])) {
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
        let whole = document.probe().has_key("name") || document.probe().has_key("projectId");
        let reading = Reading::new(&SPEC_INVENTORY, "project", None, document, cx).part_of_scope();
        if whole {
            reading.documents(document, &mut element)
        } else {
            reading.elements(document, &mut element)
        }
    }
}

fn element(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    if element.key == "nextPageToken" {
        reading.truncated(Some(
            "the export ends before the last page (`nextPageToken`)".to_owned(),
        ));
        return Ok(());
    }
    let known = matches!(
        element.key,
        "" | "projects"
            | "roles"
            | "workloadIdentityPools"
            | "workloadIdentityPoolProviders"
            | "assets"
            | "results"
    );
    if !known {
        return Ok(());
    }
    let value: Value = typed(element.bytes)?;
    let has = |key: &str| value.get(key).is_some();
    if has("asset_type") || has("assetType") {
        return asset(reading, value);
    }
    if has("projectId") {
        return project(reading, typed_value(value)?);
    }
    let name = value
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if name.contains("/workloadIdentityPools/") || name.contains("/workforcePools/") {
        pool(reading, typed_value(value)?)
    } else if has("includedPermissions") || name.contains("roles/") {
        role(reading, typed_value(value)?)
    } else {
        Err(Broken::because(
            "it is not a project, role, identity pool or asset",
        ))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Project {
    project_id: Option<String>,
    #[serde(alias = "displayName")]
    name: Option<String>,
    project_number: Option<Value>,
    lifecycle_state: Option<String>,
    state: Option<String>,
    create_time: Stamp,
    parent: Option<Value>,
    labels: BTreeMap<String, String>,
}

fn project(reading: &mut Reading<'_, '_>, project: Project) -> Result<(), Broken> {
    let id = project
        .project_id
        .ok_or_else(|| Broken::missing("projectId"))?;
    let mut attributes = Attributes {
        tenant: Some(id.clone()),
        created: project.create_time.fact(),
        status: match project.lifecycle_state.or(project.state).as_deref() {
            Some("ACTIVE") => Some(Status::Enabled),
            Some("DELETE_REQUESTED" | "DELETE_IN_PROGRESS") => Some(Status::Deleted),
            _ => None,
        },
        ..Attributes::named(project.name.as_deref().unwrap_or(&id), "gcp_project")
    };
    declare(&mut attributes, project.labels);
    let mut observation = reading.about(names::project(&id), attributes);
    let number = match project.project_number {
        Some(Value::String(number)) => Some(number),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    observation
        .aliases
        .extend(number.map(|number| names::project_number(&number)));
    if let Some(parent) = project.parent.as_ref().and_then(parent_name) {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Contains,
            names::place(&parent),
        ));
    }
    Ok(reading.say(Some(&id), observation)?)
}

/// `folders/1`, or `{"type": "folder", "id": "1"}`.
fn parent_name(parent: &Value) -> Option<String> {
    match parent {
        Value::String(name) => Some(name.clone()),
        Value::Object(map) => {
            let id = map.get("id")?.as_str()?;
            Some(match map.get("type")?.as_str()? {
                "folder" => format!("folders/{id}"),
                "organization" => format!("organizations/{id}"),
                _ => return None,
            })
        }
        _ => None,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Role {
    name: Option<String>,
    title: Option<String>,
    description: Option<String>,
    stage: Option<String>,
    included_permissions: Vec<String>,
    deleted: bool,
}

fn role(reading: &mut Reading<'_, '_>, role: Role) -> Result<(), Broken> {
    let name = role.name.ok_or_else(|| Broken::missing("name"))?;
    let mut attributes = policies::role_attributes(&name);
    attributes.name = role.title.or(attributes.name);
    attributes.description = role.description;
    attributes.status = role.deleted.then_some(Status::Deleted);
    if let Some(stage) = role.stage {
        attributes = attributes.with("stage", model::text::label(&stage));
    }
    // `list` leaves the permissions out; only `describe` has them.
    if !role.included_permissions.is_empty() {
        let permissions: Vec<String> = role
            .included_permissions
            .iter()
            .take(MAX_PERMISSIONS)
            .map(|permission| model::text::label(permission))
            .collect();
        attributes = attributes.with("permissions", permissions);
    }
    let scope = match name.split('/').collect::<Vec<_>>().as_slice() {
        ["projects", project, ..] => Some((*project).to_owned()),
        _ => None,
    };
    let observation = reading.about(names::role(&name), attributes);
    Ok(reading.say(scope.as_deref(), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pool {
    name: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    state: Option<String>,
    disabled: bool,
    attribute_mapping: Option<Value>,
    attribute_condition: Option<String>,
    oidc: Option<Oidc>,
    aws: Option<Aws>,
    saml: Option<Value>,
    x509: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Oidc {
    issuer_uri: Option<String>,
    allowed_audiences: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Aws {
    account_id: Option<String>,
}

/// A pool, or a provider within it: whose tokens are accepted.
fn pool(reading: &mut Reading<'_, '_>, pool: Pool) -> Result<(), Broken> {
    let name = pool.name.ok_or_else(|| Broken::missing("name"))?;
    let is_provider = name.contains("/providers/");
    let mut attributes = Attributes {
        description: pool.description,
        status: Some(match (pool.state.as_deref(), pool.disabled) {
            (Some("DELETED"), _) => Status::Deleted,
            (_, true) => Status::Disabled,
            _ => Status::Enabled,
        }),
        ..Attributes::named(
            pool.display_name
                .as_deref()
                .filter(|name| !name.is_empty())
                .unwrap_or(&name),
            if is_provider {
                "gcp_identity_pool_provider"
            } else {
                "gcp_identity_pool"
            },
        )
    };
    let (aliases, edges) = provider_trust(&mut attributes, pool.oidc, pool.aws);
    if let Some(mapping) = pool.attribute_mapping {
        attributes = attributes.with("attribute_mapping", mapping);
    }
    if let Some(condition) = pool.attribute_condition {
        attributes = attributes.with("attribute_condition", model::text::label(&condition));
    }
    for (kind, there) in [("saml", pool.saml.is_some()), ("x509", pool.x509.is_some())] {
        if there {
            attributes = attributes.with("provider_kind", kind);
        }
    }
    // The pool accepts its providers, so that edge starts at the pool.
    if let Some((parent, _)) = name.split_once("/providers/") {
        let attributes = Attributes {
            subtype: Some("gcp_identity_pool".to_owned()),
            ..Attributes::default()
        };
        let holder = reading
            .about(
                names::thing(NodeKind::FederationProvider, parent),
                attributes,
            )
            .edge(ObservedEdge::to(
                EdgeKind::Trusts,
                names::thing(NodeKind::FederationProvider, &name),
            ));
        reading.say(None, holder)?;
    }
    let mut observation = reading.about(
        names::thing(NodeKind::FederationProvider, &name),
        attributes,
    );
    observation.aliases = aliases;
    observation.edges = edges;
    Ok(reading.say(None, observation)?)
}

/// Whose tokens a provider accepts: an OIDC issuer or an AWS account.
fn provider_trust(
    attributes: &mut Attributes,
    oidc: Option<Oidc>,
    aws: Option<Aws>,
) -> (Vec<Alias>, Vec<ObservedEdge>) {
    let mut said = std::mem::take(attributes);
    let mut aliases = Vec::new();
    let mut edges = Vec::new();
    if let Some(oidc) = oidc {
        said = said
            .with("provider_kind", "oidc")
            .with("allowed_audiences", oidc.allowed_audiences);
        if let Some(issuer) = oidc.issuer_uri {
            let plain = issuer
                .strip_prefix("https://")
                .unwrap_or(&issuer)
                .trim_end_matches('/');
            aliases.push(Alias::lookup(format!("issuer:{plain}")));
            said = said.with("issuer", model::text::label(&issuer));
        }
    }
    if let Some(account) = aws.and_then(|aws| aws.account_id) {
        said = said.with("provider_kind", "aws");
        edges.push(ObservedEdge::to(
            EdgeKind::Trusts,
            model::NodeRef::global(NodeKind::Account, "aws", account),
        ));
    }
    *attributes = said;
    (aliases, edges)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asset {
    name: Option<String>,
    #[serde(alias = "assetType")]
    asset_type: Option<String>,
    resource: Option<AssetResource>,
    #[serde(alias = "iamPolicy")]
    iam_policy: Option<policies::Policy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AssetResource {
    data: Option<Value>,
}

/// One line of `gcloud asset export`.
fn asset(reading: &mut Reading<'_, '_>, value: Value) -> Result<(), Broken> {
    let asset: Asset = typed_value(value)?;
    let name = asset.name.ok_or_else(|| Broken::missing("name"))?;
    if let Some(policy) = &asset.iam_policy {
        policies::say(reading, &names::place(&name), &name, policy)?;
    }
    let Some(data) = asset.resource.and_then(|resource| resource.data) else {
        return match asset.iam_policy {
            Some(_) => Ok(()),
            None => Err(Broken::because(
                "the asset holds neither `resource.data` nor an IAM policy: export with --content-type=resource or iam-policy",
            )),
        };
    };
    match asset.asset_type.as_deref().unwrap_or_default() {
        "iam.googleapis.com/ServiceAccount" => accounts::say(reading, typed_value(data)?),
        "iam.googleapis.com/ServiceAccountKey" => keys::say(reading, typed_value(data)?),
        "iam.googleapis.com/Role" => role(reading, typed_value(data)?),
        "iam.googleapis.com/WorkloadIdentityPool"
        | "iam.googleapis.com/WorkloadIdentityPoolProvider" => pool(reading, typed_value(data)?),
        "cloudresourcemanager.googleapis.com/Project" => project(reading, typed_value(data)?),
        "cloudresourcemanager.googleapis.com/Folder"
        | "cloudresourcemanager.googleapis.com/Organization" => folder(reading, &name, &data),
        // Other assets only bear their policy here.
        _ => Ok(()),
    }
}

fn folder(reading: &mut Reading<'_, '_>, name: &str, data: &Value) -> Result<(), Broken> {
    let node = names::place(name);
    let subtype = match node.kind {
        NodeKind::Tenant => "gcp_organization",
        _ => "gcp_folder",
    };
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    let title = text("displayName").unwrap_or(&node.native_id).to_owned();
    let mut observation = reading.about(node, Attributes::named(title, subtype));
    if let Some(parent) = text("parent") {
        observation
            .edges
            .push(ObservedEdge::from(EdgeKind::Contains, names::place(parent)));
    }
    Ok(reading.say(None, observation)?)
}
