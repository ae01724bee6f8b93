//! For how long a thing has not been used, against its own rhythm: what runs once a quarter is not
//! dormant after a month. A use that nobody could have seen is unknown, never "unused".

use graph::{NodeIx, When};
use model::{EdgeKind, NodeKind, TimeUs};

use crate::Case;

/// The shortest rhythm that is judged by, in days: a daily job may rest over a weekend and a holiday,
/// and logs of use come late.
pub const SHORTEST_RHYTHM_DAYS: u32 = 7;

/// The most workloads of an identity that set the rhythm of its credentials: one that stands for more has
/// no rhythm to speak of, and each of its credentials would ask all of them.
const MAX_WORKLOADS: usize = 1_000;

/// Where a rhythm comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// A source or a person states it of the thing itself.
    Stated,
    /// It is the rhythm of a workload or schedule that uses it, the slowest of them.
    Workload(NodeIx),
    /// Nobody says: the policy's number of days.
    Policy,
}

/// How long something has rested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    /// Whole days since it was last used, or since it was made when it never was.
    pub days: i64,
    /// The moment they count from.
    pub since: TimeUs,
    /// False when it was never used, as far back as the sources see.
    pub ever_used: bool,
    /// Its own period in days.
    pub cadence_days: u32,
    /// After how many days it counts as dormant.
    pub allowed_days: u32,
    /// Where the period comes from.
    pub rhythm: Rhythm,
}

/// Whether something is still in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dormancy {
    /// It was used, or made, within its own rhythm.
    InUse(Idle),
    /// It has rested for longer than its rhythm explains.
    Dormant(Idle),
    /// Nobody can tell; why, and what would make it known.
    Unknown(String),
}

impl Dormancy {
    /// True, false, or `None` when nobody can tell.
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::InUse(_) => Some(false),
            Self::Dormant(_) => Some(true),
            Self::Unknown(_) => None,
        }
    }
}

impl Idle {
    /// One sentence for people.
    pub fn sentence(&self, case: &Case<'_>) -> String {
        let rested = if self.ever_used {
            format!("last used {} ({} days ago)", self.since.date(), self.days)
        } else {
            format!(
                "never used as far back as its sources see, made {} ({} days ago)",
                self.since.date(),
                self.days
            )
        };
        let rhythm = match self.rhythm {
            Rhythm::Stated => format!("its period is {} days", self.cadence_days),
            Rhythm::Workload(ix) => format!(
                "`{}`, which uses it, runs every {} days",
                case.name_of(ix),
                self.cadence_days
            ),
            Rhythm::Policy => "no period of its own is known".to_owned(),
        };
        format!(
            "{rested}; {rhythm}, so {} days are allowed",
            self.allowed_days
        )
    }
}

/// Judges an identity or a credential by its last use.
pub fn of(case: &Case<'_>) -> Dormancy {
    // Its deadlines are in the clockwork since it was asked first.
    if let Some(known) = case.clockwork().rest(case.ix) {
        return known;
    }
    let rest = judge(case);
    case.clockwork().keep_rest(case.ix, &rest);
    rest
}

fn judge(case: &Case<'_>) -> Dormancy {
    let (cadence_days, allowed_days, rhythm) = rhythm(case);
    let idle = |since: TimeUs, ever_used: bool| Idle {
        days: case.days_since(since),
        since,
        ever_used,
        cadence_days,
        allowed_days,
        rhythm,
    };
    let uses = Uses::of(case);
    if let Some(last) = uses.newest {
        if !case.older_than(last, allowed_days) {
            return Dormancy::InUse(idle(last, true));
        }
        if uses.complete {
            return Dormancy::Dormant(idle(last, true));
        }
    }
    if !uses.complete {
        return Dormancy::Unknown(unknown_use(case, uses.newest));
    }
    let Some(made) = made(case) else {
        return Dormancy::Unknown(case.why_unknown(
            "never used as far back as its sources see; when it was made",
            case.node.created,
            "inventory",
        ));
    };
    if case.older_than(made, allowed_days) {
        Dormancy::Dormant(idle(made, false))
    } else {
        Dormancy::InUse(idle(made, false))
    }
}

