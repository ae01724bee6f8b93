//! One MCP server as an agent's settings write it.

use model::{Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, Secret, Status};
use serde_json::Value;

use super::package::package;
use crate::host::read::out::Builder;
use crate::host::read::secret::{SecretHint, is_recognised, secret};
use crate::host::read::words::{CUT, Cut, CutSecret, cut_words, is_plausible, is_secret_name};

/// Observes a server with its secrets; gives the edge from the agent to it. `None` for what is
/// none: products keep their built-in extensions under the same key.
pub(super) fn observe(
    builder: &mut Builder<'_>,
    agent: &NodeRef,
    stars: &[String],
    name: &str,
    settings: &Value,
) -> Option<ObservedEdge> {
    let (command, arguments) = command(settings);
    let address = text(
        settings,
        &["url", "serverUrl", "uri", "httpUrl", "endpoint"],
    );
    if command.is_none() && address.is_none() {
        return None;
    }
    let node = server_node(builder, stars, name);
    let transport = transport(settings, command.is_some());
    let mut cut = cut_words(arguments.iter().map(String::as_str));
    let mut attributes = Attributes::named(name, "mcp_server").with("transport", transport);
    if let Some(command) = &command {
        attributes = attributes
            .with("command", command.as_str())
            .with("args", cut.shown.clone());
        if let Some(package) = package(command, &arguments) {
            attributes = attributes
                .with("package", package.name)
                .with("registry", package.registry)
                .with("pinned", package.pinned);
            if let Some(version) = package.version {
                attributes = attributes.with("version", version);
            }
        }
    }
    let mut endpoint = None;
    if let Some(address) = &address {
        let mut shown = cut_words([address.as_str()]);
        cut.secrets.append(&mut shown.secrets);
        let line = shown.line();
        endpoint = endpoint_of(&line);
        attributes = attributes.with("url", line);
    }
    attributes = with_names(attributes, settings, &mut cut);
    attributes = with_limits(attributes, settings);
    let mut observation = Observation::new(node.clone(), builder.cx.observed, attributes);
    if let Some(endpoint) = endpoint {
        observation = observation.edge(ObservedEdge::to(EdgeKind::ConnectsTo, endpoint));
    }
    if command.is_some()
        && let Some(user) = builder.cx.user_node()
    {
        observation = observation
            .edge(ObservedEdge::to(EdgeKind::RunsAs, user).with("basis", "started_by_agent"));
    }
    builder.push(observation);
    for CutSecret { name: field, value } in cut.secrets {
        credential(builder, agent, &node, name, &field, &value);
    }
    Some(
        ObservedEdge::to(EdgeKind::ConnectsTo, node)
            .with("configured_in", builder.facts.path.as_str()),
    )
}

fn server_node(builder: &Builder<'_>, stars: &[String], name: &str) -> NodeRef {
    let mut native = format!("mcp:{}", builder.facts.path);
    for star in stars {
        native = format!("{native}#{star}");
    }
    NodeRef::within(
        NodeKind::Workload,
        "agent",
        builder.cx.partition.to_owned(),
        format!("{native}#{name}"),
    )
}

/// The command and its arguments: `command` a text with `args`, a list, or (Zed) an object.
fn command(settings: &Value) -> (Option<String>, Vec<String>) {
    /// Command lines of servers have some dozen words.
    const MAX_WORDS: usize = 500;
    let words = |value: Option<&Value>| -> Vec<String> {
        value
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .take(MAX_WORDS)
            .map(str::to_owned)
            .collect()
    };
    let arguments = words(settings.get("args"));
    match settings
        .get("command")
        .or_else(|| settings.get("cmd"))
        .or_else(|| settings.pointer("/transport/command"))
    {
        Some(Value::String(command)) if !command.is_empty() => {
            let arguments = if arguments.is_empty() {
                words(settings.pointer("/transport/args"))
            } else {
                arguments
            };
            (Some(command.clone()), arguments)
        }
        Some(list @ Value::Array(_)) => {
            let mut words = words(Some(list)).into_iter();
            (words.next(), words.collect())
        }
        Some(Value::Object(object)) => {
            let command = object
                .get("path")
                .and_then(Value::as_str)
                .map(str::to_owned);
            (command, words(object.get("args")))
        }
        _ => (None, arguments),
    }
}

fn transport(settings: &Value, has_command: bool) -> String {
    let said = text(settings, &["type", "transport", "transportType"]);
    match said.as_deref() {
        Some("local") => "stdio".to_owned(),
        Some("remote" | "streamableHttp" | "streamable-http" | "streamable_http") => {
            "http".to_owned()
        }
        Some(said) => model::text::bounded(said, 32),
        None if has_command => "stdio".to_owned(),
        None => "http".to_owned(),
    }
}

