//! Sentences about dates.

use serde_json::Value;

use super::plain;

/// By the operation that was asked.
pub fn sentence(arguments: &Value, observed: &Value) -> Option<String> {
    match arguments["operation"].as_str()? {
        "difference" => difference(observed),
        "weekday" => weekday(observed),
        "now" => Some(format!("It is {} ({}).", observed["iso"].as_str()?, observed["weekday"].as_str()?)),
        "add" => shifted(arguments, observed),
        _ => parsed(observed),
    }
}

fn difference(observed: &Value) -> Option<String> {
    let (from, to) = (observed["from"].as_str()?, observed["to"].as_str()?);
    let details = ["weeks", "weekdays", "hours"].map(|unit| format!("{} {unit}", plain(&observed[unit])));
    Some(format!("From {from} to {to}: {} days ({}).", plain(&observed["days"]), details.join(", ")))
}

fn weekday(observed: &Value) -> Option<String> {
    let weekend = if observed["is_weekend"] == true { ", on a weekend" } else { "" };
    let (date, weekday) = (observed["date"].as_str()?, observed["weekday"].as_str()?);
    Some(format!("{date} is a {weekday}{weekend} (ISO week {}).", plain(&observed["iso_week"])))
}

fn shifted(arguments: &Value, observed: &Value) -> Option<String> {
    let amount = arguments["amount"].as_i64()?;
    let direction = if amount < 0 { "before" } else { "after" };
    let (unit, value) = (arguments["unit"].as_str()?, arguments["value"].as_str().unwrap_or("now"));
    let date = if observed["time"].is_string() { &observed["iso"] } else { &observed["date"] }.as_str()?;
    let weekday = observed["weekday"].as_str()?;
    Some(format!("{} {unit} {direction} {value} is {date}, a {weekday}.", amount.unsigned_abs()))
}

fn parsed(observed: &Value) -> Option<String> {
    Some(format!(
        "{} is a {}: ISO week {}, day {} of the year, Unix time {}.",
        observed["iso"].as_str()?,
        observed["weekday"].as_str()?,
        plain(&observed["iso_week"]),
        plain(&observed["day_of_year"]),
        plain(&observed["unix"]),
    ))
}
