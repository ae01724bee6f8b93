use std::fmt::Write as _;
use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use model::observation::Collected;
use model::{Fact, Fingerprinter};
use serde_json::json;

use super::*;
use crate::imports::ImportOptions;

mod gateway;

/// Reads a text as one document; `cluster=prod` is the scope.
fn read(text: &[u8]) -> Collected {
    let fingerprinter = Fingerprinter::new([3; 32]);
    let options = ImportOptions {
        scopes: BTreeMap::from([("cluster".to_owned(), "prod".to_owned())]),
        ..ImportOptions::default()
    };
    let mut document = Document::new("dump", None, Cursor::new(text.to_vec())).unwrap();
    let chosen = document
        .choose(&[&KubernetesObjects])
        .expect("told by content");
    let mut sink = Collected::default();
    let mut cx = ImportContext {
        fingerprinter: &fingerprinter,
        options: &options,
        now: TimeUs::from_seconds(1_750_000_000),
        sink: &mut sink,
        observed: 0,
    };
    if let Err(error) = chosen.read(&mut document, &mut cx) {
        sink.coverage.push(Coverage::gap(
            &SourceRef::new("test", ""),
            CoverageState::Failed,
            "",
            error.to_string(),
        ));
    }
    check(&sink);
    sink
}

/// Holds for every reading: no secret value in what comes out, and no edge the table forbids.
fn check(sink: &Collected) {
    let shown = serde_json::to_string(&(&sink.observations, &sink.coverage)).unwrap();
    assert!(!shown.contains("CANARY"), "a secret value came out");
    for (_, observation) in &sink.observations {
        for edge in &observation.edges {
            let (from, to) = if edge.reversed {
                (edge.to.kind, observation.node.kind)
            } else {
                (observation.node.kind, edge.to.kind)
            };
            assert!(edge.kind.allows(from, to), "{from} {} {to}", edge.kind);
        }
    }
}

fn list(items: &[Value]) -> Collected {
    let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}});
    read(serde_json::to_string_pretty(&list).unwrap().as_bytes())
}

fn object(kind: &str, name: &str, rest: Value) -> Value {
    let mut object = json!({
        "apiVersion": "v1", "kind": kind,
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid-{kind}-{name}"),
            "creationTimestamp": "2023-02-01T10:00:00Z",
        },
    });
    merge(&mut object, rest);
    object
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn node<'s>(sink: &'s Collected, native_id: &str) -> &'s Observation {
    let mut found = sink
        .observations
        .iter()
        .filter(|(_, one)| one.node.native_id == native_id);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("{native_id} is not there"));
    assert!(found.next().is_none(), "{native_id} is there twice");
    &one.1
}

/// `kind -> native id` or `kind <- native id` of each edge.
fn edges(observation: &Observation) -> Vec<String> {
    observation
        .edges
        .iter()
        .map(|edge| {
            let arrow = if edge.reversed { "<-" } else { "->" };
            format!("{} {arrow} {}", edge.kind, edge.to.native_id)
        })
        .collect()
}

fn subtypes(sink: &Collected) -> Vec<&str> {
    let mut all: Vec<&str> = sink
        .observations
        .iter()
        .filter_map(|(_, one)| one.attributes.subtype.as_deref())
        .collect();
    all.sort_unstable();
    all
}

fn shortfalls(sink: &Collected) -> Vec<String> {
    sink.coverage
        .iter()
        .filter(|gap| gap.state.is_shortfall())
        .map(|gap| format!("{}: {}", gap.place, gap.reason))
        .collect()
}

fn b64(value: impl AsRef<[u8]>) -> String {
    STANDARD.encode(value)
}

/// Run `openssl` for a certificate and key that exist only in this test.
fn key_and_certificate() -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let done = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-subj",
            "/CN=shop.example.com",
            "-addext",
            "subjectAltName=DNS:shop.example.com",
        ])
        .args(["-days", "90", "-keyout", &at("key"), "-out", &at("crt")])
        .output()
        .unwrap();
    assert!(done.status.success());
    let read = |name: &str| std::fs::read_to_string(at(name)).unwrap();
    (read("key"), read("crt"))
}

