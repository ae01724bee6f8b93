//! Every class of identity and credential the product speaks of (R1 to R26) goes in and comes out
//! whole: names, facts with their four states, other names, relations, provenance.

use model::fact::Fact;
use model::observation::Collected;
use model::{
    Alias, Attributes, Class, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, Sink as _,
    SourceRef, Status,
};
use testkit::both_databases;

use crate::estate::{Run, day, rows};
use EdgeKind as E;
use NodeKind as N;

fn node(kind: NodeKind, id: &str) -> NodeRef {
    NodeRef::within(kind, "test", "here", id)
}

/// One thing: requirement, kind, subtype, class, relations `edge kind -> node kind`.
type Row = (
    &'static str,
    NodeKind,
    &'static str,
    Option<Class>,
    &'static [(EdgeKind, NodeKind)],
);

const M: Option<Class> = Some(Class::Machine);

const CLASSES: &[Row] = &[
    (
        "R1",
        N::Identity,
        "service_account",
        M,
        &[
            (E::OwnedBy, N::Person),
            (E::OwnedBy, N::Team),
            (E::Grants, N::Resource),
        ],
    ),
    (
        "R2",
        N::Identity,
        "ad_service_account",
        M,
        &[(E::MemberOf, N::Group)],
    ),
    ("R2", N::Identity, "db_user", M, &[(E::Grants, N::Resource)]),
    (
        "R3",
        N::Credential,
        "api_key",
        None,
        &[(E::Authenticates, N::Identity), (E::SuppliedBy, N::Vendor)],
    ),
    (
        "R4",
        N::Credential,
        "x509_certificate",
        None,
        &[(E::SignedBy, N::Credential), (E::StoredIn, N::Resource)],
    ),
    (
        "R5",
        N::Credential,
        "x509_code_signing",
        None,
        &[(E::Authenticates, N::Identity), (E::UsedBy, N::Workload)],
    ),
    (
        "R6",
        N::Credential,
        "ssh_certificate",
        None,
        &[
            (E::SignedBy, N::Credential),
            (E::Authenticates, N::Identity),
        ],
    ),
    (
        "R7",
        N::Credential,
        "oauth_refresh_token",
        None,
        &[(E::Authenticates, N::Identity)],
    ),
    (
        "R8",
        N::Application,
        "oauth_client",
        None,
        &[(E::Consumes, N::Identity)],
    ),
    (
        "R9",
        N::FederationProvider,
        "jwt_issuer",
        None,
        &[(E::Trusts, N::Credential)],
    ),
    (
        "R10",
        N::Credential,
        "k8s_legacy_token",
        None,
        &[
            (E::StoredIn, N::SecretContainer),
            (E::Authenticates, N::Identity),
        ],
    ),
    (
        "R11",
        N::Identity,
        "aws_iam_role",
        M,
        &[
            (E::Trusts, N::FederationProvider),
            (E::AttachedPolicy, N::Policy),
            (E::BoundedBy, N::Policy),
        ],
    ),
    (
        "R12",
        N::Identity,
        "aws_iam_user",
        M,
        &[(E::PartOf, N::Account)],
    ),
    (
        "R13",
        N::Pipeline,
        "workflow",
        None,
        &[(E::PartOf, N::Application)],
    ),
    (
        "R13",
        N::Runner,
        "self_hosted",
        None,
        &[(E::RunsOn, N::Host)],
    ),
    (
        "R14",
        N::Workload,
        "terraform_run",
        None,
        &[(E::RunsAs, N::Identity), (E::DeployedFrom, N::Repo)],
    ),
    (
        "R15",
        N::Credential,
        "connection_string",
        None,
        &[(E::FoundIn, N::Repo), (E::Authenticates, N::Identity)],
    ),
    (
        "R16",
        N::Key,
        "kms_key",
        None,
        &[
            (E::Encrypts, N::Resource),
            (E::Encrypts, N::SecretContainer),
        ],
    ),
    (
        "R17",
        N::Workload,
        "scheduled_task",
        None,
        &[(E::RunsAs, N::Identity), (E::RunsOn, N::Host)],
    ),
    (
        "R18",
        N::Application,
        "connected_app",
        None,
        &[(E::SuppliedBy, N::Vendor)],
    ),
    (
        "R19",
        N::Workload,
        "script",
        None,
        &[(E::RunsAs, N::Identity), (E::DeployedFrom, N::Repo)],
    ),
    (
        "R20",
        N::Identity,
        "rpa_bot",
        M,
        &[(E::SponsoredBy, N::Person)],
    ),
    (
        "R21",
        N::Identity,
        "legal_entity",
        Some(Class::External),
        &[],
    ),
    (
        "R22",
        N::Identity,
        "ai_agent",
        Some(Class::Agent),
        &[
            (E::ConnectsTo, N::Workload),
            (E::Delegates, N::Identity),
            (E::SponsoredBy, N::Person),
        ],
    ),
    (
        "R23",
        N::Identity,
        "ml_training_account",
        M,
        &[(E::Grants, N::Resource)],
    ),
    (
        "R24",
        N::Identity,
        "device",
        Some(Class::Device),
        &[(E::OwnedBy, N::Person)],
    ),
    (
        "R25",
        N::Workload,
        "serverless_function",
        None,
        &[(E::RunsAs, N::Identity)],
    ),
    (
        "R26",
        N::Credential,
        "x509_vpn_certificate",
        None,
        &[(E::UsedBy, N::Host), (E::StoredIn, N::Host)],
    ),
];

