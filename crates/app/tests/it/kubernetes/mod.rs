//! A real control plane's objects, as its users export them.

mod estate;

use std::collections::{BTreeMap, BTreeSet};

use model::observation::Collected;
use model::{EdgeKind, Fact, Fingerprinter, Observation, TimeUs};
use sources::catalog::FORMATS;
use sources::imports::{Document, ImportContext, ImportOptions};
use testkit::{CANARY, assert_no_canary_bytes};

use crate::setting::{installation, now, rows};
use estate::{Exports, exports};

/// Reads one export for the cluster `prod`.
fn read(text: &str) -> Collected {
    let options = ImportOptions {
        scopes: BTreeMap::from([("cluster".to_owned(), "prod".to_owned())]),
        ..ImportOptions::default()
    };
    let fingerprinter = Fingerprinter::new([3; 32]);
    let bytes = std::io::Cursor::new(text.as_bytes().to_vec());
    let mut document = Document::new("cluster", None, bytes).unwrap();
    let format = document.choose(FORMATS).expect("told by content");
    assert_eq!(format.spec().id, "kubernetes.objects");
    let mut sink = Collected::default();
    let mut cx = ImportContext {
        fingerprinter: &fingerprinter,
        options: &options,
        now: now(),
        sink: &mut sink,
        observed: 0,
    };
    format.read(&mut document, &mut cx).unwrap();
    let said = serde_json::to_string(&(&sink.observations, &sink.coverage)).unwrap();
    assert_no_canary_bytes(said.as_bytes(), "what was said");
    let short: Vec<_> = sink
        .coverage
        .iter()
        .filter(|gap| gap.state.is_shortfall())
        .collect();
    assert!(short.is_empty(), "{short:?}");
    sink
}

fn first() -> Option<&'static Exports> {
    exports().map(|[first, _]| first)
}

fn only<'s>(sink: &'s Collected, native_id: &str) -> &'s Observation {
    let found: Vec<&Observation> = all(sink, native_id);
    assert_eq!(found.len(), 1, "{native_id}");
    found[0]
}

fn all<'s>(sink: &'s Collected, native_id: &str) -> Vec<&'s Observation> {
    let all = sink.observations.iter().map(|(_, one)| one);
    all.filter(|one| one.node.native_id == native_id).collect()
}

/// Of this subtype, by name.
fn of<'s>(sink: &'s Collected, subtype: &str) -> Vec<&'s Observation> {
    let all = sink.observations.iter().map(|(_, one)| one);
    all.filter(|one| one.attributes.subtype.as_deref() == Some(subtype))
        .collect()
}

