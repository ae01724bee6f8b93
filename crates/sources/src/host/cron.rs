//! Jobs of cron: the system's tables, its directories of scripts and the tables of users.

use model::{Attributes, NodeRef};

use super::files::{EntryKind, FileFacts, FileSystem, join};
use super::gaps::Gaps;
use super::read::out::{Builder, Output, ReadContext};
use super::read::words::{Cut, cut_command, cut_words};
use super::workload;

/// The largest table or script read, and the most jobs of one file.
const MAX_TABLE_BYTES: u64 = 1024 * 1024;
const MAX_JOBS: usize = 10_000;
const MAX_FILES: usize = 10_000;

/// Jobs that distributions install, counted and not listed.
const OF_THE_SYSTEM: &[&str] = &[
    "apt-compat",
    "apt",
    "dpkg",
    "logrotate",
    "man-db",
    "e2scrub_all",
    "popularity-contest",
    "passwd",
    "mlocate",
    "plocate",
    "sysstat",
    "0anacron",
    "anacron",
    "ntpsec",
    "exim4-base",
    "bsdmainutils",
    ".placeholder",
    "0hourly",
    "raid-check",
    "update-notifier-common",
    "google-chrome",
    "fake-hwclock",
    "mdadm",
    "zfsutils-linux",
    "spamassassin",
    "aptitude",
    "ubuntu-advantage-tools",
    "apport",
    "samba",
    "quota",
    "certwatch",
    "rhsmd",
    "man-db.cron",
];

/// What reading the jobs gave.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// What each table gave.
    pub(super) outputs: Vec<Output>,
    /// Jobs of the distribution, counted and not listed.
    pub(super) counted: u64,
}

/// Reads all jobs.
pub(super) fn read(files: &FileSystem, cx: ReadContext<'_>, gaps: &mut Gaps) -> Jobs {
    let mut jobs = Jobs::default();
    table(files, cx, "/etc/crontab", None, &mut jobs, gaps);
    each(files, "/etc/cron.d", gaps, |name, path, gaps| {
        if OF_THE_SYSTEM.contains(&name) {
            jobs.counted += 1;
        } else {
            table(files, cx, path, None, &mut jobs, gaps);
        }
    });
    for period in ["hourly", "daily", "weekly", "monthly"] {
        each(
            files,
            &format!("/etc/cron.{period}"),
            gaps,
            |name, path, gaps| {
                if OF_THE_SYSTEM.contains(&name) {
                    jobs.counted += 1;
                } else {
                    script(files, cx, path, name, period, &mut jobs, gaps);
                }
            },
        );
    }
    for directory in ["/var/spool/cron/crontabs", "/var/spool/cron"] {
        each(files, directory, gaps, |name, path, gaps| {
            table(files, cx, path, Some(name), &mut jobs, gaps);
        });
    }
    jobs
}

fn each(
    files: &FileSystem,
    directory: &str,
    gaps: &mut Gaps,
    mut file: impl FnMut(&str, &str, &mut Gaps),
) {
    match files.names(directory, MAX_FILES) {
        Ok((names, _)) => {
            for entry in names
                .iter()
                .filter(|entry| matches!(entry.kind, EntryKind::File | EntryKind::Link))
            {
                file(&entry.name, &join(directory, &entry.name), gaps);
            }
        }
        Err(unread) => gaps.directory_in(files, directory, &unread),
    }
}

fn table(
    files: &FileSystem,
    cx: ReadContext<'_>,
    path: &str,
    user: Option<&str>,
    jobs: &mut Jobs,
    gaps: &mut Gaps,
) {
    match files.read(path, MAX_TABLE_BYTES) {
        Ok((facts, bytes)) => {
            let text = String::from_utf8_lossy(bytes.expose());
            let (output, counted) = crontab(cx, &facts, &text, user);
            jobs.outputs.push(output);
            jobs.counted += counted;
        }
        Err(unread) => gaps.file_in(files, path, &unread),
    }
}

/// Reads a crontab(5). With `user` it is that user's own table, else each line names the account.
/// The second value counts jobs of the distribution.
pub(super) fn crontab(
    cx: ReadContext<'_>,
    facts: &FileFacts,
    text: &str,
    user: Option<&str>,
) -> (Output, u64) {
    let mut builder = Builder::new(cx, facts);
    let mut counted = 0;
    let mut variables = Cut::default();
    let mut nodes = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if is_assignment(line) {
            variables
                .secrets
                .append(&mut cut_words([&*line.replace([' ', '"', '\''], "")]).secrets);
            continue;
        }
        let Some(job) = job(line, user) else {
            builder.gap(format!("line {}", at + 1), "not a line of a crontab");
            continue;
        };
        if job.command.contains("run-parts") && job.command.contains("/etc/cron.") {
            counted += 1;
            continue;
        }
        if nodes.len() == MAX_JOBS {
            builder.gap_as(
                model::CoverageState::Truncated,
                "",
                format!("more than {MAX_JOBS} jobs"),
            );
            break;
        }
        let node = workload::node(
            cx.partition,
            format!("cron:{}:{}", facts.path, nodes.len() + 1),
        );
        let cut = cut_command(&job.command);
        let attributes = Attributes::named(name_of(&cut), "cron_job")
            .with("schedule", job.schedule.as_str())
            .with("command", cut.line());
        let observation = workload::observation(
            &mut builder,
            node.clone(),
            attributes,
            Some((&job.user, "crontab")),
        );
        builder.push(observation);
        workload::secrets(&mut builder, &node, cut, Some(at + 1));
        nodes.push(node);
    }
    // A variable set in a table is there for every job of it.
    if let Some(first) = nodes.first() {
        workload::secrets(&mut builder, first, variables, None);
    }
    (builder.finish(), counted)
}

