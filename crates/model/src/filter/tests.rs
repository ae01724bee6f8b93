//! The language as a whole: what parses, what it means, what is refused and how.

use std::borrow::Cow;

use proptest::prelude::*;

use super::*;
use crate::TimeUs;

const SCHEMA: Schema = Schema {
    fields: &[
        FieldSpec {
            name: "name",
            kind: FieldType::Text,
            doc: "",
        },
        FieldSpec {
            name: "owner.team",
            kind: FieldType::Text,
            doc: "",
        },
        FieldSpec {
            name: "uses",
            kind: FieldType::Int,
            doc: "",
        },
        FieldSpec {
            name: "seen_at",
            kind: FieldType::Time,
            doc: "",
        },
        FieldSpec {
            name: "last_used",
            kind: FieldType::TimeFact,
            doc: "",
        },
        FieldSpec {
            name: "retired",
            kind: FieldType::Bool,
            doc: "",
        },
        FieldSpec {
            name: "class",
            kind: FieldType::Enum(&["human", "machine", "unknown"]),
            doc: "",
        },
        FieldSpec {
            name: "kind",
            kind: FieldType::Enum(&["identity", "credential"]),
            doc: "",
        },
        FieldSpec {
            name: "tags",
            kind: FieldType::Tags,
            doc: "",
        },
        FieldSpec {
            name: "sources",
            kind: FieldType::TextList,
            doc: "",
        },
    ],
};

const NOW: TimeUs = TimeUs::EPOCH;

fn now() -> TimeUs {
    TimeUs::parse("2026-06-30T12:00:00Z").unwrap()
}

/// A record whose fields are given as they come; what is not given is unknown.
#[derive(Debug)]
struct Thing(Vec<(&'static str, FieldValue<'static>)>);

impl Record for Thing {
    fn field(&self, name: &str, key: Option<&str>) -> FieldValue<'_> {
        let full = key.map_or(name.to_owned(), |key| format!("{name}.{key}"));
        let found = self
            .0
            .iter()
            .find(|(field, _)| *field == full)
            .map(|(_, value)| value.clone());
        let list = matches!(name, "tags" | "sources");
        found.unwrap_or(if list {
            FieldValue::List(Vec::new())
        } else {
            FieldValue::Unknown
        })
    }

    fn contains_text(&self, word: &str) -> Truth {
        self.0
            .iter()
            .any(|(_, value)| matches!(value, FieldValue::Text(text) if text.contains(word)))
            .into()
    }
}