#[test]
fn a_service_account_with_its_clouds() {
    let sink = list(&[object(
        "ServiceAccount",
        "deployer",
        json!({
            "metadata": {
                "labels": {"team": "payments", "env": "production"},
                "annotations": {
                    "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/deployer",
                    "iam.gke.io/gcp-service-account": "d@p.iam.gserviceaccount.com",
                    "azure.workload.identity/client-id": "11111111-2222-3333-4444-55555555555A",
                    "kubectl.kubernetes.io/last-applied-configuration": "{\"x\": \"CANARY\"}",
                },
            },
            "secrets": [{"name": "deployer-token-x"}], "imagePullSecrets": [{"name": "regcred"}],
            "automountServiceAccountToken": false,
        }),
    )]);
    let account = node(&sink, "system:serviceaccount:shop:deployer");
    let attributes = &account.attributes;
    assert_eq!(attributes.class, Some(model::Class::Machine));
    assert_eq!(attributes.tenant.as_deref(), Some("prod"));
    assert_eq!(attributes.declared_owner.as_deref(), Some("payments"));
    assert_eq!(
        attributes.declared_environment.as_deref(),
        Some("production")
    );
    assert_eq!(attributes.extra["automount_service_account_token"], false);
    assert_eq!(
        attributes.created,
        Some(Fact::known(TimeUs::parse("2023-02-01T10:00:00Z").unwrap()))
    );
    assert_eq!(
        edges(account),
        [
            "contains <- namespace:shop",
            "used_by <- secret:shop/deployer-token-x",
            "used_by <- secret:shop/regcred",
            "consumes -> arn:aws:iam::123456789012:role/deployer",
            "consumes -> d@p.iam.gserviceaccount.com",
        ]
    );
    let aliases: Vec<&str> = account
        .aliases
        .iter()
        .map(|alias| alias.text.as_str())
        .collect();
    assert_eq!(
        aliases,
        [
            "k8s:uid:uid-ServiceAccount-deployer",
            "entra:app_id:11111111-2222-3333-4444-55555555555a"
        ]
    );
    assert_eq!(
        sink.observations[0].0,
        SourceRef::new("kubernetes.objects", "prod")
    );
    assert_eq!(shortfalls(&sink), Vec::<String>::new());
}

#[test]
fn a_legacy_token_is_a_credential_with_age_and_use() {
    let claims = json!({
        "iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:shop:deployer",
        "kubernetes.io/serviceaccount/namespace": "shop",
        "kubernetes.io/serviceaccount/service-account.name": "deployer",
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token = format!(
        "{}.{}.CANARYsignature",
        part(&json!({"alg": "RS256", "kid": "k1"})),
        part(&claims)
    );
    let secret = |name: &str, labels: Value| {
        object(
            "Secret",
            name,
            json!({
                "type": "kubernetes.io/service-account-token",
                "metadata": {
                    "labels": labels,
                    "annotations": {"kubernetes.io/service-account.name": "deployer"},
                },
                "data": {"token": b64(&token), "namespace": b64("shop")},
            }),
        )
    };
    let sink = list(&[
        secret(
            "used",
            json!({"kubernetes.io/legacy-token-last-used": "2024-05-06"}),
        ),
        secret(
            "idle",
            json!({"kubernetes.io/legacy-token-invalid-since": "2025-01-01"}),
        ),
    ]);
    let used = node(&sink, "token:shop/used");
    assert_eq!(used.attributes.subtype.as_deref(), Some("k8s_legacy_token"));
    assert_eq!(used.attributes.expires, Some(Fact::never()));
    assert_eq!(
        used.attributes.last_used,
        Some(Fact::known(TimeUs::parse("2024-05-06").unwrap()))
    );
    assert_eq!(
        used.attributes
            .created
            .as_ref()
            .unwrap()
            .value()
            .unwrap()
            .date(),
        "2023-02-01"
    );
    assert_eq!(used.attributes.extra["key_id"], "k1");
    assert_eq!(
        edges(used),
        [
            "stored_in -> secret:shop/used",
            "authenticates -> system:serviceaccount:shop:deployer"
        ]
    );
    let fingerprint = Fingerprinter::new([3; 32]).fingerprint_bytes(token.as_bytes());
    assert_eq!(used.attributes.fingerprint.as_ref(), Some(&fingerprint));
    let idle = node(&sink, "token:shop/idle");
    assert_eq!(idle.attributes.status, Some(model::Status::Disabled));
    assert_eq!(
        idle.attributes.last_used.as_ref().unwrap().state(),
        "no_data_yet"
    );

    // A cluster that says since when it notes uses has looked, whatever comes first.
    let tracking = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"since": "2024-02-03"}, "metadata": {
        "name": "kube-apiserver-legacy-service-account-token-tracking", "namespace": "kube-system", "uid": "t",
    }});
    let sink = list(&[secret("idle", json!({})), tracking]);
    let window = Some("2024-02-03".to_owned());
    assert_eq!(
        node(&sink, "token:shop/idle").attributes.last_used,
        Some(Fact::Never { window })
    );
}

