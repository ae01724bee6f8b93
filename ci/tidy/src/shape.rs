//! Sizes and words: what a person can hold, and what does not belong into the repository.

use crate::repo::File;
use crate::rust::{is_product, mentions, product_lines};

/// A file a person can hold.
const MAX_FILE_LINES: usize = 500;
/// A function that fits a screen.
const MAX_FUNCTION_LINES: usize = 70;
/// Larger files do not belong into a source repository.
const MAX_FILE_BYTES: usize = 1_048_576;

/// Files that may be longer, each with its reason.
pub const LONG_FILES: &[(&str, &str)] = &[(
    "crates/sources/src/host/agents/table.rs",
    "a table of products, one entry each; it is looked things up in, not read through",
)];

/// Files that may be larger than a mebibyte, each with its reason.
pub const LARGE_FILES: &[(&str, &str)] = &[];

/// Words of a developer's own machine, in pieces so that this file does not hold them.
pub const FOREIGN_WORDS: &[&str] = &[concat!("farm-", "studio"), concat!("farm-", "bench")];

/// A path of a developer's own machine, in pieces for the same reason.
pub const FOREIGN_ROOT: &str = concat!("/wo", "rk/");

/// Product files stay short.
pub fn file_lines(files: &[File], exceptions: &[(&str, &str)]) -> Vec<String> {
    let mut violations: Vec<String> = files
        .iter()
        .filter(|file| is_product(&file.path))
        .filter(|file| !exceptions.iter().any(|(path, _)| *path == file.path))
        .filter_map(|file| {
            let lines = file.text.lines().count();
            (lines > MAX_FILE_LINES).then(|| {
                format!("{}: {lines} lines, at most {MAX_FILE_LINES}: split it by thought or list it with a reason", file.path)
            })
        })
        .collect();
    violations.extend(stale(files, exceptions));
    violations
}

/// Committed files stay small.
pub fn file_bytes(files: &[File], exceptions: &[(&str, &str)]) -> Vec<String> {
    let mut violations: Vec<String> = files
        .iter()
        .filter(|file| file.size_bytes > MAX_FILE_BYTES)
        .filter(|file| !exceptions.iter().any(|(path, _)| *path == file.path))
        .map(|file| {
            format!(
                "{}: {} bytes, at most {MAX_FILE_BYTES}",
                file.path, file.size_bytes
            )
        })
        .collect();
    violations.extend(stale(files, exceptions));
    violations
}

fn stale(files: &[File], exceptions: &[(&str, &str)]) -> Vec<String> {
    exceptions
        .iter()
        .filter(|(path, _)| !files.iter().any(|file| file.path == *path))
        .map(|(path, _)| format!("{path}: listed as an exception and not in the repository"))
        .collect()
}

/// Product functions longer than a screen, longest first. A number to watch, not a rule.
pub fn long_functions(files: &[File]) -> Vec<(usize, String)> {
    let mut long = Vec::new();
    for file in files.iter().filter(|file| is_product(&file.path)) {
        let lines = product_lines(&file.text);
        for (index, (number, line)) in lines.iter().enumerate() {
            let indent = line.chars().take_while(|ch| *ch == ' ').count();
            if !starts_function(line.trim_start()) {
                continue;
            }
            let close = format!("{}}}", " ".repeat(indent));
            let length = lines
                .iter()
                .skip(index)
                .position(|(_, line)| *line == close)
                .map_or(0, |end| end + 1);
            if length > MAX_FUNCTION_LINES {
                long.push((length, format!("{}:{number}", file.path)));
            }
        }
    }
    long.sort_by(|a, b| b.cmp(a));
    long
}

fn starts_function(line: &str) -> bool {
    let mut words = line.split(' ');
    let modifiers = [
        "pub",
        "pub(crate)",
        "pub(super)",
        "const",
        "async",
        "unsafe",
    ];
    // A declaration in a trait ends with `;` on its own line and has no body to measure.
    words.find(|word| !modifiers.contains(word)) == Some("fn")
        && !line.ends_with(';')
        && !line.ends_with('}')
}

