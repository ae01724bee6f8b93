//! Java's own stores, JKS and JCEKS: names, dates and certificates stand in clear; keys are
//! encrypted; the integrity digest tells whether a default password was kept.

use model::TimeUs;
use serde::Serialize;
use sha1::{Digest, Sha1};

use crate::error::{FormatError, MAX_INPUT_BYTES};
use crate::pkcs12::DEFAULT_PASSWORDS;
use crate::text::label;
use crate::x509::{self, Certificate};

/// The most entries read; the largest trust stores hold some hundreds.
const MAX_ENTRIES: u32 = 100_000;
/// The most certificates of one chain.
const MAX_CHAIN: u32 = 100;
const DIGEST_BYTES: usize = 20;
const WHAT: &str = "the Java key store";

/// Which of the two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JksKind {
    /// JKS.
    Jks,
    /// JCEKS.
    Jceks,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A private key with its chain.
    PrivateKey,
    /// A certificate to trust.
    TrustedCertificate,
    /// A symmetric key; the store hides everything but its name.
    SecretKey,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JksEntry {
    /// Its name.
    pub alias: String,
    /// What it is.
    pub kind: EntryKind,
    /// When it was put in.
    pub created: TimeUs,
    /// Its certificates, leaf first.
    pub chain: Vec<Certificate>,
}

/// What a store shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JavaStore {
    /// JKS or JCEKS.
    pub kind: JksKind,
    /// Its entries, in file order.
    pub entries: Vec<JksEntry>,
    /// The default password that fits the integrity digest; `None` when none fits or it was not
    /// reached. Key entries usually share the store's password.
    pub default_password: Option<&'static str>,
    /// What could not be read and why.
    pub problems: Vec<&'static str>,
}

/// Reads a JKS or JCEKS store without its password.
///
/// # Errors
/// When the magic number or version is another format's.
pub fn read(bytes: &[u8]) -> Result<JavaStore, FormatError> {
    FormatError::check_size(WHAT, bytes, MAX_INPUT_BYTES)?;
    let mut data = Data { rest: bytes };
    let kind = match data.u32() {
        Some(0xfeed_feed) => JksKind::Jks,
        Some(0xcece_cece) => JksKind::Jceks,
        _ => return Err(FormatError::not("a JKS or JCEKS store")),
    };
    let version = data
        .u32()
        .filter(|version| matches!(version, 1 | 2))
        .ok_or_else(|| FormatError::broken(WHAT, "its version is not 1 or 2"))?;
    let count = data
        .u32()
        .ok_or_else(|| FormatError::broken(WHAT, "it ends in the header"))?;
    let mut store = JavaStore {
        kind,
        entries: Vec::new(),
        default_password: None,
        problems: Vec::new(),
    };
    for _ in 0..count.min(MAX_ENTRIES) {
        match data.entry(version, &mut store.problems) {
            Ok(entry) => store.entries.push(entry),
            Err(reason) => {
                store.problems.push(reason);
                return Ok(store);
            }
        }
    }
    if data.rest.len() == DIGEST_BYTES {
        let covered = bytes.get(..bytes.len() - DIGEST_BYTES).unwrap_or_default();
        store.default_password = DEFAULT_PASSWORDS
            .iter()
            .copied()
            .find(|password| digest(password, covered) == data.rest);
    } else {
        store
            .problems
            .push("the integrity digest is missing or bytes follow it");
    }
    Ok(store)
}

/// SHA-1 over the password in UTF-16BE, a fixed phrase, and the store.
fn digest(password: &str, covered: &[u8]) -> Vec<u8> {
    let mut hash = Sha1::new();
    for unit in password.encode_utf16() {
        hash.update(unit.to_be_bytes());
    }
    hash.update(b"Mighty Aphrodite");
    hash.update(covered);
    hash.finalize().to_vec()
}

struct Data<'a> {
    rest: &'a [u8],
}

const ENDS_EARLY: &str = "the store ends inside an entry";

impl<'a> Data<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (value, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(value)
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn i64(&mut self) -> Option<i64> {
        self.bytes(8)?.try_into().ok().map(i64::from_be_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.u16()?);
        Some(label(&String::from_utf8_lossy(self.bytes(length)?)))
    }

    fn blob(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.bytes(length)
    }

    fn entry(
        &mut self,
        version: u32,
        problems: &mut Vec<&'static str>,
    ) -> Result<JksEntry, &'static str> {
        let tag = self.u32().ok_or(ENDS_EARLY)?;
        let alias = self.text().ok_or(ENDS_EARLY)?;
        let created = TimeUs::from_micros(self.i64().ok_or(ENDS_EARLY)?.saturating_mul(1_000));
        let mut chain = Vec::new();
        let kind = match tag {
            1 => {
                self.blob().ok_or(ENDS_EARLY)?;
                let count = self.u32().ok_or(ENDS_EARLY)?;
                if count > MAX_CHAIN {
                    return Err("a chain of more than 100 certificates; the rest was not read");
                }
                for _ in 0..count {
                    chain.extend(self.certificate(version, problems)?);
                }
                EntryKind::PrivateKey
            }
            2 => {
                chain.extend(self.certificate(version, problems)?);
                EntryKind::TrustedCertificate
            }
            3 => {
                // A serialised Java object without a length. Java objects are not read here, so
                // entries behind it are found only if a next entry header can be seen.
                self.skip_object()
                    .ok_or("a secret key hides the entries behind it")?;
                EntryKind::SecretKey
            }
            _ => return Err("an entry of an unknown kind; the rest was not read"),
        };
        Ok(JksEntry {
            alias,
            kind,
            created,
            chain,
        })
    }

    fn certificate(
        &mut self,
        version: u32,
        problems: &mut Vec<&'static str>,
    ) -> Result<Option<Certificate>, &'static str> {
        if version == 2 {
            self.text().ok_or(ENDS_EARLY)?;
        }
        let der = self.blob().ok_or(ENDS_EARLY)?;
        let found = x509::parse_der(der).ok();
        if found.is_none() {
            problems.push("a certificate could not be read");
        }
        Ok(found)
    }

    /// Moves behind a `SealedObject` by trying where the next entry or the digest begins.
    fn skip_object(&mut self) -> Option<()> {
        const STREAM_MAGIC: &[u8] = &[0xac, 0xed, 0, 5];
        if !self.rest.starts_with(STREAM_MAGIC) {
            return None;
        }
        let end = self.rest.len().checked_sub(DIGEST_BYTES)?;
        let next = (STREAM_MAGIC.len()..end).find(|at| {
            let mut ahead = Self {
                rest: self.rest.get(*at..).unwrap_or_default(),
            };
            ahead.looks_like_entry()
        });
        self.rest = self.rest.get(next.unwrap_or(end)..)?;
        Some(())
    }

    fn looks_like_entry(&mut self) -> bool {
        // 2100-01-01 in milliseconds; 1996-01-01 is when Java came out.
        const RANGE: std::ops::Range<i64> = 820_454_400_000..4_102_444_800_000;
        let tag = self.u32();
        let name = self
            .u16()
            .map(usize::from)
            .and_then(|length| self.bytes(length));
        matches!(tag, Some(1..=3))
            && name.is_some_and(|name| {
                !name.is_empty()
                    && std::str::from_utf8(name).is_ok_and(|name| !name.contains(char::is_control))
            })
            && self.i64().is_some_and(|time| RANGE.contains(&time))
    }
}
