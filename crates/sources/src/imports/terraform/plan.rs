//! `terraform.plan`: what `terraform show -json` says of a plan.

use model::{Attributes, EdgeKind, ObservedEdge, TimeUs};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SPEC_PLAN;
use super::marks::marked_by_shape;
use super::resource::{self, Resource, Workspace};
use super::secrets;
use super::state;
use crate::imports::fields::typed;
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// Plans.
#[derive(Debug)]
pub struct Plan;

impl Format for Plan {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_PLAN
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let plan = probe.has_key("format_version")
            && ["resource_changes", "planned_values", "output_changes"]
                .iter()
                .any(|key| probe.has_key(key));
        if plan { Match::Sure } else { Match::No }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let reading = Reading::new(&SPEC_PLAN, "workspace", stated(document), document, cx);
        let mut workspace = None;
        reading.elements(document, &mut |reading, found| {
            element(reading, &mut workspace, found)
        })
    }
}

/// The time of the plan stands at its end; small plans show it in their head.
fn stated(document: &Document<'_>) -> Option<TimeUs> {
    let head = String::from_utf8_lossy(document.head());
    let (_, after) = head.rsplit_once("\"timestamp\"")?;
    let text = after.split('"').nth(1)?;
    TimeUs::parse(text).ok()
}

fn element(
    reading: &mut Reading<'_, '_>,
    workspace: &mut Option<Workspace>,
    found: Element<'_>,
) -> Result<(), Broken> {
    let known = workspace.clone();
    let workspace = match known {
        Some(workspace) => workspace,
        None => {
            let provisional = reading.option("workspace").is_none();
            let scope = reading.default_scope().to_owned();
            let fresh = Workspace::new(&scope, provisional, reading.place());
            fresh.say(reading, "terraform_plan", &[])?;
            *workspace = Some(fresh.clone());
            fresh
        }
    };
    match found.key {
        "terraform_version" => version(reading, &workspace, &typed::<Value>(found.bytes)?),
        "variables" => variables(reading, &workspace, &typed(found.bytes)?),
        "resource_changes" => change(reading, &workspace, &typed(found.bytes)?),
        "prior_state" => {
            let prior: Value = typed(found.bytes)?;
            match prior.get("values") {
                Some(values) => state::shown(reading, &workspace, values),
                None => Ok(()),
            }
        }
        "configuration" => configuration(reading, &workspace, &typed(found.bytes)?),
        _ => Ok(()),
    }
}

fn version(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    version: &Value,
) -> Result<(), Broken> {
    let attributes = Attributes::default().with("terraform_version", json!(version));
    let observation = reading.about(workspace.node.clone(), attributes);
    Ok(reading.say(workspace.said_in(), observation)?)
}

/// `{"db_password": {"value": "…"}}`: a plan holds the values of its variables.
fn variables(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    variables: &Value,
) -> Result<(), Broken> {
    for (name, variable) in variables.as_object().into_iter().flatten() {
        let value = variable.get("value").unwrap_or(&Value::Null);
        secrets::of_named(reading, workspace, "var", name, value, false)?;
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResourceChange {
    address: Option<String>,
    module_address: Option<String>,
    mode: Option<String>,
    r#type: Option<String>,
    change: Change,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Change {
    actions: Vec<String>,
    before: Value,
    after: Value,
    after_unknown: Value,
    before_sensitive: Value,
    after_sensitive: Value,
}

/// A resource that the plan makes, changes or removes. What only stays is in the prior state.
fn change(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    found: &ResourceChange,
) -> Result<(), Broken> {
    let (Some(address), Some(kind)) = (found.address.clone(), found.r#type.as_deref()) else {
        return Err(Broken::because("it has no `address` or `type`"));
    };
    let change = &found.change;
    let actions: Vec<&str> = change.actions.iter().map(String::as_str).collect();
    let (action, values, shape) = match actions.as_slice() {
        ["no-op" | "read"] | [] => return Ok(()),
        ["create"] => ("create", &change.after, &change.after_sensitive),
        ["update"] => ("update", &change.after, &change.after_sensitive),
        ["delete"] => ("delete", &change.before, &change.before_sensitive),
        // ["delete", "create"] and ["create", "delete"] by order of the two.
        [_, _] => ("replace", &change.before, &change.before_sensitive),
        _ => ("other", &change.after, &change.after_sensitive),
    };
    let resource = Resource {
        address,
        module: found.module_address.as_deref().unwrap_or_default(),
        kind,
        data: found.mode.as_deref() == Some("data"),
        values,
        sensitive: marked_by_shape(shape),
        action,
    };
    if action == "create" && resource.values.is_null() && change.after_unknown.is_null() {
        return Err(Broken::because(
            "it is to be made and says nothing of itself",
        ));
    }
    resource::say(reading, workspace, &resource)
}

/// The configuration of providers: the credentials of the run itself.
fn configuration(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    configuration: &Value,
) -> Result<(), Broken> {
    let providers = configuration
        .get("provider_config")
        .and_then(Value::as_object);
    for (name, provider) in providers.into_iter().flatten() {
        let Some(expressions) = provider.get("expressions") else {
            continue;
        };
        let constants = constants(expressions, 0);
        let role = constants
            .get("assume_role")
            .map(|role| match role {
                Value::Array(items) => items.first().unwrap_or(&Value::Null),
                one => one,
            })
            .and_then(|role| role.get("role_arn"))
            .and_then(Value::as_str);
        let mut observation = reading.about(workspace.node.clone(), Attributes::default());
        if let Some(role) = role {
            observation.edges.push(
                ObservedEdge::to(EdgeKind::RunsAs, state::run_role(role))
                    .with("provider", model::text::label(name)),
            );
        }
        if let Some(account) = constants
            .get("impersonate_service_account")
            .and_then(Value::as_str)
        {
            observation.edges.push(
                ObservedEdge::to(
                    EdgeKind::RunsAs,
                    model::NodeRef::global(
                        model::NodeKind::Identity,
                        "gcp",
                        account.to_lowercase(),
                    ),
                )
                .with("provider", model::text::label(name)),
            );
        }
        if !observation.edges.is_empty() {
            reading.say(workspace.said_in(), observation)?;
        }
        state::run_secrets(reading, workspace, "provider", &constants)?;
    }
    Ok(())
}

/// Expressions with only their constants: `{"region": {"constant_value": "eu-west-1"}}` becomes
/// `{"region": "eu-west-1"}`; references have no value to read.
fn constants(expressions: &Value, depth: usize) -> Value {
    /// Nested blocks of providers are two or three deep.
    const MAX_DEPTH: usize = 16;
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    match expressions {
        Value::Object(map) => match map.get("constant_value") {
            Some(constant) => constant.clone(),
            None => Value::Object(
                map.iter()
                    .filter(|(key, _)| key.as_str() != "references")
                    .map(|(key, value)| (key.clone(), constants(value, depth + 1)))
                    .collect(),
            ),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| constants(item, depth + 1))
            .collect(),
        _ => Value::Null,
    }
}
