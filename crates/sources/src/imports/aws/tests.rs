//! Every fixture was captured with boto3 against moto 5 (account ids are moto's); the CSV of the
//! second report is written by hand after the documentation, with the words moto never writes.

use model::{EdgeKind, Fact, NodeKind, Status, TimeUs};

use crate::imports::ImportOptions;
use crate::imports::testing::{Read, edge_words, edges, read, read_with};

macro_rules! fixture {
    ($name:literal) => {
        fixture!($name, &[])
    };
    ($name:literal, $scopes:expr) => {
        read($name, include_bytes!(concat!("fixtures/", $name)), $scopes)
    };
}

const DEPLOY: &str = "arn:aws:iam::123456789012:user/ci/deploy-bot";
const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated,additional_credentials_info";

fn report(rows: &[&str]) -> Read {
    read(
        "report.csv",
        format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes(),
        &[],
    )
}

fn state(fact: Option<&Fact<TimeUs>>) -> &'static str {
    fact.map_or("absent", Fact::state)
}

#[test]
fn a_credential_report_of_the_cli() {
    let report = fixture!("credential-report.csv");
    assert_eq!(report.format, "aws.credential_report");
    assert_eq!(report.scopes(), ["123456789012"]);
    assert_eq!(report.gaps(), Vec::<String>::new());
    assert_eq!(
        report.subtypes().into_iter().collect::<Vec<_>>(),
        [
            ("aws_access_key", 3),
            ("aws_account", 1),
            ("aws_console_password", 1),
            ("aws_iam_user", 2),
        ]
    );
    let key = report.node(NodeKind::Credential, &format!("{DEPLOY}#access_key_2"));
    assert_eq!(key.attributes.status, Some(Status::Disabled));
    assert_eq!(edges(key), [format!("authenticates -> {DEPLOY}")]);
    assert_eq!(
        key.attributes.last_used,
        Some(Fact::Never {
            window: Some("2015-04-22T00:00:00Z".into())
        })
    );
    assert!(
        report
            .got
            .coverage
            .iter()
            .all(|row| row.lag_us == Some(14_400_000_000))
    );
}

#[test]
fn the_wrapped_report_says_the_same_and_its_own_time() {
    let bare = fixture!("credential-report.csv");
    let wrapped = fixture!("get-credential-report.json");
    assert_eq!(wrapped.format, "aws.credential_report");
    assert_eq!(wrapped.names(), bare.names());
    assert_eq!(
        wrapped.got.observations[0].1.observed.to_string(),
        "2015-02-02T20:02:02Z"
    );
}

/// The words of the report for "nothing" stay five different things.
#[test]
fn not_applicable_no_information_not_supported_empty_and_absent() {
    let report = report(&[
        "<root_account>,arn:aws:iam::123456789012:root,2019-01-01T00:00:00+00:00,not_supported,2024-05-01T10:00:00+00:00,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A",
        "never,arn:aws:iam::123456789012:user/never,2019-01-01T00:00:00+00:00,true,no_information,2019-01-02T00:00:00+00:00,N/A,false,true,2019-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,true,2020-01-01T00:00:00+00:00,false,N/A,N/A",
        "used,arn:aws:iam::123456789012:user/used,2019-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2019-01-01T00:00:00+00:00,2026-01-01T00:00:00+00:00,eu-west-1,s3,true,2020-01-01T00:00:00+00:00,,,,false,N/A,false,N/A,N/A",
        "none,arn:aws:iam::123456789012:user/none,2019-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A",
    ]);
    let root = report.node(NodeKind::Identity, "arn:aws:iam::123456789012:root");
    assert_eq!(root.attributes.subtype.as_deref(), Some("aws_root_user"));
    assert_eq!(root.attributes.declared_privileged, Some(true));
    assert_eq!(state(root.attributes.last_used.as_ref()), "known");
    let root_password = report.node(
        NodeKind::Credential,
        "arn:aws:iam::123456789012:root#password",
    );
    assert_eq!(
        state(root_password.attributes.last_rotated.as_ref()),
        "not_observable"
    );

    let password = report.node(
        NodeKind::Credential,
        "arn:aws:iam::123456789012:user/never#password",
    );
    assert_eq!(state(password.attributes.last_used.as_ref()), "no_data_yet");
    // `N/A` as next rotation: nothing ever makes this password end.
    assert_eq!(state(password.attributes.expires.as_ref()), "never");
    let never = report.node(NodeKind::Identity, "arn:aws:iam::123456789012:user/never");
    assert_eq!(state(never.attributes.last_used.as_ref()), "no_data_yet");
    assert!(
        report
            .find(
                NodeKind::Credential,
                "arn:aws:iam::123456789012:user/never#signing_certificate_1"
            )
            .is_some()
    );

    let empty = report.node(
        NodeKind::Credential,
        "arn:aws:iam::123456789012:user/used#access_key_2",
    );
    assert_eq!(
        empty.attributes.last_used,
        Some(Fact::no_data_yet("the cell of the report is empty"))
    );
    let used = report.node(NodeKind::Identity, "arn:aws:iam::123456789012:user/used");
    assert_eq!(
        used.attributes.last_used,
        Some(Fact::known(TimeUs::parse("2026-01-01").unwrap()))
    );
    assert!(
        report
            .find(
                NodeKind::Credential,
                "arn:aws:iam::123456789012:user/used#password"
            )
            .is_none()
    );
    let none = report.node(NodeKind::Identity, "arn:aws:iam::123456789012:user/none");
    assert_eq!(state(none.attributes.last_used.as_ref()), "not_observable");
}

