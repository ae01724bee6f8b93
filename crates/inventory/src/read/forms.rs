//! The ways in which one thing is written: what a person pastes, and what the inventory calls it.

use std::collections::BTreeSet;

/// Namespaces a hexadecimal digest of 32 bytes may stand in.
const SHA256_SPACES: &[&str] = &["x509:sha256:", "sha256:", "spki:sha256:", "sshcert:"];
/// Namespaces of a GUID.
const GUID_SPACES: &[&str] = &["entra:application:", "entra:app_id:", "k8s:uid:"];
/// Namespaces of names in lower case.
const NAME_SPACES: &[&str] = &["hostname:", "domain:", "upn:", "spn:", "sam:", "dn:"];

/// Every way in which `text` may stand as a native id or an alias, itself first.
pub fn forms(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    let lower = text.to_lowercase();
    all.push(lower.clone());
    all.push(text.to_uppercase());
    hex_forms(&lower, &mut all);
    ssh_forms(text, &mut all);
    if text.contains('@') {
        all.push(format!("email:{lower}"));
    }
    if is_guid(&lower) {
        all.extend(GUID_SPACES.iter().map(|space| format!("{space}{lower}")));
    }
    if is_aws_id(text) {
        all.push(format!("aws:access_key:{text}"));
        all.push(format!("aws:id:{text}"));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        all.push(format!("gcp:unique_id:{text}"));
        all.push(format!("gcp:project_number:{text}"));
    }
    let bare = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"));
    all.push(format!("issuer:{}", bare.unwrap_or(&lower)));
    all.extend(NAME_SPACES.iter().map(|space| format!("{space}{lower}")));
    let mut seen = BTreeSet::new();
    all.retain(|form| seen.insert(form.clone()));
    all
}

/// A digest or serial number, with or without `AB:CD` colons, spaces or `0x`.
fn hex_forms(lower: &str, all: &mut Vec<String>) {
    let after_space = SHA256_SPACES
        .iter()
        .chain(&["sha1:", "serial:"])
        .find_map(|space| lower.strip_prefix(space));
    let digits: String = after_space
        .unwrap_or(lower)
        .trim_start_matches("0x")
        .chars()
        .filter(|ch| !matches!(ch, ':' | ' ' | '-'))
        .collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return;
    }
    match digits.len() {
        64 => all.extend(SHA256_SPACES.iter().map(|space| format!("{space}{digits}"))),
        40 => {
            all.push(format!("sha1:{digits}"));
            all.push(format!("serial:{digits}"));
        }
        32 => {
            all.push(format!("mi:{digits}"));
            all.push(format!("serial:{digits}"));
        }
        // X.509 serial numbers have at most 20 bytes.
        length if length <= 40 => {
            all.push(format!("serial:{digits}"));
            all.push(format!("serial:{}", digits.trim_start_matches('0')));
        }
        _ => {}
    }
}

/// OpenSSH writes `SHA256:` and unpadded base64, `ssh-keygen -l` puts the key's size before it.
fn ssh_forms(text: &str, all: &mut Vec<String>) {
    for word in text.split_whitespace().take(8) {
        if let Some(digest) = word.strip_prefix("SHA256:") {
            all.push(format!("ssh:SHA256:{}", digest.trim_end_matches('=')));
        }
    }
}

fn is_guid(lower: &str) -> bool {
    lower.len() == 36
        && lower.chars().enumerate().all(|(at, ch)| {
            if matches!(at, 8 | 13 | 18 | 23) {
                ch == '-'
            } else {
                ch.is_ascii_hexdigit()
            }
        })
}

/// AWS unique ids are four letters and 12 to 28 more of A-Z and 2-7 (IAM documentation,
/// "IAM identifiers").
fn is_aws_id(text: &str) -> bool {
    (16..=32).contains(&text.len())
        && text.starts_with('A')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn a_fingerprint_is_found_however_it_is_written() {
        let digest = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        for text in [
            digest.clone(),
            colons,
            format!("sha256:{digest}"),
            digest.to_uppercase(),
        ] {
            let all = forms(&text);
            assert!(all.contains(&format!("x509:sha256:{digest}")), "{text}");
            assert!(all.contains(&format!("spki:sha256:{digest}")), "{text}");
        }
        assert!(forms("01:0A:ff").contains(&"serial:010aff".to_owned()));
        assert!(
            forms("256 SHA256:abcDEF/+x me@host (ED25519)")
                .contains(&"ssh:SHA256:abcDEF/+x".to_owned())
        );
    }

    #[test]
    fn names_of_providers_get_their_namespace() {
        assert!(forms("Amy@Example.com").contains(&"email:amy@example.com".to_owned()));
        assert!(forms("CORP\\svc-sql").contains(&"sam:corp\\svc-sql".to_owned()));
        assert!(
            forms("https://token.actions.githubusercontent.com")
                .contains(&"issuer:token.actions.githubusercontent.com".to_owned())
        );
        assert!(
            forms("AIDAEXAMPLE2EXAMPLE22").contains(&"aws:id:AIDAEXAMPLE2EXAMPLE22".to_owned())
        );
        assert_eq!(forms("deploy")[0], "deploy");
    }
}
