//! The objects of a directory as BloodHound writes them.

use std::collections::BTreeMap;

use model::{Attributes, Class, Extra, Fact, NodeKind, Observation, Precision, Status, TimeUs};
use serde::Deserialize;
use serde_json::Value;

use super::super::super::ReadError;
use super::super::classify::{self, Traces};
use super::super::names::{self, Names};
use super::Reader;
use super::extra::extra;
use super::relations::{edges, named, strip_domain, trust_edges};

/// An object with what its type adds; unknown fields stay in `rest`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Object {
    pub(super) object_identifier: String,
    #[serde(default)]
    pub(super) properties: Extra,
    #[serde(default)]
    pub(super) is_deleted: bool,
    #[serde(default)]
    pub(super) contained_by: Option<Principal>,
    #[serde(default, rename = "PrimaryGroupSID")]
    pub(super) primary_group_sid: Option<String>,
    #[serde(default)]
    pub(super) members: Option<Vec<Principal>>,
    #[serde(default)]
    pub(super) allowed_to_delegate: Option<Vec<Value>>,
    #[serde(default)]
    pub(super) allowed_to_act: Option<Vec<Principal>>,
    #[serde(default, rename = "DumpSMSAPassword")]
    pub(super) dump_smsa_password: Option<Vec<Principal>>,
    #[serde(default)]
    pub(super) local_groups: Option<Vec<Value>>,
    #[serde(default)]
    pub(super) trusts: Option<Vec<Trust>>,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Principal {
    #[serde(default)]
    pub(super) object_identifier: Option<String>,
    #[serde(default)]
    pub(super) object_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Trust {
    #[serde(default)]
    pub(super) target_domain_sid: Option<String>,
    #[serde(default)]
    pub(super) target_domain_name: Option<String>,
    #[serde(default)]
    pub(super) trust_direction: Option<Value>,
    #[serde(flatten)]
    pub(super) rest: Extra,
}

impl Object {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.properties.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.properties.get(name)?.as_bool()
    }

    /// Seconds since 1970; 0 and -1 stand for a value that is not there.
    fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.properties.get(name)?;
        value
            .as_i64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
    }

    fn texts(&self, name: &str) -> Vec<String> {
        match self.properties.get(name) {
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The DNS name of the domain, in lower case.
    pub(super) fn domain(&self) -> String {
        self.text("domain").unwrap_or_default().to_lowercase()
    }
}

impl Reader<'_, '_> {
    pub(super) fn object(&mut self, offset: u64, bytes: &[u8]) -> Result<(), ReadError> {
        let object: Object = match serde_json::from_slice(bytes) {
            Ok(object) => object,
            // Session lists have no object of their own; what they say is of the moment.
            Err(_) if self.file_type == Some("sessions") => return Ok(()),
            Err(error) => return self.gap(offset, format!("not a BloodHound object: {error}")),
        };
        if object.is_deleted {
            return Ok(());
        }
        self.typed_object(&object, self.type_of(&object), offset)
    }

    /// Tells an object of a type.
    pub(super) fn typed_object(
        &mut self,
        object: &Object,
        kind: Option<&'static str>,
        offset: u64,
    ) -> Result<(), ReadError> {
        match kind {
            Some("users") => self.principal(object, false),
            Some("computers") => self.principal(object, true),
            Some("groups") => self.group(object),
            Some("domains") => self.domain(object),
            Some("ous") => self.unit(object),
            Some("gpos") => self.policy(object, "ad_gpo"),
            Some("certtemplates") => self.policy(object, "ad_certificate_template"),
            Some("issuancepolicies") => self.policy(object, "ad_issuance_policy"),
            Some("enterprisecas" | "rootcas" | "aiacas" | "ntauthstores") => {
                self.authority(object, kind.unwrap_or_default())
            }
            Some(_) => Ok(()),
            None => self.gap(
                offset,
                "the type of the object is not known: keep the name the collector gave the file (…_users.json)",
            ),
        }
    }

    /// The type from the file name, else from what only this type has.
    fn type_of(&self, object: &Object) -> Option<&'static str> {
        if self.file_type.is_some() {
            return self.file_type;
        }
        let has = |name: &str| object.rest.contains_key(name);
        Some(if object.allowed_to_act.is_some() || has("Sessions") {
            "computers"
        } else if object.primary_group_sid.is_some() || has("SPNTargets") {
            "users"
        } else if object.members.is_some() {
            "groups"
        } else if object.trusts.is_some() {
            "domains"
        } else if has("CARegistryData") {
            "enterprisecas"
        } else if object.properties.contains_key("blocksinheritance") {
            "ous"
        } else if object.properties.contains_key("gpcpath") {
            "gpos"
        } else if object.properties.contains_key("certificatenameflag") {
            "certtemplates"
        } else {
            return None;
        })
    }

    fn principal(&mut self, object: &Object, computer: bool) -> Result<(), ReadError> {
        let domain = object.domain();
        let Some((kind, node)) = named(
            &object.object_identifier,
            if computer { "Computer" } else { "User" },
            &domain,
        ) else {
            return Ok(());
        };
        debug_assert_eq!(kind, NodeKind::Identity);
        let spns = object.texts("serviceprincipalnames");
        let sam = object.text("samaccountname");
        let (class, subtype, verdict) = class_of(object, computer, &spns);
        let mut attributes = Attributes {
            class,
            tenant: Some(domain.clone()),
            status: object.flag("enabled").map(|enabled| {
                if enabled {
                    Status::Enabled
                } else {
                    Status::Disabled
                }
            }),
            description: object.text("description"),
            created: time(object, "whencreated").map(Fact::known),
            last_rotated: object.seconds("pwdlastset").map(|seconds| {
                match seconds {
                    seconds if seconds > 0 => Fact::known(TimeUs::from_seconds(seconds)),
                    _ => Fact::no_data_yet("pwdlastset is 0: no password was set yet, or it must be changed at the next sign-in"),
                }
            }),
            last_used: last_used(object),
            declared_privileged: privileged(object).then_some(true),
            ..Attributes::named(
                sam.clone().or_else(|| object.text("name")).unwrap_or_else(|| object.object_identifier.clone()),
                subtype,
            )
        };
        attributes.extra = extra(object);
        for (key, list) in [
            ("service_account_evidence", verdict.service),
            ("person_evidence", verdict.person),
        ] {
            if !list.is_empty() {
                attributes.extra.insert(key.to_owned(), Value::from(list));
            }
        }
        let mut observation = Observation::new(node, self.observed, attributes);
        let host = object.text("name").filter(|_| computer);
        observation.aliases = Names {
            dn: object.text("distinguishedname").as_deref(),
            sam: sam.as_deref(),
            domain: &domain,
            upn: object.text("userprincipalname").as_deref(),
            mail: object.text("email").as_deref(),
            host: host.as_deref(),
            spns: &spns,
        }
        .account_aliases();
        observation.edges = edges(object, &domain, NodeKind::Identity);
        self.observe(&domain, observation)
    }

    fn group(&mut self, object: &Object) -> Result<(), ReadError> {
        let domain = object.domain();
        let Some((kind, node)) = named(&object.object_identifier, "Group", &domain) else {
            return Ok(());
        };
        let mut attributes = Attributes {
            tenant: Some(domain.clone()),
            description: object.text("description"),
            created: time(object, "whencreated").map(Fact::known),
            declared_privileged: (privileged(object)
                || names::is_protected_group(strip_domain(&object.object_identifier)))
            .then_some(true),
            ..Attributes::named(
                object
                    .text("samaccountname")
                    .or_else(|| object.text("name"))
                    .unwrap_or_else(|| object.object_identifier.clone()),
                "ad_group",
            )
        };
        attributes.extra = extra(object);
        let mut observation = Observation::new(node, self.observed, attributes);
        observation.aliases = Names {
            dn: object.text("distinguishedname").as_deref(),
            sam: object.text("samaccountname").as_deref(),
            domain: &domain,
            ..Names::default()
        }
        .aliases();
        observation.edges = edges(object, &domain, kind);
        self.observe(&domain, observation)
    }

    fn domain(&mut self, object: &Object) -> Result<(), ReadError> {
        let name = object
            .text("name")
            .or_else(|| object.text("domain"))
            .unwrap_or_default()
            .to_lowercase();
        let node = names::domain(&object.object_identifier);
        // The collector writes a stub without a name for a domain that it only collected from.
        let mut attributes = Attributes {
            name: Some(name.clone()).filter(|name| !name.is_empty()),
            subtype: Some("ad_domain".to_owned()),
            tenant: Some(name.clone()).filter(|name| !name.is_empty()),
            created: time(object, "whencreated").map(Fact::known),
            ..Attributes::default()
        };
        attributes.extra = extra(object);
        let mut observation = Observation::new(node, self.observed, attributes);
        if !name.is_empty() {
            observation
                .aliases
                .push(model::Alias::lookup(format!("domain:{name}")));
        }
        for trust in object.trusts.iter().flatten() {
            observation.edges.extend(trust_edges(trust));
        }
        self.observe(&name, observation)
    }

    fn unit(&mut self, object: &Object) -> Result<(), ReadError> {
        let domain = object.domain();
        self.named_object(object, &domain, NodeKind::OrgUnit, "ad_ou")
    }

    fn policy(&mut self, object: &Object, subtype: &'static str) -> Result<(), ReadError> {
        let domain = object.domain();
        self.named_object(object, &domain, NodeKind::Policy, subtype)
    }

    pub(super) fn named_object(
        &mut self,
        object: &Object,
        domain: &str,
        kind: NodeKind,
        subtype: &'static str,
    ) -> Result<(), ReadError> {
        let node = names::object(kind, &object.object_identifier);
        let mut attributes = Attributes {
            tenant: Some(domain.to_owned()),
            description: object.text("description"),
            created: time(object, "whencreated").map(Fact::known),
            ..Attributes::named(
                object
                    .text("name")
                    .unwrap_or_else(|| object.object_identifier.clone()),
                subtype,
            )
        };
        attributes.extra = extra(object);
        let mut observation = Observation::new(node, self.observed, attributes);
        if let Some(dn) = object.text("distinguishedname") {
            observation
                .aliases
                .push(model::Alias::lookup(format!("dn:{}", dn.to_lowercase())));
        }
        observation.edges = edges(object, domain, kind);
        self.observe(domain, observation)
    }
}

