//! What a person may type to act on a finding, by the provider's sort of thing. Nothing here is run by
//! us; names come from outside, so each is quoted, and one that could pass for an option gives no
//! command at all.

use graph::NodeIx;
use model::EdgeKind;

use crate::{Case, Firing};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Switch it off so that it can be switched on again.
    SwitchOff,
    /// Take it out of the world.
    Delete,
    /// Put a new value beside or in place of the old one.
    Replace,
    /// See what it may do.
    ShowRights,
    /// Take the right to read from everybody but the owner.
    CloseFile,
    /// Let the directory ask for a new password one day.
    LetPasswordExpire,
    /// Ask for proof before tickets are given out.
    RequirePreauthentication,
    /// Delegate no longer without limit.
    EndDelegation,
}

/// In which shell a command is typed: quoting differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shell {
    Posix,
    Power,
}

use Shell::{Posix, Power};

/// Sorts of things and what is typed for them. `{id}` is the provider's id, `{1}` the last of its parts
/// between `/` and `:`, `{2}` the one before; `{of}` is the last part of the one identity it proves.
/// From the providers' own command references: AWS CLI v2, gcloud, Azure CLI, kubectl, shadow-utils,
/// the Active Directory module of PowerShell.
const COMMANDS: &[(Act, &[&str], Shell, &str)] = &[
    (
        Act::SwitchOff,
        &["aws_access_key"],
        Posix,
        "aws iam update-access-key --user-name={of} --access-key-id={1} --status=Inactive",
    ),
    (
        Act::SwitchOff,
        &["aws_iam_role"],
        Posix,
        "aws iam put-role-policy --role-name={1} --policy-name=switched-off --policy-document='{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}'",
    ),
    (
        Act::SwitchOff,
        &["aws_iam_user"],
        Posix,
        "aws iam put-user-policy --user-name={1} --policy-name=switched-off --policy-document='{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}'",
    ),
    (
        Act::SwitchOff,
        &["gcp_service_account"],
        Posix,
        "gcloud iam service-accounts disable {1}",
    ),
    (
        Act::SwitchOff,
        &["gcp_service_account_key"],
        Posix,
        "gcloud iam service-accounts keys disable {1} --iam-account={3}",
    ),
    (
        Act::SwitchOff,
        &["entra_service_principal"],
        Posix,
        "az ad sp update --id={1} --set accountEnabled=false",
    ),
    (
        Act::SwitchOff,
        &["ad_user", "ad_service_account", "ad_computer"],
        Power,
        "Disable-ADAccount -Identity {1}",
    ),
    (
        Act::SwitchOff,
        &["ad_gmsa", "ad_smsa", "ad_dmsa"],
        Power,
        "Set-ADServiceAccount -Identity {1} -Enabled $false",
    ),
    (
        Act::SwitchOff,
        &["local_user"],
        Posix,
        "usermod --lock --expiredate=1 {1}",
    ),
    (
        Act::Delete,
        &["aws_access_key"],
        Posix,
        "aws iam delete-access-key --user-name={of} --access-key-id={1}",
    ),
    (
        Act::Delete,
        &["gcp_service_account_key"],
        Posix,
        "gcloud iam service-accounts keys delete {1} --iam-account={3}",
    ),
    (
        Act::Delete,
        &["entra_client_secret"],
        Posix,
        "az ad app credential delete --id={2} --key-id={1}",
    ),
    (
        Act::Delete,
        &["k8s_legacy_token"],
        Posix,
        "kubectl delete secret {1} --namespace={2}",
    ),
    (
        Act::Replace,
        &["aws_access_key"],
        Posix,
        "aws iam create-access-key --user-name={of}",
    ),
    (
        Act::Replace,
        &["entra_client_secret"],
        Posix,
        "az ad app credential reset --id={2} --append --years=1",
    ),
    (
        Act::ShowRights,
        &["k8s_service_account"],
        Posix,
        "kubectl auth can-i --list --as={id}",
    ),
    (
        Act::ShowRights,
        &["aws_iam_role"],
        Posix,
        "aws iam list-attached-role-policies --role-name={1}",
    ),
    (
        Act::ShowRights,
        &["aws_iam_user"],
        Posix,
        "aws iam list-attached-user-policies --user-name={1}",
    ),
    (Act::CloseFile, &["file"], Posix, "chmod go-rwx {id}"),
    (
        Act::LetPasswordExpire,
        &["ad_user", "ad_service_account"],
        Power,
        "Set-ADUser -Identity {1} -PasswordNeverExpires $false",
    ),
    (
        Act::RequirePreauthentication,
        &["ad_user", "ad_service_account"],
        Power,
        "Set-ADAccountControl -Identity {1} -DoesNotRequirePreAuth $false",
    ),
    (
        Act::EndDelegation,
        &["ad_user", "ad_service_account", "ad_computer"],
        Power,
        "Set-ADAccountControl -Identity {1} -TrustedForDelegation $false",
    ),
];

