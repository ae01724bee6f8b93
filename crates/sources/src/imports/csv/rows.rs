//! One row as an observation.

use model::{
    Alias, Attributes, Class, EdgeKind, Fact, Fingerprinter, NodeKind, NodeRef, Observation,
    ObservedEdge, Status, TimeUs,
};

use super::columns::Columns;
use super::dates;

/// Words in a `type` column and the kind they stand for, looked for in this order.
const TYPE_WORDS: &[(&str, NodeKind)] = &[
    ("service account", NodeKind::Identity),
    ("service principal", NodeKind::Identity),
    ("certificate", NodeKind::Credential),
    ("api key", NodeKind::Credential),
    ("apikey", NodeKind::Credential),
    ("access key", NodeKind::Credential),
    ("ssh key", NodeKind::Credential),
    ("token", NodeKind::Credential),
    ("secret", NodeKind::Credential),
    ("password", NodeKind::Credential),
];

/// A row and what its columns mean.
pub(super) struct Row<'r> {
    columns: &'r Columns,
    fields: &'r [String],
    problems: Vec<String>,
}

impl<'r> Row<'r> {
    pub(super) fn new(columns: &'r Columns, fields: &'r [String]) -> Self {
        Self {
            columns,
            fields,
            problems: Vec::new(),
        }
    }

    /// The observation, and what of the row could not be read.
    pub(super) fn observation(
        mut self,
        scope: &str,
        fingerprinter: &Fingerprinter,
        at: TimeUs,
    ) -> (Option<Observation>, Vec<String>) {
        let kind = self.kind();
        let id = self.columns.value(self.fields, "id");
        let name = self.text("name");
        let Some(key) = id.or(name.as_deref()).map(str::to_owned) else {
            self.problems
                .push("a row without an id and a name".to_owned());
            return (None, self.problems);
        };
        let mut observation = if is_secret(&key) {
            // Somebody keeps the secret itself in the sheet: its fingerprint is its name.
            let fingerprint = fingerprinter.fingerprint_bytes(key.as_bytes());
            let node = NodeRef::secret(&fingerprint);
            let alias = Alias::same(fingerprint.as_str());
            let attributes = Attributes {
                fingerprint: Some(fingerprint),
                name: Some("secret written in a table".to_owned()),
                ..Attributes::default()
            };
            Observation::new(node, at, attributes).alias(alias)
        } else {
            let provider = self.text("provider").map(|word| word.to_lowercase());
            let (node, aliases) = named(kind, provider.as_deref(), scope, &key);
            let mut observation = Observation::new(node, at, Attributes::default());
            observation.aliases = aliases;
            observation.attributes.name = Some(name.unwrap_or(key));
            observation
        };
        self.describe(&mut observation);
        self.users(&mut observation, scope);
        (Some(observation), self.problems)
    }

    /// Who signs with a credential, and what uses it.
    fn users(&mut self, observation: &mut Observation, scope: &str) {
        /// More names than a cell of a sheet is for.
        const MAX_NAMES: usize = 200;
        for (field, kind, role) in [
            ("signer", NodeKind::Identity, "signer"),
            ("used_by", NodeKind::Workload, "consumer"),
        ] {
            let Some(text) = self.text(field) else {
                continue;
            };
            if !EdgeKind::UsedBy.allows(observation.node.kind, kind) {
                self.problems.push(format!(
                    "{field} says who uses a credential; the row is of kind {}",
                    observation.node.kind
                ));
                continue;
            }
            for name in text
                .split(';')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .take(MAX_NAMES)
            {
                let (node, _) = named(kind, None, scope, name);
                observation
                    .edges
                    .push(ObservedEdge::to(EdgeKind::UsedBy, node).with("role", role));
            }
        }
    }

    fn describe(&mut self, observation: &mut Observation) {
        let attributes = &mut observation.attributes;
        attributes.subtype = self.text("type").map(|word| snake(&word));
        attributes.class = (observation.node.kind == NodeKind::Identity)
            .then(|| self.class())
            .flatten();
        attributes.tenant = self.text("tenant");
        attributes.declared_owner = self.text("owner");
        attributes.declared_environment = self.text("environment");
        attributes.description = self.text("description");
        attributes.vendor = self.text("vendor");
        attributes.status = self.status();
        attributes.created = self.date("created");
        attributes.expires = self.date("expires");
        attributes.last_used = self.date("last_used");
        attributes.last_rotated = self.date("last_rotated");
        if let Some(system) = self.text("application") {
            let node = NodeRef::global(NodeKind::Application, "register", system.to_lowercase());
            let edge = ObservedEdge::to(EdgeKind::PartOf, node).with("name", system);
            observation.edges.push(edge);
        }
    }