#[test]
fn keys_beyond_the_two_columns_are_a_gap() {
    let report = report(&[
        "many,arn:aws:iam::123456789012:user/many,2019-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2019-01-01T00:00:00+00:00,N/A,N/A,N/A,true,2019-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A,1 additional access key",
    ]);
    assert_eq!(report.gaps().len(), 1);
    assert!(report.gaps()[0].contains("list-access-keys"));
}

#[test]
fn a_broken_row_is_told_and_the_next_is_read() {
    let good = "ok,arn:aws:iam::123456789012:user/ok,2019-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A";
    let comma = "a,b,arn:aws:iam::123456789012:user/a,b,2019-01-01T00:00:00+00:00,false,N/A,N/A,N/A,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A";
    let options = ImportOptions {
        complete: true,
        ..ImportOptions::default()
    };
    let mut text = format!("{HEADER}\nx,CANARY-not-an-arn,,,\n{comma}\n{good}\n").into_bytes();
    text.extend_from_slice(b"\xff\xfe,cut");
    let report = read_with("report.csv", &text, &options);
    assert!(
        report
            .find(NodeKind::Identity, "arn:aws:iam::123456789012:user/ok")
            .is_some()
    );
    let with_comma = report.node(NodeKind::Identity, "arn:aws:iam::123456789012:user/a,b");
    assert_eq!(with_comma.attributes.name.as_deref(), Some("a,b"));
    assert_eq!(with_comma.attributes.extra["mfa_active"], true);
    assert!(
        report.gaps()[1].contains("report.csv:line 2"),
        "{:?}",
        report.gaps()
    );
    // Nothing may be retired on a partial reading, whatever the user said.
    assert!(!report.complete());
}

#[test]
fn authorization_details_whole() {
    let details = fixture!("get-account-authorization-details.json");
    assert_eq!(details.format, "aws.authorization_details");
    assert_eq!(details.scopes(), ["123456789012"]);
    assert_eq!(details.gaps(), Vec::<String>::new());

    let user = details.node(NodeKind::Identity, DEPLOY);
    assert_eq!(
        edges(user),
        [
            "contains <- 123456789012".to_owned(),
            "attached_policy -> arn:aws:iam::123456789012:policy/deploy".to_owned(),
            format!("attached_policy -> {DEPLOY}#inline/assume"),
        ]
    );
    assert_eq!(
        user.attributes.declared_owner.as_deref(),
        Some("platform@example.com")
    );
    assert_eq!(
        user.attributes.declared_environment.as_deref(),
        Some("prod")
    );
    let inline = details.node(NodeKind::Policy, &format!("{DEPLOY}#inline/assume"));
    assert_eq!(
        inline.attributes.extra["document"]["Statement"][0]["Action"],
        "sts:AssumeRole"
    );

    let role = details.node(
        NodeKind::Identity,
        "arn:aws:iam::123456789012:role/ci/github-deploy",
    );
    let provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
    assert_eq!(
        edges(role),
        [
            "contains <- 123456789012".to_owned(),
            format!("trusts -> {provider}"),
            "bounded_by -> arn:aws:iam::123456789012:policy/boundary".to_owned(),
        ]
    );
    assert_eq!(
        edge_words(role, EdgeKind::Trusts, provider)["statements"][0]["Condition"]["StringLike"]["token.actions.githubusercontent.com:sub"],
        "repo:acme/shop:*"
    );
    assert_eq!(
        role.attributes.last_used,
        Some(Fact::Never {
            window: Some("2025-10-18T19:00:00Z".into())
        })
    );

    let profile = details.node(
        NodeKind::Workload,
        "arn:aws:iam::123456789012:instance-profile/app",
    );
    assert!(edges(profile).contains(&"runs_as -> arn:aws:iam::123456789012:role/app".to_owned()));
    let service = details.node(NodeKind::Identity, "ec2.amazonaws.com");
    assert_eq!(
        service.attributes.subtype.as_deref(),
        Some("aws_service_principal")
    );
    assert!(details.find(NodeKind::Group, "*").is_some());
    let policy = details.node(NodeKind::Policy, "arn:aws:iam::123456789012:policy/deploy");
    assert_eq!(policy.attributes.extra["default_version"], "v1");
    assert!(policy.attributes.extra["document"].is_object());
}

