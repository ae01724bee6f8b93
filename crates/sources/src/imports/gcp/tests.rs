//! The fixtures are written by hand in the form gcloud 500 prints, after the REST references of
//! IAM, Resource Manager and Cloud Asset Inventory; no emulator of these services exists.

use model::{Class, EdgeKind, Fact, NodeKind, Status};

use crate::imports::testing::{edge_words, edges, read};

const CI: &str = "ci@shop-prod.iam.gserviceaccount.com";

#[test]
fn service_accounts_with_their_disabled_state() {
    let list = include_bytes!("fixtures/service-accounts.json");
    let accounts = read("sa.json", list, &[]);
    assert_eq!(accounts.format, "gcp.service_accounts");
    assert_eq!(accounts.scopes(), ["shop-prod"]);
    let ci = accounts.node(NodeKind::Identity, CI);
    assert_eq!(ci.attributes.status, Some(Status::Enabled));
    assert_eq!(ci.attributes.class, Some(Class::Machine));
    assert_eq!(edges(ci), ["contains <- shop-prod"]);
    assert!(
        ci.aliases
            .iter()
            .any(|alias| alias.text == "gcp:unique_id:104567890123456789012")
    );
    let compute = accounts.node(
        NodeKind::Identity,
        "112233445566-compute@developer.gserviceaccount.com",
    );
    assert_eq!(compute.attributes.status, Some(Status::Disabled));
    assert_eq!(compute.attributes.extra["default_service_account"], true);
    // The REST form, and one that `describe` prints.
    let text = String::from_utf8_lossy(list);
    let rest = read(
        "sa.json",
        format!("{{\"accounts\":{text}}}").as_bytes(),
        &[],
    );
    assert_eq!(rest.names(), accounts.names());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let one = read("sa.json", value[0].to_string().as_bytes(), &[]);
    assert_eq!(one.names(), [format!("identity {CI}")]);
}

