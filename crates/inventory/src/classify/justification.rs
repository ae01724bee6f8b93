//! Why something was granted and who approved it: said by a person, or a ticket, commit or approval
//! that a source states.

use model::labels::SaidFact;

use super::{Case, Found, Why, words};

pub(super) fn judge<'a>(case: Case<'a>, why: &mut Why<'_>) -> Found<&'a str> {
    if let Some(said) = case.said(SaidFact::Justification) {
        why.said(said);
        return Found::hand(case.estate.text(said.value));
    }
    if let Some(text) = case.estate.opt_text(case.node.justification) {
        why.node(case.ix, || format!("states why it was granted: `{text}`"));
        return Found::stated(text);
    }
    if let Some((tag, value)) = case.tag(words::JUSTIFICATION_TAGS) {
        why.node(case.ix, || format!("bears the tag `{tag}` = `{value}`"));
        return Found::stated(value);
    }
    Found::Unknown("no request, ticket or approval is known for it")
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::Table;

    #[test]
    fn a_grant_is_justified_by_what_is_stated() {
        let table = Table::of(|labels| labels.has_justification);
        table.row("identity:a +from_code", false);
        table.row("identity:a justification=CHG-7", true);
        table.row("identity:a tag.Ticket=CHG-7", true);
        table.row(
            "identity:a\nsaid identity:a justification \"audit needs it\"",
            true,
        );
    }
}
