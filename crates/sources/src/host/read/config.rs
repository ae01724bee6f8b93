//! Configuration files with credentials: entries of the formats crate as observations.

use formats::files::{ConfigFile, Entry, FileFormat};
use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge,
};

use super::out::Builder;
use super::secret::{SecretHint, secret};
use crate::material;

/// Reads the file as what its name and content say; other content is silently none of ours.
pub(super) fn read(builder: &mut Builder<'_>, bytes: &[u8]) {
    let Some(format) = formats::files::detect(&builder.facts.path, bytes) else {
        return;
    };
    match formats::files::parse(format, bytes) {
        Ok(file) => entries(builder, file),
        Err(error) => builder.gap("", error.to_string()),
    }
}

/// Takes what a configuration file holds.
pub(super) fn entries(builder: &mut Builder<'_>, file: ConfigFile) {
    for problem in &file.problems {
        let place = match problem.line {
            0 => String::new(),
            line => format!("line {line}"),
        };
        builder.gap(place, problem.reason);
    }
    for entry in file.entries {
        if builder.is_full() {
            return;
        }
        self::entry(builder, file.format, &entry);
    }
}

fn entry(builder: &mut Builder<'_>, format: FileFormat, entry: &Entry) {
    let line = entry.line;
    if let Some(certificate) = &entry.certificate {
        let observation = material::certificate(certificate, builder.cx.observed);
        let observation = described(observation, format, entry);
        let observation = builder.used_by_owner(observation);
        builder.stored(observation, line);
    }
    if !entry.has_secret {
        if let Some(role) = entry.get("role_arn") {
            let role = role.to_owned();
            assumes(builder, &role, &entry.id);
        }
        return;
    }
    let Some(value) = &entry.secret else {
        return;
    };
    let observation = match (&entry.private_key, entry.subtype) {
        (_, "aws_access_key" | "aws_temporary_access_key") => aws_key(builder, entry),
        (_, "gcp_service_account_key") => gcp_key(builder, entry),
        (Some(key), _) => {
            let text = value.expose().trim_ascii();
            let fingerprint = builder.cx.fingerprinter.fingerprint_bytes(text);
            material::private_key(key, &fingerprint, builder.cx.observed)
        }
        (None, subtype) => {
            let hint = SecretHint {
                field: &entry.id,
                subtype,
                account: entry.user.as_deref(),
                password: matches!(
                    entry.credential_type,
                    "password" | "password_hash" | "shared_key"
                ),
            };
            secret(&builder.cx, value, hint)
        }
    };
    let mut observation = described(observation, format, entry);
    if entry.subtype == "entra_client_secret"
        && let (Some(client), Some(tenant)) = (&entry.public_id, entry.get("tenant"))
    {
        for beside in material::client_secret(&mut observation, client, tenant) {
            builder.push(beside);
        }
    }
    let observation = builder.used_by_owner(observation);
    builder.stored(observation, line);
}

/// Adds what the file says about a credential to what its value shows.
fn described(mut observation: Observation, format: FileFormat, entry: &Entry) -> Observation {
    let attributes = &mut observation.attributes;
    if attributes.created.is_none() {
        attributes.created = entry.created.map(Fact::known);
    }
    if attributes.expires.is_none() {
        attributes.expires = entry.expires.map(Fact::known);
    }
    model::marks::token(attributes, entry.credential_type);
    if let Some(by) = format.remote_access() {
        model::marks::remote_access(attributes, by);
    }
    let extra = &mut attributes.extra;
    extra.insert("read_as".into(), format.name().into());
    for (key, value) in [
        ("entry", Some(&entry.id)),
        ("host", entry.host.as_ref()),
        ("account", entry.user.as_ref()),
        ("public_id", entry.public_id.as_ref()),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            extra.insert(key.into(), value.as_str().into());
        }
    }
    extra
        .entry("credential_type".to_owned())
        .or_insert_with(|| entry.credential_type.into());
    for (key, value) in &entry.attributes {
        extra
            .entry((*key).to_owned())
            .or_insert_with(|| value.as_str().into());
    }
    for key in ["account_id", "project", "tenant"] {
        if let (None, Some(value)) = (&attributes.tenant, entry.get(key)) {
            attributes.tenant = Some(value.to_owned());
        }
    }
    observation
}

fn aws_key(builder: &Builder<'_>, entry: &Entry) -> Observation {
    let id = entry.public_id.clone().unwrap_or_default();
    let mut attributes = Attributes::named(id.clone(), entry.subtype);
    attributes.vendor = Some("aws".to_owned());
    attributes.tenant = entry.get("account").map(str::to_owned);
    let node = NodeRef::global(NodeKind::Credential, "aws", id);
    let observation = Observation::new(node, builder.cx.observed, attributes);
    with_value(builder, observation, entry)
}

fn gcp_key(builder: &Builder<'_>, entry: &Entry) -> Observation {
    let email = entry.user.clone().unwrap_or_default();
    let key_id = entry.public_id.clone().unwrap_or_default();
    let mut attributes = Attributes::named(format!("key {key_id} of {email}"), entry.subtype);
    attributes.vendor = Some("gcp".to_owned());
    if let Some(key) = &entry.private_key {
        if let Some(algorithm) = key.algorithm {
            attributes = attributes.with("key_algorithm", algorithm.name());
        }
        if let Some(bits) = key.bits {
            attributes = attributes.with("bits", bits);
        }
    }
    let node = NodeRef::global(
        NodeKind::Credential,
        "gcp",
        format!("{email}/keys/{key_id}"),
    );
    let mut observation =
        Observation::new(node, builder.cx.observed, attributes).edge(ObservedEdge::to(
            EdgeKind::Authenticates,
            NodeRef::global(NodeKind::Identity, "gcp", email),
        ));
    if let Some(spki) = entry
        .private_key
        .as_ref()
        .and_then(|key| key.spki_sha256.as_ref())
    {
        observation = observation.alias(Alias::lookup(format!("spki:sha256:{spki}")));
    }
    with_value(builder, observation, entry)
}

fn with_value(builder: &Builder<'_>, mut observation: Observation, entry: &Entry) -> Observation {
    match &entry.secret {
        Some(value) => {
            let text = value.expose().trim_ascii();
            let fingerprint = builder.cx.fingerprinter.fingerprint_bytes(text);
            observation.attributes.fingerprint = Some(fingerprint.clone());
            observation.alias(Alias::same(fingerprint.as_str()))
        }
        None => observation,
    }
}

/// A profile that becomes a role without a secret of its own.
fn assumes(builder: &mut Builder<'_>, role_arn: &str, profile: &str) {
    let (Some(user), Some(node)) = (builder.cx.user, builder.cx.user_node()) else {
        return;
    };
    builder.out.users.insert(user.to_owned());
    let attributes = Attributes {
        class: None::<Class>,
        ..Attributes::named(user, "local_user")
    };
    let role = NodeRef::global(NodeKind::Identity, "aws", role_arn.to_owned());
    let observation = Observation::new(node, builder.cx.observed, attributes).edge(
        ObservedEdge::to(EdgeKind::ConnectsTo, role)
            .with("profile", profile)
            .with("basis", "aws_profile"),
    );
    builder.push(observation);
}
