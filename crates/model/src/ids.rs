//! Ids of observed things. They derive from what the provider calls the thing, so the order of
//! imports never changes an id and two installations agree.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kinds::NodeKind;

/// The stable id of a node: the first 16 bytes of SHA-256 over (kind, provider, partition,
/// native id), each preceded by its length. Text form `mi:` and 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId([u8; 16]);

impl NodeId {
    /// The raw bytes, in the order in which the text sorts.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Wraps raw bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads `mi:` and 32 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text.strip_prefix("mi:")?, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str("mi:")?;
        f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for NodeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a node id"))
    }
}

/// What names a node in the provider's own words.
///
/// `partition` is where the native id is unique: empty for ids that are unique in the world (an
/// ARN, a GUID, a key fingerprint), else the cluster, host or domain. Key material is named
/// `spki:sha256:<hex>` and a certificate `x509:sha256:<hex of the DER>`, whatever file held it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeRef {
    /// The kind of node.
    pub kind: NodeKind,
    /// Who gives the id, in lower case: `aws`, `kubernetes`, `x509`, `ssh` …
    pub provider: Cow<'static, str>,
    /// Where the id is unique; empty when it is unique in the world.
    pub partition: Cow<'static, str>,
    /// The provider's id, exactly as the provider writes it.
    pub native_id: String,
}

impl NodeRef {
    /// Names a node whose native id is unique in the world.
    pub fn global(
        kind: NodeKind,
        provider: impl Into<Cow<'static, str>>,
        native_id: impl Into<String>,
    ) -> Self {
        Self::within(kind, provider, "", native_id)
    }

    /// Names a node whose native id is unique within `partition`.
    pub fn within(
        kind: NodeKind,
        provider: impl Into<Cow<'static, str>>,
        partition: impl Into<Cow<'static, str>>,
        native_id: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            provider: provider.into(),
            partition: partition.into(),
            native_id: crate::text::label(&native_id.into()),
        }
    }

    /// Names a certificate by the SHA-256 of its DER.
    pub fn certificate(sha256_hex: &str) -> Self {
        Self::global(
            NodeKind::Credential,
            "x509",
            format!("x509:sha256:{sha256_hex}"),
        )
    }

    /// Names key material by the SHA-256 of its SubjectPublicKeyInfo, whatever the file format.
    pub fn key_material(spki_sha256_hex: &str) -> Self {
        Self::global(
            NodeKind::Credential,
            "key",
            format!("spki:sha256:{spki_sha256_hex}"),
        )
    }

    /// Names a secret that has no id of its own by its keyed fingerprint.
    pub fn secret(fingerprint: &crate::Fingerprint) -> Self {
        Self::global(NodeKind::Credential, "secret", fingerprint.as_str())
    }

    /// The id this name derives to.
    pub fn id(&self) -> NodeId {
        let mut hash = Sha256::new();
        for part in [
            self.kind.name(),
            &self.provider,
            &self.partition,
            &self.native_id,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        NodeId(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_do_not_move() {
        let user = NodeRef::global(
            NodeKind::Identity,
            "aws",
            "arn:aws:iam::123456789012:user/deploy",
        );
        assert_eq!(user.id().to_string(), "mi:fcc950393e7253add67643b5d34d8c27");
        assert_eq!(NodeId::parse(&user.id().to_string()), Some(user.id()));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let a = NodeRef::within(NodeKind::Identity, "k8s", "ab", "c");
        let b = NodeRef::within(NodeKind::Identity, "k8s", "a", "bc");
        assert_ne!(a.id(), b.id());
        assert_ne!(
            a.id(),
            NodeRef {
                kind: NodeKind::Workload,
                ..a
            }
            .id()
        );
    }
}
