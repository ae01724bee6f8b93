//! What a pod template says: whom it runs as, which Secrets it uses, what it may do to its host.

use std::collections::{BTreeMap, BTreeSet};

use model::{EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs};
use serde_json::{Value, json};

use super::Reader;
use super::names::Names;
use super::object::{Object, flag, list, text};
use crate::imports::ReadError;
use crate::imports::values::{self, Holder};

/// Entries kept of each list of one workload; pods of one template differ little.
const MAX_FACTS: usize = 256;

/// Environment variables looked at in one container; the API server bounds the object anyway.
const MAX_ENVIRONMENT: usize = 2_000;

/// What a template says, merged over everything made from it.
#[derive(Default)]
pub(super) struct Facts {
    service_accounts: BTreeSet<String>,
    /// Name of the Secret and how it comes into the pod.
    secrets: BTreeSet<(String, &'static str)>,
    images: BTreeSet<String>,
    /// Audience, seconds of validity, path.
    projected_tokens: BTreeSet<(String, i64, String)>,
    host_paths: BTreeSet<String>,
    /// True things about isolation, by name.
    flags: BTreeSet<&'static str>,
    automount: Option<bool>,
    /// Secrets written into the template, by node.
    credentials: BTreeMap<String, Observation>,
}

fn add<T: Ord>(set: &mut BTreeSet<T>, value: T) {
    if set.len() < MAX_FACTS {
        set.insert(value);
    }
}

impl Reader<'_, '_> {
    pub(super) fn workload(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        // An old revision kept for rollback: nothing runs from it.
        let history = object.kind == "ReplicaSet"
            && object
                .value
                .pointer("/spec/replicas")
                .and_then(Value::as_u64)
                == Some(0)
            && !list(object.value, "/metadata/ownerReferences").is_empty();
        if history {
            return Ok(());
        }
        let pointer = match object.kind {
            "Pod" => "/spec",
            "CronJob" => "/spec/jobTemplate/spec/template/spec",
            "PodTemplate" => "/template/spec",
            _ => "/spec/template/spec",
        };
        let Some(spec) = object.value.pointer(pointer) else {
            return self.gap(object.place(), "a workload without a pod template");
        };
        let (fingerprinter, at) = (self.cx.fingerprinter, self.at);
        let names = self.names.clone();
        let owner = super::collapse::owner(object);
        let node = names.object(
            NodeKind::Workload,
            &owner.kind,
            object.namespace,
            &owner.name,
        );
        let template = self.template(object)?;
        template.facts_mut().read(
            spec,
            &Literals {
                node: &node,
                fingerprinter,
                at,
            },
        );
        let own = template.own_mut();
        if let (Some(own), "CronJob") = (own, object.kind) {
            for (pointer, key) in [
                ("/spec/schedule", "schedule"),
                ("/spec/timeZone", "time_zone"),
            ] {
                if let Some(word) = object.text(pointer) {
                    own.attributes.extra.insert(key.to_owned(), word.into());
                }
            }
            if let Some(time) = super::object::time(object.value, "/status/lastScheduleTime") {
                own.attributes
                    .extra
                    .insert("last_scheduled".to_owned(), time.to_string().into());
            }
            if flag(object.value, "/spec/suspend") == Some(true) {
                own.attributes.status = Some(model::Status::Disabled);
            }
        }
        Ok(())
    }
}

/// What is needed to turn a secret written into a template into an observation.
struct Literals<'a> {
    node: &'a NodeRef,
    fingerprinter: &'a model::Fingerprinter,
    at: TimeUs,
}

impl Facts {
    /// Takes over what another template of the same workload says.
    pub(super) fn absorb(&mut self, other: Self, their_id: &str, our_id: &str) {
        fn all<T: Ord>(into: &mut BTreeSet<T>, from: BTreeSet<T>) {
            for value in from {
                add(into, value);
            }
        }
        all(&mut self.service_accounts, other.service_accounts);
        all(&mut self.secrets, other.secrets);
        all(&mut self.images, other.images);
        all(&mut self.projected_tokens, other.projected_tokens);
        all(&mut self.host_paths, other.host_paths);
        self.flags.extend(other.flags);
        self.automount = self.automount.or(other.automount);
        for (id, mut credential) in other.credentials {
            for edge in &mut credential.edges {
                if edge.to.native_id == their_id {
                    our_id.clone_into(&mut edge.to.native_id);
                }
            }
            if let Some(place) = &mut credential.place {
                *place = place.replacen(their_id, our_id, 1);
            }
            if self.credentials.len() < MAX_FACTS {
                self.credentials.entry(id).or_insert(credential);
            }
        }
    }