/// Adds what may be typed to do this to the case's own thing; nothing where no command is known.
pub(super) fn suggest(firing: Firing, case: &Case<'_>, act: Act) -> Firing {
    match command(case, act) {
        Some(command) => firing.command(command),
        None => firing,
    }
}

/// What may be typed to do this.
pub(super) fn command(case: &Case<'_>, act: Act) -> Option<String> {
    let subtype = case.estate.text(case.node.subtype);
    let (_, _, shell, template) = COMMANDS
        .iter()
        .find(|(does, sorts, _, _)| *does == act && sorts.contains(&subtype))?;
    fill(case, *shell, template)
}

fn fill(case: &Case<'_>, shell: Shell, template: &str) -> Option<String> {
    let id = case.estate.text(case.node.native_id);
    let mut parts = id.rsplit([':', '/']);
    let mut text = template.to_owned();
    for place in ["{1}", "{2}", "{3}"] {
        let part = parts.next();
        if template.contains(place) {
            text = text.replace(place, &quoted(shell, part?)?);
        }
    }
    if template.contains("{id}") {
        text = text.replace("{id}", &quoted(shell, id)?);
    }
    if template.contains("{of}") {
        text = text.replace("{of}", &quoted(shell, proven(case)?)?);
    }
    Some(text)
}

/// The last part of the id of the one identity it proves.
fn proven<'a>(case: &Case<'a>) -> Option<&'a str> {
    let identities: Vec<NodeIx> = case.targets(EdgeKind::Authenticates);
    let [one] = identities.as_slice() else {
        return None;
    };
    let id = case.estate.text(case.estate.node(*one)?.native_id);
    id.rsplit([':', '/']).next()
}

/// What PowerShell takes for a single quote.
const POWER_QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

