//! Remote access: OpenVPN profiles, WireGuard configurations, the secrets of strongSwan.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every reader has the signature of the format table"
)]

use super::ini::sections;
use super::{ConfigFile, Entry};
use crate::error::FormatError;
use crate::text::decode_text;
use crate::{pem, private_key, x509};

/// Lines of one inline block; a chain of certificates has some hundreds.
const MAX_BLOCK_LINES: usize = 10_000;

/// How deep sections of swanctl lie in each other; real ones end at four.
const MAX_DEPTH: usize = 16;

/// `.ovpn`: one option a line, files written into it between `<key>` and `</key>`.
pub(super) fn openvpn(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    let mut host = String::new();
    let mut lines = text.lines().enumerate();
    let from = out.entries.len();
    while let Some((index, line)) = lines.next() {
        let line = line.trim();
        if let Some(name) = line
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
        {
            let end = format!("</{name}>");
            let mut block = String::new();
            let mut closed = false;
            for (_, inner) in lines.by_ref().take(MAX_BLOCK_LINES) {
                if inner.trim() == end {
                    closed = true;
                    break;
                }
                block.push_str(inner.trim());
                block.push('\n');
            }
            if !closed {
                out.problem(index + 1, "a block is not closed");
            }
            inline(name, &block, index + 1, out);
            continue;
        }
        let mut words = line.split_whitespace();
        let (option, first) = (words.next().unwrap_or_default(), words.next());
        match (option, first) {
            ("remote", Some(name)) if host.is_empty() => {
                host = match words.next() {
                    Some(port) => format!("{name}:{port}"),
                    None => name.to_owned(),
                };
            }
            (
                "key" | "pkcs12" | "secret" | "tls-auth" | "tls-crypt" | "auth-user-pass",
                Some(file),
            ) if file != "[inline]" => {
                out.push(
                    Entry::new(option, "openvpn_reference", "none")
                        .at(index + 1)
                        .points_to(format!("file: {}", file.trim_matches('"'))),
                );
            }
            _ => {}
        }
    }
    for entry in out.entries.iter_mut().skip(from) {
        entry.host = super::some_label(&host);
    }
    Ok(())
}

fn inline(name: &str, block: &str, line: usize, out: &mut ConfigFile) {
    let scan = pem::scan(block.as_bytes());
    match name {
        "key" => {
            let Some(found) = scan.blocks.iter().find(|block| block.is_private_key()) else {
                out.problem(line, "the block holds no private key");
                return;
            };
            let mut entry = Entry::new(name, "openvpn_private_key", "private_key")
                .at(line)
                .value(block.trim());
            entry.private_key = private_key::from_pem(found).ok().map(Box::new);
            out.push(entry);
        }
        "cert" => {
            let certificate = scan
                .blocks
                .iter()
                .find(|block| block.is_certificate())
                .and_then(|block| x509::parse_der(block.data.expose()).ok());
            match certificate {
                Some(certificate) => {
                    let mut entry = Entry::new(name, "openvpn_certificate", "none").at(line);
                    entry.certificate = Some(Box::new(certificate));
                    out.push(entry);
                }
                None => out.problem(line, "the block holds no certificate that can be read"),
            }
        }
        "secret" | "tls-auth" | "tls-crypt" | "tls-crypt-v2" => out.push(
            Entry::new(name, "openvpn_static_key", "shared_key")
                .at(line)
                .value(block.trim()),
        ),
        "auth-user-pass" => {
            let mut lines = block.lines();
            let user = lines.next().unwrap_or_default();
            out.push(
                Entry::new(name, "openvpn_login", "password")
                    .at(line)
                    .user(user)
                    .value(lines.next().unwrap_or_default()),
            );
        }
        _ => {}
    }
}

/// `wg0.conf`: the interface's private key, and a key shared with each peer.
pub(super) fn wireguard(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    for section in sections(&text) {
        if section.name.eq_ignore_ascii_case("interface") {
            let Some(value) = section.get("PrivateKey") else {
                continue;
            };
            let mut entry = Entry::new("Interface", "wireguard_private_key", "private_key")
                .at(section.line)
                .attribute("address", section.text("Address"))
                .attribute("listen_port", section.text("ListenPort"))
                .value(value);
            match private_key::from_wireguard(value) {
                Ok(key) => entry.private_key = Some(Box::new(key)),
                Err(_) if !entry.has_secret => {}
                Err(_) => out.problem(section.line, "PrivateKey is no key of 32 bytes in base64"),
            }
            out.push(entry);
        } else if section.name.eq_ignore_ascii_case("peer") {
            let kind = if section.get("PresharedKey").is_some() {
                "shared_key"
            } else {
                "none"
            };
            out.push(
                Entry::new(section.text("PublicKey"), "wireguard_preshared_key", kind)
                    .at(section.line)
                    .host(section.text("Endpoint"))
                    .attribute("allowed_ips", section.text("AllowedIPs"))
                    .value(section.text("PresharedKey")),
            );
        }
    }
    Ok(())
}

