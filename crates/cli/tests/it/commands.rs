//! Commands end to end: answers, exit codes, errors with a way out.

use crate::run::{Home, PASSWORD};

#[test]
fn who_gives_five_answers_and_none_is_blank() {
    let home = Home::with_estate();
    for thing in ["deploy", "arn:aws:iam::123456789012:user/deploy"] {
        let who = home.run(&["who", thing, "-f", "json"]);
        assert_eq!(who.code, 0, "{}", who.err);
        let who = who.json();
        assert_eq!(who["identity"]["subtype"], "aws_iam_user");
        for answer in ["owner", "reach", "use", "expiry", "revocation"] {
            let answer = &who[answer];
            assert!(!answer["state"].as_str().unwrap().is_empty());
            assert!(answer["summary"].as_str().unwrap().len() > 20, "{answer}");
            assert!(answer["evidence"].is_array());
        }
        assert_eq!(who["use"]["state"], "known");
        assert_eq!(who["use"]["last_used"]["at"], "2025-06-01T00:00:00Z");
        assert!(!who["use"]["cannot_see"].as_array().unwrap().is_empty());
        assert_eq!(who["owner"]["state"], "unknown");
        assert!(who["owner"]["to_know"].as_str().unwrap().contains("owner"));
        let first = &who["revocation"]["steps"][0]["command"];
        assert!(
            first.as_str().unwrap().contains("--user-name deploy"),
            "{first}"
        );
    }
    let text = home.run(&["who", "deploy"]);
    let at = |word: &str| {
        text.out
            .find(word)
            .unwrap_or_else(|| panic!("{word}: {}", text.out))
    };
    assert!(at("Owner") < at("Reach") && at("Reach") < at("Use") && at("Use") < at("Expiry"));
    assert!(at("Expiry") < at("Revocation"));
}

#[test]
fn never_and_unknown_stay_apart_in_lists() {
    let home = Home::with_estate();
    let rows = home.run(&[
        "credential",
        "ls",
        "-f",
        "jsonl",
        "--filter",
        "subtype = aws_access_key",
    ]);
    let state = |name: &str| {
        rows.lines()
            .into_iter()
            .find(|row| row["native_id"].as_str().unwrap().contains(name))
            .map(|row| row["last_used"]["state"].clone())
            .unwrap()
    };
    assert_eq!(state("deploy"), "known");
    assert_ne!(state("backup"), "known");
    let unknown = home.run(&["identity", "ls", "--filter", "owner = nobody"]);
    assert!(
        unknown.err.contains("could not be decided"),
        "{}",
        unknown.err
    );
}

#[test]
fn a_pasted_secret_is_known_and_never_echoed() {
    let home = Home::with_estate();
    for paste in [
        format!("{PASSWORD}\n"),
        format!("DB_PASSWORD=\"{PASSWORD}\""),
    ] {
        for format in ["table", "json"] {
            let done = home.run_with(&["who", "-", "-f", format], &paste);
            assert_eq!(done.code, 0, "{}{}", done.out, done.err);
            assert!(done.out.contains("DB_PASSWORD"));
            assert!(!done.out.contains("CANARY") && !done.err.contains("CANARY"));
        }
    }
    let unknown = home.run_with(&["who", "-", "-f", "json"], "CANARY-something-else");
    assert_eq!(unknown.code, 4);
    assert!(
        unknown.json()["fingerprint"]
            .as_str()
            .unwrap()
            .starts_with("fp1:")
    );
    assert!(!unknown.out.contains("CANARY"));
    let long = home.run_with(&["who", "-"], &"CANARY".repeat(20_000));
    assert_eq!(long.code, 2);
    assert!(!long.err.contains("CANARY"));
    assert_eq!(home.run_with(&["who", "-"], "").code, 2);
}

#[test]
fn nothing_and_several_end_with_four() {
    let home = Home::with_estate();
    let none = home.run(&["who", "nobody-by-this-name", "-f", "json"]);
    assert_eq!(
        (none.code, none.json()["state"].as_str()),
        (4, Some("nothing_matches"))
    );
    let similar = home.run(&["who", "dep", "-f", "json"]);
    assert_eq!(similar.code, 4);
    assert_eq!(similar.json()["candidates"][0]["name"], "deploy");
    let empty = Home::new().run(&["who", "anything"]);
    assert_eq!(empty.code, 4);
    assert!(empty.err.contains("nothing was read yet"), "{}", empty.err);
}