#[test]
fn every_type_of_secret() {
    let (key, certificate) = key_and_certificate();
    let docker = json!({"auths": {"registry.example.com": {
        "username": "ci", "password": "CANARY-registry-1", "auth": b64("ci:CANARY-registry-1"),
    }, "ghcr.io": {"auth": b64("bot:CANARY-registry-2")}}});
    let secret = |name: &str, kind: &str, data: Value| {
        object("Secret", name, json!({"type": kind, "data": data}))
    };
    let sink = list(&[
        secret(
            "tls",
            "kubernetes.io/tls",
            json!({"tls.crt": b64(&certificate), "tls.key": b64(&key)}),
        ),
        secret(
            "reg",
            "kubernetes.io/dockerconfigjson",
            json!({".dockerconfigjson": b64(docker.to_string())}),
        ),
        secret(
            "basic",
            "kubernetes.io/basic-auth",
            json!({"username": b64("admin"), "password": b64("CANARY-basic")}),
        ),
        secret(
            "boot",
            "bootstrap.kubernetes.io/token",
            json!({
                "token-id": b64("07401b"), "token-secret": b64("CANARYf395accd246"), "expiration": b64("2026-03-10T03:22:11Z"),
            }),
        ),
        secret(
            "app",
            "Opaque",
            json!({
                "DATABASE_URL": b64("postgres://shop:CANARYpw@db.shop:5432/orders"),
                "username": b64("shop"), "debug": b64("true"), "port": b64("5432"),
                "signing": b64("CANARY-some-random-value"),
                "aws_key": b64("AKIAIOSFODNN7EXAMPLE"),
                "aws_secret_access_key": b64("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"),
                "store.jks": b64([0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0xff, 0xff]),
            }),
        ),
        secret(
            "helm",
            "helm.sh/release.v1",
            json!({"release": b64("SDRzSUFB CANARY")}),
        ),
        secret(
            "bad",
            "Opaque",
            json!({"x": "CANARY not base64!", "n": 7, "gone": null}),
        ),
        object(
            "Ingress",
            "web",
            json!({"apiVersion": "networking.k8s.io/v1", "spec": {
                "tls": [{"secretName": "tls", "hosts": ["shop.example.com"]}],
                "rules": [{"host": "shop.example.com"}],
            }}),
        ),
    ]);
    assert_eq!(
        subtypes(&sink),
        [
            "aws_access_key",
            "k8s_bootstrap_token",
            "k8s_cluster",
            "k8s_ingress",
            "k8s_secret",
            "k8s_secret",
            "k8s_secret",
            "k8s_secret",
            "k8s_secret",
            "k8s_secret",
            "k8s_secret",
            "password",
            "password",
            "private_key",
            "registry_password",
            "registry_password",
            "secret_value",
            "secret_value",
            "x509_certificate",
        ]
    );
    let aws = node(&sink, "AKIAIOSFODNN7EXAMPLE");
    assert!(aws.attributes.fingerprint.is_some());
    let find = |wanted: &dyn Fn(&Observation) -> bool| {
        sink.observations
            .iter()
            .map(|(_, one)| one)
            .find(|one| wanted(one))
            .unwrap()
    };
    let database = find(&|one| one.attributes.extra.contains_key("engine"));
    assert_eq!(database.attributes.extra["host"], "db.shop:5432");
    assert_eq!(database.attributes.extra["user"], "shop");
    assert_eq!(edges(database), ["stored_in -> secret:shop/app"]);
    let ghcr = find(&|one| one.attributes.extra.get("registry") == Some(&json!("ghcr.io")));
    assert_eq!(ghcr.attributes.extra["user"], "bot");
    let boot = find(&|one| one.attributes.subtype.as_deref() == Some("k8s_bootstrap_token"));
    assert_eq!(
        boot.attributes
            .expires
            .as_ref()
            .unwrap()
            .value()
            .unwrap()
            .date(),
        "2026-03-10"
    );
    assert_eq!(
        edges(boot),
        [
            "stored_in -> secret:shop/boot",
            "authenticates -> user:system:bootstrap:07401b"
        ]
    );
    let certificate = find(&|one| one.attributes.subtype.as_deref() == Some("x509_certificate"));
    let ingress = node(&sink, "ingress:shop/web");
    assert_eq!(
        edges(ingress),
        [
            "contains <- namespace:shop".to_owned(),
            format!("presents -> {}", certificate.node.native_id)
        ]
    );
    assert_eq!(
        node(&sink, "secret:shop/bad").attributes.extra["keys"],
        json!(["gone", "n", "x"])
    );
    assert_eq!(
        shortfalls(&sink),
        [
            "dump:Secret shop/bad key x: the value is not base64",
            "dump:Secret shop/bad key n: the value is no text",
        ]
    );
    assert!(
        sink.coverage
            .iter()
            .any(|gap| gap.reason.starts_with("1 Helm release"))
    );
}

