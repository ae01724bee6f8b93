//! Vendor tokens told by their documented shape, and what they say about themselves.

mod aws;
mod azure;
mod checksum;
mod gitlab;
mod parsed;
mod pypi;
mod table;

use model::TimeUs;
use serde::Serialize;

pub use aws::{AwsKeyId, aws_key_id};

/// The longest text looked at, in bytes; the longest known tokens (macaroons, `ops_`) end near 4 kB.
pub const MAX_TOKEN_BYTES: usize = 16 << 10;

/// How much of the token's claim to be one was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Prefix, alphabet and length fit.
    Shape,
    /// Its inner structure was read.
    Parsed,
    /// Its checksum is right.
    Checksum,
}

/// What a token shows. Nothing in here is the token or enough to make it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// Who issued it.
    pub vendor: &'static str,
    /// The sort of token in the vendor's words.
    pub form: &'static str,
    /// `github_classic_pat`, `aws_access_key` …
    pub subtype: &'static str,
    /// `api_key`, `access_token`, `refresh_token`, `oauth_client_secret`, `webhook_url`, `key_id` …
    pub credential_type: &'static str,
    /// How much was checked.
    pub proof: Proof,
    /// Whether the checksum is right, for forms that have one.
    pub checksum_ok: Option<bool>,
    /// Account, user, host, organisation, project … as far as the token says.
    pub identity: Vec<(&'static str, String)>,
    /// When it was made.
    pub created: Option<TimeUs>,
    /// When it ends.
    pub expires: Option<TimeUs>,
    /// How it is revoked, and by whom.
    pub revoke: &'static str,
    /// The document the form is taken from.
    pub doc: &'static str,
    /// The part that is an identifier and no secret.
    pub public_id: Option<String>,
    /// False when the whole text is an identifier (an AWS key id).
    pub is_secret: bool,
    /// Other things worth knowing.
    pub notes: Vec<&'static str>,
}

/// What a special decoder adds to the table's row.
#[derive(Default)]
pub(crate) struct Decoded {
    checksum_ok: Option<bool>,
    parsed: bool,
    identity: Vec<(&'static str, String)>,
    created: Option<TimeUs>,
    expires: Option<TimeUs>,
    public_id: Option<String>,
    notes: Vec<&'static str>,
}

impl Decoded {
    fn checksum(ok: bool) -> Self {
        Self {
            checksum_ok: Some(ok),
            ..Self::default()
        }
    }

    fn parsed() -> Self {
        Self {
            parsed: true,
            ..Self::default()
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.identity.push((name, crate::text::label(value)));
        }
        self
    }

    fn public(mut self, id: &str) -> Self {
        self.public_id = Some(crate::text::label(id));
        self
    }

    fn note(mut self, note: &'static str) -> Self {
        self.notes.push(note);
        self
    }
}

/// Recognises a whole text as one token. Surrounding white space is ignored; other text is not.
pub fn recognise(text: &str) -> Option<Recognised> {
    let text = text.trim();
    if text.is_empty()
        || text.len() > MAX_TOKEN_BYTES
        || text.bytes().any(|byte| byte.is_ascii_control())
    {
        return None;
    }
    table::FORMS.iter().find_map(|form| form.read(text))
}

/// Every subtype the table knows, with vendor and document; for reference pages.
pub fn known_forms()
-> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    table::FORMS
        .iter()
        .map(|form| (form.vendor, form.form, form.subtype, form.doc))
}

impl table::Form {
    fn read(&self, text: &str) -> Option<Recognised> {
        let body = text.strip_prefix(self.prefix)?;
        if !(self.min..=self.max).contains(&body.len())
            || !body.bytes().all(|byte| self.alphabet.has(byte))
        {
            return None;
        }
        let decoded = (self.decode)(text)?;
        let proof = match (decoded.checksum_ok, decoded.parsed) {
            (Some(true), _) => Proof::Checksum,
            (_, true) => Proof::Parsed,
            _ => Proof::Shape,
        };
        let mut notes = decoded.notes;
        if decoded.checksum_ok == Some(false) {
            notes.push("its checksum is wrong: a typing error, an example, or not a real token");
        }
        Some(Recognised {
            vendor: self.vendor,
            form: self.form,
            subtype: self.subtype,
            credential_type: self.credential_type,
            proof,
            checksum_ok: decoded.checksum_ok,
            identity: decoded.identity,
            created: decoded.created,
            expires: decoded.expires,
            revoke: self.revoke,
            doc: self.doc,
            public_id: decoded.public_id,
            is_secret: self.credential_type != "key_id",
            notes,
        })
    }
}