#[test]
fn slips_are_answered_with_the_nearest_word() {
    let home = Home::with_estate();
    let field = home.run(&["identity", "ls", "--filter", "lastused = never"]);
    assert_eq!(field.code, 2);
    assert!(
        field.err.contains("^^^^^^^^") && field.err.contains("did you mean `last_used`?"),
        "{}",
        field.err
    );
    let verb = home.run(&["identity", "lss"]);
    assert_eq!(verb.code, 2);
    assert!(verb.err.contains("'ls'"), "{}", verb.err);
    let attribute = home.run(&["explain", "deploy", "last_usd"]);
    assert_eq!(attribute.code, 4);
    assert!(attribute.err.contains("last_used"), "{}", attribute.err);
}

#[test]
fn what_was_known_then_is_read_as_of_then() {
    let home = Home::with_estate();
    assert_eq!(
        home.run(&["identity", "ls", "-f", "jsonl", "--as-of", "2001-01-01"])
            .out,
        ""
    );
    let diff = home
        .run(&["diff", "0", "1", "--kind", "identity", "-f", "json"])
        .json();
    assert_eq!(diff["added"], 2);
    assert_eq!(home.run(&["db", "check", "--as-of", "2001-01-01"]).code, 2);
}

#[test]
fn explain_names_the_source_of_each_word() {
    let home = Home::with_estate();
    let done = home
        .run(&["explain", "deploy", "created", "-f", "json"])
        .json();
    let attribute = &done["attributes"][0];
    assert_eq!(attribute["value"], "2024-01-02T03:04:05Z");
    assert_eq!(attribute["source"], "aws.credential_report[123456789012]");
    let edges = home
        .run(&["explain", "deploy", "authenticates", "-f", "json"])
        .json();
    assert_eq!(edges["edges"][0]["direction"], "in");
}

#[test]
fn every_listing_command_works_in_every_format() {
    let home = Home::with_estate();
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
        &["config", "show"],
        &["doctor"],
        &["filter"],
        &["diff"],
    ] {
        for format in ["table", "json", "jsonl", "csv"] {
            let done = home.run(&[command, &["-f", format]].concat());
            assert_eq!(done.code, 0, "{command:?} {format}: {}", done.err);
            if format == "json" {
                assert!(done.json()["rows"].is_array(), "{command:?}");
            }
        }
    }
    for command in [
        &["summary"][..],
        &["identity", "show", "deploy", "--history"],
        &["run", "show", "1"],
        &["source", "show", "aws.credential_report"],
        &["db", "check"],
        &["db", "migrate"],
        &["completions", "fish"],
    ] {
        assert_eq!(home.run(command).code, 0, "{command:?}");
    }
}

#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let home = Home::new();
    let file = home.path().join("hostile.json");
    let name = "evil\\u001b[2J\\u202egnp";
    std::fs::write(
        &file,
        format!(
            r#"{{"apiVersion":"v1","kind":"List","items":[{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":"sa","namespace":"ns","annotations":{{"owner":"{name}"}}}}}}]}}"#
        ),
    )
    .unwrap();
    home.run(&[
        "import",
        &file.display().to_string(),
        "--scope",
        "cluster=prod",
    ]);
    for format in ["table", "json", "csv"] {
        let done = home.run(&["identity", "ls", "-f", format]);
        assert!(done.out.contains("sa"), "{}", done.err);
        assert!(!done.out.contains(['\u{1b}', '\u{202e}']), "{format}");
    }
}

