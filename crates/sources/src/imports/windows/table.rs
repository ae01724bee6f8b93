//! The CSV exports of Windows: rows of several hosts under named columns.

use std::collections::BTreeSet;

use model::{NodeKind, TimeUs};

use super::Machine;
use crate::imports::csv::records::{self, Record, Records};
use crate::imports::document::Document;
use crate::imports::{ImportContext, ReadError};
use crate::spec::ConnectorSpec;

/// One row under its header.
pub(super) struct TableRow<'r> {
    pub(super) header: &'r [String],
    pub(super) fields: &'r [String],
    /// `file:line 7`.
    pub(super) place: String,
    pub(super) at: TimeUs,
}

impl<'r> TableRow<'r> {
    /// The trimmed value of a column, `None` when there is no such column or it is empty.
    pub(super) fn get(&self, column: &str) -> Option<&'r str> {
        let at = self
            .header
            .iter()
            .position(|name| name.eq_ignore_ascii_case(column))?;
        self.fields
            .get(at)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }
}

/// What a table is about.
pub(super) struct Table {
    pub(super) spec: &'static ConnectorSpec,
    pub(super) kinds: &'static [NodeKind],
    /// The column that names the host.
    pub(super) host: &'static str,
    /// The column without which a row says nothing.
    pub(super) key: &'static str,
}

impl Table {
    /// Gives every readable row with its host; the others become gaps.
    pub(super) fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
        each: &mut dyn FnMut(
            &Machine,
            &TableRow<'_>,
            &mut ImportContext<'_>,
        ) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let name = document.name().to_owned();
        let at = cx.observed_at(None, document);
        let unnamed = Machine::of(self.spec, document, cx);
        let mut records = Records::new(document);
        let header = records.header()?.unwrap_or_default();
        let mut hosts = BTreeSet::new();
        while let Some(record) = records.next()? {
            let (line, fields) = match record {
                // `schtasks` repeats the header before each folder.
                Record::Row { fields, .. } if fields == header => continue,
                Record::Row { line, fields } => (line, fields),
                Record::TooLong { line } => {
                    let place = format!("{name}:line {line}");
                    cx.gap(&unnamed.source, place, records::TOO_LONG)?;
                    continue;
                }
            };
            let row = TableRow {
                header: &header,
                fields: &fields,
                place: format!("{name}:line {line}"),
                at,
            };
            if fields.len() != header.len() {
                let reason = "the row has another number of fields than the header";
                cx.gap(&unnamed.source, row.place, reason)?;
                continue;
            }
            if row.get(self.key).is_none() {
                let reason = format!("the row has no {}", self.key);
                cx.gap(&unnamed.source, row.place, reason)?;
                continue;
            }
            let machine = match row.get(self.host) {
                Some(host) => Machine::named(host, self.spec, cx),
                None => unnamed.clone(),
            };
            if hosts.insert(machine.source.clone()) {
                cx.observe(&machine.source, machine.observation(at))?;
            }
            each(&machine, &row, cx)?;
        }
        for source in hosts {
            cx.covered(&source, self.kinds, "inventory", &name)?;
        }
        Ok(())
    }
}
