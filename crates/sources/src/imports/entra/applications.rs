//! Applications and service principals.

use model::{
    Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, Status,
};
use serde_json::Value;

use super::credentials::Holder;
use super::principals::text;
use super::relations::words;
use super::resource::{Redirects, Resource};
use super::{Reading, names};
use crate::imports::ReadError;

/// Tenants in which Microsoft owns its first-party applications
/// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const MICROSOFT_TENANTS: &[&str] = &[
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    "72f988bf-86f1-41af-91ab-2d7cd011db47",
];

/// The most app roles read of one service principal; Microsoft Graph has about a thousand.
const MAX_APP_ROLES: usize = 10_000;

impl Reading<'_, '_> {
    pub(super) fn application(&mut self, resource: &Resource) -> Result<(), ReadError> {
        let Some(guid) = resource.id.clone() else {
            return self.gap("an application without id was passed over; select id");
        };
        let node = names::object(NodeKind::Application, &guid);
        let blueprint = resource.type_name() == Some("agentIdentityBlueprint");
        let subtype = if blueprint {
            "entra_agent_blueprint"
        } else {
            "entra_app_registration"
        };
        let mut attributes = self.described(resource, subtype, &guid);
        if resource.disabled_by_microsoft_status.is_some() {
            attributes.status = Some(Status::Disabled);
        }
        attributes.extra = words(vec![
            ("app_id", text(resource.app_id.as_ref())),
            ("sign_in_audience", text(resource.sign_in_audience.as_ref())),
            ("publisher_domain", text(resource.publisher_domain.as_ref())),
            ("publisher_verified", publisher_verified(resource)),
            ("identifier_uris", list(resource.identifier_uris.as_ref())),
            ("redirect_uris", redirects(resource)),
            (
                "implicit_grant",
                resource
                    .web
                    .as_ref()
                    .and_then(|web| web.implicit_grant_settings.clone())
                    .unwrap_or(Value::Null),
            ),
            (
                "required_resource_access",
                resource
                    .required_resource_access
                    .clone()
                    .unwrap_or(Value::Null),
            ),
            (
                "service_management_reference",
                text(resource.service_management_reference.as_ref()),
            ),
            (
                "is_fallback_public_client",
                resource
                    .is_fallback_public_client
                    .map_or(Value::Null, Value::from),
            ),
            ("tags", list(resource.tags.as_ref())),
            (
                "password_credentials",
                count(resource.password_credentials.as_ref()),
            ),
            ("key_credentials", count(resource.key_credentials.as_ref())),
        ]);
        let name = attributes.name.clone().unwrap_or_default();
        let mut observation = Observation::new(node, self.observed, attributes);
        if let Some(app_id) = &resource.app_id {
            observation.aliases.push(names::application_alias(app_id));
            observation.aliases.push(names::app_id_alias(app_id));
        }
        self.owners(&mut observation, resource)?;
        self.observe(observation)?;
        let holder = Holder {
            guid,
            kind: NodeKind::Application,
            app_id: resource.app_id.clone(),
            name,
        };
        self.credentials(&holder, resource)
    }

