//! What a reader sees: lists, records, names, differences, numbers, and that no question walks
//! through a whole table to find one thing.

use inventory::read::{
    self, Direction, FIELDS, Found, ListQuery, LookupQuery, Page, Reader, SCHEMA, When,
};
use model::filter::{self, Filter};
use model::{
    Alias, Attributes, Class, CoverageState, EdgeKind, Fact, NodeKind, NodeRef, Observation,
    ObservedEdge, SourceRef,
};
use testkit::{TestDb, both_databases};

use crate::estate::{Run, day, iam, key, user};

async fn reader(t: &TestDb, when: When) -> Reader {
    Reader::open(&t.db, when).await.unwrap()
}

async fn page(reader: &Reader, filter: &str, cursor: Option<&str>, limit: usize) -> Page {
    let filter = filter::parse(filter, &SCHEMA).unwrap();
    let query = ListQuery {
        kind: NodeKind::Identity,
        classes: &[],
        subtypes: &[],
        filter: &filter,
        now: day(100),
        retired: false,
        referenced: false,
        by_risk: false,
        cursor,
        limit,
    };
    read::list(reader, &query).await.unwrap()
}

async fn names(reader: &Reader, filter: &str) -> Vec<String> {
    let page = page(reader, filter, None, 100).await;
    page.rows.into_iter().map(|node| node.name).collect()
}

async fn find(reader: &Reader, text: &str) -> Found {
    read::lookup(reader, LookupQuery { text, kinds: &[] })
        .await
        .unwrap()
}

async fn exact(reader: &Reader, text: &str) -> String {
    match find(reader, text).await {
        Found::Exact(node) => node.name,
        other => format!("{other:?}"),
    }
}

fn person(name: &str, owner: Option<&str>, used: Option<i64>) -> Observation {
    let mut attributes = Attributes::named(name, "aws_iam_user");
    attributes.class = Some(Class::Machine);
    attributes.declared_owner = owner.map(str::to_owned);
    attributes.last_used = used.map(|n| Fact::known(day(n)));
    attributes.tags.insert("env".to_owned(), "prod".to_owned());
    Observation::new(user(name), day(0), attributes)
}

