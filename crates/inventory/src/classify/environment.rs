//! Where something runs or is used. The closest evidence decides: what the record itself declares,
//! then what it is part of or runs on, then what holds it, from the inside out. Evidence of equal
//! closeness that differs is ambiguous.

use graph::Estate;
use model::labels::{Environment, SaidFact};
use model::{EdgeKind, NodeKind};

use super::words::{self, Where};
use super::{Case, Found, Why};

/// How many containers are climbed: namespace, cluster, subscription, management groups, tenant.
const MAX_CLIMB: usize = 6;

/// A set of environments, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Set(u8);

impl Set {
    /// With one more.
    pub(super) fn with(self, environment: Environment) -> Self {
        Self(self.0 | 1 << (environment as u8))
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members, in the order of the table.
    pub(super) fn words(self) -> Vec<Environment> {
        let has = |one: &&Environment| self.0 & (1 << (**one as u8)) != 0;
        Environment::ALL.iter().filter(has).copied().collect()
    }
}

/// For every node: what it declares, and after what it is named when its name counts.
pub(super) fn words(estate: &Estate) -> (Vec<Set>, Vec<Set>) {
    let (mut declared, mut named) = (Vec::new(), Vec::new());
    declared.reserve_exact(estate.len());
    named.reserve_exact(estate.len());
    for ix in estate.indices() {
        let (mut own, mut name) = (Set::default(), Set::default());
        if let Some(node) = estate.node(ix) {
            own = words::environments(estate.text(node.environment), Where::Declared);
            for (tag, value) in estate.tags(ix) {
                if words::is_tag(tag, words::ENVIRONMENT_TAGS) {
                    own = own.and(words::environments(value, Where::Declared));
                }
            }
            if holds_others(node.kind) {
                name = words::environments(estate.text(node.name), Where::Name).and(
                    words::environments(estate.text(node.native_id), Where::Name),
                );
            }
        }
        declared.push(own);
        named.push(name);
    }
    (declared, named)
}

/// Kinds whose name says something about what they hold.
fn holds_others(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Account
            | NodeKind::Tenant
            | NodeKind::OrgUnit
            | NodeKind::Host
            | NodeKind::Application
            | NodeKind::Resource
    )
}

pub(super) fn judge(case: Case<'_>, why: &mut Why<'_>) -> Found<Environment> {
    if let Some(said) = case.said(SaidFact::Environment)
        && let Some(environment) = Environment::parse(case.estate.text(said.value))
    {
        why.said(said);
        return Found::hand(environment);
    }
    let own = declared(case, why);
    if !own.is_empty() {
        return settle(own, "");
    }
    let of_identities = identities(case, why);
    if !of_identities.is_empty() {
        return settle(of_identities, "environment-of-what-it-proves");
    }
    let near = neighbours(case, why);
    if !near.is_empty() {
        return settle(near, "environment-of-where-it-runs");
    }
    let holder = holders(case, why);
    if !holder.is_empty() {
        return settle(holder, "environment-of-what-holds-it");
    }
    let written = case.estate.opt_text(case.node.environment);
    if let Some(written) = written {
        why.because(|| {
            format!("`{written}` is declared, which is no word for an environment that we know; say which it is with `identity set`")
        });
    }
    Found::Unknown("nothing it declares, belongs to or runs on names an environment")
}

fn settle(set: Set, rule: &'static str) -> Found<Environment> {
    let mut all = set.words();
    match (all.len(), all.pop()) {
        (1, Some(one)) if rule.is_empty() => Found::stated(one),
        (1, Some(one)) => Found::concluded(one, rule),
        (_, Some(last)) => {
            all.push(last);
            Found::Ambiguous(all)
        }
        (_, None) => Found::Unknown(""),
    }
}

/// What a record itself declares.
fn declared(case: Case<'_>, why: &mut Why<'_>) -> Set {
    let set = at(&case.facts.declared, case);
    if !set.is_empty() {
        if let Some(text) = case.estate.opt_text(case.node.environment) {
            why.node(case.ix, || format!("`{}` declares `{text}`", case.name()));
        }
        for (tag, value) in case.estate.tags(case.ix) {
            if words::is_tag(tag, words::ENVIRONMENT_TAGS) {
                let what = || format!("`{}` bears the tag `{tag}` = `{value}`", case.name());
                why.node(case.ix, what);
            }
        }
    }
    set
}

/// What a record declares or is named after.
fn declared_or_named(case: Case<'_>, why: &mut Why<'_>) -> Set {
    let own = declared(case, why);
    if !own.is_empty() {
        return own;
    }
    let named = at(&case.facts.named, case);
    if !named.is_empty() {
        let what = || format!("the {} `{}` is named so", case.node.kind, case.name());
        why.node(case.ix, what);
    }
    named
}

fn at(sets: &[Set], case: Case<'_>) -> Set {
    sets.get(case.ix.0 as usize).copied().unwrap_or_default()
}

/// A credential is used where what it proves is used.
fn identities(case: Case<'_>, why: &mut Why<'_>) -> Set {
    let mut set = Set::default();
    if !case.is(NodeKind::Credential) {
        return set;
    }
    for (_, identity) in case.targets(EdgeKind::Authenticates) {
        if let Some(said) = identity.said(SaidFact::Environment)
            && let Some(word) = Environment::parse(case.estate.text(said.value))
        {
            why.said(said);
            set = set.with(word);
            continue;
        }
        let mut own = declared(identity, why);
        if own.is_empty() {
            own = neighbours(identity, why);
        }
        if own.is_empty() {
            own = holders(identity, why);
        }
        set = set.and(own);
    }
    set
}

