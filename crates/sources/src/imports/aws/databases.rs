//! Managed databases: whether IAM identities may sign in, their first user, the key that protects them.

use model::{Attributes, EdgeKind, NodeKind, NodeRef, ObservedEdge, Status};
use serde::Deserialize;

use super::{kms, names, wire};
use crate::imports::fields::{Stamp, declare};
use crate::imports::reading::{Broken, Reading};

/// Roles of one database; RDS allows one a feature.
const MAX_ROLES: usize = 100;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Database {
    #[serde(rename = "DBInstanceArn", alias = "DBClusterArn")]
    arn: Option<String>,
    #[serde(rename = "DBInstanceIdentifier", alias = "DBClusterIdentifier")]
    identifier: Option<String>,
    #[serde(rename = "DBInstanceStatus", alias = "Status")]
    status: Option<String>,
    engine: Option<String>,
    engine_version: Option<String>,
    master_username: Option<String>,
    endpoint: Option<Endpoint>,
    #[serde(alias = "ClusterCreateTime")]
    instance_create_time: Stamp,
    #[serde(rename = "IAMDatabaseAuthenticationEnabled")]
    iam_authentication: Option<bool>,
    publicly_accessible: Option<bool>,
    storage_encrypted: Option<bool>,
    kms_key_id: Option<String>,
    #[serde(rename = "CACertificateIdentifier")]
    ca_certificate: Option<String>,
    #[serde(alias = "DbClusterResourceId")]
    dbi_resource_id: Option<String>,
    associated_roles: Vec<Role>,
    master_user_secret: Option<MasterSecret>,
    tag_list: wire::Tags,
}

/// An instance writes an object, a cluster the address alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Endpoint {
    Instance {
        #[serde(rename = "Address")]
        address: Option<String>,
        #[serde(rename = "Port")]
        port: Option<u64>,
    },
    Cluster(String),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Role {
    role_arn: Option<String>,
    feature_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MasterSecret {
    secret_arn: Option<String>,
}

/// One of `rds describe-db-instances` or `describe-db-clusters`.
pub(super) fn database(
    reading: &mut Reading<'_, '_>,
    bytes: &[u8],
    subtype: &str,
) -> Result<(), Broken> {
    let database: Database = wire::element(bytes)?;
    let arn = database
        .arn
        .as_deref()
        .ok_or_else(|| Broken::missing("DBInstanceArn"))?;
    let scope = names::account_of(arn).map(str::to_owned);
    let node = names::thing(NodeKind::Resource, arn);
    let mut observation = reading.about(node.clone(), described(&database, arn, subtype));
    if let Some(key) = &database.kms_key_id {
        kms::protected_by(&mut observation, arn, key);
    }
    reading.say(scope.as_deref(), observation)?;
    first_user(reading, &database, arn, node)
}

fn described(database: &Database, arn: &str, subtype: &str) -> Attributes {
    let mut attributes = Attributes {
        tenant: names::account_of(arn).map(str::to_owned),
        created: database.instance_create_time.fact(),
        ..Attributes::named(database.identifier.as_deref().unwrap_or(arn), subtype)
    };
    for (word, flag) in [
        ("iam_authentication", database.iam_authentication),
        ("publicly_accessible", database.publicly_accessible),
        ("storage_encrypted", database.storage_encrypted),
    ] {
        if let Some(flag) = flag {
            attributes = attributes.with(word, flag);
        }
    }
    let (address, port) = match &database.endpoint {
        Some(Endpoint::Instance { address, port }) => (address.clone(), *port),
        Some(Endpoint::Cluster(address)) => (Some(address.clone()), None),
        None => (None, None),
    };
    for (word, text) in [
        ("state", database.status.clone()),
        ("engine", database.engine.clone()),
        ("engine_version", database.engine_version.clone()),
        ("ca_certificate", database.ca_certificate.clone()),
        ("resource_id", database.dbi_resource_id.clone()),
        ("address", address),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    if let Some(port) = port {
        attributes = attributes.with("port", port);
    }
    let roles: Vec<serde_json::Value> = database
        .associated_roles
        .iter()
        .take(MAX_ROLES)
        .map(|role| serde_json::json!({"role": role.role_arn, "feature": role.feature_name}))
        .collect();
    if !roles.is_empty() {
        attributes = attributes.with("roles", roles);
    }
    declare(&mut attributes, database.tag_list.clone().pairs());
    attributes
}

/// The user a managed database begins with, and the secret that holds its password.
fn first_user(
    reading: &mut Reading<'_, '_>,
    database: &Database,
    arn: &str,
    node: NodeRef,
) -> Result<(), Broken> {
    let Some(name) = &database.master_username else {
        return Ok(());
    };
    let user = names::identity(&format!("{arn}#user/{name}"));
    let scope = names::account_of(arn).map(str::to_owned);
    let attributes = Attributes {
        tenant: scope.clone(),
        status: Some(Status::Enabled),
        declared_privileged: Some(true),
        ..Attributes::named(name.as_str(), "aws_database_master_user")
    };
    let mut observation = reading
        .about(user, attributes)
        .edge(ObservedEdge::to(EdgeKind::Grants, node).with("action", "database_administrator"));
    let secret = database
        .master_user_secret
        .as_ref()
        .and_then(|secret| secret.secret_arn.as_deref());
    if let Some(secret) = secret {
        let secret = names::thing(NodeKind::SecretContainer, secret);
        observation
            .edges
            .push(ObservedEdge::from(EdgeKind::UsedBy, secret));
    }
    Ok(reading.say(scope.as_deref(), observation)?)
}
