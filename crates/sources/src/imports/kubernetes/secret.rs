//! Secrets and ConfigMaps. A Secret is a container; each value in it that is one becomes a
//! credential, by fingerprint. Keys are named, values never.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use formats::token;
use model::{
    Alias, Attributes, EdgeKind, Fact, NodeKind, NodeRef, Observation, ObservedEdge, Secret, TimeUs,
};
use serde_json::Value;

use super::Reader;
use super::object::{Object, text};
use crate::imports::ReadError;
use crate::imports::values::{self, Found, Holder};

/// Keys read of one Secret or ConfigMap; the API bounds the whole object at 1 MiB.
const MAX_KEYS: usize = 4_000;

/// Registries read of one pull secret.
const MAX_REGISTRIES: usize = 256;

/// One value of a Secret.
struct Entry<'a> {
    key: &'a str,
    value: Secret,
}

impl Reader<'_, '_> {
    pub(super) fn secret(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.names.secret(object.namespace, object.name);
        let kind = object.text("/type").unwrap_or("Opaque");
        self.secret_container(object, &node, kind)?;
        if kind.starts_with("helm.sh/release") {
            self.helm_releases += 1;
            return Ok(());
        }
        let entries = self.entries(object)?;
        let entry = |key: &str| entries.iter().find(|entry| entry.key == key);
        match kind {
            "kubernetes.io/service-account-token" => {
                let Some(token) = entry("token") else {
                    return Ok(());
                };
                self.legacy_token(object, &node, &token.value)?;
                entry("ca.crt").map_or(Ok(()), |ca| self.stored_value(object, &node, ca))
            }
            "kubernetes.io/dockerconfigjson" | "kubernetes.io/dockercfg" => {
                for entry in &entries {
                    self.registries(object, &node, entry)?;
                }
                Ok(())
            }
            "kubernetes.io/basic-auth" => {
                self.basic_auth(object, &node, entry("username"), entry("password"))
            }
            "bootstrap.kubernetes.io/token" => self.bootstrap_token(
                object,
                &node,
                entry("token-id"),
                entry("token-secret"),
                entry("expiration"),
            ),
            _ => self.values(object, &node, &entries),
        }
    }

    fn secret_container(
        &mut self,
        object: &Object<'_>,
        node: &NodeRef,
        kind: &str,
    ) -> Result<(), ReadError> {
        let mut keys: Vec<&str> = object
            .map("/data")
            .chain(object.map("/stringData"))
            .map(|(key, _)| key)
            .take(MAX_KEYS)
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let mut observation = self.about(object, node.clone(), "k8s_secret");
        observation.attributes = observation.attributes.with("type", kind).with("keys", keys);
        if super::object::flag(object.value, "/immutable") == Some(true) {
            observation.attributes = observation.attributes.with("immutable", true);
        }
        if let Some(name) = object.annotation("cert-manager.io/certificate-name") {
            let maker =
                self.names
                    .object(NodeKind::Workload, "Certificate", object.namespace, name);
            observation = observation.edge(ObservedEdge::to(EdgeKind::ManagedBy, maker));
        }
        for owner in object.list("/metadata/ownerReferences").iter().take(8) {
            let (Some(kind), Some(name)) = (text(owner, "/kind"), text(owner, "/name")) else {
                continue;
            };
            if matches!(kind, "ExternalSecret" | "SealedSecret") {
                let maker = self
                    .names
                    .object(NodeKind::Workload, kind, object.namespace, name);
                observation = observation.edge(ObservedEdge::to(EdgeKind::ManagedBy, maker));
            }
        }
        self.observe(object, observation)
    }

