//! The families against the exports of the repository: every form has a line, and what a family says
//! stands in its table.

mod said;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::{Answer, NodeKind, Observation, Signal, SourceRef};

use super::{FAMILIES, Said, Seen, WITHOUT_FORM, credential_type, recognise};
use crate::imports::ImportOptions;
use crate::imports::testing::read_if_known;

/// Where exports lie in the repository.
const PLACES: &[&str] = &[
    "crates/sources/src/imports",
    "crates/formats/tests/fixtures",
    "examples",
    "fuzz/corpus/imports",
    "fuzz/corpus/config_files",
    "fuzz/corpus/certificates",
    "fuzz/corpus/keys",
    "fuzz/corpus/tokens",
];

/// What is said of every document that some format reads, before it is recognised.
pub(super) fn everything() -> Vec<(SourceRef, Observation)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for place in PLACES {
        let mut files = Vec::new();
        walk(&root.join(place), &mut files);
        files.sort();
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let name = file.strip_prefix(&root).unwrap().display().to_string();
            for name in [name.clone(), as_known_file(&name)] {
                let options = ImportOptions {
                    scopes: [("cluster", "prod"), ("project", "shop-prod")]
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .into(),
                    ..ImportOptions::default()
                };
                if let Some(read) = read_if_known(&name, &bytes, &options) {
                    found.extend(read.got.observations);
                }
            }
        }
    }
    found
}

fn walk(place: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(place) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if !["rs", "md", "profraw"]
            .iter()
            .any(|end| path.extension().is_some_and(|own| own == *end))
        {
            files.push(path);
        }
    }
}

/// Files of the fuzzer are named after their format; the reader goes by the name tools give them.
fn as_known_file(name: &str) -> String {
    let short = name.rsplit('/').next().unwrap();
    let known = match short {
        "aws_credentials" => ".aws/credentials",
        "dotenv" => ".env",
        "docker_config" => ".docker/config.json",
        "git_credentials" => ".git-credentials",
        "kubeconfig" => ".kube/config",
        "maven_settings" => ".m2/settings.xml",
        "my_cnf" => ".my.cnf",
        "netrc" => ".netrc",
        "npmrc" => ".npmrc",
        "pgpass" => ".pgpass",
        "pypirc" => ".pypirc",
        "rclone" => ".config/rclone/rclone.conf",
        "s3cfg" => ".s3cfg",
        "terraform_credentials" => ".terraform.d/credentials.tfrc.json",
        other => other,
    };
    format!("home/ann/{known}")
}

#[test]
fn every_credential_has_a_form() {
    let mut without = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (source, mut observation) in everything() {
        recognise(&source, &mut observation);
        if observation.node.kind != NodeKind::Credential {
            continue;
        }
        let Some(subtype) = observation.attributes.subtype.clone() else {
            continue;
        };
        seen.insert(subtype.clone());
        if observation.attributes.credential_type.is_none()
            && !WITHOUT_FORM.contains(&subtype.as_str())
        {
            without.insert(format!("{subtype} of {}", source.connector));
        }
    }
    assert_eq!(without, BTreeSet::new(), "add a line to CREDENTIAL_TYPES");
    assert!(seen.len() > 30, "the exports were not read: {seen:?}");
}

#[test]
fn every_form_of_a_credential_file_has_a_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats/src/files");
    let mut files = Vec::new();
    walk_code(&root, &mut files);
    let (mut without, mut looked) = (BTreeSet::new(), 0);
    for file in files {
        let code = std::fs::read_to_string(&file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        for call in code.split("Entry::new(").skip(1) {
            // The name, the subtype, the form: the subtype is the first word in quotes with a `_`
            // among the first arguments, and the form is behind it.
            let arguments = call.split(')').next().unwrap();
            let words: Vec<&str> = arguments.split('"').skip(1).step_by(2).collect();
            let [.., subtype, form] = words.as_slice() else {
                continue;
            };
            looked += 1;
            if *form != "none" && subtype.contains('_') && credential_type(subtype).is_none() {
                without.insert((*subtype).to_owned());
            }
        }
    }
    assert_eq!(without, BTreeSet::new(), "add a line to CREDENTIAL_TYPES");
    assert!(looked > 20, "only {looked} calls were understood");
}

fn walk_code(place: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(place).unwrap() {
        files.push(entry.unwrap().path());
    }
}

#[test]
fn what_a_family_says_stands_in_its_table() {
    for (source, observation) in everything() {
        let seen = Seen::of(&source, &observation);
        for family in FAMILIES.iter().filter(|family| (family.applies)(&seen)) {
            let mut said = Said::default();
            (family.read)(&seen, &mut said);
            for (signal, answer) in said.signals {
                let row = family.states.iter().find(|row| row.signal == signal);
                let text = row.map(|row| match answer {
                    Answer::Yes { .. } => row.yes,
                    Answer::No => row.no,
                    Answer::Unknown { .. } => row.unknown,
                });
                assert!(
                    text.is_some_and(|text| !text.is_empty()),
                    "{} says {signal} {answer:?} of {} and its table does not",
                    family.title,
                    observation.node.native_id
                );
            }
        }
    }
}

#[test]
fn tables_are_whole() {
    for family in FAMILIES {
        let mut seen = BTreeSet::new();
        for row in family.states {
            assert!(seen.insert(row.signal), "{} {}", family.title, row.signal);
            assert!(!row.yes.is_empty() || !row.no.is_empty());
            for text in [row.yes, row.no, row.unknown] {
                assert!(!text.contains(['|', '\n']), "it stands in a table: {text}");
            }
        }
    }
    let page = super::reference_page();
    for signal in Signal::ALL {
        assert!(page.contains(&format!("## `{signal}`")), "{signal}");
    }
}

#[test]
fn no_secret_is_in_what_was_recognised() {
    for (source, mut observation) in everything() {
        recognise(&source, &mut observation);
        let text = serde_json::to_string(&observation).unwrap();
        assert!(!text.contains("CANARY"), "{}", observation.node.native_id);
    }
}
