//! AI agents on this machine: who they act for, which MCP servers they call, with which secrets.

mod package;
mod parse;
mod pointer;
mod server;
pub mod table;

use std::sync::LazyLock;

use model::{
    Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, Secret, TimeUs,
};
use serde_json::Value;

use self::pointer::{beside, find};
use self::table::{PRODUCTS, Part, Place, Product, Scope, Token};
use super::names::NameIndex;
use super::read::out::Builder;
use super::read::secret::{SecretHint, is_recognised, secret};
use super::read::words::{cut_command, is_plausible, is_secret_name};

/// True for a path (in lower case) that is a settings file of an agent.
pub(super) fn is_agent_file(lower_path: &str) -> bool {
    product_of(lower_path).is_some()
}

/// Files of agents below a home directory that have a fixed name.
pub(super) fn home_files() -> impl Iterator<Item = &'static str> {
    places(Scope::Home).filter(|path| !path.contains('*'))
}

/// Files of agents at a fixed path.
pub(super) fn system_files() -> impl Iterator<Item = &'static str> {
    places(Scope::System)
}

fn places(scope: Scope) -> impl Iterator<Item = &'static str> {
    PRODUCTS
        .iter()
        .flat_map(|product| product.places)
        .filter(move |place| place.scope == scope)
        .map(|place| place.path)
}

/// Files of products by name. Project files come last, because a home directory is a directory a
/// person works in, too.
static FILES: LazyLock<NameIndex<(&'static Product, &'static Place)>> = LazyLock::new(|| {
    let all = || {
        PRODUCTS
            .iter()
            .flat_map(|product| product.places.iter().map(move |place| (product, place)))
    };
    let fixed = all().filter(|(_, place)| place.scope != Scope::Project);
    let project = all().filter(|(_, place)| place.scope == Scope::Project);
    NameIndex::new(fixed.chain(project).map(|found| (found.1.path, found)))
});

/// The product and place a path in lower case belongs to.
fn product_of(lower_path: &str) -> Option<(&'static Product, &'static Place)> {
    FILES.find(lower_path)
}

/// Reads one settings file of an agent.
pub(super) fn read(builder: &mut Builder<'_>, bytes: &[u8]) {
    let Some((product, place)) = product_of(&builder.facts.path.to_lowercase()) else {
        return;
    };
    let document = match parse::parse(builder.facts.name(), bytes) {
        Ok(Value::Null) => return,
        Ok(document) => document,
        Err(reason) => return builder.gap("", reason),
    };
    let agent = agent_node(builder, product, place);
    let mut reading = Reading {
        product,
        attributes: Attributes::named(product.title, product.id),
        edges: Vec::new(),
        said_anything: false,
        agent,
    };
    for part in place.parts {
        reading.part(builder, &document, *part);
    }
    // An editor's settings file without any agent in it says nothing about an agent.
    if reading.said_anything
        || place.scope == Scope::Home && is_first_place(product, place) && !is_editor(product)
    {
        reading.finish(builder);
    }
}

fn is_first_place(product: &Product, place: &Place) -> bool {
    product
        .places
        .first()
        .is_some_and(|first| first.path == place.path)
}

/// Editors are agents only when something is configured for their agent.
fn is_editor(product: &Product) -> bool {
    matches!(
        product.id,
        "visual_studio_code" | "zed" | "cursor" | "windsurf"
    )
}

/// The installation a file belongs to: that of the home directory, named by the product's first
/// file there; a project's file belongs to the installation of whoever works in it.
fn agent_node(builder: &Builder<'_>, product: &Product, place: &Place) -> NodeRef {
    let path = &builder.facts.path;
    let first = product.places.first().map_or("", |place| place.path);
    let root = match place.scope {
        Scope::Home => {
            let parts = place.path.matches('/').count() + 1;
            let mut root = path.as_str();
            for _ in 0..parts {
                root = root.rsplit_once(['/', '!']).map_or("", |(above, _)| above);
            }
            Some(root)
        }
        Scope::Project => builder.cx.home,
        Scope::System => None,
    };
    let anchor = match root {
        Some("") => first.to_owned(),
        Some(root) => format!("{root}/{first}"),
        None => path.clone(),
    };
    NodeRef::within(
        NodeKind::Identity,
        "agent",
        builder.cx.partition.to_owned(),
        format!("{}:{anchor}", product.id),
    )
}