/// X1: no verdict on use goes without its window, its sources and all they cannot see, however
/// short the answer is asked for.
#[test]
fn what_a_verdict_does_not_see_cannot_be_hidden() {
    let home = Home::with_estate();
    let who = home.run(&["who", "backup", "-f", "json"]).json();
    let blind = who["use"]["cannot_see"].as_array().unwrap();
    assert!(!blind.is_empty());
    for extra in [&["-q"][..], &["--evidence"]] {
        let text = home.run(&[&["who", "backup"], extra].concat()).out;
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for spot in blind {
            let what = spot["what"].as_str().unwrap();
            assert!(one_line.contains(what), "{what}: {text}");
        }
        assert!(
            one_line.contains("sources: aws.credential_report[123456789012] ("),
            "{text}"
        );
        assert!(one_line.contains("window: "), "{text}");
        assert!(
            text.lines()
                .all(|line| line.chars().count() <= 100 || line.contains("aws ")),
            "{text}"
        );
    }
    let list = ["identity", "ls", "-q", "--filter", "last_used = never"];
    let one_line = home
        .run(&list)
        .out
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        one_line.contains("aws.credential_report cannot see: roles, policies"),
        "{one_line}"
    );
    let json = home.run(&[&list[..], &["-f", "json"]].concat()).json();
    assert_eq!(json["cannot_see"].as_array().unwrap().len(), blind.len());
    let silent = home.run(&["cert", "ls"]);
    assert!(!silent.out.contains("cannot see"), "{}", silent.out);
}

#[test]
fn one_is_one_and_two_are_two() {
    let home = Home::with_estate();
    let env = home.path().join("orders.env").display().to_string();
    let again = home.run(&["import", &env]);
    assert!(again.err.contains("from 1 document\n"), "{}", again.err);
    assert!(again.out.contains("from 2 sources"), "{}", again.out);
    assert!(
        !again.out.contains("1 certificates") && !again.out.contains("1 machines"),
        "{}",
        again.out
    );
    let root = home.path().join("root");
    std::fs::create_dir_all(root.join("srv")).unwrap();
    std::fs::write(root.join("srv/.env"), "A_TOKEN=CANARY-one-of-them\n").unwrap();
    let root = root.display().to_string();
    for command in [
        &[
            "scan",
            "--system-root",
            &root,
            "--scope",
            "host=h",
            "--root",
            "/srv",
        ][..],
        &["who", "backu"],
        &["who", "deploy"],
        &["identity", "ls", "--filter", "owner = x AND name = deploy"],
        &["summary"],
        &["source", "remove", "file.env"],
    ] {
        let done = home.run(command);
        let said = format!("{} {}", done.out, done.err);
        let words: Vec<&str> = said.split_whitespace().collect();
        for pair in words.windows(2).filter(|pair| pair[0] == "1") {
            let word = pair[1].trim_end_matches([',', ';', '.', ':']);
            let plural = word.ends_with('s') && !word.ends_with("ss") || word == "people";
            assert!(!plural, "{command:?}: 1 {word}: {said}");
        }
    }
}

#[test]
fn every_kind_of_slip_has_a_nearest_word() {
    let home = Home::with_estate();
    let nearby = home.path().join("report.cvs").display().to_string();
    for (command, code, wanted) in [
        (
            &["identity", "ls", "--filter", "onwer = x"][..],
            2,
            "`owner`",
        ),
        (
            &["identity", "ls", "--filter", "class = machin"],
            2,
            "`machine`",
        ),
        (
            &["identity", "ls", "--filter", "kind = identty"],
            2,
            "`identity`",
        ),
        (
            &["identity", "ls", "--filter", "last_used = nevr"],
            2,
            "`never`",
        ),
        (&["identity", "ls", "-f", "jsn"], 2, "'json'"),
        (&["identity", "ls", "--filer", "x"], 2, "'--filter'"),
        (&["identty", "ls"], 2, "'identity'"),
        (&["coverage", "plann"], 2, "'plan'"),
        (&["diff", "--kind", "identty"], 2, "`identity`"),
        (&["export", "--type", "recrd"], 2, "'record'"),
        (&["completions", "bsh"], 2, "'bash'"),
        (&["explain", "deploy", "onwer"], 4, "`owner`"),
        (
            &["source", "show", "aws.credentialreport"],
            4,
            "`aws.credential_report`",
        ),
        (&["import", &nearby], 1, "report.csv`"),
        (
            &["import", "Cargo.toml", "--scope", "acount=1"],
            2,
            "`account`",
        ),
    ] {
        let done = home.run(command);
        assert_eq!(done.code, code, "{command:?}: {}", done.err);
        assert!(done.err.contains(wanted), "{command:?}: {}", done.err);
    }
    let near = home.run(&["who", "deployy", "-f", "json"]);
    assert_eq!(
        (near.code, near.json()["candidates"][0]["name"].as_str()),
        (4, Some("deploy"))
    );
    let prose = home.path().join("prose.txt");
    std::fs::write(&prose, "nothing to see\n").unwrap();
    let unknown = home.run(&["import", &prose.display().to_string()]);
    assert!(
        unknown.err.contains("`countersign coverage plan`"),
        "{}",
        unknown.err
    );
}

