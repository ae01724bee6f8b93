//! What each family says of real exports, and of what no export of the repository has.

use std::collections::BTreeMap;

use model::{
    Answer, Attributes, EdgeKind, Fingerprinter, NodeKind, NodeRef, Observation, ObservedEdge,
    Signal, SourceRef, Status, TimeUs,
};
use serde_json::{Value, json};

use crate::host::read::{ReadContext, file};
use crate::host::{FileFacts, FileKind};
use crate::imports::testing::{Read, read};
use crate::signals::recognise;

macro_rules! export {
    ($path:literal, $($scope:expr),*) => {
        read(
            concat!("export/", $path),
            include_bytes!(concat!("../../imports/", $path)),
            &[$($scope),*],
        )
    };
}

/// `signal=answer` of what is known of a node; a detail stands in brackets.
fn said(read: &Read, kind: NodeKind, native: &str) -> BTreeMap<Signal, Answer> {
    let mut all = BTreeMap::new();
    for (source, observation) in &read.got.observations {
        if observation.node.kind == kind && observation.node.native_id == native {
            let mut observation = observation.clone();
            recognise(source, &mut observation);
            all.extend(observation.attributes.signals);
        }
    }
    all
}

fn of(connector: &str, mut observation: Observation) -> Attributes {
    recognise(&SourceRef::new(connector, "x"), &mut observation);
    observation.attributes
}

fn thing(
    kind: NodeKind,
    provider: &'static str,
    native: &str,
    subtype: &str,
    extra: Value,
) -> Observation {
    let mut attributes = Attributes::named("a", subtype);
    if let Value::Object(extra) = extra {
        attributes.extra = extra.into_iter().collect();
    }
    Observation::new(
        NodeRef::global(kind, provider, native.to_owned()),
        TimeUs::EPOCH,
        attributes,
    )
}

/// `yes`, `no`, `?`, or `-` when nothing was said.
fn word(signals: &BTreeMap<Signal, Answer>, signal: Signal) -> &'static str {
    match signals.get(&signal) {
        Some(Answer::Yes { .. }) => "yes",
        Some(Answer::No) => "no",
        Some(Answer::Unknown { .. }) => "?",
        None => "-",
    }
}

#[test]
fn aws_as_moto_answers() {
    let details = export!("aws/fixtures/get-account-authorization-details.json",);
    let role = |name: &str| {
        let arn = format!("arn:aws:iam::123456789012:role/{name}");
        said(&details, NodeKind::Identity, &arn)
    };
    let github = role("ci/github-deploy");
    assert_eq!(
        github[&Signal::TrustsWildcardSubject].detail(),
        Some("repo:acme/shop:*")
    );
    assert_eq!(word(&github, Signal::TrustsAnyone), "no");
    assert_eq!(word(&role("open"), Signal::TrustsAnyone), "yes");
    assert_eq!(word(&role("app"), Signal::TrustsWildcardSubject), "no");
    assert_eq!(word(&role("app"), Signal::ProviderManaged), "no");
    let policy = |name: &str| {
        let arn = format!("arn:aws:iam::{name}");
        word(
            &said(&details, NodeKind::Policy, &arn),
            Signal::GrantsEverything,
        )
    };
    assert_eq!(policy("123456789012:policy/boundary"), "yes");
    assert_eq!(policy("123456789012:policy/deploy"), "no");
    assert_eq!(policy("aws:policy/ReadOnlyAccess"), "no");
    let report = export!("aws/fixtures/credential-report.csv",);
    let user = |name: &str| {
        let arn = format!("arn:aws:iam::123456789012:user/{name}");
        said(&report, NodeKind::Identity, &arn)
    };
    assert_eq!(word(&user("anna"), Signal::NoSecondFactor), "yes");
    let bot = user("ci/deploy-bot");
    assert_eq!(word(&bot, Signal::InteractiveUse), "no");
    assert_eq!(word(&bot, Signal::NoSecondFactor), "-");
    let keys = export!("aws/fixtures/kms-describe-key.json",);
    let key = "arn:aws:kms:eu-west-1:123456789012:key/b64517b4-39a1-43c6-b205-6a99457ffd03";
    let key = said(&keys, NodeKind::Key, key);
    assert_eq!(word(&key, Signal::HardwareHeld), "yes");
    assert_eq!(word(&key, Signal::ProviderManaged), "no");
    assert_eq!(word(&key, Signal::WeakCryptography), "no");
    assert_eq!(word(&key, Signal::RotatesItself), "-", "nobody asked");
}

