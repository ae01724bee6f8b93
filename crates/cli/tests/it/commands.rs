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
