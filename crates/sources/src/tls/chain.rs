//! A chain as it was served, and the words of its judgement.

use std::net::IpAddr;

use formats::x509::{Certificate, San};
use serde::Serialize;

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// The leaf has expired.
    Expired,
    /// The leaf is not valid yet.
    NotYetValid,
    /// A certificate above the leaf has expired or is not valid yet.
    ExpiredIntermediate,
    /// The leaf does not name the host that was asked for.
    NameMismatch,
    /// The leaf has no subject alternative name; clients no longer look at the common name.
    MissingSan,
    /// The leaf signed itself.
    SelfSignedLeaf,
    /// The issuer of a certificate was not served.
    IncompleteChain,
    /// Certificates stand in another order than each after its subject.
    OutOfOrder,
    /// A certificate belongs to no path from the leaf.
    UnrelatedCertificate,
    /// One certificate was served more than once.
    DuplicateCertificate,
    /// The chain ends at an authority that is not trusted.
    UnknownRoot,
    /// A signature does not fit the issuer's key.
    BadSignature,
    /// A certificate issued another without being an authority.
    NotACa,
    /// A key is too weak.
    WeakKey,
    /// A signature algorithm is broken.
    WeakSignature,
    /// A certificate cannot be read.
    Unreadable,
}

impl FaultCode {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::ExpiredIntermediate => "expired_intermediate",
            Self::NameMismatch => "name_mismatch",
            Self::MissingSan => "missing_san",
            Self::SelfSignedLeaf => "self_signed_leaf",
            Self::IncompleteChain => "incomplete_chain",
            Self::OutOfOrder => "out_of_order",
            Self::UnrelatedCertificate => "unrelated_certificate",
            Self::DuplicateCertificate => "duplicate_certificate",
            Self::UnknownRoot => "unknown_root",
            Self::BadSignature => "bad_signature",
            Self::NotACa => "not_a_ca",
            Self::WeakKey => "weak_key",
            Self::WeakSignature => "weak_signature",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One fault with the certificate it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainFault {
    /// What is wrong.
    pub code: FaultCode,
    /// The same in words, with the facts.
    pub detail: String,
    /// Position in the chain as served, the leaf is 0.
    pub position: usize,
}

/// Whether the chain ends at a trusted authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Trust {
    /// It does.
    Trusted {
        /// Subject of the authority.
        root: String,
        /// True when every signature of the path was verified by us.
        verified: bool,
    },
    /// It does not, in the given set of authorities.
    Untrusted {
        /// Where the path ends.
        reason: String,
    },
    /// There was nothing to judge it by.
    NotJudged {
        /// Why.
        reason: String,
    },
}

/// A chain and the judgement on it.
#[derive(Debug, Clone, Serialize)]
pub struct Chain {
    /// The certificates as served; `None` where one could not be read.
    pub served: Vec<Option<Certificate>>,
    /// Positions from the leaf upwards, each issued by the next.
    pub path: Vec<usize>,
    /// For each position of `path` but the last: true when the signature was verified.
    pub verified: Vec<bool>,
    /// The trusted authority above the path, when it is not itself served.
    pub anchor: Option<Certificate>,
    /// Whether it is trusted.
    pub trust: Trust,
    /// What is wrong, by position.
    pub faults: Vec<ChainFault>,
}

impl Chain {
    /// The leaf, when it could be read.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.served.first().and_then(Option::as_ref)
    }

    /// True when the fault was found anywhere.
    pub fn has(&self, code: FaultCode) -> bool {
        self.faults.iter().any(|fault| fault.code == code)
    }
}

/// True when the certificate names the host, by RFC 6125 and RFC 9525: whole names, addresses as
/// addresses, and `*` for exactly the left-most label.
pub fn names(certificate: &Certificate, host: &str) -> bool {
    let host = host.trim_end_matches('.').to_lowercase();
    if let Ok(address) = host.parse::<IpAddr>() {
        return certificate
            .sans
            .iter()
            .any(|san| matches!(san, San::Ip(named) if named.parse::<IpAddr>() == Ok(address)));
    }
    certificate
        .sans
        .iter()
        .any(|san| matches!(san, San::Dns(named) if dns_fits(named, &host)))
}

fn dns_fits(named: &str, host: &str) -> bool {
    let named = named.trim_end_matches('.').to_lowercase();
    match named.strip_prefix("*.") {
        // A wildcard stands for one label, and never directly above a top-level domain.
        Some(parent) => {
            parent.contains('.')
                && host
                    .split_once('.')
                    .is_some_and(|(label, rest)| !label.is_empty() && rest == parent)
        }
        None => named == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_label() {
        for (named, host, fits) in [
            ("example.com", "example.com", true),
            ("EXAMPLE.com.", "example.com", true),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.com", "example.com", false),
            ("*", "example", false),
            ("a*.example.com", "ab.example.com", false),
        ] {
            assert_eq!(dns_fits(named, host), fits, "{named} {host}");
        }
    }
}
