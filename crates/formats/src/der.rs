//! The little of ASN.1 DER that keys and stores need: read definite-length elements, write a few.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;

/// One element: its tag byte, its content, and the whole of it.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    pub(crate) raw: &'a [u8],
}

/// Reads elements one after the other. It never recurses, so depth is the caller's.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next element, whatever it is.
    pub(crate) fn element(&mut self) -> Option<Element<'a>> {
        let tag = *self.rest.first()?;
        let first = *self.rest.get(1)?;
        let (header, length) = match first {
            0..=0x7f => (2, usize::from(first)),
            // Four length bytes are 4 GB; more is hostile. 0x80 is BER's indefinite length.
            0x81..=0x84 => {
                let count = usize::from(first & 0x7f);
                let length = self.rest.get(2..2 + count)?;
                (
                    2 + count,
                    length
                        .iter()
                        .fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte)),
                )
            }
            _ => return None,
        };
        let end = header.checked_add(length)?;
        let (raw, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(Element {
            tag,
            value: raw.get(header..)?,
            raw,
        })
    }

    /// The content of the next element, if it has this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let element = ahead.element().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element.value)
    }

    /// A reader inside the next element, if it is a SEQUENCE.
    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.take(SEQUENCE).map(Self::new)
    }

    /// The next INTEGER without its leading zeros.
    pub(crate) fn unsigned(&mut self) -> Option<&'a [u8]> {
        self.take(INTEGER).map(trim_zeros)
    }

    /// The next INTEGER, if it fits.
    pub(crate) fn small(&mut self) -> Option<u64> {
        let bytes = self.unsigned()?;
        (bytes.len() <= 8).then(|| {
            bytes
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// A number without leading zero bytes.
pub(crate) fn trim_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// How many bits a big-endian number has.
pub(crate) fn bit_length(bytes: &[u8]) -> u32 {
    let bytes = trim_zeros(bytes);
    let Some(first) = bytes.first() else { return 0 };
    u32::try_from(bytes.len())
        .unwrap_or(u32::MAX / 8)
        .saturating_mul(8)
        - first.leading_zeros()
}

/// Writes one element.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap_or(0x7f));
    } else {
        let bytes = length.to_be_bytes();
        let digits = trim_zeros(&bytes);
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
        out.extend_from_slice(digits);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Writes an unsigned INTEGER.
pub(crate) fn write_unsigned(bytes: &[u8]) -> Vec<u8> {
    let digits = trim_zeros(bytes);
    match digits.first() {
        None => write(INTEGER, &[&[0]]),
        Some(first) if *first >= 0x80 => write(INTEGER, &[&[0], digits]),
        Some(_) => write(INTEGER, &[digits]),
    }
}

/// The dotted text of an OID's content.
pub(crate) fn oid_text(content: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in content {
        arc = arc
            .saturating_mul(128)
            .saturating_add(u64::from(byte & 0x7f));
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arcs.push(arc - first * 40);
            } else {
                arcs.push(arc);
            }
            arc = 0;
        }
    }
    arcs.iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let body = vec![7_u8; length];
            let written = write(OCTET_STRING, &[&body]);
            let mut reader = Reader::new(&written);
            assert_eq!(reader.take(OCTET_STRING), Some(body.as_slice()));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn refuses_lengths_beyond_the_input() {
        assert!(
            Reader::new(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0])
                .element()
                .is_none()
        );
        assert!(Reader::new(&[0x30, 0x80, 0, 0]).element().is_none());
        assert!(Reader::new(&[0x30]).element().is_none());
    }

    #[test]
    fn oids_as_text() {
        assert_eq!(
            oid_text(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]),
            "1.2.840.113549.1.1.1"
        );
        assert_eq!(oid_text(&[0x2b, 0x65, 0x70]), "1.3.101.112");
    }
}
