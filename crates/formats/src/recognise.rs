//! What a pasted thing is.

use serde::Serialize;

use crate::bundle::{self, Item};
use crate::connection::{self, Connection};
use crate::files::{self, ConfigFile, FileFormat};
use crate::jwt::{self, Jwt};
use crate::ssh::{self, SshKey};
use crate::token::{self, Recognised};

/// The longest paste looked at, in bytes; a bundle of certificates fits.
pub const MAX_PASTE_BYTES: usize = 4 << 20;

/// What was pasted.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Recognition {
    /// Keys, certificates or stores.
    Material {
        /// What they are, in order.
        items: Vec<Item>,
    },
    /// A configuration or key file.
    File(ConfigFile),
    /// An SSH public key or certificate line.
    SshKey(Box<SshKey>),
    /// A JSON Web Token.
    Jwt(Box<Jwt>),
    /// A vendor's token or id.
    Token(Box<Recognised>),
    /// A connection string.
    Connection(Box<Connection>),
}

/// Recognises keys, certificates, stores, SSH keys, tokens, JWTs, connection strings and the JSON
/// and YAML credential files. `None` means nothing here explains the bytes.
pub fn recognise(bytes: &[u8]) -> Option<Recognition> {
    if bytes.is_empty() || bytes.len() > MAX_PASTE_BYTES {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok().map(str::trim);
    if let Some(text) = text {
        if let Some(
            format @ (FileFormat::GcpCredentials
            | FileFormat::DockerConfig
            | FileFormat::Kubeconfig),
        ) = files::detect("", bytes)
            && let Ok(file) = files::parse(format, bytes)
        {
            return Some(Recognition::File(file));
        }
        if let Ok(key) = ssh::parse_public_key(text) {
            return Some(Recognition::SshKey(Box::new(key)));
        }
        if let Some(found) = token::recognise(text) {
            return Some(Recognition::Token(Box::new(found)));
        }
        if let Ok(found) = jwt::parse(text) {
            return Some(Recognition::Jwt(Box::new(found)));
        }
    }
    let items: Vec<Item> = bundle::read(bytes)
        .found
        .into_iter()
        .map(|found| found.item)
        .collect();
    if !items.is_empty() {
        return Some(Recognition::Material { items });
    }
    text.and_then(|text| connection::parse(text).ok())
        .map(|found| Recognition::Connection(Box::new(found)))
}
