//! Judges a chain as it was served: who issued whom, what is missing, what a strict client would
//! refuse, and why.

use formats::public_key::KeyAlgorithm;
use formats::strength::{Verdict, crypto_strength};
use formats::x509::{Certificate, San};
use model::TimeUs;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::SignatureVerificationAlgorithm;

use super::chain::{Chain, ChainFault, FaultCode, Trust, names};
use super::pieces::{Pieces, Signed};
use super::trust::{TrustRoots, too_small};

/// Judges certificates that were not served but lie together, for example the bundle of a server's
/// configuration: the leaf first, `host` as clients will ask for it.
pub fn judge_chain(ders: &[Vec<u8>], host: &str, now: TimeUs, roots: Option<&TrustRoots>) -> Chain {
    judge(
        ders,
        host,
        now,
        roots,
        &rustls::crypto::ring::default_provider(),
    )
}

/// Judges the chain `ders`, served by the host that was asked for as `host`.
pub(super) fn judge(
    ders: &[Vec<u8>],
    host: &str,
    now: TimeUs,
    roots: Option<&TrustRoots>,
    provider: &CryptoProvider,
) -> Chain {
    let served: Vec<Option<Certificate>> = ders
        .iter()
        .map(|der| formats::x509::parse_der(der).ok())
        .collect();
    let pieces: Vec<Option<Pieces<'_>>> = ders.iter().map(|der| Pieces::of(der)).collect();
    let mut judge = Judge {
        ders,
        served: &served,
        pieces: &pieces,
        algorithms: provider.signature_verification_algorithms.all,
        faults: Vec::new(),
    };
    judge.each_certificate(now);
    judge.leaf(host, now);
    let (path, verified) = judge.path();
    judge.order(&path);
    let (trust, anchor) = judge.trust(&path, &verified, roots, now);
    let mut faults = judge.faults;
    faults.sort_by_key(|fault| (fault.position, fault.code));
    Chain {
        served,
        path,
        verified,
        anchor,
        trust,
        faults,
    }
}

struct Judge<'a> {
    ders: &'a [Vec<u8>],
    served: &'a [Option<Certificate>],
    pieces: &'a [Option<Pieces<'a>>],
    algorithms: &'a [&'static dyn SignatureVerificationAlgorithm],
    faults: Vec<ChainFault>,
}

impl<'a> Judge<'a> {
    fn fault(&mut self, code: FaultCode, position: usize, detail: impl Into<String>) {
        self.faults.push(ChainFault {
            code,
            detail: detail.into(),
            position,
        });
    }

    fn at(&self, position: usize) -> Option<(&'a Certificate, &'a Pieces<'a>)> {
        Some((
            self.served.get(position)?.as_ref()?,
            self.pieces.get(position)?.as_ref()?,
        ))
    }

    /// Faults of every certificate by itself.
    fn each_certificate(&mut self, now: TimeUs) {
        for position in 0..self.ders.len() {
            let Some((certificate, _)) = self.at(position) else {
                self.fault(
                    FaultCode::Unreadable,
                    position,
                    "this certificate cannot be read",
                );
                continue;
            };
            if position > 0 && (certificate.not_after <= now || certificate.not_before > now) {
                self.fault(
                    FaultCode::ExpiredIntermediate,
                    position,
                    validity(certificate, now),
                );
            }
            let key = crypto_strength(
                certificate
                    .key_curve
                    .unwrap_or(certificate.key_algorithm.name()),
                certificate.key_bits,
            );
            if key.verdict == Verdict::Weak {
                let bits = certificate
                    .key_bits
                    .map_or(String::new(), |bits| format!(" {bits} bits"));
                self.fault(
                    FaultCode::WeakKey,
                    position,
                    format!(
                        "{}{bits}: {} ({})",
                        algorithm(certificate.key_algorithm),
                        key.reason,
                        key.source
                    ),
                );
            }
            let signature = crypto_strength(&certificate.signature_algorithm, None);
            // Nobody relies on the signature of a self-signed certificate.
            if signature.verdict == Verdict::Weak && !certificate.self_signed {
                self.fault(
                    FaultCode::WeakSignature,
                    position,
                    format!(
                        "{}: {} ({})",
                        certificate.signature_algorithm, signature.reason, signature.source
                    ),
                );
            }
            let earlier = self.ders.iter().take(position);
            if self
                .ders
                .get(position)
                .is_some_and(|der| earlier.clone().any(|other| other == der))
            {
                self.fault(
                    FaultCode::DuplicateCertificate,
                    position,
                    "served more than once",
                );
            }
        }
    }