    pub(super) fn service_principal(&mut self, resource: &Resource) -> Result<(), ReadError> {
        let Some(guid) = resource.id.clone() else {
            return self.gap("a service principal without id was passed over; select id");
        };
        self.relations.know(&guid, NodeKind::Identity);
        if let Some(app_id) = &resource.app_id {
            self.service_principals
                .insert(app_id.to_ascii_lowercase(), guid.clone());
        }
        let (class, subtype) = principal_sort(resource);
        let node = names::object(NodeKind::Identity, &guid);
        let mut attributes = self.described(resource, subtype, &guid);
        attributes.class = class;
        attributes.last_used = Some(Fact::not_observable(
            "a service principal carries no sign-in; export /beta/reports/servicePrincipalSignInActivities too",
        ));
        let party = self.party(resource.app_owner_organization_id.as_deref());
        attributes.vendor = vendor(resource, party);
        attributes.extra = principal_words(resource, party);
        let name = attributes.name.clone().unwrap_or_default();
        let vendor = attributes.vendor.clone();
        let mut observation = Observation::new(node, self.observed, attributes);
        if let Some(app_id) = &resource.app_id {
            observation.aliases.push(names::app_id_alias(app_id));
            if let Some(tenant) = &self.tenant {
                observation
                    .aliases
                    .push(names::principal_alias(tenant, app_id));
            }
            let application = self.application_of(resource, app_id, &name)?;
            observation
                .edges
                .push(ObservedEdge::to(EdgeKind::PartOf, application));
        }
        if let Some(blueprint) = &resource.agent_identity_blueprint_id {
            let blueprint = names::application_by_app_id(blueprint);
            observation.edges.push(
                ObservedEdge::to(EdgeKind::PartOf, blueprint).with("form", "agent_blueprint"),
            );
        }
        if let Some(vendor) = vendor {
            let node = NodeRef::global(NodeKind::Vendor, "vendor", vendor.to_lowercase());
            self.observe(Observation::new(
                node.clone(),
                self.observed,
                Attributes::named(vendor, "vendor"),
            ))?;
            observation
                .edges
                .push(ObservedEdge::to(EdgeKind::SuppliedBy, node));
        }
        self.managed_identity_use(resource, &mut observation)?;
        self.owners(&mut observation, resource)?;
        self.observe(observation)?;
        self.app_roles(&guid, resource)?;
        let holder = Holder {
            guid,
            kind: NodeKind::Identity,
            app_id: resource.app_id.clone(),
            name,
        };
        self.credentials(&holder, resource)
    }

    /// The application behind a service principal, which may live in another tenant.
    fn application_of(
        &mut self,
        resource: &Resource,
        app_id: &str,
        name: &str,
    ) -> Result<NodeRef, ReadError> {
        let node = names::application_by_app_id(app_id);
        let attributes = Attributes {
            name: resource
                .app_display_name
                .clone()
                .or_else(|| Some(name.to_owned()))
                .filter(|name| !name.is_empty()),
            ..Attributes::default()
        };
        let said = Observation::new(node.clone(), self.observed, attributes)
            .alias(names::application_alias(app_id))
            .alias(names::app_id_alias(app_id));
        self.observe(said)?;
        Ok(node)
    }

    /// Whose application it is: ours, Microsoft's, or a third party's. `None` when the tenant is
    /// not known, because then ours and a third party's look the same.
    fn party(&self, owner: Option<&str>) -> Option<&'static str> {
        let owner = owner?.to_ascii_lowercase();
        if MICROSOFT_TENANTS.contains(&owner.as_str()) {
            return Some("microsoft");
        }
        let tenant = self.tenant.as_deref()?;
        Some(if owner == tenant {
            "first_party"
        } else {
            "third_party"
        })
    }

    /// A system-assigned managed identity names its resource; a user-assigned one only itself.
    fn managed_identity_use(
        &mut self,
        resource: &Resource,
        observation: &mut Observation,
    ) -> Result<(), ReadError> {
        let names = resource.alternative_names.as_deref().unwrap_or_default();
        let explicit = names
            .iter()
            .any(|name| name.eq_ignore_ascii_case("isExplicit=True"));
        let Some(id) = names
            .iter()
            .find(|name| name.to_ascii_lowercase().starts_with("/subscriptions/"))
        else {
            return Ok(());
        };
        observation.attributes.extra.insert(
            "managed_identity".to_owned(),
            Value::from(if explicit {
                "user_assigned"
            } else {
                "system_assigned"
            }),
        );
        if explicit {
            return Ok(());
        }
        if let Some((kind, node, subtype)) = names::azure(id)
            && EdgeKind::RunsAs.allows(kind, NodeKind::Identity)
        {
            let name = names::last_part(id).to_owned();
            self.observe(Observation::new(
                node.clone(),
                self.observed,
                Attributes::named(name, subtype),
            ))?;
            observation
                .edges
                .push(ObservedEdge::from(EdgeKind::RunsAs, node));
        }
        Ok(())
    }

    fn app_roles(&mut self, guid: &str, resource: &Resource) -> Result<(), ReadError> {
        let roles = resource.app_roles.as_deref().unwrap_or_default();
        for role in roles.iter().take(MAX_APP_ROLES) {
            let Some(id) = &role.id else { continue };
            let mut attributes = Attributes {
                description: role.description.clone(),
                status: role.is_enabled.map(|enabled| {
                    if enabled {
                        Status::Enabled
                    } else {
                        Status::Disabled
                    }
                }),
                ..Attributes::named(
                    role.value
                        .clone()
                        .filter(|value| !value.is_empty())
                        .or_else(|| role.display_name.clone())
                        .unwrap_or_else(|| id.clone()),
                    "entra_app_role",
                )
            };
            attributes.extra = words(vec![
                ("resource_name", text(resource.display_name.as_ref())),
                (
                    "allowed_member_types",
                    list(role.allowed_member_types.as_ref()),
                ),
            ]);
            let said = Observation::new(names::app_role(guid, id), self.observed, attributes);
            self.observe(said)?;
        }
        Ok(())
    }
}