/// What is known of the uses of a thing.
struct Uses {
    /// The newest use anybody saw.
    newest: Option<TimeUs>,
    /// True when a later use would have been seen too.
    complete: bool,
}

impl Uses {
    /// The provider's word on an identity covers all its credentials; without that word every one of
    /// its credentials must have one.
    fn of(case: &Case<'_>) -> Self {
        let own = case.node.last_used;
        let of_credentials: Vec<When> = if case.is(NodeKind::Identity) {
            case.credentials()
                .into_iter()
                .filter_map(|ix| case.estate.node(ix))
                .filter(|node| !node.retired)
                .map(|node| node.last_used)
                .collect()
        } else {
            Vec::new()
        };
        let all_known =
            !of_credentials.is_empty() && !of_credentials.iter().copied().any(When::is_unknown);
        Self {
            newest: of_credentials
                .iter()
                .chain([&own])
                .filter_map(|when| when.known())
                .max(),
            complete: !own.is_unknown() || all_known,
        }
    }
}

/// When it was made, or made anew, whichever is later.
fn made(case: &Case<'_>) -> Option<TimeUs> {
    let created = case.node.created.known()?;
    Some(match case.node.last_rotated.known() {
        Some(rotated) => created.max(rotated),
        None => created,
    })
}

/// The period, the days allowed and where they come from.
fn rhythm(case: &Case<'_>) -> (u32, u32, Rhythm) {
    let periods = case.policy.dormant_periods.max(1);
    let by = |days: u32, rhythm| {
        let days = days.max(SHORTEST_RHYTHM_DAYS);
        (days, days.saturating_mul(periods), rhythm)
    };
    if case.node.cadence_days > 0 {
        return by(case.node.cadence_days, Rhythm::Stated);
    }
    match slowest_workload(case) {
        Some((days, ix)) => by(days, Rhythm::Workload(ix)),
        None => {
            let allowed = case.policy.dormant_days;
            ((allowed / periods).max(1), allowed, Rhythm::Policy)
        }
    }
}

/// Of the workloads that use it, the one that runs least often: while that one is there, the thing is
/// needed at least that often.
fn slowest_workload(case: &Case<'_>) -> Option<(u32, NodeIx)> {
    let mut users = if case.is(NodeKind::Identity) {
        case.workloads()
    } else {
        case.configured_in()
    };
    if users.is_empty() {
        users = case
            .identities()
            .into_iter()
            .filter_map(|ix| case.of(ix))
            .filter(|identity| identity.into(EdgeKind::RunsAs).len() <= MAX_WORKLOADS)
            .flat_map(|identity| identity.workloads())
            .collect();
    }
    users
        .into_iter()
        .filter_map(|ix| Some((case.estate.node(ix)?.cadence_days, ix)))
        .filter(|(days, _)| *days > 0)
        .max()
}

fn unknown_use(case: &Case<'_>, newest: Option<TimeUs>) -> String {
    let mut why = case.why_unknown("last use", case.node.last_used, "usage");
    if let Some(newest) = newest {
        why.push_str(&format!(
            "; the newest use seen is of {}, and some credentials' uses are not seen",
            newest.date()
        ));
    }
    let windows: Vec<String> = case
        .estate
        .sources_of(case.ix)
        .filter_map(|source| {
            let until = source.last_observed?;
            Some(format!("{} until {}", source.label(), until.date()))
        })
        .take(3)
        .collect();
    if !windows.is_empty() {
        why.push_str(&format!("; looked at by {}", windows.join(", ")));
    }
    why.push_str("; a report or log of sign-ins would tell");
    why
}

#[cfg(test)]
mod tests {
    use graph::shorthand;

    use super::*;
    use crate::Clockwork;
    use crate::rules::testing::{AsWritten, policy};

