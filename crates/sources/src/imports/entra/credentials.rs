//! Client secrets, certificates and federated credentials of an application or service principal.

use base64::Engine as _;
use model::{
    Alias, Attributes, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs,
};
use serde_json::Value;

use super::relations::words;
use super::resource::{FederatedCredential, KeyCredential, PasswordCredential, Resource};
use super::{Awaited, Reading, names, time};
use crate::imports::ReadError;
use crate::imports::activedirectory::certificate;

/// The most credentials read of one holder; Entra's own limit is far below.
const MAX_CREDENTIALS: usize = 10_000;

/// Whose credentials they are.
#[derive(Debug)]
pub(super) struct Holder {
    /// Its object id.
    pub(super) guid: String,
    /// An app registration, or a service principal.
    pub(super) kind: NodeKind,
    /// Its application id.
    pub(super) app_id: Option<String>,
    /// Its name.
    pub(super) name: String,
}

impl Reading<'_, '_> {
    /// Reads all credentials of a resource.
    pub(super) fn credentials(
        &mut self,
        holder: &Holder,
        resource: &Resource,
    ) -> Result<(), ReadError> {
        let secrets = resource.password_credentials.as_deref().unwrap_or_default();
        for secret in secrets.iter().take(MAX_CREDENTIALS) {
            self.secret(holder, secret)?;
        }
        let keys = resource.key_credentials.as_deref().unwrap_or_default();
        for key in keys.iter().take(MAX_CREDENTIALS) {
            self.key(holder, key)?;
        }
        let federated = resource
            .federated_identity_credentials
            .as_deref()
            .unwrap_or_default();
        for credential in federated.iter().take(MAX_CREDENTIALS) {
            self.federated(holder, credential)?;
        }
        Ok(())
    }

    fn secret(&mut self, holder: &Holder, secret: &PasswordCredential) -> Result<(), ReadError> {
        let Some(key_id) = &secret.key_id else {
            return self.gap("a client secret without keyId was passed over");
        };
        let attributes = Attributes {
            created: time(secret.start_date_time.as_deref()),
            expires: time(secret.end_date_time.as_deref()),
            last_used: Some(not_logged()),
            ..Attributes::named(
                label(secret.display_name.as_deref(), holder, "client secret"),
                "entra_client_secret",
            )
        };
        let node = names::credential(&holder.guid, key_id);
        let observation = self.held(holder, node, attributes)?;
        self.observe(observation)
    }

    fn key(&mut self, holder: &Holder, key: &KeyCredential) -> Result<(), ReadError> {
        let Some(key_id) = &key.key_id else {
            return self.gap("a key credential without keyId was passed over");
        };
        let kind = key.kind.as_deref().unwrap_or_default();
        let is_certificate = kind.contains("X509") || kind.is_empty();
        let subtype = if is_certificate {
            "entra_client_certificate"
        } else {
            "entra_client_key"
        };
        let mut attributes = Attributes {
            created: time(key.start_date_time.as_deref()),
            expires: time(key.end_date_time.as_deref()),
            last_used: Some(not_logged()),
            ..Attributes::named(
                label(key.display_name.as_deref(), holder, "certificate"),
                subtype,
            )
        };
        attributes.extra = words(vec![
            ("key_type", Value::from(kind)),
            // `Verify` signs in with it; `Sign` is the tenant's own token-signing key.
            (
                "usage",
                Value::from(key.usage.as_deref().unwrap_or_default()),
            ),
        ]);
        let node = names::credential(&holder.guid, key_id);
        let mut observation = self.held(holder, node, attributes)?;
        let thumbprint = key
            .custom_key_identifier
            .as_deref()
            .filter(|_| is_certificate)
            .and_then(thumbprint);
        if let Some(thumbprint) = &thumbprint {
            observation
                .aliases
                .push(Alias::lookup(format!("sha1:{thumbprint}")));
        }
        if let Some(text) = key.key.as_deref().filter(|_| is_certificate) {
            self.public_part(text, &mut observation)?;
        }
        self.observe(observation)
    }

    /// The certificate itself, when it was exported: its own record, found by the same hashes.
    fn public_part(&mut self, text: &str, observation: &mut Observation) -> Result<(), ReadError> {
        let decoded = base64::engine::general_purpose::STANDARD.decode(text.trim());
        let Some(said) = decoded
            .ok()
            .and_then(|der| certificate::observe(&der, self.observed))
        else {
            return self.gap("the key of a certificate credential is no certificate");
        };
        let certificate = said.node.clone();
        for alias in &said.aliases {
            let of_key = alias.text.starts_with("sha1:") || alias.text.starts_with("spki:");
            if of_key && !observation.aliases.contains(alias) {
                observation.aliases.push(alias.clone());
            }
        }
        observation.edges.push(
            ObservedEdge::to(EdgeKind::Trusts, certificate).with("form", "registered_certificate"),
        );
        self.observe(said)
    }

