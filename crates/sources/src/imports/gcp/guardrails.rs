//! `gcp.guardrails`: what forbids although a role allows: deny policies (IAM v2), principal access
//! boundaries and their bindings (IAM v3). They are kept whole, for whoever computes access.

use model::{Attributes, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge};
use serde::Deserialize;
use serde_json::Value;

use super::{SPEC_GUARDRAILS, names};
use crate::imports::fields::{Stamp, typed};
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::ConnectorSpec;

/// Principals tied to one policy; Google allows 2,500 in all its rules.
const MAX_PRINCIPALS: usize = 10_000;

/// Deny policies and principal access boundaries.
#[derive(Debug)]
pub struct Guardrails;

/// What stands in the name of each, by which a list without rules is known too.
const NAMES: &[&str] = &[
    "/denypolicies/",
    "/principalAccessBoundaryPolicies/",
    "/policyBindings/",
];

impl Format for Guardrails {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_GUARDRAILS
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let place = |keys: &[&str]| {
            [
                "",
                "[].",
                "policies.[].",
                "principalAccessBoundaryPolicies.[].",
                "policyBindings.[].",
            ]
            .iter()
            .any(|place| {
                keys.iter()
                    .all(|key| probe.has_key(&format!("{place}{key}")))
            })
        };
        let named = || {
            NAMES
                .iter()
                .any(|name| memchr::memmem::find(probe.head, name.as_bytes()).is_some())
        };
        if place(&["rules.[].denyRule"])
            || place(&["policyKind", "target"])
            || (matches!(probe.shape, Shape::Json { .. }) && place(&["name", "uid"]) && named())
        {
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
        let one = document.probe().has_key("name");
        let reading =
            Reading::new(&SPEC_GUARDRAILS, "organization", None, document, cx).part_of_scope();
        if one {
            reading.documents(document, &mut element)
        } else {
            reading.elements(document, &mut element)
        }
    }
}

/// The fields of all three resources.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Guardrail {
    name: String,
    display_name: Option<String>,
    etag: Option<String>,
    create_time: Stamp,
    update_time: Stamp,
    rules: Option<Vec<Rule>>,
    details: Option<Value>,
    policy: Option<String>,
    policy_kind: Option<String>,
    target: Target,
    condition: Option<Value>,
    annotations: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Target {
    principal_set: Option<String>,
}

#[derive(Debug, Default, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deny_rule: Option<DenyRule>,
}

#[derive(Debug, Default, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", default)]
struct DenyRule {
    denied_principals: Vec<String>,
    exception_principals: Vec<String>,
    denied_permissions: Vec<String>,
    exception_permissions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denial_condition: Option<Value>,
}

fn element(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    match element.key {
        "nextPageToken" => {
            reading.truncated(Some(
                "the export ends before the last page (`nextPageToken`)".to_owned(),
            ));
            Ok(())
        }
        "" | "policies" | "principalAccessBoundaryPolicies" | "policyBindings" => {
            let guardrail: Guardrail = typed(element.bytes)?;
            if guardrail.name.contains("/denypolicies/") {
                deny(reading, &guardrail)
            } else if guardrail.name.contains("/principalAccessBoundaryPolicies/") {
                boundary(reading, &guardrail)
            } else if guardrail.name.contains("/policyBindings/") {
                binding(reading, &guardrail)
            } else {
                Err(Broken::because(
                    "its `name` is none of a deny policy, a principal access boundary or a binding",
                ))
            }
        }
        _ => Ok(()),
    }
}

/// What the three have in common.
fn described(guardrail: &Guardrail, subtype: &str) -> Attributes {
    let last = guardrail.name.rsplit('/').next().unwrap_or_default();
    let mut attributes = Attributes {
        created: guardrail.create_time.fact(),
        ..Attributes::named(guardrail.display_name.as_deref().unwrap_or(last), subtype)
    };
    for (key, value) in [
        ("etag", guardrail.etag.as_deref().map(Value::from)),
        (
            "updated",
            guardrail
                .update_time
                .fact()
                .as_ref()
                .and_then(Fact::value)
                .map(|time| Value::from(time.to_string())),
        ),
        ("annotations", guardrail.annotations.clone()),
    ] {
        if let Some(value) = value {
            attributes.extra.insert(key.to_owned(), value);
        }
    }
    attributes
}

/// `policies/<attachment point, percent-encoded>/denypolicies/<id>`.
fn deny(reading: &mut Reading<'_, '_>, guardrail: &Guardrail) -> Result<(), Broken> {
    let attachment = guardrail
        .name
        .strip_prefix("policies/")
        .and_then(|rest| rest.split('/').next())
        .map(|point| point.replace("%2F", "/").replace("%2f", "/"))
        .ok_or_else(|| Broken::because("its `name` does not begin with `policies/`"))?;
    let place = names::place(&format!("//{attachment}"));
    let policy = names::thing(NodeKind::Policy, &guardrail.name);
    let mut attributes = described(guardrail, "gcp_deny_policy").with("effect", "deny");
    if let Some(rules) = &guardrail.rules {
        attributes = attributes.with("rules", serde_json::to_value(rules).unwrap_or(Value::Null));
    } else {
        reading.gap(
            &guardrail.name,
            "a list of deny policies does not print their rules: save `gcloud iam policies get` of each",
        )?;
    }
    let scope = scope_of(&place);
    let observation = reading.about(policy.clone(), attributes);
    reading.say(scope.as_deref(), observation)?;
    constrain(
        reading,
        scope.as_deref(),
        &place,
        &policy,
        "resources",
        None,
    )?;
    let denied = guardrail
        .rules
        .iter()
        .flatten()
        .filter_map(|rule| rule.deny_rule.as_ref())
        .flat_map(|rule| &rule.denied_principals);
    for principal in denied.take(MAX_PRINCIPALS) {
        let member = names::member(&plain_principal(principal));
        let edge = restricts(member.node.kind, &policy).with("applies_to", "denied_principal");
        let mut observation = reading.about(member.node, member.attributes).edge(edge);
        observation.aliases = member.aliases;
        reading.say(scope.as_deref(), observation)?;
    }
    Ok(())
}

