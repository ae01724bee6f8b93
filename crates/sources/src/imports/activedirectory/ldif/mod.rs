//! LDIF exports of a directory: Active Directory in depth, other LDAP servers by the standard
//! person, account and group classes.

mod account;
mod authority;
mod container;
mod group;
mod naming;
mod parse;
mod plain;
mod table;

use std::collections::BTreeMap;

use model::{Attributes, Coverage, CoverageState, Fact, NodeKind, Observation, SourceRef, TimeUs};

use super::super::{Document, Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Permission, Step};
use parse::{Entry, Item, Parser};
use table::Table;

/// The LDIF format.
#[derive(Debug)]
pub struct Ldif;

/// What it is, as data.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "ad.ldif",
    title: "Active Directory or LDAP export (LDIF)",
    step: Step::Directories,
    kinds: KINDS,
    authoritative: true,
    adds: "every service account, managed service account, computer and group of the domain, with privilege, owner and last sign-in",
    cannot_see: &[
        "sign-ins younger than about 14 days: `lastLogonTimestamp` is only renewed when it is 9 to 14 days old",
        "attributes the export did not ask for or the reading account may not read",
        "rights given by access-control lists",
        "what a service account is used for; where its password lies",
        "password values: they are never read, even when the export has them",
    ],
    obtain: "ldapsearch -LLL -H ldaps://DC -D USER -W -E pr=1000/noprompt -b DC=example,DC=com '(|(objectClass=user)(objectClass=group)(objectClass=organizationalUnit)(objectClass=domainDNS)(objectClass=trustedDomain)(objectClass=msDS-GroupManagedServiceAccount))' > ad.ldif; the same with -b CN=Partitions,CN=Configuration,DC=example,DC=com '(objectClass=crossRef)' >> ad.ldif   (on Windows: ldifde -f ad.ldif)",
    permissions: &[Permission {
        action: "read of the domain (any member of Domain Users)",
        why: "accounts, groups and their attributes are readable by every authenticated user unless somebody restricted it",
        without_it: "",
    }],
    doc: include_str!("../doc.md"),
};

const KINDS: &[NodeKind] = &[
    NodeKind::Account,
    NodeKind::Credential,
    NodeKind::Group,
    NodeKind::Identity,
    NodeKind::OrgUnit,
];

/// How far behind `lastLogonTimestamp` may be: it is renewed when it is older than a random 9 to
/// 14 days (MS-ADTS 3.1.1.3.1.1.11, `msDS-LogonTimeSyncInterval` at its default).
const LOGON_LAG_US: i64 = 14 * TimeUs::DAY_US;

impl Format for Ldif {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        match probe.shape {
            Shape::Ldif => Match::Sure,
            // The file name is in lower case.
            _ if probe.file_name().rsplit('.').next() == Some("ldif") => Match::Maybe,
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let mut reader = Reader {
            file: document.name().to_owned(),
            fallback: cx.source_or_file(&SPEC, "domain", document),
            observed: cx.observed_at(None, document),
            sources: BTreeMap::new(),
            table: Table::default(),
            domain_sids: BTreeMap::new(),
            short_names: BTreeMap::new(),
            authorities: Vec::new(),
            issued: Vec::new(),
            trusts: Vec::new(),
            answer_ended: false,
            saw_last_logon: false,
            saw_ad: false,
            references: 0,
            changes: 0,
            cx,
        };
        let mut parser = Parser::default();
        let read = document.lines(|line| match parser.line(line) {
            Some(item) => reader.item(item),
            None => Ok(()),
        });
        if let Some(item) = parser.finish() {
            reader.item(item)?;
        }
        reader.finish(parser.is_search_answer && read.is_ok())?;
        read
    }
}

/// The state of reading one file.
struct Reader<'c, 'x> {
    cx: &'c mut ImportContext<'x>,
    file: String,
    fallback: SourceRef,
    observed: TimeUs,
    /// One source a domain: a forest export holds several.
    sources: BTreeMap<String, SourceRef>,
    table: Table,
    /// SID by DNS name of the domains seen.
    domain_sids: BTreeMap<String, String>,
    /// Short (NetBIOS) name by DNS name, both in lower case.
    short_names: BTreeMap<String, String>,
    trusts: Vec<container::Trust>,
    authorities: Vec<authority::Authority>,
    issued: Vec<authority::Issued>,
    answer_ended: bool,
    saw_last_logon: bool,
    saw_ad: bool,
    references: u32,
    changes: u64,
}

/// The most referrals listed.
const MAX_REFERENCES_LISTED: u32 = 20;

