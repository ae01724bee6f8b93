//! `aws.credential_report`: the CSV that `aws iam get-credential-report` gives, bare or as the
//! CLI wraps it (`{"Content": "<base64>"}`).

use std::collections::BTreeMap;

use base64::Engine as _;
use model::{Attributes, EdgeKind, Fact, ObservedEdge, Status, TimeUs};
use serde::Deserialize;
use serde_json::Value;

use super::report_row::{Cell, Row, cells, rejoined};
use super::{SPEC_CREDENTIAL_REPORT, names, wire};
use crate::imports::document::Line;
use crate::imports::fields::Stamp;
use crate::imports::reading::{Broken, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::ConnectorSpec;

/// AWS makes a new report at most every four hours.
const REPORT_AGE_US: i64 = 4 * 3_600 * 1_000_000;
/// Since when AWS records the use of passwords, by its documentation.
const PASSWORD_TRACKING_SINCE: &str = "2014-10-20T00:00:00Z";
/// Since when AWS records the use of access keys, by its documentation.
const KEY_TRACKING_SINCE: &str = "2015-04-22T00:00:00Z";

/// The IAM credential report.
#[derive(Debug)]
pub struct CredentialReport;

impl Format for CredentialReport {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_CREDENTIAL_REPORT
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let csv = probe.has_columns(&["user", "arn", "password_enabled", "access_key_1_active"]);
        let wrapped = (probe.has_keys(&["Content", "ReportFormat"])
            || probe.has_keys(&["content", "reportFormat"]))
            && !probe.has_key("Policy");
        if csv || wrapped {
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
        let wrapped = matches!(document.probe().shape, Shape::Json { .. });
        let mut reading = Reading::new(&SPEC_CREDENTIAL_REPORT, "account", None, document, cx);
        reading.lags(REPORT_AGE_US);
        if wrapped {
            return reading.documents(document, &mut |reading, element| {
                let wrapper: Wrapper = wire::element(element.bytes)?;
                let text = wrapper.csv()?;
                if let Some(time) = wrapper.generated_time.time() {
                    reading.stated_at(time);
                }
                let mut report = Report::default();
                for (number, line) in (1..).zip(String::from_utf8_lossy(&text).lines()) {
                    report.line(reading, number, line)?;
                }
                Ok(())
            });
        }
        let mut report = Report::default();
        let outcome = document.lines(|line| match line {
            Line::Text { number, text, .. } => report.line(&mut reading, number, text),
            Line::TooLong { number } => {
                reading.gap(&format!("line {number}"), "the line is longer than 8 MiB")
            }
        });
        reading.finish(outcome)
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Wrapper {
    content: Option<String>,
    generated_time: Stamp,
}

impl Wrapper {
    fn csv(&self) -> Result<Vec<u8>, Broken> {
        let content = self
            .content
            .as_ref()
            .ok_or_else(|| Broken::missing("Content"))?;
        // Some SDKs print the bytes already decoded.
        if content.starts_with("user,") {
            return Ok(content.clone().into_bytes());
        }
        let compact: String = content.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD
            .decode(compact)
            .map_err(|_| Broken::because("`Content` is not base64"))
    }
}

/// The report while it is read line by line: rows never span lines.
#[derive(Default)]
struct Report {
    columns: BTreeMap<String, usize>,
}

impl Report {
    fn line(
        &mut self,
        reading: &mut Reading<'_, '_>,
        number: u64,
        text: &str,
    ) -> Result<(), ReadError> {
        if self.columns.is_empty() {
            self.columns = cells(text)
                .into_iter()
                .enumerate()
                .map(|(at, name)| (name.trim_start_matches('\u{feff}').to_lowercase(), at))
                .collect();
            return if self.columns.contains_key("arn") {
                Ok(())
            } else {
                Err(ReadError::Malformed(
                    "the credential report has no column `arn`".to_owned(),
                ))
            };
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        let cells = rejoined(cells(text), self.columns.len());
        let place = format!("line {number}");
        if cells.len() < self.columns.len() {
            let (got, want) = (cells.len(), self.columns.len());
            reading.gap(
                &place,
                format!("the row has {got} of {want} cells: it is cut off"),
            )?;
        }
        let row = Row {
            columns: &self.columns,
            cells: &cells,
        };
        match user(reading, &row) {
            Ok(()) => Ok(()),
            Err(Broken::Stop(error)) => Err(error),
            Err(Broken::Element(reason)) => reading.gap(&place, reason),
        }
    }
}

fn user(reading: &mut Reading<'_, '_>, row: &Row<'_>) -> Result<(), Broken> {
    let arn = row.cell("arn");
    let arn = arn.word().ok_or_else(|| Broken::missing("arn"))?;
    let account = names::account_of(arn)
        .ok_or_else(|| Broken::because("its `arn` is not the ARN of an IAM user"))?
        .to_owned();
    let user = row.cell("user");
    let root = user.is("<root_account>") || arn.ends_with(":root");
    let name = user.word().unwrap_or_default();
    let subtype = if root {
        "aws_root_user"
    } else {
        "aws_iam_user"
    };
    let mut attributes = Attributes {
        tenant: Some(account.clone()),
        created: row
            .cell("user_creation_time")
            .fact(&Fact::no_data_yet("N/A in the report")),
        last_used: Some(last_use(row)),
        declared_privileged: root.then_some(true),
        ..Attributes::named(name, subtype)
    };
    for column in ["password_enabled", "mfa_active"] {
        if let Some(flag) = row.cell(column).flag() {
            attributes.extra.insert(column.to_owned(), flag);
        }
    }
    for (column, cell) in unknown_columns(row) {
        attributes.extra.insert(column, cell);
    }
    more_than_listed(reading, row, arn)?;
    let mut observation = reading.about(names::identity(arn), attributes);
    observation.edges.push(ObservedEdge::from(
        EdgeKind::Contains,
        names::account(&account),
    ));
    observation.aliases.extend(names::alias_of_path(arn));
    reading.say(Some(&account), observation)?;
    account_mention(reading, &account)?;
    password(reading, row, arn, name, &account)?;
    for slot in ["1", "2"] {
        access_key(reading, row, arn, name, &account, slot)?;
        signing_certificate(reading, row, arn, name, &account, slot)?;
    }
    Ok(())
}

fn account_mention(reading: &mut Reading<'_, '_>, account: &str) -> Result<(), ReadError> {
    let attributes = Attributes {
        subtype: Some("aws_account".to_owned()),
        tenant: Some(account.to_owned()),
        ..Attributes::default()
    };
    reading.mention(
        Some(account),
        names::account(account),
        attributes,
        Vec::new(),
    )
}

/// `additional_credentials_info` says that there are more keys or certificates than the two the
/// report shows: that is a hole in the reading, not a remark.
fn more_than_listed(
    reading: &mut Reading<'_, '_>,
    row: &Row<'_>,
    arn: &str,
) -> Result<(), ReadError> {
    match row.cell("additional_credentials_info") {
        Cell::Text(text) if !text.eq_ignore_ascii_case("N/A") => reading.gap(
            &format!("user {arn}"),
            "the user has more access keys or certificates than the report shows; import `aws iam list-access-keys` and `list-signing-certificates` of it",
        ),
        _ => Ok(()),
    }
}

/// Columns of a later report format, kept under their own name.
fn unknown_columns(row: &Row<'_>) -> Vec<(String, Value)> {
    const KNOWN: &[&str] = &["user", "arn", "user_creation_time", "mfa_active"];
    row.columns
        .keys()
        .filter(|column| {
            !KNOWN.contains(&column.as_str())
                && ![
                    "password_",
                    "access_key_1_",
                    "access_key_2_",
                    "cert_1_",
                    "cert_2_",
                ]
                .iter()
                .any(|prefix| column.starts_with(prefix))
        })
        .take(64)
        .filter_map(|column| {
            let flag = row.cell(column).flag()?;
            Some((model::text::bounded(column, 64), flag))
        })
        .collect()
}

fn password(
    reading: &mut Reading<'_, '_>,
    row: &Row<'_>,
    arn: &str,
    user: &str,
    account: &str,
) -> Result<(), ReadError> {
    let enabled = row.cell("password_enabled");
    let used = row.cell("password_last_used");
    // The root user's password shows only as `not_supported`, unless it was signed in with.
    let there = enabled.is("true") || (enabled.is("not_supported") && used.time().is_some());
    if !there {
        return Ok(());
    }
    let no_password = Fact::no_data_yet("N/A: the report says there is no password");
    let mut attributes = Attributes {
        tenant: Some(account.to_owned()),
        status: Some(Status::Enabled),
        last_used: used.fact(&no_password),
        last_rotated: row.cell("password_last_changed").fact(&no_password),
        expires: row.cell("password_next_rotation").fact(&Fact::never()),
        ..Attributes::named(format!("{user} password"), "aws_console_password")
    };
    if let Some(flag) = row.cell("mfa_active").flag() {
        attributes = attributes.with("mfa_active", flag);
    }
    let observation = reading
        .about(names::credential(format!("{arn}#password")), attributes)
        .edge(ObservedEdge::to(
            EdgeKind::Authenticates,
            names::identity(arn),
        ));
    reading.say(Some(account), observation)
}

fn access_key(
    reading: &mut Reading<'_, '_>,
    row: &Row<'_>,
    arn: &str,
    user: &str,
    account: &str,
    slot: &str,
) -> Result<(), ReadError> {
    let column = |name: &str| row.cell(&format!("access_key_{slot}_{name}"));
    let (active, rotated) = (column("active"), column("last_rotated"));
    if !active.is("true") && rotated.time().is_none() {
        return Ok(());
    }
    let mut attributes = Attributes {
        tenant: Some(account.to_owned()),
        status: status(&active),
        last_used: column("last_used_date").fact(&key_never()),
        last_rotated: rotated.fact(&Fact::no_data_yet("N/A in the report")),
        // IAM access keys have no end of their own.
        expires: Some(Fact::never()),
        ..Attributes::named(format!("{user} access key {slot}"), "aws_access_key")
    };
    // A key is never changed, only replaced, so both dates are its creation.
    attributes.created.clone_from(&attributes.last_rotated);
    for word in ["last_used_region", "last_used_service"] {
        if let Cell::Text(text) = column(word) {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    let mut observation = reading
        .about(
            names::credential(format!("{arn}#access_key_{slot}")),
            attributes,
        )
        .edge(ObservedEdge::to(
            EdgeKind::Authenticates,
            names::identity(arn),
        ));
    observation
        .aliases
        .extend(rotated.time().and_then(|time| names::key_slot(arn, time)));
    reading.say(Some(account), observation)
}

fn signing_certificate(
    reading: &mut Reading<'_, '_>,
    row: &Row<'_>,
    arn: &str,
    user: &str,
    account: &str,
    slot: &str,
) -> Result<(), ReadError> {
    let (active, rotated) = (
        row.cell(&format!("cert_{slot}_active")),
        row.cell(&format!("cert_{slot}_last_rotated")),
    );
    if !active.is("true") && rotated.time().is_none() {
        return Ok(());
    }
    let attributes = Attributes {
        tenant: Some(account.to_owned()),
        status: status(&active),
        last_rotated: rotated.fact(&Fact::no_data_yet("N/A in the report")),
        last_used: Some(Fact::not_observable(
            "AWS does not record the use of signing certificates",
        )),
        ..Attributes::named(
            format!("{user} signing certificate {slot}"),
            "aws_signing_certificate",
        )
    };
    let observation = reading
        .about(
            names::credential(format!("{arn}#signing_certificate_{slot}")),
            attributes,
        )
        .edge(ObservedEdge::to(
            EdgeKind::Authenticates,
            names::identity(arn),
        ));
    reading.say(Some(account), observation)
}

fn status(active: &Cell) -> Option<Status> {
    if active.is("true") {
        Some(Status::Enabled)
    } else if active.is("false") {
        Some(Status::Disabled)
    } else {
        None
    }
}

fn key_never() -> Fact<TimeUs> {
    Fact::Never {
        window: Some(KEY_TRACKING_SINCE.to_owned()),
    }
}

/// When the user was last seen by password or key: the latest of the known dates; never only when
/// nothing is in doubt.
fn last_use(row: &Row<'_>) -> Fact<TimeUs> {
    let mut known: Option<TimeUs> = None;
    let mut doubt = false;
    let mut looked = false;
    let password = row.cell("password_last_used");
    if !row.cell("password_enabled").is("false") {
        looked = true;
        known = known.max(password.time());
        doubt |= password.time().is_none();
    }
    for slot in ["1", "2"] {
        if !row.cell(&format!("access_key_{slot}_active")).is("true")
            && row
                .cell(&format!("access_key_{slot}_last_rotated"))
                .time()
                .is_none()
        {
            continue;
        }
        looked = true;
        let used = row.cell(&format!("access_key_{slot}_last_used_date"));
        known = known.max(used.time());
        doubt |= used.time().is_none() && !used.is("N/A");
    }
    match (known, looked, doubt) {
        (Some(time), _, _) => Fact::known(time),
        (None, true, false) => key_never(),
        (None, true, true) => Fact::no_data_yet(format!(
            "no use on record; passwords are recorded since {PASSWORD_TRACKING_SINCE}, access keys since {KEY_TRACKING_SINCE}"
        )),
        (None, false, _) => Fact::not_observable(
            "the user has no password or access key now, and the report does not show earlier ones",
        ),
    }
}
