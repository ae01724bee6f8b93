use super::super::testing::{ends, read};
use super::*;
use model::{Class, EdgeKind, Precision, Status};

/// `ldapsearch` of a Samba 4.17 domain with a service account, a disabled one, a person, a gMSA,
/// an sMSA and a computer. The SIDs below were read with `ldbsearch`, which prints them as text.
const SAMBA: &[u8] = include_bytes!("../fixtures/samba-ldapsearch.ldif");
/// `slapcat` of OpenLDAP 2.5.
const OPENLDAP: &[u8] = include_bytes!("../fixtures/openldap-slapcat.ldif");
const DOMAIN: &str = "S-1-5-21-2680762349-1571935822-553947376";

fn sid(rid: u32) -> String {
    format!("{DOMAIN}-{rid}")
}

#[test]
fn the_format_is_told_by_its_content() {
    let sure = |head: &[u8]| Ldif.detect(&Probe::new("export", head));
    assert_eq!(sure(SAMBA), Match::Sure);
    assert_eq!(sure(OPENLDAP), Match::Sure);
    assert_eq!(sure(b"{}"), Match::No);
}

#[test]
fn accounts_of_a_real_domain_by_sort() {
    let read = read(&Ldif, "ad.ldif", SAMBA, &[]);
    read.result.as_ref().unwrap();
    assert_eq!(read.shortfalls(), Vec::<String>::new());
    let sort = |rid| {
        let said = read.node(&sid(rid)).attributes;
        (said.name.unwrap(), said.subtype.unwrap(), said.class)
    };
    let row = |name: &str, subtype: &str, class| (name.to_owned(), subtype.to_owned(), class);
    let machine = Some(Class::Machine);
    assert_eq!(sort(1108), row("svc_sql", "ad_service_account", machine));
    assert_eq!(sort(1102), row("backup-svc", "ad_service_account", machine));
    assert_eq!(sort(1103), row("jmueller", "ad_user", Some(Class::Human)));
    assert_eq!(sort(1104), row("unclear", "ad_user", None));
    assert_eq!(sort(1105), row("APP1$", "ad_computer", Some(Class::Device)));
    assert_eq!(sort(1106), row("gmsa-web$", "ad_gmsa", machine));
    assert_eq!(sort(1107), row("smsa-old$", "ad_smsa", machine));
    assert_eq!(sort(502), row("krbtgt", "ad_service_account", machine));
    assert_eq!(sort(500), row("Administrator", "ad_user", None));
}

#[test]
fn a_service_account_in_full() {
    let read = read(&Ldif, "ad.ldif", SAMBA, &[]);
    let sql = read.node(&sid(1108));
    let said = &sql.attributes;
    let time = |text| Some(Fact::known(TimeUs::parse(text).unwrap()));
    assert_eq!(said.last_rotated, time("2026-11-22T18:39:55.255050Z"));
    let last = TimeUs::parse("2026-11-22T18:39:55.812673Z").unwrap();
    assert_eq!(
        said.last_used,
        Some(Fact::known_to(last, Precision::Fortnight)),
        "the directory renews it only when it is 9 to 14 days old"
    );
    assert_eq!(said.created, time("2026-11-22T18:39:17Z"));
    assert_eq!(said.expires, Some(Fact::never()));
    assert_eq!(said.status, Some(Status::Enabled));
    assert_eq!(said.tenant.as_deref(), Some("lab.test"));
    assert_eq!(
        said.declared_owner.as_deref(),
        Some("CN=Jörg Müller,CN=Users,DC=lab,DC=test")
    );
    assert_eq!(
        said.extra["service_account_evidence"],
        serde_json::json!([
            "service_principal_name",
            "name_pattern:svc",
            "password_never_expires",
            "organisational_unit"
        ])
    );
    assert_eq!(
        said.extra["user_account_control"],
        serde_json::json!(["password_never_expires"])
    );
    let aliases: Vec<_> = sql
        .aliases
        .iter()
        .map(|alias| alias.text.as_str())
        .collect();
    assert_eq!(
        aliases,
        [
            "dn:cn=svc_sql,ou=service accounts,dc=lab,dc=test",
            "sam:lab.test\\svc_sql",
            "upn:svc_sql@lab.test",
            "spn:mssqlsvc/db1.lab.test:1433",
            "spn:mssqlsvc/db1.lab.test",
            "ad:account:lab.test\\svc_sql",
            "ad:upn:svc_sql@lab.test",
        ]
    );
    assert_eq!(ends(&sql, EdgeKind::PartOf), [DOMAIN]);
    assert_eq!(ends(&sql, EdgeKind::OwnedBy), [sid(1103)]);
    assert_eq!(
        ends(&sql, EdgeKind::Contains),
        ["<ce7dcbed-25e4-4212-b623-81d5e83e1b8b"]
    );
    // The certificate published for the account; its hash is the one that openssl prints.
    let certificate =
        read.node("x509:sha256:93980a3f0667fb11e3ce9dd02f6c493a43bc3d6352c04f2dee242fbd12f1f557");
    assert_eq!(ends(&certificate, EdgeKind::Authenticates), [sid(1108)]);
    assert_eq!(certificate.attributes.expires, time("2036-11-19T18:39:17Z"));
}

