//! The fixtures are written by hand after the documented formats (state version 4, JSON output
//! format 1.2); Terraform itself could not be run here. Their secrets bear a mark that the harness
//! hunts for in everything that comes out.

use model::{EdgeKind, Fact, NodeKind, Status};
use serde_json::json;

use crate::imports::testing::{Read, edge_words, edges, read};

const LINEAGE: &str = "3f0a5c9e-1111-2222-3333-0123456789ab";
const STATE: &[u8] = include_bytes!("fixtures/terraform.tfstate");
const PLAN: &[u8] = include_bytes!("fixtures/plan.json");

/// The credentials said to lie at this attribute.
fn lying_at(read: &Read, address: &str, attribute: &str) -> Vec<model::Observation> {
    read.got
        .observations
        .iter()
        .map(|(_, found)| found)
        .filter(|found| {
            found.edges.iter().any(|edge| {
                edge.kind == EdgeKind::StoredIn
                    && edge.attributes.get("address") == Some(&json!(address))
                    && edge.attributes.get("attribute") == Some(&json!(attribute))
            })
        })
        .cloned()
        .collect()
}

fn state_of(resources: &serde_json::Value) -> Read {
    let state = json!({"version": 4, "terraform_version": "1.9.5", "serial": 1,
        "lineage": LINEAGE, "outputs": {}, "resources": resources});
    read("x.tfstate", state.to_string().as_bytes(), &[])
}

#[test]
fn a_state_file() {
    let state = read("terraform.tfstate", STATE, &[]);
    assert_eq!(state.format, "terraform.state");
    assert_eq!(state.error, None);
    assert_eq!(state.gaps(), Vec::<String>::new());
    assert_eq!(state.scopes(), [LINEAGE]);
    let first = &state.got.observations[0].1;
    assert_eq!(first.node.native_id, LINEAGE);
    assert_eq!(first.attributes.extra["serial"], 42);

    let user = state.node(
        NodeKind::Identity,
        "arn:aws:iam::123456789012:user/ci/deploy-bot",
    );
    assert_eq!(
        edge_words(user, EdgeKind::ManagedBy, LINEAGE)["address"],
        "module.ci.aws_iam_user.deploy[\"prod\"]"
    );
    assert_eq!(
        edge_words(user, EdgeKind::ManagedBy, LINEAGE)["module"],
        "module.ci"
    );
    assert_eq!(
        user.attributes.declared_owner.as_deref(),
        Some("platform@example.com")
    );
    let role = state.node(NodeKind::Identity, "arn:aws:iam::123456789012:role/app");
    assert!(edges(role).contains(&"trusts -> lambda.amazonaws.com".to_owned()));
}

#[test]
fn an_access_key_is_its_id_with_the_fingerprint_of_its_secret() {
    let state = read("terraform.tfstate", STATE, &[]);
    let key = state.node(NodeKind::Credential, "AKIARZPUZDIKPWWNJ62C");
    let want = model::Fingerprinter::new([7; 32])
        .fingerprint_bytes(b"CANARYaccessKeySecretOfFortyCharacters00");
    assert_eq!(key.attributes.fingerprint.as_ref(), Some(&want));
    assert_eq!(key.attributes.status, Some(Status::Enabled));
    assert_eq!(key.attributes.tenant.as_deref(), Some("123456789012"));
    let said = edges(key);
    assert!(
        said.contains(&"stored_in -> terraform.tfstate".to_owned()),
        "{said:?}"
    );
    assert!(
        said.contains(&"authenticates -> arn:aws:iam::123456789012:user/deploy-bot".to_owned())
    );
    let address = "module.ci.aws_iam_access_key.deploy";
    assert_eq!(lying_at(&state, address, "secret").len(), 1);
    assert_eq!(
        lying_at(&state, address, "ses_smtp_password_v4")[0]
            .attributes
            .subtype
            .as_deref(),
        Some("aws_ses_smtp_password")
    );
}

