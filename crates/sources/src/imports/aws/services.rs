//! Functions, keys, secrets, certificates and instances: what runs as which role, and what holds
//! secrets.

use std::collections::BTreeMap;

use model::{
    Alias, Attributes, EdgeKind, Fact, NodeKind, ObservedEdge, Secret, Status,
};
use serde::Deserialize;
use serde_json::Value;

use super::{names, wire};
use crate::imports::reading::{Broken, Reading, Stamp, declare, typed_value};
use crate::imports::secret_values;

/// Environment variables read of one function; Lambda allows 4 kB of them.
const MAX_VARIABLES: usize = 512;
/// Instances of one reservation, names of one certificate.
const MAX_PARTS: usize = 10_000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Function {
    function_arn: Option<String>,
    function_name: Option<String>,
    description: Option<String>,
    role: Option<String>,
    runtime: Option<String>,
    last_modified: Stamp,
    environment: Option<Environment>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    variables: BTreeMap<String, String>,
}

/// A Lambda function of `list-functions`.
pub(crate) fn function(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    said(reading, wire::element(bytes)?)
}

/// A Lambda function already parsed.
pub(crate) fn function_value(reading: &mut Reading<'_, '_>, value: Value) -> Result<(), Broken> {
    said(reading, typed_value(value)?)
}

fn said(reading: &mut Reading<'_, '_>, function: Function) -> Result<(), Broken> {
    let arn = function
        .function_arn
        .ok_or_else(|| Broken::missing("FunctionArn"))?;
    let scope = names::account_of(&arn).map(str::to_owned);
    let node = names::thing(NodeKind::Workload, &arn);
    let mut attributes = Attributes {
        tenant: scope.clone(),
        description: function.description.filter(|text| !text.is_empty()),
        ..Attributes::named(
            function.function_name.as_deref().unwrap_or(&arn),
            "aws_lambda_function",
        )
    };
    if let Some(runtime) = function.runtime {
        attributes = attributes.with("runtime", model::text::label(&runtime));
    }
    if let Some(time) = function.last_modified.time() {
        attributes = attributes.with("last_modified", time.to_string());
    }
    if let Some(environment) = function.environment {
        let variables: Vec<String> = environment
            .variables
            .keys()
            .take(MAX_VARIABLES)
            .map(|name| model::text::label(name))
            .collect();
        attributes = attributes.with("environment_variables", variables);
        for (name, value) in environment.variables.into_iter().take(MAX_VARIABLES) {
            variable(reading, scope.as_deref(), &node, &name, Secret::new(value))?;
        }
    }
    let mut observation = reading.about(node, attributes);
    if let Some(role) = function.role {
        observation
            .edges
            .push(ObservedEdge::to(EdgeKind::RunsAs, names::identity(&role)));
    }
    Ok(reading.say(scope.as_deref(), observation)?)
}

