//! BloodHound files: what SharpHound and its kin collected, `{"data": […], "meta": {…}}`, one file
//! a type of object, versions 4 to 6.

mod extra;
mod objects;
mod open_graph;
mod open_graph_words;
mod pki;
mod relations;

use model::{Coverage, CoverageState, NodeKind, Observation, SourceRef, TimeUs};
use serde::Deserialize;

use super::super::{Document, Format, ImportContext, JsonElement, Match, Probe, ReadError};
use crate::spec::{ConnectorSpec, Step};

pub use open_graph::OpenGraph;

/// The BloodHound format.
#[derive(Debug)]
pub struct BloodHound;

/// What it is, as data.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "ad.bloodhound",
    title: "BloodHound / SharpHound files (Active Directory)",
    step: Step::Directories,
    kinds: KINDS,
    // An attack-graph file says what a collector saw, not what the directory holds.
    authoritative: false,
    adds: "group membership, delegation, local administrators, access-control entries and certificate authorities of the domain",
    cannot_see: &[
        "who is a person: the collector takes few personal attributes",
        "owners: `managedBy` is not collected",
        "computers that were off or refused the collector (their local groups and sessions)",
        "sign-ins younger than about 14 days, except those of the domain controller that answered",
        "rights in access-control lists are kept as collected and are not evaluated here",
    ],
    obtain: "SharpHound.exe -c All (or bloodhound-python / rusthound); import the zip as it is",
    permissions: &[],
    doc: include_str!("../doc.md"),
};

const KINDS: &[NodeKind] = &[
    NodeKind::Account,
    NodeKind::FederationProvider,
    NodeKind::Group,
    NodeKind::Identity,
    NodeKind::OrgUnit,
    NodeKind::Policy,
];

/// The `meta.type` words of SharpHound and BloodHound CE that are read.
const TYPES: &[&str] = &[
    "users",
    "computers",
    "groups",
    "domains",
    "ous",
    "gpos",
    "containers",
    "certtemplates",
    "enterprisecas",
    "rootcas",
    "aiacas",
    "ntauthstores",
    "issuancepolicies",
    "sessions",
];

/// The end of the document.
#[derive(Debug, Deserialize)]
struct Meta {
    #[serde(rename = "type")]
    kind: Option<String>,
    count: Option<u64>,
    version: Option<u64>,
}

impl Format for BloodHound {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        // Objects of every type carry both; `kind` would be AzureHound.
        if probe.has_keys(&["data", "data.[].ObjectIdentifier"]) {
            return Match::Sure;
        }
        // The first object may be larger than the head that is looked at.
        if probe.has_key("data.[].Properties") || probe.has_key("data.[].Aces") {
            return Match::Sure;
        }
        let name = probe.file_name();
        if probe.has_key("data")
            && TYPES
                .iter()
                .any(|kind| name.ends_with(&format!("{kind}.json")))
        {
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
        let mut reader = Reader::new(&SPEC, document, cx);
        reader.file_type = type_of_name(document.short_name());
        let read = document.json_elements(&mut |element| reader.element(element));
        reader.finish()?;
        read
    }
}

/// The type in a file name such as `20260101120000_users.json`, because `meta` comes last.
fn type_of_name(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    TYPES
        .iter()
        .copied()
        .find(|kind| name.ends_with(&format!("{kind}.json")))
}

struct Reader<'c, 'x> {
    spec: &'static ConnectorSpec,
    cx: &'c mut ImportContext<'x>,
    file: String,
    file_type: Option<&'static str>,
    fallback: SourceRef,
    observed: TimeUs,
    sources: Vec<SourceRef>,
    elements: u64,
    meta: Option<Meta>,
}

impl<'c, 'x> Reader<'c, 'x> {
    fn new(
        spec: &'static ConnectorSpec,
        document: &Document<'_>,
        cx: &'c mut ImportContext<'x>,
    ) -> Self {
        Self {
            spec,
            file: document.name().to_owned(),
            file_type: None,
            fallback: cx.source_or_file(spec, "domain", document),
            observed: cx.observed_at(None, document),
            sources: Vec::new(),
            elements: 0,
            meta: None,
            cx,
        }
    }
}

impl Reader<'_, '_> {
    fn element(&mut self, element: JsonElement<'_>) -> Result<(), ReadError> {
        match element {
            JsonElement::Skipped { offset, reason, .. } => {
                self.elements += 1;
                self.gap(offset, reason)
            }
            JsonElement::Value {
                key: "meta", bytes, ..
            } => {
                self.meta = serde_json::from_slice(bytes).ok();
                Ok(())
            }
            JsonElement::Value {
                key: "data",
                in_array: true,
                offset,
                bytes,
                ..
            } => {
                self.elements += 1;
                self.object(offset, bytes)
            }
            JsonElement::Value { .. } => Ok(()),
        }
    }

    fn gap(&mut self, offset: u64, reason: impl Into<String>) -> Result<(), ReadError> {
        let place = format!("{}:byte {offset}", self.file);
        let source = self.sources.last().unwrap_or(&self.fallback).clone();
        self.cx.gap(&source, place, reason)
    }

    /// The source for a domain by its DNS name.
    fn source(&mut self, domain: &str) -> SourceRef {
        let source = match self.cx.options.scopes.get("domain") {
            Some(scope) => SourceRef::new(self.spec.id, scope.to_lowercase()),
            None if domain.is_empty() => return self.fallback.clone(),
            None => SourceRef::new(self.spec.id, domain),
        };
        if !self.sources.contains(&source) {
            self.sources.push(source.clone());
        }
        source
    }

    fn observe(&mut self, domain: &str, observation: Observation) -> Result<(), ReadError> {
        let source = self.source(domain);
        self.cx.observe(&source, observation)
    }

    fn finish(self) -> Result<(), ReadError> {
        let first = self.sources.first().unwrap_or(&self.fallback).clone();
        if let Some(meta) = &self.meta {
            if let Some(count) = meta.count.filter(|count| *count != self.elements) {
                let gap = Coverage::gap(
                    &first,
                    CoverageState::Truncated,
                    self.file.as_str(),
                    format!(
                        "the file announces {count} objects of type {} and holds {}",
                        meta.kind.as_deref().unwrap_or("unknown"),
                        self.elements
                    ),
                );
                self.cx.sink.cover(gap)?;
            }
            if meta
                .version
                .is_some_and(|version| !(4..=6).contains(&version))
            {
                self.cx.gap(
                    &first,
                    self.file.as_str(),
                    format!(
                        "version {} of the file format was not tested (4 to 6 were); fields with new names are missing",
                        meta.version.unwrap_or_default()
                    ),
                )?;
            }
        }
        // One file holds one type of object: only where the type is the whole kind can the file
        // be all there is of it.
        let (kind, whole) = match self.file_type {
            Some("groups") => (NodeKind::Group, true),
            Some("domains") => (NodeKind::Account, true),
            Some("ous") => (NodeKind::OrgUnit, true),
            Some("users" | "computers") => (NodeKind::Identity, false),
            Some("gpos" | "certtemplates" | "issuancepolicies") => (NodeKind::Policy, false),
            _ => return Ok(()),
        };
        for source in &self.sources {
            if whole {
                self.cx.covered(source, &[kind], "inventory", &self.file)?;
                continue;
            }
            let mut coverage = Coverage::complete(source, Some(kind), "inventory");
            coverage.state = CoverageState::Partial;
            self.file.clone_into(&mut coverage.place);
            "a file of one type of object is never all records of its kind"
                .clone_into(&mut coverage.reason);
            self.cx.sink.cover(coverage)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
