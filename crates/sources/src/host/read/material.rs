//! Keys, certificates and stores: PEM, DER, PKCS#12, JKS, OpenSSH and PuTTY, told by content.

use formats::bundle::{Found, Item};
use formats::private_key::PrivateKey;
use formats::x509::Certificate;
use model::Observation;

use super::out::Builder;
use super::{ssh, store, trust};
use crate::material::{self, Made};

/// Reads a file of key material. With `by_name` its name promised some, so a certificate file that
/// holds none is a gap.
pub(super) fn read(builder: &mut Builder<'_>, bytes: &[u8], by_name: bool) {
    let bundle = formats::bundle::read(bytes);
    for unread in &bundle.unread {
        let place = unread
            .line
            .map_or_else(String::new, |line| format!("line {line}"));
        builder.gap(place, unread.reason.as_str());
    }
    if by_name && bundle.found.is_empty() && bundle.unread.is_empty() && is_damaged(builder, bytes)
    {
        builder.gap(
            "",
            "neither a certificate nor a key store that can be read; it may be damaged",
        );
    }
    let has_private_key = bundle
        .found
        .iter()
        .any(|found| matches!(found.item, Item::PrivateKey(_)));
    let mut together: Vec<(Certificate, Option<usize>)> = Vec::new();
    for Found { line, item } in bundle.found {
        if builder.is_full() {
            break;
        }
        match item {
            Item::Certificate(certificate) => together.push((*certificate, line)),
            Item::PrivateKey(key) => {
                let text = line.map_or(bytes, |line| block_text(bytes, line));
                private_key(builder, &key, text.trim_ascii(), line);
            }
            Item::SshKey(_) => ssh::public_keys(builder, bytes),
            Item::PublicKey(key) => {
                let observation = material::public_key(&key, builder.cx.observed);
                builder.stored(observation, line);
            }
            Item::Pkcs12(store) => store::pkcs12(builder, &store),
            Item::JavaStore(store) => store::java(builder, &store),
            Item::OpenPgp { private: true } => open_pgp(builder, bytes, line),
            Item::OpenPgp { private: false }
            | Item::CertificateRequest(_)
            | Item::RevocationList => {}
        }
    }
    if !together.is_empty() {
        certificates(builder, &together, has_private_key);
    }
}

/// A binary file whose name promises a certificate and whose content holds none. A text without any
/// block is only a text: products ship such files as places to put a certificate.
fn is_damaged(builder: &Builder<'_>, bytes: &[u8]) -> bool {
    let extension = builder
        .facts
        .name()
        .rsplit('.')
        .next()
        .map(str::to_lowercase);
    matches!(
        extension.as_deref(),
        Some("crt" | "cer" | "der" | "cert" | "p12" | "pfx" | "jks")
    ) && std::str::from_utf8(bytes).is_err()
}

/// An OpenPGP secret key: not decoded, so it is named by the fingerprint of its block.
fn open_pgp(builder: &mut Builder<'_>, bytes: &[u8], line: Option<usize>) {
    let text = line.map_or(bytes, |line| block_text(bytes, line));
    let fingerprint = builder.cx.fingerprinter.fingerprint_bytes(text);
    let observation = material::unrecognised_secret(
        &fingerprint,
        "openpgp_private_key",
        "OpenPGP private key",
        Made::ByMachine,
        builder.cx.observed,
    );
    keep_key(builder, observation, line);
}

/// The text of a PEM block from its BEGIN line to its END line, which is what a person would paste.
fn block_text(bytes: &[u8], line: usize) -> &[u8] {
    let mut start = 0;
    for _ in 1..line {
        match memchr::memchr(b'\n', bytes.get(start..).unwrap_or_default()) {
            Some(at) => start += at + 1,
            None => break,
        }
    }
    let rest = bytes.get(start..).unwrap_or_default();
    let Some(end) = memchr::memmem::find(rest, b"-----END ") else {
        return rest.trim_ascii();
    };
    let tail = rest.get(end..).unwrap_or_default();
    let length = memchr::memchr(b'\n', tail).unwrap_or(tail.len());
    rest.get(..end + length).unwrap_or(rest).trim_ascii()
}

/// One private key: where it lies, who is configured to use it.
fn private_key(builder: &mut Builder<'_>, key: &PrivateKey, text: &[u8], line: Option<usize>) {
    let fingerprint = builder.cx.fingerprinter.fingerprint_bytes(text);
    let observation = material::private_key(key, &fingerprint, builder.cx.observed);
    keep_key(builder, observation, line);
}

/// Says what the place of a private key tells: a host key, a user's key, or neither.
pub(super) fn keep_key(
    builder: &mut Builder<'_>,
    mut observation: Observation,
    line: Option<usize>,
) {
    let name = builder.facts.name();
    if name.starts_with("ssh_host_") {
        observation = ssh::host_key(builder, observation);
    } else {
        observation = builder.used_by_owner(observation);
    }
    builder.stored(observation, line);
}

/// Certificates that lie together in a file: a trust store as one, others one by one.
pub(super) fn certificates(
    builder: &mut Builder<'_>,
    found: &[(Certificate, Option<usize>)],
    has_private_key: bool,
) {
    let together: Vec<Certificate> = found.iter().map(|(one, _)| one.clone()).collect();
    if trust::is_store(&together, has_private_key) {
        return trust::store(builder, &together);
    }
    let anchor = trust::is_local_anchor(&builder.facts.path);
    let observations = material::certificates(&together, builder.cx.observed);
    for (mut observation, (_, line)) in observations.into_iter().zip(found) {
        if anchor {
            observation = trust::anchored(builder, observation);
        }
        builder.stored(observation, *line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_block_is_what_a_person_pastes() {
        let text = b"x\n-----BEGIN A-----\nAAAA\n-----END A-----\r\n-----BEGIN B-----\nBB\n-----END B-----";
        assert_eq!(
            block_text(text, 2),
            b"-----BEGIN A-----\nAAAA\n-----END A-----"
        );
        assert_eq!(
            block_text(text, 5),
            b"-----BEGIN B-----\nBB\n-----END B-----"
        );
    }
}
