//! A secret of which the place says whose it is: an application of Entra by its ids.

use model::{Attributes, Class, EdgeKind, NodeRef, Observation, ObservedEdge};

use crate::imports::entra::names;

/// Ties a client secret to the application and the service principal it signs in as, and gives what
/// is said of those two. They bear the names by which the directory's own records join them.
pub fn client_secret(secret: &mut Observation, client: &str, tenant: &str) -> [Observation; 2] {
    let (application, principal) = (
        names::application_by_app_id(client),
        names::principal_by_app_id(tenant, client),
    );
    secret.edges.push(
        ObservedEdge::to(EdgeKind::Authenticates, principal.clone()).with("basis", "client_id"),
    );
    secret
        .edges
        .push(ObservedEdge::to(EdgeKind::PartOf, application.clone()).with("basis", "client_id"));
    let told = |node: NodeRef, class| {
        let attributes = Attributes {
            class,
            tenant: Some(tenant.to_lowercase()),
            ..Attributes::default()
        };
        Observation::new(node, secret.observed, attributes).alias(names::app_id_alias(client))
    };
    [
        told(application.clone(), None).alias(names::application_alias(client)),
        told(principal, Some(Class::Machine))
            .alias(names::principal_alias(tenant, client))
            .edge(ObservedEdge::to(EdgeKind::PartOf, application)),
    ]
}
