//! kubeconfig: every user with the clusters its contexts lead to.

use model::Secret;
use serde_json::Value;

use super::json::string;
use super::{ConfigFile, Entry, shown_command};
use crate::error::FormatError;
use crate::text::base64_standard;
use crate::{jwt, pem, private_key, x509};

const WHAT: &str = "the kubeconfig";
/// The most arguments of an exec plug-in kept as text.
const MAX_ARGUMENTS: usize = 50;

/// Parses YAML with the parser's own limits on events, depth, anchors and aliases, so that a
/// billion-laughs file ends early. JSON is YAML.
pub(super) fn yaml(bytes: &[u8], what: &'static str) -> Result<Value, FormatError> {
    let text = crate::text::decode_text(bytes);
    serde_saphyr::from_str::<Value>(&text).map_err(|_| {
        FormatError::broken(
            what,
            "it is not valid YAML, or passes the limits on size and aliases",
        )
    })
}

pub(super) fn read(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let root = yaml(bytes, WHAT)?;
    if root.get("users").is_none() && root.get("clusters").is_none() {
        return Err(FormatError::not("a kubeconfig"));
    }
    let current = string(&root, "current-context");
    for item in list(&root, "users") {
        let name = string(item, "name");
        let Some(user) = item.get("user") else {
            continue;
        };
        let contexts: Vec<&Value> = list(&root, "contexts")
            .filter(|context| {
                context
                    .get("context")
                    .is_some_and(|body| string(body, "user") == name)
            })
            .collect();
        let base = |subtype, kind| {
            with_contexts(Entry::new(name, subtype, kind), &root, &contexts, current)
        };
        let before = out.entries.len();
        read_user(user, &base, out);
        if out.entries.len() == before {
            out.push(base("kubeconfig_user", "none"));
        }
    }
    Ok(())
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn with_contexts(mut entry: Entry, root: &Value, contexts: &[&Value], current: &str) -> Entry {
    for context in contexts {
        let Some(body) = context.get("context") else {
            continue;
        };
        let cluster_name = string(body, "cluster");
        let cluster = list(root, "clusters")
            .find(|cluster| string(cluster, "name") == cluster_name)
            .and_then(|item| item.get("cluster"));
        let server = cluster.map_or("", |cluster| string(cluster, "server"));
        if entry.host.is_none() {
            entry = entry.host(server);
        }
        entry = entry
            .attribute("context", string(context, "name"))
            .attribute("cluster", cluster_name)
            .attribute("server", server)
            .attribute("namespace", string(body, "namespace"));
        if string(context, "name") == current {
            entry = entry.attribute("current", "true");
        }
        if cluster
            .and_then(|cluster| cluster.get("insecure-skip-tls-verify"))
            .and_then(Value::as_bool)
            == Some(true)
        {
            entry = entry.attribute("insecure_skip_tls_verify", "true");
        }
    }
    entry
}

fn read_user(
    user: &Value,
    base: &dyn Fn(&'static str, &'static str) -> Entry,
    out: &mut ConfigFile,
) {
    client_certificate(user, base, out);
    let token = string(user, "token");
    if !token.is_empty() {
        let mut entry = base("kubeconfig_token", "access_token").value(token);
        if let Ok(claims) = jwt::parse(token) {
            entry.expires = claims.expires;
            entry = entry.user(claims.sub.as_deref().unwrap_or_default());
        }
        out.push(entry);
    }
    let token_file = string(user, "tokenFile");
    if !token_file.is_empty() {
        out.push(base("kubeconfig_token", "none").points_to(format!("file: {token_file}")));
    }
    if !string(user, "password").is_empty() {
        out.push(
            base("kubeconfig_basic", "password")
                .user(string(user, "username"))
                .value(string(user, "password")),
        );
    }
    if let Some(exec) = user.get("exec").filter(|exec| exec.is_object()) {
        let arguments: Vec<&str> = list(exec, "args")
            .filter_map(Value::as_str)
            .take(MAX_ARGUMENTS)
            .collect();
        let command = string(exec, "command");
        out.push(
            base("kubeconfig_exec", "none")
                .attribute("exec_command", command)
                .attribute("exec_args", &shown_command(&arguments.join(" ")))
                .points_to(format!("command: {command}")),
        );
    }
    if let Some(provider) = user
        .get("auth-provider")
        .filter(|provider| provider.is_object())
    {
        let config = provider.get("config").unwrap_or(&Value::Null);
        for (key, kind) in [
            ("access-token", "oauth_access_token"),
            ("id-token", "oauth_access_token"),
            ("refresh-token", "oauth_refresh_token"),
            ("client-secret", "oauth_client_secret"),
        ] {
            if !string(config, key).is_empty() {
                out.push(
                    base("kubeconfig_auth_provider", kind)
                        .attribute("provider", string(provider, "name"))
                        .attribute("idp_issuer_url", string(config, "idp-issuer-url"))
                        .public_id(string(config, "client-id"))
                        .value(string(config, key)),
                );
            }
        }
    }
}

/// A client certificate: CN is the user, O the groups.
fn client_certificate(
    user: &Value,
    base: &dyn Fn(&'static str, &'static str) -> Entry,
    out: &mut ConfigFile,
) {
    let inline =
        |key: &str| base64_standard(string(user, key).as_bytes()).filter(|bytes| !bytes.is_empty());
    let (certificate, key) = (
        inline("client-certificate-data"),
        inline("client-key-data").map(Secret::new),
    );
    if !string(user, "client-certificate-data").is_empty() && certificate.is_none() {
        out.problem(0, "the client certificate of a user is not base64");
    }
    let (certificate_file, key_file) = (
        string(user, "client-certificate"),
        string(user, "client-key"),
    );
    if certificate.is_none() && key.is_none() && certificate_file.is_empty() && key_file.is_empty()
    {
        return;
    }
    let mut entry = base(
        "kubeconfig_client_certificate",
        if key.is_some() { "private_key" } else { "none" },
    );
    if let Some(bytes) = certificate {
        let parsed = pem::scan(&bytes)
            .blocks
            .iter()
            .find(|block| block.is_certificate())
            .and_then(|block| x509::parse_der(block.data.expose()).ok());
        if let Some(certificate) = parsed {
            entry = entry
                .user(certificate.subject_cn.as_deref().unwrap_or_default())
                .attribute("groups", &certificate.subject_organisations.join(","));
            entry.expires = Some(certificate.not_after);
            entry.created = Some(certificate.not_before);
            entry.certificate = Some(Box::new(certificate));
        } else {
            out.problem(0, "the client certificate of a user cannot be read");
        }
    }
    if let Some(key) = key {
        let block = pem::scan(key.expose())
            .blocks
            .into_iter()
            .find(pem::Block::is_private_key);
        entry.private_key = block
            .and_then(|block| private_key::from_pem(&block).ok())
            .map(Box::new);
        entry.has_secret = true;
        entry.secret = Some(key);
    } else if !key_file.is_empty() {
        entry = entry.points_to(format!("file: {key_file}"));
    } else if !certificate_file.is_empty() {
        entry = entry.points_to(format!("file: {certificate_file}"));
    }
    out.push(entry);
}
