//! Scheduled tasks as XML and as `schtasks /query /v /fo csv`.

use std::collections::BTreeSet;

use model::{Attributes, NodeKind, Status, TimeUs};

use super::table::{Table, TableRow};
use super::task_xml::{self, Element, Found};
use super::{Machine, tell};
use crate::imports::document::Document;
use crate::imports::{Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Step};

/// The catalogue entry.
pub(super) const SPEC: ConnectorSpec = ConnectorSpec {
    id: "windows.tasks",
    title: "Windows scheduled tasks",
    step: Step::KeysAndCertificates,
    kinds: KINDS,
    authoritative: true,
    adds: "The accounts scheduled tasks run as, with what rights, and what they run.",
    cannot_see: &[
        "The passwords stored with tasks.",
        "Tasks the exporting account may not read: run the export as an administrator.",
        "CSV of a Windows in another language, which translates the column names; XML is the same everywhere.",
    ],
    obtain: "schtasks /query /xml ONE > tasks.xml (or Export-ScheduledTask, or schtasks /query /v /fo csv)",
    permissions: &[],
    doc: include_str!("doc.md"),
};

const KINDS: &[NodeKind] = &[NodeKind::Workload, NodeKind::Identity, NodeKind::Host];

/// Actions read of one task; the scheduler allows 32.
const MAX_ACTIONS: usize = 32;

/// The format.
#[derive(Debug)]
pub struct WindowsTasks;

impl Format for WindowsTasks {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        match &probe.shape {
            Shape::Xml { root } if root == "Task" || root == "Tasks" => {
                let namespace = b"schemas.microsoft.com/windows/2004/02/mit/task";
                let seen = probe
                    .head
                    .windows(namespace.len())
                    .any(|bytes| bytes == namespace);
                if seen { Match::Sure } else { Match::No }
            }
            Shape::Csv { .. } if probe.has_columns(&["TaskName", "Run As User", "Task To Run"]) => {
                Match::Sure
            }
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        match document.probe().shape {
            Shape::Csv { .. } => read_csv(document, cx),
            _ => read_xml(document, cx),
        }
    }
}

fn read_xml(document: &mut Document<'_>, cx: &mut ImportContext<'_>) -> Result<(), ReadError> {
    let machine = Machine::of(&SPEC, document, cx);
    let name = document.name().to_owned();
    let at = cx.observed_at(None, document);
    let short = document.short_name().to_owned();
    let file_name = short.strip_suffix(".xml").unwrap_or(&short);
    let text = String::from_utf8_lossy(&document.bytes()?).into_owned();
    cx.observe(&machine.source, machine.observation(at))?;
    let mut result = Ok(());
    task_xml::pieces(&text, "Task", |found| {
        let told = match found {
            Found::Piece(task, path) => {
                let uri = task.at(&["RegistrationInfo", "URI"]).map(str::to_owned);
                let path = uri.or(path).unwrap_or_else(|| format!("\\{file_name}"));
                task_of_xml(&machine, &task, &path, at, &name, cx)
            }
            Found::Broken(byte, reason) => {
                cx.gap(&machine.source, format!("{name}:byte {byte}"), reason)
            }
        };
        result = told;
        result.is_ok()
    });
    result?;
    cx.covered(&machine.source, KINDS, "inventory", &name)
}

fn task_of_xml(
    machine: &Machine,
    task: &Element,
    path: &str,
    at: TimeUs,
    document: &str,
    cx: &mut ImportContext<'_>,
) -> Result<(), ReadError> {
    let mut workload = machine.workload(format!("task:{path}"), path, "scheduled_task", at);
    let actions = task.child("Actions");
    let context = actions.and_then(|actions| actions.id.as_deref());
    let principals = task.child("Principals");
    // The principal the actions name; with one principal no name is needed.
    let principal = principals.and_then(|all| {
        all.children
            .iter()
            .find(|one| context.is_some() && one.id.as_deref() == context)
            .or_else(|| all.children.first())
    });
    let account = principal.and_then(|one| one.at(&["UserId"]).or_else(|| one.at(&["GroupId"])));
    describe(&mut workload.attributes, task, principal);
    let lines = command_lines(actions);
    let command = (!lines.is_empty()).then(|| lines.join(" & "));
    tell(
        machine,
        workload,
        account,
        command.as_deref(),
        format!("{document} {path}"),
        cx,
    )
}

