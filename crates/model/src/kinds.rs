//! The one table of node and edge kinds. SQL checks, documentation and (later) OpenAPI enums and
//! TypeScript types are generated from it. Provider words never enter here: they stay in a node's
//! `subtype` and attributes.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! node_kinds {
    ($($variant:ident $name:literal $meaning:literal,)*) => {
        /// What a node is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum NodeKind {
            $(#[doc = $meaning] $variant,)*
        }

        impl NodeKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Their names, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($name,)*];

            /// The name used in JSON, SQL and filters.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the kind means, one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

node_kinds! {
    Tenant "tenant" "The outermost boundary a provider draws: an AWS organisation, an Entra tenant, an AD forest.",
    OrgUnit "org_unit" "A folder between tenant and account: organisational unit, GCP folder, AD OU.",
    Account "account" "What holds identities and resources: AWS account, GCP project, subscription, cluster, domain, namespace.",
    Identity "identity" "A principal that can authenticate; its class says human, machine, agent, device or external.",
    Group "group" "A set of identities that share what is granted to the group.",
    Role "role" "A named bundle of permissions that is bound to identities: ClusterRole, directory role, GCP role, permission set.",
    Policy "policy" "A document that allows or denies actions, kept whole as the provider wrote it.",
    FederationProvider "federation_provider" "An outside issuer that is trusted to name identities: OIDC, SAML, workload identity pool, CA trust anchor.",
    Credential "credential" "What proves an identity: key, certificate, token, password. Its value is never kept.",
    Key "key" "A cryptographic key held by a key service, for encryption or signing.",
    SecretContainer "secret_container" "A place made to hold secrets: vault path, Kubernetes Secret, CI variable, key store file.",
    Workload "workload" "Something that runs and uses identities: process, service, function, pod template, pipeline job, scheduled task, MCP server.",
    Host "host" "A machine, virtual or not, that workloads run on and files lie on.",
    Image "image" "A container or machine image.",
    Repo "repo" "A source repository.",
    Pipeline "pipeline" "A CI/CD workflow definition.",
    Runner "runner" "What executes pipeline jobs.",
    Resource "resource" "What can be reached or what holds something: file, network endpoint, bucket, database, API.",
    Application "application" "A business or software system that identities and workloads belong to.",
    Vendor "vendor" "An outside company that holds or issues access.",
    Person "person" "A human being who can own things.",
    Team "team" "A group of people who can own things.",
}

impl NodeKind {
    /// Finds a kind by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! edge_kinds {
    ($($variant:ident $name:literal [$($from:ident)*] [$($to:ident)*] $meaning:literal,)*) => {
        /// How two nodes are related. All kinds here are observed; what follows from them
        /// (`can_become`, `can_access`) is derived and never stored as truth.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum EdgeKind {
            $(#[doc = $meaning] $variant,)*
        }

        impl EdgeKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name used in JSON, SQL and filters.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What the kind means, one sentence read from the start of the edge to its end.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// Kinds of node the edge may start at; empty means any.
            pub const fn from_kinds(self) -> &'static [NodeKind] {
                match self { $(Self::$variant => &[$(NodeKind::$from,)*],)* }
            }

            /// Kinds of node the edge may end at; empty means any.
            pub const fn to_kinds(self) -> &'static [NodeKind] {
                match self { $(Self::$variant => &[$(NodeKind::$to,)*],)* }
            }
        }
    };
}

