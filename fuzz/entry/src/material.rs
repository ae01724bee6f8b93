//! Keys, certificates, tokens and the files that hold them.

use formats::files::{self, FileFormat};
use formats::{
    bundle, connection, jks, jwk, jwt, pem, pkcs12, private_key, public_key, ssh, token, x509,
};
use model::{Fingerprinter, TimeUs};
use sources::material;
use sources::tls::judge_chain;

const NOW: TimeUs = TimeUs::EPOCH;

/// The most certificates of one input that are judged as a chain: judging tries each as the issuer
/// of each.
const MAX_CHAIN: usize = 16;

/// Certificates and requests in DER and PEM, bundles, and the judgement of a chain.
pub fn certificates(data: &[u8]) {
    drop(x509::parse_request(data));
    let scan = pem::scan(data);
    let mut ders = vec![data.to_vec()];
    ders.extend(
        scan.blocks
            .iter()
            .take(MAX_CHAIN)
            .map(|block| block.data.expose().to_vec()),
    );
    let parsed: Vec<_> = ders
        .iter()
        .filter_map(|der| x509::parse_der(der).ok())
        .collect();
    for certificate in &parsed {
        assert_eq!(certificate.sha256.len(), 64);
    }
    let observations = material::certificates(&parsed, NOW);
    assert_eq!(observations.len(), parsed.len());
    let chain = judge_chain(&ders, "localhost", NOW, None);
    assert_eq!(chain.served.len(), ders.len());
    assert!(
        chain.path.len() <= ders.len(),
        "a path visits each certificate once"
    );
    drop(bundle::read(data));
}

/// Private keys in DER, PEM and PuTTY's form, public keys, and SSH's line files.
pub fn keys(data: &[u8]) {
    let fingerprint = Fingerprinter::new([7; 32]).fingerprint_bytes(data);
    let mut found: Vec<_> = private_key::from_der(data).into_iter().collect();
    found.extend(private_key::from_putty(data));
    found.extend(private_key::from_wireguard(&String::from_utf8_lossy(data)));
    if let Ok(value) = serde_json::from_slice(data) {
        drop(jwk::parse(value));
    }
    for block in pem::scan(data).blocks {
        found.extend(private_key::from_pem(&block));
        drop(public_key::parse_spki(block.data.expose()));
        drop(public_key::parse_pkcs1(block.data.expose()));
    }
    for key in &found {
        let observation = material::private_key(key, &fingerprint, NOW);
        assert_eq!(
            observation.attributes.fingerprint.as_ref(),
            Some(&fingerprint)
        );
    }
    drop(public_key::parse_spki(data));
    drop(ssh::parse_certificate(data));
    drop(ssh::authorized_keys(data));
    drop(ssh::known_hosts(data));
    drop(ssh::allowed_signers(data));
    if let Ok(key) = ssh::parse_public_key(&String::from_utf8_lossy(data)) {
        drop(material::ssh_public_key(&key, NOW));
        if let Some(certificate) = &key.certificate {
            drop(material::ssh_certificate(certificate, &key.key, "00", NOW));
        }
    }
}

/// PKCS#12, JKS and JCEKS.
pub fn key_stores(data: &[u8]) {
    drop(pkcs12::read(data));
    drop(jks::read(data));
    drop(bundle::read(data));
}

/// Every configuration file format; the first byte chooses, so that one corpus serves all.
pub fn config_files(data: &[u8]) {
    let Some((choice, content)) = data.split_first() else {
        return;
    };
    let all = FileFormat::ALL;
    let chosen = usize::from(*choice)
        .checked_rem(all.len())
        .and_then(|at| all.get(at));
    if let Some(format) = chosen {
        drop(files::parse(*format, content));
    }
    if let Some(format) = files::detect("home/user/.config/credentials", content) {
        drop(files::parse(format, content));
    }
}

/// Tokens, JSON Web Tokens, connection strings, and whatever somebody pastes.
pub fn tokens(data: &[u8]) {
    let fingerprint = Fingerprinter::new([7; 32]).fingerprint_bytes(data);
    drop(formats::recognise(data));
    let text = String::from_utf8_lossy(data);
    if let Ok(jwt) = jwt::parse(&text) {
        drop(material::jwt(&fingerprint, &jwt, NOW));
    }
    if let Some(recognised) = token::recognise(&text) {
        let observation = material::secret(&fingerprint, &recognised, NOW);
        assert_eq!(
            observation.attributes.subtype.as_deref(),
            Some(recognised.subtype)
        );
    }
    drop(connection::parse(&text));
}
