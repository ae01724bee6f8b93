//! Certificate authorities of the directory, and the certificates of its accounts that they issued.

use model::{Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, SourceRef};

use super::super::super::ReadError;
use super::super::{binary, names};
use super::parse::Entry;
use super::{Reader, SPEC, domain_of};
use crate::material::{self, IssuerBasis};

/// Certificates that wait for their authority; a large domain publishes one a computer.
const MAX_WAITING: usize = 500_000;

/// Authorities of one file; a forest has a handful.
const MAX_AUTHORITIES: usize = 1_000;

/// A certificate of an account, until all authorities are known.
pub(super) struct Issued {
    node: NodeRef,
    issuer: String,
    source: SourceRef,
}

/// An authority under the name that its certificates bear as issuer.
pub(super) struct Authority {
    subject: String,
    node: NodeRef,
}

impl Reader<'_, '_> {
    /// `certificationAuthority` (trusted roots) and `pKIEnrollmentService` (those that issue) of the
    /// configuration: their own certificate, and who they are.
    pub(super) fn authority(&mut self, entry: &Entry) -> Result<(), ReadError> {
        let Some(guid) = entry.bytes("objectguid").and_then(binary::guid) else {
            return Ok(());
        };
        // The configuration belongs to the forest; it makes no source of its own.
        let domain = domain_of(&entry.dn);
        let source = SourceRef::new(SPEC.id, domain.as_str());
        let subtype = if entry.is_a("pKIEnrollmentService") {
            "ad_enterprise_ca"
        } else {
            "ad_root_ca"
        };
        let node = names::object(NodeKind::FederationProvider, &guid);
        let attributes = Attributes {
            tenant: Some(domain),
            ..Attributes::named(entry.text("cn").unwrap_or_else(|| guid.clone()), subtype)
        };
        let mut observation =
            Observation::new(node.clone(), self.observed, attributes).at(entry.dn.as_str());
        for der in entry.all("cacertificate").take(MAX_AUTHORITIES) {
            let Ok(certificate) = formats::x509::parse_der(der) else {
                let place = format!("{} {}", self.place(entry.line), entry.dn);
                self.cx
                    .gap(&source, place, "a value of cACertificate is no certificate")?;
                continue;
            };
            let own = material::certificate(&certificate, self.observed).at(entry.dn.as_str());
            observation = observation.edge(
                ObservedEdge::to(EdgeKind::Trusts, own.node.clone())
                    .with("basis", "own_certificate"),
            );
            self.cx.observe(&source, own)?;
            if self.authorities.len() < MAX_AUTHORITIES {
                self.authorities.push(Authority {
                    subject: certificate.subject,
                    node: node.clone(),
                });
            }
        }
        self.cx.observe(&source, observation)
    }

    pub(super) fn issued(&mut self, node: NodeRef, issuer: &str, source: &SourceRef) {
        if self.issued.len() < MAX_WAITING {
            self.issued.push(Issued {
                node,
                issuer: issuer.to_owned(),
                source: source.clone(),
            });
        }
    }

    /// Ties the certificates to the authorities of this directory that bear their issuer's name.
    pub(super) fn settle_authorities(&mut self) -> Result<(), ReadError> {
        let authorities = std::mem::take(&mut self.authorities);
        for issued in std::mem::take(&mut self.issued) {
            let mut observation =
                Observation::new(issued.node, self.observed, Attributes::default());
            for authority in authorities
                .iter()
                .filter(|authority| authority.subject == issued.issuer)
            {
                observation = observation.edge(
                    ObservedEdge::to(EdgeKind::SignedBy, authority.node.clone())
                        .with("basis", IssuerBasis::Name.name()),
                );
            }
            if !observation.edges.is_empty() {
                self.cx.observe(&issued.source, observation)?;
            }
        }
        Ok(())
    }
}
