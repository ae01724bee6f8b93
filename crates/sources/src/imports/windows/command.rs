//! Command lines: shown without the secrets people put on them.

use model::{EdgeKind, Fingerprinter, NodeRef, Observation, TimeUs};

use crate::imports::values::{self, Holder};

/// The longest command line looked at; Windows ends at 32,767 characters.
const MAX_COMMAND_BYTES: usize = 128 << 10;

/// The longest command line shown.
const MAX_SHOWN_BYTES: usize = 2_048;

/// What stands in the place of a secret.
const CUT: &str = "…";

/// Options whose value is a secret, without dashes and slashes, in lower case.
const SECRET_OPTIONS: &[&str] = &[
    "p",
    "pw",
    "pwd",
    "pass",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api-key",
    "accesskey",
    "access-key",
    "secretkey",
    "client-secret",
    "clientsecret",
    "rp",
    "pswd",
    "sas",
    "auth",
    "authtoken",
    "auth-token",
    "bearer",
    "privatekey",
];

/// Options with a script in base64: it may hold anything, so it is cut and not fingerprinted.
const OPAQUE_OPTIONS: &[&str] = &["enc", "encodedcommand", "e", "ec"];

/// A command line without its secrets.
pub(super) struct Command {
    pub(super) shown: String,
    pub(super) cut: u64,
    pub(super) credentials: Vec<Observation>,
}

pub(super) fn read(
    line: &str,
    workload: &NodeRef,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Command {
    if line.len() > MAX_COMMAND_BYTES {
        return Command {
            shown: format!("({} bytes, too long to be looked at)", line.len()),
            cut: 0,
            credentials: Vec::new(),
        };
    }
    let mut command = Reading {
        holder: Holder {
            node: workload,
            edge: EdgeKind::FoundIn,
            key: "command line",
        },
        fingerprinter,
        at,
        words: Vec::new(),
        cut: 0,
        credentials: Vec::new(),
    };
    command.read(line);
    Command {
        shown: model::text::bounded(
            &model::text::label(&command.words.join(" ")),
            MAX_SHOWN_BYTES,
        ),
        cut: command.cut,
        credentials: command.credentials,
    }
}

struct Reading<'a> {
    holder: Holder<'a>,
    fingerprinter: &'a Fingerprinter,
    at: TimeUs,
    words: Vec<String>,
    cut: u64,
    credentials: Vec<Observation>,
}

impl Reading<'_> {
    fn read(&mut self, line: &str) {
        let words = split(line);
        // `net use \\server\share PASSWORD` has the password in no option.
        let net_use = words.windows(2).any(|pair| {
            matches!(pair, [net, word] if ends_with_program(net, "net") && word.eq_ignore_ascii_case("use"))
        });
        let mut secret_follows = false;
        let mut opaque_follows = false;
        for (index, word) in words.iter().enumerate() {
            let option = word.starts_with(['-', '/']) && index > 0;
            if std::mem::take(&mut opaque_follows) && !option {
                self.words.push(CUT.to_owned());
                self.cut += 1;
                continue;
            }
            if std::mem::take(&mut secret_follows) && !option {
                self.secret("", word, "");
                continue;
            }
            if option {
                let name = word.trim_start_matches(['-', '/']);
                if let Some(at) = name.find(['=', ':']) {
                    let start = word.len() - name.len() + at + 1;
                    let (head, value) = word.split_at_checked(start).unwrap_or((word, ""));
                    let key = name.get(..at).unwrap_or_default().to_lowercase();
                    if SECRET_OPTIONS.contains(&key.as_str()) && !value.is_empty() {
                        self.secret(head, value, "");
                        continue;
                    }
                } else {
                    let name = name.to_lowercase();
                    secret_follows = SECRET_OPTIONS.contains(&name.as_str());
                    opaque_follows = OPAQUE_OPTIONS.contains(&name.as_str());
                }
                self.plain(word);
            } else if let Some((head, value)) = assignment(word) {
                self.secret(head, value, "");
            } else if net_use
                && index > 2
                && !word.starts_with("\\\\")
                && word != "*"
                && !word.ends_with(':')
            {
                self.secret("", word, "");
            } else {
                self.plain(word);
            }
        }
    }

    /// A word that is shown unless something in it is recognised.
    fn plain(&mut self, word: &str) {
        let found = values::text(unquoted(word), &self.holder, self.fingerprinter, self.at);
        if found.observations.is_empty() {
            self.words.push(word.to_owned());
        } else {
            self.cut += found.observations.len() as u64;
            self.credentials.extend(found.observations);
            self.words.push(CUT.to_owned());
        }
    }

    fn secret(&mut self, head: &str, value: &str, tail: &str) {
        let plain = unquoted(value);
        // `-p 8080` is a port and `-p $env:PW` only says where the secret is.
        if plain.parse::<u32>().is_ok()
            || is_reference(plain)
            || formats::files::is_placeholder(plain)
            || plain.is_empty()
        {
            self.words.push(format!("{head}{value}{tail}"));
            return;
        }
        let found = values::secret(plain.as_bytes(), &self.holder, self.fingerprinter, self.at);
        self.cut += 1;
        self.credentials.extend(found.observations);
        self.words.push(format!("{head}{CUT}{tail}"));
    }
}

