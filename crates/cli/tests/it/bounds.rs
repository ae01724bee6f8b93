//! Files that pass a bound: what is beyond it is said with its place, what is before and beside it
//! is stored, and the run ends with 3. Each within seconds.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::run::Home;

/// A file beyond a bound, what is said of it, and an identity or credential that is still read.
struct Case {
    file: &'static str,
    content: String,
    said: &'static str,
    still: Option<&'static str>,
}

fn many(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        let _ = write!(text, "{}", line(n));
        text
    })
}

fn nested_modules(depth: usize) -> serde_json::Value {
    (0..depth).fold(
        json!({"resources": []}),
        |inner, _| json!({"resources": [], "child_modules": [inner]}),
    )
}

fn cases() -> Vec<Case> {
    let pem = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
    let members: Vec<String> = (0..20_005)
        .map(|n| format!("serviceAccount:s{n}@p.iam.gserviceaccount.com"))
        .collect();
    let texts: Vec<String> = (0..20_050).map(|n| format!("s{n}")).collect();
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    vec![
        Case { file: "bundle.pem", content: pem.repeat(10_001), said: "only the first 10,000 blocks were read", still: None },
        Case { file: ".env", content: many(10_001, |n| format!("A{n}_TOKEN=CANARYx{n}q9z8\n")), said: "only the first 10,000 entries were read", still: Some("A9_TOKEN") },
        Case { file: "wide.csv", content: format!("name,type,owner{}\nx,service account,y\n", many(17_000, |n| format!(",c{n}"))), said: "the table has no header line", still: None },
        Case { file: "long.csv", content: format!("name,type,owner\nx,service account,{}\ny,service account,amy\n", "z".repeat((1 << 20) + 1)), said: "longer than 1 MiB or has more than 16,384 fields", still: Some("y") },
        Case { file: "deep.json", content: format!(r#"{{"apiVersion":"v1","kind":"List","items":[{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"a"}},"data":{deep}}},{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":"sa","namespace":"n"}}}}]}}"#), said: "nested deeper than 128 levels", still: Some("sa") },
        Case { file: "policy.json", content: json!({"version": 1, "etag": "BwX=", "bindings": [{"role": "roles/viewer", "members": members}]}).to_string(), said: "more than 20,000 members; the rest is not read", still: None },
        Case { file: "corp.ldif", content: format!("version: 1\n\ndn: CN=a,DC=x,DC=y\nobjectClass: user\nsAMAccountName: a\ndescription: {}\n", "d".repeat((1 << 20) + 2)), said: "a value larger than 1 MiB was passed over", still: None },
        Case { file: "plan.json", content: json!({"format_version": "1.0", "terraform_version": "1.9.0", "values": {"outputs": {}, "root_module": nested_modules(40)}}).to_string(), said: "modules are nested deeper than 32 levels", still: None },
        Case { file: "terraform.tfstate", content: json!({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l", "outputs": {}, "resources": [{"mode": "managed", "type": "aws_iam_access_key", "name": "a", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{"attributes": {"id": "x", "list": texts}}]}]}).to_string(), said: "more than 20,000 texts; the rest was not searched for secrets", still: None },
    ]
}

#[test]
fn what_is_beyond_a_bound_is_said_and_the_rest_is_read() {
    for case in cases() {
        let home = Home::new();
        let folder = home.path().join("in");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(case.file), &case.content).unwrap();
        std::fs::write(
            folder.join("neighbour.env"),
            "NEIGHBOUR_TOKEN=CANARY-beside-0001\n",
        )
        .unwrap();
        let started = Instant::now();
        let done = home.run(&["import", &folder.display().to_string()]);
        let took = started.elapsed();
        assert_eq!(done.code, 3, "{}: {}{}", case.file, done.out, done.err);
        let gaps = home.run(&["coverage", "--gaps", "-f", "jsonl"]);
        let row = gaps
            .lines()
            .into_iter()
            .find(|row| row["reason"].as_str().unwrap().contains(case.said));
        let row = row.unwrap_or_else(|| panic!("{}: {}", case.file, gaps.out));
        assert!(row["place"].as_str().unwrap().contains(case.file), "{row}");
        let read = home.run(&["export", "--type", "record"]).out;
        for name in ["NEIGHBOUR_TOKEN"].into_iter().chain(case.still) {
            assert!(
                read.contains(&format!("\"name\":\"{name}\"")),
                "{}: {name} is missing",
                case.file
            );
        }
        // Generous: other tests run beside it.
        assert!(took < Duration::from_secs(30), "{}: {took:?}", case.file);
    }
}

/// More places that could not be read than are kept one by one: their number is told, exit 3.
#[test]
fn more_gaps_than_are_kept_are_counted_aloud() {
    let home = Home::new();
    let folder = home.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    let nameless: Vec<_> = (0..250).map(|n| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": format!("n{n}")}})).collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": nameless}).to_string();
    for n in 0..110 {
        std::fs::write(folder.join(format!("c{n}.json")), &list).unwrap();
    }
    let done = home.run(&[
        "import",
        &folder.display().to_string(),
        "--scope",
        "cluster=prod",
    ]);
    assert_eq!(done.code, 3, "{}", done.err);
    let told = done.err.lines().find(|line| {
        line.ends_with("further statements about what could not be read were only counted")
    });
    let told = told.unwrap_or_else(|| panic!("{}", done.err));
    let count: u64 = told.split(' ').next().unwrap().parse().unwrap();
    assert!((2_000..10_000).contains(&count), "{told}");
    assert!(done.err.contains("the run is incomplete"), "{}", done.err);
    let kept = home
        .run(&["coverage", "--gaps", "-f", "jsonl"])
        .lines()
        .len();
    assert!((19_000..=20_000).contains(&kept), "{kept}");
}

/// A trust policy that names thousands of accounts does not stop the import.
#[test]
fn a_policy_that_names_thousands_is_read_at_once() {
    let home = Home::new();
    let principals: Vec<String> = (0..3_000)
        .map(|n| format!("arn:aws:iam::{}:root", 100_000_000_000_u64 + n))
        .collect();
    let role = json!({"RoleName": "r", "RoleId": "AROA1", "Arn": "arn:aws:iam::123456789012:role/r", "Path": "/", "CreateDate": "2024-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principals}}]}});
    let file = home.path().join("details.json");
    std::fs::write(&file, json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [role]}).to_string()).unwrap();
    let started = Instant::now();
    let done = home.run(&["import", &file.display().to_string()]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(
        home.run(&["export", "--type", "edge"])
            .lines()
            .iter()
            .filter(|edge| edge["kind"] == "trusts")
            .count(),
        3_000
    );
}
