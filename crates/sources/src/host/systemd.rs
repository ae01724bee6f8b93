//! Units and timers of systemd: what runs, as whom, with which secrets in its settings.
//!
//! Only the files are read (systemd.unit(5), systemd.exec(5)); nothing is asked of the running
//! manager. Drop-ins are read after the unit they change.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, EdgeKind, ObservedEdge};

use super::files::{EntryKind, FileFacts, FileSystem, Unread, has_extension, join};
use super::gaps::Gaps;
use super::read::out::{Builder, Output, ReadContext};
use super::read::words::{Cut, cut_command, cut_words, split_words};
use super::workload;

/// Where units lie, the first wins over the later.
const UNIT_DIRECTORIES: &[(&str, bool)] = &[
    ("/etc/systemd/system", true),
    ("/run/systemd/system", true),
    ("/usr/local/lib/systemd/system", true),
    ("/usr/lib/systemd/system", false),
    ("/lib/systemd/system", false),
];

/// The largest unit file read, and the most units of one machine.
const MAX_UNIT_BYTES: u64 = 256 * 1024;
const MAX_UNITS: usize = 10_000;

/// Units of every installation that tell nothing about this machine.
const OF_THE_SYSTEM: &[&str] = &[
    "systemd-",
    "dbus",
    "getty",
    "console-getty",
    "serial-getty",
    "user@",
    "initrd-",
    "rescue",
    "emergency",
    "plymouth",
    "polkit",
    "debug-shell",
    "apt-daily",
    "dpkg-db-backup",
    "e2scrub",
    "fstrim",
    "logrotate",
    "man-db",
    "motd-news",
    "autovt@",
    "container-getty",
    "kmod",
    "ldconfig",
    "modprobe@",
    "quota",
];

/// `Section.Name`, value, line.
type Directive = (String, String, usize);

/// One unit: its directives in order, as `Section.Name` and value.
#[derive(Debug, Default)]
struct Unit {
    path: String,
    own: bool,
    directives: Vec<Directive>,
}

/// What reading the units gave.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// What each unit file gave.
    pub(super) outputs: Vec<Output>,
    /// Units of the distribution, counted and not listed.
    pub(super) counted: u64,
    /// Files with settings that units read, with the unit that uses them.
    pub(super) environment_files: Vec<(String, model::NodeRef)>,
}

/// Reads all units.
pub(super) fn read(files: &FileSystem, cx: ReadContext<'_>, gaps: &mut Gaps) -> Units {
    let enabled = enabled(files, gaps);
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for (directory, own) in UNIT_DIRECTORIES {
        let Ok((names, more)) = files.names(directory, MAX_UNITS) else {
            continue;
        };
        if more {
            gaps.place(
                directory,
                model::CoverageState::Truncated,
                format!("more than {MAX_UNITS} units"),
            );
        }
        for entry in names {
            let is_unit =
                has_extension(&entry.name, "service") || has_extension(&entry.name, "timer");
            if is_unit && entry.kind == EntryKind::File && !units.contains_key(&entry.name) {
                let path = join(directory, &entry.name);
                if let Some(unit) = unit(files, &path, *own, gaps) {
                    units.insert(entry.name, unit);
                }
            }
        }
    }
    for (directory, own) in UNIT_DIRECTORIES.iter().rev() {
        drop_ins(files, directory, *own, &mut units, gaps);
    }
    timers_tell(&mut units);
    let mut result = Units::default();
    for (name, unit) in &units {
        observe(cx, files, name, unit, enabled.contains(name), &mut result);
    }
    result
}

/// A service that a timer starts has the timer's schedule.
fn timers_tell(units: &mut BTreeMap<String, Unit>) {
    let told: Vec<(String, Vec<Directive>)> = units
        .iter()
        .filter_map(|(name, unit)| {
            let stem = name.strip_suffix(".timer")?;
            let service = unit
                .last("Timer.Unit")
                .map_or_else(|| format!("{stem}.service"), str::to_owned);
            let schedule = unit.directives.iter().filter(|(key, _, _)| {
                matches!(key.as_str(), "Timer.OnCalendar" | "Timer.OnUnitActiveSec")
            });
            Some((service, schedule.cloned().collect()))
        })
        .collect();
    for (service, schedule) in told {
        if let Some(unit) = units.get_mut(&service) {
            unit.directives.extend(schedule);
        }
    }
}

/// Reads the units of one user, which run as that user.
pub(super) fn user_units(files: &FileSystem, cx: ReadContext<'_>, gaps: &mut Gaps) -> Vec<Output> {
    let (Some(home), Some(user)) = (cx.home, cx.user) else {
        return Vec::new();
    };
    let directory = join(home, ".config/systemd/user");
    let names = match files.names(&directory, MAX_UNITS) {
        Ok((names, _)) => names,
        Err(unread) => {
            gaps.directory_in(files, &directory, &unread);
            return Vec::new();
        }
    };
    let mut result = Units::default();
    for entry in names {
        let is_service = has_extension(&entry.name, "service");
        let is_unit = is_service || has_extension(&entry.name, "timer");
        if !is_unit || entry.kind != EntryKind::File {
            continue;
        }
        let Some(mut unit) = unit(files, &join(&directory, &entry.name), true, gaps) else {
            continue;
        };
        if is_service {
            let directive = ("Service.User".to_owned(), user.to_owned(), 0);
            unit.directives.push(directive);
        }
        let name = format!("{user}/{}", entry.name);
        observe(cx, files, &name, &unit, true, &mut result);
    }
    result.outputs
}

