use std::path::{Path, PathBuf};

/// Corpora are read by people too.
const MAX_SEED_BYTES: u64 = 4 * 1024;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_seed_of_every_corpus() {
    for (target, entry) in entry::TARGETS {
        let folder = fuzz().join("corpus").join(target);
        let seeds = names(&folder);
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for seed in seeds {
            let path = folder.join(&seed);
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                bytes.len() as u64 <= MAX_SEED_BYTES,
                "{target}/{seed} is larger than 4 KiB"
            );
            entry(&bytes);
        }
    }
}

/// The same seeds cut short at every place, which is what a broken download looks like.
#[test]
fn every_seed_cut_short() {
    for (target, entry) in entry::TARGETS {
        let folder = fuzz().join("corpus").join(target);
        for seed in names(&folder) {
            let bytes = std::fs::read(folder.join(seed)).unwrap();
            let step = (bytes.len() / 60).max(1);
            for end in (0..bytes.len()).step_by(step) {
                entry(&bytes[..end]);
            }
        }
    }
}

/// Real files of the readers' own tests, through every entry point that could meet them.
#[test]
fn the_fixtures_of_the_readers() {
    let folder = fuzz().join("../crates/formats/tests/fixtures");
    for name in names(&folder) {
        let Ok(bytes) = std::fs::read(folder.join(&name)) else {
            continue;
        };
        for target in [
            "certificates",
            "keys",
            "key_stores",
            "probe",
            "archives",
            "imports",
        ] {
            let (_, entry) = entry::TARGETS
                .iter()
                .find(|(known, _)| *known == target)
                .unwrap();
            entry(&bytes);
        }
    }
}

#[test]
fn the_fuzzer_and_the_table_know_the_same_targets() {
    let table: Vec<String> = entry::TARGETS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let files: Vec<String> = names(&fuzz().join("fuzz_targets"))
        .iter()
        .map(|file| file.trim_end_matches(".rs").to_owned())
        .collect();
    let mut sorted = table.clone();
    sorted.sort();
    assert_eq!(sorted, files);
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in table {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name}"
        );
        let text = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(text.contains(&format!("entry::{name}(data)")), "{name}");
    }
}
