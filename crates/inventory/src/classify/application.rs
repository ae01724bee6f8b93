//! The application something belongs to: said, declared, by relation, by tag. For a credential, that
//! of what it proves.

use model::labels::SaidFact;
use model::{EdgeKind, NodeKind};

use super::{Case, Found, Why, words};

pub(super) fn judge<'a>(case: Case<'a>, why: &mut Why<'_>) -> Found<&'a str> {
    if let Some(own) = own(case, why) {
        return own;
    }
    let mut all: Vec<&'a str> = Vec::new();
    if case.is(NodeKind::Credential) {
        for (edge, identity) in case.targets(EdgeKind::Authenticates) {
            match own(identity, why) {
                Some(Found::Known(name, _, _)) => all.push(name),
                Some(Found::Ambiguous(several)) => all.extend(several),
                _ => continue,
            }
            why.edge(edge, || format!("proves `{}`", identity.name()));
        }
    }
    settle(all, "application-of-what-it-proves")
        .unwrap_or(Found::Unknown("no application is named for it"))
}

/// What the record itself says or is part of.
fn own<'a>(case: Case<'a>, why: &mut Why<'_>) -> Option<Found<&'a str>> {
    if let Some(said) = case.said(SaidFact::Application) {
        why.said(said);
        return Some(Found::hand(case.estate.text(said.value)));
    }
    if let Some(text) = case.estate.opt_text(case.node.application) {
        why.node(case.ix, || format!("declares the application `{text}`"));
        return Some(Found::stated(text));
    }
    let mut all = Vec::new();
    let whole = case.targets(EdgeKind::PartOf);
    for (edge, application) in whole.chain(case.origins(EdgeKind::Contains)) {
        if application.is(NodeKind::Application) {
            why.edge(edge, || format!("is part of `{}`", application.name()));
            all.push(application.name());
        }
    }
    if let Some(found) = settle(all, "") {
        return Some(found);
    }
    // Of several tags the clearest stands: a `service` says less than an `application`.
    let (tag, value) = words::APPLICATION_TAGS
        .iter()
        .find_map(|name| case.tag(std::slice::from_ref(name)))?;
    why.node(case.ix, || format!("bears the tag `{tag}` = `{value}`"));
    Some(Found::stated(value))
}

fn settle<'a>(mut all: Vec<&'a str>, rule: &'static str) -> Option<Found<&'a str>> {
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [] => None,
        [one] if rule.is_empty() => Some(Found::stated(one)),
        [one] => Some(Found::concluded(one, rule)),
        _ => Some(Found::Ambiguous(all)),
    }
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::{Table, judged};

    #[test]
    fn an_application_is_named_by_somebody() {
        let table = Table::of(|labels| labels.has_application);
        table.row("identity:a name=shop-backend", false);
        table.row("identity:a application=shop", true);
        table.row("identity:a tag.app.kubernetes.io/part-of=shop", true);
        table.row("identity:a -part_of-> application:shop", true);
        table.row("application:shop -contains-> identity:a", true);
        table.row("identity:a -part_of-> account:shop", false);
        let of = |text: &str| judged(text, "credential:k").application;
        let one = of("credential:k -authenticates-> identity:a\nidentity:a application=shop");
        assert_eq!(one.value().unwrap(), "shop");
        let two = of(
            "credential:k -authenticates-> identity:a\nidentity:a application=shop\n\
                      credential:k -authenticates-> identity:b\nidentity:b application=till",
        );
        assert!(two.is_ambiguous());
        let clear = judged(
            "identity:a tag.service=api tag.application=shop",
            "identity:a",
        );
        assert_eq!(clear.application.value().unwrap(), "shop");
    }
}
