//! Entra service principals and Active Directory service accounts.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge, SinkClosed,
    SourceRef, Status,
};

use super::Teller;

pub(super) const GRAPH: &str = "entra.graph";
const AZUREHOUND: &str = "azurehound";
const LDIF: &str = "ad.ldif";
const SHARPHOUND: &str = "sharphound";
const HOST: &str = "host";
pub(super) const TENANT: &str = "5f3c7d1e-7a55-4c1e-9a0e-2b9a7d6c0001";
const DOMAIN: &str = "S-1-5-21-1004336348-1177238915-682003330";

impl Teller<'_> {
    /// 10 %: application and principal seen by two sources, 1.3 secrets, half with a certificate.
    pub(super) fn service_principal(&mut self) -> Result<(), SinkClosed> {
        let (name, object, app_id, app_object) = (
            self.name(),
            self.rng.guid(),
            self.rng.guid(),
            self.rng.guid(),
        );
        let entra = |kind, id: String| NodeRef::global(kind, "entra", id);
        let principal = entra(NodeKind::Identity, object);
        let application = entra(NodeKind::Application, app_object.clone());
        let (graph, hound) = (
            SourceRef::new(GRAPH, TENANT),
            SourceRef::new(AZUREHOUND, TENANT),
        );
        let (created, used) = (self.past(1_500), self.use_fact());
        for source in [&graph, &hound] {
            let mut attributes = Attributes {
                class: Some(Class::Machine),
                tenant: Some(TENANT.to_owned()),
                status: Some(Status::Enabled),
                ..Attributes::named(name.as_str(), "entra_service_principal")
            };
            if source == &graph {
                attributes.created = Some(Fact::known(created));
                attributes.last_used = Some(used.clone());
                attributes.declared_owner = Some(format!("{}@example.com", self.team()));
            }
            let said = self
                .saw(
                    principal.clone(),
                    attributes.with("app_id", app_id.as_str()),
                )
                .alias(Alias::lookup(format!("entra:app_id:{app_id}")))
                .edge(ObservedEdge::to(EdgeKind::PartOf, application.clone()));
            self.say(source, said)?;
            let attributes = Attributes {
                tenant: Some(TENANT.to_owned()),
                ..Attributes::named(name.as_str(), "entra_app_registration")
            };
            let said = self
                .saw(application.clone(), attributes)
                .alias(Alias::same(format!("entra:application:{app_id}")))
                .alias(Alias::lookup(format!("entra:app_id:{app_id}")));
            self.say(source, said)?;
        }
        let proves = ObservedEdge::to(EdgeKind::Authenticates, principal);
        for _ in 0..=u64::from(self.rng.chance(30)) {
            let key = format!("{app_object}/{}", self.rng.guid());
            let (created, ends) = (self.past(700), self.past(700).plus_days(700));
            let attributes = Attributes {
                tenant: Some(TENANT.to_owned()),
                created: Some(Fact::known(created)),
                expires: Some(Fact::known(ends)),
                ..Attributes::named(format!("{name} secret"), "entra_client_secret")
            }
            .with("hint", self.rng.hex(2));
            let said = self
                .saw(entra(NodeKind::Credential, key), attributes)
                .edge(proves.clone());
            self.say(&graph, said)?;
        }
        if self.rng.chance(50) {
            let key = format!("{app_object}/{}", self.rng.guid());
            let ends = self.past(700).plus_days(700);
            let attributes = Attributes {
                tenant: Some(TENANT.to_owned()),
                expires: Some(Fact::known(ends)),
                ..Attributes::named(format!("CN={name}"), "entra_client_certificate")
            };
            let said = self
                .saw(entra(NodeKind::Credential, key), attributes)
                .alias(Alias::lookup(format!("sha1:{}", self.rng.hex(20))))
                .edge(proves);
            self.say(&graph, said)?;
        }
        Ok(())
    }

    /// 12 %: LDIF and SharpHound, a Windows service on one or two hosts, 60 % with a
    /// certificate in two places.
    pub(super) fn directory_account(&mut self) -> Result<(), SinkClosed> {
        let (name, created, used) = (self.name(), self.past(4_000), self.use_fact());
        let ad = |kind, id: String| NodeRef::global(kind, "ad", id);
        let account = ad(
            NodeKind::Identity,
            format!("{DOMAIN}-{}", 1_000 + self.number),
        );
        let group = ad(
            NodeKind::Group,
            format!("{DOMAIN}-{}", 500 + self.rng.below(200)),
        );
        let dn = format!("cn={name},ou=service accounts,dc=corp,dc=example,dc=com");
        for (source, whole) in [(LDIF, true), (SHARPHOUND, false)] {
            let mut attributes = Attributes {
                class: Some(Class::Machine),
                tenant: Some(DOMAIN.to_owned()),
                status: Some(Status::Enabled),
                ..Attributes::named(name.as_str(), "ad_service_account")
            };
            if whole {
                attributes.created = Some(Fact::known(created));
                attributes.last_used = Some(used.clone());
                attributes.description = Some("Runs the nightly jobs of the team".to_owned());
            }
            let said = self
                .saw(
                    account.clone(),
                    attributes.with("distinguished_name", dn.as_str()),
                )
                .alias(Alias::lookup(format!("sam:corp\\{name}")))
                .edge(ObservedEdge::to(EdgeKind::MemberOf, group.clone()));
            self.say(&SourceRef::new(source, DOMAIN), said)?;
        }
        for _ in 0..=u64::from(self.rng.chance(60)) {
            let host = format!("win-{:04}", self.rng.below(self.estate.groups_of(300)));
            let service = NodeRef::within(
                NodeKind::Workload,
                "host",
                host.clone(),
                format!("service:{name}"),
            );
            let machine = NodeRef::within(NodeKind::Host, "host", "", host.clone());
            let attributes =
                Attributes::named(name.as_str(), "windows_service").with("start", "auto");
            let said = self
                .saw(service, attributes)
                .edge(ObservedEdge::to(EdgeKind::RunsAs, account.clone()))
                .edge(ObservedEdge::to(EdgeKind::RunsOn, machine));
            self.say(&SourceRef::new(HOST, host.as_str()), said)?;
        }
        if self.rng.chance(60) {
            let certificate = self.rng.hex(32);
            let ends = self.past(300).plus_days(365);
            let host = format!("win-{:04}", self.rng.below(self.estate.groups_of(300)));
            for copy in 0..2 {
                let attributes = Attributes {
                    expires: Some(Fact::known(ends)),
                    ..Attributes::named(format!("CN={name}"), "x509_certificate")
                }
                .with("key_algorithm", "rsa-2048");
                let place = format!("C:/ProgramData/{name}/{copy}.pem");
                let file = NodeRef::within(NodeKind::Resource, "file", host.clone(), place.clone());
                let said = self
                    .saw(NodeRef::certificate(&certificate), attributes)
                    .alias(Alias::lookup(format!(
                        "sha1:{}",
                        certificate.get(..40).unwrap_or_default()
                    )))
                    .alias(Alias::lookup(format!("spki:sha256:{certificate}")))
                    .edge(ObservedEdge::to(EdgeKind::Authenticates, account.clone()))
                    .edge(ObservedEdge::to(EdgeKind::StoredIn, file))
                    .at(place);
                self.say(&SourceRef::new(HOST, host.as_str()), said)?;
            }
        }
        Ok(())
    }
}
