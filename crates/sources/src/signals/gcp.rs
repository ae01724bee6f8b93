//! Google Cloud.

use model::{EdgeKind, NodeKind, Signal};

use super::{Family, Said, Seen, Statement, keys};

pub(super) const FAMILY: Family = Family {
    title: "Google Cloud",
    applies: |seen| seen.provider() == "gcp",
    read,
    states: &[
        Statement::of(
            Signal::ProviderManaged,
            "keys that Google keeps, service agents",
            "keys that users keep, service accounts of a project",
        ),
        Statement::of(
            Signal::RotatesItself,
            "keys that Google keeps",
            "keys that users keep",
        ),
        Statement::of(
            Signal::WeakCryptography,
            "the key's algorithm or size is too weak",
            "it holds",
        )
        .or_unknown("the algorithm is not in the table"),
        Statement::yes(
            Signal::NoPassphrase,
            "a key file of a service account, whose form has no passphrase",
        ),
        Statement::of(
            Signal::PlatformDefault,
            "the default service account of Compute Engine or App Engine",
            "another service account",
        ),
        Statement::no(Signal::InteractiveUse, "service accounts"),
        Statement::of(
            Signal::GrantsEverything,
            "roles/owner and, but for granting access, roles/editor",
            "other predefined roles, custom roles whose permissions were read",
        )
        .or_unknown("roles that can change who is granted what"),
        Statement::yes(
            Signal::HoldsEverything,
            "roles/owner on a project, folder or organisation without a condition",
        ),
        Statement::yes(
            Signal::TrustsWildcardSubject,
            "an OIDC provider of a pool without an attribute condition",
        )
        .or_unknown("the attribute condition is not evaluated here"),
    ],
};

/// Parts of predefined roles that hand out access.
const HANDS_OUT: &[&str] = &[
    "Admin",
    "iam.securityAdmin",
    "serviceAccountTokenCreator",
    "serviceAccountUser",
];

fn read(seen: &Seen<'_>, said: &mut Said) {
    match seen.subtype {
        "gcp_service_account_key" => key(seen, said),
        "gcp_service_account" => account(seen, said),
        "gcp_role" => role(seen, said),
        "gcp_identity_pool_provider" => provider(seen, said),
        _ => {}
    }
    if seen.is(NodeKind::Identity) || seen.is(NodeKind::Group) {
        holds(seen, said);
    }
}

fn key(seen: &Seen<'_>, said: &mut Said) {
    let by_google = match seen.text("managed_by") {
        Some("google") => Some(true),
        Some("user") => Some(false),
        _ => None,
    };
    said.flag(Signal::ProviderManaged, by_google);
    said.flag(Signal::RotatesItself, by_google);
    match (seen.text("key_algorithm"), seen.number("bits")) {
        (Some("rsa"), Some(bits)) => said.say(
            Signal::WeakCryptography,
            keys::strength_of_word(&format!("RSA_{bits}")),
        ),
        (Some(word), _) => said.say(Signal::WeakCryptography, keys::strength_of_word(word)),
        (None, _) => {}
    }
    if seen.value_was_read() {
        said.yes(Signal::NoPassphrase);
    }
}

fn account(seen: &Seen<'_>, said: &mut Said) {
    said.no(Signal::InteractiveUse);
    let Some((_, domain)) = seen.native().split_once('@') else {
        return;
    };
    let of_compute = seen
        .native()
        .ends_with("-compute@developer.gserviceaccount.com");
    let of_platform = of_compute || domain == "appspot.gserviceaccount.com";
    said.flag(Signal::PlatformDefault, Some(of_platform));
    let agent = !of_platform
        && domain.ends_with(".gserviceaccount.com")
        && (domain.starts_with("gcp-sa-") || !domain.ends_with(".iam.gserviceaccount.com"));
    if agent {
        said.seen(Signal::ProviderManaged, "service agent");
    } else {
        said.no(Signal::ProviderManaged);
    }
}

fn role(seen: &Seen<'_>, said: &mut Said) {
    match seen.native() {
        "roles/owner" => said.seen(Signal::GrantsEverything, "roles/owner"),
        "roles/editor" => said.seen(
            Signal::GrantsEverything,
            "roles/editor: nearly everything but granting access",
        ),
        name if name.starts_with("roles/") => {
            if HANDS_OUT.iter().any(|part| name.contains(part)) {
                said.unknown(Signal::GrantsEverything, "it can hand out access itself");
            } else {
                said.no(Signal::GrantsEverything);
            }
        }
        _ => {
            let mut permissions = seen.list("permissions").peekable();
            if permissions.peek().is_none() {
                return;
            }
            if permissions.any(|one| one.ends_with(".setIamPolicy") || one.ends_with(".actAs")) {
                said.unknown(Signal::GrantsEverything, "it can hand out access itself");
            } else {
                said.no(Signal::GrantsEverything);
            }
        }
    }
}

fn provider(seen: &Seen<'_>, said: &mut Said) {
    if seen.text("provider_kind") != Some("oidc") {
        return;
    }
    if seen.text("attribute_condition").is_some() {
        said.unknown(
            Signal::TrustsWildcardSubject,
            "its attribute condition is not evaluated here",
        );
    } else {
        let issuer = seen.text("issuer").unwrap_or("its issuer");
        said.seen(
            Signal::TrustsWildcardSubject,
            format!("any subject of {issuer}: no attribute condition"),
        );
    }
}

fn holds(seen: &Seen<'_>, said: &mut Said) {
    let owner = seen.edges(EdgeKind::HasRole).find(|edge| {
        let on = edge
            .attributes
            .get("on")
            .and_then(|on| on.get("kind")?.as_str());
        edge.to.native_id == "roles/owner"
            && matches!(on, Some("account" | "org_unit" | "tenant"))
            && !edge.attributes.contains_key("conditions")
    });
    if let Some(edge) = owner {
        let on = edge
            .attributes
            .get("on")
            .and_then(|on| on.get("name")?.as_str());
        said.seen(
            Signal::HoldsEverything,
            format!("roles/owner on {}", on.unwrap_or("it")),
        );
    }
}
