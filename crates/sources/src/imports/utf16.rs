//! UTF-16 with its mark, as PowerShell and many Windows tools write it, read as UTF-8.

use std::io::{self, BufReader, Read};

/// The marks at the start of UTF-16 text.
const LITTLE: &[u8] = b"\xff\xfe";
const BIG: &[u8] = b"\xfe\xff";

/// How much is converted at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// True when text in UTF-16 begins here; `FF FE 00 00` would be UTF-32.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    (head.starts_with(LITTLE) && !head.starts_with(b"\xff\xfe\x00\x00")) || head.starts_with(BIG)
}

/// Converts while reading. Broken units become U+FFFD.
pub(super) struct Utf16Reader<R> {
    inner: R,
    big: bool,
    started: bool,
    ended: bool,
    /// Half a unit, then half a pair, left over from the last chunk.
    odd: Option<u8>,
    high: Option<u16>,
    ready: io::Cursor<Vec<u8>>,
}

impl<R: Read> Utf16Reader<R> {
    /// Takes a reader that stands before the mark.
    pub(super) fn new(inner: R) -> BufReader<Self> {
        BufReader::new(Self {
            inner,
            big: false,
            started: false,
            ended: false,
            odd: None,
            high: None,
            ready: io::Cursor::new(Vec::new()),
        })
    }

    fn convert(&mut self, bytes: &[u8]) {
        let mut out = String::new();
        for &byte in bytes {
            let Some(first) = self.odd.take() else {
                self.odd = Some(byte);
                continue;
            };
            if !self.started {
                self.started = true;
                self.big = [first, byte] == BIG;
                continue;
            }
            let unit = if self.big {
                u16::from_be_bytes([first, byte])
            } else {
                u16::from_le_bytes([first, byte])
            };
            self.unit(unit, &mut out);
        }
        self.ready = io::Cursor::new(out.into_bytes());
    }

    fn unit(&mut self, unit: u16, out: &mut String) {
        let high = self.high.take();
        match (high, unit) {
            (None, 0xd800..=0xdbff) => self.high = Some(unit),
            (Some(high), 0xdc00..=0xdfff) => {
                let pair = char::decode_utf16([high, unit]).next();
                out.push(pair.and_then(Result::ok).unwrap_or('\u{fffd}'));
            }
            (Some(_), _) => {
                out.push('\u{fffd}');
                self.unit(unit, out);
            }
            (None, _) => out.push(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}')),
        }
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let got = self.ready.read(buffer)?;
            if got > 0 || buffer.is_empty() || self.ended {
                return Ok(got);
            }
            let mut chunk = vec![0; CHUNK_BYTES];
            let got = self.inner.read(&mut chunk)?;
            if got == 0 {
                self.ended = true;
                let cut = self.odd.take().is_some() | self.high.take().is_some();
                let rest = if cut { "\u{fffd}" } else { "" };
                self.ready = io::Cursor::new(rest.as_bytes().to_vec());
                return self.ready.read(buffer);
            }
            self.convert(chunk.get(..got).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        Utf16Reader::new(bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn reads_both_orders_and_pairs_over_chunk_borders() {
        let text = format!("{}😀é\r\n", "x".repeat(CHUNK_BYTES / 2 - 2));
        for big in [false, true] {
            let bytes: Vec<u8> = std::iter::once(0xfeff)
                .chain(text.encode_utf16())
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect();
            assert!(is_utf16(&bytes));
            assert_eq!(read(&bytes), text);
        }
    }

    #[test]
    fn broken_units_are_replaced() {
        assert_eq!(read(b"\xff\xfe\x00\xd8a\x00b"), "\u{fffd}a\u{fffd}");
        assert_eq!(read(b"\xff\xfe\x00\xdc"), "\u{fffd}");
        assert!(!is_utf16(b"\xff\xfe\x00\x00a\x00\x00\x00"));
    }
}
