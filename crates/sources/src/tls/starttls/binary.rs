//! The protocols that speak in packets: LDAP, PostgreSQL, MySQL.

use super::{Step, shown};

/// The largest plain-text message believed; real ones have less than 300 bytes.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// LDAPMessage 1, ExtendedRequest with the name of StartTLS (RFC 4511 4.14.1).
const LDAP_STARTTLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// Length 8 and the request code 80877103 (PostgreSQL protocol, SSLRequest).
const POSTGRES_SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

const MYSQL_CLIENT_SSL: u16 = 0x0800;

pub(super) fn ldap(sent: u8, received: &mut Vec<u8>) -> Step {
    if sent == 0 {
        return Step::Send(LDAP_STARTTLS.to_vec());
    }
    let not_ldap = |received: &[u8]| Step::NotSpoken(format!("it answers `{}`", shown(received)));
    match received.first() {
        None => return Step::Read,
        Some(0x30) => {}
        Some(_) => return not_ldap(received),
    }
    let whole = match ber(received) {
        Ber::Whole { content, used } => (content.to_vec(), used),
        Ber::Cut => return Step::Read,
        Ber::Bad => return not_ldap(received),
    };
    let Some(code) = ldap_result(&whole.0) else {
        return not_ldap(received);
    };
    received.drain(..whole.1);
    match code {
        0 => Step::Ready,
        1 => Step::Refused("it answers with LDAP result 1 (operations error)".to_owned()),
        2 => Step::Refused("it answers with LDAP result 2 (does not know StartTLS)".to_owned()),
        52 => Step::Refused("it answers with LDAP result 52 (unavailable)".to_owned()),
        other => Step::Refused(format!("it answers with LDAP result {other}")),
    }
}

/// messageID INTEGER, then ExtendedResponse [APPLICATION 24] whose first element is the result.
fn ldap_result(message: &[u8]) -> Option<u8> {
    let Ber::Whole { used, .. } = ber(message) else {
        return None;
    };
    let response = message.get(used..)?;
    if message.first() != Some(&0x02) || response.first() != Some(&0x78) {
        return None;
    }
    let Ber::Whole { content, .. } = ber(response) else {
        return None;
    };
    match content {
        [0x0a, 1, code, ..] => Some(*code),
        _ => None,
    }
}

enum Ber<'a> {
    Whole { content: &'a [u8], used: usize },
    Cut,
    Bad,
}

/// One element with a definite length of at most four bytes.
fn ber(bytes: &[u8]) -> Ber<'_> {
    let Some(first) = bytes.get(1) else {
        return Ber::Cut;
    };
    let (length, header) = if *first < 0x80 {
        (usize::from(*first), 2)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return Ber::Bad;
        }
        let Some(digits) = bytes.get(2..2 + count) else {
            return Ber::Cut;
        };
        let length = digits
            .iter()
            .fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit));
        (length, 2 + count)
    };
    if length > MAX_MESSAGE_BYTES {
        return Ber::Bad;
    }
    match bytes.get(header..header + length) {
        Some(content) => Ber::Whole {
            content,
            used: header + length,
        },
        None => Ber::Cut,
    }
}

pub(super) fn postgres(sent: u8, received: &mut Vec<u8>) -> Step {
    if sent == 0 {
        return Step::Send(POSTGRES_SSL_REQUEST.to_vec());
    }
    match received.first() {
        None => Step::Read,
        Some(b'S') => {
            received.remove(0);
            Step::Ready
        }
        Some(b'N') => Step::Refused("it does not offer TLS (ssl is off)".to_owned()),
        Some(b'E') => Step::Refused("it answers with an error to the request for TLS".to_owned()),
        Some(_) => Step::NotSpoken(format!("it answers `{}`", shown(received))),
    }
}

pub(super) fn mysql(sent: u8, received: &mut Vec<u8>) -> Step {
    if sent > 0 {
        return Step::Ready;
    }
    let Some((header, rest)) = received.split_first_chunk::<4>() else {
        return Step::Read;
    };
    let [low, middle, high, _sequence] = *header;
    let length = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
    if length == 0 || length > MAX_MESSAGE_BYTES {
        return Step::NotSpoken(format!("it greets with `{}`", shown(received)));
    }
    let Some(body) = rest.get(..length).map(<[u8]>::to_vec) else {
        return Step::Read;
    };
    let greeting = shown(&body);
    received.drain(..4 + length);
    match mysql_capabilities(&body) {
        Greeting::Server(flags) if flags & MYSQL_CLIENT_SSL != 0 => Step::Send(mysql_ssl_request()),
        Greeting::Server(_) => Step::Refused("it does not offer TLS (ssl is off)".to_owned()),
        Greeting::Error(code, text) => {
            Step::Refused(format!("it answers with error {code} `{text}`"))
        }
        Greeting::Other => Step::NotSpoken(format!("it greets with `{greeting}`")),
    }
}

enum Greeting {
    /// The lower half of the capability flags.
    Server(u16),
    Error(u16, String),
    Other,
}

/// HandshakeV10: 10, version NUL, thread id (4), scramble (8), NUL, capability flags (2) …
fn mysql_capabilities(body: &[u8]) -> Greeting {
    match body {
        [0xff, low, high, text @ ..] => {
            Greeting::Error(u16::from_le_bytes([*low, *high]), shown(text))
        }
        [10, rest @ ..] => memchr::memchr(0, rest)
            .and_then(|end| rest.get(end + 1 + 4 + 8 + 1..))
            .and_then(|flags| flags.first_chunk::<2>())
            .map_or(Greeting::Other, |flags| {
                Greeting::Server(u16::from_le_bytes(*flags))
            }),
        _ => Greeting::Other,
    }
}

/// SSLRequest: the handshake response cut before the user name, so no credential is sent.
fn mysql_ssl_request() -> Vec<u8> {
    const LONG_PASSWORD: u32 = 0x1;
    const PROTOCOL_41: u32 = 0x200;
    const SECURE_CONNECTION: u32 = 0x8000;
    const PLUGIN_AUTH: u32 = 0x8_0000;
    let flags =
        LONG_PASSWORD | PROTOCOL_41 | u32::from(MYSQL_CLIENT_SSL) | SECURE_CONNECTION | PLUGIN_AUTH;
    let mut packet = vec![32, 0, 0, 1];
    packet.extend_from_slice(&flags.to_le_bytes());
    packet.extend_from_slice(&(1_u32 << 24).to_le_bytes());
    packet.push(45); // utf8mb4
    packet.extend_from_slice(&[0; 23]);
    packet
}
