//! What a source is, as data: documentation, `doctor`, coverage plans and permission files come
//! from this one table entry, so they cannot drift from the code beside it.

use model::NodeKind;

/// Where a source stands in the guided order of an assessment: first directories, then cloud, then
/// keys and certificates, then repositories and SaaS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Directories of people and service accounts.
    Directories,
    /// Cloud accounts and clusters.
    Cloud,
    /// Keys, certificates, hosts and endpoints.
    KeysAndCertificates,
    /// Repositories, pipelines, infrastructure code and SaaS.
    RepositoriesAndSaas,
}

/// One permission a source needs, and why.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// The provider's name for it.
    pub action: &'static str,
    /// What it is needed for.
    pub why: &'static str,
    /// What is lost without it; empty when nothing works without it.
    pub without_it: &'static str,
}

/// A kind of source.
#[derive(Debug, Clone, Copy)]
pub struct ConnectorSpec {
    /// Stable id, `family.format`, for example `aws.credential_report`.
    pub id: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// Where it stands in the guided order.
    pub step: Step,
    /// The kinds of node it yields.
    pub kinds: &'static [NodeKind],
    /// True when the provider itself speaks: only then does the end of a sighting retire a record.
    /// A plan, a spreadsheet or an attack-graph file is not authoritative.
    pub authoritative: bool,
    /// What connecting it adds, one sentence, for the plan of next steps.
    pub adds: &'static str,
    /// What it cannot see, one item a line, shown with every "unused" or "none" it supports.
    pub cannot_see: &'static [&'static str],
    /// How a user obtains the input: a command to run, or where to look.
    pub obtain: &'static str,
    /// What the reading account needs.
    pub permissions: &'static [Permission],
    /// The page of documentation that lies beside the code.
    pub doc: &'static str,
}
