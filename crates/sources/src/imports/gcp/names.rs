//! How things of Google Cloud are named (`docs/naming.md`), and the members of policies.

use model::{Alias, Attributes, Class, NodeKind, NodeRef, Status};

/// The provider's name in every node.
pub(crate) const PROVIDER: &str = "gcp";

/// A project by its id.
pub(crate) fn project(id: &str) -> NodeRef {
    NodeRef::global(NodeKind::Account, PROVIDER, id)
}

/// The alias that joins a project named by number with the one named by id. Numbers are never used
/// again.
pub(crate) fn project_number(number: &str) -> Alias {
    Alias::same(format!("gcp:project_number:{number}"))
}

/// A service account by its e-mail address.
pub(crate) fn service_account(email: &str) -> NodeRef {
    NodeRef::global(NodeKind::Identity, PROVIDER, email)
}

/// A role, `roles/editor` or `projects/p/roles/custom`.
pub(crate) fn role(name: &str) -> NodeRef {
    NodeRef::global(NodeKind::Role, PROVIDER, name)
}

/// Any thing by its full name.
pub(crate) fn thing(kind: NodeKind, name: &str) -> NodeRef {
    NodeRef::global(kind, PROVIDER, name)
}

/// The project of a service account, as far as its address states it: user-managed ones end in
/// `@<project>.iam.gserviceaccount.com`, App Engine's in `@appspot.gserviceaccount.com`.
pub(crate) fn project_of_email(email: &str) -> Option<&str> {
    let (local, domain) = email.split_once('@')?;
    if let Some(project) = domain.strip_suffix(".iam.gserviceaccount.com") {
        // Service agents live in Google's own projects (`gcp-sa-…`).
        return (!project.is_empty() && !project.starts_with("gcp-sa-")).then_some(project);
    }
    (domain == "appspot.gserviceaccount.com").then_some(local)
}

/// What holds a policy: a project, folder, organisation, or any other resource by its full name.
pub(crate) fn place(name: &str) -> NodeRef {
    let plain = plain_name(name);
    match plain.split('/').collect::<Vec<_>>().as_slice() {
        ["projects", id] => project(id),
        ["folders", _] => thing(NodeKind::OrgUnit, plain),
        ["organizations", _] => thing(NodeKind::Tenant, plain),
        [.., "serviceAccounts", account] => service_account(account),
        _ => thing(NodeKind::Resource, name),
    }
}

/// `//cloudresourcemanager.googleapis.com/projects/p` → `projects/p`; the names of other services
/// keep theirs, because only those two services' resources have a node of their own here.
fn plain_name(name: &str) -> &str {
    [
        "//cloudresourcemanager.googleapis.com/",
        "//iam.googleapis.com/",
    ]
    .iter()
    .find_map(|prefix| name.strip_prefix(prefix))
    .unwrap_or(name)
}

/// A member of a binding as a node, with what its text says of it.
#[derive(Debug)]
pub(crate) struct Member {
    /// Who.
    pub(crate) node: NodeRef,
    /// What the text says.
    pub(crate) attributes: Attributes,
    /// Other names.
    pub(crate) aliases: Vec<Alias>,
}

/// Reads a member of any kind that IAM documents.
pub(crate) fn member(text: &str) -> Member {
    if let Some(rest) = text.strip_prefix("deleted:") {
        return deleted(rest);
    }
    if text.starts_with("principal://") || text.starts_with("principalSet://") {
        return federated(text);
    }
    match text.split_once(':') {
        Some(("user", email)) => named(
            NodeKind::Identity,
            &email.to_lowercase(),
            "gcp_user",
            Some(Class::Human),
        ),
        Some(("serviceAccount", email)) => service(email),
        Some(("group", email)) => named(NodeKind::Group, &email.to_lowercase(), "gcp_group", None),
        Some(("domain", domain)) => named(
            NodeKind::Group,
            &format!("domain:{}", domain.to_lowercase()),
            "gcp_domain",
            None,
        ),
        // Convenience members of Cloud Storage and BigQuery: everybody with that basic role.
        Some(("projectOwner" | "projectEditor" | "projectViewer", _)) => {
            named(NodeKind::Group, text, "gcp_project_role_holders", None)
        }
        None if text == "allUsers" || text == "allAuthenticatedUsers" => {
            named(NodeKind::Group, text, "gcp_public", None)
        }
        _ => named(NodeKind::Group, text, "gcp_unknown_member", None),
    }
}

fn named(kind: NodeKind, id: &str, subtype: &str, class: Option<Class>) -> Member {
    let aliases = if matches!(subtype, "gcp_user" | "gcp_group") {
        vec![Alias::lookup(format!("email:{id}"))]
    } else {
        Vec::new()
    };
    Member {
        node: thing(kind, id),
        attributes: Attributes {
            class,
            ..Attributes::named(id, subtype)
        },
        aliases,
    }
}

