//! Settings files of agents as one JSON value: JSON with comments, TOML or YAML.

use serde_json::Value;

/// Reads a settings file by the ending of its name. The error never quotes the content.
pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    match name.rsplit('.').next() {
        Some("toml") => toml::from_str(text).map_err(|error| match error.span() {
            Some(span) => format!("not TOML at byte {}", span.start),
            None => "not TOML".to_owned(),
        }),
        Some("yaml" | "yml") => serde_saphyr::from_str(text)
            .map_err(|_| "not YAML that can be read within its limits".to_owned()),
        _ => serde_json::from_str(&without_comments(text)).map_err(|error| {
            format!(
                "not JSON at line {}, column {}",
                error.line(),
                error.column()
            )
        }),
    }
}

/// Takes out `//` and `/* */` comments and commas before a closing bracket, keeping lines, as
/// editors allow in their settings.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    // Where a comma was written that a bracket would make superfluous.
    let mut comma: Option<usize> = None;
    while let Some(ch) = chars.next() {
        match ch {
            '"' => {
                comma = None;
                plain.push(ch);
                let mut escaped = false;
                for ch in chars.by_ref() {
                    plain.push(ch);
                    match ch {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|ch| *ch != '\n').is_some() {},
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                for ch in chars.by_ref() {
                    if ch == '\n' {
                        plain.push(ch);
                    }
                    if last == '*' && ch == '/' {
                        break;
                    }
                    last = ch;
                }
            }
            ',' => {
                comma = Some(plain.len());
                plain.push(ch);
            }
            '}' | ']' => {
                if let Some(at) = comma.take() {
                    plain.replace_range(at..=at, " ");
                }
                plain.push(ch);
            }
            ch if ch.is_whitespace() => plain.push(ch),
            ch => {
                comma = None;
                plain.push(ch);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas() {
        let text =
            "{ // a\n \"u\": \"http://x/*y*/\", /* b \n */ \"l\": [1, 2, ], \"q\": \"\\\"//\", }";
        let value = parse("settings.json", text.as_bytes()).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"u": "http://x/*y*/", "l": [1, 2], "q": "\"//"})
        );
    }

    #[test]
    fn errors_say_where_and_quote_nothing() {
        let error = parse("a.json", b"{\"token\": \"CANARY\",\n oops}").unwrap_err();
        assert_eq!(error, "not JSON at line 2, column 2");
        assert!(
            !parse("a.toml", b"key = CANARY CANARY")
                .unwrap_err()
                .contains("CANARY")
        );
        assert!(
            !parse("a.yaml", b"a: [CANARY")
                .unwrap_err()
                .contains("CANARY")
        );
        assert!(parse("a.json", b"\xff").unwrap_err().contains("byte 0"));
    }

    #[test]
    fn toml_and_yaml() {
        assert_eq!(
            parse("c.toml", b"[a.b]\nc=1").unwrap(),
            serde_json::json!({"a": {"b": {"c": 1}}})
        );
        assert_eq!(
            parse("c.yaml", b"a:\n  - b: x\n").unwrap(),
            serde_json::json!({"a": [{"b": "x"}]})
        );
    }
}
