//! The lesser credentials of IAM: server certificates, SSH keys, service-specific credentials,
//! signing certificates, MFA devices. Bodies the export may hold are certificates and public keys;
//! secret values have no field here, so they are dropped by the parser.

use model::{Alias, Attributes, EdgeKind, Fact, ObservedEdge};
use serde::Deserialize;

use super::iam::{account_for, link_user, user_by_name};
use super::iam_objects::active;
use super::{bodies, names, wire};
use crate::imports::fields::Stamp;
use crate::imports::reading::{Broken, Reading};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ServerCertificate {
    server_certificate_metadata: Option<Box<Self>>,
    certificate_body: Option<String>,
    certificate_chain: Option<String>,
    arn: Option<String>,
    server_certificate_name: Option<String>,
    server_certificate_id: Option<String>,
    upload_date: Stamp,
    expiration: Stamp,
}

/// A TLS certificate kept in IAM for load balancers.
pub(crate) fn server_certificate(
    reading: &mut Reading<'_, '_>,
    bytes: &[u8],
) -> Result<(), Broken> {
    let mut certificate: ServerCertificate = wire::element(bytes)?;
    let body = certificate.certificate_body.take();
    let chain = certificate.certificate_chain.take().unwrap_or_default();
    if let Some(inner) = certificate.server_certificate_metadata.take() {
        certificate = *inner;
    }
    let arn = certificate.arn.ok_or_else(|| Broken::missing("Arn"))?;
    let attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        expires: certificate.expiration.fact(),
        ..Attributes::named(
            certificate
                .server_certificate_name
                .as_deref()
                .unwrap_or(&arn),
            "aws_server_certificate",
        )
    };
    let attributes = match certificate.upload_date.time() {
        Some(time) => attributes.with("uploaded", time.to_string()),
        None => attributes,
    };
    let mut observation = reading.about(names::credential(arn.as_str()), attributes);
    let id = certificate.server_certificate_id;
    observation
        .aliases
        .extend(id.as_ref().map(|id| Alias::lookup(format!("aws:id:{id}"))));
    // A server certificate is never changed: a new one gets a new id, even under the old name.
    let same = id
        .filter(|_| body.is_some())
        .map(|id| Alias::same(format!("aws:server_certificate:{id}")));
    observation.aliases.extend(same.clone());
    reading.say(names::account_of(&arn), observation)?;
    match body {
        Some(body) => bodies::tell(
            reading,
            names::account_of(&arn),
            &[body.as_str(), chain.as_str()],
            same,
            None,
        ),
        None => Ok(()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UserCredential {
    user_name: Option<String>,
    #[serde(rename = "SSHPublicKeyId")]
    ssh_public_key_id: Option<String>,
    fingerprint: Option<String>,
    service_specific_credential_id: Option<String>,
    service_name: Option<String>,
    service_user_name: Option<String>,
    certificate_id: Option<String>,
    serial_number: Option<String>,
    user: Option<MfaUser>,
    status: Option<String>,
    upload_date: Stamp,
    create_date: Stamp,
    expiration_date: Stamp,
    enable_date: Stamp,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MfaUser {
    arn: Option<String>,
}

/// An SSH public key for CodeCommit.
pub(crate) fn ssh_key(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let key: UserCredential = wire::element(bytes)?;
    let id = key
        .ssh_public_key_id
        .as_deref()
        .ok_or_else(|| Broken::missing("SSHPublicKeyId"))?;
    let mut attributes = Attributes {
        created: key.upload_date.fact(),
        expires: Some(Fact::never()),
        ..Attributes::named(id, "aws_ssh_public_key")
    };
    if let Some(fingerprint) = &key.fingerprint {
        attributes = attributes.with("md5", model::text::label(fingerprint));
    }
    of_user(reading, id, attributes, &key)
}

/// A user name and password for one service (CodeCommit, Keyspaces, Bedrock API keys).
pub(crate) fn service_credential(
    reading: &mut Reading<'_, '_>,
    bytes: &[u8],
) -> Result<(), Broken> {
    let credential: UserCredential = wire::element(bytes)?;
    let id = credential
        .service_specific_credential_id
        .as_deref()
        .ok_or_else(|| Broken::missing("ServiceSpecificCredentialId"))?;
    let name = credential.service_user_name.as_deref().unwrap_or(id);
    let mut attributes = Attributes {
        created: credential.create_date.fact(),
        expires: credential.expiration_date.fact().or(Some(Fact::never())),
        ..Attributes::named(name, "aws_service_specific_credential")
    };
    if let Some(service) = &credential.service_name {
        attributes = attributes.with("service", model::text::label(service));
    }
    of_user(reading, id, attributes, &credential)
}

/// An X.509 certificate with which a user signs old SOAP requests.
pub(crate) fn signing_certificate(
    reading: &mut Reading<'_, '_>,
    bytes: &[u8],
) -> Result<(), Broken> {
    let certificate: UserCredential = wire::element(bytes)?;
    let id = certificate
        .certificate_id
        .as_deref()
        .ok_or_else(|| Broken::missing("CertificateId"))?;
    let attributes = Attributes {
        created: certificate.upload_date.fact(),
        ..Attributes::named(id, "aws_signing_certificate")
    };
    of_user(reading, id, attributes, &certificate)
}

/// An MFA device; a virtual one states its user whole, the other list by name.
pub(crate) fn mfa_device(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let device: UserCredential = wire::element(bytes)?;
    let id = device
        .serial_number
        .as_deref()
        .ok_or_else(|| Broken::missing("SerialNumber"))?;
    let attributes = Attributes {
        created: device.enable_date.fact(),
        ..Attributes::named(super::iam_objects::last_part(None, id), "aws_mfa_device")
    };
    of_user(reading, id, attributes, &device)
}

fn of_user(
    reading: &mut Reading<'_, '_>,
    id: &str,
    mut attributes: Attributes,
    credential: &UserCredential,
) -> Result<(), Broken> {
    let user_arn = credential
        .user
        .as_ref()
        .and_then(|user| user.arn.as_deref());
    let account = names::account_of(id)
        .or_else(|| user_arn.and_then(names::account_of))
        .map(str::to_owned)
        .or_else(|| account_for(reading, None));
    attributes.tenant.clone_from(&account);
    attributes.status = active(credential.status.as_deref());
    let mut observation = reading.about(names::credential(id), attributes);
    match user_arn {
        // A virtual device of the root user states the account's root.
        Some(arn) => observation.edges.push(ObservedEdge::to(
            EdgeKind::Authenticates,
            names::identity(arn),
        )),
        None => {
            let name = credential.user_name.as_deref();
            let user = user_by_name(reading, account.as_deref(), name)?;
            link_user(&mut observation, user, name);
        }
    }
    Ok(reading.say(account.as_deref(), observation)?)
}
