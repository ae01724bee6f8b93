//! Values that stand for a secret without being one.

/// True for a value that names the place of a value.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    let braces = (value.starts_with("${") && value.ends_with('}'))
        || (value.starts_with("{{") && value.ends_with("}}"));
    let shell = (value.starts_with("$(") && value.ends_with(')'))
        || value.strip_prefix('$').is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && name
                    .bytes()
                    .next()
                    .is_some_and(|byte| !byte.is_ascii_digit())
        });
    let windows = value.len() > 2 && value.starts_with('%') && value.ends_with('%');
    let scheme = [
        "vault:",
        "op://",
        "arn:aws:secretsmanager:",
        "arn:aws:ssm:",
        "ssm://",
        "keyring:",
        "env:",
        "awssm://",
        "gcpsm://",
    ]
    .iter()
    .any(|prefix| lower.starts_with(prefix));
    braces || shell || windows || scheme
}

/// True for values that stand for a secret without being one.
pub fn is_placeholder(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "changeme",
        "change_me",
        "change-me",
        "replace_me",
        "replaceme",
        "placeholder",
        "example",
        "dummy",
        "redacted",
        "todo",
        "none",
        "null",
        "nil",
        "true",
        "false",
        "undefined",
        "xxx",
        "fixme",
        "n/a",
        "secret",
        "password",
        "token",
        "yourpassword",
    ];
    const STARTS: &[&str] = &[
        "your_",
        "your-",
        "my_secret_here",
        "insert_",
        "insert-",
        "enter_",
        "replace_with",
        "<your",
    ];
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    let bracketed = (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('[') && value.ends_with(']'));
    let repeated = value
        .chars()
        .next()
        .is_some_and(|first| value.chars().all(|ch| ch == first));
    value.is_empty()
        || is_reference(value)
        || bracketed
        || repeated
        || WORDS.contains(&lower.as_str())
        || STARTS.iter().any(|start| lower.starts_with(start))
        || ["xxxx", "****", "changeme", "...", "\u{2026}"]
            .iter()
            .any(|part| lower.contains(part))
}
