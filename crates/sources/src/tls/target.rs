//! What to look at: `host`, `host:443,8000-8010`, `[::1]:443`, `10.0.0.0/28:443`,
//! `smtp://mail.example.com:2525`, `https://example.com/`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr as _;

use super::hosts::Hosts;
use super::starttls::Starttls;

/// The most endpoints of one scan. A /20 on one port; more belongs into several runs whose
/// coverage a person can still read.
pub const MAX_ENDPOINTS: usize = 4_096;
/// The most port ranges of one target.
const MAX_RANGES: usize = 64;

/// How an endpoint comes to speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TLS from the first byte.
    Tls,
    /// Plain text first, then TLS.
    Starttls(Starttls),
}

impl Protocol {
    /// The word used in JSON and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Starttls(protocol) => protocol.name(),
        }
    }

    /// What a port speaks by convention; TLS from the first byte on every port not listed.
    pub fn of_port(port: u16) -> Self {
        Starttls::ALL
            .iter()
            .copied()
            .find(|protocol| protocol.ports().contains(&port))
            .map_or(Self::Tls, Self::Starttls)
    }

    /// Reads the word of `--starttls` or of `word://host`: the protocol and its usual port.
    pub fn parse(word: &str) -> Option<(Self, u16)> {
        let word = word.to_ascii_lowercase();
        Some(match word.as_str() {
            "tls" | "https" | "ssl" | "wss" => (Self::Tls, 443),
            "smtps" | "submissions" => (Self::Tls, 465),
            "imaps" => (Self::Tls, 993),
            "pop3s" => (Self::Tls, 995),
            "ldaps" => (Self::Tls, 636),
            "postgresql" | "postgres" | "pg" => (Self::Starttls(Starttls::Postgres), 5432),
            "mysql" | "mariadb" => (Self::Starttls(Starttls::Mysql), 3306),
            "submission" => (Self::Starttls(Starttls::Smtp), 587),
            other => {
                let protocol = Starttls::parse(other)?;
                (Self::Starttls(protocol), *protocol.ports().first()?)
            }
        })
    }

    /// Every word that [`Protocol::parse`] knows, for messages and completions.
    pub const WORDS: &'static [&'static str] = &[
        "tls",
        "https",
        "smtp",
        "smtps",
        "submission",
        "imap",
        "imaps",
        "pop3",
        "pop3s",
        "ldap",
        "ldaps",
        "postgres",
        "mysql",
    ];
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One `host[:ports]` as a person writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    hosts: Hosts,
    /// Inclusive ranges, as written.
    ports: Vec<(u16, u16)>,
    protocol: Option<Protocol>,
}

/// One host and port to connect to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// Host name in lower case, or an address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How it comes to speak TLS.
    pub protocol: Protocol,
    /// True when it was named by a range of ports or addresses: then silence is nothing unusual.
    pub in_range: bool,
}

impl Endpoint {
    /// `host:port`, an IPv6 address in brackets: the native id of the endpoint.
    pub fn name(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// A target that cannot be understood, with the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The text is no target.
    #[error(
        "`{text}` is no target: {reason}; write HOST, HOST:PORT, HOST:8000-8010,443, [IPv6]:PORT, NETWORK/BITS:PORT or smtp://HOST"
    )]
    Malformed {
        /// What was written, cut to a readable length.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Too many endpoints.
    #[error(
        "these targets are {count} or more endpoints and one scan takes {MAX_ENDPOINTS}; scan fewer addresses or ports at a time"
    )]
    TooMany {
        /// How many were counted before giving up.
        count: usize,
    },
}

