//! Services as `Get-CimInstance Win32_Service | Export-Csv` writes them.

use std::collections::BTreeSet;

use model::{NodeKind, Status};

use super::{Machine, tell};
use crate::imports::csv::records::{self, Record, Records};
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

const KINDS: &[NodeKind] = &[NodeKind::Workload, NodeKind::Identity, NodeKind::Host];

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
        let name = document.name().to_owned();
        let at = cx.observed_at(None, document);
        let unnamed = Machine::of(None, &SPEC, document, cx);
        let mut records = Records::new(document);
        let header = records.header()?.unwrap_or_default();
        let column = |wanted: &str| {
            header
                .iter()
                .position(|name| name.eq_ignore_ascii_case(wanted))
        };
        let columns = [
            "SystemName",
            "Name",
            "DisplayName",
            "StartName",
            "State",
            "StartMode",
            "PathName",
            "Description",
        ]
        .map(column);
        let mut hosts = BTreeSet::new();
        while let Some(record) = records.next()? {
            let (line, fields) = match record {
                Record::Row { line, fields } if fields.len() == header.len() => (line, fields),
                Record::Row { line, .. } => {
                    let reason = "the row has another number of fields than the header";
                    cx.gap(&unnamed.source, format!("{name}:line {line}"), reason)?;
                    continue;
                }
                Record::TooLong { line } => {
                    cx.gap(
                        &unnamed.source,
                        format!("{name}:line {line}"),
                        records::TOO_LONG,
                    )?;
                    continue;
                }
            };
            let [
                system,
                service,
                title,
                account,
                state,
                mode,
                path,
                description,
            ] = columns.map(|at| {
                at.and_then(|at| fields.get(at))
                    .map(|value| value.trim())
                    .filter(|value| !value.is_empty())
            });
            let Some(service) = service else {
                cx.gap(
                    &unnamed.source,
                    format!("{name}:line {line}"),
                    "a service without a name",
                )?;
                continue;
            };
            let machine = match system {
                Some(system) => Machine {
                    source: cx.source(&SPEC, system),
                    id: model::text::label(system),
                },
                None => unnamed.clone(),
            };
            if hosts.insert(machine.id.clone()) {
                cx.observe(&machine.source, machine.observation(at))?;
            }
            let mut workload = machine.workload(
                format!("service:{service}"),
                title.unwrap_or(service),
                "windows_service",
                at,
            );
            workload.attributes.description = description.map(str::to_owned);
            for (key, value) in [
                ("service_name", Some(service)),
                ("state", state),
                ("start_mode", mode),
            ] {
                if let Some(value) = value {
                    workload.attributes = workload.attributes.with(key, model::text::label(value));
                }
            }
            workload.attributes.status = mode.map(|mode| {
                if mode.eq_ignore_ascii_case("Disabled") {
                    Status::Disabled
                } else {
                    Status::Enabled
                }
            });
            tell(
                &machine,
                workload,
                account,
                path,
                format!("{name}:line {line}"),
                cx,
            )?;
        }
        for host in hosts {
            let source = if host == unnamed.id {
                unnamed.source.clone()
            } else {
                cx.source(&SPEC, &host)
            };
            cx.covered(&source, KINDS, "inventory", &name)?;
        }
        Ok(())
    }
}
