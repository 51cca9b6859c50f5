//! Dates and times as people and machines write them. What two countries read differently is refused, not guessed.

use super::super::tool::{ToolError, quote};
use super::moment::Moment;
use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime};

/// Finds what [`read_date`] may be able to read.
pub(crate) const DATE_PATTERN: &str = r"(?x)
    \b\d{4}-\d{2}-\d{2}\b
  | \b\d{4}/\d{2}/\d{2}\b
  | \b\d{1,2}\.\d{1,2}\.\d{4}\b
  | (?i:\b\d{1,2}(?:st|nd|rd|th)?\s+(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?\s+\d{4}\b)
  | (?i:\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}\b)";

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(super) fn read_moment(text: &str, now: Moment, offset: FixedOffset) -> Result<Moment, ToolError> {
    let text = text.trim();
    let day = |days| Moment::date(now.at.date_naive() + Duration::days(days), offset);
    let read = match text.to_lowercase().as_str() {
        "now" => Some(now),
        "today" => day(0),
        "tomorrow" => day(1),
        "yesterday" => day(-1),
        _ => read_time(text, offset).or_else(|| read_date(text).and_then(|date| Moment::date(date, offset))),
    };
    read.ok_or_else(|| unreadable(text))
}

fn unreadable(text: &str) -> ToolError {
    let two_ways = text.split('/').count() == 3;
    let hint = if two_ways {
        "is read differently in different countries"
    } else {
        "is not a date that can be read"
    };
    ToolError::invalid(format!("{} {hint}; write it like 2026-11-22", quote(text)))
}

/// A date with a time of day, or Unix seconds.
fn read_time(text: &str, offset: FixedOffset) -> Option<Moment> {
    if let Ok(seconds) = text.parse::<i64>() {
        // Eight digits may be 20261122; ten are seconds since 2001.
        let at =
            (text.trim_start_matches('-').len() >= 9).then(|| DateTime::from_timestamp(seconds, 0))??;
        return Some(Moment::now(at, offset));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1))
        .or_else(|_| DateTime::parse_from_rfc2822(text))
    {
        // The offset that was written stays, unless another was asked for.
        let at = if offset.local_minus_utc() == 0 { at } else { at.with_timezone(&offset) };
        return Some(Moment { at, timed: true });
    }
    let text = text.trim_end_matches("UTC").trim_end();
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .and_then(|local| Moment::local(local, offset))
}

/// A date without a time.
pub(crate) fn read_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
        .filter(|_| text.len() >= 8)
        .or_else(|| read_worded(text))
}

/// `4 July 2026`, `4th of July 2026`, `July 4, 2026`.
fn read_worded(text: &str) -> Option<NaiveDate> {
    let lower = text.to_lowercase().replace([',', '.'], " ");
    let parts: Vec<&str> = lower.split_whitespace().filter(|word| *word != "of" && *word != "the").collect();
    let [first, second, year] = parts.as_slice() else { return None };
    let (month, day) = match month(first) {
        Some(month) => (month, day(second)?),
        None => (month(second)?, day(first)?),
    };
    NaiveDate::from_ymd_opt((year.len() == 4).then(|| year.parse().ok())??, month, day)
}

fn month(word: &str) -> Option<u32> {
    let found = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(word));
    // `sept` is no prefix trouble, but it is the one abbreviation of four letters that people use.
    found.map(|at| at as u32 + 1)
}

fn day(word: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    digits.parse().ok()
}
