//! What the modern client cannot hear: servers of TLS 1.0, 1.1, and of 1.2 with key exchanges that
//! were withdrawn. Up to TLS 1.2 the certificate is sent in clear, so one hello is enough to read
//! the version, the cipher suite and the chain; no key exchange is done and nothing follows.

use super::recorder::{MAX_AUTHORITIES, MAX_CHAIN};

/// The most bytes read of one answer: a chain of [`MAX_CHAIN`] large certificates fits.
pub(super) const MAX_ANSWER_BYTES: usize = 512 * 1024;
/// The largest TLS record (RFC 5246 6.2.3) with room for the sloppy.
const MAX_RECORD_BYTES: usize = (16 + 2) * 1024;

/// Suites that a server of the last twenty years may have kept: ephemeral first, then plain RSA,
/// then DSS and what should be gone (3DES, RC4). IANA's numbers.
const SUITES: &[(u16, &str)] = &[
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    (0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
    (0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
    (0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    (0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"),
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
    (0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
    (0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"),
    (0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"),
    (0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"),
    (0x0096, "TLS_RSA_WITH_SEED_CBC_SHA"),
    (0x00a2, "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256"),
    (0x00a3, "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384"),
    (0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"),
    (0x006a, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"),
    (0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"),
    (0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"),
    (0xc012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"),
    (0xc007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA"),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5"),
];

/// x25519, P-256, P-384, P-521, ffdhe2048, ffdhe3072.
const GROUPS: &[u16] = &[0x001d, 0x0017, 0x0018, 0x0019, 0x0100, 0x0101];

/// RSA, ECDSA and DSA with SHA-2 and SHA-1, RSA-PSS, Ed25519.
const SIGNATURES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0402, 0x0203,
    0x0201, 0x0202,
];

/// A ClientHello that offers TLS 1.2 at most. `random` need not be secret: nothing is derived
/// from it.
pub(super) fn hello(server_name: Option<&str>, random: [u8; 32]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&random);
    body.push(0);
    let suites: Vec<u16> = SUITES.iter().map(|(number, _)| *number).collect();
    body.extend(counted(&words(&suites)));
    body.extend_from_slice(&[1, 0]);
    body.extend(counted(&extensions(server_name)));

    let mut message = vec![1];
    message.extend_from_slice(&length_bytes::<3>(body.len()));
    message.extend(body);
    let mut record = vec![0x16, 3, 1];
    record.extend(counted(&message));
    record
}

/// IANA's name of a cipher suite; its number where the server chose one we did not offer.
pub(super) fn suite_name(number: u16) -> String {
    SUITES
        .iter()
        .find(|(known, _)| *known == number)
        .map_or_else(|| format!("0x{number:04x}"), |(_, name)| (*name).to_owned())
}

fn extensions(server_name: Option<&str>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut add = |kind: u16, content: &[u8]| {
        all.extend_from_slice(&kind.to_be_bytes());
        all.extend(counted(content));
    };
    if let Some(name) = server_name {
        let mut entry = vec![0];
        entry.extend(counted(name.as_bytes()));
        add(0x0000, &counted(&entry));
    }
    add(0x000a, &counted(&words(GROUPS)));
    add(0x000b, &[1, 0]);
    add(0x000d, &counted(&words(SIGNATURES)));
    add(0xff01, &[0]);
    all
}

fn words(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

/// The bytes behind a two-byte length.
fn counted(content: &[u8]) -> Vec<u8> {
    let mut out = length_bytes::<2>(content.len()).to_vec();
    out.extend_from_slice(content);
    out
}

fn length_bytes<const N: usize>(length: usize) -> [u8; N] {
    let all = (length as u64).to_be_bytes();
    let mut out = [0; N];
    out.iter_mut()
        .rev()
        .zip(all.iter().rev())
        .for_each(|(to, from)| *to = *from);
    out
}

/// What a server said to [`hello`], as far as it was pushed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Answer {
    records: Vec<u8>,
    messages: Vec<u8>,
    /// The version chosen, as on the wire: 0x0301 is TLS 1.0.
    pub version: Option<u16>,
    /// The cipher suite chosen, IANA's number.
    pub suite: Option<u16>,
    /// DER of the certificates as served.
    pub chain: Vec<Vec<u8>>,
    /// How many further certificates were dropped.
    pub chain_cut: usize,
    /// Names (DER) of the authorities of a client certificate, when one was asked for.
    pub client_authorities: Option<Vec<Vec<u8>>>,
}

/// Whether more is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed.
    More,
    /// The server has said all of its part.
    Done,
    /// The server refused with this alert number.
    Alert(u8),
    /// The bytes are not TLS, or not what may come here.
    NotTls(&'static str),
}

impl Answer {
    /// Takes received bytes; the caller bounds their sum.
    pub fn push(&mut self, bytes: &[u8]) -> Progress {
        self.records.extend_from_slice(bytes);
        loop {
            let Some((header, rest)) = self.records.split_first_chunk::<5>() else {
                return Progress::More;
            };
            let [kind, major, _minor, high, low] = *header;
            let length = usize::from(u16::from_be_bytes([high, low]));
            if major != 3 || !matches!(kind, 0x15 | 0x16) {
                return Progress::NotTls("the answer is no TLS record");
            }
            if length > MAX_RECORD_BYTES {
                return Progress::NotTls("a TLS record is too large");
            }
            let Some(content) = rest.get(..length).map(<[u8]>::to_vec) else {
                return Progress::More;
            };
            self.records.drain(..5 + length);
            if kind == 0x15 {
                match content.as_slice() {
                    // Warnings, such as "unrecognised name", do not end the handshake.
                    [1, ..] => continue,
                    [_, alert, ..] => return Progress::Alert(*alert),
                    _ => return Progress::NotTls("an alert is cut short"),
                }
            }
            self.messages.extend(content);
            if let Some(end) = self.take_messages() {
                return end;
            }
        }
    }

    fn take_messages(&mut self) -> Option<Progress> {
        while let Some((header, rest)) = self.messages.split_first_chunk::<4>() {
            let [kind, a, b, c] = *header;
            let length = number([a, b, c]);
            if length > MAX_ANSWER_BYTES {
                return Some(Progress::NotTls("a handshake message is too large"));
            }
            let body = rest.get(..length)?.to_vec();
            self.messages.drain(..4 + length);
            let read = match kind {
                2 => self.server_hello(&body),
                11 => self.certificate(&body),
                13 => self.certificate_request(&body),
                14 => return Some(Progress::Done),
                _ => Some(()),
            };
            if read.is_none() {
                return Some(Progress::NotTls("a handshake message is malformed"));
            }
        }
        None
    }

    fn server_hello(&mut self, body: &[u8]) -> Option<()> {
        self.version = Some(u16::from_be_bytes(*body.first_chunk()?));
        let session = usize::from(*body.get(34)?);
        self.suite = Some(u16::from_be_bytes(
            *body.get(35 + session..)?.first_chunk()?,
        ));
        Some(())
    }

    fn certificate(&mut self, body: &[u8]) -> Option<()> {
        let (length, list) = body.split_first_chunk::<3>()?;
        let mut list = list.get(..number(*length))?;
        while !list.is_empty() {
            let (length, rest) = list.split_first_chunk::<3>()?;
            let (certificate, rest) = rest.split_at_checked(number(*length))?;
            if self.chain.len() < MAX_CHAIN {
                self.chain.push(certificate.to_vec());
            } else {
                self.chain_cut += 1;
            }
            list = rest;
        }
        Some(())
    }

    /// Certificate types, in TLS 1.2 signature algorithms, then the names.
    fn certificate_request(&mut self, body: &[u8]) -> Option<()> {
        let (types, rest) = body.split_first()?;
        let mut rest = rest.get(usize::from(*types)..)?;
        if self.version == Some(0x0303) {
            let (length, tail) = rest.split_first_chunk::<2>()?;
            rest = tail.get(usize::from(u16::from_be_bytes(*length))..)?;
        }
        let (length, names) = rest.split_first_chunk::<2>()?;
        let mut names = names.get(..usize::from(u16::from_be_bytes(*length)))?;
        let mut kept = Vec::new();
        while let Some((length, rest)) = names.split_first_chunk::<2>() {
            let (name, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            if kept.len() < MAX_AUTHORITIES {
                kept.push(name.to_vec());
            }
            names = rest;
        }
        self.client_authorities = Some(kept);
        Some(())
    }
}

fn number(bytes: [u8; 3]) -> usize {
    bytes
        .iter()
        .fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![kind, 3, 2];
        out.extend(counted(content));
        out
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut out = vec![kind];
        out.extend(length_bytes::<3>(body.len()));
        out.extend_from_slice(body);
        out
    }

    fn flight() -> Vec<u8> {
        let mut server_hello = vec![3, 2];
        server_hello.extend([7; 32]);
        server_hello.extend([0, 0, 0x2f, 0]);
        let certificates = [0, 0, 7, 0, 0, 1, 0xaa, 0, 0, 0];
        let mut request = vec![1, 1];
        request.extend(counted(&counted(b"\x30\x00")));
        let mut all = message(2, &server_hello);
        all.extend(message(11, &certificates));
        all.extend(message(13, &request));
        all.extend(message(14, &[]));
        all
    }

    #[test]
    fn reads_a_flight_in_any_pieces() {
        let flight = flight();
        for record_size in [1, 5, 1_000] {
            let bytes: Vec<u8> = flight
                .chunks(record_size)
                .flat_map(|part| record(0x16, part))
                .collect();
            for piece in [1, 3, 10_000] {
                let mut answer = Answer::default();
                let mut last = Progress::More;
                for part in bytes.chunks(piece) {
                    assert_eq!(last, Progress::More);
                    last = answer.push(part);
                }
                assert_eq!(last, Progress::Done);
                assert_eq!(answer.version, Some(0x0302));
                assert_eq!(answer.suite, Some(0x002f));
                assert_eq!(answer.chain, [vec![0xaa], vec![]]);
                assert_eq!(answer.client_authorities, Some(vec![vec![0x30, 0]]));
            }
        }
    }

    #[test]
    fn alerts_and_other_answers() {
        let answer = |bytes: &[u8]| Answer::default().push(bytes);
        assert_eq!(answer(&record(0x15, &[2, 40])), Progress::Alert(40));
        assert_eq!(answer(&record(0x15, &[1, 112])), Progress::More);
        assert!(matches!(answer(b"HTTP/1.1 400"), Progress::NotTls(_)));
        assert!(matches!(
            answer(&record(0x16, &message(11, &[0, 0, 9, 0]))),
            Progress::NotTls(_)
        ));
        assert_eq!(answer(b"\x16\x03"), Progress::More);
    }

    #[test]
    fn the_hello_is_well_formed() {
        let bytes = hello(Some("example.com"), [9; 32]);
        assert_eq!(
            usize::from(u16::from_be_bytes([bytes[3], bytes[4]])),
            bytes.len() - 5
        );
        assert_eq!(number([bytes[6], bytes[7], bytes[8]]), bytes.len() - 9);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let mut answer = Answer::default();
            let framed = record(0x16, &bytes);
            let _ = (answer.push(&framed), Answer::default().push(&bytes));
        }
    }
}
