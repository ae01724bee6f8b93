//! Certificates, wherever they were read.

use model::{NodeKind, Signal};

use super::{Family, Said, Seen, Statement, keys};

pub(super) const FAMILY: Family = Family {
    title: "certificates (X.509)",
    applies: |seen| seen.is(NodeKind::Credential) && seen.subtype == "x509_certificate",
    read,
    states: &[
        Statement::of(
            Signal::WeakCryptography,
            "the key or the signature is disallowed (NIST SP 800-131A, 800-57)",
            "key and signature hold",
        )
        .or_unknown("the algorithm is not in the table"),
        Statement::of(
            Signal::SelfSigned,
            "issuer and subject are one, and it is no authority",
            "another issued it, or it is an authority",
        ),
        Statement::of(
            Signal::CertificateAuthority,
            "its basic constraints say so",
            "they do not",
        ),
        Statement::of(
            Signal::WildcardName,
            "a name begins with `*.`",
            "no name does",
        )
        .or_unknown("it has more names than are kept"),
        Statement::of(
            Signal::PubliclyTrusted,
            "signed certificate timestamps are embedded in it, which only public authorities do",
            "it is its own issuer",
        ),
    ],
};

fn read(seen: &Seen<'_>, said: &mut Said) {
    keys::strength(seen, said);
    let Some(is_ca) = seen.flag("is_ca") else {
        return;
    };
    said.flag(Signal::CertificateAuthority, Some(is_ca));
    let own_issuer = seen.flag("self_signed") == Some(true);
    said.flag(Signal::SelfSigned, Some(own_issuer && !is_ca));
    if seen.flag("embedded_timestamps") == Some(true) {
        said.yes(Signal::PubliclyTrusted);
    } else if own_issuer {
        said.no(Signal::PubliclyTrusted);
    }
    let by_name = seen
        .list("sans")
        .filter_map(|name| name.strip_prefix("dns:"))
        .chain(seen.attributes().name.as_deref())
        .find(|name| name.starts_with("*."));
    match by_name {
        Some(name) => said.seen(Signal::WildcardName, name),
        None if seen.word("sans_total").is_some() => {
            said.unknown(Signal::WildcardName, "it has more names than are kept");
        }
        None => said.no(Signal::WildcardName),
    }
}
