//! Services and tasks as PowerShell's `Export-Clixml` writes them.

use std::collections::{BTreeMap, BTreeSet};

use model::{Coverage, CoverageState, Status, TimeUs};

use super::serialized::{self, Types};
use super::services;
use super::table::TableRow;
use super::task_xml::{self, Element, Found};
use super::{Machine, tell};
use crate::imports::document::Document;
use crate::imports::{Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Step};

/// The catalogue entry.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "windows.clixml",
    title: "Windows services and tasks (PowerShell CLIXML)",
    step: Step::KeysAndCertificates,
    kinds: services::KINDS,
    authoritative: true,
    adds: "The accounts Windows services and scheduled tasks run as, from objects saved by PowerShell.",
    cannot_see: &[
        "The passwords of the accounts.",
        "Accounts in what `Get-Service` of Windows PowerShell 5.1 gives: it does not know them; use Get-CimInstance Win32_Service.",
        "Objects of other types: they are counted by type.",
    ],
    obtain: "Get-CimInstance Win32_Service | Export-Clixml services.xml; Get-ScheduledTask | Export-Clixml -Depth 4 tasks.xml",
    permissions: &[],
    doc: include_str!("doc.md"),
};

/// Types counted one by one; a hostile file may invent one an object.
const MAX_TYPES: usize = 100;

/// Actions read of one task; the scheduler allows 32.
const MAX_ACTIONS: usize = 32;

/// The format.
#[derive(Debug)]
pub struct WindowsObjects;

impl Format for WindowsObjects {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let namespace = b"schemas.microsoft.com/powershell/";
        match &probe.shape {
            Shape::Xml { root }
                if root == "Objs" && memchr::memmem::find(probe.head, namespace).is_some() =>
            {
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
        let unnamed = Machine::of(&SPEC, document, cx);
        let at = cx.observed_at(None, document);
        let name = document.name().to_owned();
        let text = String::from_utf8_lossy(&document.bytes()?).into_owned();
        let mut objects = Objects {
            unnamed,
            at,
            name,
            types: Types::default(),
            hosts: BTreeMap::new(),
            others: BTreeMap::new(),
            without_account: 0,
            cx,
        };
        let mut result = Ok(());
        task_xml::pieces(&text, "Obj", |found| {
            result = match found {
                Found::Piece(object, _) => objects.object(&object),
                Found::Broken(byte, reason) => {
                    let place = format!("{}:byte {byte}", objects.name);
                    let source = objects.unnamed.source.clone();
                    objects.cx.gap(&source, place, reason)
                }
            };
            result.is_ok()
        });
        result?;
        objects.finish()
    }
}

struct Objects<'c, 'x> {
    unnamed: Machine,
    at: TimeUs,
    name: String,
    types: Types,
    /// The hosts told so far.
    hosts: BTreeMap<String, Machine>,
    /// Objects of other types, by type.
    others: BTreeMap<String, u64>,
    without_account: u64,
    cx: &'c mut ImportContext<'x>,
}

/// What an object is to us.
enum Sort {
    /// `Win32_Service`.
    Service,
    /// `Get-Service`.
    Controller,
    Task,
}

impl Objects<'_, '_> {
    fn object(&mut self, object: &Element) -> Result<(), ReadError> {
        let types = self.types.of(object);
        match sort(&types, object) {
            Some(Sort::Service) => self.service(object, SERVICE),
            Some(Sort::Controller) => self.service(object, CONTROLLER),
            Some(Sort::Task) => self.task(object),
            None => {
                let word = types.first().map_or("", String::as_str);
                let word = word.strip_prefix("Deserialized.").unwrap_or(word);
                if self.others.len() < MAX_TYPES || self.others.contains_key(word) {
                    *self
                        .others
                        .entry(model::text::bounded(word, 128))
                        .or_default() += 1;
                }
                Ok(())
            }
        }
    }

    fn machine(&mut self, named: Option<String>) -> Result<Machine, ReadError> {
        let machine = match named.filter(|name| name != "." && name != "localhost") {
            Some(name) => Machine::named(&name, &SPEC, self.cx),
            None => self.unnamed.clone(),
        };
        if !self.hosts.contains_key(&machine.id) {
            self.cx
                .observe(&machine.source, machine.observation(self.at))?;
            self.hosts.insert(machine.id.clone(), machine.clone());
        }
        Ok(machine)
    }

    fn service(&mut self, object: &Element, columns: &[(&str, &str)]) -> Result<(), ReadError> {
        let mut header = Vec::new();
        let mut fields = Vec::new();
        for (column, property) in columns {
            if let Some(value) = serialized::text(object, property)
                && !header.iter().any(|known| known == column)
            {
                header.push((*column).to_owned());
                fields.push(value);
            }
        }
        let Some(name) = serialized::text(object, "Name") else {
            let source = self.unnamed.source.clone();
            return self
                .cx
                .gap(&source, self.name.as_str(), "a service has no `Name`");
        };
        if !header.iter().any(|column| column == "StartName") {
            self.without_account += 1;
        }
        let row = TableRow {
            header: &header,
            fields: &fields,
            place: format!("{} {name}", self.name),
            at: self.at,
        };
        let machine = self.machine(row.get("SystemName").map(str::to_owned))?;
        services::service(&machine, &row, self.cx)
    }

