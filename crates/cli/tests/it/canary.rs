//! No secret value comes out of the binary: not in an answer, not in an error, not in a crash.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::estate::{assert_clean, estate, examples, ids};
use crate::run::{Done, Home};

const FORMATS: &[&str] = &["table", "json", "jsonl", "csv"];

#[test]
fn no_answer_about_the_estate_holds_a_secret() {
    let home = estate();
    for command in [
        &["identity", "ls"][..],
        &["credential", "ls"],
        &["cert", "ls"],
        &["agent", "ls"],
        &["run", "ls"],
        &["source", "ls"],
        &["coverage"],
        &["coverage", "metrics"],
        &["coverage", "plan"],
        &["diff", "0", "1"],
        &["summary"],
        &["run", "show", "1"],
        &["doctor"],
        &["config", "show"],
    ] {
        for format in FORMATS {
            let done = home.run(&[command, &["-f", format]].concat());
            assert_clean(&done, &format!("{command:?} -f {format}"));
            if done.code == 2 {
                // A command without that format says so; it has written nothing.
                assert_eq!(done.out, "", "{command:?} -f {format}");
            }
        }
        assert_eq!(home.run(command).code, 0, "{command:?}");
    }
    let mut asked = 0;
    for listing in ["identity", "credential", "agent", "cert"] {
        for id in ids(home, listing).into_iter().take(25) {
            for command in [
                &["explain", &id][..],
                &["who", &id, "--evidence"],
                &["who", &id, "-f", "json"],
                &[listing, "show", &id, "--history", "-f", "json"],
            ] {
                let done = home.run(command);
                assert_eq!(done.code, 0, "{command:?}: {}", done.err);
                assert_clean(&done, &format!("{command:?}"));
                asked += 1;
            }
        }
    }
    assert!(asked > 200, "only {asked} questions were asked");
}

#[test]
fn no_export_of_the_estate_holds_a_secret() {
    let home = estate();
    let lines = home.run(&["export"]);
    assert_eq!(lines.code, 0, "{}", lines.err);
    assert!(lines.out.lines().count() > 400);
    assert_clean(&lines, "export");
    for format in FORMATS {
        let done = home.run(&["export", "-f", format]);
        assert!(matches!(done.code, 0 | 2), "{format}: {}", done.err);
        assert_clean(&done, &format!("export -f {format}"));
        let file = home.path().join(format!("export.{format}"));
        let done = home.run(&["export", "-f", format, "-o", &file.display().to_string()]);
        assert_clean(&done, &format!("export -f {format} -o"));
        if done.code == 0 {
            assert!(testkit::assert_no_canary(&file, "the exported file") == 1);
        }
    }
}