fn text(settings: &Value, keys: &[&str]) -> Option<String> {
    keys.iter()
        .find_map(|key| settings.get(key)?.as_str())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// Names of variables and headers are kept, values that are secrets are cut out.
fn with_names(mut attributes: Attributes, settings: &Value, cut: &mut Cut) -> Attributes {
    for (keys, word) in [
        (
            ["env", "envs", "environment", "env_vars"],
            "environment_names",
        ),
        (
            ["headers", "requestInit", "http_headers", "env_http_headers"],
            "header_names",
        ),
    ] {
        let mut names = Vec::new();
        for key in keys {
            for (name, value) in pairs(settings, key) {
                if let Some(value) = value.filter(|_| key != "env_http_headers") {
                    take(cut, &name, value);
                }
                names.push(name);
            }
        }
        if !names.is_empty() {
            attributes = attributes.with(word, names);
        }
    }
    for (key, word) in [
        ("envFile", "environment_file"),
        ("bearer_token_env_var", "token_variable"),
        ("cwd", "working_directory"),
    ] {
        if let Some(value) = text(settings, &[key]) {
            attributes = attributes.with(word, model::text::bounded(&value, 512));
        }
    }
    for (key, field) in [
        ("bearer_token", "bearer_token"),
        ("apiKey", "apiKey"),
        ("token", "token"),
    ] {
        if let Some(value) = text(settings, &[key]).filter(|value| is_plausible(value)) {
            cut.secrets.push(CutSecret {
                name: field.to_owned(),
                value: Secret::new(value),
            });
        }
    }
    if let Some(secret) = settings
        .pointer("/oauth/clientSecret")
        .or_else(|| settings.pointer("/auth/CLIENT_SECRET"))
        && let Some(value) = secret.as_str().filter(|value| is_plausible(value))
    {
        cut.secrets.push(CutSecret {
            name: "oauth client secret".to_owned(),
            value: Secret::new(value),
        });
    }
    attributes
}

/// The pairs of an object, or the `NAME=value` or `NAME` texts of a list.
fn pairs<'a>(settings: &'a Value, key: &str) -> Vec<(String, Option<&'a str>)> {
    match settings.get(key) {
        Some(Value::Object(object)) => object
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str()))
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value)),
                None => (pair.to_owned(), None),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn take(cut: &mut Cut, name: &str, value: &str) {
    let bare = value
        .strip_prefix("Bearer ")
        .or_else(|| value.strip_prefix("Basic "))
        .or_else(|| value.strip_prefix("token "))
        .unwrap_or(value)
        .trim();
    let secret = is_recognised(bare) || is_secret_name(name) && is_plausible(bare);
    if secret {
        cut.secrets.push(CutSecret {
            name: name.to_owned(),
            value: Secret::new(bare),
        });
        return;
    }
    // A connection string under any name.
    cut.secrets.append(&mut cut_words([value]).secrets);
}

/// What the server may do without asking, and whether it is switched on.
fn with_limits(mut attributes: Attributes, settings: &Value) -> Attributes {
    for (keys, word) in [
        (["autoApprove", "alwaysAllow"], "tools_approved"),
        (["includeTools", "enabled_tools"], "tools_allowed"),
        (["excludeTools", "disabledTools"], "tools_denied"),
        (["tools", "available_tools"], "tools"),
    ] {
        if let Some(value) = keys.iter().find_map(|key| super::fact(settings.get(key)?)) {
            attributes = attributes.with(word, value);
        }
    }
    if settings.get("trust") == Some(&Value::Bool(true)) {
        attributes = attributes.with("approves_all_tools", true);
    }
    let off = settings.get("disabled") == Some(&Value::Bool(true))
        || settings.get("enabled") == Some(&Value::Bool(false));
    attributes.status = Some(if off {
        Status::Disabled
    } else {
        Status::Enabled
    });
    attributes
}

/// Host and port of an address.
fn endpoint_of(address: &str) -> Option<NodeRef> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    if host.is_empty() || host.contains(['$', '{', ' ']) || host.contains(CUT) {
        return None;
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let port = if scheme == "http" { 80 } else { 443 };
    let native = if has_port {
        host.to_lowercase()
    } else {
        format!("{}:{port}", host.to_lowercase())
    };
    Some(NodeRef::global(NodeKind::Resource, "endpoint", native))
}

fn credential(
    builder: &mut Builder<'_>,
    agent: &NodeRef,
    server: &NodeRef,
    server_name: &str,
    field: &str,
    value: &Secret,
) {
    let hint = SecretHint {
        field,
        password: crate::host::workload::is_password(field),
        ..SecretHint::default()
    };
    let observation = secret(&builder.cx, value, hint)
        .edge(ObservedEdge::to(EdgeKind::UsedBy, server.clone()).with("field", field))
        .edge(
            ObservedEdge::to(EdgeKind::UsedBy, agent.clone())
                .with("basis", "mcp_server")
                .with("server", server_name),
        );
    builder.stored(observation, None);
}
