//! How far two moments are apart, in every unit a question may ask for.

use super::super::tool::{ToolError, ToolResult};
use super::moment::Moment;
use chrono::{Datelike, Duration, Months, NaiveDate, NaiveDateTime, Weekday};
use serde_json::{Value, json};

pub(super) fn between(from: Moment, to: Moment) -> ToolResult {
    let apart = to.at.signed_duration_since(from.at);
    let days = apart.num_days();
    let (first, last) =
        (from.at.date_naive().min(to.at.date_naive()), from.at.date_naive().max(to.at.date_naive()));
    let sign = if apart < Duration::zero() { -1 } else { 1 };
    let far = || ToolError::failed("the two moments are too far apart");
    Ok(json!({
        "from": shown(from),
        "to": shown(to),
        "days": days,
        "weeks": apart.num_weeks(),
        "weekdays": sign * weekdays(first, last),
        "hours": apart.num_hours(),
        "seconds": apart.num_seconds(),
        "calendar": calendar(from, to).ok_or_else(far)?,
        "text": text(apart),
    }))
}

fn shown(moment: Moment) -> String {
    moment.at.format(if moment.timed { "%Y-%m-%dT%H:%M:%S%:z" } else { "%Y-%m-%d" }).to_string()
}

/// Days in words; below a day, hours and minutes.
fn text(apart: Duration) -> String {
    let days = apart.num_days();
    match days {
        1 | -1 => format!("{days} day"),
        0 if !apart.is_zero() => format!("{} h {} min", apart.num_hours(), apart.num_minutes() % 60),
        _ => format!("{days} days"),
    }
}

/// Mondays to Fridays from the first day on, without the last.
fn weekdays(first: NaiveDate, last: NaiveDate) -> i64 {
    let days = (last - first).num_days();
    let rest = (0..days % 7).filter(|day| {
        let weekday = (first + Duration::days(*day)).weekday();
        !matches!(weekday, Weekday::Sat | Weekday::Sun)
    });
    days / 7 * 5 + rest.count() as i64
}

/// Whole years, months and days, as one counts a person's age.
fn calendar(from: Moment, to: Moment) -> Option<Value> {
    let (a, b) = (from.at.naive_utc().min(to.at.naive_utc()), from.at.naive_utc().max(to.at.naive_utc()));
    let guess = (b.year() - a.year()) * 12 + b.month() as i32 - a.month() as i32;
    let after = |months: i32| a.checked_add_months(Months::new(months.max(0) as u32));
    let whole = if after(guess)? > b { guess - 1 } else { guess };
    let rest: NaiveDateTime = after(whole)?;
    Some(json!({ "years": whole / 12, "months": whole % 12, "days": (b - rest).num_days() }))
}
