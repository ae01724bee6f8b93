//! `aws.authorization_details`: what `aws iam get-account-authorization-details` gives. Users,
//! groups, roles and customer-managed policies of one account, with every policy document whole.

use model::{EdgeKind, ObservedEdge};
use serde::Deserialize;
use serde_json::Value;

use super::iam_objects::{self, Group, Role, User};
use super::{SPEC_AUTHORIZATION_DETAILS, names, wire};
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// The account authorization details.
#[derive(Debug)]
pub struct AuthorizationDetails;

impl Format for AuthorizationDetails {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_AUTHORIZATION_DETAILS
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList"];
        let found = lists
            .iter()
            .any(|list| wire::has(probe, list) || wire::has(probe, &format!("[].{list}")));
        if found { Match::Sure } else { Match::No }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let reading = Reading::new(&SPEC_AUTHORIZATION_DETAILS, "account", None, document, cx);
        reading.elements(document, &mut element)
    }
}

fn element(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    match wire::pascal_key(element.key).as_str() {
        "UserDetailList" => user(reading, wire::element(element.bytes)?),
        "GroupDetailList" => group(reading, wire::element(element.bytes)?),
        "RoleDetailList" => role(reading, wire::element(element.bytes)?),
        "Policies" => iam_objects::managed_policy(reading, &wire::element(element.bytes)?),
        // Pages put into one array by a script.
        "" => page(reading, wire::element(element.bytes)?),
        // Several pages may follow each other; the last one tells.
        "IsTruncated" => {
            let more = element.bytes == b"true";
            reading.truncated(more.then(|| {
                "the export ends before the last page (`IsTruncated` is true); export without --max-items".to_owned()
            }));
            Ok(())
        }
        _ => Ok(()),
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Page {
    user_detail_list: Vec<Value>,
    group_detail_list: Vec<Value>,
    role_detail_list: Vec<Value>,
    policies: Vec<Value>,
    is_truncated: bool,
}

fn page(reading: &mut Reading<'_, '_>, page: Page) -> Result<(), Broken> {
    use crate::imports::fields::typed_value;
    let mut parts: Vec<Result<(), Broken>> = Vec::new();
    for value in page.user_detail_list {
        parts.push(typed_value(value).and_then(|item| user(reading, item)));
    }
    for value in page.group_detail_list {
        parts.push(typed_value(value).and_then(|item| group(reading, item)));
    }
    for value in page.role_detail_list {
        parts.push(typed_value(value).and_then(|item| role(reading, item)));
    }
    for value in page.policies {
        parts.push(typed_value(value).and_then(|item| iam_objects::managed_policy(reading, &item)));
    }
    reading.truncated(
        page.is_truncated
            .then(|| "the last page says that there are more".to_owned()),
    );
    for part in parts {
        match part {
            Ok(()) => {}
            Err(Broken::Element(reason)) => reading.gap("an element of a page", reason)?,
            Err(stop) => return Err(stop),
        }
    }
    Ok(())
}

fn user(reading: &mut Reading<'_, '_>, user: User) -> Result<(), Broken> {
    let arn = user.arn()?.to_owned();
    let account = names::account_of(&arn).map(str::to_owned);
    let scope = account.as_deref();
    let mut observation = iam_objects::user(reading, &user)?;
    for name in user.group_list.iter().take(iam_objects::MAX_LINKS) {
        let Some(account) = scope else { break };
        let (group, alias) = names::by_name(account, "group", name);
        let attributes = model::Attributes::named(name.as_str(), "aws_iam_group");
        reading.mention(scope, group.clone(), attributes, vec![alias])?;
        observation
            .edges
            .push(ObservedEdge::to(EdgeKind::MemberOf, group));
    }
    let inline = user.user_policy_list;
    iam_objects::policies(
        reading,
        scope,
        &mut observation,
        &user.attached_managed_policies,
        user.permissions_boundary.as_ref(),
        inline,
    )?;
    Ok(reading.say(scope, observation)?)
}

fn group(reading: &mut Reading<'_, '_>, group: Group) -> Result<(), Broken> {
    let arn = group
        .arn
        .as_deref()
        .ok_or_else(|| Broken::missing("Arn"))?
        .to_owned();
    let scope = names::account_of(&arn);
    let mut observation = iam_objects::group(reading, &group)?;
    iam_objects::policies(
        reading,
        scope,
        &mut observation,
        &group.attached_managed_policies,
        None,
        group.group_policy_list,
    )?;
    Ok(reading.say(scope, observation)?)
}

fn role(reading: &mut Reading<'_, '_>, role: Role) -> Result<(), Broken> {
    let arn = role
        .arn
        .as_deref()
        .ok_or_else(|| Broken::missing("Arn"))?
        .to_owned();
    let scope = names::account_of(&arn);
    let mut observation = iam_objects::role(reading, &role)?;
    iam_objects::policies(
        reading,
        scope,
        &mut observation,
        &role.attached_managed_policies,
        role.permissions_boundary.as_ref(),
        role.role_policy_list,
    )?;
    reading.say(scope, observation)?;
    for profile in &role.instance_profile_list {
        iam_objects::instance_profile(reading, profile, Some(&arn))?;
    }
    Ok(())
}