impl Target {
    /// Reads one target.
    ///
    /// # Errors
    /// The text is no target; the message says why and what can be written.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        read(text).map_err(|reason| TargetError::Malformed {
            text: model::text::bounded(&model::text::label(text), 80),
            reason,
        })
    }

    /// Reads a list: one target a line, `#` starts a comment, blank lines do not count.
    ///
    /// # Errors
    /// A line is no target; the message names the line.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, TargetError> {
        let mut targets = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if targets.len() >= MAX_ENDPOINTS {
                return Err(TargetError::TooMany {
                    count: targets.len() + 1,
                });
            }
            targets.push(Self::parse(line).map_err(|error| match error {
                TargetError::Malformed { text, reason } => TargetError::Malformed {
                    text,
                    reason: format!("line {}: {reason}", at + 1),
                },
                other @ TargetError::TooMany { .. } => other,
            })?);
        }
        Ok(targets)
    }

    /// Makes every port of this target speak `protocol`, as `--starttls` asks; a `word://` in the
    /// target itself wins.
    #[must_use]
    pub fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.protocol.get_or_insert(protocol);
        self
    }

    /// How many endpoints it stands for.
    pub fn count(&self) -> usize {
        let ports: usize = self
            .ports
            .iter()
            .map(|(from, to)| usize::from(to - from) + 1)
            .sum();
        ports.saturating_mul(self.hosts.count())
    }

    fn endpoints(&self, into: &mut Vec<Endpoint>) {
        let in_range = self.hosts.count() > 1 || self.ports.iter().any(|(from, to)| from != to);
        for host in self.hosts.each() {
            for port in self.ports.iter().flat_map(|(from, to)| *from..=*to) {
                into.push(Endpoint {
                    host: host.clone(),
                    port,
                    protocol: self.protocol.unwrap_or_else(|| Protocol::of_port(port)),
                    in_range,
                });
            }
        }
    }
}

/// Every endpoint of the targets, each once, in the order written.
///
/// # Errors
/// There are more than [`MAX_ENDPOINTS`].
pub fn endpoints(targets: &[Target]) -> Result<Vec<Endpoint>, TargetError> {
    let count = targets
        .iter()
        .fold(0_usize, |sum, target| sum.saturating_add(target.count()));
    if count > MAX_ENDPOINTS {
        return Err(TargetError::TooMany { count });
    }
    let mut all = Vec::with_capacity(count);
    for target in targets {
        target.endpoints(&mut all);
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|endpoint: &Endpoint| seen.insert((endpoint.host.clone(), endpoint.port)));
    Ok(all)
}

fn read(text: &str) -> Result<Target, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((word, rest)) => {
            let known = Protocol::parse(word).ok_or_else(|| unknown_protocol(word))?;
            (Some(known), authority(rest))
        }
        None => (None, text),
    };
    let (hosts, ports) = split_ports(rest)?;
    let ports = match ports {
        Some(ports) => read_ports(ports)?,
        None => {
            let port = scheme.map_or(443, |(_, port)| port);
            vec![(port, port)]
        }
    };
    Ok(Target {
        hosts: Hosts::read(hosts)?,
        ports,
        protocol: scheme.map(|(protocol, _)| protocol),
    })
}

/// The host and port of a URL: no path, no user name (a pasted URL may hold a password). The slash
/// of a network such as 10.0.0.0/28 stays.
fn authority(rest: &str) -> &str {
    let is_network = rest
        .split_once('/')
        .is_some_and(|(head, _)| IpAddr::from_str(head.trim_start_matches('[')).is_ok());
    let marks: &[char] = if is_network {
        &['?', '#']
    } else {
        &['/', '?', '#']
    };
    let authority = rest.split(marks).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

fn unknown_protocol(word: &str) -> String {
    match model::suggest::nearest(word, Protocol::WORDS.iter().copied()) {
        Some(near) => format!(
            "no protocol `{}`, did you mean `{near}`",
            model::text::bounded(word, 20)
        ),
        None => format!("the protocols are {}", Protocol::WORDS.join(", ")),
    }
}

/// Splits host and ports; an IPv6 address with ports stands in brackets.
fn split_ports(text: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or("the bracket is not closed")?;
        // Either `[net/64]:443` or `[net]/64:443`.
        return match after.strip_prefix(':') {
            Some(ports) => Ok((host, Some(ports))),
            None if after.is_empty() => Ok((host, None)),
            None => Err("only :PORT may follow the bracket".to_owned()),
        };
    }
    match text.split_once(':') {
        // A bare IPv6 address has more colons and no port.
        Some((_, rest)) if rest.contains(':') => Ok((text, None)),
        Some((host, ports)) => Ok((host, Some(ports))),
        None => Ok((text, None)),
    }
}

