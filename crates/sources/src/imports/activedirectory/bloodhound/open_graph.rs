//! BloodHound OpenGraph: `{"graph": {"nodes": […], "edges": […]}, "metadata": {…}}`.
//!
//! Anybody may write such a file about anything. What is read are the kinds of Active Directory, Entra
//! and Azure; the others are counted by their kind, so that what was left out is known.

use std::collections::{BTreeMap, HashMap};

use model::{
    Attributes, Coverage, CoverageState, Extra, NodeKind, NodeRef, Observation, ObservedEdge,
};
use serde::Deserialize;
use serde_json::Value;

use super::super::super::entra::names as entra_names;
use super::super::super::{Document, Format, ImportContext, JsonElement, Match, Probe, ReadError};
use super::super::names;
use super::Reader;
use super::objects::Object;
use super::open_graph_words::{self as words, Meaning};
use super::relations::named;
use crate::spec::{ConnectorSpec, Step};

/// The OpenGraph format.
#[derive(Debug)]
pub struct OpenGraph;

/// What it is, as data.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "ad.opengraph",
    title: "BloodHound OpenGraph (nodes and edges)",
    step: Step::Directories,
    kinds: KINDS,
    // A graph says what its maker drew, not what a provider holds.
    authoritative: false,
    adds: "rights over accounts, group membership, delegation and sign-in paths that a BloodHound collector found",
    cannot_see: &[
        "nodes and edges of kinds other than those of Active Directory, Entra and Azure: they are counted by kind",
        "sessions: who was signed in where is of the moment",
        "what the collector did not reach",
    ],
    obtain: "export the graph of an OpenGraph collector, or `POST /api/v2/graphs/cypher` of BloodHound saved in this frame",
    permissions: &[],
    doc: include_str!("../doc.md"),
};

const KINDS: &[NodeKind] = &[
    NodeKind::Account,
    NodeKind::Application,
    NodeKind::FederationProvider,
    NodeKind::Group,
    NodeKind::Host,
    NodeKind::Identity,
    NodeKind::OrgUnit,
    NodeKind::Policy,
    NodeKind::Resource,
    NodeKind::Role,
    NodeKind::SecretContainer,
    NodeKind::Tenant,
    NodeKind::Workload,
];

/// Nodes that are remembered to tie edges to; the largest published graphs have a million.
const MAX_NODES: usize = 2_000_000;

/// Edges kept until all nodes are read: about 200 bytes each.
const MAX_EDGES: usize = 5_000_000;

/// Kinds counted one by one; a hostile file may invent one a node.
const MAX_KINDS: usize = 200;

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    properties: Option<Extra>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    kind: String,
    start: End,
    end: End,
    #[serde(default)]
    properties: Option<Extra>,
}

#[derive(Debug, Deserialize)]
struct End {
    value: String,
    #[serde(default)]
    match_by: Option<String>,
    #[serde(default)]
    kind: Option<String>,
}

impl Format for OpenGraph {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let nodes = probe.has_keys(&["graph.nodes", "graph.nodes.[].kinds"]);
        let edges = probe.has_keys(&["graph.edges", "graph.edges.[].start"]);
        if nodes || edges {
            Match::Sure
        } else if probe.has_key("graph.nodes") {
            Match::Maybe
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let mut graph = Graph {
            reader: Reader::new(&SPEC, document, cx),
            known: HashMap::new(),
            by_name: HashMap::new(),
            edges: Vec::new(),
            unknown_nodes: Unknown::default(),
            unknown_edges: Unknown::default(),
            dropped: 0,
        };
        let read = document.json_elements_within("graph", &mut |element| graph.element(element));
        graph.finish()?;
        read
    }
}

/// What was not understood, by kind.
#[derive(Debug, Default)]
struct Unknown {
    kinds: BTreeMap<String, u64>,
    others: u64,
}

impl Unknown {
    fn count(&mut self, kind: &str) {
        if let Some(count) = self.kinds.get_mut(kind) {
            *count += 1;
        } else if self.kinds.len() < MAX_KINDS {
            self.kinds.insert(model::text::bounded(kind, 100), 1);
        } else {
            self.others += 1;
        }
    }

    fn total(&self) -> u64 {
        self.kinds.values().sum::<u64>() + self.others
    }

    fn told(&self) -> String {
        let mut words: Vec<String> = self
            .kinds
            .iter()
            .take(20)
            .map(|(kind, count)| format!("{count} of kind `{kind}`"))
            .collect();
        if self.kinds.len() > 20 || self.others > 0 {
            words.push("and others".to_owned());
        }
        words.join(", ")
    }
}

