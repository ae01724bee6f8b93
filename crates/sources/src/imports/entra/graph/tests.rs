use super::*;
use crate::imports::activedirectory::testing::{ends, read};
use model::{Class, EdgeKind, Fact, Status, TimeUs};

const APPLICATIONS: &str = include_str!("../fixtures/applications.json");
const PRINCIPALS: &str = include_str!("../fixtures/service-principals.json");
const TENANT: &str = "99999999-0000-4000-8000-000000000000";

fn sp(number: u8) -> String {
    format!("55555555-0000-4000-8000-{number:012}")
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "compared with an optional attribute"
)]
fn time(text: &str) -> Option<Fact<TimeUs>> {
    Some(Fact::known(TimeUs::parse(text).unwrap()))
}

#[test]
fn the_format_is_told_by_its_content() {
    let sure = |text: &str| Graph.detect(&Probe::new("x.json", text.as_bytes()));
    assert_eq!(sure(APPLICATIONS), Match::Sure);
    assert_eq!(sure(PRINCIPALS), Match::Sure);
    // The Azure CLI and Graph PowerShell write no context.
    assert_eq!(
        sure(r#"[{"id":"1","appId":"2","signInAudience":"x"}]"#),
        Match::Sure
    );
    assert_eq!(
        sure(r#"[{"Id":"1","AppId":"2","PasswordCredentials":[]}]"#),
        Match::Sure
    );
    assert_eq!(sure(r#"{"id":"1","name":"n"}"#), Match::No);
    assert_eq!(
        sure(r#"{"data":[{"kind":"AZApp","data":{"id":"1","appId":"2"}}]}"#),
        Match::No
    );
}

#[test]
fn each_credential_has_its_own_life() {
    let read = read(&Graph, "applications.json", APPLICATIONS.as_bytes(), &[]);
    read.result.as_ref().unwrap();
    let now = TimeUs::parse("2026-11-23T00:00:00Z").unwrap();
    let lives: Vec<(TimeUs, TimeUs)> = read
        .collected
        .observations
        .iter()
        .map(|(_, said)| &said.attributes)
        .filter(|said| {
            matches!(
                said.subtype.as_deref(),
                Some("entra_client_secret" | "entra_client_certificate")
            )
        })
        .map(|said| {
            let value = |fact: &Option<Fact<TimeUs>>| *fact.as_ref().unwrap().value().unwrap();
            (value(&said.created), value(&said.expires))
        })
        .collect();
    assert_eq!(lives.len(), 4);
    let count =
        |is: &dyn Fn(&(TimeUs, TimeUs)) -> bool| lives.iter().filter(|life| is(life)).count();
    assert_eq!(count(&|(_, end)| *end < now), 1, "expired");
    assert_eq!(
        count(&|(_, end)| *end >= now && end.days_since(now) <= 30),
        1,
        "expiring within 30 days"
    );
    assert_eq!(
        count(&|(start, end)| end.days_since(*start) > 2 * 366),
        1,
        "valid for more than two years"
    );
    let certificate =
        read.node("bcd7c908-1c4d-4d48-93ee-ff38349a75c8/22222222-0000-4000-8000-000000000001");
    assert_eq!(
        certificate.aliases[0].text,
        "sha1:5f0143662a7ea16e8db90e44d0f1f1fc87b1e703"
    );
    let secret =
        read.node("bcd7c908-1c4d-4d48-93ee-ff38349a75c8/11111111-0000-4000-8000-000000000002");
    assert_eq!(
        ends(&secret, EdgeKind::PartOf),
        ["bcd7c908-1c4d-4d48-93ee-ff38349a75c8"]
    );
    let text = serde_json::to_string(&secret).unwrap();
    assert!(!text.contains("hint") && !text.contains("\"CAN\""));
}

#[test]
fn an_application_and_the_broken_one_after_it() {
    let read = read(&Graph, "applications.json", APPLICATIONS.as_bytes(), &[]);
    let billing = read.node("bcd7c908-1c4d-4d48-93ee-ff38349a75c8");
    let said = &billing.attributes;
    assert_eq!(said.subtype.as_deref(), Some("entra_app_registration"));
    assert_eq!(said.description.as_deref(), Some("invoices"));
    assert_eq!(said.declared_owner.as_deref(), Some("anna@contoso.example"));
    assert_eq!(
        said.extra["redirect_uris"],
        serde_json::json!(["https://billing.contoso.example/cb"])
    );
    assert_eq!(
        said.extra["implicit_grant"]["enableAccessTokenIssuance"],
        true
    );
    assert_eq!(
        ends(&billing, EdgeKind::OwnedBy),
        ["44444444-0000-4000-8000-000000000001"]
    );
    let federated =
        read.node("bcd7c908-1c4d-4d48-93ee-ff38349a75c8/33333333-0000-4000-8000-000000000001");
    assert_eq!(federated.attributes.expires, Some(Fact::never()));
    assert_eq!(
        ends(&federated, EdgeKind::Trusts),
        ["token.actions.githubusercontent.com"]
    );
    assert!(read.find("bcd7c908-1c4d-4d48-93ee-ff38349a75c9").is_none());
    assert!(read.find("bcd7c908-1c4d-4d48-93ee-ff38349a75ca").is_some());
    let shortfalls = read.shortfalls();
    assert_eq!(shortfalls.len(), 1, "{shortfalls:?}");
    assert!(shortfalls[0].starts_with("applications.json:byte "));
    let (source, _) = &read.collected.observations[0];
    assert_eq!(
        (source.scope.as_str(), source.provisional),
        ("file:applications.json", true)
    );
}

#[test]
fn service_principals_by_type_and_party() {
    let read = read(
        &Graph,
        "sp.json",
        PRINCIPALS.as_bytes(),
        &[("tenant", TENANT)],
    );
    read.result.as_ref().unwrap();
    assert_eq!(read.shortfalls(), Vec::<String>::new());
    let said = |number| read.node(&sp(number)).attributes;
    let party = |number| said(number).extra["party"].clone();
    assert_eq!(party(1), "first_party");
    assert_eq!(party(2), "third_party");
    assert_eq!(party(3), "microsoft");
    assert_eq!(said(2).vendor.as_deref(), Some("Insight Ltd"));
    assert_eq!(said(2).status, Some(Status::Disabled));
    assert_eq!(said(1).last_used.unwrap().state(), "not_observable");
    let machine = read.node(&sp(4));
    assert_eq!(
        machine.attributes.subtype.as_deref(),
        Some("entra_managed_identity")
    );
    assert_eq!(
        ends(&machine, EdgeKind::RunsAs),
        [
            "</subscriptions/77777777-0000-4000-8000-000000000000/resourcegroups/rg1/providers/microsoft.compute/virtualmachines/vm-build"
        ]
    );
    let agent = read.node(&sp(5));
    assert_eq!(agent.attributes.class, Some(Class::Agent));
    assert_eq!(
        agent.attributes.subtype.as_deref(),
        Some("entra_agent_identity")
    );
    assert_eq!(
        ends(&agent, EdgeKind::SponsoredBy),
        ["44444444-0000-4000-8000-000000000001"]
    );
    assert!(
        ends(&agent, EdgeKind::PartOf)
            .contains(&"app_id:0a1b2c3d-0000-4000-8000-0000000000aa".to_owned())
    );
    let key = read.node(&format!("{}/22222222-0000-4000-8000-000000000002", sp(4)));
    assert_eq!(ends(&key, EdgeKind::Authenticates), [sp(4)]);
    let role = read.node(&format!("{}/19dbc75e-c2e2-444c-a770-ec69d8559fc7", sp(3)));
    assert_eq!(
        role.attributes.name.as_deref(),
        Some("Directory.ReadWrite.All")
    );
    let (source, _) = &read.collected.observations[0];
    assert_eq!((source.scope.as_str(), source.provisional), (TENANT, false));
}

/// With `--complete` a list of service principals must not retire the users.
#[test]
fn a_list_of_one_sort_is_not_the_whole_kind() {
    let states = |text: &str| {
        let read = read(&Graph, "x.json", text.as_bytes(), &[("complete", "")]);
        read.collected
            .coverage
            .iter()
            .filter_map(|coverage| Some((coverage.kind?, coverage.state, coverage.reason.clone())))
            .collect::<Vec<_>>()
    };
    let principals = states(PRINCIPALS);
    let identity = principals
        .iter()
        .find(|(kind, ..)| *kind == NodeKind::Identity)
        .unwrap();
    assert_eq!(identity.1, CoverageState::Partial);
    assert!(identity.2.starts_with("the file lists only some sorts"));
    assert!(!principals.iter().any(|(kind, ..)| *kind == NodeKind::Group));
    let applications = states(APPLICATIONS);
    assert!(applications.contains(&(
        NodeKind::Application,
        CoverageState::Complete,
        String::new()
    )));
}

#[test]
fn without_the_tenant_nobody_is_called_a_third_party() {
    let read = read(&Graph, "sp.json", PRINCIPALS.as_bytes(), &[]);
    let party = |number| read.node(&sp(number)).attributes.extra["party"].clone();
    assert_eq!(party(2), "unknown");
    assert_eq!(party(3), "microsoft");
}

#[test]
fn secrets_of_an_application_prove_its_service_principal() {
    let both = format!("{APPLICATIONS}\n{PRINCIPALS}");
    let read = read(&Graph, "all.json", both.as_bytes(), &[]);
    let secret =
        read.node("bcd7c908-1c4d-4d48-93ee-ff38349a75c8/11111111-0000-4000-8000-000000000001");
    assert_eq!(ends(&secret, EdgeKind::Authenticates), [sp(1)]);
}

const ACTIVITY: &str = r#"{"@odata.context":"https://graph.microsoft.com/beta/$metadata#reports/servicePrincipalSignInActivities","value":[
 {"id":"x","appId":"0A1B2C3D-0000-4000-8000-000000000001","lastSignInActivity":{"lastSignInDateTime":"2026-11-01T05:00:00Z","lastSignInRequestId":"r"},
  "delegatedClientSignInActivity":{"lastSignInDateTime":"0001-01-01T00:00:00Z"},"applicationAuthenticationClientSignInActivity":{"lastSignInDateTime":"2026-11-01T05:00:00Z"}},
 {"id":"y","appId":"0a1b2c3d-0000-4000-8000-00000000ffff","lastSignInActivity":null}]}"#;

#[test]
fn sign_ins_reach_the_service_principal() {
    let both = format!("{ACTIVITY}{PRINCIPALS}");
    let read_both = read(&Graph, "all.json", both.as_bytes(), &[]);
    let used = read_both.node(&sp(1)).attributes;
    assert_eq!(used.last_used, time("2026-11-01T05:00:00Z"));
    assert_eq!(
        used.extra["last_sign_in_as_client_app_only"],
        "2026-11-01T05:00:00Z"
    );
    assert!(!used.extra.contains_key("last_sign_in_as_client_for_users"));
    // Alone and with the tenant: the service principal is named by tenant and application.
    let alone = read(&Graph, "a.json", ACTIVITY.as_bytes(), &[("tenant", TENANT)]);
    let alias = format!("entra:service_principal:{TENANT}/0a1b2c3d-0000-4000-8000-000000000001");
    let has = |read: &crate::imports::activedirectory::testing::Read| {
        read.collected
            .observations
            .iter()
            .any(|(_, said)| said.aliases.iter().any(|known| known.text == alias))
    };
    assert!(has(&alone));
    assert!(has(&read(
        &Graph,
        "sp.json",
        PRINCIPALS.as_bytes(),
        &[("tenant", TENANT)]
    )));
    // Alone and without: kept with the application, and said.
    let alone = read(&Graph, "a.json", ACTIVITY.as_bytes(), &[]);
    let application = alone.node("app_id:0a1b2c3d-0000-4000-8000-000000000001");
    assert_eq!(
        application.attributes.last_used,
        time("2026-11-01T05:00:00Z")
    );
    assert_eq!(
        alone
            .node("app_id:0a1b2c3d-0000-4000-8000-00000000ffff")
            .attributes
            .last_used
            .unwrap()
            .state(),
        "no_data_yet"
    );
    assert!(alone.collected.coverage.iter().any(|coverage| {
        coverage
            .reason
            .starts_with("2 sign-in rows name only an application id")
    }));
}

#[test]
fn grants_of_both_sorts() {
    let text = r#"{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#oauth2PermissionGrants","value":[
     {"clientId":"55555555-0000-4000-8000-000000000002","consentType":"AllPrincipals","id":"Aa-1","principalId":null,"resourceId":"55555555-0000-4000-8000-000000000003","scope":"Mail.Read offline_access"},
     {"clientId":"55555555-0000-4000-8000-000000000002","consentType":"Principal","id":"Aa-2","principalId":"44444444-0000-4000-8000-000000000001","resourceId":"55555555-0000-4000-8000-000000000003","scope":" User.Read"}]}
     {"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#servicePrincipals('x')/appRoleAssignments","value":[
     {"id":"z","appRoleId":"19dbc75e-c2e2-444c-a770-ec69d8559fc7","createdDateTime":"2021-02-02T00:00:00Z","principalId":"55555555-0000-4000-8000-000000000001","principalType":"ServicePrincipal","resourceDisplayName":"Microsoft Graph","resourceId":"55555555-0000-4000-8000-000000000003"}]}"#;
    let read = read(&Graph, "g.json", text.as_bytes(), &[]);
    read.result.as_ref().unwrap();
    let all = read.node("grant:Aa-1");
    assert_eq!(all.attributes.subtype.as_deref(), Some("entra_oauth_grant"));
    assert_eq!(all.attributes.extra["offline_access"], true);
    assert_eq!(ends(&all, EdgeKind::UsedBy), [sp(2)]);
    assert_eq!(ends(&all, EdgeKind::Authenticates), Vec::<String>::new());
    let one = read.node("grant:Aa-2");
    assert_eq!(
        ends(&one, EdgeKind::Authenticates),
        ["44444444-0000-4000-8000-000000000001"]
    );
    assert_eq!(one.attributes.extra["offline_access"], false);
    assert_eq!(
        ends(&read.node(&sp(2)), EdgeKind::Delegates),
        [sp(3), sp(3)]
    );
    assert_eq!(
        ends(&read.node(&sp(1)), EdgeKind::HasRole),
        [format!("{}/19dbc75e-c2e2-444c-a770-ec69d8559fc7", sp(3))]
    );
}

#[test]
fn roles_users_groups_and_the_tenant() {
    let text = r##"{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#organization","value":[{"id":"99999999-0000-4000-8000-000000000000","displayName":"Contoso","verifiedDomains":[{"name":"contoso.example","isDefault":true}]}]}
    {"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(id,displayName,userType,signInActivity)","value":[
      {"id":"44444444-0000-4000-8000-000000000001","displayName":"Anna Ek","userPrincipalName":"anna@contoso.example","userType":"Member","onPremisesSecurityIdentifier":"S-1-5-21-1-2-3-1103","signInActivity":{"lastSignInDateTime":"2026-10-01T00:00:00Z","lastNonInteractiveSignInDateTime":"2026-11-11T00:00:00Z"}},
      {"id":"44444444-0000-4000-8000-000000000002","displayName":"Guest","userPrincipalName":"g_x#EXT#@contoso.example","userType":"Guest"}]}
    {"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#groups(members())","value":[{"id":"77777777-0000-4000-8000-000000000001","displayName":"Admins","securityEnabled":true,"mailEnabled":false,"isAssignableToRole":true,"members":[{"@odata.type":"#microsoft.graph.user","id":"44444444-0000-4000-8000-000000000001"},{"id":"44444444-0000-4000-8000-000000000002"}]}]}
    {"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#roleManagement/directory/roleAssignments","value":[
      {"id":"r1","principalId":"77777777-0000-4000-8000-000000000001","roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10","directoryScopeId":"/"},
      {"id":"r2","principalId":"12345678-0000-4000-8000-000000000001","roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10","directoryScopeId":"/"}]}
    {"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#directoryRoles","value":[{"id":"aaaaaaaa-0000-4000-8000-000000000001","roleTemplateId":"62e90394-69f5-4237-9190-012177145e10","displayName":"Global Administrator","members":[]}]}"##;
    let read = read(&Graph, "dir.json", text.as_bytes(), &[]);
    read.result.as_ref().unwrap();
    let anna = read.node("44444444-0000-4000-8000-000000000001");
    assert_eq!(anna.attributes.class, Some(Class::Human));
    assert_eq!(anna.attributes.last_used, time("2026-11-11T00:00:00Z"));
    assert_eq!(ends(&anna, EdgeKind::ManagedBy), ["S-1-5-21-1-2-3-1103"]);
    let guest = read.node("44444444-0000-4000-8000-000000000002");
    assert_eq!(guest.attributes.class, Some(Class::External));
    assert_eq!(
        guest.attributes.last_used,
        Some(Fact::Never {
            window: Some("2020-04-01T00:00:00Z".into())
        })
    );
    // The second member has no type of its own; the list of users told it.
    assert_eq!(
        ends(&guest, EdgeKind::MemberOf),
        ["77777777-0000-4000-8000-000000000001"]
    );
    let role = "62e90394-69f5-4237-9190-012177145e10";
    assert_eq!(
        ends(
            &read.node("77777777-0000-4000-8000-000000000001"),
            EdgeKind::HasRole
        ),
        [role]
    );
    assert_eq!(
        read.node(role).attributes.name.as_deref(),
        Some("Global Administrator")
    );
    assert_eq!(
        read.shortfalls(),
        [
            "dir.json: 1 relation names an object whose kind is not in the file; export role assignments with $expand=principal and members with their @odata.type"
        ]
    );
    let (source, _) = read.collected.observations.last().unwrap();
    assert_eq!((source.scope.as_str(), source.provisional), (TENANT, false));
}

/// The certificate of the Samba fixture; the hashes are those that openssl prints.
#[test]
fn an_exported_certificate_joins_the_record_of_certificates() {
    let certificate = "MIIBlTCCATugAwIBAgIUZJYnRBLp6lukL2Pob9H83TD7wOYwCgYIKoZIzj0EAwIwIDEQMA4GA1UEAwwHc3ZjX3NxbDEMMAoGA1UECgwDTGFiMB4XDTI2MTEyMjE4MzkxN1oXDTM2MTExOTE4MzkxN1owIDEQMA4GA1UEAwwHc3ZjX3NxbDEMMAoGA1UECgwDTGFiMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwyAsMCdRP306OjR5eroXggUSsCOqwRBIROKi32GX1uJNUFlFxM6nVJUeyt0IbddoQH7sjJ3f3b5CsgSxfx43hqNTMFEwHQYDVR0OBBYEFCk8rrhUlNz5cL1j1pWfBZ8wDxbbMB8GA1UdIwQYMBaAFCk8rrhUlNz5cL1j1pWfBZ8wDxbbMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgPRs+wwwCviVfRsEfkVyqyZUnuH2+GpihD0UBBiC96jcCIQDXRXi0ywslckHrbpPfokMhzZkMM8JSpi1UDho2QOz4CA==";
    let application = |key: &str| {
        serde_json::json!([{"id": "bcd7c908-1c4d-4d48-93ee-ff38349a75c8", "appId": "0a1b2c3d-0000-4000-8000-000000000001", "signInAudience": "AzureADMyOrg",
            "keyCredentials": [{"keyId": "22222222-0000-4000-8000-000000000001", "type": "AsymmetricX509Cert", "usage": "Verify", "key": key}]}])
        .to_string()
    };
    let credential = "bcd7c908-1c4d-4d48-93ee-ff38349a75c8/22222222-0000-4000-8000-000000000001";
    let read_good = read(&Graph, "a.json", application(certificate).as_bytes(), &[]);
    let said = read_good.node(credential);
    let record = "x509:sha256:93980a3f0667fb11e3ce9dd02f6c493a43bc3d6352c04f2dee242fbd12f1f557";
    assert_eq!(ends(&said, EdgeKind::Trusts), [record]);
    let aliases: Vec<_> = said
        .aliases
        .iter()
        .map(|alias| alias.text.as_str())
        .collect();
    assert_eq!(
        aliases,
        [
            "sha1:d8683b8d375f13f58c3bcd7ebb0c24de2668d5d9",
            "spki:sha256:39b65af72c3c75181cfb7f0eaeb35409c09edaa0fb966372089076b89badfc3f"
        ]
    );
    assert_eq!(
        read_good.node(record).attributes.expires,
        time("2036-11-19T18:39:17Z")
    );
    let read_bad = read(&Graph, "a.json", application("AAAA").as_bytes(), &[]);
    assert!(
        read_bad.shortfalls()[0].contains("the key of a certificate credential is no certificate")
    );
    assert!(read_bad.find(credential).is_some());
}

#[test]
fn missing_pages_errors_and_cut_files_are_said() {
    let first_page = PRINCIPALS.split_once("\n]}\n").unwrap().0.to_owned() + "\n]}";
    let shortfalls = |text: &str| {
        let read = read(&Graph, "sp.json", text.as_bytes(), &[]);
        (read.shortfalls(), read.result.is_ok())
    };
    let (said, ok) = shortfalls(&first_page);
    assert!(ok && said[0].contains("@odata.nextLink"), "{said:?}");
    let (said, _) = shortfalls(
        r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}"#,
    );
    assert!(
        said.iter()
            .any(|line| line.contains("Authorization_RequestDenied")),
        "{said:?}"
    );
    let (_, ok) = shortfalls(PRINCIPALS.get(..PRINCIPALS.len() - 200).unwrap());
    assert!(!ok);
}

