//! Exports of Google Cloud: service accounts, their keys, and who holds which role where.

mod accounts;
mod guardrails;
mod inventory;
mod keys;
mod names;
mod policies;
#[cfg(test)]
mod tests;

use model::NodeKind;

pub use accounts::ServiceAccounts;
pub use guardrails::Guardrails;
pub use inventory::Inventory;
pub use keys::Keys;
pub use policies::IamPolicy;

use crate::spec::{ConnectorSpec, Permission, Step};

const DOC: &str = include_str!("doc.md");

/// Service accounts.
pub const SPEC_SERVICE_ACCOUNTS: ConnectorSpec = ConnectorSpec {
    id: "gcp.service_accounts",
    title: "Google Cloud service accounts",
    step: Step::Cloud,
    kinds: &[NodeKind::Identity],
    authoritative: true,
    adds: "the service accounts of a project and whether they are disabled",
    cannot_see: &[
        "their keys, roles and use",
        "service agents that Google keeps in its own projects",
    ],
    obtain: "gcloud iam service-accounts list --project PROJECT --format=json > service-accounts.json",
    permissions: &[Permission {
        action: "iam.serviceAccounts.list",
        why: "lists the service accounts of a project",
        without_it: "",
    }],
    doc: DOC,
};

/// Keys of service accounts.
pub const SPEC_KEYS: ConnectorSpec = ConnectorSpec {
    id: "gcp.keys",
    title: "Google Cloud service-account keys",
    step: Step::Cloud,
    kinds: &[NodeKind::Credential],
    authoritative: true,
    adds: "the keys of service accounts: who manages them, their age, expiry and whether they are disabled",
    cannot_see: &["when a key was last used (Policy Intelligence tells)"],
    obtain: "gcloud iam service-accounts keys list --iam-account EMAIL --format=json > keys-EMAIL.json",
    permissions: &[Permission {
        action: "iam.serviceAccountKeys.list",
        why: "lists the keys of a service account",
        without_it: "",
    }],
    doc: DOC,
};

/// Policies.
pub const SPEC_IAM_POLICY: ConnectorSpec = ConnectorSpec {
    id: "gcp.iam_policy",
    title: "Google Cloud IAM policies",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Identity,
        NodeKind::Group,
        NodeKind::Role,
        NodeKind::Policy,
    ],
    authoritative: true,
    adds: "who holds which role on a project, folder, organisation or resource, with conditions",
    cannot_see: &[
        "members of groups and domains",
        "roles inherited from folders and the organisation that were not exported",
    ],
    obtain: "gcloud projects get-iam-policy PROJECT --format=json > policy-PROJECT.json; gcloud asset search-all-iam-policies --scope=organizations/N --format=json",
    permissions: &[Permission {
        action: "resourcemanager.projects.getIamPolicy, cloudasset.assets.searchAllIamPolicies",
        why: "reads policies",
        without_it: "",
    }],
    doc: DOC,
};

/// Deny policies and principal access boundaries.
pub const SPEC_GUARDRAILS: ConnectorSpec = ConnectorSpec {
    id: "gcp.guardrails",
    title: "Google Cloud deny policies and principal access boundaries",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Account,
        NodeKind::Group,
        NodeKind::Identity,
        NodeKind::OrgUnit,
        NodeKind::Policy,
        NodeKind::Tenant,
    ],
    authoritative: true,
    adds: "what forbids access although a role allows it: deny rules by place and principal, and the boundary of what principals may reach at all",
    cannot_see: &[
        "organisation policies and VPC Service Controls",
        "the rules of deny policies in the output of `list`, which does not print them",
    ],
    obtain: "gcloud iam policies get NAME --attachment-point=cloudresourcemanager.googleapis.com/projects/PROJECT --kind=denypolicies --format=json; gcloud iam principal-access-boundary-policies list --organization=N --location=global --format=json; gcloud iam policy-bindings list --organization=N --location=global --format=json",
    permissions: &[Permission {
        action: "iam.denypolicies.get, iam.denypolicies.list, iam.principalaccessboundarypolicies.list, iam.policybindings.list",
        why: "reads the policies and whom they hold for",
        without_it: "access looks wider than it is",
    }],
    doc: DOC,
};

/// Projects, roles, identity pools and assets.
pub const SPEC_INVENTORY: ConnectorSpec = ConnectorSpec {
    id: "gcp.inventory",
    title: "Google Cloud projects, roles, identity pools and assets",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Account,
        NodeKind::OrgUnit,
        NodeKind::Role,
        NodeKind::FederationProvider,
        NodeKind::Identity,
        NodeKind::Credential,
    ],
    authoritative: true,
    adds: "project names and numbers, custom roles, the outside issuers that workload identity trusts, and whatever an asset export holds of identities",
    cannot_see: &["asset types other than IAM, projects, folders and organisations"],
    obtain: "gcloud projects list --format=json; gcloud iam roles list --project P --format=json; gcloud iam workload-identity-pools providers list … --format=json; gcloud asset export",
    permissions: &[Permission {
        action: "resourcemanager.projects.list, iam.roles.list, iam.workloadIdentityPools.list, iam.workloadIdentityPoolProviders.list, cloudasset.assets.exportResource",
        why: "reads projects, custom roles and identity pools",
        without_it: "",
    }],
    doc: DOC,
};
