//! `terraform.state`: a state file (version 4), what `terraform show -json` says of one, and the
//! file in `.terraform/` that holds the backend's settings.

use std::borrow::Cow;

use model::{EdgeKind, NodeRef, ObservedEdge};
use serde::Deserialize;
use serde_json::{Value, json};

use super::SPEC_STATE;
use super::marks::{marked_by_shape, marked_by_steps};
use super::resource::{self, Resource, Workspace};
use super::secrets;
use crate::imports::fields::typed;
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// How deep modules are followed.
const MAX_MODULE_DEPTH: usize = 32;

/// States.
#[derive(Debug)]
pub struct State;

impl Format for State {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_STATE
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let file = probe.has_keys(&["lineage", "serial"]);
        let shown = probe.has_keys(&["format_version", "values"])
            && !probe.has_key("resource_changes")
            && !probe.has_key("planned_values");
        if file || shown {
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
        let reading = Reading::new(&SPEC_STATE, "workspace", None, document, cx);
        let mut header = Header::default();
        reading.elements(document, &mut |reading, found| {
            element(reading, &mut header, found)
        })
    }
}

/// What stands before the resources.
#[derive(Default)]
struct Header {
    version: Option<u64>,
    terraform_version: Option<String>,
    lineage: Option<String>,
    serial: Option<u64>,
    workspace: Option<Workspace>,
}

impl Header {
    /// The workspace, said once, when the first thing of it is met. Terraform writes the lineage
    /// before the resources.
    fn workspace(&mut self, reading: &mut Reading<'_, '_>) -> Result<Workspace, Broken> {
        if let Some(workspace) = &self.workspace {
            return Ok(workspace.clone());
        }
        let provisional = self.lineage.is_none() && reading.option("workspace").is_none();
        let scope = self
            .lineage
            .clone()
            .unwrap_or_else(|| reading.default_scope().to_owned());
        let workspace = Workspace::new(&scope, provisional, reading.place());
        workspace.say(
            reading,
            "terraform_state",
            &[
                ("terraform_version", json!(self.terraform_version)),
                ("serial", json!(self.serial)),
                ("lineage", json!(self.lineage)),
            ],
        )?;
        self.workspace = Some(workspace.clone());
        Ok(workspace)
    }
}

