//! From plain text to TLS: the few words each protocol exchanges before the handshake.
//!
//! Each protocol is a machine that maps received bytes to the next step and does no I/O, so that
//! hostile greetings are met in tests and in the fuzzer exactly as on the network. Nothing is sent
//! but the protocol's own hello and its request for TLS.

mod binary;
mod lines;

/// A protocol that begins in plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Starttls {
    /// RFC 3207.
    Smtp,
    /// RFC 9051 section 6.2.1.
    Imap,
    /// RFC 2595.
    Pop3,
    /// RFC 4511 section 4.14.
    Ldap,
    /// PostgreSQL protocol 3, SSLRequest.
    Postgres,
    /// MySQL and MariaDB client/server protocol, SSLRequest.
    Mysql,
}

impl Starttls {
    /// Every protocol.
    pub const ALL: &'static [Self] = &[
        Self::Smtp,
        Self::Imap,
        Self::Pop3,
        Self::Ldap,
        Self::Postgres,
        Self::Mysql,
    ];

    /// The word used in JSON and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ldap => "ldap",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// Finds the protocol by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|protocol| protocol.name() == word)
    }

    /// The ports it is spoken on by convention, the usual one first.
    pub const fn ports(self) -> &'static [u16] {
        match self {
            Self::Smtp => &[25, 587],
            Self::Imap => &[143],
            Self::Pop3 => &[110],
            Self::Ldap => &[389],
            Self::Postgres => &[5432],
            Self::Mysql => &[3306],
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send these bytes, then ask again.
    Send(Vec<u8>),
    /// Read more bytes and push them.
    Read,
    /// The peer agreed: the next byte is TLS.
    Ready,
    /// The peer speaks the protocol and does not give TLS; the text says why.
    Refused(String),
    /// The peer does not speak the protocol; the text says what was seen.
    NotSpoken(String),
}

/// The exchange with one peer.
#[derive(Debug)]
pub struct Negotiation {
    protocol: Starttls,
    /// How many of our messages were sent.
    sent: u8,
    received: Vec<u8>,
}

impl Negotiation {
    /// Starts before the first byte.
    pub fn new(protocol: Starttls) -> Self {
        Self {
            protocol,
            sent: 0,
            received: Vec::new(),
        }
    }

    /// Adds received bytes; the caller bounds their sum.
    pub fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// Decides the next step from what was received so far.
    pub fn step(&mut self) -> Step {
        let step = match self.protocol {
            Starttls::Smtp => lines::smtp(self.sent, &mut self.received),
            Starttls::Imap => lines::imap(self.sent, &mut self.received),
            Starttls::Pop3 => lines::pop3(self.sent, &mut self.received),
            Starttls::Ldap => binary::ldap(self.sent, &mut self.received),
            Starttls::Postgres => binary::postgres(self.sent, &mut self.received),
            Starttls::Mysql => binary::mysql(self.sent, &mut self.received),
        };
        match step {
            Step::Send(_) => self.sent = self.sent.saturating_add(1),
            // Plain text after the consent could be taken for text from inside TLS (CVE-2021-33515).
            Step::Ready if !self.received.is_empty() => {
                return Step::NotSpoken(format!(
                    "{} bytes of plain text follow the consent to TLS",
                    self.received.len()
                ));
            }
            _ => {}
        }
        step
    }
}

