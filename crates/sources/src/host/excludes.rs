//! Patterns of directories that are passed over.

use super::settings::{DEFAULT_EXCLUDES, HostSettings};

/// Patterns of directories that are passed over.
///
/// `name` fits a directory of that name anywhere, `a/b` a directory `b` within an `a` anywhere,
/// `/a/b` only that path. `*` stands for any characters of one name, `**` for any directories.
#[derive(Debug, Clone)]
pub(super) struct Excludes {
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
struct Pattern {
    anchored: bool,
    parts: Vec<String>,
    reason: &'static str,
}

impl Excludes {
    /// The patterns of the settings.
    pub(super) fn new(settings: &HostSettings) -> Self {
        let defaults = DEFAULT_EXCLUDES
            .iter()
            .filter(|_| settings.default_excludes)
            .map(|(pattern, reason)| Pattern::new(pattern, reason));
        let own = settings
            .excludes
            .iter()
            .map(|pattern| Pattern::new(pattern, "excluded by a setting"));
        Self {
            patterns: own.chain(defaults).collect(),
        }
    }

    /// Only the patterns a person gave: these hold for known places, too.
    pub(super) fn own(settings: &HostSettings) -> Self {
        Self::new(&HostSettings {
            default_excludes: false,
            ..settings.clone()
        })
    }

    /// Whether a file lies in a directory that is passed over, or is excluded itself.
    pub(super) fn hides(&self, path: &str) -> bool {
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        !self.patterns.is_empty()
            && ends
                .filter_map(|end| path.get(..end))
                .any(|part| !part.is_empty() && self.reason(part).is_some())
    }

    /// Why a directory is passed over, when it is.
    pub(super) fn reason(&self, directory: &str) -> Option<&'static str> {
        let path: Vec<&str> = directory
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        self.patterns
            .iter()
            .find(|pattern| pattern.fits(&path))
            .map(|pattern| pattern.reason)
    }
}

impl Pattern {
    fn new(pattern: &str, reason: &'static str) -> Self {
        Self {
            anchored: pattern.starts_with('/'),
            parts: pattern
                .split('/')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
            reason,
        }
    }

    fn fits(&self, path: &[&str]) -> bool {
        if self.parts.is_empty() {
            return false;
        }
        if !self.parts.iter().any(|part| part == "**") {
            // Most patterns end here: the last names differ.
            let Some(start) = path.len().checked_sub(self.parts.len()) else {
                return false;
            };
            let tail = path.iter().skip(start).rev();
            return (start == 0 || !self.anchored)
                && self
                    .parts
                    .iter()
                    .rev()
                    .zip(tail)
                    .all(|(part, name)| name_fits(part, name));
        }
        if self.anchored {
            return parts_fit(&self.parts, path);
        }
        (0..path.len()).any(|start| parts_fit(&self.parts, path.get(start..).unwrap_or_default()))
    }
}

fn parts_fit(pattern: &[String], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((first, rest)) if first == "**" => {
            (0..=path.len()).any(|skip| parts_fit(rest, path.get(skip..).unwrap_or_default()))
        }
        Some((first, rest)) => path
            .split_first()
            .is_some_and(|(name, others)| name_fits(first, name) && parts_fit(rest, others)),
    }
}

/// Compares one name with a pattern in which `*` stands for any characters.
pub(super) fn name_fits(pattern: &str, name: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == name;
    }
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|start| name.strip_prefix(start)) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(end) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_where_they_should() {
        let excludes = Excludes::new(&HostSettings {
            excludes: vec!["/data/**/tmp".into(), "old*".into()],
            ..HostSettings::default()
        });
        for (path, excluded) in [
            ("/home/a/web/node_modules", true),
            ("/home/a/.cargo/registry", true),
            ("/home/a/registry", false),
            ("/proc", true),
            ("/home/proc", false),
            ("/data/x/y/tmp", true),
            ("/data/tmp", true),
            ("/tmp", false),
            ("/home/a/old-keys", true),
            ("/home/a/keys.old", false),
        ] {
            assert_eq!(excludes.reason(path).is_some(), excluded, "{path}");
        }
    }

    #[test]
    fn what_a_person_excludes_holds_for_files_below() {
        let own = Excludes::own(&HostSettings {
            excludes: vec!["/root".into(), "private".into()],
            ..HostSettings::default()
        });
        assert!(own.hides("/root/.aws/credentials"));
        assert!(own.hides("/home/a/private/.env"));
        assert!(!own.hides("/home/a/node_modules/.env"));
        assert!(!own.hides("/rooted/.env"));
    }

    #[test]
    fn stars_in_names() {
        assert!(name_fits("id_*", "id_rsa"));
        assert!(name_fits("*.env", "prod.env"));
        assert!(name_fits("a*b*c", "a-b-b-c"));
        assert!(!name_fits("a*b", "a-b-c"));
        assert!(!name_fits("exact", "exactly"));
    }
}
