//! What the readers of JSON and CSV exports share: who speaks, about which scope, and what could not
//! be read.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Alias, Attributes, Coverage, CoverageState, NodeId, NodeKind, NodeRef, Observation, SourceRef,
    TimeUs,
};

use super::{Document, ImportContext, JsonElement, ReadError};
use crate::spec::ConnectorSpec;

/// Scopes tracked for one document; the largest real export is an organisation of 50,000 accounts.
const MAX_SCOPES: usize = 100_000;
/// Gaps told one by one; after that they are counted, so that a file of rubbish stays one page.
const MAX_GAPS: u64 = 200;
/// Nodes remembered so that they are described once a document; beyond it they are described again,
/// which does no harm.
const MAX_ONCE: usize = 1_000_000;

/// Why one element was not read; its neighbours still are.
#[derive(Debug)]
pub(crate) enum Broken {
    /// This element alone: why, without any value from it.
    Element(String),
    /// The whole document.
    Stop(ReadError),
}

impl Broken {
    /// One element, for this reason.
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self::Element(reason.into())
    }

    /// A field without which the element says nothing.
    pub(crate) fn missing(field: &str) -> Self {
        Self::Element(format!("it has no `{field}`"))
    }
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Self {
        Self::Stop(error)
    }
}

/// One element of a document, with the key of the list it stands in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'e> {
    /// The top-level key; empty in a bare array.
    pub(crate) key: &'e str,
    /// The bytes of one JSON value.
    pub(crate) bytes: &'e [u8],
}

/// The reading of one document.
pub(crate) struct Reading<'c, 'a> {
    /// The way out and the user's words.
    pub(crate) cx: &'c mut ImportContext<'a>,
    spec: &'static ConnectorSpec,
    place: String,
    observed: TimeUs,
    unstated: SourceRef,
    /// The scope stated last: what follows without one in the same document belongs to it.
    stated: Option<SourceRef>,
    seen: BTreeMap<SourceRef, BTreeSet<NodeKind>>,
    once: BTreeSet<NodeId>,
    gaps: u64,
    /// The latest of several times told of one thing.
    newest: BTreeMap<String, TimeUs>,
    /// Why the document itself says that it is only a part, as far as read.
    truncated: Option<String>,
    lag_us: Option<i64>,
    /// True when one document of this format shows only a part of its scope.
    part: bool,
}

impl<'c, 'a> Reading<'c, 'a> {
    /// Begins. `scope_key` is the `--scope` key that names the scope where the data does not.
    pub(crate) fn new(
        spec: &'static ConnectorSpec,
        scope_key: &str,
        stated: Option<TimeUs>,
        document: &Document<'_>,
        cx: &'c mut ImportContext<'a>,
    ) -> Self {
        Self {
            unstated: cx.source_or_file(spec, scope_key, document),
            observed: cx.observed_at(stated, document),
            spec,
            place: document.name().to_owned(),
            stated: None,
            seen: BTreeMap::new(),
            once: BTreeSet::new(),
            gaps: 0,
            newest: BTreeMap::new(),
            truncated: None,
            lag_us: None,
            part: false,
            cx,
        }
    }

    /// When the document was true.
    pub(crate) fn observed(&self) -> TimeUs {
        self.observed
    }

    /// The document states its own time within itself.
    pub(crate) fn stated_at(&mut self, time: TimeUs) {
        if self.cx.options.observed_at.is_none() {
            self.observed = time;
        }
    }

    /// The name of the document.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The scope in force where an element does not state its own.
    pub(crate) fn default_scope(&self) -> &str {
        &self.unstated.scope
    }

    /// What the user said with `--scope key=…`.
    pub(crate) fn option(&self, key: &str) -> Option<&str> {
        self.cx.options.scopes.get(key).map(String::as_str)
    }

    /// Says how far the provider's data may be behind.
    pub(crate) fn lags(&mut self, us: i64) {
        self.lag_us = Some(us);
    }

    /// The format's documents each show one part of a scope (one command, one resource), so even a
    /// whole one proves nothing about what is not in it, and `--complete` cannot make it.
    #[must_use]
    pub(crate) fn part_of_scope(mut self) -> Self {
        self.part = true;
        self
    }

    /// Says whether the document, as far as it was read, ends before its list does.
    pub(crate) fn truncated(&mut self, reason: Option<String>) {
        self.truncated = reason;
    }

    /// An observation of now, to be filled.
    pub(crate) fn about(&self, node: NodeRef, attributes: Attributes) -> Observation {
        Observation::new(node, self.observed, attributes).at(self.place.clone())
    }

    /// Hands on an observation in the scope the element states, or the document's.
    pub(crate) fn say(
        &mut self,
        scope: Option<&str>,
        observation: Observation,
    ) -> Result<(), ReadError> {
        let source = match scope {
            Some(scope) => SourceRef::new(self.spec.id, scope),
            None if self.unstated.provisional => {
                self.stated.clone().unwrap_or_else(|| self.unstated.clone())
            }
            None => self.unstated.clone(),
        };
        if scope.is_some() && self.stated.as_ref() != Some(&source) {
            self.stated = Some(source.clone());
        }
        let kind = observation.node.kind;
        self.cx.observe(&source, observation)?;
        if let Some(kinds) = self.seen.get_mut(&source) {
            kinds.insert(kind);
        } else if self.seen.len() < MAX_SCOPES {
            self.seen.insert(source, BTreeSet::from([kind]));
        }
        Ok(())
    }

