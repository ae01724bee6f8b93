use super::*;

fn items(text: &str) -> Vec<Item> {
    let mut parser = Parser::default();
    let mut items: Vec<Item> = text
        .lines()
        .zip(1..)
        .filter_map(|(text, number)| {
            parser.line(Line::Text {
                number,
                text,
                lossy: false,
            })
        })
        .collect();
    items.extend(parser.finish());
    items
}

fn entries(text: &str) -> Vec<Entry> {
    items(text)
        .into_iter()
        .filter_map(|item| match item {
            Item::Entry(entry) => Some(*entry),
            _ => None,
        })
        .collect()
}

#[test]
fn the_lists_are_in_order() {
    assert!(KEPT.is_sorted() && SECRET.is_sorted());
    assert!(KEPT.iter().all(|name| !SECRET.contains(name)));
}

#[test]
fn folding_base64_comments_and_options() {
    let entries = entries(
        "version: 1\n# a comment\n  folded on\ndn: CN=a,\n DC=lab\ncn:: w6Q=\nphoto:: AA\n AA\n\
         description: one\n  two\nmail;lang-de: a@lab\n\ndn:: Q049Yg==\ncn: b\n",
    );
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].dn, "CN=a,DC=lab");
    assert_eq!(entries[0].text("cn").as_deref(), Some("ä"));
    assert_eq!(entries[0].text("description").as_deref(), Some("one two"));
    assert_eq!(entries[0].text("mail").as_deref(), Some("a@lab"));
    assert_eq!(entries[1].dn, "CN=b");
    assert_eq!(entries[1].line, 13);
}

#[test]
fn secrets_urls_ranges_and_broken_values() {
    let entries = entries(
        "dn: CN=a\nunicodePwd:: Q0FOQVJZ\n Q0FOQVJZ\nuserPassword: CANARY-x\nuserCertificate:< file:///etc/passwd\n\
         member;range=0-1499: CN=b\nsn:: !!\nnonsense\ncn: a\n",
    );
    let entry = &entries[0];
    assert_eq!(entry.secrets, ["unicodepwd", "userpassword"]);
    assert_eq!(entry.partial, ["member"]);
    assert_eq!(
        entry.problems,
        [
            (5, "a value given as a URL was not fetched"),
            (7, "a base64 value is broken or cut off"),
            (8, "a line that is no `attribute: value` was passed over"),
        ]
    );
    assert_eq!(entry.text("cn").as_deref(), Some("a"));
    assert!(!format!("{entry:?}").contains("CANARY"));
}

#[test]
fn the_frame_of_a_search_answer() {
    let items = items(
        "# extended LDIF\n#\n\ndn: CN=a\ncn: a\n\n# search reference\nref: ldap://other/DC=x\n\n\
         # search result\nsearch: 2\nresult: 4 Size limit exceeded\n",
    );
    assert!(matches!(&items[0], Item::Entry(entry) if entry.dn == "CN=a"));
    assert!(matches!(&items[1], Item::Reference(url) if url == "ldap://other/DC=x"));
    assert!(matches!(&items[2], Item::Result(text) if text == "4 Size limit exceeded"));
    assert_eq!(items.len(), 3);
}

#[test]
fn entries_without_an_empty_line_between() {
    let names: Vec<_> = entries("dn: CN=a\ncn: a\ndn: CN=b\ncn: b\n")
        .into_iter()
        .map(|entry| entry.dn)
        .collect();
    assert_eq!(names, ["CN=a", "CN=b"]);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "[a-z:<# \nÀ=;]{0,200}") {
        items(&text);
    }
}
