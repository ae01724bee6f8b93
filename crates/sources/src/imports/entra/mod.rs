//! Microsoft Entra: exports of Microsoft Graph and AzureHound files.

mod applications;
mod azurehound;
mod credentials;
mod graph;
pub(crate) mod names;
mod principals;
mod relations;
mod resource;

use std::collections::HashMap;

use model::{
    Attributes, Coverage, CoverageState, EdgeKind, Fact, NodeKind, NodeRef, Observation,
    ObservedEdge, SourceRef, TimeUs,
};

pub use azurehound::AzureHound;
pub use graph::Graph;

use super::{ImportContext, ReadError};
use relations::Relations;

/// The most credentials and sign-in rows that wait for their service principal.
const MAX_WAITING: usize = 1_000_000;

/// Something that is known by application id and belongs to the service principal.
#[derive(Debug)]
struct Waiting {
    app_id: String,
    source: SourceRef,
    what: Awaited,
}

#[derive(Debug)]
enum Awaited {
    /// A credential of the app registration, which signs in as the service principal.
    Credential(NodeRef),
    /// When the application signed in.
    Usage(Box<Attributes>),
}

/// A sort of object that Graph lists by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Application,
    ServicePrincipal,
    User,
    Group,
    Role,
}

/// What both formats share while one document is read.
struct Reading<'c, 'x> {
    cx: &'c mut ImportContext<'x>,
    source: SourceRef,
    observed: TimeUs,
    /// The tenant, when it is known for sure.
    tenant: Option<String>,
    relations: Relations,
    /// Object id by application id of the service principals seen.
    service_principals: HashMap<String, String>,
    /// What waits for the service principal of an application.
    waiting: Vec<Waiting>,
    /// Where the element that is being read lies.
    place: String,
    /// The file selected `signInActivity`, so its absence says something.
    asked_sign_in: bool,
    /// Which sorts of object the file listed.
    listed: std::collections::BTreeSet<Sort>,
    /// True when the file leaves out values that are false, empty or null (AzureHound).
    omits_empty: bool,
}

impl Reading<'_, '_> {
    fn gap(&mut self, reason: impl Into<String>) -> Result<(), ReadError> {
        let source = self.source.clone();
        let place = self.place.clone();
        self.cx.gap(&source, place, reason)
    }

    fn observe(&mut self, observation: Observation) -> Result<(), ReadError> {
        let source = self.source.clone();
        self.cx.observe(&source, observation)
    }
}

impl Reading<'_, '_> {
    fn wait(&mut self, app_id: &str, what: Awaited) -> Result<(), ReadError> {
        if self.waiting.len() >= MAX_WAITING {
            return self.gap("more than a million credentials and sign-in rows; this one was not tied to its service principal");
        }
        self.waiting.push(Waiting {
            app_id: app_id.to_ascii_lowercase(),
            source: self.source.clone(),
            what,
        });
        Ok(())
    }

    /// Ties what waited to the service principals that the file held.
    fn settle_waiting(&mut self, place: &str) -> Result<(), ReadError> {
        let mut untied = 0_u64;
        for Waiting {
            app_id,
            source,
            what,
        } in std::mem::take(&mut self.waiting)
        {
            let principal = self
                .service_principals
                .get(&app_id)
                .map(|guid| names::object(NodeKind::Identity, guid));
            match what {
                Awaited::Credential(credential) => {
                    if let Some(principal) = principal {
                        let tied =
                            Observation::new(credential, self.observed, Attributes::default())
                                .edge(ObservedEdge::to(EdgeKind::Authenticates, principal));
                        self.cx.observe(&source, tied)?;
                    }
                }
                Awaited::Usage(attributes) => {
                    let application = names::application_by_app_id(&app_id);
                    let said =
                        Observation::new(application.clone(), self.observed, (*attributes).clone())
                            .alias(names::application_alias(&app_id))
                            .alias(names::app_id_alias(&app_id));
                    self.cx.observe(&source, said)?;
                    let said = match (principal, &self.tenant) {
                        (Some(principal), _) => {
                            Observation::new(principal, self.observed, *attributes)
                        }
                        (None, Some(tenant)) => self.by_tenant(tenant, &app_id, *attributes),
                        (None, None) => {
                            untied += 1;
                            continue;
                        }
                    };
                    self.cx.observe(
                        &source,
                        said.edge(ObservedEdge::to(EdgeKind::PartOf, application)),
                    )?;
                }
            }
        }
        if untied > 0 {
            let gap = Coverage::gap(
                &self.source,
                CoverageState::NotAttempted,
                place,
                format!(
                    "{untied} sign-in rows name only an application id and were kept with the application; import with --scope tenant=<tenant id> (for this file and the service principals) to tie them to service principals"
                ),
            );
            self.cx.sink.cover(gap)?;
        }
        Ok(())
    }

    /// The service principal of an application in a known tenant: there is at most one, so both
    /// ids together identify it.
    fn by_tenant(&self, tenant: &str, app_id: &str, attributes: Attributes) -> Observation {
        let node = names::principal_by_app_id(tenant, app_id);
        Observation::new(node, self.observed, attributes)
            .alias(names::principal_alias(tenant, app_id))
    }
}

/// Reads a time; what is written and is no time is said so.
fn time(text: Option<&str>) -> Option<Fact<TimeUs>> {
    let text = text?;
    // 0001-01-01 is the provider's way of writing no time.
    if text.starts_with("0001-01-01") {
        return None;
    }
    Some(match TimeUs::parse(text) {
        Ok(time) => Fact::known(time),
        Err(error) => Fact::no_data_yet(error.to_string()),
    })
}
