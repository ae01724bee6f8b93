//! Words of `Attributes::extra` that several sources share. They are typed by being written in one
//! place: a source that marks a thing uses these functions, so a filter finds it whoever said it.

use crate::attributes::Attributes;

/// `access_token` or `refresh_token`, whatever the provider calls them.
pub const TOKEN_USE: &str = "token_use";
/// True when a credential lives much longer than a session.
pub const LONG_LIVED: &str = "long_lived";
/// True when it is used without a person present.
pub const NON_INTERACTIVE: &str = "non_interactive";
/// True when sign-on controls (multi-factor, device and network conditions) are not asked again when it
/// is used.
pub const OUTSIDE_SIGN_ON_CONTROLS: &str = "outside_sign_on_controls";
/// True for what opens a way in from outside: without it nobody can work on an incident.
pub const NEEDED_IN_INCIDENT: &str = "needed_in_incident";
/// How remote access uses it: `wireguard`, `openvpn`, `ipsec`.
pub const REMOTE_ACCESS: &str = "remote_access";

/// Marks a token that gets new access tokens: long-lived, used without a person, and accepted
/// without the controls that guarded the first sign-on.
pub fn refresh_token(attributes: &mut Attributes) {
    attributes
        .extra
        .insert(TOKEN_USE.to_owned(), "refresh_token".into());
    for mark in [LONG_LIVED, NON_INTERACTIVE, OUTSIDE_SIGN_ON_CONTROLS] {
        attributes.extra.insert(mark.to_owned(), true.into());
    }
}

/// Marks a token that is presented to what it opens.
pub fn access_token(attributes: &mut Attributes) {
    attributes
        .extra
        .insert(TOKEN_USE.to_owned(), "access_token".into());
}

/// Marks a token by the word formats and providers use for its sort; other words mark nothing.
pub fn token(attributes: &mut Attributes, credential_type: &str) {
    match credential_type {
        "refresh_token" | "oauth_refresh_token" => refresh_token(attributes),
        "access_token" | "oauth_access_token" => access_token(attributes),
        _ => {}
    }
}

/// Marks a certificate or key of remote access.
pub fn remote_access(attributes: &mut Attributes, by: &str) {
    attributes
        .extra
        .insert(NEEDED_IN_INCIDENT.to_owned(), true.into());
    attributes.extra.insert(REMOTE_ACCESS.to_owned(), by.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sorts_of_token() {
        let mut refresh = Attributes::default();
        token(&mut refresh, "oauth_refresh_token");
        assert_eq!(
            serde_json::to_value(&refresh.extra).unwrap(),
            serde_json::json!({
                "token_use": "refresh_token", "long_lived": true,
                "non_interactive": true, "outside_sign_on_controls": true,
            })
        );
        let mut access = Attributes::default();
        token(&mut access, "access_token");
        assert_eq!(access.extra.len(), 1);
        token(&mut access, "password");
        assert_eq!(access.extra[TOKEN_USE], "access_token");
    }
}
