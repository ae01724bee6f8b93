//! `userAccountControl` and `msDS-SupportedEncryptionTypes`.

/// A flag of `userAccountControl` that says something about risk or sort (MS-ADTS 2.2.16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Disabled,
    PasswordNotRequired,
    ReversibleEncryption,
    InterdomainTrust,
    WorkstationTrust,
    ServerTrust,
    PasswordNeverExpires,
    SmartcardRequired,
    TrustedForDelegation,
    NotDelegated,
    DesOnly,
    PreauthNotRequired,
    TrustedToAuthenticate,
    ReadOnlyController,
}

const TABLE: &[(Flag, u32, &str)] = &[
    (Flag::Disabled, 0x2, "disabled"),
    (Flag::PasswordNotRequired, 0x20, "password_not_required"),
    (Flag::ReversibleEncryption, 0x80, "reversible_encryption"),
    (Flag::InterdomainTrust, 0x800, "interdomain_trust_account"),
    (Flag::WorkstationTrust, 0x1000, "workstation_trust_account"),
    (Flag::ServerTrust, 0x2000, "server_trust_account"),
    (
        Flag::PasswordNeverExpires,
        0x1_0000,
        "password_never_expires",
    ),
    (Flag::SmartcardRequired, 0x4_0000, "smartcard_required"),
    (
        Flag::TrustedForDelegation,
        0x8_0000,
        "trusted_for_delegation",
    ),
    (Flag::NotDelegated, 0x10_0000, "not_delegated"),
    (Flag::DesOnly, 0x20_0000, "use_des_key_only"),
    (Flag::PreauthNotRequired, 0x40_0000, "preauth_not_required"),
    (
        Flag::TrustedToAuthenticate,
        0x100_0000,
        "trusted_to_authenticate_for_delegation",
    ),
    (
        Flag::ReadOnlyController,
        0x400_0000,
        "partial_secrets_account",
    ),
];

impl Flag {
    pub(super) fn is_in(self, flags: u32) -> bool {
        TABLE
            .iter()
            .any(|(flag, bit, _)| *flag == self && flags & bit != 0)
    }
}

/// Reads the number, which some servers print signed.
pub(super) fn parse(text: &str) -> Option<u32> {
    let number: i64 = text.trim().parse().ok()?;
    u32::try_from(number & 0xffff_ffff).ok()
}

/// The words of the flags that are set.
pub(super) fn words(flags: u32) -> Vec<String> {
    TABLE
        .iter()
        .filter(|(_, bit, _)| flags & bit != 0)
        .map(|(_, _, word)| (*word).to_owned())
        .collect()
}

/// The words of `msDS-SupportedEncryptionTypes` (MS-KILE 2.2.7).
pub(super) fn encryption_types(text: &str) -> Option<Vec<String>> {
    let bits = parse(text)?;
    Some(
        [
            (0x1, "des_cbc_crc"),
            (0x2, "des_cbc_md5"),
            (0x4, "rc4_hmac"),
            (0x8, "aes128_cts_hmac_sha1_96"),
            (0x10, "aes256_cts_hmac_sha1_96"),
            (0x20, "aes256_session_keys"),
        ]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, word)| word.to_owned())
        .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_as_words() {
        // 66082 = normal account, disabled, password not required, password never expires
        assert_eq!(
            words(66_082),
            [
                "disabled",
                "password_not_required",
                "password_never_expires"
            ]
        );
        assert!(Flag::ServerTrust.is_in(532_480));
        assert_eq!(parse("-2147483646"), Some(0x8000_0002));
        assert_eq!(encryption_types("28").unwrap().len(), 3);
        assert_eq!(parse("many"), None);
    }
}
