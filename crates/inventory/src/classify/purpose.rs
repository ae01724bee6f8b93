//! What something is for: said by a person or declared by a source, else unknown. A name is never
//! taken for a purpose.

use model::labels::SaidFact;

use super::{Case, Found, Why, words};

pub(super) fn judge<'a>(case: Case<'a>, why: &mut Why<'_>) -> Found<&'a str> {
    if let Some(said) = case.said(SaidFact::Purpose) {
        why.said(said);
        return Found::hand(case.estate.text(said.value));
    }
    if let Some(text) = case.estate.opt_text(case.node.purpose) {
        why.node(case.ix, || format!("declares the purpose `{text}`"));
        return Found::stated(text);
    }
    if let Some((tag, value)) = case.tag(words::PURPOSE_TAGS) {
        why.node(case.ix, || format!("bears the tag `{tag}` = `{value}`"));
        return Found::stated(value);
    }
    Found::Unknown("nobody and no source says what it is for")
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::{Table, judged};
    use model::labels::{Basis, Verdict};

    #[test]
    fn a_purpose_is_said_or_declared_and_never_made_up() {
        let table = Table::of(|labels| labels.has_purpose);
        table.row("identity:a", false);
        table.row("identity:a name=nightly-backup", false);
        table.row("identity:a purpose=\"pays invoices\"", true);
        table.row("identity:a tag.business-purpose=payments", true);
        let whole = judged(
            "identity:a purpose=old\nsaid identity:a purpose \"pays invoices\" CHG-1",
            "identity:a",
        );
        let Verdict::Known {
            value,
            basis,
            evidence,
            ..
        } = whole.purpose
        else {
            panic!("{:?}", whole.purpose);
        };
        assert_eq!((value.as_str(), basis), ("pays invoices", Basis::Hand));
        assert!(evidence[0].what.ends_with("CHG-1") && evidence[0].observed.is_some());
    }
}