both_databases! {
    async fn a_list_is_filtered_paged_and_says_what_it_could_not_decide(t: TestDb) {
        Run::new(&t, day(0))
            .say(&iam(), person("amy", Some("team-a"), Some(1)))
            .say(&iam(), person("bob", None, None))
            .say(&iam(), person("cleo", None, Some(99)))
            .user("dan")
            .apply(&t).await;
        let r = reader(&t, When::Latest).await;
        assert_eq!(names(&r, "").await, ["amy", "bob", "cleo", "dan"]);
        assert_eq!(names(&r, "last_used < now-90d").await, ["amy"]);
        assert_eq!(names(&r, "NOT last_used < now-90d").await, ["cleo"]);
        assert_eq!(page(&r, "last_used < now-90d", None, 9).await.undecided, Some(2));
        assert_eq!(names(&r, "last_used = unknown").await, ["bob", "dan"]);
        assert_eq!(names(&r, "tags.env = prod AND owner = unknown").await, ["bob", "cleo"]);
        assert_eq!(names(&r, "sources = aws.test AND seen_at >= 2023-01-01 leo").await, ["cleo"]);
        let first = page(&r, "", None, 3).await;
        let next = first.next.expect("there is more");
        let second = page(&r, "", Some(&next), 3).await;
        assert_eq!(second.rows.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(), ["dan"]);
        assert_eq!(second.next, None);
        assert!(second.seen[&second.rows[0].key].sources.contains(&("aws.test".to_owned(), "111122223333".to_owned())));
    }

    async fn what_is_retired_is_hidden_in_lists_and_found_by_name(t: TestDb) {
        let covered = |run: Run| run.covered(&iam(), CoverageState::Complete, "");
        let then = covered(Run::new(&t, day(0)).user("amy").user("bob")).apply(&t).await.seq;
        let now = covered(Run::new(&t, day(1)).user("bob")).apply(&t).await.seq;
        let r = reader(&t, When::Latest).await;
        assert_eq!(names(&r, "").await, ["bob"]);
        assert_eq!(names(&r, "retired = true").await, ["amy"]);
        assert_eq!(exact(&r, "amy").await, "amy");
        let past = reader(&t, When::At(day(0))).await;
        assert_eq!((past.at().seq, past.is_latest()), (then, false));
        assert_eq!(names(&past, "").await, ["amy", "bob"]);
        assert_eq!(reader(&t, When::At(day(-1))).await.at().seq, 0);
        assert_eq!(reader(&t, When::Seq(now)).await.at(), r.at());
    }

    async fn a_thing_is_found_by_every_name_it_has(t: TestDb) {
        let digest = "ab".repeat(32);
        let certificate = Observation::new(NodeRef::certificate(&digest), day(0), Attributes::named("www", "x509_certificate"))
            .alias(Alias::lookup(format!("spki:sha256:{}", "cd".repeat(32))));
        let private = Observation::new(NodeRef::key_material(&"cd".repeat(32)), day(0), Attributes::named("server.key", "private_key"));
        let group = NodeRef::global(NodeKind::Group, "aws", "arn:aws:iam::1:group/amy");
        Run::new(&t, day(0))
            .say(&iam(), person("amy", None, None).alias(Alias::lookup("email:amy@example.com")))
            .say(&iam(), Observation::new(group, day(0), Attributes::named("amy", "aws_iam_group")))
            .say(&iam(), certificate)
            .say(&iam(), private)
            .say(&iam(), Observation::new(user("x"), day(0), Attributes::named("deploy", "u")))
            .say(&iam(), Observation::new(user("y"), day(0), Attributes::named("deploy", "u")))
            .key_of("AKIAEXAMPLE000000001", "amy")
            .say(&iam(), Observation::new(key("arn:aws:iam::1:user/amy#access_key_1"), day(0), Attributes::default())
                .alias(Alias::same("aws:key_slot:amy")))
            .apply(&t).await;
        let r = reader(&t, When::Latest).await;
        let Found::Exact(amy) = find(&r, "arn:aws:iam::111122223333:user/amy").await else { panic!("by ARN") };
        for name in ["amy", "AMY@example.com", amy.id.as_str(), &amy.id.chars().take(20).collect::<String>()] {
            assert_eq!(exact(&r, name).await, "amy", "{name}");
        }
        let colons = vec!["AB"; 32].join(":");
        for name in [digest.as_str(), &colons, &format!("sha256:{digest}")] {
            assert_eq!(exact(&r, name).await, "www", "{name}");
        }
        assert_eq!(exact(&r, &format!("spki:sha256:{}", "cd".repeat(32))).await, "server.key", "the key itself, not its certificate");
        assert_eq!(exact(&r, "arn:aws:iam::1:user/amy#access_key_1").await, "AKIAEXAMPLE000000001", "a merged slot");
        match find(&r, "deploy").await {
            Found::Candidates { list, total, by_beginning, .. } => assert_eq!((list.len(), total, by_beginning), (2, 2, false)),
            other => panic!("{other:?}"),
        }
        match find(&r, "dep").await {
            Found::Candidates { total, by_beginning, .. } => assert_eq!((total, by_beginning), (2, true)),
            other => panic!("{other:?}"),
        }
        assert_eq!(find(&r, "nobody").await, Found::None);
        assert_eq!(find(&r, " ").await, Found::None);
    }

    async fn a_record_says_who_said_what(t: TestDb) {
        let other = SourceRef::new("plan.terraform", "main");
        Run::new(&t, day(0))
            .say(&iam(), person("amy", None, Some(3)))
            .say(&other, person("amy", Some("team-a"), Some(5)).at("main.tf:3"))
            .key_of("AKIA1", "amy")
            .apply(&t).await;
        let again = Run::new(&t, day(7)).say(&iam(), { let mut o = person("amy", None, Some(3)); o.observed = day(7); o }).apply(&t).await.seq;
        let r = reader(&t, When::Latest).await;
        let Found::Exact(amy) = find(&r, "amy").await else { panic!("amy") };
        let record = read::record(&r, amy.key).await.unwrap();
        let attribute = |name: &str| record.attributes.iter().find(|merged| merged.name == name).unwrap();
        assert_eq!(attribute("last_used").stands.source, "plan.terraform[main]", "the latest use is the last use");
        assert_eq!(attribute("declared_owner").stands.source, "plan.terraform[main]");
        assert_eq!(attribute("name").others.len(), 1);
        assert_eq!(attribute("tags.env").stands.value, Some("prod".into()));
        assert_eq!(amy.last_used.us, Some(day(5).as_micros()), "the list says the same");
        let edge = &record.edges[0];
        assert_eq!((edge.kind.as_str(), edge.direction, edge.other.name.as_str()), ("authenticates", Direction::In, "AKIA1"));
        assert_eq!(edge.observed, Some(day(0)));
        let seen = |record: &read::Record| record.sightings.iter().find(|s| s.connector == "aws.test").unwrap().observed;
        assert_eq!(seen(&record), day(7));
        let past = reader(&t, When::Seq(again - 1)).await;
        assert_eq!(seen(&read::record(&past, amy.key).await.unwrap()), day(0), "what was known then");
    }

    async fn differences_and_history_name_what_changed(t: TestDb) {
        let covered = |run: Run| run.covered(&iam(), CoverageState::Complete, "");
        let first = covered(Run::new(&t, day(0)).user("amy").user("bob")).apply(&t).await.seq;
        let created = Observation::new(user("cleo"), day(1), Attributes::named("cleo", "aws_iam_user"))
            .edge(ObservedEdge::to(EdgeKind::CreatedBy, user("amy")));
        let mut changed = person("amy", Some("team-a"), Some(1));
        changed.attributes.expires = Some(Fact::known(day(9)));
        changed.observed = day(1);
        covered(Run::new(&t, day(1)).say(&iam(), changed).say(&iam(), created)).apply(&t).await;
        let r = reader(&t, When::Latest).await;
        let from = reader(&t, When::Seq(first)).await.at().clone();
        let mut seen = Vec::new();
        read::diff::<inventory::InventoryError>(&r, &from, |d| {
            let fields: Vec<&str> = d.fields.iter().map(|f| f.field).collect();
            seen.push(format!("{} {} {:?} {}", d.change.name(), d.node.name, fields, d.creator.map(|c| c.name).unwrap_or_default()));
            Ok(std::ops::ControlFlow::Continue(()))
        }).await.unwrap();
        seen.sort();
        assert_eq!(seen, [
            "added cleo [] amy",
            "changed amy [\"class\", \"expires\", \"last_used\", \"owner\"] ",
            "removed bob [\"retired\"] ",
        ]);
        let (added, ended, list) = read::edge_changes(&r, &from, 10).await.unwrap();
        assert_eq!((added, ended, list[0].to.name.as_str()), (1, 0, "amy"));
        let Found::Exact(bob) = find(&r, "bob").await else { panic!("bob") };
        let what: Vec<_> = read::history(&r, bob.key).await.unwrap().iter().map(|h| h.what).collect();
        assert_eq!(what, [Some("appeared"), Some("retired")]);
        let past = reader(&t, When::Seq(first)).await;
        assert_eq!(read::history(&past, bob.key).await.unwrap().len(), 1);
    }

    async fn numbers_count_what_stands(t: TestDb) {
        let files = ["/a", "/b"].map(|p| NodeRef::within(NodeKind::Resource, "file", "h", p));
        let mut secret = Observation::new(key("AKIA1"), day(0), Attributes { expires: Some(Fact::known(day(3))), ..Attributes::named("AKIA1", "aws_access_key") });
        for file in files {
            secret = secret.edge(ObservedEdge::to(EdgeKind::StoredIn, file));
        }
        let mut human = person("amy", Some("amy"), None);
        human.attributes.class = Some(Class::Human);
        Run::new(&t, day(0))
            .say(&iam(), secret)
            .say(&iam(), human)
            .say(&iam(), person("bot", None, None))
            .covered(&iam(), CoverageState::Denied, "iam:ListKeys")
            .apply(&t).await;
        let r = reader(&t, When::Latest).await;
        let expiries = read::expiries(&r, day(0)).await.unwrap();
        assert_eq!((expiries[0].when.as_str(), expiries[0].total), ("7_days", 1));
        assert_eq!(read::expiries(&r, day(4)).await.unwrap()[0].when, "expired");
        let copies = read::copies(&r, 9).await.unwrap();
        assert_eq!((copies[0].node.name.as_str(), copies[0].total, copies[0].places.len()), ("AKIA1", 2, 2));
        let ratio: Vec<_> = read::ratio(&r).await.unwrap().into_iter().map(|row| (row.class, row.total)).collect();
        assert_eq!(ratio, [("human".to_owned(), 1), ("machine".to_owned(), 1)]);
        let counts = read::counts(&r).await.unwrap();
        assert_eq!(counts.iter().filter(|c| c.kind == "identity" && c.state == "active").map(|c| c.total).sum::<i64>(), 2);
        let metrics = read::metrics(&r, &|_, subtype| subtype == "aws_access_key").await.unwrap();
        let of = |kind: &str| metrics.iter().find(|m| m.kind == kind).unwrap();
        assert_eq!(of("identity").fields["owner"].known, 1);
        assert_eq!(of("identity").fields["owner"].nothing_said, 1);
        assert_eq!(of("credential").fields["revocation"].known, 1);
        assert_eq!(of("credential").fields.len(), FIELDS.len());
        assert_eq!(read::shortfalls(&r).await.unwrap()[0].place, "iam:ListKeys");
    }

    /// R35: the same input gives the same export, whatever was imported first.
    async fn an_export_does_not_depend_on_the_order_of_imports(t: TestDb) {
        let mut spoken = Vec::new();
        for swap in [false, true] {
            let other = TestDb::sqlite().await;
            let db = if swap { &other } else { &t };
            let parts = [
                Run::new(db, day(1)).say(&iam(), person("amy", None, Some(1))),
                Run::new(db, day(1)).key_of("AKIA1", "amy").user("bob"),
            ];
            let parts: Vec<Run> = if swap { parts.into_iter().rev().collect() } else { parts.into_iter().collect() };
            for part in parts {
                part.apply(db).await;
            }
            let r = reader(db, When::Latest).await;
            let mut lines = Vec::new();
            read::export::<inventory::InventoryError>(&r, |mut value| {
                if ["record", "sighting", "edge"].contains(&value["type"].as_str().unwrap()) {
                    // Which run said it first is the one thing the order decides.
                    value.as_object_mut().unwrap().remove("since_run");
                    lines.push(value.to_string());
                }
                Ok(())
            }).await.unwrap();
            spoken.push(lines);
        }
        assert_eq!(spoken[0].len(), 3 + 3 + 1);
        assert_eq!(spoken[0], spoken[1]);
    }

    /// `who` answers from cold in the same time whatever the size of the inventory.
    async fn finding_one_thing_reads_indexes_only(t: TestDb) {
        let mut run = Run::new(&t, day(0));
        for n in 0..3_000 {
            run = run.user(&format!("user-k{n}")).key_of(&format!("AKIA{n}"), &format!("user-k{n}"));
        }
        run.apply(&t).await;
        t.db.analyze().await.unwrap();
        let r = reader(&t, When::Latest).await.remembering();
        for text in ["user-k17", "AKIA17", "arn:aws:iam::111122223333:user/user-k17", "mi:00", "user-k29", "nothing"] {
            find(&r, text).await;
        }
        let Found::Exact(found) = find(&r, "AKIA17").await else { panic!("AKIA17") };
        read::record(&r, found.key).await.unwrap();
        read::relations(&r, found.key).await.unwrap();
        // Few rows: for more of them PostgreSQL would rather read all of so small a table.
        let everything = page(&r, "", None, 10).await;
        assert_eq!(everything.rows.len(), 10);
        let asked = r.asked();
        assert!(asked.len() > 20);
        for (sql, values) in asked {
            for step in t.db.explain(&sql, values).await.unwrap() {
                let whole = step.contains("Seq Scan on") || (step.starts_with("SCAN") && !step.contains("USING"));
                let small = ["member", "source", "constant row", " c", " m"].iter().any(|table| step.contains(table));
                assert!(!whole || small, "{sql}\n{step}");
            }
        }
    }
}

#[test]
fn the_empty_filter_is_all() {
    assert_eq!(filter::parse("", &SCHEMA), Ok(Filter::All));
}