fn pod(name: &str, owner: Option<(&str, &str)>, rest: Value) -> Value {
    let mut pod = object(
        "Pod",
        name,
        json!({
            "metadata": {"labels": {"pod-template-hash": "6d4cf56db6"}},
            "spec": {"serviceAccountName": "web", "containers": [{"name": "c", "image": "shop/web:1"}]},
            "status": {"phase": "Running"},
        }),
    );
    if let Some((kind, owner)) = owner {
        pod["metadata"]["ownerReferences"] =
            json!([{"kind": kind, "name": owner, "controller": true}]);
    }
    merge(&mut pod, rest);
    pod
}

#[test]
fn a_workload_says_what_it_uses() {
    let deployment = object(
        "Deployment",
        "web",
        json!({"apiVersion": "apps/v1", "spec": {"template": {"spec": {
            "serviceAccountName": "web", "automountServiceAccountToken": true, "hostNetwork": true,
            "imagePullSecrets": [{"name": "regcred"}],
            "volumes": [
                {"name": "t", "projected": {"sources": [{"serviceAccountToken": {
                    "audience": "vault", "expirationSeconds": 600, "path": "token"}}]}},
                {"name": "s", "secret": {"secretName": "tls"}},
                {"name": "h", "hostPath": {"path": "/var/run/docker.sock"}},
            ],
            "containers": [{
                "name": "c", "image": "shop/web:1", "securityContext": {"privileged": true},
                "envFrom": [{"secretRef": {"name": "app"}}],
                "env": [
                    {"name": "PW", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                    {"name": "ADMIN_PASSWORD", "value": "CANARY-in-the-open"},
                    {"name": "PASSWORD_FILE", "value": "/run/secrets/password"},
                    {"name": "DB_PASSWORD", "value": "$(FROM_ELSEWHERE)"},
                    {"name": "MODE", "value": "production"},
                ],
            }],
        }}}}),
    );
    let old = object(
        "ReplicaSet",
        "web-1",
        json!({
            "metadata": {"ownerReferences": [{"kind": "Deployment", "name": "web", "controller": true}]},
            "spec": {"replicas": 0, "template": {"spec": {"serviceAccountName": "long-gone"}}},
        }),
    );
    let sink = list(&[
        pod(
            "web-6d4cf56db6-a",
            Some(("ReplicaSet", "web-6d4cf56db6")),
            json!({}),
        ),
        deployment,
        old,
    ]);
    let web = node(&sink, "deployment:shop/web");
    assert_eq!(web.attributes.subtype.as_deref(), Some("k8s_deployment"));
    assert_eq!(web.attributes.instances, Some(1));
    assert_eq!(
        edges(web),
        [
            "contains <- namespace:shop",
            "runs_as -> system:serviceaccount:shop:web",
            "used_by <- secret:shop/app",
            "used_by <- secret:shop/db",
            "used_by <- secret:shop/regcred",
            "used_by <- secret:shop/tls",
        ]
    );
    let extra = &web.attributes.extra;
    assert_eq!(extra["images"], json!(["shop/web:1"]));
    assert_eq!(extra["host_paths"], json!(["/var/run/docker.sock"]));
    assert_eq!(
        (&extra["privileged"], &extra["host_network"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        extra["projected_tokens"],
        json!([{"audience": "vault", "expiration_seconds": 600, "path": "token"}])
    );
    // The projected token is no credential: the only one is the password written in the open.
    let credentials: Vec<_> = sink
        .observations
        .iter()
        .filter(|(_, one)| one.node.kind == NodeKind::Credential)
        .map(|(_, one)| edges(one))
        .collect();
    assert_eq!(credentials, [["found_in -> deployment:shop/web"]]);
}

/// A pod names its Job; only the Job's own object says that a CronJob made it, when its name does not.
#[test]
fn pods_of_a_job_made_by_hand_are_the_cron_jobs() {
    let literal = json!([{"name": "API_TOKEN", "value": "CANARY-by-hand-1"}]);
    let sink = list(&[
        pod(
            "nightly-by-hand-x",
            Some(("Job", "nightly-by-hand")),
            json!({"spec": {"serviceAccountName": "batch", "containers": [{"image": "r:3", "env": literal}]}}),
        ),
        object(
            "Job",
            "nightly-by-hand",
            json!({
                "metadata": {"ownerReferences": [{"kind": "CronJob", "name": "nightly", "controller": true}]},
                "spec": {"template": {"spec": {"containers": [{"image": "r:3"}]}}},
            }),
        ),
    ]);
    assert_eq!(subtypes(&sink), ["k8s_cluster", "k8s_cron_job", "password"]);
    let nightly = node(&sink, "cronjob:shop/nightly");
    assert_eq!(nightly.attributes.instances, Some(1));
    assert_eq!(nightly.attributes.extra["jobs"], 1);
    assert!(edges(nightly).contains(&"runs_as -> system:serviceaccount:shop:batch".to_owned()));
    let (_, literal) = sink
        .observations
        .iter()
        .find(|(_, one)| one.node.kind == NodeKind::Credential)
        .unwrap();
    assert_eq!(edges(literal), ["found_in -> cronjob:shop/nightly"]);
    assert_eq!(
        literal.place.as_deref(),
        Some("cronjob:shop/nightly API_TOKEN")
    );
}

#[test]
fn a_hundred_thousand_pods_stay_one_workload() {
    let mut text = String::from(r#"{"apiVersion":"v1","items":["#);
    for n in 0..100_000 {
        let owner = format!("nightly-{}", 28_000_000 + n / 10);
        let phase = if n % 4 == 0 { "Failed" } else { "Succeeded" };
        write!(
            text,
            r#"{}{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{owner}-{n}","namespace":"shop","uid":"{n}","ownerReferences":[{{"kind":"Job","name":"{owner}","controller":true}}]}},"spec":{{"serviceAccountName":"batch","containers":[{{"image":"x"}}]}},"status":{{"phase":"{phase}"}}}}"#,
            if n == 0 { "" } else { "," },
        )
        .unwrap();
    }
    text.push_str(r#"],"kind":"List"}"#);
    let sink = read(text.as_bytes());
    assert_eq!(subtypes(&sink), ["k8s_cluster", "k8s_cron_job"]);
    let job = node(&sink, "cronjob:shop/nightly");
    assert_eq!(job.attributes.instances, Some(100_000));
    assert_eq!(
        job.attributes.extra["phases"],
        json!({"failed": 25_000, "succeeded": 75_000})
    );
}

#[test]
fn bindings_are_edges_to_roles() {
    let api = json!({"apiVersion": "rbac.authorization.k8s.io/v1"});
    let mut items = vec![
        object(
            "Role",
            "reader",
            json!({"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}),
        ),
        object(
            "ClusterRole",
            "all",
            json!({
                "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}, "rules": [{"verbs": ["*"]}],
            }),
        ),
        object(
            "RoleBinding",
            "rb",
            json!({
                "roleRef": {"kind": "ClusterRole", "name": "view"},
                "subjects": [
                    {"kind": "ServiceAccount", "name": "deployer"},
                    {"kind": "ServiceAccount", "name": "other", "namespace": "ops"},
                    {"kind": "User", "name": "jane@example.com"},
                    {"kind": "Group", "name": "system:masters"},
                    {"kind": "User", "name": "system:serviceaccount:ops:third"},
                    {"kind": "Robot", "name": "x"},
                ],
            }),
        ),
        object(
            "ClusterRoleBinding",
            "crb",
            json!({
                "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "shop"}],
            }),
        ),
        object("RoleBinding", "no-ref", json!({"subjects": []})),
    ];
    for item in &mut items {
        merge(item, api.clone());
    }
    let sink = list(&items);
    let role = node(&sink, "role:shop/reader");
    assert_eq!(role.attributes.extra["rules"][0]["verbs"], json!(["get"]));
    assert!(
        node(&sink, "clusterrole:all")
            .attributes
            .extra
            .contains_key("aggregation_rule")
    );
    let view = node(&sink, "clusterrole:view");
    assert_eq!(
        edges(view),
        [
            "has_role <- system:serviceaccount:shop:deployer",
            "has_role <- system:serviceaccount:ops:other",
            "has_role <- user:jane@example.com",
            "has_role <- group:system:masters",
            "has_role <- system:serviceaccount:ops:third",
        ]
    );
    assert_eq!(view.edges[0].attributes["namespace"], "shop");
    let admin = node(&sink, "clusterrole:cluster-admin");
    assert_eq!(admin.edges[0].attributes["cluster_wide"], true);
    assert_eq!(node(&sink, "user:jane@example.com").attributes.class, None);
    assert_eq!(
        shortfalls(&sink),
        [
            "dump:RoleBinding shop/rb subject 5: a subject that is no user, group or service account with a name",
            "dump:RoleBinding shop/no-ref: a binding without `roleRef.name`",
        ]
    );
}

#[test]
fn certificates_and_what_hands_them_out() {
    let (_, certificate) = key_and_certificate();
    let sink = list(&[
        object(
            "CertificateSigningRequest",
            "csr-1",
            json!({
                "apiVersion": "certificates.k8s.io/v1",
                "spec": {"signerName": "kubernetes.io/kube-apiserver-client", "username": "jane"},
                "status": {"certificate": b64(&certificate)},
            }),
        ),
        object(
            "Certificate",
            "web",
            json!({
                "apiVersion": "cert-manager.io/v1",
                "spec": {"secretName": "web-tls", "dnsNames": ["a.example.com"], "issuerRef": {"name": "le"}},
            }),
        ),
        object(
            "ClusterIssuer",
            "le",
            json!({
                "apiVersion": "cert-manager.io/v1", "spec": {"acme": {"server": "https://acme.example.com"}},
            }),
        ),
        object(
            "ExternalSecret",
            "db",
            json!({
                "apiVersion": "external-secrets.io/v1",
                "spec": {"target": {"name": "db-pw"}, "data": [{"remoteRef": {"key": "prod/db"}}]},
            }),
        ),
        object(
            "ClusterSecretStore",
            "vault",
            json!({
                "apiVersion": "external-secrets.io/v1",
                "spec": {"provider": {"vault": {"server": "https://vault", "auth": {
                    "kubernetes": {"serviceAccountRef": {"name": "eso", "namespace": "ops"}}}}}},
            }),
        ),
        object(
            "ValidatingWebhookConfiguration",
            "policy",
            json!({
                "apiVersion": "admissionregistration.k8s.io/v1",
                "webhooks": [{"clientConfig": {"service": {"namespace": "ops", "name": "policy"}, "caBundle": b64(&certificate)}}],
            }),
        ),
        object(
            "APIService",
            "v1.apps",
            json!({"apiVersion": "apiregistration.k8s.io/v1", "spec": {"group": "apps"}}),
        ),
        object("FlowSchema", "x", json!({})),
    ]);
    let (from_csr, trusted) = {
        let mut all = sink
            .observations
            .iter()
            .map(|(_, one)| one)
            .filter(|one| one.node.provider == "x509");
        (all.next().unwrap(), all.next().unwrap())
    };
    assert_eq!(from_csr.node, trusted.node);
    assert_eq!(
        edges(from_csr),
        [
            "created_by -> user:jane",
            "authenticates -> user:shop.example.com"
        ]
    );
    assert_eq!(
        edges(node(&sink, "certificate:shop/web"))[1],
        "rotates -> secret:shop/web-tls"
    );
    assert_eq!(
        node(&sink, "clusterissuer:le").attributes.extra["forms"],
        json!(["acme"])
    );
    let external = node(&sink, "externalsecret:shop/db");
    assert_eq!(edges(external)[1], "rotates -> secret:shop/db-pw");
    assert_eq!(external.attributes.extra["remote_keys"], json!(["prod/db"]));
    let store = node(&sink, "clustersecretstore:vault");
    assert_eq!(edges(store), ["runs_as -> system:serviceaccount:ops:eso"]);
    let webhook = node(&sink, "validatingwebhookconfiguration:policy");
    assert_eq!(
        edges(webhook),
        [format!("trusts -> {}", trusted.node.native_id)]
    );
    assert!(
        sink.coverage
            .iter()
            .any(|gap| gap.reason.ends_with("not read: FlowSchema"))
    );
}

#[test]
fn config_maps_and_nodes() {
    let token = format!("ghp_CANARY{}", "0".repeat(30));
    let sink = list(&[
        object(
            "ConfigMap",
            "clean",
            json!({"data": {"a": "plain text", "ca.crt": key_and_certificate().1}}),
        ),
        object(
            "ConfigMap",
            "leaky",
            json!({"data": {
                "app.properties": "host=db\nurl=\"postgres://u:CANARYpassword@db/x\"\n", "script": format!("curl -H {token}"),
            }}),
        ),
        object(
            "Node",
            "n1",
            json!({"status": {"nodeInfo": {"machineID": "abc", "kubeletVersion": "v1.31.0"}}}),
        ),
        object(
            "Node",
            "n2",
            json!({"status": {"nodeInfo": {"machineID": ""}}}),
        ),
        object("Namespace", "shop", json!({"status": {"phase": "Active"}})),
    ]);
    assert!(
        !sink
            .observations
            .iter()
            .any(|(_, one)| one.node.native_id.ends_with("clean"))
    );
    assert_eq!(
        node(&sink, "configmap:shop/leaky").node.kind,
        NodeKind::Resource
    );
    let leaks = sink
        .observations
        .iter()
        .filter(|(_, one)| one.node.kind == NodeKind::Credential)
        .count();
    assert_eq!(leaks, 2, "{:?}", subtypes(&sink));
    assert_eq!(
        edges(node(&sink, "abc")),
        ["runs_as -> user:system:node:n1", "contains <- cluster"]
    );
    // Other clusters have an `n2` too.
    assert_eq!(node(&sink, "node:n2").node.partition, "prod");
    assert_eq!(
        edges(node(&sink, "namespace:shop")),
        ["contains <- cluster"]
    );
}

#[test]
fn yaml_lists_streams_and_manifests() {
    // As `kubectl get -o yaml` writes a list, with a block scalar that looks like its borders.
    let text = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: ServiceAccount\n  metadata:\n    name: a\n    namespace: shop\n    uid: u1\n\
- apiVersion: v1\n  data:\n    x: |\n      - apiVersion: v1\n      ---\n      kind: List\n  kind: ConfigMap\n  metadata:\n    name: c\n    uid: u2\n\
- apiVersion: v1\n  kind: ServiceAccount\n  metadata:\n    name: b\n    namespace: shop\n    uid: u3\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";
    let sink = read(text.as_bytes());
    assert_eq!(shortfalls(&sink), Vec::<String>::new());
    node(&sink, "system:serviceaccount:shop:a");
    node(&sink, "system:serviceaccount:shop:b");

    // The kind of a whole cluster's list stands behind its items, and certificates lie before it.
    let item = "- apiVersion: v1\n  data:\n    ca.crt: |\n      -----BEGIN CERTIFICATE-----\n      MIIB\n  kind: ConfigMap\n  metadata:\n    name: c\n    uid: u\n";
    let text = format!("apiVersion: v1\nitems:\n{}kind: List\n", item.repeat(1_000));
    assert_eq!(subtypes(&read(text.as_bytes())), ["k8s_cluster"]);

    // Manifests by hand, one of them broken: no uid, so they speak for no cluster.
    let text = "# a comment\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n---\nkind: [CANARY\napiVersion: v1\nmetadata: {\n---\n\
apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: CANARY-manifest\n";
    let sink = read(text.as_bytes());
    assert!(
        sink.observations
            .iter()
            .all(|(source, _)| source.connector == "kubernetes.manifests")
    );
    node(&sink, "system:serviceaccount:default:a");
    node(&sink, "secret:default/s");
    assert_eq!(shortfalls(&sink).len(), 1);
    assert!(
        shortfalls(&sink)[0].starts_with("dump:line 7: not YAML"),
        "{:?}",
        shortfalls(&sink)
    );
}

#[test]
fn yaml_and_json_say_the_same() {
    let items = vec![
        object("ServiceAccount", "a", json!({"secrets": [{"name": "t"}]})),
        pod("p", None, json!({})),
        object(
            "Secret",
            "s",
            json!({"type": "Opaque", "data": {"password": b64("CANARY-both")}}),
        ),
    ];
    let mut yaml = String::new();
    for item in &items {
        // JSON is YAML, so each document is written in flow style.
        writeln!(
            yaml,
            "---\napiVersion: v1\nkind: {}\nmetadata: {}",
            item["kind"], item["metadata"]
        )
        .unwrap();
        for (key, value) in item.as_object().unwrap() {
            if !["apiVersion", "kind", "metadata"].contains(&key.as_str()) {
                writeln!(yaml, "{key}: {value}").unwrap();
            }
        }
    }
    let lines: Vec<String> = items.iter().map(Value::to_string).collect();
    let stream = lines.join("\n");
    let all = |sink: Collected| sink.observations;
    assert_eq!(all(read(yaml.as_bytes())), all(list(&items)));
    assert_eq!(all(read(stream.as_bytes())), all(list(&items)));
}

#[test]
fn hostile_input_is_survived_with_a_word() {
    // A billion laughs.
    let mut bomb = String::from(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n",
    );
    for n in 1..10 {
        let of = vec![format!("*a{}", n - 1); 10].join(",");
        writeln!(bomb, "a{n}: &a{n} [{of}]").unwrap();
    }
    bomb.push_str("---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: after}\n");
    let sink = read(bomb.as_bytes());
    assert!(
        shortfalls(&sink)[0].contains("expands beyond the bounds for YAML"),
        "{:?}",
        shortfalls(&sink)
    );
    node(&sink, "system:serviceaccount:default:after");

    // Wrong types and broken elements among good ones, then the end cut off.
    let text = br#"{"apiVersion":"v1","items":[
        {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"first","uid":"1"}},
        {"apiVersion":"v1","kind":"Secret","metadata":{"name":"CANARY" oops}},
        {"kind":7,"metadata":[]}, "text", null, {"kind":"Pod"},
        {"kind":"Pod","metadata":{"name":"p","uid":3},"spec":"none","status":[]},
        {"apiVersion":"v1","kind":"Secret","type":9,"metadata":{"name":"s","uid":"2","labels":"x"},"data":[1]},
        {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"last","uid":"4"}},
        {"apiVersion":"v1","kind":"Serv"#;
    let sink = read(text);
    node(&sink, "system:serviceaccount:default:first");
    node(&sink, "system:serviceaccount:default:last");
    node(&sink, "secret:default/s");
    let said = shortfalls(&sink);
    assert!(
        said.iter()
            .any(|gap| gap.contains("not JSON: broken at line 1")),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|gap| gap.contains("an object of kind Pod without `metadata.name`")),
        "{said:?}"
    );
    assert!(said.last().unwrap().contains("cut off"), "{said:?}");
}

#[test]
fn other_documents_are_left_alone() {
    let detect = |text: &str| KubernetesObjects.detect(&Probe::new("x", text.as_bytes()));
    for text in [
        "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\n",
        r#"{"apiVersion":"v1","kind":"Config","metadata":{},"clusters":[],"contexts":[]}"#,
        "version: '3'\nservices:\n  web: {}\n",
        "apiVersion: v2\nname: chart\n",
        r#"{"items":[{"id":1}],"kind":"admin#directory"}"#,
    ] {
        assert_eq!(detect(text), Match::No, "{text}");
    }
    assert_eq!(
        detect("apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n"),
        Match::Sure
    );
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(200))]

    #[test]
    fn damage_never_panics(at in 0_usize..2_000, with in 0_u8.., yaml in proptest::bool::ANY) {
        let text = if yaml {
            "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a, uid: x}\n  spec:\n    containers:\n    - env:\n      - {name: A, value: b}\nkind: List\n".to_owned()
        } else {
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "Yg=="}}).to_string()
        };
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        bytes[at] = with;
        let fingerprinter = Fingerprinter::new([3; 32]);
        let options = ImportOptions::default();
        let mut sink = Collected::default();
        let mut document = Document::new("d", None, Cursor::new(bytes)).unwrap();
        let mut cx = ImportContext {
            fingerprinter: &fingerprinter, options: &options, now: TimeUs::EPOCH, sink: &mut sink, observed: 0,
        };
        let _either = KubernetesObjects.read(&mut document, &mut cx);
        check(&sink);
    }
}

#[test]
fn what_kubectl_itself_writes() {
    let sink = read(include_bytes!("fixtures/kubectl-1.32.yaml"));
    assert_eq!(shortfalls(&sink), Vec::<String>::new());
    assert_eq!(
        subtypes(&sink),
        [
            "k8s_cluster_role",
            "k8s_cron_job",
            "k8s_deployment",
            "k8s_group",
            "k8s_ingress",
            "k8s_job",
            "k8s_namespace",
            "k8s_role",
            "k8s_role",
            "k8s_secret",
            "k8s_secret",
            "k8s_service_account",
            "k8s_user",
            "password",
            "registry_password",
        ]
    );
}

#[test]
fn a_secret_larger_than_the_head_is_still_known() {
    let object = json!({"apiVersion": "v1", "data": {"a": b64(vec![b'x'; 100_000])}, "kind": "Secret",
        "metadata": {"name": "big", "namespace": "shop", "uid": "1"}});
    let sink = read(object.to_string().as_bytes());
    node(&sink, "secret:shop/big");
}