#[test]
fn role_use_region_and_encoded_documents() {
    let text = br#"{"RoleDetailList":[{"Arn":"arn:aws:iam::123456789012:role/r","RoleName":"r","RoleLastUsed":{"LastUsedDate":"2026-01-02T00:00:00+00:00","Region":"eu-west-1"},"AssumeRolePolicyDocument":"%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22999999999999%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"}],"IsTruncated":true}"#;
    let details = read("x.json", text, &[]);
    let role = details.node(NodeKind::Identity, "arn:aws:iam::123456789012:role/r");
    assert_eq!(role.attributes.extra["last_used_region"], "eu-west-1");
    assert!(edges(role).contains(&"trusts -> 999999999999".to_owned()));
    assert!(details.gaps()[0].contains("--max-items"));
    // A list without the field says nothing about use.
    let list = read(
        "x.json",
        br#"{"Roles":[{"Arn":"arn:aws:iam::123456789012:role/r","RoleName":"r","RoleId":"AROA"}]}"#,
        &[],
    );
    assert_eq!(list.format, "aws.iam");
    assert_eq!(
        list.node(NodeKind::Identity, "arn:aws:iam::123456789012:role/r")
            .attributes
            .last_used,
        None
    );
}

#[test]
fn camel_case_pages_in_an_array_read_alike() {
    let pages = read(
        "pages.json",
        br#"[{"userDetailList":[{"arn":"arn:aws:iam::123456789012:user/a","userName":"a","tags":[{"key":"team","value":"x"}]}],"roleDetailList":[{"arn":7}],"isTruncated":false}]"#,
        &[],
    );
    assert_eq!(pages.format, "aws.authorization_details");
    let user = pages.node(NodeKind::Identity, "arn:aws:iam::123456789012:user/a");
    assert_eq!(user.attributes.declared_owner.as_deref(), Some("x"));
    assert_eq!(pages.gaps().len(), 1);
}

#[test]
fn a_cut_off_file_keeps_what_stands_before_the_cut() {
    let whole = include_bytes!("fixtures/get-account-authorization-details.json");
    let options = ImportOptions {
        complete: true,
        ..ImportOptions::default()
    };
    let cut = read_with("gaad.json", &whole[..whole.len() / 2], &options);
    assert!(cut.error.unwrap().contains("cut off"));
    assert!(!cut.got.observations.is_empty());
    assert!(
        !cut.got
            .coverage
            .iter()
            .any(|row| row.state == model::CoverageState::Complete)
    );
}

#[test]
fn access_keys_name_their_account_and_join_their_slot() {
    let keys = fixture!("list-access-keys.json");
    assert_eq!(keys.format, "aws.iam");
    assert_eq!(keys.scopes(), ["123456789012"]);
    let key = keys.node(NodeKind::Credential, "AKIARZPUZDIKPWWNJ62C");
    assert_eq!(key.attributes.status, Some(Status::Enabled));
    assert_eq!(
        key.aliases[0].text,
        "aws:key_slot:123456789012:user/deploy-bot:1795372913"
    );
    // The report states the same user with its path.
    let slots = report(&[&format!(
        "deploy-bot,{DEPLOY},2019-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,{},N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,N/A",
        TimeUs::from_seconds(1_795_372_913)
    )]);
    let slot = slots.node(NodeKind::Credential, &format!("{DEPLOY}#access_key_1"));
    assert_eq!(slot.aliases, [key.aliases[0].clone()]);
    // The path of the user is not in this output; its name joins the two.
    let user = keys.node(
        NodeKind::Identity,
        "arn:aws:iam::123456789012:user/deploy-bot",
    );
    let details = fixture!("get-account-authorization-details.json");
    let known = details.node(NodeKind::Identity, DEPLOY);
    assert!(known.aliases.contains(&user.aliases[0]));
}

#[test]
fn the_last_use_of_a_key_needs_the_name_of_the_key() {
    let text = include_bytes!("fixtures/get-access-key-last-used.json");
    let nameless = read("last-used.json", text, &[]);
    assert!(nameless.gaps()[0].contains("--scope access_key"));
    assert!(nameless.got.observations.is_empty());
    let named = read("last-used-AKIARZPUZDIKPWWNJ62C.json", text, &[]);
    let key = named.node(NodeKind::Credential, "AKIARZPUZDIKPWWNJ62C");
    assert_eq!(state(key.attributes.last_used.as_ref()), "never");
    let used = read(
        "AKIARZPUZDIKPWWNJ62C.json",
        br#"{"UserName":"a","AccessKeyLastUsed":{"LastUsedDate":"2026-01-01T00:00:00Z","ServiceName":"s3","Region":"eu-west-1"}}"#,
        &[],
    );
    let key = used.node(NodeKind::Credential, "AKIARZPUZDIKPWWNJ62C");
    assert_eq!(state(key.attributes.last_used.as_ref()), "known");
    assert_eq!(key.attributes.extra["last_used_service"], "s3");
}

