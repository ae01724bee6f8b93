//! SQL and the evaluator in memory give the same answer, row by row and undecided rows included.

use std::borrow::Cow;

use model::TimeUs;
use model::filter::{
    Comparison, FieldSpec, FieldType, FieldValue, Filter, Op, Operand, Pattern, Record, Schema,
    StateTest, TimeOperand, Truth, parse,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use store::filter_sql::{Binder, FieldColumn, FilterColumns, compile, escape_like};
use store::{Db, Value};
use testkit::TestDb;

const SCHEMA: Schema = Schema {
    fields: &[
        FieldSpec {
            name: "name",
            kind: FieldType::Text,
            doc: "",
        },
        FieldSpec {
            name: "uses",
            kind: FieldType::Int,
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

const TABLES: &str = "
    CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT, uses BIGINT, used_us BIGINT, used_state TEXT, retired_us BIGINT);
    CREATE TABLE tag (id BIGINT PRIMARY KEY, thing_id BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
    CREATE TABLE source (id BIGINT PRIMARY KEY, thing_id BIGINT NOT NULL, name TEXT NOT NULL);";

fn now() -> TimeUs {
    TimeUs::from_seconds(1_700_000_000)
}

#[derive(Debug, Clone)]
struct Thing {
    name: Option<String>,
    uses: Option<i64>,
    used: Option<i64>,
    state: Option<&'static str>,
    retired: bool,
    tags: Vec<(&'static str, String)>,
    sources: Vec<String>,
}

impl Record for Thing {
    fn field(&self, name: &str, key: Option<&str>) -> FieldValue<'_> {
        let list = |items: Vec<&'_ str>| {
            FieldValue::List(
                items
                    .into_iter()
                    .map(|item| Cow::Owned(item.to_owned()))
                    .collect(),
            )
        };
        match (name, key) {
            ("name", _) => self
                .name
                .as_deref()
                .map_or(FieldValue::Unknown, |n| FieldValue::Text(n.into())),
            ("uses", _) => self.uses.map_or(FieldValue::Unknown, FieldValue::Int),
            ("last_used", _) => match (self.used, self.state) {
                (Some(us), _) => FieldValue::Time(TimeUs::from_micros(us)),
                (None, Some(state)) => FieldValue::State(state),
                (None, None) => FieldValue::Unknown,
            },
            ("retired", _) => FieldValue::Bool(self.retired),
            ("tags", Some(key)) => list(
                self.tags
                    .iter()
                    .filter(|(k, _)| *k == key)
                    .map(|(_, v)| v.as_str())
                    .collect(),
            ),
            ("tags", None) => list(self.tags.iter().map(|(k, _)| *k).collect()),
            ("sources", _) => list(self.sources.iter().map(String::as_str).collect()),
            _ => panic!("no field {name}"),
        }
    }

    fn contains_text(&self, word: &str) -> Truth {
        let name = self
            .name
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase();
        name.contains(&word.to_ascii_lowercase()).into()
    }
}

fn column(name: &str) -> Option<FieldColumn> {
    Some(match name {
        "name" => FieldColumn::Plain {
            value: "t.name".into(),
        },
        "uses" => FieldColumn::Plain {
            value: "t.uses".into(),
        },
        "last_used" => FieldColumn::Fact {
            value: "t.used_us".into(),
            state: "t.used_state".into(),
        },
        "retired" => FieldColumn::Flag {
            value: "t.retired_us".into(),
        },
        "tags" => FieldColumn::Set {
            from: "tag g WHERE g.thing_id = t.id".into(),
            key: Some("g.key".into()),
            value: "g.value".into(),
        },
        "sources" => FieldColumn::Set {
            from: "source s WHERE s.thing_id = t.id".into(),
            key: None,
            value: "s.name".into(),
        },
        _ => return None,
    })
}

fn search(word: &str, binder: &mut Binder) -> String {
    let like = binder.bind(format!("%{}%", escape_like(&word.to_ascii_lowercase())));
    format!("lower(coalesce(t.name, '')) LIKE {like} ESCAPE '\\'")
}

async fn fill(db: &Db, things: &[Thing]) {
    let mut tx = db.write().await.unwrap();
    tx.ddl(TABLES).await.unwrap();
    let (mut rows, mut tags, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for (id, thing) in (0_i64..).zip(things) {
        let retired: Option<i64> = thing.retired.then_some(1);
        rows.push(vec![
            id.into(),
            thing.name.clone().into(),
            thing.uses.into(),
            thing.used.into(),
            thing.state.into(),
            retired.into(),
        ]);
        for (key, value) in &thing.tags {
            tags.push(vec![
                i64::try_from(tags.len()).unwrap().into(),
                id.into(),
                Value::from(*key),
                value.into(),
            ]);
        }
        for name in &thing.sources {
            sources.push(vec![
                i64::try_from(sources.len()).unwrap().into(),
                id.into(),
                name.into(),
            ]);
        }
    }
    tx.insert_many(
        "thing",
        &["id", "name", "uses", "used_us", "used_state", "retired_us"],
        rows,
    )
    .await
    .unwrap();
    tx.insert_many("tag", &["id", "thing_id", "key", "value"], tags)
        .await
        .unwrap();
    tx.insert_many("source", &["id", "thing_id", "name"], sources)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Asks both and compares every row.
async fn compare(db: &Db, things: &[Thing], filter: &Filter) {
    let mut binder = Binder::default();
    let columns = FilterColumns {
        field: &column,
        text: &search,
    };
    let condition = compile(filter, &columns, now(), &mut binder).unwrap();
    let sql = format!(
        "SELECT q.id, CASE WHEN q.yes THEN 'True' WHEN NOT q.yes THEN 'False' ELSE 'Unknown' END \
         FROM (SELECT t.id AS id, ({condition}) AS yes FROM thing t) q ORDER BY q.id"
    );
    let rows = db
        .read(&sql, binder.into_values())
        .await
        .unwrap_or_else(|e| panic!("{filter}: {e}\n{sql}"));
    assert_eq!(rows.len(), things.len());
    for (row, thing) in rows.iter().zip(things) {
        let want = format!("{:?}", filter.eval(thing, now()));
        assert_eq!(row.text(1).unwrap(), want, "{filter}\n{thing:?}\n{sql}");
    }
}

fn word() -> impl Strategy<Value = String> {
    "[aAbBé%_\\\\]{0,3}"
}

fn micros() -> impl Strategy<Value = i64> {
    prop_oneof![
        (-5..5_i64).prop_map(|d| now().plus_days(d).as_micros()),
        (-2..2_i64).prop_map(|us| now().as_micros() + us),
        Just(TimeUs::parse("2023-11-14").unwrap().as_micros()),
        Just(TimeUs::parse("2023-11-15").unwrap().as_micros()),
    ]
}

fn thing() -> impl Strategy<Value = Thing> {
    let used = prop_oneof![
        micros().prop_map(|us| (Some(us), Some("known"))),
        Just((None, Some("never"))),
        Just((None, Some("not_observable"))),
        Just((None, Some("no_data_yet"))),
        Just((None, None)),
    ];
    let tags = prop::collection::vec(
        (prop::sample::select(vec!["env", "ENV", "team"]), word()),
        0..3,
    );
    let sources = prop::collection::vec(word(), 0..3);
    (
        prop::option::of(word()),
        prop::option::of(-2..3_i64),
        used,
        any::<bool>(),
        tags,
        sources,
    )
        .prop_map(
            |(name, uses, (used, state), retired, tags, sources)| Thing {
                name,
                uses,
                used,
                state,
                retired,
                tags,
                sources,
            },
        )
}

fn question() -> impl Strategy<Value = Filter> {
    let order = || prop::sample::select(vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge]);
    let member = || prop::sample::select(vec![Op::Eq, Op::Ne, Op::Has]);
    let pattern = || {
        (any::<bool>(), word(), any::<bool>()).prop_map(|(open_start, text, open_end)| Pattern {
            open_start,
            text,
            open_end,
        })
    };
    let ask = |field: &'static str, key: Option<&'static str>, op: Op, operand: Operand| {
        Filter::Compare(Comparison {
            field: field.into(),
            key: key.map(Into::into),
            op,
            operand,
        })
    };
    let time = prop_oneof![
        micros().prop_map(|us| TimeOperand::At(TimeUs::from_micros(us))),
        (-5..5_i64).prop_map(|d| TimeOperand::Now(d * TimeUs::DAY_US)),
        (0..3_i64)
            .prop_map(|d| TimeOperand::Day(TimeUs::parse("2023-11-13").unwrap().plus_days(d))),
    ];
    let key = || prop::option::of(prop::sample::select(vec!["env", "team", "none"]));
    let state = (
        prop::sample::select(vec![
            ("name", false),
            ("uses", false),
            ("last_used", false),
            ("retired", false),
            ("tags", true),
            ("sources", false),
        ]),
        key(),
        prop::sample::select(StateTest::ALL),
        any::<bool>(),
    );
    prop_oneof![
        word().prop_map(Filter::Text),
        (pattern(), prop::sample::select(vec![Op::Eq, Op::Ne])).prop_map(move |(p, op)| ask(
            "name",
            None,
            op,
            Operand::Text(p)
        )),
        (word(), order()).prop_map(move |(t, op)| ask(
            "name",
            None,
            op,
            Operand::Text(Pattern::literal(t))
        )),
        word().prop_map(move |t| ask("name", None, Op::Has, Operand::Text(Pattern::literal(t)))),
        (
            prop_oneof![-2..3_i64, Just(i64::MAX), Just(i64::MIN)],
            order()
        )
            .prop_map(move |(n, op)| ask("uses", None, op, Operand::Int(n))),
        (time, order()).prop_map(move |(t, op)| ask("last_used", None, op, Operand::Time(t))),
        (any::<bool>(), prop::sample::select(vec![Op::Eq, Op::Ne])).prop_map(move |(b, op)| ask(
            "retired",
            None,
            op,
            Operand::Bool(b)
        )),
        (key(), pattern(), member()).prop_map(move |(key, p, op)| ask(
            "tags",
            key,
            op,
            Operand::Text(p)
        )),
        (pattern(), member()).prop_map(move |(p, op)| ask("sources", None, op, Operand::Text(p))),
        state.prop_map(|((field, keyed), key, test, negated)| Filter::State {
            field: field.into(),
            key: key.filter(|_| keyed).map(Into::into),
            test,
            negated,
        }),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    question().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

fn some<T>(strategy: impl Strategy<Value = T>, count: usize, runner: &mut TestRunner) -> Vec<T> {
    (0..count)
        .map(|_| strategy.new_tree(runner).unwrap().current())
        .collect()
}

testkit::both_databases! {
    async fn sql_and_memory_agree(t: TestDb) {
        // The same sample on both databases and at each run.
        let mut runner = TestRunner::deterministic();
        let things = some(thing(), 150, &mut runner);
        fill(&t.db, &things).await;
        for filter in some(filter(), 400, &mut runner) {
            compare(&t.db, &things, &filter).await;
        }
        for text in ["", "name = *", "name:A last_used < now-1d", "tags.env:a OR NOT sources = b*", "last_used = never"] {
            compare(&t.db, &things, &parse(text, &SCHEMA).unwrap()).await;
        }
    }
}

#[test]
fn random_records_and_filters_agree() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases: 24,
        ..ProptestConfig::default()
    };
    proptest!(config, |(things in prop::collection::vec(thing(), 1..20), filters in prop::collection::vec(filter(), 1..20))| {
        runtime.block_on(async {
            let t = TestDb::sqlite().await;
            fill(&t.db, &things).await;
            for filter in &filters {
                compare(&t.db, &things, filter).await;
            }
        });
    });
}
