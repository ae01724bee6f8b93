//! `aws.resources`: resource policies and the things that use identities, as the CLI prints them.
//! Most of these outputs are one small object that does not name its subject; then the file name
//! or `--scope resource=ARN` does.

use model::{Attributes, EdgeKind, NodeKind, NodeRef, ObservedEdge};
use serde_json::Value;

use super::{SPEC_RESOURCES, bodies, databases, holdings, kms, names, policy, wire, workloads};
use crate::imports::fields::typed;
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::ConnectorSpec;

/// Resource policies, functions, keys, secrets, certificates and instances.
#[derive(Debug)]
pub struct Resources;

const LISTS: &[&str] = &[
    "Functions.[].FunctionArn",
    "Keys.[].KeyArn",
    "SecretList",
    "CertificateSummaryList",
    "Reservations.[].Instances",
    "trustAnchors",
    "profiles.[].profileArn",
    "associations.[].associationArn",
    "Grants.[].GranteePrincipal",
    "Aliases.[].TargetKeyId",
    "Aliases.[].AliasArn",
    "Rotations.[].RotationDate",
    "DBInstances.[].DBInstanceArn",
    "DBClusters.[].DBClusterArn",
];

const WHOLE: &[&str] = &[
    "KeyMetadata.KeyId",
    "Certificate.CertificateArn",
    "ResourcePolicy",
    "policyText",
    "FunctionArn",
    "Configuration.FunctionArn",
    "association.associationArn",
    "Attributes.QueueArn",
    "Attributes.TopicArn",
    "KeyRotationEnabled",
];

impl Format for Resources {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_RESOURCES
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        if LISTS.iter().chain(WHOLE).any(|key| probe.has_key(key)) {
            return Match::Sure;
        }
        match &probe.shape {
            // `{"Policy": "{\"Version\": …}"}` alone, or with `RevisionId` or `PolicyName`.
            Shape::Json { keys }
                if keys.contains("Policy")
                    && keys.iter().all(|key| {
                        matches!(key.as_str(), "Policy" | "RevisionId" | "PolicyName")
                    }) =>
            {
                Match::Sure
            }
            // `acm get-certificate`.
            Shape::Json { keys }
                if keys.contains("Certificate")
                    && keys
                        .iter()
                        .all(|key| matches!(key.as_str(), "Certificate" | "CertificateChain")) =>
            {
                Match::Sure
            }
            // A bare policy document with a principal: a resource policy saved on its own.
            Shape::Json { .. }
                if probe.has_keys(&["Version", "Statement"])
                    && (probe.has_key("Statement.[].Principal")
                        || probe.has_key("Statement.Principal")) =>
            {
                Match::Sure
            }
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let probe = document.probe();
        let list = LISTS.iter().any(|key| probe.has_key(key));
        let reading = Reading::new(&SPEC_RESOURCES, "account", None, document, cx).part_of_scope();
        if list {
            reading.elements(document, &mut element)
        } else {
            reading.documents(document, &mut whole)
        }
    }
}