#[test]
fn aws_as_no_fixture_has_it() {
    let managed = "arn:aws:iam::aws:policy/AdministratorAccess";
    let admin = of(
        "aws.iam",
        thing(
            NodeKind::Policy,
            "aws",
            managed,
            "aws_managed_policy",
            json!({}),
        ),
    );
    assert_eq!(word(&admin.signals, Signal::GrantsEverything), "yes");
    let set = thing(
        NodeKind::Role,
        "aws",
        "arn:ps",
        "aws_permission_set",
        json!({}),
    )
    .edge(ObservedEdge::to(
        EdgeKind::AttachedPolicy,
        NodeRef::global(NodeKind::Policy, "aws", managed),
    ));
    assert_eq!(
        word(
            &of("aws.identity_center", set).signals,
            Signal::GrantsEverything
        ),
        "yes"
    );
    for (extra, signal, want) in [
        (
            json!({"rotation_enabled": true}),
            Signal::RotatesItself,
            "yes",
        ),
        (
            json!({"rotation_enabled": false}),
            Signal::RotatesItself,
            "no",
        ),
        (json!({"origin": "EXTERNAL"}), Signal::HardwareHeld, "?"),
        (
            json!({"key_spec": "RSA_1024"}),
            Signal::WeakCryptography,
            "yes",
        ),
    ] {
        let key = of(
            "aws.resources",
            thing(NodeKind::Key, "aws", "k", "aws_kms_key", extra),
        );
        assert_eq!(word(&key.signals, signal), want, "{signal}");
    }
    for (encrypted, want) in [(true, "yes"), (false, "no")] {
        let extra = json!({"storage_encrypted": encrypted});
        let database = thing(NodeKind::Resource, "aws", "db", "aws_rds_instance", extra);
        let said = of("aws.resources", database).signals;
        assert_eq!(word(&said, Signal::EncryptedAtRest), want);
    }
}

#[test]
fn active_directory_as_samba_exports_it() {
    let ldif = export!("activedirectory/fixtures/samba-ldapsearch.ldif",);
    let account = |rid: &str| {
        let sid = format!("S-1-5-21-2680762349-1571935822-553947376-{rid}");
        said(&ldif, NodeKind::Identity, &sid)
    };
    for (rid, signal, want) in [
        ("1000", Signal::UnconstrainedDelegation, "yes"),
        ("1000", Signal::DirectoryController, "yes"),
        ("1105", Signal::UnconstrainedDelegation, "yes"),
        ("1105", Signal::DirectoryController, "no"),
        ("1104", Signal::UnconstrainedDelegation, "no"),
        ("1102", Signal::PasswordNeverExpires, "yes"),
        ("1104", Signal::PasswordNeverExpires, "no"),
        ("1104", Signal::NoPreauthentication, "no"),
        ("502", Signal::TicketSigningKey, "yes"),
        ("500", Signal::TicketSigningKey, "no"),
        ("1101", Signal::OfflineGuessable, "yes"),
        ("1105", Signal::OfflineGuessable, "no"),
        // An export without service names looks like an account without any.
        ("500", Signal::OfflineGuessable, "-"),
        ("1106", Signal::RotatesItself, "yes"),
        ("1103", Signal::RotatesItself, "no"),
        ("1106", Signal::InteractiveUse, "no"),
        ("500", Signal::InteractiveUse, "-"),
    ] {
        assert_eq!(word(&account(rid), signal), want, "{rid} {signal}");
    }
}

#[test]
fn active_directory_as_bloodhound_collects_it() {
    let user = |extra: Value| {
        let mut user = thing(
            NodeKind::Identity,
            "ad",
            "S-1-5-21-1-2-3-1104",
            "ad_user",
            extra,
        );
        user.attributes.status = Some(Status::Enabled);
        of("ad.bloodhound", user).signals
    };
    let open = user(json!({"hasspn": true, "dontreqpreauth": true, "pwdneverexpires": true}));
    assert_eq!(word(&open, Signal::OfflineGuessable), "yes");
    assert_eq!(word(&open, Signal::NoPreauthentication), "yes");
    assert_eq!(word(&open, Signal::PasswordNeverExpires), "yes");
    assert_eq!(word(&open, Signal::UnconstrainedDelegation), "-");
    let closed = user(json!({"hasspn": false, "dontreqpreauth": false}));
    assert_eq!(word(&closed, Signal::OfflineGuessable), "no");
    assert_eq!(word(&closed, Signal::NoPreauthentication), "no");
}

