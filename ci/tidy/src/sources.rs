//! A source is one folder with its page and one line in the catalogue; a forgotten one is caught.

use std::collections::BTreeSet;

use crate::repo::File;
use crate::rust::{mentions, product_lines};

/// Where sources live.
pub(crate) const SOURCES: &str = "crates/sources/src/";
const CATALOGUE: &str = "crates/sources/src/catalog.rs";

/// Folders that serve the others and so have no line in the catalogue, each with its reason. One
/// that has a page keeps it.
pub const NOT_LISTED: &[(&str, &str)] = &[(
    "imports/drive",
    "opens files, folders and archives for the formats; has no format of its own",
)];

/// The folders of sources: `host`, `tls`, and each folder under `imports/` and `connectors/`.
pub fn folders(files: &[File]) -> BTreeSet<String> {
    files
        .iter()
        .filter_map(|file| file.path.strip_prefix(SOURCES))
        .filter_map(|rest| {
            let mut parts = rest.split('/');
            let first = parts.next()?;
            let second = parts.next()?;
            match first {
                "host" | "tls" => Some(first.to_owned()),
                "imports" | "connectors" => parts.next().map(|_| format!("{first}/{second}")),
                _ => None,
            }
        })
        .collect()
}

/// The pages that lie beside the code of the sources.
pub fn pages(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| {
        file.path.starts_with(SOURCES)
            && file.path.ends_with("/doc.md")
            && !file.text.trim().is_empty()
    })
}

/// Every folder has a page and a line in the catalogue.
pub fn catalogue(files: &[File], not_listed: &[(&str, &str)]) -> Vec<String> {
    let list = files.iter().find(|file| file.path == CATALOGUE);
    let lines = list
        .map(|file| product_lines(&file.text))
        .unwrap_or_default();
    let mut violations = Vec::new();
    for folder in folders(files) {
        if not_listed.iter().any(|(name, _)| *name == folder) {
            continue;
        }
        let home = format!("{SOURCES}{folder}/");
        if !pages(files).any(|page| page.path.starts_with(&home)) {
            violations.push(format!(
                "{home}doc.md: missing; it says what the source reads and what it cannot see"
            ));
        }
        let module = folder.rsplit('/').next().unwrap_or_default();
        if !lines.iter().any(|(_, line)| mentions(line, module)) {
            violations.push(format!(
                "{SOURCES}{folder}: not in catalog.rs; add its one line"
            ));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &str, names: &[&str]) -> Vec<File> {
        let mut files = vec![File::new(CATALOGUE, list)];
        files.extend(
            names
                .iter()
                .map(|name| File::new(&format!("{SOURCES}{name}"), "text")),
        );
        files
    }

    #[test]
    fn folders_are_found() {
        let files = files(
            "",
            &[
                "lib.rs",
                "host/mod.rs",
                "imports/mod.rs",
                "imports/aws/mod.rs",
                "imports/aws/fixtures/a.csv",
            ],
        );
        let found: Vec<_> = folders(&files).into_iter().collect();
        assert_eq!(found, ["host", "imports/aws"]);
    }

    #[test]
    fn a_forgotten_line_or_page_is_caught() {
        let whole = ["imports/aws/mod.rs", "imports/aws/doc.md"];
        assert_eq!(
            catalogue(&files("&imports::aws::SPEC,", &whole), &[]),
            Vec::<String>::new()
        );
        assert_eq!(
            catalogue(&files("// imports::aws\n&imports::gcp::SPEC,", &whole), &[]).len(),
            1
        );
        assert_eq!(
            catalogue(&files("&imports::aws::SPEC,", &["imports/aws/mod.rs"]), &[]).len(),
            1
        );
    }
}