    /// Faults of the leaf alone.
    fn leaf(&mut self, host: &str, now: TimeUs) {
        let Some((leaf, _)) = self.at(0) else { return };
        if leaf.not_after <= now {
            self.fault(FaultCode::Expired, 0, validity(leaf, now));
        } else if leaf.not_before > now {
            self.fault(FaultCode::NotYetValid, 0, validity(leaf, now));
        }
        let hosts = leaf
            .sans
            .iter()
            .any(|san| matches!(san, San::Dns(_) | San::Ip(_)));
        if !hosts {
            let spiffe = leaf
                .spiffe_id
                .as_ref()
                .map(|id| format!("it names {id} and no host"));
            self.fault(
                FaultCode::MissingSan,
                0,
                spiffe.unwrap_or_else(|| {
                    "no subject alternative name says which hosts it is for".to_owned()
                }),
            );
        } else if !names(leaf, host) {
            self.fault(
                FaultCode::NameMismatch,
                0,
                format!("`{host}` is not among its names: {}", some_names(leaf)),
            );
        }
        if leaf.self_signed {
            self.fault(FaultCode::SelfSignedLeaf, 0, "it is its own issuer");
        }
    }

    /// Follows the issuers upwards from the leaf among what was served.
    fn path(&mut self) -> (Vec<usize>, Vec<bool>) {
        let (mut path, mut verified) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some((certificate, pieces)) = self.at(at) {
            path.push(at);
            if certificate.self_signed {
                break;
            }
            let Some((issuer, signed)) = self.issuer(certificate, pieces, &path) else {
                break;
            };
            if signed == Signed::No {
                self.fault(
                    FaultCode::BadSignature,
                    at,
                    "the served certificate of its issuer has another key than the one that signed it",
                );
                break;
            }
            if let Some((ca, _)) = self.at(issuer)
                && !ca.is_ca
            {
                self.fault(
                    FaultCode::NotACa,
                    issuer,
                    "it issued another certificate and is no authority",
                );
            }
            verified.push(signed == Signed::Yes);
            at = issuer;
        }
        (path, verified)
    }

    /// The served certificate that issued this one: the next in order first, then any other; one
    /// whose key fits before one whose name alone does.
    fn issuer(
        &self,
        child: &Certificate,
        child_pieces: &Pieces<'_>,
        path: &[usize],
    ) -> Option<(usize, Signed)> {
        let mut best: Option<(usize, Signed)> = None;
        for position in 0..self.ders.len() {
            let Some((candidate, pieces)) = self.at(position) else {
                continue;
            };
            if path.contains(&position) || pieces.subject != child_pieces.issuer {
                continue;
            }
            let same = candidate.sha256 == child.sha256;
            let signed = child_pieces.signed_by(pieces, self.algorithms, too_small(candidate));
            let better = match best {
                None => true,
                Some((_, Signed::No)) => signed != Signed::No,
                Some((_, Signed::NotCheckable)) => signed == Signed::Yes,
                Some((_, Signed::Yes)) => false,
            };
            if !same && better {
                best = Some((position, signed));
            }
        }
        best
    }

    /// Certificates that stand elsewhere than right after their subject, or nowhere on the path.
    fn order(&mut self, path: &[usize]) {
        let in_order = path
            .iter()
            .zip(path.iter().skip(1))
            .all(|(from, to)| from < to);
        if !in_order {
            let shown: Vec<String> = path.iter().map(usize::to_string).collect();
            self.fault(
                FaultCode::OutOfOrder,
                0,
                format!(
                    "the issuers stand at positions {}; each should follow its subject",
                    shown.join(", ")
                ),
            );
        }
        for position in 1..self.ders.len() {
            let duplicate = self.faults.iter().any(|fault| {
                fault.position == position && fault.code == FaultCode::DuplicateCertificate
            });
            if let Some((certificate, _)) = self.at(position)
                && !path.contains(&position)
                && !duplicate
            {
                let detail = format!("`{}` issued nothing of this chain", certificate.subject);
                self.fault(FaultCode::UnrelatedCertificate, position, detail);
            }
        }
    }