fn class_of(
    object: &Object,
    computer: bool,
    spns: &[String],
) -> (Option<Class>, &'static str, classify::Verdict) {
    if computer {
        return (
            Some(Class::Device),
            "ad_computer",
            classify::Verdict::default(),
        );
    }
    let sam = object.text("samaccountname").unwrap_or_default();
    let sid = strip_domain(&object.object_identifier);
    let (certain, managed) = if object.flag("gmsa") == Some(true) {
        (Some("group_managed_service_account"), Some("ad_gmsa"))
    } else if object.flag("msa") == Some(true) {
        (Some("managed_service_account"), Some("ad_smsa"))
    } else if names::domain_sid(sid).is_some() && names::rid(sid) == Some(502) {
        (Some("krbtgt"), None)
    } else if sam.ends_with('$') {
        // Only managed service accounts and trusts among the users end so.
        (Some("managed_or_trust_account"), None)
    } else {
        (None, None)
    };
    let verdict = classify::classify(&Traces {
        account_name: &sam,
        dn: &object.text("distinguishedname").unwrap_or_default(),
        description: &object.text("description").unwrap_or_default(),
        certain,
        has_spn: !spns.is_empty() || object.flag("hasspn") == Some(true),
        delegates: object
            .allowed_to_delegate
            .as_ref()
            .is_some_and(|list| !list.is_empty())
            || object.flag("unconstraineddelegation") == Some(true)
            || object.flag("trustedtoauth") == Some(true),
        password_never_expires: object.flag("pwdneverexpires") == Some(true),
        program_object: None,
        person: [("email", "mail"), ("title", "title")]
            .into_iter()
            .filter(|(property, _)| object.text(property).is_some())
            .map(|(_, name)| name)
            .collect(),
    });
    let subtype = managed.unwrap_or(if verdict.class == Some(Class::Machine) {
        "ad_service_account"
    } else {
        "ad_user"
    });
    (verdict.class, subtype, verdict)
}

