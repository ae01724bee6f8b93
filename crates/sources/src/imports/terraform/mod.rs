//! Terraform and OpenTofu: what a state holds (with its secrets in plain text) and what a plan
//! will make.

mod aws;
mod azure;
mod google;
mod marks;
mod other;
mod plan;
mod resource;
mod secret_table;
mod secrets;
mod state;
#[cfg(test)]
mod tests;

use model::NodeKind;

pub use plan::Plan;
pub use state::State;

use crate::spec::{ConnectorSpec, Permission, Step};

const DOC: &str = include_str!("doc.md");

/// States.
pub const SPEC_STATE: ConnectorSpec = ConnectorSpec {
    id: "terraform.state",
    title: "Terraform or OpenTofu state",
    step: Step::RepositoriesAndSaas,
    kinds: KINDS,
    authoritative: false,
    adds: "which identities and credentials infrastructure code made, with their address in it, and every secret that lies in the state in plain text",
    cannot_see: &[
        "what was made or changed by hand",
        "states of other workspaces",
        "values of write-only and ephemeral attributes, which no state holds",
    ],
    obtain: "terraform state pull > terraform.tfstate, or terraform show -json > state.json",
    permissions: &[Permission {
        action: "read on the state's backend",
        why: "reads the state",
        without_it: "",
    }],
    doc: DOC,
};

/// Plans.
pub const SPEC_PLAN: ConnectorSpec = ConnectorSpec {
    id: "terraform.plan",
    title: "Terraform or OpenTofu plan",
    step: Step::RepositoriesAndSaas,
    kinds: KINDS,
    authoritative: false,
    adds: "identities and credentials that infrastructure code is about to make, and the credentials of the run itself",
    cannot_see: &[
        "names that are known only after the plan is applied",
        "whether the plan was applied",
    ],
    obtain: "terraform plan -out plan.bin; terraform show -json plan.bin > plan.json",
    permissions: &[Permission {
        action: "what terraform plan needs",
        why: "makes the plan",
        without_it: "",
    }],
    doc: DOC,
};

const KINDS: &[NodeKind] = &[
    NodeKind::Workload,
    NodeKind::Resource,
    NodeKind::Identity,
    NodeKind::Credential,
    NodeKind::Group,
    NodeKind::Policy,
    NodeKind::FederationProvider,
    NodeKind::SecretContainer,
    NodeKind::Application,
];
