//! Dates as people and spreadsheets write them. What could be read two ways is refused.

use model::{Fact, Precision, TimeUs};

/// Days from 1899-12-30, where Excel counts from, to 1970-01-01.
const EXCEL_EPOCH_DAYS: i64 = 25_569;

/// Excel day numbers taken for dates: 1954 to 2119.
const EXCEL_DAYS: std::ops::Range<i64> = 20_000..80_000;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads a cell of a date column.
///
/// # Errors
/// The cell is no date, or could be two.
pub(crate) fn fact(cell: &str) -> Result<Fact<TimeUs>, String> {
    let word = cell.to_lowercase();
    if matches!(
        word.as_str(),
        "never" | "no expiry" | "does not expire" | "unlimited" | "permanent"
    ) {
        return Ok(Fact::never());
    }
    if matches!(
        word.as_str(),
        "n/a" | "na" | "none" | "null" | "unknown" | "?" | "-" | "tbd" | "no_information"
    ) {
        return Ok(Fact::no_data_yet(format!("the table says `{word}`")));
    }
    date(cell).map(|time| Fact::known_to(time, precision(cell)))
}

/// Cells with a clock, and seconds since 1970, are exact; all others name a day.
fn precision(cell: &str) -> Precision {
    let clock = cell.contains(':');
    let seconds = cell
        .parse::<i64>()
        .is_ok_and(|number| !EXCEL_DAYS.contains(&number));
    if clock || seconds {
        Precision::Exact
    } else {
        Precision::Day
    }
}

fn date(cell: &str) -> Result<TimeUs, String> {
    if let Ok(time) = TimeUs::parse(cell) {
        return Ok(time);
    }
    if let Ok(number) = cell.parse::<i64>() {
        return number_date(number).ok_or_else(|| not_a_date(cell));
    }
    let (day, clock) = match cell.split_once([' ', 'T']) {
        // `31 Jan 2024` and `Jan 31, 2024` have blanks of their own.
        Some((day, clock)) if day.contains(['/', '.', '-']) => (day, clock.trim()),
        _ => (cell, ""),
    };
    let (year, month, day) = civil(day)?;
    let clock = clock_24(clock).ok_or_else(|| not_a_date(cell))?;
    TimeUs::parse(&format!("{year:04}-{month:02}-{day:02}T{clock}Z")).map_err(|_| not_a_date(cell))
}

fn not_a_date(cell: &str) -> String {
    format!(
        "`{}` is not a date; write 2026-01-31",
        model::text::label(&model::text::bounded(cell, 40))
    )
}

fn number_date(number: i64) -> Option<TimeUs> {
    if EXCEL_DAYS.contains(&number) {
        return Some(TimeUs::EPOCH.plus_days(number - EXCEL_EPOCH_DAYS));
    }
    match number {
        // Seconds and milliseconds of the years 2001 to 2286.
        1_000_000_000..=9_999_999_999 => Some(TimeUs::from_seconds(number)),
        1_000_000_000_000..=9_999_999_999_999 => Some(TimeUs::from_micros(number * 1_000)),
        _ => None,
    }
}

/// Year, month and day.
fn civil(text: &str) -> Result<(i64, i64, i64), String> {
    let parts: Vec<&str> = text
        .split([' ', '/', '.', '-', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let [a, b, c] = parts.as_slice() else {
        return Err(not_a_date(text));
    };
    let number = |part: &str| part.parse::<i64>().map_err(|_| not_a_date(text));
    if let Some(month) = month(a) {
        return Ok((number(c)?, month, number(b)?));
    }
    if let Some(month) = month(b) {
        return Ok((number(c)?, month, number(a)?));
    }
    let (first, second, third) = (number(a)?, number(b)?, number(c)?);
    if a.len() == 4 {
        return Ok((first, second, third));
    }
    if c.len() != 4 {
        return Err(format!(
            "`{}` has no year of four digits; write 2026-01-31",
            model::text::label(&model::text::bounded(text, 40))
        ));
    }
    // Dots are only ever written day first.
    if text.contains('.') || first > 12 || first == second {
        return Ok((third, second, first));
    }
    if second > 12 {
        return Ok((third, first, second));
    }
    Err(format!(
        "`{}` can be read as two dates (day first or month first); write 2026-01-31",
        model::text::label(&model::text::bounded(text, 40))
    ))
}

fn month(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    let at = MONTHS
        .iter()
        .position(|month| word.len() >= 3 && (word.starts_with(month)))?;
    word.chars().all(char::is_alphabetic).then_some(())?;
    i64::try_from(at + 1).ok()
}

/// `hh:mm:ss` of `9:05`, `09:05:10`, `9:05 PM`; midnight when empty.
fn clock_24(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("00:00:00".to_owned());
    }
    let lower = text.to_lowercase();
    let (digits, afternoon) = if let Some(rest) = lower.strip_suffix("pm") {
        (rest.trim(), Some(true))
    } else if let Some(rest) = lower.strip_suffix("am") {
        (rest.trim(), Some(false))
    } else {
        (lower.as_str(), None)
    };
    let mut parts = digits.split(':').map(|part| part.parse::<u32>().ok());
    let mut hour = parts.next()??;
    let minute = parts.next()??;
    let second = parts.next().unwrap_or(Some(0))?;
    match afternoon {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    (parts.next().is_none() && hour < 24).then(|| format!("{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clear_is_read() {
        for (cell, want) in [
            ("2024-03-01", "2024-03-01T00:00:00Z"),
            ("2024-03-01T10:00:00+02:00", "2024-03-01T08:00:00Z"),
            ("2024/03/01", "2024-03-01T00:00:00Z"),
            ("31/12/2024", "2024-12-31T00:00:00Z"),
            ("12/31/2024 9:05 PM", "2024-12-31T21:05:00Z"),
            ("05/05/2024", "2024-05-05T00:00:00Z"),
            ("01.03.2024 07:30", "2024-03-01T07:30:00Z"),
            ("1 March 2024", "2024-03-01T00:00:00Z"),
            ("Mar 1, 2024", "2024-03-01T00:00:00Z"),
            ("01-Mar-2024", "2024-03-01T00:00:00Z"),
            ("45352", "2024-03-01T00:00:00Z"),
            ("1709251200", "2024-03-01T00:00:00Z"),
        ] {
            assert_eq!(
                date(cell).map(|time| time.to_string()),
                Ok(want.to_owned()),
                "{cell}"
            );
        }
    }

    #[test]
    fn what_is_not_is_refused() {
        assert!(date("03/04/2024").unwrap_err().contains("two dates"));
        for cell in [
            "01/02/24",
            "soon",
            "99",
            "2024-13-01",
            "31/02/2024",
            "1/2",
            "12/31/2024 25:00",
        ] {
            assert!(date(cell).is_err(), "{cell}");
        }
    }

    #[test]
    fn words_stay_apart() {
        assert_eq!(fact("Never").unwrap().state(), "never");
        assert_eq!(fact("N/A").unwrap().state(), "no_data_yet");
        assert_eq!(fact("2024-03-01").unwrap().state(), "known");
    }
}