#[test]
fn entra_as_graph_writes_it() {
    let principals = export!("entra/fixtures/service-principals.json",);
    let principal = |n: u8| {
        let id = format!("55555555-0000-4000-8000-00000000000{n}");
        said(&principals, NodeKind::Identity, &id)
    };
    assert_eq!(word(&principal(1), Signal::UnverifiedPublisher), "yes");
    assert_eq!(word(&principal(2), Signal::UnverifiedPublisher), "no");
    assert_eq!(word(&principal(3), Signal::UnverifiedPublisher), "-");
    assert_eq!(word(&principal(3), Signal::ProviderManaged), "yes");
    assert_eq!(word(&principal(4), Signal::InUseByWorkload), "yes");
    assert_eq!(word(&principal(4), Signal::RotatesItself), "yes");
    let entra = |kind, native: &str, subtype: &str, extra: Value| {
        of("entra.graph", thing(kind, "entra", native, subtype, extra)).signals
    };
    for (audience, want) in [("AzureADMyOrg", "no"), ("AzureADMultipleOrgs", "yes")] {
        let app = entra(
            NodeKind::Application,
            "a",
            "entra_app_registration",
            json!({"sign_in_audience": audience}),
        );
        assert_eq!(word(&app, Signal::ManyTenants), want);
    }
    for (id, extra, want) in [
        ("62e90394-69f5-4237-9190-012177145e10", json!({}), "yes"),
        (
            "e8611ab8-c189-46e8-94e1-60213ab1f814",
            json!({"is_built_in": true}),
            "?",
        ),
        (
            "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
            json!({"is_built_in": true}),
            "no",
        ),
        ("11111111-0000-4000-8000-000000000000", json!({}), "-"),
    ] {
        let role = entra(NodeKind::Role, id, "entra_directory_role", extra);
        assert_eq!(word(&role, Signal::GrantsEverything), want, "{id}");
    }
    for (consent, offline, want) in [("AllPrincipals", true, "yes"), ("Principal", false, "no")] {
        let grant = entra(
            NodeKind::Credential,
            "grant:1",
            "entra_oauth_grant",
            json!({"consent_type": consent, "offline_access": offline}),
        );
        assert_eq!(word(&grant, Signal::TenantWideScope), want);
        assert_eq!(word(&grant, Signal::OutsideSignOn), want);
        assert_eq!(word(&grant, Signal::RefreshesItself), want);
    }
    for (extra, want) in [
        (json!({"subject": "repo:a/b:ref:refs/heads/main"}), "no"),
        (
            json!({"claims_matching_expression": {"value": "claims['sub'] matches 'repo:a/*'"}}),
            "yes",
        ),
        (
            json!({"claims_matching_expression": {"value": "claims['sub'] eq 'repo:a/b'"}}),
            "no",
        ),
        (
            json!({"claims_matching_expression": {"value": "something else"}}),
            "?",
        ),
    ] {
        let credential = entra(
            NodeKind::Credential,
            "a/b",
            "entra_federated_credential",
            extra,
        );
        assert_eq!(word(&credential, Signal::TrustsWildcardSubject), want);
    }
}

#[test]
fn google_cloud() {
    let accounts = export!("gcp/fixtures/service-accounts.json",);
    let account = |email: &str| said(&accounts, NodeKind::Identity, email);
    let default = account("112233445566-compute@developer.gserviceaccount.com");
    assert_eq!(word(&default, Signal::PlatformDefault), "yes");
    let own = account("ci@shop-prod.iam.gserviceaccount.com");
    assert_eq!(word(&own, Signal::PlatformDefault), "no");
    assert_eq!(word(&own, Signal::ProviderManaged), "no");
    let assets = export!("gcp/fixtures/assets.ndjson",);
    let anna = said(&assets, NodeKind::Identity, "anna@example.com");
    assert_eq!(word(&anna, Signal::HoldsEverything), "yes");
    let owner = said(&assets, NodeKind::Role, "roles/owner");
    assert_eq!(word(&owner, Signal::GrantsEverything), "yes");
    let gcp = |kind, native: &str, subtype: &str, extra: Value| {
        of("gcp.inventory", thing(kind, "gcp", native, subtype, extra)).signals
    };
    for (role, want) in [
        ("roles/viewer", "no"),
        ("roles/resourcemanager.projectIamAdmin", "?"),
        ("projects/p/roles/own", "-"),
    ] {
        let said = gcp(NodeKind::Role, role, "gcp_role", json!({}));
        assert_eq!(word(&said, Signal::GrantsEverything), want, "{role}");
    }
    for (condition, want) in [(json!(null), "yes"), (json!("assertion.x == 'y'"), "?")] {
        let extra = json!({"provider_kind": "oidc", "issuer": "https://i", "attribute_condition": condition});
        let said = gcp(
            NodeKind::FederationProvider,
            "p",
            "gcp_identity_pool_provider",
            extra,
        );
        assert_eq!(word(&said, Signal::TrustsWildcardSubject), want);
    }
}

