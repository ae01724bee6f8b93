//! Windows services and scheduled tasks as PowerShell and `schtasks` export them: who runs what.

mod accounts;
mod clixml;
mod command;
mod serialized;
mod services;
mod table;
mod task_xml;
mod tasks;

use model::{
    Alias, Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, SourceRef, TimeUs,
};

use super::document::Document;
use super::{ImportContext, ReadError};
use crate::spec::ConnectorSpec;

pub use clixml::WindowsObjects;
pub use services::WindowsServices;
pub use tasks::WindowsTasks;

/// One host in an export.
#[derive(Clone)]
struct Machine {
    source: SourceRef,
    /// The host's name, which is where local names are unique.
    id: String,
}

impl Machine {
    /// The host the user names, else one named after the file.
    fn of(spec: &ConnectorSpec, document: &Document<'_>, cx: &ImportContext<'_>) -> Self {
        let source = cx.source_or_file(spec, "host", document);
        let id = source.scope.clone();
        Self { source, id }
    }

    /// A host the export itself names.
    fn named(name: &str, spec: &ConnectorSpec, cx: &ImportContext<'_>) -> Self {
        let source = cx.source(spec, name);
        let id = source.scope.clone();
        Self { source, id }
    }

    fn node(&self) -> NodeRef {
        NodeRef::global(NodeKind::Host, "host", self.id.as_str())
    }

    fn observation(&self, at: TimeUs) -> Observation {
        let mut attributes = Attributes::named(self.id.as_str(), "host").with("os", "windows");
        attributes.tenant = Some(self.id.clone());
        Observation::new(self.node(), at, attributes).alias(Alias::lookup(format!(
            "hostname:{}",
            self.id.to_lowercase()
        )))
    }

    fn workload(&self, native_id: String, name: &str, subtype: &str, at: TimeUs) -> Observation {
        let node = NodeRef::within(NodeKind::Workload, "host", self.id.clone(), native_id);
        let mut attributes = Attributes::named(name, subtype);
        attributes.tenant = Some(self.id.clone());
        Observation::new(node, at, attributes).edge(ObservedEdge::to(EdgeKind::RunsOn, self.node()))
    }
}

/// Tells a workload, the account it runs as, and the secrets on its command line.
fn tell(
    machine: &Machine,
    mut workload: Observation,
    account: Option<&str>,
    command: Option<&str>,
    place: String,
    cx: &mut ImportContext<'_>,
) -> Result<(), ReadError> {
    let at = workload.observed;
    if let Some(account) = account {
        match accounts::account(account, &machine.id) {
            accounts::RunAs::Identity(identity) => {
                let identity = identity.observation(account, machine, at);
                workload = workload.edge(
                    ObservedEdge::to(EdgeKind::RunsAs, identity.node.clone())
                        .with("account", model::text::label(account)),
                );
                cx.observe(&machine.source, identity)?;
            }
            accounts::RunAs::Group(group) => {
                workload.attributes = workload.attributes.with("runs_as_group", group);
            }
        }
    }
    if let Some(line) = command.map(str::trim).filter(|line| !line.is_empty()) {
        let read = command::read(line, &workload.node, cx.fingerprinter, at);
        workload.attributes = workload.attributes.with("command", read.shown);
        if read.cut > 0 {
            workload.attributes = workload.attributes.with("secrets_in_command", read.cut);
        }
        for credential in read.credentials {
            cx.observe(&machine.source, credential)?;
        }
    }
    cx.observe(&machine.source, workload.at(place))
}

#[cfg(test)]
mod tests;