#[test]
fn membership_once_whichever_side_states_it() {
    let read = read(&Ldif, "ad.ldif", SAMBA, &[]);
    let operators = sid(1109);
    let pairs: Vec<_> = read
        .collected
        .observations
        .iter()
        .flat_map(|(_, said)| said.edges.iter().map(move |edge| (&said.node, edge)))
        .filter(|(node, edge)| {
            edge.kind == EdgeKind::MemberOf
                && (node.native_id == operators || edge.to.native_id == operators)
        })
        .collect();
    assert_eq!(pairs.len(), 1);
    let backup = read.node(&sid(1102)).attributes;
    assert_eq!(
        backup.declared_privileged,
        Some(true),
        "a member of Domain Admins, without adminCount"
    );
    assert_eq!(backup.status, Some(Status::Disabled));
    assert_eq!(
        backup.extra["allowed_to_delegate_to"],
        serde_json::json!(["cifs/files.lab.test"])
    );
    assert_eq!(read.node(&sid(1103)).attributes.declared_privileged, None);
}

#[test]
fn who_may_read_a_managed_password_and_who_may_delegate() {
    let read = read(&Ldif, "ad.ldif", SAMBA, &[]);
    let app1 = format!("<{}", sid(1105));
    assert_eq!(
        ends(&read.node(&sid(1106)), EdgeKind::Grants),
        std::slice::from_ref(&app1)
    );
    // Resource-based constrained delegation of APP1 to itself, as it was set up.
    assert_eq!(ends(&read.node(&sid(1105)), EdgeKind::Delegates), [app1]);
}

#[test]
fn never_signed_in_is_said_only_when_the_export_could_show_it() {
    let whole = read(&Ldif, "ad.ldif", SAMBA, &[]);
    assert_eq!(
        whole.node(&sid(1102)).attributes.last_used.unwrap().state(),
        "never"
    );
    let usage = |read: &super::super::testing::Read| {
        let coverage = read
            .collected
            .coverage
            .iter()
            .find(|coverage| coverage.group == "usage")
            .unwrap();
        (coverage.state, coverage.lag_us)
    };
    assert_eq!(
        usage(&whole),
        (CoverageState::Partial, Some(14 * TimeUs::DAY_US))
    );
    let text = String::from_utf8(SAMBA.to_vec()).unwrap();
    let without: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("lastLogonTimestamp"))
        .collect();
    let without = read(
        &Ldif,
        "ad.ldif",
        (without.join("\n") + "\n").as_bytes(),
        &[],
    );
    assert_eq!(
        without
            .node(&sid(1102))
            .attributes
            .last_used
            .unwrap()
            .state(),
        "no_data_yet"
    );
    assert_eq!(usage(&without), (CoverageState::NotAttempted, None));
}

#[test]
fn the_scope_is_the_domain_in_the_names() {
    let read = read(&Ldif, "ad.ldif", SAMBA, &[]);
    for (source, _) in &read.collected.observations {
        assert_eq!(
            (source.scope.as_str(), source.provisional),
            ("lab.test", false)
        );
    }
}

#[test]
fn references_that_leave_the_file_are_listed_not_invented() {
    let text = "dn: CN=svc,OU=a,DC=lab,DC=test\nobjectClass: user\nsAMAccountName: svc\n\
        objectSid: S-1-5-21-1-2-3-1200\nmemberOf: CN=Domain Admins,CN=Users,DC=lab,DC=test\n\
        memberOf: CN=Other,OU=x,DC=lab,DC=test\n";
    let read = read(&Ldif, "users.ldif", text.as_bytes(), &[]);
    let svc = read.node("S-1-5-21-1-2-3-1200");
    assert_eq!(svc.attributes.declared_privileged, Some(true));
    assert_eq!(
        svc.attributes.extra["references_outside_file"],
        serde_json::json!([
            "member_of: cn=domain admins,cn=users,dc=lab,dc=test",
            "member_of: cn=other,ou=x,dc=lab,dc=test"
        ])
    );
    assert_eq!(ends(&svc, EdgeKind::MemberOf), Vec::<String>::new());
    assert!(read.collected.coverage.iter().any(|coverage| {
        coverage
            .reason
            .starts_with("2 references point to objects that are not in this file")
    }));
}

