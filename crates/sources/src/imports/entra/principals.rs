//! Applications, service principals, users, groups, devices, roles and the tenant itself.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, Status,
    TimeUs,
};
use serde_json::Value;

use super::credentials::Holder;
use super::relations::words;
use super::resource::{Redirects, Resource};
use super::{Reading, names, principal_alias, time};
use crate::imports::ReadError;

/// Tenants in which Microsoft owns its first-party applications
/// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const MICROSOFT_TENANTS: &[&str] = &[
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    "72f988bf-86f1-41af-91ab-2d7cd011db47",
];

/// The most expanded objects that Graph returns with `$expand`
/// (learn.microsoft.com/graph/query-parameters#expand).
const EXPAND_LIMIT: usize = 20;

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
        attributes.extra = self.principal_words(resource, party);
        let name = attributes.name.clone().unwrap_or_default();
        let vendor = attributes.vendor.clone();
        let mut observation = Observation::new(node.clone(), self.observed, attributes);
        if let Some(app_id) = &resource.app_id {
            observation.aliases.push(names::app_id_alias(app_id));
            if let Some(tenant) = &self.tenant {
                observation.aliases.push(principal_alias(tenant, app_id));
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

    fn principal_words(&self, resource: &Resource, party: Option<&'static str>) -> model::Extra {
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

    pub(super) fn user(&mut self, resource: &Resource) -> Result<(), ReadError> {
        let Some(guid) = resource.id.clone() else {
            return self.gap("a user without id was passed over; select id");
        };
        self.relations.know(&guid, NodeKind::Identity);
        let agent =
            resource.type_name() == Some("agentUser") || resource.identity_parent_id.is_some();
        let guest = resource
            .user_type
            .as_deref()
            .is_some_and(|word| word.eq_ignore_ascii_case("guest"));
        let mut attributes = self.described(resource, "entra_user", &guid);
        attributes.class = Some(if agent {
            Class::Agent
        } else if guest {
            Class::External
        } else {
            Class::Human
        });
        if attributes.name.as_deref() == Some(guid.as_str()) {
            attributes.name = resource.user_principal_name.clone().or(Some(guid.clone()));
        }
        attributes.last_rotated = time(resource.last_password_change_date_time.as_deref());
        attributes.last_used = Some(self.user_sign_in(resource));
        attributes.extra = words(vec![
            (
                "user_principal_name",
                text(resource.user_principal_name.as_ref()),
            ),
            ("user_type", text(resource.user_type.as_ref())),
            ("job_title", text(resource.job_title.as_ref())),
        ]);
        let mut observation = Observation::new(
            names::object(NodeKind::Identity, &guid),
            self.observed,
            attributes,
        );
        for mail in [&resource.user_principal_name, &resource.mail]
            .into_iter()
            .flatten()
        {
            let alias = Alias::lookup(format!("email:{}", mail.to_lowercase()));
            if !observation.aliases.contains(&alias) {
                observation.aliases.push(alias);
            }
        }
        on_premises(resource, NodeKind::Identity, &mut observation);
        if let Some(parent) = &resource.identity_parent_id {
            observation.edges.push(ObservedEdge::to(
                EdgeKind::PartOf,
                names::object(NodeKind::Identity, parent),
            ));
        }
        self.owners(&mut observation, resource)?;
        self.observe(observation)
    }

    /// Entra keeps interactive sign-ins since April 2020 and non-interactive ones since May 2020;
    /// the property is missing for users who never signed in since
    /// (learn.microsoft.com/graph/api/resources/signinactivity).
    fn user_sign_in(&self, resource: &Resource) -> Fact<TimeUs> {
        match &resource.sign_in_activity {
            Some(activity) => {
                let latest = [
                    &activity.last_sign_in_date_time,
                    &activity.last_non_interactive_sign_in_date_time,
                    &activity.last_successful_sign_in_date_time,
                ]
                .into_iter()
                .flatten()
                .filter_map(|text| time(Some(text))?.value().copied())
                .max();
                latest.map_or_else(never_since_2020, Fact::known)
            }
            None if self.asked_sign_in => never_since_2020(),
            None => Fact::not_observable(
                "the export did not select signInActivity (needs AuditLog.Read.All and Entra ID P1)",
            ),
        }
    }

    pub(super) fn group(&mut self, resource: &Resource) -> Result<(), ReadError> {
        let Some(guid) = resource.id.clone() else {
            return self.gap("a group without id was passed over; select id");
        };
        self.relations.know(&guid, NodeKind::Group);
        let mut attributes = self.described(resource, "entra_group", &guid);
        attributes.extra = words(vec![
            (
                "is_assignable_to_role",
                resource
                    .is_assignable_to_role
                    .map_or(Value::Null, Value::from),
            ),
            (
                "security_enabled",
                resource.security_enabled.map_or(Value::Null, Value::from),
            ),
            ("membership_rule", text(resource.membership_rule.as_ref())),
        ]);
        let node = names::object(NodeKind::Group, &guid);
        let mut observation = Observation::new(node.clone(), self.observed, attributes);
        on_premises(resource, NodeKind::Group, &mut observation);
        self.owners(&mut observation, resource)?;
        self.observe(observation)?;
        if let Some(members) = &resource.members {
            self.expanded(members.len(), "members")?;
            for member in members {
                self.member(member, &ObservedEdge::to(EdgeKind::MemberOf, node.clone()))?;
            }
        }
        Ok(())
    }

    /// A member, with the relation that begins at it.
    pub(super) fn member(
        &mut self,
        member: &Resource,
        edge: &ObservedEdge,
    ) -> Result<(), ReadError> {
        let Some(id) = &member.id else { return Ok(()) };
        let source = self.source.clone();
        self.relations
            .refer(id, kind_of_type(member.type_name()), edge.clone(), &source);
        Ok(())
    }

    pub(super) fn device(&mut self, resource: &Resource) -> Result<(), ReadError> {
        let Some(guid) = resource.id.clone() else {
            return self.gap("a device without id was passed over; select id");
        };
        self.relations.know(&guid, NodeKind::Identity);
        let mut attributes = self.described(resource, "entra_device", &guid);
        attributes.class = Some(Class::Device);
        attributes.last_used = time(resource.approximate_last_sign_in_date_time.as_deref());
        if attributes.created.is_none() {
            attributes.created = time(resource.registration_date_time.as_deref());
        }
        attributes.extra = words(vec![
            ("device_id", text(resource.device_id.as_ref())),
            ("operating_system", text(resource.operating_system.as_ref())),
        ]);
        let node = names::object(NodeKind::Identity, &guid);
        let mut observation = Observation::new(node, self.observed, attributes);
        self.owners(&mut observation, resource)?;
        self.observe(observation)
    }

    /// A directory role or role definition. Built-in ones have one template id in every tenant.
    pub(super) fn role(&mut self, resource: &Resource) -> Result<(), ReadError> {
        let Some(guid) = resource
            .role_template_id
            .clone()
            .or_else(|| resource.template_id.clone())
            .or_else(|| resource.id.clone())
        else {
            return self.gap("a role without id was passed over");
        };
        let node = names::object(NodeKind::Role, &guid);
        let mut attributes = self.described(resource, "entra_directory_role", &guid);
        attributes.declared_privileged = resource.is_privileged;
        attributes.status = resource.is_enabled.map(|enabled| {
            if enabled {
                Status::Enabled
            } else {
                Status::Disabled
            }
        });
        attributes.extra = words(vec![
            (
                "is_built_in",
                resource.is_built_in.map_or(Value::Null, Value::from),
            ),
            (
                "role_permissions",
                resource.role_permissions.clone().unwrap_or(Value::Null),
            ),
        ]);
        self.observe(Observation::new(node.clone(), self.observed, attributes))?;
        if let Some(members) = &resource.members {
            self.expanded(members.len(), "members")?;
            for member in members {
                let mut edge = ObservedEdge::to(EdgeKind::HasRole, node.clone()).with("scope", "/");
                if let Some(tenant) = &self.tenant {
                    edge = edge.with("tenant", tenant.as_str());
                }
                self.member(member, &edge)?;
            }
        }
        Ok(())
    }

    pub(super) fn tenant(&mut self, resource: &Resource) -> Result<(), ReadError> {
        let Some(guid) = resource.tenant_id.clone().or_else(|| resource.id.clone()) else {
            return self.gap("an organisation without id was passed over");
        };
        let guid = names::last_part(&guid).to_ascii_lowercase();
        let mut attributes = self.described(resource, "entra_tenant", &guid);
        attributes.tenant = Some(guid.clone());
        attributes.extra = words(vec![
            (
                "verified_domains",
                resource.verified_domains.clone().unwrap_or(Value::Null),
            ),
            ("tenant_type", text(resource.tenant_type.as_ref())),
        ]);
        let node = names::object(NodeKind::Tenant, &guid);
        self.observe(Observation::new(node, self.observed, attributes))
    }

    fn described(&self, resource: &Resource, subtype: &str, guid: &str) -> Attributes {
        let status = if resource.deleted_date_time.is_some() {
            Some(Status::Deleted)
        } else {
            resource.account_enabled.map(|enabled| {
                if enabled {
                    Status::Enabled
                } else {
                    Status::Disabled
                }
            })
        };
        Attributes {
            tenant: self.tenant.clone(),
            status,
            description: resource
                .description
                .clone()
                .or_else(|| resource.notes.clone())
                .filter(|text| !text.is_empty()),
            created: time(resource.created_date_time.as_deref()),
            ..Attributes::named(
                resource
                    .display_name
                    .clone()
                    .filter(|name| !name.is_empty())
                    .unwrap_or_else(|| guid.to_owned()),
                subtype,
            )
        }
    }

    /// Owners and sponsors that were expanded: users and service principals.
    fn owners(
        &mut self,
        observation: &mut Observation,
        resource: &Resource,
    ) -> Result<(), ReadError> {
        for (people, word) in [
            (&resource.owners, "owners"),
            (&resource.sponsors, "sponsors"),
        ] {
            let Some(people) = people else { continue };
            self.expanded(people.len(), word)?;
            for person in people {
                let Some(id) = &person.id else { continue };
                let kind = kind_of_type(person.type_name()).unwrap_or(NodeKind::Identity);
                let node = names::object(kind, id);
                let edge = if word == "sponsors"
                    && EdgeKind::SponsoredBy.allows(observation.node.kind, kind)
                {
                    ObservedEdge::to(EdgeKind::SponsoredBy, node.clone())
                } else {
                    ObservedEdge::to(EdgeKind::OwnedBy, node.clone())
                };
                observation.edges.push(edge);
                if observation.attributes.declared_owner.is_none() {
                    observation.attributes.declared_owner = person
                        .user_principal_name
                        .clone()
                        .or_else(|| person.display_name.clone());
                }
                self.mention(node, person)?;
            }
        }
        Ok(())
    }

    /// Says the little that an expanded object carries.
    fn mention(&mut self, node: NodeRef, person: &Resource) -> Result<(), ReadError> {
        let name = person
            .display_name
            .clone()
            .or_else(|| person.user_principal_name.clone());
        if name.is_none() {
            return Ok(());
        }
        let mut said = Observation::new(
            node,
            self.observed,
            Attributes {
                name,
                ..Attributes::default()
            },
        );
        if let Some(upn) = &person.user_principal_name {
            said.aliases
                .push(Alias::lookup(format!("email:{}", upn.to_lowercase())));
        }
        self.observe(said)
    }

    /// `$expand` gives at most twenty objects and does not say that it cut.
    fn expanded(&mut self, length: usize, word: &str) -> Result<(), ReadError> {
        if length < EXPAND_LIMIT || self.omits_empty {
            return Ok(());
        }
        let gap = model::Coverage::gap(
            &self.source,
            model::CoverageState::Truncated,
            self.place.as_str(),
            format!(
                "{length} {word} were expanded and Graph stops at {EXPAND_LIMIT}: there may be more; list them at …/{{id}}/{word}"
            ),
        );
        Ok(self.cx.sink.cover(gap)?)
    }
}

fn never_since_2020() -> Fact<TimeUs> {
    Fact::Never {
        window: Some("2020-04-01T00:00:00Z".to_owned()),
    }
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

/// The account or group of Active Directory that this one is a copy of.
fn on_premises(resource: &Resource, kind: NodeKind, observation: &mut Observation) {
    if let Some(sid) = resource
        .on_premises_security_identifier
        .as_deref()
        .filter(|sid| sid.starts_with("S-1-5-21-"))
    {
        let node = NodeRef::global(kind, "ad", sid);
        observation.edges.push(
            ObservedEdge::to(EdgeKind::ManagedBy, node).with("form", "directory_synchronisation"),
        );
    }
}

/// The kind behind the last word of `@odata.type`.
pub(super) fn kind_of_type(word: Option<&str>) -> Option<NodeKind> {
    match word? {
        "user"
        | "servicePrincipal"
        | "device"
        | "agentIdentity"
        | "agentUser"
        | "agentIdentityBlueprintPrincipal" => Some(NodeKind::Identity),
        "group" => Some(NodeKind::Group),
        "application" => Some(NodeKind::Application),
        _ => None,
    }
}

fn text(value: Option<&String>) -> Value {
    value.map_or(Value::Null, |text| Value::from(text.as_str()))
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
