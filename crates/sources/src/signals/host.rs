//! Machines: local accounts, jobs and services, key stores, built-in principals.

use model::{NodeKind, Signal};

use super::{Family, Said, Seen, Statement, cadence};

pub(super) const FAMILY: Family = Family {
    title: "hosts, jobs, services and key stores",
    applies: |seen| {
        seen.is(NodeKind::Workload)
            || matches!(
                seen.subtype,
                "local_user"
                    | "windows_built_in"
                    | "pkcs12_store"
                    | "jks_store"
                    | "jceks_store"
                    | "github_actions_secret"
                    | "gitlab_variable"
            )
    },
    read,
    states: &[
        Statement::yes(Signal::HoldsEverything, "a local account with uid 0"),
        Statement::no(
            Signal::InteractiveUse,
            "a local account that cannot log in; built-in accounts of Windows",
        ),
        Statement::yes(
            Signal::PlatformDefault,
            "built-in accounts of Windows (LocalSystem, NetworkService …)",
        ),
        Statement::yes(
            Signal::ProviderManaged,
            "built-in accounts of Windows have no password that anybody keeps",
        ),
        Statement::of(
            Signal::EncryptedAtRest,
            "a key store with a password of its own",
            "a key store without a password, or with the default one",
        ),
        Statement::of(
            Signal::ServesPipeline,
            "runners, build servers and deployers by the names of their products; secrets of GitHub Actions, variables of GitLab, Terraform workspaces",
            "key stores",
        ),
        Statement::yes(
            Signal::IncidentDependency,
            "remote access, backup, monitoring and response by the names of their products",
        ),
    ],
};

/// Parts of names, commands and images by which runners, build servers and deployers are known.
const PIPELINE: &[&str] = &[
    "gitlab-runner",
    "actions-runner",
    "actions.runner",
    "act_runner",
    "buildkite-agent",
    "teamcity",
    "jenkins",
    "drone-runner",
    "woodpecker",
    "concourse",
    "circleci",
    "azp-agent",
    "vsts-agent",
    "vstsagent",
    "tekton",
    "argo-workflow",
    "argocd",
    "flux-controller",
    "kustomize-controller",
    "atlantis",
    "spacelift",
    "tfc-agent",
];

/// Parts of names by which products are known that people need in an incident.
const IN_INCIDENT: &[&str] = &[
    "wireguard",
    "wg-quick",
    "openvpn",
    "strongswan",
    "tailscaled",
    "teleport",
    "sshd",
    "prometheus",
    "alertmanager",
    "grafana",
    "zabbix",
    "nagios",
    "icinga",
    "datadog-agent",
    "wazuh",
    "falcon-sensor",
    "csfalcon",
    "osquery",
    "velociraptor",
    "restic",
    "borgmatic",
    "borgbackup",
    "veeam",
    "bareos",
    "bacula",
    "velero",
    "pgbackrest",
];

fn read(seen: &Seen<'_>, said: &mut Said) {
    match seen.subtype {
        "local_user" => {
            if seen.number("uid") == Some(0) {
                said.seen(Signal::HoldsEverything, "uid 0");
            }
            if seen.flag("can_log_in") == Some(false) {
                said.no(Signal::InteractiveUse);
            }
        }
        "windows_built_in" => {
            said.yes(Signal::PlatformDefault);
            said.yes(Signal::ProviderManaged);
            said.no(Signal::InteractiveUse);
        }
        "pkcs12_store" => {
            said.no(Signal::ServesPipeline);
            match seen.text("opened") {
                Some("protected" | "partly") => said.yes(Signal::EncryptedAtRest),
                Some(_) => said.no(Signal::EncryptedAtRest),
                None => {}
            }
        }
        "jks_store" | "jceks_store" => {
            said.no(Signal::ServesPipeline);
            let default = seen.flag("default_password");
            said.flag(Signal::EncryptedAtRest, default.map(|default| !default));
        }
        "github_actions_secret" | "gitlab_variable" | "terraform_workspace" => {
            said.yes(Signal::ServesPipeline);
        }
        _ => {}
    }
    if seen.is(NodeKind::Workload) {
        workload(seen, said);
    }
}

fn workload(seen: &Seen<'_>, said: &mut Said) {
    said.cadence_days = cadence(seen);
    let name = seen.attributes().name.as_deref();
    let texts = || {
        name.into_iter()
            .chain(seen.text("command"))
            .chain(seen.text("program"))
            .chain(seen.list("command"))
            .chain(seen.list("images"))
    };
    for (signal, parts) in [
        (Signal::ServesPipeline, PIPELINE),
        (Signal::IncidentDependency, IN_INCIDENT),
    ] {
        let known = parts
            .iter()
            .find(|part| texts().any(|text| has_part(text, part)));
        if let Some(part) = known {
            said.seen(signal, *part);
        }
    }
}

/// Whether a text names a product, whatever the case; without making a lower-case copy.
fn has_part(text: &str, part: &str) -> bool {
    text.as_bytes()
        .windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// How often a job is due.
fn cadence(seen: &Seen<'_>) -> Option<u32> {
    if let Some(days) = seen.number("interval_days") {
        return u32::try_from(days).ok();
    }
    let schedule = seen.text("schedule");
    if seen.subtype == "systemd_unit" {
        let span = || seen.text("every").and_then(cadence::of_span);
        return schedule.and_then(cadence::of_calendar).or_else(span);
    }
    schedule.and_then(cadence::of_cron)
}
