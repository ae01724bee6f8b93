//! AWS resources, named as the AWS sources name them.

use model::{Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge, Status};
use serde_json::Value;

use super::resource::{Described, Resource, Workspace};
use crate::imports::aws::{names, policy};
use crate::imports::reading::{Broken, Reading};

/// What an AWS resource is.
pub(crate) fn describe(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
) -> Result<Option<Described>, Broken> {
    let arn = resource.text("arn");
    let mut described = match resource.kind {
        "aws_iam_user" => by_arn(resource, NodeKind::Identity, "aws_iam_user"),
        "aws_iam_role" | "aws_iam_service_linked_role" => {
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
            role
        }
        "aws_iam_group" => by_arn(resource, NodeKind::Group, "aws_iam_group"),
        "aws_iam_policy" => {
            let mut found = by_arn(resource, NodeKind::Policy, "aws_managed_policy");
            if let Some(Ok(document)) = resource
                .text("policy")
                .map(|text| policy::document(&Value::from(text)))
            {
                found.attributes = found.attributes.with("document", document);
            }
            found
        }
        "aws_iam_instance_profile" => {
            by_arn(resource, NodeKind::Workload, "aws_instance_profile")
        }
        "aws_iam_openid_connect_provider" => {
            let mut found = by_arn(
                resource,
                NodeKind::FederationProvider,
                "aws_oidc_provider",
            );
            if let Some(url) = resource.text("url") {
                let issuer = url.strip_prefix("https://").unwrap_or(url);
                found
                    .aliases
                    .push(Alias::lookup(format!("issuer:{issuer}")));
            }
            found
        }
        "aws_iam_saml_provider" => {
            by_arn(resource, NodeKind::FederationProvider, "aws_saml_provider")
        }
        "aws_iam_access_key" => access_key(resource),
        "aws_iam_user_login_profile" => login_profile(resource),
        "aws_iam_server_certificate" => {
            let mut found = by_arn(resource, NodeKind::Credential, "aws_server_certificate");
            found.attributes.expires = resource.time("expiration");
            found
        }
        "aws_acm_certificate" => {
            let mut found = by_arn(resource, NodeKind::Credential, "aws_acm_certificate");
            found.attributes.expires = resource.time("not_after");
            found
        }
        "aws_secretsmanager_secret" => by_arn(
            resource,
            NodeKind::SecretContainer,
            "aws_secrets_manager_secret",
        ),
        "aws_ssm_parameter" if resource.text("type") == Some("SecureString") => {
            by_arn(resource, NodeKind::SecretContainer, "aws_ssm_parameter")
        }
        "aws_kms_key" => by_arn(resource, NodeKind::Key, "aws_kms_key"),
        "aws_lambda_function" => {
            let mut found = by_arn(resource, NodeKind::Workload, "aws_lambda_function");
            runs_as(&mut found, resource.text("role"));
            found
        }
        "aws_ecs_task_definition" => {
            let mut found = by_arn(resource, NodeKind::Workload, "aws_ecs_task_definition");
            runs_as(&mut found, resource.text("task_role_arn"));
            found
        }
        _ => return Ok(None),
    };
    if let Some(account) = arn.and_then(names::account_of) {
        described.attributes.tenant = Some(account.to_owned());
    }
    if let Some(id) = resource.first(&["unique_id"]) {
        described
            .aliases
            .push(Alias::lookup(format!("aws:id:{id}")));
    }
    described.aliases.extend(arn.and_then(names::alias_of_path));
    Ok(Some(described))
}

fn by_arn(resource: &Resource<'_>, kind: NodeKind, subtype: &str) -> Described {
    let node = resource
        .text("arn")
        .map(|arn| NodeRef::global(kind, names::PROVIDER, arn));
    let mut described = Described::new(kind, subtype, resource.name(), node);
    described.attributes.created = resource.time("create_date");
    described.attributes.description = resource.text("description").map(str::to_owned);
    if let Some(path) = resource.text("path").filter(|path| *path != "/") {
        described.attributes = std::mem::take(&mut described.attributes)
            .with("path", model::text::label(path));
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
            role.attributes =
                std::mem::take(&mut role.attributes).with("trust_policy", document);
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
                found.attributes = found
                    .attributes
                    .with("user_name", model::text::label(user));
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
    found.attributes = found
        .attributes
        .with("user_name", model::text::label(user));
    found.secret = resource.text("password").map(|_| "password");
    found
}