    pub(super) fn federated(
        &mut self,
        holder: &Holder,
        credential: &FederatedCredential,
    ) -> Result<(), ReadError> {
        let Some(id) = credential.id.as_ref().or(credential.name.as_ref()) else {
            return self.gap("a federated credential without id was passed over");
        };
        let mut attributes = Attributes {
            description: credential.description.clone(),
            // It holds no secret: nothing expires and nothing is rotated.
            expires: Some(Fact::never()),
            last_used: Some(not_logged()),
            ..Attributes::named(
                label(credential.name.as_deref(), holder, "federated credential"),
                "entra_federated_credential",
            )
        };
        attributes.extra = words(vec![
            (
                "issuer",
                Value::from(credential.issuer.as_deref().unwrap_or_default()),
            ),
            (
                "subject",
                Value::from(credential.subject.as_deref().unwrap_or_default()),
            ),
            (
                "audiences",
                Value::from(credential.audiences.clone().unwrap_or_default()),
            ),
            (
                "claims_matching_expression",
                credential
                    .claims_matching_expression
                    .clone()
                    .unwrap_or(Value::Null),
            ),
        ]);
        let node = names::credential(&holder.guid, id);
        let mut observation = self.held(holder, node, attributes)?;
        // AzureHound names the application by another id; the credential's own id joins both.
        if let Some(id) = &credential.id {
            observation.aliases.push(Alias::same(format!(
                "entra:federated_credential:{}",
                id.to_ascii_lowercase()
            )));
        }
        if let Some(issuer) = credential.issuer.as_deref().filter(|url| !url.is_empty()) {
            let provider = names::issuer(issuer);
            let alias = format!("issuer:{}", provider.native_id);
            let said = Observation::new(
                provider.clone(),
                self.observed,
                Attributes::named(issuer, "oidc_issuer"),
            )
            .alias(Alias::lookup(alias));
            self.observe(said)?;
            let mut edge = ObservedEdge::to(EdgeKind::Trusts, provider);
            if let Some(subject) = &credential.subject {
                edge = edge.with("subject", subject.as_str());
            }
            observation.edges.push(edge);
        }
        self.observe(observation)
    }

    /// A credential with its holder: the service principal that it proves, or the app registration
    /// that it is part of and whose service principal it proves.
    fn held(
        &mut self,
        holder: &Holder,
        node: NodeRef,
        mut attributes: Attributes,
    ) -> Result<Observation, ReadError> {
        attributes.tenant.clone_from(&self.tenant);
        let owner = names::object(holder.kind, &holder.guid);
        let kind = if holder.kind == NodeKind::Identity {
            EdgeKind::Authenticates
        } else {
            if let Some(app_id) = &holder.app_id {
                self.wait(app_id, Awaited::Credential(node.clone()))?;
            }
            EdgeKind::PartOf
        };
        Ok(Observation::new(node, self.observed, attributes)
            .edge(ObservedEdge::to(kind, owner))
            .at(holder.name.as_str()))
    }
}

fn not_logged() -> Fact<TimeUs> {
    Fact::not_observable(
        "the list of credentials carries no use; the sign-in logs (servicePrincipalCredentialKeyId) do",
    )
}

fn label(name: Option<&str>, holder: &Holder, sort: &str) -> String {
    match name.filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None => format!("{sort} of {}", holder.name),
    }
}

/// SHA-1 thumbprint in `customKeyIdentifier`: Graph writes the bytes in base64, the Azure CLI in
/// hex, and some clients the hex digits in base64.
fn thumbprint(text: &str) -> Option<String> {
    let hex40 = |text: &str| {
        (text.len() == 40 && text.chars().all(|ch| ch.is_ascii_hexdigit()))
            .then(|| text.to_ascii_lowercase())
    };
    if let Some(found) = hex40(text.trim()) {
        return Some(found);
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text.trim())
        .ok()?;
    if bytes.len() == 20 {
        return Some(hex::encode(bytes));
    }
    hex40(std::str::from_utf8(&bytes).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_in_three_forms() {
        let want = Some("5f0143662a7ea16e8db90e44d0f1f1fc87b1e703".to_owned());
        assert_eq!(thumbprint("5F0143662A7EA16E8DB90E44D0F1F1FC87B1E703"), want);
        assert_eq!(thumbprint("XwFDZip+oW6NuQ5E0PHx/Iex5wM="), want);
        assert_eq!(
            thumbprint("NUYwMTQzNjYyQTdFQTE2RThEQjkwRTQ0RDBGMUYxRkM4N0IxRTcwMw=="),
            want
        );
        assert_eq!(thumbprint("not one"), None);
    }
}
