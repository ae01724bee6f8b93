//! THE list of sources. Adding one is a folder with its code, fixtures and `doc.md`, and one line
//! here, in alphabetical order.

use crate::imports::{
    Format, activedirectory, aws, code, csv, drive, entra, export, files, gcp, kubernetes, oidc,
    owners, terraform, windows,
};
use crate::spec::ConnectorSpec;
use crate::{host, tls};

/// Every importable format.
pub const FORMATS: &[&dyn Format] = &[
    &activedirectory::BloodHound,
    &activedirectory::Ldif,
    &activedirectory::OpenGraph,
    &aws::AuthorizationDetails,
    &aws::CredentialReport,
    &aws::Iam,
    &aws::IdentityCenter,
    &aws::Organizations,
    &aws::Resources,
    &code::CodeOwners,
    &code::GitHistory,
    &csv::MappedCsv,
    &entra::AzureHound,
    &entra::Graph,
    &export::Export,
    &files::AGENT_CONFIG,
    &files::CERTIFICATES,
    &files::CLI_CREDENTIALS,
    &files::ENV,
    &files::KEYS,
    &files::KEYSTORE,
    &files::SSH_ACCESS,
    &gcp::Guardrails,
    &gcp::IamPolicy,
    &gcp::Inventory,
    &gcp::Keys,
    &gcp::ServiceAccounts,
    &kubernetes::KubernetesObjects,
    &oidc::OidcIssuer,
    &owners::OwnersTable,
    &owners::PeopleList,
    &terraform::Plan,
    &terraform::State,
    &windows::WindowsObjects,
    &windows::WindowsServices,
    &windows::WindowsTasks,
];

/// Sources that are not imports.
pub const SCANNERS: &[&ConnectorSpec] = &[
    &host::SPEC,
    &drive::SPEC,
    &kubernetes::MANIFESTS,
    &tls::SPEC,
];

/// Every kind of source, in alphabetical order of id.
pub fn specs() -> Vec<&'static ConnectorSpec> {
    let mut specs: Vec<_> = FORMATS
        .iter()
        .map(|format| format.spec())
        .chain(SCANNERS.iter().copied())
        .collect();
    specs.sort_by_key(|spec| spec.id);
    specs
}

/// Finds a kind of source by its id.
pub fn spec(id: &str) -> Option<&'static ConnectorSpec> {
    specs().into_iter().find(|spec| spec.id == id)
}