impl Reader<'_, '_> {
    fn item(&mut self, item: Item) -> Result<(), ReadError> {
        match item {
            Item::Entry(entry) => self.entry(&entry),
            Item::Nameless(line) => {
                let place = self.place(line);
                let source = self.fallback.clone();
                self.cx.gap(
                    &source,
                    place,
                    "a record without a readable `dn:` was passed over",
                )
            }
            Item::Result(text) => self.result(&text),
            Item::Reference(url) => {
                self.references += 1;
                if self.references > MAX_REFERENCES_LISTED {
                    return Ok(());
                }
                let gap = Coverage::gap(
                    &self.fallback,
                    CoverageState::NotAttempted,
                    url,
                    "the server refers to this directory; export it too if it holds accounts",
                );
                Ok(self.cx.sink.cover(gap)?)
            }
        }
    }

    /// Result codes other than success mean that the export is not whole (RFC 4511 4.1.9).
    fn result(&mut self, text: &str) -> Result<(), ReadError> {
        self.answer_ended = true;
        if text.split_whitespace().next() == Some("0") {
            return Ok(());
        }
        let gap = Coverage::gap(
            &self.fallback,
            CoverageState::Truncated,
            self.file.as_str(),
            format!(
                "the server ended the export with `{text}`; page the search (-E pr=1000/noprompt)"
            ),
        );
        Ok(self.cx.sink.cover(gap)?)
    }

    fn place(&self, line: u64) -> String {
        format!("{}:line {line}", self.file)
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), ReadError> {
        if entry.is_a("crossRef") {
            self.cross_reference(entry);
            return Ok(());
        }
        if entry.is_a("pKIEnrollmentService")
            || (entry.is_a("certificationAuthority") && entry.has("objectguid"))
        {
            return self.authority(entry);
        }
        let domain = domain_of(&entry.dn);
        let source = self.source(&domain);
        for (line, problem) in &entry.problems {
            let place = self.place(*line);
            self.cx.gap(&source, place, *problem)?;
        }
        for attribute in &entry.partial {
            let gap = Coverage::gap(
                &source,
                CoverageState::Truncated,
                format!("{} {}", self.place(entry.line), entry.dn),
                format!(
                    "`{attribute}` holds only a part of its values; fetch the remaining ranges"
                ),
            );
            self.cx.sink.cover(gap)?;
        }
        if entry
            .change
            .as_deref()
            .is_some_and(|change| change != "add")
        {
            return self.refuse_change(entry, &source);
        }
        // Deleted objects and the schema are no part of the inventory.
        if entry
            .text("isdeleted")
            .is_some_and(|text| text.eq_ignore_ascii_case("true"))
        {
            return Ok(());
        }
        if entry.has("objectsid") || is_ad_object(entry) {
            self.saw_ad = true;
            self.ad_entry(entry, &domain, &source)
        } else {
            self.plain_entry(entry, &domain, &source)
        }
    }

    fn refuse_change(&mut self, entry: &Entry, source: &SourceRef) -> Result<(), ReadError> {
        self.changes += 1;
        // One line for the first; a change log has thousands.
        if self.changes > 1 {
            return Ok(());
        }
        let place = self.place(entry.line);
        self.cx.gap(
            source,
            place,
            "records that change a directory (`changetype: modify`, `delete`, `modrdn`) are not an export of it and are passed over; export the entries themselves",
        )
    }

    fn ad_entry(
        &mut self,
        entry: &Entry,
        domain: &str,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        if entry.is_a("trustedDomain") {
            return self.trust(entry, domain, source);
        }
        if entry.is_a("group") {
            return self.group(entry, domain, source);
        }
        if entry.is_a("user") || entry.is_a("computer") || entry.is_a("inetOrgPerson") {
            return self.account(entry, domain, source);
        }
        if entry.is_a("organizationalUnit") {
            return self.unit(entry, domain, source);
        }
        if entry.is_a("domainDNS") || entry.is_a("domain") {
            return self.domain(entry, domain, source);
        }
        Ok(())
    }

    fn source(&mut self, domain: &str) -> SourceRef {
        if let Some(scope) = self.cx.options.scopes.get("domain") {
            let source = SourceRef::new(SPEC.id, scope.to_lowercase());
            self.sources.insert(scope.clone(), source.clone());
            return source;
        }
        if domain.is_empty() {
            return self.fallback.clone();
        }
        self.sources
            .entry(domain.to_owned())
            .or_insert_with(|| SourceRef::new(SPEC.id, domain))
            .clone()
    }

