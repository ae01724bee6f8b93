//! Finds PEM blocks in any text: bundles, logs, YAML, environment values on one line.

use std::borrow::Cow;

use memchr::memmem;
use model::Secret;
use serde::Serialize;

use crate::error::MAX_INPUT_BYTES;
use crate::text::base64_standard;

/// The most blocks read from one input; the largest public trust bundles hold some hundreds.
pub const MAX_BLOCKS: usize = 10_000;
/// The longest label; RFC 7468 labels end near 30 bytes.
const MAX_LABEL_BYTES: usize = 64;
/// The most `Key: value` header lines of one block; RFC 1421 keys have two, PGP some four.
const MAX_HEADERS: usize = 32;

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// One block. Its content counts as a secret, whatever the label says.
#[derive(Debug, Serialize)]
pub struct Block {
    /// The text between `-----BEGIN ` and the dashes.
    pub label: String,
    /// Header lines such as `Proc-Type: 4,ENCRYPTED`.
    pub headers: Vec<(String, String)>,
    /// Line of the BEGIN mark, counted from 1.
    pub line: usize,
    /// What is wrong with the block; its content may still be readable.
    pub problem: Option<&'static str>,
    /// The decoded content.
    #[serde(skip)]
    pub data: Secret,
}

impl Block {
    /// True when the label names a private key.
    pub fn is_private_key(&self) -> bool {
        self.label.contains("PRIVATE KEY")
    }

    /// True when the label names a certificate.
    pub fn is_certificate(&self) -> bool {
        matches!(
            self.label.as_str(),
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE"
        )
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What a scan found.
#[derive(Debug, Default, Serialize)]
pub struct Scan {
    /// The blocks, in order.
    pub blocks: Vec<Block>,
    /// Set when the input was not read to its end.
    pub stopped: Option<&'static str>,
}

/// Finds every PEM block. Damaged blocks are returned with their `problem`.
pub fn scan(input: &[u8]) -> Scan {
    let text = narrow(input);
    let mut found = Scan::default();
    let bytes = match text.get(..MAX_INPUT_BYTES) {
        Some(cut) if text.len() > MAX_INPUT_BYTES => {
            found.stopped = Some("only the first 64 MiB were read");
            cut
        }
        _ => text.as_ref(),
    };
    let finder = memmem::Finder::new(BEGIN);
    let (mut at, mut line, mut counted) = (0, 1, 0);
    while let Some(begin) = bytes
        .get(at..)
        .and_then(|rest| finder.find(rest))
        .map(|found| found + at)
    {
        if found.blocks.len() == MAX_BLOCKS {
            found.stopped = Some("only the first 10,000 blocks were read");
            break;
        }
        line += memchr::memchr_iter(b'\n', bytes.get(counted..begin).unwrap_or_default()).count();
        counted = begin;
        at = begin + BEGIN.len();
        if let Some((block, used)) = bytes.get(at..).and_then(|rest| read_block(rest, line)) {
            found.blocks.push(block);
            at += used;
        }
    }
    found
}

/// UTF-16 files become UTF-8; everything else stays as it is.
fn narrow(input: &[u8]) -> Cow<'_, [u8]> {
    match input {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if input.len() <= MAX_INPUT_BYTES => {
            Cow::Owned(crate::text::decode_text(input).into_bytes())
        }
        _ => Cow::Borrowed(input),
    }
}

/// Reads a block from just after `-----BEGIN `; also says how many bytes it took.
fn read_block(rest: &[u8], line: usize) -> Option<(Block, usize)> {
    let window = rest.get(..rest.len().min(MAX_LABEL_BYTES + DASHES.len()))?;
    let label_end = memmem::find(window, DASHES)?;
    let label = std::str::from_utf8(rest.get(..label_end)?).ok()?.trim();
    if label.is_empty()
        || !label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b' ' || b == b'-')
    {
        return None;
    }
    let body_start = label_end + DASHES.len();
    let body_and_more = rest.get(body_start..)?;
    let (body, problem, used) = find_end(body_and_more, label);
    let (headers, content) = split_headers(body);
    let (data, bad_base64) = decode_body(content, label);
    let block = Block {
        label: label.to_owned(),
        headers,
        line,
        problem: problem.or(bad_base64),
        data: Secret::new(data),
    };
    Some((block, body_start + used))
}