fn element(
    reading: &mut Reading<'_, '_>,
    header: &mut Header,
    found: Element<'_>,
) -> Result<(), Broken> {
    match found.key {
        "version" => {
            header.version = typed(found.bytes).ok();
            Ok(())
        }
        "terraform_version" => {
            header.terraform_version = typed(found.bytes).ok();
            Ok(())
        }
        "lineage" => {
            header.lineage = typed::<String>(found.bytes)
                .ok()
                .filter(|id| !id.is_empty());
            Ok(())
        }
        "serial" => {
            header.serial = typed(found.bytes).ok();
            Ok(())
        }
        "outputs" => {
            let workspace = header.workspace(reading)?;
            outputs(reading, &workspace, &typed(found.bytes)?)
        }
        "resources" => {
            let workspace = header.workspace(reading)?;
            file_resource(reading, &workspace, &typed(found.bytes)?)
        }
        "values" => {
            let workspace = header.workspace(reading)?;
            shown(reading, &workspace, &typed(found.bytes)?)
        }
        "backend" => {
            let workspace = header.workspace(reading)?;
            backend(reading, &workspace, &typed(found.bytes)?)
        }
        "modules" if header.version.is_some_and(|version| version < 4) => {
            let value: Value = typed(found.bytes)?;
            let empty = value
                .get("resources")
                .and_then(Value::as_object)
                .is_none_or(serde_json::Map::is_empty);
            if empty {
                Ok(())
            } else {
                Err(Broken::because(
                    "the state is of version 3 (Terraform before 0.12): run `terraform state pull` with a newer Terraform, which rewrites it",
                ))
            }
        }
        _ => Ok(()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FileResource {
    module: Option<String>,
    mode: Option<String>,
    r#type: Option<String>,
    name: Option<String>,
    instances: Vec<Instance>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Instance {
    index_key: Option<Value>,
    attributes: Value,
    sensitive_attributes: Vec<Value>,
}

fn file_resource(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    found: &FileResource,
) -> Result<(), Broken> {
    let (Some(kind), Some(name)) = (found.r#type.as_deref(), found.name.as_deref()) else {
        return Err(Broken::because("it has no `type` or `name`"));
    };
    let module = found.module.as_deref().unwrap_or_default();
    let data = found.mode.as_deref() == Some("data");
    for instance in &found.instances {
        let values = undressed(&instance.attributes);
        let resource = Resource {
            address: address(module, data, kind, name, instance.index_key.as_ref()),
            module,
            kind,
            data,
            values: &values,
            sensitive: marked_by_steps(&instance.sensitive_attributes),
            action: "",
        };
        resource::say(reading, workspace, &resource)?;
    }
    Ok(())
}

/// The attributes with plain values only. A state file writes an attribute of no fixed type, such as
/// `input` of `terraform_data`, with its type beside it: `{"value": …, "type": ["object", …]}`. The
/// marks of sensitive values, and `show -json`, leave that step out.
fn undressed(attributes: &Value) -> Cow<'_, Value> {
    const PLAIN: &[&str] = &["string", "number", "bool", "dynamic"];
    const NESTED: &[&str] = &["object", "map", "list", "set", "tuple"];
    fn dressed(value: &Value) -> Option<&Value> {
        let map = value.as_object().filter(|map| map.len() == 2)?;
        let is_type = match map.get("type")? {
            Value::String(word) => PLAIN.contains(&word.as_str()),
            Value::Array(words) => words
                .first()
                .and_then(Value::as_str)
                .is_some_and(|word| NESTED.contains(&word)),
            _ => false,
        };
        map.get("value").filter(|_| is_type)
    }
    match attributes.as_object() {
        Some(map) if map.values().any(|value| dressed(value).is_some()) => {
            let plain = map
                .iter()
                .map(|(key, value)| (key.clone(), dressed(value).unwrap_or(value).clone()));
            Cow::Owned(Value::Object(plain.collect()))
        }
        _ => Cow::Borrowed(attributes),
    }
}

fn address(module: &str, data: bool, kind: &str, name: &str, index: Option<&Value>) -> String {
    let mut text = String::new();
    if !module.is_empty() {
        text.push_str(module);
        text.push('.');
    }
    if data {
        text.push_str("data.");
    }
    text.push_str(kind);
    text.push('.');
    text.push_str(name);
    if let Some(index) = index.filter(|index| !index.is_null()) {
        text.push('[');
        text.push_str(&index.to_string());
        text.push(']');
    }
    text
}

/// Outputs of either form: `{"name": {"value": …, "sensitive": true}}`.
pub(crate) fn outputs(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    outputs: &Value,
) -> Result<(), Broken> {
    for (name, output) in outputs.as_object().into_iter().flatten() {
        let sensitive = output.get("sensitive") == Some(&Value::Bool(true));
        let value = output.get("value").unwrap_or(&Value::Null);
        secrets::of_named(reading, workspace, "output", name, value, sensitive)?;
    }
    Ok(())
}

/// `values` of `terraform show -json`, also `prior_state.values` of a plan.
pub(crate) fn shown(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    values: &Value,
) -> Result<(), Broken> {
    if let Some(found) = values.get("outputs") {
        outputs(reading, workspace, found)?;
    }
    match values.get("root_module") {
        Some(root) => module(reading, workspace, root, 0),
        None => Ok(()),
    }
}

fn module(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    value: &Value,
    depth: usize,
) -> Result<(), Broken> {
    if depth > MAX_MODULE_DEPTH {
        return Err(Broken::because("modules are nested deeper than 32 levels"));
    }
    let text = |value: &'_ Value, key: &str| -> Option<String> {
        value.get(key).and_then(Value::as_str).map(str::to_owned)
    };
    let path = text(value, "address").unwrap_or_default();
    let list = |key: &str| value.get(key).and_then(Value::as_array);
    for found in list("resources").into_iter().flatten() {
        let (Some(kind), Some(address)) = (text(found, "type"), text(found, "address")) else {
            reading.gap(&path, "a resource without `type` or `address`")?;
            continue;
        };
        let resource = Resource {
            address,
            module: &path,
            kind: &kind,
            data: found.get("mode").and_then(Value::as_str) == Some("data"),
            values: found.get("values").unwrap_or(&Value::Null),
            sensitive: found
                .get("sensitive_values")
                .map(marked_by_shape)
                .unwrap_or_default(),
            action: "",
        };
        resource::say(reading, workspace, &resource)?;
    }
    for child in list("child_modules").into_iter().flatten() {
        module(reading, workspace, child, depth + 1)?;
    }
    Ok(())
}

/// Backend settings in `.terraform/terraform.tfstate`: where the state lies and with which
/// credentials the run reaches it.
fn backend(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    backend: &Value,
) -> Result<(), Broken> {
    let kind = backend
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let config = backend.get("config").cloned().unwrap_or(Value::Null);
    let mut observation = reading.about(workspace.node.clone(), model::Attributes::default());
    observation
        .attributes
        .extra
        .insert("backend".to_owned(), model::text::label(kind).into());
    for key in [
        "bucket",
        "key",
        "region",
        "container_name",
        "prefix",
        "address",
        "path",
    ] {
        // An HTTP backend's address may hold a password, so only plain words are kept.
        if let Some(text) = config
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.contains('@') && !text.contains('?'))
        {
            observation
                .attributes
                .extra
                .insert(format!("backend_{key}"), model::text::label(text).into());
        }
    }
    let role = config.get("role_arn").and_then(Value::as_str).or_else(|| {
        config
            .get("assume_role")
            .and_then(|role| role.get("role_arn"))
            .and_then(Value::as_str)
    });
    if let Some(role) = role.filter(|role| !role.is_empty()) {
        observation
            .edges
            .push(ObservedEdge::to(EdgeKind::RunsAs, run_role(role)).with("used_for", "backend"));
    }
    reading.say(workspace.said_in(), observation)?;
    run_secrets(reading, workspace, "backend", &config)
}

/// A role that a run takes on.
pub(crate) fn run_role(arn: &str) -> NodeRef {
    NodeRef::global(model::NodeKind::Identity, "aws", arn)
}

/// The credentials a run is configured with.
pub(crate) fn run_secrets(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    what: &'static str,
    config: &Value,
) -> Result<(), Broken> {
    let resource = Resource {
        address: what.to_owned(),
        module: "",
        kind: what,
        data: true,
        values: config,
        sensitive: std::collections::BTreeSet::new(),
        action: "",
    };
    let taken = secrets::run_key(reading, workspace, &resource)?;
    secrets::of_resource(reading, workspace, &resource, taken, None)
}
