//! JSON documents of any size, element by element.
//!
//! Providers export lists: an array, an object with arrays (`{"value": […]}`), or one document a
//! line. This reader finds the elements by their brackets alone and hands each one on as bytes, so
//! memory stays bounded by the largest element and a broken element does not hide its neighbours.
//!
//! | document | elements given |
//! |---|---|
//! | `[a, b]` | a and b, key empty |
//! | `{"k": [a, b], "m": x}` | a and b under `k`, x under `m` |
//! | `a b c` or one a line | as above for each; [`documents`] gives each whole instead |

use std::io::BufRead;

use super::ReadError;

/// The largest single element held in memory. The largest real ones are policy documents and
/// Kubernetes objects (1.5 MiB by etcd's limit); Terraform states as one element reach some MiB.
pub const MAX_ELEMENT_BYTES: usize = 32 * 1024 * 1024;

/// The deepest nesting of brackets; serde_json's own limit is the same.
pub const MAX_DEPTH: usize = 128;

/// The longest key of a top-level object.
const MAX_KEY_BYTES: usize = 1_024;

/// One element of a JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonElement<'a> {
    /// An element, as the bytes of one JSON value.
    Value {
        /// The key of the top-level object it lies under; empty in a top-level array or stream.
        key: &'a str,
        /// True when it is an element of an array under the key, false when it is the whole value.
        in_array: bool,
        /// Its number within the array, from 0.
        index: u64,
        /// Where it begins in the document, in bytes.
        offset: u64,
        /// The bytes of the value.
        bytes: &'a [u8],
    },
    /// An element that was passed over, and why.
    Skipped {
        /// The key of the top-level object it lies under.
        key: &'a str,
        /// Where it begins in the document, in bytes.
        offset: u64,
        /// Why it was not read.
        reason: &'static str,
    },
}

/// Gives the elements of the JSON text in `reader`.
///
/// # Errors
/// The medium fails, the text stops being JSON (the message says at which byte), or `each`
/// returns an error.
pub fn elements(
    reader: &mut dyn BufRead,
    each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    elements_within(reader, None, each)
}

/// As [`elements`], also going into the object under the top-level key `within`, whose own keys and
/// elements are given as if they stood at the top: `{"graph": {"nodes": […]}}`.
///
/// # Errors
/// As [`elements`].
pub fn elements_within(
    reader: &mut dyn BufRead,
    within: Option<&'static str>,
    each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut scanner = Scanner {
        reader,
        offset: 0,
        value: Vec::new(),
        within,
    };
    scanner.skip_bom()?;
    let mut index = 0;
    while let Some(byte) = scanner.peek_token()? {
        match byte {
            b'[' => scanner.array("", each)?,
            b'{' => scanner.object(each)?,
            // Between documents of a stream some tools write commas or record separators.
            b',' | 0x1e => scanner.bump(),
            b']' | b'}' | b':' => return Err(scanner.unexpected(Some(byte), "a value")),
            _ => {
                scanner.element("", false, index, each)?;
                index += 1;
            }
        }
    }
    Ok(())
}

/// Gives the JSON texts of a stream whole: one object, or one a line, or one after the other.
///
/// # Errors
/// As [`elements`].
pub fn documents(
    reader: &mut dyn BufRead,
    each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut scanner = Scanner {
        reader,
        offset: 0,
        value: Vec::new(),
        within: None,
    };
    scanner.skip_bom()?;
    let mut index = 0;
    while let Some(byte) = scanner.peek_token()? {
        match byte {
            b',' | 0x1e => scanner.bump(),
            b']' | b'}' | b':' => return Err(scanner.unexpected(Some(byte), "a value")),
            _ => {
                scanner.element("", false, index, each)?;
                index += 1;
            }
        }
    }
    Ok(())
}

struct Scanner<'r> {
    reader: &'r mut dyn BufRead,
    offset: u64,
    value: Vec<u8>,
    /// The top-level key whose object is gone into, until that is done once.
    within: Option<&'static str>,
}

