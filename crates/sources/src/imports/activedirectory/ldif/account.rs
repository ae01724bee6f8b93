//! Accounts of Active Directory: people, services, managed service accounts, computers.

use model::{
    Attributes, Class, EdgeKind, Fact, NodeKind, Observation, ObservedEdge, Precision, SourceRef,
    Status, TimeUs,
};
use serde_json::Value;

use super::super::super::ReadError;
use super::super::binary;
use super::super::classify::{self, Traces, Verdict};
use super::super::flags::{self, Flag};
use super::super::names::{self, Names};
use super::Reader;
use super::parse::Entry;
use super::table::{Known, Relation, dn_key, listed, sid_key, spn_key, words};

/// The most values of one attribute kept with an account.
const MAX_LISTED: usize = 200;

/// The most certificates read of one account.
const MAX_CERTIFICATES: usize = 50;

/// What sort of account its classes and flags make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    User,
    Computer,
    Gmsa,
    Smsa,
    Dmsa,
    Trust,
    Krbtgt,
}

impl Sort {
    fn of(entry: &Entry, flags: u32, sid: &str) -> Self {
        if entry.is_a("msDS-GroupManagedServiceAccount") {
            Self::Gmsa
        } else if entry.is_a("msDS-DelegatedManagedServiceAccount") {
            Self::Dmsa
        } else if entry.is_a("msDS-ManagedServiceAccount") {
            Self::Smsa
        } else if entry.is_a("computer") {
            Self::Computer
        } else if Flag::InterdomainTrust.is_in(flags) {
            Self::Trust
        } else if names::domain_sid(sid).is_some() && names::rid(sid) == Some(502) {
            Self::Krbtgt
        } else {
            Self::User
        }
    }

    fn certain(self) -> Option<&'static str> {
        match self {
            Self::User | Self::Computer => None,
            Self::Gmsa => Some("group_managed_service_account"),
            Self::Smsa => Some("managed_service_account"),
            Self::Dmsa => Some("delegated_managed_service_account"),
            Self::Trust => Some("trust_account"),
            Self::Krbtgt => Some("krbtgt"),
        }
    }

    fn subtype(self, class: Option<Class>) -> &'static str {
        match self {
            Self::Computer => "ad_computer",
            Self::Gmsa => "ad_gmsa",
            Self::Smsa => "ad_smsa",
            Self::Dmsa => "ad_dmsa",
            Self::Trust => "ad_trust_account",
            Self::Krbtgt => "ad_service_account",
            Self::User if class == Some(Class::Machine) => "ad_service_account",
            Self::User => "ad_user",
        }
    }
}