    fn judged<T>(text: &str, label: &str, look: impl FnOnce(&Case<'_>, Dormancy) -> T) -> T {
        let estate = shorthand::estate(text).unwrap();
        let (policy, clockwork) = (policy(), Clockwork::default());
        let classify = AsWritten(&estate);
        let ix = shorthand::find(&estate, label).unwrap();
        let case = Case::open(&estate, &policy, &classify, &clockwork, ix).unwrap();
        look(&case, of(&case))
    }

    fn known(text: &str, label: &str) -> Option<bool> {
        judged(text, label, |_, dormancy| dormancy.known())
    }

    fn idle(text: &str, label: &str) -> Idle {
        judged(text, label, |_, dormancy| match dormancy {
            Dormancy::InUse(idle) | Dormancy::Dormant(idle) => idle,
            Dormancy::Unknown(why) => panic!("{why}"),
        })
    }

    fn why(text: &str, label: &str) -> String {
        judged(text, label, |_, dormancy| match dormancy {
            Dormancy::Unknown(why) => why,
            other => panic!("{other:?}"),
        })
    }

    const A: &str = "identity:a";

    #[test]
    fn a_quarterly_job_is_not_dormant_after_half_a_year() {
        assert_eq!(
            known("identity:a last_used=-269d cadence=90", A),
            Some(false)
        );
        assert_eq!(
            known("identity:a last_used=-270d cadence=90", A),
            Some(true)
        );
        let idle = idle("identity:a last_used=-140d cadence=30", A);
        assert_eq!(
            (idle.days, idle.cadence_days, idle.allowed_days),
            (140, 30, 90)
        );
        assert_eq!((idle.rhythm, idle.ever_used), (Rhythm::Stated, true));
    }

    #[test]
    fn a_daily_job_may_rest_for_three_weeks() {
        assert_eq!(known("identity:a last_used=-20d cadence=1", A), Some(false));
        assert_eq!(known("identity:a last_used=-21d cadence=1", A), Some(true));
        assert_eq!(
            idle("identity:a last_used=-20d cadence=8", A).allowed_days,
            24
        );
    }

    #[test]
    fn without_a_rhythm_the_policy_says() {
        let idle = idle("identity:a last_used=-90d", A);
        assert_eq!((idle.cadence_days, idle.allowed_days), (30, 90));
        assert_eq!(idle.rhythm, Rhythm::Policy);
        assert_eq!(known("identity:a last_used=-90d", A), Some(true));
        assert_eq!(known("identity:a last_used=-89d", A), Some(false));
    }

    #[test]
    fn the_slowest_workload_sets_the_pace() {
        let jobs = "workload:daily cadence=1
             workload:yearly cadence=365
             workload:idle cadence=0
             workload:daily -runs_as-> identity:a
             workload:yearly -runs_as-> identity:a
             workload:idle -runs_as-> identity:a
             credential:k -authenticates-> identity:a
             credential:k last_used=-400d
             identity:a last_used=-400d";
        let of_identity = idle(jobs, A);
        assert_eq!(of_identity.allowed_days, 1095);
        assert!(matches!(of_identity.rhythm, Rhythm::Workload(_)));
        assert_eq!(idle(jobs, "credential:k").allowed_days, 1095);
        let own = jobs.replace("identity:a last_used", "identity:a cadence=10 last_used");
        assert_eq!(idle(&own, A).allowed_days, 30);
        let configured = format!(
            "{jobs}
             workload:monthly cadence=30
             credential:k -used_by-> workload:monthly"
        );
        assert_eq!(idle(&configured, "credential:k").allowed_days, 90);
        let words = judged(jobs, A, |case, _| idle_of(case).sentence(case));
        assert_eq!(
            words,
            "last used 2024-11-27 (400 days ago); `yearly`, which uses it, runs every 365 days, so 1095 days are allowed"
        );
    }

    fn idle_of(case: &Case<'_>) -> Idle {
        match of(case) {
            Dormancy::InUse(idle) | Dormancy::Dormant(idle) => idle,
            Dormancy::Unknown(why) => panic!("{why}"),
        }
    }

    #[test]
    fn a_workload_without_a_pace_sets_none() {
        let text = "identity:a last_used=-400d\nworkload:w -runs_as-> identity:a";
        assert_eq!(idle(text, A).rhythm, Rhythm::Policy);
    }

    #[test]
    fn an_identity_of_too_many_workloads_sets_no_pace() {
        let text = |count: usize| {
            let workloads: Vec<String> = (0..count)
                .map(|number| {
                    format!(
                        "\nworkload:w{number} cadence=200\nworkload:w{number} -runs_as-> identity:a"
                    )
                })
                .collect();
            format!(
                "credential:k last_used=-400d\ncredential:k -authenticates-> identity:a{}",
                workloads.concat()
            )
        };
        assert_eq!(idle(&text(1_000), "credential:k").allowed_days, 600);
        assert_eq!(idle(&text(1_001), "credential:k").allowed_days, 90);
    }

    #[test]
    fn what_was_never_used_counts_from_when_it_was_made() {
        let never = idle("identity:a last_used=never created=-90d", A);
        assert_eq!((never.days, never.ever_used), (90, false));
        assert_eq!(
            known("identity:a last_used=never created=-90d", A),
            Some(true)
        );
        assert_eq!(
            known("identity:a last_used=never created=-89d", A),
            Some(false)
        );
        let renewed = "identity:a last_used=never created=-400d last_rotated=-10d";
        assert_eq!(known(renewed, A), Some(false));
        let older = "identity:a last_used=never created=-400d last_rotated=-500d";
        assert_eq!(idle(older, A).days, 400);
        assert!(why("identity:a last_used=never", A).contains("when it was made"));
        let words = judged("identity:a last_used=never created=-90d", A, |case, _| {
            idle_of(case).sentence(case)
        });
        assert!(
            words.starts_with("never used as far back as its sources see"),
            "{words}"
        );
        assert!(words.contains("no period of its own is known"), "{words}");
    }

    #[test]
    fn what_nobody_could_see_is_unknown_with_what_was_not_looked_at() {
        let text = "identity:a last_used=not_observable
             gap identity usage denied AuditLog.Read.All is missing
             gap identity usage truncated 30 days of sign-ins
             gap all usage failed b
             gap all usage failed c";
        let why = why(text, A);
        assert!(why.contains("the sources at hand cannot see it"), "{why}");
        assert!(
            why.contains("(denied AuditLog.Read.All is missing; truncated 30 days"),
            "{why}"
        );
        assert!(why.contains("failed b)"), "{why}");
        assert!(
            why.ends_with("a report or log of sign-ins would tell"),
            "{why}"
        );
    }

    #[test]
    fn a_use_of_a_credential_is_a_use_of_its_identity() {
        let with = |own: &str, first: &str, second: &str| {
            format!(
                "identity:a {own}
                 credential:x -authenticates-> identity:a
                 credential:y -authenticates-> identity:a
                 credential:x {first}
                 credential:y {second}"
            )
        };
        let (old, new, dark) = (
            "last_used=-400d",
            "last_used=-1d",
            "last_used=not_observable",
        );
        assert_eq!(known(&with(dark, old, new), A), Some(false));
        assert_eq!(known(&with(dark, dark, new), A), Some(false));
        assert_eq!(known(&with(dark, old, old), A), Some(true));
        assert_eq!(known(&with(dark, old, dark), A), None);
        assert!(why(&with(dark, old, dark), A).contains("newest use seen is of 2024-11-27"));
        assert_eq!(known(&with(old, dark, dark), A), Some(true));
        assert_eq!(known(&with(old, new, dark), A), Some(false));
        assert_eq!(
            known(&with("last_used=never created=-400d", dark, dark), A),
            Some(true)
        );
        assert_eq!(known("identity:a created=-400d", A), None);
        let gone = with(dark, old, dark).replace("credential:y last", "credential:y +retired last");
        assert_eq!(known(&gone, A), Some(true));
    }

    #[test]
    fn a_credential_is_judged_by_its_own_use() {
        let text = "credential:k last_used=not_observable
             credential:k -authenticates-> identity:a
             identity:a last_used=-400d";
        assert_eq!(known(text, "credential:k"), None);
        let of_another = "credential:k last_used=-400d
             credential:other -authenticates-> identity:a
             credential:other last_used=-1d
             credential:k -authenticates-> identity:a";
        assert_eq!(known(of_another, "credential:k"), Some(true));
    }
}