#[test]
fn kubernetes_objects_and_how_the_cluster_encrypts() {
    let objects = read(
        "prod.json",
        include_bytes!("../../../../../examples/acme/kubernetes/prod.json"),
        &[("cluster", "prod")],
    );
    let get = |kind, native: &str| said(&objects, kind, native);
    let admin = get(NodeKind::Role, "clusterrole:cluster-admin");
    assert_eq!(word(&admin, Signal::GrantsEverything), "yes");
    let deployer = get(NodeKind::Role, "clusterrole:deployer");
    assert_eq!(word(&deployer, Signal::GrantsEverything), "no");
    let default = get(NodeKind::Identity, "system:serviceaccount:shop:default");
    assert_eq!(word(&default, Signal::PlatformDefault), "yes");
    let orders = get(NodeKind::Identity, "system:serviceaccount:shop:orders");
    assert_eq!(word(&orders, Signal::PlatformDefault), "no");
    let token = get(NodeKind::Credential, "token:ci/ci-runner-token");
    assert_eq!(word(&token, Signal::SupersededForm), "yes");
    assert_eq!(word(&token, Signal::PlainText), "no");
    assert_eq!(
        word(&get(NodeKind::Account, "cluster"), Signal::EncryptedAtRest),
        "-"
    );
    for (provider, want) in [("aescbc", "yes"), ("identity", "no")] {
        let text = format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - {provider}: {{keys: [{{name: k, secret: Q0FOQVJZ}}]}}\n  - identity: {{}}\n"
        );
        let file = read("enc.yaml", text.as_bytes(), &[("cluster", "prod")]);
        let cluster = said(&file, NodeKind::Account, "cluster");
        assert_eq!(word(&cluster, Signal::EncryptedAtRest), want, "{provider}");
        let all = serde_json::to_string(&file.got.observations).unwrap();
        assert!(!all.contains("Q0FOQVJZ"), "the keys stay out");
    }
}

/// A file of a machine, with its mode, as the scan reads it.
fn on_host(kind: FileKind, path: &str, mode: u32, own_group: bool, bytes: &[u8]) -> Attributes {
    let fingerprinter = Fingerprinter::new([3; 32]);
    let facts = FileFacts {
        mode: Some(mode),
        uid: Some(1000),
        own_group,
        ..FileFacts::document(path, bytes.len() as u64, None)
    };
    let cx = ReadContext {
        fingerprinter: &fingerprinter,
        observed: TimeUs::EPOCH,
        now: TimeUs::EPOCH,
        partition: "h",
        user: Some("ann"),
        home: Some("/home/ann"),
        on_host: true,
    };
    let found = file(Some(kind), &facts, bytes, cx).observations;
    let credential = found
        .into_iter()
        .find(|one| one.node.kind == NodeKind::Credential)
        .unwrap();
    of("host", credential)
}

