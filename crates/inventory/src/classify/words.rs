//! The words people write, and what they mean. Data first: a new word is a new line.

use model::labels::{Environment, Sensitivity};

/// How sure a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// In a field or tag that is meant for it.
    Declared,
    /// In a name, where `live`, `int` or `build` may mean anything.
    Name,
}

/// Words for environments; true for those that mean it in a name too.
const ENVIRONMENTS: &[(Environment, bool, &[&str])] = &[
    (
        Environment::Production,
        true,
        &["prod", "prd", "production", "produktion"],
    ),
    (Environment::Production, false, &["live", "p"]),
    (
        Environment::Test,
        true,
        &[
            "test",
            "testing",
            "tst",
            "qa",
            "uat",
            "staging",
            "stg",
            "preprod",
            "preproduction",
            "acceptance",
        ],
    ),
    (
        Environment::Test,
        false,
        &[
            "stage",
            "acc",
            "int",
            "integration",
            "e2e",
            "perf",
            "t",
            "q",
            "pre",
            "rehearsal",
        ],
    ),
    (
        Environment::Development,
        true,
        &["dev", "development", "devel"],
    ),
    (
        Environment::Development,
        false,
        &["develop", "local", "d", "feature"],
    ),
    (Environment::Automation, true, &["cicd"]),
    (
        Environment::Automation,
        false,
        &[
            "ci",
            "cd",
            "automation",
            "build",
            "pipeline",
            "tooling",
            "deploy",
        ],
    ),
    (
        Environment::Sandbox,
        true,
        &["sandbox", "sbx", "playground"],
    ),
    (
        Environment::Sandbox,
        false,
        &["lab", "poc", "demo", "experiment", "scratch"],
    ),
];

/// Words before `prod` that make it something else; a negation says only what it is not.
const BEFORE_PRODUCTION: &[(&str, Option<Environment>)] = &[
    ("non", None),
    ("not", None),
    ("no", None),
    ("pre", Some(Environment::Test)),
    ("post", None),
];

/// Tags that name the environment.
pub(super) const ENVIRONMENT_TAGS: &[&str] = &[
    "env",
    "environment",
    "deployment_environment",
    "stage",
    "tier_environment",
    "lifecycle_environment",
];

/// Tags that name the purpose.
pub(super) const PURPOSE_TAGS: &[&str] = &["purpose", "business_purpose", "usage_purpose"];

/// Tags that name the application, the clearest first.
pub(super) const APPLICATION_TAGS: &[&str] = &[
    "application",
    "app",
    "part_of",
    "application_name",
    "app_name",
    "system",
    "service",
    "product",
];

/// Tags that name a ticket or approval.
pub(super) const JUSTIFICATION_TAGS: &[&str] = &[
    "justification",
    "ticket",
    "change",
    "change_id",
    "request",
    "approved_by",
    "approval",
    "jira",
];

/// Tags that label sensitivity.
pub(super) const SENSITIVITY_TAGS: &[&str] = &[
    "sensitivity",
    "data_sensitivity",
    "data_classification",
    "classification",
    "dataclass",
    "data_class",
    "confidentiality",
];

/// Words for sensitivity.
const SENSITIVITIES: &[(Sensitivity, &[&str])] = &[
    (
        Sensitivity::Critical,
        &["critical", "restricted", "secret", "top", "topsecret"],
    ),
    (
        Sensitivity::High,
        &[
            "high",
            "confidential",
            "sensitive",
            "personal",
            "pii",
            "phi",
            "pci",
        ],
    ),
    (
        Sensitivity::Medium,
        &["medium", "moderate", "internal", "private"],
    ),
    (Sensitivity::Low, &["low", "public", "open"]),
];

/// Words in a declared purpose or application of what defenders need during an incident.
const DEFENCE: &[&str] = &[
    "backup",
    "backups",
    "restore",
    "recovery",
    "monitoring",
    "alerting",
    "observability",
    "incident",
    "vpn",
    "siem",
    "edr",
    "breakglass",
    "bastion",
    "paging",
    "oncall",
];

/// The words of a text: letters and digits between anything else, in lower case, numbers at the end
/// cut off (`prod2` is `prod`).
fn each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut lower = [0_u8; 32];
    for word in text.split(|ch: char| !ch.is_ascii_alphanumeric()) {
        let word = word.trim_end_matches(|ch: char| ch.is_ascii_digit());
        // No word of the tables is longer.
        let Some(buffer) = lower.get_mut(..word.len()).filter(|_| !word.is_empty()) else {
            continue;
        };
        buffer.copy_from_slice(word.as_bytes());
        buffer.make_ascii_lowercase();
        if let Ok(word) = std::str::from_utf8(buffer) {
            each(word);
        }
    }
}