    /// The values: base64 under `data`, in the open under `stringData` of manifests.
    fn entries<'o>(&mut self, object: &Object<'o>) -> Result<Vec<Entry<'o>>, ReadError> {
        let mut entries = Vec::new();
        for (key, value) in object.map("/data").take(MAX_KEYS) {
            let Some(encoded) = value.as_str() else {
                if !value.is_null() {
                    self.gap(
                        format!("{} key {key}", object.place()),
                        "the value is no text",
                    )?;
                }
                continue;
            };
            let packed: Vec<u8> = encoded
                .bytes()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            match STANDARD.decode(&packed) {
                Ok(value) => entries.push(Entry {
                    key,
                    value: Secret::new(value),
                }),
                Err(_) => self.gap(
                    format!("{} key {key}", object.place()),
                    "the value is not base64",
                )?,
            }
        }
        for (key, value) in object.map("/stringData").take(MAX_KEYS) {
            if let Some(value) = value.as_str() {
                entries.push(Entry {
                    key,
                    value: Secret::new(value),
                });
            }
        }
        Ok(entries)
    }

    /// Registry credentials: host, user, and the fingerprint of the password.
    fn registries(
        &mut self,
        object: &Object<'_>,
        container: &NodeRef,
        entry: &Entry<'_>,
    ) -> Result<(), ReadError> {
        let Ok(config) = serde_json::from_slice::<Value>(entry.value.expose()) else {
            return self.gap(
                format!("{} key {}", object.place(), entry.key),
                "not the JSON of a Docker configuration",
            );
        };
        let hosts = config.get("auths").unwrap_or(&config).as_object();
        for (host, login) in hosts.into_iter().flatten().take(MAX_REGISTRIES) {
            let pair = text(login, "/auth")
                .and_then(|auth| STANDARD.decode(auth.trim()).ok())
                .and_then(|pair| String::from_utf8(pair).ok());
            let pair = pair.as_deref().and_then(|pair| pair.split_once(':'));
            let user = text(login, "/username").or(pair.map(|(user, _)| user));
            let (password, credential_type) =
                match (text(login, "/identitytoken"), text(login, "/password")) {
                    (Some(token), _) if !token.is_empty() => (Some(token), "refresh_token"),
                    (_, password) => (password.or(pair.map(|(_, password)| password)), "password"),
                };
            let Some(password) = password.filter(|password| !password.is_empty()) else {
                continue;
            };
            let holder = Holder {
                node: container,
                edge: EdgeKind::StoredIn,
                key: entry.key,
            };
            let mut found =
                values::secret(password.as_bytes(), &holder, self.cx.fingerprinter, self.at);
            let Some(observation) = found.observations.pop() else {
                continue;
            };
            let mut observation = observation;
            if token::recognise(password).is_none() {
                observation.attributes.name =
                    Some(format!("{} at {host}", user.unwrap_or_default()));
                observation.attributes.subtype = Some("registry_password".to_owned());
            }
            observation.attributes = observation
                .attributes
                .with("registry", model::text::label(host))
                .with("credential_type", credential_type);
            if let Some(user) = user {
                observation.attributes = observation
                    .attributes
                    .with("user", model::text::label(user));
            }
            self.observe(object, observation)?;
        }
        Ok(())
    }

    fn basic_auth(
        &mut self,
        object: &Object<'_>,
        container: &NodeRef,
        user: Option<&Entry<'_>>,
        password: Option<&Entry<'_>>,
    ) -> Result<(), ReadError> {
        let Some(password) = password.filter(|entry| entry.value.len_bytes() > 0) else {
            return Ok(());
        };
        let found = self.read_value(container, password);
        let user = user.and_then(|user| std::str::from_utf8(user.value.expose()).ok());
        self.tell_found(object, password.key, found, |attributes| {
            if let Some(user) = user {
                attributes
                    .extra
                    .insert("user".to_owned(), model::text::label(user).into());
            }
        })
    }

    /// What a new node proves itself with; it ends by itself when an expiration is written.
    fn bootstrap_token(
        &mut self,
        object: &Object<'_>,
        container: &NodeRef,
        id: Option<&Entry<'_>>,
        secret: Option<&Entry<'_>>,
        expiration: Option<&Entry<'_>>,
    ) -> Result<(), ReadError> {
        let (Some(id), Some(secret)) = (id, secret) else {
            return self.gap(
                object.place(),
                "a bootstrap token without `token-id` and `token-secret`",
            );
        };
        let id = String::from_utf8_lossy(id.value.expose()).into_owned();
        // The token people paste is `id.secret`.
        let mut whole = format!("{id}.").into_bytes();
        whole.extend_from_slice(secret.value.expose());
        let fingerprint = self.cx.fingerprinter.fingerprint(&Secret::new(whole));
        let ends = expiration
            .and_then(|entry| TimeUs::parse(std::str::from_utf8(entry.value.expose()).ok()?).ok());
        let alias = Alias::same(fingerprint.as_str());
        let attributes = Attributes {
            created: object.created().map(Fact::known),
            expires: Some(ends.map_or_else(Fact::never, Fact::known)),
            fingerprint: Some(fingerprint.clone()),
            tenant: Some(self.names.cluster.clone()),
            ..Attributes::named(format!("bootstrap token {id}"), "k8s_bootstrap_token")
        };
        let user = self.names.user(&format!("system:bootstrap:{id}"));
        let observation = Observation::new(NodeRef::secret(&fingerprint), self.at, attributes)
            .alias(alias)
            .edge(ObservedEdge::to(EdgeKind::StoredIn, container.clone()))
            .edge(ObservedEdge::to(EdgeKind::Authenticates, user))
            .at(container.native_id.as_str());
        self.observe(object, observation)
    }

    fn values(
        &mut self,
        object: &Object<'_>,
        container: &NodeRef,
        entries: &[Entry<'_>],
    ) -> Result<(), ReadError> {
        let pair = aws_pair(entries);
        for (index, entry) in entries.iter().enumerate() {
            match pair {
                Some((_, secret)) if secret == index => {}
                Some((id, secret)) if id == index => {
                    let found = self.read_value(container, entry);
                    let fingerprint = entries
                        .get(secret)
                        .map(|entry| self.cx.fingerprinter.fingerprint(&entry.value));
                    let alias = fingerprint
                        .as_ref()
                        .map(|print| Alias::same(print.as_str()));
                    let mut found = found;
                    for observation in &mut found.observations {
                        observation.attributes.fingerprint.clone_from(&fingerprint);
                        observation.aliases.extend(alias.clone());
                    }
                    self.tell_found(object, entry.key, found, |_| {})?;
                }
                _ => self.stored_value(object, container, entry)?,
            }
        }
        Ok(())
    }

    fn stored_value(
        &mut self,
        object: &Object<'_>,
        container: &NodeRef,
        entry: &Entry<'_>,
    ) -> Result<(), ReadError> {
        let found = self.read_value(container, entry);
        if entry.key == "tls.crt"
            && let Some(first) = found.certificates.first()
            && self.tls_certificates.len() < super::MAX_JOINED
        {
            self.tls_certificates
                .insert(container.native_id.clone(), first.clone());
        }
        self.tell_found(object, entry.key, found, |_| {})
    }

    fn read_value(&self, container: &NodeRef, entry: &Entry<'_>) -> Found {
        let holder = Holder {
            node: container,
            edge: EdgeKind::StoredIn,
            key: entry.key,
        };
        values::secret(
            entry.value.expose(),
            &holder,
            self.cx.fingerprinter,
            self.at,
        )
    }

    fn tell_found(
        &mut self,
        object: &Object<'_>,
        key: &str,
        found: Found,
        change: impl Fn(&mut Attributes),
    ) -> Result<(), ReadError> {
        for problem in found.problems {
            self.gap(format!("{} key {key}", object.place()), problem)?;
        }
        for mut observation in found.observations {
            change(&mut observation.attributes);
            self.observe(object, observation)?;
        }
        Ok(())
    }

    /// A ConfigMap is no place for secrets: it is told only when one lies there.
    pub(super) fn config_map(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        self.note_tracking(object);
        let node = self.names.object(
            NodeKind::Resource,
            "ConfigMap",
            object.namespace,
            object.name,
        );
        let mut found_any = false;
        for (key, value) in object.map("/data").take(MAX_KEYS) {
            let Some(value) = value.as_str() else {
                continue;
            };
            let holder = Holder {
                node: &node,
                edge: EdgeKind::FoundIn,
                key,
            };
            let found = values::text(value, &holder, self.cx.fingerprinter, self.at);
            found_any |= !found.observations.is_empty();
            self.tell_found(object, key, found, |_| {})?;
        }
        if found_any {
            let observation = self.about(object, node, "k8s_config_map");
            self.observe(object, observation)?;
        }
        Ok(())
    }
}

/// The places of an AWS key id and its secret, when a Secret holds exactly one of each.
fn aws_pair(entries: &[Entry<'_>]) -> Option<(usize, usize)> {
    let one = |fits: &dyn Fn(&Entry<'_>) -> bool| {
        let mut all = entries.iter().enumerate().filter(|(_, entry)| fits(entry));
        match (all.next(), all.next()) {
            (Some((index, _)), None) => Some(index),
            _ => None,
        }
    };
    let id = one(&|entry| {
        std::str::from_utf8(entry.value.expose())
            .is_ok_and(|text| token::aws_key_id(text.trim()).is_some())
    })?;
    // 40 characters of base64 are what AWS gives out.
    let secret = one(&|entry| {
        let key = entry.key.to_lowercase();
        let value = entry.value.expose().trim_ascii();
        key.contains("secret") && value.len() == 40
    })?;
    (id != secret).then_some((id, secret))
}
