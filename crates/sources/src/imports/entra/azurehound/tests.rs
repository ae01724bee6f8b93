use super::*;
use crate::imports::activedirectory::testing::{ends, read};

/// The shapes are those of AzureHound 2 (its `models` package): ids in upper case, values that are
/// false or empty left out.
const HOUND: &str = r##"{"data":[
 {"kind":"AZTenant","data":{"id":"/tenants/99999999-0000-4000-8000-000000000000","tenantId":"99999999-0000-4000-8000-000000000000","displayName":"CONTOSO","collected":true}},
 {"kind":"AZUser","data":{"id":"44444444-0000-4000-8000-00000000000A","displayName":"ANNA EK","userPrincipalName":"ANNA@CONTOSO.EXAMPLE","accountEnabled":true,"userType":"Member","tenantId":"99999999-0000-4000-8000-000000000000","tenantName":"CONTOSO"}},
 {"kind":"AZApp","data":{"id":"BCD7C908-1C4D-4D48-93EE-FF38349A75C8","appId":"0A1B2C3D-0000-4000-8000-000000000001","displayName":"BILLING API","passwordCredentials":[{"displayName":"s","keyId":"11111111-0000-4000-8000-000000000001","hint":"CAN","startDateTime":"2022-01-01T00:00:00Z","endDateTime":"2024-01-01T00:00:00Z"}],"tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZAppOwner","data":{"owners":[{"owner":{"@odata.type":"#microsoft.graph.user","id":"44444444-0000-4000-8000-00000000000A"},"appId":"0A1B2C3D-0000-4000-8000-000000000001"}],"appId":"0A1B2C3D-0000-4000-8000-000000000001"}},
 {"kind":"AZFederatedIdentityCredential","data":{"fics":[{"fic":{"id":"33333333-0000-4000-8000-000000000001","name":"deploy","issuer":"https://token.actions.githubusercontent.com","subject":"repo:contoso/billing:ref:refs/heads/main","audiences":["api://AzureADTokenExchange"]},"appId":"0A1B2C3D-0000-4000-8000-000000000001"}],"appId":"0A1B2C3D-0000-4000-8000-000000000001"}},
 {"kind":"AZServicePrincipal","data":{"id":"55555555-0000-4000-8000-000000000001","appId":"0A1B2C3D-0000-4000-8000-000000000001","displayName":"BILLING API","servicePrincipalType":"Application","appOwnerOrganizationId":"99999999-0000-4000-8000-000000000000","tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZGroup","data":{"id":"77777777-0000-4000-8000-000000000001","displayName":"ADMINS","securityEnabled":true,"tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZGroupMember","data":{"members":[{"member":{"@odata.type":"#microsoft.graph.servicePrincipal","id":"55555555-0000-4000-8000-000000000001"},"groupId":"77777777-0000-4000-8000-000000000001"}],"groupId":"77777777-0000-4000-8000-000000000001"}},
 {"kind":"AZRole","data":{"id":"62e90394-69f5-4237-9190-012177145e10","templateId":"62e90394-69f5-4237-9190-012177145e10","displayName":"Global Administrator","isBuiltIn":true,"isEnabled":true,"tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZRoleAssignment","data":{"roleAssignments":[{"id":"r","roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10","principalId":"77777777-0000-4000-8000-000000000001","directoryScopeId":"/"}],"roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10","tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZSubscription","data":{"id":"/subscriptions/AAAAAAAA-0000-4000-8000-000000000000","subscriptionId":"AAAAAAAA-0000-4000-8000-000000000000","displayName":"prod","state":"Enabled","tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZKeyVault","data":{"id":"/subscriptions/aaaaaaaa-0000-4000-8000-000000000000/resourceGroups/rg1/providers/Microsoft.KeyVault/vaults/kv1","name":"kv1","location":"westeurope","subscriptionId":"/subscriptions/aaaaaaaa-0000-4000-8000-000000000000","resourceGroup":"/subscriptions/aaaaaaaa-0000-4000-8000-000000000000/resourceGroups/rg1","tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZVM","data":{"id":"/SUBSCRIPTIONS/AAAAAAAA-0000-4000-8000-000000000000/RESOURCEGROUPS/RG1/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM1","name":"vm1","identity":{"principalId":"55555555-0000-4000-8000-000000000009","type":"SystemAssigned","tenantId":"99999999-0000-4000-8000-000000000000"},"tenantId":"99999999-0000-4000-8000-000000000000"}},
 {"kind":"AZKeyVaultOwner","data":{"owners":[{"owner":{"id":"/x","properties":{"principalId":"55555555-0000-4000-8000-000000000001","roleDefinitionId":"/subscriptions/aaaaaaaa-0000-4000-8000-000000000000/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635","scope":"/SUBSCRIPTIONS/AAAAAAAA-0000-4000-8000-000000000000"}},"keyVaultId":"kv1"}],"keyVaultId":"kv1"}},
 {"kind":"AZVMRoleAssignment","data":{"assignees":[{"assignee":{"properties":{"principalId":"77777777-0000-4000-8000-0000000000FF","roleDefinitionId":"/x/b24988ac-6180-42a0-ab88-20f7382dd24c","scope":"/subscriptions/aaaaaaaa-0000-4000-8000-000000000000"}}}],"objectId":"vm1"}},
 {"kind":"AZKeyVaultAccessPolicy","data":{"keyVaultId":"/subscriptions/aaaaaaaa-0000-4000-8000-000000000000/resourceGroups/rg1/providers/Microsoft.KeyVault/vaults/kv1","objectId":"44444444-0000-4000-8000-00000000000A","permissions":{"secrets":["get","list"]}}},
 {"kind":"AZUser","data":{"id":7}},
 {"kind":"AZSomethingNew","data":{}}
],"meta":{"type":"azure","version":5,"count":18}}"##;
const SUB: &str = "aaaaaaaa-0000-4000-8000-000000000000";
const SP: &str = "55555555-0000-4000-8000-000000000001";

#[test]
fn the_format_is_told_by_its_content() {
    let sure = |text: &str| AzureHound.detect(&Probe::new("x", text.as_bytes()));
    assert_eq!(sure(HOUND), Match::Sure);
    assert_eq!(sure(r#"{"data":[{"kind":"Pod"}]}"#), Match::No);
}

#[test]
fn entra_objects_and_their_relations() {
    let read = read(&AzureHound, "az.json", HOUND.as_bytes(), &[]);
    read.result.as_ref().unwrap();
    let principal = read.node(SP);
    assert_eq!(principal.attributes.extra["party"], "first_party");
    assert_eq!(
        principal.attributes.status, None,
        "an absent accountEnabled says nothing in this format"
    );
    assert_eq!(
        ends(&principal, EdgeKind::MemberOf),
        ["77777777-0000-4000-8000-000000000001"]
    );
    let secret =
        read.node("bcd7c908-1c4d-4d48-93ee-ff38349a75c8/11111111-0000-4000-8000-000000000001");
    assert_eq!(ends(&secret, EdgeKind::Authenticates), [SP]);
    let application = read.node("app_id:0a1b2c3d-0000-4000-8000-000000000001");
    assert_eq!(
        ends(&application, EdgeKind::OwnedBy),
        ["44444444-0000-4000-8000-00000000000a"]
    );
    assert_eq!(
        ends(
            &read.node("77777777-0000-4000-8000-000000000001"),
            EdgeKind::HasRole
        ),
        ["62e90394-69f5-4237-9190-012177145e10"]
    );
    assert_eq!(read.count("entra_federated_credential"), 1);
    let (source, _) = &read.collected.observations[0];
    assert_eq!(source.scope, "99999999-0000-4000-8000-000000000000");
    assert!(!source.provisional);
}

#[test]
fn azure_resources_and_roles_on_them() {
    let read = read(&AzureHound, "az.json", HOUND.as_bytes(), &[]);
    let group = format!("/subscriptions/{SUB}/resourcegroups/rg1");
    let vault = read.node(&format!("{group}/providers/microsoft.keyvault/vaults/kv1"));
    assert_eq!(ends(&vault, EdgeKind::Contains), [format!("<{group}")]);
    let machine = read.node(&format!(
        "{group}/providers/microsoft.compute/virtualmachines/vm1"
    ));
    assert_eq!(
        ends(&machine, EdgeKind::RunsAs),
        ["55555555-0000-4000-8000-000000000009"]
    );
    let principal = read.node(SP);
    // The assignment holds where it was made, on the subscription, not on each vault below.
    assert_eq!(ends(&principal, EdgeKind::Grants), [SUB]);
    assert_eq!(
        ends(&principal, EdgeKind::HasRole),
        ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635"]
    );
    let anna = read.node("44444444-0000-4000-8000-00000000000a");
    let policy = anna
        .edges
        .iter()
        .find(|edge| edge.kind == EdgeKind::Grants)
        .unwrap();
    assert_eq!(policy.to.native_id, vault.node.native_id);
    assert_eq!(policy.attributes["permissions"]["secrets"][0], "get");
}

#[test]
fn what_was_not_read_is_said() {
    let read = read(&AzureHound, "az.json", HOUND.as_bytes(), &[]);
    let shortfalls = read.shortfalls();
    assert_eq!(shortfalls.len(), 2, "{shortfalls:?}");
    assert!(shortfalls[0].contains("a field is not as AzureHound writes it"));
    assert!(shortfalls[1].contains("2 relations name objects whose kind is not in the file"));
    assert!(
        read.collected
            .coverage
            .iter()
            .any(|coverage| coverage.reason
                == "1 elements of kind `AZSomethingNew` are not read by this version")
    );
    let fewer = HOUND.replace("\"count\":18", "\"count\":20");
    let fewer = read_shortfalls(&fewer);
    assert!(
        fewer
            .iter()
            .any(|line| line.contains("announces 20 elements and holds 18"))
    );
}

#[test]
fn a_cut_off_file_gives_what_came_before_the_cut() {
    let cut = HOUND.get(..HOUND.len() / 2).unwrap();
    let read = read(&AzureHound, "az.json", cut.as_bytes(), &[]);
    assert!(
        read.result
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("cut off")
    );
    assert!(read.find(SP).is_some());
}

/// Both formats name the things of one tenant alike.
#[test]
fn the_same_nodes_as_graph() {
    let hound = read(&AzureHound, "az.json", HOUND.as_bytes(), &[]);
    let graph = read(
        &super::super::Graph,
        "sp.json",
        include_str!("../fixtures/service-principals.json").as_bytes(),
        &[],
    );
    assert_eq!(hound.node(SP).node.id(), graph.node(SP).node.id());
}

fn read_shortfalls(text: &str) -> Vec<String> {
    read(&AzureHound, "az.json", text.as_bytes(), &[]).shortfalls()
}
