//! Services as `Get-CimInstance Win32_Service | Export-Csv` writes them.

use model::{NodeKind, Status};

use super::table::{Table, TableRow};
use super::{Machine, tell};
use crate::imports::document::Document;
use crate::imports::{Format, ImportContext, Match, Probe, ReadError};
use crate::spec::{ConnectorSpec, Step};

/// The catalogue entry.
pub(super) const SPEC: ConnectorSpec = ConnectorSpec {
    id: "windows.services",
    title: "Windows services",
    step: Step::KeysAndCertificates,
    kinds: KINDS,
    authoritative: true,
    adds: "The accounts Windows services run as, and what they run.",
    cannot_see: &[
        "The passwords of the accounts: Windows keeps them where no export reaches.",
        "Drivers, and services of hosts that were not asked.",
        "Exports of a Windows in another language that translates the property names.",
    ],
    obtain: "Get-CimInstance Win32_Service | Select-Object SystemName,Name,DisplayName,StartName,State,StartMode,PathName | Export-Csv services.csv",
    permissions: &[],
    doc: include_str!("doc.md"),
};

pub(super) const KINDS: &[NodeKind] = &[NodeKind::Workload, NodeKind::Identity, NodeKind::Host];

/// The format.
#[derive(Debug)]
pub struct WindowsServices;

impl Format for WindowsServices {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let one_of = ["PathName", "StartMode", "SystemName", "DisplayName"];
        if probe.has_columns(&["Name", "StartName"])
            && one_of.iter().any(|column| probe.has_columns(&[column]))
        {
            Match::Sure
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let table = Table {
            spec: &SPEC,
            kinds: KINDS,
            host: "SystemName",
            key: "Name",
        };
        table.read(document, cx, &mut service)
    }
}

pub(super) fn service(
    machine: &Machine,
    row: &TableRow<'_>,
    cx: &mut ImportContext<'_>,
) -> Result<(), ReadError> {
    let name = row.get("Name").unwrap_or_default();
    let title = row.get("DisplayName").unwrap_or(name);
    let mut workload =
        machine.workload(format!("service:{name}"), title, "windows_service", row.at);
    let attributes = &mut workload.attributes;
    attributes.description = row.get("Description").map(str::to_owned);
    for (key, column) in [
        ("service_name", "Name"),
        ("state", "State"),
        ("start_mode", "StartMode"),
    ] {
        if let Some(value) = row.get(column) {
            attributes
                .extra
                .insert(key.to_owned(), model::text::label(value).into());
        }
    }
    attributes.status = row.get("StartMode").map(|mode| {
        if mode.eq_ignore_ascii_case("Disabled") {
            Status::Disabled
        } else {
            Status::Enabled
        }
    });
    let (account, command) = (row.get("StartName"), row.get("PathName"));
    tell(machine, workload, account, command, row.place.clone(), cx)
}
