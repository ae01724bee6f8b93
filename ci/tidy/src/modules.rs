//! Every Rust file is part of some program: a test file that no module names never runs.

use crate::repo::File;

/// Files of integration tests that the `main.rs` or `mod.rs` beside them does not name.
pub fn unlisted(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| {
            file.path.contains("/tests/it/") && file.path.rsplit('.').next() == Some("rs")
        })
        .filter_map(|file| {
            let (folder, name) = file.path.rsplit_once('/')?;
            let (folder, module) = match name {
                "main.rs" => return None,
                "mod.rs" => folder.rsplit_once('/')?,
                _ => (folder, name.strip_suffix(".rs")?),
            };
            let named = ["main.rs", "mod.rs"].iter().any(|parent| {
                files.iter().any(|one| {
                    one.path == format!("{folder}/{parent}")
                        && one
                            .text
                            .lines()
                            .any(|line| line.trim() == format!("mod {module};"))
                })
            });
            (!named).then(|| format!("{}: no module names it, so its tests never run", file.path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_test_file_is_caught() {
        let main = File::new(
            "crates/a/tests/it/main.rs",
            "#[cfg(test)]\nmod one;\nmod deep;\n",
        );
        let one = File::new("crates/a/tests/it/one.rs", "");
        let two = File::new("crates/a/tests/it/two.rs", "");
        let deep = File::new("crates/a/tests/it/deep/mod.rs", "mod three;\n");
        let three = File::new("crates/a/tests/it/deep/three.rs", "");
        let four = File::new("crates/a/tests/it/deep/four.rs", "");
        let good = [main, one, deep, three];
        assert_eq!(unlisted(&good), [""; 0]);
        let all = [good.as_slice(), &[two, four]].concat();
        let found = unlisted(&all);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
