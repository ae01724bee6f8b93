//! Exports of AWS: the credential report, the authorization details, and the outputs of the CLI.

mod authorization_details;
mod bodies;
mod credential_report;
mod databases;
mod holdings;
mod iam;
mod iam_answers;
mod iam_credentials;
mod iam_objects;
mod identity_center;
mod kms;
pub(crate) mod names;
mod organizations;
pub(crate) mod policy;
mod report_row;
mod resources;
#[cfg(test)]
mod tests;
mod wire;
mod workloads;

use model::NodeKind;

pub use authorization_details::AuthorizationDetails;
pub use credential_report::CredentialReport;
pub use iam::Iam;
pub use identity_center::IdentityCenter;
pub use organizations::Organizations;
pub use resources::Resources;

use crate::imports::reading::Reading;
use crate::spec::{ConnectorSpec, Permission, Step};

const DOC: &str = include_str!("doc.md");

/// The credential report.
pub const SPEC_CREDENTIAL_REPORT: ConnectorSpec = ConnectorSpec {
    id: "aws.credential_report",
    title: "AWS IAM credential report",
    step: Step::Cloud,
    kinds: &[NodeKind::Account, NodeKind::Identity, NodeKind::Credential],
    authoritative: true,
    adds: "every IAM user and the root user with passwords, access keys, their age and last use",
    cannot_see: &[
        "roles, policies and what the users may do",
        "access key ids (only the two slots of each user)",
        "use of signing certificates, SSH keys and service-specific credentials",
        "anything of the last four hours",
    ],
    obtain: "aws iam generate-credential-report; aws iam get-credential-report --output json > credential-report.json",
    permissions: &[
        Permission {
            action: "iam:GenerateCredentialReport",
            why: "makes AWS write a new report",
            without_it: "only a report made by somebody else within four hours can be read",
        },
        Permission {
            action: "iam:GetCredentialReport",
            why: "reads the report",
            without_it: "",
        },
    ],
    doc: DOC,
};

/// The account authorization details.
pub const SPEC_AUTHORIZATION_DETAILS: ConnectorSpec = ConnectorSpec {
    id: "aws.authorization_details",
    title: "AWS account authorization details",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Identity,
        NodeKind::Group,
        NodeKind::Policy,
        NodeKind::Workload,
    ],
    authoritative: true,
    adds: "every user, group and role with its policies, whom each role trusts, and when each role was last used",
    cannot_see: &[
        "access keys, passwords and certificates",
        "resource policies and organisation policies",
        "use of a role before the last 400 days",
    ],
    obtain: "aws iam get-account-authorization-details --output json > authorization-details.json",
    permissions: &[Permission {
        action: "iam:GetAccountAuthorizationDetails",
        why: "reads users, groups, roles and policies in one call",
        without_it: "",
    }],
    doc: DOC,
};

/// The single commands of IAM.
pub const SPEC_IAM: ConnectorSpec = ConnectorSpec {
    id: "aws.iam",
    title: "AWS IAM lists",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Identity,
        NodeKind::Group,
        NodeKind::Policy,
        NodeKind::Credential,
        NodeKind::FederationProvider,
        NodeKind::Workload,
    ],
    authoritative: true,
    adds: "access key ids, MFA devices, server certificates, SSH keys and federation providers of an account",
    cannot_see: &[
        "who owns a credential when the output names no account (give --scope account=…)",
        "what the identities may do",
    ],
    obtain: "aws iam list-access-keys --user-name NAME; aws iam list-roles; aws iam list-open-id-connect-providers …",
    permissions: &[
        Permission {
            action: "iam:ListUsers, iam:ListRoles, iam:ListGroups, iam:ListPolicies, iam:ListInstanceProfiles",
            why: "lists the identities",
            without_it: "identities come from the authorization details alone",
        },
        Permission {
            action: "iam:ListAccessKeys, iam:GetAccessKeyLastUsed",
            why: "reads the ids of access keys, which join a leaked key to its user",
            without_it: "keys are known as slots of the credential report only",
        },
        Permission {
            action: "iam:ListServerCertificates, iam:GetServerCertificate, iam:ListSSHPublicKeys, iam:ListServiceSpecificCredentials, iam:ListSigningCertificates, iam:ListMFADevices, iam:ListVirtualMFADevices",
            why: "lists the lesser credentials",
            without_it: "they stay unknown",
        },
        Permission {
            action: "iam:ListOpenIDConnectProviders, iam:GetOpenIDConnectProvider, iam:ListSAMLProviders",
            why: "lists the outside issuers the account trusts",
            without_it: "issuers are known only from trust policies",
        },
    ],
    doc: DOC,
};

