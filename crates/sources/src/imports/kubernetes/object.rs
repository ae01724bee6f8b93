//! One object: its metadata, and tolerant reading of what it holds.

use std::collections::BTreeMap;

use model::{Attributes, Fact, TimeUs};
use serde_json::Value;

use super::names::Names;

/// Labels kept as tags of one object; the API has no bound of its own but 256 KiB of metadata.
const MAX_TAGS: usize = 64;

/// Longest value kept of a label or annotation; label values end at 63.
const MAX_TAG_BYTES: usize = 512;

/// Kinds that belong to no namespace.
const CLUSTER_KINDS: &[&str] = &[
    "Namespace",
    "Node",
    "ClusterRole",
    "ClusterRoleBinding",
    "CertificateSigningRequest",
    "ClusterIssuer",
    "ClusterSecretStore",
    "ClusterExternalSecret",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "APIService",
    "CustomResourceDefinition",
];

/// Labels and annotations by which people say who answers for an object, in order of preference.
const OWNER_KEYS: &[&str] = &[
    "owner",
    "team",
    "contact",
    "maintainer",
    "app.kubernetes.io/owner",
    "backstage.io/owner",
];

/// Labels by which people say what environment an object belongs to.
const ENVIRONMENT_KEYS: &[&str] = &[
    "environment",
    "env",
    "stage",
    "app.kubernetes.io/environment",
];

/// One object of the API.
pub(super) struct Object<'a> {
    pub(super) kind: &'a str,
    /// The group of the API without the version: empty for the core.
    pub(super) group: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) uid: Option<&'a str>,
    pub(super) value: &'a Value,
}

impl<'a> Object<'a> {
    /// Takes a value as an object; `kind` is for items of a typed list, which do not repeat it.
    pub(super) fn new(value: &'a Value, kind: Option<&'a str>) -> Result<Self, String> {
        let Some(kind) = text(value, "/kind").or(kind) else {
            return Err("an object without `kind`".to_owned());
        };
        let Some(name) = text(value, "/metadata/name")
            .or_else(|| text(value, "/metadata/generateName"))
            .filter(|name| !name.is_empty())
        else {
            let kind = model::text::bounded(kind, 64);
            return Err(format!("an object of kind {kind} without `metadata.name`"));
        };
        let api_version = text(value, "/apiVersion").unwrap_or_default();
        let namespace = if CLUSTER_KINDS.contains(&kind) {
            ""
        } else {
            text(value, "/metadata/namespace").unwrap_or("default")
        };
        Ok(Self {
            kind,
            group: api_version.split_once('/').map_or("", |(group, _)| group),
            namespace,
            name,
            uid: text(value, "/metadata/uid"),
            value,
        })
    }

    /// True for what a cluster gave out; manifests have no `uid`.
    pub(super) fn in_cluster(&self) -> bool {
        self.uid.is_some()
    }

    pub(super) fn namespaced(&self) -> bool {
        !self.namespace.is_empty()
    }

    /// `kind ns/name`, for the places in messages.
    pub(super) fn place(&self) -> String {
        if self.namespaced() {
            format!("{} {}/{}", self.kind, self.namespace, self.name)
        } else {
            format!("{} {}", self.kind, self.name)
        }
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&'a str> {
        text(self.value, pointer)
    }

    pub(super) fn list(&self, pointer: &str) -> &'a [Value] {
        list(self.value, pointer)
    }

    pub(super) fn map(
        &self,
        pointer: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.value
            .pointer(pointer)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), value))
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&'a str> {
        self.value
            .pointer("/metadata/annotations")?
            .get(key)?
            .as_str()
    }

    pub(super) fn label(&self, key: &str) -> Option<&'a str> {
        self.value.pointer("/metadata/labels")?.get(key)?.as_str()
    }

    pub(super) fn created(&self) -> Option<TimeUs> {
        time(self.value, "/metadata/creationTimestamp")
    }

    /// What the metadata says. Annotations stay out but for the named ones: the last applied
    /// configuration repeats a Secret's values.
    pub(super) fn attributes(&self, subtype: &str, names: &Names) -> Attributes {
        let mut attributes = Attributes {
            tenant: Some(names.cluster.clone()),
            created: self.created().map(Fact::known),
            declared_owner: self.declared(OWNER_KEYS),
            declared_environment: self.declared(ENVIRONMENT_KEYS),
            tags: self.tags(),
            ..Attributes::named(self.name, subtype)
        };
        if self.namespaced() {
            attributes = attributes.with("namespace", self.namespace);
        }
        if let Some(tool) = self.label("app.kubernetes.io/managed-by") {
            attributes = attributes.with("managed_by", model::text::bounded(tool, MAX_TAG_BYTES));
        }
        if let Some(text) = self
            .annotation("description")
            .or_else(|| self.annotation("kubernetes.io/description"))
        {
            attributes.description = Some(text.to_owned());
        }
        if self.text("/metadata/deletionTimestamp").is_some() {
            attributes = attributes.with("being_deleted", true);
        }
        attributes
    }

    fn declared(&self, keys: &[&str]) -> Option<String> {
        keys.iter()
            .find_map(|key| self.label(key).or_else(|| self.annotation(key)))
            .filter(|value| !value.is_empty())
            .map(|value| model::text::bounded(value, MAX_TAG_BYTES))
    }

    fn tags(&self) -> BTreeMap<String, String> {
        self.map("/metadata/labels")
            .filter_map(|(key, value)| Some((key, value.as_str()?)))
            .take(MAX_TAGS)
            .map(|(key, value)| {
                (
                    model::text::label(&model::text::bounded(key, MAX_TAG_BYTES)),
                    model::text::label(&model::text::bounded(value, MAX_TAG_BYTES)),
                )
            })
            .collect()
    }
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn flag(value: &Value, pointer: &str) -> Option<bool> {
    value.pointer(pointer)?.as_bool()
}

pub(super) fn time(value: &Value, pointer: &str) -> Option<TimeUs> {
    TimeUs::parse(text(value, pointer)?).ok()
}
