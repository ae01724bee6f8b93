//! Which column means what: by its name, or as the user says.

use std::collections::BTreeMap;

use model::suggest::nearest;

/// What a column may mean, its explanation, and the names it goes by (lower case, letters and
/// digits only).
pub const FIELDS: &[(&str, &str, &[&str])] = &[
    (
        "id",
        "the provider's id: ARN, GUID, SID, key id, e-mail",
        &[
            "id",
            "identifier",
            "nativeid",
            "objectid",
            "arn",
            "clientid",
            "appid",
            "accountname",
            "samaccountname",
            "serialnumber",
            "keyid",
            "accesskeyid",
        ],
    ),
    (
        "name",
        "the name people know it by",
        &[
            "name",
            "displayname",
            "identity",
            "identityname",
            "serviceaccount",
            "serviceaccountname",
            "credential",
            "credentialname",
            "title",
            "username",
            "login",
        ],
    ),
    (
        "kind",
        "the kind of node: identity, credential, workload …",
        &["kind", "nodekind"],
    ),
    (
        "type",
        "its sort: service account, API key, certificate …",
        &[
            "type",
            "subtype",
            "category",
            "accounttype",
            "identitytype",
            "credentialtype",
        ],
    ),
    (
        "provider",
        "who gives the id: aws, gcp, entra, ad …",
        &["provider", "platform", "cloud", "source", "directory"],
    ),
    (
        "tenant",
        "the account, tenant, project or domain it belongs to",
        &[
            "tenant",
            "account",
            "accountid",
            "awsaccount",
            "project",
            "projectid",
            "subscription",
            "domain",
            "cluster",
        ],
    ),
    (
        "owner",
        "who answers for it",
        &[
            "owner",
            "owneremail",
            "ownedby",
            "responsible",
            "team",
            "contact",
            "accountable",
            "businessowner",
            "technicalowner",
        ],
    ),
    (
        "environment",
        "production, test …",
        &["environment", "env", "stage", "tier"],
    ),
    (
        "status",
        "enabled, disabled or deleted",
        &["status", "state", "enabled", "active"],
    ),
    (
        "description",
        "what it is for",
        &[
            "description",
            "purpose",
            "notes",
            "comment",
            "comments",
            "usage",
            "justification",
        ],
    ),
    (
        "vendor",
        "the outside company behind it",
        &["vendor", "supplier", "thirdparty"],
    ),
    (
        "application",
        "the system it belongs to",
        &["application", "app", "system", "service", "projectname"],
    ),
    (
        "signer",
        "who signs with it: people, accounts or pipelines, apart by `;`",
        &["signer", "signers", "signs", "signedwithby"],
    ),
    (
        "used_by",
        "what uses or accepts it: systems, apart by `;`",
        &["usedby", "consumer", "consumers", "usedin"],
    ),
    (
        "created",
        "when it was made",
        &[
            "created",
            "createdat",
            "createdon",
            "creationdate",
            "createdate",
            "datecreated",
            "whencreated",
        ],
    ),
    (
        "expires",
        "when it ends",
        &[
            "expires",
            "expiry",
            "expirydate",
            "expirationdate",
            "expiration",
            "expireson",
            "validto",
            "validuntil",
            "notafter",
            "enddate",
        ],
    ),
    (
        "last_used",
        "when it was last used",
        &[
            "lastused",
            "lastusedat",
            "lastlogin",
            "lastlogon",
            "lastsignin",
            "lastactivity",
            "lastseen",
            "lastauthentication",
        ],
    ),
    (
        "last_rotated",
        "when its secret was last changed",
        &[
            "lastrotated",
            "rotated",
            "rotatedat",
            "passwordlastset",
            "lastpasswordchange",
            "lastchanged",
            "pwdlastset",
        ],
    ),
];

