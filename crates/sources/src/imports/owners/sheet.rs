//! A table of owners: which row says what.

use model::TimeUs;
use model::labels::OwnerRole;

use super::table::{self, cell, column, plain};
use crate::imports::csv::dates;
use crate::imports::{Document, ReadError};

const EMAIL: &[&str] = &[
    "owneremail",
    "ownermail",
    "owneremailaddress",
    "technicalowneremail",
    "businessowneremail",
    "responsibleemail",
];
const ID: &[&str] = &[
    "nativeid",
    "id",
    "arn",
    "objectid",
    "sid",
    "principalid",
    "identityid",
    "clientid",
    "appid",
];
const NAME: &[&str] = &[
    "identity",
    "identityname",
    "name",
    "serviceaccount",
    "serviceaccountname",
    "accountname",
    "displayname",
    "username",
];
const ACCOUNT: &[&str] = &[
    "account",
    "accountid",
    "tenant",
    "project",
    "projectid",
    "subscription",
    "domain",
    "cluster",
];
const TEAM: &[&str] = &["team", "ownerteam", "owningteam", "squad", "teamname"];
const ROLE: &[&str] = &["role", "ownerrole"];
const PURPOSE: &[&str] = &["purpose", "description", "usedfor"];
const APPLICATION: &[&str] = &["application", "app", "system", "service"];
const ENVIRONMENT: &[&str] = &["environment", "env", "stage"];
const REVIEW: &[&str] = &[
    "reviewdate",
    "nextreview",
    "nextreviewdate",
    "reviewby",
    "reviewdue",
    "recertifyby",
];

/// What a row says about one identity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnerRow {
    /// The line or row, from 1, the header being 1.
    pub line: u64,
    /// The provider's id.
    pub native_id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The account, project, tenant or domain.
    pub account: Option<String>,
    /// The owner's e-mail address, in lower case.
    pub email: Option<String>,
    /// The team.
    pub team: Option<String>,
    /// What the owner does.
    pub role: Option<OwnerRole>,
    /// What the identity is for.
    pub purpose: Option<String>,
    /// The application it belongs to.
    pub application: Option<String>,
    /// The environment.
    pub environment: Option<String>,
    /// When it is to be reviewed next.
    pub next_review: Option<TimeUs>,
}

/// A table of owners as read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owners {
    /// What could be read.
    pub rows: Vec<OwnerRow>,
    /// What could not, with its line.
    pub problems: Vec<(u64, String)>,
}

/// True for the header of a table of owners: something to find the identity by and an owner's address.
pub(super) fn is_owners(header: &[String]) -> bool {
    column(header, EMAIL).is_some()
        && (column(header, ID).is_some() || column(header, NAME).is_some())
}

/// Reads a table of owners, CSV or XLSX.
///
/// # Errors
/// The document is no table, or has no column for identities and none for owners; the text says so.
pub fn parse(document: &mut Document<'_>) -> Result<Owners, ReadError> {
    let table = table::read(document)?;
    let header = &table.header;
    let of = |names| column(header, names);
    // For a sheet named by its reader a plain owner or team column is enough.
    let email = of(EMAIL).or_else(|| of(&["owner", "contact", "responsible", "email"]));
    let (id, name, team) = (of(ID), of(NAME), of(TEAM));
    if (id.is_none() && name.is_none()) || (email.is_none() && team.is_none()) {
        let known: Vec<String> = header
            .iter()
            .take(20)
            .map(|name| model::text::label(name))
            .collect();
        return Err(ReadError::Malformed(format!(
            "a table without a column for the identity (name, id) or none for its owner (owner e-mail, team); columns: {}",
            known.join(", ")
        )));
    }
    let mut owners = Owners {
        rows: Vec::new(),
        problems: table.problems,
    };
    for (line, row) in &table.rows {
        let mut read = |at: Option<usize>| match cell(row, at) {
            Ok(text) => text,
            Err(problem) => {
                owners.problems.push((*line, problem));
                None
            }
        };
        let (role, review) = (read(of(ROLE)), read(of(REVIEW)));
        let mut one = OwnerRow {
            line: *line,
            native_id: read(id),
            name: read(name),
            account: read(of(ACCOUNT)),
            email: read(email),
            team: read(team),
            role: None,
            purpose: read(of(PURPOSE)),
            application: read(of(APPLICATION)),
            environment: read(of(ENVIRONMENT)),
            next_review: None,
        };
        details(&mut one, role, review, &mut owners.problems);
        if one.native_id.is_none() && one.name.is_none() {
            owners
                .problems
                .push((*line, "a row without an identity".to_owned()));
        } else {
            owners.rows.push(one);
        }
    }
    owners.problems.sort();
    Ok(owners)
}

/// The cells that have to be of a certain form.
fn details(
    row: &mut OwnerRow,
    role: Option<String>,
    review: Option<String>,
    problems: &mut Vec<(u64, String)>,
) {
    if let Some(text) = row.email.take() {
        if text.contains('@') && !text.contains(char::is_whitespace) {
            row.email = Some(text.to_lowercase());
        } else if row.team.is_none() {
            // A name without an address in the column of owners is most often a team.
            row.team = Some(text);
        } else {
            let short = model::text::bounded(&text, 40);
            problems.push((row.line, format!("`{short}` is no e-mail address")));
        }
    }
    if let Some(text) = role {
        let word = plain(&text);
        row.role = OwnerRole::ALL
            .iter()
            .copied()
            .find(|role| word.starts_with(role.name()));
        if row.role.is_none() {
            let short = model::text::bounded(&text, 40);
            problems.push((
                row.line,
                format!("`{short}` is no role; write business, technical, backup or approver"),
            ));
        }
    }
    if let Some(text) = review {
        match dates::fact(&text) {
            Ok(fact) => row.next_review = fact.value().copied(),
            Err(reason) => problems.push((row.line, format!("review date: {reason}"))),
        }
    }
}
