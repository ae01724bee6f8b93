//! AWS resources, named as the AWS sources name them.

use model::{Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge, Status};
use serde_json::Value;

use super::resource::{Described, Resource, Workspace};
use crate::imports::aws::{names, policy};
use crate::imports::reading::{Broken, Reading};

/// Resources whose ARN names them: type, kind of node, subtype.
const BY_ARN: &[(&str, NodeKind, &str)] = &[
    ("aws_iam_user", NodeKind::Identity, "aws_iam_user"),
    ("aws_iam_group", NodeKind::Group, "aws_iam_group"),
    ("aws_iam_policy", NodeKind::Policy, "aws_managed_policy"),
    (
        "aws_iam_instance_profile",
        NodeKind::Workload,
        "aws_instance_profile",
    ),
    (
        "aws_iam_openid_connect_provider",
        NodeKind::FederationProvider,
        "aws_oidc_provider",
    ),
    (
        "aws_iam_saml_provider",
        NodeKind::FederationProvider,
        "aws_saml_provider",
    ),
    (
        "aws_iam_server_certificate",
        NodeKind::Credential,
        "aws_server_certificate",
    ),
    (
        "aws_acm_certificate",
        NodeKind::Credential,
        "aws_acm_certificate",
    ),
    (
        "aws_secretsmanager_secret",
        NodeKind::SecretContainer,
        "aws_secrets_manager_secret",
    ),
    (
        "aws_ssm_parameter",
        NodeKind::SecretContainer,
        "aws_ssm_parameter",
    ),
    ("aws_kms_key", NodeKind::Key, "aws_kms_key"),
    (
        "aws_lambda_function",
        NodeKind::Workload,
        "aws_lambda_function",
    ),
    (
        "aws_ecs_task_definition",
        NodeKind::Workload,
        "aws_ecs_task_definition",
    ),
];

/// What an AWS resource is.
pub(crate) fn describe(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
) -> Result<Option<Described>, Broken> {
    let described = match resource.kind {
        "aws_iam_role" | "aws_iam_service_linked_role" => Some(role(reading, workspace, resource)?),
        "aws_iam_access_key" => Some(access_key(resource)),
        "aws_iam_user_login_profile" => Some(login_profile(resource)),
        _ => known_by_arn(resource),
    };
    let Some(mut described) = described else {
        return Ok(None);
    };
    let arn = resource.text("arn");
    if let Some(account) = arn.and_then(names::account_of) {
        described.attributes.tenant = Some(account.to_owned());
    }
    if let Some(id) = resource.text("unique_id") {
        described
            .aliases
            .push(Alias::lookup(format!("aws:id:{id}")));
    }
    described.aliases.extend(arn.and_then(names::alias_of_path));
    Ok(Some(described))
}

fn known_by_arn(resource: &Resource<'_>) -> Option<Described> {
    let (word, kind, subtype) = BY_ARN.iter().find(|(word, ..)| *word == resource.kind)?;
    // A parameter that is no SecureString holds settings, not secrets.
    if *word == "aws_ssm_parameter" && resource.text("type") != Some("SecureString") {
        return None;
    }
    let mut found = by_arn(resource, *kind, subtype);
    found.attributes.expires = resource.time("expiration").or(resource.time("not_after"));
    match *word {
        "aws_iam_policy" => {
            let body = resource.text("policy").map(Value::from);
            if let Some(Ok(document)) = body.as_ref().map(policy::document) {
                found.attributes = found.attributes.with("document", document);
            }
        }
        "aws_iam_openid_connect_provider" => {
            found.aliases.extend(resource.text("url").map(|url| {
                let issuer = url.strip_prefix("https://").unwrap_or(url);
                Alias::lookup(format!("issuer:{issuer}"))
            }));
        }
        "aws_lambda_function" => runs_as(&mut found, resource.text("role")),
        "aws_ecs_task_definition" => runs_as(&mut found, resource.text("task_role_arn")),
        _ => {}
    }
    Some(found)
}

fn role(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
) -> Result<Described, Broken> {
    let mut role = by_arn(resource, NodeKind::Identity, "aws_iam_role");
    role.attributes.class = Some(Class::Machine);
    if let Some(body) = resource.text("assume_role_policy") {
        trust(reading, workspace, &mut role, body)?;
    }
    if let Some(boundary) = resource.text("permissions_boundary") {
        role.edges.push(ObservedEdge::to(
            EdgeKind::BoundedBy,
            names::policy(boundary),
        ));
    }
    Ok(role)
}

fn by_arn(resource: &Resource<'_>, kind: NodeKind, subtype: &str) -> Described {
    let node = resource
        .text("arn")
        .map(|arn| NodeRef::global(kind, names::PROVIDER, arn));
    let mut described = Described::new(kind, subtype, resource.name(), node);
    described.attributes.created = resource.time("create_date");
    described.attributes.description = resource.text("description").map(str::to_owned);
    if let Some(path) = resource.text("path").filter(|path| *path != "/") {
        described.attributes =
            std::mem::take(&mut described.attributes).with("path", model::text::label(path));
    }
    described
}

fn runs_as(described: &mut Described, role: Option<&str>) {
    if let Some(role) = role {
        described
            .edges
            .push(ObservedEdge::to(EdgeKind::RunsAs, names::identity(role)));
    }
}

fn trust(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    role: &mut Described,
    body: &str,
) -> Result<(), Broken> {
    match policy::document(&Value::from(body)) {
        Ok(document) => {
            policy::add_trust(reading, workspace.said_in(), &mut role.edges, &document)?;
            role.attributes = std::mem::take(&mut role.attributes).with("trust_policy", document);
        }
        Err(reason) => reading.gap("trust policy of a role", reason)?,
    }
    Ok(())
}

/// The key's id is public; its secret lies in the state beside it.
fn access_key(resource: &Resource<'_>) -> Described {
    let id = resource.text("id").filter(|id| names::is_key_id(id));
    let mut found = Described::new(
        NodeKind::Credential,
        "aws_access_key",
        id.unwrap_or(&resource.address),
        id.map(names::credential),
    );
    found.attributes = Attributes {
        created: resource.time("create_date"),
        expires: Some(Fact::never()),
        status: match resource.text("status") {
            Some("Active") => Some(Status::Enabled),
            Some("Inactive") => Some(Status::Disabled),
            _ => None,
        },
        ..found.attributes
    };
    found.secret = resource.text("secret").map(|_| "secret");
    let account = id.and_then(|id| formats::token::aws_key_id(id)?.account);
    if let Some(user) = resource.text("user") {
        match &account {
            Some(account) => {
                let (node, _) = names::by_name(account, "user", user);
                found
                    .edges
                    .push(ObservedEdge::to(EdgeKind::Authenticates, node));
            }
            None => {
                found.attributes = found.attributes.with("user_name", model::text::label(user));
            }
        }
    }
    found.attributes.tenant = account;
    found
}

fn login_profile(resource: &Resource<'_>) -> Described {
    let user = resource.first(&["user", "id"]).unwrap_or(&resource.address);
    let mut found = Described::new(
        NodeKind::Credential,
        "aws_console_password",
        &format!("{user} password"),
        None,
    );
    found.attributes = found.attributes.with("user_name", model::text::label(user));
    found.secret = resource.text("password").map(|_| "password");
    found
}
