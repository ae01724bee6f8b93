//! The raw parts of a certificate that checking a signature needs, cut out of its DER.

use rustls::pki_types::SignatureVerificationAlgorithm;

/// Slices of one certificate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces<'a> {
    /// What is signed, with its header.
    tbs: &'a [u8],
    /// Content of the AlgorithmIdentifier of the signature.
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    /// Issuer name, with its header.
    pub(super) issuer: &'a [u8],
    /// Subject name, with its header.
    pub(super) subject: &'a [u8],
    /// Content of the AlgorithmIdentifier of the key.
    key_algorithm: &'a [u8],
    key: &'a [u8],
}

/// What a check of one signature came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// The issuer's key verifies it.
    Yes,
    /// It does not.
    No,
    /// Our verifier knows no such algorithm (SHA-1, DSA, RSA below 2048 bits …).
    NotCheckable,
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

impl<'a> Pieces<'a> {
    /// Cuts a certificate; `None` when its outline is broken.
    pub(super) fn of(der: &'a [u8]) -> Option<Self> {
        let certificate = element(der, SEQUENCE)?.content;
        let tbs = element(certificate, SEQUENCE)?;
        let algorithm = element(tbs.rest, SEQUENCE)?;
        let signature = element(algorithm.rest, BIT_STRING)?;

        let mut rest = tbs.content;
        if rest.first() == Some(&VERSION) {
            rest = element(rest, VERSION)?.rest;
        }
        let serial = element(rest, INTEGER)?;
        let inner_algorithm = element(serial.rest, SEQUENCE)?;
        let issuer = element(inner_algorithm.rest, SEQUENCE)?;
        let validity = element(issuer.rest, SEQUENCE)?;
        let subject = element(validity.rest, SEQUENCE)?;
        let info = element(subject.rest, SEQUENCE)?;
        let key_algorithm = element(info.content, SEQUENCE)?;
        let key = element(key_algorithm.rest, BIT_STRING)?;
        Some(Self {
            tbs: tbs.whole,
            signature_algorithm: algorithm.content,
            signature: unpadded(signature.content)?,
            issuer: issuer.whole,
            subject: subject.whole,
            key_algorithm: key_algorithm.content,
            key: unpadded(key.content)?,
        })
    }

    /// Checks the signature on this certificate with the key of `issuer`. `weak_key` says that
    /// the issuer's key is one the verifier refuses for its size, so its refusal proves nothing.
    pub(super) fn signed_by(
        &self,
        issuer: &Self,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
        weak_key: bool,
    ) -> Signed {
        let mut tried = false;
        for algorithm in algorithms {
            if algorithm.signature_alg_id().as_ref() == self.signature_algorithm
                && algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm
            {
                tried = true;
                if algorithm
                    .verify_signature(issuer.key, self.tbs, self.signature)
                    .is_ok()
                {
                    return Signed::Yes;
                }
            }
        }
        if tried && !weak_key {
            Signed::No
        } else {
            Signed::NotCheckable
        }
    }
}

struct Element<'a> {
    whole: &'a [u8],
    content: &'a [u8],
    rest: &'a [u8],
}

/// The first element of `bytes`, which must have this tag and a definite length.
fn element(bytes: &[u8], tag: u8) -> Option<Element<'_>> {
    let (first, after_tag) = bytes.split_first()?;
    let (length, after_length) = after_tag.split_first()?;
    let (length, header) = if *length < 0x80 {
        (usize::from(*length), 2)
    } else {
        let count = usize::from(length & 0x7f);
        // Four bytes of length are 4 GiB; a certificate needs two.
        let digits = after_length
            .get(..count)
            .filter(|_| (1..=4).contains(&count))?;
        (
            digits
                .iter()
                .fold(0, |sum, digit| (sum << 8) | usize::from(*digit)),
            2 + count,
        )
    };
    let (whole, rest) = bytes.split_at_checked(header.checked_add(length)?)?;
    (*first == tag).then_some(Element {
        whole,
        content: whole.get(header..)?,
        rest,
    })
}

/// The bytes of a bit string without unused bits.
fn unpadded(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0, bytes @ ..] => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut framed = vec![SEQUENCE, 0x81, u8::try_from(bytes.len()).unwrap()];
            framed.extend(&bytes);
            let _ = (Pieces::of(&bytes).is_some(), Pieces::of(&framed).is_some());
        }
    }
}
