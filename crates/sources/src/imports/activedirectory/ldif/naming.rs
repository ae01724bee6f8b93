//! The short (NetBIOS) names of domains, by which hosts know the accounts of a directory.
//!
//! A Windows service runs as `CORP\\svc_x`; the directory calls the domain `corp.example.com` and says
//! elsewhere that the two are one: in a `crossRef` object, whose place in the file is anywhere.

use std::collections::BTreeMap;

use model::{Alias, Attributes, Coverage, CoverageState, NodeKind, Observation};

use super::super::super::ReadError;
use super::super::names;
use super::parse::Entry;
use super::table::Known;
use super::{Reader, domain_of};

/// More domains than any forest has.
const MAX_NAMES: usize = 10_000;

/// The longest NetBIOS name (MS-NBTE 2.2.1).
const MAX_SHORT_CHARS: usize = 15;

impl Reader<'_, '_> {
    /// A `crossRef` with a `nETBIOSName` is that of a domain (MS-ADTS 6.1.1.2.1.1); those of other
    /// naming contexts have none.
    pub(super) fn cross_reference(&mut self, entry: &Entry) {
        let Some(short) = entry.text("netbiosname") else {
            return;
        };
        let domain = entry
            .text("ncname")
            .map(|dn| domain_of(dn.rsplit_once(">;").map_or(dn.as_str(), |(_, plain)| plain)))
            .or_else(|| entry.text("dnsroot").map(|name| name.to_lowercase()));
        if let Some(domain) = domain.filter(|name| !name.is_empty()) {
            self.short_name(&domain, &short);
        }
    }

    pub(super) fn short_name(&mut self, domain: &str, short: &str) {
        if !short.is_empty()
            && short.chars().count() <= MAX_SHORT_CHARS
            && self.short_names.len() < MAX_NAMES
        {
            self.short_names
                .entry(domain.to_owned())
                .or_insert_with(|| short.to_lowercase());
        }
    }

    /// Tells the short names with their domains, and which domains have none in this file.
    pub(super) fn settle_names(&mut self) -> Result<(), ReadError> {
        for (domain, sid) in self.domain_sids.clone() {
            let source = self.source(&domain);
            if let Some(short) = self.short_names.get(&domain) {
                let attributes = Attributes::default().with("netbios_name", short.as_str());
                let observation = Observation::new(names::domain(&sid), self.observed, attributes)
                    .alias(Alias::lookup(format!("domain:{short}")));
                self.cx.observe(&source, observation)?;
            } else {
                let mut gap = Coverage::gap(
                    &source,
                    CoverageState::NotAttempted,
                    self.file.as_str(),
                    format!(
                        "the short name of {domain} is not in this file, so services that run as `SHORT\\account` are not tied to its accounts; export CN=Partitions,CN=Configuration too"
                    ),
                );
                gap.kind = Some(NodeKind::Identity);
                "short_name".clone_into(&mut gap.group);
                self.cx.sink.cover(gap)?;
            }
        }
        Ok(())
    }
}

/// The names an account bears once the short name of its domain is known.
pub(super) fn aliases(known: &Known, short_names: &BTreeMap<String, String>) -> Vec<Alias> {
    let (Some(account), Some(short)) = (&known.account, short_names.get(&known.domain)) else {
        return Vec::new();
    };
    vec![
        Alias::lookup(format!("sam:{short}\\{}", account.to_lowercase())),
        names::account_alias(short, account),
    ]
}
