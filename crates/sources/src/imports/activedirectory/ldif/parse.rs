//! LDIF (RFC 2849) line by line: unfolding, base64, comments, and which attributes are kept.
//!
//! The list of kept attributes is closed. A value that nobody needs is never decoded; a value that
//! is a secret is never even collected: only the name of its attribute is.

use base64::Engine as _;

use super::super::super::document::Line;

/// The largest value kept. Certificates and security descriptors stay below 64 KiB.
const MAX_VALUE_BYTES: usize = 1024 * 1024;

/// The most values kept of one entry; a group with more members than a million is cut and said so.
const MAX_VALUES: usize = 1_000_000;

/// The attributes that are kept, in lower case and in order.
pub(super) const KEPT: &[&str] = &[
    "accountexpires",
    "admincount",
    "authtimestamp",
    "cacertificate",
    "cn",
    "createtimestamp",
    "dc",
    "description",
    "displayname",
    "distinguishedname",
    "dnshostname",
    "dnsroot",
    "employeeid",
    "employeenumber",
    "entryuuid",
    "flatname",
    "gidnumber",
    "givenname",
    "grouptype",
    "info",
    "isdeleted",
    "lastlogon",
    "lastlogontimestamp",
    "loginshell",
    "mail",
    "managedby",
    "manager",
    "member",
    "memberof",
    "memberuid",
    "mobile",
    "ms-ds-creatorsid",
    "msds-allowedtoactonbehalfofotheridentity",
    "msds-allowedtodelegateto",
    "msds-delegatedmsastate",
    "msds-groupmsamembership",
    "msds-hostserviceaccount",
    "msds-keycredentiallink",
    "msds-managedaccountprecededbylink",
    "msds-managedpasswordinterval",
    "msds-principalname",
    "msds-supersededmanagedaccountlink",
    "msds-supersededserviceaccountstate",
    "msds-supportedencryptiontypes",
    "ncname",
    "netbiosname",
    "objectclass",
    "objectguid",
    "objectsid",
    "operatingsystem",
    "operatingsystemversion",
    "ou",
    "owner",
    "primarygroupid",
    "pwdaccountlockedtime",
    "pwdchangedtime",
    "pwdlastset",
    "samaccountname",
    "securityidentifier",
    "serviceprincipalname",
    "sidhistory",
    "sn",
    "telephonenumber",
    "title",
    "trustattributes",
    "trustdirection",
    "trustpartner",
    "uid",
    "uidnumber",
    "uniquemember",
    "useraccountcontrol",
    "usercertificate",
    "userprincipalname",
    "whenchanged",
    "whencreated",
];

/// Attributes whose values are secrets: named, never read.
const SECRET: &[&str] = &[
    "clearpassword",
    "dbcspwd",
    "krbprincipalkey",
    "lmpwdhistory",
    "ms-mcs-admpwd",
    "msds-managedpassword",
    "msfve-keypackage",
    "msfve-recoverypassword",
    "mslaps-encrypteddsrmpassword",
    "mslaps-encryptedpassword",
    "mslaps-password",
    "mssfu30password",
    "ntpwdhistory",
    "oathsecret",
    "sambalmpassword",
    "sambantpassword",
    "sshprivatekey",
    "supplementalcredentials",
    "trustauthincoming",
    "trustauthoutgoing",
    "unicodepwd",
    "unixuserpassword",
    "userpassword",
];

/// One entry as far as it is needed.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The line of its `dn:`.
    pub(super) line: u64,
    /// Its distinguished name, as written.
    pub(super) dn: String,
    values: Vec<(usize, Vec<u8>)>,
    /// Names of attributes with secret values, which were not read.
    pub(super) secrets: Vec<&'static str>,
    /// Attributes of which the server gave only a part (`member;range=0-1499`).
    pub(super) partial: Vec<String>,
    /// What could not be read, with its line.
    pub(super) problems: Vec<(u64, &'static str)>,
    /// The word of `changetype:`, when there is one.
    pub(super) change: Option<String>,
}

