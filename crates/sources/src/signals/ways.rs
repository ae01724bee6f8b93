//! Whether a way to revoke a thing and to replace its secret part is known: the same table that
//! answers "how is it revoked".

use model::{CredentialType, NodeKind, Signal};

use super::{Family, Said, Seen, Statement};
use crate::revocation;

pub(super) const FAMILY: Family = Family {
    title: "the table of ways to revoke and replace",
    applies: |seen| {
        !seen.subtype.is_empty()
            && (seen.is(NodeKind::Credential) || seen.is(NodeKind::Identity))
            && seen.form != Some(CredentialType::SecondFactor)
    },
    read,
    states: &[
        Statement::of(
            Signal::RevocationPath,
            "the table has its subtype, or the reader of the token knows how its vendor revokes it",
            "a credential whose subtype is known and for which no way is; users of a cluster, whom it cannot revoke",
        ),
        Statement::of(
            Signal::RotationMethod,
            "a credential with a known way to replace it",
            "a credential whose subtype is known and for which no way is",
        ),
    ],
};

/// Identities that nobody can switch off where they live: the certificate or token has to end.
const WITHOUT_SWITCH: &[&str] = &["k8s_user"];

fn read(seen: &Seen<'_>, said: &mut Said) {
    let kind = seen.observation.node.kind;
    let told = seen.word("how_to_revoke").is_some() || seen.word("revoke").is_some();
    let known = told || revocation::is_known(kind.name(), seen.subtype);
    if kind == NodeKind::Identity {
        if known {
            said.yes(Signal::RevocationPath);
        } else if WITHOUT_SWITCH.contains(&seen.subtype) {
            said.no(Signal::RevocationPath);
        }
        return;
    }
    if known {
        said.yes(Signal::RevocationPath);
        said.yes(Signal::RotationMethod);
    } else if super::credential_type(seen.subtype).is_some() {
        said.no(Signal::RevocationPath);
        said.no(Signal::RotationMethod);
    }
}
