//! The dependency rule: stations know only the ground, only the app knows the stations, faces know
//! only the app (and the words of the model).

use serde_json::Value;

use crate::short_name;

const GROUND: &[&str] = &["model", "formats", "graph", "store"];
const STATIONS: &[&str] = &[
    "sources",
    "scanner",
    "inventory",
    "access",
    "posture",
    "behaviour",
    "lifecycle",
    "trust",
];
const FACES: &[&str] = &["cli", "api"];

/// May `from` name `to` in its dependencies?
fn allowed(from: &str, to: &str) -> Option<bool> {
    let answer = match from {
        "model" | "tidy" => from == "tidy" && to == "model",
        "formats" | "graph" | "store" => to == "model",
        "testkit" => matches!(to, "model" | "store"),
        "app" => GROUND.contains(&to) || STATIONS.contains(&to),
        // A benchmark compares layers, so it may look at all of them; nothing depends on it.
        "benches" => to != "tidy",
        // The fuzzer meets foreign input where the product does.
        "fuzz-entry" => matches!(to, "model" | "formats" | "sources"),
        station if STATIONS.contains(&station) => GROUND.contains(&to),
        face if FACES.contains(&face) => matches!(to, "app" | "model"),
        _ => return None,
    };
    Some(answer)
}

/// Checks what `cargo metadata --no-deps` says about the workspace.
pub fn check(metadata: &Value) -> Vec<String> {
    let packages: Vec<&Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let ours: Vec<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut violations = Vec::new();
    for package in &packages {
        let from = short_name(package["name"].as_str().unwrap_or_default());
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = dependency["name"].as_str().unwrap_or_default();
            if !ours.contains(&name) {
                continue;
            }
            let to = short_name(name);
            let for_tests = dependency["kind"].as_str() == Some("dev");
            match allowed(from, to) {
                Some(true) => {}
                Some(false) if for_tests && to == "testkit" => {}
                Some(false) => violations.push(format!(
                    "`{from}` depends on `{to}`: stations know only the ground, only the app knows the stations, faces know only the app; pass it through the app as a type of the ground"
                )),
                None => violations.push(format!("`{from}` has no layer: add it to ci/tidy/src/layers.rs")),
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workspace(edges: &[(&str, &str, Option<&str>)]) -> Value {
        let names = [
            "model",
            "formats",
            "store",
            "testkit",
            "sources",
            "inventory",
            "app",
            "novel",
        ];
        let mut packages: Vec<Value> = names
            .iter()
            .map(|name| {
                let own: Vec<Value> = edges
                    .iter()
                    .filter(|(from, _, _)| from == name)
                    .map(|(_, to, kind)| json!({"name": format!("countersign-{to}"), "kind": kind}))
                    .collect();
                json!({"name": format!("countersign-{name}"), "dependencies": own})
            })
            .collect();
        let cli: Vec<Value> = edges
            .iter()
            .filter(|(from, _, _)| *from == "cli")
            .map(|(_, to, kind)| json!({"name": format!("countersign-{to}"), "kind": kind}))
            .collect();
        packages.push(json!({"name": "countersign", "dependencies": cli}));
        json!({ "packages": packages })
    }

    #[test]
    fn the_house_as_drawn_passes() {
        let edges = [
            ("formats", "model", None),
            ("store", "model", None),
            ("sources", "formats", None),
            ("inventory", "store", None),
            ("inventory", "testkit", Some("dev")),
            ("app", "sources", None),
            ("app", "inventory", None),
            ("cli", "app", None),
            ("cli", "model", None),
        ];
        assert_eq!(check(&workspace(&edges)), Vec::<String>::new());
    }

    #[test]
    fn each_broken_rule_is_caught() {
        for edge in [
            ("sources", "inventory", None),
            ("inventory", "sources", Some("dev")),
            ("model", "formats", None),
            ("store", "formats", None),
            ("cli", "store", None),
            ("testkit", "app", None),
            ("inventory", "testkit", None),
            ("novel", "model", None),
        ] {
            assert_eq!(check(&workspace(&[edge])).len(), 1, "{edge:?}");
        }
    }
}