struct Job {
    schedule: String,
    user: String,
    command: String,
}

fn job(line: &str, user: Option<&str>) -> Option<Job> {
    let times = if line.starts_with('@') { 1 } else { 5 };
    let mut rest = line;
    let mut schedule = Vec::new();
    for _ in 0..times {
        let (word, after) = rest.split_once(char::is_whitespace)?;
        schedule.push(word);
        rest = after.trim_start();
    }
    let is_time = |word: &&str| {
        word.chars().all(|ch| {
            ch.is_ascii_alphanumeric() || matches!(ch, '*' | '/' | ',' | '-' | '@' | '~' | '?')
        })
    };
    if !schedule.iter().all(is_time) {
        return None;
    }
    let (user, command) = match user {
        Some(user) => (user, rest),
        None => {
            let (user, command) = rest.split_once(char::is_whitespace)?;
            (user, command.trim_start())
        }
    };
    (!command.is_empty()).then(|| Job {
        schedule: schedule.join(" "),
        user: user.to_owned(),
        command: command.to_owned(),
    })
}

fn is_assignment(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim();
        !name.is_empty()
            && name
                .chars()
                .all(|ch| ch.is_ascii_alphanumeric() || ch == '_')
            && !name.starts_with(|ch: char| ch.is_ascii_digit())
    })
}

/// A job is known by its first word that is no assignment.
fn name_of(cut: &Cut) -> String {
    let word = cut
        .shown
        .iter()
        .find(|word| {
            !word.contains('=')
                && !matches!(word.as_str(), "cd" | "test" | "[" | "sudo" | "&&" | "exec")
        })
        .map_or("cron job", String::as_str);
    word.rsplit('/').next().unwrap_or(word).to_owned()
}

/// A script in a directory that cron runs as root: its lines may hold secrets.
fn script(
    files: &FileSystem,
    cx: ReadContext<'_>,
    path: &str,
    name: &str,
    period: &str,
    jobs: &mut Jobs,
    gaps: &mut Gaps,
) {
    let (facts, bytes) = match files.read(path, MAX_TABLE_BYTES) {
        Ok(read) => read,
        Err(unread) => return gaps.file_in(files, path, &unread),
    };
    let mut builder = Builder::new(cx, &facts);
    let node: NodeRef = workload::node(cx.partition, format!("cron:{path}"));
    let attributes = Attributes::named(name, "cron_job")
        .with("schedule", format!("@{period}"))
        .with("command", path);
    let observation = workload::observation(
        &mut builder,
        node.clone(),
        attributes,
        Some(("root", "cron_directory")),
    );
    builder.push(observation);
    if let Ok(text) = std::str::from_utf8(bytes.expose()) {
        script_secrets(&mut builder, &node, text);
    }
    jobs.outputs.push(builder.finish());
}

/// Secrets in the lines of a script, as credentials the workload uses.
pub(super) fn script_secrets(builder: &mut Builder<'_>, node: &NodeRef, text: &str) {
    /// Longer scripts exist; secrets stand at the top.
    const MAX_LINES: usize = 5_000;
    for (at, line) in text.lines().enumerate().take(MAX_LINES) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let cut = cut_command(line.strip_prefix("export ").unwrap_or(line));
        workload::secrets(builder, node, cut, Some(at + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, user: Option<&str>) -> (Vec<String>, Output, u64) {
        let fingerprinter = model::Fingerprinter::new([1; 32]);
        let cx = ReadContext {
            fingerprinter: &fingerprinter,
            observed: model::TimeUs::EPOCH,
            now: model::TimeUs::EPOCH,
            partition: "h",
            user: None,
            home: None,
            on_host: true,
        };
        let facts = FileFacts::document("/etc/crontab", 0, None);
        let (output, counted) = crontab(cx, &facts, text, user);
        let said = output
            .observations
            .iter()
            .map(|one| {
                format!(
                    "{} {}",
                    one.node.native_id.split(':').next().unwrap(),
                    one.attributes.name.clone().unwrap()
                )
            })
            .collect();
        (said, output, counted)
    }

    #[test]
    fn jobs_with_their_accounts_and_secrets() {
        let text = "SHELL=/bin/sh\n# c\n17 * * * * root cd / && run-parts --report /etc/cron.hourly\n\
            */5 2 * * 1-5 backup /opt/backup --password=CANARY-cron /data\n@daily root /opt/x\nnonsense here\n";
        let (said, output, counted) = read(text, None);
        assert_eq!(
            said,
            [
                "cron backup",
                "fp1 password",
                "cron x",
                "/etc/crontab /etc/crontab"
            ]
        );
        assert_eq!(counted, 1);
        assert_eq!(output.gaps[0].place, "line 6");
        assert!(output.users.contains("backup"));
        let text = serde_json::to_string(&output.observations).unwrap();
        assert!(!text.contains("CANARY"));
        assert!(text.contains("--password=‹secret›"));
    }

    #[test]
    fn a_users_own_table_names_no_account() {
        let (said, output, _) = read("0 1 * * * /home/ann/bin/sync\n", Some("ann"));
        assert_eq!(said, ["cron sync"]);
        assert!(output.users.contains("ann"));
    }
}
