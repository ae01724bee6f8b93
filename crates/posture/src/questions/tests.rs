//! Each question on small graphs, at its edges.
#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method's path fixes one lifetime, a closure fits every case"
)]

use graph::shorthand;

use super::*;
use crate::Clockwork;
use crate::rules::testing::{AsWritten, policy};

fn on<T>(text: &str, label: &str, look: impl FnOnce(&Case<'_>) -> T) -> T {
    let estate = shorthand::estate(text).unwrap();
    let (policy, clockwork) = (policy(), Clockwork::default());
    let classify = AsWritten(&estate);
    let ix = shorthand::find(&estate, label).unwrap();
    look(&Case::open(&estate, &policy, &classify, &clockwork, ix).unwrap())
}

#[test]
fn software_that_somebody_here_governs() {
    let machine = |words: &str| {
        let text = format!("identity:i {words}");
        on(&text, "identity:i", |case| case.is_machine())
    };
    for words in [
        "",
        "class=machine",
        "class=agent",
        "status=enabled",
        "-provider_managed",
    ] {
        assert!(machine(words), "{words}");
    }
    for words in [
        "class=human",
        "class=external",
        "class=device",
        "status=disabled",
        "status=deleted",
        "status=planned",
        "+provider_managed",
    ] {
        assert!(!machine(words), "{words}");
    }
    assert!(!on("workload:i class=machine", "workload:i", |case| case
        .is_machine()));
    let named_only = "credential:k -authenticates-> identity:i";
    assert!(!on(named_only, "identity:i", |case| case.is_machine()));
    assert!(on("identity:i class=agent", "identity:i", |case| case
        .is_agent()));
    assert!(!on("identity:i class=machine", "identity:i", |case| case
        .is_agent()));
    let asleep = "identity:i class=agent status=disabled";
    assert!(!on(asleep, "identity:i", |case| case.is_agent()));
}

#[test]
fn live_credentials_and_end_certificates() {
    let key = |words: &str| {
        let text = format!("credential:k {words}");
        on(&text, "credential:k", |case| {
            case.is_credential(&[CredentialType::ApiKey])
        })
    };
    assert!(key("type=api_key") && key("type=api_key expires=1d"));
    for words in [
        "",
        "type=password",
        "type=api_key expires=0d",
        "type=api_key status=disabled",
    ] {
        assert!(!key(words), "{words}");
    }
    let certificate = |words: &str| {
        on(&format!("credential:k {words}"), "credential:k", |case| {
            case.is_end_certificate()
        })
    };
    assert!(
        certificate("type=certificate") && certificate("type=certificate -certificate_authority")
    );
    for words in [
        "type=certificate +certificate_authority",
        "type=certificate status=deleted",
        "type=api_key",
    ] {
        assert!(!certificate(words), "{words}");
    }
}

#[test]
fn a_directory_is_known_by_its_own_questions() {
    let directory = |words: &str| on(&format!("identity:i {words}"), "identity:i", in_directory);
    for word in [
        "offline_guessable",
        "no_preauthentication",
        "unconstrained_delegation",
        "password_never_expires",
    ] {
        assert!(directory(&format!("-{word}")) && directory(&format!("+{word}")));
    }
    assert!(!directory("+interactive_use") && !directory("status=disabled +offline_guessable"));
    assert!(!on("group:g +offline_guessable", "group:g", in_directory));
}

#[test]
fn privilege_of_a_credential_is_that_of_what_it_proves() {
    let privileged = |own: &str, a: &str, b: &str| {
        let text = format!(
            "credential:k {own}
             credential:k -authenticates-> identity:a
             credential:k -authenticates-> identity:b
             identity:a {a}
             identity:b {b}"
        );
        on(&text, "credential:k", |case| case.privileged())
    };
    let (yes, no) = ("privileged=yes", "privileged=no");
    assert_eq!(privileged("", yes, ""), Some(true));
    assert_eq!(privileged("", yes, no), Some(true));
    assert_eq!(privileged("", no, no), Some(false));
    assert_eq!(privileged("", no, ""), None);
    assert_eq!(privileged(yes, no, no), Some(true));
    assert_eq!(privileged(no, yes, no), Some(true));
    assert_eq!(privileged(no, "", ""), Some(false));
    let alone = |words: &str| {
        on(&format!("credential:k {words}"), "credential:k", |case| {
            case.privileged()
        })
    };
    assert_eq!(
        [alone(""), alone(yes), alone(no)],
        [None, Some(true), Some(false)]
    );
    let identity = |words: &str| {
        on(&format!("identity:i {words}"), "identity:i", |case| {
            case.privileged()
        })
    };
    assert_eq!(
        [identity(""), identity(yes), identity(no)],
        [None, Some(true), Some(false)]
    );
}

#[test]
fn severity_follows_what_is_at_stake() {
    let weighed = |words: &str| {
        on(&format!("identity:i {words}"), "identity:i", |case| {
            case.weigh(Severity::Medium)
        })
    };
    for words in [
        "privileged=yes",
        "privileged=yes env=sandbox",
        "env=production sensitivity=high",
        "env=production sensitivity=critical",
    ] {
        assert_eq!(weighed(words), Severity::High, "{words}");
    }
    for words in [
        "env=development",
        "env=sandbox",
        "env=sandbox sensitivity=high",
    ] {
        assert_eq!(weighed(words), Severity::Low, "{words}");
    }
    for words in [
        "",
        "env=production",
        "env=production sensitivity=medium",
        "env=test sensitivity=critical",
        "sensitivity=high",
        "env=automation privileged=no",
    ] {
        assert_eq!(weighed(words), Severity::Medium, "{words}");
    }
}

#[test]
fn the_ladder_of_severities_ends_at_its_ends() {
    let ladder = [
        Severity::Info,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];
    assert_eq!(ladder.map(worse)[..4], ladder[1..]);
    assert_eq!(ladder.map(better)[1..], ladder[..4]);
    assert_eq!(worse(Severity::Critical), Severity::Critical);
    assert_eq!(better(Severity::Info), Severity::Info);
}

#[test]
fn owners_leads_and_holders() {
    let ownerless = |word: &str| {
        on(
            &format!("identity:i tag.judged.owner={word}"),
            "identity:i",
            |case| case.ownerless(),
        )
    };
    for word in ["unowned", "owner_left"] {
        assert_eq!(ownerless(word), Some(true));
    }
    for word in ["governed", "person_only", "team_only"] {
        assert_eq!(ownerless(word), Some(false));
    }
    assert_eq!(ownerless("unknown"), None);
    let lead = |words: &str| {
        on(&format!("credential:c {words}"), "credential:c", |case| {
            case.lead_days()
        })
    };
    assert_eq!(lead(""), Some(30));
    assert_eq!(lead("tag.judged.security_critical=yes"), Some(60));
    assert_eq!(lead("tag.judged.security_critical=no"), Some(30));
    let used = "credential:k -used_by-> identity:ann
         credential:k -used_by-> host:h
         credential:k -used_by-> workload:w";
    let names = on(used, "credential:k", |case| {
        case.names(&case.configured_in())
    });
    assert_eq!(names, "`h`, `w`");
}

#[test]
fn a_list_of_names_is_sorted_and_ends() {
    let lines: Vec<String> = ["f", "b", "e", "a", "d", "c", "g"]
        .iter()
        .map(|name| format!("workload:{name} -runs_as-> identity:i\n"))
        .collect();
    let names = |count: usize| {
        on(&lines[..count].concat(), "identity:i", |case| {
            case.names(&case.workloads())
        })
    };
    assert_eq!(names(5), "`a`, `b`, `d`, `e`, `f`");
    assert_eq!(names(6), "`a`, `b`, `c`, `d`, `e`, 1 more");
    assert_eq!(names(7), "`a`, `b`, `c`, `d`, `e`, 2 more");
}

#[test]
fn teams_and_environments_count_once() {
    let text = "workload:a -runs_as-> identity:i
         workload:b -runs_as-> identity:i
         workload:a env=test
         workload:b env=test
         workload:a -owned_by-> team:t
         workload:b -owned_by-> team:t
         workload:b -owned_by-> person:ann";
    on(text, "identity:i", |case| {
        let users = case.workloads();
        assert_eq!(case.environments_of(&users), [Environment::Test]);
        assert_eq!(case.teams_of_all(&users).len(), 1);
    });
}

#[test]
fn an_agent_or_what_it_calls() {
    let text = "identity:claude class=agent
         identity:claude -connects_to-> workload:mcp
         identity:job class=machine
         identity:job -connects_to-> workload:plain";
    let words = |label: &str| on(text, label, |case| case.acts_for_agent());
    assert_eq!(words("identity:claude"), Some("an AI agent"));
    assert_eq!(words("workload:mcp"), Some("which an AI agent calls"));
    assert_eq!(words("workload:plain"), None);
    assert_eq!(words("identity:job"), None);
}

#[test]
fn what_was_seen_to_go_holds_nothing_any_more() {
    let text = "workload:here -runs_as-> identity:i
         workload:gone -runs_as-> identity:i
         workload:gone +retired
         credential:k -authenticates-> identity:i
         credential:k -used_by-> workload:here
         credential:k -used_by-> workload:gone
         resource:here -presents-> credential:k
         resource:gone -presents-> credential:k
         resource:gone +retired";
    on(text, "identity:i", |case| {
        assert_eq!(case.names(&case.workloads()), "`here`");
        assert_eq!(case.names(&case.gone_workloads()), "`gone`");
    });
    on(text, "credential:k", |case| {
        assert_eq!(case.names(&case.configured_in()), "`here`");
        assert_eq!(case.names(&case.presenters()), "`here`");
    });
}
