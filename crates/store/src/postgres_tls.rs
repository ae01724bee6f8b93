//! TLS to PostgreSQL: what the URL asks for, and the files it names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, InconsistentKeys};
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres_trust::{Trust, Verifier};

/// The largest PEM file read; the public bundles are below 300 kB.
const MAX_PEM_BYTES: u64 = 16 * 1024 * 1024;
/// The most certificates taken from one file; the public bundles hold about 150.
const MAX_CERTIFICATES: usize = 4_096;
/// The words of `sslmode`, weakest first. libpq's `allow` is left out: it begins in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Which authorities may vouch for the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authorities {
    System,
    File(PathBuf),
}

/// What a URL says about TLS.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    mode: Option<Mode>,
    authorities: Option<Authorities>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Wishes {
    /// Takes the TLS parameters out of a URL; the driver reads the rest. The URL is taken apart
    /// as the driver does it: the credentials end at the first `@`, whatever they hold.
    pub(crate) fn split(url: &str) -> Result<(String, Self), String> {
        let mut wishes = Self::default();
        let (credentials, rest) = match url.split_once('@') {
            Some((credentials, rest)) => (format!("{credentials}@"), rest),
            None => (String::new(), url),
        };
        let Some((address, query)) = rest.split_once('?') else {
            return Ok((url.to_owned(), wishes));
        };
        let mut others = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !wishes.take(&decode(name)?, &decode(value)?)? {
                others.push(pair);
            }
        }
        let mark = if others.is_empty() { "" } else { "?" };
        let rest = format!("{credentials}{address}{mark}{}", others.join("&"));
        Ok((rest, wishes))
    }

    /// Keeps one parameter; `false` when it is none of ours.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, String> {
        let file = (!value.is_empty()).then(|| PathBuf::from(value));
        match name {
            "sslmode" => self.mode = Some(mode(value)?),
            "sslrootcert" if value == "system" => self.authorities = Some(Authorities::System),
            "sslrootcert" => self.authorities = file.map(Authorities::File),
            "sslcert" => self.certificate = file,
            "sslkey" => self.key = file,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Decides; `None` is a connection in clear. Without `sslmode` a server on another machine is
    /// verified in full, and so is one for which any other TLS parameter was given.
    pub(crate) fn settle(self, remote: bool) -> Result<Option<Plan>, String> {
        let asked = self.authorities.is_some() || self.certificate.is_some() || self.key.is_some();
        let unsaid = if remote || asked {
            Mode::VerifyFull
        } else {
            Mode::Disable
        };
        let mode = self.mode.unwrap_or(unsaid);
        let identity = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err("`sslcert` and `sslkey` go together; give both".to_owned()),
        };
        let authorities = match (mode, self.authorities) {
            (Mode::Disable, _) => return Ok(None),
            (Mode::VerifyFull, None) => Some(Authorities::System),
            (Mode::VerifyFull, given) => given,
            (Mode::VerifyCa, None) => {
                return Err(
                    "`sslmode=verify-ca` needs `sslrootcert=FILE`: anyone can get a certificate \
                     of a public authority; or write `sslmode=verify-full`"
                        .to_owned(),
                );
            }
            (_, Some(Authorities::System)) => {
                return Err(
                    "`sslrootcert=system` is safe with `sslmode=verify-full` only: anyone can get \
                     a certificate of a public authority"
                        .to_owned(),
                );
            }
            (_, given) => given,
        };
        Ok(Some(Plan {
            mode,
            authorities,
            identity,
        }))
    }
}

fn decode(text: &str) -> Result<String, String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(String::from)
        .map_err(|_| "a parameter is not UTF-8".to_owned())
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "disable" => Ok(Mode::Disable),
        "prefer" => Ok(Mode::Prefer),
        "require" => Ok(Mode::Require),
        "verify-ca" => Ok(Mode::VerifyCa),
        "verify-full" => Ok(Mode::VerifyFull),
        _ => Err(
            "`sslmode` is `disable`, `prefer`, `require`, `verify-ca` or `verify-full`".to_owned(),
        ),
    }
}

/// How to speak TLS to one server. Files are read at each connection, so that a renewed
/// certificate is taken up.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    mode: Mode,
    /// Nobody is asked when there are none: the line is encrypted, the server unproven.
    authorities: Option<Authorities>,
    /// Our own certificate and its key.
    identity: Option<(PathBuf, PathBuf)>,
}

