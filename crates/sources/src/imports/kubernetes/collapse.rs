//! Pods come and go by the hundred thousand; what stays is the template they are made from. Every
//! pod, replica set and job is counted for the workload that owns it.

use std::collections::BTreeMap;

use model::{Attributes, EdgeKind, NodeKind, Observation, ObservedEdge};
use serde_json::{Value, json};

use super::Reader;
use super::object::{Object, flag, list, text};
use super::workload::Facts;
use crate::imports::ReadError;

/// Workloads held at once. When a document has more, those known so far are told and counting
/// begins again, which splits the count of instances of a workload in two.
const MAX_TEMPLATES: usize = 200_000;

/// The first and last minute since 1970 a CronJob may have named a Job after: 2019 and 2046.
const CRON_MINUTES: std::ops::Range<u64> = 26_000_000..40_000_000;

/// The same in seconds, as clusters before 1.21 wrote it.
const CRON_SECONDS: std::ops::Range<u64> = 1_400_000_000..2_400_000_000;

/// Labels of workflow engines whose pods name what they are made from, and the kind of that.
const WORKFLOW_LABELS: &[(&str, &str)] = &[
    ("workflows.argoproj.io/cron-workflow", "CronWorkflow"),
    (
        "workflows.argoproj.io/workflow-template",
        "WorkflowTemplate",
    ),
    ("tekton.dev/pipeline", "Pipeline"),
    ("tekton.dev/task", "Task"),
];

/// The workload something is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
}

