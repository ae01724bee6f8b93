//! `gcp.iam_policy`: bindings of roles to members, of one resource (`get-iam-policy`) or of many
//! (`gcloud asset search-all-iam-policies`, `analyze`-free).

use std::collections::BTreeMap;

use model::{Attributes, EdgeKind, NodeKind, NodeRef, ObservedEdge};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{SPEC_IAM_POLICY, names};
use crate::imports::fields::typed;
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// Members read of one policy; Google allows 1,500.
const MAX_MEMBERS: usize = 20_000;

/// Policies.
#[derive(Debug)]
pub struct IamPolicy;

impl Format for IamPolicy {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_IAM_POLICY
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        // Asset exports hold policies too, but belong to `gcp.inventory`.
        if probe.has_key("asset_type") || probe.has_key("assetType") && probe.has_key("iamPolicy") {
            return Match::No;
        }
        let found = ["", "policy.", "[].policy.", "results.[].policy."]
            .iter()
            .any(|place| {
                probe.has_keys(&[
                    &format!("{place}bindings.[].role"),
                    &format!("{place}bindings.[].members"),
                ])
            });
        let empty = probe.has_keys(&["etag", "version"]) && !probe.has_key("name");
        match (found, empty) {
            (true, _) => Match::Sure,
            (false, true) => Match::Maybe,
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let probe = document.probe();
        let one = probe.has_key("bindings") || probe.has_key("etag");
        let search_line = probe.has_key("policy.bindings");
        let reading = Reading::new(&SPEC_IAM_POLICY, "project", None, document, cx).part_of_scope();
        if one {
            reading.documents(document, &mut policy_of_place)
        } else if search_line {
            reading.documents(document, &mut search_result)
        } else {
            reading.elements(document, &mut element)
        }
    }
}

