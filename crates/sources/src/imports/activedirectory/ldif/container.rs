//! Domains, organisational units and trusts of Active Directory.

use model::{Alias, Attributes, EdgeKind, Extra, NodeKind, Observation, ObservedEdge, SourceRef};
use serde_json::Value;

use super::super::super::ReadError;
use super::super::{binary, names};
use super::Reader;
use super::account::created;
use super::parse::Entry;
use super::table::{Known, Relation, dn_key, words};

/// More trusts than any forest has.
const MAX_TRUSTS: usize = 10_000;

/// A trust whose own domain is not yet known by SID.
#[derive(Debug)]
pub(super) struct Trust {
    domain: String,
    source: SourceRef,
    observation: Box<Observation>,
    direction: u32,
    words: Extra,
}

impl Reader<'_, '_> {
    pub(super) fn domain(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        let Some(sid) = entry.bytes("objectsid").and_then(binary::sid) else {
            // DNS zones and application partitions carry the class without a SID.
            return Ok(());
        };
        let node = names::domain(&sid);
        let attributes = Attributes {
            tenant: Some(domain.to_owned()),
            created: created(entry),
            ..Attributes::named(domain, "ad_domain")
        }
        .with("distinguished_name", entry.dn.as_str());
        let observation = Observation::new(node.clone(), self.observed, attributes)
            .alias(Alias::lookup(format!("domain:{domain}")))
            .alias(Alias::lookup(format!("dn:{}", entry.dn.to_lowercase())))
            .at(entry.dn.as_str());
        self.cx.observe(source, observation)?;
        self.domain_sids.insert(domain.to_owned(), sid);
        self.table.add(
            Known {
                node,
                domain: domain.to_owned(),
                no_last_logon: false,
                account: None,
            },
            [dn_key(&entry.dn)],
        );
        Ok(())
    }

    pub(super) fn unit(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        let Some(guid) = entry.bytes("objectguid").and_then(binary::guid) else {
            let place = self.place(entry.line);
            return self.cx.gap(
                source,
                place,
                "an organisational unit without a readable objectGUID was passed over; export objectGUID",
            );
        };
        let node = names::object(NodeKind::OrgUnit, &guid);
        let owner = entry.text("managedby");
        let attributes = Attributes {
            tenant: Some(domain.to_owned()),
            description: entry.text("description"),
            created: created(entry),
            declared_owner: owner.clone(),
            ..Attributes::named(
                entry.text("ou").unwrap_or_else(|| entry.dn.clone()),
                "ad_ou",
            )
        }
        .with("distinguished_name", entry.dn.as_str());
        let observation = Observation::new(node.clone(), self.observed, attributes)
            .alias(Alias::lookup(format!("dn:{}", entry.dn.to_lowercase())))
            .at(entry.dn.as_str());
        self.cx.observe(source, observation)?;
        let key = dn_key(&entry.dn);
        let parent = key
            .split_once(',')
            .map(|(_, parent)| format!("dn:{parent}"));
        let number = self.table.add(
            Known {
                node,
                domain: domain.to_owned(),
                no_last_logon: false,
                account: None,
            },
            [key],
        );
        if let Some(parent) = parent {
            self.table.refer(number, Relation::Parent, parent.into());
        }
        if let Some(owner) = owner {
            self.table.refer(number, Relation::OwnedBy, dn_key(&owner));
        }
        Ok(())
    }

    /// A trust: the domain that trusts accepts identities of the other.
    pub(super) fn trust(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        let partner = entry.bytes("securityidentifier").and_then(binary::sid);
        let Some(partner_sid) = partner else {
            let place = self.place(entry.line);
            return self.cx.gap(
                source,
                place,
                "a trust without a readable securityIdentifier was passed over (a trust with a realm outside Windows has none)",
            );
        };
        let name = entry
            .text("trustpartner")
            .unwrap_or_else(|| partner_sid.clone())
            .to_lowercase();
        let observation = Observation::new(
            names::domain(&partner_sid),
            self.observed,
            Attributes::named(name.as_str(), "ad_domain"),
        )
        .alias(Alias::lookup(format!("domain:{name}")))
        .at(entry.dn.as_str());
        let direction = entry
            .text("trustdirection")
            .and_then(|text| text.parse::<u32>().ok())
            .unwrap_or(0);
        let words = words(vec![
            (
                "trust_attributes",
                entry
                    .text("trustattributes")
                    .map_or(Value::Null, Value::from),
            ),
            (
                "direction",
                Value::from(match direction {
                    1 => "inbound",
                    2 => "outbound",
                    3 => "bidirectional",
                    _ => "disabled",
                }),
            ),
        ]);
        if self.trusts.len() >= MAX_TRUSTS {
            return self.cx.gap(
                source,
                self.file.as_str(),
                "more than 10,000 trusts; the rest was not read",
            );
        }
        self.trusts.push(Trust {
            domain: domain.to_owned(),
            source: source.clone(),
            observation: Box::new(observation),
            direction,
            words,
        });
        Ok(())
    }

    /// Ties the trusts to their domains, whose SID may stand anywhere in the file.
    pub(super) fn settle_trusts(&mut self) -> Result<(), ReadError> {
        for trust in std::mem::take(&mut self.trusts) {
            let mut observation = *trust.observation;
            if let Some(own) = self.domain_sids.get(&trust.domain) {
                let own = names::domain(own);
                // Bit 2 (outbound): this domain trusts the partner; bit 1: the other way round
                // (MS-ADTS 6.1.6.7.12).
                if trust.direction & 2 != 0 {
                    let mut edge = ObservedEdge::from(EdgeKind::Trusts, own.clone());
                    edge.attributes.clone_from(&trust.words);
                    observation.edges.push(edge);
                }
                if trust.direction & 1 != 0 {
                    let mut edge = ObservedEdge::to(EdgeKind::Trusts, own);
                    edge.attributes = trust.words;
                    observation.edges.push(edge);
                }
            } else {
                self.cx.gap(
                    &trust.source,
                    observation.place.clone().unwrap_or_default(),
                    "the trust could not be tied to its domain: no object of the domain with a SID is in the file",
                )?;
            }
            self.cx.observe(&trust.source, observation)?;
        }
        Ok(())
    }
}