#[test]
fn a_single_object_and_twenty_expanded_members() {
    let one = r#"{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#applications/$entity","id":"bcd7c908-1c4d-4d48-93ee-ff38349a75c8","appId":"0a1b2c3d-0000-4000-8000-000000000001","displayName":"One"}"#;
    let read_one = read(&Graph, "one.json", one.as_bytes(), &[]);
    assert_eq!(
        read_one
            .node("bcd7c908-1c4d-4d48-93ee-ff38349a75c8")
            .attributes
            .name
            .as_deref(),
        Some("One")
    );
    let members: Vec<_> = (0..20)
        .map(|n| serde_json::json!({"@odata.type":"#microsoft.graph.user","id":format!("44444444-0000-4000-8000-{n:012}")}))
        .collect();
    let group = serde_json::json!({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#groups","value":[{"id":"77777777-0000-4000-8000-000000000001","displayName":"g","members":members}]});
    let read_group = read(&Graph, "g.json", group.to_string().as_bytes(), &[]);
    assert!(read_group.shortfalls()[0].contains("Graph stops at 20"));
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(at in 0_usize..6_000, junk in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..30)) {
        let mut bytes = PRINCIPALS.as_bytes().to_vec();
        let at = at.min(bytes.len());
        bytes.splice(at..at, junk);
        read(&Graph, "sp.json", &bytes, &[]);
    }
}
