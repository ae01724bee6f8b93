//! Amazon Web Services.

use model::{Answer, EdgeKind, NodeKind, Signal};

use super::aws_policy::{any_subject, anyone, everything};
use super::{Family, Said, Seen, Statement, keys};

pub(super) const FAMILY: Family = Family {
    title: "Amazon Web Services",
    applies: |seen| seen.provider() == "aws",
    read,
    states: &[
        Statement::of(
            Signal::GrantsEverything,
            "AdministratorAccess, or a document that allows `*` on `*` without a condition; a permission set with AdministratorAccess",
            "another policy of AWS, or a document without such a statement",
        )
        .or_unknown("NotAction, a condition, or the right to change IAM itself"),
        Statement::yes(Signal::HoldsEverything, "it is the root user"),
        Statement::of(
            Signal::TrustsAnyone,
            "the trust policy names Principal `*` without a condition",
            "it names nobody so",
        )
        .or_unknown("Principal `*` under a condition, or NotPrincipal"),
        Statement::of(
            Signal::TrustsWildcardSubject,
            "it takes tokens of an OIDC issuer by a pattern of `sub`, or without any",
            "each `sub` is exact, or it takes no such tokens",
        )
        .or_unknown("it limits callers by other claims than `sub`"),
        Statement::of(
            Signal::ProviderManaged,
            "service-linked roles, service principals, keys, secrets and policies that AWS manages, ACM certificates issued by Amazon",
            "roles, keys and certificates of the customer",
        ),
        Statement::of(
            Signal::RotatesItself,
            "rotation is switched on, AWS manages the key, or ACM renews the certificate",
            "rotation is switched off, the certificate was imported or cannot be renewed",
        ),
        Statement::yes(Signal::HardwareHeld, "a KMS key of origin AWS_KMS or AWS_CLOUDHSM")
            .or_unknown("imported or external key material"),
        Statement::of(
            Signal::WeakCryptography,
            "the key algorithm in the listing is too weak",
            "it holds",
        )
        .or_unknown("the algorithm is not in the table"),
        Statement::of(
            Signal::NoSecondFactor,
            "the credential report shows a password and no MFA",
            "it shows MFA",
        ),
        Statement::of(
            Signal::InteractiveUse,
            "a role of IAM Identity Center; a console password that was used",
            "the user has no password; a service-linked role or service principal",
        ),
        Statement::of(
            Signal::EncryptedAtRest,
            "secrets and parameters, by their service; databases with encryption; what a KMS key encrypts",
            "a database without encryption",
        ),
        Statement::of(
            Signal::PubliclyTrusted,
            "ACM: issued by Amazon",
            "ACM: issued by a private authority",
        ),
        Statement::of(
            Signal::WildcardName,
            "ACM: a domain begins with `*.`",
            "ACM: none does",
        ),
    ],
};

const ADMINISTRATOR: &str = ":iam::aws:policy/AdministratorAccess";

fn read(seen: &Seen<'_>, said: &mut Said) {
    match seen.subtype {
        "aws_managed_policy" | "aws_inline_policy" => policy(seen, said),
        "aws_permission_set" => permission_set(seen, said),
        "aws_iam_role" => role(seen, said),
        "aws_iam_user" => user(seen, said),
        "aws_root_user" => {
            said.seen(Signal::HoldsEverything, "root user");
            second_factor(seen, said);
        }
        "aws_service_principal" => {
            said.yes(Signal::ProviderManaged);
            said.no(Signal::InteractiveUse);
        }
        "aws_console_password" => {
            second_factor(seen, said);
            let used = seen.attributes().last_used.as_ref();
            if used.is_some_and(|used| used.value().is_some()) {
                said.yes(Signal::InteractiveUse);
            }
        }
        "aws_kms_key" => key(seen, said),
        "aws_acm_certificate" => certificate(seen, said),
        "aws_secrets_manager_secret" | "aws_ssm_parameter" => container(seen, said),
        _ => {}
    }
    at_rest(seen, said);
}

fn policy(seen: &Seen<'_>, said: &mut Said) {
    if seen.native().ends_with(ADMINISTRATOR) {
        said.seen(Signal::GrantsEverything, "AdministratorAccess");
    } else if let Some(document) = seen.word("document") {
        said.say(Signal::GrantsEverything, everything(document));
    } else if seen.native().contains(":iam::aws:policy/") {
        // It is the only policy of AWS that allows everything.
        said.no(Signal::GrantsEverything);
    }
    if seen.native().contains(":iam::aws:policy/") {
        said.yes(Signal::ProviderManaged);
    }
}

