//! Proposals accepted and rejected by a person, and what that changes.

use std::collections::BTreeMap;

use inventory::edit::{Field, RelationChange, Statement, say};
use inventory::owners::{self, Model, Proposal, Proposer, decide};
use inventory::read::{Reader, When};
use inventory::{RunKind, judgement};
use model::labels::{OwnerRole, SaidFact};
use model::{Alias, Attributes, Class, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};
use testkit::{TestDb, both_databases};

use crate::estate::{Run, day, iam, rows, start, user};

const ANN: &str = "ann@corp.com";

fn machine(name: &str) -> Observation {
    let said = Attributes {
        class: Some(Class::Machine),
        declared_owner: Some(ANN.to_owned()),
        tenant: Some("111122223333".to_owned()),
        ..Attributes::named(name, "aws_iam_user")
    };
    Observation::new(user(name), day(0), said)
}

fn person(email: &str) -> NodeRef {
    NodeRef::global(NodeKind::Person, "person", email)
}

async fn seeded(t: &TestDb) {
    let known = Observation::new(person(ANN), day(0), Attributes::named("Ann", "person"))
        .alias(Alias::lookup(format!("email:{ANN}")));
    // An account of the same person at another provider.
    let account = NodeRef::global(NodeKind::Identity, "entra", "guid");
    let said = Attributes {
        class: Some(Class::Human),
        ..Attributes::named("Ann A", "entra_user")
    };
    let account =
        Observation::new(account, day(0), said).alias(Alias::lookup(format!("email:{ANN}")));
    let owned = machine("shop-two").edge(ObservedEdge::to(EdgeKind::OwnedBy, account.node.clone()));
    let run = Run::new(t, day(0))
        .say(&iam(), machine("shop-one"))
        .say(&iam(), owned);
    run.say(&iam(), known).say(&iam(), account).apply(t).await;
}

/// The proposals for each identity by name.
async fn proposed(t: &TestDb) -> BTreeMap<String, (i64, Vec<Proposal>)> {
    let reader = Reader::open(&t.db, When::Latest).await.unwrap();
    let estate = inventory::read::estate(&reader, day(9)).await.unwrap();
    let (model, known) = (Model::committed(), decide::known(&reader).await.unwrap());
    let proposer = Proposer::new(&estate, &model, &known);
    let governed = estate
        .indices()
        .filter(|ix| owners::is_governed(&estate, *ix));
    governed
        .map(|ix| {
            let node = estate.node(ix).unwrap();
            (
                estate.text(node.name).to_owned(),
                (node.key, proposer.propose(ix)),
            )
        })
        .collect()
}

both_databases! {
    async fn a_proposal_is_accepted_by_hand_and_then_an_owner(t: TestDb) {
        seeded(&t).await;
        let before = proposed(&t).await;
        let (key, proposals) = &before["shop-two"];
        let ann = &proposals[0];
        assert_eq!(ann.candidate.id, person(ANN).id(), "her account is she");
        assert!(ann.evidence.len() >= 2, "{ann:#?}");
        let (say, note) = (start(RunKind::Edit, day(1)), start(RunKind::Edit, day(1)));
        decide::accept(&t.db, [&say, &note], *key, ann, OwnerRole::Business, "asked her", day(1)).await.unwrap();
        let stated = rows(&t.db, "SELECT e.kind, e.attributes FROM edge e JOIN source s ON s.source_key = e.source_key \
            WHERE s.connector = 'hand' AND e.to_run IS NULL").await;
        assert!(stated.len() == 1 && stated[0].contains("\"role\":\"business\""), "{stated:?}");
        let after = proposed(&t).await;
        assert!(after["shop-two"].1.iter().all(|one| one.candidate.id != person(ANN).id()), "nothing left to propose");
        let precedent = after["shop-one"].1[0].evidence.iter().any(|proof| proof.kind.name() == "precedent");
        assert!(precedent, "{:#?}", after["shop-one"].1);
        let reader = Reader::open(&t.db, When::Latest).await.unwrap();
        let decisions = judgement::owner_decisions(&reader).await.unwrap();
        assert_eq!(decide::truths(&decisions), [(ann.confidence, true)]);
    }

    async fn a_rejection_holds_until_there_is_new_evidence(t: TestDb) {
        seeded(&t).await;
        let (key, proposals) = proposed(&t).await["shop-one"].clone();
        decide::reject(&t.db, &start(RunKind::Edit, day(1)), key, &proposals[0], "she moved", day(1)).await.unwrap();
        assert_eq!(proposed(&t).await["shop-one"].1, []);
        let more = machine("shop-one").edge(ObservedEdge::to(EdgeKind::SponsoredBy, person(ANN)));
        Run::new(&t, day(2)).say(&iam(), more).apply(&t).await;
        assert_eq!(proposed(&t).await["shop-one"].1[0].candidate.id, person(ANN).id());
    }

    async fn somebody_nobody_recorded_can_be_accepted_and_rejected(t: TestDb) {
        let mut said = machine("new-one");
        said.attributes.declared_owner = Some("zoe@corp.com".to_owned());
        Run::new(&t, day(0)).say(&iam(), said).apply(&t).await;
        let (key, proposals) = proposed(&t).await["new-one"].clone();
        decide::reject(&t.db, &start(RunKind::Edit, day(1)), key, &proposals[0], "", day(1)).await.unwrap();
        assert_eq!(proposed(&t).await["new-one"].1, []);
        let runs = [start(RunKind::Edit, day(2)), start(RunKind::Edit, day(2))];
        decide::accept(&t.db, [&runs[0], &runs[1]], key, &proposals[0], OwnerRole::Technical, "", day(2)).await.unwrap();
        let people = rows(&t.db, "SELECT name FROM node_version WHERE kind = 'person' AND to_run IS NULL").await;
        assert_eq!(people, ["zoe@corp.com"]);
    }

    async fn reviews_that_are_overdue_are_listed_longest_first(t: TestDb) {
        seeded(&t).await;
        let keys = proposed(&t).await;
        for (name, due) in [("shop-one", day(5)), ("shop-two", day(3))] {
            let statement = Statement {
                subject: keys[name].0,
                facts: vec![(Field::Fact(SaidFact::NextReview), Some(due.date()))],
                relations: Vec::<RelationChange>::new(),
                why: String::new(),
            };
            say(&t.db, &start(RunKind::Edit, day(1)), &[statement], day(1)).await.unwrap();
        }
        let reader = Reader::open(&t.db, When::Latest).await.unwrap();
        let names = |now| {
            let reader = &reader;
            async move {
                let estate = inventory::read::estate(reader, now).await.unwrap();
                owners::overdue(&estate).into_iter().map(|one| (one.name, one.days)).collect::<Vec<_>>()
            }
        };
        assert_eq!(names(day(2)).await, []);
        let late = names(day(9)).await;
        assert_eq!(late.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["shop-two", "shop-one"]);
        assert!(late[0].1 >= 6, "{late:?}");
    }
}
