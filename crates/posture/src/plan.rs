//! What resolving a finding costs, and how several of one sort are spoken of: one table, one line a rule.
//! The effort is a rough size with its reason, so that a plan can begin with what is cheap; it never
//! enters a score.

use model::finding::Finding;
use serde::Serialize;

use Effort::{Large, Medium, Small};

/// The rule whose findings stand before all others: who holds administrators' rights, belongs to nobody
/// and is used by nothing is switched off first, because nobody misses it but an intruder.
pub const FIRST: &str = "privileged-unowned-dormant";

/// How much work it is, for one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// One person, one sitting, nothing that runs is touched.
    Small,
    /// A change that something running notices: it is announced, tried and watched.
    Medium,
    /// Several teams or a new way of doing things.
    Large,
}

impl Effort {
    /// The word used in JSON and for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// What a plan says about the findings of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// The rule.
    pub rule: &'static str,
    /// How much work one subject is.
    pub effort: Effort,
    /// Why so much.
    pub because: &'static str,
    /// What several of them are called: `12 …`.
    pub many: &'static str,
}

const fn cost(
    rule: &'static str,
    effort: Effort,
    because: &'static str,
    many: &'static str,
) -> Cost {
    Cost {
        rule,
        effort,
        because,
        many,
    }
}

/// Every rule's cost, in the order of the rules.
pub const COSTS: &[Cost] = &[
    cost(
        "active-after-workload-gone",
        Small,
        "what used it is gone; switching it off can be undone",
        "identities that outlived their workloads",
    ),
    cost(
        "administrator-workload-identity",
        Large,
        "what it needs has to be seen in use before it is narrowed",
        "workload identities that may do everything",
    ),
    cost(
        "agent-plain-text-token",
        Medium,
        "the agent's settings change and the token is replaced",
        "AI agents with a token in plain text",
    ),
    cost(
        "agent-privileged-without-review",
        Small,
        "one reviewer reads its tools and records a verdict",
        "privileged AI agents that nobody reviewed",
    ),
    cost(
        "agent-without-owner",
        Small,
        "somebody is named; nothing that runs changes",
        "AI agents without an owner",
    ),
    cost(
        "app-secret-older-than-policy",
        Medium,
        "its consumers move to a new secret",
        "secrets of applications older than policy allows",
    ),
    cost(
        "bearer-without-binding",
        Medium,
        "callers have to be known before others are shut out",
        "credentials that work for whoever holds them",
    ),
    cost(
        "certificate-chain-fault",
        Small,
        "a file is put in order on one endpoint",
        "certificate chains that do not lead to their issuer",
    ),
    cost(
        "certificate-name-mismatch",
        Small,
        "one certificate is issued anew and installed",
        "endpoints with a certificate of another name",
    ),
    cost(
        "credential-older-than-policy",
        Medium,
        "its consumers move to a new value",
        "credentials older than policy allows",
    ),
    cost(
        "default-identity-in-use",
        Medium,
        "each workload gets an identity of its own",
        "default identities in use",
    ),
    cost(
        "disabled-identity-with-valid-credentials",
        Small,
        "nothing uses a switched-off identity",
        "switched-off identities whose credentials are valid",
    ),
    cost(
        "dormant-credential",
        Small,
        "nothing uses it; switching it off can be undone",
        "credentials that nothing uses any more",
    ),
    cost(
        "dormant-identity",
        Small,
        "nothing uses it; switching it off can be undone",
        "identities that nothing uses any more",
    ),
    cost(
        "expired-certificate-in-use",
        Small,
        "a successor is issued and installed",
        "expired certificates still in use",
    ),
    cost(
        "expiring-certificate",
        Small,
        "a successor is issued and installed",
        "certificates about to end",
    ),
    cost(
        "grant-outside-sign-on",
        Medium,
        "its holder has to sign on another way",
        "tokens and grants that pass no sign-on",
    ),
    cost(
        "hard-coded-secret",
        Medium,
        "the value is replaced and the code fetches it from a store",
        "secrets written into code or images",
    ),
    cost(
        "human-use-of-machine-identity",
        Medium,
        "the person gets an account and the rights the task needs",
        "machine identities that people sign in with",
    ),
    cost(
        "kerberoastable-privileged-account",
        Medium,
        "the service moves to a managed account",
        "privileged accounts whose password can be guessed offline",
    ),
    cost(
        "key-without-passphrase",
        Medium,
        "whoever uses the key needs an agent or a store",
        "private keys without a passphrase",
    ),
    cost(
        "legacy-token",
        Medium,
        "its consumers move to the token of their platform",
        "long-lived tokens of a kind the platform has replaced",
    ),
    cost(
        "loose-trust-policy",
        Small,
        "one condition is written into the trust policy",
        "trusts that let others in by pattern",
    ),
    cost(
        "missing-purpose",
        Small,
        "one sentence is asked for and written down",
        "identities without a stated purpose",
    ),
    cost(
        "never-rotated",
        Medium,
        "its consumers move to a new value, for the first time",
        "secrets that were never replaced",
    ),
    cost(
        "no-expiry",
        Medium,
        "an end means that a replacement is on a schedule",
        "credentials that never end",
    ),
    cost(
        "no-preauthentication",
        Small,
        "one switch of the account, and a new password",
        "accounts whose password anybody can guess offline",
    ),
    cost(
        "no-revocation-path",
        Medium,
        "the issuer has to be found and the way tried",
        "credentials nobody knows how to revoke",
    ),
    cost(
        "not-rotatable",
        Large,
        "the consumer has to be changed or something put before it",
        "credentials nobody can replace",
    ),
    cost(
        "orphaned-identity",
        Small,
        "it is switched off on an announced day; that can be undone",
        "orphaned identities",
    ),
    cost(
        "overlong-lifetime",
        Medium,
        "a program has to renew what lives shorter",
        "tokens and certificates that live too long",
    ),
    cost(
        "owner-left",
        Small,
        "a successor is named; nothing that runs changes",
        "identities whose owner has left",
    ),
    cost(
        "plain-text-secret",
        Medium,
        "the program fetches the value from a store, and it is replaced",
        "secrets in plain text",
    ),
    cost(
        "private-key-readable-by-others",
        Medium,
        "rights are one command, but the key is replaced as well",
        "private keys that others may read",
    ),
    cost(
        "privileged-sign-in-without-second-factor",
        Small,
        "a second factor is enrolled",
        "privileged sign-ins without a second factor",
    ),
    cost(
        "privileged-unowned-dormant",
        Small,
        "nothing uses it; switching it off can be undone",
        "identities privileged, without an owner and at rest",
    ),
    cost(
        "privileged-without-justification",
        Small,
        "a ticket is found and its link written down",
        "privileged identities without a justification",
    ),
    cost(
        "secrets-unencrypted-at-rest",
        Large,
        "the platform is configured anew and every secret written again",
        "places that keep secrets without encryption",
    ),
    cost(
        "self-signed-certificate",
        Medium,
        "its peers have to trust another issuer",
        "self-signed certificates presented",
    ),
    cost(
        "shared-identity",
        Large,
        "each workload gets an identity of its own",
        "identities shared by workloads, teams or environments",
    ),
    cost(
        "shared-private-key",
        Medium,
        "each holder gets a key of its own",
        "private keys in several hands",
    ),
    cost(
        "shared-secret",
        Medium,
        "each consumer gets a secret of its own",
        "secrets shared between identities, teams or environments",
    ),
    cost(
        "stale-ticket-signing-key",
        Medium,
        "it is replaced twice, in a healthy directory",
        "old keys behind every ticket of a directory",
    ),
    cost(
        "static-cloud-key-in-pipeline",
        Medium,
        "the cloud is told to trust the pipeline's own tokens",
        "static cloud keys in pipelines or with agents",
    ),
    cost(
        "temporary-past-its-date",
        Small,
        "it is withdrawn, or given a new date",
        "temporary accesses past their date",
    ),
    cost(
        "third-party-tenant-wide-unowned",
        Small,
        "somebody answers for it, or the grant is withdrawn",
        "third parties with everybody's data and no owner here",
    ),
    cost(
        "unconstrained-delegation",
        Medium,
        "the services it may act at have to be known",
        "machines and accounts with unconstrained delegation",
    ),
    cost(
        "unowned-identity",
        Small,
        "somebody is named; nothing that runs changes",
        "identities without an owner",
    ),
    cost(
        "unpinned-mcp-server",
        Small,
        "a version is written into one command",
        "servers of agents that run whatever version is served",
    ),
    cost(
        "unverified-multi-tenant-app",
        Medium,
        "its publisher has to be found",
        "applications of unverified publishers across tenants",
    ),
    cost(
        "weak-cryptography",
        Medium,
        "a successor is issued, and its peers must accept it",
        "weak keys and broken algorithms",
    ),
    cost(
        "wildcard-certificate",
        Medium,
        "a program has to issue one for each name",
        "certificates for every name of a domain",
    ),
];

/// What the findings of a rule cost.
pub fn of(rule: &str) -> Option<&'static Cost> {
    COSTS.iter().find(|cost| cost.rule == rule)
}

/// Whether findings of this rule stand before all others of their severity.
pub fn is_first(finding: &Finding) -> bool {
    finding.rule == FIRST
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn every_rule_has_its_cost_and_its_plural() {
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.spec().id).collect();
        let costs: Vec<&str> = COSTS.iter().map(|cost| cost.rule).collect();
        assert_eq!(costs, rules);
        for cost in COSTS {
            assert!(!cost.because.ends_with('.'), "{}", cost.rule);
            assert!(
                !cost.many.ends_with('.') && cost.many.len() > 8,
                "{}",
                cost.rule
            );
        }
        assert!(of(FIRST).is_some_and(|cost| cost.effort == Effort::Small));
        assert!(Effort::Small < Effort::Large);
    }
}
