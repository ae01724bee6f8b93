//! A source is one folder with its page and one line in the catalogue; a forgotten one is caught.

use std::collections::BTreeSet;

use crate::repo::File;
use crate::rust::mentions;

const SOURCES: &str = "crates/sources/src/";
const CATALOGUE: &str = "crates/sources/src/catalog.rs";

/// Folders under `imports/` that serve the others and are no source, each with its reason.
pub const NOT_SOURCES: &[(&str, &str)] = &[];

/// The folders of sources: `host`, `tls`, and each folder under `imports/` and `connectors/`.
pub fn folders(files: &[File], not_sources: &[(&str, &str)]) -> BTreeSet<String> {
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
        .filter(|folder| !not_sources.iter().any(|(name, _)| name == folder))
        .collect()
}

/// Every folder has a page and a line in the catalogue.
pub fn catalogue(files: &[File], not_sources: &[(&str, &str)]) -> Vec<String> {
    let list = files
        .iter()
        .find(|file| file.path == CATALOGUE)
        .map_or("", |file| file.text.as_str());
    let mut violations = Vec::new();
    for folder in folders(files, not_sources) {
        let page = format!("{SOURCES}{folder}/doc.md");
        if !files
            .iter()
            .any(|file| file.path == page && !file.text.trim().is_empty())
        {
            violations.push(format!(
                "{page}: missing; it says what the source reads and what it cannot see"
            ));
        }
        let module = folder.rsplit('/').next().unwrap_or_default();
        if !list.lines().any(|line| mentions(line, module)) {
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
        let found: Vec<_> = folders(&files, &[]).into_iter().collect();
        assert_eq!(found, ["host", "imports/aws"]);
        assert_eq!(folders(&files, &[("imports/aws", "a helper")]).len(), 1);
    }

    #[test]
    fn a_forgotten_line_or_page_is_caught() {
        let whole = ["imports/aws/mod.rs", "imports/aws/doc.md"];
        assert_eq!(
            catalogue(&files("&imports::aws::SPEC,", &whole), &[]),
            Vec::<String>::new()
        );
        assert_eq!(
            catalogue(&files("&imports::gcp::SPEC,", &whole), &[]).len(),
            1
        );
        assert_eq!(
            catalogue(&files("&imports::aws::SPEC,", &["imports/aws/mod.rs"]), &[]).len(),
            1
        );
    }
}
