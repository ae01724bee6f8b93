use super::super::testing::{ends, read};
use super::*;
use model::{Class, EdgeKind, Fact, Precision};

const USERS: &str = r#"{"data":[
 {"ObjectIdentifier":"S-1-5-21-1-2-3-1108","IsDeleted":false,"IsACLProtected":false,
  "Properties":{"domain":"LAB.TEST","name":"SVC_SQL@LAB.TEST","samaccountname":"svc_sql","distinguishedname":"CN=SVC_SQL,OU=SERVICE ACCOUNTS,DC=LAB,DC=TEST",
   "domainsid":"S-1-5-21-1-2-3","enabled":true,"hasspn":true,"serviceprincipalnames":["MSSQLSvc/db1.lab.test"],"pwdneverexpires":true,
   "lastlogon":0,"lastlogontimestamp":1668103429,"pwdlastset":1664482876,"whencreated":1664482876,"admincount":true,"userpassword":"CANARY-1","unicodepassword":"CANARY-2","email":null},
  "AllowedToDelegate":[{"ObjectIdentifier":"S-1-5-21-1-2-3-1105","ObjectType":"Computer"}],"PrimaryGroupSID":"S-1-5-21-1-2-3-513","HasSIDHistory":[],"SPNTargets":[],
  "Aces":[{"PrincipalSID":"LAB.TEST-S-1-5-32-548","PrincipalType":"Group","RightName":"GenericAll","IsInherited":false}],
  "ContainedBy":{"ObjectIdentifier":"CE7DCBED-25E4-4212-B623-81D5E83E1B8B","ObjectType":"OU"}},
 {"ObjectIdentifier":"S-1-5-21-1-2-3-1105","Properties":"wrong"},
 {"ObjectIdentifier":"S-1-5-21-1-2-3-1106","Properties":{"domain":"LAB.TEST","samaccountname":"jones","enabled":false,"lastlogon":0,"lastlogontimestamp":-1,"pwdlastset":0},
  "AllowedToDelegate":[],"PrimaryGroupSID":null,"Aces":[],"ContainedBy":{"ObjectIdentifier":"B328621C-8721-4ED4-8BF1-0A0EEEB93BA3","ObjectType":"Container"}}
 ],"meta":{"methods":521215,"type":"users","count":3,"version":6}}"#;

#[test]
fn the_format_is_told_by_its_content() {
    let sure = |name: &str, text: &str| BloodHound.detect(&Probe::new(name, text.as_bytes()));
    assert_eq!(sure("x", USERS), Match::Sure);
    assert_eq!(
        sure("x", r#"{"data":[{"kind":"AZUser","data":{}}]}"#),
        Match::No
    );
    assert_eq!(
        sure("2026_gpos.json", r#"{"data":[],"meta":{}}"#),
        Match::Maybe
    );
}

#[test]
fn users_and_what_is_broken_between_them() {
    let read = read(&BloodHound, "20260101_users.json", USERS.as_bytes(), &[]);
    read.result.as_ref().unwrap();
    let sql = read.node("S-1-5-21-1-2-3-1108");
    let said = &sql.attributes;
    assert_eq!(said.subtype.as_deref(), Some("ad_service_account"));
    assert_eq!(said.class, Some(Class::Machine));
    assert_eq!(said.declared_privileged, Some(true));
    assert_eq!(
        said.last_used,
        Some(Fact::known_to(
            TimeUs::from_seconds(1_668_103_429),
            Precision::Fortnight
        ))
    );
    assert_eq!(said.extra["aces"][0]["RightName"], "GenericAll");
    assert!(!said.extra.contains_key("userpassword"));
    assert_eq!(ends(&sql, EdgeKind::Delegates), ["S-1-5-21-1-2-3-1105"]);
    assert_eq!(ends(&sql, EdgeKind::MemberOf), ["S-1-5-21-1-2-3-513"]);
    assert_eq!(
        ends(&sql, EdgeKind::Contains),
        ["<ce7dcbed-25e4-4212-b623-81d5e83e1b8b"]
    );
    let jones = read.node("S-1-5-21-1-2-3-1106").attributes;
    assert_eq!(jones.class, None);
    assert_eq!(jones.last_used.unwrap().state(), "never");
    assert_eq!(jones.last_rotated.unwrap().state(), "no_data_yet");
    let shortfalls = read.shortfalls();
    assert_eq!(shortfalls.len(), 1);
    assert!(shortfalls[0].contains("byte") && shortfalls[0].contains("not a BloodHound object"));
}

/// The node of an account is the one that the LDIF export of the same domain names.
#[test]
fn the_same_nodes_as_the_ldif_export() {
    let graph = read(&BloodHound, "users.json", USERS.as_bytes(), &[]);
    let ldif = b"dn: CN=svc_sql,DC=lab,DC=test\nobjectClass: user\nobjectSid: S-1-5-21-1-2-3-1108\n\n\
        dn: CN=Administrators,CN=Builtin,DC=lab,DC=test\nobjectClass: group\nobjectSid: S-1-5-32-544\n";
    let export = read(&super::super::Ldif, "a.ldif", ldif, &[]);
    let id = "S-1-5-21-1-2-3-1108";
    assert_eq!(graph.node(id).node.id(), export.node(id).node.id());
    let groups = r#"{"data":[{"ObjectIdentifier":"LAB.TEST-S-1-5-32-544","Properties":{"domain":"LAB.TEST","name":"ADMINISTRATORS@LAB.TEST"},
        "Members":[{"ObjectIdentifier":"S-1-5-21-1-2-3-1108","ObjectType":"User"},{"ObjectIdentifier":"LAB.TEST-S-1-5-11","ObjectType":"Group"}],"Aces":[]}],
        "meta":{"type":"groups","count":1,"version":5}}"#;
    let groups = read(&BloodHound, "groups.json", groups.as_bytes(), &[]);
    let admins = groups.node("S-1-5-32-544");
    assert_eq!(admins.node.id(), export.node("S-1-5-32-544").node.id());
    assert_eq!(admins.attributes.declared_privileged, Some(true));
    assert_eq!(
        ends(&admins, EdgeKind::MemberOf),
        ["<S-1-5-21-1-2-3-1108", "<S-1-5-11"]
    );
    assert_eq!(graph.collected.observations[0].0.scope, "lab.test");
}

