//! Active Directory, from LDIF and from BloodHound.

use model::{NodeKind, Signal, Status};

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "Active Directory",
    applies: |seen| seen.provider() == "ad" && seen.is(NodeKind::Identity),
    read,
    states: &[
        Statement::of(
            Signal::UnconstrainedDelegation,
            "TRUSTED_FOR_DELEGATION is set",
            "the flags were read and it is not",
        ),
        Statement::of(
            Signal::NoPreauthentication,
            "DONT_REQUIRE_PREAUTH is set",
            "the flags were read and it is not",
        ),
        Statement::of(
            Signal::PasswordNeverExpires,
            "DONT_EXPIRE_PASSWORD is set",
            "the flags were read and it is not; the directory keeps the password itself",
        ),
        Statement::of(
            Signal::OfflineGuessable,
            "an enabled account of a person or service with service principal names",
            "a computer or managed account, whose password is random; BloodHound says it has none",
        ),
        Statement::of(
            Signal::DirectoryController,
            "SERVER_TRUST_ACCOUNT or PARTIAL_SECRETS_ACCOUNT is set",
            "the flags were read and neither is",
        ),
        Statement::of(
            Signal::TicketSigningKey,
            "the SID ends in -502 (krbtgt)",
            "it does not",
        ),
        Statement::of(
            Signal::RotatesItself,
            "the directory replaces the password of a group or delegated managed account",
            "the account of a person or service",
        ),
        Statement::yes(
            Signal::ProviderManaged,
            "group and delegated managed accounts: no one knows their password",
        ),
        Statement::of(
            Signal::InteractiveUse,
            "it can sign in with a smart card alone",
            "computers and managed accounts",
        ),
        Statement::no(
            Signal::NoSecondFactor,
            "it can sign in with a smart card alone",
        ),
        Statement::yes(Signal::WeakCryptography, "only DES keys are used for it"),
    ],
};

/// A flag by its word in LDIF and the property of BloodHound.
const FLAGS: &[(Signal, &str, &str)] = &[
    (
        Signal::UnconstrainedDelegation,
        "trusted_for_delegation",
        "unconstraineddelegation",
    ),
    (
        Signal::NoPreauthentication,
        "preauth_not_required",
        "dontreqpreauth",
    ),
    (
        Signal::PasswordNeverExpires,
        "password_never_expires",
        "pwdneverexpires",
    ),
];

fn read(seen: &Seen<'_>, said: &mut Said) {
    let is_krbtgt = seen.native().starts_with("S-1-5-21-") && seen.native().ends_with("-502");
    if seen.native().starts_with("S-1-5-21-") && !seen.subtype.is_empty() {
        said.flag(Signal::TicketSigningKey, Some(is_krbtgt));
    }
    let keeps_password = matches!(seen.subtype, "ad_gmsa" | "ad_dmsa");
    let random_password =
        keeps_password || matches!(seen.subtype, "ad_smsa" | "ad_computer" | "ad_trust_account");
    if keeps_password {
        said.yes(Signal::ProviderManaged);
        said.no(Signal::PasswordNeverExpires);
    }
    if keeps_password || matches!(seen.subtype, "ad_user" | "ad_service_account") {
        said.flag(Signal::RotatesItself, Some(keeps_password));
    }
    if random_password {
        said.no(Signal::InteractiveUse);
        said.no(Signal::OfflineGuessable);
    } else {
        spns(seen, said, is_krbtgt);
    }
    for (signal, word, property) in FLAGS {
        said.flag(*signal, flag(seen, word).or_else(|| seen.flag(property)));
    }
    let controller = flag(seen, "server_trust_account")
        .zip(flag(seen, "partial_secrets_account"))
        .map(|(writable, read_only)| writable || read_only);
    said.flag(
        Signal::DirectoryController,
        controller.or(seen.flag("isdc")),
    );
    let smart_card = flag(seen, "smartcard_required").or(seen.flag("smartcardrequired"));
    if smart_card == Some(true) {
        said.yes(Signal::InteractiveUse);
        said.no(Signal::NoSecondFactor);
    }
    if flag(seen, "use_des_key_only") == Some(true) || seen.flag("usedeskeyonly") == Some(true) {
        said.seen(Signal::WeakCryptography, "DES keys only");
    }
}

/// A flag of `userAccountControl`, when that was read.
fn flag(seen: &Seen<'_>, word: &str) -> Option<bool> {
    seen.word("user_account_control")?;
    Some(seen.list("user_account_control").any(|set| set == word))
}

/// Whoever may ask for a ticket to a service name gets something made with its account's password.
/// Names that were not exported look like none, so only a collector that says "none" is a no.
fn spns(seen: &Seen<'_>, said: &mut Said, is_krbtgt: bool) {
    let Some(status) = seen.attributes().status else {
        return;
    };
    let named = seen.list("service_principal_names").next().is_some()
        || seen.list("serviceprincipalnames").next().is_some()
        || seen.flag("hasspn") == Some(true);
    if is_krbtgt || status != Status::Enabled {
        said.no(Signal::OfflineGuessable);
    } else if named {
        let name = seen
            .list("service_principal_names")
            .chain(seen.list("serviceprincipalnames"))
            .next();
        said.seen(
            Signal::OfflineGuessable,
            name.unwrap_or("it has service principal names"),
        );
    } else {
        said.flag(Signal::OfflineGuessable, seen.flag("hasspn"));
    }
}
