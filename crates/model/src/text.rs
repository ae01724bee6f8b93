//! Text from outside: bounded, and without characters that move a cursor or hide.

/// The longest name, native id or label kept from a source, in bytes. Longer ones are cut and
/// marked with `…`; AWS ARNs end at 2,048 and LDAP names rarely pass 1,024.
pub const MAX_LABEL_BYTES: usize = 2_048;

/// Cuts a text to at most `max` bytes at a character border, marking the cut with `…`.
pub fn bounded(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let mut cut = String::with_capacity(max);
    for ch in text.chars() {
        if cut.len() + ch.len_utf8() + '…'.len_utf8() > max {
            break;
        }
        cut.push(ch);
    }
    cut.push('…');
    cut
}

/// True for characters that could drive a terminal or disguise text: controls, bidirectional
/// marks and overrides, and what is drawn as nothing, the tag characters among it, in which a text
/// that nobody sees is spelled out for a model that reads it.
///
/// Variation selectors of the basic plane stay: emoji need them.
pub fn is_unsafe_char(ch: char) -> bool {
    ch.is_control()
        || matches!(ch,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Makes a label safe to store and show: unsafe characters become `\u{fffd}`, length is bounded.
pub fn label(text: &str) -> String {
    if text.len() <= MAX_LABEL_BYTES && !text.chars().any(is_unsafe_char) {
        return text.to_owned();
    }
    let clean: String = text
        .chars()
        .map(|ch| if is_unsafe_char(ch) { '\u{fffd}' } else { ch })
        .collect();
    bounded(&clean, MAX_LABEL_BYTES)
}

/// `0 entries`, `1 entry`, `2 entries`: a number with the thing it counts.
pub fn count(number: impl std::fmt::Display, one: &str) -> String {
    let number = number.to_string();
    if number == "1" {
        return format!("1 {one}");
    }
    format!("{number} {}", plural(one))
}

/// The plural of a phrase, which is that of its last word.
fn plural(one: &str) -> String {
    let vowel_before = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match one {
        _ if one.ends_with("person") => format!("{}people", one.trim_end_matches("person")),
        _ if ["s", "x", "z", "ch", "sh"]
            .iter()
            .any(|end| one.ends_with(end)) =>
        {
            format!("{one}es")
        }
        _ => match one.strip_suffix('y') {
            Some(stem) if !vowel_before(stem) => format!("{stem}ies"),
            _ => format!("{one}s"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_things_agree_with_their_number() {
        for (number, one, wanted) in [
            (0, "record", "0 records"),
            (1, "record", "1 record"),
            (2, "record", "2 records"),
            (2, "directory entry", "2 directory entries"),
            (1, "directory entry", "1 directory entry"),
            (0, "access key", "0 access keys"),
            (2, "identity", "2 identities"),
            (2, "address", "2 addresses"),
            (3, "person", "3 people"),
        ] {
            assert_eq!(count(number, one), wanted);
        }
    }

    #[test]
    fn cuts_at_character_borders() {
        assert_eq!(bounded("héllo", 10), "héllo");
        assert_eq!(bounded("éééé", 6), "é…");
        assert!(bounded(&"x".repeat(5_000), MAX_LABEL_BYTES).len() <= MAX_LABEL_BYTES);
    }

    #[test]
    fn labels_cannot_drive_a_terminal() {
        assert_eq!(
            label("a\u{1b}[31mb\nc\u{202e}d"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d"
        );
    }

    #[test]
    fn labels_hide_nothing() {
        for hidden in [
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{206a}',
            '\u{3164}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert_eq!(label(&format!("a{hidden}b")), "a\u{fffd}b", "{hidden:?}");
        }
        assert_eq!(label("❤\u{fe0f} Müller 店"), "❤\u{fe0f} Müller 店");
    }
}
