//! The small tolerant pieces of wire types: times in every dress, tags, ids in file names, and errors
//! that never quote a value.

use model::{Attributes, Fact, Precision, TimeUs};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::reading::Broken;

/// Tags kept of one thing; AWS allows 50, Google Cloud 64 labels.
const MAX_TAGS: usize = 256;

/// Reads a JSON value into its type. The reason of a failure never holds text of the value, which
/// may be a secret.
pub(crate) fn typed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Broken> {
    serde_json::from_slice(bytes).map_err(|error| Broken::Element(why(&error)))
}

/// As [`typed`], for values already in memory.
pub(crate) fn typed_value<T: DeserializeOwned>(value: Value) -> Result<T, Broken> {
    serde_json::from_value(value).map_err(|error| Broken::Element(why(&error)))
}

/// What serde says without the offending value, which its own message quotes.
pub(crate) fn why(error: &serde_json::Error) -> String {
    let place = match error.line() {
        0 => String::new(),
        1 => format!(" at byte {} of the element", error.column()),
        line => format!(" at line {line}, column {} of the element", error.column()),
    };
    match error.classify() {
        serde_json::error::Category::Data => {
            format!("a field has a type this format does not have{place}")
        }
        _ => format!("not valid JSON{place}"),
    }
}

/// A time as providers write it: RFC 3339 text, or seconds or milliseconds since 1970.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Stamp(Option<Value>);

impl Stamp {
    /// The time, when there is one.
    pub(crate) fn time(&self) -> Option<TimeUs> {
        match self.0.as_ref()? {
            Value::String(text) => time_of(text),
            Value::Number(number) => number_time(number),
            _ => None,
        }
    }

    /// The fact it states: absent says nothing, unreadable says that it is unreadable.
    pub(crate) fn fact(&self) -> Option<Fact<TimeUs>> {
        let value = self.0.as_ref()?;
        Some(match self.time() {
            Some(time) => match value {
                Value::String(text) => Fact::known_to(time, precision_of(text)),
                _ => Fact::known(time),
            },
            None => Fact::no_data_yet(format!(
                "the export writes {}, which is no time",
                match value {
                    Value::String(text) => format!("`{}`", model::text::bounded(text, 40)),
                    Value::Null => "null".to_owned(),
                    _ => "another type".to_owned(),
                }
            )),
        })
    }
}

/// A date without a time of day is known to the day.
pub(crate) fn precision_of(text: &str) -> Precision {
    let text = text.trim();
    let bare = text.len() == 10
        && text.char_indices().all(|(at, ch)| match at {
            4 | 7 => ch == '-',
            _ => ch.is_ascii_digit(),
        });
    if bare {
        Precision::Day
    } else {
        Precision::Exact
    }
}

/// A time as text. The very last day of the calendar, by which Google and others write "without
/// end", lies beyond what the calendar library takes and becomes the last instant it does.
pub(crate) fn time_of(text: &str) -> Option<TimeUs> {
    if text.starts_with("9999-12-31") {
        return Some(TimeUs::from_micros(i64::MAX));
    }
    TimeUs::parse(text).ok()
}

fn number_time(number: &serde_json::Number) -> Option<TimeUs> {
    /// Numbers above this are milliseconds: as seconds it is the year 5138.
    const MILLISECONDS_FROM: f64 = 1e11;
    if let Some(seconds) = number.as_i64() {
        return Some(if seconds.unsigned_abs() > 100_000_000_000 {
            TimeUs::from_micros(seconds.saturating_mul(1_000))
        } else {
            TimeUs::from_seconds(seconds)
        });
    }
    let seconds = number.as_f64().filter(|value| value.is_finite())?;
    let scale = if seconds.abs() > MILLISECONDS_FROM {
        1e3
    } else {
        1e6
    };
    // Rounded decimal text, because a cast of a float to an integer may lose silently.
    format!("{:.0}", seconds * scale)
        .parse()
        .ok()
        .map(TimeUs::from_micros)
}

