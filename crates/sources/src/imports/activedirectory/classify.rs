//! Is it a person's account or a service's? A directory does not say; it leaves traces.
//!
//! Every trace has a weight; the account is called a machine or a person when one side outweighs
//! the other, and is left without a class when neither does or nothing was seen. The traces are
//! kept with the account, so a reader can judge the judgement.

use model::Class;

/// What was seen of one account.
#[derive(Debug, Default)]
pub(super) struct Traces<'a> {
    /// `sAMAccountName` or `uid`.
    pub(super) account_name: &'a str,
    /// Distinguished name.
    pub(super) dn: &'a str,
    /// Free text.
    pub(super) description: &'a str,
    /// A managed service account of any sort, a trust account, `krbtgt`.
    pub(super) certain: Option<&'static str>,
    /// It has service principal names.
    pub(super) has_spn: bool,
    /// It may act for others (delegation of any sort).
    pub(super) delegates: bool,
    /// Its password never expires.
    pub(super) password_never_expires: bool,
    /// Its login shell refuses sign-in, or its object class is for programs.
    pub(super) program_object: Option<&'static str>,
    /// Names of the person attributes that have a value: `givenName`, `sn`, `mail`, …
    pub(super) person: Vec<&'static str>,
}

/// The class that follows, with the traces on both sides.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The class, when one side outweighs the other.
    pub(super) class: Option<Class>,
    /// Traces of a service.
    pub(super) service: Vec<String>,
    /// Traces of a person.
    pub(super) person: Vec<String>,
}

/// Weighs the traces.
pub(super) fn classify(traces: &Traces<'_>) -> Verdict {
    let mut service: Vec<(u32, String)> = Vec::new();
    if let Some(word) = traces.certain {
        service.push((100, word.to_owned()));
    }
    if traces.has_spn {
        service.push((2, "service_principal_name".to_owned()));
    }
    if traces.delegates {
        service.push((2, "delegation".to_owned()));
    }
    if let Some(pattern) = name_pattern(traces.account_name) {
        service.push((2, format!("name_pattern:{pattern}")));
    }
    if let Some(word) = traces.program_object {
        service.push((2, word.to_owned()));
    }
    if traces.password_never_expires {
        service.push((1, "password_never_expires".to_owned()));
    }
    if in_service_unit(traces.dn) {
        service.push((1, "organisational_unit".to_owned()));
    }
    if describes_service(traces.description) {
        service.push((1, "description".to_owned()));
    }
    let for_service: u32 = service.iter().map(|(weight, _)| weight).sum();
    let for_person = u32::try_from(traces.person.len()).unwrap_or(u32::MAX);
    let class = if for_service >= 2 && for_service > for_person {
        Some(Class::Machine)
    } else if for_person >= 1 && for_person > for_service {
        Some(Class::Human)
    } else {
        None
    };
    Verdict {
        class,
        service: service.into_iter().map(|(_, word)| word).collect(),
        person: traces
            .person
            .iter()
            .map(|word| (*word).to_owned())
            .collect(),
    }
}

/// Beginnings and ends that naming conventions give to service accounts.
const STARTS: &[&str] = &[
    "svc", "service", "srv_", "srv-", "srv.", "sa_", "sa-", "app_", "app-", "api_", "api-", "bot_",
    "bot-", "batch", "task_", "task-", "rpa_", "rpa-", "robot", "daemon", "msol_", "aad_", "sql_",
    "iis_", "ci_", "ci-", "cicd",
];
const ENDS: &[&str] = &[
    "svc",
    "_service",
    "-service",
    ".service",
    "_sa",
    "-sa",
    "_bot",
    "-bot",
    "_app",
    "-app",
    "serviceaccount",
];

fn name_pattern(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    STARTS
        .iter()
        .find(|start| name.starts_with(**start))
        .or_else(|| ENDS.iter().find(|end| name.ends_with(**end)))
        .copied()
}

fn in_service_unit(dn: &str) -> bool {
    dn.to_lowercase().split(',').skip(1).any(|part| {
        let part = part.trim_start();
        part.starts_with("ou=")
            && (part.contains("service acc")
                || part.contains("serviceacc")
                || part.contains("service-acc")
                || part.contains("svc")
                || part.contains("dienstkont"))
    })
}

fn describes_service(description: &str) -> bool {
    let text = description.to_lowercase();
    [
        "service account",
        "service user",
        "used by",
        "application account",
        "do not disable",
        "dienstkonto",
        "compte de service",
    ]
    .iter()
    .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(traces: &Traces<'_>) -> Option<Class> {
        classify(traces).class
    }

    #[test]
    fn one_side_must_outweigh_the_other() {
        let person = vec!["givenName", "sn"];
        let spn = Traces {
            account_name: "jdoe",
            has_spn: true,
            ..Traces::default()
        };
        assert_eq!(class(&spn), Some(Class::Machine));
        let both = Traces {
            person: person.clone(),
            ..spn
        };
        assert_eq!(class(&both), None, "an SPN on a person's account is open");
        assert_eq!(
            class(&Traces {
                person: vec!["givenName", "sn", "mail"],
                ..both
            }),
            Some(Class::Human)
        );
        assert_eq!(
            class(&Traces {
                account_name: "jdoe",
                person,
                ..Traces::default()
            }),
            Some(Class::Human)
        );
    }

    #[test]
    fn nothing_seen_is_no_verdict() {
        let traces = Traces {
            account_name: "unclear",
            dn: "CN=unclear,CN=Users,DC=lab,DC=test",
            ..Traces::default()
        };
        assert_eq!(classify(&traces), Verdict::default());
        let weak = Traces {
            password_never_expires: true,
            ..traces
        };
        assert_eq!(class(&weak), None, "one weak trace decides nothing");
    }

    #[test]
    fn naming_patterns_and_units() {
        for name in ["svc_sql", "SVC-web", "backup-svc", "sa_deploy", "Batch01"] {
            assert!(name_pattern(name).is_some(), "{name}");
        }
        for name in ["sandra", "jmueller", "administrator", "botha"] {
            assert_eq!(name_pattern(name), None, "{name}");
        }
        assert!(in_service_unit("CN=x,OU=Service Accounts,DC=lab"));
        assert!(!in_service_unit("OU=Service Accounts,DC=lab"));
    }
}
