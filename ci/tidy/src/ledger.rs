//! The ledger of requirements: every id once and in order, and no state that nothing shows.

use crate::repo::File;

/// Where the ledger stands.
pub const LEDGER: &str = "docs/requirements.md";

/// How many rows each series has.
const SERIES: &[(&str, usize)] = &[("R", 261), ("X", 26)];

/// One row of the ledger.
struct Row<'a> {
    line: usize,
    id: &'a str,
    state: &'a str,
    shown_by: &'a str,
}

impl Row<'_> {
    /// The tests it names: `` `file.rs::test` ``, the file from the root or from `crates/`.
    fn tests(&self) -> impl Iterator<Item = (&str, &str)> {
        let quoted = self.shown_by.split('`').skip(1).step_by(2);
        quoted.filter_map(|name| name.split_once("::"))
    }

    /// The words between the names of the tests.
    fn words(&self) -> String {
        let outside = self.shown_by.split('`').step_by(2);
        let words: String = outside.collect();
        words.trim_matches([' ', ',']).to_owned()
    }
}

fn rows(text: &str) -> Vec<Row<'_>> {
    text.lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, id, _, state, shown_by, _] = cells.as_slice() else {
                return None;
            };
            let number = id.strip_prefix(['R', 'X'])?;
            number.parse::<usize>().ok()?;
            Some(Row {
                line: index + 1,
                id,
                state,
                shown_by,
            })
        })
        .collect()
}

/// Every id stands once and in order; a row that is not `none` names tests that exist; a partial
/// one says what is missing.
pub fn check(files: &[File]) -> Vec<String> {
    let Some(ledger) = files.iter().find(|file| file.path == LEDGER) else {
        return vec![format!("{LEDGER}: missing")];
    };
    let rows = rows(&ledger.text);
    let mut violations = order(&rows);
    for row in &rows {
        let mut complain =
            |what: &str| violations.push(format!("{LEDGER}:{}: {} {what}", row.line, row.id));
        match row.state {
            "none" => {}
            "partial" | "done" if row.tests().next().is_none() => {
                complain("names no test that shows it");
            }
            "partial" if row.words().is_empty() => complain("does not say what is missing"),
            "partial" | "done" => {}
            other => complain(&format!(
                "has the state `{other}`; there are none, partial, done"
            )),
        }
        for (path, test) in row.tests() {
            if !exists(files, path, test) {
                complain(&format!("names `{path}::{test}`, which is no test"));
            }
        }
    }
    violations
}

fn order(rows: &[Row<'_>]) -> Vec<String> {
    let wanted = SERIES
        .iter()
        .flat_map(|(series, last)| (1..=*last).map(move |number| format!("{series}{number}")));
    let mut there = rows.iter().map(|row| row.id);
    for id in wanted {
        match there.next() {
            Some(found) if found == id => {}
            Some(found) => return vec![format!("{LEDGER}: {found} stands where {id} belongs")],
            None => return vec![format!("{LEDGER}: ends before {id}")],
        }
    }
    match there.next() {
        Some(found) => vec![format!("{LEDGER}: {found} is one row too many")],
        None => Vec::new(),
    }
}

/// A function of that name with a test attribute above it, or one that takes a database of each kind.
fn exists(files: &[File], path: &str, test: &str) -> bool {
    let Some(file) = files
        .iter()
        .find(|file| file.path == path || file.path.strip_prefix("crates/") == Some(path))
    else {
        return false;
    };
    let head = format!("fn {test}(");
    let mut marked = false;
    for line in file.text.lines().map(str::trim_start) {
        if line.contains(&head) && (marked || line.contains("(t: TestDb)")) {
            return true;
        }
        // Attributes and comments stand between the mark and the function.
        let between = line.starts_with("#[") || line.starts_with("//");
        marked = line.starts_with("#[test") || line.contains("::test") || (marked && between);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A whole ledger in which one row is as given.
    fn with(id: &str, rest: &str) -> Vec<File> {
        let mut text =
            String::from("# Requirements\n| Id | Capability | State | Test |\n|---|---|---|---|\n");
        for (series, last) in SERIES {
            for number in 1..=*last {
                let here = format!("{series}{number}");
                let row = if here == id { rest } else { "none | " };
                text.push_str(&format!("| {here} | something | {row} |\n"));
            }
        }
        vec![
            File::new(LEDGER, &text),
            File::new(
                "crates/a/src/lib.rs",
                "#[test]\n#[ignore]\nfn it_holds() {}\n\nfn helper() {}\nboth! {\n    async fn on_both(t: TestDb) {}\n}\n",
            ),
        ]
    }

    #[test]
    fn a_true_ledger_passes() {
        for rest in [
            "none | ",
            "none | no source of it yet",
            "done | `a/src/lib.rs::it_holds`, `a/src/lib.rs::on_both`",
            "partial | `crates/a/src/lib.rs::it_holds`: no live input",
        ] {
            assert_eq!(check(&with("R7", rest)), Vec::<String>::new(), "{rest}");
        }
    }

    #[test]
    fn each_untruth_is_caught() {
        for rest in [
            "done | ",
            "done | seen by hand",
            "partial | half of it",
            "partial | `a/src/lib.rs::it_holds`",
            "done | `a/src/lib.rs::it_held`",
            "done | `a/src/lib.rs::helper`",
            "done | `b/src/lib.rs::it_holds`",
            "almost | `a/src/lib.rs::it_holds`",
        ] {
            assert_eq!(check(&with("X3", rest)).len(), 1, "{rest}");
        }
    }

    #[test]
    fn a_lost_or_doubled_row_is_caught() {
        let whole = with("R1", "none | ").remove(0).text;
        let lost = whole.replace("| R9 | something | none |  |\n", "");
        assert_ne!(lost, whole);
        assert_eq!(check(&[File::new(LEDGER, &lost)]).len(), 1);
        let doubled = format!("{whole}| X26 | something | none | |\n");
        assert_eq!(check(&[File::new(LEDGER, &doubled)]).len(), 1);
        let cut = whole.replace("| X26 | something | none |  |\n", "");
        assert_eq!(check(&[File::new(LEDGER, &cut)]).len(), 1);
        assert_eq!(check(&[]).len(), 1);
    }
}
