//! TLS to PostgreSQL: whether the server is to be trusted, and what went wrong in words.

use std::error::Error;
use std::io;
use std::path::Path;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::postgres_tls::{Authorities, certificates};

/// Where the systems we run on keep their bundle of public authorities, in the order of trying.
/// `scan tls` has the same list; the store may not depend on it.
const SYSTEM_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];
/// How deep the causes of an error are followed; the driver nests them three deep.
const MAX_CAUSES: usize = 8;
/// The longest list of a certificate's names in an error.
const MAX_NAMES_BYTES: usize = 200;

/// The authorities, ready to be asked.
#[derive(Debug)]
pub(crate) struct Trust {
    roots: RootCertStore,
    /// The certificates of the user's own file, which may be the server's very own.
    named: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Reads the user's file or the system's bundle.
    pub(crate) fn read(authorities: &Authorities) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let named = match authorities {
            Authorities::File(path) => {
                let named = certificates("sslrootcert", path)?;
                let (_, unusable) = roots.add_parsable_certificates(named.iter().cloned());
                if unusable > 0 {
                    let file = path.display();
                    tracing::warn!(%file, unusable, "certificates of sslrootcert are left out");
                }
                named
            }
            Authorities::System => {
                let bundle = SYSTEM_BUNDLES
                    .iter()
                    .find_map(|path| certificates("sslrootcert", Path::new(path)).ok());
                // A public bundle may hold an authority that this verifier cannot use.
                roots.add_parsable_certificates(bundle.unwrap_or_default());
                Vec::new()
            }
        };
        if roots.is_empty() {
            return Err(
                "there is no certificate authority to trust; give a PEM file of them as \
                        `sslrootcert=FILE`, or install the package `ca-certificates`"
                    .to_owned(),
            );
        }
        Ok(Self { roots, named })
    }
}

/// Judges the server's certificate as far as the mode asks; that the server holds its key is
/// checked always.
#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) algorithms: WebPkiSupportedAlgorithms,
    /// Any certificate will do when there is none.
    pub(crate) trust: Option<Trust>,
    pub(crate) check_name: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(trust) = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let chain = verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &trust.roots,
            intermediates,
            now,
            self.algorithms.all,
        );
        // PostgreSQL's manual makes a self-signed certificate that is its own authority, which the
        // verifier refuses as a server's. It is trusted when the user's file names this very one.
        // INVARIANT: the verifier judges the dates first, so an old one never gets this far.
        match chain {
            Err(error) if is_untimely(&error) || !trust.named.contains(end_entity) => {
                return Err(error);
            }
            _ => {}
        }
        if self.check_name {
            verify_server_name(&certificate, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_untimely(error: &rustls::Error) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    matches!(
        error,
        rustls::Error::InvalidCertificate(
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }
        )
    )
}

/// What went wrong with TLS and what to do, when that is what went wrong.
pub(crate) fn explain(error: &tokio_postgres::Error) -> Option<String> {
    let mut cause = error.source();
    for _ in 0..MAX_CAUSES {
        let here = cause?;
        // An I/O error does not name what it wraps as its source.
        let wrapped = here
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(tls) = wrapped.or_else(|| here.downcast_ref()) {
            return Some(words(tls));
        }
        // The driver has no type for this answer.
        if here.to_string() == "server does not support TLS" {
            return Some(
                "the server does not speak TLS; switch it on there (`ssl = on`), or write \
                 `sslmode=disable` to send everything in clear"
                    .to_owned(),
            );
        }
        cause = here.source();
    }
    None
}

fn words(error: &rustls::Error) -> String {
    use rustls::Error::{AlertReceived, InvalidCertificate};
    match error {
        InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the server's certificate is not signed by a trusted authority; give the authority's \
             certificate as `sslrootcert=FILE`"
                .to_owned()
        }
        InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) => {
            let names = model::text::bounded(&presented.join(", "), MAX_NAMES_BYTES);
            format!(
                "the server's certificate is for other names than the one in the address ({}); \
                 use one of them, or `sslmode=verify-ca` to check the authority alone",
                model::text::label(&names)
            )
        }
        InvalidCertificate(CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired; renew it there".to_owned()
        }
        InvalidCertificate(CertificateError::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet; compare the clocks".to_owned()
        }
        InvalidCertificate(CertificateError::Other(other)) => verifiers_own(&other.to_string()),
        InvalidCertificate(other) => {
            let other = model::text::bounded(&other.to_string(), MAX_NAMES_BYTES);
            format!(
                "the server's certificate cannot be verified ({}); replace it there",
                model::text::label(&other)
            )
        }
        AlertReceived(
            alert @ (AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::DecryptError
            | AlertDescription::CertificateRequired
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::AccessDenied),
        ) => format!(
            "the server refuses our certificate ({alert:?}); give one it trusts as `sslcert=FILE` \
             and its key as `sslkey=FILE`"
        ),
        other => format!("TLS failed: {other}"),
    }
}

/// Verdicts that the TLS library has no type for, by the verifier's names.
fn verifiers_own(verdict: &str) -> String {
    match verdict {
        "CaUsedAsEndEntity" => "the server's certificate is its own authority; give this very \
                                certificate as `sslrootcert=FILE`"
            .to_owned(),
        "UnsupportedCertVersion" => "the server's certificate is of version 1; replace it there \
                                     by one of version 3 with the server's names as alternative \
                                     names"
            .to_owned(),
        other => format!("the server's certificate cannot be verified ({other}); replace it there"),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use rustls::crypto::ring;

    use super::*;

    /// A certificate that is its own authority, valid for two days, as the only one to trust.
    fn own_authority() -> (CertificateDer<'static>, Trust) {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("openssl")
            .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(' '))
            .args("-keyout k.pem -out c.pem -days 2 -subj /CN=db".split(' '))
            .args(["-addext", "subjectAltName=DNS:db"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let trust = Trust::read(&Authorities::File(folder.path().join("c.pem"))).unwrap();
        (trust.named[0].clone(), trust)
    }

    #[test]
    fn a_server_that_is_its_own_authority_is_held_to_dates_and_names() {
        let (certificate, trust) = own_authority();
        let (another, _) = own_authority();
        let verifier = Verifier {
            algorithms: ring::default_provider().signature_verification_algorithms,
            trust: Some(trust),
            check_name: true,
        };
        let judge = |certificate: &CertificateDer<'_>, name: &'static str, now: UnixTime| {
            let name = ServerName::try_from(name).unwrap();
            verifier.verify_server_cert(certificate, &[], &name, &[], now)
        };
        let now = UnixTime::now();
        let later = Duration::from_secs(now.as_secs() + 3 * 86_400);
        judge(&certificate, "db", now).unwrap();
        let late = judge(&certificate, "db", UnixTime::since_unix_epoch(later)).unwrap_err();
        assert!(words(&late).contains("has expired"), "{late}");
        let named = judge(&certificate, "other", now).unwrap_err();
        assert!(words(&named).contains("for other names"), "{named}");
        let unnamed = judge(&another, "db", now).unwrap_err();
        assert!(words(&unnamed).contains("this very"), "{unnamed}");
    }
}