fn read_ports(text: &str) -> Result<Vec<(u16, u16)>, String> {
    let one = |text: &str| {
        text.trim()
            .parse::<u16>()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
    };
    let mut ranges = Vec::new();
    for part in text.split(',') {
        if ranges.len() == MAX_RANGES {
            return Err(format!("more than {MAX_RANGES} port ranges"));
        }
        let (from, to) = match part.split_once('-') {
            Some((from, to)) => (one(from)?, one(to)?),
            None => (one(part)?, one(part)?),
        };
        if from > to {
            return Err(format!("the port range {from}-{to} runs backwards"));
        }
        ranges.push((from, to));
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let target = Target::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        endpoints(&[target])
            .unwrap()
            .iter()
            .map(|endpoint| format!("{} {}", endpoint.name(), endpoint.protocol))
            .collect()
    }

    #[test]
    fn what_people_write() {
        for (text, want) in [
            ("Example.COM.", &["example.com:443 tls"][..]),
            ("example.com:8443", &["example.com:8443 tls"]),
            (
                "h:8000-8002,443",
                &["h:8000 tls", "h:8001 tls", "h:8002 tls", "h:443 tls"],
            ),
            ("::1", &["[::1]:443 tls"]),
            ("[2001:DB8::1]:636", &["[2001:db8::1]:636 tls"]),
            (
                "10.0.0.6/30:5432",
                &[
                    "10.0.0.4:5432 postgres",
                    "10.0.0.5:5432 postgres",
                    "10.0.0.6:5432 postgres",
                    "10.0.0.7:5432 postgres",
                ],
            ),
            (
                "[fd00::/127]:25",
                &["[fd00::]:25 smtp", "[fd00::1]:25 smtp"],
            ),
            ("mail:587", &["mail:587 smtp"]),
            ("smtp://mail:2525", &["mail:2525 smtp"]),
            ("imap://mail", &["mail:143 imap"]),
            (
                "https://user:CANARY@example.com/path?q",
                &["example.com:443 tls"],
            ),
            ("ldaps://dc1", &["dc1:636 tls"]),
            ("mysql://db", &["db:3306 mysql"]),
            ("h:443,443", &["h:443 tls"]),
        ] {
            assert_eq!(names(text), want, "{text}");
        }
    }

    #[test]
    fn what_is_refused_says_why() {
        for (text, why) in [
            ("", "empty"),
            ("h:0", "1 to 65535"),
            ("h:70000", "1 to 65535"),
            ("h:9-8", "backwards"),
            ("[::1", "not closed"),
            ("10.0.0.0/33", "0 to 32"),
            ("a b", "no host name"),
            ("1.2.3", "neither"),
            ("smpt://h", "did you mean `smtp`"),
            ("bücher.example", "xn--"),
        ] {
            let message = Target::parse(text).unwrap_err().to_string();
            assert!(message.contains(why), "{text}: {message}");
        }
    }

    #[test]
    fn the_number_of_endpoints_is_bounded() {
        let all = |text| endpoints(&[Target::parse(text).unwrap()]);
        assert_eq!(all("10.0.0.0/20").unwrap().len(), 4_096);
        assert_eq!(
            all("10.0.0.0/19"),
            Err(TargetError::TooMany { count: 8_192 })
        );
        assert!(all("0.0.0.0/0:1-65535").is_err());
        assert!(all("::/0").is_err());
    }

    #[test]
    fn lists_name_the_line() {
        let targets = Target::parse_list("# mine\na\n\nb:1-2 # two\n").unwrap();
        assert_eq!(endpoints(&targets).unwrap().len(), 3);
        let message = Target::parse_list("a\nb:x\n").unwrap_err().to_string();
        assert!(message.contains("line 2"), "{message}");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            if let Ok(target) = Target::parse(&text) {
                drop(endpoints(&[target]));
            }
        }
    }
}