/// A variable that holds a secret becomes a credential known by its fingerprint alone.
fn variable(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    function: &model::NodeRef,
    name: &str,
    value: Secret,
) -> Result<(), Broken> {
    let judged =
        secret_values::judged(reading.cx.fingerprinter, reading.observed(), name, &value);
    drop(value);
    let Some(found) = judged else {
        return Ok(());
    };
    let observation = found
        .at(reading.place().to_owned())
        .edge(
            ObservedEdge::to(EdgeKind::FoundIn, function.clone())
                .with("variable", model::text::label(name)),
        )
        .edge(ObservedEdge::to(EdgeKind::UsedBy, function.clone()));
    Ok(reading.say(scope, observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedKey {
    key_arn: Option<String>,
    key_id: Option<String>,
}

/// A key of `kms list-keys`.
pub(crate) fn listed_key(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let key: ListedKey = wire::element(bytes)?;
    let arn = key.key_arn.ok_or_else(|| Broken::missing("KeyArn"))?;
    let attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        ..Attributes::named(key.key_id.as_deref().unwrap_or(&arn), "aws_kms_key")
    };
    let observation = reading.about(names::thing(NodeKind::Key, &arn), attributes);
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Key {
    arn: Option<String>,
    key_id: Option<String>,
    description: Option<String>,
    creation_date: Stamp,
    deletion_date: Stamp,
    valid_to: Stamp,
    key_state: Option<String>,
    key_manager: Option<String>,
    key_usage: Option<String>,
    key_spec: Option<String>,
    origin: Option<String>,
    multi_region: Option<bool>,
}

/// The metadata of `kms describe-key`.
pub(crate) fn key(reading: &mut Reading<'_, '_>, value: Value) -> Result<(), Broken> {
    let key: Key = typed_value(value)?;
    let arn = key.arn.ok_or_else(|| Broken::missing("Arn"))?;
    let mut attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        description: key.description.filter(|text| !text.is_empty()),
        created: key.creation_date.fact(),
        // Only imported key material ends by itself; a deletion is planned by somebody.
        expires: key.valid_to.fact().or(Some(Fact::never())),
        status: match key.key_state.as_deref() {
            Some("Enabled") => Some(Status::Enabled),
            Some("PendingDeletion") => Some(Status::Deleted),
            Some(_) => Some(Status::Disabled),
            None => None,
        },
        ..Attributes::named(key.key_id.as_deref().unwrap_or(&arn), "aws_kms_key")
    };
    for (word, text) in [
        ("key_state", key.key_state),
        ("key_manager", key.key_manager),
        ("key_usage", key.key_usage),
        ("key_spec", key.key_spec),
        ("origin", key.origin),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    if let Some(many) = key.multi_region {
        attributes = attributes.with("multi_region", many);
    }
    if let Some(time) = key.deletion_date.time() {
        attributes = attributes.with("deletion", time.to_string());
    }
    let observation = reading.about(names::thing(NodeKind::Key, &arn), attributes);
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedSecret {
    #[serde(rename = "ARN", alias = "Arn")]
    arn: Option<String>,
    name: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    rotation_enabled: Option<bool>,
    #[serde(rename = "RotationLambdaARN")]
    rotation_lambda_arn: Option<String>,
    last_rotated_date: Stamp,
    last_changed_date: Stamp,
    last_accessed_date: Stamp,
    next_rotation_date: Stamp,
    deleted_date: Stamp,
    created_date: Stamp,
    owning_service: Option<String>,
    tags: wire::Tags,
}

/// A secret of `secretsmanager list-secrets`: metadata only, the value is not in the output.
pub(crate) fn secret(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let secret: ListedSecret = wire::element(bytes)?;
    let arn = secret.arn.ok_or_else(|| Broken::missing("ARN"))?;
    let scope = names::account_of(&arn).map(str::to_owned);
    let mut attributes = Attributes {
        tenant: scope.clone(),
        description: secret.description.filter(|text| !text.is_empty()),
        created: secret.created_date.fact(),
        // AWS leaves the field out for a secret that was never retrieved, and rounds to the day.
        last_used: Some(
            secret
                .last_accessed_date
                .fact()
                .unwrap_or_else(Fact::never),
        ),
        last_rotated: secret
            .last_changed_date
            .fact()
            .or_else(|| secret.last_rotated_date.fact()),
        status: secret.deleted_date.time().map(|_| Status::Deleted),
        ..Attributes::named(
            secret.name.as_deref().unwrap_or(&arn),
            "aws_secrets_manager_secret",
        )
    };
    if let Some(on) = secret.rotation_enabled {
        attributes = attributes.with("rotation_enabled", on);
    }
    for (word, stamp) in [
        ("last_rotation", &secret.last_rotated_date),
        ("next_rotation", &secret.next_rotation_date),
        ("deleted", &secret.deleted_date),
    ] {
        if let Some(time) = stamp.time() {
            attributes = attributes.with(word, time.to_string());
        }
    }
    if let Some(service) = secret.owning_service {
        attributes = attributes.with("owning_service", model::text::label(&service));
    }
    declare(&mut attributes, secret.tags.pairs());
    let node = names::thing(NodeKind::SecretContainer, &arn);
    let mut observation = reading.about(node, attributes);
    if let Some(function) = secret.rotation_lambda_arn {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Rotates,
            names::thing(NodeKind::Workload, &function),
        ));
    }
    if let Some(key) = secret.kms_key_id {
        match names::account_of(&key) {
            Some(_) => observation.edges.push(ObservedEdge::from(
                EdgeKind::Encrypts,
                names::thing(NodeKind::Key, &key),
            )),
            None => {
                observation
                    .attributes
                    .extra
                    .insert("kms_key".to_owned(), model::text::label(&key).into());
            }
        }
    }
    Ok(reading.say(scope.as_deref(), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Certificate {
    certificate_arn: Option<String>,
    domain_name: Option<String>,
    subject_alternative_names: Vec<String>,
    subject_alternative_name_summaries: Vec<String>,
    serial: Option<String>,
    issuer: Option<String>,
    status: Option<String>,
    r#type: Option<String>,
    key_algorithm: Option<String>,
    renewal_eligibility: Option<String>,
    in_use: Option<bool>,
    in_use_by: Vec<String>,
    created_at: Stamp,
    not_after: Stamp,
    not_before: Stamp,
}

/// A certificate of `acm list-certificates`.
pub(crate) fn certificate(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    certificate_said(reading, wire::element(bytes)?)
}

/// A certificate of `acm describe-certificate`.
pub(crate) fn certificate_detail(
    reading: &mut Reading<'_, '_>,
    value: Value,
) -> Result<(), Broken> {
    certificate_said(reading, typed_value(value)?)
}

fn certificate_said(
    reading: &mut Reading<'_, '_>,
    certificate: Certificate,
) -> Result<(), Broken> {
    let arn = certificate
        .certificate_arn
        .ok_or_else(|| Broken::missing("CertificateArn"))?;
    let scope = names::account_of(&arn).map(str::to_owned);
    let mut attributes = Attributes {
        tenant: scope.clone(),
        created: certificate
            .not_before
            .fact()
            .or_else(|| certificate.created_at.fact()),
        // A certificate still waiting for validation has no end yet.
        expires: Some(certificate.not_after.fact().unwrap_or_else(|| {
            Fact::no_data_yet("ACM states no end: the certificate is not issued yet")
        })),
        ..Attributes::named(
            certificate.domain_name.as_deref().unwrap_or(&arn),
            "aws_acm_certificate",
        )
    };
    for (word, text) in [
        ("status", certificate.status),
        ("type", certificate.r#type),
        ("issuer", certificate.issuer),
        ("key_algorithm", certificate.key_algorithm),
        ("renewal_eligibility", certificate.renewal_eligibility),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    if let Some(used) = certificate.in_use {
        attributes = attributes.with("in_use", used);
    }
    let mut domains = certificate.subject_alternative_names;
    domains.extend(certificate.subject_alternative_name_summaries);
    domains.truncate(MAX_PARTS);
    let domains: Vec<String> = domains.iter().map(|name| model::text::label(name)).collect();
    attributes = attributes.with("domains", domains);
    let mut observation = reading.about(names::credential(arn.as_str()), attributes);
    if let Some(serial) = certificate.serial {
        let serial = serial.replace(':', "").to_lowercase();
        observation
            .aliases
            .push(Alias::lookup(format!("serial:{serial}")));
    }
    for user in certificate.in_use_by.iter().take(MAX_PARTS) {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Presents,
            names::thing(NodeKind::Resource, user),
        ));
    }
    Ok(reading.say(scope.as_deref(), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Reservation {
    owner_id: Option<String>,
    instances: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Instance {
    instance_id: Option<String>,
    image_id: Option<String>,
    instance_type: Option<String>,
    key_name: Option<String>,
    launch_time: Stamp,
    state: Option<State>,
    iam_instance_profile: Option<InstanceProfile>,
    placement: Option<Placement>,
    metadata_options: Option<Metadata>,
    tags: wire::Tags,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct State {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InstanceProfile {
    arn: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Placement {
    availability_zone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Metadata {
    http_tokens: Option<String>,
}

/// The instances of one reservation of `ec2 describe-instances`.
pub(crate) fn reservation(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let reservation: Reservation = wire::element(bytes)?;
    for value in reservation.instances.into_iter().take(MAX_PARTS) {
        let result = typed_value(value)
            .and_then(|found| instance(reading, reservation.owner_id.as_deref(), found));
        match result {
            Ok(()) => {}
            Err(Broken::Element(reason)) => reading.gap("an instance", reason)?,
            Err(stop) => return Err(stop),
        }
    }
    Ok(())
}

fn instance(
    reading: &mut Reading<'_, '_>,
    account: Option<&str>,
    instance: Instance,
) -> Result<(), Broken> {
    let id = instance
        .instance_id
        .ok_or_else(|| Broken::missing("InstanceId"))?;
    let tags = instance.tags.pairs();
    let name = tags
        .iter()
        .find(|(key, value)| key == "Name" && !value.is_empty())
        .map_or_else(|| id.clone(), |(_, value)| value.clone());
    let mut attributes = Attributes {
        tenant: account.map(str::to_owned),
        ..Attributes::named(name, "aws_ec2_instance")
    };
    declare(&mut attributes, tags);
    for (word, text) in [
        ("instance_type", instance.instance_type),
        ("image", instance.image_id),
        ("key_pair", instance.key_name),
        ("state", instance.state.and_then(|state| state.name)),
        (
            "zone",
            instance.placement.and_then(|place| place.availability_zone),
        ),
        (
            "metadata_tokens",
            instance
                .metadata_options
                .and_then(|options| options.http_tokens),
        ),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    if let Some(time) = instance.launch_time.time() {
        attributes = attributes.with("launched", time.to_string());
    }
    let mut observation = reading.about(names::thing(NodeKind::Host, &id), attributes);
    if let Some(arn) = instance.iam_instance_profile.and_then(|profile| profile.arn) {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::RunsOn,
            names::thing(NodeKind::Workload, &arn),
        ));
    }
    Ok(reading.say(account, observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TrustAnchor {
    trust_anchor_arn: Option<String>,
    name: Option<String>,
    enabled: Option<bool>,
    source: Option<AnchorSource>,
    created_at: Stamp,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AnchorSource {
    source_type: Option<String>,
    source_data: Option<BTreeMap<String, String>>,
}

/// A trust anchor of IAM Roles Anywhere.
pub(crate) fn trust_anchor(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let anchor: TrustAnchor = wire::element(bytes)?;
    let arn = anchor
        .trust_anchor_arn
        .ok_or_else(|| Broken::missing("trustAnchorArn"))?;
    let mut attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        status: anchor.enabled.map(on_or_off),
        created: anchor.created_at.fact(),
        ..Attributes::named(
            anchor.name.as_deref().unwrap_or(&arn),
            "aws_roles_anywhere_trust_anchor",
        )
    };
    if let Some(source) = anchor.source {
        if let Some(kind) = source.source_type {
            attributes = attributes.with("source_type", model::text::label(&kind));
        }
        let authority = source
            .source_data
            .and_then(|mut data| data.remove("AcmPcaArn"));
        if let Some(authority) = authority {
            attributes = attributes.with("private_ca", model::text::label(&authority));
        }
    }
    let observation = reading.about(
        names::thing(NodeKind::FederationProvider, &arn),
        attributes,
    );
    Ok(reading.say(names::account_of(&arn), observation)?)
}

fn on_or_off(on: bool) -> Status {
    if on { Status::Enabled } else { Status::Disabled }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AnywhereProfile {
    profile_arn: Option<String>,
    name: Option<String>,
    enabled: Option<bool>,
    role_arns: Vec<String>,
    created_at: Stamp,
}

/// A profile of IAM Roles Anywhere: which roles a certificate may take.
pub(crate) fn roles_anywhere_profile(
    reading: &mut Reading<'_, '_>,
    bytes: &[u8],
) -> Result<(), Broken> {
    let profile: AnywhereProfile = wire::element(bytes)?;
    let arn = profile
        .profile_arn
        .ok_or_else(|| Broken::missing("profileArn"))?;
    let attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        status: profile.enabled.map(on_or_off),
        created: profile.created_at.fact(),
        ..Attributes::named(
            profile.name.as_deref().unwrap_or(&arn),
            "aws_roles_anywhere_profile",
        )
    };
    let mut observation = reading.about(names::thing(NodeKind::Workload, &arn), attributes);
    for role in profile.role_arns.iter().take(MAX_PARTS) {
        observation
            .edges
            .push(ObservedEdge::to(EdgeKind::RunsAs, names::identity(role)));
    }
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PodIdentity {
    association_arn: Option<String>,
    cluster_name: Option<String>,
    namespace: Option<String>,
    service_account: Option<String>,
    role_arn: Option<String>,
    created_at: Stamp,
}

/// An association of `eks list-pod-identity-associations`.
pub(crate) fn pod_identity(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    pod_identity_said(reading, wire::element(bytes)?)
}

/// The association of `eks describe-pod-identity-association`.
pub(crate) fn association(reading: &mut Reading<'_, '_>, value: Value) -> Result<(), Broken> {
    pod_identity_said(reading, typed_value(value)?)
}

/// The pods' service account acts as the role. The cluster is named as EKS names it; an import of
/// the cluster's objects under `--scope cluster=<the same name>` is the same service account.
fn pod_identity_said(
    reading: &mut Reading<'_, '_>,
    association: PodIdentity,
) -> Result<(), Broken> {
    let (Some(cluster), Some(namespace), Some(account)) = (
        association.cluster_name,
        association.namespace,
        association.service_account,
    ) else {
        return Err(Broken::because(
            "it lacks `clusterName`, `namespace` or `serviceAccount`",
        ));
    };
    let scope = association
        .association_arn
        .as_deref()
        .and_then(names::account_of)
        .map(str::to_owned);
    let node = model::NodeRef::within(
        NodeKind::Identity,
        "kubernetes",
        cluster.clone(),
        format!("system:serviceaccount:{namespace}:{account}"),
    );
    let attributes = Attributes {
        class: Some(model::Class::Machine),
        tenant: Some(cluster),
        ..Attributes::named(account, "k8s_service_account")
    };
    let mut observation = reading.about(node, attributes);
    if let Some(role) = association.role_arn {
        let mut edge = ObservedEdge::to(EdgeKind::Consumes, names::identity(&role));
        if let Some(arn) = &association.association_arn {
            edge = edge.with("pod_identity_association", model::text::label(arn));
        }
        if let Some(since) = association.created_at.time() {
            edge = edge.with("since", since.to_string());
        }
        observation.edges.push(edge);
    }
    Ok(reading.say(scope.as_deref(), observation)?)
}