    /// Describes a thing that is only mentioned (a principal in a policy), once a document.
    pub(crate) fn mention(
        &mut self,
        scope: Option<&str>,
        node: NodeRef,
        attributes: Attributes,
        aliases: Vec<Alias>,
    ) -> Result<(), ReadError> {
        let id = node.id();
        if self.once.contains(&id) {
            return Ok(());
        }
        if self.once.len() < MAX_ONCE {
            self.once.insert(id);
        }
        let mut observation = self.about(node, attributes);
        observation.aliases = aliases;
        self.say(scope, observation)
    }

    /// The latest of the times told of a thing in this document, which lists them in any order.
    pub(crate) fn newest(&mut self, thing: &str, time: TimeUs) -> TimeUs {
        if !self.newest.contains_key(thing) && self.newest.len() >= MAX_ONCE {
            return time;
        }
        let latest = self.newest.entry(thing.to_owned()).or_insert(time);
        *latest = time.max(*latest);
        *latest
    }

    /// True once a document for each word.
    pub(crate) fn first_time(&mut self, word: &str) -> bool {
        self.newest
            .insert(format!("once:{word}"), TimeUs::EPOCH)
            .is_none()
    }

    /// Says that something could not be read. `place` is added to the document's name.
    pub(crate) fn gap(&mut self, place: &str, reason: impl Into<String>) -> Result<(), ReadError> {
        self.gaps += 1;
        if self.gaps > MAX_GAPS {
            return Ok(());
        }
        let at = format!("{}:{place}", self.place);
        let source = self.unstated.clone();
        self.cx.gap(&source, at, reason)
    }

    /// Reads every element of a document, one broken one not hiding the next, and says how far it got.
    pub(crate) fn elements(
        mut self,
        document: &mut Document<'_>,
        each: &mut dyn FnMut(&mut Self, Element<'_>) -> Result<(), Broken>,
    ) -> Result<(), ReadError> {
        let outcome = document.json_elements(&mut |element| self.element(element, each));
        self.finish(outcome)
    }

    /// Reads every JSON text of a document whole.
    pub(crate) fn documents(
        mut self,
        document: &mut Document<'_>,
        each: &mut dyn FnMut(&mut Self, Element<'_>) -> Result<(), Broken>,
    ) -> Result<(), ReadError> {
        let outcome = document.json_documents(&mut |element| self.element(element, each));
        self.finish(outcome)
    }

    /// Reads one element and turns its failure into a gap.
    pub(crate) fn element(
        &mut self,
        element: JsonElement<'_>,
        each: &mut dyn FnMut(&mut Self, Element<'_>) -> Result<(), Broken>,
    ) -> Result<(), ReadError> {
        match element {
            JsonElement::Value {
                key, offset, bytes, ..
            } => match each(self, Element { key, bytes }) {
                Ok(()) => Ok(()),
                Err(Broken::Stop(error)) => Err(error),
                Err(Broken::Element(reason)) => self.gap(&at(key, offset), reason),
            },
            JsonElement::Skipped {
                key,
                offset,
                reason,
            } => self.gap(&at(key, offset), reason),
        }
    }

    /// Says how far the reading got. What was cut off or broken is never called complete.
    pub(crate) fn finish(mut self, outcome: Result<(), ReadError>) -> Result<(), ReadError> {
        if self.gaps > MAX_GAPS {
            let more = self.gaps - MAX_GAPS;
            let source = self.unstated.clone();
            self.cx.gap(
                &source,
                self.place.clone(),
                format!("{more} more elements could not be read"),
            )?;
        }
        let seen = std::mem::take(&mut self.seen);
        let reason = match (&outcome, self.gaps, &self.truncated) {
            (Err(_), _, _) => Some("the document could not be read to its end".to_owned()),
            (Ok(()), 0, None) => self.part.then(|| {
                "one such file shows a part of its scope, so nothing counts as gone for not being in it"
                    .to_owned()
            }),
            (Ok(()), 0, Some(reason)) => Some(reason.clone()),
            (Ok(()), gaps, _) => Some(format!("{gaps} elements could not be read")),
        };
        if let (Ok(()), Some(reason)) = (&outcome, self.truncated.take()) {
            self.cx.sink.cover(Coverage::gap(
                &self.unstated,
                CoverageState::Truncated,
                self.place.clone(),
                reason,
            ))?;
        }
        if outcome.is_ok() && seen.is_empty() && !self.part {
            self.cx
                .covered(&self.unstated, self.spec.kinds, "inventory", &self.place)?;
        }
        for (source, kinds) in &seen {
            self.cover(source, kinds, reason.as_deref())?;
        }
        outcome
    }

    fn cover(
        &mut self,
        source: &SourceRef,
        kinds: &BTreeSet<NodeKind>,
        shortfall: Option<&str>,
    ) -> Result<(), ReadError> {
        let complete = self.cx.options.complete && shortfall.is_none();
        for kind in kinds {
            let mut coverage = Coverage::complete(source, Some(*kind), "inventory");
            coverage.lag_us = self.lag_us;
            if !complete {
                coverage.state = CoverageState::Partial;
                coverage.place.clone_from(&self.place);
                shortfall
                    .unwrap_or("a file proves no completeness; import with --complete when it holds everything of its scope")
                    .clone_into(&mut coverage.reason);
            }
            self.cx.sink.cover(coverage)?;
        }
        Ok(())
    }
}

fn at(key: &str, offset: u64) -> String {
    if key.is_empty() {
        format!("byte {offset}")
    } else {
        format!("byte {offset} (`{key}`)")
    }
}
