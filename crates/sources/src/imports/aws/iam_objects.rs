//! The objects of IAM as every command writes them, and what is said of each.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, Observation, ObservedEdge, Status, TimeUs,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{names, policy, wire::Tags};
use crate::imports::ReadError;
use crate::imports::fields::{Stamp, declare};
use crate::imports::reading::{Broken, Reading};

/// Links of one kind read of one thing; AWS quotas lie far below (20 policies, 10 groups).
pub(crate) const MAX_LINKS: usize = 5_000;
/// AWS records the use of a role for 400 days, less in regions that began later.
const ROLE_WINDOW_DAYS: i64 = 400;

/// A user, of `list-users`, `get-user` or `UserDetailList`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct User {
    pub(crate) arn: Option<String>,
    pub(crate) user_name: Option<String>,
    user_id: Option<String>,
    path: Option<String>,
    create_date: Stamp,
    password_last_used: Stamp,
    tags: Tags,
    pub(crate) user_policy_list: Vec<Inline>,
    pub(crate) group_list: Vec<String>,
    pub(crate) attached_managed_policies: Vec<Attached>,
    pub(crate) permissions_boundary: Option<Boundary>,
}

impl User {
    /// The ARN, without which nothing can be said.
    pub(crate) fn arn(&self) -> Result<&str, Broken> {
        self.arn.as_deref().ok_or_else(|| Broken::missing("Arn"))
    }
}

/// A group.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Group {
    pub(crate) arn: Option<String>,
    group_name: Option<String>,
    group_id: Option<String>,
    path: Option<String>,
    create_date: Stamp,
    pub(crate) group_policy_list: Vec<Inline>,
    pub(crate) attached_managed_policies: Vec<Attached>,
}

/// A role, of `list-roles`, `get-role` or `RoleDetailList`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Role {
    pub(crate) arn: Option<String>,
    role_name: Option<String>,
    role_id: Option<String>,
    path: Option<String>,
    description: Option<String>,
    create_date: Stamp,
    max_session_duration: Option<u64>,
    assume_role_policy_document: Option<Value>,
    role_last_used: Option<LastUsed>,
    tags: Tags,
    pub(crate) instance_profile_list: Vec<InstanceProfile>,
    pub(crate) role_policy_list: Vec<Inline>,
    pub(crate) attached_managed_policies: Vec<Attached>,
    pub(crate) permissions_boundary: Option<Boundary>,
}

/// `RoleLastUsed`: an empty object means that no use is on record.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LastUsed {
    last_used_date: Stamp,
    region: Option<String>,
}

/// An instance profile.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct InstanceProfile {
    arn: Option<String>,
    instance_profile_name: Option<String>,
    instance_profile_id: Option<String>,
    create_date: Stamp,
    roles: Vec<Role>,
    tags: Tags,
}

/// A policy written into a user, group or role.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Inline {
    policy_name: Option<String>,
    policy_document: Option<Value>,
}

/// A managed policy by name.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Attached {
    policy_name: Option<String>,
    policy_arn: Option<String>,
}

/// A permissions boundary.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Boundary {
    permissions_boundary_arn: Option<String>,
}

/// A managed policy.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ManagedPolicy {
    arn: Option<String>,
    policy_name: Option<String>,
    policy_id: Option<String>,
    description: Option<String>,
    default_version_id: Option<String>,
    attachment_count: Option<u64>,
    permissions_boundary_usage_count: Option<u64>,
    create_date: Stamp,
    update_date: Stamp,
    tags: Tags,
    policy_version_list: Vec<PolicyVersion>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PolicyVersion {
    document: Option<Value>,
    version_id: Option<String>,
    is_default_version: bool,
    create_date: Stamp,
}

/// What is common to users, groups and roles.
fn principal(
    reading: &Reading<'_, '_>,
    node: model::NodeRef,
    mut attributes: Attributes,
    arn: &str,
    id: Option<&str>,
    path: Option<&str>,
) -> Observation {
    let account = names::account_of(arn);
    attributes.tenant = account.map(str::to_owned);
    if let Some(path) = path.filter(|path| *path != "/") {
        attributes = attributes.with("path", model::text::label(path));
    }
    let mut observation = reading.about(node, attributes);
    if let Some(id) = id {
        observation
            .aliases
            .push(Alias::lookup(format!("aws:id:{id}")));
    }
    observation.aliases.extend(names::alias_of_path(arn));
    if let Some(account) = account {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Contains,
            names::account(account),
        ));
    }
    observation
}