#[test]
fn providers_keys_and_devices() {
    let oidc = fixture!("list-open-id-connect-providers.json");
    let arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
    assert_eq!(
        oidc.node(NodeKind::FederationProvider, arn).aliases[0].text,
        "issuer:token.actions.githubusercontent.com"
    );
    let one = fixture!(
        "get-open-id-connect-provider.json",
        &[("account", "123456789012")]
    );
    assert_eq!(
        one.node(NodeKind::FederationProvider, arn).attributes.extra["client_ids"][0],
        "sts.amazonaws.com"
    );
    let saml = fixture!("list-saml-providers.json");
    assert_eq!(saml.subtypes()["aws_saml_provider"], 1);
    let ssh = fixture!("list-ssh-public-keys.json");
    let key = ssh.node(NodeKind::Credential, "APKAXEI34XON1G7DT5EZ");
    assert_eq!(key.attributes.extra["user_name"], "deploy-bot");
    assert_eq!(ssh.scopes(), ["file:list-ssh-public-keys.json (file)"]);
    let devices = fixture!("list-virtual-mfa-devices.json");
    let device = devices.node(NodeKind::Credential, "arn:aws:iam::123456789012:mfa/anna");
    assert_eq!(
        edges(device),
        ["authenticates -> arn:aws:iam::123456789012:user/anna"]
    );
    let named = fixture!("list-mfa-devices.json");
    assert!(
        edges(named.node(NodeKind::Credential, "arn:aws:iam::123456789012:mfa/anna"))
            .contains(&"authenticates -> arn:aws:iam::123456789012:user/anna".to_owned())
    );
    let lists = [fixture!("list-users.json"), fixture!("list-roles.json")];
    assert!(
        lists
            .iter()
            .all(|list| list.format == "aws.iam" && list.gaps().is_empty())
    );
}

#[test]
fn an_organisation() {
    let accounts = fixture!("list-accounts.json");
    assert_eq!(accounts.format, "aws.organizations");
    assert_eq!(accounts.scopes(), ["o-lx7dx6lkb7"]);
    let account = accounts.node(NodeKind::Account, "413369267853");
    assert_eq!(account.attributes.name.as_deref(), Some("prod"));
    assert_eq!(edges(account), ["contains <- o-lx7dx6lkb7"]);
    let organization = fixture!("describe-organization.json");
    assert_eq!(
        organization
            .node(NodeKind::Tenant, "o-lx7dx6lkb7")
            .attributes
            .extra["management_account"],
        "123456789012"
    );
    let roots = fixture!("list-roots.json");
    assert_eq!(
        edges(roots.node(NodeKind::OrgUnit, "r-6dek")),
        ["contains <- o-lx7dx6lkb7"]
    );
    let units = fixture!("list-ous-r-6dek.json");
    assert_eq!(
        edges(units.node(NodeKind::OrgUnit, "ou-6dek-4255065l")),
        ["contains <- r-6dek"]
    );
    let parents = fixture!("list-parents-413369267853.json");
    assert_eq!(
        edges(parents.node(NodeKind::Account, "413369267853")),
        ["contains <- ou-6dek-4255065l"]
    );
    let children = fixture!("list-children-ou-6dek-4255065l.json");
    assert_eq!(
        edges(children.node(NodeKind::Account, "413369267853")),
        ["contains <- ou-6dek-4255065l"]
    );
    let targets = fixture!("list-targets-p-fhjg3e6q.json");
    assert_eq!(
        edges(targets.node(NodeKind::OrgUnit, "ou-6dek-4255065l")),
        ["constrained_by -> p-fhjg3e6q"]
    );
    let policy = fixture!("describe-policy.json");
    let policy = policy.node(NodeKind::Policy, "p-fhjg3e6q");
    assert_eq!(policy.attributes.subtype.as_deref(), Some("aws_scp"));
    assert_eq!(
        policy.attributes.extra["document"]["Statement"][0]["Effect"],
        "Deny"
    );
    let nameless = read(
        "targets.json",
        include_bytes!("fixtures/list-targets-p-fhjg3e6q.json"),
        &[],
    );
    assert!(nameless.gaps()[0].contains("--scope policy="));
    assert_eq!(
        fixture!("list-policies-scp.json").format,
        "aws.organizations"
    );
    let delegated = fixture!("list-delegated-administrators.json");
    assert_eq!(
        delegated
            .node(NodeKind::Account, "413369267853")
            .attributes
            .extra["delegated_administrator"],
        true
    );
}

#[test]
fn identity_center() {
    let assignments = fixture!("list-account-assignments.json");
    assert_eq!(assignments.format, "aws.identity_center");
    let group = assignments.node(NodeKind::Group, "70e75b79-9d51-4bad-b054-b28cee536c3b");
    let set = "arn:aws:sso:::instance/ssoins-sefq0tnhk01m1enx/ps-jsbabnkoqmppkeh8";
    assert_eq!(
        edges(group),
        [
            format!("has_role -> {set}"),
            "grants -> 413369267853".to_owned()
        ]
    );
    assert_eq!(
        edge_words(group, EdgeKind::HasRole, set)["accounts"][0],
        "413369267853"
    );
    for (read, subtype) in [
        (
            fixture!("list-instances.json"),
            "aws_identity_center_instance",
        ),
        (fixture!("list-permission-sets.json"), "aws_permission_set"),
        (
            fixture!("describe-permission-set.json"),
            "aws_permission_set",
        ),
        (
            fixture!("identitystore-list-users.json"),
            "aws_identity_center_user",
        ),
        (
            fixture!("identitystore-list-groups.json"),
            "aws_identity_center_group",
        ),
    ] {
        assert_eq!(read.format, "aws.identity_center", "{subtype}");
        assert_eq!(read.subtypes()[subtype], 1);
    }
    let memberships = fixture!("identitystore-list-group-memberships.json");
    assert!(edges(&memberships.got.observations[0].1)[0].starts_with("member_of -> "));
}

