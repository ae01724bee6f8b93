//! How things are revoked, by kind and subtype. One entry is one way; commands are those of the
//! providers' own tools, as their manuals give them.

mod tools;

use tools::TOOLS;

/// One way to revoke.
#[derive(Debug)]
pub struct Entry {
    /// The kind of record.
    pub kind: &'static str,
    /// The subtypes it holds for.
    pub subtypes: &'static [&'static str],
    /// Who can do it.
    pub who: &'static str,
    /// What to do, each with a command where there is one. The first is the summary.
    pub steps: &'static [(&'static str, Option<&'static str>)],
    /// How to see that it worked.
    pub proof: &'static str,
}

const IDENTITY: &str = "identity";
const CREDENTIAL: &str = "credential";

/// Every way that is known.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    TABLE.iter().chain(TOOLS)
}

/// The way to revoke a kind and subtype, when it is known.
pub fn entry(kind: &str, subtype: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.kind == kind && entry.subtypes.contains(&subtype))
}

/// Whether the way to revoke a kind and subtype is known.
pub fn is_known(kind: &str, subtype: &str) -> bool {
    entry(kind, subtype).is_some()
        || (kind == CREDENTIAL
            && formats::token::known_forms().any(|(_, _, known, _)| known == subtype))
}

/// The ways of clouds, directories, clusters and machines.
const TABLE: &[Entry] = &[
    Entry {
        kind: CREDENTIAL,
        subtypes: &["aws_access_key"],
        who: "whoever has iam:UpdateAccessKey and iam:DeleteAccessKey on the user, or the user itself",
        steps: &[
            (
                "Deactivate the access key {last}, watch for what fails, then delete it",
                Some(
                    "aws iam update-access-key --user-name {identity} --access-key-id {last} --status Inactive",
                ),
            ),
            (
                "Delete it; sessions already made with it live on until they end (36 hours at most)",
                Some("aws iam delete-access-key --user-name {identity} --access-key-id {last}"),
            ),
        ],
        proof: "`aws iam list-access-keys` no longer lists it; calls with it answer InvalidClientTokenId",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["aws_temporary_access_key", "aws_context_credential"],
        who: "whoever administers the role that was assumed",
        steps: &[(
            "Revoke the role's sessions (the policy AWSRevokeOlderSessions with aws:TokenIssueTime); a session token \
             cannot be revoked alone and otherwise lives until it ends",
            None,
        )],
        proof: "calls with it answer AccessDenied or ExpiredToken",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["aws_console_password"],
        who: "whoever has iam:DeleteLoginProfile on the user",
        steps: &[(
            "Remove the console password of {identity}; its access keys stay and are revoked one by one",
            Some("aws iam delete-login-profile --user-name {identity}"),
        )],
        proof: "`aws iam get-login-profile` answers NoSuchEntity",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["aws_signing_certificate"],
        who: "whoever has iam:UpdateSigningCertificate on the user",
        steps: &[(
            "Deactivate, then delete the signing certificate",
            Some(
                "aws iam update-signing-certificate --user-name {identity} --certificate-id {last} --status Inactive",
            ),
        )],
        proof: "`aws iam list-signing-certificates` no longer lists it",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["aws_iam_user"],
        who: "an IAM administrator of account {tenant}",
        steps: &[
            (
                "Cut the user {name} off: attach a policy that denies everything, which acts at once on keys, password \
                 and sessions",
                Some(
                    "aws iam attach-user-policy --user-name {name} --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
                ),
            ),
            (
                "Deactivate each of its access keys and remove its console password",
                Some("aws iam list-access-keys --user-name {name}"),
            ),
            (
                "When nothing fails any more, delete its keys, policies and groups, then the user",
                Some("aws iam delete-user --user-name {name}"),
            ),
        ],
        proof: "`aws iam get-user` answers NoSuchEntity; a fresh credential report no longer lists it",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["aws_iam_role"],
        who: "an IAM administrator of the account",
        steps: &[
            (
                "Revoke the sessions of the role {name} and deny its use; then remove who may assume it from its trust \
                 policy",
                Some(
                    "aws iam attach-role-policy --role-name {name} --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
                ),
            ),
            (
                "When nothing fails any more, detach its policies and delete it",
                Some("aws iam delete-role --role-name {name}"),
            ),
        ],
        proof: "`aws iam get-role` answers NoSuchEntity; AssumeRole answers AccessDenied",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["aws_root_user"],
        who: "the owner of the account, or the management account of its organisation",
        steps: &[(
            "A root user cannot be deleted: remove its access keys, and its credentials through centralised root access \
             of the organisation",
            None,
        )],
        proof: "the credential report shows no password and no active key for <root_account>",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["gcp_service_account_key"],
        who: "whoever has iam.serviceAccountKeys.delete on the service account",
        steps: &[
            (
                "Disable the key {last}, watch for what fails, then delete it",
                Some(
                    "gcloud iam service-accounts keys disable {last} --iam-account={identity_native}",
                ),
            ),
            (
                "Delete it; access tokens already made with it live on for up to an hour",
                Some(
                    "gcloud iam service-accounts keys delete {last} --iam-account={identity_native}",
                ),
            ),
        ],
        proof: "`gcloud iam service-accounts keys list` no longer lists it",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["gcp_service_account"],
        who: "whoever has iam.serviceAccounts.disable in the project",
        steps: &[
            (
                "Disable the service account {native}; that can be undone",
                Some("gcloud iam service-accounts disable {native}"),
            ),
            (
                "When nothing fails any more, delete it (it can be restored for 30 days)",
                Some("gcloud iam service-accounts delete {native}"),
            ),
        ],
        proof: "token requests for it answer that the account is disabled",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["entra_client_secret"],
        who: "an owner of the application, or an Application Administrator",
        steps: &[(
            "Remove the secret {last} from the application; tokens already issued live on for about an hour",
            Some("az ad app credential delete --id {head} --key-id {last}"),
        )],
        proof: "`az ad app credential list` no longer lists it; token requests answer AADSTS7000215",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["entra_client_certificate"],
        who: "an owner of the application, or an Application Administrator",
        steps: &[(
            "Remove the certificate {last} from the application",
            Some("az ad app credential delete --id {head} --key-id {last} --cert"),
        )],
        proof: "`az ad app credential list --cert` no longer lists it",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["entra_federated_credential"],
        who: "an owner of the application, or an Application Administrator",
        steps: &[(
            "Remove the federated credential from the application",
            Some(
                "az ad app federated-credential delete --id {head} --federated-credential-id {last}",
            ),
        )],
        proof: "`az ad app federated-credential list` no longer lists it",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["entra_service_principal", "entra_agent_identity"],
        who: "a Cloud Application Administrator of the tenant",
        steps: &[
            (
                "Disable sign-in of {name}; that can be undone, and tokens already issued live on for about an hour",
                Some("az ad sp update --id {native} --set accountEnabled=false"),
            ),
            (
                "When nothing fails any more, delete it (restorable for 30 days)",
                Some("az ad sp delete --id {native}"),
            ),
        ],
        proof: "token requests answer AADSTS7000112 (application is disabled)",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["entra_managed_identity"],
        who: "an owner of the Azure resource it belongs to",
        steps: &[(
            "Take its role assignments away, then unassign it from its resource or delete it; tokens it holds live on \
             for up to a day",
            Some("az role assignment list --assignee {native} --all"),
        )],
        proof: "`az ad sp show` no longer finds it",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["entra_user"],
        who: "a User Administrator of the tenant",
        steps: &[(
            "Block sign-in and revoke the sessions of {name}",
            Some("az ad user update --id {native} --account-enabled false"),
        )],
        proof: "its sign-ins answer AADSTS50057 (account disabled)",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["k8s_service_account"],
        who: "an administrator of the namespace {namespace}",
        steps: &[
            (
                "Remove the bindings of the service account, which acts at once",
                Some("kubectl get rolebindings,clusterrolebindings -A -o wide"),
            ),
            (
                "Delete it when no workload runs as it any more; its tokens die with it",
                Some("kubectl delete serviceaccount {object} --namespace {namespace}"),
            ),
        ],
        proof: "`kubectl auth can-i --list --as={native}` shows nothing of its own",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["k8s_legacy_token"],
        who: "whoever may delete Secrets in the namespace {namespace}",
        steps: &[(
            "Delete the Secret that holds the token; it stops working within seconds",
            Some("kubectl delete secret {object} --namespace {namespace}"),
        )],
        proof: "requests with it answer 401",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["k8s_bootstrap_token"],
        who: "a cluster administrator",
        steps: &[(
            "Delete the bootstrap token",
            Some("kubeadm token delete {last}"),
        )],
        proof: "`kubeadm token list` no longer lists it",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &[
            "ad_user",
            "ad_service_account",
            "ad_gmsa",
            "ad_smsa",
            "ad_dmsa",
            "ad_computer",
        ],
        who: "an account operator of the domain, or whoever was delegated its organisational unit",
        steps: &[
            (
                "Disable the account {name}; Kerberos tickets it holds live on for up to 10 hours",
                Some("Disable-ADAccount -Identity {native}"),
            ),
            (
                "When nothing fails any more, remove it",
                Some("Remove-ADObject -Identity {native}"),
            ),
        ],
        proof: "`Get-ADObject -Identity` shows userAccountControl with ACCOUNTDISABLE",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &["local_user"],
        who: "root on the host",
        steps: &[
            (
                "Lock the account {name} and end its sessions; its keys in authorized_keys work on, so expire it too",
                Some("usermod --lock --expiredate 1 {name}"),
            ),
            ("Remove its authorized keys, and stop what runs as it", None),
        ],
        proof: "`chage -l` shows that the account expired; a login is refused",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["x509_certificate"],
        who: "whoever runs the authority that issued it, or the account at the public authority it was ordered with",
        steps: &[
            (
                "Replace it wherever it is presented, then revoke it at its issuer",
                None,
            ),
            (
                "For an ACME authority, with the certificate's file",
                Some("certbot revoke --cert-path <CERTIFICATE.PEM> --reason superseded"),
            ),
            (
                "Where nobody checks revocation, only removing trust or the end of its validity ends it: shorten the \
                 validity of the next",
                None,
            ),
        ],
        proof: "the issuer's revocation list or OCSP answer names its serial; each place presents another certificate",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["private_key"],
        who: "whoever administers what accepts it; a key is not revoked, trust in its public half is taken away",
        steps: &[
            (
                "Make a new key, replace every certificate of this one, and revoke those at their issuers",
                None,
            ),
            ("Remove the old key where it lies", None),
        ],
        proof: "no certificate in the inventory shares its public key any more, and no place stores it",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["ssh_private_key", "ssh_public_key", "aws_ssh_public_key"],
        who: "the owner of each account that lists it in authorized_keys, or root on those hosts",
        steps: &[
            (
                "Remove its line from authorized_keys of every account that trusts it (those known are listed under \
                 reach), and from forges and clouds it was uploaded to",
                None,
            ),
            (
                "Where certificates or many hosts trust it, put it on the revocation list that sshd reads \
                 (RevokedKeys)",
                Some("ssh-keygen -k -u -f /etc/ssh/revoked_keys {place}"),
            ),
        ],
        proof: "`ssh -i KEY -o IdentitiesOnly=yes` to each host is refused",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["ssh_certificate"],
        who: "whoever runs the SSH authority that signed it",
        steps: &[(
            "Put its serial or key id on the revocation list that sshd reads (RevokedKeys); otherwise it works until it \
             ends",
            Some("ssh-keygen -k -u -s <CA.PUB> -f /etc/ssh/revoked_keys <SERIALS>"),
        )],
        proof: "sshd logs that the certificate is revoked",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["ssh_host_key"],
        who: "root on the host",
        steps: &[(
            "Replace the host key and give its new fingerprint to whoever knows the old one",
            Some("ssh-keygen -A"),
        )],
        proof: "`ssh-keyscan` shows another key",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &[
            "password",
            "aws_ses_smtp_password",
            "composer_login",
            "connection_password",
            "connection_string",
            "database_password",
            "docker_registry_login",
            "env_connection_string",
            "git_credential",
            "htpasswd_user",
            "ipsec_login",
            "ipsec_passphrase",
            "ipsec_preshared_key",
            "kubeconfig_login",
            "maven_server",
            "mysql_login",
            "netrc_login",
            "npm_registry_login",
            "openvpn_login",
            "password_hash",
            "postgresql_login",
            "pypi_login",
            "registry_password",
            "wireguard_preshared_key",
        ],
        who: "the administrator of the system it signs in to",
        steps: &[(
            "Change it at the system that accepts it, then everywhere it is stored",
            None,
        )],
        proof: "a login with the old one is refused",
    },
    Entry {
        kind: CREDENTIAL,
        subtypes: &["jwt", "k8s_service_account_token"],
        who: "whoever runs its issuer",
        steps: &[(
            "A signed token is accepted until it ends: revoke the session or client at its issuer, or replace the \
             signing key, which ends every token it signed",
            None,
        )],
        proof: "requests with it answer 401",
    },
    Entry {
        kind: IDENTITY,
        subtypes: &[
            "claude_desktop",
            "claude_code",
            "cursor",
            "vscode",
            "windsurf",
            "zed",
            "gemini_cli",
            "codex",
            "github_copilot",
            "github_copilot_cli",
            "ai_agent",
        ],
        who: "the person whose agent it is, or root on the host",
        steps: &[
            (
                "Sign the agent out, remove its servers from its configuration and stop it",
                None,
            ),
            (
                "Revoke every credential it was given: taking it out of the configuration does not",
                None,
            ),
        ],
        proof: "a fresh scan no longer shows its servers; each credential it had is refused",
    },
];
