//! The trust stores of the system: what it ships is counted, what somebody added is listed.

use std::collections::{BTreeMap, BTreeSet};

use formats::bundle::Item;
use formats::x509::Certificate;

use super::files::{EntryKind, FileFacts, FileSystem, join};
use super::gaps::Gaps;
use super::kind::FileKind;
use super::read::out::{Builder, Output, ReadContext};
use super::read::{self, trust};
use crate::material;

/// Bundles that programs of the system trust.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
    "/etc/ssl/certs/java/cacerts",
    "/etc/pki/java/cacerts",
    "/etc/pki/ca-trust/extracted/java/cacerts",
];

/// Where Java runtimes lie.
const JAVA_HOMES: &[&str] = &[
    "/usr/lib/jvm",
    "/opt/java",
    "/Library/Java/JavaVirtualMachines",
];

/// Where the roots lie that the distribution ships, one a file.
const SHIPPED: &str = "/usr/share/ca-certificates";

/// Files in a directory of certificates that are no links lie there on their own.
const DIRECTORIES: &[&str] = &["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// The most files of one such directory; public roots are about 150, each under two names.
const MAX_FILES: usize = 5_000;

/// Places of trust stores outside the roots of the search.
pub(super) fn places() -> impl Iterator<Item = &'static str> {
    [SHIPPED]
        .into_iter()
        .chain(DIRECTORIES.iter().copied())
        .chain(JAVA_HOMES.iter().copied())
}

/// Reads the system's trust stores.
pub(super) fn read(
    files: &FileSystem,
    cx: ReadContext<'_>,
    max_bytes: u64,
    gaps: &mut Gaps,
) -> Vec<Output> {
    let shipped = shipped(files, cx, max_bytes);
    let mut outputs: Vec<Output> = shipped.output.into_iter().collect();
    let mut seen = BTreeSet::new();
    for path in bundles(files) {
        match files.read(&path, max_bytes) {
            Ok((facts, bytes)) => {
                if facts.same_file.is_some_and(|same| !seen.insert(same)) {
                    continue;
                }
                let output = read::file(Some(FileKind::Material), &facts, bytes.expose(), cx);
                let added = added(cx, &facts, bytes.expose(), &shipped.sha256);
                outputs.push(output);
                outputs.extend(added);
            }
            Err(unread) => gaps.file_in(files, &path, &unread),
        }
    }
    for directory in DIRECTORIES {
        own_files(files, cx, directory, max_bytes, &mut outputs, gaps);
    }
    outputs
}

fn bundles(files: &FileSystem) -> Vec<String> {
    let mut paths: Vec<String> = BUNDLES.iter().map(|path| (*path).to_owned()).collect();
    for home in JAVA_HOMES {
        let Ok((names, _)) = files.names(home, MAX_FILES) else {
            continue;
        };
        for entry in names
            .iter()
            .filter(|entry| entry.kind == EntryKind::Directory)
        {
            for part in [
                "lib/security/cacerts",
                "jre/lib/security/cacerts",
                "Contents/Home/lib/security/cacerts",
            ] {
                paths.push(join(&join(home, &entry.name), part));
            }
        }
    }
    paths
}

/// What the distribution ships, as one store and as the set to compare bundles with.
struct Shipped {
    output: Option<Output>,
    sha256: BTreeSet<String>,
}

fn shipped(files: &FileSystem, cx: ReadContext<'_>, max_bytes: u64) -> Shipped {
    let mut certificates: BTreeMap<String, Certificate> = BTreeMap::new();
    let Ok((vendors, _)) = files.names(SHIPPED, MAX_FILES) else {
        return Shipped {
            output: None,
            sha256: BTreeSet::new(),
        };
    };
    for vendor in vendors
        .iter()
        .filter(|entry| entry.kind == EntryKind::Directory)
    {
        let directory = join(SHIPPED, &vendor.name);
        let Ok((names, _)) = files.names(&directory, MAX_FILES) else {
            continue;
        };
        for entry in names.iter().filter(|entry| entry.kind == EntryKind::File) {
            if let Ok((_, bytes)) = files.read(&join(&directory, &entry.name), max_bytes) {
                for certificate in certificates_in(bytes.expose()) {
                    certificates.insert(certificate.sha256.clone(), certificate);
                }
            }
        }
    }
    let sha256: BTreeSet<String> = certificates.keys().cloned().collect();
    if sha256.is_empty() {
        return Shipped {
            output: None,
            sha256,
        };
    }
    let certificates: Vec<Certificate> = certificates.into_values().collect();
    let facts = FileFacts::document(SHIPPED, 0, None);
    let mut builder = Builder::new(cx, &facts);
    let observation = trust::summary(
        cx.partition,
        SHIPPED,
        &certificates,
        &sha256,
        cx.now,
        cx.observed,
    );
    builder.push(observation);
    Shipped {
        output: Some(builder.finish()),
        sha256,
    }
}

fn certificates_in(bytes: &[u8]) -> Vec<Certificate> {
    formats::bundle::read(bytes)
        .found
        .into_iter()
        .flat_map(|found| match found.item {
            Item::Certificate(certificate) => vec![*certificate],
            Item::JavaStore(store) => store
                .entries
                .into_iter()
                .flat_map(|entry| entry.chain)
                .collect(),
            Item::Pkcs12(store) => store
                .certificates
                .into_iter()
                .map(|one| one.certificate)
                .collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// Roots in a bundle that the distribution does not ship: somebody added them.
fn added(
    cx: ReadContext<'_>,
    facts: &FileFacts,
    bytes: &[u8],
    shipped: &BTreeSet<String>,
) -> Option<Output> {
    if shipped.is_empty() {
        return None;
    }
    let mut builder = Builder::new(cx, facts);
    for certificate in certificates_in(bytes) {
        if !shipped.contains(&certificate.sha256) {
            let observation = material::certificate(&certificate, cx.observed);
            let observation = trust::anchored(&builder, observation);
            builder.stored(observation, None);
        }
    }
    let output = builder.finish();
    (!output.observations.is_empty()).then_some(output)
}

/// Certificates that lie as files of their own in a directory of links.
fn own_files(
    files: &FileSystem,
    cx: ReadContext<'_>,
    directory: &str,
    max_bytes: u64,
    outputs: &mut Vec<Output>,
    gaps: &mut Gaps,
) {
    let names = match files.names(directory, MAX_FILES) {
        Ok((names, _)) => names,
        Err(unread) => return gaps.directory_in(files, directory, &unread),
    };
    for entry in names.iter().filter(|entry| entry.kind == EntryKind::File) {
        let path = join(directory, &entry.name);
        if BUNDLES.contains(&path.as_str()) {
            continue;
        }
        match files.read(&path, max_bytes) {
            Ok((facts, bytes)) => {
                outputs.push(read::file(
                    Some(FileKind::Material),
                    &facts,
                    bytes.expose(),
                    cx,
                ));
            }
            Err(unread) => gaps.file_in(files, &path, &unread),
        }
    }
}
