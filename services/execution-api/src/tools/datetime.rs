//! Calendar arithmetic. The clock is the caller's: what "now" and "today" mean comes with the call.
//! Knows fixed offsets only; time zones with their summer times are not guessed at.

mod difference;
mod moment;
mod written;

use super::tool::{ToolError, ToolResult, read, spec};
use chrono::{DateTime, Datelike, Duration, FixedOffset, Months, Timelike, Utc};
use moment::Moment;
use react_agent::{EffectClass, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) use written::{DATE_PATTERN, read_date};

#[derive(Deserialize)]
struct Arguments {
    operation: Operation,
    value: Option<String>,
    amount: Option<i64>,
    unit: Option<Unit>,
    from: Option<String>,
    to: Option<String>,
    offset: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    Now,
    Parse,
    Add,
    Difference,
    Weekday,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

pub(super) fn describe() -> ToolSpec {
    let when = "a date or time: 2026-11-22, 2026-11-22T10:00:00Z, `4 July 2026`, `July 4, 2026`, 22.11.2026, \
                Unix seconds, now, today, tomorrow, yesterday";
    spec(
        "datetime",
        EffectClass::Pure,
        "Dates and times: the current time, reading a date, adding or subtracting an amount, the difference of two, \
         the day of the week. The calendar is the Gregorian one, times are UTC unless an offset is given.",
        json!({
            "type": "object",
            "properties": {
                "operation": { "enum": ["now", "parse", "add", "difference", "weekday"] },
                "value": { "type": "string", "maxLength": 64, "description": when },
                "amount": { "type": "integer", "description": "for add; negative goes back" },
                "unit": { "enum": ["seconds", "minutes", "hours", "days", "weeks", "months", "years"] },
                "from": { "type": "string", "maxLength": 64, "description": "for difference" },
                "to": { "type": "string", "maxLength": 64, "description": "for difference" },
                "offset": { "type": "string", "pattern": "^[+-][0-9]{2}:?[0-9]{2}$",
                    "description": "show and read times at this offset from UTC, e.g. +02:00" }
            },
            "required": ["operation"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value, now: DateTime<Utc>) -> ToolResult {
    let given: Arguments = read(arguments)?;
    let offset = offset(given.offset.as_deref())?;
    let now = Moment::now(now, offset);
    let moment = |text: Option<&str>| text.map_or(Ok(now), |text| written::read_moment(text, now, offset));
    match given.operation {
        Operation::Now => Ok(describe_moment(now)),
        Operation::Parse => Ok(describe_moment(moment(Some(need(&given.value, "parse needs `value`")?))?)),
        Operation::Weekday => Ok(weekday(moment(given.value.as_deref())?)),
        Operation::Add => {
            let (Some(amount), Some(unit)) = (given.amount, given.unit) else {
                return Err(ToolError::invalid("add needs `amount` and `unit`"));
            };
            add(moment(given.value.as_deref())?, amount, unit).map(describe_moment)
        }
        Operation::Difference => {
            let why = "difference needs `from` and `to`";
            let from = moment(Some(need(&given.from, why)?))?;
            difference::between(from, moment(Some(need(&given.to, why)?))?)
        }
    }
}

fn need<'a>(member: &'a Option<String>, why: &str) -> Result<&'a str, ToolError> {
    member.as_deref().ok_or_else(|| ToolError::invalid(why))
}

fn offset(text: Option<&str>) -> Result<FixedOffset, ToolError> {
    let utc = FixedOffset::east_opt(0).expect("zero is an offset");
    let Some(text) = text else { return Ok(utc) };
    text.parse().map_err(|_| ToolError::invalid(format!("`{text}` is not an offset like +02:00")))
}

fn add(to: Moment, amount: i64, unit: Unit) -> Result<Moment, ToolError> {
    let seconds = |each: i64| amount.checked_mul(each).and_then(Duration::try_seconds);
    let sum = match unit {
        Unit::Seconds => to.plus(seconds(1)),
        Unit::Minutes => to.plus(seconds(60)),
        Unit::Hours => to.plus(seconds(3600)),
        Unit::Days => to.plus(seconds(86_400)),
        Unit::Weeks => to.plus(seconds(7 * 86_400)),
        Unit::Months => add_months(to, Some(amount)),
        Unit::Years => add_months(to, amount.checked_mul(12)),
    };
    let sum = sum.filter(|moment| (-9999..=9999).contains(&moment.at.year()));
    // Adding less than a day to a date makes a time of it.
    let timed = matches!(unit, Unit::Seconds | Unit::Minutes | Unit::Hours);
    sum.map(|moment| Moment { timed: moment.timed || timed, ..moment })
        .ok_or_else(|| ToolError::failed("the result is outside the calendar (years -9999 to 9999)"))
}

/// A month later is the same day of the month, or the month's last day when it has no such day.
fn add_months(to: Moment, months: Option<i64>) -> Option<Moment> {
    let months = months?;
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    let at = if months < 0 { to.at.checked_sub_months(count)? } else { to.at.checked_add_months(count)? };
    Some(Moment { at, ..to })
}

fn weekday(moment: Moment) -> Value {
    let day = moment.at.weekday();
    json!({
        "date": moment.at.format("%Y-%m-%d").to_string(),
        "weekday": moment.at.format("%A").to_string(),
        "iso_week": moment.at.iso_week().week(),
        "is_weekend": day.number_from_monday() > 5,
    })
}

fn describe_moment(moment: Moment) -> Value {
    let at = moment.at;
    json!({
        "iso": if moment.timed { at.format("%Y-%m-%dT%H:%M:%S%:z").to_string() } else { at.format("%Y-%m-%d").to_string() },
        "date": at.format("%Y-%m-%d").to_string(),
        "time": moment.timed.then(|| at.time().with_nanosecond(0).unwrap_or(at.time()).to_string()),
        "weekday": at.format("%A").to_string(),
        "iso_week": at.iso_week().week(),
        "day_of_year": at.ordinal(),
        "unix": at.timestamp(),
        "offset": at.format("%:z").to_string(),
    })
}

#[cfg(test)]
mod tests;