/// The lines of a file that hold a planted value.
fn planted(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(examples().join(file)).unwrap();
    let lines = text.lines().filter(|line| line.contains("CANARY"));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_paste_from_the_estate_is_recognised_and_never_repeated() {
    let home = estate();
    let value = "CANARY+acme/deploy/bot/secret+EXAMPLEKEY";
    let done = home.run_with(&["who", "-", "-f", "json"], value);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(done.json()["identity"]["native_id"], "AKIARZPUZDIKBEXAMPLE");
    assert_clean(&done, "who -");
    let mut pasted = 0;
    for file in [
        "laptop/home/jane/src/orders/.env",
        "laptop/home/jane/.aws/credentials",
        "laptop/home/jane/.config/Claude/claude_desktop_config.json",
        "terraform/terraform.tfstate",
    ] {
        for line in planted(file) {
            // The line as it stands, the words of it, and both changed so that nobody knows them.
            let words = line
                .split(['"', '=', ' '])
                .filter(|word| word.contains("CANARY"));
            let known: Vec<String> = words.map(str::to_owned).chain([line.clone()]).collect();
            let unknown = known.iter().map(|text| format!("{text}-CANARY-x"));
            for text in known.iter().cloned().chain(unknown) {
                for format in ["table", "json"] {
                    let done = home.run_with(&["who", "-", "-f", format], &text);
                    assert!(matches!(done.code, 0 | 4), "{}", done.err);
                    assert_clean(&done, "who -");
                    pasted += 1;
                }
            }
        }
    }
    assert!(pasted > 30, "only {pasted} pastes");
    // Not even as the file or the name that was asked for.
    let file = examples().join("laptop/home/jane/src/orders/.env");
    assert_clean(&home.run(&["who", &file.display().to_string()]), "who FILE");
    testkit::assert_no_canary(&home.path().join("data"), "the data directory");
}

/// Name, content: each is broken at or after a secret value. A message about it must not quote it.
const BROKEN: &[(&str, &[u8])] = &[
    ("cut.tfstate", br#"{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","outputs":{"p":{"value":"CANARY-output","sensitive":true}},"resources":[{"mode":"managed","type":"aws_iam_access_key","name":"a","instances":[{"attributes":{"secret":"CANARY-cut"#),
    ("wrong.json", br#"{"kind":"List","apiVersion":"v1","items":[{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","namespace":"n"},"data":{"password":["CANARY-list"]},"stringData":"CANARY-string"}]}"#),
    ("cut.yaml", b"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: \"CANARY-open\n  other: [CANARY-x\n"),
    (".env", b"API_TOKEN=\"CANARY-never-closed\nDB_PASSWORD=CANARY-\xff\xfe-latin\n"),
    (".netrc", b"machine a.example login bob password\npassword CANARY-orphan\n"),
    (".npmrc", b"//registry.example/:_authToken=CANARY-\x00-nul\n_password=CANARY%%%\n"),
    ("credentials", b"[default\naws_secret_access_key = CANARY-unclosed-section\n[x]\nCANARY-no-equals\n"),
    (".docker/config.json", br#"{"auths":{"r.example":{"auth":"CANARY!!not-base64","identitytoken":7}},"x":"CANARY"#),
    ("kubeconfig", b"apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: CANARY-token\n    client-key-data: CANARY!!notbase64\n  - bad\n"),
    ("key.pem", b"-----BEGIN PRIVATE KEY-----\nCANARY!!!not base64\n-----END PRIVATE KEY-----\n-----BEGIN RSA PRIVATE KEY-----\nCANARYCANARYCANARY\n"),
    ("id_rsa", b"-----BEGIN OPENSSH PRIVATE KEY-----\nCANARYb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n"),
    ("key.json", br#"{"type":"service_account","project_id":"p","private_key_id":"k","private_key":"-----BEGIN PRIVATE KEY-----\nCANARY!\n-----END PRIVATE KEY-----\n","client_email":["CANARY-list"]}"#),
    (".claude.json", br#"{"mcpServers":{"a":{"command":"npx","env":{"T":"CANARY-broken"#),
    ("config.toml", b"[mcp_servers.a]\ncommand = \"x\"\nenv = { T = \"CANARY-toml\n"),
    ("export.ldif", b"version: 1\ndn: CN=a,DC=x\nobjectClass: user\nuserPassword:: CANARY!!notbase64\nunicodePwd: CANARY-plain\n broken CANARY continuation\nno colon CANARY\n"),
    ("register.csv", b"name,password,owner\nbot,\"CANARY-unclosed,amy\nbot2,CANARY,b,c,d,e\n"),
    ("tasks.xml", b"<?xml version=\"1.0\"?><Tasks><Task><Actions><Exec><Command>x</Command><Arguments>--password CANARY-task</Arguments></Exe"),
    (".git-credentials", b"https://ann:CANARY-token@git.example:notaport/\nhttp://CANARY@@@\n"),
];

#[test]
fn errors_about_broken_input_hold_no_secret() {
    let home = Home::new();
    let folder = home.path().join("broken");
    for (name, content) in BROKEN {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
    }
    let mut complained = 0;
    for (name, _) in BROKEN {
        let file = folder.join(name).display().to_string();
        let done = home.run(&["import", &file, "--scope", "cluster=c"]);
        assert_clean(&done, name);
        assert!(matches!(done.code, 0 | 1 | 3), "{name}: {}", done.err);
        complained +=
            usize::from(done.code != 0 && format!("{}{}", done.out, done.err).contains(name));
        let piped = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" < \"$INPUT\""])
            .arg(assert_cmd::cargo::cargo_bin!("countersign"))
            .arg("--data")
            .arg(home.path().join("data"))
            .args(["--offline", "import", "-"])
            .env("INPUT", &file)
            .output()
            .unwrap();
        testkit::assert_no_canary_bytes(&[piped.stdout, piped.stderr].concat(), name);
    }
    assert!(
        complained >= 8,
        "only {complained} broken files were complained about"
    );
    let whole = folder.display().to_string();
    assert_clean(&home.run(&["import", &whole]), "the folder");
    let scanned = home.run(&[
        "scan",
        "--root",
        &whole,
        "--no-processes",
        "--own-home-only",
    ]);
    assert!(matches!(scanned.code, 0 | 3), "{}", scanned.err);
    assert_clean(&scanned, "the scan");
    for command in [&["coverage"][..], &["export"], &["run", "ls"], &["summary"]] {
        assert_clean(&home.run(command), &format!("{command:?}"));
    }
    testkit::assert_no_canary(&home.path().join("data"), "the data directory");
}

#[test]
fn errors_about_addresses_hold_no_password() {
    let home = Home::new();
    for address in [
        "postgres://amy:CANARY-password@127.0.0.1:1/x",
        "postgres://amy:CANARY-password@127.0.0.1:notaport/x",
        "postgres://amy:CANARY-pass%zzword@[::1/x?sslmode=never",
        "postgres://amy@127.0.0.1:1/x?password=CANARY-parameter",
        "mysql://amy:CANARY-password@127.0.0.1/x",
    ] {
        let done = bare(&home, &["--db", address, "summary"], &[]);
        assert_ne!(done.code, 0, "{address}");
        assert_clean(&done, address.split_once("CANARY").unwrap().0);
    }
}

/// The binary without `--offline`, with further variables.
fn bare(home: &Home, args: &[&str], env: &[(&str, &str)]) -> Done {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("countersign"))
        .arg("--data")
        .arg(home.path().join("data"))
        .args(args)
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The binary panics while it holds a secret value, with a message that quotes it, as a decoder's
/// might. What is printed names the place and quotes nothing; nothing is stored.
#[test]
fn a_panic_says_where_and_not_what() {
    let estate = examples().display().to_string();
    let laptop = examples().join("laptop").display().to_string();
    for (command, at) in [
        (&["import", &estate][..], 1),
        (&["import", &estate], 5),
        (
            &[
                "scan",
                "--root",
                &laptop,
                "--no-processes",
                "--own-home-only",
            ],
            2,
        ),
    ] {
        let home = Home::new();
        let at = at.to_string();
        let env = [
            ("COUNTERSIGN_TEST_PANIC_AT_SECRET", at.as_str()),
            ("RUST_BACKTRACE", "full"),
        ];
        let done = bare(&home, command, &env);
        assert_eq!(
            done.code, 101,
            "the rehearsal did not panic: {}{}",
            done.out, done.err
        );
        assert!(
            done.err.contains("internal error at ") && done.err.contains("rehearsal.rs"),
            "{}",
            done.err
        );
        assert!(
            done.err.contains("secret.rs:"),
            "no backtrace: {}",
            done.err
        );
        assert_clean(&done, "a panic");
        assert!(testkit::assert_no_canary(&home.path().join("data"), "what a panic left") > 0);
        assert_eq!(
            home.run(&["identity", "ls", "-f", "jsonl"]).out,
            "",
            "half an import is visible"
        );
        let again = bare(&home, command, &[]);
        assert!(matches!(again.code, 0 | 3), "{}", again.err);
    }
}

/// A core file would hold what is being read; the shell that starts us may allow them.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_not_dumped() {
    use std::os::unix::process::ExitStatusExt as _;

    let home = Home::new();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$0\" \"$@\""])
        .arg(assert_cmd::cargo::cargo_bin!("countersign"))
        .arg("--data")
        .arg(home.path().join("data"))
        .args(["who", "-"])
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It has opened its database and waits for the paste.
    let place = format!("/proc/{}", child.id());
    let limits = (0..500)
        .find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            home.path()
                .join("data/countersign.db")
                .exists()
                .then_some(())?;
            std::fs::read_to_string(format!("{place}/limits")).ok()
        })
        .unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(
        core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(),
        ["0", "0"],
        "{core}"
    );
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-ABRT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let status = child.wait().unwrap();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(no_core_in(home.path()));
}

#[cfg(target_os = "linux")]
fn no_core_in(folder: &Path) -> bool {
    let names = std::fs::read_dir(folder).unwrap();
    names.into_iter().all(|entry| {
        !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("core")
    })
}

/// Who is not to be dumped is not to be looked into either: `/proc` then gives its files to root.
#[cfg(target_os = "linux")]
#[test]
fn others_of_the_same_account_do_not_see_its_memory() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let home = Home::new();
    let binary = home.path().join("countersign");
    std::fs::copy(assert_cmd::cargo::cargo_bin!("countersign"), &binary).unwrap();
    let data = home.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = Command::new(if root { "setpriv" } else { "env" });
    if root {
        for open in [home.path(), &data] {
            std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o777)).unwrap();
        }
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    let mut child = command
        .arg(&binary)
        .arg("--data")
        .arg(&data)
        .args(["who", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ready = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        data.join("countersign.db").exists()
    });
    let owner = std::fs::metadata(format!("/proc/{}/mem", child.id())).map(|mem| mem.uid());
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(ready, "it did not start");
    assert_eq!(owner.unwrap(), 0);
}
