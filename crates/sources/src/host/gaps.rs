//! What could not be read, gathered so that a person gets one row for a directory, not one a file.

use std::collections::{BTreeMap, BTreeSet};

use model::{Coverage, CoverageState, Sink, SinkClosed, SourceRef};

use super::files::{FileSystem, Unread, parent};

/// The most rows under one directory before they become one row for that directory.
const MAX_ROWS_UNDER_ONE_DIRECTORY: usize = 8;

/// The most rows in all; beyond it the last ones become a count.
const MAX_ROWS: usize = 1_000;

/// The most names kept of one row to count each once.
const MAX_SEEN: usize = 256;

/// What a user does about a missing permission.
const AS_ROOT: &str = "run as root (`sudo countersign scan`) to read it";

#[derive(Debug, Default)]
struct Row {
    count: u64,
    /// What was counted, as far as it is kept: a file that is tried twice is one.
    seen: BTreeSet<String>,
    example: String,
    whole_directory: bool,
    reason: String,
}

/// Gathers what could not be read.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    rows: BTreeMap<(String, StateKey), Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct StateKey(CoverageState);

impl Gaps {
    /// A file that is there and could not be read. `Absent` is no gap. A directory above it that
    /// may not be entered is one gap for all files in it.
    pub(super) fn file_in(&mut self, files: &FileSystem, path: &str, unread: &Unread) {
        match files
            .closed_above(path)
            .filter(|_| *unread == Unread::Denied)
        {
            Some(directory) => self.directory(&directory, unread),
            None => self.file(path, unread),
        }
    }

    fn file(&mut self, path: &str, unread: &Unread) {
        let (state, reason) = match unread {
            Unread::Absent | Unread::NotAFile => return,
            Unread::Denied => (CoverageState::Denied, String::new()),
            Unread::TooLarge { size } => (
                CoverageState::Truncated,
                format!(
                    "larger than the limit for its kind ({} KiB); raise the limit to read it",
                    size >> 10
                ),
            ),
            Unread::Failed(words) => (CoverageState::Failed, words.clone()),
        };
        self.add(parent(path), state, path, false, reason);
    }

    /// A directory that is there and could not be read.
    pub(super) fn directory_in(&mut self, files: &FileSystem, path: &str, unread: &Unread) {
        match files
            .closed_above(path)
            .filter(|_| *unread == Unread::Denied)
        {
            Some(directory) => self.directory(&directory, unread),
            None => self.directory(path, unread),
        }
    }

    fn directory(&mut self, path: &str, unread: &Unread) {
        match unread {
            Unread::Absent | Unread::NotAFile | Unread::TooLarge { .. } => {}
            Unread::Denied => self.add(path, CoverageState::Denied, path, true, String::new()),
            Unread::Failed(words) => {
                self.add(path, CoverageState::Failed, path, true, words.clone());
            }
        }
    }

    /// A place of which something was not read, with the reason in full.
    pub(super) fn place(&mut self, place: &str, state: CoverageState, reason: impl Into<String>) {
        self.add(place, state, place, true, reason.into());
    }

    /// Takes the rows of another gathering.
    pub(super) fn absorb(&mut self, other: Self) {
        for (key, row) in other.rows {
            let mine = self.rows.entry(key).or_default();
            mine.count += row
                .seen
                .iter()
                .filter(|one| !mine.seen.contains(*one))
                .count() as u64
                + row.count.saturating_sub(row.seen.len() as u64);
            mine.seen.extend(row.seen);
            mine.whole_directory |= row.whole_directory;
            if mine.example.is_empty() {
                mine.example = row.example;
            }
            if mine.reason.is_empty() {
                mine.reason = row.reason;
            }
        }
    }

    fn add(
        &mut self,
        place: &str,
        state: CoverageState,
        example: &str,
        whole_directory: bool,
        reason: String,
    ) {
        let row = self
            .rows
            .entry((place.to_owned(), StateKey(state)))
            .or_default();
        if !row.seen.contains(example) {
            row.count += 1;
            if row.seen.len() < MAX_SEEN {
                row.seen.insert(example.to_owned());
            }
        }
        row.whole_directory |= whole_directory;
        if row.example.is_empty() {
            example.clone_into(&mut row.example);
        }
        if row.reason.is_empty() {
            row.reason = reason;
        }
    }