fn boundary(reading: &mut Reading<'_, '_>, guardrail: &Guardrail) -> Result<(), Broken> {
    let mut attributes =
        described(guardrail, "gcp_principal_access_boundary").with("effect", "allow_only");
    match &guardrail.details {
        Some(details) => attributes = attributes.with("details", details.clone()),
        None => reading.gap(
            &guardrail.name,
            "the principal access boundary has no `details`: save `gcloud iam principal-access-boundary-policies describe` of it",
        )?,
    }
    let scope = organization(&guardrail.name);
    let observation = reading.about(names::thing(NodeKind::Policy, &guardrail.name), attributes);
    Ok(reading.say(scope, observation)?)
}

/// A boundary holds for nobody until a binding says for whom.
fn binding(reading: &mut Reading<'_, '_>, guardrail: &Guardrail) -> Result<(), Broken> {
    let policy = guardrail
        .policy
        .as_deref()
        .ok_or_else(|| Broken::missing("policy"))?;
    let target = guardrail
        .target
        .principal_set
        .as_deref()
        .ok_or_else(|| Broken::missing("target.principalSet"))?;
    let scope = organization(&guardrail.name);
    let mut attributes = described(guardrail, "gcp_policy_binding")
        .with("policy", policy)
        .with("principal_set", target);
    if let Some(kind) = &guardrail.policy_kind {
        attributes = attributes.with("policy_kind", kind.as_str());
    }
    if let Some(condition) = &guardrail.condition {
        attributes = attributes.with("condition", condition.clone());
    }
    let observation = reading.about(names::thing(NodeKind::Policy, &guardrail.name), attributes);
    reading.say(scope, observation)?;
    let policy = names::thing(NodeKind::Policy, policy);
    let place = names::place(target);
    if place.kind == NodeKind::Resource {
        // A pool or a workspace: everybody of it, as a member of a role binding is written.
        let everybody = format!("principalSet:{target}/*");
        let member = names::member(&everybody);
        constrain(
            reading,
            scope,
            &member.node,
            &policy,
            "principals",
            Some(guardrail),
        )
    } else {
        constrain(
            reading,
            scope,
            &place,
            &policy,
            "principals",
            Some(guardrail),
        )
    }
}

/// Ties a place or a set of principals to what restricts it.
fn constrain(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    held: &NodeRef,
    policy: &NodeRef,
    applies_to: &str,
    binding: Option<&Guardrail>,
) -> Result<(), Broken> {
    let mut edge = restricts(held.kind, policy).with("applies_to", applies_to);
    if let Some(binding) = binding {
        edge = edge.with("binding", binding.name.as_str());
        if let Some(condition) = &binding.condition {
            edge = edge.with("condition", condition.clone());
        }
    }
    let mut attributes = Attributes::default();
    if held.kind == NodeKind::Group {
        attributes = Attributes::named(held.native_id.as_str(), "gcp_principal_set");
    }
    let mut observation = reading.about(held.clone(), attributes).edge(edge);
    let by_number = held.native_id.bytes().all(|byte| byte.is_ascii_digit());
    if held.kind == NodeKind::Account && by_number {
        observation
            .aliases
            .push(names::project_number(&held.native_id));
    }
    Ok(reading.say(scope, observation)?)
}

fn restricts(kind: NodeKind, policy: &NodeRef) -> ObservedEdge {
    let relation = match kind {
        NodeKind::Group | NodeKind::Resource => EdgeKind::AttachedPolicy,
        _ => EdgeKind::ConstrainedBy,
    };
    ObservedEdge::to(relation, policy.clone())
}

fn scope_of(place: &NodeRef) -> Option<String> {
    (place.kind == NodeKind::Account).then(|| place.native_id.clone())
}

/// `organizations/<number>/locations/…` → the organisation.
fn organization(name: &str) -> Option<&str> {
    let (at, _) = name.match_indices('/').nth(1)?;
    name.get(..at)
        .filter(|start| start.starts_with("organizations/"))
}

/// The identifiers of IAM v2 as those of role bindings
/// (<https://cloud.google.com/iam/docs/principal-identifiers>).
fn plain_principal(text: &str) -> String {
    let account = text
        .strip_prefix("principal://iam.googleapis.com/projects/-/serviceAccounts/")
        .map(|email| format!("serviceAccount:{email}"));
    let subject = text
        .strip_prefix("principal://goog/subject/")
        .map(|email| format!("user:{email}"));
    let group = text
        .strip_prefix("principalSet://goog/group/")
        .map(|email| format!("group:{email}"));
    match text {
        "principalSet://goog/public:all" => "allUsers".to_owned(),
        _ => account
            .or(subject)
            .or(group)
            .unwrap_or_else(|| text.to_owned()),
    }
}