#[test]
fn resource_policies() {
    let bucket = fixture!("get-bucket-policy.json");
    assert_eq!(bucket.format, "aws.resources");
    assert_eq!(
        edges(bucket.node(NodeKind::Resource, "arn:aws:s3:::artifacts")),
        [
            "trusts -> 999999999999",
            "attached_policy -> arn:aws:s3:::artifacts#resource_policy"
        ]
    );
    let nameless = fixture!("kms-get-key-policy.json");
    assert!(nameless.gaps()[0].contains("--scope resource=ARN"));
    let key = fixture!(
        "kms-get-key-policy.json",
        &[("resource", "arn:aws:kms:eu-west-1:123456789012:key/k")]
    );
    assert!(
        edges(key.node(NodeKind::Key, "arn:aws:kms:eu-west-1:123456789012:key/k"))
            .contains(&"trusts -> 123456789012".to_owned())
    );
    let secret = fixture!("secretsmanager-get-resource-policy.json");
    assert!(secret.gaps().is_empty());
    assert_eq!(secret.scopes(), ["123456789012"]);
    let queue = fixture!("sqs-get-queue-attributes.json");
    assert!(
        edges(queue.node(
            NodeKind::Resource,
            "arn:aws:sqs:eu-west-1:123456789012:jobs"
        ))
        .contains(&"trusts -> *".to_owned())
    );
    let lambda = fixture!("lambda-get-policy.json");
    assert!(
        edges(lambda.node(
            NodeKind::Resource,
            "arn:aws:lambda:eu-west-1:123456789012:function:worker"
        ))
        .contains(&"trusts -> s3.amazonaws.com".to_owned())
    );
    for read in [
        fixture!("sns-get-topic-attributes.json"),
        fixture!("ecr-get-repository-policy.json", &[("region", "eu-west-1")]),
        fixture!("kms-list-keys.json"),
        fixture!("kms-describe-key.json"),
        fixture!("acm-list-certificates.json"),
        fixture!("acm-describe-certificate.json"),
    ] {
        assert_eq!(read.format, "aws.resources");
        assert!(read.gaps().is_empty(), "{:?}", read.gaps());
        assert!(!read.got.observations.is_empty());
    }
}

#[test]
fn workloads_and_their_secrets() {
    let functions = fixture!("lambda-list-functions.json");
    let function = functions.node(
        NodeKind::Workload,
        "arn:aws:lambda:eu-west-1:123456789012:function:worker",
    );
    assert_eq!(
        edges(function),
        ["runs_as -> arn:aws:iam::123456789012:role/app"]
    );
    assert_eq!(
        function.attributes.extra["environment_variables"],
        serde_json::json!(["DB_PASSWORD", "LOG_LEVEL"])
    );
    assert_eq!(functions.subtypes()["password"], 1);
    let (_, password) = &functions.got.observations[0];
    assert!(password.attributes.fingerprint.is_some());
    assert_eq!(
        edge_words(password, EdgeKind::FoundIn, &function.node.native_id)["variable"],
        "DB_PASSWORD"
    );
    let secrets = fixture!("secretsmanager-list-secrets.json");
    let (_, secret) = &secrets.got.observations[0];
    assert_eq!(state(secret.attributes.last_used.as_ref()), "never");
    let instances = fixture!("ec2-describe-instances.json");
    assert!(
        edges(&instances.got.observations[0].1)[0]
            .starts_with("runs_on <- arn:aws:iam::123456789012:instance-profile/app")
    );
    let anywhere = read(
        "profiles.json",
        br#"{"profiles":[{"profileArn":"arn:aws:rolesanywhere:eu-west-1:123456789012:profile/p","name":"p","enabled":true,"roleArns":["arn:aws:iam::123456789012:role/app"]}]}"#,
        &[],
    );
    assert_eq!(
        edges(&anywhere.got.observations[0].1),
        ["runs_as -> arn:aws:iam::123456789012:role/app"]
    );
    let pods = read(
        "association.json",
        br#"{"association":{"clusterName":"prod","namespace":"shop","serviceAccount":"api","roleArn":"arn:aws:iam::123456789012:role/app","associationArn":"arn:aws:eks:eu-west-1:123456789012:podidentityassociation/prod/a-1"}}"#,
        &[],
    );
    let account = pods.node(NodeKind::Identity, "system:serviceaccount:shop:api");
    assert_eq!(account.node.partition, "prod");
    assert_eq!(
        edges(account),
        ["consumes -> arn:aws:iam::123456789012:role/app"]
    );
}

