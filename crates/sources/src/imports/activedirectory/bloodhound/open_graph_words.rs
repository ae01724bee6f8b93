//! What the kinds of nodes and edges of a BloodHound graph are here
//! (<https://bloodhound.specterops.io/resources/edges/overview> lists the edges,
//! <https://bloodhound.specterops.io/opengraph/schema> the frame).

use model::{EdgeKind, NodeKind};

/// How the objects of a kind of Active Directory are called in files of one type.
pub(super) fn directory_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "User" => "users",
        "Computer" => "computers",
        "Group" => "groups",
        "Domain" => "domains",
        "OU" => "ous",
        "GPO" => "gpos",
        "CertTemplate" => "certtemplates",
        "EnterpriseCA" => "enterprisecas",
        "RootCA" => "rootcas",
        "AIACA" => "aiacas",
        "NTAuthStore" => "ntauthstores",
        "IssuancePolicy" => "issuancepolicies",
        _ => return None,
    })
}

/// The kind of node that objects of a type of Active Directory are.
pub(super) fn directory_kind(object_type: &str) -> NodeKind {
    match object_type {
        "users" | "computers" => NodeKind::Identity,
        "groups" => NodeKind::Group,
        "domains" => NodeKind::Account,
        "ous" => NodeKind::OrgUnit,
        "gpos" | "certtemplates" | "issuancepolicies" => NodeKind::Policy,
        _ => NodeKind::FederationProvider,
    }
}

/// Objects of Entra by their kind; those of Azure are named by their ARM id.
pub(super) fn entra_kind(kind: &str) -> Option<(NodeKind, &'static str)> {
    Some(match kind {
        "AZTenant" => (NodeKind::Tenant, "entra_tenant"),
        "AZUser" => (NodeKind::Identity, "entra_user"),
        "AZServicePrincipal" => (NodeKind::Identity, "entra_service_principal"),
        "AZDevice" => (NodeKind::Identity, "entra_device"),
        "AZGroup" => (NodeKind::Group, "entra_group"),
        "AZApp" => (NodeKind::Application, "entra_app_registration"),
        "AZRole" => (NodeKind::Role, "entra_directory_role"),
        _ => return None,
    })
}

/// What an edge of a kind says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) kind: EdgeKind,
    /// The edge runs the other way round here.
    pub(super) turned: bool,
    /// One word about it: a key and a value.
    pub(super) word: Option<(&'static str, &'static str)>,
}

/// Rights over an object that an access-control list gives; kept as what may be done to it.
const RIGHTS: &[(&str, &str)] = &[
    ("AddAllowedToAct", "add_allowed_to_act"),
    ("AddKeyCredentialLink", "add_key_credential_link"),
    ("AddMember", "add_member"),
    ("AddSelf", "add_self"),
    ("AdminTo", "local_administrator"),
    ("AllExtendedRights", "all_extended_rights"),
    ("AZAddOwner", "add_owner"),
    ("AZAddSecret", "add_secret"),
    ("AZContributor", "contributor"),
    ("AZGetCertificates", "get_certificates"),
    ("AZGetKeys", "get_keys"),
    ("AZGetSecrets", "get_secrets"),
    ("AZResetPassword", "reset_password"),
    ("AZUserAccessAdministrator", "user_access_administrator"),
    ("AZVMContributor", "virtual_machine_contributor"),
    ("CanPSRemote", "remote_powershell"),
    ("CanRDP", "remote_desktop"),
    ("DCSync", "replicate_directory_secrets"),
    ("DumpSMSAPassword", "host_service_account"),
    ("ForceChangePassword", "reset_password"),
    ("GenericAll", "full_control"),
    ("GenericWrite", "write_properties"),
    ("GetChanges", "replicate_directory"),
    ("GetChangesAll", "replicate_directory_secrets"),
    ("ReadGMSAPassword", "read_managed_password"),
    ("ReadLAPSPassword", "read_local_administrator_password"),
    ("SQLAdmin", "database_administrator"),
    ("WriteAccountRestrictions", "write_account_restrictions"),
    ("WriteDacl", "write_access_control"),
    ("WriteOwner", "write_owner"),
    ("WriteSPN", "write_service_principal_name"),
];

/// What an edge of this kind says; `None` for kinds that are not known here.
pub(super) fn meaning(kind: &str) -> Option<Meaning> {
    let plain = |kind| Meaning {
        kind,
        turned: false,
        word: None,
    };
    Some(match kind {
        "MemberOf" | "AZMemberOf" => plain(EdgeKind::MemberOf),
        "Contains" | "AZContains" => plain(EdgeKind::Contains),
        "AZHasRole" => plain(EdgeKind::HasRole),
        "SameForestTrust" | "CrossForestTrust" | "TrustedBy" => Meaning {
            // `TrustedBy` of older graphs is read from the trusted domain.
            turned: kind == "TrustedBy",
            ..plain(EdgeKind::Trusts)
        },
        "Owns" | "AZOwns" | "AZOwner" => Meaning {
            turned: true,
            ..plain(EdgeKind::OwnedBy)
        },
        // The application signs in as the service principal.
        "AZRunsAs" => Meaning {
            turned: true,
            ..plain(EdgeKind::PartOf)
        },
        "AllowedToDelegate" => Meaning {
            word: Some(("form", "constrained")),
            ..plain(EdgeKind::Delegates)
        },
        "AllowedToAct" => Meaning {
            word: Some(("form", "resource_based")),
            ..plain(EdgeKind::Delegates)
        },
        _ => {
            let (_, action) = RIGHTS.iter().find(|(right, _)| *right == kind)?;
            Meaning {
                word: Some(("action", action)),
                ..plain(EdgeKind::Grants)
            }
        }
    })
}
