//! Groups of Active Directory.

use model::{Attributes, EdgeKind, NodeKind, Observation, ObservedEdge, SourceRef};
use serde_json::Value;

use super::super::super::ReadError;
use super::super::{binary, flags, names};
use super::Reader;
use super::account::created;
use super::parse::Entry;
use super::table::{Known, Relation, dn_key, sid_key, words};

impl Reader<'_, '_> {
    pub(super) fn group(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        let Some(sid) = entry.bytes("objectsid").and_then(binary::sid) else {
            let place = self.place(entry.line);
            return self.cx.gap(
                source,
                place,
                "a group without a readable objectSid was passed over; export objectSid",
            );
        };
        let node = names::principal(NodeKind::Group, &sid, domain);
        let sam = entry.text("samaccountname");
        let owner = entry.text("managedby");
        let mut attributes = Attributes {
            tenant: Some(domain.to_owned()),
            description: entry.text("description"),
            created: created(entry),
            declared_owner: owner.clone(),
            declared_privileged: (names::is_protected_group(&sid)
                || entry.text("admincount").is_some_and(|text| text == "1"))
            .then_some(true),
            ..Attributes::named(
                sam.clone()
                    .or_else(|| entry.text("cn"))
                    .unwrap_or_else(|| sid.clone()),
                "ad_group",
            )
        };
        attributes.extra = words(vec![
            ("distinguished_name", Value::from(entry.dn.as_str())),
            (
                "group_type",
                group_type(entry).map_or(Value::Null, Value::from),
            ),
            (
                "object_guid",
                entry
                    .bytes("objectguid")
                    .and_then(binary::guid)
                    .map_or(Value::Null, Value::from),
            ),
        ]);
        let mut observation =
            Observation::new(node.clone(), self.observed, attributes).at(entry.dn.as_str());
        observation.aliases = names::Names {
            dn: Some(&entry.dn),
            sam: sam.as_deref(),
            domain,
            ..names::Names::default()
        }
        .aliases();
        if let Some(domain_sid) = names::domain_sid(&sid) {
            observation.edges.push(ObservedEdge::to(
                EdgeKind::PartOf,
                names::domain(domain_sid),
            ));
        }
        self.cx.observe(source, observation)?;
        let number = self.table.add(
            Known {
                node,
                domain: domain.to_owned(),
                no_last_logon: false,
                account: None,
            },
            [dn_key(&entry.dn), sid_key(&sid, domain)],
        );
        self.group_references(entry, number, owner.as_deref());
        Ok(())
    }

    fn group_references(&mut self, entry: &Entry, number: u32, owner: Option<&str>) {
        if let Some(owner) = owner {
            self.table.refer(number, Relation::OwnedBy, dn_key(owner));
        }
        for member in entry.all("member") {
            let member = String::from_utf8_lossy(member);
            self.table
                .refer(number, Relation::HasMember, dn_key(&member));
        }
        for group in entry.texts("memberof") {
            self.table.refer(number, Relation::MemberOf, dn_key(&group));
        }
    }
}

/// Scope and purpose from `groupType` (MS-ADTS 2.2.12).
fn group_type(entry: &Entry) -> Option<String> {
    let bits = flags::parse(&entry.text("grouptype")?)?;
    let scope = match bits {
        bits if bits & 0x2 != 0 => "global",
        bits if bits & 0x4 != 0 => "domain_local",
        bits if bits & 0x8 != 0 => "universal",
        _ => "other",
    };
    let purpose = if bits & 0x8000_0000 == 0 {
        "distribution"
    } else {
        "security"
    };
    Some(format!("{scope}_{purpose}"))
}