fn observation(number: usize, row: &Row) -> Observation {
    let (id, kind, subtype, class, edges) = row;
    let attributes = Attributes {
        class: *class,
        tenant: Some("tenant-1".into()),
        status: Some(Status::Enabled),
        description: Some(format!("{id}: example")),
        created: Some(Fact::known(day(-400))),
        expires: Some(Fact::never()),
        last_used: Some(Fact::Never {
            window: Some("2026-01-01/2026-04-01".into()),
        }),
        last_rotated: Some(Fact::not_observable("the provider keeps no date")),
        declared_privileged: Some(number.is_multiple_of(2)),
        tags: [("env".to_owned(), "prod".to_owned())].into(),
        ..Attributes::named(format!("{subtype}-{number}"), *subtype)
    }
    .with(
        "provider_word",
        serde_json::json!({"null": null, "list": [1, "a"]}),
    );
    let mut said = Observation::new(node(*kind, &format!("{id}-{number}")), day(0), attributes)
        .alias(Alias::lookup(format!("test:{number}")))
        .at(format!("export.json#{number}"));
    for (number, (edge, other)) in edges.iter().enumerate() {
        said = said.edge(
            ObservedEdge::to(*edge, node(*other, &format!("other-{number}"))).with("why", "stated"),
        );
    }
    said
}

both_databases! {
    async fn every_class_goes_in_and_comes_out_whole(t: TestDb) {
        let source = SourceRef::new("aws.test", "here");
        let mut collected = Collected::default();
        let mut run = Run::new(&t, day(0));
        for (number, row) in CLASSES.iter().enumerate() {
            let said = observation(number, row);
            collected.observe(&source, said.clone()).unwrap();
            run = run.say(&source, said);
        }
        run.apply(&t).await;
        for (source, said) in collected.observations {
            let id = said.node.id();
            let stored = rows(&t.db, &format!(
                "SELECT s.attributes, s.place, s.observed_us, c.connector, c.scope, n.native_id, n.kind FROM sighting s \
                 JOIN node n ON n.node_key = s.node_key JOIN source c ON c.source_key = s.source_key WHERE n.id = '{id}'")).await;
            let wanted = format!("{}|{}|{}|{}|{}|{}|{}", serde_json::to_string(&said.attributes).unwrap(), said.place.clone().unwrap(),
                said.observed.as_micros(), source.connector, source.scope, said.node.native_id, said.node.kind);
            assert_eq!(stored, [wanted]);
            let mut wanted: Vec<String> = said.edges.iter().map(|edge| format!("{}|{}|{}", edge.kind, edge.to.id(), r#"{"why":"stated"}"#)).collect();
            wanted.sort();
            let stored = rows(&t.db, &format!(
                "SELECT e.kind, o.id, e.attributes FROM edge e JOIN node n ON n.node_key = e.by_key JOIN node o ON o.node_key = e.other_key \
                 WHERE n.id = '{id}' ORDER BY e.kind, o.id")).await;
            assert_eq!(stored, wanted, "{id}");
        }
        let covered: std::collections::BTreeSet<&str> = CLASSES.iter().map(|row| row.0).collect();
        assert_eq!(covered.len(), 26, "R1 to R26");
    }

    /// R1: one identity, three credentials, two workloads, four resources; without one credential
    /// the identity stays.
    async fn an_identity_outlives_its_credential(t: TestDb) {
        let source = SourceRef::new("aws.test", "here");
        let robot = node(N::Identity, "robot");
        let mut whole = Observation::new(robot.clone(), day(0), Attributes::named("robot", "service_account"));
        for n in 0..4 {
            whole = whole.edge(ObservedEdge::to(E::Grants, node(N::Resource, &format!("r{n}"))));
        }
        let mut first = Run::new(&t, day(0)).say(&source, whole.clone());
        let mut second = Run::new(&t, day(1)).say(&source, Observation { observed: day(1), ..whole });
        for n in 0..3 {
            let said = Observation::new(node(N::Credential, &format!("c{n}")), day(0), Attributes::named(format!("c{n}"), "api_key"))
                .edge(ObservedEdge::to(E::Authenticates, robot.clone()));
            first = first.say(&source, said.clone());
            if n > 0 {
                second = second.say(&source, Observation { observed: day(1), ..said });
            }
        }
        for n in 0..2 {
            let said = Observation::new(node(N::Workload, &format!("w{n}")), day(0), Attributes::named(format!("w{n}"), "service"))
                .edge(ObservedEdge::to(E::RunsAs, robot.clone()));
            first = first.say(&source, said.clone());
            second = second.say(&source, Observation { observed: day(1), ..said });
        }
        first.apply(&t).await;
        second.covered(&source, model::CoverageState::Complete, "").apply(&t).await;
        let standing = crate::estate::standing(&t.db).await;
        assert_eq!((standing["robot"].as_str(), standing["c0"].as_str(), standing["c1"].as_str()), ("active", "retired", "active"));
        let edges = rows(&t.db, "SELECT kind, COUNT(*) FROM edge WHERE to_run IS NULL GROUP BY kind ORDER BY kind").await;
        assert_eq!(edges, ["authenticates|2", "grants|4", "runs_as|2"]);
    }
}
