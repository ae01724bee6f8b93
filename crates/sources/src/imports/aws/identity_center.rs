//! `aws.identity_center`: people, groups, permission sets and who holds which on which account.

use std::collections::{BTreeMap, BTreeSet};

use model::{Alias, Attributes, Class, EdgeKind, NodeKind, NodeRef, ObservedEdge, Status};
use serde::Deserialize;
use serde_json::Value;

use super::iam_objects::last_part;
use super::{SPEC_IDENTITY_CENTER, names, policy, wire};
use crate::imports::fields::{Stamp, declare, typed};
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// Assignments put together before they are said; 50,000 accounts of 20 assignments.
const MAX_ASSIGNMENTS: usize = 1_000_000;

/// The commands of `aws sso-admin` and `aws identitystore`.
#[derive(Debug)]
pub struct IdentityCenter;

const DISTINCT: &[&str] = &[
    "Instances.[].IdentityStoreId",
    "PermissionSets",
    "PermissionSet.PermissionSetArn",
    "AccountAssignments",
    "Users.[].IdentityStoreId",
    "Groups.[].IdentityStoreId",
    "GroupMemberships.[].MembershipId",
    "InlinePolicy",
    "[].PermissionSetArn",
    "[].IdentityStoreId",
];

impl Format for IdentityCenter {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_IDENTITY_CENTER
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let policies_of_set =
            probe.has_key("AttachedManagedPolicies") && !probe.has_key("RoleDetailList");
        if policies_of_set || DISTINCT.iter().any(|key| probe.has_key(key)) {
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
        let mut reading = Reading::new(&SPEC_IDENTITY_CENTER, "identity_store", None, document, cx)
            .part_of_scope();
        let mut held = Assignments::default();
        let outcome = document.json_elements(&mut |found| {
            reading.element(found, &mut |reading, found| {
                element(reading, &mut held, found)
            })
        });
        held.say(&mut reading)?;
        reading.finish(outcome)
    }
}

