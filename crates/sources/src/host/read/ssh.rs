//! SSH files of lines: who may log in, which hosts are known, public keys and certificates.

use base64::Engine as _;
use formats::ssh::{AuthorizedKey, KnownHostMarker, SshKey};
use model::{EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};
use sha2::{Digest as _, Sha256};

use super::out::Builder;
use crate::material;

/// The most entries of one file; a bastion host has thousands.
const MAX_LINES: usize = 50_000;

/// `authorized_keys`: each key authenticates the local account whose file it is.
pub(super) fn authorized_keys(builder: &mut Builder<'_>, bytes: &[u8]) {
    let lines = formats::ssh::authorized_keys(bytes);
    for problem in &lines.problems {
        builder.gap(format!("line {}", problem.line), problem.reason);
    }
    let account = account(builder);
    for entry in lines.entries.into_iter().take(MAX_LINES) {
        if builder.is_full() {
            return;
        }
        let mut observation = material::ssh_public_key(&entry.key, builder.cx.observed);
        observation.attributes.extra.insert(
            if entry.cert_authority {
                "certificate_authority"
            } else {
                "authorized_for_login"
            }
            .into(),
            true.into(),
        );
        if let Some(name) = &account {
            builder.out.users.insert(name.clone());
            let node = builder.cx.local_user(name);
            observation = observation.edge(login_edge(node, &entry));
        }
        builder.stored(observation, Some(entry.line));
    }
}

/// The account a file of keys is for: that of the home, else the name in
/// `/etc/ssh/authorized_keys.d/<name>` and the like.
fn account(builder: &Builder<'_>) -> Option<String> {
    if !builder.cx.on_host {
        return None;
    }
    if let Some(user) = builder.cx.user {
        return Some(user.to_owned());
    }
    let path = &builder.facts.path;
    let name = builder.facts.name();
    if name.starts_with("authorized_keys") {
        let directory = path.rsplit('/').nth(1)?;
        return (directory != ".ssh" && directory != "ssh").then(|| directory.to_owned());
    }
    Some(name.to_owned())
}

fn login_edge(account: NodeRef, entry: &AuthorizedKey) -> ObservedEdge {
    let mut edge = ObservedEdge::to(EdgeKind::Authenticates, account)
        .with(
            "basis",
            if entry.cert_authority {
                "certificate_authority"
            } else {
                "authorized_keys"
            },
        )
        .with("restricted", entry.restricted);
    if !entry.from.is_empty() {
        edge = edge.with("from", entry.from.clone());
    }
    if let Some(command) = &entry.command {
        let cut = super::words::cut_command(command);
        edge = edge.with("forced_command", cut.line());
    }
    if !entry.principals.is_empty() {
        edge = edge.with("principals", entry.principals.clone());
    }
    if let Some(end) = &entry.expiry_time {
        edge = edge.with("expiry_time", end.as_str());
    }
    let options: Vec<&str> = entry
        .options
        .iter()
        .map(|option| option.name.as_str())
        .collect();
    if !options.is_empty() {
        edge = edge.with("options", options);
    }
    edge
}

/// `known_hosts`: counted; only a trusted certificate authority is an observation of its own.
pub(super) fn known_hosts(builder: &mut Builder<'_>, bytes: &[u8]) {
    let lines = formats::ssh::known_hosts(bytes);
    for problem in &lines.problems {
        builder.gap(format!("line {}", problem.line), problem.reason);
    }
    for entry in lines.entries.into_iter().take(MAX_LINES) {
        builder.out.known_hosts += 1;
        if entry.marker == Some(KnownHostMarker::CertAuthority) {
            let mut observation = material::ssh_public_key(&entry.key, builder.cx.observed);
            observation.attributes.extra.insert(
                "host_certificate_authority_for".into(),
                entry.hosts.clone().into(),
            );
            let observation = trusted_by_host(builder, observation, "known_hosts");
            builder.stored(observation, Some(entry.line));
        }
    }
}

/// `TrustedUserCAKeys`: whoever they certify may log in.
pub(super) fn user_authorities(builder: &mut Builder<'_>, bytes: &[u8]) {
    lines_of_keys(builder, bytes, true);
}

/// Public keys, one a line: `id_*.pub`, host keys, certificates.
pub(super) fn public_keys(builder: &mut Builder<'_>, bytes: &[u8]) {
    lines_of_keys(builder, bytes, false);
}

fn lines_of_keys(builder: &mut Builder<'_>, bytes: &[u8], is_ca: bool) {
    let text = String::from_utf8_lossy(bytes);
    let is_host_key = builder.facts.name().starts_with("ssh_host_");
    for (at, line) in text.lines().enumerate().take(MAX_LINES) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Ok(key) = formats::ssh::parse_public_key(line) else {
            // A `.pub` file of another product is none of ours, unless it began as one.
            if at > 0 || line.starts_with("ssh-") {
                builder.gap(format!("line {}", at + 1), "not an SSH public key");
            }
            continue;
        };
        if builder.is_full() {
            return;
        }
        let mut observation = match certificate(builder, &key, line) {
            Some(certificate) => certificate,
            None => material::ssh_public_key(&key, builder.cx.observed),
        };
        if is_host_key {
            observation = host_key(builder, observation);
        } else if is_ca {
            observation = trusted_by_host(builder, observation, "trusted_user_ca_keys");
            observation
                .attributes
                .extra
                .insert("user_certificate_authority".into(), true.into());
        } else if key.certificate.is_some() {
            observation = builder.used_by_owner(observation);
        }
        builder.stored(observation, Some(at + 1));
    }
}

fn certificate(builder: &Builder<'_>, key: &SshKey, line: &str) -> Option<Observation> {
    let certificate = key.certificate.as_ref()?;
    let blob = line
        .split_ascii_whitespace()
        .find(|word| word.len() > 64 && word.starts_with("AAAA"))?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(blob)
        .ok()?;
    let sha256 = hex::encode(Sha256::digest(bytes));
    Some(material::ssh_certificate(
        certificate,
        &key.key,
        &sha256,
        builder.cx.observed,
    ))
}

/// The machine shows a host key to everybody who connects.
pub(super) fn host_key(builder: &Builder<'_>, mut observation: Observation) -> Observation {
    observation
        .attributes
        .extra
        .insert("ssh_host_key".into(), true.into());
    if !builder.cx.on_host {
        return observation;
    }
    let host = NodeRef::global(NodeKind::Host, "host", builder.cx.partition.to_owned());
    observation.edge(ObservedEdge::from(EdgeKind::Presents, host).with("basis", "ssh_host_key"))
}

fn trusted_by_host(
    builder: &Builder<'_>,
    observation: Observation,
    basis: &'static str,
) -> Observation {
    if !builder.cx.on_host {
        return observation;
    }
    let host = NodeRef::global(NodeKind::Host, "host", builder.cx.partition.to_owned());
    observation.edge(ObservedEdge::from(EdgeKind::Trusts, host).with("basis", basis))
}