/// The body up to the END mark, what is wrong with the mark, and the bytes used.
fn find_end<'a>(rest: &'a [u8], label: &str) -> (&'a [u8], Option<&'static str>, usize) {
    let Some(dashes) = memmem::find(rest, DASHES) else {
        return (rest, Some("the END line is missing"), rest.len());
    };
    let body = rest.get(..dashes).unwrap_or_default();
    let mark = rest.get(dashes + DASHES.len()..).unwrap_or_default();
    let Some(named) = mark.strip_prefix(b"END ") else {
        // Another block begins, or stray dashes: stop before them.
        return (body, Some("the END line is missing"), dashes);
    };
    let problem = (!named.starts_with(label.as_bytes())
        || !named
            .get(label.len()..)
            .is_some_and(|r| r.starts_with(DASHES)))
    .then_some("the END line names another label");
    (body, problem, dashes + DASHES.len())
}

/// Splits RFC 1421 / PGP header lines from the content. Headers end at the first blank line or at
/// the first line without a colon.
fn split_headers(body: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut rest = body;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, after) = rest.split_at(end);
        let line = line.trim_ascii();
        let after = after.get(1..).unwrap_or_default();
        if line.is_empty() {
            rest = after;
            if headers.is_empty() {
                continue;
            }
            break;
        }
        let Some(colon) = memchr::memchr(b':', line).filter(|_| headers.len() < MAX_HEADERS) else {
            break;
        };
        let (key, value) = line.split_at(colon);
        let text = |bytes: &[u8]| crate::text::label(&String::from_utf8_lossy(bytes));
        headers.push((text(key), text(value.get(1..).unwrap_or_default())));
        rest = after;
    }
    (headers, rest)
}

/// Decodes base64 with whatever a copy may have added: white space, quotes, a literal `\n`.
fn decode_body(content: &[u8], label: &str) -> (Vec<u8>, Option<&'static str>) {
    let mut digits = Vec::with_capacity(content.len());
    let mut strange = false;
    let mut bytes = content.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                if matches!(bytes.peek(), Some(b'n' | b'r' | b't')) {
                    bytes.next();
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits.push(byte),
            // PGP puts a checksum after `=` on a line of its own.
            b'=' if label.starts_with("PGP") => break,
            b'=' | b'"' | b'\'' | b',' | b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => strange = true,
        }
    }
    let packed = Secret::new(digits);
    match base64_standard(packed.expose()) {
        Some(data) if data.is_empty() => (data, Some("the block is empty")),
        Some(data) => (
            data,
            strange.then_some("the block holds characters that are not base64"),
        ),
        None => (Vec::new(), Some("the content is not base64")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_blocks_in_text() {
        let text = "\u{feff}notes\r\n-----BEGIN A KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: X,00\r\n\r\nAAEC\r\nAw==\r\n-----END A KEY-----\r\n\
                    x=\"-----BEGIN B-----\\nAAEC\\n-----END B-----\"\n-----BEGIN C-----\nAAEC\n-----END D-----\n-----BEGIN E-----\nAA";
        let found = scan(text.as_bytes());
        let seen: Vec<_> = found
            .blocks
            .iter()
            .map(|b| {
                (
                    b.label.as_str(),
                    b.line,
                    b.problem,
                    b.data.expose().to_vec(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("A KEY", 2, None, vec![0, 1, 2, 3]),
                ("B", 9, None, vec![0, 1, 2]),
                (
                    "C",
                    10,
                    Some("the END line names another label"),
                    vec![0, 1, 2]
                ),
                ("E", 13, Some("the END line is missing"), vec![0]),
            ]
        );
        assert_eq!(found.blocks[0].header("proc-type"), Some("4,ENCRYPTED"));
    }

    #[test]
    fn a_begin_inside_a_block_starts_the_next_one() {
        let found = scan(b"-----BEGIN A-----\nAAEC\n-----BEGIN B-----\nAAEC\n-----END B-----");
        assert_eq!(found.blocks.len(), 2);
        assert_eq!(found.blocks[0].problem, Some("the END line is missing"));
        assert_eq!(found.blocks[1].problem, None);
    }

    #[test]
    fn stops_at_the_limit() {
        let many = "-----BEGIN A-----\nAA==\n-----END A-----\n".repeat(MAX_BLOCKS + 1);
        let found = scan(many.as_bytes());
        assert_eq!(found.blocks.len(), MAX_BLOCKS);
        assert!(found.stopped.is_some());
    }

    #[test]
    fn debug_and_json_hide_the_content() {
        let found = scan(b"-----BEGIN A PRIVATE KEY-----\nQ0FOQVJZ\n-----END A PRIVATE KEY-----");
        assert!(found.blocks[0].is_private_key());
        let shown = format!("{found:?}{}", serde_json::to_string(&found).unwrap());
        assert!(
            !shown.contains("CANARY") && !shown.contains("Q0FOQVJZ"),
            "{shown}"
        );
    }
}
