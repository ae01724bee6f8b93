//! The secrets of a state or plan: it holds them in plain text, which is the very point.

use std::collections::BTreeSet;

use formats::{pem, x509};
use model::{Alias, Attributes, EdgeKind, Fact, Fingerprint, NodeRef, ObservedEdge, Secret};
use serde_json::Value;

use super::resource::{Resource, Workspace};
use super::secret_table::{KNOWN, LEFT_OUT};
use crate::imports::aws::names;
use crate::imports::reading::{Broken, Reading};
use crate::imports::secret_values;
use crate::material::{self, Made};

/// Strings looked at in one resource; Kubernetes secrets and Lambda environments stay far below.
const MAX_STRINGS: usize = 20_000;
/// How deep attributes are walked.
const MAX_DEPTH: usize = 24;
/// The longest value fingerprinted; larger ones are files, not secrets.
const MAX_SECRET_BYTES: usize = 256 * 1024;

/// Where the credentials of the run itself stand.
const RUN: &[&str] = &["backend", "provider"];

/// Says an AWS key with which the run is configured, as the key it is; gives the attribute that
/// its secret was read from.
pub(crate) fn run_key(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
) -> Result<Option<&'static str>, Broken> {
    let Some(id) = resource
        .text("access_key")
        .filter(|id| names::is_key_id(id))
    else {
        return Ok(None);
    };
    let attributes = Attributes {
        tenant: formats::token::aws_key_id(id).and_then(|found| found.account),
        expires: Some(Fact::never()),
        ..Attributes::named(id, "aws_access_key")
    };
    let mut observation = reading
        .about(names::credential(id), attributes)
        .edge(ObservedEdge::to(EdgeKind::UsedBy, workspace.node.clone()));
    let secret = fingerprint_of(reading, resource, "secret_key");
    let taken = secret.is_some().then_some("secret_key");
    if let Some((fingerprint, _)) = secret {
        observation.aliases.push(Alias::same(fingerprint.as_str()));
        observation.attributes.fingerprint = Some(fingerprint);
        observation
            .edges
            .push(lies_in(workspace, resource, "secret_key"));
    }
    reading.say(workspace.said_in(), observation)?;
    Ok(taken)
}

/// Says every secret of a resource; `taken` is an attribute that its own node has dealt with.
pub(crate) fn of_resource(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
    taken: Option<&str>,
    container: Option<&NodeRef>,
) -> Result<(), Broken> {
    let mut walk = Walk {
        left: MAX_STRINGS,
        found: Vec::new(),
    };
    walk.value(resource.values, &mut Vec::new(), 0);
    let cut = walk.left == 0;
    for (path, text) in walk.found {
        if Some(path.as_str()) == taken {
            continue;
        }
        certificates(reading, workspace, resource, &path, text)?;
        let Some(observation) = secret(reading, resource, &path, text) else {
            continue;
        };
        let mut observation = observation
            .at(reading.place().to_owned())
            .edge(lies_in(workspace, resource, &path));
        if RUN.contains(&resource.kind) {
            observation
                .edges
                .push(ObservedEdge::to(EdgeKind::UsedBy, workspace.node.clone()));
        }
        if let Some(container) = container.or(external_container(resource).as_ref()) {
            observation
                .edges
                .push(ObservedEdge::to(EdgeKind::StoredIn, container.clone()));
        }
        reading.say(workspace.said_in(), observation)?;
    }
    if cut {
        reading.gap(
            &resource.address,
            "the resource has more than 20,000 texts; the rest was not searched for secrets",
        )?;
    }
    Ok(())
}

/// The edge that says where in the state or plan a value lies.
pub(crate) fn lies_in(workspace: &Workspace, resource: &Resource<'_>, path: &str) -> ObservedEdge {
    ObservedEdge::to(EdgeKind::StoredIn, workspace.file.clone())
        .with("address", model::text::label(&resource.address))
        .with("attribute", model::text::label(path))
}

/// The fingerprint of an attribute that is the secret of the resource's own node.
pub(crate) fn fingerprint_of(
    reading: &Reading<'_, '_>,
    resource: &Resource<'_>,
    key: &str,
) -> Option<(Fingerprint, Made)> {
    let text = resource.text(key)?;
    // A service-account key is the JSON file in base64; its value is the private key within.
    let secret = match super::google::key_file(resource.kind, key, text) {
        Some(secret) => secret,
        None => Secret::new(text),
    };
    Some((
        reading.cx.fingerprinter.fingerprint(&secret),
        Made::ByMachine,
    ))
}

/// A version of a secret lies in the secret that its id names.
fn external_container(resource: &Resource<'_>) -> Option<NodeRef> {
    let kind = model::NodeKind::SecretContainer;
    match resource.kind {
        "aws_secretsmanager_secret_version" => resource
            .first(&["secret_id", "arn"])
            .filter(|arn| arn.starts_with("arn:"))
            .map(|arn| NodeRef::global(kind, "aws", arn)),
        "google_secret_manager_secret_version" => resource
            .text("secret")
            .map(|name| NodeRef::global(kind, "gcp", name)),
        _ => None,
    }
}