fn element(
    reading: &mut Reading<'_, '_>,
    held: &mut Assignments,
    element: Element<'_>,
) -> Result<(), Broken> {
    let bytes = element.bytes;
    let key = match wire::pascal_key(element.key) {
        key if key.is_empty() => bare_kind(bytes)?.to_owned(),
        key => key,
    };
    match key.as_str() {
        "Instances" => instance(reading, &wire::element(bytes)?),
        "PermissionSets" => match typed::<String>(bytes) {
            Ok(arn) => permission_set(
                reading,
                PermissionSet {
                    permission_set_arn: Some(arn),
                    ..PermissionSet::default()
                },
            ),
            Err(_) => permission_set(reading, wire::element(bytes)?),
        },
        "PermissionSet" => permission_set(reading, wire::element(bytes)?),
        "AccountAssignments" => held.add(wire::element(bytes)?),
        "Users" => user(reading, wire::element(bytes)?),
        "Groups" => group(reading, wire::element(bytes)?),
        "GroupMemberships" => membership(reading, wire::element(bytes)?),
        "AttachedManagedPolicies" => attached(reading, &wire::element(bytes)?),
        "InlinePolicy" => inline(reading, bytes),
        "NextToken" => {
            super::paging(reading, &key, bytes);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn bare_kind(bytes: &[u8]) -> Result<&'static str, Broken> {
    let value = wire::pascal(typed::<Value>(bytes)?);
    let has = |key: &str| value.get(key).is_some();
    Ok(if has("PrincipalId") {
        "AccountAssignments"
    } else if has("PermissionSetArn") {
        "PermissionSet"
    } else if has("MembershipId") {
        "GroupMemberships"
    } else if has("UserId") {
        "Users"
    } else if has("GroupId") {
        "Groups"
    } else if has("InstanceArn") {
        "Instances"
    } else {
        return Err(Broken::because(
            "it is not an object that Identity Center lists",
        ));
    })
}

fn person(id: &str) -> NodeRef {
    names::identity(id)
}

fn people(id: &str) -> NodeRef {
    names::thing(NodeKind::Group, id)
}

fn set_node(arn: &str) -> NodeRef {
    names::thing(NodeKind::Role, arn)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Instance {
    instance_arn: Option<String>,
    identity_store_id: Option<String>,
    owner_account_id: Option<String>,
    name: Option<String>,
    created_date: Stamp,
    status: Option<String>,
}

fn instance(reading: &mut Reading<'_, '_>, instance: &Instance) -> Result<(), Broken> {
    let arn = instance
        .instance_arn
        .as_deref()
        .ok_or_else(|| Broken::missing("InstanceArn"))?;
    let mut attributes = Attributes {
        tenant: instance.owner_account_id.clone(),
        created: instance.created_date.fact(),
        status: (instance.status.as_deref() == Some("ACTIVE")).then_some(Status::Enabled),
        ..Attributes::named(
            instance.name.as_deref().unwrap_or(arn),
            "aws_identity_center_instance",
        )
    };
    if let Some(store) = &instance.identity_store_id {
        attributes = attributes.with("identity_store", model::text::label(store));
    }
    let observation = reading.about(names::thing(NodeKind::FederationProvider, arn), attributes);
    Ok(reading.say(instance.identity_store_id.as_deref(), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PermissionSet {
    permission_set_arn: Option<String>,
    name: Option<String>,
    description: Option<String>,
    created_date: Stamp,
    session_duration: Option<String>,
    tags: wire::Tags,
}

fn permission_set(reading: &mut Reading<'_, '_>, set: PermissionSet) -> Result<(), Broken> {
    let arn = set
        .permission_set_arn
        .ok_or_else(|| Broken::missing("PermissionSetArn"))?;
    let mut attributes = Attributes {
        name: set.name,
        subtype: Some("aws_permission_set".to_owned()),
        description: set.description,
        created: set.created_date.fact(),
        ..Attributes::default()
    };
    if let Some(duration) = set.session_duration {
        attributes = attributes.with("session_duration", model::text::label(&duration));
    }
    declare(&mut attributes, set.tags.pairs());
    let observation = reading.about(set_node(&arn), attributes);
    Ok(reading.say(None, observation)?)
}

/// The permission set that an output leaves unnamed.
fn unnamed_set(reading: &Reading<'_, '_>) -> Result<String, Broken> {
    reading
        .option("permission_set")
        .map(str::to_owned)
        .ok_or_else(|| {
            Broken::because(
                "the output does not name its permission set: give --scope permission_set=ARN",
            )
        })
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AttachedPolicy {
    arn: Option<String>,
    name: Option<String>,
}

fn attached(reading: &mut Reading<'_, '_>, attached: &AttachedPolicy) -> Result<(), Broken> {
    let arn = attached
        .arn
        .as_deref()
        .ok_or_else(|| Broken::missing("Arn"))?;
    let set = unnamed_set(reading)?;
    let attributes = Attributes::named(
        last_part(attached.name.as_deref(), arn),
        "aws_managed_policy",
    );
    reading.mention(None, names::policy(arn), attributes, Vec::new())?;
    let observation = reading
        .about(set_node(&set), Attributes::default())
        .edge(ObservedEdge::to(
            EdgeKind::AttachedPolicy,
            names::policy(arn),
        ));
    Ok(reading.say(None, observation)?)
}

fn inline(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let body: Value = typed(bytes)?;
    // A set without inline policy answers with an empty text.
    if body.as_str().is_some_and(str::is_empty) {
        return Ok(());
    }
    let document = policy::document(&body).map_err(Broken::Element)?;
    let set = unnamed_set(reading)?;
    let native = format!("{set}#inline/policy");
    let attributes =
        Attributes::named("inline policy", "aws_inline_policy").with("document", document);
    let policy = reading.about(names::policy(&native), attributes);
    reading.say(None, policy)?;
    let observation = reading
        .about(set_node(&set), Attributes::default())
        .edge(ObservedEdge::to(
            EdgeKind::AttachedPolicy,
            names::policy(&native),
        ));
    Ok(reading.say(None, observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Assignment {
    account_id: Option<String>,
    permission_set_arn: Option<String>,
    principal_type: Option<String>,
    principal_id: Option<String>,
}

/// Assignments by principal: one edge says all accounts of one permission set.
#[derive(Default)]
struct Assignments {
    by_principal: BTreeMap<NodeRef, BTreeMap<String, BTreeSet<String>>>,
    count: usize,
}

impl Assignments {
    fn add(&mut self, assignment: Assignment) -> Result<(), Broken> {
        let (Some(account), Some(set), Some(principal)) = (
            assignment.account_id,
            assignment.permission_set_arn,
            assignment.principal_id,
        ) else {
            return Err(Broken::because(
                "it lacks `AccountId`, `PermissionSetArn` or `PrincipalId`",
            ));
        };
        if self.count >= MAX_ASSIGNMENTS {
            return Err(Broken::Stop(ReadError::Limit(format!(
                "more than {MAX_ASSIGNMENTS} account assignments in one file; split it by account"
            ))));
        }
        self.count += 1;
        let node = match assignment.principal_type.as_deref() {
            Some("GROUP") => people(&principal),
            _ => person(&principal),
        };
        self.by_principal
            .entry(node)
            .or_default()
            .entry(set)
            .or_default()
            .insert(model::text::label(&account));
        Ok(())
    }

    fn say(self, reading: &mut Reading<'_, '_>) -> Result<(), ReadError> {
        for (principal, sets) in self.by_principal {
            let mut observation = reading.about(principal, Attributes::default());
            let mut by_account: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (set, accounts) in sets {
                for account in &accounts {
                    by_account
                        .entry(account.clone())
                        .or_default()
                        .push(set.clone());
                }
                let accounts: Vec<String> = accounts.into_iter().collect();
                observation.edges.push(
                    ObservedEdge::to(EdgeKind::HasRole, set_node(&set)).with("accounts", accounts),
                );
            }
            for (account, sets) in by_account {
                observation.edges.push(
                    ObservedEdge::to(EdgeKind::Grants, names::account(&account))
                        .with("permission_sets", sets),
                );
            }
            reading.say(None, observation)?;
        }
        Ok(())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct User {
    user_id: Option<String>,
    user_name: Option<String>,
    display_name: Option<String>,
    emails: Vec<Email>,
    external_ids: Vec<ExternalId>,
    identity_store_id: Option<String>,
    user_status: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Email {
    value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ExternalId {
    issuer: Option<String>,
    id: Option<String>,
}

fn user(reading: &mut Reading<'_, '_>, user: User) -> Result<(), Broken> {
    let id = user.user_id.ok_or_else(|| Broken::missing("UserId"))?;
    let name = user.user_name.or(user.display_name).unwrap_or_default();
    let mut attributes = Attributes {
        class: Some(Class::Human),
        tenant: user.identity_store_id.clone(),
        status: user
            .user_status
            .as_deref()
            .and_then(|word| super::iam_objects::active(Some(word))),
        ..Attributes::named(name, "aws_identity_center_user")
    };
    attributes.extra.extend(external(&user.external_ids));
    let mut observation = reading.about(person(&id), attributes);
    for email in user.emails.iter().take(16) {
        observation.aliases.extend(
            email
                .value
                .as_ref()
                .map(|value| Alias::lookup(format!("email:{}", value.to_lowercase()))),
        );
    }
    Ok(reading.say(user.identity_store_id.as_deref(), observation)?)
}

fn external(ids: &[ExternalId]) -> Option<(String, Value)> {
    let list: Vec<Value> = ids
        .iter()
        .take(16)
        .filter_map(|id| {
            Some(Value::from(model::text::label(&format!(
                "{} {}",
                id.issuer.as_deref().unwrap_or_default(),
                id.id.as_deref()?
            ))))
        })
        .collect();
    (!list.is_empty()).then(|| ("external_ids".to_owned(), Value::Array(list)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Group {
    group_id: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    external_ids: Vec<ExternalId>,
    identity_store_id: Option<String>,
}

fn group(reading: &mut Reading<'_, '_>, group: Group) -> Result<(), Broken> {
    let id = group.group_id.ok_or_else(|| Broken::missing("GroupId"))?;
    let mut attributes = Attributes {
        tenant: group.identity_store_id.clone(),
        description: group.description,
        ..Attributes::named(
            group.display_name.as_deref().unwrap_or(&id),
            "aws_identity_center_group",
        )
    };
    attributes.extra.extend(external(&group.external_ids));
    let observation = reading.about(people(&id), attributes);
    Ok(reading.say(group.identity_store_id.as_deref(), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Membership {
    group_id: Option<String>,
    member_id: MemberId,
    identity_store_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MemberId {
    user_id: Option<String>,
}

fn membership(reading: &mut Reading<'_, '_>, membership: Membership) -> Result<(), Broken> {
    let (Some(group), Some(user)) = (membership.group_id, membership.member_id.user_id) else {
        return Err(Broken::because("it lacks `GroupId` or `MemberId.UserId`"));
    };
    let observation = reading
        .about(person(&user), Attributes::default())
        .edge(ObservedEdge::to(EdgeKind::MemberOf, people(&group)));
    Ok(reading.say(membership.identity_store_id.as_deref(), observation)?)
}
