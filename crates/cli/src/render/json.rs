//! JSON. Characters that could drive a terminal are written as `\u` escapes: the value stays the
//! same, the terminal sees ASCII.

use std::fmt::Write as _;

use serde::Serialize;

/// One line.
pub(super) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value).map(escaped)
}

/// Indented.
pub(super) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(escaped)
}

/// JSON holds such characters only inside of strings, where an escape means the same.
fn escaped(text: String) -> String {
    let unsafe_char = |ch: char| ch != '\n' && model::text::is_unsafe_char(ch);
    if !text.chars().any(unsafe_char) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for ch in text.chars() {
        if unsafe_char(ch) {
            let _ = write!(out, "\\u{:04x}", u32::from(ch));
        } else {
            out.push(ch);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_survives_and_the_terminal_too() {
        let text = line(&"a\u{9b}31m\u{202e}b\u{7f}").unwrap();
        assert_eq!(text, r#""a\u009b31m\u202eb\u007f""#);
        let back: String = serde_json::from_str(&text).unwrap();
        assert_eq!(back, "a\u{9b}31m\u{202e}b\u{7f}");
    }
}