#[test]
fn one_broken_element_does_not_hide_its_neighbours() {
    let text = br#"{"Users":[{"Arn":"arn:aws:iam::123456789012:user/a","UserName":"a","UserId":"AIDA"},{"Arn":["CANARY"]},{"UserName":"b","Arn":null},{"Arn":"arn:aws:iam::123456789012:user/c","UserName":"c"}]}"#;
    let users = read("users.json", text, &[]);
    assert!(
        users
            .find(NodeKind::Identity, "arn:aws:iam::123456789012:user/c")
            .is_some()
    );
    let gaps = users.gaps();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    let at = text
        .windows(8)
        .position(|part| part == b"{\"Arn\":[")
        .unwrap();
    assert!(
        gaps[0].starts_with(&format!(
            "users.json:byte {at} (`Users`): a field has a type"
        )),
        "{gaps:?}"
    );
    assert!(gaps[1].ends_with("it has no `Arn`"));
}

#[test]
fn thousands_of_broken_elements_stay_one_page() {
    let text = format!(
        "{{\"AccessKeyMetadata\":[{}{{}}]}}",
        "{\"UserName\":1},".repeat(5_000)
    );
    let keys = read("keys.json", text.as_bytes(), &[]);
    assert_eq!(keys.gaps().len(), 201);
    assert!(keys.gaps()[200].contains("4801 more"));
}

/// `list-users` says nothing of keys, so `--complete` must not let it retire them.
#[test]
fn one_command_is_never_complete() {
    let options = ImportOptions {
        complete: true,
        ..ImportOptions::default()
    };
    let users = read_with(
        "list-users.json",
        include_bytes!("fixtures/list-users.json"),
        &options,
    );
    assert!(!users.complete());
    let details = read_with(
        "gaad.json",
        include_bytes!("fixtures/get-account-authorization-details.json"),
        &options,
    );
    assert!(details.complete());
    let nobody = read(
        "attached.json",
        br#"{"AttachedPolicies":[{"PolicyArn":"arn:aws:iam::aws:policy/X"}]}"#,
        &[],
    );
    assert!(nobody.gaps()[0].contains("get-account-authorization-details"));
}

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/b64517b4-39a1-43c6-b205-6a99457ffd03";

/// Answers after the KMS API reference; moto has no grants with constraints.
#[test]
fn a_key_with_its_rotation_grants_names_and_dependants() {
    let rotation = read(
        "rotation.json",
        format!(r#"{{"KeyRotationEnabled":true,"KeyId":"{KEY}","RotationPeriodInDays":180,"NextRotationDate":"2027-01-01T00:00:00+00:00"}}"#).as_bytes(),
        &[],
    );
    let key = rotation.node(NodeKind::Key, KEY);
    assert_eq!(key.attributes.extra["rotation_enabled"], true);
    assert_eq!(key.attributes.extra["rotation_period_days"], 180);
    assert_eq!(
        key.attributes.extra["next_rotation"],
        "2027-01-01T00:00:00Z"
    );
    let nameless =
        br#"{"KeyRotationEnabled":false,"KeyId":"b64517b4-39a1-43c6-b205-6a99457ffd03"}"#;
    assert!(read("r.json", nameless, &[]).gaps()[0].contains("--key-id ARN"));
    let named = read("r.json", nameless, &[("resource", KEY)]);
    assert_eq!(
        named.node(NodeKind::Key, KEY).attributes.extra["rotation_enabled"],
        false
    );
    let past = read(
        "rotations.json",
        format!(r#"{{"Rotations":[{{"KeyId":"{KEY}","RotationDate":"2026-05-01T00:00:00Z","RotationType":"ON_DEMAND"}},{{"KeyId":"{KEY}","RotationDate":"2025-05-01T00:00:00Z","RotationType":"AUTOMATIC"}}],"Truncated":false}}"#).as_bytes(),
        &[],
    );
    let last = past
        .node(NodeKind::Key, KEY)
        .attributes
        .last_rotated
        .clone();
    assert_eq!(last.unwrap().value().unwrap().date(), "2026-05-01");
    let grants = read(
        "grants.json",
        format!(r#"{{"Grants":[
            {{"KeyId":"{KEY}","GrantId":"g1","Name":"app","CreationDate":"2026-01-01T00:00:00Z","GranteePrincipal":"arn:aws:iam::123456789012:role/app","RetiringPrincipal":"arn:aws:iam::123456789012:role/admin","IssuingAccount":"arn:aws:iam::123456789012:root","Operations":["Decrypt","GenerateDataKey"],"Constraints":{{"EncryptionContextSubset":{{"Department":"IT"}}}}}},
            {{"KeyId":"{KEY}","GrantId":"g2","GranteePrincipal":"rds.amazonaws.com","Operations":["CreateGrant"]}},
            {{"KeyId":"{KEY}","GrantId":"g3"}}],"Truncated":false}}"#).as_bytes(),
        &[],
    );
    assert_eq!(grants.format, "aws.resources");
    let said: Vec<_> = grants
        .got
        .observations
        .iter()
        .filter(|(_, one)| one.node.kind == NodeKind::Key)
        .flat_map(|(_, one)| edges(one))
        .collect();
    assert_eq!(
        said,
        [
            "grants <- arn:aws:iam::123456789012:role/app",
            "grants <- rds.amazonaws.com"
        ]
    );
    let words = edge_words(
        &grants.got.observations[0].1,
        EdgeKind::Grants,
        "arn:aws:iam::123456789012:role/app",
    );
    assert_eq!(
        words["operations"],
        serde_json::json!(["Decrypt", "GenerateDataKey"])
    );
    assert_eq!(
        words["constraints"]["EncryptionContextSubset"]["Department"],
        "IT"
    );
    assert_eq!(grants.gaps().len(), 1, "{:?}", grants.gaps());
    let aliases = read(
        "aliases.json",
        br#"{"Aliases":[{"AliasName":"alias/shop","AliasArn":"arn:aws:kms:eu-west-1:123456789012:alias/shop","TargetKeyId":"b64517b4-39a1-43c6-b205-6a99457ffd03"},{"AliasName":"alias/aws/s3","AliasArn":"arn:aws:kms:eu-west-1:123456789012:alias/aws/s3"}]}"#,
        &[],
    );
    assert_eq!(aliases.names(), [format!("key {KEY}")]);
    assert_eq!(
        aliases.node(NodeKind::Key, KEY).aliases[0].text,
        "arn:aws:kms:eu-west-1:123456789012:alias/shop"
    );
    let queue = read(
        "queue.json",
        br#"{"Attributes":{"QueueArn":"arn:aws:sqs:eu-west-1:123456789012:jobs","KmsMasterKeyId":"b64517b4-39a1-43c6-b205-6a99457ffd03"}}"#,
        &[],
    );
    assert_eq!(
        edges(queue.node(
            NodeKind::Resource,
            "arn:aws:sqs:eu-west-1:123456789012:jobs"
        )),
        [format!("encrypts <- {KEY}")]
    );
}

