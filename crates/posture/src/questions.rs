//! The questions that several rules ask of a case, answered in one place so that rules agree.

use graph::NodeIx;
use model::finding::Severity;
use model::labels::{Environment, OwnerState, Sensitivity};
use model::{Class, CredentialType, EdgeKind, NodeKind, Signal};

use crate::case::distinct;
use crate::{Case, Firing, Judgement};

/// How many places a finding names one by one: what a person still reads.
pub(crate) const MAX_PLACES: usize = 20;

/// How many names a sentence lists: what a person still reads.
const MAX_NAMES: usize = 5;

/// True for a credential whose value must stay secret.
pub(crate) fn is_secret(case: &Case<'_>) -> bool {
    case.node.credential_type.is_some_and(|form| {
        !matches!(
            form,
            CredentialType::Certificate
                | CredentialType::SshCertificate
                | CredentialType::Grant
                | CredentialType::Federation
                | CredentialType::SecondFactor
        )
    })
}

/// True for a live account of a directory: a source answered one of the questions only directories know.
pub(crate) fn in_directory(case: &Case<'_>) -> bool {
    case.is(NodeKind::Identity)
        && case.is_live()
        && [
            Signal::OfflineGuessable,
            Signal::NoPreauthentication,
            Signal::UnconstrainedDelegation,
            Signal::PasswordNeverExpires,
        ]
        .into_iter()
        .any(|signal| case.signal(signal).is_some())
}

/// True for the private part of a key pair.
pub(crate) fn is_key(case: &Case<'_>) -> bool {
    matches!(
        case.node.credential_type,
        Some(CredentialType::PrivateKey | CredentialType::SshKey)
    )
}

