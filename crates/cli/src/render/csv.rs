//! CSV: every field of a row, nested ones flattened as `last_used.state`.
//!
//! A cell that a spreadsheet would run as a formula gets an apostrophe before it.

use serde_json::Value;

/// The columns of a row, in order.
pub(super) fn header(row: &Value) -> Vec<String> {
    let mut names = Vec::new();
    flatten("", row, &mut |name, _| names.push(name.to_owned()));
    names
}

/// One line: the cells of these columns.
pub(super) fn line(columns: &[String], row: &Value) -> String {
    let mut cells: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    flatten("", row, &mut |name, value| {
        cells.insert(name.to_owned(), cell(value));
    });
    let cells: Vec<String> = columns
        .iter()
        .map(|name| cells.remove(name).unwrap_or_default())
        .collect();
    cells.join(",")
}

/// The line of column names.
pub(super) fn header_line(columns: &[String]) -> String {
    columns
        .iter()
        .map(|name| quoted(name))
        .collect::<Vec<_>>()
        .join(",")
}

fn flatten(prefix: &str, value: &Value, each: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                let name = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                flatten(&name, part, each);
            }
        }
        other => each(prefix, other),
    }
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => items
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(";"),
        other => other.to_string(),
    };
    let text = super::safe(&text);
    if text.starts_with(['=', '+', '@', '-']) && text.parse::<f64>().is_err() {
        return quoted(&format!("'{text}"));
    }
    quoted(&text)
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r', ';']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_flat_and_formulas_are_text() {
        let row = json!({"name": "=cmd()", "last_used": {"state": "never", "at": null}, "n": -3,
                         "sources": ["a", "b,c"]});
        let columns = header(&row);
        assert_eq!(
            header_line(&columns),
            "name,last_used.state,last_used.at,n,sources"
        );
        assert_eq!(line(&columns, &row), "'=cmd(),never,,-3,\"a;b,c\"");
    }
}
