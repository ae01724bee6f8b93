//! The example estate, read by the real binary.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::run::{Done, Home};

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme")
}

/// An installation that has read the example estate, made once.
pub(crate) fn estate() -> &'static Home {
    static ESTATE: OnceLock<Home> = OnceLock::new();
    ESTATE.get_or_init(|| {
        let home = Home::new();
        let folder = examples().display().to_string();
        let done = home.run(&["import", &folder, "--scope", "cluster=prod"]);
        assert!(matches!(done.code, 0 | 3), "{}", done.err);
        assert_clean(&done, "import");
        home
    })
}

/// Neither output holds a secret value.
pub(crate) fn assert_clean(done: &Done, what: &str) {
    testkit::assert_no_canary_bytes(done.out.as_bytes(), &format!("output of {what}"));
    testkit::assert_no_canary_bytes(done.err.as_bytes(), &format!("errors of {what}"));
}

/// Ids of everything of one kind of listing.
pub(crate) fn ids(home: &Home, listing: &str) -> Vec<String> {
    let rows = home
        .run(&[listing, "ls", "-f", "jsonl", "--limit", "1000"])
        .lines();
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    rows.iter().map(id).collect()
}
