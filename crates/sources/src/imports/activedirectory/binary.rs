//! The binary values of a directory: SIDs, GUIDs and security descriptors, and its times.

use model::{Fact, TimeUs};

/// Reads a SID (MS-DTYP 2.4.2.2) from the start of `bytes`; gives its text and its length.
pub(super) fn sid_prefix(bytes: &[u8]) -> Option<(String, usize)> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    let [revision, count, authority @ ..] = *head;
    // INVARIANT: at most 15 sub-authorities by the specification.
    if revision != 1 || count > 15 {
        return None;
    }
    let authority = authority
        .iter()
        .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    let mut text = format!("S-1-{authority}");
    let parts = rest.get(..usize::from(count) * 4)?;
    for part in parts.as_chunks::<4>().0 {
        text.push('-');
        text.push_str(&u32::from_le_bytes(*part).to_string());
    }
    Some((text, 8 + usize::from(count) * 4))
}

/// Reads a value of a SID attribute: binary, or the text form that some tools print.
pub(super) fn sid(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"S-1-") {
        let text = std::str::from_utf8(bytes).ok()?.trim();
        let well_formed = text.len() <= 184
            && text
                .split('-')
                .skip(1)
                .all(|part| part.parse::<u64>().is_ok());
        return well_formed.then(|| text.to_owned());
    }
    let (text, length) = sid_prefix(bytes)?;
    (length == bytes.len()).then_some(text)
}

/// Reads a GUID (MS-DTYP 2.3.4: the first three parts little endian), binary or text.
pub(super) fn guid(bytes: &[u8]) -> Option<String> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && text.len() >= 32
    {
        return guid_text(text);
    }
    let raw: [u8; 16] = bytes.try_into().ok()?;
    let [a0, a1, a2, a3, b0, b1, c0, c1, rest @ ..] = raw;
    let hex = hex::encode([a3, a2, a1, a0, b1, b0, c1, c0]);
    guid_text(&format!("{hex}{}", hex::encode(rest)))
}

/// Brings the text form of a GUID to lower case with hyphens and without braces.
pub(super) fn guid_text(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|ch| !matches!(ch, '{' | '}' | '-' | ' '))
        .map(|ch| ch.to_ascii_lowercase())
        .collect();
    if digits.len() != 32 || !digits.chars().all(|ch| ch.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = String::with_capacity(36);
    for (at, ch) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(ch);
    }
    Some(out)
}

/// The most entries read of one access-control list; 64 KiB, its largest size, holds fewer.
const MAX_ACES: u16 = 4_096;

/// The SIDs that a self-relative security descriptor (MS-DTYP 2.4.6) allows something.
/// `None` when it is not one.
pub(super) fn allowed_sids(bytes: &[u8]) -> Option<Vec<String>> {
    let word = |at: usize| -> Option<u16> {
        Some(u16::from_le_bytes(
            *bytes.get(at..at.checked_add(2)?)?.first_chunk()?,
        ))
    };
    let long = |at: usize| -> Option<u32> {
        Some(u32::from_le_bytes(
            *bytes.get(at..at.checked_add(4)?)?.first_chunk()?,
        ))
    };
    if bytes.first() != Some(&1) {
        return None;
    }
    let dacl = usize::try_from(long(16)?).ok()?;
    if dacl == 0 {
        return Some(Vec::new());
    }
    let count = word(dacl.checked_add(4)?)?.min(MAX_ACES);
    let mut at = dacl.checked_add(8)?;
    let mut sids = Vec::new();
    for _ in 0..count {
        let size = usize::from(word(at.checked_add(2)?)?);
        let ace = bytes.get(at..at.checked_add(size)?)?;
        // 0 ACCESS_ALLOWED_ACE, 5 ACCESS_ALLOWED_OBJECT_ACE (MS-DTYP 2.4.4.1).
        let sid_at = match ace.first()? {
            0 => Some(8),
            5 => {
                let flags = long(at.checked_add(8)?)?;
                Some(12 + 16 * usize::from(flags & 1 != 0) + 16 * usize::from(flags & 2 != 0))
            }
            _ => None,
        };
        if let Some(sid_at) = sid_at
            && let Some((sid, _)) = sid_prefix(ace.get(sid_at..).unwrap_or_default())
            && !sids.contains(&sid)
        {
            sids.push(sid);
        }
        at = at.checked_add(size.max(4))?;
    }
    Some(sids)
}

