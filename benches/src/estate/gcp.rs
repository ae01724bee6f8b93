//! Google service accounts and their keys: asset inventory, IAM list, Terraform, key files.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge, SinkClosed,
    SourceRef, Status,
};

use super::Teller;

const ACCOUNTS: &str = "gcp.service_accounts";
const ASSETS: &str = "gcp.assets";
const HOST: &str = "host";

impl Teller<'_> {
    /// 8 %: two sources and Terraform, 1.5 keys of which 70 % lie as a file on a host.
    pub(super) fn google_account(&mut self) -> Result<(), SinkClosed> {
        let project = format!("project-{:04}", self.number / 500);
        let (name, created, used) = (self.name(), self.past(1_500), self.use_fact());
        let gcp = |kind, id: String| NodeRef::global(kind, "gcp", id);
        let email = format!("{name}@{project}.iam.gserviceaccount.com");
        let account = gcp(NodeKind::Identity, email.clone());
        let unique = Alias::same(format!("gcp:unique_id:{:021}", self.rng.draw()));
        let holder = gcp(NodeKind::Account, project.clone());
        for source in [ACCOUNTS, ASSETS] {
            let mut attributes = Attributes {
                class: Some(Class::Machine),
                tenant: Some(project.clone()),
                status: Some(Status::Enabled),
                ..Attributes::named(name.as_str(), "gcp_service_account")
            };
            if source == ASSETS {
                attributes.created = Some(Fact::known(created));
                attributes.last_used = Some(used.clone());
            }
            let said = self
                .saw(account.clone(), attributes)
                .alias(unique.clone())
                .edge(ObservedEdge::from(EdgeKind::Contains, holder.clone()));
            self.say(&SourceRef::new(source, project.as_str()), said)?;
        }
        self.terraform(account.clone(), &name, "google_service_account", &project)?;
        for _ in 0..=u64::from(self.rng.chance(50)) {
            let id = self.rng.hex(20);
            let key = gcp(NodeKind::Credential, format!("{email}/keys/{id}"));
            let spki = Alias::lookup(format!("spki:sha256:{}", self.rng.hex(32)));
            let proves = ObservedEdge::to(EdgeKind::Authenticates, account.clone());
            let attributes = Attributes {
                tenant: Some(project.clone()),
                created: Some(Fact::known(self.past(900))),
                expires: Some(Fact::never()),
                ..Attributes::named(id.as_str(), "gcp_service_account_key")
            };
            let said = self
                .saw(key.clone(), attributes)
                .alias(spki.clone())
                .edge(proves.clone());
            self.say(&SourceRef::new(ACCOUNTS, project.as_str()), said)?;
            if self.rng.chance(70) {
                let host = format!("ci-{:04}", self.rng.below(self.estate.groups_of(300)));
                let place = format!("/srv/{name}/key.json");
                let file = NodeRef::within(NodeKind::Resource, "file", host.clone(), place.clone());
                let attributes = Attributes::named(id.as_str(), "gcp_service_account_key");
                let said = self
                    .saw(key, attributes)
                    .alias(spki)
                    .alias(Alias::same(format!("fp1:00000000:{}", self.rng.hex(32))))
                    .edge(proves)
                    .edge(ObservedEdge::to(EdgeKind::StoredIn, file))
                    .at(place);
                self.say(&SourceRef::new(HOST, host.as_str()), said)?;
            }
        }
        Ok(())
    }
}