fn principal_words(resource: &Resource, party: Option<&'static str>) -> model::Extra {
    words(vec![
        ("app_id", text(resource.app_id.as_ref())),
        (
            "service_principal_type",
            text(resource.service_principal_type.as_ref()),
        ),
        (
            "app_owner_organization_id",
            text(resource.app_owner_organization_id.as_ref()),
        ),
        ("party", Value::from(party.unwrap_or("unknown"))),
        ("publisher_name", text(resource.publisher_name.as_ref())),
        (
            "verified_publisher",
            text(
                resource
                    .verified_publisher
                    .as_ref()
                    .and_then(|publisher| publisher.display_name.as_ref()),
            ),
        ),
        ("sign_in_audience", text(resource.sign_in_audience.as_ref())),
        (
            "alternative_names",
            list(resource.alternative_names.as_ref()),
        ),
        (
            "service_principal_names",
            list(resource.service_principal_names.as_ref()),
        ),
        ("publisher_verified", publisher_verified(resource)),
        (
            "app_role_assignment_required",
            resource
                .app_role_assignment_required
                .map_or(Value::Null, Value::from),
        ),
        ("tags", list(resource.tags.as_ref())),
        (
            "agent_identity_blueprint_id",
            text(resource.agent_identity_blueprint_id.as_ref()),
        ),
        (
            "created_by_app_id",
            text(resource.created_by_app_id.as_ref()),
        ),
        ("redirect_uris", redirects(resource)),
    ])
}

/// Graph writes the property with empty fields for a publisher who is not verified; an export that did
/// not select it says nothing.
fn publisher_verified(resource: &Resource) -> Value {
    resource
        .verified_publisher
        .as_ref()
        .map_or(Value::Null, |publisher| {
            let named = publisher.display_name.as_deref();
            named.is_some_and(|name| !name.is_empty()).into()
        })
}

fn principal_sort(resource: &Resource) -> (Option<Class>, &'static str) {
    let agent = resource.agent_identity_blueprint_id.is_some()
        || matches!(resource.type_name(), Some("agentIdentity"));
    if agent {
        return (Some(Class::Agent), "entra_agent_identity");
    }
    match resource.service_principal_type.as_deref() {
        Some("ManagedIdentity") => (Some(Class::Machine), "entra_managed_identity"),
        Some("ServiceIdentity") => (Some(Class::Agent), "entra_agent_identity"),
        // For internal use of the provider; who acts with it is not said.
        Some("SocialIdp") => (None, "entra_service_principal"),
        _ => (Some(Class::Machine), "entra_service_principal"),
    }
}

fn vendor(resource: &Resource, party: Option<&'static str>) -> Option<String> {
    if party == Some("first_party") {
        return None;
    }
    if party == Some("microsoft") {
        return Some("Microsoft".to_owned());
    }
    resource
        .verified_publisher
        .as_ref()
        .and_then(|publisher| publisher.display_name.clone())
        .or_else(|| {
            resource
                .publisher_name
                .clone()
                .filter(|_| party == Some("third_party"))
        })
        .filter(|name| !name.is_empty())
}

fn list(values: Option<&Vec<String>>) -> Value {
    values.map_or(Value::Null, |list| Value::from(list.clone()))
}

fn count<T>(values: Option<&Vec<T>>) -> Value {
    values.map_or(Value::Null, |list| Value::from(list.len()))
}

fn redirects(resource: &Resource) -> Value {
    let uris: Vec<Value> = [&resource.web, &resource.spa, &resource.public_client]
        .into_iter()
        .flatten()
        .flat_map(|place: &Redirects| place.redirect_uris.iter().flatten())
        .take(1_000)
        .map(|uri| Value::from(uri.as_str()))
        .collect();
    Value::Array(uris)
}
