//! Something temporary that is still there after its date.

use model::finding::Severity;
use model::{NodeKind, Signal, TimeUs};

use super::commands::{Act, suggest};
use super::controls::{attack, cir, csf, iso, nhi, nis2, nist, weighed};
use crate::{Case, Firing, Judgement, Rule, RuleSpec};

/// See [`SPEC`].
#[derive(Debug)]
pub(super) struct TemporaryPastItsDate;

const SPEC: RuleSpec = RuleSpec {
    id: "temporary-past-its-date",
    title: "Temporary access past its date",
    severity: Severity::Medium,
    kinds: &[
        NodeKind::Identity,
        NodeKind::Credential,
        NodeKind::Role,
        NodeKind::Group,
    ],
    what: weighed!(
        "Its name, tag or ticket says that it is temporary and until when, that date has passed, and it still works."
    ),
    why: "What was given for a week stays for years: nobody asks for it back, and nobody remembers why it was given.",
    limits: "A word without a date (`temp`) says nothing about when it should go; the rule cannot know. What a person has since judged to be still needed is fine.",
    remedies: &[
        "Withdraw it.",
        "Where it is needed after all, say so by hand with a new date, or make it a standing one with an owner.",
    ],
    controls: &[
        nhi("NHI1:2025", "it was not taken out of service on its date"),
        nhi("NHI5:2025", "privileges outlast the need for them"),
        csf(
            "PR.AA-05",
            "access is not withdrawn when its need has ended",
        ),
        nist(
            "AC-2(3)",
            "temporary accounts are to be disabled on their date",
        ),
        iso(
            "5.18",
            "access rights are not removed when they are no longer needed",
        ),
        nis2("21(2)(i)", "access outlasts its approval"),
        cir(
            "11.2",
            "access is not withdrawn when it is no longer needed",
        ),
        attack("T1098.003", "additional roles that stay are a way to stay"),
    ],
    aliases: &[],
    covers: &[],
    factors: &[],
};

impl Rule for TemporaryPastItsDate {
    fn spec(&self) -> &'static RuleSpec {
        &SPEC
    }

    fn judge(&self, case: &Case<'_>) -> Judgement {
        if !case.is_live() || case.has_ended() || !case.says(Signal::Temporary) {
            return Judgement::NotApplicable;
        }
        if case.labels().still_needed == Some(true) {
            return Judgement::Quiet;
        }
        let stated = case.detail(Signal::Temporary).unwrap_or_default();
        let Some(until) = last_moment(stated) else {
            return Judgement::Unknown(format!(
                "it is called temporary (`{stated}`), and not until when"
            ));
        };
        if !case.passed(until) {
            return Judgement::Quiet;
        }
        Judgement::Fires(suggest(
            Firing::sure(
                format!("`{}` was to last until {stated}", case.name()),
                vec![case.seen(Signal::Temporary, "it is said to be temporary")],
            )
            .severity(case.weigh(SPEC.severity)),
            case,
            Act::SwitchOff,
        ))
    }
}

/// The first moment after what is stated: a bare date lasts to the end of its day.
fn last_moment(stated: &str) -> Option<TimeUs> {
    let until = TimeUs::parse(stated).ok()?;
    let bare = stated == until.date();
    Some(if bare { until.plus_days(1) } else { until })
}

#[cfg(test)]
mod tests {
    use model::finding::Severity;

    use crate::Rule;
    use crate::rules::testing::{fires, fires_as, not_applicable, quiet, unknown};

    const RULE: &dyn Rule = &super::TemporaryPastItsDate;

    const T: &str = "identity:t";

    #[test]
    fn fires_when_the_day_is_over() {
        let at = |until: &str| format!("now 2026-06-02\nidentity:t +temporary={until}");
        let firing = fires_as(RULE, &at("2026-06-01"), T, Severity::Medium);
        assert!(firing.summary.ends_with("until 2026-06-01"));
        quiet(RULE, &at("2026-06-02"), T);
        fires(RULE, &at("2026-06-02T00:00:00Z"), T);
        quiet(RULE, &at("2026-06-02T00:00:01Z"), T);
        fires_as(
            RULE,
            &format!("{} privileged=yes", at("2026-06-01")),
            T,
            Severity::High,
        );
        quiet(
            RULE,
            &format!("{} tag.judged.still_needed=yes", at("2026-06-01")),
            T,
        );
        fires(
            RULE,
            &format!("{} tag.judged.still_needed=no", at("2026-06-01")),
            T,
        );
    }

    #[test]
    fn a_word_without_a_date_is_unknown() {
        assert!(unknown(RULE, "identity:t +temporary=temp", T).contains("(`temp`)"));
        unknown(RULE, "identity:t +temporary", T);
        for words in [
            "-temporary",
            "",
            "+temporary=2020-01-01 status=disabled",
            "+temporary=2020-01-01 expires=-1d",
        ] {
            not_applicable(RULE, &format!("identity:t {words}"), T);
        }
    }
}
