//! GitLab tokens: classic (twenty random characters) and routable, which carry ids and a CRC.

use super::Decoded;
use crate::text::base64_url;

/// Routing keys (GitLab handbook, "Routable tokens").
const KEYS: &[(&str, &str)] = &[
    ("c", "cell"),
    ("g", "group_id"),
    ("o", "organisation_id"),
    ("p", "project_id"),
    ("t", "token_owner_type"),
    ("u", "user_id"),
];

pub(super) fn decode(text: &str) -> Option<Decoded> {
    let (_, body) = text.split_once('-')?;
    if !body.contains('.') {
        return Some(Decoded::default());
    }
    let (before, sum) = text.split_at_checked(text.len().checked_sub(7)?)?;
    let mut decoded = Decoded::checksum(base36(crc32fast::hash(before.as_bytes()), 7) == sum);
    let payload = base64_url(body.split('.').next()?.as_bytes())?;
    // The routing text is followed by sixteen random bytes or follows them; it ends with its length.
    for (name, label) in KEYS {
        if let Some(value) = routing_value(&payload, name) {
            decoded = decoded.with(label, &value);
            decoded.parsed = true;
        }
    }
    Some(decoded)
}

/// Finds `k:<base 36>` on a line of its own and gives the number in decimal.
fn routing_value(payload: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(payload);
    let value = text.lines().find_map(|line| {
        // The first line is preceded by random bytes, so the mark may stand inside it.
        let at = line.rfind(&format!("{name}:"))?;
        line.get(at + name.len() + 1..)
    })?;
    let digits: String = value
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    u64::from_str_radix(&digits, 36)
        .ok()
        .map(|number| number.to_string())
}

fn base36(mut number: u32, width: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(char::from_digit(number % 36, 36).unwrap_or('0'));
        number /= 36;
    }
    while digits.len() < width {
        digits.push('0');
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn routable_token() {
        let mut payload = b"o:1\nu:2s\n".to_vec();
        payload.extend_from_slice(&[0xff; 16]);
        payload.push(9);
        let body = format!("glpat-{}.01.121", URL_SAFE_NO_PAD.encode(payload));
        let body = body.get(..body.len() - 1).unwrap().to_owned();
        let token = format!("{body}{}", base36(crc32fast::hash(body.as_bytes()), 7));
        let decoded = decode(&token).unwrap();
        assert_eq!(decoded.checksum_ok, Some(true));
        assert_eq!(
            decoded.identity,
            [
                ("organisation_id", "1".to_owned()),
                ("user_id", "100".to_owned())
            ]
        );
        let wrong = format!("{body}0000000");
        assert_eq!(decode(&wrong).unwrap().checksum_ok, Some(false));
    }
}