#[test]
fn computers_domains_and_authorities() {
    let computers = r#"{"data":[{"ObjectIdentifier":"S-1-5-21-1-2-3-1105","Properties":{"domain":"LAB.TEST","name":"APP1.LAB.TEST","samaccountname":"APP1$","enabled":true,"lastlogontimestamp":1701111309},
      "PrimaryGroupSID":"S-1-5-21-1-2-3-515","AllowedToDelegate":[],"AllowedToAct":[{"ObjectIdentifier":"S-1-5-21-1-2-3-1108","ObjectType":"User"}],
      "DumpSMSAPassword":[{"ObjectIdentifier":"S-1-5-21-1-2-3-1107","ObjectType":"User"}],
      "Sessions":{"Results":[],"Collected":false,"FailureReason":"ErrorAccessDenied"},
      "LocalGroups":[{"ObjectIdentifier":"S-1-5-21-5-6-7-544","Name":"ADMINISTRATORS","Results":[{"ObjectIdentifier":"S-1-5-21-1-2-3-512","ObjectType":"Group"}],"Collected":true}]}],
      "meta":{"type":"computers","count":2,"version":6}}"#;
    let read_computers = read(&BloodHound, "computers.json", computers.as_bytes(), &[]);
    let app1 = read_computers.node("S-1-5-21-1-2-3-1105");
    assert_eq!(app1.attributes.class, Some(Class::Device));
    assert_eq!(ends(&app1, EdgeKind::Delegates), ["<S-1-5-21-1-2-3-1108"]);
    assert_eq!(
        ends(&app1, EdgeKind::Grants),
        ["S-1-5-21-1-2-3-1107", "<S-1-5-21-1-2-3-512"]
    );
    assert_eq!(app1.attributes.extra["sessions"]["Collected"], false);
    assert_eq!(
        read_computers.shortfalls(),
        ["computers.json: the file announces 2 objects of type computers and holds 1"]
    );
    let domains = r#"{"data":[{"ObjectIdentifier":"S-1-5-21-1-2-3","Properties":{"name":"LAB.TEST","domain":"LAB.TEST"},
      "Trusts":[{"TargetDomainSid":"S-1-5-21-9-9-9","TargetDomainName":"PARTNER.TEST","TrustDirection":"Bidirectional","TrustType":"Forest","SidFilteringEnabled":true}],"Aces":[]}],
      "meta":{"type":"domains","count":1,"version":6}}"#;
    let lab = read(&BloodHound, "domains.json", domains.as_bytes(), &[]).node("S-1-5-21-1-2-3");
    assert_eq!(
        ends(&lab, EdgeKind::Trusts),
        ["S-1-5-21-9-9-9", "<S-1-5-21-9-9-9"]
    );
    let authority = r#"{"data":[{"ObjectIdentifier":"14CEE53E-4D95-4DDD-A244-BF15C73DC06A","Properties":{"domain":"LAB.TEST","name":"CA@LAB.TEST","certthumbprint":"5F01"},"CARegistryData":{"IsUserSpecifiesSanEnabled":{"Value":true}}}],"meta":{"type":"enterprisecas","count":1,"version":6}}"#;
    let ca = read(&BloodHound, "unnamed.json", authority.as_bytes(), &[])
        .node("14cee53e-4d95-4ddd-a244-bf15c73dc06a");
    assert_eq!(ca.attributes.subtype.as_deref(), Some("ad_enterprise_ca"));
    assert_eq!(ca.attributes.extra["certthumbprint"], "5F01");
}

#[test]
fn a_cut_off_file_gives_what_came_before_the_cut() {
    let cut = USERS.get(..USERS.len() - 300).unwrap();
    let read = read(&BloodHound, "users.json", cut.as_bytes(), &[]);
    assert!(read.result.unwrap_err().to_string().contains("cut off"));
    assert_eq!(read.collected.observations.len(), 1);
}