fn unit(files: &FileSystem, path: &str, own: bool, gaps: &mut Gaps) -> Option<Unit> {
    match files.read(path, MAX_UNIT_BYTES) {
        Ok((_, bytes)) => Some(Unit {
            path: path.to_owned(),
            own,
            directives: directives(&String::from_utf8_lossy(bytes.expose())),
        }),
        Err(unread) => {
            gaps.file_in(files, path, &unread);
            None
        }
    }
}

fn drop_ins(
    files: &FileSystem,
    directory: &str,
    own: bool,
    units: &mut BTreeMap<String, Unit>,
    gaps: &mut Gaps,
) {
    let Ok((names, _)) = files.names(directory, MAX_UNITS) else {
        return;
    };
    for entry in names {
        let Some(unit_name) = entry.name.strip_suffix(".d") else {
            continue;
        };
        let Some(target) = units.get_mut(unit_name) else {
            continue;
        };
        let place = join(directory, &entry.name);
        let Ok((confs, _)) = files.names(&place, MAX_UNITS) else {
            continue;
        };
        for conf in confs
            .iter()
            .filter(|conf| has_extension(&conf.name, "conf"))
        {
            if let Some(extra) = unit(files, &join(&place, &conf.name), own, gaps) {
                target.own |= own;
                target.directives.extend(extra.directives);
            }
        }
    }
}

/// Units that something pulls in at start: the links in `*.wants` and `*.requires`.
fn enabled(files: &FileSystem, gaps: &mut Gaps) -> BTreeSet<String> {
    let mut enabled = BTreeSet::new();
    for (directory, _) in UNIT_DIRECTORIES {
        let names = match files.names(directory, MAX_UNITS) {
            Ok((names, _)) => names,
            Err(unread) => {
                gaps.directory_in(files, directory, &unread);
                continue;
            }
        };
        for entry in names {
            if has_extension(&entry.name, "wants") || has_extension(&entry.name, "requires") {
                let links = files.names(&join(directory, &entry.name), MAX_UNITS);
                enabled.extend(
                    links
                        .into_iter()
                        .flat_map(|(links, _)| links)
                        .map(|link| link.name),
                );
            }
        }
    }
    enabled
}

/// Reads the lines of a unit file: sections, `Name=value`, continuation by a backslash.
fn directives(text: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut section = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let mut line = line.trim().to_owned();
        while line.ends_with('\\') {
            line.pop();
            match lines.next() {
                Some((_, next)) => {
                    line.push(' ');
                    line.push_str(next.trim());
                }
                None => break,
            }
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
        } else if let Some((name, value)) = line.split_once('=') {
            found.push((
                format!("{section}.{}", name.trim()),
                value.trim().to_owned(),
                at + 1,
            ));
        }
    }
    found
}

