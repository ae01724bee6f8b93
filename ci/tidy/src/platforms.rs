//! What only one system has stands behind `cfg`, so that the others have a chance to build.

use crate::repo::File;
use crate::rust::{is_product, mentions, product_lines};

/// Names that exist on some systems only.
const PARTIAL: &[&str] = &[
    "std::os::unix",
    "std::os::linux",
    "std::os::windows",
    "rustix",
    "libc",
];
/// Lines above a use in which its `cfg` is looked for: the length of a block that needs one.
const ABOVE: usize = 24;

/// Product code that names one system's things without a `cfg` above it.
pub fn guarded(files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| is_product(&file.path)) {
        let lines = product_lines(&file.text);
        for (at, (number, text)) in lines.iter().enumerate() {
            let Some(word) = PARTIAL.iter().find(|word| mentions(text, word)) else {
                continue;
            };
            let above = lines.get(at.saturating_sub(ABOVE)..=at).unwrap_or_default();
            if !stands_behind_cfg(above) {
                violations.push(format!(
                    "{}:{number}: `{word}` without #[cfg(unix)], #[cfg(windows)] or #[cfg(target_os = …)] above it, in the same block",
                    file.path
                ));
            }
        }
    }
    violations
}

/// True when the last line, or a block it stands in, has a `cfg` for a system before it. A line of
/// less indentation opens the block; one that closes it ends the search at that depth.
fn stands_behind_cfg(lines: &[(usize, String)]) -> bool {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let Some((_, last)) = lines.last() else {
        return false;
    };
    let mut depth = indent(last);
    let mut same_statement = true;
    for (_, text) in lines.iter().rev() {
        let trimmed = text.trim();
        if trimmed.is_empty() || indent(text) > depth {
            continue;
        }
        if is_cfg(trimmed) && same_statement {
            return true;
        }
        if indent(text) < depth {
            depth = indent(text);
            same_statement = true;
        } else if trimmed.ends_with([';', '}']) && text != last {
            same_statement = false;
        }
    }
    false
}

fn is_cfg(line: &str) -> bool {
    line.starts_with("#[cfg(")
        && ["unix", "windows", "target_os"]
            .iter()
            .any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> usize {
        guarded(&[File::new("crates/app/src/x.rs", text)]).len()
    }

    #[test]
    fn a_use_without_cfg_is_caught() {
        assert_eq!(at("use std::os::unix::fs::MetadataExt as _;\n"), 1);
        assert_eq!(at("fn f() {\n    rustix::process::getpid();\n}\n"), 1);
        let after = "fn f() {\n    #[cfg(unix)]\n    g();\n    rustix::process::getpid();\n}\n";
        assert_eq!(at(after), 1);
        let other = "#[cfg(unix)]\nfn g() {\n    h();\n}\n\nfn f() {\n    rustix::x();\n}\n";
        assert_eq!(at(other), 1);
    }

    #[test]
    fn a_use_behind_cfg_passes() {
        assert_eq!(
            at("#[cfg(unix)]\nuse std::os::unix::fs::MetadataExt as _;\n"),
            0
        );
        assert_eq!(
            at("#[cfg(unix)]\nfn f() {\n    let a = 1;\n    rustix::x(a);\n}\n"),
            0
        );
        let block = "fn f() {\n    #[cfg(unix)]\n    {\n        let a = 1;\n        rustix::x(a);\n    }\n}\n";
        assert_eq!(at(block), 0);
        let call = "fn f() {\n    #[cfg(target_os = \"linux\")]\n    let _ = rustix::y(\n        rustix::Z,\n    );\n}\n";
        assert_eq!(at(call), 0);
    }
}