fn element(reading: &mut Reading<'_, '_>, found: Element<'_>) -> Result<(), Broken> {
    match found.key {
        "" | "results" => search_result(reading, found),
        _ => Ok(()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Policy {
    bindings: Vec<Binding>,
    audit_configs: Option<Value>,
    etag: Option<String>,
    version: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Binding {
    role: Option<String>,
    members: Vec<String>,
    condition: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SearchResult {
    resource: Option<String>,
    policy: Policy,
}

fn search_result(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let result: SearchResult = typed(element.bytes)?;
    let resource = result.resource.ok_or_else(|| Broken::missing("resource"))?;
    say(reading, &names::place(&resource), &resource, &result.policy)
}

/// The output of `get-iam-policy` does not name what it is of.
fn policy_of_place(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let policy: Policy = typed(element.bytes)?;
    let given = [
        ("resource", ""),
        ("organization", "organizations/"),
        ("folder", "folders/"),
        ("project", "projects/"),
        ("service_account", "//iam.googleapis.com/serviceAccounts/"),
    ]
    .iter()
    .find_map(|(key, prefix)| {
        let value = reading.option(key)?;
        Some(if value.starts_with(prefix) {
            value.to_owned()
        } else {
            format!("{prefix}{value}")
        })
    });
    match given {
        Some(resource) => say(reading, &names::place(&resource), &resource, &policy),
        None => {
            let scope = reading.default_scope().to_owned();
            let name = reading.place().to_owned();
            reading.gap(
                "the whole document",
                "the policy does not name what it belongs to: give --scope project=…, folder=…, organization=… or resource=…",
            )?;
            let node = NodeRef::within(NodeKind::Resource, names::PROVIDER, scope, name.clone());
            say(reading, &node, &name, &policy)
        }
    }
}

/// Says a policy whole, and a `has_role` edge for each member and role. Bindings of one member to
/// one role stand on one edge, with every place and condition.
pub(crate) fn say(
    reading: &mut Reading<'_, '_>,
    on: &NodeRef,
    name: &str,
    policy: &Policy,
) -> Result<(), Broken> {
    let scope = (on.kind == NodeKind::Account && on.provider == names::PROVIDER)
        .then(|| on.native_id.clone());
    let scope = scope.as_deref();
    let document = NodeRef::within(
        NodeKind::Policy,
        on.provider.clone(),
        on.partition.clone(),
        format!("{name}#iam_policy"),
    );
    let mut attributes = Attributes {
        tenant: scope.map(str::to_owned),
        ..Attributes::named(format!("IAM policy of {name}"), "gcp_iam_policy")
    }
    .with("bindings", whole(&policy.bindings));
    if let Some(version) = policy.version {
        attributes = attributes.with("version", version);
    }
    if let Some(etag) = &policy.etag {
        attributes = attributes.with("etag", model::text::label(etag));
    }
    if let Some(audit) = &policy.audit_configs {
        attributes = attributes.with("audit_configs", audit.clone());
    }
    let observation = reading.about(document.clone(), attributes);
    reading.say(scope, observation)?;
    members(reading, scope, on, name, &policy.bindings)?;
    let mut holder = reading
        .about(on.clone(), place_attributes(on, name))
        .edge(ObservedEdge::to(EdgeKind::AttachedPolicy, document));
    // Asset inventory names projects by number; the alias joins the project of that number.
    let by_number = on.native_id.bytes().all(|byte| byte.is_ascii_digit());
    if on.kind == NodeKind::Account && by_number {
        holder.aliases.push(names::project_number(&on.native_id));
    }
    Ok(reading.say(scope, holder)?)
}

fn place_attributes(on: &NodeRef, name: &str) -> Attributes {
    let subtype = match on.kind {
        NodeKind::Account => "gcp_project",
        NodeKind::OrgUnit => "gcp_folder",
        NodeKind::Tenant => "gcp_organization",
        NodeKind::Identity => "gcp_service_account",
        _ => "gcp_resource",
    };
    let mut attributes = Attributes {
        subtype: Some(subtype.to_owned()),
        ..Attributes::default()
    };
    if on.kind == NodeKind::Resource {
        attributes.name = Some(name.to_owned());
    }
    attributes
}

fn members(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    on: &NodeRef,
    name: &str,
    bindings: &[Binding],
) -> Result<(), Broken> {
    let mut held: BTreeMap<&str, BTreeMap<&str, Vec<Value>>> = BTreeMap::new();
    let mut count = 0_usize;
    for binding in bindings {
        let Some(role) = binding.role.as_deref() else {
            reading.gap(name, "a binding without `role`")?;
            continue;
        };
        for member in &binding.members {
            count += 1;
            if count > MAX_MEMBERS {
                reading.gap(
                    name,
                    "the policy has more than 20,000 members; the rest is not read",
                )?;
                return held_edges(reading, scope, on, held);
            }
            held.entry(member)
                .or_default()
                .entry(role)
                .or_default()
                .push(binding.condition.clone().unwrap_or(Value::Null));
        }
    }
    held_edges(reading, scope, on, held)
}

fn held_edges(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    on: &NodeRef,
    held: BTreeMap<&str, BTreeMap<&str, Vec<Value>>>,
) -> Result<(), Broken> {
    let place = json!({"kind": on.kind.name(), "name": on.native_id});
    for (text, roles) in held {
        let member = names::member(text);
        let mut observation = reading.about(member.node, member.attributes);
        observation.aliases = member.aliases;
        for (role, conditions) in &roles {
            reading.mention(scope, names::role(role), role_attributes(role), Vec::new())?;
            let mut edge =
                ObservedEdge::to(EdgeKind::HasRole, names::role(role)).with("on", place.clone());
            // Null stands for a binding without condition.
            if conditions.iter().any(|condition| !condition.is_null()) {
                edge = edge.with("conditions", Value::Array(conditions.clone()));
            }
            observation.edges.push(edge);
        }
        if EdgeKind::Grants.allows(observation.node.kind, on.kind) {
            let roles: Vec<&str> = roles.keys().copied().collect();
            observation
                .edges
                .push(ObservedEdge::to(EdgeKind::Grants, on.clone()).with("roles", roles));
        }
        reading.say(scope, observation)?;
    }
    Ok(())
}

/// What the name of a role says of it.
pub(crate) fn role_attributes(role: &str) -> Attributes {
    let predefined = role.starts_with("roles/");
    Attributes {
        // Google's own words for its basic roles: owner and editor change nearly everything.
        declared_privileged: matches!(role, "roles/owner" | "roles/editor").then_some(true),
        ..Attributes::named(role, "gcp_role")
    }
    .with("predefined", predefined)
}

fn whole(bindings: &[Binding]) -> Value {
    bindings
        .iter()
        .map(|binding| {
            let mut map = serde_json::Map::new();
            map.insert("role".to_owned(), json!(binding.role));
            map.insert("members".to_owned(), json!(binding.members));
            if let Some(condition) = &binding.condition {
                map.insert("condition".to_owned(), condition.clone());
            }
            Value::Object(map)
        })
        .collect()
}