fn permission_set(seen: &Seen<'_>, said: &mut Said) {
    let attached = |edge: &model::ObservedEdge| edge.to.native_id.ends_with(ADMINISTRATOR);
    if seen.edges(EdgeKind::AttachedPolicy).any(attached) {
        said.seen(Signal::GrantsEverything, "AdministratorAccess");
    }
}

fn role(seen: &Seen<'_>, said: &mut Said) {
    let of_service = seen.flag("service_linked") == Some(true)
        || seen.native().contains(":role/aws-service-role/");
    let of_sign_on = seen.native().contains("/aws-reserved/sso.amazonaws.com/")
        || seen.native().contains(":role/AWSReservedSSO_");
    if of_service {
        said.seen(Signal::ProviderManaged, "service-linked role");
        said.no(Signal::InteractiveUse);
    }
    if of_sign_on {
        said.seen(
            Signal::InteractiveUse,
            "people take it through IAM Identity Center",
        );
    }
    if let Some(document) = seen.word("trust_policy") {
        said.flag(Signal::ProviderManaged, Some(of_service));
        said.say(Signal::TrustsAnyone, anyone(document));
        said.say(Signal::TrustsWildcardSubject, any_subject(document));
    }
}

fn user(seen: &Seen<'_>, said: &mut Said) {
    if seen.flag("password_enabled") == Some(false) {
        said.no(Signal::InteractiveUse);
    } else {
        second_factor(seen, said);
    }
}

/// A second factor is asked for at the console, so a user without a password has none to miss.
fn second_factor(seen: &Seen<'_>, said: &mut Said) {
    said.flag(
        Signal::NoSecondFactor,
        seen.flag("mfa_active").map(|active| !active),
    );
}

fn key(seen: &Seen<'_>, said: &mut Said) {
    match seen.text("key_manager") {
        Some("AWS") => {
            said.yes(Signal::ProviderManaged);
            said.seen(Signal::RotatesItself, "by AWS, each year");
        }
        Some(_) => said.no(Signal::ProviderManaged),
        None => {}
    }
    let days = seen.number("rotation_period_days");
    match (seen.flag("rotation_enabled"), days) {
        (Some(true), Some(days)) => said.seen(Signal::RotatesItself, format!("every {days} days")),
        (flag, _) => said.flag(Signal::RotatesItself, flag),
    }
    match seen.text("origin") {
        Some("AWS_KMS" | "AWS_CLOUDHSM") => said.yes(Signal::HardwareHeld),
        Some(_) => said.unknown(
            Signal::HardwareHeld,
            "its material comes from outside, where copies may be",
        ),
        None => {}
    }
    if let Some(spec) = seen.text("key_spec") {
        said.say(Signal::WeakCryptography, keys::strength_of_word(spec));
    }
}

fn certificate(seen: &Seen<'_>, said: &mut Said) {
    match seen.text("type") {
        Some("AMAZON_ISSUED") => {
            said.yes(Signal::ProviderManaged);
            said.yes(Signal::PubliclyTrusted);
            let renews = seen
                .text("renewal_eligibility")
                .map(|word| word == "ELIGIBLE");
            said.flag(Signal::RotatesItself, renews);
        }
        Some("PRIVATE") => said.no(Signal::PubliclyTrusted),
        Some("IMPORTED") => {
            said.no(Signal::ProviderManaged);
            said.no(Signal::RotatesItself);
        }
        _ => {}
    }
    if let Some(word) = seen.text("key_algorithm") {
        said.say(Signal::WeakCryptography, keys::strength_of_word(word));
    }
    if seen.word("domains").is_some() {
        let wild = seen.list("domains").find(|name| name.starts_with("*."));
        said.say(Signal::WildcardName, wild.map_or(Answer::No, Answer::yes));
    }
}

fn container(seen: &Seen<'_>, said: &mut Said) {
    said.flag(Signal::RotatesItself, seen.flag("rotation_enabled"));
    if let Some(service) = seen.text("owning_service") {
        said.seen(Signal::ProviderManaged, service);
    }
}

fn at_rest(seen: &Seen<'_>, said: &mut Said) {
    let key = seen.edges_to_it(EdgeKind::Encrypts).next();
    if let Some(edge) = key {
        said.seen(Signal::EncryptedAtRest, edge.to.native_id.as_str());
    } else if let Some(key) = seen.text("kms_key") {
        said.seen(Signal::EncryptedAtRest, key);
    } else if matches!(
        seen.subtype,
        "aws_secrets_manager_secret" | "aws_ssm_parameter"
    ) && seen.is(NodeKind::SecretContainer)
    {
        said.seen(Signal::EncryptedAtRest, "by the service");
    }
    said.flag(Signal::EncryptedAtRest, seen.flag("storage_encrypted"));
}