/// `ipsec.secrets`: `selectors : TYPE secret`, one a line
/// (<https://docs.strongswan.org/docs/5.9/config/ipsecSecrets.html>).
pub(super) fn ipsec_secrets(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    for (index, raw) in text.lines().enumerate() {
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with("include ") {
            continue;
        }
        // IPv6 selectors hold colons too; the one that matters stands before the type.
        let Some((selectors, kind, rest)) = [
            "PSK", "EAP", "XAUTH", "NTLM", "RSA", "ECDSA", "PKCS8", "P12", "PIN",
        ]
        .iter()
        .find_map(|kind| {
            let at = line.find(&format!(": {kind}"))?;
            let rest = line.get(at..)?.strip_prefix(": ")?.strip_prefix(kind)?;
            (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| {
                (
                    line.get(..at).unwrap_or_default().trim(),
                    *kind,
                    rest.trim(),
                )
            })
        }) else {
            out.problem(index + 1, "the line names no type of secret");
            continue;
        };
        out.push(match kind {
            "PSK" => Entry::new(selectors, "ipsec_preshared_key", "shared_key")
                .at(index + 1)
                .value(unquoted(rest)),
            "EAP" | "XAUTH" | "NTLM" => Entry::new(selectors, "ipsec_login", "password")
                .at(index + 1)
                .user(selectors)
                .value(unquoted(rest)),
            _ => {
                let mut words = rest.splitn(2, char::is_whitespace);
                let file = words.next().unwrap_or_default();
                Entry::new(selectors, "ipsec_passphrase", "password")
                    .at(index + 1)
                    .attribute("file", unquoted(file))
                    .value(unquoted(words.next().unwrap_or_default()))
            }
        });
    }
    Ok(())
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"')
        .and_then(|rest| rest.split('"').next())
        .unwrap_or(text)
}

/// `swanctl.conf`: `secrets { ike-one { id = a  secret = "b" } }`, one word or brace a line.
pub(super) fn swanctl(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let line = raw.split('#').next().unwrap_or_default().trim();
        if let Some(name) = line.strip_suffix('{') {
            if open.len() >= MAX_DEPTH {
                out.problem(index + 1, "sections are nested too deep");
                return Ok(());
            }
            open.push((name.trim().to_owned(), index + 1));
            pairs.clear();
        } else if line == "}" {
            let Some((name, at)) = open.pop() else {
                out.problem(index + 1, "a brace closes nothing");
                continue;
            };
            let in_secrets = matches!(open.as_slice(), [(outer, _)] if outer == "secrets");
            if in_secrets {
                swanctl_secret(&name, at, &pairs, out);
            }
            pairs.clear();
        } else if let Some((key, value)) = line.split_once('=') {
            pairs.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    if let Some((_, at)) = open.last() {
        out.problem(*at, "a section is not closed");
    }
    Ok(())
}

fn swanctl_secret(name: &str, line: usize, pairs: &[(String, String)], out: &mut ConfigFile) {
    let get = |wanted: &str| {
        pairs
            .iter()
            .find(|(key, _)| {
                key == wanted
                    || key
                        .strip_prefix(wanted)
                        .is_some_and(|rest| rest.starts_with('-'))
            })
            .map_or("", |(_, value)| unquoted(value))
    };
    let (subtype, kind) = if name.starts_with("ike") || name.starts_with("ppk") {
        ("ipsec_preshared_key", "shared_key")
    } else if name.starts_with("eap") || name.starts_with("xauth") || name.starts_with("ntlm") {
        ("ipsec_login", "password")
    } else {
        ("ipsec_passphrase", "password")
    };
    out.push(
        Entry::new(name, subtype, kind)
            .at(line)
            .user(get("id"))
            .attribute("file", get("file"))
            .value(get("secret")),
    );
}