impl Entry {
    /// The values of an attribute, given in lower case.
    pub(super) fn all<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e [u8]> + use<'e> {
        let wanted = index_of(name);
        self.values
            .iter()
            .filter(move |(at, _)| Some(*at) == wanted)
            .map(|(_, value)| value.as_slice())
    }

    /// The values of an attribute as text.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.all(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    /// The first value of an attribute.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The first value of an attribute as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.bytes(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .filter(|text| !text.is_empty())
    }

    /// True when the attribute has a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.bytes(name).is_some_and(|value| !value.is_empty())
    }

    /// True when the entry is of this object class.
    pub(super) fn is_a(&self, class: &str) -> bool {
        self.all("objectclass")
            .any(|value| value.eq_ignore_ascii_case(class.as_bytes()))
    }
}

/// What the lines give.
#[derive(Debug)]
pub(super) enum Item {
    /// An entry.
    Entry(Box<Entry>),
    /// The end of an `ldapsearch` answer: its result code and words.
    Result(String),
    /// The server says that more lies elsewhere.
    Reference(String),
    /// A record that has no name, at this line.
    Nameless(u64),
}

/// Puts lines together to entries.
#[derive(Debug, Default)]
pub(super) struct Parser {
    entry: Option<Entry>,
    logical: Vec<u8>,
    logical_line: u64,
    /// What becomes of the folded lines that follow.
    folding: Folding,
    nameless: bool,
    /// The file began as the answer of `ldapsearch`, which ends with a result line.
    pub(super) is_search_answer: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Folding {
    /// They belong to `logical`.
    Keep,
    /// They belong to something that is not kept.
    #[default]
    Drop,
}

impl Parser {
    /// Takes the next line; gives what it completes.
    pub(super) fn line(&mut self, line: Line<'_>) -> Option<Item> {
        let (number, text) = match line {
            Line::TooLong { number } => {
                self.problem(number, "a line longer than 8 MiB was passed over");
                self.logical.clear();
                self.folding = Folding::Drop;
                return None;
            }
            Line::Text { number, text, .. } => (number, text),
        };
        if let Some(rest) = text.strip_prefix(' ') {
            if self.folding == Folding::Keep {
                if self.logical.len() + rest.len() > MAX_VALUE_BYTES * 2 {
                    self.problem(
                        self.logical_line,
                        "a value larger than 1 MiB was passed over",
                    );
                    self.logical.clear();
                    self.folding = Folding::Drop;
                } else {
                    self.logical.extend_from_slice(rest.as_bytes());
                }
            }
            return None;
        }
        let done = self.flush();
        if text.is_empty() {
            return self.end_record().or(done);
        }
        if text.starts_with('#') {
            self.folding = Folding::Drop;
            self.is_search_answer |= text == "# extended LDIF";
            return done;
        }
        // A tab or a stray line inside a record.
        let Some((name, _)) = text.split_once(':') else {
            self.problem(
                number,
                "a line that is no `attribute: value` was passed over",
            );
            self.folding = Folding::Drop;
            return done;
        };
        self.begin(name, text, number);
        done
    }

    /// Takes the end of the file.
    pub(super) fn finish(&mut self) -> Option<Item> {
        let done = self.flush();
        self.end_record().or(done)
    }

    fn problem(&mut self, line: u64, what: &'static str) {
        if let Some(entry) = &mut self.entry
            && entry.problems.len() < 100
        {
            entry.problems.push((line, what));
        }
    }

