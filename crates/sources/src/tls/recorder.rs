//! Takes whatever chain a server shows and writes it down. Nothing is refused here: a scanner that
//! turned bad certificates away would be blind to exactly what it looks for. No data is ever sent
//! over the connections made this way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};

/// The most certificates kept of one chain. Real chains have two to five.
pub(super) const MAX_CHAIN: usize = 32;
/// The most authority names kept of a request for a client certificate.
pub(super) const MAX_AUTHORITIES: usize = 64;

/// What one handshake showed.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// DER of the certificates as served, the leaf first.
    pub(super) chain: Vec<Vec<u8>>,
    /// How many certificates beyond [`MAX_CHAIN`] were dropped.
    pub(super) chain_cut: usize,
    /// Whether the server proved that it holds the leaf's key; `None` when it came to no proof.
    pub(super) possession: Option<Result<(), String>>,
    /// Distinguished names (DER) the server accepts client certificates from, when it asked.
    pub(super) client_authorities: Option<Vec<Vec<u8>>>,
    /// True when the server stapled an OCSP answer.
    pub(super) ocsp_stapled: bool,
}

/// Records one handshake.
#[derive(Debug)]
pub(super) struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Seen>,
}

impl Recorder {
    pub(super) fn new(provider: &CryptoProvider) -> Arc<Self> {
        Arc::new(Self {
            algorithms: provider.signature_verification_algorithms,
            seen: Mutex::default(),
        })
    }

    pub(super) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn possession(
        &self,
        result: Result<HandshakeSignatureValid, rustls::Error>,
    ) -> HandshakeSignatureValid {
        self.lock().possession = Some(match result {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        });
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut seen = self.lock();
        seen.chain = std::iter::once(end_entity)
            .chain(intermediates)
            .take(MAX_CHAIN)
            .map(|certificate| certificate.as_ref().to_vec())
            .collect();
        seen.chain_cut = (intermediates.len() + 1).saturating_sub(MAX_CHAIN);
        seen.ocsp_stapled = !ocsp_response.is_empty();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(self.possession(rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.algorithms,
        )))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(self.possession(rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.algorithms,
        )))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // The SHA-1 schemes are offered so that old servers answer; they are never relied on.
        let mut schemes = self.algorithms.supported_schemes();
        schemes.extend([
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::ECDSA_SHA1_Legacy,
        ]);
        schemes
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.lock().client_authorities = Some(
            authorities
                .iter()
                .take(MAX_AUTHORITIES)
                .map(|name| name.to_vec())
                .collect(),
        );
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
