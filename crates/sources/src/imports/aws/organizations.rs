//! `aws.organizations`: accounts, units, and the policies that restrict them.

use model::{Alias, Attributes, EdgeKind, NodeKind, NodeRef, ObservedEdge, Status};
use serde::Deserialize;
use serde_json::Value;

use super::{SPEC_ORGANIZATIONS, names, policy, wire};
use crate::imports::fields::{Stamp, id_in_name, typed};
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// The commands of `aws organizations`.
#[derive(Debug)]
pub struct Organizations;

const DISTINCT: &[&str] = &[
    "Accounts.[].JoinedMethod",
    "Accounts.[].Arn",
    "Account.JoinedMethod",
    "Organization.MasterAccountId",
    "Organization.FeatureSet",
    "Roots.[].PolicyTypes",
    "Roots.[].Id",
    "OrganizationalUnits",
    "OrganizationalUnit",
    "Parents.[].Type",
    "Children.[].Type",
    "Policies.[].AwsManaged",
    "Policy.PolicySummary",
    "Targets.[].TargetId",
    "DelegatedAdministrators",
    "[].JoinedMethod",
    "[].AwsManaged",
];

impl Format for Organizations {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_ORGANIZATIONS
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        if DISTINCT.iter().any(|key| probe.has_key(key)) {
            Match::Sure
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let reading =
            Reading::new(&SPEC_ORGANIZATIONS, "organization", None, document, cx).part_of_scope();
        reading.elements(document, &mut element)
    }
}

