//! The protocols that speak in lines: SMTP, IMAP, POP3.

use super::{Step, shown};

/// The name we give in EHLO; `.invalid` (RFC 2606) says that it is nobody's host.
const EHLO: &[u8] = b"EHLO countersign.invalid\r\n";

/// The most lines of one answer. Real EHLO answers have some twenty.
const MAX_LINES: usize = 1_000;

/// Takes one whole line off the front, without its end.
fn take_line(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let end = memchr::memchr(b'\n', received)?;
    let mut line: Vec<u8> = received.drain(..=end).collect();
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Some(line)
}

pub(super) fn smtp(sent: u8, received: &mut Vec<u8>) -> Step {
    let reply = match smtp_reply(received) {
        Ok(Some(reply)) => reply,
        Ok(None) => return Step::Read,
        Err(line) => return Step::NotSpoken(format!("it {} `{}`", verb(sent), shown(&line))),
    };
    let text = || shown(reply.last().map_or(&[], Vec::as_slice));
    let accepted = reply.last().is_some_and(|line| line.first() == Some(&b'2'));
    if !accepted {
        return Step::Refused(format!("it {} `{}`", verb(sent), text()));
    }
    match sent {
        0 => Step::Send(EHLO.to_vec()),
        1 => {
            let offers = |line: &Vec<u8>| {
                line.get(4..)
                    .is_some_and(|word| word.trim_ascii().eq_ignore_ascii_case(b"STARTTLS"))
            };
            if reply.iter().any(offers) {
                Step::Send(b"STARTTLS\r\n".to_vec())
            } else {
                Step::Refused("it does not offer STARTTLS".to_owned())
            }
        }
        _ => Step::Ready,
    }
}

/// Takes one reply (`250-a`, `250-b`, `250 c`) off the front, when it is there to its end.
fn smtp_reply(received: &mut Vec<u8>) -> Result<Option<Vec<Vec<u8>>>, Vec<u8>> {
    let mut rest = received.clone();
    let mut reply = Vec::new();
    while let Some(line) = take_line(&mut rest) {
        let code = line
            .get(..3)
            .is_some_and(|code| code.iter().all(u8::is_ascii_digit));
        let mark = line.get(3).copied().unwrap_or(b' ');
        if !code || !matches!(mark, b' ' | b'-') || reply.len() == MAX_LINES {
            return Err(line);
        }
        reply.push(line);
        if mark == b' ' {
            *received = rest;
            return Ok(Some(reply));
        }
    }
    Ok(None)
}

pub(super) fn imap(sent: u8, received: &mut Vec<u8>) -> Step {
    while let Some(line) = take_line(received) {
        let upper = line.to_ascii_uppercase();
        let said = || format!("it {} `{}`", verb(sent), shown(&line));
        if sent == 0 {
            return match () {
                () if upper.starts_with(b"* OK") => Step::Send(b"c1 STARTTLS\r\n".to_vec()),
                () if upper.starts_with(b"* ") => Step::Refused(said()),
                () => Step::NotSpoken(said()),
            };
        }
        match () {
            () if upper.starts_with(b"C1 OK") => return Step::Ready,
            () if upper.starts_with(b"C1 ") || upper.starts_with(b"* BYE") => {
                return Step::Refused(said());
            }
            // Untagged lines may come before the tagged answer.
            () if upper.starts_with(b"* ") => {}
            () => return Step::NotSpoken(said()),
        }
    }
    Step::Read
}

pub(super) fn pop3(sent: u8, received: &mut Vec<u8>) -> Step {
    let Some(line) = take_line(received) else {
        return Step::Read;
    };
    let said = format!("it {} `{}`", verb(sent), shown(&line));
    match (sent, line.starts_with(b"+OK"), line.starts_with(b"-ERR")) {
        (0, true, _) => Step::Send(b"STLS\r\n".to_vec()),
        (_, true, _) => Step::Ready,
        (_, _, true) => Step::Refused(said),
        _ => Step::NotSpoken(said),
    }
}

fn verb(sent: u8) -> &'static str {
    if sent == 0 { "greets with" } else { "answers" }
}
