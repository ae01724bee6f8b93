//! How sensitive what something holds or reaches is: the labels people gave, never a guess from a
//! name. What is reached directly counts, and the highest label stands. An unlabelled thing among
//! what is reached may be worse than all the others, so it takes a low answer away.

use model::labels::{SaidFact, Sensitivity};
use model::{EdgeKind, NodeKind};

use super::{Case, Found, Why, words};

/// Relations along which something is reached.
const REACHES: [EdgeKind; 5] = [
    EdgeKind::Grants,
    EdgeKind::Consumes,
    EdgeKind::ConnectsTo,
    EdgeKind::Encrypts,
    EdgeKind::Delegates,
];

/// From here on a partial answer is worth giving: it can only get worse.
const WORTH_SAYING: Sensitivity = Sensitivity::High;

#[derive(Default)]
struct Reached {
    highest: Option<Sensitivity>,
    labelled: usize,
    unlabelled: usize,
}

pub(super) fn judge(case: Case<'_>, why: &mut Why<'_>) -> Found<Sensitivity> {
    if let Some(said) = case.said(SaidFact::Sensitivity)
        && let Some(level) = Sensitivity::parse(case.estate.text(said.value))
    {
        why.said(said);
        return Found::hand(level);
    }
    if let Some(level) = label(case, why) {
        return Found::stated(level);
    }
    let mut reached = Reached::default();
    reach(case, &mut reached, why);
    if case.is(NodeKind::Credential) {
        for (_, identity) in case.targets(EdgeKind::Authenticates) {
            reach(identity, &mut reached, why);
        }
    }
    match reached.highest {
        Some(level) if reached.unlabelled == 0 || level >= WORTH_SAYING => {
            Found::concluded(level, "sensitivity-of-what-it-reaches")
        }
        Some(_) => {
            why.because(|| {
                format!(
                    "{} of {} things it reaches bear no label",
                    reached.unlabelled,
                    reached.unlabelled + reached.labelled
                )
            });
            Found::Unknown("not everything it reaches bears a label")
        }
        None if reached.unlabelled > 0 => Found::Unknown("nothing it reaches bears a label"),
        None => Found::Unknown("no label, and nothing is known that it reaches"),
    }
}

fn reach(case: Case<'_>, reached: &mut Reached, why: &mut Why<'_>) {
    for kind in REACHES {
        for (_, end) in case.targets(kind) {
            // A role or an identity holds no data of its own.
            if matches!(end.node.kind, NodeKind::Role | NodeKind::Vendor) {
                continue;
            }
            match said(end, why).or_else(|| label(end, why)) {
                Some(level) => {
                    reached.labelled += 1;
                    reached.highest = reached.highest.max(Some(level));
                }
                None => reached.unlabelled += 1,
            }
        }
    }
}

fn said(case: Case<'_>, why: &mut Why<'_>) -> Option<Sensitivity> {
    let said = case.said(SaidFact::Sensitivity)?;
    let level = Sensitivity::parse(case.estate.text(said.value))?;
    why.said(said);
    Some(level)
}

/// The label a record itself bears.
fn label(case: Case<'_>, why: &mut Why<'_>) -> Option<Sensitivity> {
    let text = case.estate.text(case.node.sensitivity);
    if let Some(level) = words::sensitivity(text) {
        why.node(case.ix, || {
            format!("`{}` is labelled `{text}`", case.name())
        });
        return Some(level);
    }
    let (tag, value) = case.tag(words::SENSITIVITY_TAGS)?;
    let level = words::sensitivity(value)?;
    why.node(case.ix, || {
        format!("`{}` bears the tag `{tag}` = `{value}`", case.name())
    });
    Some(level)
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::{Table, judged};
    use model::labels::{Sensitivity, Verdict};

    #[test]
    fn labels_decide_and_what_bears_none_is_unknown() {
        use Sensitivity::{Critical, High, Low};
        let table = Table::of(|labels| labels.sensitivity);
        table.row("identity:a", None);
        table.row("identity:a name=crown-jewels", None);
        table.row("identity:a sensitivity=Confidential", Some(High));
        table.row(
            "resource:r sensitivity=public\nidentity:a -grants-> resource:r",
            Some(Low),
        );
        table.row("resource:r tag.data-classification=restricted\nresource:s sensitivity=low\nidentity:a -grants-> resource:r\nidentity:a -grants-> resource:s", Some(Critical));
        table.row("resource:r sensitivity=low\nidentity:a -grants-> resource:r\nidentity:a -grants-> resource:s", None);
        table.row("resource:r sensitivity=high\nidentity:a -grants-> resource:r\nidentity:a -grants-> resource:s", Some(High));
        table.row(
            "resource:r\nsaid resource:r sensitivity critical\nidentity:a -grants-> resource:r",
            Some(Critical),
        );
        table.row(
            "identity:a sensitivity=low\nsaid identity:a sensitivity high",
            Some(High),
        );
        let table = Table::on("credential:k", |labels| labels.sensitivity);
        table.row("resource:r sensitivity=high\nidentity:a -grants-> resource:r\ncredential:k -authenticates-> identity:a", Some(High));
        let whole = judged(
            "resource:r sensitivity=low\nidentity:a -grants-> resource:r\nidentity:a -grants-> resource:s",
            "identity:a",
        );
        let Verdict::Unknown { reason } = whole.sensitivity else {
            panic!()
        };
        assert_eq!(reason, "1 of 2 things it reaches bear no label");
    }
}
