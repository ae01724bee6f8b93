//! OpenSSH certificates (PROTOCOL.certkeys).

use model::TimeUs;
use model::fact::Fact;
use serde::Serialize;

use super::wire::{self, Wire};
use crate::error::FormatError;
use crate::public_key::{PublicKey, ssh_fingerprint};
use crate::text::label;

/// The most principals or options read from one certificate.
const MAX_ENTRIES: usize = 1_000;

/// Whom a certificate speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateKind {
    /// A user who signs in.
    User,
    /// A host that is signed in to.
    Host,
}

/// What an SSH certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SshCertificate {
    /// User or host.
    pub kind: CertificateKind,
    /// Serial number given by the CA.
    pub serial: u64,
    /// Free text by the CA, usually who or what it is for.
    pub key_id: String,
    /// User or host names it is good for; empty means any.
    pub principals: Vec<String>,
    /// Start of validity; `Never` means it was always valid.
    pub valid_after: Fact<TimeUs>,
    /// End of validity; `Never` means it does not expire.
    pub valid_before: Fact<TimeUs>,
    /// Options a server must understand (`force-command`, `source-address` …).
    pub critical_options: Vec<(String, String)>,
    /// What the holder may do (`permit-pty` …).
    pub extensions: Vec<String>,
    /// `SHA256:…` of the CA's key.
    pub ca_fingerprint: String,
    /// SPKI SHA-256 of the CA's key, where it has one.
    pub ca_spki_sha256: Option<String>,
    /// `SHA256:…` of the key that is certified, without the certificate around it.
    pub key_fingerprint: Option<String>,
}

/// Reads a certificate blob; also gives the certified key.
///
/// # Errors
/// When the blob is not an SSH certificate.
pub fn parse_certificate(blob: &[u8]) -> Result<(SshCertificate, PublicKey), FormatError> {
    read(blob).ok_or_else(|| FormatError::not("an SSH certificate"))
}

fn read(blob: &[u8]) -> Option<(SshCertificate, PublicKey)> {
    let mut wire = Wire::new(blob);
    let name = wire.text()?.strip_suffix("-cert-v01@openssh.com")?;
    wire.string()?; // nonce
    let mut key = if let Some(base) = name.strip_prefix("sk-") {
        // A security key adds its application name after the key.
        let mut public = wire::key_material(base, &mut wire)?.public_key();
        wire.string()?;
        public.spki_sha256 = None;
        public.ssh_fingerprint = None;
        public
    } else {
        wire::key_material(name, &mut wire)?.public_key()
    };
    name.clone_into(&mut key.algorithm_name);
    let serial = wire.u64()?;
    let kind = match wire.u32()? {
        1 => CertificateKind::User,
        2 => CertificateKind::Host,
        _ => return None,
    };
    let key_id = label(&String::from_utf8_lossy(wire.string()?));
    let principals = strings(wire.string()?)?;
    let (after, before) = (wire.u64()?, wire.u64()?);
    let critical_options = options(wire.string()?)?;
    let extensions = options(wire.string()?)?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    wire.string()?; // reserved
    let ca = wire.string()?;
    let certificate = SshCertificate {
        kind,
        serial,
        key_id,
        principals,
        valid_after: if after == 0 {
            Fact::never()
        } else {
            seconds(after)
        },
        valid_before: if before == u64::MAX {
            Fact::never()
        } else {
            seconds(before)
        },
        critical_options,
        extensions,
        ca_fingerprint: ssh_fingerprint(ca),
        ca_spki_sha256: wire::public_key(ca).and_then(|key| key.spki_sha256),
        key_fingerprint: key.ssh_fingerprint.clone(),
    };
    Some((certificate, key))
}

fn seconds(value: u64) -> Fact<TimeUs> {
    Fact::known(TimeUs::from_seconds(
        i64::try_from(value).unwrap_or(i64::MAX),
    ))
}

fn strings(bytes: &[u8]) -> Option<Vec<String>> {
    let mut wire = Wire::new(bytes);
    let mut out = Vec::new();
    while !wire.is_empty() && out.len() < MAX_ENTRIES {
        out.push(label(&String::from_utf8_lossy(wire.string()?)));
    }
    Some(out)
}

fn options(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut wire = Wire::new(bytes);
    let mut out = Vec::new();
    while !wire.is_empty() && out.len() < MAX_ENTRIES {
        let name = label(&String::from_utf8_lossy(wire.string()?));
        let data = wire.string()?;
        let value = Wire::new(data).string().unwrap_or(data);
        out.push((name, label(&String::from_utf8_lossy(value))));
    }
    Some(out)
}