    fn read(&mut self, spec: &Value, literals: &Literals<'_>) {
        let account = text(spec, "/serviceAccountName")
            .or_else(|| text(spec, "/serviceAccount"))
            .filter(|name| !name.is_empty())
            .unwrap_or("default");
        add(&mut self.service_accounts, account.to_owned());
        self.automount = flag(spec, "/automountServiceAccountToken").or(self.automount);
        for (pointer, name) in [
            ("/hostNetwork", "host_network"),
            ("/hostPID", "host_pid"),
            ("/hostIPC", "host_ipc"),
        ] {
            if flag(spec, pointer) == Some(true) {
                self.flags.insert(name);
            }
        }
        for reference in list(spec, "/imagePullSecrets").iter().take(MAX_FACTS) {
            self.secret(text(reference, "/name"), "image_pull");
        }
        for volume in list(spec, "/volumes").iter().take(MAX_FACTS) {
            self.volume(volume);
        }
        for pointer in ["/containers", "/initContainers", "/ephemeralContainers"] {
            for container in list(spec, pointer).iter().take(MAX_FACTS) {
                self.container(container, literals);
            }
        }
    }

    fn secret(&mut self, name: Option<&str>, how: &'static str) {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            add(&mut self.secrets, (name.to_owned(), how));
        }
    }

    fn volume(&mut self, volume: &Value) {
        self.secret(text(volume, "/secret/secretName"), "volume");
        self.secret(text(volume, "/csi/nodePublishSecretRef/name"), "csi");
        if let Some(path) = text(volume, "/hostPath/path") {
            add(&mut self.host_paths, model::text::label(path));
        }
        for source in list(volume, "/projected/sources").iter().take(MAX_FACTS) {
            self.secret(text(source, "/secret/name"), "volume");
            if let Some(token) = source.get("serviceAccountToken") {
                let seconds = token.pointer("/expirationSeconds").and_then(Value::as_i64);
                // The API fills in an hour where nothing is written.
                let entry = (
                    model::text::label(text(token, "/audience").unwrap_or_default()),
                    seconds.unwrap_or(3_600),
                    model::text::label(text(token, "/path").unwrap_or_default()),
                );
                add(&mut self.projected_tokens, entry);
            }
        }
    }

    fn container(&mut self, container: &Value, literals: &Literals<'_>) {
        if let Some(image) = text(container, "/image") {
            add(&mut self.images, model::text::label(image));
        }
        for (pointer, name) in [
            ("/securityContext/privileged", "privileged"),
            (
                "/securityContext/allowPrivilegeEscalation",
                "allow_privilege_escalation",
            ),
        ] {
            if flag(container, pointer) == Some(true) {
                self.flags.insert(name);
            }
        }
        for source in list(container, "/envFrom").iter().take(MAX_FACTS) {
            self.secret(text(source, "/secretRef/name"), "environment");
        }
        for variable in list(container, "/env").iter().take(MAX_ENVIRONMENT) {
            self.secret(
                text(variable, "/valueFrom/secretKeyRef/name"),
                "environment",
            );
            let (Some(name), Some(value)) = (text(variable, "/name"), text(variable, "/value"))
            else {
                continue;
            };
            let holder = Holder {
                node: literals.node,
                edge: EdgeKind::FoundIn,
                key: name,
            };
            let found = values::literal(value, &holder, literals.fingerprinter, literals.at);
            for credential in found {
                if self.credentials.len() < MAX_FACTS {
                    self.credentials
                        .entry(credential.node.native_id.clone())
                        .or_insert(credential);
                }
            }
        }
    }

    /// Puts the facts on the workload; gives the credentials that lie in it.
    pub(super) fn tell(
        self,
        observation: &mut Observation,
        names: &Names,
        namespace: &str,
    ) -> Vec<Observation> {
        for account in &self.service_accounts {
            let account = names.service_account(namespace, account);
            observation
                .edges
                .push(ObservedEdge::to(EdgeKind::RunsAs, account));
        }
        for (secret, how) in &self.secrets {
            let secret = names.secret(namespace, secret);
            observation
                .edges
                .push(ObservedEdge::from(EdgeKind::UsedBy, secret).with("basis", *how));
        }
        let extra = &mut observation.attributes.extra;
        for (key, set) in [("images", &self.images), ("host_paths", &self.host_paths)] {
            if !set.is_empty() {
                extra.insert(key.to_owned(), json!(set));
            }
        }
        for flag in &self.flags {
            extra.insert((*flag).to_owned(), true.into());
        }
        if let Some(automount) = self.automount {
            extra.insert(
                "automount_service_account_token".to_owned(),
                automount.into(),
            );
        }
        if !self.projected_tokens.is_empty() {
            let tokens: Vec<Value> = self
                .projected_tokens
                .iter()
                .map(|(audience, seconds, path)| {
                    json!({"audience": audience, "expiration_seconds": seconds, "path": path})
                })
                .collect();
            extra.insert("projected_tokens".to_owned(), tokens.into());
        }
        self.credentials.into_values().collect()
    }
}
