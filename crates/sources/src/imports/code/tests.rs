use model::{EdgeKind, NodeKind};

use crate::imports::testing::{edge_words, edges, read};

#[test]
fn code_owners_become_rules_with_people_and_teams() {
    let text = "# who\n* @acme/platform\n/deploy/ @acme/Payments ann@example.com # note\n\
        /open/\n[Docs][2] @acme/writers\n/docs/\n/bad/ nobody\n!x @a\nwith\\ blank.yaml @jdoe\n@@maintainer\n/role @@maintainer\n";
    let read = read(
        "checkout/shop/.github/CODEOWNERS",
        text.as_bytes(),
        &[("repo", "acme/shop")],
    );
    assert_eq!(read.format, "code.owners");
    let deploy = read.node(NodeKind::Resource, "/deploy/");
    assert_eq!(
        edges(deploy),
        [
            "contains <- acme/shop",
            "owned_by -> payments",
            "owned_by -> ann@example.com"
        ]
    );
    let words = edge_words(deploy, EdgeKind::Contains, "acme/shop");
    assert_eq!(
        (&words["line"], &words["root"]),
        (&3.into(), &"checkout/shop".into())
    );
    assert_eq!(
        edges(read.node(NodeKind::Resource, "/open/")),
        ["contains <- acme/shop"]
    );
    assert_eq!(
        edges(read.node(NodeKind::Resource, "/docs/")),
        ["contains <- acme/shop", "owned_by -> writers"]
    );
    assert_eq!(
        edges(read.node(NodeKind::Resource, "with blank.yaml")),
        ["contains <- acme/shop", "owned_by -> @jdoe"]
    );
    let gaps = read.gaps();
    assert!(
        gaps.iter()
            .any(|gap| gap.contains("line 7: `nobody` is no owner")),
        "{gaps:?}"
    );
    assert!(
        gaps.iter()
            .any(|gap| gap.contains("line 8: the pattern is too long or negated")),
        "{gaps:?}"
    );
}

#[test]
fn a_history_gives_authors_of_declaring_files() {
    let hash = "a".repeat(40);
    let mut text = String::new();
    for (who, day, files) in [
        (
            "Ann@example.com",
            "2026-03-01",
            "deploy/sa.yaml\nsrc/main.rs",
        ),
        ("bob@example.com", "2026-02-01", "deploy/sa.yaml"),
        ("ann@example.com", "2025-01-01", "deploy/sa.yaml"),
    ] {
        text.push_str(&format!("commit {hash}\t{who}\t{day}\n\n{files}\n\n"));
    }
    text.push_str(&format!(
        "commit {hash}\tno address\t2026-01-01\n\ndeploy/other.yaml\n"
    ));
    let read = read("history.txt", text.as_bytes(), &[("repo", "acme/shop")]);
    assert_eq!(read.format, "code.git_history");
    let file = read.node(NodeKind::Resource, "deploy/sa.yaml");
    assert_eq!(
        edges(file),
        [
            "contains <- acme/shop",
            "managed_by -> ann@example.com",
            "managed_by -> bob@example.com"
        ]
    );
    let ann = edge_words(file, EdgeKind::ManagedBy, "ann@example.com");
    assert_eq!(
        (&ann["commits"], &ann["last"]),
        (&2.into(), &"2026-03-01".into())
    );
    assert!(
        read.find(NodeKind::Resource, "src/main.rs").is_none(),
        "no declaration"
    );
    assert!(
        read.find(NodeKind::Resource, "deploy/other.yaml").is_none(),
        "of nobody"
    );
    assert_eq!(edges(read.node(NodeKind::Repo, "acme/shop")).len(), 2);
    assert_eq!(read.gaps().len(), 1);
}

#[test]
fn hostile_files_end() {
    let long = format!("{} @a/b\n", "x".repeat(5_000)).repeat(100);
    assert_eq!(read("CODEOWNERS", long.as_bytes(), &[]).gaps().len(), 100);
    let lines: Vec<String> = (0..20_100).map(|n| format!("/{n} @a/b")).collect();
    let many = lines.join("\n");
    let read = read("CODEOWNERS", many.as_bytes(), &[]);
    assert!(
        read.error
            .is_some_and(|error| error.contains("more than 20000 rules"))
    );
}
