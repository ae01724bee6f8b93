//! AI agents, their servers and their secrets.

use model::{Class, Fact, Status};
use serde_json::json;

use super::machine::{Machine, Scanned};

#[test]
fn an_agent_with_its_servers_secrets_and_permissions() {
    let machine = Machine::bare();
    machine.write(
        "/home/ann/.claude.json",
        json!({
            "oauthAccount": {"emailAddress": "ann@example.org"},
            "mcpServers": {
                "github": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-github@2025.4.8"], "env": {"GITHUB_TOKEN": "CANARY-github-value", "LOG": "1"}},
                "notes": {"type": "http", "url": "https://mcp.notes.example/mcp?api_key=CANARY-url-key", "headers": {"Authorization": "Bearer CANARY-header"}},
            },
            "projects": {"/home/ann/shop": {"mcpServers": {"db": {"command": "uvx", "args": ["db-mcp", "--dsn", "postgres://a:CANARY-dsn@db.example/x"]}}}}
        })
        .to_string(),
    );
    machine.write(
        "/home/ann/.claude/settings.json",
        "{ // comments are allowed\n \"model\": \"opus\", \"permissions\": {\"allow\": [\"Bash(git:*)\", \"Bash(curl -H 'Authorization: Bearer CANARY-rule')\"],}, }",
    );
    machine.write(
        "/home/ann/.claude/.credentials.json",
        r#"{"claudeAiOauth":{"accessToken":"CANARY-access","refreshToken":"CANARY-refresh","expiresAt":1770000000000,"scopes":["user:inference"]}}"#,
    );
    machine.write(
        "/home/ann/shop/.mcp.json",
        r#"{"mcpServers":{"local":{"command":"node","args":["server.js"]}}}"#,
    );
    let scanned = machine.scan();

    let said = scanned.of("claude_code");
    assert!(
        said.iter()
            .all(|one| one.node.native_id == "claude_code:/home/ann/.claude.json"),
        "one installation"
    );
    assert!(
        said.iter()
            .all(|one| one.attributes.class == Some(Class::Agent))
    );
    assert!(Scanned::edges(said[0]).contains(&"owned_by->user:ann".to_owned()));
    let allowed = said
        .iter()
        .find_map(|one| one.attributes.extra.get("permissions_allowed"))
        .unwrap();
    assert_eq!(allowed[0], "Bash(git:*)");

    let servers = scanned.of("mcp_server");
    let names: Vec<&str> = servers
        .iter()
        .map(|one| one.node.native_id.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "mcp:/home/ann/.claude.json#github",
            "mcp:/home/ann/.claude.json#notes",
            "mcp:/home/ann/.claude.json#/home/ann/shop#db",
            "mcp:/home/ann/shop/.mcp.json#local",
        ]
    );
    let github = &servers[0].attributes.extra;
    assert_eq!(github["package"], "@modelcontextprotocol/server-github");
    assert_eq!(
        (github["version"].as_str(), github["pinned"].as_bool()),
        (Some("2025.4.8"), Some(true))
    );
    assert_eq!(github["environment_names"], json!(["GITHUB_TOKEN", "LOG"]));
    assert!(Scanned::edges(servers[0]).contains(&"runs_as->user:ann".to_owned()));
    assert_eq!(
        servers[1].attributes.extra["url"],
        "https://mcp.notes.example/mcp?api_key=‹secret›"
    );
    assert_eq!(
        Scanned::edges(servers[1]),
        ["connects_to->mcp.notes.example:443"]
    );
    assert_eq!(servers[2].attributes.extra["pinned"], false);

    // Token, URL key, header and the password in the argument.
    assert_eq!(scanned.in_file("/home/ann/.claude.json").len(), 4);
    let tokens = scanned.in_file("/home/ann/.claude/.credentials.json");
    assert_eq!(tokens.len(), 2);
    assert_eq!(
        tokens[0].attributes.extra["scopes"],
        json!(["user:inference"])
    );
    assert_eq!(
        tokens[0].attributes.expires,
        Some(Fact::known(model::TimeUs::from_seconds(1_770_000_000)))
    );
}

