//! Users, groups, devices, roles and the tenant itself.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, Status,
    TimeUs,
};
use serde_json::Value;

use super::relations::words;
use super::resource::Resource;
use super::{Reading, names, time};
use crate::imports::ReadError;

/// The most expanded objects that Graph returns with `$expand`
/// (learn.microsoft.com/graph/query-parameters#expand).
const EXPAND_LIMIT: usize = 20;

impl Reading<'_, '_> {
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
                self.member(member, ObservedEdge::to(EdgeKind::MemberOf, node.clone()));
            }
        }
        Ok(())
    }

    /// A member, with the relation that begins at it.
    pub(super) fn member(&mut self, member: &Resource, edge: ObservedEdge) {
        let Some(id) = &member.id else { return };
        let source = self.source.clone();
        self.relations
            .refer(id, kind_of_type(member.type_name()), edge, &source);
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
        self.device_certificates(resource, &guid, &node)?;
        let mut observation = Observation::new(node, self.observed, attributes);
        self.owners(&mut observation, resource)?;
        self.observe(observation)
    }

    /// The certificates by which a device signs in, found elsewhere by their thumbprint.
    fn device_certificates(
        &mut self,
        resource: &Resource,
        guid: &str,
        device: &NodeRef,
    ) -> Result<(), ReadError> {
        /// A device has one, and for a while two when it is renewed.
        const MAX: usize = 16;
        let thumbprints: Vec<String> = resource
            .alternative_security_ids
            .iter()
            .flatten()
            .filter_map(|id| thumbprint(id.key.as_deref()?))
            .take(MAX)
            .collect();
        for thumbprint in thumbprints {
            let attributes = Attributes::named(
                format!("certificate of device {guid}"),
                "entra_device_certificate",
            )
            .with("sha1", thumbprint.as_str());
            let node = names::credential(guid, &format!("x509/{thumbprint}"));
            let observation = Observation::new(node, self.observed, attributes)
                .alias(Alias::lookup(format!("sha1:{thumbprint}")))
                .edge(ObservedEdge::to(EdgeKind::Authenticates, device.clone()));
            self.observe(observation)?;
        }
        Ok(())
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
                self.member(member, edge);
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

    pub(super) fn described(&self, resource: &Resource, subtype: &str, guid: &str) -> Attributes {
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
    pub(super) fn owners(
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

pub(super) fn text(value: Option<&String>) -> Value {
    value.map_or(Value::Null, |text| Value::from(text.as_str()))
}

/// The SHA-1 of a device's certificate out of the key of an alternative security id.
fn thumbprint(key: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(key).ok()?;
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
        .collect();
    let text = String::from_utf16(&units).ok()?;
    let (_, rest) = text.split_once("<SHA1-TP-PUBKEY>")?;
    let hex: String = rest.chars().take(40).collect();
    (hex.len() == 40 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| hex.to_lowercase())
}

#[cfg(test)]
mod tests {
    use model::{EdgeKind, NodeKind};

    use crate::imports::testing::{edges, read};

    /// A device after Graph's documentation, its key packed as the service packs it.
    #[test]
    fn a_device_with_its_certificate() {
        use base64::Engine as _;
        let thumbprint = "8F5F3A0B1C2D3E4F5061728394A5B6C7D8E9F001";
        let packed: Vec<u8> = format!("X509:<SHA1-TP-PUBKEY>{thumbprint}Zm9v=")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let key = base64::engine::general_purpose::STANDARD.encode(packed);
        let device = serde_json::json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#devices", "value": [{
            "id": "66666666-0000-4000-8000-000000000001", "deviceId": "77777777-0000-4000-8000-000000000001",
            "displayName": "LAPTOP-1", "operatingSystem": "Windows",
            "alternativeSecurityIds": [{"type": 2, "identityProvider": null, "key": key}, {"type": 2, "key": "AAAA"}],
        }]});
        let found = read(
            "devices.json",
            device.to_string().as_bytes(),
            &[("tenant", "t")],
        );
        let native = format!(
            "66666666-0000-4000-8000-000000000001/x509/{}",
            thumbprint.to_lowercase()
        );
        let certificate = found.node(NodeKind::Credential, &native);
        assert_eq!(
            certificate.aliases[0].text,
            format!("sha1:{}", thumbprint.to_lowercase())
        );
        assert_eq!(
            edges(certificate),
            ["authenticates -> 66666666-0000-4000-8000-000000000001"]
        );
        assert!(found.gaps().is_empty());
        assert!(
            certificate
                .edges
                .iter()
                .any(|edge| edge.kind == EdgeKind::Authenticates)
        );
    }
}