    /// Where the path ends, and whether that is trusted.
    fn trust(
        &mut self,
        path: &[usize],
        verified: &[bool],
        roots: Option<&TrustRoots>,
        now: TimeUs,
    ) -> (Trust, Option<Certificate>) {
        let Some((top_at, (top, pieces))) = path.last().and_then(|at| Some((*at, self.at(*at)?)))
        else {
            return (
                Trust::NotJudged {
                    reason: "the leaf cannot be read".to_owned(),
                },
                None,
            );
        };
        let all_verified = verified.iter().all(|verified| *verified);
        let found = roots.and_then(|roots| {
            let der = self.ders.get(top_at)?;
            if roots.holds(der, pieces) {
                return Some((top.clone(), Signed::Yes, true));
            }
            if top.self_signed {
                return None;
            }
            roots
                .issuer_of(pieces, self.algorithms)
                .map(|(root, signed)| (root, signed, false))
        });
        if let Some((root, signed, is_served)) = found {
            let expired = root.not_after <= now;
            let trust = if expired {
                Trust::Untrusted {
                    reason: format!("the authority `{}` has expired", root.subject),
                }
            } else {
                Trust::Trusted {
                    root: root.subject.clone(),
                    verified: all_verified && signed == Signed::Yes,
                }
            };
            return (trust, (!is_served).then_some(root));
        }
        self.untrusted(top_at, top, roots)
    }

    fn untrusted(
        &mut self,
        top_at: usize,
        top: &Certificate,
        roots: Option<&TrustRoots>,
    ) -> (Trust, Option<Certificate>) {
        let against = roots.map(|roots| {
            format!(
                "not among the {} authorities of {}",
                roots.len(),
                roots.source()
            )
        });
        let broken = self
            .faults
            .iter()
            .any(|fault| fault.code == FaultCode::BadSignature);
        if !top.self_signed && !broken && (!top.is_ca || roots.is_none()) {
            let detail = format!(
                "the certificate of its issuer `{}` is not served",
                top.issuer
            );
            // Without authorities a chain that ends at a CA may be complete: the root is usually left out.
            if !top.is_ca {
                self.fault(FaultCode::IncompleteChain, top_at, detail);
            }
        }
        let Some(against) = against else {
            let reason =
                "no trusted authorities were found on this machine; give them with --ca FILE"
                    .to_owned();
            return (Trust::NotJudged { reason }, None);
        };
        let end = if top.self_signed {
            &top.subject
        } else {
            &top.issuer
        };
        let reason = format!("the chain ends at `{end}`, which is {against}");
        if top_at > 0 && (top.is_ca || top.self_signed) {
            self.fault(FaultCode::UnknownRoot, top_at, reason.as_str());
        }
        (Trust::Untrusted { reason }, None)
    }
}

fn validity(certificate: &Certificate, now: TimeUs) -> String {
    if certificate.not_after <= now {
        format!(
            "expired on {}, {} days ago",
            certificate.not_after.date(),
            now.days_since(certificate.not_after)
        )
    } else {
        format!("not valid before {}", certificate.not_before)
    }
}

fn algorithm(algorithm: KeyAlgorithm) -> String {
    algorithm.name().to_uppercase().replace('_', "-")
}

fn some_names(certificate: &Certificate) -> String {
    const SHOWN: usize = 5;
    let hosts = || {
        certificate.sans.iter().filter_map(|san| match san {
            San::Dns(name) | San::Ip(name) => Some(name.as_str()),
            _ => None,
        })
    };
    let text = hosts().take(SHOWN).collect::<Vec<_>>().join(", ");
    match hosts().count().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