#[test]
fn keys_by_who_manages_them() {
    let keys = read("keys.json", include_bytes!("fixtures/keys.json"), &[]);
    assert_eq!(keys.format, "gcp.keys");
    assert_eq!(keys.scopes(), ["shop-prod"]);
    let said: Vec<_> = keys
        .got
        .observations
        .iter()
        .map(|(_, key)| {
            (
                key.attributes.extra["managed_by"].as_str().unwrap(),
                key.attributes.status.unwrap(),
                key.attributes.expires.as_ref().unwrap().state(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("user", Status::Enabled, "never"),
            ("user", Status::Disabled, "known"),
            ("google", Status::Enabled, "known"),
        ]
    );
    let key = keys.node(
        NodeKind::Credential,
        &format!("{CI}/keys/90c48f61c65cd56224a12ab18e6ee9ca9c3aee7c"),
    );
    assert_eq!(edges(key), [format!("authenticates -> {CI}")]);
}

#[test]
fn the_answer_of_key_creation_is_read_without_its_key() {
    let keys = read(
        "created.json",
        br#"{"keyType":"USER_MANAGED","keyOrigin":"GOOGLE_PROVIDED","name":"projects/-/serviceAccounts/ci@shop-prod.iam.gserviceaccount.com/keys/1","privateKeyData":"CANARY","validAfterTime":"2026-01-01T00:00:00Z"}"#,
        &[],
    );
    assert_eq!(keys.scopes(), ["shop-prod"]);
}

#[test]
fn a_project_policy_with_conditions_and_members_of_all_kinds() {
    let text = include_bytes!("fixtures/project-policy.json");
    let policy = read("policy.json", text, &[("project", "shop-prod")]);
    assert_eq!(policy.format, "gcp.iam_policy");
    assert_eq!(policy.scopes(), ["shop-prod"]);
    assert!(policy.gaps().is_empty());
    let ci = policy.node(NodeKind::Identity, CI);
    assert_eq!(
        edges(ci),
        [
            "has_role -> roles/editor",
            "has_role -> roles/storage.admin",
            "grants -> shop-prod",
        ]
    );
    let conditional = edge_words(ci, EdgeKind::HasRole, "roles/storage.admin");
    assert_eq!(conditional["conditions"][0]["title"], "until 2027");
    assert!(!edge_words(ci, EdgeKind::HasRole, "roles/editor").contains_key("conditions"));
    let gone = policy.node(
        NodeKind::Identity,
        "deleted:old@shop-prod.iam.gserviceaccount.com?uid=123456789012345678901",
    );
    assert_eq!(gone.attributes.status, Some(Status::Deleted));
    assert!(
        policy
            .find(NodeKind::Identity, "anna@example.com")
            .is_some()
    );
    assert!(policy.find(NodeKind::Group, "allUsers").is_some());
    let whole = policy.node(NodeKind::Policy, "projects/shop-prod#iam_policy");
    assert_eq!(
        whole.attributes.extra["bindings"].as_array().unwrap().len(),
        3
    );
    assert_eq!(
        edges(policy.node(NodeKind::Account, "shop-prod")),
        ["attached_policy -> projects/shop-prod#iam_policy"]
    );

    // Without a word on what it belongs to, it is read, marked and asked for.
    let unknown = read("policy.json", text, &[]);
    assert_eq!(unknown.scopes(), ["file:policy.json (file)"]);
    assert!(unknown.gaps()[0].contains("--scope project="));
}

#[test]
fn policies_of_many_resources() {
    let found = read(
        "policies.json",
        include_bytes!("fixtures/search-all-iam-policies.json"),
        &[],
    );
    assert_eq!(found.format, "gcp.iam_policy");
    assert!(found.gaps().is_empty());
    let public = found.node(NodeKind::Group, "allUsers");
    assert_eq!(
        edges(public),
        [
            "has_role -> roles/storage.objectViewer",
            "grants -> //storage.googleapis.com/shop-assets",
        ]
    );
    let pod = found.node(NodeKind::Identity, "shop-prod.svc.id.goog[prod/api]");
    assert!(edges(pod).contains(&format!("grants -> {CI}")));
    assert!(found.find(NodeKind::OrgUnit, "folders/20").is_some());
}

#[test]
fn an_asset_export_line_by_line() {
    let text = include_bytes!("fixtures/assets.ndjson");
    let assets = read("assets.ndjson", text, &[]);
    assert_eq!(assets.format, "gcp.inventory");
    assert!(assets.gaps().is_empty(), "{:?}", assets.gaps());
    let key = assets.node(NodeKind::Credential, &format!("{CI}/keys/90c4"));
    assert_eq!(key.attributes.expires, Some(Fact::never()));
    let project = assets
        .got
        .observations
        .iter()
        .find(|(_, found)| found.attributes.name.as_deref() == Some("Shop"))
        .map(|(_, found)| found)
        .unwrap();
    assert_eq!(edges(project), ["contains <- folders/20"]);
    assert_eq!(project.attributes.declared_owner.as_deref(), Some("shop"));
    assert_eq!(
        edges(assets.node(NodeKind::OrgUnit, "folders/20")),
        ["contains <- organizations/10"]
    );
    assert!(
        assets
            .find(NodeKind::Identity, "anna@example.com")
            .is_some()
    );

    let broken = [&b"{\"name\":7,\"asset_type\":\"CANARY\"}\n"[..], text].concat();
    let assets = read("assets.ndjson", &broken, &[]);
    assert_eq!(assets.gaps().len(), 1);
    assert!(assets.find(NodeKind::Identity, CI).is_some());
}

#[test]
fn identity_pools_roles_and_projects() {
    let providers = read(
        "providers.json",
        include_bytes!("fixtures/providers.json"),
        &[],
    );
    assert_eq!(providers.format, "gcp.inventory");
    let base = "projects/112233445566/locations/global/workloadIdentityPools/github";
    let github = providers.node(
        NodeKind::FederationProvider,
        &format!("{base}/providers/actions"),
    );
    assert_eq!(
        github.aliases[0].text,
        "issuer:token.actions.githubusercontent.com"
    );
    assert_eq!(
        github.attributes.extra["attribute_condition"],
        "assertion.repository_owner == 'acme'"
    );
    let aws = providers.node(
        NodeKind::FederationProvider,
        &format!("{base}/providers/aws"),
    );
    assert_eq!(edges(aws), ["trusts -> 123456789012"]);
    assert_eq!(aws.attributes.status, Some(Status::Disabled));
    assert_eq!(
        edges(providers.node(NodeKind::FederationProvider, base)),
        [format!("trusts -> {base}/providers/aws")]
    );
    let roles = read(
        "roles.json",
        br#"[{"name":"projects/shop-prod/roles/viewerPlus","title":"Viewer plus","stage":"GA","includedPermissions":["storage.objects.get"]}]"#,
        &[],
    );
    assert_eq!(roles.format, "gcp.inventory");
    let role = roles.node(NodeKind::Role, "projects/shop-prod/roles/viewerPlus");
    assert_eq!(
        role.attributes.extra["permissions"][0],
        "storage.objects.get"
    );
    let projects = read(
        "projects.json",
        br#"[{"projectId":"shop-prod","projectNumber":"112233445566","name":"Shop","lifecycleState":"ACTIVE","createTime":"2019-01-01T00:00:00Z","parent":{"type":"organization","id":"10"}}]"#,
        &[],
    );
    assert_eq!(
        edges(projects.node(NodeKind::Account, "shop-prod")),
        ["contains <- organizations/10"]
    );
}

#[test]
fn pools_of_gcloud_and_assets_without_content() {
    let pools = read(
        "pools.json",
        br#"[{"name":"projects/1/locations/global/workloadIdentityPools/github","displayName":"GitHub","state":"DELETED"}]"#,
        &[],
    );
    assert_eq!(pools.format, "gcp.inventory");
    let pool = pools.node(
        NodeKind::FederationProvider,
        "projects/1/locations/global/workloadIdentityPools/github",
    );
    assert_eq!(pool.attributes.status, Some(Status::Deleted));
    let bare = read(
        "assets.json",
        br#"[{"name":"//storage.googleapis.com/b","assetType":"storage.googleapis.com/Bucket"}]"#,
        &[],
    );
    assert!(bare.gaps()[0].contains("--content-type"));
}

#[test]
fn a_deny_policy_restricts_its_place_and_its_principals() {
    let text = include_bytes!("fixtures/deny-policy.json");
    let read_one = read("deny.json", text, &[]);
    assert_eq!(read_one.format, "gcp.guardrails");
    assert_eq!(read_one.gaps(), Vec::<String>::new());
    let name =
        "policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fshop-prod/denypolicies/no-keys";
    let policy = read_one.node(NodeKind::Policy, name);
    assert_eq!(
        policy.attributes.subtype.as_deref(),
        Some("gcp_deny_policy")
    );
    let rule = &policy.attributes.extra["rules"][0]["denyRule"];
    assert_eq!(
        rule["deniedPermissions"][0],
        "iam.googleapis.com/serviceAccountKeys.create"
    );
    assert_eq!(
        rule["exceptionPrincipals"][0],
        "principalSet://goog/group/break-glass@example.com"
    );
    assert_eq!(
        rule["denialCondition"]["expression"],
        "resource.matchTag('1/env', 'prod')"
    );
    let project = read_one.node(NodeKind::Account, "shop-prod");
    assert_eq!(edges(project), [format!("constrained_by -> {name}")]);
    let words = edge_words(project, EdgeKind::ConstrainedBy, name);
    assert_eq!(words["applies_to"], "resources");
    for (kind, principal, edge) in [
        (NodeKind::Identity, CI, "constrained_by"),
        (NodeKind::Identity, "anna@example.com", "constrained_by"),
        (NodeKind::Group, "allUsers", "attached_policy"),
    ] {
        assert_eq!(
            edges(read_one.node(kind, principal)),
            [format!("{edge} -> {name}")]
        );
    }
    // A list prints no rules: that is said, not taken for a policy without any.
    let mut value: serde_json::Value = serde_json::from_slice(text).unwrap();
    value.as_object_mut().unwrap().remove("rules");
    let list = read("list.json", format!("[{value}]").as_bytes(), &[]);
    assert_eq!(list.format, "gcp.guardrails");
    assert_eq!(list.gaps().len(), 1);
    assert!(
        !list
            .node(NodeKind::Policy, name)
            .attributes
            .extra
            .contains_key("rules")
    );
}

#[test]
fn principal_access_boundaries_hold_for_whom_a_binding_names() {
    let boundaries = read(
        "pab.json",
        include_bytes!("fixtures/principal-access-boundaries.json"),
        &[],
    );
    assert_eq!(boundaries.format, "gcp.guardrails");
    assert_eq!(boundaries.scopes(), ["organizations/123456789012"]);
    let name =
        "organizations/123456789012/locations/global/principalAccessBoundaryPolicies/only-ours";
    let policy = boundaries.node(NodeKind::Policy, name);
    assert_eq!(
        policy.attributes.extra["details"]["rules"][0]["effect"],
        "ALLOW"
    );
    let ours = boundaries.node(NodeKind::Tenant, "organizations/123456789012");
    let words = edge_words(ours, EdgeKind::ConstrainedBy, name);
    assert_eq!(words["applies_to"], "principals");
    assert_eq!(
        words["condition"]["expression"],
        "principal.type == 'iam.googleapis.com/ServiceAccount'"
    );
    let pool = boundaries.node(
        NodeKind::Group,
        "principalSet://iam.googleapis.com/projects/1122/locations/global/workloadIdentityPools/github/*",
    );
    assert_eq!(edges(pool), [format!("attached_policy -> {name}")]);
    assert_eq!(boundaries.gaps().len(), 1, "the broken one between them");
}