/// `kind -> native id` or `kind <- native id` of each edge.
fn edges(observation: &Observation) -> BTreeSet<String> {
    let all = observation.edges.iter().map(|edge| {
        let arrow = if edge.reversed { "<-" } else { "->" };
        format!("{} {arrow} {}", edge.kind, edge.to.native_id)
    });
    all.collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_export_holds_what_is_hunted_for() {
    let Some(exports) = first() else { return };
    assert!(exports.json.contains(CANARY), "in annotations, in the open");
    assert!(exports.yaml.contains(CANARY));
    let lists = [&exports.json, &exports.yaml];
    assert!(
        lists
            .iter()
            .all(|text| text.contains("kubernetes.io/legacy-token-last-used"))
    );
}

#[test]
fn service_accounts_with_their_clouds() {
    let Some(exports) = first() else { return };
    let sink = read(&exports.json);
    let deployer = only(&sink, "system:serviceaccount:shop:deployer");
    assert_eq!(
        deployer.attributes.declared_owner.as_deref(),
        Some("payments")
    );
    assert!(matches!(
        deployer.attributes.created,
        Some(Fact::Known { .. })
    ));
    assert_eq!(
        edges(deployer),
        set(&[
            "contains <- namespace:shop",
            "consumes -> arn:aws:iam::123456789012:role/deployer",
        ])
    );
    let reporter = only(&sink, "system:serviceaccount:shop:reporter");
    assert!(edges(reporter).contains("consumes -> reporter@acme-prod.iam.gserviceaccount.com"));
    let syncer = only(&sink, "system:serviceaccount:shop:syncer");
    let app = "entra:app_id:6a2e8401-dea0-544f-92ad-a9914a98c7d9";
    assert!(syncer.aliases.iter().any(|alias| alias.text == app));
    let builder = only(&sink, "system:serviceaccount:shop:builder");
    assert_eq!(
        builder.attributes.extra["automount_service_account_token"],
        false
    );
    assert!(edges(builder).contains("used_by <- secret:shop/regcred"));
    // One a namespace, and one for each controller of the cluster.
    assert!(of(&sink, "k8s_service_account").len() > 30);
}

#[test]
fn legacy_tokens_with_age_and_use() {
    let Some(exports) = first() else { return };
    let sink = read(&exports.json);
    let tokens = of(&sink, "k8s_legacy_token");
    assert_eq!(tokens.len(), 2, "projected tokens are not stored");
    let used = only(&sink, "token:shop/deployer-token");
    let idle = only(&sink, "token:shop/builder-token");
    for token in [used, idle] {
        assert_eq!(token.attributes.expires, Some(Fact::never()));
        assert!(token.attributes.fingerprint.is_some());
        assert_eq!(
            token.attributes.extra["issuer"],
            "kubernetes/serviceaccount"
        );
        assert!(matches!(token.attributes.created, Some(Fact::Known { .. })));
    }
    assert_eq!(
        edges(used),
        set(&[
            "authenticates -> system:serviceaccount:shop:deployer",
            "stored_in -> secret:shop/deployer-token",
        ])
    );
    let Some(Fact::Known { value: day, .. }) = &used.attributes.last_used else {
        panic!("{:?}", used.attributes.last_used);
    };
    assert!(
        day.as_micros() % 86_400_000_000 == 0,
        "the cluster notes the day"
    );
    assert!(*day > TimeUs::parse("2026-01-01T00:00:00Z").unwrap());
    // The cluster notes uses since a day it tells, and noted none of this one.
    let Some(Fact::Never {
        window: Some(since),
    }) = &idle.attributes.last_used
    else {
        panic!("{:?}", idle.attributes.last_used);
    };
    assert_eq!(TimeUs::parse(since).unwrap(), *day);
}

#[test]
fn secrets_of_every_type() {
    let Some(exports) = first() else { return };
    let sink = read(&exports.json);
    let lying_in = |container: &str| -> BTreeSet<String> {
        let holds = |one: &Observation| {
            one.edges.iter().any(|edge| {
                edge.kind == EdgeKind::StoredIn
                    && edge.to.native_id == format!("secret:{container}")
            })
        };
        let all = sink.observations.iter().map(|(_, one)| one);
        all.filter(|one| holds(one))
            .filter_map(|one| one.attributes.subtype.clone())
            .collect()
    };
    assert_eq!(
        lying_in("shop/shop-tls"),
        set(&["x509_certificate", "private_key"])
    );
    assert_eq!(lying_in("shop/regcred"), set(&["registry_password"]));
    assert_eq!(lying_in("shop/db-credentials"), set(&["password"]));
    assert_eq!(lying_in("shop/artifact-upload"), set(&["aws_access_key"]));
    assert_eq!(lying_in("shop/deploy-key"), set(&["ssh_private_key"]));
    assert_eq!(lying_in("tools/admin-login"), set(&["password"]));
    assert_eq!(
        lying_in("kube-system/bootstrap-token-ab12cd"),
        set(&["k8s_bootstrap_token"])
    );
    let bootstrap = of(&sink, "k8s_bootstrap_token")[0];
    let end = TimeUs::parse("2099-01-01T00:00:00Z").unwrap();
    assert_eq!(bootstrap.attributes.expires, Some(Fact::known(end)));
    let certificate = of(&sink, "x509_certificate");
    let served = certificate
        .iter()
        .find(|one| one.attributes.name.as_deref() == Some("shop.example.com"))
        .unwrap();
    assert!(matches!(
        served.attributes.expires,
        Some(Fact::Known { .. })
    ));
    assert!(
        edges(only(&sink, "ingress:shop/shop"))
            .contains(&format!("presents -> {}", served.node.native_id))
    );
    let webhook = only(&sink, "validatingwebhookconfiguration:image-policy");
    assert!(edges(webhook).contains(&format!("trusts -> {}", served.node.native_id)));
    let cache = of(&sink, "password")
        .iter()
        .any(|one| edges(one).contains("found_in -> configmap:shop/settings"));
    assert!(cache);
}

#[test]
fn roles_bindings_and_what_was_signed() {
    let Some(exports) = first() else { return };
    let sink = read(&exports.json);
    let bound =
        |role: &str| -> BTreeSet<String> { all(&sink, role).into_iter().flat_map(edges).collect() };
    let admin = bound("clusterrole:cluster-admin");
    assert_eq!(
        admin,
        set(&[
            "has_role <- group:system:masters",
            "has_role <- system:serviceaccount:shop:deployer",
        ])
    );
    assert_eq!(
        bound("role:shop/secret-reader"),
        set(&[
            "contains <- namespace:shop",
            "has_role <- system:serviceaccount:shop:reporter",
            "has_role <- user:jane@example.com",
            "has_role <- group:oidc:operators",
        ]),
    );
    let edit = all(&sink, "clusterrole:edit");
    let grant = edit
        .iter()
        .flat_map(|one| &one.edges)
        .find(|edge| edge.kind == EdgeKind::HasRole)
        .unwrap();
    assert_eq!(grant.attributes["namespace"], "tools");
    // What the controller put together is told, not only the rule by which it does.
    let monitoring = only(&sink, "clusterrole:monitoring");
    assert_eq!(
        monitoring.attributes.extra["rules"][0]["resources"][0],
        "pods"
    );
    assert!(monitoring.attributes.extra.contains_key("aggregation_rule"));

    let signed: Vec<_> = of(&sink, "x509_certificate")
        .into_iter()
        .filter(|one| one.attributes.extra.contains_key("signing_request"))
        .collect();
    assert_eq!(signed.len(), 1);
    assert_eq!(
        edges(signed[0])
            .into_iter()
            .filter(|edge| edge.contains("user:"))
            .collect::<BTreeSet<_>>(),
        set(&[
            "authenticates -> user:jane@example.com",
            "created_by -> user:admin"
        ]),
    );
}

#[test]
fn workloads_with_what_they_use() {
    let Some(exports) = first() else { return };
    let sink = read(&exports.json);
    let mut workloads: Vec<(String, Option<u64>)> = sink
        .observations
        .iter()
        .filter(|(_, one)| one.node.kind == model::NodeKind::Workload)
        .map(|(_, one)| (one.node.native_id.clone(), one.attributes.instances))
        .collect();
    workloads.sort();
    let want = [
        ("cronjob:shop/nightly", Some(1)),
        ("daemonset:tools/agent", Some(1)),
        ("deployment:shop/web", Some(3)),
        ("pod:tools/debug", Some(1)),
        ("statefulset:shop/db", Some(1)),
    ];
    assert_eq!(
        workloads,
        want.map(|(name, count)| (name.to_owned(), count))
    );
    let web = only(&sink, "deployment:shop/web");
    assert_eq!(
        edges(web),
        set(&[
            "contains <- namespace:shop",
            "runs_as -> system:serviceaccount:shop:deployer",
            "used_by <- secret:shop/artifact-upload",
            "used_by <- secret:shop/db-credentials",
            "used_by <- secret:shop/regcred",
            "used_by <- secret:shop/shop-tls",
        ])
    );
    let tokens = web.attributes.extra["projected_tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2, "{tokens:?}");
    assert!(
        tokens
            .iter()
            .any(|token| token["audience"] == "vault" && token["expiration_seconds"] == 7200)
    );
    assert!(
        tokens
            .iter()
            .any(|token| token["audience"] == "" && token["expiration_seconds"] == 3607)
    );
    let agent = only(&sink, "daemonset:tools/agent");
    assert_eq!(agent.attributes.extra["privileged"], true);
    assert_eq!(agent.attributes.extra["host_paths"][0], "/");
    let nightly = only(&sink, "cronjob:shop/nightly");
    assert_eq!(nightly.attributes.extra["time_zone"], "Europe/Berlin");
    let node = only(&sink, "node:worker-1");
    assert!(edges(node).contains("runs_as -> user:system:node:worker-1"));
}

/// Ids with their edges, from whatever form.
fn picture(sink: &Collected) -> BTreeMap<String, (BTreeSet<String>, serde_json::Value)> {
    let mut picture = BTreeMap::new();
    for (source, one) in &sink.observations {
        let mut said = one.clone();
        said.place = None;
        let key = format!("{source:?} {:?}", one.node);
        let entry: &mut (BTreeSet<String>, serde_json::Value) = picture.entry(key).or_default();
        entry.0.extend(edges(one));
        entry.1 = serde_json::to_value(&said.attributes).unwrap();
    }
    picture
}

#[test]
fn yaml_says_what_json_says() {
    let Some(exports) = first() else { return };
    assert_eq!(picture(&read(&exports.json)), picture(&read(&exports.yaml)));
}

#[test]
fn other_ways_to_ask() {
    let Some(exports) = first() else { return };
    let raw = read(&exports.raw_pods);
    assert_eq!(
        only(&raw, "deployment:shop/web").attributes.instances,
        Some(3)
    );
    let others = read(&exports.others);
    assert!(
        others
            .observations
            .iter()
            .all(|(_, one)| one.node.native_id == "cluster")
    );
    let told = others
        .coverage
        .iter()
        .any(|gap| gap.reason.contains("not read: Lease, PriorityClass"));
    assert!(told, "{:?}", others.coverage);
}

testkit::both_databases! {
    /// JSON and YAML of one cluster are one set of records; a cluster built alike is another.
    async fn one_record_a_thing_and_cluster(t: TestDb) {
        let Some([prod, test]) = exports() else { return };
        let data = tempfile::tempdir().unwrap();
        let installation = installation(&t, data.path()).await;
        let files = tempfile::tempdir().unwrap();
        let import = async |cluster: &str, name: &str, text: &str| {
            let path = files.path().join(name);
            std::fs::write(&path, text).unwrap();
            let request = app::import::Request {
                paths: vec![path],
                stdin: None,
                scopes: BTreeMap::from([("cluster".to_owned(), cluster.to_owned())]),
                observed_at: Some(now()),
                complete: true,
                columns: BTreeMap::new(),
            };
            let report = app::import::run(&installation, request, &app::Silent).await.unwrap();
            assert!(report.complete, "{:?}", report.gaps);
            report.applied
        };
        let first = import("prod", "prod.json", &prod.json).await;
        assert!(first.nodes_added > 150, "{first:?}");
        let again = import("prod", "prod.yaml", &prod.yaml).await;
        assert_eq!(
            (again.nodes_added, again.nodes_changed, again.nodes_retired, again.edges_added, again.edges_ended),
            (0, 0, 0, 0, 0),
        );
        import("test", "test.json", &test.json).await;
        for name in ["system:serviceaccount:shop:deployer", "node:worker-1", "token:shop/deployer-token"] {
            let places = format!("SELECT partition_name FROM node WHERE native_id = '{name}' ORDER BY 1");
            assert_eq!(rows(&installation, &places).await, ["prod", "test"], "{name}");
        }
        let merged = "SELECT COUNT(*) FROM member JOIN node ON node.node_key = member.node_key WHERE provider = 'kubernetes' AND to_run IS NULL AND member.root_key <> member.node_key";
        assert_eq!(rows(&installation, merged).await, ["0"]);
        assert_eq!(app::db::check(&installation).await.unwrap(), Vec::<String>::new());
        for table in ["sighting", "node_version", "edge", "alias", "tag", "coverage", "run"] {
            let all = rows(&installation, &format!("SELECT * FROM {table}")).await.join("\n");
            assert_no_canary_bytes(all.as_bytes(), table);
        }
    }
}