/// What one settings file says about one agent.
struct Reading {
    product: &'static Product,
    agent: NodeRef,
    attributes: Attributes,
    edges: Vec<ObservedEdge>,
    said_anything: bool,
}

impl Reading {
    fn part(&mut self, builder: &mut Builder<'_>, document: &Value, part: Part) {
        match part {
            Part::Servers(pointer) => {
                for found in find(document, pointer) {
                    self.servers(builder, &found.stars, found.value);
                }
            }
            Part::Token(token) => self.tokens(builder, document, token),
            Part::Fact(pointer, word) => {
                if let Some(value) = find(document, pointer)
                    .first()
                    .and_then(|found| fact(found.value))
                {
                    self.said_anything = true;
                    self.attributes
                        .extra
                        .entry(word.to_owned())
                        .or_insert(value);
                }
            }
            Part::Environment(pointer) => {
                for found in find(document, pointer) {
                    self.environment(builder, found.value);
                }
            }
            Part::Secrets(pointer) => {
                for found in find(document, pointer) {
                    for (name, value) in found.value.as_object().into_iter().flatten() {
                        if let Some(value) = value.as_str().filter(|value| is_plausible(value)) {
                            self.credential(builder, name, "", value, None);
                        }
                    }
                }
            }
        }
    }

    fn servers(&mut self, builder: &mut Builder<'_>, stars: &[String], value: &Value) {
        /// Real settings have some dozens.
        const MAX_SERVERS: usize = 1_000;
        let servers: Vec<(String, &Value)> = match value {
            Value::Object(object) => object
                .iter()
                .map(|(name, value)| (name.clone(), value))
                .collect(),
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    let name = value.get("name").and_then(Value::as_str);
                    (name.map_or_else(|| at.to_string(), str::to_owned), value)
                })
                .collect(),
            _ => return,
        };
        for (name, value) in servers.into_iter().take(MAX_SERVERS) {
            if builder.is_full() {
                return;
            }
            if !value.is_object() {
                builder.gap(format!("server `{name}`"), "its settings are no object");
                continue;
            }
            if let Some(edge) = server::observe(builder, &self.agent, stars, &name, value) {
                self.said_anything = true;
                self.edges.push(edge);
            }
        }
    }

    fn tokens(&mut self, builder: &mut Builder<'_>, document: &Value, token: Token) {
        for found in find(document, token.value) {
            let Some(value) = found.value.as_str().filter(|value| is_plausible(value)) else {
                continue;
            };
            let text = |pointer: Option<&str>| beside(document, pointer?, &found.stars);
            let account = text(token.account)
                .and_then(Value::as_str)
                .map(str::to_owned);
            let mut extra = Vec::new();
            if let Some(scopes) = text(token.scopes).and_then(fact) {
                extra.push(("scopes", scopes));
            }
            let end = text(token.expires).and_then(time);
            let name = token.value.rsplit('/').next().unwrap_or(token.value);
            let described = Described {
                account,
                extra,
                end,
            };
            self.credential(builder, name, token.subtype, value, Some(described));
        }
    }

    fn environment(&mut self, builder: &mut Builder<'_>, value: &Value) {
        let mut names = Vec::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            names.push(name.clone());
            if let Some(value) = value.as_str()
                && (is_recognised(value) || is_secret_name(name) && is_plausible(value))
            {
                self.credential(builder, name, "", value, None);
            }
        }
        if !names.is_empty() {
            self.said_anything = true;
            self.attributes
                .extra
                .insert("environment_names".into(), names.into());
        }
    }

    /// A secret of the agent itself.
    fn credential(
        &mut self,
        builder: &mut Builder<'_>,
        field: &str,
        subtype: &str,
        value: &str,
        described: Option<Described>,
    ) {
        self.said_anything = true;
        let described = described.unwrap_or_default();
        let hint = SecretHint {
            field,
            subtype,
            account: described.account.as_deref(),
            password: false,
        };
        let mut observation = secret(&builder.cx, &Secret::new(value), hint).edge(
            ObservedEdge::to(EdgeKind::UsedBy, self.agent.clone()).with("basis", "agent_settings"),
        );
        if let Some(end) = described.end {
            observation.attributes.expires = Some(Fact::known(end));
        }
        for (key, value) in described.extra {
            observation.attributes.extra.insert(key.to_owned(), value);
        }
        observation
            .attributes
            .vendor
            .get_or_insert_with(|| self.product.vendor.to_owned());
        let observation = builder.used_by_owner(observation);
        builder.stored(observation, None);
    }

    fn finish(mut self, builder: &mut Builder<'_>) {
        self.attributes.class = Some(Class::Agent);
        self.attributes.vendor = Some(self.product.vendor.to_owned());
        if let Some(user) = builder.cx.user {
            self.attributes.declared_owner = Some(user.to_owned());
        }
        let mut observation = Observation::new(self.agent, builder.cx.observed, self.attributes);
        observation.edges = self.edges;
        let vendor = NodeRef::global(NodeKind::Vendor, "vendor", self.product.vendor);
        observation = observation.edge(ObservedEdge::to(EdgeKind::SuppliedBy, vendor));
        if let (Some(user), Some(node)) = (builder.cx.user, builder.cx.user_node()) {
            builder.out.users.insert(user.to_owned());
            observation = observation
                .edge(ObservedEdge::to(EdgeKind::OwnedBy, node).with("basis", "home_directory"));
        }
        if builder.cx.on_host {
            let host = NodeRef::global(NodeKind::Host, "host", builder.cx.partition.to_owned());
            observation = observation.edge(ObservedEdge::to(EdgeKind::RunsOn, host));
        }
        builder.push(observation);
    }
}

