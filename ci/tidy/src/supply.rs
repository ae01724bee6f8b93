//! What we build on: licences, banned crates, where crates come from, and none without a use.

use serde_json::Value;

use crate::repo::File;
use crate::rust::mentions;

/// Licences an Apache-2.0 product may carry. MPL-2.0 is file-wise, so linking is fine.
pub const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that must not enter, each with its reason.
pub const BANNED: &[(&str, &str)] = &[
    (
        "native-tls",
        "TLS is rustls with ring, the same on every platform",
    ),
    (
        "openssl",
        "TLS is rustls with ring; a system library is one more thing to install",
    ),
    (
        "openssl-sys",
        "TLS is rustls with ring; a system library is one more thing to install",
    ),
];

/// Dependencies no source file names, each with its reason: (package, dependency, reason).
pub const USED_UNSEEN: &[(&str, &str, &str)] = &[];

/// The two spellings of the crates.io index.
const REGISTRIES: &[&str] = &[
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
];

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

/// Every package of the tree has an allowed licence, comes from crates.io or this workspace, and
/// is not banned; no dependency of ours accepts any version.
pub fn check(metadata: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    for package in packages(metadata) {
        let name = package["name"].as_str().unwrap_or_default();
        let named = format!("{name} {}", package["version"].as_str().unwrap_or_default());
        match package["license"].as_str() {
            Some(expression) if licence_allowed(expression) => {}
            Some(expression) => violations.push(format!(
                "{named}: licence `{expression}` is not on the list"
            )),
            None => violations.push(format!("{named}: states no licence")),
        }
        if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            violations.push(format!("{named}: banned, {reason}"));
        }
        match package["source"].as_str() {
            Some(source) if !REGISTRIES.contains(&source) => {
                violations.push(format!("{named}: comes from {source}"));
            }
            Some(_) => {}
            None => violations.extend(wildcards(package, name)),
        }
    }
    violations
}

fn wildcards(package: &Value, name: &str) -> Vec<String> {
    package["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|dependency| {
            dependency["path"].is_null() && dependency["req"].as_str() == Some("*")
        })
        .map(|dependency| format!("{name}: accepts any version of {}", dependency["name"]))
        .collect()
}

/// Evaluates an SPDX expression: `AND` needs both sides, `OR` one; the old `/` means `OR`.
pub fn licence_allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest).unwrap_or(false) && rest.is_empty()
}

fn any_of(rest: &mut &[&str]) -> Option<bool> {
    let mut allowed = all_of(rest)?;
    while let Some(("OR", after)) = head(rest) {
        *rest = after;
        allowed |= all_of(rest)?;
    }
    Some(allowed)
}

fn all_of(rest: &mut &[&str]) -> Option<bool> {
    let mut allowed = term(rest)?;
    while let Some(("AND", after)) = head(rest) {
        *rest = after;
        allowed &= term(rest)?;
    }
    Some(allowed)
}

fn term(rest: &mut &[&str]) -> Option<bool> {
    let (word, after) = head(rest)?;
    *rest = after;
    if word == "(" {
        let allowed = any_of(rest)?;
        let (")", after) = head(rest)? else {
            return None;
        };
        *rest = after;
        return Some(allowed);
    }
    let mut licence = word.to_owned();
    if let Some(("WITH", after)) = head(rest) {
        let (exception, after) = head(after)?;
        *rest = after;
        licence = format!("{word} WITH {exception}");
    }
    Some(LICENCES.contains(&licence.as_str()))
}