fn text(text: &'static str) -> FieldValue<'static> {
    FieldValue::Text(Cow::Borrowed(text))
}

fn deploy() -> Thing {
    Thing(vec![
        ("name", text("Deploy-Bot")),
        ("uses", FieldValue::Int(7)),
        (
            "seen_at",
            FieldValue::Time(TimeUs::parse("2026-06-01T08:00:00Z").unwrap()),
        ),
        ("last_used", FieldValue::State("never")),
        ("retired", FieldValue::Bool(false)),
        ("class", text("machine")),
        ("tags", FieldValue::List(vec!["env".into(), "team".into()])),
        ("tags.env", FieldValue::List(vec!["Prod".into()])),
        (
            "sources",
            FieldValue::List(vec!["aws".into(), "file:keys".into()]),
        ),
    ])
}

#[track_caller]
fn ask(filter: &str) -> Truth {
    parse(filter, &SCHEMA)
        .unwrap_or_else(|e| panic!("{filter}: {e}"))
        .eval(&deploy(), now())
}

#[test]
fn what_matches() {
    for filter in [
        "",
        "  ",
        "name = Deploy-Bot",
        "name = \"Deploy-Bot\"",
        "name = 'Deploy-Bot'",
        "name = Deploy*",
        "name = *Bot",
        "name = *y-B*",
        "name : deploy",
        "name:BOT",
        "name = *",
        "name != other",
        "name > Deploy",
        "uses = 7",
        "uses >= 7",
        "uses < 8",
        "NOT uses = 8",
        "-uses = 8",
        "seen_at = 2026-06-01",
        "seen_at < now-28d",
        "seen_at > now-30d",
        "seen_at <= 2026-06-01",
        "seen_at >= 2026-06-01T08:00:00Z",
        "seen_at < 2026-06-01T10:00:01+02:00",
        "seen_at != 2026-06-02",
        "last_used = never",
        "last_used.state = never",
        "last_used != unknown",
        "last_used != *",
        "retired = false",
        "class = machine",
        "class != unknown",
        "tags.env = Prod",
        "tags.env:prod",
        "tags:env",
        "tags:ENV",
        "tags.env = *",
        "NOT tags.owner = x",
        "tags.owner != x",
        "tags.owner = unknown",
        "sources = aws",
        "sources:AWS",
        "sources = file:*",
        "owner.team = unknown",
        "Deploy",
        "uses = 7 retired = false",
        "(uses = 7 OR uses = 8) AND NOT (class = human)",
        "uses=7 -class=human",
        "owner.team = x OR uses = 7",
        "uses = 7 OR (uses = 8 AND uses = 9)",
    ] {
        assert_eq!(ask(filter), Truth::True, "{filter}");
    }
}

#[test]
fn what_does_not() {
    for filter in [
        "name = deploy-bot",
        "name = deploy*",
        "name = Bot*",
        "uses != 7",
        "seen_at > 2026-06-01",
        "seen_at < 2026-06-01",
        "last_used = unknown",
        "last_used = not_observable",
        "last_used = *",
        "tags.env = prod",
        "tags:nothing",
        "sources = file",
        "owner.team = *",
        "nowhere",
        "owner.team = x AND uses = 8",
        "tags.owner = x",
        "tags.env:pro",
    ] {
        assert_eq!(ask(filter), Truth::False, "{filter}");
    }
}

#[test]
fn unknown_matches_neither_way() {
    for filter in [
        "owner.team = x",
        "NOT owner.team = x",
        "owner.team != x",
        "owner.team:x",
        "last_used < now",
        "NOT last_used < now",
        "owner.team = x AND uses = 7",
        "owner.team = x OR uses = 8",
    ] {
        assert_eq!(ask(filter), Truth::Unknown, "{filter}");
    }
}

#[test]
fn mistakes_are_explained() {
    for (filter, span, says) in [
        (
            "nmae = x",
            0..4,
            "there is no field `nmae`; did you mean `name`?",
        ),
        (
            "uses = 7 lastused = never",
            9..17,
            "there is no field `lastused`; did you mean `last_used`?",
        ),
        (
            "arn:aws:iam::1:user/x",
            0..3,
            "put it in quotes to search for text",
        ),
        (
            "class = machin",
            8..14,
            "`class` is never `machin`; did you mean `machine`?",
        ),
        ("kind = zzzzzz", 7..13, "write one of identity, credential"),
        (
            "uses = many",
            7..11,
            "`many` after `uses` is not a whole number",
        ),
        (
            "last_used < 90d",
            12..15,
            "write `now-90d` for that long ago or `now+90d`",
        ),
        ("last_used < now-90q", 12..19, "one of s m h d w y"),
        ("last_used < yesterday", 12..21, "write 2026-01-31"),
        ("last_used.state = nevr", 18..22, "did you mean `never`?"),
        (
            "last_used < never",
            12..17,
            "a state can be asked with = and != only",
        ),
        (
            "uses = 1 AND uses = 2 OR uses = 3",
            0..33,
            "write `(uses = 1 AND uses = 2) OR uses = 3` or `uses = 1 AND (uses = 2 OR uses = 3)`",
        ),
        (
            "a b OR c",
            0..8,
            "write `(a AND b) OR c` or `a AND (b OR c)`",
        ),
        ("(uses = 1", 0..1, "`(` is never closed"),
        ("uses = 1)", 8..9, "`)` without its `(`"),
        ("uses =", 6..6, "expected a value after `uses =`"),
        ("uses = 1 AND", 12..12, "expected a comparison or a word"),
        ("OR uses = 1", 0..2, "expected a comparison or a word"),
        ("()", 1..2, "expected a comparison or a word"),
        ("name = \"x", 7..9, "the quote \" is never closed"),
        ("name = a*b", 7..10, "put the value in quotes"),
        ("= x", 0..1, "an operator without a field"),
        (
            "tags < x",
            7..8,
            "a list can be asked with =, != and : only",
        ),
        ("retired = yes", 10..13, "write one of true, false"),
    ] {
        let error = parse(filter, &SCHEMA).unwrap_err();
        assert!(error.to_string().contains(says), "{filter}: {error}");
        assert_eq!(
            Some(error.text.as_str()),
            filter.get(span.clone()),
            "{filter}"
        );
        assert_eq!(error.span, span, "{filter}");
    }
}

#[test]
fn size_is_bounded() {
    let deep = format!(
        "{}a{}",
        "(".repeat(MAX_DEPTH + 1),
        ")".repeat(MAX_DEPTH + 1)
    );
    let not = "NOT ".repeat(MAX_DEPTH + 1) + "a";
    let many = "a ".repeat(MAX_TERMS + 1);
    let long = "a".repeat(MAX_BYTES + 1);
    for bad in [deep, not, many, long] {
        assert!(parse(&bad, &SCHEMA).is_err());
    }
    let fits = format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert!(parse(&fits, &SCHEMA).is_ok());
    assert!(parse(&"a ".repeat(MAX_TERMS), &SCHEMA).is_ok());
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let words = prop_oneof![
        "[A-Za-z*\"\\\\ ()=:é-]{1,6}",
        Just("never".to_owned()),
        Just("unknown".to_owned()),
        Just("now".to_owned()),
    ];
    (any::<bool>(), words, any::<bool>()).prop_map(|(open_start, text, open_end)| Pattern {
        open_start,
        text,
        open_end,
    })
}

fn time() -> impl Strategy<Value = TimeOperand> {
    prop_oneof![
        (-1_000_000..1_000_000_i64).prop_map(|s| TimeOperand::Now(s * 1_000_000)),
        (0..20_000_i64).prop_map(|d| TimeOperand::Day(NOW.plus_days(d))),
        any::<i32>().prop_map(|s| TimeOperand::At(TimeUs::from_seconds(i64::from(s)))),
    ]
}

fn compare(field: &str, key: Option<&str>, op: Op, operand: Operand) -> Filter {
    let (field, key) = (field.to_owned(), key.map(str::to_owned));
    Filter::Compare(Comparison {
        field,
        key,
        op,
        operand,
    })
}

fn leaf() -> impl Strategy<Value = Filter> {
    let order = prop::sample::select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge]);
    let member = prop::sample::select(vec![Op::Eq, Op::Ne, Op::Has]);
    let test = prop::sample::select(StateTest::ALL);
    prop_oneof![
        "[a-z -]{1,5}".prop_map(Filter::Text),
        pattern().prop_map(|p| compare("name", None, Op::Eq, Operand::Text(p))),
        ("[a-zA-Z%_ ]{0,3}", order.clone()).prop_map(|(t, op)| compare(
            "name",
            None,
            op,
            Operand::Text(Pattern::literal(t))
        )),
        (any::<i64>(), order.clone()).prop_map(|(n, op)| compare(
            "uses",
            None,
            op,
            Operand::Int(n)
        )),
        (time(), order).prop_map(|(t, op)| compare("last_used", None, op, Operand::Time(t))),
        any::<bool>().prop_map(|b| compare("retired", None, Op::Ne, Operand::Bool(b))),
        (pattern(), member.clone()).prop_map(|(p, op)| compare(
            "tags",
            Some("cost-centre"),
            op,
            Operand::Text(p)
        )),
        (pattern(), member).prop_map(|(p, op)| compare("sources", None, op, Operand::Text(p))),
        (test, any::<bool>()).prop_map(|(test, negated)| Filter::State {
            field: "last_used".into(),
            key: None,
            test,
            negated
        }),
        any::<bool>().prop_map(|negated| Filter::State {
            field: "tags".into(),
            key: Some("env".into()),
            test: StateTest::Known,
            negated
        }),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

fn record() -> impl Strategy<Value = Thing> {
    let maybe = |value: FieldValue<'static>| prop_oneof![Just(FieldValue::Unknown), Just(value)];
    let used = prop_oneof![
        Just(FieldValue::Unknown),
        Just(FieldValue::State("never")),
        Just(FieldValue::State("no_data_yet")),
        any::<i32>().prop_map(|s| FieldValue::Time(TimeUs::from_seconds(i64::from(s)))),
    ];
    (
        maybe(text("abc")),
        any::<i64>(),
        used,
        maybe(FieldValue::Bool(true)),
    )
        .prop_map(|(name, uses, used, retired)| {
            Thing(vec![
                ("name", name),
                ("uses", FieldValue::Int(uses)),
                ("last_used", used),
                ("retired", retired),
            ])
        })
}

proptest! {
    #[test]
    fn printing_and_parsing_gives_the_same(filter in filter()) {
        let text = filter.to_string();
        let again = parse(&text, &SCHEMA);
        prop_assert_eq!(again.as_ref(), Ok(&filter), "{}", text);
    }

    #[test]
    fn de_morgan_holds(a in filter(), b in filter(), record in record()) {
        let ask = |filter: &Filter| filter.eval(&record, now());
        let not = |part: &Filter| Filter::Not(Box::new(part.clone()));
        prop_assert_eq!(
            ask(&not(&Filter::And(vec![a.clone(), b.clone()]))),
            ask(&Filter::Or(vec![not(&a), not(&b)]))
        );
        prop_assert_eq!(
            ask(&not(&Filter::Or(vec![a.clone(), b.clone()]))),
            ask(&Filter::And(vec![not(&a), not(&b)]))
        );
        prop_assert_eq!(ask(&not(&not(&a))), ask(&a));
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,60}") {
        if let Err(error) = parse(&text, &SCHEMA) {
            prop_assert!(text.get(error.span).is_some());
        }
    }

    #[test]
    fn no_nearly_right_text_makes_it_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "name", "uses", "last_used", "tags.", ".state", "tags.é", "=", "!=", "<", ":", "(", ")", "-", "NOT", "AND",
            "OR", "*", "\"", "'", "\\", " ", "now-", "9d", "2026-01-31", "never", "é", "\u{1F600}", "99999999999999999999y",
        ]), 0..14),
    ) {
        let text = parts.concat();
        match parse(&text, &SCHEMA) {
            Ok(filter) => prop_assert_eq!(parse(&filter.to_string(), &SCHEMA), Ok(filter), "{}", text),
            Err(error) => prop_assert!(text.get(error.span).is_some()),
        }
    }
}