#[test]
fn trusts_are_tied_wherever_the_domain_stands() {
    let text = "dn: CN=partner.test,CN=System,DC=lab,DC=test\nobjectClass: trustedDomain\n\
        trustDirection: 2\ntrustPartner: Partner.Test\nsecurityIdentifier: S-1-5-21-9-9-9\n\
        trustAuthOutgoing:: Q0FOQVJZ\n\ndn: DC=lab,DC=test\nobjectClass: domainDNS\nobjectSid: S-1-5-21-1-2-3\n";
    let read = read(&Ldif, "t.ldif", text.as_bytes(), &[]);
    let partner = read.node("S-1-5-21-9-9-9");
    assert_eq!(partner.attributes.name.as_deref(), Some("partner.test"));
    assert_eq!(ends(&partner, EdgeKind::Trusts), ["<S-1-5-21-1-2-3"]);
}

#[test]
fn what_is_broken_is_named_and_the_rest_is_read() {
    let text = b"dn: CN=a,DC=lab\nobjectClass: user\nobjectSid:: AAAA\n\n\
        dn:: !!!\nobjectClass: user\n\n\
        dn: CN=b,DC=lab\nchangetype: modify\nreplace: x\n\n\
        dn: CN=\xff,DC=lab\nobjectClass: group\nobjectSid: S-1-5-21-1-2-3-77\nmember;range=0-1499: CN=a,DC=lab\n\n\
        dn: CN=c,DC=lab\nobjectClass: user\nobjectSid: S-1-5-21-1-2-3-1201\nsn:: c2No";
    let read = read(&Ldif, "x.ldif", text, &[]);
    read.result.as_ref().unwrap();
    assert_eq!(
        read.shortfalls(),
        [
            "x.ldif:line 1: an account without a readable objectSid was passed over; export objectSid",
            "x.ldif:line 5: a record without a readable `dn:` was passed over",
            "x.ldif:line 8: records that change a directory (`changetype: modify`, `delete`, `modrdn`) are not an export of it and are passed over; export the entries themselves",
            "x.ldif:line 12 CN=\u{fffd},DC=lab: `member` holds only a part of its values; fetch the remaining ranges",
        ]
    );
    assert!(read.find("S-1-5-21-1-2-3-77").is_some());
    assert_eq!(
        read.node("S-1-5-21-1-2-3-1201").attributes.class,
        Some(Class::Human)
    );
}

#[test]
fn a_cut_off_answer_is_known_by_its_missing_end() {
    let cut = SAMBA.get(..SAMBA.len() / 2).unwrap();
    let shortfalls = read(&Ldif, "ad.ldif", cut, &[]).shortfalls();
    assert!(
        shortfalls
            .iter()
            .any(|line| line.ends_with("has no result line at its end: the file is cut off")),
        "{shortfalls:?}"
    );
    let limited = b"dn: CN=c,DC=lab\nobjectClass: x\n\nsearch: 2\nresult: 4 Size limit exceeded\n";
    assert_eq!(
        read(&Ldif, "ad.ldif", limited, &[]).shortfalls(),
        [
            "ad.ldif: the server ended the export with `4 Size limit exceeded`; page the search (-E pr=1000/noprompt)"
        ]
    );
}