fn secret(
    reading: &Reading<'_, '_>,
    resource: &Resource<'_>,
    path: &str,
    text: &str,
) -> Option<model::Observation> {
    if text.is_empty()
        || text.len() > MAX_SECRET_BYTES
        || LEFT_OUT.contains(&(resource.kind, path))
        || is_hash_of_key(resource.kind, path, text)
    {
        return None;
    }
    let value = Secret::new(text);
    let (fingerprinter, observed) = (reading.cx.fingerprinter, reading.observed());
    let name = format!("{} {path}", resource.address);
    let known = KNOWN
        .iter()
        .find(|(kind, key, ..)| *kind == resource.kind && *key == path);
    if let Some((_, _, subtype, made)) = known {
        // A parameter is a secret only when it says so.
        let plain =
            resource.kind == "aws_ssm_parameter" && resource.text("type") != Some("SecureString");
        return if plain {
            secret_values::judged(fingerprinter, observed, &name, &value)
        } else {
            Some(secret_values::known(
                fingerprinter,
                observed,
                &name,
                subtype,
                *made,
                &value,
            ))
        };
    }
    let last = path.rsplit('.').next().unwrap_or(path);
    let data_of_secret = matches!(resource.kind, "kubernetes_secret" | "kubernetes_secret_v1")
        && (path.starts_with("data.") || path.starts_with("binary_data."));
    if data_of_secret || is_sensitive(&resource.sensitive, path) {
        // Public halves and names are often marked because they hang on something marked.
        if text.len() < 4 || text.starts_with("arn:") {
            return None;
        }
        let subtype = secret_values::subtype_of_name(last).unwrap_or("sensitive_value");
        return Some(secret_values::known(
            fingerprinter,
            observed,
            &name,
            subtype,
            Made::ByPerson,
            &value,
        ));
    }
    secret_values::judged(fingerprinter, observed, last, &value).map(|mut found| {
        found.attributes.name = found
            .attributes
            .name
            .map(|known| if known == last { name.clone() } else { known });
        found
    })
}

/// Before version 4 the TLS provider kept the SHA-1 of the key where its name promises the key.
fn is_hash_of_key(kind: &str, path: &str, text: &str) -> bool {
    kind.starts_with("tls_") && path.ends_with("private_key_pem") && !text.contains("-----BEGIN ")
}

/// True when the path or one above it is marked.
fn is_sensitive(marked: &BTreeSet<String>, path: &str) -> bool {
    marked.iter().any(|mark| {
        path == mark
            || path
                .strip_prefix(mark.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Certificates are no secrets and are said with all they hold.
fn certificates(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
    path: &str,
    text: &str,
) -> Result<(), Broken> {
    if !text.contains("-----BEGIN CERTIFICATE") || text.len() > MAX_SECRET_BYTES {
        return Ok(());
    }
    let parsed: Vec<_> = pem::scan(text.as_bytes())
        .blocks
        .iter()
        .filter(|block| block.is_certificate())
        .filter_map(|block| x509::parse_der(block.data.expose()).ok())
        .collect();
    for observation in material::certificates(&parsed, reading.observed()) {
        let observation = observation
            .at(reading.place().to_owned())
            .edge(lies_in(workspace, resource, path));
        reading.say(workspace.said_in(), observation)?;
    }
    Ok(())
}

/// Says the secrets among named values: variables of a plan, outputs of a state.
pub(crate) fn of_named(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    what: &'static str,
    name: &str,
    value: &Value,
    sensitive: bool,
) -> Result<(), Broken> {
    let values = Value::Object(std::iter::once((name.to_owned(), value.clone())).collect());
    let resource = Resource {
        address: format!("{what}.{name}"),
        module: "",
        kind: what,
        data: true,
        values: &values,
        sensitive: sensitive.then(|| name.to_owned()).into_iter().collect(),
        action: "",
    };
    of_resource(reading, workspace, &resource, None, None)
}

/// Collects the texts of a value with their paths; indexes of lists are left out of paths.
struct Walk<'v> {
    left: usize,
    found: Vec<(String, &'v str)>,
}

impl<'v> Walk<'v> {
    fn value(&mut self, value: &'v Value, path: &mut Vec<&'v str>, depth: usize) {
        if depth > MAX_DEPTH || self.left == 0 {
            return;
        }
        match value {
            Value::String(text) => {
                self.left -= 1;
                self.found.push((path.join("."), text));
            }
            Value::Array(items) => {
                for item in items {
                    self.value(item, path, depth + 1);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    path.push(key);
                    self.value(item, path, depth + 1);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}