impl Reader<'_, '_> {
    pub(super) fn account(
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
                "an account without a readable objectSid was passed over; export objectSid",
            );
        };
        let flags = entry
            .text("useraccountcontrol")
            .and_then(|text| flags::parse(&text));
        let sort = Sort::of(entry, flags.unwrap_or(0), &sid);
        let spns = entry.texts("serviceprincipalname");
        let verdict = verdict(entry, sort, flags.unwrap_or(0), &spns);
        let class = if sort == Sort::Computer {
            Some(Class::Device)
        } else {
            verdict.class
        };
        self.learn_domain(&sid, domain);
        let node = names::principal(NodeKind::Identity, &sid, domain);
        let sam = entry.text("samaccountname");
        let mut attributes = Attributes {
            class,
            tenant: Some(domain.to_owned()),
            status: flags.map(status),
            description: entry.text("description"),
            created: created(entry),
            expires: entry
                .text("accountexpires")
                .map(|text| binary::account_expires(&text)),
            last_rotated: last_rotated(entry),
            last_used: self.last_used(entry),
            declared_privileged: privileged(entry, &sid),
            ..Attributes::named(
                sam.clone()
                    .or_else(|| entry.text("cn"))
                    .unwrap_or_else(|| sid.clone()),
                sort.subtype(class),
            )
        };
        let machine = class != Some(Class::Human);
        let owner = entry
            .text("managedby")
            .or_else(|| entry.text("manager").filter(|_| machine));
        attributes.declared_owner.clone_from(&owner);
        attributes.extra = extra(entry, flags, &spns, verdict);
        let mut observation =
            Observation::new(node.clone(), self.observed, attributes).at(entry.dn.as_str());
        let host = entry.text("dnshostname");
        observation.aliases = Names {
            dn: Some(&entry.dn),
            sam: sam.as_deref(),
            domain,
            upn: entry.text("userprincipalname").as_deref(),
            mail: entry.text("mail").as_deref(),
            host: host.as_deref(),
            spns: &spns,
        }
        .account_aliases();
        observation.edges = fixed_edges(entry, &sid);
        let without_logon = observation.attributes.last_used.is_none();
        self.cx.observe(source, observation)?;
        self.learn_short_name(entry, domain, flags.unwrap_or(0), &spns);
        let known = Known {
            node: node.clone(),
            domain: domain.to_owned(),
            no_last_logon: without_logon,
            account: sam.map(String::into_boxed_str),
        };
        let keys = [dn_key(&entry.dn), sid_key(&sid, domain)]
            .into_iter()
            .chain(spns.iter().map(|spn| spn_key(spn)));
        let number = self.table.add(known, keys);
        self.account_references(entry, number, domain, owner.as_deref());
        self.certificates(entry, &node, source)
    }

    /// Any account tells the SID of its domain, whose own object may not be in the file.
    fn learn_domain(&mut self, sid: &str, domain: &str) {
        if let Some(domain_sid) = names::domain_sid(sid)
            && !self.domain_sids.contains_key(domain)
        {
            self.domain_sids
                .insert(domain.to_owned(), domain_sid.to_owned());
        }
    }

    /// The short name of the domain, where an account tells it: `msDS-PrincipalName`, which is
    /// `CORP\svc_x`, or the SPN `HOST/dc1.corp.example.com/CORP` that domain controllers register
    /// (MS-DRSR 2.2.2).
    fn learn_short_name(&mut self, entry: &Entry, domain: &str, flags: u32, spns: &[String]) {
        if let Some(written) = entry.text("msds-principalname")
            && let Some((short, _)) = written.split_once('\\')
        {
            self.short_name(domain, short);
        } else if Flag::ServerTrust.is_in(flags) {
            let short = spns.iter().find_map(|spn| {
                let mut parts = spn.split('/');
                let class = parts.next()?;
                let short = parts.nth(1).filter(|name| !name.contains('.'))?;
                (class.eq_ignore_ascii_case("HOST") && parts.next().is_none()).then_some(short)
            });
            if let Some(short) = short {
                self.short_name(domain, short);
            }
        }
    }

    fn account_references(
        &mut self,
        entry: &Entry,
        number: u32,
        domain: &str,
        owner: Option<&str>,
    ) {
        let parent = dn_key(&entry.dn);
        if let Some((_, parent)) = parent.split_once(',') {
            self.table
                .refer(number, Relation::Parent, format!("dn:{parent}").into());
        }
        if let Some(owner) = owner {
            self.table.refer(number, Relation::OwnedBy, dn_key(owner));
        }
        for group in entry.texts("memberof") {
            self.table.refer(number, Relation::MemberOf, dn_key(&group));
        }
        for account in entry.texts("msds-hostserviceaccount") {
            self.table
                .refer(number, Relation::HostsAccount, dn_key(&account));
        }
        for spn in entry.texts("msds-allowedtodelegateto") {
            self.table
                .refer(number, Relation::DelegatesTo, spn_key(&spn));
        }
        for (attribute, relation) in [
            ("msds-groupmsamembership", Relation::PasswordReader),
            (
                "msds-allowedtoactonbehalfofotheridentity",
                Relation::DelegatedBy,
            ),
        ] {
            for sid in entry
                .bytes(attribute)
                .and_then(binary::allowed_sids)
                .unwrap_or_default()
            {
                self.table.refer(number, relation, sid_key(&sid, domain));
            }
        }
    }

    /// The later of the replicated and the local time, when either is there.
    fn last_used(&mut self, entry: &Entry) -> Option<Fact<TimeUs>> {
        let replicated = entry.text("lastlogontimestamp");
        self.saw_last_logon |= replicated.is_some();
        let time = |text: Option<String>| text.and_then(|text| binary::file_time(&text));
        let (replicated, local) = (time(replicated), time(entry.text("lastlogon")));
        match (replicated, local) {
            (Some(replicated), local) if local.is_none_or(|local| local < replicated) => {
                Some(Fact::known_to(replicated, Precision::Fortnight))
            }
            (_, local) => local.map(Fact::known),
        }
    }

    fn certificates(
        &mut self,
        entry: &Entry,
        node: &model::NodeRef,
        source: &SourceRef,
    ) -> Result<(), ReadError> {
        for der in entry.all("usercertificate").take(MAX_CERTIFICATES) {
            match formats::x509::parse_der(der) {
                Ok(certificate) => {
                    let observation = crate::material::certificate(&certificate, self.observed);
                    self.issued(observation.node.clone(), &certificate.issuer, source);
                    let observation = observation
                        .edge(ObservedEdge::to(EdgeKind::Authenticates, node.clone()))
                        .at(entry.dn.as_str());
                    self.cx.observe(source, observation)?;
                }
                Err(_) => {
                    let place = format!("{} {}", self.place(entry.line), entry.dn);
                    self.cx.gap(
                        source,
                        place,
                        "a value of userCertificate is no certificate",
                    )?;
                }
            }
        }
        Ok(())
    }
}

fn status(flags: u32) -> Status {
    if Flag::Disabled.is_in(flags) {
        Status::Disabled
    } else {
        Status::Enabled
    }
}

pub(super) fn created(entry: &Entry) -> Option<Fact<TimeUs>> {
    entry
        .text("whencreated")
        .and_then(|text| binary::generalized_time(&text))
        .map(Fact::known)
}

fn last_rotated(entry: &Entry) -> Option<Fact<TimeUs>> {
    let text = entry.text("pwdlastset")?;
    Some(match binary::file_time(&text) {
        Some(time) => Fact::known(time),
        None => Fact::no_data_yet(
            "pwdLastSet is 0: no password was set yet, or it must be changed at the next sign-in",
        ),
    })
}