/// No names of a developer's own machine or tools.
pub fn foreign_words(files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            let named = FOREIGN_WORDS.iter().any(|word| line.contains(word));
            if named || starts_a_path(line, FOREIGN_ROOT) {
                violations.push(format!(
                    "{}:{}: names something outside the project",
                    file.path,
                    index + 1
                ));
            }
        }
    }
    violations
}

/// True when `root` stands in the line and is not the middle of a longer path.
fn starts_a_path(line: &str, root: &str) -> bool {
    line.match_indices(root).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        !before.is_some_and(|ch| {
            ch.is_alphanumeric() || matches!(ch, '_' | '-' | '.' | '~' | '}' | '*')
        })
    })
}

/// What is left open in product code names its issue: `TODO(#12)`.
pub fn open_ends(files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| is_product(&file.path)) {
        for (index, line) in file.text.lines().enumerate() {
            let open = ["TODO", "FIXME"]
                .iter()
                .any(|word| mentions(line, word) && !line.contains(&format!("{word}(#")));
            if open {
                violations.push(format!(
                    "{}:{}: an open end without an issue, write `TODO(#12)`",
                    file.path,
                    index + 1
                ));
            }
        }
    }
    violations
}

/// Every member takes the workspace's lints.
pub fn lints(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml") && !file.path.starts_with("fuzz/"))
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| format!("{}: lacks `[lints] workspace = true`", file.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "crates/app/src/who.rs";

    #[test]
    fn a_long_file_is_caught_and_may_be_listed() {
        let files = [File::new(PATH, &"x\n".repeat(MAX_FILE_LINES + 1))];
        assert_eq!(file_lines(&files, &[]).len(), 1);
        assert_eq!(file_lines(&files, &[(PATH, "a table")]).len(), 0);
        assert_eq!(
            file_lines(&[File::new(PATH, &"x\n".repeat(MAX_FILE_LINES))], &[]).len(),
            0
        );
        assert_eq!(
            file_lines(&[], &[("crates/gone.rs", "a table")]).len(),
            1,
            "a stale exception"
        );
    }

    #[test]
    fn a_large_file_is_caught() {
        let mut file = File::new("docs/picture.png", "");
        file.size_bytes = MAX_FILE_BYTES + 1;
        assert_eq!(file_bytes(&[file.clone()], &[]).len(), 1);
        assert_eq!(
            file_bytes(&[file], &[("docs/picture.png", "the screen shot")]).len(),
            0
        );
    }

    #[test]
    fn long_functions_are_counted() {
        let body = "        let x = 1;\n".repeat(MAX_FUNCTION_LINES);
        let text = format!(
            "impl A {{\n    pub async fn long(\n        &self,\n    ) {{\n{body}    }}\n\n    fn short() {{\n    }}\n}}\n"
        );
        let long = long_functions(&[File::new(PATH, &text)]);
        assert_eq!(long, [(MAX_FUNCTION_LINES + 4, format!("{PATH}:2"))]);
    }

    #[test]
    fn foreign_words_are_caught() {
        let at = |text: &str| foreign_words(&[File::new("docs/a.md", text)]).len();
        for word in FOREIGN_WORDS {
            assert_eq!(at(&format!("run {word} first")), 1);
        }
        assert_eq!(at(&format!("see {FOREIGN_ROOT}notes")), 1);
        assert_eq!(at(&format!("see `{FOREIGN_ROOT}notes`")), 1);
        assert_eq!(at(&format!("see /home/me{FOREIGN_ROOT}notes")), 0);
    }

    #[test]
    fn open_ends_need_an_issue() {
        let at = |text: &str| open_ends(&[File::new(PATH, text)]).len();
        assert_eq!(at(concat!("// TO", "DO: later")), 1);
        assert_eq!(at(concat!("// TO", "DO(#12): later")), 0);
        assert_eq!(at("let mastodons = 1;"), 0);
    }

    #[test]
    fn a_crate_without_the_lints_is_caught() {
        assert_eq!(
            lints(&[File::new("crates/new/Cargo.toml", "[package]\n")]).len(),
            1
        );
        assert_eq!(
            lints(&[File::new(
                "crates/new/Cargo.toml",
                "[lints]\nworkspace = true\n"
            )])
            .len(),
            0
        );
    }
}
