//! Configuration files that hold credentials: pairs of id, user, host and secret.

/// True for values that stand for a secret without being one.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let lower = value.to_ascii_lowercase();
    let reference = value.starts_with('$')
        || value.starts_with("{{")
        || (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('%') && value.ends_with('%') && value.len() > 2)
        || [
            "vault:",
            "op://",
            "arn:aws:secretsmanager:",
            "ssm://",
            "file://",
            "keyring:",
            "env:",
        ]
        .iter()
        .any(|p| lower.starts_with(p));
    let repeated = value
        .chars()
        .next()
        .is_some_and(|first| value.chars().all(|ch| ch == first));
    let words = [
        "changeme",
        "change_me",
        "change-me",
        "replace_me",
        "replaceme",
        "placeholder",
        "your_",
        "your-",
        "yourpassword",
        "example",
        "dummy",
        "redacted",
        "todo",
        "insert_",
        "none",
        "null",
        "true",
        "false",
        "undefined",
        "xxx",
        "fixme",
        "n/a",
    ];
    let word = words
        .iter()
        .any(|word| lower == *word || (word.ends_with(['_', '-']) && lower.starts_with(word)))
        || lower.contains("xxxx")
        || lower.contains("****")
        || lower.contains("changeme")
        || lower.contains("replace_with");
    value.is_empty() || reference || repeated || word
}