    /// Hands the rows on; returns how many of them are shortfalls.
    pub(super) fn give(self, source: &SourceRef, sink: &mut dyn Sink) -> Result<u64, SinkClosed> {
        let mut shortfalls = 0;
        let rows = self.collapsed();
        let more = rows.len().saturating_sub(MAX_ROWS);
        for ((place, StateKey(state)), row) in rows.into_iter().take(MAX_ROWS) {
            shortfalls += u64::from(state.is_shortfall());
            let place = if row.count == 1 && !row.whole_directory {
                row.example.clone()
            } else {
                place
            };
            sink.cover(Coverage::gap(source, state, place, row.words(state)))?;
        }
        if more > 0 {
            shortfalls += 1;
            sink.cover(Coverage::gap(
                source,
                CoverageState::Truncated,
                "/",
                format!(
                    "{more} further places could not be read; scan with fewer roots to see them"
                ),
            ))?;
        }
        Ok(shortfalls)
    }

    /// Many denied directories side by side are one row for the directory above them.
    fn collapsed(self) -> BTreeMap<(String, StateKey), Row> {
        let mut rows = self.rows;
        loop {
            let mut under: BTreeMap<(String, StateKey), usize> = BTreeMap::new();
            for (place, state) in rows.keys() {
                if place.len() > 1 && state.0 == CoverageState::Denied {
                    *under.entry((parent(place).to_owned(), *state)).or_default() += 1;
                }
            }
            under.retain(|(place, _), count| {
                *count > MAX_ROWS_UNDER_ONE_DIRECTORY && place.as_str() != "/"
            });
            let Some((target, _)) = under.pop_last() else {
                return rows;
            };
            let mut sum = rows.remove(&target).unwrap_or_default();
            rows.retain(|(place, state), row| {
                let beneath = *state == target.1 && parent(place) == target.0;
                if beneath {
                    sum.count += row.count;
                    if sum.example.is_empty() {
                        sum.example = std::mem::take(&mut row.example);
                    }
                }
                !beneath
            });
            sum.whole_directory = false;
            rows.insert(target, sum);
        }
    }
}

impl Row {
    fn words(&self, state: CoverageState) -> String {
        let what = match (self.whole_directory, self.count) {
            (true, 0 | 1) => String::new(),
            (true, count) => format!("{count} places, "),
            (false, 1) => String::new(),
            (false, count) => format!(
                "{count} files or directories, for example `{}`: ",
                self.example
            ),
        };
        match state {
            CoverageState::Denied if self.reason.is_empty() => {
                format!("{what}permission denied; {AS_ROOT}")
            }
            _ => format!("{what}{}", self.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(gaps: Gaps) -> Vec<String> {
        let mut sink = model::observation::Collected::default();
        gaps.give(&SourceRef::new("host", "h"), &mut sink).unwrap();
        sink.coverage
            .iter()
            .map(|row| format!("{} {}: {}", row.state, row.place, row.reason))
            .collect()
    }

    #[test]
    fn one_row_for_a_directory() {
        let mut gaps = Gaps::default();
        gaps.file("/etc/ssl/private/a.key", &Unread::Denied);
        gaps.file("/etc/ssl/private/b.key", &Unread::Denied);
        gaps.file("/etc/gone", &Unread::Absent);
        gaps.directory("/root", &Unread::Denied);
        assert_eq!(
            rows(gaps),
            [
                "denied /etc/ssl/private: 2 files or directories, for example `/etc/ssl/private/a.key`: permission denied; run as root (`sudo countersign scan`) to read it",
                "denied /root: permission denied; run as root (`sudo countersign scan`) to read it",
            ]
        );
    }

    #[test]
    fn many_neighbours_become_the_directory_above() {
        let mut gaps = Gaps::default();
        for number in 0..40 {
            gaps.directory(&format!("/srv/sites/{number}"), &Unread::Denied);
        }
        let rows = rows(gaps);
        assert_eq!(rows.len(), 1);
        assert!(
            rows[0].starts_with("denied /srv/sites: 40 files or directories"),
            "{rows:?}"
        );
    }
}
