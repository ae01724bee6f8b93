//! Certificate authorities of a directory.

use model::NodeKind;

use super::super::super::ReadError;
use super::Reader;
use super::objects::Object;

impl Reader<'_, '_> {
    /// An authority is trusted to name identities: whoever holds a certificate of an enterprise CA
    /// can sign in to the domain with it.
    pub(super) fn authority(&mut self, object: &Object, kind: &str) -> Result<(), ReadError> {
        let domain = object.domain();
        let subtype = match kind {
            "enterprisecas" => "ad_enterprise_ca",
            "rootcas" => "ad_root_ca",
            "aiacas" => "ad_aia_ca",
            _ => "ad_ntauth_store",
        };
        self.named_object(object, &domain, NodeKind::FederationProvider, subtype)
    }
}
