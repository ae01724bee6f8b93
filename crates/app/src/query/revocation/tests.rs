use inventory::columns::TimeColumn;
use inventory::read::{EdgeEnd, Node, RecordEdge, Seen};
use model::TimeUs;

use super::*;

/// What templates may name.
const PLACES: &[&str] = &[
    "native",
    "name",
    "last",
    "head",
    "tenant",
    "identity",
    "identity_native",
    "place",
    "namespace",
    "object",
];

#[test]
fn hostile_names_stay_names() {
    assert_eq!(shell_quoted("AKIAEXAMPLE"), "AKIAEXAMPLE");
    assert_eq!(shell_quoted("a; rm -rf ~"), "'a; rm -rf ~'");
    assert_eq!(shell_quoted("it's"), r"'it'\''s'");
    assert_eq!(shell_quoted("--all"), "'--all'");
}

#[test]
fn templates_name_what_is_missing() {
    let values = Values(vec![("last", "AKIA".to_owned())]);
    assert_eq!(
        values.fill("aws --user-name {identity} --id {last} {", true),
        "aws --user-name <IDENTITY> --id AKIA {"
    );
}

#[test]
fn every_template_has_known_places() {
    for entry in sources::revocation::entries() {
        for (text, command) in entry.steps {
            let said = [Some(*text), *command, Some(entry.who), Some(entry.proof)];
            for template in said.into_iter().flatten() {
                for part in template.split('{').skip(1) {
                    let name = part.split('}').next().unwrap();
                    assert!(PLACES.contains(&name), "{:?}: {name}", entry.subtypes);
                }
            }
        }
    }
}

/// A record of a sort of the table, with every relation templates speak of.
fn sample(kind: &str, subtype: &str, native: &str) -> Gathered {
    let node = Node {
        key: 1,
        id: "sample".to_owned(),
        kind: kind.to_owned(),
        class: None,
        subtype: Some(subtype.to_owned()),
        provider: String::new(),
        partition: String::new(),
        native_id: native.to_owned(),
        tenant: Some("123456789012".to_owned()),
        name: "the name".to_owned(),
        status: None,
        created: TimeColumn::default(),
        expires: TimeColumn::default(),
        last_used: TimeColumn::default(),
        last_rotated: TimeColumn::default(),
        environment: None,
        owner: None,
        vendor: None,
        privileged: None,
        instances: None,
        referenced: None,
        retired: None,
        from_run: 1,
        declared: inventory::read::Declared::default(),
    };
    let edge = |kind: &str, other: &str, native: &str| RecordEdge {
        kind: kind.to_owned(),
        direction: Direction::Out,
        other: EdgeEnd {
            key: 2,
            id: "end".to_owned(),
            kind: other.to_owned(),
            subtype: None,
            class: None,
            name: "the end".to_owned(),
            native_id: native.to_owned(),
            retired: false,
            referenced: false,
        },
        connector: String::new(),
        scope: String::new(),
        place: None,
        attributes: serde_json::Map::new(),
        from_run: 1,
        observed: None,
    };
    Gathered {
        owners: std::collections::BTreeMap::new(),
        now: TimeUs::from_micros(0),
        record: Record {
            node,
            members: Vec::new(),
            attributes: Vec::new(),
            sightings: Vec::new(),
            aliases: Vec::new(),
            edges: vec![
                edge("authenticates", "identity", "an-identity"),
                edge("stored_in", "resource", "/etc/key"),
            ],
            edges_cut: false,
        },
        seen: Seen::default(),
        credentials: Vec::new(),
        identities: Vec::new(),
        applications: Vec::new(),
        containers: Vec::new(),
        bundles: std::collections::BTreeMap::new(),
        gaps: Vec::new(),
        cut: false,
    }
}

#[test]
fn every_place_of_every_entry_is_filled() {
    for entry in sources::revocation::entries() {
        for subtype in entry.subtypes {
            let native = match *subtype {
                "k8s_service_account" => "system:serviceaccount:shop:orders",
                "k8s_legacy_token" => "token:shop/orders-token",
                _ => "head/last",
            };
            let said = answer(&sample(entry.kind, subtype, native));
            assert_eq!(said.state, "known", "{subtype}");
            let mut texts = vec![
                said.summary,
                said.who_can.unwrap_or_default(),
                said.proof.unwrap_or_default(),
            ];
            for step in said.steps {
                texts.push(step.text);
                texts.extend(step.command);
            }
            for text in texts {
                assert!(!text.contains('{'), "{subtype}: {text}");
                for name in PLACES {
                    let open = format!("<{}>", name.to_uppercase());
                    assert!(!text.contains(&open), "{subtype}: {text}");
                }
            }
        }
    }
}

#[test]
fn a_kubernetes_object_is_named_whole() {
    let account = "system:serviceaccount:shop:orders";
    let said = answer(&sample("identity", "k8s_service_account", account));
    assert_eq!(
        said.who_can.as_deref(),
        Some("an administrator of the namespace shop")
    );
    assert_eq!(
        said.proof.as_deref(),
        Some(
            "`kubectl auth can-i --list --as=system:serviceaccount:shop:orders` shows nothing of its own"
        )
    );
    // The token's own record may bear a fingerprint; the Secret it lies in has the name.
    let mut token = sample("credential", "k8s_legacy_token", "fp1:00:11");
    token.record.edges[1].other.native_id = "secret:shop/orders-token".to_owned();
    assert_eq!(
        answer(&token).steps[0].command.as_deref(),
        Some("kubectl delete secret orders-token --namespace shop")
    );
}

#[test]
fn a_subtype_stands_once() {
    let mut seen = std::collections::BTreeSet::new();
    for entry in sources::revocation::entries() {
        for subtype in entry.subtypes {
            assert!(seen.insert((entry.kind, subtype)), "{subtype}");
        }
    }
}

#[test]
fn kubernetes_names_are_taken_apart() {
    let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
    assert_eq!(
        kubernetes("system:serviceaccount:prod:deployer"),
        pair("prod", "deployer")
    );
    assert_eq!(kubernetes("secret:prod/tls"), pair("prod", "tls"));
    assert_eq!(kubernetes("AKIA"), None);
}
