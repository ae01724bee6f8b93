//! What the first bytes of a document tell about its format.

use std::collections::BTreeSet;

/// The outer shape of a document, as far as its head shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// JSON. `keys` are the paths of object keys seen in the head, at most five brackets deep, with
    /// array elements written as `[]`: `value`, `value.[].appId`, `[].UserName`, `kind`.
    Json {
        /// The key paths seen.
        keys: BTreeSet<String>,
    },
    /// Comma, semicolon or tab separated with a header line.
    Csv {
        /// The column names of the first line, trimmed, unquoted, as written.
        header: Vec<String>,
    },
    /// YAML (or text that looks like it): the `key:` names at the left margin.
    Yaml {
        /// Top-level keys seen in any of the documents.
        keys: BTreeSet<String>,
    },
    /// LDIF: a line `dn:` or `version: 1` comes first.
    Ldif,
    /// XML with this root element.
    Xml {
        /// Local name of the root element.
        root: String,
    },
    /// Text holding `-----BEGIN `.
    Pem,
    /// Other text.
    Text,
    /// Bytes that are no text.
    Binary,
    /// Nothing at all.
    Empty,
}

/// The beginning of a document under its name.
#[derive(Debug)]
pub struct Probe<'a> {
    /// The name: path, or `archive!member`.
    pub name: &'a str,
    /// The first bytes, at most [`super::document::HEAD_BYTES`].
    pub head: &'a [u8],
    /// What they look like.
    pub shape: Shape,
}

impl<'a> Probe<'a> {
    /// Looks at the first bytes.
    pub fn new(name: &'a str, head: &'a [u8]) -> Self {
        Self {
            name,
            head,
            shape: shape(head),
        }
    }

    /// True when this JSON key path was seen (see [`Shape::Json`]).
    pub fn has_key(&self, path: &str) -> bool {
        matches!(&self.shape, Shape::Json { keys } if keys.contains(path))
    }

    /// True when every one of these JSON key paths was seen.
    pub fn has_keys(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.has_key(path))
    }

    /// True for a CSV whose header has all of these columns, ignoring case.
    pub fn has_columns(&self, columns: &[&str]) -> bool {
        matches!(&self.shape, Shape::Csv { header }
            if columns.iter().all(|column| header.iter().any(|name| name.eq_ignore_ascii_case(column))))
    }

    /// The lower-case last part of the name.
    pub fn file_name(&self) -> String {
        self.name
            .rsplit(['/', '\\', '!'])
            .next()
            .unwrap_or(self.name)
            .to_lowercase()
    }
}

fn shape(head: &[u8]) -> Shape {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.is_empty() {
        return Shape::Empty;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(error) if error.valid_up_to() + 4 > head.len() => {
            std::str::from_utf8(head.get(..error.valid_up_to()).unwrap_or_default())
                .unwrap_or_default()
        }
        Err(_) if head.contains(&0) => return Shape::Binary,
        Err(_) => return text_shape(&String::from_utf8_lossy(head)),
    };
    if text.contains('\0') {
        Shape::Binary
    } else {
        text_shape(text)
    }
}

fn text_shape(text: &str) -> Shape {
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '[']) && !trimmed.starts_with("[default]") {
        let keys = json_keys(trimmed);
        if !keys.is_empty()
            || trimmed.starts_with('{')
            || matches!(
                trimmed.chars().nth(1),
                Some(']' | '{' | '"' | '\n' | '\r' | ' ')
            )
        {
            return Shape::Json { keys };
        }
    }
    if trimmed.starts_with('<')
        && let Some(root) = xml_root(trimmed)
    {
        return Shape::Xml { root };
    }
    if text.contains("-----BEGIN ") {
        return Shape::Pem;
    }
    let first = first_line(trimmed);
    if first.starts_with("dn:")
        || (first.starts_with("version:") && trimmed.contains("\ndn:"))
        || (first.starts_with('#') && trimmed.contains("\ndn:"))
    {
        return Shape::Ldif;
    }
    // Excel writes `sep=;` before the header and PowerShell `#TYPE …`.
    let header_line = trimmed
        .lines()
        .find(|line| !super::csv::records::is_preamble(line))
        .unwrap_or_default();
    if let Some(header) = csv_header(header_line.trim_end()) {
        return Shape::Csv { header };
    }
    let keys = yaml_keys(text);
    if keys.is_empty() {
        Shape::Text
    } else {
        Shape::Yaml { keys }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_end()
}

/// At least two columns, all of them word-like, so that prose with commas is no CSV.
fn csv_header(line: &str) -> Option<Vec<String>> {
    let separator = [',', ';', '\t']
        .into_iter()
        .max_by_key(|mark| line.matches(*mark).count())?;
    let columns: Vec<String> = line
        .split(separator)
        .map(|column| column.trim().trim_matches('"').trim().to_owned())
        .collect();
    let wordlike = |column: &String| {
        !column.is_empty()
            && column.len() <= 128
            && column.chars().all(|ch| {
                ch.is_alphanumeric()
                    || matches!(
                        ch,
                        '_' | '-' | ' ' | '.' | ':' | '/' | '(' | ')' | '#' | '@'
                    )
            })
    };
    (columns.len() >= 2 && columns.iter().all(wordlike)).then_some(columns)
}