/// Shows a little of a peer's words in a reason: bounded and harmless.
fn shown(bytes: &[u8]) -> String {
    const MAX_SHOWN_BYTES: usize = 80;
    let head = bytes.get(..MAX_SHOWN_BYTES).unwrap_or(bytes);
    model::text::label(String::from_utf8_lossy(head).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a machine against scripted answers; gives what was sent and the last step.
    fn run(protocol: Starttls, answers: &[&[u8]]) -> (Vec<Vec<u8>>, Step) {
        let mut machine = Negotiation::new(protocol);
        let mut answers = answers.iter();
        let mut sent = Vec::new();
        loop {
            match machine.step() {
                Step::Send(bytes) => sent.push(bytes),
                Step::Read => match answers.next() {
                    Some(answer) => machine.push(answer),
                    None => return (sent, Step::Read),
                },
                last => return (sent, last),
            }
        }
    }

    fn outcome(protocol: Starttls, answers: &[&[u8]]) -> String {
        match run(protocol, answers).1 {
            Step::Ready => "ready".to_owned(),
            Step::Read => "waits".to_owned(),
            Step::Refused(why) => format!("refused: {why}"),
            Step::NotSpoken(what) => format!("not spoken: {what}"),
            Step::Send(_) => panic!("the last step is no sending"),
        }
    }

    #[test]
    fn smtp() {
        let (sent, last) = run(
            Starttls::Smtp,
            &[
                b"220-mx ESMTP\r\n22",
                b"0 go\r\n",
                b"250-mx\r\n250-starttls\r\n250 HELP\r\n",
                b"220 ready\r\n",
            ],
        );
        assert_eq!(last, Step::Ready);
        assert_eq!(
            sent,
            [&b"EHLO countersign.invalid\r\n"[..], b"STARTTLS\r\n"]
        );
        let smtp = |answers| outcome(Starttls::Smtp, answers);
        assert_eq!(
            smtp(&[b"220 mx\r\n", b"250-mx\r\n250 HELP\r\n"]),
            "refused: it does not offer STARTTLS"
        );
        assert_eq!(
            smtp(&[b"554 no\x1b[31m\r\n"]),
            "refused: it greets with `554 no\u{fffd}[31m`"
        );
        assert_eq!(
            smtp(&[b"SSH-2.0-x\r\n"]),
            "not spoken: it greets with `SSH-2.0-x`"
        );
        assert_eq!(
            smtp(&[b"220 a\r\n", b"250 STARTTLS\r\n", b"220 ok\r\nNOOP\r\n"]),
            "not spoken: 6 bytes of plain text follow the consent to TLS"
        );
        assert_eq!(
            smtp(&[b"220 a\r\n", b"250 STARTTLS\r\n", b"454 not now\r\n"]),
            "refused: it answers `454 not now`"
        );
    }

    #[test]
    fn imap_and_pop3() {
        let imap = |answers| outcome(Starttls::Imap, answers);
        assert_eq!(
            imap(&[b"* OK hi\r\n", b"* CAPABILITY X\r\nc1 OK go\r\n"]),
            "ready"
        );
        assert_eq!(
            imap(&[b"* OK hi\r\n", b"c1 BAD what\r\n"]),
            "refused: it answers `c1 BAD what`"
        );
        assert_eq!(imap(&[b"* BYE\r\n"]), "refused: it greets with `* BYE`");
        let pop3 = |answers| outcome(Starttls::Pop3, answers);
        assert_eq!(pop3(&[b"+OK\r\n", b"+OK go\r\n"]), "ready");
        assert_eq!(
            pop3(&[b"+OK\r\n", b"-ERR no\r\n"]),
            "refused: it answers `-ERR no`"
        );
    }

    #[test]
    fn ldap() {
        let ldap = |answers| outcome(Starttls::Ldap, answers);
        assert_eq!(
            ldap(&[
                b"\x30\x0c\x02\x01\x01\x78",
                b"\x07\x0a\x01\x00\x04\x00\x04\x00"
            ]),
            "ready"
        );
        assert_eq!(
            ldap(&[b"\x30\x84\x00\x00\x00\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00"]),
            "refused: it answers with LDAP result 52 (unavailable)"
        );
        assert!(ldap(&[b"HTTP/1.1 400 Bad\r\n"]).starts_with("not spoken"));
        assert!(ldap(&[b"\x30\x84\xff\xff\xff\xff\x02"]).starts_with("not spoken"));
    }

    #[test]
    fn postgres() {
        let postgres = |answers| outcome(Starttls::Postgres, answers);
        assert_eq!(postgres(&[b"S"]), "ready");
        assert_eq!(
            postgres(&[b"N"]),
            "refused: it does not offer TLS (ssl is off)"
        );
        assert!(postgres(&[b"H"]).starts_with("not spoken"));
        assert!(postgres(&[b"SX"]).starts_with("not spoken"));
    }

    #[test]
    fn mysql() {
        let greeting = |low: [u8; 2]| {
            let mut body = b"\x0a8.0.36\0".to_vec();
            body.extend_from_slice(&[1, 0, 0, 0]);
            body.extend_from_slice(b"CANARY!!\0");
            body.extend_from_slice(&low);
            body.extend_from_slice(&[33, 2, 0, 0xff, 0xc7, 21]);
            let mut packet = vec![u8::try_from(body.len()).unwrap(), 0, 0, 0];
            packet.extend_from_slice(&body);
            packet
        };
        let (sent, last) = run(Starttls::Mysql, &[&greeting([0xff, 0xff])]);
        assert_eq!(last, Step::Ready);
        assert_eq!(sent[0].len(), 36);
        assert_eq!(sent[0][..4], [32, 0, 0, 1]);
        assert_eq!(
            outcome(Starttls::Mysql, &[&greeting([0xff, 0xf7])]),
            "refused: it does not offer TLS (ssl is off)"
        );
        assert_eq!(
            outcome(Starttls::Mysql, &[b"\x0f\0\0\0\xff\x6a\x04Host blocked"]),
            "refused: it answers with error 1130 `Host blocked`"
        );
        assert!(outcome(Starttls::Mysql, &[b"\xff\xff\xff\0\x0a"]).starts_with("not spoken"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_ends(which in 0_usize..6, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut machine = Negotiation::new(Starttls::ALL[which]);
            let mut chunks = bytes.chunks(7);
            let ended = (0..100).any(|_| match machine.step() {
                Step::Send(_) => false,
                Step::Read => chunks.next().map(|chunk| machine.push(chunk)).is_none(),
                _ => true,
            });
            proptest::prop_assert!(ended);
        }
    }
}