impl Case<'_> {
    /// The judgement of a rule that asks one signal.
    pub fn ask(&self, signal: Signal, unknown: &str, firing: impl FnOnce() -> Firing) -> Judgement {
        match self.signal(signal) {
            Some(true) => Judgement::Fires(firing()),
            Some(false) => Judgement::Quiet,
            None => Judgement::Unknown(unknown.to_owned()),
        }
    }

    /// Evidence of a signal that says yes, with what was seen.
    pub fn seen(&self, signal: Signal, what: &str) -> model::finding::Evidence {
        match self.detail(signal) {
            Some(detail) => self.evidence(format!("{what}: {detail}")),
            None => self.evidence(what),
        }
    }

    /// True when a source answered yes.
    pub fn says(&self, signal: Signal) -> bool {
        self.signal(signal) == Some(true)
    }

    /// True when it still counts: a source has shown it and it is neither switched off nor deleted.
    pub fn is_live(&self) -> bool {
        !self.node.referenced && self.node.may_be_active()
    }

    /// True for a live identity of software that somebody here has to govern. An identity of which
    /// nobody knows whether a person uses it counts; one that the provider itself keeps does not.
    pub fn is_machine(&self) -> bool {
        self.is(NodeKind::Identity)
            && self.is_live()
            && !self.says(Signal::ProviderManaged)
            && !matches!(
                self.node.class,
                Some(Class::Human | Class::External | Class::Device)
            )
    }

    /// True for a live identity an AI agent acts with.
    pub fn is_agent(&self) -> bool {
        self.is_machine() && self.node.class == Some(Class::Agent)
    }

    /// True for a credential of one of these forms that is live and has not come to its end.
    pub fn is_credential(&self, forms: &[CredentialType]) -> bool {
        self.is_live()
            && self
                .node
                .credential_type
                .is_some_and(|form| forms.contains(&form))
            && !self.has_ended()
    }

    /// True when it has come to its end by itself.
    pub fn has_ended(&self) -> bool {
        self.node
            .expires
            .known()
            .is_some_and(|end| self.passed(end))
    }

    /// True for a certificate that no source calls an authority's.
    pub fn is_end_certificate(&self) -> bool {
        self.is_live()
            && self.node.credential_type == Some(CredentialType::Certificate)
            && !self.says(Signal::CertificateAuthority)
    }

    /// How it serves an AI agent, in words: it is one, or one calls it; `None` when it does neither.
    pub fn acts_for_agent(&self) -> Option<&'static str> {
        if self.is_agent() {
            return Some("an AI agent");
        }
        self.origins(EdgeKind::ConnectsTo)
            .into_iter()
            .filter_map(|ix| self.of(ix))
            .any(|caller| caller.is_agent())
            .then_some("which an AI agent calls")
    }

    /// The names of some nodes, in order of name.
    pub fn names(&self, nodes: &[NodeIx]) -> String {
        let mut names: Vec<&str> = nodes.iter().map(|ix| self.name_of(*ix)).collect();
        names.sort_unstable();
        let mut words: Vec<String> = names
            .iter()
            .take(MAX_NAMES)
            .map(|name| format!("`{name}`"))
            .collect();
        let more = names.len().saturating_sub(MAX_NAMES);
        if more > 0 {
            words.push(format!("{more} more"));
        }
        words.join(", ")
    }

    /// The endpoints that present this credential, each once.
    pub fn presenters(&self) -> Vec<NodeIx> {
        self.present(self.origins(EdgeKind::Presents))
    }

    /// The workloads and hosts this credential is configured for, each once. An identity that merely
    /// keeps it in its home directory is none of them.
    pub fn configured_in(&self) -> Vec<NodeIx> {
        let mut users = self.present(self.targets(EdgeKind::UsedBy));
        users.retain(|ix| {
            self.kind_of(*ix)
                .is_some_and(|kind| matches!(kind, NodeKind::Workload | NodeKind::Host))
        });
        users
    }

    /// Those that no source has seen go.
    fn present(&self, mut nodes: Vec<NodeIx>) -> Vec<NodeIx> {
        nodes.retain(|ix| !self.is_gone(*ix));
        nodes
    }

    /// True for a node that a source looked for and found gone.
    pub fn is_gone(&self, ix: NodeIx) -> bool {
        self.estate.node(ix).is_some_and(|node| node.retired)
    }

    /// The kind of another node.
    pub fn kind_of(&self, ix: NodeIx) -> Option<NodeKind> {
        self.estate.node(ix).map(|node| node.kind)
    }

    /// The workloads and hosts that act as this identity, each once.
    pub fn workloads(&self) -> Vec<NodeIx> {
        self.present(self.origins(EdgeKind::RunsAs))
    }

    /// The workloads and hosts that acted as this identity and are gone, each once.
    pub fn gone_workloads(&self) -> Vec<NodeIx> {
        let mut users = self.origins(EdgeKind::RunsAs);
        users.retain(|ix| self.is_gone(*ix));
        users
    }

    /// The teams a node is owned by, each once.
    pub fn teams_of(&self, ix: NodeIx) -> Vec<NodeIx> {
        let mut teams = distinct(self.estate.out_by(ix, EdgeKind::OwnedBy));
        teams.retain(|owner| self.kind_of(*owner) == Some(NodeKind::Team));
        teams
    }

    /// The different environments of some nodes, as far as known.
    pub fn environments_of(&self, nodes: &[NodeIx]) -> Vec<Environment> {
        let mut known: Vec<Environment> = nodes
            .iter()
            .filter_map(|ix| self.labels_of(*ix).environment)
            .collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// The different teams some nodes are owned by.
    pub fn teams_of_all(&self, nodes: &[NodeIx]) -> Vec<NodeIx> {
        let mut teams: Vec<NodeIx> = nodes.iter().flat_map(|ix| self.teams_of(*ix)).collect();
        teams.sort_unstable();
        teams.dedup();
        teams
    }

    /// Whether this is privileged, or proves an identity that is.
    pub fn privileged(&self) -> Option<bool> {
        let own = self.labels().privileged;
        if self.is(NodeKind::Identity) || own == Some(true) {
            return own;
        }
        let proven: Vec<Option<bool>> = self
            .identities()
            .into_iter()
            .map(|ix| self.labels_of(ix).privileged)
            .collect();
        if proven.contains(&Some(true)) {
            return Some(true);
        }
        let all_known = !proven.is_empty() && !proven.contains(&None);
        if all_known { Some(false) } else { own }
    }

    /// Whether nobody answers for it: yes when nobody does or who did has left, no when somebody does.
    pub fn ownerless(&self) -> Option<bool> {
        match self.labels().owner {
            OwnerState::Unowned | OwnerState::OwnerLeft => Some(true),
            OwnerState::Governed | OwnerState::PersonOnly | OwnerState::TeamOnly => Some(false),
            OwnerState::Unknown => None,
        }
    }

    /// How many days before its end somebody must act; longer for what the defenders depend on.
    pub fn lead_days(&self) -> Option<u32> {
        let days = self.limit()?.lead_days;
        Some(if self.labels().security_critical == Some(true) {
            days.saturating_mul(self.policy.critical_lead_factor)
        } else {
            days
        })
    }

    /// A severity weighed by what is at stake: one step up for what is privileged, or in production
    /// with data of high sensitivity; one step down in development and sandboxes.
    pub fn weigh(&self, severity: Severity) -> Severity {
        let labels = self.labels();
        let sensitive = matches!(
            labels.sensitivity,
            Some(Sensitivity::High | Sensitivity::Critical)
        );
        if self.privileged() == Some(true)
            || (sensitive && labels.environment == Some(Environment::Production))
        {
            return worse(severity);
        }
        if matches!(
            labels.environment,
            Some(Environment::Development | Environment::Sandbox)
        ) {
            return better(severity);
        }
        severity
    }
}

/// The severity one step up.
pub(crate) fn worse(severity: Severity) -> Severity {
    match severity {
        Severity::Info => Severity::Low,
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}

/// The severity one step down.
pub(crate) fn better(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium => Severity::Low,
        Severity::Low | Severity::Info => Severity::Info,
    }
}

#[cfg(test)]
mod tests;