fn yaml_keys(text: &str) -> BTreeSet<String> {
    text.lines()
        .take(2_000)
        .filter_map(|line| {
            let (key, rest) = line.split_once(':')?;
            let plain = !key.is_empty()
                && key
                    .chars()
                    .all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-' | '.'));
            (plain && (rest.is_empty() || rest.starts_with(char::is_whitespace)))
                .then(|| key.to_owned())
        })
        .collect()
}

fn xml_root(text: &str) -> Option<String> {
    let mut rest = text;
    for _ in 0..64 {
        rest = rest.split_once('<')?.1;
        if rest.starts_with(['?', '!']) {
            continue;
        }
        let name: String = rest
            .chars()
            .take_while(|ch| ch.is_alphanumeric() || matches!(ch, ':' | '_' | '-' | '.'))
            .take(128)
            .collect();
        let local = name.rsplit(':').next().unwrap_or_default().to_owned();
        return (!local.is_empty()).then_some(local);
    }
    None
}

/// Collects key paths from possibly cut-off JSON text, three levels deep.
fn json_keys(text: &str) -> BTreeSet<String> {
    const MAX_PATHS: usize = 2_000;
    let mut keys = BTreeSet::new();
    // One entry an open bracket: the path of the container and whether it is an array.
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut pending: Option<String> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((_, ch)) = chars.next() {
        match ch {
            '"' => {
                let mut word = String::new();
                let mut escaped = false;
                for (_, ch) in chars.by_ref() {
                    if escaped {
                        escaped = false;
                    } else if ch == '\\' {
                        escaped = true;
                    } else if ch == '"' {
                        break;
                    } else if word.len() < 128 {
                        word.push(ch);
                    }
                }
                while chars.next_if(|(_, ch)| ch.is_whitespace()).is_some() {}
                let is_key = chars.peek().is_some_and(|(_, ch)| *ch == ':')
                    && open.last().is_none_or(|(_, array)| !array);
                if is_key {
                    let path = join(open.last().map_or("", |(path, _)| path), &word);
                    if open.len() <= 5 && keys.len() < MAX_PATHS {
                        keys.insert(path.clone());
                    }
                    pending = Some(path);
                }
            }
            '{' | '[' => {
                if open.len() >= 64 {
                    return keys;
                }
                let array = ch == '[';
                let path = match (pending.take(), open.last()) {
                    (Some(path), _) => path,
                    (None, Some((path, true))) => path.clone(),
                    (None, _) => String::new(),
                };
                open.push((if array { join(&path, "[]") } else { path }, array));
            }
            '}' | ']' => {
                open.pop();
                pending = None;
            }
            ',' => pending = None,
            _ => {}
        }
    }
    keys
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        match Probe::new("x", text.as_bytes()).shape {
            Shape::Json { keys } => keys.into_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn json_key_paths() {
        assert_eq!(
            keys(r#"{"value":[{"appId":"x","keys":[{"k":1}]},{"b":2}],"m":{"v":1}, "cut": {"o"#),
            [
                "cut",
                "m",
                "m.v",
                "value",
                "value.[].appId",
                "value.[].b",
                "value.[].keys",
                "value.[].keys.[].k",
            ]
        );
        assert_eq!(keys(r#"[{"UserName": "a:b\"c"}]"#), ["[].UserName"]);
        assert_eq!(keys("[]"), Vec::<String>::new());
    }

    #[test]
    fn shapes_by_content() {
        let shape = |text: &[u8]| Probe::new("x", text).shape;
        assert!(
            matches!(shape(b"user,arn,mfa_active\na,b,c"), Shape::Csv { header } if header == ["user", "arn", "mfa_active"])
        );
        assert!(
            matches!(shape(b"apiVersion: v1\nkind: Pod\n"), Shape::Yaml { keys } if keys.contains("kind"))
        );
        assert!(
            matches!(shape(b"#TYPE Selected.X\r\n\"Name\",\"StartName\"\r\n"), Shape::Csv { header } if header == ["Name", "StartName"])
        );
        assert_eq!(shape(b"# x\nversion: 1\ndn: cn=a\n"), Shape::Ldif);
        assert_eq!(shape(b"dn: cn=a\n"), Shape::Ldif);
        assert_eq!(
            shape(b"<?xml version=\"1.0\"?>\n<t:Task x=\"1\">"),
            Shape::Xml {
                root: "Task".into()
            }
        );
        assert_eq!(shape(b"junk\n-----BEGIN CERTIFICATE-----"), Shape::Pem);
        assert_eq!(shape(b"\x30\x82\x00\x01\xff\xfe"), Shape::Binary);
        assert_eq!(shape(b"[default]\naws_access_key_id = x\n"), Shape::Text);
        assert_eq!(shape(b""), Shape::Empty);
        assert_eq!(
            shape(b"Dear reader, this is prose, and no table!"),
            Shape::Text
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _shape = Probe::new("x", &bytes).shape;
        }
    }
}
