//! What a list can be filtered by, and where each field lies.

use model::NodeKind;
use model::filter::{FieldSpec, FieldType, Schema};
use store::filter_sql::{Binder, FieldColumn, after_prefix, escape_like};

use super::Reader;

/// The fields of every list of records.
pub const SCHEMA: Schema = Schema {
    fields: &[
        field("id", FieldType::Text, "stable id, `mi:` and 32 hex digits"),
        field(
            "kind",
            FieldType::Enum(NodeKind::NAMES),
            "what it is: identity, credential, workload, resource …",
        ),
        field(
            "class",
            FieldType::Enum(&["human", "machine", "agent", "device", "external"]),
            "sort of actor; of identities",
        ),
        field(
            "subtype",
            FieldType::Text,
            "the provider's sort: aws_iam_user, x509_certificate …",
        ),
        field("name", FieldType::Text, "the name people know it by"),
        field("native_id", FieldType::Text, "the provider's own id"),
        field(
            "tenant",
            FieldType::Text,
            "account, project, tenant, cluster or domain",
        ),
        field(
            "provider",
            FieldType::Text,
            "who gives the native id: aws, kubernetes, x509 …",
        ),
        field(
            "status",
            FieldType::Enum(&["enabled", "disabled", "deleted", "planned"]),
            "whether the provider accepts it",
        ),
        field("created", FieldType::TimeFact, "when it was created"),
        field(
            "expires",
            FieldType::TimeFact,
            "when it stops working by itself; `never` has no expiry",
        ),
        field(
            "last_used",
            FieldType::TimeFact,
            "when it was last used, as far as its sources see",
        ),
        field(
            "last_rotated",
            FieldType::TimeFact,
            "when its secret part was last replaced",
        ),
        field(
            "environment",
            FieldType::Text,
            "where it runs or is used, as judged; else as a source declares it",
        ),
        field(
            "owner",
            FieldType::Text,
            "who is asked about it, as judged; else the owner as a source declares it",
        ),
        field(
            "owner_state",
            FieldType::Enum(&[
                "governed",
                "person_only",
                "team_only",
                "owner_left",
                "unowned",
                "unknown",
            ]),
            "how far it has an owner, as judged",
        ),
        field(
            "score",
            FieldType::Int,
            "the risk score, 0 to 100, rounded, as judged",
        ),
        field(
            "band",
            FieldType::Enum(&["low", "medium", "high", "critical"]),
            "the risk band, as judged",
        ),
        field(
            "dormancy",
            FieldType::Enum(&["in_use", "dormant"]),
            "whether it rests longer than its own cadence, as judged",
        ),
        field("vendor", FieldType::Text, "the outside company behind it"),
        field(
            "privileged",
            FieldType::Enum(&["yes", "no"]),
            "whether a source itself calls it privileged",
        ),
        field(
            "instances",
            FieldType::Int,
            "how many short-lived instances it stands for",
        ),
        field(
            "purpose",
            FieldType::Text,
            "what it is for, as a source or a person says",
        ),
        field(
            "application",
            FieldType::Text,
            "the application it belongs to, as a source or a person says",
        ),
        field(
            "sensitivity",
            FieldType::Text,
            "how sensitive what it holds is, as a source or a person labels it",
        ),
        field(
            "credential_type",
            FieldType::Enum(CREDENTIAL_TYPES),
            "the form of a credential",
        ),
        field(
            "cadence_days",
            FieldType::Int,
            "how often it is used when all is well, in days",
        ),
        field(
            "signals",
            FieldType::Signals,
            "what was recognised: `signals:plain_text`, `signals.plain_text = no`",
        ),
        field("retired", FieldType::Bool, "no source shows it any more"),
        field(
            "referenced",
            FieldType::Bool,
            "only named by other records, never shown by a source",
        ),
        field(
            "sources",
            FieldType::TextList,
            "the kinds of source that show it: host, aws.credential_report …",
        ),
        field(
            "scopes",
            FieldType::TextList,
            "the accounts, clusters and hosts its sources speak about",
        ),
        field(
            "seen_at",
            FieldType::Time,
            "when a source last saw it, in the source's own time",
        ),
        field(
            "tags",
            FieldType::Tags,
            "tags and labels: `tags.env = prod`, `tags:env`",
        ),
    ],
};

const CREDENTIAL_TYPES: &[&str] = &[
    "api_key",
    "access_key",
    "password",
    "client_secret",
    "certificate",
    "private_key",
    "ssh_key",
    "ssh_certificate",
    "access_token",
    "refresh_token",
    "grant",
    "federation",
    "second_factor",
    "symmetric_key",
    "secret",
];

