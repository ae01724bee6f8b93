//! One resource of a state or plan: whom or what it is, and which secrets it holds.

use std::collections::BTreeSet;

use model::{Alias, Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, Status};
use serde_json::Value;

use super::{aws, azure, google, other, secrets};
use crate::imports::fields::{declare, time_of};
use crate::imports::reading::{Broken, Reading};

/// The workspace and file that a document speaks for.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The lineage of the state, or the scope that stands in for it.
    pub(crate) scope: String,
    /// True when `scope` is a name of this import and not a lineage.
    pub(crate) provisional: bool,
    /// The workspace as the workload that manages.
    pub(crate) node: NodeRef,
    /// The document, in which secrets lie.
    pub(crate) file: NodeRef,
}

impl Workspace {
    /// The workspace of this scope, described by this document.
    pub(crate) fn new(scope: &str, provisional: bool, document: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            provisional,
            node: NodeRef::within(NodeKind::Workload, "terraform", "", scope),
            file: NodeRef::within(
                NodeKind::Resource,
                "file",
                scope.to_owned(),
                document.to_owned(),
            ),
        }
    }

    /// The scope to say things in; `None` is the reading's own provisional one.
    pub(crate) fn said_in(&self) -> Option<&str> {
        (!self.provisional).then_some(self.scope.as_str())
    }

    /// Says the workspace and the file.
    pub(crate) fn say(
        &self,
        reading: &mut Reading<'_, '_>,
        subtype: &str,
        words: &[(&str, Value)],
    ) -> Result<(), Broken> {
        let name = reading
            .option("workspace")
            .or_else(|| workspace_of(reading.place()))
            .map(model::text::label);
        // A state does not say its workspace's name, and a lineage shown for one would hide it.
        let mut attributes = Attributes {
            name,
            subtype: Some("terraform_workspace".to_owned()),
            ..Attributes::default()
        };
        for (key, value) in words {
            attributes = attributes.with(key, value.clone());
        }
        let workspace = reading.about(self.node.clone(), attributes);
        reading.say(self.said_in(), workspace)?;
        let name = self.file.native_id.clone();
        let file = reading.about(
            self.file.clone(),
            Attributes::named(name, "file").with("form", subtype),
        );
        Ok(reading.say(self.said_in(), file)?)
    }
}

/// The workspace that a state's path names: the local backend keeps the states of all but the
/// default one under `terraform.tfstate.d/<workspace>/`.
fn workspace_of(place: &str) -> Option<&str> {
    let (before, after) = place.rsplit_once("terraform.tfstate.d/")?;
    let whole = before.is_empty() || before.ends_with(['/', '!']);
    let (name, _) = after.split_once('/')?;
    (whole && !name.is_empty()).then_some(name)
}

/// A resource instance.
#[derive(Debug)]
pub(crate) struct Resource<'v> {
    /// `module.ci.aws_iam_user.deploy[0]`.
    pub(crate) address: String,
    /// `module.ci`; empty in the root module.
    pub(crate) module: &'v str,
    /// `aws_iam_user`.
    pub(crate) kind: &'v str,
    /// True for `data` resources, which read and make nothing.
    pub(crate) data: bool,
    /// The attributes.
    pub(crate) values: &'v Value,
    /// Paths that the state marks as sensitive, joined by dots, indexes left out.
    pub(crate) sensitive: BTreeSet<String>,
    /// What the plan will do to it; empty in a state.
    pub(crate) action: &'v str,
}

/// What a resource is, when it is a class of thing the inventory keeps.
#[derive(Debug)]
pub(crate) struct Described {
    /// The node; `None` while its id is not known (a plan).
    pub(crate) node: Option<NodeRef>,
    /// The kind of node.
    pub(crate) kind: NodeKind,
    /// What is said of it.
    pub(crate) attributes: Attributes,
    /// Its other names.
    pub(crate) aliases: Vec<Alias>,
    /// Its relations.
    pub(crate) edges: Vec<ObservedEdge>,
    /// The attribute that holds its own secret value; its fingerprint becomes the node's.
    pub(crate) secret: Option<&'static str>,
}

impl Described {
    /// A thing with a known or (yet) unknown id.
    pub(crate) fn new(kind: NodeKind, subtype: &str, name: &str, node: Option<NodeRef>) -> Self {
        Self {
            node,
            kind,
            attributes: Attributes::named(name, subtype),
            aliases: Vec::new(),
            edges: Vec::new(),
            secret: None,
        }
    }
}

