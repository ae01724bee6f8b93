//! What sshd_config(5) adds: authorities whose certificates may log in, and further places of
//! authorised keys.

use super::accounts::Accounts;
use super::files::{EntryKind, FileSystem, has_extension, join};
use super::gaps::Gaps;
use super::kind::FileKind;

const CONFIGURATION: &str = "/etc/ssh/sshd_config";
const DROP_INS: &str = "/etc/ssh/sshd_config.d";

/// The largest configuration read, and the most drop-ins.
const MAX_BYTES: u64 = 1024 * 1024;
const MAX_FILES: usize = 1_000;

/// The most accounts for which a pattern of key files is tried.
const MAX_ACCOUNTS: usize = 10_000;

/// Files the server's configuration names, and how each is read; with the account whose keys it
/// holds, where the pattern tells.
pub(super) fn named_files(
    files: &FileSystem,
    accounts: &Accounts,
    gaps: &mut Gaps,
) -> Vec<(String, FileKind)> {
    let mut paths = vec![CONFIGURATION.to_owned()];
    if let Ok((names, _)) = files.names(DROP_INS, MAX_FILES) {
        paths.extend(
            names
                .iter()
                .filter(|entry| {
                    entry.kind != EntryKind::Directory && has_extension(&entry.name, "conf")
                })
                .map(|entry| join(DROP_INS, &entry.name)),
        );
    }
    let mut found = Vec::new();
    for path in paths {
        match files.read(&path, MAX_BYTES) {
            Ok((_, bytes)) => {
                let text = String::from_utf8_lossy(bytes.expose()).into_owned();
                found.extend(directives(&text, accounts));
            }
            Err(unread) => gaps.file_in(files, &path, &unread),
        }
    }
    found
}

fn directives(text: &str, accounts: &Accounts) -> Vec<(String, FileKind)> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next() else {
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "trustedusercakeys" => {
                found.extend(
                    words
                        .filter(|path| path.starts_with('/'))
                        .map(|path| (path.to_owned(), FileKind::SshUserAuthorities)),
                );
            }
            "authorizedkeysfile" => {
                for pattern in words {
                    found.extend(expanded(pattern, accounts));
                }
            }
            _ => {}
        }
    }
    found
}

/// `%u` is the account's name, `%h` its home; a relative path lies below the home.
fn expanded(pattern: &str, accounts: &Accounts) -> Vec<(String, FileKind)> {
    accounts
        .all()
        .take(MAX_ACCOUNTS)
        .map(|account| {
            let path = pattern
                .replace("%u", &account.name)
                .replace("%h", &account.home);
            let path = if path.starts_with('/') {
                path
            } else {
                join(&account.home, &path)
            };
            (path, FileKind::AuthorizedKeys)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_and_patterns_of_key_files() {
        let accounts = Accounts::parse("ann:x:1000:1000::/home/ann:/bin/sh\n", None, None);
        let text = "# TrustedUserCAKeys /no\nTrustedUserCAKeys /etc/ssh/ca.pub\nauthorizedkeysfile .ssh/keys /etc/keys/%u\nPort 22\n";
        let found: Vec<String> = directives(text, &accounts)
            .into_iter()
            .map(|(path, _)| path)
            .collect();
        assert_eq!(
            found,
            ["/etc/ssh/ca.pub", "/home/ann/.ssh/keys", "/etc/keys/ann"]
        );
    }
}