/// What is said of a user; the use of its password is said of the password.
pub(crate) fn user(reading: &mut Reading<'_, '_>, user: &User) -> Result<Observation, Broken> {
    let arn = user.arn()?;
    let name = last_part(user.user_name.as_deref(), arn);
    let mut attributes = Attributes {
        created: user.create_date.fact(),
        ..Attributes::named(name, "aws_iam_user")
    };
    declare(&mut attributes, user.tags.clone().pairs());
    if let Some(used) = user.password_last_used.fact() {
        let password = Attributes {
            tenant: names::account_of(arn).map(str::to_owned),
            last_used: Some(used),
            ..Attributes::named(format!("{name} password"), "aws_console_password")
        };
        let password = reading
            .about(names::credential(format!("{arn}#password")), password)
            .edge(ObservedEdge::to(
                EdgeKind::Authenticates,
                names::identity(arn),
            ));
        reading.say(names::account_of(arn), password)?;
    }
    Ok(principal(
        reading,
        names::identity(arn),
        attributes,
        arn,
        user.user_id.as_deref(),
        user.path.as_deref(),
    ))
}

/// What is said of a group.
pub(crate) fn group(reading: &Reading<'_, '_>, group: &Group) -> Result<Observation, Broken> {
    let arn = group.arn.as_deref().ok_or_else(|| Broken::missing("Arn"))?;
    let attributes = Attributes {
        created: group.create_date.fact(),
        ..Attributes::named(last_part(group.group_name.as_deref(), arn), "aws_iam_group")
    };
    Ok(principal(
        reading,
        names::thing(NodeKind::Group, arn),
        attributes,
        arn,
        group.group_id.as_deref(),
        group.path.as_deref(),
    ))
}

/// What is said of a role, with whom its trust policy lets in.
pub(crate) fn role(reading: &mut Reading<'_, '_>, role: &Role) -> Result<Observation, Broken> {
    let arn = role.arn.as_deref().ok_or_else(|| Broken::missing("Arn"))?;
    let scope = names::account_of(arn);
    let name = last_part(role.role_name.as_deref(), arn);
    let mut attributes = Attributes {
        created: role.create_date.fact(),
        description: role.description.clone().filter(|text| !text.is_empty()),
        class: class_of_role(name, arn),
        ..Attributes::named(name, "aws_iam_role")
    };
    declare(&mut attributes, role.tags.clone().pairs());
    if let Some(used) = &role.role_last_used {
        attributes.last_used = Some(role_last_used(reading.observed(), used));
        if let Some(region) = &used.region {
            attributes = attributes.with("last_used_region", model::text::label(region));
        }
    }
    if let Some(seconds) = role.max_session_duration {
        attributes = attributes.with("max_session_duration_s", seconds);
    }
    if arn.contains(":role/aws-service-role/") {
        attributes = attributes.with("service_linked", true);
    }
    let mut edges = Vec::new();
    if let Some(trust) = &role.assume_role_policy_document {
        match policy::document(trust) {
            Ok(document) => {
                policy::add_trust(reading, scope, &mut edges, &document)?;
                attributes = attributes.with("trust_policy", document);
            }
            Err(reason) => reading.gap(arn, format!("trust policy: {reason}"))?,
        }
    }
    let mut observation = principal(
        reading,
        names::identity(arn),
        attributes,
        arn,
        role.role_id.as_deref(),
        role.path.as_deref(),
    );
    observation.edges.append(&mut edges);
    Ok(observation)
}

/// Roles are for software, but for those that Identity Center makes for people.
fn class_of_role(name: &str, arn: &str) -> Option<Class> {
    let for_people =
        name.starts_with("AWSReservedSSO_") || arn.contains("/aws-reserved/sso.amazonaws.com/");
    (!for_people).then_some(Class::Machine)
}

fn role_last_used(observed: TimeUs, used: &LastUsed) -> Fact<TimeUs> {
    used.last_used_date.fact().unwrap_or_else(|| Fact::Never {
        window: Some(observed.plus_days(-ROLE_WINDOW_DAYS).to_string()),
    })
}

/// An instance profile: the door through which instances act as the role.
pub(crate) fn instance_profile(
    reading: &mut Reading<'_, '_>,
    profile: &InstanceProfile,
    role_arn: Option<&str>,
) -> Result<(), Broken> {
    let arn = profile
        .arn
        .as_deref()
        .ok_or_else(|| Broken::missing("Arn"))?;
    let mut attributes = Attributes {
        created: profile.create_date.fact(),
        ..Attributes::named(
            last_part(profile.instance_profile_name.as_deref(), arn),
            "aws_instance_profile",
        )
    };
    declare(&mut attributes, profile.tags.clone().pairs());
    let mut observation = principal(
        reading,
        names::thing(NodeKind::Workload, arn),
        attributes,
        arn,
        profile.instance_profile_id.as_deref(),
        None,
    );
    let roles = profile.roles.iter().filter_map(|role| role.arn.as_deref());
    let mut roles: Vec<&str> = roles.chain(role_arn).take(MAX_LINKS).collect();
    roles.sort_unstable();
    roles.dedup();
    for role in roles {
        observation
            .edges
            .push(ObservedEdge::to(EdgeKind::RunsAs, names::identity(role)));
    }
    Ok(reading.say(names::account_of(arn), observation)?)
}

