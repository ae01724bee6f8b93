//! AWS unique ids: the sort and, in ids made since about 2019, the account.

use super::Decoded;

/// What an AWS key id or unique id says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AwsKeyId {
    /// What the prefix stands for (`access_key`, `temporary_access_key`, `iam_user` …).
    pub kind: &'static str,
    /// The account, twelve digits; `None` for ids of the older form.
    pub account: Option<String>,
}

/// Prefixes of the IAM user guide, "Unique identifiers".
const KINDS: &[(&str, &str)] = &[
    ("AKIA", "access_key"),
    ("ASIA", "temporary_access_key"),
    ("ABIA", "bearer_token"),
    ("ACCA", "context_credential"),
    ("AGPA", "iam_group"),
    ("AIDA", "iam_user"),
    ("AIPA", "instance_profile"),
    ("ANPA", "managed_policy"),
    ("ANVA", "managed_policy_version"),
    ("APKA", "public_key"),
    ("AROA", "iam_role"),
    ("ASCA", "server_certificate"),
];

/// Decodes an AWS key id or unique id (`AKIA…`, `ASIA…`, `AIDA…`, `AROA…`). The account stands in
/// the first 48 bits after the prefix (A. Steele 2020, T. Be'ery 2023); there is no checksum.
pub fn aws_key_id(text: &str) -> Option<AwsKeyId> {
    if text.len() != 20 && text.len() != 21 {
        return None;
    }
    let (prefix, body) = text.split_at_checked(4)?;
    let kind = KINDS.iter().find(|(name, _)| *name == prefix)?.1;
    if !body
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return None;
    }
    // Keys of the older form go on with I or J and carry no account.
    let old = matches!(body.bytes().next(), Some(b'I' | b'J'));
    Some(AwsKeyId {
        kind,
        account: if old { None } else { account(body) },
    })
}

fn account(body: &str) -> Option<String> {
    let mut bits = 0_u64;
    for byte in body.bytes().take(10) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u64::from(digit);
    }
    // Ten base32 digits are 50 bits; the account takes the 40 bits after the first.
    let number = ((bits >> 2) & 0x7fff_ffff_ff80) >> 7;
    (number <= 999_999_999_999).then(|| format!("{number:012}"))
}

pub(super) fn decode(text: &str) -> Option<Decoded> {
    let id = aws_key_id(text)?;
    let decoded = Decoded {
        parsed: id.account.is_some(),
        ..Decoded::default()
    }
    .with("kind", id.kind)
    .public(text);
    Some(match id.account {
        Some(account) => decoded.with("account", &account),
        None => decoded.note("ids of this age do not carry their account"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_of_published_examples() {
        let id = aws_key_id("ASIAY34FZKBOKMUTVV7A").unwrap();
        assert_eq!(
            (id.kind, id.account.as_deref()),
            ("temporary_access_key", Some("609629065308"))
        );
        assert_eq!(aws_key_id("AKIAIOSFODNN7EXAMPLE").unwrap().account, None);
        assert_eq!(aws_key_id("AKIAIOSFODNN7exampl"), None);
    }
}