fn service(email: &str) -> Member {
    // `serviceAccount:p.svc.id.goog[ns/name]`: a Kubernetes service account by workload identity.
    if email.ends_with(']') && email.contains(".svc.id.goog[") {
        return named(
            NodeKind::Identity,
            email,
            "gcp_workload_identity_member",
            Some(Class::Machine),
        );
    }
    let email = email.to_lowercase();
    let mut member = named(
        NodeKind::Identity,
        &email,
        "gcp_service_account",
        Some(Class::Machine),
    );
    member.attributes.tenant = project_of_email(&email).map(str::to_owned);
    member
}

/// `deleted:user:a@example.com?uid=123`: the address may belong to somebody else by now, so the
/// unique id is part of the name.
fn deleted(rest: &str) -> Member {
    let (member_text, uid) = match rest.rsplit_once("?uid=") {
        Some((member, uid)) => (member, Some(uid)),
        None => (rest, None),
    };
    let mut found = member(member_text);
    found.attributes.status = Some(Status::Deleted);
    found.aliases.clear();
    if let Some(uid) = uid {
        found.node = thing(
            found.node.kind,
            &format!("deleted:{}?uid={uid}", found.node.native_id),
        );
        found
            .aliases
            .push(Alias::lookup(format!("gcp:unique_id:{uid}")));
    } else {
        found.node = thing(found.node.kind, &format!("deleted:{rest}"));
    }
    found
}

/// Identities of a workforce or workload identity pool.
fn federated(text: &str) -> Member {
    let set = text.starts_with("principalSet://");
    let kind = if set {
        NodeKind::Group
    } else {
        NodeKind::Identity
    };
    let class = match (text.contains("/workforcePools/"), set) {
        (true, false) => Some(Class::Human),
        (false, false) => Some(Class::Machine),
        _ => None,
    };
    let mut member = named(
        kind,
        text,
        if set {
            "gcp_principal_set"
        } else {
            "gcp_federated_principal"
        },
        class,
    );
    if let Some(pool) = pool_of(text) {
        member.attributes = member.attributes.with("pool", pool);
    }
    member
}

/// `projects/…/locations/global/workloadIdentityPools/…` of a principal.
fn pool_of(text: &str) -> Option<String> {
    let (_, path) = text.split_once("://iam.googleapis.com/")?;
    let parts: Vec<&str> = path.split('/').take(6).collect();
    let at = parts
        .iter()
        .position(|part| matches!(*part, "workloadIdentityPools" | "workforcePools"))?;
    Some(parts.get(..at + 2)?.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_member() {
        let said = |text: &str| {
            let member = member(text);
            format!(
                "{} {} {}",
                member.node.kind,
                member.attributes.subtype.unwrap(),
                member.node.native_id
            )
        };
        for (text, want) in [
            (
                "user:Anna@example.com",
                "identity gcp_user anna@example.com",
            ),
            ("group:ops@example.com", "group gcp_group ops@example.com"),
            ("domain:example.com", "group gcp_domain domain:example.com"),
            ("allUsers", "group gcp_public allUsers"),
            (
                "serviceAccount:ci@shop.iam.gserviceaccount.com",
                "identity gcp_service_account ci@shop.iam.gserviceaccount.com",
            ),
            (
                "serviceAccount:shop.svc.id.goog[prod/api]",
                "identity gcp_workload_identity_member shop.svc.id.goog[prod/api]",
            ),
            (
                "deleted:serviceAccount:old@shop.iam.gserviceaccount.com?uid=123",
                "identity gcp_service_account deleted:old@shop.iam.gserviceaccount.com?uid=123",
            ),
            (
                "projectOwner:shop",
                "group gcp_project_role_holders projectOwner:shop",
            ),
            ("strange", "group gcp_unknown_member strange"),
        ] {
            assert_eq!(said(text), want, "{text}");
        }
        let set = member(
            "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/gh/attribute.repository/acme/shop",
        );
        assert_eq!(
            set.attributes.extra.get("pool").unwrap(),
            "projects/1/locations/global/workloadIdentityPools/gh"
        );
        assert_eq!(set.node.kind, NodeKind::Group);
    }

    #[test]
    fn addresses_name_their_project() {
        assert_eq!(
            project_of_email("a@shop.iam.gserviceaccount.com"),
            Some("shop")
        );
        assert_eq!(
            project_of_email("shop@appspot.gserviceaccount.com"),
            Some("shop")
        );
        assert_eq!(
            project_of_email("1-compute@developer.gserviceaccount.com"),
            None
        );
        assert_eq!(
            project_of_email("service-1@gcp-sa-pubsub.iam.gserviceaccount.com"),
            None
        );
    }
}