fn describe(attributes: &mut Attributes, task: &Element, principal: Option<&Element>) {
    attributes.description = task
        .at(&["RegistrationInfo", "Description"])
        .map(str::to_owned);
    let enabled = task.at(&["Settings", "Enabled"]);
    attributes.status = Some(if enabled == Some("false") {
        Status::Disabled
    } else {
        Status::Enabled
    });
    for (key, value) in [
        ("author", task.at(&["RegistrationInfo", "Author"])),
        ("registered", task.at(&["RegistrationInfo", "Date"])),
        (
            "logon_type",
            principal.and_then(|one| one.at(&["LogonType"])),
        ),
        ("run_level", principal.and_then(|one| one.at(&["RunLevel"]))),
    ] {
        if let Some(value) = value {
            attributes
                .extra
                .insert(key.to_owned(), model::text::label(value).into());
        }
    }
    // `Password` means that the scheduler keeps the account's password to sign in with.
    if principal.and_then(|one| one.at(&["LogonType"])) == Some("Password") {
        attributes
            .extra
            .insert("stored_password".to_owned(), true.into());
    }
    if let Some(triggers) = task.child("Triggers") {
        let days = triggers.children.iter().take(64).filter_map(interval_days);
        if let Some(days) = days.min() {
            attributes
                .extra
                .insert("interval_days".to_owned(), days.into());
        }
        let kinds: BTreeSet<&str> = triggers
            .children
            .iter()
            .map(|one| one.name.as_str())
            .take(64)
            .collect();
        attributes.extra.insert(
            "triggers".to_owned(),
            kinds.into_iter().collect::<Vec<_>>().into(),
        );
    }
}

/// How many days lie between two runs that a calendar trigger asks for.
fn interval_days(trigger: &Element) -> Option<u32> {
    let number = |path: &[&str]| trigger.at(path).map_or(Some(1), |text| text.parse().ok());
    if trigger.child("ScheduleByDay").is_some() {
        return number(&["ScheduleByDay", "DaysInterval"]);
    }
    if trigger.child("ScheduleByWeek").is_some() {
        let weeks: u32 = number(&["ScheduleByWeek", "WeeksInterval"])?;
        return weeks.checked_mul(7);
    }
    let by_month = ["ScheduleByMonth", "ScheduleByMonthDayOfWeek"]
        .iter()
        .find_map(|name| trigger.child(name))?;
    let months = by_month
        .child("Months")
        .map_or(12, |all| all.children.len());
    let months = u32::try_from(months.clamp(1, 12)).ok()?;
    Some(366_u32.div_ceil(months))
}

/// What the actions run; all of them together, in their order.
fn command_lines(actions: Option<&Element>) -> Vec<String> {
    let mut lines = Vec::new();
    for action in actions
        .into_iter()
        .flat_map(|all| &all.children)
        .take(MAX_ACTIONS)
    {
        match action.name.as_str() {
            "Exec" => {
                let command = action.at(&["Command"]).unwrap_or_default();
                let arguments = action.at(&["Arguments"]).unwrap_or_default();
                lines.push(format!("{command} {arguments}").trim().to_owned());
            }
            "ComHandler" => lines.push(format!(
                "COM {}",
                action.at(&["ClassId"]).unwrap_or_default()
            )),
            _ => {}
        }
    }
    lines
}

fn read_csv(document: &mut Document<'_>, cx: &mut ImportContext<'_>) -> Result<(), ReadError> {
    let table = Table {
        spec: &SPEC,
        kinds: KINDS,
        host: "HostName",
        key: "TaskName",
    };
    // A task stands in as many rows as it has triggers.
    let mut seen = BTreeSet::new();
    table.read(document, cx, &mut |machine, row, cx| {
        let task = row.get("TaskName").unwrap_or_default();
        if seen.insert((machine.id.clone(), task.to_owned())) {
            task_of_row(machine, task, row, cx)
        } else {
            Ok(())
        }
    })
}

fn task_of_row(
    machine: &Machine,
    task: &str,
    row: &TableRow<'_>,
    cx: &mut ImportContext<'_>,
) -> Result<(), ReadError> {
    let get = |column: &str| row.get(column).filter(|value| *value != "N/A");
    let mut workload = machine.workload(format!("task:{task}"), task, "scheduled_task", row.at);
    workload.attributes.status = get("Scheduled Task State").map(|state| {
        if state.eq_ignore_ascii_case("Disabled") {
            Status::Disabled
        } else {
            Status::Enabled
        }
    });
    // The time of the last run is written in the format of the country, so it stays a text.
    for (key, column) in [
        ("logon_type", "Logon Mode"),
        ("author", "Author"),
        ("last_run", "Last Run Time"),
    ] {
        if let Some(value) = get(column) {
            workload.attributes = workload.attributes.with(key, model::text::label(value));
        }
    }
    let command = get("Task To Run").filter(|command| *command != "COM handler");
    let account = get("Run As User");
    tell(machine, workload, account, command, row.place.clone(), cx)
}
