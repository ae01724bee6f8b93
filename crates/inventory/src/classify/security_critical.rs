//! Whether the defenders depend on something: remote access, backup, monitoring, incident response.
//! Its changes take a longer lead time and two people, so a wrong yes costs work and a wrong no costs
//! an incident; without evidence it is unknown.

use model::labels::SaidFact;
use model::{EdgeKind, NodeKind, Signal};

use super::{Case, Found, Why, words};

pub(super) fn judge(case: Case<'_>, why: &mut Why<'_>) -> Found<bool> {
    let own = own(case, why);
    if !matches!(own, Found::Unknown(_)) || !case.is(NodeKind::Credential) {
        return own;
    }
    for (edge, identity) in case.targets(EdgeKind::Authenticates) {
        if self::own(identity, why).value() == Some(&true) {
            why.edge(edge, || format!("proves `{}`", identity.name()));
            return Found::concluded(true, "proves-what-defenders-need");
        }
    }
    own
}

fn own(case: Case<'_>, why: &mut Why<'_>) -> Found<bool> {
    if let Some((answer, said)) = case.answered(SaidFact::SecurityCritical) {
        why.said(said);
        return Found::hand(answer);
    }
    match case.node.signals.get(Signal::IncidentDependency) {
        Some(true) => {
            why.node(case.ix, || {
                let detail = case.estate.detail(case.ix, Signal::IncidentDependency);
                format!(
                    "is needed during an incident{}",
                    detail.map_or_else(String::new, |detail| format!(": {detail}"))
                )
            });
            return Found::stated(true);
        }
        Some(false) => {
            why.node(case.ix, || "is not needed during an incident".to_owned());
            return Found::stated(false);
        }
        None => {}
    }
    let declared = [case.node.purpose, case.node.application];
    for text in declared
        .iter()
        .filter_map(|text| case.estate.opt_text(*text))
    {
        if let Some(word) = words::defence(text) {
            why.node(case.ix, || {
                format!("declares `{text}`, which speaks of {word}")
            });
            return Found::concluded(true, "declared-for-defence");
        }
    }
    Found::Unknown("no source says whether it is needed during an incident")
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::Table;

    #[test]
    fn what_defenders_need_is_declared() {
        let table = Table::of(|labels| labels.security_critical);
        table.row("identity:a name=svc-backup", None);
        table.row("identity:a +incident_dependency", Some(true));
        table.row(
            "identity:a -incident_dependency purpose=backup",
            Some(false),
        );
        table.row("identity:a purpose=\"nightly Backup\"", Some(true));
        table.row("identity:a application=vpn-gateway", Some(true));
        table.row("identity:a purpose=payroll", None);
        table.row(
            "identity:a purpose=backup\nsaid identity:a security_critical no",
            Some(false),
        );
        let table = Table::on("credential:k", |labels| labels.security_critical);
        table.row(
            "identity:a +incident_dependency\ncredential:k -authenticates-> identity:a",
            Some(true),
        );
        table.row(
            "identity:a -incident_dependency\ncredential:k -authenticates-> identity:a",
            None,
        );
    }
}