/// Adds the policies of a user, group or role, and says each inline one whole.
pub(crate) fn policies(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    owner: &mut Observation,
    attached: &[Attached],
    boundary: Option<&Boundary>,
    inline: Vec<Inline>,
) -> Result<(), ReadError> {
    for policy in attached.iter().take(MAX_LINKS) {
        if let Some(arn) = &policy.policy_arn {
            aws_managed(reading, scope, arn, policy.policy_name.as_deref())?;
            owner.edges.push(ObservedEdge::to(
                EdgeKind::AttachedPolicy,
                names::policy(arn),
            ));
        }
    }
    if let Some(arn) = boundary.and_then(|boundary| boundary.permissions_boundary_arn.as_deref()) {
        aws_managed(reading, scope, arn, None)?;
        owner
            .edges
            .push(ObservedEdge::to(EdgeKind::BoundedBy, names::policy(arn)));
    }
    for policy in inline.into_iter().take(MAX_LINKS) {
        let name = policy.policy_name.unwrap_or_default();
        let native = format!("{}#inline/{name}", owner.node.native_id);
        inline_policy(
            reading,
            scope,
            &native,
            &name,
            policy.policy_document.as_ref(),
        )?;
        owner.edges.push(ObservedEdge::to(
            EdgeKind::AttachedPolicy,
            names::policy(&native),
        ));
    }
    Ok(())
}

/// AWS's own policies are in no account's export unless asked for, so a mention describes them.
fn aws_managed(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    arn: &str,
    name: Option<&str>,
) -> Result<(), ReadError> {
    if !arn.contains(":iam::aws:policy/") {
        return Ok(());
    }
    let attributes =
        Attributes::named(last_part(name, arn), "aws_managed_policy").with("managed_by_aws", true);
    reading.mention(scope, names::policy(arn), attributes, Vec::new())
}

/// One inline policy, whole.
pub(crate) fn inline_policy(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    native: &str,
    name: &str,
    body: Option<&Value>,
) -> Result<(), ReadError> {
    let mut attributes = Attributes {
        tenant: scope.map(str::to_owned),
        ..Attributes::named(name, "aws_inline_policy")
    };
    match body.map(policy::document) {
        Some(Ok(document)) => attributes = attributes.with("document", document),
        Some(Err(reason)) => reading.gap(native, reason)?,
        None => {}
    }
    let observation = reading.about(names::policy(native), attributes);
    reading.say(scope, observation)
}

/// A managed policy with all versions that the export holds.
pub(crate) fn managed_policy(
    reading: &mut Reading<'_, '_>,
    policy: &ManagedPolicy,
) -> Result<(), Broken> {
    let arn = policy
        .arn
        .as_deref()
        .ok_or_else(|| Broken::missing("Arn"))?;
    let scope = names::account_of(arn).map(str::to_owned);
    let mut attributes = Attributes {
        tenant: scope.clone(),
        description: policy.description.clone(),
        created: policy.create_date.fact(),
        last_rotated: None,
        ..Attributes::named(
            last_part(policy.policy_name.as_deref(), arn),
            "aws_managed_policy",
        )
    };
    if let Some(version) = &policy.default_version_id {
        attributes = attributes.with("default_version", version.as_str());
    }
    if let Some(updated) = policy.update_date.time() {
        attributes = attributes.with("updated", updated.to_string());
    }
    for (key, count) in [
        ("attachment_count", policy.attachment_count),
        ("boundary_count", policy.permissions_boundary_usage_count),
    ] {
        if let Some(count) = count {
            attributes = attributes.with(key, count);
        }
    }
    declare(&mut attributes, policy.tags.clone().pairs());
    let mut older = Vec::new();
    for version in policy.policy_version_list.iter().take(MAX_LINKS) {
        let Some(document) = &version.document else {
            continue;
        };
        match policy::document(document) {
            Ok(document) if version.is_default_version => {
                attributes = attributes.with("document", document);
            }
            Ok(document) => older.push(json!({
                "version": version.version_id,
                "created": version.create_date.time().map(|time| time.to_string()),
                "document": document,
            })),
            Err(reason) => reading.gap(arn, reason)?,
        }
    }
    if !older.is_empty() {
        attributes = attributes.with("other_versions", Value::Array(older));
    }
    let mut observation = reading.about(names::policy(arn), attributes);
    if let Some(id) = &policy.policy_id {
        observation
            .aliases
            .push(Alias::lookup(format!("aws:id:{id}")));
    }
    // A customer's policy says nothing of the account it was exported from when AWS owns it.
    Ok(reading.say(scope.as_deref(), observation)?)
}

/// Enabled or disabled by IAM's words.
pub(crate) fn active(status: Option<&str>) -> Option<Status> {
    match status?.to_lowercase().as_str() {
        "active" | "enabled" => Some(Status::Enabled),
        "inactive" | "disabled" => Some(Status::Disabled),
        _ => None,
    }
}

/// The stated name, else the last part of the ARN.
pub(crate) fn last_part<'t>(name: Option<&'t str>, arn: &'t str) -> &'t str {
    name.unwrap_or_else(|| arn.rsplit(['/', ':']).next().unwrap_or(arn))
}
