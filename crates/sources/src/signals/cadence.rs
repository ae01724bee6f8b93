//! How many days lie between two runs of a job, from the words of its schedule.

/// The period of a crontab(5) schedule, five fields or `@daily`; `None` for what has none, such as
/// `@reboot`, or is not understood.
pub(super) fn of_cron(schedule: &str) -> Option<u32> {
    if let Some(word) = schedule.trim().strip_prefix('@') {
        return of_word(word);
    }
    let fields: Vec<&str> = schedule.split_whitespace().take(6).collect();
    let [_, _, day, month, weekday] = fields.as_slice() else {
        return None;
    };
    let months = count(month, 12)?;
    if months < 12 {
        return Some(366_u32.div_ceil(months));
    }
    match (count(day, 31)?, count(weekday, 7)?) {
        (31, 7) => Some(1),
        (31, days) => Some(7_u32.div_ceil(days)),
        (days, 7) => Some(31_u32.div_ceil(days)),
        // Both are limited: cron runs it on either, so the denser one counts.
        (days, weekdays) => Some(31_u32.div_ceil(days).min(7_u32.div_ceil(weekdays))),
    }
}

/// How many values of a field are meant.
fn count(field: &str, all: u32) -> Option<u32> {
    let mut sum = 0;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let span = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => all,
            Some((from, to)) => match (from.parse::<u32>(), to.parse::<u32>()) {
                (Ok(from), Ok(to)) => to.checked_sub(from)? + 1,
                // Names of days: Mon-Fri and the like.
                _ => 5,
            },
            None => 1,
        };
        sum += span.div_ceil(step);
    }
    Some(sum.clamp(1, all))
}

/// The period of systemd's `OnCalendar=` (systemd.time(7)), as far as its usual forms go.
pub(super) fn of_calendar(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Some(days) = of_word(&text.to_ascii_lowercase()) {
        return Some(days);
    }
    let first = text.split_whitespace().next()?;
    if first.starts_with(|ch: char| ch.is_ascii_alphabetic()) {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        if !DAYS.iter().any(|day| first.starts_with(day)) {
            return None;
        }
        let days = u32::try_from(first.split(',').count()).ok()?;
        return Some(if first.contains("..") {
            2
        } else {
            7_u32.div_ceil(days.max(1))
        });
    }
    let date: Vec<&str> = first.split('-').collect();
    match date.as_slice() {
        [_, "*", "*"] => Some(1),
        [_, "*", day] => Some(31_u32.div_ceil(count(day, 31)?)),
        [_, month, _] => Some(366_u32.div_ceil(count(month, 12)?)),
        // A time alone is meant every day.
        [time] if time.contains(':') => Some(1),
        _ => None,
    }
}

/// The period of `OnUnitActiveSec=` and the like: `30min`, `1d`, `1w 2d`, `3600`.
pub(super) fn of_span(text: &str) -> Option<u32> {
    const MINUTES_OF_A_DAY: u32 = 24 * 60;
    let mut minutes: u32 = 0;
    for word in text.split_whitespace() {
        let end = word
            .find(|ch: char| !ch.is_ascii_digit())
            .unwrap_or(word.len());
        let (number, unit) = word.split_at_checked(end)?;
        let one = match unit {
            "" | "s" | "sec" | "second" | "seconds" | "ms" | "us" => 0,
            "m" | "min" | "minute" | "minutes" => 1,
            "h" | "hr" | "hour" | "hours" => 60,
            "d" | "day" | "days" => MINUTES_OF_A_DAY,
            "w" | "week" | "weeks" => 7 * MINUTES_OF_A_DAY,
            "M" | "month" | "months" => 31 * MINUTES_OF_A_DAY,
            "y" | "year" | "years" => 366 * MINUTES_OF_A_DAY,
            _ => return None,
        };
        let number = number.parse::<u32>().ok()?;
        // Seconds round up to the day below anyway, unless somebody wrote a week of them.
        minutes = minutes.saturating_add(if one == 0 {
            number / 60
        } else {
            number.saturating_mul(one)
        });
    }
    (!text.trim().is_empty()).then(|| minutes.div_ceil(MINUTES_OF_A_DAY).max(1))
}

fn of_word(word: &str) -> Option<u32> {
    Some(match word {
        "minutely" | "hourly" | "daily" | "midnight" => 1,
        "weekly" => 7,
        "monthly" => 31,
        "quarterly" => 92,
        "semiannually" | "semi-annually" => 184,
        "yearly" | "annually" => 366,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crontabs() {
        for (schedule, want) in [
            ("*/5 * * * *", Some(1)),
            ("0 3 * * *", Some(1)),
            ("0 3 * * 0", Some(7)),
            ("0 3 * * 1,4", Some(4)),
            ("0 3 * * Mon-Fri", Some(2)),
            ("0 3 1 * *", Some(31)),
            ("0 3 1,15 * *", Some(16)),
            ("0 3 */7 * *", Some(7)),
            ("0 3 1 */3 *", Some(92)),
            ("0 3 24 12 *", Some(366)),
            ("@monthly", Some(31)),
            ("@reboot", None),
            ("nonsense", None),
            ("0 3 5-1 * *", None),
        ] {
            assert_eq!(of_cron(schedule), want, "{schedule}");
        }
    }

    #[test]
    fn timers() {
        for (text, want) in [
            ("daily", Some(1)),
            ("Quarterly", Some(92)),
            ("*-*-* 03:00:00", Some(1)),
            ("*-*-01 00:00:00", Some(31)),
            ("*-01,07-01", Some(183)),
            ("Mon *-*-* 06:00", Some(7)),
            ("Mon..Fri 06:00", Some(2)),
            ("06:30", Some(1)),
            ("whenever it rains", None),
        ] {
            assert_eq!(of_calendar(text), want, "{text}");
        }
        for (text, want) in [
            ("30min", Some(1)),
            ("1w", Some(7)),
            ("1d 12h", Some(2)),
            ("86400", Some(1)),
            ("one day", None),
            ("", None),
        ] {
            assert_eq!(of_span(text), want, "{text}");
        }
    }
}
