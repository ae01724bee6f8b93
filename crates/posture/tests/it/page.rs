//! The page a person recomputes by says what the code does.

use posture::score::{CONDITIONS, FACTORS, FLOORS, score, two_decimals, vector};

const PAGE: &str = include_str!("../../../../docs/reference/score.md");

/// The rows of the page's tables whose first cell begins with `start`.
fn rows(start: &str) -> Vec<Vec<String>> {
    PAGE.lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter(|line| line.starts_with(start))
        .map(|line| {
            let cells = line.trim_end_matches('|').split('|');
            cells
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn every_factor_stands_on_the_page_with_its_weight() {
    for spec in &FACTORS {
        let found = rows(&format!("{} |", spec.id));
        assert_eq!(found.len(), 1, "{}", spec.id);
        assert_eq!(found[0][1], two_decimals(spec.p), "{}", spec.id);
        assert!(found[0][2].starts_with(spec.title), "{}", spec.id);
    }
}

#[test]
fn every_floor_stands_on_the_page_with_its_conditions() {
    for floor in &FLOORS {
        let id = serde_json::to_value(floor.rule).unwrap();
        let id = id.as_str().unwrap();
        let found = rows(&format!("`{id}` |"));
        assert_eq!(found.len(), 1, "{id}");
        let names: Vec<String> = floor
            .conditions
            .iter()
            .map(|wanted| {
                let named = CONDITIONS.iter().find(|(condition, _)| condition == wanted);
                named.unwrap().1.to_owned()
            })
            .collect();
        assert_eq!(found[0][1].replace('`', ""), names.join(" "), "{id}");
        assert_eq!(found[0][2], floor.minimum.to_string(), "{id}");
    }
}

#[test]
fn every_vector_on_the_page_scores_as_printed() {
    let examples = rows("`NRS:1.0/");
    assert!(examples.len() >= 8, "{}", examples.len());
    for row in examples {
        let inputs = vector::parse(&row[0]).unwrap();
        assert_eq!(vector::write(&inputs), row[0]);
        let score = score(&inputs);
        let printed = [score.r, score.lo, score.hi, score.c].map(two_decimals);
        assert_eq!(row[1..5], printed, "{}", row[0]);
    }
}
