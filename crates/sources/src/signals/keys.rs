//! Private and public keys, SSH keys and their certificates.

use model::{Answer, CredentialType, EdgeKind, NodeKind, Signal};
use serde_json::Value;

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "private and SSH keys",
    applies: |seen| {
        seen.is(NodeKind::Credential)
            && (seen.word("strength").is_some() || seen.word("has_private_part").is_some())
    },
    read,
    states: &[
        Statement::of(
            Signal::WeakCryptography,
            "the key is too short or its algorithm disallowed; for a JSON Web Token its signature",
            "it holds",
        )
        .or_unknown("the algorithm is not in the table, or the key size is not visible"),
        Statement::of(
            Signal::NoPassphrase,
            "the private part lies in the file in the clear",
            "it is encrypted",
        ),
        Statement::of(
            Signal::HardwareHeld,
            "a security key (`sk-…`) makes the signature",
            "the private part was read from a file",
        ),
        Statement::of(
            Signal::SourceRestricted,
            "its line in authorized_keys has `from=`",
            "its line has none",
        ),
        Statement::yes(
            Signal::CertificateAuthority,
            "sshd trusts whatever it certifies",
        ),
    ],
};

fn read(seen: &Seen<'_>, said: &mut Said) {
    strength(seen, said);
    let security_key = ["key_type", "key_algorithm"]
        .iter()
        .filter_map(|word| seen.text(word))
        .any(|word| word.starts_with("sk-") || word.starts_with("sk_"));
    if security_key {
        said.yes(Signal::HardwareHeld);
    }
    if seen.flag("has_private_part") == Some(true) {
        said.flag(
            Signal::NoPassphrase,
            seen.flag("encrypted").map(|encrypted| !encrypted),
        );
        said.no(Signal::HardwareHeld);
    }
    if ["certificate_authority", "user_certificate_authority"]
        .iter()
        .any(|word| seen.flag(word) == Some(true))
    {
        said.yes(Signal::CertificateAuthority);
    }
    if seen.form != Some(CredentialType::SshKey) {
        return;
    }
    for edge in seen.edges(EdgeKind::Authenticates) {
        let basis = edge.attributes.get("basis").and_then(Value::as_str);
        if basis != Some("authorized_keys") {
            continue;
        }
        match edge.attributes.get("from").and_then(Value::as_array) {
            Some(from) => {
                let from: Vec<&str> = from.iter().filter_map(Value::as_str).take(8).collect();
                said.seen(Signal::SourceRestricted, from.join(", "));
            }
            None => said.no(Signal::SourceRestricted),
        }
    }
}

/// What the reader of a key or certificate found of its strength.
pub(super) fn strength(seen: &Seen<'_>, said: &mut Said) {
    let answer = match seen.text("strength") {
        Some("weak") => Answer::yes(weakness(seen)),
        Some("strong") => Answer::No,
        Some(_) => Answer::unknown("the algorithm or the size of the key is not in the table"),
        None => return,
    };
    said.say(Signal::WeakCryptography, answer);
}

/// `rsa 1024 bits, sha256WithRSAEncryption: RSA below 2048 bits …`.
fn weakness(seen: &Seen<'_>) -> String {
    let key = seen.text("key_algorithm").or_else(|| seen.text("alg"));
    let mut what = key.unwrap_or("key").to_owned();
    if let Some(bits) = seen.number("bits") {
        what = format!("{what} {bits} bits");
    }
    if let Some(signature) = seen.text("signature_algorithm") {
        what = format!("{what}, {signature}");
    }
    let reason = seen
        .word("weak")
        .and_then(|weak| weak.pointer("/0/reason")?.as_str());
    match reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what,
    }
}

/// Strength from a provider's word such as `RSA_2048`, `KEY_ALG_RSA_1024`, `EC_prime256v1`.
pub(super) fn strength_of_word(word: &str) -> Answer {
    /// The shortest RSA key that holds.
    const RSA_BITS: u32 = 2048;
    let upper = word.to_ascii_uppercase();
    if let Some((_, bits)) = upper.split_once("RSA_") {
        return match bits.parse::<u32>() {
            Ok(bits) if bits < RSA_BITS => Answer::yes(format!("RSA {bits} bits")),
            Ok(_) => Answer::No,
            Err(_) => Answer::unknown("the size of the key is not in its name"),
        };
    }
    let holds = ["EC_", "ECC_", "SYMMETRIC_DEFAULT", "HMAC_", "ML_DSA", "SM2"];
    if holds.iter().any(|start| upper.starts_with(start)) {
        return Answer::No;
    }
    Answer::unknown("the algorithm is not in the table")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_from_words_of_providers() {
        assert_eq!(
            strength_of_word("KEY_ALG_RSA_1024").detail(),
            Some("RSA 1024 bits")
        );
        for strong in ["RSA_2048", "EC_prime256v1", "SYMMETRIC_DEFAULT"] {
            assert_eq!(strength_of_word(strong), Answer::No, "{strong}");
        }
        assert_eq!(strength_of_word("ROT_13").known(), None);
    }
}
