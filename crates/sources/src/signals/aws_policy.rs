//! What a policy document of AWS says on its face. Nothing subtle: what remains after boundaries,
//! conditions and denials is for the access engine.

use model::Answer;
use serde_json::Value;

/// Whether a document grants every action on everything.
pub(super) fn everything(document: &Value) -> Answer {
    let mut doubt = None;
    for statement in statements(document) {
        if statement.get("NotAction").is_some() || statement.get("NotResource").is_some() {
            doubt = Some("it allows all but some actions or resources (NotAction, NotResource)");
            continue;
        }
        let mut actions = texts(statement.get("Action"));
        let every_resource = texts(statement.get("Resource")).any(|text| text == "*");
        if !every_resource {
            continue;
        }
        if actions.clone().any(|text| matches!(text, "*" | "*:*")) {
            if statement.get("Condition").is_none() {
                return Answer::yes("Allow * on *");
            }
            doubt = Some("it allows * on * under a condition that is not evaluated here");
        } else if actions.any(changes_grants) {
            doubt = Some("it may change what is granted, and so grant itself more");
        }
    }
    doubt.map_or(Answer::No, Answer::unknown)
}

/// Actions with which whoever may take them on everything can take all others soon after.
fn changes_grants(action: &str) -> bool {
    let lower = action.to_ascii_lowercase();
    let Some(verb) = lower.strip_prefix("iam:") else {
        return false;
    };
    [
        "put", "attach", "create", "update", "add", "set", "passrole", "*",
    ]
    .iter()
    .any(|start| verb.starts_with(start))
}

/// Whether a trust policy lets anybody in.
pub(super) fn anyone(document: &Value) -> Answer {
    let mut doubt = None;
    for statement in statements(document) {
        if statement.get("NotPrincipal").is_some() {
            doubt = Some("it lets all but some in (NotPrincipal)");
        }
        if !principals(statement).any(|(kind, text)| kind == "AWS" && text == "*") {
            continue;
        }
        if statement.get("Condition").is_none() {
            return Answer::yes("Principal *");
        }
        doubt = Some("Principal * under a condition that is not evaluated here");
    }
    doubt.map_or(Answer::No, Answer::unknown)
}

/// Whether a trust policy takes tokens of an OIDC issuer by a pattern wider than one subject.
pub(super) fn any_subject(document: &Value) -> Answer {
    let mut doubt = None;
    for statement in statements(document) {
        for (kind, issuer) in principals(statement) {
            if kind != "Federated" || issuer.contains(":saml-provider/") {
                continue;
            }
            match subjects(statement.get("Condition")) {
                Subjects::Exact => {}
                Subjects::Pattern(pattern) => return Answer::yes(pattern),
                Subjects::Other => {
                    doubt = Some("it names no subject and limits callers by other claims");
                }
                Subjects::Any => {
                    let issuer = issuer.rsplit(":oidc-provider/").next().unwrap_or(issuer);
                    return Answer::yes(format!("any subject of {issuer}"));
                }
            }
        }
    }
    doubt.map_or(Answer::No, Answer::unknown)
}

enum Subjects<'d> {
    Exact,
    Pattern(&'d str),
    /// Not the subject but other claims are limited.
    Other,
    Any,
}

fn subjects(condition: Option<&Value>) -> Subjects<'_> {
    let mut found = Subjects::Any;
    let tests = condition.and_then(Value::as_object);
    for (operator, keys) in tests.into_iter().flatten() {
        for (key, value) in keys.as_object().into_iter().flatten() {
            let key = key.to_ascii_lowercase();
            if key.ends_with(":sub") {
                let like = operator.to_ascii_lowercase().contains("like");
                let wide = texts(Some(value)).find(|text| like && text.contains(['*', '?']));
                return wide.map_or(Subjects::Exact, Subjects::Pattern);
            }
            if !key.ends_with(":aud") {
                found = Subjects::Other;
            }
        }
    }
    found
}

/// The statements that allow.
fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    one_or_many(document.get("Statement"))
        .iter()
        .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Allow"))
}

fn principals(statement: &Value) -> impl Iterator<Item = (&str, &str)> {
    let principal = statement.get("Principal");
    let bare = principal.and_then(Value::as_str).map(|text| ("AWS", text));
    let kinds = principal.and_then(Value::as_object);
    bare.into_iter().chain(
        kinds
            .into_iter()
            .flatten()
            .flat_map(|(kind, value)| texts(Some(value)).map(move |text| (kind.as_str(), text))),
    )
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> + Clone {
    one_or_many(value).iter().filter_map(Value::as_str)
}

fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn allow(mut statement: Value) -> Value {
        statement["Effect"] = json!("Allow");
        json!({"Statement": statement})
    }

    #[test]
    fn only_the_trivial_document_grants_everything() {
        for (statement, want) in [
            (json!({"Action": "*", "Resource": "*"}), Some(true)),
            (
                json!({"Action": ["s3:*", "*"], "Resource": ["*"]}),
                Some(true),
            ),
            (
                json!({"Action": "*", "Resource": "*", "Condition": {"Bool": {}}}),
                None,
            ),
            (json!({"NotAction": "iam:*", "Resource": "*"}), None),
            (json!({"Action": "iam:*", "Resource": "*"}), None),
            (json!({"Action": "iam:PassRole", "Resource": "*"}), None),
            (
                json!({"Action": "*", "Resource": "arn:aws:s3:::a"}),
                Some(false),
            ),
            (json!({"Action": "s3:*", "Resource": "*"}), Some(false)),
            (json!({"Action": "iam:Get*", "Resource": "*"}), Some(false)),
        ] {
            assert_eq!(
                everything(&allow(statement.clone())).known(),
                want,
                "{statement}"
            );
        }
        let denied = json!({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
        assert_eq!(everything(&denied), Answer::No);
    }

    #[test]
    fn trust_in_anybody_and_in_patterns() {
        let trust = |statement: Value| {
            let document = allow(statement);
            (anyone(&document).known(), any_subject(&document))
        };
        let github = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
        let of_github = |condition: Value| {
            trust(json!({"Principal": {"Federated": github}, "Condition": condition})).1
        };
        assert_eq!(trust(json!({"Principal": "*"})), (Some(true), Answer::No));
        assert_eq!(
            trust(json!({"Principal": {"AWS": ["1", "*"]}})).0,
            Some(true)
        );
        let limited =
            json!({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}});
        assert_eq!(trust(limited).0, None);
        assert_eq!(
            trust(json!({"Principal": {"Service": "ec2.amazonaws.com"}})).0,
            Some(false)
        );
        let key = "token.actions.githubusercontent.com:sub";
        assert_eq!(
            of_github(json!({"StringLike": {key: "repo:org/*:*"}})).detail(),
            Some("repo:org/*:*")
        );
        assert_eq!(
            of_github(json!({"StringEquals": {key: "repo:org/a:ref:refs/heads/main"}})),
            Answer::No
        );
        assert_eq!(
            of_github(json!({"StringLike": {key: "repo:org/a:ref:refs/heads/main"}})),
            Answer::No
        );
        assert_eq!(
            of_github(json!({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}})).detail(),
            Some("any subject of token.actions.githubusercontent.com")
        );
        assert_eq!(
            of_github(
                json!({"StringEquals": {"token.actions.githubusercontent.com:repository": "a/b"}})
            )
            .known(),
            None
        );
    }
}
