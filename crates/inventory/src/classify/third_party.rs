//! Whether an outside company issues or holds something. For a consent of an application the answer
//! is mandatory: unknown is then a gap to close.

use model::labels::SaidFact;
use model::{Class, CredentialType, EdgeKind, NodeKind, Signal};

use super::{Case, Found, Why};

pub(super) fn judge(case: Case<'_>, why: &mut Why<'_>) -> Found<bool> {
    if let Some((answer, said)) = case.answered(SaidFact::ThirdParty) {
        why.said(said);
        return Found::hand(answer);
    }
    if let Some(found) = own(case, why) {
        return found;
    }
    if case.is(NodeKind::Credential) {
        let mut ours = false;
        for (edge, identity) in case.targets(EdgeKind::Authenticates) {
            let of_identity = match identity.answered(SaidFact::ThirdParty) {
                Some((answer, said)) => {
                    why.said(said);
                    Some(answer)
                }
                None => own(identity, why).and_then(|found| found.value().copied()),
            };
            match of_identity {
                Some(true) => {
                    why.edge(edge, || format!("proves `{}`", identity.name()));
                    return Found::concluded(true, "proves-an-outside-identity");
                }
                Some(false) => ours = true,
                None => {}
            }
        }
        if ours {
            return Found::concluded(false, "proves-an-identity-of-ours");
        }
        if case.node.credential_type == Some(CredentialType::Grant) {
            return Found::Unknown(
                "no source says whose application the consent is for; say so with `identity set`",
            );
        }
    }
    Found::Unknown("no source names an outside company, and none excludes one")
}

/// What the record itself and its relations to companies say.
fn own(case: Case<'_>, why: &mut Why<'_>) -> Option<Found<bool>> {
    if case.node.class == Some(Class::External) {
        why.node(case.ix, || {
            format!("`{}` belongs to another organisation", case.name())
        });
        return Some(Found::stated(true));
    }
    if let Some(vendor) = case.estate.opt_text(case.node.vendor) {
        why.node(case.ix, || {
            format!("`{}` comes from `{vendor}`", case.name())
        });
        return Some(Found::stated(true));
    }
    if let Some((edge, vendor)) = supplier(case) {
        why.edge(edge, || format!("is supplied by `{}`", vendor.name()));
        return Some(Found::stated(true));
    }
    for (edge, application) in case.targets(EdgeKind::PartOf) {
        if application.is(NodeKind::Application)
            && let Some((_, vendor)) = supplier(application)
        {
            why.edge(edge, || {
                format!(
                    "is part of `{}`, supplied by `{}`",
                    application.name(),
                    vendor.name()
                )
            });
            return Some(Found::concluded(true, "part-of-a-vendors-application"));
        }
    }
    for (edge, caller) in case.targets(EdgeKind::Trusts) {
        if caller.node.class == Some(Class::External) {
            why.edge(edge, || {
                format!("`{}` of another organisation may act as it", caller.name())
            });
            return Some(Found::concluded(true, "an-outsider-may-act-as-it"));
        }
    }
    // Only our own tenant may sign in, or our own code made it: nobody outside holds it.
    for (signal, what, so) in [
        (
            Signal::ManyTenants,
            "only our own tenant may sign in to it",
            false,
        ),
        (
            Signal::FromCode,
            "our own infrastructure code or pipeline made it",
            true,
        ),
    ] {
        if case.node.signals.get(signal) == Some(so) {
            why.node(case.ix, || what.to_owned());
            return Some(Found::concluded(false, "made-or-held-by-us"));
        }
    }
    None
}

fn supplier(case: Case<'_>) -> Option<(&graph::Edge, Case<'_>)> {
    case.targets(EdgeKind::SuppliedBy).next()
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::Table;

    #[test]
    fn outside_companies_are_known_by_what_is_stated() {
        let table = Table::of(|labels| labels.third_party);
        table.row("identity:a", None);
        table.row("identity:a name=datadog-reader", None);
        table.row("identity:a class=external", Some(true));
        table.row("identity:a vendor=Datadog", Some(true));
        table.row("identity:a -supplied_by-> vendor:datadog", Some(true));
        table.row(
            "identity:a -part_of-> application:x\napplication:x -supplied_by-> vendor:v",
            Some(true),
        );
        table.row(
            "identity:b class=external\nidentity:a -trusts-> identity:b",
            Some(true),
        );
        table.row("identity:a -many_tenants", Some(false));
        table.row("identity:a +many_tenants", None);
        table.row("identity:a +from_code", Some(false));
        table.row(
            "identity:a vendor=x\nsaid identity:a third_party no",
            Some(false),
        );
    }

    #[test]
    fn a_consent_is_that_of_its_application() {
        let table = Table::on("credential:g", |labels| labels.third_party);
        table.row(
            "credential:g type=grant\ncredential:g -authenticates-> identity:a",
            None,
        );
        table.row("credential:g type=grant\ncredential:g -authenticates-> identity:a\nidentity:a vendor=x", Some(true));
        table.row("credential:g type=grant\ncredential:g -authenticates-> identity:a\nidentity:a -many_tenants", Some(false));
        table.row("credential:g type=grant\ncredential:g -authenticates-> identity:a\nsaid identity:a third_party no", Some(false));
    }
}
