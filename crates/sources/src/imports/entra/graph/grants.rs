//! Who was given what: application permissions, delegated permissions, directory roles, and when
//! applications signed in.

use model::{Attributes, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs};
use serde_json::{Value, json};

use super::super::relations::words;
use super::super::resource::{
    Activity, AppRoleAssignment, PermissionGrant, RoleAssignment, SignIn,
};
use super::super::{Reading, names, principals, time};
use crate::imports::ReadError;

/// The most scopes read of one grant.
const MAX_SCOPES: usize = 1_000;

impl Reading<'_, '_> {
    /// An application permission: the principal holds an app role of the resource.
    pub(in super::super) fn app_role_assignment(
        &mut self,
        assignment: &AppRoleAssignment,
    ) -> Result<(), ReadError> {
        let (Some(principal), Some(resource)) = (&assignment.principal_id, &assignment.resource_id)
        else {
            return self
                .gap("an app role assignment without principalId or resourceId was passed over");
        };
        let role = assignment.app_role_id.as_deref().unwrap_or_default();
        let kind = match assignment.principal_type.as_deref() {
            Some("Group") => Some(NodeKind::Group),
            Some("User" | "ServicePrincipal") => Some(NodeKind::Identity),
            _ => None,
        };
        let mut edge = ObservedEdge::to(EdgeKind::HasRole, names::app_role(resource, role))
            .with("resource_id", resource.to_ascii_lowercase());
        if let Some(name) = &assignment.resource_display_name {
            edge = edge.with("resource_name", name.as_str());
        }
        if let Some(created) = &assignment.created_date_time {
            edge = edge.with("created", created.as_str());
        }
        let source = self.source.clone();
        self.relations.refer(principal, kind, edge, &source);
        Ok(())
    }

    /// A delegated permission: with it (and a refresh token where `offline_access` is among the
    /// scopes) the client acts as the user, or as any user of the tenant.
    pub(in super::super) fn permission_grant(
        &mut self,
        grant: &PermissionGrant,
    ) -> Result<(), ReadError> {
        let (Some(id), Some(client)) = (&grant.id, &grant.client_id) else {
            return self.gap("a permission grant without id or clientId was passed over");
        };
        let scopes: Vec<&str> = grant
            .scope
            .as_deref()
            .unwrap_or_default()
            .split_whitespace()
            .take(MAX_SCOPES)
            .collect();
        let for_all = grant.consent_type.as_deref() == Some("AllPrincipals");
        let client_node = names::object(NodeKind::Identity, client);
        let mut attributes = Attributes {
            tenant: self.tenant.clone(),
            last_used: Some(Fact::not_observable(
                "a grant carries no use; the sign-in logs of the client do",
            )),
            ..Attributes::named(
                format!("delegated grant {}", scopes.join(" ")),
                "entra_oauth_grant",
            )
        };
        attributes.extra = words(vec![
            ("client_id", json!(client.to_ascii_lowercase())),
            (
                "resource_id",
                json!(grant.resource_id.as_deref().map(str::to_ascii_lowercase)),
            ),
            ("consent_type", json!(grant.consent_type)),
            ("principal_id", json!(grant.principal_id)),
            ("scopes", json!(scopes)),
            ("offline_access", json!(scopes.contains(&"offline_access"))),
            ("non_interactive", json!(true)),
        ]);
        let mut observation = Observation::new(
            NodeRef::global(NodeKind::Credential, "entra", format!("grant:{id}")),
            self.observed,
            attributes,
        )
        .edge(ObservedEdge::to(EdgeKind::UsedBy, client_node));
        if let Some(user) = grant.principal_id.as_deref().filter(|_| !for_all) {
            observation.edges.push(ObservedEdge::to(
                EdgeKind::Authenticates,
                names::object(NodeKind::Identity, user),
            ));
        }
        self.observe(observation)?;
        if let Some(resource) = &grant.resource_id {
            let edge = ObservedEdge::to(
                EdgeKind::Delegates,
                names::object(NodeKind::Identity, resource),
            )
            .with("grant", id.as_str())
            .with("scopes", json!(scopes))
            .with("for", if for_all { "all_users" } else { "one_user" });
            let source = self.source.clone();
            self.relations
                .refer(client, Some(NodeKind::Identity), edge, &source);
        }
        Ok(())
    }

    pub(in super::super) fn role_assignment(
        &mut self,
        assignment: &RoleAssignment,
    ) -> Result<(), ReadError> {
        let (Some(principal), Some(role)) =
            (&assignment.principal_id, &assignment.role_definition_id)
        else {
            return self
                .gap("a role assignment without principalId or roleDefinitionId was passed over");
        };
        if let Some(definition) = &assignment.role_definition
            && definition.display_name.is_some()
        {
            self.role(definition)?;
        }
        let mut edge = ObservedEdge::to(
            EdgeKind::HasRole,
            names::object(NodeKind::Role, names::last_part(role)),
        )
        .with(
            "scope",
            assignment
                .directory_scope_id
                .clone()
                .or_else(|| assignment.app_scope_id.clone())
                .unwrap_or_else(|| "/".to_owned()),
        );
        if let Some(tenant) = &self.tenant {
            edge = edge.with("tenant", tenant.as_str());
        }
        let kind = assignment
            .principal
            .as_ref()
            .and_then(|principal| principals::kind_of_type(principal.type_name()));
        let source = self.source.clone();
        self.relations.refer(principal, kind, edge, &source);
        Ok(())
    }
}

/// When an application signed in, per flow, as the report says it
/// (learn.microsoft.com/graph/api/resources/serviceprincipalsigninactivity, beta).
pub(super) fn activity_attributes(activity: &Activity) -> Attributes {
    let latest = |sign_in: Option<&SignIn>| -> Option<TimeUs> {
        let sign_in = sign_in?;
        [
            &sign_in.last_sign_in_date_time,
            &sign_in.last_non_interactive_sign_in_date_time,
            &sign_in.last_successful_sign_in_date_time,
        ]
        .into_iter()
        .flatten()
        .filter_map(|text| time(Some(text))?.value().copied())
        .max()
    };
    let flows = [
        (
            "as_client_app_only",
            activity
                .application_authentication_client_sign_in_activity
                .as_ref(),
        ),
        (
            "as_client_for_users",
            activity.delegated_client_sign_in_activity.as_ref(),
        ),
        (
            "as_resource_app_only",
            activity
                .application_authentication_resource_sign_in_activity
                .as_ref(),
        ),
        (
            "as_resource_for_users",
            activity.delegated_resource_sign_in_activity.as_ref(),
        ),
    ];
    let mut extra = model::Extra::new();
    let mut any = latest(activity.last_sign_in_activity.as_ref());
    for (flow, sign_in) in flows {
        if let Some(time) = latest(sign_in) {
            extra.insert(
                format!("last_sign_in_{flow}"),
                Value::from(time.to_string()),
            );
            any = any.max(Some(time));
        }
    }
    Attributes {
        last_used: Some(any.map_or_else(
            || Fact::no_data_yet("the sign-in report has a row for the application but no time"),
            Fact::known,
        )),
        extra,
        ..Attributes::default()
    }
}