    /// A text, unless it holds a secret value.
    fn text(&mut self, field: &str) -> Option<String> {
        let value = self.columns.value(self.fields, field)?;
        if value.split_whitespace().any(is_secret) {
            self.problems
                .push(format!("the {field} holds a secret value and was left out"));
            return None;
        }
        Some(model::text::label(value))
    }

    fn date(&mut self, field: &str) -> Option<Fact<TimeUs>> {
        match dates::fact(self.columns.value(self.fields, field)?) {
            Ok(fact) => Some(fact),
            Err(reason) => {
                self.problems.push(format!("{field}: {reason}"));
                None
            }
        }
    }

    fn kind(&mut self) -> NodeKind {
        if let Some(word) = self.columns.value(self.fields, "kind") {
            match NodeKind::parse(&snake(word)) {
                Some(kind) => return kind,
                None => {
                    let word = model::text::label(&model::text::bounded(word, 40));
                    self.problems
                        .push(format!("`{word}` is no kind; it was read as identity"));
                }
            }
        }
        let word = self.type_word();
        TYPE_WORDS
            .iter()
            .find(|(part, _)| word.contains(part))
            .map_or(NodeKind::Identity, |(_, kind)| *kind)
    }

    fn type_word(&self) -> String {
        self.columns
            .value(self.fields, "type")
            .unwrap_or_default()
            .to_lowercase()
            .replace(['_', '-'], " ")
    }

    fn class(&self) -> Option<Class> {
        let word = self.type_word();
        let has = |parts: &[&str]| parts.iter().any(|part| word.contains(part));
        if has(&["agent"]) {
            Some(Class::Agent)
        } else if has(&[
            "service",
            "machine",
            "bot",
            "robot",
            "workload",
            "system",
            "application",
        ]) {
            Some(Class::Machine)
        } else if has(&["human", "person", "employee"]) {
            Some(Class::Human)
        } else {
            None
        }
    }

    fn status(&mut self) -> Option<Status> {
        let word = self.columns.value(self.fields, "status")?.to_lowercase();
        match word.as_str() {
            "enabled" | "active" | "true" | "yes" | "1" | "in use" => Some(Status::Enabled),
            "disabled" | "inactive" | "false" | "no" | "0" | "suspended" => Some(Status::Disabled),
            "deleted" | "removed" | "retired" | "decommissioned" => Some(Status::Deleted),
            "planned" => Some(Status::Planned),
            _ => {
                let word = model::text::label(&model::text::bounded(&word, 40));
                self.problems.push(format!(
                    "`{word}` is no status; write enabled, disabled or deleted"
                ));
                None
            }
        }
    }
}

/// The name other sources give the same thing where its id shows that, so that the sheet meets
/// reality; else a name within the sheet.
pub(crate) fn named(
    kind: NodeKind,
    provider: Option<&str>,
    scope: &str,
    key: &str,
) -> (NodeRef, Vec<Alias>) {
    let lower = key.to_lowercase();
    let mut aliases = Vec::new();
    if key.contains('@') && !key.contains(char::is_whitespace) {
        aliases.push(Alias::lookup(format!("email:{lower}")));
    }
    if key.contains('\\') {
        aliases.push(Alias::lookup(format!("sam:{lower}")));
    }
    if is_guid(key) {
        aliases.push(Alias::lookup(format!("entra:app_id:{lower}")));
    }
    let node = if key.starts_with("arn:aws") {
        NodeRef::global(kind, "aws", key)
    } else if formats::token::aws_key_id(key).is_some() {
        NodeRef::global(NodeKind::Credential, "aws", key)
    } else if lower.ends_with(".gserviceaccount.com") {
        NodeRef::global(kind, "gcp", lower)
    } else if key.starts_with("S-1-5-21-") {
        NodeRef::global(kind, "ad", key)
    } else if let Some(provider @ ("aws" | "gcp" | "entra" | "ad")) = provider {
        NodeRef::global(kind, provider.to_owned(), key)
    } else {
        NodeRef::within(kind, "register", scope.to_owned(), key)
    };
    (node, aliases)
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, ch)| match at {
            8 | 13 | 18 | 23 => ch == '-',
            _ => ch.is_ascii_hexdigit(),
        })
}

/// True for a word that is a secret value by its form.
pub(crate) fn is_secret(word: &str) -> bool {
    formats::token::recognise(word).is_some_and(|token| token.is_secret)
        || (word.starts_with("ey") && formats::jwt::parse(word).is_ok())
        || word.contains("-----BEGIN ")
}

/// `API Key` → `api_key`.
fn snake(text: &str) -> String {
    let words: Vec<String> = text
        .split(|ch: char| !ch.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    model::text::bounded(&words.join("_"), 64)
}
