//! Legacy service-account tokens: the only ones that lie in the cluster.

use formats::jwt;
use model::{
    Alias, Attributes, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, Secret,
    SourceRef, TimeUs,
};

use super::Reader;
use super::object::Object;
use crate::imports::ReadError;
use crate::imports::values;

/// The label by which the API server says when a legacy token was last used (Kubernetes 1.26).
const LAST_USED: &str = "kubernetes.io/legacy-token-last-used";
/// The label by which it says since when it refuses the token (Kubernetes 1.28).
const INVALID_SINCE: &str = "kubernetes.io/legacy-token-invalid-since";
/// The ConfigMap in `kube-system` by which it says since when it notes uses.
const TRACKING: &str = "kube-apiserver-legacy-service-account-token-tracking";

/// Legacy tokens without a noted use, held until it is known since when the cluster notes uses.
#[derive(Default)]
pub(super) struct UnusedTokens {
    held: Vec<(SourceRef, Observation)>,
    since: Option<String>,
}

impl Reader<'_, '_> {
    /// A token that never ends by itself and lies in the cluster until somebody deletes it.
    pub(super) fn legacy_token(
        &mut self,
        object: &Object<'_>,
        container: &NodeRef,
        value: &Secret,
    ) -> Result<(), ReadError> {
        let node = self.names.node(
            NodeKind::Credential,
            format!("token:{}/{}", object.namespace, object.name),
        );
        let fingerprint = self.cx.fingerprinter.fingerprint(value);
        let decoded = std::str::from_utf8(value.expose())
            .ok()
            .and_then(|text| jwt::parse(text).ok());
        let mut observation = if let Some(token) = &decoded {
            values::web_token(token, node, "k8s_legacy_token", fingerprint, self.at)
        } else {
            self.gap(object.place(), "the token is no JSON Web Token")?;
            let alias = Alias::same(fingerprint.as_str());
            let attributes = Attributes {
                fingerprint: Some(fingerprint),
                ..Attributes::default()
            };
            Observation::new(node, self.at, attributes).alias(alias)
        };
        let attributes = &mut observation.attributes;
        attributes.name = Some(object.name.to_owned());
        attributes.subtype = Some("k8s_legacy_token".to_owned());
        attributes.tenant = Some(self.names.cluster.clone());
        attributes.created = object
            .created()
            .map(Fact::known)
            .or(attributes.created.take());
        attributes.expires.get_or_insert_with(Fact::never);
        attributes.last_used = Some(last_used(object));
        attributes
            .extra
            .insert("namespace".to_owned(), object.namespace.into());
        if let Some(since) = object.label(INVALID_SINCE) {
            attributes.status = Some(model::Status::Disabled);
            attributes.extra.insert(
                "invalid_since".to_owned(),
                model::text::bounded(since, 64).into(),
            );
        }
        observation = observation
            .edge(ObservedEdge::to(EdgeKind::StoredIn, container.clone()).with("key", "token"))
            .at(format!("{} token", container.native_id));
        let account = object
            .annotation("kubernetes.io/service-account.name")
            .map(str::to_owned)
            .or_else(|| {
                decoded
                    .as_ref()
                    .and_then(|token| token.identity("service_account"))
                    .map(str::to_owned)
            });
        if let Some(account) = account {
            let account = self.names.service_account(object.namespace, &account);
            observation = observation.edge(ObservedEdge::to(EdgeKind::Authenticates, account));
        }
        let unused = object.in_cluster() && object.label(LAST_USED).is_none();
        if unused && self.unused_tokens.held.len() < super::MAX_JOINED {
            let source = self.source(object);
            self.unused_tokens.held.push((source, observation));
            return Ok(());
        }
        self.observe(object, observation)
    }

    /// Remembers since when the cluster notes uses of legacy tokens.
    pub(super) fn note_tracking(&mut self, object: &Object<'_>) {
        if object.in_cluster() && object.namespace == "kube-system" && object.name == TRACKING {
            self.unused_tokens.since = object
                .text("/data/since")
                .filter(|day| TimeUs::parse(day).is_ok())
                .map(str::to_owned);
        }
    }

    /// A cluster that notes uses and noted none says that there was none since it began to.
    pub(super) fn tell_unused_tokens(&mut self) -> Result<(), ReadError> {
        let tokens = std::mem::take(&mut self.unused_tokens);
        for (source, mut observation) in tokens.held {
            if let Some(since) = &tokens.since {
                let window = Some(since.clone());
                observation.attributes.last_used = Some(Fact::Never { window });
            }
            self.cx.observe(&source, observation)?;
        }
        Ok(())
    }
}

/// The last use of a legacy token, by the day. Without the label the cluster may be too old to
/// write it, so its absence proves nothing.
fn last_used(object: &Object<'_>) -> Fact<TimeUs> {
    match object.label(LAST_USED).map(TimeUs::parse) {
        Some(Ok(day)) => Fact::known(day),
        Some(Err(_)) => Fact::no_data_yet(format!("the label {LAST_USED} holds no date")),
        None => Fact::no_data_yet(format!(
            "the Secret has no label {LAST_USED}: not used since tracking began, or the cluster is older than 1.26; the ConfigMap {TRACKING} says which"
        )),
    }
}