#[test]
fn keys_on_a_machine() {
    let clear = include_bytes!("../../../../formats/tests/fixtures/id_ed25519");
    let closed = include_bytes!("../../../../formats/tests/fixtures/id_rsa_encrypted");
    let weak = include_bytes!("../../../../formats/tests/fixtures/weak.key.pem");
    let key = |path: &str, mode, own_group, bytes: &[u8]| {
        on_host(FileKind::Material, path, mode, own_group, bytes)
    };
    let open = key("/home/ann/.ssh/id_ed25519", 0o644, true, clear);
    assert_eq!(open.credential_type, Some(model::CredentialType::SshKey));
    for (signal, want) in [
        (Signal::ReadableByOthers, "yes"),
        (Signal::NoPassphrase, "yes"),
        (Signal::HardwareHeld, "no"),
        (Signal::WeakCryptography, "no"),
        (Signal::ExampleOnly, "no"),
        (Signal::PlainText, "-"),
        (Signal::RevocationPath, "yes"),
    ] {
        assert_eq!(word(&open.signals, signal), want, "{signal}");
    }
    let closed = key("/srv/app/tests/id_rsa", 0o600, true, closed).signals;
    assert_eq!(word(&closed, Signal::ReadableByOthers), "no");
    assert_eq!(word(&closed, Signal::NoPassphrase), "no");
    assert_eq!(word(&closed, Signal::ExampleOnly), "yes");
    let own = key("/home/ann/a.key", 0o640, true, clear).signals;
    assert_eq!(word(&own, Signal::ReadableByOthers), "?");
    let others = key("/home/ann/a.key", 0o640, false, clear).signals;
    assert_eq!(word(&others, Signal::ReadableByOthers), "yes");
    let weak = key("/etc/ssl/weak.key", 0o600, true, weak).signals;
    let detail = weak[&Signal::WeakCryptography].detail().unwrap();
    assert!(detail.starts_with("rsa 1024 bits"), "{detail}");
}

#[test]
fn secrets_and_logins_on_a_machine() {
    let env = b"API_TOKEN=CANARY-secret-value-1\n";
    let env = on_host(FileKind::Config, "/srv/app/.env", 0o600, true, env);
    assert_eq!(
        env.signals[&Signal::PlainText].detail(),
        Some("dotenv, field API_TOKEN")
    );
    assert_eq!(word(&env.signals, Signal::HardCoded), "no");
    assert_eq!(word(&env.signals, Signal::RevocationPath), "no");
    let public = include_str!("../../../../formats/tests/fixtures/id_ed25519.pub");
    let login = |options: &str| {
        let text = format!("{options}{public}");
        let path = "/home/ann/.ssh/authorized_keys";
        on_host(FileKind::AuthorizedKeys, path, 0o644, true, text.as_bytes()).signals
    };
    let bound = login("from=\"10.0.0.0/8\" ");
    assert_eq!(
        bound[&Signal::SourceRestricted].detail(),
        Some("10.0.0.0/8")
    );
    let free = login("");
    assert_eq!(word(&free, Signal::SourceRestricted), "no");
    assert_eq!(word(&free, Signal::ReadableByOthers), "-", "it is public");
    let in_script = |path: &str| {
        let mut secret = thing(
            NodeKind::Credential,
            "secret",
            "fp1:1",
            "password",
            json!({}),
        );
        let print = Fingerprinter::new([3; 32]).fingerprint_bytes(b"CANARY");
        secret.attributes.fingerprint = Some(print);
        let place = crate::material::file("h", path);
        let secret = secret.edge(ObservedEdge::to(EdgeKind::StoredIn, place));
        of("host", secret).signals
    };
    assert_eq!(
        word(&in_script("/opt/x/deploy.sh"), Signal::HardCoded),
        "yes"
    );
    assert_eq!(
        word(&in_script("/etc/cron.daily/x"), Signal::HardCoded),
        "yes"
    );
    assert_eq!(
        word(&in_script("/opt/x/settings.ini"), Signal::HardCoded),
        "no"
    );
}

