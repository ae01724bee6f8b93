//! Tables for people: columns as wide as needed, cut with `…` where the terminal ends.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// No column is cut below this.
const MIN_WIDTH: usize = 8;
/// Two blanks between columns.
const GAP: usize = 2;

/// The widths of the columns of these rows, cut to fit `line`.
pub(super) fn widths(titles: &[&str], rows: &[Vec<String>], line: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = titles.iter().map(|title| title.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let Some(line) = line else { return widths };
    loop {
        let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        if total <= line {
            return widths;
        }
        // The widest column gives way first.
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > MIN_WIDTH) else {
            return widths;
        };
        *widest -= (total - line).min(*widest - MIN_WIDTH).clamp(1, 4);
    }
}

/// One line of a table.
pub(super) fn line(cells: &[String], widths: &[usize]) -> String {
    let mut out = String::new();
    let last = cells.len().saturating_sub(1);
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let cell = cut(cell, *width);
        out.push_str(&cell);
        if at < last {
            let pad = width.saturating_sub(cell.width()) + GAP;
            out.extend(std::iter::repeat_n(' ', pad));
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Cuts a text to a width, marking the cut.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for ch in text.chars() {
        used += ch.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(ch);
    }
    out.push('…');
    out
}

/// Breaks a text into lines of at most `width`, at blanks where there are some.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_column_gives_way() {
        let rows = vec![vec!["short".to_owned(), "x".repeat(100)]];
        let widths = widths(&["A", "B"], &rows, Some(40));
        assert_eq!(widths, [5, 33]);
        let shown = line(&rows[0], &widths);
        assert_eq!(shown.width(), 40);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn wide_characters_count_double() {
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("abc", 3), "abc");
    }

    #[test]
    fn text_is_wrapped_at_blanks() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("aaaaaaaa b", 5), ["aaaaaaaa", "b"]);
    }
}