#[test]
fn a_thing_itself_is_asked_about_as_well_as_its_name() {
    let home = Home::new();
    let acme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/acme");
    let done = home.run(&["import", acme, "--scope", "cluster=prod"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let file = format!("{acme}/laptop/home/jane/.ssh/id_ed25519.pub");
    let line = std::fs::read_to_string(&file).unwrap();
    for thing in [file.as_str(), line.trim(), "jane@laptop"] {
        let who = home.run(&["who", thing, "-f", "json"]);
        assert_eq!(who.code, 0, "{thing}: {}", who.err);
        assert_eq!(who.json()["identity"]["name"], "jane@laptop");
    }
    let keys = home.run(&["who", &format!("{acme}/laptop/srv/build01/authorized_keys")]);
    assert!(
        keys.out.contains("holds ") && keys.out.contains("jane@laptop"),
        "{}",
        keys.out
    );
    let id = home.run(&["who", "AKIAIOSFODNN7EXAMPLE"]);
    assert_eq!(id.code, 4);
    assert!(
        id.out.contains("access key id (aws)") && id.out.contains("Revoke"),
        "{}",
        id.out
    );
    let token = home.run_with(&["who", "-"], "ghp_CANARY0123456789abcdefghijklmnopqr12");
    assert!(
        token.out.contains("its checksum is wrong") && !token.out.contains("CANARY"),
        "{}",
        token.out
    );
    let prose = home.path().join("prose.txt");
    std::fs::write(&prose, "nothing to see\n").unwrap();
    let none = home.run(&["who", &prose.display().to_string()]);
    assert_eq!(none.code, 4);
    assert!(none.err.contains("holds nothing"), "{}", none.err);
    assert!(
        home.run(&["who", "./nofile.pem"])
            .err
            .contains("no such file")
    );
}

/// R39: what lies in tests is found, said to lie there, and counted apart; a copy elsewhere counts.
#[test]
fn examples_and_tests_are_counted_apart() {
    let home = Home::new();
    let root = home.path().join("root");
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put(
        "srv/app/tests/fixtures/.env",
        "DB_PASSWORD=CANARY-only-in-tests-1\n",
    );
    put("srv/app/.env.test", "API_TOKEN=CANARY-only-in-tests-2\n");
    put(
        "srv/app/tests/.env",
        "MAIL_PASSWORD=CANARY-also-elsewhere\n",
    );
    put("srv/app/.env", "MAIL_PASSWORD=CANARY-also-elsewhere\n");
    let root = root.display().to_string();
    let scan = [
        "scan",
        "--system-root",
        &root,
        "--scope",
        "host=web-1",
        "--root",
        "/srv",
    ];
    let done = home.run(&scan);
    assert!(matches!(done.code, 0 | 3), "{}", done.err);
    assert!(
        done.out.contains("; 2 only in examples and tests"),
        "{}",
        done.out
    );
    let summary = home.run(&["summary", "-f", "json"]).json();
    assert_eq!(summary["kinds"]["credential"], 3, "{summary}");
    assert_eq!(summary["in_tests"]["credentials"], 2);
    let file = home.run(&["explain", "/srv/app/.env.test", "environment", "-f", "json"]);
    assert_eq!(
        file.json()["attributes"][0]["value"],
        "test",
        "{}",
        file.err
    );
    let plain = home.run(&["identity", "ls", "--all", "-f", "json"]);
    assert!(!plain.out.contains("CANARY"));
}

/// X20 from the command line: out, wiped, in again.
#[test]
fn an_export_is_found_out_by_its_content() {
    let home = Home::with_estate();
    let all = home.run(&["export"]);
    assert!(all.lines().last().is_some_and(|row| row["type"] == "end"));
    let other = Home::new();
    let done = other.run_with(&["import", "-", "-f", "json"], &all.out);
    assert_eq!(done.code, 0, "{}", done.err);
    let names = |home: &Home| home.run(&["credential", "ls", "-f", "csv"]).out;
    assert_eq!(names(&home), names(&other));
    let cut = all.out.lines().take(4).collect::<Vec<_>>().join("\n");
    let cut = Home::new().run_with(&["import", "-"], &cut);
    assert_eq!(cut.code, 3, "{}", cut.err);
    assert!(
        cut.out.contains("was cut after 4 rows"),
        "{}{}",
        cut.out,
        cut.err
    );
}

/// A new user reads the summary: what ends, what to ask.
#[test]
fn the_summary_says_what_ends_and_what_to_ask() {
    let home = Home::new();
    let acme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/acme");
    let done = home.run(&["import", acme]);
    for wanted in [
        "EXPIRED ",
        "legacy-api.acme.example",
        "countersign source merge-scope 'file:",
        "countersign who mi:",
    ] {
        assert!(done.out.contains(wanted), "{wanted}: {}", done.out);
    }
    let asked = done
        .out
        .split("countersign who ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    assert_eq!(home.run(&["who", asked]).code, 0);
}

#[test]
fn what_is_read_is_judged_and_gates() {
    let home = Home::with_estate();
    let report = home.path().join("report.csv").display().to_string();
    let rows = home.run(&["finding", "ls", "-f", "jsonl"]).lines();
    assert!(!rows.is_empty(), "an import judges what it read");
    let worst = &rows[0];
    for field in ["v", "id", "key", "rule", "severity", "subject", "state"] {
        assert!(!worst[field].is_null(), "{field}");
    }
    let gated = home.run(&["import", &report, "--fail-on", "low"]);
    assert_eq!(gated.code, 10, "{}", gated.err);
    assert!(gated.out.contains("Do first (of "), "{}", gated.out);
    assert_eq!(
        home.run(&["import", &report, "--fail-on", "critical"]).code,
        0
    );
    let left = home.run(&["import", &report, "--no-assess"]);
    assert_eq!(left.code, 0, "{}", left.err);
    let older = home.run(&["finding", "ls"]);
    assert!(older.err.contains("countersign assess"), "{}", older.err);
    assert_eq!(
        home.run(&["import", &report, "--no-assess", "--fail-on", "low"])
            .code,
        2
    );

    let key = worst["key"].as_str().unwrap();
    let explained = home.run(&["explain", key]);
    assert!(
        explained.out.contains("Why it matters"),
        "{}",
        explained.out
    );
    let set = home.run(&["identity", "set", "deploy", "environment=prodution"]);
    assert_eq!(set.code, 2);
    assert!(set.err.contains("environment=production"), "{}", set.err);
    let set = home.run(&[
        "identity",
        "set",
        "deploy",
        "environment=production",
        "--why",
        "CHG-1",
    ]);
    assert_eq!(set.code, 0, "{}", set.err);
    let why = home.run(&["explain", "deploy", "environment"]);
    assert!(
        why.out.contains("a person said so") && why.out.contains("CHG-1"),
        "{}",
        why.out
    );

    let score = home.run(&["score", "show", "deploy", "-f", "json"]);
    assert_eq!(home.run_with(&["score", "verify", "-"], &score.out).code, 0);
    let r = score.json()["score"]["r"].to_string();
    let forged = score.out.replacen(&format!("\"r\": {r}"), "\"r\": 1.5", 1);
    let refused = home.run_with(&["score", "verify", "-"], &forged);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("score.r"), "{}", refused.out);
    assert_eq!(home.run(&["score", "trend", "deploy"]).code, 0);
    let by_risk = home
        .run(&["identity", "ls", "--by-risk", "-f", "jsonl"])
        .lines();
    let risk = |row: &serde_json::Value| row["score"]["r"].as_f64().unwrap();
    assert!(by_risk.windows(2).all(|two| risk(&two[0]) >= risk(&two[1])));
}
