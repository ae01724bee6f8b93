//! What a certificate is for, from its key usages.

use serde::Serialize;
use x509_parser::extensions::{ExtendedKeyUsage, KeyUsage};

use super::{Certificate, San};

/// A use a certificate was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Signs other certificates.
    Ca,
    /// Identifies a TLS server.
    TlsServer,
    /// Identifies a TLS client.
    TlsClient,
    /// Signs software.
    CodeSigning,
    /// Signs or encrypts mail.
    Email,
    /// Signs time stamps.
    TimeStamping,
    /// Signs OCSP answers.
    OcspSigning,
    /// IPsec, IKE or EAP: remote access and gateways.
    Vpn,
    /// Signs documents.
    DocumentSigning,
    /// Signs in with a smart card or to Kerberos.
    Logon,
    /// A SPIFFE workload identity.
    Workload,
    /// No usage restricts it.
    Any,
}

impl Purpose {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::TlsServer => "tls_server",
            Self::TlsClient => "tls_client",
            Self::CodeSigning => "code_signing",
            Self::Email => "email",
            Self::TimeStamping => "time_stamping",
            Self::OcspSigning => "ocsp_signing",
            Self::Vpn => "vpn",
            Self::DocumentSigning => "document_signing",
            Self::Logon => "logon",
            Self::Workload => "workload",
            Self::Any => "any",
        }
    }
}

pub(super) fn of(certificate: &Certificate) -> Vec<Purpose> {
    let mut purposes: Vec<Purpose> = certificate
        .ekus
        .iter()
        .filter_map(|eku| of_eku(eku))
        .collect();
    if certificate.is_ca {
        purposes.push(Purpose::Ca);
    }
    if certificate.spiffe_id.is_some() {
        purposes.push(Purpose::Workload);
    }
    if certificate.ekus.is_empty() && !certificate.is_ca {
        // Without usages a certificate may serve anything; names of hosts make TLS the likely use.
        let host = certificate
            .sans
            .iter()
            .any(|san| matches!(san, San::Dns(_) | San::Ip(_)));
        purposes.push(if host {
            Purpose::TlsServer
        } else {
            Purpose::Any
        });
    }
    purposes.sort();
    purposes.dedup();
    purposes
}

fn of_eku(eku: &str) -> Option<Purpose> {
    Some(match eku {
        "server_auth" => Purpose::TlsServer,
        "client_auth" => Purpose::TlsClient,
        "code_signing"
        | "ms_kernel_code_signing"
        | "ms_commercial_code_signing"
        | "ms_lifetime_signing" => Purpose::CodeSigning,
        "email" => Purpose::Email,
        "time_stamping" => Purpose::TimeStamping,
        "ocsp_signing" => Purpose::OcspSigning,
        "ipsec_end_system"
        | "ipsec_tunnel"
        | "ipsec_user"
        | "ipsec_ike"
        | "ipsec_ike_intermediate"
        | "eap_over_ppp"
        | "eap_over_lan" => Purpose::Vpn,
        "document_signing" | "adobe_document_signing" | "ms_document_signing" => {
            Purpose::DocumentSigning
        }
        "smart_card_logon" | "kerberos_kdc" | "kerberos_client" => Purpose::Logon,
        "any" => Purpose::Any,
        _ => return None,
    })
}

pub(super) fn key_usage_words(usage: KeyUsage) -> Vec<&'static str> {
    [
        (usage.digital_signature(), "digital_signature"),
        (usage.non_repudiation(), "non_repudiation"),
        (usage.key_encipherment(), "key_encipherment"),
        (usage.data_encipherment(), "data_encipherment"),
        (usage.key_agreement(), "key_agreement"),
        (usage.key_cert_sign(), "key_cert_sign"),
        (usage.crl_sign(), "crl_sign"),
        (usage.encipher_only(), "encipher_only"),
        (usage.decipher_only(), "decipher_only"),
    ]
    .into_iter()
    .filter_map(|(set, word)| set.then_some(word))
    .collect()
}

pub(super) fn eku_words(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let named = [
        (usage.any, "any"),
        (usage.server_auth, "server_auth"),
        (usage.client_auth, "client_auth"),
        (usage.code_signing, "code_signing"),
        (usage.email_protection, "email"),
        (usage.time_stamping, "time_stamping"),
        (usage.ocsp_signing, "ocsp_signing"),
    ];
    let mut words: Vec<String> = named
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, word)| word.to_owned())
        .collect();
    words.extend(
        usage
            .other
            .iter()
            .take(100)
            .map(|oid| eku_name(&oid.to_id_string())),
    );
    words
}

/// Names from IANA's SMI registry and Microsoft's documentation.
fn eku_name(oid: &str) -> String {
    let name = match oid {
        "1.3.6.1.5.5.7.3.5" => "ipsec_end_system",
        "1.3.6.1.5.5.7.3.6" => "ipsec_tunnel",
        "1.3.6.1.5.5.7.3.7" => "ipsec_user",
        "1.3.6.1.5.5.7.3.13" => "eap_over_ppp",
        "1.3.6.1.5.5.7.3.14" => "eap_over_lan",
        "1.3.6.1.5.5.7.3.17" => "ipsec_ike",
        "1.3.6.1.5.5.8.2.2" => "ipsec_ike_intermediate",
        "1.3.6.1.5.5.7.3.36" => "document_signing",
        "1.3.6.1.5.2.3.4" => "kerberos_client",
        "1.3.6.1.5.2.3.5" => "kerberos_kdc",
        "1.3.6.1.4.1.311.20.2.2" => "smart_card_logon",
        "1.3.6.1.4.1.311.10.3.12" => "ms_document_signing",
        "1.3.6.1.4.1.311.2.1.22" => "ms_commercial_code_signing",
        "1.3.6.1.4.1.311.61.1.1" => "ms_kernel_code_signing",
        "1.3.6.1.4.1.311.10.3.13" => "ms_lifetime_signing",
        "1.2.840.113583.1.1.5" => "adobe_document_signing",
        other => other,
    };
    name.to_owned()
}