    fn finish(mut self, expect_result: bool) -> Result<(), ReadError> {
        if expect_result && !self.answer_ended {
            let gap = Coverage::gap(
                &self.fallback,
                CoverageState::Truncated,
                self.file.as_str(),
                "the answer of ldapsearch has no result line at its end: the file is cut off",
            );
            self.cx.sink.cover(gap)?;
        }
        // A file of accounts alone says nothing about the groups of the domain.
        let kinds: Vec<NodeKind> = self.table.kinds().into_iter().collect();
        self.settle_trusts()?;
        self.settle_names()?;
        self.settle_authorities()?;
        self.settle()?;
        let mut sources: Vec<SourceRef> = self.sources.values().cloned().collect();
        sources.dedup();
        for source in sources {
            self.cx.covered(&source, &kinds, "inventory", &self.file)?;
            if self.saw_ad {
                let mut usage = Coverage::complete(&source, Some(NodeKind::Identity), "usage");
                usage.state = if self.saw_last_logon {
                    CoverageState::Partial
                } else {
                    CoverageState::NotAttempted
                };
                self.file.clone_into(&mut usage.place);
                if self.saw_last_logon {
                    "lastLogonTimestamp is renewed only when it is 9 to 14 days old"
                } else {
                    "the export has no lastLogonTimestamp; ask for it to learn the last sign-in"
                }
                .clone_into(&mut usage.reason);
                usage.lag_us = self.saw_last_logon.then_some(LOGON_LAG_US);
                self.cx.sink.cover(usage)?;
            }
        }
        Ok(())
    }

    /// Says what only the whole file shows: relations, and who never signed in.
    fn settle(&mut self) -> Result<(), ReadError> {
        let table = std::mem::take(&mut self.table);
        let (observed, saw_last_logon) = (self.observed, self.saw_last_logon);
        let dropped = table.dropped;
        let fallback = self.fallback.clone();
        let sources = self.sources.clone();
        let short_names = std::mem::take(&mut self.short_names);
        let by_hand = self.cx.options.scopes.get("domain");
        let mut last = by_hand.and_then(|scope| sources.get(scope)).cloned();
        let cx = &mut *self.cx;
        let outside = table.settle(|known, settled| {
            let mut attributes = Attributes::default();
            if settled.privileged {
                attributes.declared_privileged = Some(true);
            }
            if known.no_last_logon {
                attributes.last_used = Some(never_or_unknown(saw_last_logon));
            }
            attributes.extra = table::words(vec![(
                "references_outside_file",
                table::listed(settled.outside, 50),
            )]);
            let aliases = naming::aliases(known, &short_names);
            if attributes == Attributes::default() && settled.edges.is_empty() && aliases.is_empty()
            {
                return Ok(());
            }
            if by_hand.is_none() {
                last = sources.get(&known.domain).cloned();
            }
            let source = last.as_ref().unwrap_or(&fallback);
            let mut observation = Observation::new(known.node.clone(), observed, attributes);
            observation.edges = settled.edges;
            observation.aliases = aliases;
            cx.observe(source, observation)
        })?;
        if outside > 0 {
            let gap = Coverage::gap(
                &fallback,
                CoverageState::NotAttempted,
                self.file.as_str(),
                format!(
                    "{outside} references point to objects that are not in this file (listed with each object as references_outside_file); export the whole domain"
                ),
            );
            cx.sink.cover(gap)?;
        }
        if dropped > 0 {
            let gap = Coverage::gap(
                &fallback,
                CoverageState::Truncated,
                self.file.as_str(),
                format!(
                    "{dropped} group memberships and other references beyond five million were not kept; export by organisational unit"
                ),
            );
            cx.sink.cover(gap)?;
        }
        Ok(())
    }
}

/// An absent attribute means "never" only when the export asked for it, which shows when any
/// entry has it.
fn never_or_unknown(saw_last_logon: bool) -> Fact<TimeUs> {
    if saw_last_logon {
        Fact::Never {
            window: Some(
                "no lastLogonTimestamp since the account was created, except sign-ins of the last 14 days"
                    .to_owned(),
            ),
        }
    } else {
        Fact::no_data_yet(
            "no entry of the export has lastLogonTimestamp: it was not asked for or not readable",
        )
    }
}

/// Classes that only Active Directory has, for exports without `objectSid`.
fn is_ad_object(entry: &Entry) -> bool {
    entry.is_a("trustedDomain")
        || (entry.is_a("organizationalUnit") && entry.has("objectguid"))
        || entry.has("samaccountname")
}

/// The DNS name in the `DC=` parts of a distinguished name, in lower case; for a tree without
/// them its root (`o=example`).
fn domain_of(dn: &str) -> String {
    let lower = dn.to_lowercase();
    let labels: Vec<&str> = lower
        .split(',')
        .filter_map(|part| part.trim().strip_prefix("dc="))
        .collect();
    if !labels.is_empty() {
        return labels.join(".");
    }
    lower
        .rsplit(',')
        .next()
        .map(str::trim)
        .filter(|root| root.contains('='))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod large;
#[cfg(test)]
mod tests;
