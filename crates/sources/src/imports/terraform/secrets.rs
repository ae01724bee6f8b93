//! The secrets of a state or plan: it holds them in plain text, which is the very point.

use std::collections::BTreeSet;

use formats::{pem, x509};
use model::{EdgeKind, Fingerprint, NodeRef, ObservedEdge, Secret};
use serde_json::Value;

use super::resource::{Resource, Workspace};
use crate::imports::reading::{Broken, Reading};
use crate::imports::secret_values;
use crate::material::{self, Made};

/// Strings looked at in one resource; Kubernetes secrets and Lambda environments stay far below.
const MAX_STRINGS: usize = 20_000;
/// How deep attributes are walked.
const MAX_DEPTH: usize = 24;
/// The longest value fingerprinted; larger ones are files, not secrets.
const MAX_SECRET_BYTES: usize = 256 * 1024;

/// Attributes that hold a secret value, whatever their name says, and who makes it.
const KNOWN: &[(&str, &str, &str, Made)] = &[
    ("aws_iam_access_key", "ses_smtp_password_v4", "aws_ses_smtp_password", Made::ByMachine),
    ("aws_secretsmanager_secret_version", "secret_string", "secret", Made::ByPerson),
    ("aws_ssm_parameter", "value", "secret", Made::ByPerson),
    ("aws_db_instance", "password", "database_password", Made::ByPerson),
    ("aws_rds_cluster", "master_password", "database_password", Made::ByPerson),
    ("google_secret_manager_secret_version", "secret_data", "secret", Made::ByPerson),
    ("google_sql_user", "password", "database_password", Made::ByPerson),
    ("azurerm_key_vault_secret", "value", "secret", Made::ByPerson),
    ("azurerm_storage_account", "primary_access_key", "azure_storage_key", Made::ByMachine),
    ("azurerm_storage_account", "secondary_access_key", "azure_storage_key", Made::ByMachine),
    ("random_password", "result", "password", Made::ByMachine),
    ("random_password", "bcrypt_hash", "password_hash", Made::ByMachine),
    ("vault_token", "client_token", "vault_token", Made::ByMachine),
    ("vault_approle_auth_backend_role_secret_id", "secret_id", "vault_secret_id", Made::ByMachine),
    ("vault_approle_auth_backend_login", "client_token", "vault_token", Made::ByMachine),
    ("vault_generic_secret", "data_json", "secret", Made::ByPerson),
    ("vault_kv_secret_v2", "data_json", "secret", Made::ByPerson),
    ("github_actions_secret", "plaintext_value", "ci_secret", Made::ByPerson),
    ("github_actions_organization_secret", "plaintext_value", "ci_secret", Made::ByPerson),
    ("github_actions_environment_secret", "plaintext_value", "ci_secret", Made::ByPerson),
    ("github_dependabot_secret", "plaintext_value", "ci_secret", Made::ByPerson),
    ("gitlab_project_variable", "value", "ci_secret", Made::ByPerson),
    ("gitlab_deploy_token", "token", "gitlab_deploy_token", Made::ByMachine),
    ("gitlab_project_access_token", "token", "gitlab_project_access_token", Made::ByMachine),
    ("gitlab_group_access_token", "token", "gitlab_group_access_token", Made::ByMachine),
];

/// Attributes that are the same secret in another dress, or no secret of their own.
const LEFT_OUT: &[(&str, &str)] = &[
    ("tls_private_key", "private_key_openssh"),
    ("tls_private_key", "private_key_pem_pkcs8"),
    ("aws_iam_access_key", "encrypted_secret"),
    ("aws_iam_access_key", "encrypted_ses_smtp_password_v4"),
    // Write-only hashes of the secret's version, not the secret.
    ("aws_secretsmanager_secret_version", "version_id"),
];

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
        if let Some(container) = container.or(external_container(resource).as_ref()) {
            observation.edges.push(ObservedEdge::to(
                EdgeKind::StoredIn,
                container.clone(),
            ));
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
        let plain = resource.kind == "aws_ssm_parameter"
            && resource.text("type") != Some("SecureString");
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
        found.attributes.name = found.attributes.name.map(|known| {
            if known == last { name.clone() } else { known }
        });
        found
    })
}

/// True when the path or one above it is marked.
fn is_sensitive(marked: &BTreeSet<String>, path: &str) -> bool {
    marked.iter().any(|mark| {
        path == mark || path.strip_prefix(mark.as_str()).is_some_and(|rest| rest.starts_with('.'))
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
        sensitive: sensitive
            .then(|| name.to_owned())
            .into_iter()
            .collect(),
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

/// Paths of the `true` leaves of `sensitive_values` (of `terraform show -json`).
pub(crate) fn marked_by_shape(shape: &Value) -> BTreeSet<String> {
    fn walk(shape: &Value, path: &mut Vec<String>, out: &mut BTreeSet<String>, depth: usize) {
        if depth > MAX_DEPTH || out.len() >= MAX_STRINGS {
            return;
        }
        match shape {
            Value::Bool(true) => {
                out.insert(path.join("."));
            }
            Value::Array(items) => {
                for item in items {
                    walk(item, path, out, depth + 1);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    path.push(key.clone());
                    walk(item, path, out, depth + 1);
                    path.pop();
                }
            }
            _ => {}
        }
    }
    let mut out = BTreeSet::new();
    walk(shape, &mut Vec::new(), &mut out, 0);
    // A shape that is `true` as a whole marks everything; the empty path would mark nothing.
    out.remove("");
    out
}

/// Paths of `sensitive_attributes` (of a state file): lists of steps.
pub(crate) fn marked_by_steps(paths: &[Value]) -> BTreeSet<String> {
    paths
        .iter()
        .take(MAX_STRINGS)
        .filter_map(|steps| {
            // Older versions wrote one list of steps less.
            let steps = steps.as_array()?;
            let names: Vec<&str> = steps
                .iter()
                .filter_map(|step| {
                    let step_kind = step.get("type").and_then(Value::as_str)?;
                    let value = step.get("value")?;
                    match step_kind {
                        "get_attr" => value.as_str(),
                        // An index step of a map holds its key.
                        "index" => value.get("value").and_then(Value::as_str),
                        _ => None,
                    }
                })
                .collect();
            (!names.is_empty()).then(|| names.join("."))
        })
        .collect()
}