#[test]
fn certificates_and_endpoints() {
    let leaf = read(
        "leaf.pem",
        include_bytes!("../../../../formats/tests/fixtures/leaf.pem"),
        &[],
    );
    let leaf = said(
        &leaf,
        NodeKind::Credential,
        &leaf.got.observations[0].1.node.native_id,
    );
    for (signal, want) in [
        (Signal::CertificateAuthority, "no"),
        (Signal::SelfSigned, "no"),
        (Signal::WildcardName, "yes"),
        (Signal::PubliclyTrusted, "-"),
    ] {
        assert_eq!(word(&leaf, signal), want, "{signal}");
    }
    let certificate = |extra: Value| {
        let node = thing(
            NodeKind::Credential,
            "x509",
            "x509:1",
            "x509_certificate",
            extra,
        );
        of("tls", node).signals
    };
    let own = certificate(json!({"is_ca": false, "self_signed": true, "sans": ["dns:a.example"]}));
    assert_eq!(word(&own, Signal::SelfSigned), "yes");
    assert_eq!(word(&own, Signal::PubliclyTrusted), "no");
    assert_eq!(word(&own, Signal::WildcardName), "no");
    let public = certificate(
        json!({"is_ca": false, "embedded_timestamps": true, "sans_total": 300, "strength": "unknown"}),
    );
    assert_eq!(word(&public, Signal::PubliclyTrusted), "yes");
    assert_eq!(word(&public, Signal::WildcardName), "?");
    assert_eq!(word(&public, Signal::WeakCryptography), "?");
    let endpoint = |faults: Value| {
        let extra = json!({"chain_faults": faults});
        of(
            "tls",
            thing(
                NodeKind::Resource,
                "endpoint",
                "a:443",
                "tls_endpoint",
                extra,
            ),
        )
        .signals
    };
    let good = endpoint(json!([{"code": "expired", "detail": "since May", "position": 0}]));
    assert_eq!(word(&good, Signal::ChainFault), "no");
    assert_eq!(word(&good, Signal::NameMismatch), "no");
    let bad = endpoint(json!([
        {"code": "name_mismatch", "detail": "`a` is not among its names", "position": 0},
        {"code": "incomplete_chain", "detail": "its issuer was not served", "position": 0},
    ]));
    assert_eq!(
        bad[&Signal::ChainFault].detail(),
        Some("its issuer was not served")
    );
    assert_eq!(word(&bad, Signal::NameMismatch), "yes");
}

#[test]
fn servers_of_agents() {
    let server = |extra: Value| {
        let node = thing(NodeKind::Workload, "agent", "mcp:x", "mcp_server", extra);
        of("host", node).signals
    };
    let unpinned = server(json!({"command": "npx", "package": "a", "pinned": false}));
    assert_eq!(unpinned[&Signal::UnpinnedCommand].detail(), Some("npx a"));
    for (extra, want) in [
        (
            json!({"command": "npx", "package": "a", "pinned": true}),
            "no",
        ),
        (json!({"command": "/usr/bin/server"}), "no"),
        (json!({"url": "https://mcp.example"}), "no"),
        (json!({"command": "/bin/sh"}), "?"),
        (json!({}), "-"),
    ] {
        assert_eq!(
            word(&server(extra.clone()), Signal::UnpinnedCommand),
            want,
            "{extra}"
        );
    }
}

#[test]
fn schedules_become_days() {
    let days = |subtype: &str, extra: Value| {
        of(
            "host",
            thing(NodeKind::Workload, "host", "w", subtype, extra),
        )
        .cadence_days
    };
    assert_eq!(days("cron_job", json!({"schedule": "0 3 1 * *"})), Some(31));
    assert_eq!(days("systemd_unit", json!({"schedule": "weekly"})), Some(7));
    assert_eq!(days("systemd_unit", json!({"every": "2d"})), Some(2));
    assert_eq!(
        days("scheduled_task", json!({"interval_days": 14})),
        Some(14)
    );
    assert_eq!(days("process", json!({})), None);
}

#[test]
fn tags_declare_and_nothing_is_overwritten() {
    let mut tagged = thing(NodeKind::Identity, "aws", "u", "aws_iam_user", json!({}));
    tagged.attributes.name = Some("tmp-migration".to_owned());
    tagged.attributes.tags = [
        ("Purpose", "nightly export"),
        ("app.kubernetes.io/part-of", "shop"),
        ("acme:ticket", "OPS-1"),
        ("DataClassification", "confidential"),
        ("aws:cloudformation:stack-name", "base"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let mut own = tagged.clone();
    let said = of("aws.iam", tagged);
    assert_eq!(said.declared_purpose.as_deref(), Some("nightly export"));
    assert_eq!(said.declared_application.as_deref(), Some("shop"));
    assert_eq!(said.declared_justification.as_deref(), Some("OPS-1"));
    assert_eq!(said.declared_sensitivity.as_deref(), Some("confidential"));
    assert_eq!(said.signals[&Signal::Temporary].detail(), Some("tmp"));
    assert_eq!(word(&said.signals, Signal::FromCode), "yes");
    own.attributes.declared_purpose = Some("its own word".to_owned());
    own.attributes.signals.insert(Signal::Temporary, Answer::No);
    let own = of("aws.iam", own);
    assert_eq!(own.declared_purpose.as_deref(), Some("its own word"));
    assert_eq!(word(&own.signals, Signal::Temporary), "no");
    let bare = thing(NodeKind::Account, "aws", "1", "aws_account", json!({}));
    assert_eq!(of("aws.organizations", bare.clone()), bare.attributes);
}