/// `adminCount` is set by the directory itself on members of protected groups (and stays when they
/// leave, which the protected groups of today correct elsewhere).
fn privileged(entry: &Entry, sid: &str) -> Option<bool> {
    let by_count = entry.text("admincount").is_some_and(|text| text == "1");
    let by_primary_group = names::domain_sid(sid)
        .zip(entry.text("primarygroupid"))
        .is_some_and(|(domain, rid)| names::is_protected_group(&format!("{domain}-{rid}")));
    (by_count || by_primary_group).then_some(true)
}

fn verdict(entry: &Entry, sort: Sort, flags: u32, spns: &[String]) -> Verdict {
    if sort == Sort::Computer {
        return Verdict::default();
    }
    let person = [
        ("givenname", "givenName"),
        ("sn", "sn"),
        ("mail", "mail"),
        ("title", "title"),
        ("telephonenumber", "telephoneNumber"),
        ("mobile", "mobile"),
        ("employeeid", "employeeID"),
        ("employeenumber", "employeeNumber"),
    ];
    classify::classify(&Traces {
        account_name: &entry.text("samaccountname").unwrap_or_default(),
        dn: &entry.dn,
        description: &entry.text("description").unwrap_or_default(),
        certain: sort.certain(),
        has_spn: !spns.is_empty(),
        delegates: entry.has("msds-allowedtodelegateto")
            || Flag::TrustedForDelegation.is_in(flags)
            || Flag::TrustedToAuthenticate.is_in(flags),
        password_never_expires: Flag::PasswordNeverExpires.is_in(flags),
        program_object: None,
        person: person
            .into_iter()
            .filter(|(attribute, _)| entry.has(attribute))
            .map(|(_, name)| name)
            .collect(),
    })
}

/// Relations whose other end is named by the entry itself: the primary group and the domain.
fn fixed_edges(entry: &Entry, sid: &str) -> Vec<ObservedEdge> {
    let mut edges = Vec::new();
    let Some(domain) = names::domain_sid(sid) else {
        return edges;
    };
    edges.push(ObservedEdge::to(EdgeKind::PartOf, names::domain(domain)));
    if let Some(rid) = entry
        .text("primarygroupid")
        .and_then(|text| text.parse::<u32>().ok())
    {
        let group = names::principal(NodeKind::Group, &format!("{domain}-{rid}"), "");
        edges.push(ObservedEdge::to(EdgeKind::MemberOf, group).with("primary", true));
    }
    edges
}

fn extra(entry: &Entry, flags: Option<u32>, spns: &[String], verdict: Verdict) -> model::Extra {
    let text = |name: &str| entry.text(name).map_or(Value::Null, Value::from);
    let number = |name: &str| {
        entry
            .text(name)
            .and_then(|text| text.parse::<i64>().ok())
            .map_or(Value::Null, Value::from)
    };
    let key_credentials = entry.all("msds-keycredentiallink").count();
    let sid_history: Vec<String> = entry.all("sidhistory").filter_map(binary::sid).collect();
    let mut extra = words(vec![
        ("distinguished_name", Value::from(entry.dn.as_str())),
        ("display_name", text("displayname")),
        (
            "object_guid",
            entry
                .bytes("objectguid")
                .and_then(binary::guid)
                .map_or(Value::Null, Value::from),
        ),
        ("service_principal_names", listed(spns.to_vec(), MAX_LISTED)),
        (
            "service_account_evidence",
            listed(verdict.service, MAX_LISTED),
        ),
        ("person_evidence", listed(verdict.person, MAX_LISTED)),
        ("admin_count", number("admincount")),
        ("operating_system", text("operatingsystem")),
        (
            "allowed_to_delegate_to",
            listed(entry.texts("msds-allowedtodelegateto"), MAX_LISTED),
        ),
        (
            "managed_password_interval_days",
            number("msds-managedpasswordinterval"),
        ),
        ("delegated_msa_state", number("msds-delegatedmsastate")),
        (
            "superseded_account_state",
            number("msds-supersededserviceaccountstate"),
        ),
        ("supersedes", text("msds-managedaccountprecededbylink")),
        ("superseded_by", text("msds-supersededmanagedaccountlink")),
        (
            "encryption_types",
            entry
                .text("msds-supportedencryptiontypes")
                .and_then(|text| flags::encryption_types(&text))
                .map_or(Value::Null, |types| listed(types, 16)),
        ),
        (
            "key_credential_links",
            if key_credentials > 0 {
                Value::from(key_credentials)
            } else {
                Value::Null
            },
        ),
        ("sid_history", listed(sid_history, MAX_LISTED)),
        ("manager", text("manager")),
        (
            "secret_attributes_in_export",
            listed(
                entry
                    .secrets
                    .iter()
                    .map(|name| (*name).to_owned())
                    .collect(),
                32,
            ),
        ),
    ]);
    // No flag at all is an answer too, when the attribute was exported.
    if let Some(flags) = flags {
        extra.insert(
            "user_account_control".to_owned(),
            listed(flags::words(flags), MAX_LISTED),
        );
    }
    extra
}