impl Owner {
    fn new(kind: &str, name: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// The stable workload behind an object: itself, or what made it.
pub(super) fn owner(object: &Object<'_>) -> Owner {
    for (label, kind) in WORKFLOW_LABELS {
        if let Some(name) = object.label(label).filter(|_| object.kind == "Pod") {
            return Owner::new(kind, name);
        }
    }
    let references = list(object.value, "/metadata/ownerReferences");
    let controller = references
        .iter()
        .find(|reference| flag(reference, "/controller") == Some(true))
        .or_else(|| references.first());
    let named = controller
        .and_then(|reference| Some((text(reference, "/kind")?, text(reference, "/name")?)));
    match (object.kind, named) {
        ("Pod", Some(("ReplicaSet", name))) => of_replica_set(object, name),
        ("Pod", Some(("ReplicationController", name))) => {
            match object.annotation("openshift.io/deployment-config.name") {
                Some(config) => Owner::new("DeploymentConfig", config),
                None => Owner::new("ReplicationController", name),
            }
        }
        ("Pod", Some(("Job", name))) => of_job(name),
        // A static pod belongs to its node and repeats the node in its name.
        ("Pod", Some(("Node", node))) => {
            let base = object
                .name
                .strip_suffix(node)
                .and_then(|base| base.strip_suffix('-'));
            Owner::new("Pod", base.unwrap_or(object.name))
        }
        ("Pod", None) => match object.text("/metadata/generateName") {
            Some(prefix) => Owner::new("Pod", prefix.trim_end_matches('-')),
            None => Owner::new("Pod", object.name),
        },
        ("Pod" | "ReplicaSet" | "Job" | "ReplicationController", Some((kind, name))) => {
            Owner::new(kind, name)
        }
        ("Job", None) => of_job(object.name),
        (kind, _) => Owner::new(kind, object.name),
    }
}

/// The name of a replica set ends in the hash of its template, which its pods carry as a label.
fn of_replica_set(pod: &Object<'_>, name: &str) -> Owner {
    for (label, kind) in [
        ("rollouts-pod-template-hash", "Rollout"),
        ("pod-template-hash", "Deployment"),
    ] {
        let base = pod
            .label(label)
            .and_then(|hash| name.strip_suffix(hash))
            .and_then(|base| base.strip_suffix('-'));
        if let Some(base) = base {
            return Owner::new(kind, base);
        }
    }
    Owner::new("ReplicaSet", name)
}

/// A CronJob names its jobs after the minute they were due.
fn of_job(name: &str) -> Owner {
    if let Some((base, suffix)) = name.rsplit_once('-')
        && let Ok(number) = suffix.parse::<u64>()
        && (CRON_MINUTES.contains(&number) || CRON_SECONDS.contains(&number))
    {
        return Owner::new("CronJob", base);
    }
    Owner::new("Job", name)
}

/// Workloads by native id.
#[derive(Default)]
pub(super) struct Templates {
    known: BTreeMap<String, Template>,
    /// What the objects between say: the native id of a Job or ReplicaSet, and of what made it. A
    /// pod names only the next above it, and not every name tells the rest.
    makers: BTreeMap<String, Maker>,
}

/// The workload that an object between a pod and its template belongs to.
struct Maker {
    native_id: String,
    owner: Owner,
}

/// One workload, as far as the objects read so far tell.
pub(super) struct Template {
    kind: String,
    namespace: String,
    name: String,
    /// What the object itself says, when it was among the objects.
    own: Option<Observation>,
    facts: Facts,
    pods: u64,
    jobs: u64,
    phases: BTreeMap<String, u64>,
    in_cluster: bool,
}

impl Template {
    fn new(owner: Owner, namespace: String) -> Self {
        Self {
            kind: owner.kind,
            namespace,
            name: owner.name,
            own: None,
            facts: Facts::default(),
            pods: 0,
            jobs: 0,
            phases: BTreeMap::new(),
            in_cluster: false,
        }
    }

    /// Takes over what was counted under the name of a Job or ReplicaSet in between.
    fn absorb(&mut self, other: Self, their_id: &str, our_id: &str) {
        self.facts.absorb(other.facts, their_id, our_id);
        self.pods += other.pods;
        self.jobs += other.jobs;
        for (phase, count) in other.phases {
            *self.phases.entry(phase).or_default() += count;
        }
        self.in_cluster |= other.in_cluster;
    }

    pub(super) fn facts_mut(&mut self) -> &mut Facts {
        &mut self.facts
    }

    pub(super) fn own_mut(&mut self) -> Option<&mut Observation> {
        self.own.as_mut()
    }
}

impl Templates {
    /// Puts the pods of a Job or ReplicaSet whose object says more under what made that.
    fn join(&mut self) {
        for (between, maker) in std::mem::take(&mut self.makers) {
            let Some(counted) = self.known.remove(&between) else {
                continue;
            };
            let namespace = counted.namespace.clone();
            self.known
                .entry(maker.native_id.clone())
                .or_insert_with(|| Template::new(maker.owner, namespace))
                .absorb(counted, &between, &maker.native_id);
        }
    }
}

impl Reader<'_, '_> {
    /// Counts an object for its workload; gives the workload to add facts to.
    pub(super) fn template(&mut self, object: &Object<'_>) -> Result<&mut Template, ReadError> {
        let owner = owner(object);
        let node = self.names.object(
            NodeKind::Workload,
            &owner.kind,
            object.namespace,
            &owner.name,
        );
        let itself = owner.kind == object.kind && owner.name == object.name;
        let is_new = !self.templates.known.contains_key(&node.native_id);
        if is_new && self.templates.known.len() >= MAX_TEMPLATES {
            self.tell_templates()?;
        }
        if !itself && object.kind != "Pod" && self.templates.makers.len() < MAX_TEMPLATES {
            let between = self.names.object(
                NodeKind::Workload,
                object.kind,
                object.namespace,
                object.name,
            );
            let maker = Maker {
                native_id: node.native_id.clone(),
                owner: owner.clone(),
            };
            self.templates.makers.insert(between.native_id, maker);
        }
        let own = (itself && object.kind != "Pod")
            .then(|| self.about(object, node.clone(), &subtype(&owner.kind)));
        let template = self
            .templates
            .known
            .entry(node.native_id)
            .or_insert_with(|| Template::new(owner, object.namespace.to_owned()));
        template.in_cluster |= object.in_cluster();
        template.own = own.or(template.own.take());
        match object.kind {
            "Pod" => {
                template.pods += 1;
                // The API knows five phases; a file may claim others, and those are bounded.
                let phase =
                    model::text::bounded(object.text("/status/phase").unwrap_or("unknown"), 32);
                if template.phases.len() < 16 || template.phases.contains_key(&phase) {
                    *template.phases.entry(phase).or_default() += 1;
                }
            }
            "Job" => template.jobs += 1,
            _ => {}
        }
        Ok(template)
    }

    /// Tells every workload once, with its number of instances.
    pub(super) fn tell_templates(&mut self) -> Result<(), ReadError> {
        self.templates.join();
        for (native_id, template) in std::mem::take(&mut self.templates.known) {
            let source = if template.in_cluster {
                self.cluster.clone()
            } else {
                self.manifests.clone()
            };
            let (workload, credentials) = self.workload_observation(&native_id, template);
            self.cx.observe(&source, workload)?;
            for credential in credentials {
                self.cx.observe(&source, credential)?;
            }
        }
        Ok(())
    }

    fn workload_observation(
        &self,
        native_id: &str,
        template: Template,
    ) -> (Observation, Vec<Observation>) {
        let node = self.names.node(NodeKind::Workload, native_id);
        let mut observation = template.own.unwrap_or_else(|| {
            let mut attributes = Attributes::named(&template.name, subtype(&template.kind))
                .with("namespace", template.namespace.as_str())
                .with("known_from", "its pods and jobs");
            attributes.tenant = Some(self.names.cluster.clone());
            let namespace = self.names.namespace(&template.namespace);
            Observation::new(node, self.at, attributes)
                .edge(ObservedEdge::from(EdgeKind::Contains, namespace))
        });
        let instances = if template.pods > 0 {
            template.pods
        } else {
            template.jobs
        };
        if instances > 0 {
            observation.attributes.instances = Some(instances);
        }
        if !template.phases.is_empty() {
            let phases: serde_json::Map<String, Value> = template
                .phases
                .into_iter()
                .map(|(phase, count)| (phase.to_lowercase(), json!(count)))
                .collect();
            observation.attributes = observation.attributes.with("phases", phases);
        }
        if template.jobs > 0 {
            observation.attributes = observation.attributes.with("jobs", template.jobs);
        }
        let credentials = template
            .facts
            .tell(&mut observation, &self.names, &template.namespace);
        (observation, credentials)
    }
}

/// `CronJob` → `k8s_cron_job`, `ReplicaSet` → `k8s_replica_set`, kinds of others likewise.
pub(super) fn subtype(kind: &str) -> String {
    let mut word = "k8s".to_owned();
    for (at, ch) in kind
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .enumerate()
    {
        if at == 0 || ch.is_ascii_uppercase() {
            word.push('_');
        }
        word.push(ch.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner_of(value: &Value) -> String {
        let owner = owner(&Object::new(value, None).unwrap());
        format!("{} {}", owner.kind, owner.name)
    }

    fn pod(owner_kind: &str, owner_name: &str) -> Value {
        json!({"kind": "Pod", "metadata": {
            "name": "p-node1", "labels": {"pod-template-hash": "6d4cf56db6"},
            "ownerReferences": [{"kind": owner_kind, "name": owner_name, "controller": true}],
        }})
    }

    #[test]
    fn pods_belong_to_what_made_them() {
        for (kind, name, want) in [
            ("ReplicaSet", "web-api-6d4cf56db6", "Deployment web-api"),
            ("ReplicaSet", "alone", "ReplicaSet alone"),
            ("Job", "backup-28473120", "CronJob backup"),
            ("Job", "backup-1700000000", "CronJob backup"),
            ("Job", "report-20240101", "Job report-20240101"),
            ("Job", "once", "Job once"),
            ("StatefulSet", "db", "StatefulSet db"),
            ("Node", "node1", "Pod p"),
            ("SparkApplication", "etl", "SparkApplication etl"),
        ] {
            assert_eq!(owner_of(&pod(kind, name)), want);
        }
        assert_eq!(
            owner_of(&json!({"kind": "Pod", "metadata": {"name": "r-x7k2", "generateName": "r-"}})),
            "Pod r"
        );
        assert_eq!(
            owner_of(
                &json!({"kind": "Pod", "metadata": {"name": "w-1", "labels": {"tekton.dev/pipeline": "build"}}})
            ),
            "Pipeline build"
        );
    }

    #[test]
    fn subtypes_are_snake_case() {
        assert_eq!(subtype("CronJob"), "k8s_cron_job");
        assert_eq!(subtype("Pod"), "k8s_pod");
        assert_eq!(subtype("x../é"), "k8s_x");
    }
}