impl Unit {
    /// The last value of a directive; an empty assignment resets it.
    fn last(&self, name: &str) -> Option<&str> {
        self.directives
            .iter()
            .rev()
            .find(|(key, _, _)| key == name)
            .map(|(_, value, _)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        self.directives
            .iter()
            .filter(move |(key, value, _)| key == name && !value.is_empty())
            .map(|(_, value, line)| (value.as_str(), *line))
    }

    /// The commands without secrets, the names of variables set, and the secrets of both.
    fn commands_and_variables(&self) -> (Vec<String>, Vec<String>, Cut) {
        let mut cut = Cut::default();
        let mut commands = Vec::new();
        for key in [
            "Service.ExecStart",
            "Service.ExecStartPre",
            "Service.ExecStartPost",
            "Service.ExecStop",
            "Service.ExecReload",
        ] {
            for (command, _) in self.all(key) {
                let mut one = cut_command(command);
                if key == "Service.ExecStart" {
                    commands.push(one.line());
                }
                cut.secrets.append(&mut one.secrets);
            }
        }
        let mut variables = Vec::new();
        for (assignments, _) in self.all("Service.Environment") {
            let words = split_words(assignments);
            variables.extend(
                words
                    .iter()
                    .filter_map(|word| Some(word.split_once('=')?.0.to_owned())),
            );
            cut.secrets
                .append(&mut cut_words(words.iter().map(String::as_str)).secrets);
        }
        (commands, variables, cut)
    }
}

fn observe(
    cx: ReadContext<'_>,
    files: &FileSystem,
    name: &str,
    unit: &Unit,
    enabled: bool,
    result: &mut Units,
) {
    let of_the_system = OF_THE_SYSTEM.iter().any(|start| name.starts_with(start));
    let dynamic = unit.last("Service.DynamicUser").is_some_and(is_yes);
    let user = unit.last("Service.User");
    let runs_non_default = user.is_some_and(|user| user != "root" && user != "0") || dynamic;
    if !unit.own && (of_the_system || !enabled || !runs_non_default) {
        result.counted += 1;
        return;
    }
    let Ok(facts) = files.facts(&unit.path) else {
        return;
    };
    let mut builder = Builder::new(cx, &facts);
    let node = workload::node(cx.partition, format!("systemd:{name}"));
    let (commands, variables, cut) = unit.commands_and_variables();
    let mut attributes = Attributes::named(name, "systemd_unit")
        .with("enabled", enabled)
        .with("unit_file", unit.path.as_str());
    attributes.description = unit.last("Unit.Description").map(str::to_owned);
    if !commands.is_empty() {
        attributes = attributes.with("command", commands);
    }
    if !variables.is_empty() {
        attributes = attributes.with("environment_names", variables);
    }
    attributes = with_settings(attributes, unit, dynamic);
    let account = account(name, user, dynamic);
    let observation = workload::observation(&mut builder, node.clone(), attributes, account);
    builder.push(observation);
    workload::secrets(&mut builder, &node, cut, None);
    for (file, _) in unit.all("Service.EnvironmentFile") {
        let file = file.trim_start_matches('-');
        if file.starts_with('/') && !file.contains(['*', '%', '$']) {
            result
                .environment_files
                .push((file.to_owned(), node.clone()));
        }
    }
    result.outputs.push(builder.finish());
}

fn with_settings(mut attributes: Attributes, unit: &Unit, dynamic: bool) -> Attributes {
    for (key, word) in [
        ("Service.Group", "group"),
        ("Timer.OnCalendar", "schedule"),
        ("Timer.OnUnitActiveSec", "every"),
        ("Timer.Unit", "starts"),
        ("Service.AmbientCapabilities", "capabilities"),
        ("Service.WorkingDirectory", "working_directory"),
    ] {
        if let Some(value) = unit.last(key) {
            attributes = attributes.with(word, value);
        }
    }
    if dynamic {
        attributes = attributes.with("dynamic_user", true);
    }
    let credentials: Vec<&str> = ["Service.LoadCredential", "Service.LoadCredentialEncrypted"]
        .into_iter()
        .flat_map(|key| unit.all(key))
        .map(|(value, _)| value)
        .collect();
    if !credentials.is_empty() {
        attributes = attributes.with("load_credential", credentials);
    }
    attributes
}

/// Who a unit runs as. A timer runs nothing itself; a dynamic user exists only while it runs.
fn account<'a>(
    name: &str,
    user: Option<&'a str>,
    dynamic: bool,
) -> Option<(&'a str, &'static str)> {
    if has_extension(name, "timer") || dynamic {
        return None;
    }
    match user {
        Some(user) if user.contains('%') => None,
        Some("0") => Some(("root", "unit_user")),
        Some(user) => Some((user, "unit_user")),
        None => Some(("root", "unit_default")),
    }
}

fn is_yes(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "yes" | "true" | "on" | "1")
}

/// A file of settings that a unit reads: its secrets are used by the unit.
pub(super) fn environment_file(
    cx: ReadContext<'_>,
    facts: &FileFacts,
    bytes: &[u8],
    unit: &model::NodeRef,
) -> Output {
    let mut builder = Builder::new(cx, facts);
    super::read::environment(&mut builder, bytes);
    for observation in &mut builder.out.observations {
        if observation.node.kind == model::NodeKind::Credential {
            let edge = ObservedEdge::to(EdgeKind::UsedBy, unit.clone());
            observation
                .edges
                .push(edge.with("basis", "environment_file"));
        }
    }
    builder.finish()
}

/// Where units lie, as places that were read.
pub(super) fn places() -> impl Iterator<Item = &'static str> {
    UNIT_DIRECTORIES.iter().map(|(directory, _)| *directory)
}

/// Whether a directory of units could be read at all.
pub(super) fn is_there(files: &FileSystem) -> bool {
    UNIT_DIRECTORIES
        .iter()
        .any(|(directory, _)| !matches!(files.names(directory, 1), Err(Unread::Absent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_continuations_and_comments() {
        let found = directives(
            "[Unit]\nDescription=A\n# no\n[Service]\nExecStart=/bin/a \\\n  --b\nUser=app\nEnvironment=\nbroken\n",
        );
        let keys: Vec<String> = found
            .iter()
            .map(|(key, value, line)| format!("{line} {key}={value}"))
            .collect();
        assert_eq!(
            keys,
            [
                "2 Unit.Description=A",
                "5 Service.ExecStart=/bin/a  --b",
                "7 Service.User=app",
                "8 Service.Environment=",
            ]
        );
    }
}