#[test]
fn databases_say_whether_iam_identities_may_sign_in() {
    let list = read(
        "databases.json",
        format!(r#"{{"DBInstances":[
            {{"DBInstanceIdentifier":"shop","DBInstanceArn":"arn:aws:rds:eu-west-1:123456789012:db:shop","DBInstanceStatus":"available","Engine":"postgres","EngineVersion":"16.4","MasterUsername":"root","Endpoint":{{"Address":"shop.x.eu-west-1.rds.amazonaws.com","Port":5432,"HostedZoneId":"Z"}},"InstanceCreateTime":"2025-01-01T00:00:00Z","IAMDatabaseAuthenticationEnabled":true,"StorageEncrypted":true,"KmsKeyId":"{KEY}","PubliclyAccessible":false,"DbiResourceId":"db-ABC","AssociatedRoles":[{{"RoleArn":"arn:aws:iam::123456789012:role/s3-import","FeatureName":"s3Import","Status":"ACTIVE"}}],"MasterUserSecret":{{"SecretArn":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1","SecretStatus":"active"}},"TagList":[{{"Key":"owner","Value":"shop"}}]}},
            {{"DBInstanceArn":7}},
            {{"DBInstanceIdentifier":"old","DBInstanceArn":"arn:aws:rds:eu-west-1:123456789012:db:old"}}]}}"#).as_bytes(),
        &[],
    );
    assert_eq!(list.format, "aws.resources");
    let shop = list.node(
        NodeKind::Resource,
        "arn:aws:rds:eu-west-1:123456789012:db:shop",
    );
    assert_eq!(shop.attributes.extra["iam_authentication"], true);
    assert_eq!(shop.attributes.extra["roles"][0]["feature"], "s3Import");
    assert_eq!(shop.attributes.declared_owner.as_deref(), Some("shop"));
    assert_eq!(edges(shop), [format!("encrypts <- {KEY}")]);
    let user = list.node(
        NodeKind::Identity,
        "arn:aws:rds:eu-west-1:123456789012:db:shop#user/root",
    );
    assert_eq!(
        edges(user),
        [
            "grants -> arn:aws:rds:eu-west-1:123456789012:db:shop",
            "used_by <- arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1"
        ]
    );
    // Not stated is not switched off.
    let old = list.node(
        NodeKind::Resource,
        "arn:aws:rds:eu-west-1:123456789012:db:old",
    );
    assert!(!old.attributes.extra.contains_key("iam_authentication"));
    assert_eq!(list.gaps().len(), 1);
}

/// A certificate with its text is the one that endpoints show and files hold.
#[test]
fn certificates_with_their_text_are_known_by_their_hash() {
    let pem = include_str!("../../../../formats/tests/fixtures/leaf.pem");
    let sha256 = format!(
        "x509:sha256:{}",
        formats::x509::parse_der(formats::pem::scan(pem.as_bytes()).blocks[0].data.expose())
            .unwrap()
            .sha256
    );
    let server = serde_json::json!({"ServerCertificate": {
        "ServerCertificateMetadata": {"Path": "/", "ServerCertificateName": "shop", "ServerCertificateId": "ASCAEXAMPLE",
            "Arn": "arn:aws:iam::123456789012:server-certificate/shop", "Expiration": "2036-01-01T00:00:00Z"},
        "CertificateBody": pem,
    }});
    let server = read("server.json", server.to_string().as_bytes(), &[]);
    assert_eq!(server.format, "aws.iam");
    let same = |kind, id: &str| {
        let found = server.node(kind, id).aliases.iter();
        found
            .filter(|alias| alias.role == model::AliasRole::Same)
            .map(|alias| alias.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        same(NodeKind::Credential, &sha256),
        ["aws:server_certificate:ASCAEXAMPLE"]
    );
    assert_eq!(
        same(
            NodeKind::Credential,
            "arn:aws:iam::123456789012:server-certificate/shop"
        ),
        ["aws:server_certificate:ASCAEXAMPLE"]
    );
    let answer = serde_json::json!({"Certificate": pem, "CertificateChain": ""}).to_string();
    let arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1";
    let acm = read("acm.json", answer.as_bytes(), &[("resource", arn)]);
    assert_eq!(acm.format, "aws.resources");
    let found = acm.node(NodeKind::Credential, &sha256);
    assert!(edges(found).contains(&format!("stored_in -> {arn}")));
    let nameless = read("acm.json", answer.as_bytes(), &[]);
    assert!(nameless.find(NodeKind::Credential, &sha256).is_some());
    assert!(nameless.gaps()[0].contains("--scope resource=ARN"));
}

/// Every column of the report lands somewhere: another value in it gives another result, and a date or
/// word in it stands in what is said.
#[test]
fn every_column_of_the_credential_report_lands_somewhere() {
    // (column, a value, another value, whether the first stands in what is said)
    let mut columns: Vec<(String, String, String, bool)> = Vec::new();
    let mut day = 0;
    let mut date = || {
        day += 1;
        format!("2026-01-{day:02}T10:00:00+00:00")
    };
    let other = "2025-12-31T09:00:00+00:00";
    let mut add = |name: &str, value: &str, other: &str, stands: bool| {
        columns.push((name.to_owned(), value.to_owned(), other.to_owned(), stands));
    };
    add("user", "deploy", "release", true);
    add(
        "arn",
        "arn:aws:iam::123456789012:user/deploy",
        "arn:aws:iam::123456789012:user/release",
        true,
    );
    add("user_creation_time", &date(), other, true);
    add("password_enabled", "true", "false", false);
    for name in [
        "password_last_used",
        "password_last_changed",
        "password_next_rotation",
    ] {
        add(name, &date(), other, true);
    }
    add("mfa_active", "true", "false", false);
    for key in [1, 2] {
        add(&format!("access_key_{key}_active"), "true", "false", false);
        for name in ["last_rotated", "last_used_date"] {
            add(&format!("access_key_{key}_{name}"), &date(), other, true);
        }
        add(
            &format!("access_key_{key}_last_used_region"),
            &format!("eu-west-{key}"),
            "us-east-1",
            true,
        );
        add(
            &format!("access_key_{key}_last_used_service"),
            &format!("service{key}"),
            "sts",
            true,
        );
    }
    for certificate in [1, 2] {
        add(
            &format!("cert_{certificate}_active"),
            "true",
            "false",
            false,
        );
        add(
            &format!("cert_{certificate}_last_rotated"),
            &date(),
            other,
            true,
        );
    }
    add("additional_credentials_info", "N/A", "3 access keys", false);
    let fixture = String::from_utf8_lossy(include_bytes!("fixtures/credential-report.csv"));
    let known: Vec<&str> = fixture.lines().next().unwrap().split(',').collect();
    for name in &known {
        assert!(
            columns.iter().any(|(column, ..)| column == name),
            "{name} is not tested"
        );
    }
    let report = |changed: Option<usize>| {
        let cell = |(at, column): (usize, &(String, String, String, bool))| {
            if changed == Some(at) {
                column.2.clone()
            } else {
                column.1.clone()
            }
        };
        let header: Vec<&str> = columns.iter().map(|column| column.0.as_str()).collect();
        let row: Vec<String> = columns.iter().enumerate().map(cell).collect();
        let text = format!("{}\n{}\n", header.join(","), row.join(","));
        let found = read("report.csv", text.as_bytes(), &[]);
        assert_eq!(found.format, "aws.credential_report");
        serde_json::to_string(&(&found.got.observations, &found.got.coverage)).unwrap()
    };
    let whole = report(None);
    for (at, (column, value, _, stands)) in columns.iter().enumerate() {
        assert_ne!(report(Some(at)), whole, "{column} changes nothing");
        let shown = value
            .strip_suffix("+00:00")
            .map_or(value.clone(), |time| format!("{time}Z"));
        assert!(
            !stands || whole.contains(&shown),
            "{column}: {shown} is not told"
        );
    }
}