    fn task(&mut self, object: &Element) -> Result<(), ReadError> {
        let text = |name: &str| serialized::text(object, name);
        let path = text("URI").or_else(|| {
            let folder = text("TaskPath").unwrap_or_else(|| "\\".to_owned());
            Some(format!("{folder}{}", text("TaskName")?))
        });
        let Some(path) = path else {
            let source = self.unnamed.source.clone();
            return self
                .cx
                .gap(&source, self.name.as_str(), "a task has no `TaskName`");
        };
        let machine = self.machine(text("PSComputerName"))?;
        let mut workload =
            machine.workload(format!("task:{path}"), &path, "scheduled_task", self.at);
        workload.attributes.description = text("Description");
        let settings = serialized::property(object, "Settings");
        let enabled = settings.and_then(|settings| serialized::text(settings, "Enabled"));
        let disabled = enabled.as_deref() == Some("false")
            || text("State").is_some_and(|state| state == "Disabled" || state == "1");
        workload.attributes.status = Some(if disabled {
            Status::Disabled
        } else {
            Status::Enabled
        });
        let principal = serialized::property(object, "Principal");
        let of_principal =
            |name: &str| principal.and_then(|principal| serialized::text(principal, name));
        let logon = of_principal("LogonType").map(|word| logon_word(&word).to_owned());
        if logon.as_deref() == Some("Password") {
            workload.attributes = workload.attributes.with("stored_password", true);
        }
        for (key, value) in [
            ("author", text("Author")),
            ("registered", text("Date")),
            ("logon_type", logon),
            ("run_level", of_principal("RunLevel")),
        ] {
            if let Some(value) = value {
                workload.attributes = workload.attributes.with(key, model::text::label(&value));
            }
        }
        let account = of_principal("UserId").or_else(|| of_principal("GroupId"));
        if account.is_none() {
            self.without_account += 1;
        }
        let command = command_line(object);
        let place = format!("{} {path}", self.name);
        tell(
            &machine,
            workload,
            account.as_deref(),
            command.as_deref(),
            place,
            self.cx,
        )
    }

    fn finish(self) -> Result<(), ReadError> {
        let mut say = |reason: String| -> Result<(), ReadError> {
            let gap = Coverage::gap(
                &self.unnamed.source,
                CoverageState::NotAttempted,
                self.name.as_str(),
                reason,
            );
            Ok(self.cx.sink.cover(gap)?)
        };
        if !self.others.is_empty() {
            let total: u64 = self.others.values().sum();
            let words: Vec<String> = self
                .others
                .iter()
                .take(10)
                .map(|(kind, count)| format!("{count} of type `{kind}`"))
                .collect();
            say(format!(
                "{total} objects are neither services nor tasks and were left out: {}",
                words.join(", ")
            ))?;
        }
        if self.without_account > 0 {
            say(format!(
                "{} services or tasks do not say which account they run as; use Get-CimInstance Win32_Service, and Export-Clixml -Depth 4 for tasks",
                self.without_account
            ))?;
        }
        let sources: BTreeSet<_> = self
            .hosts
            .into_values()
            .map(|machine| machine.source)
            .collect();
        for source in sources {
            self.cx
                .covered(&source, services::KINDS, "inventory", &self.name)?;
        }
        Ok(())
    }
}

/// The columns of services and the properties they lie under.
const SERVICE: &[(&str, &str)] = &[
    ("SystemName", "SystemName"),
    ("SystemName", "PSComputerName"),
    ("Name", "Name"),
    ("DisplayName", "DisplayName"),
    ("Description", "Description"),
    ("StartName", "StartName"),
    ("State", "State"),
    ("StartMode", "StartMode"),
    ("PathName", "PathName"),
];

/// The same of `Get-Service`, whose PowerShell 7 form knows the account.
const CONTROLLER: &[(&str, &str)] = &[
    ("SystemName", "MachineName"),
    ("Name", "Name"),
    ("DisplayName", "DisplayName"),
    ("Description", "Description"),
    ("StartName", "UserName"),
    ("State", "Status"),
    ("StartMode", "StartType"),
    ("StartMode", "StartupType"),
    ("PathName", "BinaryPathName"),
];

/// By type; `Select-Object` keeps the name of the type it chose from.
fn sort(types: &[String], object: &Element) -> Option<Sort> {
    let any = |end: &str| types.iter().any(|name| name.ends_with(end));
    if any("Win32_Service") || any("Win32_BaseService") {
        return Some(Sort::Service);
    }
    if any("MSFT_ScheduledTask") {
        return Some(Sort::Task);
    }
    if any("System.ServiceProcess.ServiceController") || any("ServiceCommand") {
        return Some(Sort::Controller);
    }
    let has = |name: &str| serialized::property(object, name).is_some();
    if !any("CimInstance") {
        return None;
    }
    if has("Name") && has("StartName") {
        Some(Sort::Service)
    } else if has("TaskName") {
        Some(Sort::Task)
    } else {
        None
    }
}

/// The numbers of `TASK_LOGON_TYPE` as the words that the XML of tasks uses.
fn logon_word(word: &str) -> &str {
    match word {
        "1" => "Password",
        "2" => "S4U",
        "3" => "InteractiveToken",
        "4" => "Group",
        "5" => "ServiceAccount",
        "6" => "InteractiveTokenOrPassword",
        other => other,
    }
}

/// What the actions run; all of them together, in their order.
fn command_line(object: &Element) -> Option<String> {
    let mut lines = Vec::new();
    for action in serialized::list(object, "Actions").iter().take(MAX_ACTIONS) {
        if let Some(command) = serialized::text(action, "Execute") {
            let arguments = serialized::text(action, "Arguments").unwrap_or_default();
            lines.push(format!("{command} {arguments}").trim().to_owned());
        } else if let Some(class) = serialized::text(action, "ClassId") {
            lines.push(format!("COM {class}"));
        }
    }
    (!lines.is_empty()).then(|| lines.join(" & "))
}
