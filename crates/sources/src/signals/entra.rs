//! Microsoft Entra and Azure.

use model::{EdgeKind, NodeKind, Signal};
use serde_json::Value;

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "Microsoft Entra and Azure",
    applies: |seen| matches!(seen.provider(), "entra" | "azure"),
    read,
    states: &[
        Statement::of(
            Signal::ManyTenants,
            "signInAudience lets other organisations or personal accounts in",
            "signInAudience is AzureADMyOrg",
        ),
        Statement::of(
            Signal::UnverifiedPublisher,
            "verifiedPublisher was exported and is empty",
            "it names a publisher",
        ),
        Statement::of(
            Signal::ProviderManaged,
            "Microsoft's own applications, managed identities",
            "applications of this or another organisation",
        ),
        Statement::yes(Signal::RotatesItself, "managed identities"),
        Statement::of(
            Signal::GrantsEverything,
            "Global Administrator; Owner and, but for granting access, Contributor of Azure",
            "other built-in directory roles",
        )
        .or_unknown("roles that can make somebody such an administrator"),
        Statement::of(
            Signal::TenantWideScope,
            "consent for all users; an application permission",
            "consent of one user; a permission for users alone",
        ),
        Statement::of(
            Signal::OutsideSignOn,
            "the grant has offline_access",
            "it has not: a person signs in each time",
        ),
        Statement::of(
            Signal::RefreshesItself,
            "the grant has offline_access",
            "it has not",
        ),
        Statement::of(
            Signal::TrustsWildcardSubject,
            "the claims expression of a federated credential matches a pattern",
            "it names one subject",
        )
        .or_unknown("the expression is of a form not known here"),
        Statement::no(
            Signal::TrustsAnyone,
            "a federated credential names its issuer",
        ),
        Statement::no(
            Signal::InteractiveUse,
            "service principals and managed identities sign in without a person",
        ),
        Statement::yes(
            Signal::InUseByWorkload,
            "the managed identity belongs to a resource that runs as it",
        ),
    ],
};

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Roles of the directory that can make anybody a Global Administrator, or sign in as one.
const CAN_BECOME: &[&str] = &[
    // Privileged Role Administrator, Privileged Authentication Administrator.
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    // Owner-like roles of Azure: User Access Administrator, Role Based Access Control Administrator.
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
];

/// Built-in roles of Azure that allow `*`.
const AZURE_EVERYTHING: &[(&str, &str)] = &[
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"),
    (
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor: everything but granting access",
    ),
];

fn read(seen: &Seen<'_>, said: &mut Said) {
    if let Some(audience) = seen.text("sign_in_audience") {
        if audience == "AzureADMyOrg" {
            said.no(Signal::ManyTenants);
        } else {
            said.seen(Signal::ManyTenants, audience);
        }
    }
    said.flag(
        Signal::UnverifiedPublisher,
        seen.flag("publisher_verified").map(|verified| !verified),
    );
    match seen.subtype {
        "entra_service_principal" | "entra_agent_identity" => {
            said.no(Signal::InteractiveUse);
            match seen.text("party") {
                Some("microsoft") => said.seen(Signal::ProviderManaged, "Microsoft's application"),
                Some("first_party" | "third_party") => said.no(Signal::ProviderManaged),
                _ => {}
            }
        }
        "entra_managed_identity" => {
            said.no(Signal::InteractiveUse);
            said.seen(Signal::ProviderManaged, "managed identity");
            said.yes(Signal::RotatesItself);
            if let Some(edge) = seen.edges_to_it(EdgeKind::RunsAs).next() {
                said.seen(Signal::InUseByWorkload, edge.to.native_id.as_str());
            }
        }
        "entra_oauth_grant" => grant(seen, said),
        "entra_federated_credential" => federated(seen, said),
        "entra_app_role" => {
            let kinds = || seen.list("allowed_member_types");
            if kinds().any(|kind| kind == "Application") {
                said.seen(Signal::TenantWideScope, "application permission");
            } else if kinds().next().is_some() {
                said.no(Signal::TenantWideScope);
            }
        }
        _ => {}
    }
    if seen.is(NodeKind::Role) {
        role(seen, said);
    }
}

fn role(seen: &Seen<'_>, said: &mut Said) {
    let id = seen.native();
    if id == GLOBAL_ADMINISTRATOR {
        said.seen(Signal::GrantsEverything, "Global Administrator");
    } else if let Some((_, what)) = AZURE_EVERYTHING.iter().find(|(guid, _)| *guid == id) {
        said.seen(Signal::GrantsEverything, *what);
    } else if CAN_BECOME.contains(&id) {
        said.unknown(
            Signal::GrantsEverything,
            "whoever holds it can grant the role that does",
        );
    } else if seen.flag("is_built_in") == Some(true) {
        said.no(Signal::GrantsEverything);
    }
}

fn grant(seen: &Seen<'_>, said: &mut Said) {
    match seen.text("consent_type") {
        Some("AllPrincipals") => said.seen(Signal::TenantWideScope, "consent for all users"),
        Some("Principal") => said.no(Signal::TenantWideScope),
        _ => {}
    }
    let offline = seen.flag("offline_access");
    said.flag(Signal::OutsideSignOn, offline);
    said.flag(Signal::RefreshesItself, offline);
}

fn federated(seen: &Seen<'_>, said: &mut Said) {
    if seen.text("issuer").is_some() {
        said.no(Signal::TrustsAnyone);
    }
    let expression = seen.word("claims_matching_expression");
    let expression = expression.and_then(|word| {
        word.as_str()
            .or_else(|| word.get("value").and_then(Value::as_str))
    });
    match (seen.text("subject"), expression) {
        (_, Some(text)) if text.contains(" matches ") && text.contains(['*', '?']) => {
            said.seen(Signal::TrustsWildcardSubject, text);
        }
        (_, Some(text)) if text.contains(" eq ") && !text.contains(" matches ") => {
            said.no(Signal::TrustsWildcardSubject);
        }
        (_, Some(_)) => said.unknown(
            Signal::TrustsWildcardSubject,
            "the expression over its claims is of a form not known here",
        ),
        (Some(_), None) => said.no(Signal::TrustsWildcardSubject),
        (None, None) => {}
    }
}