edge_kinds! {
    Contains "contains" [Tenant OrgUnit Account Host Repo Application SecretContainer Resource Group] [] "The start holds the end inside it.",
    MemberOf "member_of" [Identity Group Person] [Group Team Tenant] "The start belongs to the group.",
    HasRole "has_role" [Identity Group] [Role] "The role is bound to the start; the edge says where it applies.",
    Grants "grants" [Identity Group Role Policy] [Resource Account OrgUnit Tenant Key SecretContainer Role Identity] "The start is granted something on the end.",
    AttachedPolicy "attached_policy" [Identity Group Role Resource Account OrgUnit Tenant Key SecretContainer] [Policy] "The policy document applies to the start.",
    BoundedBy "bounded_by" [Identity Role] [Policy] "The policy is the ceiling of what the start may do.",
    ConstrainedBy "constrained_by" [Tenant OrgUnit Account Identity] [Policy] "The policy restricts everything under the start.",
    Trusts "trusts" [Identity Resource FederationProvider Account Tenant Credential Host Key SecretContainer] [Identity FederationProvider Account Credential Tenant Group Resource] "The start accepts the end as proof or as a caller.",
    Authenticates "authenticates" [Credential] [Identity] "The credential proves the identity.",
    StoredIn "stored_in" [Credential] [SecretContainer Resource Host Key] "The credential lies in a place made or used to hold it.",
    FoundIn "found_in" [Credential] [Repo Image Resource Pipeline Workload] "A copy of the credential lies where none should.",
    Presents "presents" [Resource Workload Host] [Credential] "The endpoint shows the credential to its peers.",
    UsedBy "used_by" [Credential SecretContainer] [Workload Host Identity] "The credential, or what the container holds, is configured for, or was seen used by, the end.",
    RunsAs "runs_as" [Workload Host] [Identity] "The workload acts with the identity.",
    RunsOn "runs_on" [Workload Runner Identity] [Host Account Workload] "The start runs on the end.",
    OwnedBy "owned_by" [] [Person Team Identity Group] "The end answers for the start.",
    SponsoredBy "sponsored_by" [Identity] [Person Team Identity] "The end vouches for the start.",
    ManagedBy "managed_by" [] [Identity Workload Application Pipeline Resource Group Person] "The end creates and changes the start.",
    CreatedBy "created_by" [] [Identity Person Pipeline Workload] "The end created the start.",
    DeployedFrom "deployed_from" [Workload Image Identity Resource] [Repo Image Pipeline Resource] "The start was built or deployed from the end.",
    PartOf "part_of" [] [Application Account Identity Workload Tenant] "The start belongs to the end.",
    Consumes "consumes" [Application Workload Identity] [Identity Application] "The start acts through the end.",
    ConnectsTo "connects_to" [Identity Workload Host] [Workload Resource Identity Vendor Account] "The start is configured to call the end.",
    Rotates "rotates" [Workload Identity Pipeline Application] [Credential SecretContainer] "The start replaces the credential.",
    SignedBy "signed_by" [Credential] [Credential FederationProvider Identity] "The issuer of the certificate or token.",
    Delegates "delegates" [Identity Account] [Identity Resource] "The start may act for others towards the end.",
    SuppliedBy "supplied_by" [Identity Application Credential Workload] [Vendor] "The end is the outside company behind the start.",
    Encrypts "encrypts" [Key] [Resource SecretContainer] "The key protects the end at rest.",
    LoggedUse "logged_use" [Identity Credential] [Resource Workload Host Account] "A log shows the start used at the end.",
}

impl EdgeKind {
    /// Finds a kind by its name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// True when the table allows this edge between these kinds of node.
    pub fn allows(self, from: NodeKind, to: NodeKind) -> bool {
        let fits = |allowed: &[NodeKind], kind| allowed.is_empty() || allowed.contains(&kind);
        fits(self.from_kinds(), from) && fits(self.to_kinds(), to)
    }
}

impl fmt::Display for EdgeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_match_serde() {
        let mut seen = std::collections::BTreeSet::new();
        for kind in NodeKind::ALL {
            assert!(seen.insert(kind.name()));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(NodeKind::parse(kind.name()), Some(*kind));
        }
        seen.clear();
        for kind in EdgeKind::ALL {
            assert!(seen.insert(kind.name()));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(EdgeKind::parse(kind.name()), Some(*kind));
        }
    }

    #[test]
    fn the_table_refuses_nonsense() {
        assert!(EdgeKind::Authenticates.allows(NodeKind::Credential, NodeKind::Identity));
        assert!(!EdgeKind::Authenticates.allows(NodeKind::Identity, NodeKind::Credential));
    }
}
