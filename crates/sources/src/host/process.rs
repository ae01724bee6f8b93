//! Secrets in the environments of running processes, where the system lets us read them.
//!
//! A process itself is short-lived: all processes of one program and one account are one workload
//! with a count. Of an environment only recognised secrets are taken, under their variable's name.

use std::collections::BTreeMap;

use model::{Attributes, CoverageState, EdgeKind, ObservedEdge, Secret};

use super::accounts::Accounts;
use super::files::{FileFacts, FileSystem, Unread, join};
use super::gaps::Gaps;
use super::read::out::{Builder, Output, ReadContext};
use super::read::secret::{SecretHint, is_recognised, secret};
use super::read::words::{is_plausible, is_secret_name};
use super::workload;

/// The most processes looked at.
const MAX_PROCESSES: usize = 100_000;
/// The largest environment read; Linux allows a quarter of the stack limit, usually 2 MiB.
const MAX_ENVIRONMENT_BYTES: u64 = 4 * 1024 * 1024;

/// All processes of one program and account.
#[derive(Debug, Default)]
struct Template {
    count: u64,
    /// Variable name and value, each pair once.
    secrets: BTreeMap<String, Vec<Secret>>,
}

/// Reads the environments of all processes.
pub(super) fn read(
    files: &FileSystem,
    accounts: &Accounts,
    cx: ReadContext<'_>,
    gaps: &mut Gaps,
    go_on: &dyn Fn() -> bool,
) -> Vec<Output> {
    let mut templates: BTreeMap<(String, String), Template> = BTreeMap::new();
    let (mut denied, mut read) = (0_u64, 0_u64);
    let own = std::process::id().to_string();
    let Ok((names, _)) = files.names("/proc", MAX_PROCESSES) else {
        return Vec::new();
    };
    for entry in names {
        if !entry.name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        if !go_on() {
            gaps.place(
                "/proc",
                CoverageState::Truncated,
                "stopped before all processes were looked at",
            );
            break;
        }
        match process(files, accounts, &join("/proc", &entry.name), &mut templates) {
            Ok(()) => read += 1,
            // Our own is closed even to ourselves, and is that of whoever started us.
            Err(Unread::Denied) if entry.name == own => {}
            Err(Unread::Denied) => denied += 1,
            // It ended meanwhile, or is a thread of the kernel.
            Err(_) => {}
        }
    }
    if denied > 0 {
        gaps.place(
            "/proc",
            CoverageState::Denied,
            format!(
                "the environments of {denied} of {} processes belong to other accounts; run as root (`sudo countersign scan`) to read them",
                denied + read
            ),
        );
    }
    templates
        .into_iter()
        .filter(|(_, template)| !template.secrets.is_empty())
        .map(|((program, account), template)| observe(cx, &program, &account, template))
        .collect()
}

fn process(
    files: &FileSystem,
    accounts: &Accounts,
    directory: &str,
    templates: &mut BTreeMap<(String, String), Template>,
) -> Result<(), Unread> {
    let (facts, environment) = files.read(&join(directory, "environ"), MAX_ENVIRONMENT_BYTES)?;
    let program = files
        .link(&join(directory, "exe"))
        .map(|path| path.trim_end_matches(" (deleted)").to_owned())
        .ok_or(Unread::Absent)?;
    let account = facts
        .uid
        .map(|uid| {
            accounts
                .name_of(uid)
                .map_or_else(|| uid.to_string(), str::to_owned)
        })
        .unwrap_or_default();
    let template = templates.entry((program, account)).or_default();
    template.count += 1;
    for (name, value) in variables(environment.expose()) {
        let values = template.secrets.entry(name.to_owned()).or_default();
        if !values
            .iter()
            .any(|known| known.expose() == value.as_bytes())
        {
            values.push(Secret::new(value));
        }
    }
    template.secrets.retain(|_, values| !values.is_empty());
    Ok(())
}

/// The variables of an environment that hold a secret.
fn variables(environment: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    /// Environments have some hundred variables at most.
    const MAX_VARIABLES: usize = 10_000;
    environment
        .split(|byte| *byte == 0)
        .take(MAX_VARIABLES)
        .filter_map(|pair| {
            let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
            let value = value.trim();
            let wanted = is_recognised(value) || (is_secret_name(name) && is_plausible(value));
            (wanted && !name.is_empty() && name.len() <= 256).then_some((name, value))
        })
}

fn observe(cx: ReadContext<'_>, program: &str, account: &str, template: Template) -> Output {
    let facts = FileFacts::document(program, 0, None);
    let mut builder = Builder::new(cx, &facts);
    let node = workload::node(cx.partition, format!("process:{program}:{account}"));
    let short = program.rsplit('/').next().unwrap_or(program);
    let mut attributes = Attributes::named(short, "process")
        .with("program", program)
        .with("account", account);
    attributes.instances = Some(template.count);
    let observation = workload::observation(
        &mut builder,
        node.clone(),
        attributes,
        Some((account, "process_owner")),
    );
    builder.out.observations.push(observation.at("/proc"));
    for (name, values) in template.secrets {
        for value in values {
            let hint = SecretHint {
                field: &name,
                password: workload::is_password(&name),
                ..SecretHint::default()
            };
            let credential = secret(&builder.cx, &value, hint)
                .edge(
                    ObservedEdge::to(EdgeKind::UsedBy, node.clone())
                        .with("basis", "process_environment")
                        .with("variable", name.as_str()),
                )
                .at("/proc");
            builder.out.observations.push(credential);
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_process_is_read() {
        let mut child = std::process::Command::new("sleep")
            .arg("30")
            .env_clear()
            .env("DEPLOY_TOKEN", "CANARY-real-process")
            .env("LANG", "C")
            .spawn()
            .unwrap();
        let files = FileSystem::new(std::path::Path::new("/"));
        let place = format!("/proc/{}", child.id());
        let mut templates = BTreeMap::new();
        // Between fork and exec the child still has the program and environment of the test, and
        // for an instant after it none.
        let told = |templates: &BTreeMap<(String, String), Template>| {
            templates.len() == 1
                && templates
                    .values()
                    .all(|template| template.secrets.keys().collect::<Vec<_>>() == ["DEPLOY_TOKEN"])
        };
        for _ in 0..500 {
            templates.clear();
            process(&files, &Accounts::default(), &place, &mut templates).unwrap();
            if told(&templates) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let names: Vec<&String> = templates
            .values()
            .flat_map(|one| one.secrets.keys())
            .collect();
        assert!(told(&templates), "{names:?}");
    }

    #[test]
    fn only_secrets_are_taken_from_an_environment() {
        let text = b"HOME=/root\0PATH=/bin\0DB_PASSWORD=CANARY-env\0API_TOKEN=${X}\0=odd\0\xff\xfe=1\0TOKEN_FILE=/run/x\0";
        assert_eq!(
            variables(text).collect::<Vec<_>>(),
            [("DB_PASSWORD", "CANARY-env")]
        );
    }
}
