//! With the network truly taken away: a namespace without any interface that is up.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::estate::examples;
use crate::run::{Done, Home};

/// How a process without a network is started here: by root directly, by others in a user
/// namespace of their own.
fn without_network() -> Option<&'static [&'static str]> {
    const WAYS: &[&[&str]] = &[&["--net"], &["--net", "--map-root-user"]];
    let works = |way: &&&[&str]| {
        let tried = Command::new("unshare")
            .args(**way)
            .arg("true")
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    };
    let found = WAYS.iter().find(works).copied();
    if found.is_none() {
        println!(
            "skipped: `unshare --net` is refused, as root and in a user namespace; allow user namespaces (sysctl kernel.unprivileged_userns_clone=1) or run as root"
        );
    }
    found
}

fn run(way: &[&str], home: &Home, args: &[&str], stdin: Stdio) -> Done {
    let output = Command::new("unshare")
        .args(way)
        .arg(assert_cmd::cargo::cargo_bin!("countersign"))
        .arg("--data")
        .arg(home.path().join("data"))
        .args(args)
        .stdin(stdin)
        .output()
        .unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn everything_works_with_the_network_taken_away() {
    let Some(way) = without_network() else { return };
    let home = Home::new();
    // The network is away indeed: somebody listens here, and cannot be reached from there.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let asked = run(
        way,
        &home,
        &["scan", "tls", &here, "--timeout", "2", "-f", "json"],
        Stdio::null(),
    );
    assert!(
        asked.out.contains("unreachable") || asked.err.contains("unreachable"),
        "{}{}",
        asked.out,
        asked.err
    );
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "the network is still there");

    let home = Home::new();
    let laptop = examples().join("laptop").display().to_string();
    let scan = run(
        way,
        &home,
        &["scan", "--root", &laptop, "--no-processes"],
        Stdio::null(),
    );
    assert!(matches!(scan.code, 0 | 3), "{}", scan.err);
    let estate = examples().display().to_string();
    let import = run(way, &home, &["import", &estate], Stdio::null());
    assert_eq!(import.code, 0, "{}", import.err);
    let who = run(
        way,
        &home,
        &["who", "AKIARZPUZDIKBEXAMPLE", "-f", "json"],
        Stdio::null(),
    );
    assert_eq!(who.code, 0, "{}", who.err);
    for answer in ["owner", "reach", "use", "expiry", "revocation"] {
        assert!(!who.json()[answer]["summary"].as_str().unwrap().is_empty());
    }
    let export = run(way, &home, &["export"], Stdio::null());
    assert!(export.lines().len() > 400, "{}", export.err);
    for command in [
        &["summary"][..],
        &["doctor"],
        &["coverage", "plan"],
        &["db", "check"],
        &["diff", "0", "1"],
        &["explain", "deploy-bot"],
    ] {
        let done = run(way, &home, command, Stdio::null());
        assert_eq!(done.code, 0, "{command:?}: {}", done.err);
    }
    // The whole of it equals what is written with a network.
    let connected = Home::new();
    let laptop = ["scan", "--root", &laptop, "--no-processes"];
    assert!(matches!(connected.run(&laptop).code, 0 | 3));
    assert_eq!(connected.run(&["import", &estate]).code, 0);
    let names = |lines: Vec<serde_json::Value>| {
        let records = lines.into_iter().filter(|line| line["type"] == "record");
        // Fingerprints belong to an installation, and so do ids made from them.
        let named = records.filter(|line| !line["native_id"].as_str().unwrap().contains("fp1:"));
        named.map(|line| line["id"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        names(export.lines()),
        names(connected.run(&["export"]).lines())
    );
}

#[test]
fn offline_refuses_to_scan_endpoints() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let done = home.run(&["scan", "tls", &here]);
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(
        done.err.contains("--offline refuses every socket"),
        "{}",
        done.err
    );
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "a socket was opened");
    assert_eq!(
        home.run(&["run", "ls", "-f", "jsonl"]).out,
        "",
        "a refused run is no run"
    );
}
