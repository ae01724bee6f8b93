//! Functions, instances and outside workloads: what runs as which role.

use std::collections::BTreeMap;

use model::{Attributes, EdgeKind, NodeKind, ObservedEdge, Secret, Status};
use serde::Deserialize;
use serde_json::Value;

use super::{names, wire};
use crate::imports::fields::{Stamp, declare, typed_value};
use crate::imports::reading::{Broken, Reading};
use crate::imports::secret_values;

/// Environment variables read of one function; Lambda allows 4 kB of them.
const MAX_VARIABLES: usize = 512;
/// Instances of one reservation, roles of one profile.
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
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Option<String>,
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
    if let Some(key) = &function.kms_key_arn {
        attributes = attributes.with("kms_key", model::text::label(key));
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
    let judged = secret_values::judged(reading.cx.fingerprinter, reading.observed(), name, &value);
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
    if let Some(arn) = instance
        .iam_instance_profile
        .and_then(|profile| profile.arn)
    {
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
    let observation = reading.about(names::thing(NodeKind::FederationProvider, &arn), attributes);
    Ok(reading.say(names::account_of(&arn), observation)?)
}

fn on_or_off(on: bool) -> Status {
    if on {
        Status::Enabled
    } else {
        Status::Disabled
    }
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