fn element(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let bytes = element.bytes;
    let key = match wire::pascal_key(element.key) {
        key if key.is_empty() => bare_kind(bytes)?.to_owned(),
        key => key,
    };
    match key.as_str() {
        "Accounts" | "Account" => account(reading, &wire::element(bytes)?, false),
        "DelegatedAdministrators" => account(reading, &wire::element(bytes)?, true),
        "Organization" => organization(reading, wire::element(bytes)?),
        "Roots" | "OrganizationalUnits" | "OrganizationalUnit" => {
            unit(reading, &wire::element(bytes)?)
        }
        "Parents" => relative(reading, &wire::element(bytes)?, true),
        "Children" => relative(reading, &wire::element(bytes)?, false),
        "Policies" => policy_summary(reading, wire::element(bytes)?, None),
        "Policy" => {
            let whole: WholePolicy = wire::element(bytes)?;
            let summary = whole
                .policy_summary
                .ok_or_else(|| Broken::missing("PolicySummary"))?;
            policy_summary(reading, summary, whole.content.as_ref())
        }
        "Targets" => target(reading, &wire::element(bytes)?),
        "NextToken" => {
            super::paging(reading, &key, bytes);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn bare_kind(bytes: &[u8]) -> Result<&'static str, Broken> {
    let value = wire::pascal(typed::<Value>(bytes)?);
    Ok(if value.get("AwsManaged").is_some() {
        "Policies"
    } else if value.get("JoinedMethod").is_some() {
        "Accounts"
    } else {
        return Err(Broken::because(
            "it is not an object that `aws organizations` lists",
        ));
    })
}

/// The organisation's id in an ARN such as `arn:aws:organizations::1…:account/o-…/2…`.
fn organization_of(arn: &str) -> Option<&str> {
    names::Arn::parse(arn)?
        .resource
        .split('/')
        .find(|part| part.starts_with("o-"))
}

fn organization_node(id: &str) -> NodeRef {
    names::thing(NodeKind::Tenant, id)
}

/// A root, unit or account by the form of its id.
fn place_node(id: &str) -> NodeRef {
    if names::is_account_id(id) {
        names::account(id)
    } else {
        names::thing(NodeKind::OrgUnit, id)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Organization {
    id: Option<String>,
    feature_set: Option<String>,
    master_account_id: Option<String>,
    master_account_email: Option<String>,
}

fn organization(reading: &mut Reading<'_, '_>, organization: Organization) -> Result<(), Broken> {
    let id = organization.id.ok_or_else(|| Broken::missing("Id"))?;
    let mut attributes = Attributes::named(id.as_str(), "aws_organization");
    attributes.tenant = Some(id.clone());
    attributes.declared_owner = organization.master_account_email;
    if let Some(set) = organization.feature_set {
        attributes = attributes.with("feature_set", model::text::label(&set));
    }
    let mut observation = reading.about(organization_node(&id), attributes);
    if let Some(account) = organization.master_account_id {
        observation.attributes.extra.insert(
            "management_account".to_owned(),
            model::text::label(&account).into(),
        );
        observation.edges.push(ObservedEdge::to(
            EdgeKind::Contains,
            names::account(&account),
        ));
    }
    Ok(reading.say(Some(&id), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Account {
    id: Option<String>,
    arn: Option<String>,
    email: Option<String>,
    name: Option<String>,
    status: Option<String>,
    state: Option<String>,
    joined_method: Option<String>,
    joined_timestamp: Stamp,
    delegation_enabled_date: Stamp,
}

fn account(
    reading: &mut Reading<'_, '_>,
    account: &Account,
    delegated: bool,
) -> Result<(), Broken> {
    let id = account
        .id
        .as_deref()
        .filter(|id| names::is_account_id(id))
        .ok_or_else(|| Broken::missing("Id"))?;
    let organization = account.arn.as_deref().and_then(organization_of);
    let mut attributes = Attributes {
        tenant: Some(id.to_owned()),
        created: account.joined_timestamp.fact(),
        status: account
            .state
            .as_deref()
            .or(account.status.as_deref())
            .and_then(account_status),
        declared_owner: account.email.clone(),
        ..Attributes::named(account.name.as_deref().unwrap_or(id), "aws_account")
    };
    for (key, word) in [
        ("state", &account.state),
        ("account_status", &account.status),
        ("joined_method", &account.joined_method),
    ] {
        if let Some(word) = word {
            attributes = attributes.with(key, model::text::label(word));
        }
    }
    if delegated {
        attributes = attributes.with("delegated_administrator", true);
        if let Some(since) = account.delegation_enabled_date.time() {
            attributes = attributes.with("delegated_since", since.to_string());
        }
    }
    let mut observation = reading.about(names::account(id), attributes);
    observation.aliases.extend(
        account
            .email
            .as_ref()
            .map(|email| Alias::lookup(format!("email:{}", email.to_lowercase()))),
    );
    if let Some(organization) = organization {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Contains,
            organization_node(organization),
        ));
    }
    // `list-accounts-for-parent` does not state its parent, so the file name may.
    if let Some(parent) = subject(reading, "parent", Subject::Unit).filter(|_| !delegated) {
        observation
            .edges
            .push(ObservedEdge::from(EdgeKind::Contains, place_node(&parent)));
    }
    Ok(reading.say(organization, observation)?)
}

fn account_status(word: &str) -> Option<Status> {
    match word.to_uppercase().as_str() {
        "ACTIVE" => Some(Status::Enabled),
        "SUSPENDED" | "PENDING_ACTIVATION" => Some(Status::Disabled),
        "CLOSED" => Some(Status::Deleted),
        // Still in force until it is closed.
        "PENDING_CLOSURE" => Some(Status::Enabled),
        _ => None,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Unit {
    id: Option<String>,
    arn: Option<String>,
    name: Option<String>,
    policy_types: Vec<PolicyType>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PolicyType {
    r#type: Option<String>,
    status: Option<String>,
}

fn unit(reading: &mut Reading<'_, '_>, unit: &Unit) -> Result<(), Broken> {
    let id = unit.id.as_deref().ok_or_else(|| Broken::missing("Id"))?;
    let organization = unit.arn.as_deref().and_then(organization_of);
    let mut attributes = Attributes {
        tenant: organization.map(str::to_owned),
        ..Attributes::named(unit.name.as_deref().unwrap_or(id), "aws_ou")
    };
    if !unit.policy_types.is_empty() {
        let types: serde_json::Map<String, Value> = unit
            .policy_types
            .iter()
            .take(64)
            .filter_map(|kind| {
                let name = kind.r#type.as_deref()?;
                Some((
                    model::text::label(name),
                    model::text::label(kind.status.as_deref().unwrap_or_default()).into(),
                ))
            })
            .collect();
        attributes = attributes.with("policy_types", Value::Object(types));
    }
    let mut observation = reading.about(names::thing(NodeKind::OrgUnit, id), attributes);
    let parent = if id.starts_with("r-") {
        organization.map(organization_node)
    } else {
        subject(reading, "parent", Subject::Unit)
            .filter(|parent| parent != id)
            .map(|parent| place_node(&parent))
    };
    if let Some(parent) = parent {
        observation
            .edges
            .push(ObservedEdge::from(EdgeKind::Contains, parent));
    }
    Ok(reading.say(organization, observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Relative {
    id: Option<String>,
}

/// `list-parents` and `list-children` name one end; the file name or `--scope` names the other.
fn relative(
    reading: &mut Reading<'_, '_>,
    relative: &Relative,
    is_parent: bool,
) -> Result<(), Broken> {
    let id = relative
        .id
        .as_deref()
        .ok_or_else(|| Broken::missing("Id"))?;
    let (option, wanted) = if is_parent {
        ("child", Subject::Any)
    } else {
        ("parent", Subject::Unit)
    };
    let other = subject(reading, option, wanted).ok_or_else(|| {
        Broken::because(format!(
            "the output does not say whose {} these are: put the id into the file name, or give --scope {option}=…",
            if is_parent { "parents" } else { "children" }
        ))
    })?;
    let (parent, child) = if is_parent {
        (id, other.as_str())
    } else {
        (other.as_str(), id)
    };
    let observation = reading
        .about(place_node(child), Attributes::default())
        .edge(ObservedEdge::from(EdgeKind::Contains, place_node(parent)));
    Ok(reading.say(None, observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct WholePolicy {
    policy_summary: Option<Summary>,
    content: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Summary {
    id: Option<String>,
    arn: Option<String>,
    name: Option<String>,
    description: Option<String>,
    r#type: Option<String>,
    aws_managed: Option<bool>,
}

fn policy_summary(
    reading: &mut Reading<'_, '_>,
    summary: Summary,
    content: Option<&Value>,
) -> Result<(), Broken> {
    let id = summary.id.ok_or_else(|| Broken::missing("Id"))?;
    let organization = summary.arn.as_deref().and_then(organization_of);
    let kind = summary.r#type.unwrap_or_default();
    let subtype = match kind.as_str() {
        "SERVICE_CONTROL_POLICY" => "aws_scp",
        "RESOURCE_CONTROL_POLICY" => "aws_rcp",
        _ => "aws_organization_policy",
    };
    let mut attributes = Attributes {
        tenant: organization.map(str::to_owned),
        description: summary.description.filter(|text| !text.is_empty()),
        ..Attributes::named(summary.name.as_deref().unwrap_or(&id), subtype)
    }
    .with("type", model::text::label(&kind));
    if let Some(managed) = summary.aws_managed {
        attributes = attributes.with("managed_by_aws", managed);
    }
    match content.map(policy::document) {
        Some(Ok(document)) => attributes = attributes.with("document", document),
        Some(Err(reason)) => reading.gap(&id, reason)?,
        None => {}
    }
    let observation = reading.about(names::policy(&id), attributes);
    Ok(reading.say(organization, observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Target {
    target_id: Option<String>,
    arn: Option<String>,
    name: Option<String>,
}

fn target(reading: &mut Reading<'_, '_>, target: &Target) -> Result<(), Broken> {
    let id = target
        .target_id
        .as_deref()
        .ok_or_else(|| Broken::missing("TargetId"))?;
    let policy = subject(reading, "policy", Subject::Policy).ok_or_else(|| {
        Broken::because("the output of list-targets-for-policy does not name its policy: put its id (p-…) into the file name, or give --scope policy=p-…")
    })?;
    let organization = target.arn.as_deref().and_then(organization_of);
    let attributes = Attributes {
        name: target.name.clone(),
        ..Attributes::default()
    };
    let observation = reading
        .about(place_node(id), attributes)
        .edge(ObservedEdge::to(
            EdgeKind::ConstrainedBy,
            names::policy(&policy),
        ));
    Ok(reading.say(organization, observation)?)
}

/// What an output that does not name its subject may be about.
#[derive(Clone, Copy)]
enum Subject {
    Unit,
    Policy,
    Any,
}

fn subject(reading: &Reading<'_, '_>, option: &str, wanted: Subject) -> Option<String> {
    if let Some(given) = reading.option(option) {
        return Some(given.to_owned());
    }
    let word = |ch: char| ch.is_ascii_lowercase() || ch.is_ascii_digit();
    let name = reading.place();
    let unit = || {
        id_in_name(
            name,
            "ou-",
            |ch| ch.is_ascii_lowercase() || ch.is_ascii_digit() || ch == '-',
            |id| id.len() >= 16 && id.matches('-').count() == 2,
        )
        .or_else(|| id_in_name(name, "r-", word, |id| (6..=34).contains(&id.len())))
    };
    match wanted {
        Subject::Unit => unit(),
        Subject::Policy => id_in_name(
            name,
            "p-",
            |ch| ch.is_ascii_alphanumeric(),
            |id| id.len() >= 10,
        ),
        Subject::Any => {
            unit().or_else(|| id_in_name(name, "", |ch| ch.is_ascii_digit(), names::is_account_id))
        }
    }
}