/// A value as one word; `None` for one that is empty, could pass for an option, for a file to read (`@`
/// of az, `file://` of aws) or for a place of a template, or holds what a terminal acts on.
fn quoted(shell: Shell, value: &str) -> Option<String> {
    let passes_for_another = value.starts_with(['-', '@']) || value.contains("://");
    if value.is_empty() || passes_for_another || value.contains(['{', '}']) {
        return None;
    }
    if value.chars().any(char::is_control) {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:".contains(c);
    if shell == Posix && value.chars().all(plain) {
        return Some(value.to_owned());
    }
    let mut word = String::from("'");
    for c in value.chars() {
        match shell {
            Posix if c == '\'' => word.push_str("'\\''"),
            Power if POWER_QUOTES.contains(&c) => word.extend([c, c]),
            Posix | Power => word.push(c),
        }
    }
    word.push('\'');
    Some(word)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use graph::shorthand;

    use super::*;
    use crate::Clockwork;
    use crate::rules::testing::{AsWritten, policy};

    fn typed(text: &str, label: &str, act: Act) -> Option<String> {
        let estate = shorthand::estate(text).unwrap();
        let (policy, clockwork) = (policy(), Clockwork::default());
        let classify = AsWritten(&estate);
        let ix = shorthand::find(&estate, label).unwrap();
        let case = Case::open(&estate, &policy, &classify, &clockwork, ix).unwrap();
        command(&case, act)
    }

    #[test]
    fn a_command_names_the_thing_as_its_provider_does() {
        let key = "credential:AKIA1 subtype=aws_access_key
             credential:AKIA1 -authenticates-> identity:arn:aws:iam::1:user/ci/deploy";
        assert_eq!(
            typed(key, "credential:AKIA1", Act::SwitchOff).unwrap(),
            "aws iam update-access-key --user-name=deploy --access-key-id=AKIA1 --status=Inactive"
        );
        let two = format!("{key}\ncredential:AKIA1 -authenticates-> identity:other");
        assert_eq!(typed(&two, "credential:AKIA1", Act::SwitchOff), None);
        let gcp = "credential:a@p.example/keys/9f subtype=gcp_service_account_key";
        assert_eq!(
            typed(gcp, "credential:a@p.example/keys/9f", Act::Delete).unwrap(),
            "gcloud iam service-accounts keys delete 9f --iam-account=a@p.example"
        );
        let token = "credential:token:prod/old subtype=k8s_legacy_token";
        assert_eq!(
            typed(token, "credential:token:prod/old", Act::Delete).unwrap(),
            "kubectl delete secret old --namespace=prod"
        );
        let account = "identity:system:serviceaccount:prod:ci subtype=k8s_service_account";
        assert_eq!(
            typed(
                account,
                "identity:system:serviceaccount:prod:ci",
                Act::ShowRights
            )
            .unwrap(),
            "kubectl auth can-i --list --as=system:serviceaccount:prod:ci"
        );
        assert_eq!(
            typed(
                account,
                "identity:system:serviceaccount:prod:ci",
                Act::Delete
            ),
            None
        );
        assert_eq!(
            typed(
                "identity:x subtype=unheard_of",
                "identity:x",
                Act::SwitchOff
            ),
            None
        );
    }

    #[test]
    fn a_name_from_outside_stays_one_word() {
        assert_eq!(quoted(Posix, "a b").unwrap(), "'a b'");
        assert_eq!(quoted(Posix, "a'; rm -r /").unwrap(), "'a'\\''; rm -r /'");
        assert_eq!(quoted(Power, "a'$(x)").unwrap(), "'a''$(x)'");
        assert_eq!(quoted(Power, "a\u{2019}b").unwrap(), "'a\u{2019}\u{2019}b'");
        assert_eq!(quoted(Power, "a\u{2018}b").unwrap(), "'a\u{2018}\u{2018}b'");
        assert_eq!(
            quoted(Posix, "/etc/a-b_c.d@e:f").unwrap(),
            "/etc/a-b_c.d@e:f"
        );
        assert_eq!(quoted(Power, "S-1-5-21").unwrap(), "'S-1-5-21'");
        for refused in [
            "",
            "@f",
            "file:///etc/passwd",
            "-rf",
            "a\nb",
            "a\u{1b}[2J",
            "{of}",
            "a}",
        ] {
            assert_eq!(quoted(Posix, refused), None, "{refused:?}");
        }
    }

    #[test]
    fn a_sort_has_one_way_to_do_a_thing() {
        let mut seen = BTreeSet::new();
        for (act, sorts, _, _) in COMMANDS {
            for sort in *sorts {
                assert!(seen.insert((format!("{act:?}"), sort)), "{act:?} {sort}");
            }
        }
    }

    #[test]
    fn findings_carry_what_may_be_typed() {
        use crate::rules::testing::fires;
        use crate::rules::*;

        let svc = "identity:arn:aws:iam::1:role/job";
        let words = "subtype=aws_iam_role class=machine privileged=yes tag.judged.owner=unowned \
                     last_used=-900d -in_use_by_workload -from_code +holds_everything +temporary=2020-01-01";
        let role = format!("{svc} {words}");
        let rules: [(&dyn Rule, &str); 5] = [
            (
                &dormant_identity::DormantIdentity,
                "aws iam put-role-policy",
            ),
            (
                &privileged_unowned_dormant::PrivilegedUnownedDormant,
                "aws iam put-role-policy",
            ),
            (
                &orphaned_identity::OrphanedIdentity,
                "aws iam put-role-policy",
            ),
            (
                &temporary_past_its_date::TemporaryPastItsDate,
                "aws iam put-role-policy",
            ),
            (
                &administrator_workload_identity::AdministratorWorkloadIdentity,
                "aws iam list-attached",
            ),
        ];
        for (rule, typed) in rules {
            let firing = fires(rule, &role, svc);
            assert_eq!(firing.commands.len(), 1, "{}", rule.spec().id);
            assert!(firing.commands[0].starts_with(typed), "{}", rule.spec().id);
        }
        let account = "identity:S-1-5-21-7 subtype=ad_user class=machine +no_preauthentication \
                       +unconstrained_delegation -directory_controller +password_never_expires";
        let rules: [(&dyn Rule, &str); 3] = [
            (
                &no_preauthentication::NoPreauthentication,
                "Set-ADAccountControl -Identity 'S-1-5-21-7' -DoesNotRequirePreAuth $false",
            ),
            (
                &unconstrained_delegation::UnconstrainedDelegation,
                "Set-ADAccountControl -Identity 'S-1-5-21-7' -TrustedForDelegation $false",
            ),
            (
                &no_expiry::NoExpiry,
                "Set-ADUser -Identity 'S-1-5-21-7' -PasswordNeverExpires $false",
            ),
        ];
        for (rule, typed) in rules {
            assert_eq!(
                fires(rule, account, "identity:S-1-5-21-7").commands,
                [typed]
            );
        }
        let key = "credential:AKIA1 subtype=aws_access_key type=access_key created=-900d last_used=-900d status=enabled
             credential:AKIA1 -authenticates-> identity:ci
             credential:AKIA1 -found_in-> pipeline:p
             identity:ci status=enabled last_used=-1d";
        let rules: [(&dyn Rule, &str); 3] = [
            (
                &credential_older_than_policy::CredentialOlderThanPolicy,
                "aws iam create-access-key --user-name=ci",
            ),
            (
                &dormant_credential::DormantCredential,
                "aws iam update-access-key",
            ),
            (
                &static_cloud_key_in_pipeline::StaticCloudKeyInPipeline,
                "aws iam update-access-key",
            ),
        ];
        for (rule, typed) in rules {
            let firing = fires(rule, key, "credential:AKIA1");
            assert!(firing.commands[0].starts_with(typed), "{}", rule.spec().id);
        }
        let off = key.replace("identity:ci status=enabled", "identity:ci status=disabled");
        let rule = &disabled_identity_with_valid_credentials::DisabledIdentityWithValidCredentials;
        let firing = fires(rule, &off, "identity:ci");
        assert_eq!(
            firing.commands,
            ["aws iam delete-access-key --user-name=ci --access-key-id=AKIA1"]
        );
        let token =
            "credential:token:prod/old subtype=k8s_legacy_token type=access_token +superseded_form";
        let firing = fires(
            &legacy_token::LegacyToken,
            token,
            "credential:token:prod/old",
        );
        assert_eq!(
            firing.commands,
            ["kubectl delete secret old --namespace=prod"]
        );
        let file = "credential:k type=ssh_key
             credential:k -stored_in-> resource:/home/a/key
             resource:/home/a/key subtype=file +readable_by_others";
        let rule = &private_key_readable_by_others::PrivateKeyReadableByOthers;
        assert_eq!(
            fires(rule, file, "credential:k").commands,
            ["chmod go-rwx /home/a/key"]
        );
    }
}