/// Organizations.
pub const SPEC_ORGANIZATIONS: ConnectorSpec = ConnectorSpec {
    id: "aws.organizations",
    title: "AWS Organizations",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Tenant,
        NodeKind::OrgUnit,
        NodeKind::Account,
        NodeKind::Policy,
    ],
    authoritative: true,
    adds: "all accounts and units of an organisation and the policies (SCP, RCP) that restrict them",
    cannot_see: &["what is in the accounts"],
    obtain: "aws organizations list-accounts; … list-roots; … list-organizational-units-for-parent; … describe-policy; … list-targets-for-policy",
    permissions: &[Permission {
        action: "organizations:List*, organizations:Describe*",
        why: "reads accounts, units, policies and their targets, from the management account or a delegated administrator",
        without_it: "",
    }],
    doc: DOC,
};

/// Identity Center.
pub const SPEC_IDENTITY_CENTER: ConnectorSpec = ConnectorSpec {
    id: "aws.identity_center",
    title: "AWS IAM Identity Center",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Identity,
        NodeKind::Group,
        NodeKind::Role,
        NodeKind::Policy,
        NodeKind::FederationProvider,
    ],
    authoritative: true,
    adds: "the people and groups of an organisation and which permission set each holds on which account",
    cannot_see: &[
        "when anybody last signed in",
        "applications assigned to users",
    ],
    obtain: "aws sso-admin list-instances; … list-permission-sets; … list-account-assignments; aws identitystore list-users; … list-groups; … list-group-memberships",
    permissions: &[Permission {
        action: "sso:List*, sso:Describe*, sso:GetInlinePolicyForPermissionSet, identitystore:List*",
        why: "reads permission sets, assignments, users and groups",
        without_it: "",
    }],
    doc: DOC,
};

/// Resource policies and the things that use identities.
pub const SPEC_RESOURCES: ConnectorSpec = ConnectorSpec {
    id: "aws.resources",
    title: "AWS resource policies and workloads",
    step: Step::Cloud,
    kinds: &[
        NodeKind::Resource,
        NodeKind::Key,
        NodeKind::SecretContainer,
        NodeKind::Workload,
        NodeKind::Host,
        NodeKind::Credential,
        NodeKind::Policy,
        NodeKind::FederationProvider,
        NodeKind::Identity,
    ],
    authoritative: true,
    adds: "who is let in by buckets, keys, queues, functions and secrets, which functions and instances use which role, and what ends when",
    cannot_see: &[
        "the values of secrets, and the code of functions",
        "resources of services that were not exported",
    ],
    obtain: "aws s3api get-bucket-policy --bucket NAME > get-bucket-policy-NAME.json; aws kms get-key-policy; aws kms list-grants; aws kms get-key-rotation-status --key-id ARN; aws rds describe-db-instances; aws lambda list-functions; aws secretsmanager list-secrets; aws acm list-certificates; aws ec2 describe-instances …",
    permissions: &[
        Permission {
            action: "s3:GetBucketPolicy, kms:GetKeyPolicy, kms:ListKeys, kms:DescribeKey, kms:ListAliases, kms:ListGrants, kms:GetKeyRotationStatus, kms:ListKeyRotations, sqs:GetQueueAttributes, sns:GetTopicAttributes, ecr:GetRepositoryPolicy, lambda:GetPolicy, secretsmanager:GetResourcePolicy",
            why: "reads resource policies",
            without_it: "access from outside the account stays unknown",
        },
        Permission {
            action: "rds:DescribeDBInstances, rds:DescribeDBClusters",
            why: "reads which databases let IAM identities sign in, and the key that protects them",
            without_it: "managed databases stay unknown",
        },
        Permission {
            action: "lambda:ListFunctions, ec2:DescribeInstances, eks:DescribePodIdentityAssociation, rolesanywhere:ListProfiles, rolesanywhere:ListTrustAnchors",
            why: "reads which workload uses which role",
            without_it: "consumers of roles stay unknown",
        },
        Permission {
            action: "secretsmanager:ListSecrets, acm:ListCertificates, acm:DescribeCertificate, acm:GetCertificate",
            why: "reads rotation, last access and expiry",
            without_it: "secrets and certificates stay unknown",
        },
    ],
    doc: DOC,
};

/// Takes what a page says about further pages.
fn paging(reading: &mut Reading<'_, '_>, key: &str, bytes: &[u8]) {
    let more = match key {
        "IsTruncated" | "Truncated" => bytes == b"true",
        _ => !matches!(bytes, b"null" | b"\"\""),
    };
    reading.truncated(more.then(|| {
        format!("the export ends before the last page (`{key}`); export without --max-items")
    }));
}
