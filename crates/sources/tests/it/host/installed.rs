//! AI agents as their own commands configure them, not as their documentation says.
//!
//! `captured/` holds what Claude Code 2.1.330, Codex 0.169.0 and Gemini CLI 0.61.0 wrote into an
//! empty home. `make test-slow` installs those versions and lets them write again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use model::{Class, EdgeKind};

use super::machine::{Machine, Scanned, scan_at};

/// What is typed to configure each agent: where, the program, the words, standard input.
const COMMANDS: &[(&str, &str, &str, &str)] = &[
    (
        "shop",
        "claude",
        "mcp add github --scope user -e GITHUB_TOKEN=CANARY-claude-env -- npx -y @modelcontextprotocol/server-github@2025.4.8",
        "",
    ),
    (
        "shop",
        "claude",
        "mcp add db --scope project -e DB_PASSWORD=CANARY-claude-project -- uvx db-mcp",
        "",
    ),
    (
        "shop",
        "claude",
        "mcp add local --scope local -- node server.js --token CANARY-claude-argument",
        "",
    ),
    (
        "shop",
        "codex",
        "mcp add --env DB_PASSWORD=CANARY-codex-env db -- uvx db-mcp --read-only",
        "",
    ),
    (
        "shop",
        "codex",
        "mcp add remote --url https://mcp.codex.example/mcp --bearer-token-env-var REMOTE_TOKEN",
        "",
    ),
    (
        "shop",
        "codex",
        "login --with-api-key",
        "sk-proj-CANARYabcdefghijklmnopqrstuvwxyz0123456789\n",
    ),
    (
        "shop",
        "gemini",
        "mcp add -s user -e API_TOKEN=CANARY-gemini-env tickets npx -y tickets-mcp@1.2.3",
        "",
    ),
    (
        "shop",
        "gemini",
        "mcp add -s user -t http -H Authorization:CANARY-gemini-header wiki https://wiki.example/mcp",
        "",
    ),
    (
        "shop",
        "gemini",
        "mcp add -s project files node files.js",
        "",
    ),
];

fn copy(from: &Path, machine: &Machine, to: &str) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let to = format!("{to}/{name}");
        if path.is_dir() {
            copy(&path, machine, &to);
        } else {
            machine.write(&to, std::fs::read(&path).unwrap());
        }
    }
}

/// What has to be said of a home configured by [`COMMANDS`]; `home` as the agents knew it.
fn is_told(scanned: &Scanned, home: &str) {
    for (product, own, servers) in [
        ("claude_code", ".claude.json", 3),
        ("codex", ".codex/config.toml", 2),
        ("gemini_cli", ".gemini/settings.json", 2),
    ] {
        let id = format!("{product}:/home/ann/{own}");
        let said: Vec<_> = scanned
            .of(product)
            .into_iter()
            .filter(|one| one.node.native_id == id)
            .collect();
        assert!(!said.is_empty(), "{id}: {:?}", scanned.coverage());
        assert!(
            said.iter()
                .all(|one| one.attributes.class == Some(Class::Agent))
        );
        let edges: Vec<String> = said.iter().flat_map(|one| Scanned::edges(one)).collect();
        assert!(
            edges.contains(&"owned_by->user:ann".to_owned()),
            "{edges:?}"
        );
        let mut connected: Vec<&String> = edges
            .iter()
            .filter(|edge| edge.starts_with("connects_to->mcp:"))
            .collect();
        connected.sort();
        connected.dedup();
        assert_eq!(connected.len(), servers, "{product}: {connected:?}");
    }
    let server = |id: String| {
        let found = scanned.named(&id);
        found.unwrap_or_else(|| panic!("{id}: {:?}", scanned.coverage()))
    };
    let github = server("mcp:/home/ann/.claude.json#github".to_owned());
    assert_eq!(
        github.attributes.extra["package"],
        "@modelcontextprotocol/server-github"
    );
    assert_eq!(github.attributes.extra["pinned"], true);
    server(format!("mcp:/home/ann/.claude.json#{home}/shop#local"));
    server("mcp:/home/ann/shop/.mcp.json#db".to_owned());
    server("mcp:/home/ann/shop/.gemini/settings.json#files".to_owned());
    for (id, to) in [
        (
            "mcp:/home/ann/.codex/config.toml#remote",
            "connects_to->mcp.codex.example:443",
        ),
        (
            "mcp:/home/ann/.gemini/settings.json#wiki",
            "connects_to->wiki.example:443",
        ),
    ] {
        assert_eq!(Scanned::edges(server(id.to_owned())), [to]);
    }

    let mut secrets: Vec<(&str, &str)> = scanned
        .all()
        .filter(|one| one.node.kind == model::NodeKind::Credential)
        .map(|one| {
            let place = one.place.as_deref().unwrap();
            (place, one.attributes.name.as_deref().unwrap())
        })
        .collect();
    secrets.sort_unstable();
    assert_eq!(
        secrets,
        [
            ("/home/ann/.claude.json", "GITHUB_TOKEN"),
            ("/home/ann/.claude.json", "token"),
            ("/home/ann/.codex/auth.json", "OPENAI_API_KEY"),
            ("/home/ann/.codex/config.toml", "DB_PASSWORD"),
            ("/home/ann/.gemini/settings.json", "API_TOKEN"),
            ("/home/ann/.gemini/settings.json", "Authorization"),
            ("/home/ann/shop/.mcp.json", "DB_PASSWORD"),
        ]
    );
    // Each secret is used by the server, or authenticates the agent, that it is written for.
    for one in scanned
        .all()
        .filter(|one| one.node.kind == model::NodeKind::Credential)
    {
        let used = one
            .edges
            .iter()
            .any(|edge| matches!(edge.kind, EdgeKind::UsedBy | EdgeKind::Authenticates));
        assert!(used, "{:?}", Scanned::edges(one));
    }
}

#[test]
fn homes_as_agents_themselves_wrote_them() {
    let machine = Machine::bare();
    let captured = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/host/captured");
    copy(&captured, &machine, "/home/ann");
    is_told(&machine.scan(), "/home/ann");
}

/// Where `ci/install.sh agents` put the programs.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests are told where their programs are"
)]
fn programs() -> Option<PathBuf> {
    std::env::var_os("COUNTERSIGN_TEST_AGENTS").map(PathBuf::from)
}

/// Without a network: what is typed here must not reach anybody.
fn type_in(programs: &Path, home: &Path, line: &(&str, &str, &str, &str)) {
    use std::io::Write as _;
    let (folder, program, words, input) = line;
    let mut child = Command::new("unshare")
        .args(["--net", "--map-root-user"])
        .arg(programs.join(program))
        .args(words.split(' '))
        .current_dir(home.join(folder))
        .env_clear()
        .env("HOME", home)
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display()),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(
        done.status.success(),
        "{program} {words}: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
#[ignore = "installs three agents, 900 MB"]
fn agents_installed_here_are_found() {
    let Some(programs) = programs() else {
        println!("skipped: no agents are installed (`ci/install.sh agents`)");
        return;
    };
    let machine = Machine::bare();
    let home = machine.real("/home/ann");
    std::fs::create_dir_all(home.join("shop")).unwrap();
    for line in COMMANDS {
        type_in(&programs, &home, line);
    }
    is_told(&scan_at(machine.root()), home.to_str().unwrap());
}
