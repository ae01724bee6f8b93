//! The readers of single files, shared by the scan of this machine and the import of files.

mod config;
mod material;
pub mod out;
pub mod secret;
mod ssh;
mod store;
pub mod trust;
pub mod words;

pub use out::{Builder, FileGap, Output, ReadContext};

use super::agents;
use super::files::FileFacts;
use super::kind::{FileKind, is_material};

/// Reads one file of a known or unknown kind. Never fails: what cannot be read is in the gaps.
pub fn file(
    kind: Option<FileKind>,
    facts: &FileFacts,
    bytes: &[u8],
    cx: ReadContext<'_>,
) -> Output {
    let mut builder = Builder::new(cx, facts);
    match kind {
        Some(FileKind::AuthorizedKeys) => ssh::authorized_keys(&mut builder, bytes),
        Some(FileKind::KnownHosts) => ssh::known_hosts(&mut builder, bytes),
        Some(FileKind::SshUserAuthorities) => ssh::user_authorities(&mut builder, bytes),
        Some(FileKind::SshPublicKeys) => ssh::public_keys(&mut builder, bytes),
        Some(FileKind::AgentConfig) => agents::read(&mut builder, bytes),
        Some(FileKind::Config) => config::read(&mut builder, bytes),
        Some(FileKind::Material) => material::read(&mut builder, bytes, true),
        None if is_material(bytes) => match bytes.trim_ascii_start().first() {
            Some(b'-' | b'P' | 0xfe) => material::read(&mut builder, bytes, false),
            _ => ssh::public_keys(&mut builder, bytes),
        },
        None => {}
    }
    builder.finish()
}

/// Reads `NAME=value` lines under any file name.
pub(super) fn environment(builder: &mut Builder<'_>, bytes: &[u8]) {
    match formats::files::parse(formats::files::FileFormat::Dotenv, bytes) {
        Ok(file) => config::entries(builder, file),
        Err(error) => builder.gap("", error.to_string()),
    }
}