impl<'v> Resource<'v> {
    /// A text attribute, when it is there and not empty.
    pub(crate) fn text(&self, key: &str) -> Option<&'v str> {
        self.values
            .get(key)?
            .as_str()
            .filter(|text| !text.is_empty())
    }

    /// The first of several spellings.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<&'v str> {
        keys.iter().find_map(|key| self.text(key))
    }

    /// A time attribute as a fact.
    pub(crate) fn time(&self, key: &str) -> Option<model::Fact<model::TimeUs>> {
        let text = self.text(key)?;
        Some(match time_of(text) {
            Some(time) => model::Fact::known(time),
            None => model::Fact::no_data_yet("the state's value is no time"),
        })
    }

    /// The name people know it by: the attribute, else the address.
    pub(crate) fn name(&self) -> &str {
        self.first(&["display_name", "name", "user", "secret_name"])
            .unwrap_or(&self.address)
    }
}

/// Says one resource, and the secrets it holds.
pub(crate) fn say(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
) -> Result<(), Broken> {
    let described = if resource.data {
        other::run_identity(reading, workspace, resource)?;
        None
    } else {
        describe(reading, workspace, resource)?
    };
    let mut taken = None;
    let mut container = None;
    if let Some(described) = described {
        taken = described.secret;
        let observation = observation(reading, workspace, resource, described);
        if observation.node.kind == NodeKind::SecretContainer {
            container = Some(observation.node.clone());
        }
        reading.say(workspace.said_in(), observation)?;
    }
    secrets::of_resource(reading, workspace, resource, taken, container.as_ref())
}

fn describe(
    reading: &mut Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
) -> Result<Option<Described>, Broken> {
    if let Some(found) = aws::describe(reading, workspace, resource)? {
        return Ok(Some(found));
    }
    Ok(google::describe(resource)
        .or_else(|| azure::describe(resource))
        .or_else(|| other::describe(workspace, resource)))
}

fn observation(
    reading: &Reading<'_, '_>,
    workspace: &Workspace,
    resource: &Resource<'_>,
    described: Described,
) -> Observation {
    let mut attributes = described.attributes;
    if let Some(Value::Object(tags)) = resource
        .values
        .get("tags_all")
        .or_else(|| resource.values.get("tags"))
        .or_else(|| resource.values.get("labels"))
    {
        let pairs = tags
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        declare(&mut attributes, pairs);
    }
    attributes = attributes.with("terraform_address", model::text::label(&resource.address));
    if !resource.action.is_empty() {
        attributes = attributes.with("planned_action", model::text::label(resource.action));
    }
    if resource.action == "create" {
        attributes.status = Some(Status::Planned);
    }
    let fingerprint = described
        .secret
        .and_then(|key| secrets::fingerprint_of(reading, resource, key));
    // What does not exist yet is named by its address within its workspace.
    let node = described.node.unwrap_or_else(|| {
        NodeRef::within(
            described.kind,
            "terraform",
            workspace.scope.clone(),
            resource.address.clone(),
        )
    });
    let mut observation = reading.about(node, attributes);
    observation.aliases = described.aliases;
    observation.edges = described.edges;
    observation.aliases.push(Alias::lookup(format!(
        "terraform:{}:{}",
        workspace.scope, resource.address
    )));
    if let Some((fingerprint, made)) = fingerprint {
        observation.aliases.push(match made {
            crate::material::Made::ByMachine => Alias::same(fingerprint.as_str()),
            crate::material::Made::ByPerson => Alias::lookup(fingerprint.as_str()),
        });
        observation.attributes.fingerprint = Some(fingerprint);
        observation.edges.push(secrets::lies_in(
            workspace,
            resource,
            described.secret.unwrap_or_default(),
        ));
    }
    let mut managed = ObservedEdge::to(EdgeKind::ManagedBy, workspace.node.clone())
        .with("address", model::text::label(&resource.address));
    if !resource.module.is_empty() {
        managed = managed.with("module", model::text::label(resource.module));
    }
    observation.edges.push(managed.clone());
    if resource.action == "create" {
        managed.kind = EdgeKind::CreatedBy;
        observation.edges.push(managed);
    }
    observation
}