/// The environments a text speaks of.
pub(super) fn environments(text: &str, place: Where) -> super::environment::Set {
    let mut set = super::environment::Set::default();
    let mut before: Option<&'static (&'static str, Option<Environment>)> = None;
    each_word(text, |word| {
        let negated = before.take();
        before = BEFORE_PRODUCTION.iter().find(|(first, _)| *first == word);
        // `nonprod` in one word, as people write it.
        let joined = word.starts_with("non")
            && word
                .get(3..)
                .is_some_and(|rest| matches!(rest, "prod" | "prd" | "production"));
        if joined {
            return;
        }
        let meant = ENVIRONMENTS.iter().find(|(_, in_names, words)| {
            (*in_names || place == Where::Declared) && words.contains(&word)
        });
        match (meant, negated) {
            (Some((Environment::Production, _, _)), Some((_, instead))) => {
                set = instead.map_or(set, |instead| set.with(instead));
            }
            // `pre` alone is a word of its own; before `prod` it is part of it.
            (Some((environment, _, _)), _) if before.is_none() => set = set.with(*environment),
            _ => {}
        }
    });
    match before {
        Some(("pre", Some(environment))) if place == Where::Declared => set.with(*environment),
        _ => set,
    }
}

/// The sensitivity a label names; of several words the highest.
pub(super) fn sensitivity(text: &str) -> Option<Sensitivity> {
    let mut highest = None;
    each_word(text, |word| {
        let level = SENSITIVITIES
            .iter()
            .find(|(_, words)| words.contains(&word));
        highest = highest.max(level.map(|(level, _)| *level));
    });
    highest
}

/// The word by which a text says that defenders depend on the thing.
pub(super) fn defence(text: &str) -> Option<&'static str> {
    let mut found = None;
    each_word(text, |word| {
        found = found.or_else(|| DEFENCE.iter().copied().find(|known| *known == word));
    });
    found
}

/// True when a tag's name, without its namespace (`app.kubernetes.io/part-of`), case and separators,
/// is one of `names`.
pub(super) fn is_tag(tag: &str, names: &[&str]) -> bool {
    let short = tag.rsplit(['/', ':']).next().unwrap_or(tag);
    names.iter().any(|name| {
        let mut plain = name.bytes().filter(|byte| *byte != b'_');
        let separators = |byte: &u8| !matches!(*byte, b'_' | b'-' | b'.' | b' ');
        let mut written = short.bytes().filter(separators);
        loop {
            match (plain.next(), written.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a == b.to_ascii_lowercase() => {}
                _ => return false,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_environments_in_many_ways() {
        use Environment::{Automation, Development, Production, Sandbox, Test};
        let cases: &[(&str, Where, &[Environment])] = &[
            ("Production", Where::Declared, &[Production]),
            ("PRD", Where::Name, &[Production]),
            ("live", Where::Declared, &[Production]),
            ("live", Where::Name, &[]),
            ("acme-prod2-eu", Where::Name, &[Production]),
            ("non-prod", Where::Declared, &[]),
            ("nonprod", Where::Name, &[]),
            ("pre-prod", Where::Name, &[Test]),
            ("pre", Where::Declared, &[Test]),
            ("preprod", Where::Name, &[Test]),
            ("staging", Where::Name, &[Test]),
            ("dev/test", Where::Declared, &[Test, Development]),
            ("ci", Where::Declared, &[Automation]),
            ("build", Where::Name, &[]),
            ("sbx-7", Where::Name, &[Sandbox]),
            ("product-catalogue", Where::Name, &[]),
            ("reproduction", Where::Name, &[]),
            ("blue", Where::Declared, &[]),
        ];
        for (text, place, expected) in cases {
            assert_eq!(environments(text, *place).words(), *expected, "{text}");
        }
    }

    #[test]
    fn labels_and_tags() {
        assert_eq!(sensitivity("Internal"), Some(Sensitivity::Medium));
        assert_eq!(
            sensitivity("confidential/PII, restricted"),
            Some(Sensitivity::Critical)
        );
        assert_eq!(sensitivity("gold"), None);
        assert_eq!(defence("Nightly BACKUP of the ledger"), Some("backup"));
        assert_eq!(defence("backupper"), None);
        assert!(is_tag("app.kubernetes.io/part-of", APPLICATION_TAGS));
        assert!(is_tag("DataClassification", SENSITIVITY_TAGS));
        assert!(is_tag("aws:Environment", ENVIRONMENT_TAGS));
        assert!(!is_tag("environment-owner", ENVIRONMENT_TAGS));
    }
}