/// A variable of PowerShell or of the command prompt.
fn is_reference(value: &str) -> bool {
    value.starts_with("$env:")
        || value.starts_with("$(")
        || value.starts_with("${")
        || (value.len() > 2 && value.starts_with('%') && value.ends_with('%'))
}

/// `PASSWORD=value` and `Password:value` outside of options.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let at = word.find(['=', ':'])?;
    let (head, value) = word.split_at_checked(at + 1)?;
    let key = head
        .trim_end_matches(['=', ':'])
        .trim_start_matches('"')
        .to_lowercase();
    let known = key.len() > 1
        && SECRET_OPTIONS
            .iter()
            .any(|option| option.len() > 2 && key.ends_with(option));
    (known && !value.is_empty()).then_some((head, value))
}

fn ends_with_program(word: &str, program: &str) -> bool {
    let name = unquoted(word)
        .rsplit(['\\', '/'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name) == program
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\''])
}

/// Words at blanks outside of double quotes; the quotes stay.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for ch in line.chars() {
        quoted ^= ch == '"';
        if ch.is_whitespace() && !quoted {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(ch);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use model::NodeKind;

    use super::*;

    #[test]
    fn secrets_are_cut_and_the_rest_is_shown() {
        let node = NodeRef::global(NodeKind::Workload, "host", "w");
        for (line, want) in [
            (
                r#""C:\Program Files\x\x.exe" -k netsvcs -p -s Themes"#,
                r#""C:\Program Files\x\x.exe" -k netsvcs -p -s Themes"#,
            ),
            (
                "app.exe /user:svc /password:CANARYpw1 -v",
                "app.exe /user:svc /password:… -v",
            ),
            (
                "psexec -u corp\\x -p CANARYpw2 cmd",
                "psexec -u corp\\x -p … cmd",
            ),
            ("srv.exe -p 8080", "srv.exe -p 8080"),
            ("app --token=\"CANARY pw3\" run", "app --token=… run"),
            (
                "net.exe use \\\\srv\\share CANARYpw4 /user:corp\\x",
                "net.exe use \\\\srv\\share … /user:corp\\x",
            ),
            (
                "powershell -enc Q0FOQVJZCANARY= -File x.ps1",
                "powershell -enc … -File x.ps1",
            ),
            ("app \"Server=db;User Id=sa;Password=CANARYpw5;\"", "app …"),
            (
                "cmd /c set DB_PASSWORD=CANARYpw6",
                "cmd /c set DB_PASSWORD=…",
            ),
            ("tool -Password $env:PW", "tool -Password $env:PW"),
        ] {
            let read = read(line, &node, &Fingerprinter::new([1; 32]), TimeUs::EPOCH);
            assert_eq!(read.shown, want);
            assert_eq!(read.cut > 0, want.contains(CUT), "{line}");
            assert!(
                !serde_json::to_string(&read.credentials)
                    .unwrap()
                    .contains("CANARY")
            );
        }
    }
}
