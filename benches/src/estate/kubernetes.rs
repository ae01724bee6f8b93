//! Service accounts: `kubectl get`, the manifests of the repository, workloads, legacy tokens.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge, SinkClosed,
    SourceRef,
};

use super::Teller;

/// Identities of the whole estate for each cluster.
pub(super) const PER_CLUSTER: u64 = 5_000;
pub(super) const OBJECTS: &str = "kubernetes.objects";
const MANIFESTS: &str = "kubernetes.manifests";

pub(super) fn cluster(number: u64) -> String {
    format!("cluster-{number:03}")
}

impl Teller<'_> {
    /// 25 %: 110 % with a workload, 80 % in manifests too, 30 % with a token that never ends.
    pub(super) fn service_account(&mut self) -> Result<(), SinkClosed> {
        let (cluster, name) = (cluster(self.number / PER_CLUSTER), self.name());
        let (space, team) = (
            format!("{}-{}", self.team(), self.rng.below(8)),
            self.team(),
        );
        let within = |kind, id: String| NodeRef::within(kind, "kubernetes", cluster.clone(), id);
        let account = within(
            NodeKind::Identity,
            format!("system:serviceaccount:{space}:{name}"),
        );
        let namespace = within(NodeKind::Account, format!("namespace:{space}"));
        let role = within(
            NodeKind::Role,
            format!("role:{space}/{}", self.rng.pick(super::JOBS)),
        );
        let objects = SourceRef::new(OBJECTS, cluster.as_str());
        let manifests = SourceRef::new(MANIFESTS, cluster.as_str());
        let created = self.past(1_000);
        let used = self.use_fact();
        let mut attributes = Attributes {
            class: Some(Class::Machine),
            tenant: Some(cluster.clone()),
            created: Some(Fact::known(created)),
            last_used: Some(if self.changed {
                used
            } else {
                Fact::not_observable("the API server keeps no use of service accounts")
            }),
            declared_environment: Some(self.rng.pick(super::STAGES).to_owned()),
            ..Attributes::named(name.as_str(), "k8s_service_account")
        }
        .with("automount", true);
        attributes
            .tags
            .insert("app.kubernetes.io/part-of".to_owned(), team.to_owned());
        let said = self
            .saw(account.clone(), attributes)
            .alias(Alias::lookup(format!("k8s:uid:{}", self.rng.guid())))
            .edge(ObservedEdge::from(EdgeKind::Contains, namespace))
            .edge(
                ObservedEdge::to(EdgeKind::HasRole, role)
                    .with("binding", format!("{name}-binding")),
            )
            .at(format!("{space}.json"));
        self.say(&objects, said)?;

        let shown = 1 + usize::from(self.rng.chance(80));
        for source in [&objects, &manifests].iter().take(shown).skip(1) {
            let attributes = Attributes::named(name.as_str(), "k8s_service_account")
                .with("file", format!("deploy/{name}.yaml"));
            let said = self.saw(account.clone(), attributes);
            self.say(source, said)?;
        }
        let workloads = 1 + u64::from(self.rng.chance(10));
        for number in 0..workloads {
            let workload = within(
                NodeKind::Workload,
                format!("deployment:{space}/{name}-{number}"),
            );
            for source in [&objects, &manifests].iter().take(shown) {
                let attributes = Attributes {
                    tenant: Some(cluster.clone()),
                    instances: Some(3),
                    ..Attributes::named(name.as_str(), "k8s_deployment")
                }
                .with(
                    "image",
                    format!("registry.example.com/{team}/{name}:1.{}", number + 4),
                );
                let said = self
                    .saw(workload.clone(), attributes)
                    .edge(ObservedEdge::to(EdgeKind::RunsAs, account.clone()));
                self.say(source, said)?;
            }
        }
        if self.rng.chance(30) {
            let token = within(NodeKind::Credential, format!("token:{space}/{name}-token"));
            let attributes = Attributes {
                tenant: Some(cluster.clone()),
                created: Some(Fact::known(created)),
                expires: Some(Fact::never()),
                ..Attributes::named(format!("{name}-token"), "k8s_legacy_token")
            };
            let said = self
                .saw(token, attributes)
                .alias(Alias::same(format!("fp1:00000000:{}", self.rng.hex(32))))
                .edge(ObservedEdge::to(EdgeKind::Authenticates, account));
            self.say(&objects, said)?;
        }
        Ok(())
    }
}