impl Plan {
    /// What the driver has to know; whom to trust is the connector's business.
    pub(crate) fn driver_mode(&self) -> SslMode {
        match self.mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        }
    }

    /// Reads the files and makes what the driver connects with.
    pub(crate) fn connector(
        &self,
        negotiation: SslNegotiation,
    ) -> Result<MakeRustlsConnect, String> {
        let provider = Arc::new(ring::default_provider());
        let trust = match &self.authorities {
            Some(authorities) => Some(Trust::read(authorities)?),
            None => None,
        };
        let verifier = Verifier {
            algorithms: provider.signature_verification_algorithms,
            trust,
            check_name: self.mode == Mode::VerifyFull,
        };
        let mut config = self.client(&provider, verifier)?;
        if negotiation == SslNegotiation::Direct {
            // A server that is spoken to without the PostgreSQL preface demands this name.
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok(MakeRustlsConnect::new(config))
    }

    fn client(
        &self,
        provider: &Arc<CryptoProvider>,
        verifier: Verifier,
    ) -> Result<ClientConfig, String> {
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let Some((certificate, key)) = &self.identity else {
            return Ok(builder.with_no_client_auth());
        };
        let chain = certificates("sslcert", certificate)?;
        // The reader's own error is not shown: it may repeat a line of the key.
        let secret = PrivateKeyDer::from_pem_slice(&read("sslkey", key)?).map_err(|_| {
            let shown = key.display();
            format!("`sslkey={shown}` holds no private key in PEM without a passphrase")
        })?;
        let key_of = provider.key_provider.load_private_key(secret);
        let key_of = key_of.map_err(|_| {
            let shown = key.display();
            format!("the key in `sslkey={shown}` is of a kind that TLS does not use")
        })?;
        let pair = CertifiedKey::new(chain, key_of);
        // A version 1 certificate, as PostgreSQL's manual makes, cannot be compared here; the
        // server judges it.
        if let Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) =
            pair.keys_match()
        {
            return Err(format!(
                "the key in `sslkey={}` does not belong to the certificate in `sslcert={}`",
                key.display(),
                certificate.display()
            ));
        }
        let resolver = Arc::new(SingleCertAndKey::from(pair));
        Ok(builder.with_client_cert_resolver(resolver))
    }
}

fn read(parameter: &str, path: &Path) -> Result<Vec<u8>, String> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?
            .take(MAX_PEM_BYTES)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error: io::Error| {
        let shown = path.display();
        format!("the file of `{parameter}={shown}` cannot be read: {error}")
    })
}

/// Every certificate of a PEM file, at least one; `parameter` names it in errors.
pub(crate) fn certificates(
    parameter: &str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = read(parameter, path)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .take(MAX_CERTIFICATES)
        .filter_map(Result::ok)
        .collect();
    if found.is_empty() {
        let shown = path.display();
        return Err(format!("`{parameter}={shown}` holds no certificate in PEM"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(query: &str, remote: bool) -> Result<Option<Plan>, String> {
        let (_, wishes) = Wishes::split(&format!("postgres://me@h/db{query}"))?;
        wishes.settle(remote)
    }

    fn mode_of(query: &str, remote: bool) -> Option<Mode> {
        settle(query, remote).unwrap().map(|plan| plan.mode)
    }

    #[test]
    fn the_driver_gets_the_rest_of_the_url() {
        let text = "postgres://me:p?sslmode=x@h/db?a=1&sslmode=require&sslrootcert=/a%20b.pem&b=2&";
        let (rest, wishes) = Wishes::split(text).unwrap();
        assert_eq!(rest, "postgres://me:p?sslmode=x@h/db?a=1&b=2");
        assert_eq!(wishes.mode, Some(Mode::Require));
        assert_eq!(
            wishes.authorities,
            Some(Authorities::File(PathBuf::from("/a b.pem")))
        );
        let (rest, _) = Wishes::split("postgres://h/db?sslmode=disable").unwrap();
        assert_eq!(rest, "postgres://h/db");
        let (rest, _) = Wishes::split("postgres://h/db").unwrap();
        assert_eq!(rest, "postgres://h/db");
    }

    #[test]
    fn another_machine_is_verified_unless_told_otherwise() {
        assert_eq!(mode_of("", true), Some(Mode::VerifyFull));
        assert_eq!(mode_of("", false), None);
        assert_eq!(mode_of("?sslmode=disable", true), None);
        assert_eq!(mode_of("?sslmode=prefer", false), Some(Mode::Prefer));
        assert_eq!(mode_of("?sslrootcert=/r", false), Some(Mode::VerifyFull));
        assert_eq!(
            mode_of("?sslmode=disable&ssl%6dode=require", true),
            Some(Mode::Require),
            "the last one counts, however it is written"
        );
    }

    #[test]
    fn only_verified_names_make_public_authorities_safe() {
        let plan = settle("?sslmode=verify-full", true).unwrap().unwrap();
        assert_eq!(plan.authorities, Some(Authorities::System));
        let plan = settle("?sslmode=require", true).unwrap().unwrap();
        assert_eq!(plan.authorities, None);
        for query in [
            "?sslmode=verify-ca",
            "?sslmode=verify-ca&sslrootcert=system",
            "?sslmode=require&sslrootcert=system",
            "?sslcert=/c",
            "?sslkey=/k",
            "?sslmode=allow",
            "?sslmode=",
            "?sslrootcert=%ff",
        ] {
            assert!(settle(query, true).is_err(), "{query}");
        }
    }

    #[test]
    fn a_private_key_is_never_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let (key, certificate) = (folder.path().join("k"), folder.path().join("c"));
        std::fs::write(&key, "-----BEGIN CANARY-key").unwrap();
        std::fs::write(
            &certificate,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        let plan = Plan {
            mode: Mode::Require,
            authorities: None,
            identity: Some((certificate, key)),
        };
        let error = plan.connector(SslNegotiation::Postgres).err().unwrap();
        assert!(error.contains("sslkey="), "{error}");
        assert!(!error.contains("CANARY"), "{error}");
    }
}