/// Puts tags or labels on a thing, and what they declare about owner and environment.
pub(crate) fn declare(
    attributes: &mut Attributes,
    tags: impl IntoIterator<Item = (String, String)>,
) {
    const OWNER: &[&str] = &[
        "owner",
        "owned-by",
        "technical-owner",
        "business-owner",
        "owner-email",
        "contact",
        "maintainer",
        "team",
        "squad",
    ];
    const ENVIRONMENT: &[&str] = &["environment", "env", "stage"];
    for (key, value) in tags.into_iter().take(MAX_TAGS) {
        attributes
            .tags
            .insert(model::text::label(&key), model::text::label(&value));
    }
    let find = |wanted: &[&str]| {
        wanted.iter().find_map(|word| {
            attributes.tags.iter().find_map(|(key, value)| {
                let plain = key.to_lowercase().replace(['_', ' '], "-");
                (plain == *word && !value.is_empty()).then(|| value.clone())
            })
        })
    };
    let (owner, environment) = (find(OWNER), find(ENVIRONMENT));
    attributes.declared_owner = attributes.declared_owner.take().or(owner);
    attributes.declared_environment = attributes.declared_environment.take().or(environment);
}

/// Finds an id such as `ou-ab12-11111111` in the name of a document: `prefix`, then characters
/// that `tail` accepts, standing alone. Commands whose output does not name its own subject are
/// saved under a name that does.
pub(crate) fn id_in_name(
    name: &str,
    prefix: &str,
    tail: fn(char) -> bool,
    fits: fn(&str) -> bool,
) -> Option<String> {
    let name = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    let mut before = None;
    for (at, ch) in name.char_indices() {
        let begins = !before.is_some_and(char::is_alphanumeric);
        before = Some(ch);
        let Some(rest) = name.get(at..).filter(|_| begins) else {
            continue;
        };
        let Some(after) = rest.strip_prefix(prefix) else {
            continue;
        };
        let id: String = prefix
            .chars()
            .chain(after.chars().take_while(|ch| tail(*ch)))
            .take(256)
            .collect();
        if fits(&id) {
            return Some(id);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_never_quotes_the_value() {
        let Err(Broken::Element(reason)) = typed::<u32>(br#""CANARY""#) else {
            panic!("must fail");
        };
        assert_eq!(
            reason,
            "a field has a type this format does not have at byte 8 of the element"
        );
    }

    #[test]
    fn times_in_every_dress() {
        let fact = |text: &str| serde_json::from_str::<Stamp>(text).unwrap().fact();
        let want = Some(Fact::known(TimeUs::from_seconds(1_700_000_000)));
        assert_eq!(fact("1700000000"), want);
        assert_eq!(fact("1700000000.0"), want);
        assert_eq!(fact("1700000000000"), want);
        assert_eq!(fact(r#""2023-11-14T22:13:20+00:00""#), want);
        assert_eq!(
            fact(r#""9999-12-31T23:59:59Z""#)
                .unwrap()
                .value()
                .unwrap()
                .date(),
            "9999-12-30"
        );
        let day = fact(r#""2023-11-14""#).unwrap();
        assert_eq!(day.precision(), Some(Precision::Day));
        assert_eq!(want.as_ref().unwrap().precision(), Some(Precision::Exact));
        assert_eq!(fact("null"), None);
        assert_eq!(fact(r#""N/A""#).unwrap().state(), "no_data_yet");
    }

    #[test]
    fn tags_declare_owner_and_environment() {
        let mut attributes = Attributes::default();
        declare(
            &mut attributes,
            [
                ("Team".to_owned(), "shop".to_owned()),
                ("Owner_Email".to_owned(), "a@example.com".to_owned()),
                ("ENV".to_owned(), "prod".to_owned()),
            ],
        );
        assert_eq!(attributes.declared_owner.as_deref(), Some("a@example.com"));
        assert_eq!(attributes.declared_environment.as_deref(), Some("prod"));
    }

    #[test]
    fn ids_in_names_stand_alone() {
        let find = |name| {
            id_in_name(
                name,
                "p-",
                |ch| ch.is_ascii_alphanumeric(),
                |id| id.len() >= 10,
            )
        };
        assert_eq!(
            find("list-targets-p-fhjg3e6q.json").as_deref(),
            Some("p-fhjg3e6q")
        );
        assert_eq!(find("scp-abcdefghij.json"), None);
    }
}