/// One line each: file, content, agent, server, transport.
const PRODUCTS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "/home/ann/.config/Claude/claude_desktop_config.json",
        r#"{"mcpServers":{"s":{"command":"x"}}}"#,
        "claude_desktop",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.cursor/mcp.json",
        r#"{"mcpServers":{"s":{"url":"http://localhost:3000/sse"}}}"#,
        "cursor",
        "s",
        "http",
    ),
    (
        "/home/ann/.config/Code/User/mcp.json",
        r#"{"servers":{"s":{"type":"sse","url":"https://a.example"}}}"#,
        "visual_studio_code",
        "s",
        "sse",
    ),
    (
        "/home/ann/.config/Code/User/settings.json",
        r#"{"mcp":{"servers":{"s":{"command":"x"}}}}"#,
        "visual_studio_code",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.codeium/windsurf/mcp_config.json",
        r#"{"mcpServers":{"s":{"serverUrl":"https://a.example"}}}"#,
        "windsurf",
        "s",
        "http",
    ),
    (
        "/home/ann/.config/zed/settings.json",
        r#"{"context_servers":{"s":{"command":{"path":"x","args":[]}}}}"#,
        "zed",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.gemini/settings.json",
        r#"{"mcpServers":{"s":{"httpUrl":"https://a.example"}}}"#,
        "gemini_cli",
        "s",
        "http",
    ),
    (
        "/home/ann/.codex/config.toml",
        "model = \"o9\"\n[mcp_servers.s]\ncommand = \"x\"\n",
        "codex",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.continue/config.yaml",
        "mcpServers:\n  - name: s\n    command: x\n",
        "continue",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.config/goose/config.yaml",
        "extensions:\n  s:\n    type: stdio\n    cmd: x\n    args: []\n",
        "goose",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.config/opencode/opencode.json",
        r#"{"mcp":{"s":{"type":"local","command":["x","y"]}}}"#,
        "opencode",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.aws/amazonq/mcp.json",
        r#"{"mcpServers":{"s":{"command":"x"}}}"#,
        "amazon_q",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
        r#"{"mcpServers":{"s":{"command":"x"}}}"#,
        "cline",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.config/amp/settings.json",
        r#"{"amp.mcpServers":{"s":{"command":"x"}}}"#,
        "amp",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.copilot/mcp-config.json",
        r#"{"mcpServers":{"s":{"type":"local","command":"x"}}}"#,
        "github_copilot_cli",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.lmstudio/mcp.json",
        r#"{"mcpServers":{"s":{"command":"x"}}}"#,
        "lm_studio",
        "s",
        "stdio",
    ),
    (
        "/home/ann/.kiro/settings/mcp.json",
        r#"{"mcpServers":{"s":{"command":"x","disabled":true}}}"#,
        "kiro",
        "s",
        "stdio",
    ),
    (
        "/home/ann/shop/.vscode/mcp.json",
        r#"{"servers":{"s":{"command":"x"}}}"#,
        "visual_studio_code",
        "s",
        "stdio",
    ),
    (
        "/home/ann/shop/.roo/mcp.json",
        r#"{"mcpServers":{"s":{"command":"x"}}}"#,
        "roo_code",
        "s",
        "stdio",
    ),
];

#[test]
fn each_product_is_read_from_its_own_files() {
    for (path, content, product, server, transport) in PRODUCTS {
        let machine = Machine::bare();
        machine.write(path, content);
        let scanned = machine.scan();
        assert_eq!(scanned.of(product).len(), 1, "{path}");
        let found = scanned.of("mcp_server");
        assert_eq!(found.len(), 1, "{path}: {:?}", scanned.coverage());
        assert_eq!(found[0].node.native_id, format!("mcp:{path}#{server}"));
        assert_eq!(found[0].attributes.extra["transport"], *transport, "{path}");
        assert!(
            Scanned::edges(scanned.of(product)[0])
                .contains(&format!("connects_to->mcp:{path}#{server}")),
            "{path}"
        );
    }
}

#[test]
fn a_server_that_is_switched_off_says_so() {
    let machine = Machine::bare();
    machine.write(
        "/home/ann/.kiro/settings/mcp.json",
        r#"{"mcpServers":{"s":{"command":"x","disabled":true}}}"#,
    );
    assert_eq!(
        machine.scan().of("mcp_server")[0].attributes.status,
        Some(Status::Disabled)
    );
}

#[test]
fn an_editor_without_an_agent_is_no_agent_and_broken_settings_are_a_gap() {
    let machine = Machine::bare();
    machine.write(
        "/home/ann/.config/Code/User/settings.json",
        r#"{"editor.fontSize": 12}"#,
    );
    machine.write(
        "/home/ann/.cursor/mcp.json",
        "{\"mcpServers\": {\"a\": {\"env\": {\"T\": \"CANARY-broken\n",
    );
    let scanned = machine.scan();
    assert!(scanned.of("visual_studio_code").is_empty());
    assert!(scanned.of("cursor").is_empty());
    let text = scanned.coverage().join("\n");
    assert!(
        text.contains("failed /home/ann/.cursor/mcp.json: not JSON at line"),
        "{text}"
    );
}