/// Checks the fields of `--map column=field`.
///
/// # Errors
/// A field does not exist; the text suggests the nearest and lists them all.
pub fn check_mapping(columns: &BTreeMap<String, String>) -> Result<(), String> {
    for (column, field) in columns {
        if FIELDS.iter().any(|(name, _, _)| name == field) {
            continue;
        }
        let names: Vec<&str> = FIELDS.iter().map(|(name, _, _)| *name).collect();
        let hint = nearest(field, names.iter().copied())
            .map_or_else(String::new, |near| format!(" Did you mean `{near}`?"));
        return Err(format!(
            "--map '{column}={field}': `{field}` is not a field.{hint} Fields: {}.",
            names.join(", ")
        ));
    }
    Ok(())
}

/// The columns of one table.
#[derive(Debug, Default)]
pub(super) struct Columns {
    fields: BTreeMap<&'static str, usize>,
    /// Names of columns that mean nothing here.
    pub(super) ignored: Vec<String>,
}

impl Columns {
    /// What the user says wins over names; the first of two columns of one meaning wins.
    pub(super) fn of(header: &[String], said: &BTreeMap<String, String>) -> Self {
        let mut columns = Self::default();
        for (index, name) in header.iter().enumerate() {
            let field = said
                .iter()
                .find(|(column, _)| column.trim().eq_ignore_ascii_case(name))
                .and_then(|(_, field)| FIELDS.iter().find(|(known, _, _)| known == field));
            if let Some((field, _, _)) = field {
                columns.fields.insert(field, index);
            }
        }
        for (index, name) in header.iter().enumerate() {
            if columns.fields.values().any(|used| *used == index) {
                continue;
            }
            let plain: String = name
                .chars()
                .filter(|ch| ch.is_alphanumeric())
                .flat_map(char::to_lowercase)
                .collect();
            let field = FIELDS
                .iter()
                .find(|(_, _, names)| names.contains(&plain.as_str()));
            match field {
                Some((field, _, _)) if !columns.fields.contains_key(field) => {
                    columns.fields.insert(field, index);
                }
                _ if columns.ignored.len() < 64 => {
                    columns
                        .ignored
                        .push(model::text::bounded(&model::text::label(name), 64));
                }
                _ => {}
            }
        }
        columns
    }

    /// True when a row can be told from another.
    pub(super) fn names_rows(&self) -> bool {
        self.fields.contains_key("id") || self.fields.contains_key("name")
    }

    /// The trimmed value of a field, `None` when there is no column or it is empty.
    pub(super) fn value<'r>(&self, row: &'r [String], field: &str) -> Option<&'r str> {
        row.get(*self.fields.get(field)?)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn names_and_words_of_the_user() {
        let header: Vec<String> = [
            "Service Account",
            "Owner E-mail",
            "Besitzer",
            "Last-Used",
            "Zip",
        ]
        .map(str::to_owned)
        .to_vec();
        let columns = Columns::of(&header, &map(&[("besitzer", "owner")]));
        let row: Vec<String> = ["a", "b", "c", " ", "e"].map(str::to_owned).to_vec();
        assert_eq!(columns.value(&row, "name"), Some("a"));
        assert_eq!(columns.value(&row, "owner"), Some("c"));
        assert_eq!(columns.value(&row, "last_used"), None);
        assert_eq!(columns.ignored, ["Owner E-mail", "Zip"]);
    }

    #[test]
    fn a_wrong_field_suggests_the_right_one() {
        let error = check_mapping(&map(&[("Wer", "ownr")])).unwrap_err();
        assert!(error.contains("Did you mean `owner`?"), "{error}");
        assert_eq!(check_mapping(&map(&[("Wer", "owner")])), Ok(()));
    }

    #[test]
    fn no_two_fields_share_a_name() {
        let mut seen = std::collections::BTreeSet::new();
        for name in FIELDS.iter().flat_map(|(_, _, names)| *names) {
            assert!(seen.insert(name), "{name}");
        }
    }
}
