//! Files of a machine in an imported folder or archive.

use model::observation::Collected;
use model::{Fingerprinter, TimeUs};
use sources::catalog::FORMATS;
use sources::imports::{Document, ImportContext, ImportOptions};

struct Imported {
    connector: &'static str,
    sink: Collected,
}

fn import(name: &str, bytes: &[u8], options: &ImportOptions) -> Option<Imported> {
    let fingerprinter = Fingerprinter::new([7; 32]);
    let mut sink = Collected::default();
    let mut document = Document::new(name, None, std::io::Cursor::new(bytes.to_vec())).unwrap();
    let format = document.choose(FORMATS)?;
    let mut cx = ImportContext {
        fingerprinter: &fingerprinter,
        options,
        now: TimeUs::from_seconds(1_760_000_000),
        sink: &mut sink,
        observed: 0,
    };
    format.read(&mut document, &mut cx).unwrap();
    let text = serde_json::to_string(&sink.observations).unwrap()
        + &serde_json::to_string(&sink.coverage).unwrap();
    assert!(!text.contains("CANARY"), "{text}");
    Some(Imported {
        connector: format.spec().id,
        sink,
    })
}

#[test]
fn the_same_readers_with_the_scope_of_the_import() {
    let options = ImportOptions {
        scopes: [("host".to_owned(), "web1".to_owned())].into(),
        ..ImportOptions::default()
    };
    let text = "API_TOKEN=CANARY-9f8e7d6c5b4a3210\nbroken\n";
    let imported = import("backup.tar!srv/app/.env", text.as_bytes(), &options).unwrap();
    assert_eq!(imported.connector, "file.env");
    let (source, token) = &imported.sink.observations[0];
    assert_eq!((source.scope.as_str(), source.provisional), ("web1", false));
    assert_eq!(token.attributes.name.as_deref(), Some("API_TOKEN"));
    let stored = &token.edges[0];
    assert_eq!(stored.to.partition, "web1");
    assert_eq!(stored.to.native_id, "backup.tar!srv/app/.env");
    assert!(
        !stored.attributes.contains_key("mode"),
        "an archive's copy has no owner here"
    );
    assert_eq!(
        imported.sink.coverage[0].place,
        "backup.tar!srv/app/.env:line 2"
    );
}

#[test]
fn agents_in_a_copied_home_are_one_installation() {
    let options = ImportOptions::default();
    let settings = br#"{"mcpServers":{"s":{"command":"npx","args":["a@1.0.0"],"env":{"TOKEN":"CANARY-value-123"}}}}"#;
    let imported = import("homes/ann/.claude/settings.json", settings, &options).unwrap();
    assert_eq!(imported.connector, "file.agent_config");
    assert!(
        imported
            .sink
            .observations
            .iter()
            .all(|(source, _)| source.provisional)
    );
    let ids: Vec<&str> = imported
        .sink
        .observations
        .iter()
        .map(|(_, one)| one.node.native_id.as_str())
        .collect();
    assert_eq!(ids[0], "mcp:homes/ann/.claude/settings.json#s");
    assert!(
        ids.contains(&"claude_code:homes/ann/.claude.json"),
        "{ids:?}"
    );
}

#[test]
fn what_is_none_of_ours_is_left_alone() {
    for (name, text) in [("notes.txt", "hello"), ("x.json", "{\"a\":[1]}")] {
        assert!(
            import(name, text.as_bytes(), &ImportOptions::default()).is_none(),
            "{name}"
        );
    }
}
