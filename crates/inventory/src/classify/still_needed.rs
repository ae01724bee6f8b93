//! Whether something is still needed. A person decides, until a date. Else: what stands uses it and
//! it was used lately, so it is needed; what used it is gone and it is not used any more, or it said
//! itself that it is temporary and its date has come, so it is not. Everything else nobody can tell.

use model::labels::SaidFact;
use model::{EdgeKind, NodeKind, Signal, TimeUs};

use super::{Case, Found, Why};

/// Use within so many days counts as now: a quarter, so that quarterly jobs count.
const LATELY_DAYS: i64 = 92;

pub(super) fn judge(case: Case<'_>, why: &mut Why<'_>) -> Found<bool> {
    let now = case.estate.now();
    if let Some((answer, said)) = case.answered(SaidFact::StillNeeded) {
        let until = case.said(SaidFact::StillNeededUntil);
        match until.and_then(|until| case.date(until)) {
            Some(end) if end < now => {
                why.because(|| format!("the verdict on it ran out on {}", end.date()));
                return Found::Unknown("the verdict on it ran out");
            }
            _ => {
                why.said(said);
                if let Some(until) = until {
                    why.said(until);
                }
                return Found::hand(answer);
            }
        }
    }
    if let Some(end) = temporary_until(case)
        && end < now
    {
        why.node(case.ix, || {
            format!("was to be temporary, until {}", end.date())
        });
        return Found::concluded(false, "temporary-and-over");
    }
    let used = case.node.last_used.known();
    let (mut stands, mut gone) = (0, 0);
    users(case, |user| {
        if user.node.retired {
            gone += 1;
        } else {
            stands += 1;
        }
    });
    if case.node.signals.get(Signal::InUseByWorkload) == Some(true) {
        stands += 1;
    }
    match used {
        Some(used) if stands > 0 && now.days_since(used) <= LATELY_DAYS => {
            tell_use(case, used, why);
            tell_users(case, false, why);
            Found::concluded(true, "used-lately-by-what-stands")
        }
        _ if gone > 0 && stands == 0 && is_unused(case, now) => {
            match used {
                Some(used) => tell_use(case, used, why),
                None => why.node(case.ix, || "was never used".to_owned()),
            }
            tell_users(case, true, why);
            Found::concluded(false, "what-used-it-is-gone")
        }
        _ => Found::Unknown("nobody said whether it is needed, and its use does not tell"),
    }
}

/// True when a source looked and saw no use lately.
fn is_unused(case: Case<'_>, now: TimeUs) -> bool {
    let when = case.node.last_used;
    when.is_never()
        || when
            .known()
            .is_some_and(|used| now.days_since(used) > LATELY_DAYS)
}

/// The date in the detail of a thing that says it is temporary.
fn temporary_until(case: Case<'_>) -> Option<TimeUs> {
    if case.node.signals.get(Signal::Temporary) != Some(true) {
        return None;
    }
    let detail = case.estate.detail(case.ix, Signal::Temporary)?;
    detail
        .split(|ch: char| ch.is_whitespace() || ch == ',')
        .find_map(|word| TimeUs::parse(word).ok())
}

/// What runs as it or is configured with it.
fn users<'a>(case: Case<'a>, mut each: impl FnMut(Case<'a>)) {
    if case.is(NodeKind::Identity) {
        case.origins(EdgeKind::RunsAs)
            .for_each(|(_, user)| each(user));
        case.origins(EdgeKind::Consumes)
            .for_each(|(_, user)| each(user));
    }
    case.targets(EdgeKind::UsedBy)
        .for_each(|(_, user)| each(user));
}

fn tell_use(case: Case<'_>, used: TimeUs, why: &mut Why<'_>) {
    why.node(case.ix, || format!("was last used on {}", used.date()));
}

fn tell_users(case: Case<'_>, gone: bool, why: &mut Why<'_>) {
    users(case, |user| {
        if user.node.retired == gone {
            let how = if gone {
                "used it and is gone"
            } else {
                "uses it"
            };
            why.node(user.ix, || {
                format!("{} `{}` {how}", user.node.kind, user.name())
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::classify::testing::{Table, judged};
    use model::TimeUs;

    #[test]
    fn need_is_said_or_seen() {
        let table = Table::of(|labels| labels.still_needed);
        let runs = "workload:w\nworkload:w -runs_as-> identity:a\n";
        let gone = "workload:w +retired\nworkload:w -runs_as-> identity:a\n";
        table.row("identity:a last_used=-1d", None);
        table.row(&format!("{runs}identity:a last_used=-1d"), Some(true));
        table.row(&format!("{runs}identity:a last_used=-400d"), None);
        table.row(&format!("{runs}identity:a"), None);
        table.row("identity:a last_used=-1d +in_use_by_workload", Some(true));
        table.row(&format!("{gone}identity:a last_used=-400d"), Some(false));
        table.row(&format!("{gone}identity:a last_used=never"), Some(false));
        table.row(&format!("{gone}identity:a last_used=-1d"), None);
        table.row(&format!("{gone}identity:a last_used=not_observable"), None);
        table.row("identity:a +temporary=\"until 2020-01-01\"", Some(false));
        table.row("identity:a +temporary=\"until 2090-01-01\"", None);
        table.row("identity:a +temporary=tmp", None);
    }

    #[test]
    fn a_persons_verdict_ends_with_its_date() {
        let table = Table::of(|labels| labels.still_needed);
        table.row("said identity:a still_needed no", Some(false));
        table.row(
            "said identity:a still_needed yes\nsaid identity:a still_needed_until 2090-01-01",
            Some(true),
        );
        table.row(
            "said identity:a still_needed yes\nsaid identity:a still_needed_until 2020-01-01",
            None,
        );
        let whole = judged(
            "said identity:a still_needed_until 2090-01-01\nsaid identity:a next_review 2030-05-01",
            "identity:a",
        );
        assert_eq!(whole.still_needed_until, TimeUs::parse("2090-01-01").ok());
        assert_eq!(whole.next_review, TimeUs::parse("2030-05-01").ok());
    }
}
