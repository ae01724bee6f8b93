//! What a source recognised about a node that matters to a judgement, in words that are the same for
//! every provider. A source turns its provider's attributes into signals, so that a rule never reads a
//! provider's word. A signal nobody states is unknown: absence is never "no".

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! signals {
    ($($variant:ident $name:literal $meaning:literal,)*) => {
        /// A question about a node that a source can answer with yes or no.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Signal {
            $(#[doc = $meaning] $variant,)*
        }

        impl Signal {
            /// Every signal, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in JSON, SQL and filters.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What "yes" means, one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

signals! {
    WeakCryptography "weak_cryptography" "The key is too short or an algorithm in use is broken; the detail names it.",
    NoPassphrase "no_passphrase" "The private key lies in the file without a passphrase.",
    ReadableByOthers "readable_by_others" "Accounts other than the owner may read the file or object that holds it.",
    PlainText "plain_text" "The value lies in plain text in a configuration, script or environment.",
    HardCoded "hard_coded" "The value is written into code or a script.",
    ExampleOnly "example_only" "It lies in an example, fixture or test folder.",
    SelfSigned "self_signed" "The certificate is its own issuer and not an authority.",
    WildcardName "wildcard_name" "The certificate is valid for every name below a domain.",
    ChainFault "chain_fault" "The chain as served or stored does not lead to its issuer; the detail says why.",
    NameMismatch "name_mismatch" "The endpoint presents a certificate that does not bear its name.",
    CertificateAuthority "certificate_authority" "The certificate may issue others.",
    PubliclyTrusted "publicly_trusted" "A public authority issued it.",
    ProviderManaged "provider_managed" "The provider itself makes, keeps and replaces it.",
    SupersededForm "superseded_form" "The platform offers a short-lived form in place of this long-lived one.",
    SenderBound "sender_bound" "Only the holder of a key (mTLS, DPoP) can use it.",
    SourceRestricted "source_restricted" "It works only from stated networks, hosts or callers.",
    HardwareHeld "hardware_held" "The private part cannot leave a hardware module.",
    OutsideSignOn "outside_sign_on" "Its use passes no single sign-on and no second factor.",
    RefreshesItself "refreshes_itself" "It mints further tokens without a person.",
    TrustsAnyone "trusts_anyone" "Anybody who can reach it may act as it.",
    TrustsWildcardSubject "trusts_wildcard_subject" "Its trust names callers by a pattern wider than one subject; the detail is the pattern.",
    UnconstrainedDelegation "unconstrained_delegation" "It may act as whoever signs in to it, towards anything.",
    OfflineGuessable "offline_guessable" "Any account of the directory can ask for material that lets its password be guessed offline.",
    NoPreauthentication "no_preauthentication" "Anybody can ask for material that lets its password be guessed offline.",
    TicketSigningKey "ticket_signing_key" "Its password signs every ticket of the directory.",
    PasswordNeverExpires "password_never_expires" "The directory never asks for a new password.",
    ManyTenants "many_tenants" "Organisations other than ours may sign in to the application.",
    UnverifiedPublisher "unverified_publisher" "The provider has not verified who publishes the application.",
    PlatformDefault "platform_default" "The platform made it for everything that names no identity of its own.",
    InUseByWorkload "in_use_by_workload" "A workload runs as it, as its platform states.",
    UnpinnedCommand "unpinned_command" "It runs whatever version of a package a registry serves that day.",
    InteractiveUse "interactive_use" "A person signs in with it.",
    NoSecondFactor "no_second_factor" "A person's sign-in with it needs no second factor.",
    GrantsEverything "grants_everything" "It grants every action on everything in its account, cluster or tenant.",
    TenantWideScope "tenant_wide_scope" "Its grant covers the data of everybody in the tenant.",
    IncidentDependency "incident_dependency" "People need it to work during an incident: remote access, backup, monitoring, response.",
    RevocationPath "revocation_path" "There is a known way to revoke it.",
    RotationMethod "rotation_method" "There is a known way to replace its secret part.",
    EncryptedAtRest "encrypted_at_rest" "What it stores is encrypted with a key of its own.",
    RotatesItself "rotates_itself" "The provider replaces the key material on a schedule.",
    FromCode "from_code" "Infrastructure code or a pipeline made it.",
    ServesPipeline "serves_pipeline" "It is part of a build or deployment pipeline: a job, a runner, or the place where one keeps its variables.",
    DirectoryController "directory_controller" "It is a controller of the directory itself.",
    HoldsEverything "holds_everything" "A grant that covers its whole account, cluster or tenant lets it do everything; the detail names the grant.",
    Temporary "temporary" "Its name, tag or ticket says that it is temporary; the detail is the date or word.",
}

impl Signal {
    /// Finds a signal by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|signal| signal.name() == word)
    }

    /// For what is said of one copy of a thing, the answer that stands when copies differ: a key that
    /// lies open in one place lies open, whatever holds in another. `None` for what is said of the
    /// thing itself.
    pub const fn of_copies(self) -> Option<bool> {
        match self {
            Self::NoPassphrase | Self::ReadableByOthers | Self::PlainText | Self::HardCoded => {
                Some(true)
            }
            Self::ExampleOnly | Self::HardwareHeld | Self::SenderBound | Self::SourceRestricted => {
                Some(false)
            }
            _ => None,
        }
    }

    /// Its bit in a set of signals.
    pub const fn bit(self) -> u64 {
        1 << (self as u64)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A source's answer to a [`Signal`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Answer {
    /// The source looked and it is so.
    Yes {
        /// What was seen, in words or a value; never a secret.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// The source looked and it is not so.
    No,
    /// The source could not tell, and why.
    Unknown {
        /// Why.
        reason: String,
    },
}

impl Answer {
    /// Yes, with what was seen.
    pub fn yes(detail: impl Into<String>) -> Self {
        Self::Yes {
            detail: Some(crate::text::label(&detail.into())),
        }
    }

    /// Yes or no, without a detail.
    pub fn of(so: bool) -> Self {
        if so {
            Self::Yes { detail: None }
        } else {
            Self::No
        }
    }

    /// The source could not tell.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown {
            reason: crate::text::label(&reason.into()),
        }
    }

    /// What was seen, of a yes that says so.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Yes { detail } => detail.as_deref(),
            Self::No | Self::Unknown { .. } => None,
        }
    }

    /// Yes or no, when the source could tell.
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::Yes { .. } => Some(true),
            Self::No => Some(false),
            Self::Unknown { .. } => None,
        }
    }
}

/// The most signals a set can hold: one bit each.
pub const MAX_SIGNALS: usize = 64;

const _: () = assert!(
    Signal::ALL.len() <= MAX_SIGNALS,
    "a set of signals is one u64"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_match_serde() {
        let mut seen = std::collections::BTreeSet::new();
        let mut bits = 0_u64;
        for signal in Signal::ALL {
            assert!(seen.insert(signal.name()));
            assert_eq!(serde_json::to_value(signal).unwrap(), signal.name());
            assert_eq!(Signal::parse(signal.name()), Some(*signal));
            assert_eq!(bits & signal.bit(), 0);
            bits |= signal.bit();
        }
    }

    #[test]
    fn three_answers_stay_apart_in_json() {
        let answers = [
            Answer::yes("1024 bits"),
            Answer::of(false),
            Answer::unknown("encrypted"),
        ];
        let text = serde_json::to_string(&answers).unwrap();
        assert_eq!(
            text,
            r#"[{"state":"yes","detail":"1024 bits"},{"state":"no"},{"state":"unknown","reason":"encrypted"}]"#
        );
        assert_eq!(serde_json::from_str::<[Answer; 3]>(&text).unwrap(), answers);
    }
}