fn head<'a, 'b>(words: &'a [&'b str]) -> Option<(&'b str, &'a [&'b str])> {
    words.split_first().map(|(first, rest)| (*first, rest))
}

/// The text of our own licence lies at the root, and the workspace states it.
pub fn own_licence(files: &[File]) -> Vec<String> {
    let holds = |path: &str, words: &[&str]| {
        let file = files.iter().find(|file| file.path == path);
        file.is_some_and(|file| words.iter().all(|word| file.text.contains(word)))
    };
    let mut violations = Vec::new();
    if !holds("LICENSE", &["Apache License", "Version 2.0"]) {
        violations.push("LICENSE: missing, or not the Apache licence 2.0".to_owned());
    }
    if !holds("Cargo.toml", &["license = \"Apache-2.0\""]) {
        violations.push("Cargo.toml: the workspace does not state Apache-2.0".to_owned());
    }
    violations
}

/// Every dependency of a member is named in one of its source files.
pub fn unused(metadata: &Value, files: &[File], root: &str) -> Vec<String> {
    let mut violations = Vec::new();
    for package in packages(metadata) {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let folder = manifest
            .strip_prefix(root)
            .unwrap_or(manifest)
            .trim_start_matches('/');
        let folder = folder.trim_end_matches("Cargo.toml");
        let code: Vec<&File> = files
            .iter()
            .filter(|file| {
                file.path.starts_with(folder) && file.path.rsplit('.').next() == Some("rs")
            })
            .collect();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let wanted = dependency["rename"]
                .as_str()
                .or_else(|| dependency["name"].as_str())
                .unwrap_or_default();
            let ident = wanted.replace('-', "_");
            let listed = USED_UNSEEN
                .iter()
                .any(|(of, unseen, _)| *of == name && *unseen == wanted);
            if !listed
                && !code
                    .iter()
                    .any(|file| file.text.lines().any(|line| mentions(line, &ident)))
            {
                violations.push(format!(
                    "{folder}Cargo.toml: `{wanted}` is not used, remove it"
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn licence_expressions_are_evaluated() {
        for good in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(licence_allowed(good), "{good}");
        }
        for bad in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR Apache-2.0) AND GPL-3.0",
            "MIT WITH strange",
            "",
            "MIT OR",
            "(MIT",
            "MIT MIT",
        ] {
            assert!(!licence_allowed(bad), "{bad}");
        }
    }

    fn package(name: &str, license: &Value, source: &Value) -> Value {
        json!({"packages": [{"name": name, "version": "1.0.0", "license": license, "source": source, "dependencies": []}]})
    }

    #[test]
    fn each_broken_rule_is_caught() {
        let registry = json!(REGISTRIES[0]);
        assert_eq!(
            check(&package("a", &json!("MIT"), &registry)),
            Vec::<String>::new()
        );
        assert_eq!(check(&package("a", &json!("SSPL-1.0"), &registry)).len(), 1);
        assert_eq!(check(&package("a", &Value::Null, &registry)).len(), 1);
        assert_eq!(
            check(&package("openssl-sys", &json!("MIT"), &registry)).len(),
            1
        );
        assert_eq!(
            check(&package(
                "a",
                &json!("MIT"),
                &json!("git+https://example.com/a")
            ))
            .len(),
            1
        );
        let any = json!({"packages": [{"name": "a", "license": "MIT", "source": null,
            "dependencies": [{"name": "b", "req": "*"}, {"name": "c", "req": "*", "path": "/c"}]}]});
        assert_eq!(check(&any).len(), 1);
    }

    #[test]
    fn a_missing_licence_is_caught() {
        let text = File::new("LICENSE", "Apache License\nVersion 2.0, January 2004");
        let manifest = File::new("Cargo.toml", "license = \"Apache-2.0\"");
        assert_eq!(
            own_licence(&[text.clone(), manifest.clone()]),
            Vec::<String>::new()
        );
        assert_eq!(own_licence(&[manifest]).len(), 1);
        let other = File::new("Cargo.toml", "license = \"BUSL-1.1\"");
        assert_eq!(own_licence(&[text, other]).len(), 1);
    }

    #[test]
    fn an_unused_dependency_is_caught() {
        let metadata = json!({"packages": [{"name": "countersign-app", "manifest_path": "/r/crates/app/Cargo.toml",
            "dependencies": [{"name": "serde-saphyr"}, {"name": "countersign-model", "rename": "model"}]}]});
        let used = [File::new(
            "crates/app/src/lib.rs",
            "use model::Fact;\nserde_saphyr::from_str(text)",
        )];
        let unused_yaml = [File::new("crates/app/src/lib.rs", "use model::Fact;")];
        let elsewhere = [File::new(
            "crates/api/src/lib.rs",
            "use model::Fact;\nserde_saphyr::from_str(text)",
        )];
        assert_eq!(unused(&metadata, &used, "/r"), Vec::<String>::new());
        assert_eq!(unused(&metadata, &unused_yaml, "/r").len(), 1);
        assert_eq!(unused(&metadata, &elsewhere, "/r").len(), 2);
    }
}
