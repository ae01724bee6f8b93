//! How answers are written. Text from outside never drives the terminal: whatever was stored, no
//! control or bidirectional character leaves here.

mod csv;
mod json;
mod listing;
mod out;
mod table;
mod text;

pub(crate) use listing::{Column, Listing};
pub(crate) use out::Out;
pub(crate) use text::{Text, when};

/// A text on one line, without characters that move a cursor or hide.
pub(crate) fn safe(text: &str) -> String {
    text.chars()
        .map(|ch| {
            if model::text::is_unsafe_char(ch) {
                '\u{fffd}'
            } else {
                ch
            }
        })
        .collect()
}

/// A text of several lines, without characters that move a cursor or hide.
pub(crate) fn safe_lines(text: &str) -> String {
    text.split('\n').map(safe).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_drives_the_terminal() {
        assert_eq!(
            safe("a\u{1b}[2Jb\u{202e}c\nd"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
        assert_eq!(safe_lines("a\nb\r"), "a\nb\u{fffd}");
    }
}
