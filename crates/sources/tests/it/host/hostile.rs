//! Loops, pipes, huge and unreadable files, and a budget that runs out.

use std::cell::Cell;
use std::process::Command;

use sources::host::Finish;

use super::machine::{Machine, scan_with};

const KEY: &str = "AWS_SECRET_ACCESS_KEY=CANARYwJalrXUtnFEMIK7MDENGbPxRfiCY0123456\n";

#[test]
fn links_pipes_and_huge_files_do_no_harm() {
    let machine = Machine::bare();
    machine.link("/home/ann/loop", "/home/ann/loop");
    machine.link("..", "/home/ann/a/up");
    machine.link("/etc/passwd", "/home/ann/a/.env");
    machine.link(
        "../../../../../../../../../etc/hostname",
        "/home/ann/.netrc",
    );
    machine.run("/home/ann", "mkfifo .npmrc pipe.pem");
    machine.write("/home/ann/.pypirc", vec![b'x'; 3 * 1024 * 1024]);
    machine.write(
        "/home/ann/b/.env",
        [KEY.as_bytes(), b"\xff\xfe\x00 broken\n"].concat(),
    );
    machine.write("/home/ann/c/server.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\n");
    machine.write("/home/ann/d/empty.pem", "");
    machine.write("/home/ann/d/empty.jks", "");
    machine.write(
        "/home/ann/d/damaged.p12",
        b"\x30\x82\xff\xff\x02\x01\x03\xff\xfe",
    );
    machine.write("/home/ann/d/note.crt", "put your certificate here\n");
    let scanned = machine.scan();
    assert_eq!(scanned.report.finish, Finish::Whole);
    assert_eq!(
        scanned.in_file("/home/ann/b/.env").len(),
        1,
        "what is readable beside the broken line"
    );
    let text = scanned.coverage().join("\n");
    assert!(
        text.contains("truncated /home/ann/.pypirc: larger than the limit"),
        "{text}"
    );
    assert!(text.contains("failed /home/ann/b/.env:line 2"), "{text}");
    assert!(
        text.contains("failed /home/ann/c/server.pem:line 1"),
        "{text}"
    );
    assert!(
        text.contains("failed /home/ann/c/server.pem:line 4"),
        "{text}"
    );
    assert!(text.contains("failed /home/ann/d/damaged.p12: "), "{text}");
    assert!(!text.contains("note.crt"), "{text}");
    assert!(
        !text.contains("hostname"),
        "a link out of the root is not followed"
    );
}

#[test]
fn the_budget_cuts_the_search_but_not_the_known_places() {
    let machine = Machine::bare();
    machine.write(
        "/home/ann/.netrc",
        "machine a.example login ann password CANARY-known\n",
    );
    for number in 0..50 {
        machine.write(&format!("/home/ann/src/{number}/.env"), KEY);
    }
    let asked = Cell::new(0);
    let scanned = scan_with(&machine.settings(), &|| {
        asked.set(asked.get() + 1);
        asked.get() > 40
    });
    assert_eq!(scanned.report.finish, Finish::TimeUp);
    assert_eq!(scanned.in_file("/home/ann/.netrc").len(), 1);
    let found = (0..50)
        .filter(|number| {
            !scanned
                .in_file(&format!("/home/ann/src/{number}/.env"))
                .is_empty()
        })
        .count();
    assert!((1..50).contains(&found), "{found}");
    let text = scanned.coverage().join("\n");
    assert!(
        text.contains("truncated /home/ann: the time budget is used up"),
        "{text}"
    );
    assert!(
        text.contains("truncated /etc: the time budget is used up"),
        "{text}"
    );
    assert!(!text.contains("complete /home/ann:"), "{text}");
}

#[test]
fn excluded_directories_are_named_and_a_root_can_be_chosen() {
    let machine = Machine::bare();
    machine.write("/home/ann/web/node_modules/x/.env", KEY);
    machine.write("/data/app/.env", KEY);
    let scanned = machine.scan();
    assert!(
        scanned
            .in_file("/home/ann/web/node_modules/x/.env")
            .is_empty()
    );
    assert!(scanned.in_file("/data/app/.env").is_empty());
    let text = scanned.coverage().join("\n");
    assert!(
        text.contains("not_attempted /home/ann/web/node_modules: 1 directories such as this one"),
        "{text}"
    );
    let mut settings = machine.settings();
    settings.roots = vec!["/data".into(), "/missing".into()];
    let scanned = scan_with(&settings, &|| false);
    assert_eq!(scanned.in_file("/data/app/.env").len(), 1);
    let text = scanned.coverage().join("\n");
    assert!(text.contains("complete /data: "), "{text}");
    assert!(
        text.contains("failed /missing: no such directory"),
        "{text}"
    );
    assert!(
        scanned.of("local_user").is_empty(),
        "a directory alone says nothing about accounts"
    );
}

