//! Roles and bindings. Rules are kept whole; what they add up to is computed elsewhere.

use model::{Attributes, Class, EdgeKind, NodeRef, Observation, ObservedEdge};
use serde_json::Value;

use super::Reader;
use super::object::{Object, list, text};
use crate::imports::ReadError;

/// The largest rules kept; etcd refuses objects above 1.5 MiB.
const MAX_RULES_BYTES: usize = 2 << 20;

/// Subjects read of one binding, for the same reason.
const MAX_SUBJECTS: usize = 20_000;

impl Reader<'_, '_> {
    pub(super) fn role(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let (node, subtype) = if object.kind == "Role" {
            (self.names.role(object.namespace, object.name), "k8s_role")
        } else {
            (self.names.cluster_role(object.name), "k8s_cluster_role")
        };
        let mut observation = self.about(object, node, subtype);
        for (pointer, key) in [
            ("/rules", "rules"),
            ("/aggregationRule", "aggregation_rule"),
        ] {
            let Some(value) = object.value.pointer(pointer) else {
                continue;
            };
            if value.to_string().len() > MAX_RULES_BYTES {
                self.gap(
                    object.place(),
                    format!("`{key}` is larger than 2 MiB and was left out"),
                )?;
                continue;
            }
            observation.attributes = observation.attributes.with(key, value.clone());
        }
        self.observe(object, observation)
    }

    /// A binding is not a thing of its own: it is an edge from each subject to the role.
    pub(super) fn binding(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let Some(role_name) = object.text("/roleRef/name") else {
            return self.gap(object.place(), "a binding without `roleRef.name`");
        };
        let (role, subtype) = match object.text("/roleRef/kind") {
            Some("Role") => (self.names.role(object.namespace, role_name), "k8s_role"),
            Some("ClusterRole") => (self.names.cluster_role(role_name), "k8s_cluster_role"),
            _ => return self.gap(object.place(), "a binding whose `roleRef.kind` is no role"),
        };
        let mut attributes = Attributes::named(role_name, subtype);
        attributes.tenant = Some(self.names.cluster.clone());
        let mut observation = Observation::new(role, self.at, attributes);
        let subjects = list(object.value, "/subjects");
        for (index, subject) in subjects.iter().take(MAX_SUBJECTS).enumerate() {
            let Some(node) = self.subject(object, subject)? else {
                let place = format!("{} subject {index}", object.place());
                self.gap(
                    place,
                    "a subject that is no user, group or service account with a name",
                )?;
                continue;
            };
            let mut edge = ObservedEdge::from(EdgeKind::HasRole, node).with(
                "binding",
                format!("{} {}", object.kind.to_lowercase(), object.name),
            );
            edge = if object.namespaced() {
                edge.with("namespace", object.namespace)
            } else {
                edge.with("cluster_wide", true)
            };
            if let Some(created) = object.created() {
                edge = edge.with("created", created.to_string());
            }
            observation.edges.push(edge);
        }
        if subjects.len() > MAX_SUBJECTS {
            let reason = format!(
                "only the first {MAX_SUBJECTS} of {} subjects were read",
                subjects.len()
            );
            self.gap(object.place(), reason)?;
        }
        self.observe(object, observation)
    }

    /// The node of a subject. Users and groups exist in a cluster only by being named, so naming
    /// them is their observation.
    fn subject(
        &mut self,
        object: &Object<'_>,
        subject: &Value,
    ) -> Result<Option<NodeRef>, ReadError> {
        let Some(name) = text(subject, "/name").filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let (node, subtype) = match text(subject, "/kind") {
            Some("ServiceAccount") => {
                let namespace = text(subject, "/namespace").unwrap_or(object.namespace);
                return Ok(Some(self.names.service_account(namespace, name)));
            }
            Some("User") if name.starts_with("system:serviceaccount:") => {
                return Ok(Some(self.names.user(name)));
            }
            Some("User") => (self.names.user(name), "k8s_user"),
            Some("Group") => (self.names.group(name), "k8s_group"),
            _ => return Ok(None),
        };
        let mut attributes = Attributes::named(name, subtype);
        attributes.tenant = Some(self.names.cluster.clone());
        // Names that begin with `system:` are reserved for the cluster's own parts.
        if subtype == "k8s_user" && name.starts_with("system:") {
            attributes.class = Some(Class::Machine);
        }
        self.observe(object, Observation::new(node.clone(), self.at, attributes))?;
        Ok(Some(node))
    }
}