#[test]
fn secrets_of_every_sort_lie_in_the_state() {
    let state = read("terraform.tfstate", STATE, &[]);
    let random = lying_at(&state, "random_password.db", "result");
    let database = lying_at(&state, "aws_db_instance.shop", "password");
    // One value in two places is one credential.
    assert_eq!(random[0].node, database[0].node);
    let output = lying_at(&state, "output.db_url", "db_url");
    assert_eq!(output[0].attributes.extra["user"], "shop");
    assert_eq!(
        output[0].attributes.extra["hosts"][0],
        "db.example.com:5432"
    );
    assert!(lying_at(&state, "output.region", "region").is_empty());
    let in_secret = lying_at(&state, "kubernetes_secret_v1.db", "data.dsn");
    assert!(edges(&in_secret[0]).contains(&"stored_in -> secret:shop/db".to_owned()));
    let entra = state.node(
        NodeKind::Credential,
        "11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000",
    );
    assert!(entra.attributes.fingerprint.is_some());
    assert_eq!(
        entra.attributes.expires.as_ref().map(Fact::state),
        Some("known")
    );
}

#[test]
fn the_run_acts_with_the_role_the_state_tells() {
    let state = read("terraform.tfstate", STATE, &[]);
    let run = state.node(NodeKind::Workload, LINEAGE);
    assert_eq!(
        edges(run),
        ["runs_as -> arn:aws:iam::123456789012:role/terraform-run"]
    );
}

#[test]
fn keys_and_certificates_in_a_state_are_read_as_what_they_are() {
    let key = include_str!("fixtures/throwaway.key.pem");
    let certificate = include_str!("fixtures/throwaway.crt.pem");
    let state = state_of(&json!([
        {"mode": "managed", "type": "tls_private_key", "name": "k", "instances": [{"attributes":
            {"private_key_pem": key, "private_key_pem_pkcs8": key, "algorithm": "ECDSA"}}]},
        {"mode": "managed", "type": "tls_self_signed_cert", "name": "c", "instances": [{"attributes":
            {"cert_pem": certificate}}]},
    ]));
    let found = lying_at(&state, "tls_private_key.k", "private_key_pem");
    assert!(found[0].node.native_id.starts_with("spki:sha256:"));
    let certificate = lying_at(&state, "tls_self_signed_cert.c", "cert_pem");
    assert_eq!(
        certificate[0].attributes.subtype.as_deref(),
        Some("x509_certificate")
    );
    let text = serde_json::to_string(&state.got.observations).unwrap();
    let body: String = key.lines().nth(1).unwrap().to_owned();
    assert!(!text.contains(&body));
}

#[test]
fn a_google_key_file_in_a_state_is_the_key_it_holds() {
    use base64::Engine as _;
    let pem = include_str!("fixtures/throwaway.key.pem");
    let file = json!({"type": "service_account", "client_email": "ci@shop-prod.iam.gserviceaccount.com",
        "private_key_id": "90c4", "private_key": pem, "project_id": "shop-prod"});
    let encoded = base64::engine::general_purpose::STANDARD.encode(file.to_string());
    let state = state_of(
        &json!([{"mode": "managed", "type": "google_service_account_key", "name": "k",
        "instances": [{"attributes": {
            "name": "projects/shop-prod/serviceAccounts/ci@shop-prod.iam.gserviceaccount.com/keys/90c4",
            "private_key": encoded, "valid_before": "9999-12-31T23:59:59Z"}}]}]),
    );
    let key = state.node(
        NodeKind::Credential,
        "ci@shop-prod.iam.gserviceaccount.com/keys/90c4",
    );
    assert_eq!(
        key.attributes.fingerprint,
        Some(model::Fingerprinter::new([7; 32]).fingerprint_bytes(pem.as_bytes()))
    );
    assert_eq!(key.attributes.expires, Some(Fact::never()));
    assert!(
        !serde_json::to_string(&state.got.observations)
            .unwrap()
            .contains(&encoded)
    );
}