/// The applications it is part of, the hosts and workloads it runs on or as.
fn neighbours(case: Case<'_>, why: &mut Why<'_>) -> Set {
    let mut set = Set::default();
    for (_, whole) in case.targets(EdgeKind::PartOf) {
        if whole.is(NodeKind::Application) {
            set = set.and(declared_or_named(whole, why));
        }
    }
    for (_, place) in case.targets(EdgeKind::RunsOn) {
        set = set.and(declared_or_named(place, why));
    }
    for kind in [EdgeKind::RunsAs, EdgeKind::Consumes] {
        for (_, user) in case.origins(kind) {
            set = set.and(declared(user, why));
        }
    }
    for (_, user) in case.targets(EdgeKind::UsedBy) {
        set = set.and(declared(user, why));
    }
    set
}

/// What holds it, from the inside out; last the tenant it is listed under.
fn holders(case: Case<'_>, why: &mut Why<'_>) -> Set {
    let mut level = vec![case];
    for _ in 0..MAX_CLIMB {
        let mut above = Vec::new();
        let mut set = Set::default();
        for inner in &level {
            let inside = inner.origins(EdgeKind::Contains);
            let part = inner.targets(EdgeKind::PartOf).filter(|(_, whole)| {
                matches!(whole.node.kind, NodeKind::Account | NodeKind::Tenant)
            });
            for (_, holder) in inside.chain(part) {
                if !above.iter().any(|known: &Case<'_>| known.ix == holder.ix) {
                    set = set.and(declared_or_named(holder, why));
                    above.push(holder);
                }
            }
        }
        if !set.is_empty() {
            return set;
        }
        if above.is_empty() {
            break;
        }
        level = above;
    }
    let tenant = case.estate.text(case.node.tenant);
    let set = words::environments(tenant, Where::Name);
    if !set.is_empty() {
        why.node(case.ix, || format!("it is listed under `{tenant}`"));
    }
    set
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::{Table, judged};
    use model::labels::{Basis, Environment, Verdict};

    #[test]
    fn the_closest_evidence_decides() {
        use Environment::{Development, Production, Test};
        let table = Table::of(|labels| labels.environment);
        table.row("identity:a env=PRD", Some(Production));
        table.row("identity:a tag.Environment=live", Some(Production));
        table.row("identity:a", None);
        table.row("identity:a env=blue", None);
        table.row("identity:a name=prod-a", None);
        table.row("identity:a tenant=acme-prod", Some(Production));
        table.row(
            "account:acme-prod\naccount:acme-prod -contains-> identity:a",
            Some(Production),
        );
        table.row(
            "account:prod\naccount:prod -contains-> identity:a\nidentity:a env=test",
            Some(Test),
        );
        table.row(
            "account:ns\naccount:prod-eu -contains-> account:ns\naccount:ns -contains-> identity:a",
            Some(Production),
        );
        table.row("account:dev\naccount:prod-eu -contains-> account:dev\naccount:dev -contains-> identity:a", Some(Development));
        table.row(
            "workload:w env=dev\nworkload:w -runs_as-> identity:a",
            Some(Development),
        );
        table.row(
            "application:shop env=test\nidentity:a -part_of-> application:shop",
            Some(Test),
        );
        table.row("identity:a -runs_on-> host:db-prod-1", Some(Production));
        table.row("account:non-prod -contains-> identity:a", None);
    }

    #[test]
    fn a_credential_is_where_what_it_proves_is() {
        let table = Table::on("credential:k", |labels| labels.environment);
        table.row(
            "identity:a env=prod\ncredential:k -authenticates-> identity:a",
            Some(Environment::Production),
        );
        table.row(
            "account:test -contains-> identity:a\ncredential:k -authenticates-> identity:a",
            Some(Environment::Test),
        );
        table.row("credential:k -stored_in-> host:prod-1", None);
    }

    #[test]
    fn evidence_that_differs_is_never_a_guess() {
        let table = Table::of(|labels| labels.environment_ambiguous);
        table.row("identity:a env=prod tag.env=test", true);
        table.row("identity:a env=prod tag.env=production", false);
        table.row("workload:x env=prod\nworkload:y env=dev\nworkload:x -runs_as-> identity:a\nworkload:y -runs_as-> identity:a", true);
        let verdict = judged("identity:a env=prod tag.env=test", "identity:a").environment;
        let Verdict::Ambiguous {
            candidates,
            evidence,
        } = verdict
        else {
            panic!("{verdict:?}");
        };
        assert_eq!(candidates, [Environment::Production, Environment::Test]);
        assert_eq!(evidence.len(), 2, "both are shown");
    }

    #[test]
    fn a_person_settles_it() {
        let whole = judged(
            "identity:a env=prod tag.env=test\nsaid identity:a environment sandbox",
            "identity:a",
        );
        let Verdict::Known {
            value,
            basis,
            evidence,
            ..
        } = whole.environment
        else {
            panic!("{:?}", whole.environment);
        };
        assert_eq!((value, basis), (Environment::Sandbox, Basis::Hand));
        assert_eq!(evidence[0].source, "hand ann");
        assert!(evidence[0].observed.is_some());
    }
}