    /// Looks at the name and decides whether the value is collected.
    fn begin(&mut self, name: &str, text: &str, number: u64) {
        let (base, option) = name.split_once(';').unwrap_or((name, ""));
        let base = base.to_ascii_lowercase();
        if let Ok(at) = SECRET.binary_search(&base.as_str())
            && let Some(secret) = SECRET.get(at)
        {
            if let Some(entry) = &mut self.entry
                && !entry.secrets.contains(secret)
            {
                entry.secrets.push(secret);
            }
            self.folding = Folding::Drop;
            return;
        }
        let range = option
            .split(';')
            .find_map(|option| option.strip_prefix("range="));
        if let (Some(entry), Some(range)) = (&mut self.entry, range)
            && !range.ends_with('*')
        {
            entry.partial.push(base.clone());
        }
        let structural = matches!(
            base.as_str(),
            "dn" | "changetype" | "control" | "result" | "ref" | "search" | "version"
        );
        if !structural && index_of(&base).is_none() {
            self.folding = Folding::Drop;
            return;
        }
        self.folding = Folding::Keep;
        self.logical_line = number;
        self.logical.clear();
        self.logical.extend_from_slice(base.as_bytes());
        self.logical
            .extend_from_slice(text.as_bytes().get(name.len()..).unwrap_or_default());
    }

    /// Reads the logical line that is now complete.
    fn flush(&mut self) -> Option<Item> {
        if self.folding == Folding::Drop {
            return None;
        }
        self.folding = Folding::Drop;
        let logical = std::mem::take(&mut self.logical);
        let line = self.logical_line;
        let item = self.attribute(&logical, line);
        self.logical = logical;
        self.logical.clear();
        item
    }

    fn attribute(&mut self, logical: &[u8], line: u64) -> Option<Item> {
        let at = memchr::memchr(b':', logical)?;
        let (name, rest) = (logical.get(..at)?, logical.get(at + 1..)?);
        let value = match rest.first() {
            Some(b'<') => {
                self.problem(line, "a value given as a URL was not fetched");
                return None;
            }
            Some(b':') => {
                let text = rest.get(1..).unwrap_or_default().trim_ascii();
                let decoded = base64::engine::general_purpose::STANDARD.decode(text);
                let Ok(value) = decoded else {
                    self.problem(line, "a base64 value is broken or cut off");
                    if name != b"dn" {
                        return None;
                    }
                    let done = self.end_record();
                    self.nameless = true;
                    return done.or(Some(Item::Nameless(line)));
                };
                value
            }
            _ => rest.trim_ascii().to_vec(),
        };
        match name {
            b"dn" => {
                // A new `dn:` without an empty line between: the record before ends here.
                let done = self.end_record();
                self.entry = Some(Entry {
                    line,
                    dn: String::from_utf8_lossy(&value).into_owned(),
                    ..Entry::default()
                });
                done
            }
            b"changetype" => {
                if let Some(entry) = &mut self.entry {
                    entry.change = Some(String::from_utf8_lossy(&value).to_lowercase());
                }
                None
            }
            b"result" if self.entry.is_none() => {
                Some(Item::Result(String::from_utf8_lossy(&value).into_owned()))
            }
            b"ref" if self.entry.is_none() => Some(Item::Reference(
                String::from_utf8_lossy(&value).into_owned(),
            )),
            b"version" | b"search" | b"control" | b"result" | b"ref" => None,
            name => self.keep(name, value, line),
        }
    }

    fn keep(&mut self, name: &[u8], value: Vec<u8>, line: u64) -> Option<Item> {
        let at = index_of(std::str::from_utf8(name).ok()?)?;
        let Some(entry) = &mut self.entry else {
            let first = !std::mem::replace(&mut self.nameless, true);
            return first.then_some(Item::Nameless(line));
        };
        if value.len() > MAX_VALUE_BYTES {
            self.problem(line, "a value larger than 1 MiB was passed over");
        } else if entry.values.len() >= MAX_VALUES {
            if entry.partial.is_empty() {
                entry.partial.push("more than a million values".to_owned());
            }
        } else {
            entry.values.push((at, value));
        }
        None
    }

    fn end_record(&mut self) -> Option<Item> {
        self.nameless = false;
        self.entry.take().map(|entry| Item::Entry(Box::new(entry)))
    }
}

fn index_of(name: &str) -> Option<usize> {
    KEPT.binary_search(&name).ok()
}

#[cfg(test)]
mod tests;