/// Seconds from 1601-01-01, where Windows file times begin, to 1970-01-01.
const EPOCH_1601_S: i64 = 11_644_473_600;

/// Reads a Windows file time (100 ns since 1601). `None` for 0 and for the largest value, which
/// the directory uses for "never" or "not set"; the caller knows which.
pub(super) fn file_time(text: &str) -> Option<TimeUs> {
    let ticks: i64 = text.trim().parse().ok()?;
    if ticks <= 0 || ticks == i64::MAX {
        return None;
    }
    Some(TimeUs::from_micros(
        (ticks / 10).saturating_sub(EPOCH_1601_S * 1_000_000),
    ))
}

/// Reads `accountExpires`: 0 and 0x7FFFFFFFFFFFFFFF both mean that it never does (MS-ADA1 2.1).
pub(super) fn account_expires(text: &str) -> Fact<TimeUs> {
    match (text.trim().parse::<i64>(), file_time(text)) {
        (_, Some(time)) => Fact::known(time),
        (Ok(_), None) => Fact::never(),
        (Err(_), None) => Fact::no_data_yet("accountExpires is not a number"),
    }
}

/// Reads GeneralizedTime (RFC 4517 3.3.13) in UTC: `20261122183756.0Z`, `20261122183956Z`.
pub(super) fn generalized_time(text: &str) -> Option<TimeUs> {
    let text = text.trim().strip_suffix('Z')?;
    let (whole, _fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() != 14 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| whole.get(from..to).unwrap_or_default();
    TimeUs::parse(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    fn b64(text: &str) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap()
    }

    /// Binary and text as `ldapsearch` and `ldbsearch` of Samba 4.17 print the same object.
    #[test]
    fn sid_and_guid_as_samba_prints_them() {
        assert_eq!(
            sid(&b64("AQUAAAAAAAUVAAAA7S/Jn07WsV3wkAQhVQQAAA==")).as_deref(),
            Some("S-1-5-21-2680762349-1571935822-553947376-1109")
        );
        assert_eq!(sid(&b64("AQEAAAAAAAUgAAAA")).as_deref(), Some("S-1-5-32"));
        assert_eq!(sid(b"S-1-5-32-544").as_deref(), Some("S-1-5-32-544"));
        assert_eq!(
            guid(&b64("w52cnx6p/kOPQqmJl/NXnA==")).as_deref(),
            Some("9f9c9dc3-a91e-43fe-8f42-a98997f3579c")
        );
        assert_eq!(
            guid(b"{9F9C9DC3-A91E-43FE-8F42-A98997F3579C}").as_deref(),
            Some("9f9c9dc3-a91e-43fe-8f42-a98997f3579c")
        );
    }

    /// The descriptor was packed by Samba from the SDDL
    /// `O:BAD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;S-1-5-21-2680762349-1571935822-553947376-1105)`.
    #[test]
    fn the_descriptor_of_a_gmsa() {
        let sd = b64(
            "AQAEgBQAAAAAAAAAAAAAACQAAAABAgAAAAAABSAAAAAgAgAABAAsAAEAAAAAACQA/wEPAAEFAAAAAAAFFQAAAO0vyZ9O1rFd8JAEIVEEAAA=",
        );
        assert_eq!(
            allowed_sids(&sd).unwrap(),
            ["S-1-5-21-2680762349-1571935822-553947376-1105"]
        );
        assert_eq!(allowed_sids(b"short"), None);
        let mut cut = sd.clone();
        cut.truncate(sd.len() - 5);
        assert_eq!(allowed_sids(&cut), None);
    }

    #[test]
    fn times() {
        assert_eq!(
            file_time("133801632000000000").unwrap().to_string(),
            "2025-01-01T00:00:00Z"
        );
        assert_eq!(file_time("0"), None);
        assert_eq!(account_expires("9223372036854775807"), Fact::never());
        assert_eq!(account_expires("0"), Fact::never());
        assert_eq!(account_expires("soon").state(), "no_data_yet");
        assert_eq!(
            generalized_time("20261122183756.0Z").unwrap().to_string(),
            "2026-11-22T18:37:56Z"
        );
        assert_eq!(generalized_time("2026112218375Z"), None);
        assert_eq!(generalized_time("20261322183756Z"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120)) {
            sid(&bytes);
            guid(&bytes);
            allowed_sids(&bytes);
        }
    }
}