/// Every reader meets any bytes under any name without a panic, and without giving a secret back.
#[test]
fn any_bytes_under_any_name() {
    const NAMES: &[&str] = &[
        "/home/ann/.ssh/authorized_keys",
        "/home/ann/.ssh/known_hosts",
        "/home/ann/.ssh/a.pub",
        "/x/a.pem",
        "/x/a.p12",
        "/x/a.jks",
        "/x/.env",
        "/home/ann/.aws/credentials",
        "/home/ann/.kube/config",
        "/home/ann/.netrc",
        "/home/ann/.claude.json",
        "/home/ann/.codex/config.toml",
        "/home/ann/.config/goose/config.yaml",
        "/x/unknown",
    ];
    let starts: &[&[u8]] = &[
        b"",
        b"-----BEGIN RSA PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nMII",
        b"\xfe\xed\xfe\xed\x00\x00\x00\x02",
        b"\x30\x82\x01\x00\x02\x01\x03",
        b"{\"mcpServers\":{\"a\":{\"command\":[[",
        b"ssh-ed25519 AAAA",
        b"PuTTY-User-Key-File-3: ",
        b"A=\"",
        b"[mcp_servers.a]\ncommand=",
    ];
    let fingerprinter = model::Fingerprinter::new([7; 32]);
    let cx = sources::host::read::ReadContext {
        fingerprinter: &fingerprinter,
        observed: model::TimeUs::EPOCH,
        now: model::TimeUs::EPOCH,
        partition: "h",
        user: Some("ann"),
        home: Some("/home/ann"),
        on_host: true,
    };
    let strategy = (
        0..NAMES.len(),
        0..starts.len(),
        proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
    );
    proptest::proptest!(proptest::test_runner::Config::with_cases(600), |((name, start, tail) in strategy)| {
        let bytes = [starts[start], &tail].concat();
        let facts = sources::host::FileFacts::document(NAMES[name], bytes.len() as u64, None);
        let kind = sources::host::kind_of(NAMES[name]);
        let output = sources::host::read::file(kind, &facts, &bytes, cx);
        proptest::prop_assert!(output.observations.len() < 100);
    });
}

/// Root reads everything, so the scan runs in a child without privileges.
#[test]
fn what_is_not_readable_is_said_once_for_a_directory() {
    const CHILD: &str = "COUNTERSIGN_TEST_UNREADABLE";
    #[expect(
        clippy::disallowed_methods,
        reason = "the test tells its child where the machine is"
    )]
    let child = std::env::var_os(CHILD);
    if let Some(root) = child {
        let scanned = super::machine::scan_at(std::path::Path::new(&root));
        let text = scanned.coverage().join("\n");
        assert!(
            text.contains("denied /etc/shadow: permission denied; run as root"),
            "{text}"
        );
        assert!(
            text.contains("denied /root: permission denied; run as root"),
            "{text}"
        );
        assert!(
            text.contains("denied /etc/ssl/private: 3 files or directories, for example"),
            "{text}"
        );
        assert_eq!(
            text.lines()
                .filter(|row| row.starts_with("denied "))
                .count(),
            3,
            "{text}"
        );
        assert_eq!(scanned.in_file("/home/ann/.netrc").len(), 1);
        assert_eq!(scanned.report.gaps, 3);
        return;
    }
    let machine = Machine::bare();
    machine.write(
        "/home/ann/.netrc",
        "machine a.example login ann password CANARY-open\n",
    );
    machine.write(
        "/root/.netrc",
        "machine a.example login root password CANARY-closed\n",
    );
    machine.mode("/root", 0o700);
    machine.mode("/etc/shadow", 0o600);
    for name in ["a", "b", "c"] {
        let path = format!("/etc/ssl/private/{name}.key");
        machine.write(&path, "x");
        machine.mode(&path, 0o600);
    }
    std::fs::set_permissions(
        machine.root(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let test = "host::hostile::what_is_not_readable_is_said_once_for_a_directory";
    let program = std::env::current_exe().unwrap();
    // The tests' own directory may be closed to others; a copy beside the machine is not.
    let copy = machine.real("/it");
    std::fs::copy(program, &copy).unwrap();
    let mut command = if rustix_is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&copy);
        command
    } else {
        Command::new(&copy)
    };
    let output = command
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, machine.root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

fn rustix_is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}