#[test]
fn openldap_by_standard_classes() {
    let read = read(&Ldif, "o.ldif", OPENLDAP, &[]);
    read.result.as_ref().unwrap();
    let anna = read.node("uid=anna,ou=people,dc=lab,dc=test");
    assert_eq!(anna.node.provider, "ldap");
    assert_eq!(anna.node.partition, "lab.test");
    assert_eq!(anna.attributes.class, Some(Class::Human));
    assert_eq!(
        anna.attributes.last_used.as_ref().unwrap().state(),
        "not_observable"
    );
    assert_eq!(
        anna.attributes.extra["secret_attributes_in_export"],
        serde_json::json!(["userpassword"])
    );
    assert!(
        anna.aliases
            .iter()
            .any(|alias| alias.text == "ldap:entry_uuid:dbdc41d2-7aef-1041-8db1-939a1de57150")
    );
    let backup = read.node("uid=svc-backup,ou=people,dc=lab,dc=test");
    assert_eq!(backup.attributes.class, Some(Class::Machine));
    assert_eq!(
        ends(
            &read.node("cn=operators,ou=people,dc=lab,dc=test"),
            EdgeKind::MemberOf
        ),
        [
            "<uid=anna,ou=people,dc=lab,dc=test",
            "<uid=svc-backup,ou=people,dc=lab,dc=test"
        ]
    );
    assert_eq!(
        ends(
            &read.node("cn=docker,ou=people,dc=lab,dc=test"),
            EdgeKind::MemberOf
        ),
        ["<uid=svc-backup,ou=people,dc=lab,dc=test"]
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(start in 0_usize..20_000, junk in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
        let mut bytes = SAMBA.to_vec();
        let at = start.min(bytes.len());
        bytes.splice(at..at, junk);
        read(&Ldif, "ad.ldif", &bytes, &[]);
    }
}

/// The crossRef of a domain, as `ldapsearch -b CN=Partitions,CN=Configuration,…` prints it
/// (attributes by MS-ADTS 6.1.1.2.1.1.1).
const CROSS_REFERENCE: &str = "dn: CN=LABNET,CN=Partitions,CN=Configuration,DC=lab,DC=test
objectClass: top
objectClass: crossRef
cn: LABNET
nCName: DC=lab,DC=test
dnsRoot: lab.test
nETBIOSName: LABNET
systemFlags: 3

dn: CN=Enterprise Configuration,CN=Partitions,CN=Configuration,DC=lab,DC=test
objectClass: crossRef
nCName: CN=Configuration,DC=lab,DC=test
dnsRoot: lab.test

";

fn same(observation: &Observation) -> Vec<&str> {
    observation
        .aliases
        .iter()
        .filter(|alias| alias.role == model::AliasRole::Same)
        .map(|alias| alias.text.as_str())
        .collect()
}

#[test]
fn the_short_name_of_the_domain_joins_what_a_windows_host_runs() {
    let services = b"Name,StartName,PathName\nMSSQL,LABNET\\svc_sql,x\nWeb,svc_sql@lab.test,y\n";
    let host = read(
        &crate::imports::windows::WindowsServices,
        "s.csv",
        services,
        &[("host", "h")],
    );
    let by_sam = host.node("sam:labnet\\svc_sql");
    let by_upn = host.node("upn:svc_sql@lab.test");
    // Wherever the crossRef stands: before the accounts, or after them.
    let before = [CROSS_REFERENCE.as_bytes(), SAMBA].concat();
    let after = [SAMBA, b"\n", CROSS_REFERENCE.as_bytes()].concat();
    for text in [before, after] {
        let directory = read(&Ldif, "ad.ldif", &text, &[]);
        let account = directory.node(&sid(1108));
        for named in [&by_sam, &by_upn] {
            assert_eq!(named.node.kind, account.node.kind);
            let shared = same(named);
            assert_eq!(shared.len(), 1);
            assert!(same(&account).contains(&shared[0]), "{shared:?}");
        }
        // Another account of the same domain is another record.
        assert!(!same(&directory.node(&sid(1103))).contains(&same(&by_sam)[0]));
        assert_eq!(
            directory.node(DOMAIN).attributes.extra["netbios_name"],
            "labnet"
        );
    }
    let alone = read(&Ldif, "ad.ldif", SAMBA, &[]);
    assert!(!same(&alone.node(&sid(1108))).contains(&same(&by_sam)[0]));
    assert!(alone.collected.coverage.iter().any(|row| {
        row.group == "short_name" && row.reason.contains("CN=Partitions,CN=Configuration")
    }));
}

#[test]
fn a_domain_controller_tells_the_short_name_too() {
    let controller = "dn: CN=DC1,OU=Domain Controllers,DC=lab,DC=test
objectClass: computer
objectSid:: AQUAAAAAAAUVAAAA7S/Jn07WsV3wkAQh6AMAAA==
sAMAccountName: DC1$
userAccountControl: 532480
servicePrincipalName: HOST/DC1
servicePrincipalName: HOST/dc1.lab.test/LABNET
servicePrincipalName: ldap/dc1.lab.test/ForestDnsZones.lab.test

";
    let directory = read(
        &Ldif,
        "ad.ldif",
        &[controller.as_bytes(), SAMBA].concat(),
        &[],
    );
    assert!(same(&directory.node(&sid(1108))).contains(&"ad:account:labnet\\svc_sql"));
    // A computer that is no controller may register what it likes.
    let member = controller.replace("532480", "4096");
    let directory = read(&Ldif, "ad.ldif", &[member.as_bytes(), SAMBA].concat(), &[]);
    assert!(!same(&directory.node(&sid(1108))).contains(&"ad:account:labnet\\svc_sql"));
}

/// A delegated managed service account as Windows Server 2025 keeps it, with the account it took
/// over from (classes and attributes after Microsoft's schema reference and "Delegated Managed
/// Service Accounts overview").
#[test]
fn a_delegated_managed_account_and_the_one_it_supersedes() {
    let text = "dn: CN=dmsa-web,CN=Managed Service Accounts,DC=lab,DC=test
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
objectClass: computer
objectClass: msDS-DelegatedManagedServiceAccount
objectSid:: AQUAAAAAAAUVAAAA7S/Jn07WsV3wkAQhuQsAAA==
sAMAccountName: dmsa-web$
userAccountControl: 4096
msDS-ManagedPasswordInterval: 30
msDS-DelegatedMSAState: 2
msDS-ManagedAccountPrecededByLink: CN=svc_web,CN=Users,DC=lab,DC=test
msDS-SupportedEncryptionTypes: 28

dn: CN=svc_web,CN=Users,DC=lab,DC=test
objectClass: user
objectSid:: AQUAAAAAAAUVAAAA7S/Jn07WsV3wkAQhugsAAA==
sAMAccountName: svc_web
userAccountControl: 514
msDS-SupersededManagedAccountLink: CN=dmsa-web,CN=Managed Service Accounts,DC=lab,DC=test
msDS-SupersededServiceAccountState: 2

";
    let read = read(&Ldif, "ad.ldif", text.as_bytes(), &[]);
    let account = read.node(&sid(3001)).attributes;
    assert_eq!(account.subtype.as_deref(), Some("ad_dmsa"));
    assert_eq!(account.class, Some(Class::Machine));
    assert_eq!(account.extra["delegated_msa_state"], 2);
    assert_eq!(account.extra["managed_password_interval_days"], 30);
    assert_eq!(
        account.extra["supersedes"],
        "CN=svc_web,CN=Users,DC=lab,DC=test"
    );
    let old = read.node(&sid(3002)).attributes;
    assert_eq!(old.extra["superseded_account_state"], 2);
    assert_eq!(
        old.extra["superseded_by"],
        "CN=dmsa-web,CN=Managed Service Accounts,DC=lab,DC=test"
    );
    assert_eq!(old.status, Some(Status::Disabled));
}

/// A computer whose certificate an enterprise authority of the same forest issued; the two fixtures of
/// the formats' tests were made so by openssl.
#[test]
fn the_certificate_of_a_device_leads_to_the_device_and_its_authority() {
    use base64::Engine as _;
    let der = |pem: &str| {
        let scan = formats::pem::scan(pem.as_bytes());
        base64::engine::general_purpose::STANDARD.encode(scan.blocks[0].data.expose())
    };
    let leaf = der(include_str!(
        "../../../../../formats/tests/fixtures/leaf.pem"
    ));
    let ca = der(include_str!("../../../../../formats/tests/fixtures/ca.pem"));
    let text = format!(
        "dn: CN=APP9,CN=Computers,DC=lab,DC=test
objectClass: computer
objectSid:: AQUAAAAAAAUVAAAA7S/Jn07WsV3wkAQhuQsAAA==
sAMAccountName: APP9$
userCertificate:: {leaf}

dn: CN=Lab CA,CN=Enrollment Services,CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test
objectClass: pKIEnrollmentService
cn: Lab CA
objectGUID:: AQIDBAUGBwgJCgsMDQ4PEA==
cACertificate:: {ca}
cACertificate:: AAAA

"
    );
    let read = read(&Ldif, "ad.ldif", text.as_bytes(), &[]);
    let device = read.node(&sid(3001));
    assert_eq!(device.attributes.class, Some(Class::Device));
    let (_, first) = read
        .collected
        .observations
        .iter()
        .find(|(_, one)| ends(one, EdgeKind::Authenticates) == [sid(3001)])
        .unwrap();
    let certificate = read.node(&first.node.native_id);
    assert_eq!(
        ends(&certificate, EdgeKind::SignedBy),
        ["04030201-0605-0807-090a-0b0c0d0e0f10"]
    );
    let authority = read.node("04030201-0605-0807-090a-0b0c0d0e0f10");
    assert_eq!(
        authority.attributes.subtype.as_deref(),
        Some("ad_enterprise_ca")
    );
    assert_eq!(ends(&authority, EdgeKind::Trusts).len(), 1);
    assert_eq!(read.shortfalls().len(), 1, "{:?}", read.shortfalls());
}
