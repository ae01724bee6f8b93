//! Where the value of a credential was read: in plain text, in code, in an example, readable by whom.

use model::{CredentialType, EdgeKind, NodeKind, NodeRef, ObservedEdge, Signal};
use serde_json::Value;

use super::{Family, Said, Seen, Statement};
use crate::host::test_places;

pub(super) const FAMILY: Family = Family {
    title: "places of credentials (files, environments, states, containers)",
    applies: |seen| {
        seen.is(NodeKind::Credential)
            && (seen.value_was_read() || seen.flag("has_private_part") == Some(true))
    },
    read,
    states: &[
        Statement::of(
            Signal::PlainText,
            "its value was read in a configuration, environment, state, manifest, command or table",
            "it lies in a container made for secrets, or only its hash does",
        ),
        Statement::of(
            Signal::HardCoded,
            "the place is a script, program or crontab, or a constant of Terraform code",
            "the place is a configuration, state, environment or container",
        ),
        Statement::of(
            Signal::ExampleOnly,
            "a folder of its path on this machine is `tests`, `examples`, `fixtures`, `node_modules` or the like; or it is a key of the manual of AWS",
            "no folder of its path on this machine is one",
        ),
        Statement::of(
            Signal::ReadableByOthers,
            "the mode lets everybody, or a group that is not the owner's own, read the file",
            "the mode lets only the owner read it",
        )
        .or_unknown(
            "the mode lets the owner's own group read it, whose members were not looked at",
        ),
    ],
};

/// Names of files whose text is code.
const CODE: &[&str] = &[
    ".bash",
    ".bat",
    ".cmd",
    ".cs",
    ".fish",
    ".go",
    ".groovy",
    ".java",
    ".js",
    ".kt",
    ".php",
    ".pl",
    ".ps1",
    ".psm1",
    ".py",
    ".rb",
    ".rs",
    ".sh",
    ".sql",
    ".tf",
    ".ts",
    ".vbs",
    ".zsh",
    "/crontab",
    "/dockerfile",
    "/jenkinsfile",
    "/makefile",
];

/// The access keys of the manual of AWS.
const MANUAL: &[&str] = &["AKIAI44QH8DHBEXAMPLE", "AKIAIOSFODNN7EXAMPLE"];

/// Folders of scripts without an ending.
const CODE_FOLDERS: &[&str] = &[
    "/etc/cron.",
    "/etc/init.d/",
    "/var/spool/cron/",
    "/bin/",
    "/sbin/",
];

fn read(seen: &Seen<'_>, said: &mut Said) {
    let places = || {
        seen.edges(EdgeKind::StoredIn)
            .chain(seen.edges(EdgeKind::FoundIn))
    };
    if seen.value_was_read() && !is_key(seen) {
        open_value(seen, said, places());
    }
    for edge in places() {
        if edge.to.provider == "file" {
            example(seen, said, &edge.to);
        }
        readers(said, edge);
    }
    if MANUAL.contains(&seen.native()) {
        said.seen(Signal::ExampleOnly, "a key of its vendor's manual");
    }
}

/// Keys and certificates lie in files by their nature: whether they are protected there is another
/// question.
fn is_key(seen: &Seen<'_>) -> bool {
    matches!(
        seen.form,
        Some(
            CredentialType::PrivateKey
                | CredentialType::SshKey
                | CredentialType::Certificate
                | CredentialType::SshCertificate
        )
    )
}

fn open_value<'o>(
    seen: &Seen<'o>,
    said: &mut Said,
    places: impl Iterator<Item = &'o ObservedEdge>,
) {
    if matches!(seen.subtype, "password_hash" | "htpasswd_user") {
        said.no(Signal::PlainText);
    }
    let mut kept = false;
    let mut open = false;
    for edge in places {
        if matches!(edge.to.kind, NodeKind::SecretContainer | NodeKind::Key)
            && seen.connector != "kubernetes.manifests"
        {
            kept = true;
            continue;
        }
        open = true;
        let what = words_of(seen, edge);
        if is_code(&edge.to) || is_constant(edge) {
            said.seen(Signal::HardCoded, what.as_str());
        }
        said.seen(Signal::PlainText, what);
    }
    for edge in seen.edges(EdgeKind::UsedBy) {
        if text(edge, "basis") == Some("process_environment") {
            open = true;
            said.seen(Signal::PlainText, words_of(seen, edge));
        }
    }
    if seen.connector == "csv.mapped" {
        open = true;
        said.seen(Signal::PlainText, "written into a table");
    }
    if kept && !open {
        said.no(Signal::PlainText);
    }
    if kept || open {
        said.no(Signal::HardCoded);
    }
}

/// What names the spot, never what lies there: `variable DB_PASSWORD`, `dotenv field API_KEY`.
fn words_of(seen: &Seen<'_>, edge: &ObservedEdge) -> String {
    let spot = ["variable", "attribute", "key", "field"]
        .iter()
        .find_map(|word| Some(format!("{word} {}", text(edge, word)?)))
        .or_else(|| Some(format!("field {}", seen.text("field")?)));
    match (seen.text("read_as"), spot) {
        (Some(format), Some(spot)) => format!("{format}, {spot}"),
        (Some(format), None) => format.to_owned(),
        (None, Some(spot)) => spot,
        (None, None) => format!("in a {}", edge.to.kind),
    }
}

fn is_code(place: &NodeRef) -> bool {
    if matches!(place.kind, NodeKind::Repo | NodeKind::Image) {
        return true;
    }
    if place.provider != "file" {
        return false;
    }
    let lower = place.native_id.to_lowercase();
    CODE.iter().any(|end| lower.ends_with(end))
        || CODE_FOLDERS.iter().any(|folder| lower.contains(folder))
}

/// A constant in the configuration of a provider of Terraform: it stands in the code itself.
fn is_constant(edge: &ObservedEdge) -> bool {
    text(edge, "address") == Some("provider")
}

fn example(seen: &Seen<'_>, said: &mut Said, file: &NodeRef) {
    // Of an imported folder nobody knows what lies above it.
    if seen.connector != "host" {
        return;
    }
    if test_places::environment(&file.native_id).is_some() {
        said.seen(Signal::ExampleOnly, file.native_id.as_str());
    } else {
        said.no(Signal::ExampleOnly);
    }
}

fn readers(said: &mut Said, edge: &ObservedEdge) {
    let mode = || text(edge, "mode").unwrap_or_default();
    match text(edge, "readable_by_others") {
        Some("everyone") => said.seen(
            Signal::ReadableByOthers,
            format!("mode {}: everyone", mode()),
        ),
        Some("group") if edge.attributes.get("group_is_own") == Some(&Value::Bool(true)) => {
            said.unknown(
                Signal::ReadableByOthers,
                "the owner's own group may read it; its members were not looked at",
            );
        }
        Some("group") => said.seen(
            Signal::ReadableByOthers,
            format!("mode {}: its group", mode()),
        ),
        Some(_) => said.no(Signal::ReadableByOthers),
        None => {}
    }
}

fn text<'e>(edge: &'e ObservedEdge, word: &str) -> Option<&'e str> {
    edge.attributes.get(word)?.as_str()
}