impl Scanner<'_> {
    fn skip_bom(&mut self) -> Result<(), ReadError> {
        if self.reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            self.advance(3);
        }
        Ok(())
    }

    fn advance(&mut self, count: usize) {
        self.reader.consume(count);
        self.offset += count as u64;
    }

    fn bump(&mut self) {
        self.advance(1);
    }

    /// The next byte that is no white space, without taking it.
    fn peek_token(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            match buffer.iter().position(|byte| !byte.is_ascii_whitespace()) {
                Some(at) => {
                    let byte = buffer.get(at).copied();
                    self.advance(at);
                    return Ok(byte);
                }
                None => {
                    let all = buffer.len();
                    self.advance(all);
                }
            }
        }
    }

    fn unexpected(&self, got: Option<u8>, wanted: &str) -> ReadError {
        ReadError::Malformed(match got {
            None => format!(
                "the file ends at byte {} where {wanted} should stand: it is cut off",
                self.offset
            ),
            Some(_) => format!(
                "not JSON at byte {}: {wanted} should stand there",
                self.offset
            ),
        })
    }

    fn array(
        &mut self,
        key: &str,
        each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        self.bump();
        let mut index = 0;
        loop {
            match self.peek_token()? {
                Some(b']') => {
                    self.bump();
                    return Ok(());
                }
                Some(b',') if index > 0 => self.bump(),
                Some(b'}' | b':' | b',') | None => {
                    let got = self.peek_token()?;
                    return Err(self.unexpected(got, "an element or `]`"));
                }
                Some(_) => {
                    self.element(key, true, index, each)?;
                    index += 1;
                }
            }
        }
    }

    fn object(
        &mut self,
        each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        self.bump();
        loop {
            match self.peek_token()? {
                Some(b'}') => {
                    self.bump();
                    return Ok(());
                }
                Some(b',') => self.bump(),
                Some(b'"') => {
                    let key = self.key()?;
                    if self.peek_token()? != Some(b':') {
                        let got = self.peek_token()?;
                        return Err(self.unexpected(got, "`:`"));
                    }
                    self.bump();
                    match self.peek_token()? {
                        Some(b'[') => self.array(&key, each)?,
                        // Taken, so that it is gone into once and the depth stays two.
                        Some(b'{') if self.within == Some(key.as_str()) => {
                            self.within = None;
                            self.object(each)?;
                        }
                        Some(_) => self.element(&key, false, 0, each)?,
                        None => return Err(self.unexpected(None, "a value")),
                    }
                }
                got => return Err(self.unexpected(got, "a key or `}`")),
            }
        }
    }

    fn key(&mut self) -> Result<String, ReadError> {
        let at = self.offset;
        self.value.clear();
        let reason = self.collect_value()?;
        if reason.is_some() || self.value.len() > MAX_KEY_BYTES {
            return Err(ReadError::Malformed(format!(
                "a key longer than {MAX_KEY_BYTES} bytes at byte {at}"
            )));
        }
        serde_json::from_slice(&self.value)
            .map_err(|_| ReadError::Malformed(format!("not a JSON key at byte {at}")))
    }

    fn element(
        &mut self,
        key: &str,
        in_array: bool,
        index: u64,
        each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let offset = self.offset;
        self.value.clear();
        match self.collect_value()? {
            None => each(JsonElement::Value {
                key,
                in_array,
                index,
                offset,
                bytes: &self.value,
            }),
            Some(reason) => each(JsonElement::Skipped {
                key,
                offset,
                reason,
            }),
        }
    }

    /// Takes one value into `self.value`; gives the reason when it was passed over instead.
    fn collect_value(&mut self) -> Result<Option<&'static str>, ReadError> {
        let start = self.offset;
        let mut state = ValueEnd::default();
        let mut skipped = None;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return if state.scalar_done() {
                    Ok(skipped)
                } else {
                    Err(ReadError::Malformed(format!(
                        "the file ends in the middle of the element that begins at byte {start}: it is cut off"
                    )))
                };
            }
            let (used, done) = state.scan(buffer);
            if skipped.is_none() {
                if self.value.len() + used > MAX_ELEMENT_BYTES {
                    skipped = Some("the element is larger than 32 MiB");
                    self.value = Vec::new();
                } else if state.too_deep {
                    skipped = Some("the element is nested deeper than 128 levels");
                    self.value = Vec::new();
                } else {
                    self.value
                        .extend_from_slice(buffer.get(..used).unwrap_or_default());
                }
            }
            self.advance(used);
            if done {
                return Ok(skipped);
            }
        }
    }
}

/// Finds where a JSON value ends by its quotes and brackets.
#[derive(Default)]
struct ValueEnd {
    depth: usize,
    in_string: bool,
    escaped: bool,
    began: bool,
    scalar: bool,
    too_deep: bool,
}

impl ValueEnd {
    /// True when the end of the input may be the end of the value.
    fn scalar_done(&self) -> bool {
        self.scalar && self.depth == 0 && !self.in_string
    }

    /// Gives how many bytes of `buffer` belong to the value, and whether it ends there.
    fn scan(&mut self, buffer: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(&byte) = buffer.get(at) {
            if self.in_string {
                if self.escaped {
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                let rest = buffer.get(at..).unwrap_or_default();
                let Some(stop) = memchr::memchr2(b'"', b'\\', rest) else {
                    return (buffer.len(), false);
                };
                at += stop + 1;
                if rest.get(stop) == Some(&b'\\') {
                    self.escaped = true;
                } else {
                    self.in_string = false;
                    if self.depth == 0 {
                        return (at, true);
                    }
                }
                continue;
            }
            match byte {
                b'"' if self.scalar => return (at, true),
                b'"' => self.in_string = true,
                b'{' | b'[' if self.scalar => return (at, true),
                b'{' | b'[' => {
                    self.depth += 1;
                    self.too_deep |= self.depth > MAX_DEPTH;
                }
                b'}' | b']' if self.depth == 0 => return (at, true),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                b',' if self.depth == 0 => return (at, true),
                _ if self.depth == 0 && self.began && byte.is_ascii_whitespace() => {
                    return (at, true);
                }
                _ if self.depth == 0 => self.scalar = true,
                _ => {}
            }
            self.began = true;
            at += 1;
        }
        (buffer.len(), false)
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