/// A node that edges may end at.
#[derive(Debug, Clone)]
struct Known {
    node: NodeRef,
    domain: String,
}

struct Graph<'c, 'x> {
    reader: Reader<'c, 'x>,
    known: HashMap<String, Known>,
    /// Ids by name; `None` for a name that several nodes bear.
    by_name: HashMap<String, Option<String>>,
    edges: Vec<Edge>,
    unknown_nodes: Unknown,
    unknown_edges: Unknown,
    dropped: u64,
}

impl Graph<'_, '_> {
    fn element(&mut self, element: JsonElement<'_>) -> Result<(), ReadError> {
        match element {
            JsonElement::Skipped { offset, reason, .. } => self.reader.gap(offset, reason),
            JsonElement::Value {
                key: "nodes",
                in_array: true,
                offset,
                bytes,
                ..
            } => match serde_json::from_slice::<Node>(bytes) {
                Ok(node) => self.node(node, offset),
                Err(_) => self.reader.gap(
                    offset,
                    "not a node: it has no `id`, or a field of another type",
                ),
            },
            JsonElement::Value {
                key: "edges",
                in_array: true,
                offset,
                bytes,
                ..
            } => match serde_json::from_slice::<Edge>(bytes) {
                Ok(edge) => {
                    // Nodes may stand after the edges that name them.
                    if self.edges.len() < MAX_EDGES {
                        self.edges.push(edge);
                    } else {
                        self.dropped += 1;
                    }
                    Ok(())
                }
                Err(_) => self.reader.gap(
                    offset,
                    "not an edge: it has no `kind`, `start` or `end`, or a field of another type",
                ),
            },
            JsonElement::Value { .. } => Ok(()),
        }
    }

    fn node(&mut self, node: Node, offset: u64) -> Result<(), ReadError> {
        let properties = node.properties.unwrap_or_default();
        let object = Object {
            object_identifier: node.id.clone(),
            properties,
            ..Object::default()
        };
        let directory = node
            .kinds
            .iter()
            .find_map(|kind| words::directory_type(kind));
        let known = if let Some(object_type) = directory {
            let kind = words::directory_kind(object_type);
            self.reader
                .typed_object(&object, Some(object_type), offset)?;
            Some(Known {
                node: directory_node(&node.id, kind, &object.domain()),
                domain: object.domain(),
            })
        } else {
            self.cloud(&node.id, &node.kinds, &object)?
        };
        let Some(known) = known else {
            // `Base` and the like are marks that every node of a collector bears.
            let kind = node
                .kinds
                .iter()
                .find(|kind| !kind.ends_with("Base"))
                .or_else(|| node.kinds.first());
            self.unknown_nodes.count(kind.map_or("", String::as_str));
            return Ok(());
        };
        if self.known.len() < MAX_NODES {
            if let Some(name) = object.text("name") {
                self.by_name
                    .entry(name)
                    .and_modify(|id| *id = None)
                    .or_insert_with(|| Some(node.id.clone()));
            }
            self.known.insert(node.id, known);
        }
        Ok(())
    }

    /// An object of Entra or Azure, told by name alone: AzureHound files say more.
    fn cloud(
        &mut self,
        id: &str,
        kinds: &[String],
        object: &Object,
    ) -> Result<Option<Known>, ReadError> {
        let entra = kinds.iter().find_map(|kind| words::entra_kind(kind));
        let (node, subtype) = if let Some((kind, subtype)) = entra {
            // Roles are `<template GUID>@<tenant GUID>`.
            let guid = id.split('@').next().unwrap_or(id);
            (entra_names::object(kind, guid), subtype.to_owned())
        } else if kinds.iter().any(|kind| kind.starts_with("AZ"))
            && let Some((_, node, subtype)) = entra_names::azure(id)
        {
            (node, subtype)
        } else {
            return Ok(None);
        };
        let name = object
            .text("displayname")
            .or_else(|| object.text("name"))
            .unwrap_or_else(|| id.to_owned());
        let attributes = Attributes {
            tenant: object.text("tenantid").map(|id| id.to_lowercase()),
            ..Attributes::named(name, subtype)
        };
        let tenant = attributes.tenant.clone().unwrap_or_default();
        let observation = Observation::new(node.clone(), self.reader.observed, attributes);
        self.reader.observe(&tenant, observation)?;
        Ok(Some(Known {
            node,
            domain: tenant,
        }))
    }

