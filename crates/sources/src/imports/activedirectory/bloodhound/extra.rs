//! What a BloodHound object says in the collector's own words.

use model::Extra;
use serde_json::Value;

use super::objects::Object;

/// Properties that are secrets or said elsewhere; the first four hold cleartext passwords.
const NOT_KEPT: &[&str] = &[
    "userpassword",
    "unixpassword",
    "unicodepassword",
    "sfupassword",
    "unixuserpassword",
    "name",
    "samaccountname",
    "description",
    "enabled",
    "whencreated",
    "pwdlastset",
    "lastlogon",
    "lastlogontimestamp",
    "domain",
    "domainsid",
    "highvalue",
];

/// The collector's own words: properties, access-control entries and the other lists, whole.
pub(super) fn extra(object: &Object) -> Extra {
    let mut extra = Extra::new();
    for (key, value) in &object.properties {
        let key = key.to_lowercase();
        // Newer collectors may add more; no property with such a name is kept.
        let secret = key.contains("password") && value.is_string();
        if !secret && !value.is_null() && !NOT_KEPT.contains(&key.as_str()) {
            extra.insert(key, value.clone());
        }
    }
    for (name, key) in [
        ("Aces", "aces"),
        ("Sessions", "sessions"),
        ("PrivilegedSessions", "privileged_sessions"),
        ("RegistrySessions", "registry_sessions"),
        ("UserRights", "user_rights"),
        ("SPNTargets", "spn_targets"),
        ("HasSIDHistory", "has_sid_history"),
        ("Links", "gpo_links"),
        ("GPOChanges", "gpo_changes"),
        ("CARegistryData", "ca_registry"),
        ("EnabledCertTemplates", "enabled_certificate_templates"),
        ("HttpEnrollmentEndpoints", "http_enrollment_endpoints"),
        ("HostingComputer", "hosting_computer"),
        ("DCRegistryData", "dc_registry"),
        ("Status", "status"),
        ("IsACLProtected", "acl_protected"),
    ] {
        match object.rest.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) if list.is_empty() => {}
            Some(value) => {
                extra.insert(key.to_owned(), value.clone());
            }
        }
    }
    if let Some(groups) = &object.local_groups {
        let members: Vec<Value> = groups
            .iter()
            .filter(|group| {
                group
                    .get("Results")
                    .and_then(Value::as_array)
                    .is_some_and(|results| !results.is_empty())
                    || group.get("Collected") == Some(&Value::Bool(false))
            })
            .cloned()
            .collect();
        if !members.is_empty() {
            extra.insert("local_groups".to_owned(), Value::Array(members));
        }
    }
    extra
}
