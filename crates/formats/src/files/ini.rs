//! Sections of `key = value` lines, as AWS, git, pip, MySQL and rclone write them.

/// One section; the lines before the first header form a section without a name.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) line: usize,
    pairs: Vec<(String, String, usize)>,
}

impl Section {
    /// The last value of a key, compared without case.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.pairs
            .iter()
            .rev()
            .find(|(name, ..)| name.eq_ignore_ascii_case(key))
            .map(|(_, value, _)| value.as_str())
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.get(key).unwrap_or_default()
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.pairs
            .iter()
            .map(|(key, value, line)| (key.as_str(), value.as_str(), *line))
    }
}

/// The most lines of one file.
const MAX_LINES: usize = 500_000;

/// Reads sections. Indented lines are pairs too, so AWS's nested blocks do not hide what follows.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let mut out = vec![Section {
        name: String::new(),
        line: 0,
        pairs: Vec::new(),
    }];
    for (index, raw) in text.lines().take(MAX_LINES).enumerate() {
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
        {
            out.push(Section {
                name: name.trim().to_owned(),
                line: index + 1,
                pairs: Vec::new(),
            });
        } else if let Some((key, value)) = line.split_once('=')
            && let Some(section) = out.last_mut()
        {
            section
                .pairs
                .push((key.trim().to_owned(), value.trim().to_owned(), index + 1));
        }
    }
    out
}