    fn finish(mut self) -> Result<(), ReadError> {
        let mut outside = 0_u64;
        for edge in std::mem::take(&mut self.edges) {
            let Some(meaning) = words::meaning(&edge.kind) else {
                self.unknown_edges.count(&edge.kind);
                continue;
            };
            let (Some(start), Some(end)) = (self.end(&edge.start), self.end(&edge.end)) else {
                outside += 1;
                continue;
            };
            let (from, to) = if meaning.turned {
                (end, start)
            } else {
                (start, end)
            };
            if !meaning.kind.allows(from.node.kind, to.node.kind) {
                self.unknown_edges.count(&edge.kind);
                continue;
            }
            let mut said = relation(meaning, to.node, &edge);
            said.attributes
                .insert("right".to_owned(), Value::from(edge.kind));
            let observation =
                Observation::new(from.node, self.reader.observed, Attributes::default()).edge(said);
            self.reader.observe(&from.domain, observation)?;
        }
        self.left_out(outside)
    }

    /// Finds the node that one end of an edge names.
    fn end(&self, end: &End) -> Option<Known> {
        if end.match_by.as_deref() == Some("name") {
            let id = self.by_name.get(&end.value)?.as_ref()?;
            return self.known.get(id).cloned();
        }
        if let Some(known) = self.known.get(&end.value) {
            return Some(known.clone());
        }
        // The node may stand in another file; its kind says how it is named.
        let (_, node) = named(&end.value, end.kind.as_deref()?, "")?;
        Some(Known {
            node,
            domain: String::new(),
        })
    }

    fn left_out(self, outside: u64) -> Result<(), ReadError> {
        let reader = self.reader;
        let source = reader.sources.first().unwrap_or(&reader.fallback).clone();
        let mut say = |state, reason: String| -> Result<(), ReadError> {
            let gap = Coverage::gap(&source, state, reader.file.as_str(), reason);
            Ok(reader.cx.sink.cover(gap)?)
        };
        for (what, unknown) in [
            ("nodes", &self.unknown_nodes),
            ("edges", &self.unknown_edges),
        ] {
            if unknown.total() > 0 {
                say(
                    CoverageState::NotAttempted,
                    format!(
                        "{} {what} have no counterpart here and were left out: {}",
                        unknown.total(),
                        unknown.told()
                    ),
                )?;
            }
        }
        if outside > 0 {
            say(
                CoverageState::NotAttempted,
                format!(
                    "{outside} edges name nodes that are not in this file; import the whole graph"
                ),
            )?;
        }
        if self.dropped > 0 {
            say(
                CoverageState::Truncated,
                format!(
                    "{} edges beyond five million were not kept; split the graph",
                    self.dropped
                ),
            )?;
        }
        for source in &reader.sources {
            for kind in KINDS {
                let mut coverage = Coverage::complete(source, Some(*kind), "inventory");
                coverage.state = CoverageState::Partial;
                reader.file.clone_into(&mut coverage.place);
                "a graph shows what its maker drew and is never all of a directory"
                    .clone_into(&mut coverage.reason);
                reader.cx.sink.cover(coverage)?;
            }
        }
        Ok(())
    }
}

fn relation(meaning: Meaning, to: NodeRef, edge: &Edge) -> ObservedEdge {
    let mut said = ObservedEdge::to(meaning.kind, to);
    if let Some((key, value)) = meaning.word {
        said = said.with(key, value);
    }
    let inherited = edge.properties.as_ref().and_then(|properties| {
        properties
            .get("isinherited")
            .or_else(|| properties.get("inherited"))
    });
    if let Some(Value::Bool(inherited)) = inherited {
        said = said.with("inherited", *inherited);
    }
    said
}

/// Names an object as [`Reader::typed_object`] does.
fn directory_node(id: &str, kind: NodeKind, domain: &str) -> NodeRef {
    let word = match kind {
        NodeKind::Identity => "User",
        NodeKind::Group => "Group",
        NodeKind::Account => "Domain",
        NodeKind::OrgUnit => "OU",
        _ => return names::object(kind, id),
    };
    match (kind, named(id, word, domain)) {
        // An organisational unit is told under the plain id.
        (NodeKind::OrgUnit, _) | (_, None) => names::object(kind, id),
        (_, Some((_, node))) => node,
    }
}

#[cfg(test)]
mod tests;
