//! PyPI tokens are macaroons of version 2: host, token id and caveats stand in clear
//! (pypi/warehouse#6288 and its `macaroons/caveats`).

use model::TimeUs;
use serde_json::Value;

use super::Decoded;
use crate::text::base64_url;

/// The most caveats read.
const MAX_CAVEATS: usize = 64;

pub(super) fn decode(text: &str) -> Option<Decoded> {
    let bytes = base64_url(text.strip_prefix("pypi-")?.as_bytes())?;
    let packets = Packets {
        rest: bytes.strip_prefix(&[2])?,
    };
    let mut decoded = Decoded::parsed();
    let mut caveats = 0;
    for (kind, value) in packets {
        let value = std::str::from_utf8(value).ok();
        match (kind, value) {
            (1, Some(host)) => decoded = decoded.with("host", host),
            (2, Some(id)) if decoded.public_id.is_none() && caveats == 0 => {
                caveats += 1;
                // An early identifier is itself JSON or a plain UUID.
                decoded = decoded.public(id.trim_matches('"'));
            }
            (2, Some(caveat)) if caveats < MAX_CAVEATS => {
                caveats += 1;
                decoded = caveat_facts(decoded, caveat);
            }
            _ => {}
        }
    }
    decoded.public_id.is_some().then_some(decoded)
}

fn caveat_facts(mut decoded: Decoded, caveat: &str) -> Decoded {
    let Ok(value) = serde_json::from_str::<Value>(caveat) else {
        return decoded;
    };
    let strings = |value: &Value| -> String {
        value
            .as_array()
            .map(|list| {
                list.iter()
                    .filter_map(Value::as_str)
                    .collect::<Vec<_>>()
                    .join(",")
            })
            .unwrap_or_default()
    };
    match &value {
        Value::Object(map) => {
            if map.get("permissions").and_then(Value::as_str) == Some("user") {
                decoded = decoded.with("scope", "user");
            }
            if let Some(projects) = map
                .get("permissions")
                .and_then(|permissions| permissions.get("projects"))
            {
                decoded = decoded.with("projects", &strings(projects));
            }
        }
        Value::Array(items) => match (
            items.first().and_then(Value::as_u64),
            items.get(1),
            items.get(2),
        ) {
            (Some(0), Some(before), after) => {
                decoded.expires = before.as_i64().map(TimeUs::from_seconds);
                decoded.created = after.and_then(Value::as_i64).map(TimeUs::from_seconds);
            }
            (Some(1), Some(names), _) => decoded = decoded.with("projects", &strings(names)),
            (Some(2), Some(ids), _) => decoded = decoded.with("project_ids", &strings(ids)),
            (Some(3), Some(user), _) => {
                decoded = decoded.with("user_id", user.as_str().unwrap_or_default());
            }
            _ => {}
        },
        _ => {}
    }
    decoded
}

/// Fields of a version 2 macaroon: type, length, bytes; type 0 ends a section.
struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Packets<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, mut rest) = self.rest.split_first()?;
        if *kind == 0 {
            self.rest = rest;
            return Some((0, &[]));
        }
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let (byte, after) = rest.split_first()?;
            rest = after;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
            if shift > 21 {
                return None;
            }
        }
        let (value, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((*kind, value))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn reads_host_id_and_caveats() {
        let mut bytes = vec![2];
        let mut put = |kind: u8, text: &str| {
            bytes.push(kind);
            bytes.push(u8::try_from(text.len()).unwrap());
            bytes.extend_from_slice(text.as_bytes());
        };
        put(1, "pypi.org");
        put(2, "8a3f-id");
        bytes.push(0);
        for caveat in [
            r#"[3,"user-uuid"]"#,
            r#"[1,["a","b"]]"#,
            "[0,1800000000,1700000000]",
        ] {
            bytes.push(2);
            bytes.push(u8::try_from(caveat.len()).unwrap());
            bytes.extend_from_slice(caveat.as_bytes());
            bytes.push(0);
        }
        let token = format!("pypi-{}", URL_SAFE_NO_PAD.encode(&bytes));
        let decoded = decode(&token).unwrap();
        assert_eq!(
            decoded.identity,
            [
                ("host", "pypi.org".to_owned()),
                ("user_id", "user-uuid".to_owned()),
                ("projects", "a,b".to_owned())
            ]
        );
        assert_eq!(decoded.public_id.as_deref(), Some("8a3f-id"));
        assert_eq!(decoded.expires, Some(TimeUs::from_seconds(1_800_000_000)));
    }
}