/// What stands beside a secret value.
#[derive(Debug, Default)]
struct Described {
    account: Option<String>,
    extra: Vec<(&'static str, Value)>,
    end: Option<TimeUs>,
}

/// A setting that is safe to keep: a word, number, flag, or a list of words. Commands and rules
/// may carry secrets, which are cut out.
fn fact(value: &Value) -> Option<Value> {
    /// Permission lists grow by one entry for each thing a person once allowed.
    const MAX_ITEMS: usize = 500;
    match value {
        Value::Bool(_) | Value::Number(_) => Some(value.clone()),
        Value::String(text) => Some(clean(text).into()),
        Value::Array(list) => Some(
            list.iter()
                .take(MAX_ITEMS)
                .filter_map(Value::as_str)
                .map(clean)
                .collect::<Vec<String>>()
                .into(),
        ),
        Value::Object(object) => {
            let words: serde_json::Map<String, Value> = object
                .iter()
                .take(MAX_ITEMS)
                .filter_map(|(key, value)| match value {
                    Value::Bool(_) => Some((key.clone(), value.clone())),
                    Value::String(text) => Some((key.clone(), clean(text).into())),
                    _ => None,
                })
                .collect();
            (!words.is_empty()).then(|| words.into())
        }
        Value::Null => None,
    }
}

/// Words without the secrets in them; untouched when there are none.
fn clean(text: &str) -> String {
    /// The longest setting kept.
    const MAX_BYTES: usize = 512;
    let cut = cut_command(text);
    let text = if cut.secrets.is_empty() {
        text.to_owned()
    } else {
        cut.line()
    };
    model::text::bounded(&model::text::label(&text), MAX_BYTES)
}

/// A time as RFC 3339, seconds or milliseconds.
fn time(value: &Value) -> Option<TimeUs> {
    /// Seconds of the year 5138; greater numbers are milliseconds.
    const MAX_SECONDS: i64 = 100_000_000_000;
    match value {
        Value::String(text) => TimeUs::parse(text).ok(),
        Value::Number(number) => {
            let number = number.as_i64()?;
            Some(if number > MAX_SECONDS {
                TimeUs::from_micros(number.saturating_mul(1_000))
            } else {
                TimeUs::from_seconds(number)
            })
        }
        _ => None,
    }
}