#[test]
fn a_plan_with_a_new_role() {
    let plan = read("plan.json", PLAN, &[("workspace", "shop-prod")]);
    assert_eq!(plan.format, "terraform.plan");
    assert_eq!(plan.gaps(), Vec::<String>::new());
    assert_eq!(plan.scopes(), ["shop-prod"]);
    assert_eq!(
        plan.got.observations[0].1.observed.to_string(),
        "2026-11-20T08:00:00Z"
    );
    let role = plan.node(NodeKind::Identity, "module.ci.aws_iam_role.deployer");
    assert_eq!(role.node.partition, "shop-prod");
    assert_eq!(role.attributes.status, Some(Status::Planned));
    assert_eq!(role.attributes.name.as_deref(), Some("deployer"));
    let created = edge_words(role, EdgeKind::CreatedBy, "shop-prod");
    assert_eq!(created["address"], "module.ci.aws_iam_role.deployer");
    assert_eq!(created["module"], "module.ci");
    assert!(edges(role).contains(&"trusts -> *".to_owned()));
    // What stays comes from the prior state under its real name, and is not planned.
    let same = plan.node(NodeKind::Identity, "arn:aws:iam::123456789012:user/same");
    assert_eq!(same.attributes.status, None);
    assert!(
        plan.find(NodeKind::Identity, "api@shop-prod.iam.gserviceaccount.com")
            .is_some()
    );
}

#[test]
fn the_credentials_of_the_run_and_the_secrets_of_the_plan() {
    let plan = read("plan.json", PLAN, &[]);
    assert_eq!(plan.scopes(), ["file:plan.json (file)"]);
    let run: Vec<String> = plan
        .got
        .observations
        .iter()
        .filter(|(_, found)| found.node.kind == NodeKind::Workload)
        .flat_map(|(_, found)| edges(found))
        .collect();
    assert_eq!(
        run,
        ["runs_as -> arn:aws:iam::123456789012:role/terraform-run"]
    );
    assert_eq!(lying_at(&plan, "var.db_password", "db_password").len(), 1);
    let provider = lying_at(&plan, "provider", "secret_key");
    assert_eq!(
        edges(&provider[0])
            .iter()
            .filter(|edge| edge.starts_with("used_by"))
            .count(),
        1
    );
    assert_eq!(lying_at(&plan, "aws_db_instance.shop", "password").len(), 1);
}

#[test]
fn backend_settings_name_the_bucket_and_the_role() {
    let settings = json!({"version": 3, "serial": 1, "lineage": LINEAGE, "backend": {"type": "s3",
        "config": {"bucket": "states", "key": "shop.tfstate", "access_key": "AKIARZPUZDIKMC3LQ64B",
            "secret_key": "CANARYbackendSecretKey00000000000000000A",
            "role_arn": "arn:aws:iam::123456789012:role/state"}},
        "modules": [{"path": ["root"], "outputs": {}, "resources": {}}]});
    let found = read("terraform.tfstate", settings.to_string().as_bytes(), &[]);
    assert!(found.gaps().is_empty());
    assert_eq!(lying_at(&found, "backend", "secret_key").len(), 1);
    let run = found.node(NodeKind::Workload, LINEAGE);
    assert_eq!(run.attributes.extra["backend_bucket"], "states");
    assert_eq!(
        edges(run),
        ["runs_as -> arn:aws:iam::123456789012:role/state"]
    );
}

#[test]
fn broken_resources_and_cut_files() {
    let state = state_of(&json!([
        {"mode": "managed", "type": 7, "name": "CANARY", "instances": []},
        {"mode": "managed", "type": "aws_iam_user", "name": "ok", "instances": [
            {"attributes": {"arn": "arn:aws:iam::123456789012:user/ok", "name": "ok"}}]},
    ]));
    assert_eq!(state.gaps().len(), 1);
    assert!(
        state
            .find(NodeKind::Identity, "arn:aws:iam::123456789012:user/ok")
            .is_some()
    );
    let cut = read("terraform.tfstate", &STATE[..STATE.len() - 900], &[]);
    assert!(cut.error.unwrap().contains("cut off"));
    assert!(!cut.got.observations.is_empty());
    let old = read(
        "old.tfstate",
        br#"{"version":3,"lineage":"x","serial":1,"modules":[{"resources":{"aws_iam_user.a":{}}}]}"#,
        &[],
    );
    assert!(old.gaps()[0].contains("state pull"));
}
