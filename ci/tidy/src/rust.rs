//! A light reading of Rust source: which lines are product code, and what they mention. It knows
//! rustfmt's layout, not the grammar; the compiler checks the rest.

use crate::repo::File;

/// The crate folder under `crates/` a path belongs to.
pub fn crate_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split('/').next()
}

/// True for a Rust file that ships: under `crates/<crate>/src`, not a test module, not testkit.
pub fn is_product(path: &str) -> bool {
    let Some(name) = crate_of(path) else {
        return false;
    };
    let in_src = path.split('/').nth(2) == Some("src");
    let is_test = path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests");
    let is_rust = path.rsplit('.').next() == Some("rs");
    in_src && is_rust && !is_test && name != "testkit"
}

/// The product lines of a file with their numbers: without the test modules that stand last and
/// without comments.
pub fn product_lines(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| matches!(pair, [attribute, next] if *attribute == "#[cfg(test)]" && next.starts_with("mod ")))
        .unwrap_or(lines.len());
    lines
        .iter()
        .take(end)
        .enumerate()
        .map(|(index, line)| (index + 1, without_comment(line)))
        .collect()
}

/// Cuts a `//` comment, but not the `//` of a URL inside a string.
fn without_comment(line: &str) -> String {
    let mut in_string = false;
    let mut previous = ' ';
    let mut kept = String::new();
    let mut chars = line.chars().peekable();
    while let Some(ch) = chars.next() {
        if ch == '"' && previous != '\\' && previous != '\'' {
            in_string = !in_string;
        }
        if ch == '/' && chars.peek() == Some(&'/') && !in_string {
            break;
        }
        kept.push(ch);
        previous = ch;
    }
    kept
}

/// True when `word` stands in `line` and is not part of a longer name.
pub fn mentions(line: &str, word: &str) -> bool {
    let joins = |ch: Option<char>| ch.is_some_and(|ch| ch.is_alphanumeric() || ch == '_');
    line.match_indices(word).any(|(start, found)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line
            .get(start + found.len()..)
            .and_then(|text| text.chars().next());
        !joins(before) && !joins(after)
    })
}

/// Every product line of the files `wanted` picks that mentions one of the words.
pub fn find<'a>(
    files: &'a [File],
    wanted: impl Fn(&str) -> bool,
    words: &[&'a str],
) -> Vec<Hit<'a>> {
    let mut hits = Vec::new();
    for file in files
        .iter()
        .filter(|file| is_product(&file.path) && wanted(&file.path))
    {
        for (line, text) in product_lines(&file.text) {
            let text = spell_out_std_groups(&text);
            hits.extend(
                words
                    .iter()
                    .filter(|word| mentions(&text, word))
                    .map(|word| Hit {
                        path: &file.path,
                        line,
                        word,
                    }),
            );
        }
    }
    hits
}

/// A word found in product code.
#[derive(Debug, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The file.
    pub path: &'a str,
    /// The line, from 1.
    pub line: usize,
    /// The word.
    pub word: &'a str,
}

/// Adds `std::a std::b` to a line that says `use std::{a, b::c}`.
fn spell_out_std_groups(line: &str) -> String {
    let Some((_, group)) = line.split_once("std::{") else {
        return line.to_owned();
    };
    let mut spelled = line.to_owned();
    for item in group.trim_end_matches(['}', ';']).split([',', '{', '}']) {
        spelled.push_str(" std::");
        spelled.push_str(item.trim());
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_is_what_ships() {
        assert!(is_product("crates/model/src/ids.rs"));
        assert!(is_product("crates/sources/src/imports/aws/mod.rs"));
        for other in [
            "crates/model/tests/it/main.rs",
            "crates/store/src/tests.rs",
            "crates/testkit/src/lib.rs",
            "crates/app/src/readme.md",
            "ci/tidy/src/lib.rs",
        ] {
            assert!(!is_product(other), "{other}");
        }
    }

    #[test]
    fn tests_and_comments_do_not_count() {
        let text = "// std::fs in words\nuse std::net::IpAddr;\nlet url = \"http://std::fs\";\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        let files = [File::new("crates/model/src/a.rs", text)];
        let hits = find(&files, |_| true, &["std::fs", "std::net"]);
        let seen: Vec<_> = hits.iter().map(|hit| (hit.line, hit.word)).collect();
        assert_eq!(seen, [(2, "std::net"), (3, "std::fs")]);
    }

    #[test]
    fn grouped_imports_are_seen() {
        let files = [File::new(
            "crates/model/src/a.rs",
            "use std::{fmt, fs::File};\n",
        )];
        assert_eq!(find(&files, |_| true, &["std::fs", "std::net"]).len(), 1);
    }

    #[test]
    fn longer_names_are_other_words() {
        assert!(mentions("use tokio::fs;", "tokio"));
        assert!(!mentions("use tokio_postgres::Row;", "tokio"));
        assert!(!mentions("let my_tokio = 1;", "tokio"));
    }
}
