//! Kubernetes.

use model::{Answer, EdgeKind, NodeKind, Signal};
use serde_json::Value;

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "Kubernetes",
    applies: |seen| seen.provider() == "kubernetes",
    read,
    states: &[
        Statement::of(
            Signal::GrantsEverything,
            "cluster-admin, or a rule of `*` verbs on `*` resources of `*` groups; the group system:masters",
            "rules were read and none is such",
        )
        .or_unknown("a rule lets bind, escalate or impersonate"),
        Statement::of(
            Signal::PlatformDefault,
            "the service account `default` of a namespace",
            "another service account",
        ),
        Statement::no(Signal::InteractiveUse, "service accounts"),
        Statement::yes(
            Signal::TrustsAnyone,
            "system:anonymous and system:unauthenticated: whoever reaches the API is it",
        ),
        Statement::yes(
            Signal::RotatesItself,
            "a Secret that cert-manager keeps",
        ),
        Statement::of(
            Signal::EncryptedAtRest,
            "the EncryptionConfiguration of the cluster encrypts Secrets",
            "its first provider for Secrets is `identity`",
        ),
    ],
};

fn read(seen: &Seen<'_>, said: &mut Said) {
    match seen.subtype {
        "k8s_role" | "k8s_cluster_role" => role(seen, said),
        "k8s_service_account" => {
            said.no(Signal::InteractiveUse);
            let is_default = seen.native().starts_with("system:serviceaccount:")
                && seen.native().ends_with(":default");
            said.flag(Signal::PlatformDefault, Some(is_default));
        }
        "k8s_cluster" => match seen.text("secrets_encryption") {
            Some("identity") => said.no(Signal::EncryptedAtRest),
            Some(provider) => said.seen(Signal::EncryptedAtRest, provider),
            None => {}
        },
        "k8s_secret" => {
            let maker = seen.edges(EdgeKind::ManagedBy).next();
            if let Some(edge) = maker.filter(|edge| edge.to.native_id.starts_with("certificate:")) {
                said.seen(Signal::RotatesItself, edge.to.native_id.as_str());
            }
        }
        _ => {}
    }
    match seen.native() {
        "user:system:anonymous" | "group:system:unauthenticated" => {
            said.yes(Signal::TrustsAnyone);
        }
        "group:system:masters" if seen.is(NodeKind::Group) => {
            said.seen(Signal::GrantsEverything, "system:masters");
        }
        _ => {}
    }
}

fn role(seen: &Seen<'_>, said: &mut Said) {
    if seen.native() == "clusterrole:cluster-admin" {
        said.seen(Signal::GrantsEverything, "cluster-admin");
    } else if let Some(rules) = seen.word("rules").and_then(Value::as_array) {
        said.say(Signal::GrantsEverything, everything(rules));
    }
}

fn everything(rules: &[Value]) -> Answer {
    let mut hands_out = false;
    for rule in rules {
        let has = |list: &str, wanted: &[&str]| {
            let words = rule.get(list).and_then(Value::as_array);
            words
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .any(|word| wanted.contains(&word))
        };
        let all = |list: &str| has(list, &["*"]);
        if all("verbs") && all("resources") && all("apiGroups") {
            return Answer::yes("verbs * on resources * of apiGroups *");
        }
        hands_out |= has("verbs", &["bind", "escalate", "impersonate"]);
    }
    if hands_out {
        Answer::unknown("it may bind, escalate or impersonate, and so be given more")
    } else {
        Answer::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_that_allow_everything() {
        let of = |rule: Value| everything(&[rule]).known();
        assert_eq!(
            of(json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})),
            Some(true)
        );
        assert_eq!(
            of(json!({"apiGroups": [""], "resources": ["*"], "verbs": ["*"]})),
            Some(false)
        );
        assert_eq!(
            of(
                json!({"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": ["escalate"]})
            ),
            None
        );
        assert_eq!(everything(&[]), Answer::No);
    }
}
