//! Dates in queries: a year, month, day or RFC 3339 time stands for all of its milliseconds, in UTC.

use tantivy::time::format_description::well_known::Rfc3339;
use tantivy::time::{Date, Month, OffsetDateTime};

/// First and last millisecond of `2025`, `2025-03`, `2025-03-14` or `2025-03-14T09:26:53Z`; None for anything else.
pub fn period(text: &str) -> Option<(i64, i64)> {
    if text.len() > 10 {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let first = millis(time);
        return Some((first, first + if time.millisecond() == 0 { 999 } else { 0 }));
    }
    let mut parts = text.split('-');
    let year: i32 = number(parts.next()?, 4)?;
    let month = parts.next().map(|month| number(month, 2));
    let day = parts.next().map(|day| number(day, 2));
    if parts.next().is_some() {
        return None;
    }
    let first_of = |month: i32| Date::from_calendar_date(year, Month::try_from(u8::try_from(month).ok()?).ok()?, 1).ok();
    let (first, next) = match (month, day) {
        (None, _) => (first_of(1)?, Date::from_calendar_date(year + 1, Month::January, 1).ok()?),
        (Some(month), None) => {
            let first = first_of(month?)?;
            let next = if month? == 12 { Date::from_calendar_date(year + 1, Month::January, 1).ok()? } else { first_of(month? + 1)? };
            (first, next)
        }
        (Some(month), Some(day)) => {
            let first = first_of(month?)?.replace_day(u8::try_from(day?).ok()?).ok()?;
            (first, first.next_day()?)
        }
    };
    let start = |date: Date| millis(date.midnight().assume_utc());
    Some((start(first), start(next) - 1))
}

/// `A TO B`, both ends inclusive, `*` for an open end.
pub fn range(text: &str) -> Option<(Option<i64>, Option<i64>)> {
    let (from, to) = text.trim().split_once(" TO ")?;
    let end = |text: &str| match text.trim() {
        "*" => Some(None),
        date => period(date).map(Some),
    };
    Some((end(from)?.map(|(first, _)| first), end(to)?.map(|(_, last)| last)))
}

fn number(digits: &str, width: usize) -> Option<i32> {
    let plain = digits.len() == width && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn millis(time: OffsetDateTime) -> i64 {
    time.unix_timestamp_nanos().div_euclid(1_000_000) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_span_all_of_their_milliseconds() {
        const DAY: i64 = 86_400_000;
        assert_eq!(period("1970"), Some((0, 365 * DAY - 1)));
        assert_eq!(period("1970-02"), Some((31 * DAY, 59 * DAY - 1)));
        assert_eq!(period("1970-12"), Some((334 * DAY, 365 * DAY - 1)));
        assert_eq!(period("1970-01-02"), Some((DAY, 2 * DAY - 1)));
        assert_eq!(period("1969-12-31"), Some((-DAY, -1)));
        assert_eq!(period("1970-01-01T00:00:01Z"), Some((1_000, 1_999)));
        assert_eq!(period("1970-01-01T01:00:00.250+01:00"), Some((250, 250)));
        assert_eq!(period("2024-02-29").map(|(first, _)| first), Some(1_709_164_800_000));
        for bad in ["", "70", "2023-02-29", "2023-13", "2023-00", "2023-1-1", "2023-01-01-01", "+2023", "9999", "20é3", "2023-01-01Txx"] {
            assert!(bad == "9999" || period(bad).is_none(), "{bad}");
        }
        assert_eq!(range("1970-01-02 TO *"), Some((Some(DAY), None)));
        assert_eq!(range("* TO 1970-01-01"), Some((None, Some(DAY - 1))));
        assert_eq!(range("1970"), None);
    }
}