/// `lastlogontimestamp` is -1 when the directory has none and `lastlogon` 0 when the asked
/// controller has none; only both together say "never".
fn last_used(object: &Object) -> Option<Fact<TimeUs>> {
    let replicated = object.seconds("lastlogontimestamp");
    let local = object.seconds("lastlogon");
    let latest = [replicated, local].into_iter().flatten().max();
    match (latest, replicated) {
        (Some(seconds), _) if seconds > 0 => {
            // Only the asked controller's own `lastlogon` is exact.
            let precision = if local == Some(seconds) {
                Precision::Exact
            } else {
                Precision::Fortnight
            };
            Some(Fact::known_to(TimeUs::from_seconds(seconds), precision))
        }
        (_, Some(_)) => Some(Fact::Never {
            window: Some(
                "no lastlogontimestamp since the account was created, except sign-ins of the last 14 days"
                    .to_owned(),
            ),
        }),
        (_, None) => local.map(|_| {
            Fact::no_data_yet("only the lastlogon of one domain controller is in the file, and it has none")
        }),
    }
}

fn privileged(object: &Object) -> bool {
    object.flag("admincount") == Some(true)
        || object.seconds("admincount") == Some(1)
        || object
            .primary_group_sid
            .as_deref()
            .is_some_and(names::is_protected_group)
}

fn time(object: &Object, name: &str) -> Option<TimeUs> {
    object
        .seconds(name)
        .filter(|seconds| *seconds > 0)
        .map(TimeUs::from_seconds)
}