const fn field(name: &'static str, kind: FieldType, doc: &'static str) -> FieldSpec {
    FieldSpec { name, kind, doc }
}

/// The column of a field.
pub(crate) fn column(reader: &Reader, name: &str) -> Option<FieldColumn> {
    let plain = |value: &str| FieldColumn::Plain {
        value: value.to_owned(),
    };
    let fact = |name: &str| FieldColumn::Fact {
        value: format!("v.{name}_us"),
        state: format!("v.{name}_state"),
    };
    Some(match name {
        "id" => plain("n.id"),
        "native_id" => plain("n.native_id"),
        "kind" | "class" | "subtype" | "name" | "tenant" | "provider" | "status" | "vendor"
        | "instances" | "purpose" | "application" | "sensitivity" | "credential_type"
        | "cadence_days" => plain(&format!("v.{name}")),
        // What was judged goes before what is declared.
        "environment" | "owner" => {
            let judged = judged(reader, &format!("w.{name}"));
            plain(&format!("COALESCE({judged}, v.{name})"))
        }
        "owner_state" | "band" | "dormancy" => plain(&judged(reader, &format!("w.{name}"))),
        "score" => plain(&judged(reader, "CAST(ROUND(w.score_r) AS BIGINT)")),
        "signals" => FieldColumn::Answers {
            value: "v.signals".to_owned(),
        },
        "created" | "expires" | "last_used" | "last_rotated" => fact(name),
        "privileged" => plain("CASE v.privileged WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END"),
        "retired" => FieldColumn::Flag {
            value: "v.retired_us".to_owned(),
        },
        "referenced" => FieldColumn::Flag {
            value: "v.referenced_us".to_owned(),
        },
        "sources" => shown_by(reader, "c.connector"),
        "scopes" => shown_by(reader, "c.scope"),
        "seen_at" => plain(&format!(
            "(SELECT MAX(s.last_observed_us) FROM sighting s WHERE {})",
            sightings(reader)
        )),
        "tags" => FieldColumn::Set {
            from: format!(
                "tag t WHERE t.node_key = v.node_key AND {}",
                reader.visible("t")
            ),
            key: Some("t.name".to_owned()),
            value: "t.value".to_owned(),
        },
        _ => return None,
    })
}

/// A value of the verdict in force on the record.
fn judged(reader: &Reader, value: &str) -> String {
    format!(
        "(SELECT {value} FROM verdict w WHERE w.node_key = v.node_key AND {})",
        reader.visible("w")
    )
}

/// True for a field that every record has, so that a comparison with it is never undecided.
pub(crate) fn always_known(name: &str) -> bool {
    matches!(
        name,
        "id" | "native_id"
            | "kind"
            | "name"
            | "provider"
            | "retired"
            | "referenced"
            | "sources"
            | "scopes"
            | "tags"
    )
}

fn shown_by(reader: &Reader, value: &str) -> FieldColumn {
    FieldColumn::Set {
        from: format!(
            "sighting s JOIN source c ON c.source_key = s.source_key WHERE {}",
            sightings(reader)
        ),
        key: None,
        value: value.to_owned(),
    }
}

/// The condition on sightings of the record and of what was merged into it.
fn sightings(reader: &Reader) -> String {
    format!(
        "s.node_key IN (SELECT v.node_key UNION ALL SELECT m.node_key FROM member m \
         WHERE m.root_key = v.node_key AND {}) AND {}",
        reader.visible("m"),
        reader.visible("s")
    )
}

/// Text search: the word begins a word of the name, or stands anywhere in the name or native id.
pub(crate) fn text(word: &str, binder: &mut Binder) -> String {
    let lower = word.to_lowercase();
    let like = binder.bind(format!("%{}%", escape_like(&lower)));
    let from = binder.bind(lower.as_str());
    let term = match after_prefix(&lower) {
        Some(end) => format!("q.term >= {from} AND q.term < {}", binder.bind(end)),
        None => format!("q.term >= {from}"),
    };
    format!(
        "lower(v.name) LIKE {like} ESCAPE '\\' OR lower(n.native_id) LIKE {like} ESCAPE '\\' \
         OR v.node_key IN (SELECT q.node_key FROM search_term q WHERE {term})"
    )
}

#[cfg(test)]
mod tests {
    use super::CREDENTIAL_TYPES;

    #[test]
    fn every_form_of_credential_can_be_asked_for() {
        let all: Vec<&str> = model::CredentialType::ALL
            .iter()
            .map(|one| one.name())
            .collect();
        assert_eq!(all, CREDENTIAL_TYPES);
    }
}