fn element(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let bytes = element.bytes;
    let key = wire::pascal_key(element.key);
    match key.as_str() {
        "Functions" => workloads::function(reading, bytes),
        "Keys" => holdings::listed_key(reading, bytes),
        "SecretList" => holdings::secret(reading, bytes),
        "CertificateSummaryList" => holdings::certificate(reading, bytes),
        "Reservations" => workloads::reservation(reading, bytes),
        "TrustAnchors" => workloads::trust_anchor(reading, bytes),
        "Profiles" => workloads::roles_anywhere_profile(reading, bytes),
        "Grants" => kms::grant(reading, bytes),
        "Aliases" => kms::alias(reading, bytes),
        "Rotations" => kms::past_rotation(reading, bytes),
        "DBInstances" => databases::database(reading, bytes, "aws_rds_instance"),
        "DBClusters" => databases::database(reading, bytes, "aws_rds_cluster"),
        "Associations" => workloads::pod_identity(reading, bytes),
        "NextToken" | "NextMarker" | "Truncated" | "Marker" => {
            super::paging(reading, &key, bytes);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn whole(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let bytes = element.bytes;
    let value = wire::pascal(typed::<Value>(bytes)?);
    let part = |key: &str| value.get(key).cloned();
    if let Some(key) = part("KeyMetadata") {
        return holdings::key(reading, key);
    }
    if value.get("KeyRotationEnabled").is_some() {
        return kms::rotation_status(reading, value);
    }
    if value.get("Certificate").is_some_and(Value::is_string) {
        return bodies::acm(reading, value);
    }
    if let Some(certificate) = part("Certificate") {
        return holdings::certificate_detail(reading, certificate);
    }
    if let Some(association) = part("Association") {
        return workloads::association(reading, association);
    }
    if let Some(function) = part("Configuration").filter(|inner| inner.get("FunctionArn").is_some())
    {
        return workloads::function_value(reading, function);
    }
    if value.get("FunctionArn").is_some() {
        return workloads::function_value(reading, value);
    }
    if let Some(attributes) = part("Attributes") {
        return queue_or_topic(reading, &attributes);
    }
    if let Some(body) = part("ResourcePolicy") {
        let arn = value.get("ARN").or_else(|| value.get("Arn"));
        let arn = arn.and_then(Value::as_str).map(str::to_owned);
        return resource_policy(reading, arn, &body);
    }
    if let Some(body) = part("PolicyText") {
        let arn = ecr_arn(&value, reading);
        return resource_policy(reading, arn, &body);
    }
    match part("Policy") {
        Some(body) => resource_policy(reading, None, &body),
        None if value.get("Statement").is_some() => resource_policy(reading, None, &typed(bytes)?),
        None => Err(Broken::because("it is not an output this format reads")),
    }
}

fn ecr_arn(value: &Value, reading: &Reading<'_, '_>) -> Option<String> {
    let registry = value.get("RegistryId")?.as_str()?;
    let repository = value.get("RepositoryName")?.as_str()?;
    // The region is not in the output.
    let region = reading.option("region")?;
    Some(format!(
        "arn:aws:ecr:{region}:{registry}:repository/{repository}"
    ))
}

fn queue_or_topic(reading: &mut Reading<'_, '_>, attributes: &Value) -> Result<(), Broken> {
    let text = |key: &str| attributes.get(key).and_then(Value::as_str);
    let arn = text("QueueArn")
        .or_else(|| text("TopicArn"))
        .ok_or_else(|| Broken::missing("QueueArn"))?;
    let node = resource_node(arn);
    let mut observation = reading.about(node.0, described(arn, node.1));
    if let Some(key) = text("KmsMasterKeyId").filter(|key| !key.is_empty()) {
        kms::protected_by(&mut observation, arn, key);
    }
    reading.say(names::account_of(arn), observation)?;
    match attributes.get("Policy") {
        Some(body) => resource_policy(reading, Some(arn.to_owned()), body),
        None => Ok(()),
    }
}

/// Says whom a resource policy lets in, and keeps it whole.
fn resource_policy(
    reading: &mut Reading<'_, '_>,
    arn: Option<String>,
    body: &Value,
) -> Result<(), Broken> {
    let document = policy::document(body).map_err(Broken::Element)?;
    let arn = arn
        .or_else(|| reading.option("resource").map(str::to_owned))
        .or_else(|| reading.option("bucket").map(bucket_arn))
        .or_else(|| subject_of(&document));
    let (node, subtype, name) = match &arn {
        Some(arn) => {
            let (node, subtype) = resource_node(arn);
            (node, subtype, arn.clone())
        }
        None => {
            // Nothing names the resource: it stands for the file until somebody says what it is.
            let scope = reading.default_scope().to_owned();
            let place = reading.place().to_owned();
            reading.gap(
                "the whole document",
                "the policy does not name the resource it belongs to: give --scope resource=ARN",
            )?;
            let node = NodeRef::within(NodeKind::Resource, names::PROVIDER, scope, place.clone());
            (node, "aws_resource", place)
        }
    };
    let scope = arn
        .as_deref()
        .and_then(names::account_of)
        .map(str::to_owned);
    let native = format!("{}#resource_policy", node.native_id);
    let policy_node = NodeRef::within(
        NodeKind::Policy,
        names::PROVIDER,
        node.partition.clone(),
        native,
    );
    let mut observation = reading.about(node, described(&name, subtype));
    policy::add_trust(reading, scope.as_deref(), &mut observation.edges, &document)?;
    observation.edges.push(ObservedEdge::to(
        EdgeKind::AttachedPolicy,
        policy_node.clone(),
    ));
    let policy = reading.about(
        policy_node,
        Attributes {
            tenant: scope.clone(),
            ..Attributes::named(format!("policy of {name}"), "aws_resource_policy")
        }
        .with("document", document),
    );
    reading.say(scope.as_deref(), policy)?;
    Ok(reading.say(scope.as_deref(), observation)?)
}

fn bucket_arn(name: &str) -> String {
    format!("arn:aws:s3:::{name}")
}

/// The one resource that all statements speak of, as buckets, functions, queues and topics write
/// it. Keys and secrets write `*`, which names nothing.
fn subject_of(document: &Value) -> Option<String> {
    let mut found: Option<String> = None;
    let statements = match document.get("Statement")? {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let resources = statements
        .iter()
        .flat_map(|statement| match statement.get("Resource") {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        });
    for resource in resources.filter_map(Value::as_str) {
        let arn = names::Arn::parse(resource)?;
        let subject = match arn.service {
            "s3" => bucket_arn(arn.resource.split('/').next()?),
            _ => resource.to_owned(),
        };
        if subject.contains('*') || found.as_ref().is_some_and(|other| *other != subject) {
            return None;
        }
        found = Some(subject);
    }
    found
}

fn described(name: &str, subtype: &str) -> Attributes {
    Attributes {
        tenant: names::account_of(name).map(str::to_owned),
        ..Attributes::named(name, subtype)
    }
}

/// Kind and subtype of a resource by its ARN.
fn resource_node(arn: &str) -> (NodeRef, &'static str) {
    let service = names::Arn::parse(arn).map_or("", |arn| arn.service);
    let (kind, subtype) = match service {
        "kms" => (NodeKind::Key, "aws_kms_key"),
        "secretsmanager" => (NodeKind::SecretContainer, "aws_secrets_manager_secret"),
        "lambda" => (NodeKind::Resource, "aws_lambda_function"),
        "s3" => (NodeKind::Resource, "aws_s3_bucket"),
        "sqs" => (NodeKind::Resource, "aws_sqs_queue"),
        "sns" => (NodeKind::Resource, "aws_sns_topic"),
        "ecr" => (NodeKind::Resource, "aws_ecr_repository"),
        _ => (NodeKind::Resource, "aws_resource"),
    };
    (names::thing(kind, arn), subtype)
}
