//! Dates: differences, sums, weekdays, calendar facts, now.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::{PlannedCall, TaskText, call};

const MONTH: &str = "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|\
Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";
const UNIT: &str = "(second|minute|hour|day|week|month|year)s?";

fn date() -> String {
    let iso = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?";
    format!(
        r"{iso}|\d{{1,2}}\.?\s+{MONTH}\.?,?\s+\d{{4}}|{MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|today|now"
    )
}

fn pattern(text: &str) -> Regex {
    let text = text.replace("DATE", &format!("({})", date())).replace("UNIT", UNIT);
    Regex::new(&format!("(?i){text}")).expect("a literal")
}

static WRITTEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:DATE)\b"));
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:between\s+DATE\s+and\s+DATE|from\s+DATE\s+(?:to|until|till|through)\s+DATE)")
});
static UNTIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(until|till|to|before|since)\s+DATE"));
static SPAN_ASKED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:how many (?:\w+ )?UNIT|how long|difference|number of (?:\w+ )?UNIT|UNIT (?:left|remain))")
});
static SHIFT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(\d{1,6})\s+(?:business\s+)?UNIT\s+(after|before|from|since|prior to|later than|earlier than)\s+DATE",
    )
});
static ADD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(add|subtract)\s+(\d{1,6})\s+UNIT\s+(?:to|from)\s+DATE"));
static AHEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bwhat (?:\w+ )*date\b.*\bin\s+(\d{1,6})\s+UNIT\b"));
static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:week\s?day|day of the week|(?:which|what) day (?:is|was|will|does|did))\b")
});
static FACTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:iso week|week number|calendar week|day of the year|day number|unix (?:time(?:stamp)?|seconds))\b",
    )
});
static NOW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:current (?:\w+ )?(?:date|time)|today'?s date|(?:date|time) (?:is it )?(?:now|today)|what time is it|what day is (?:it|today))\b",
    )
});

/// `datetime` in the first of its ways that the text asks for.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    let text = task.words.replace('`', " ");
    let asked = shifted(&text)
        .or_else(|| differing(&text))
        .or_else(|| about_one(&text))
        .or_else(|| NOW.is_match(&text).then(|| json!({ "operation": "now" })));
    asked.map(|arguments| call("datetime", arguments)).into_iter().collect()
}

/// The text with its dates replaced, for rules that look for other numbers.
pub fn blank_out(text: &str) -> String {
    WRITTEN.replace_all(text, "_").into_owned()
}

fn shifted(text: &str) -> Option<Value> {
    if let Some(found) = ADD.captures(text) {
        return shift(&found[4], &found[2], &found[3], found[1].eq_ignore_ascii_case("subtract"));
    }
    if let Some(found) = SHIFT.captures(text) {
        let back = matches!(found[3].to_lowercase().as_str(), "before" | "prior to" | "earlier than");
        return shift(&found[4], &found[1], &found[2], back);
    }
    let found = AHEAD.captures(text)?;
    shift("today", &found[1], &found[2], false)
}

fn shift(value: &str, amount: &str, unit: &str, back: bool) -> Option<Value> {
    let amount: i64 = amount.parse().ok()?;
    let amount = if back { -amount } else { amount };
    Some(
        json!({ "operation": "add", "value": value, "amount": amount, "unit": format!("{}s", unit.to_lowercase()) }),
    )
}

fn differing(text: &str) -> Option<Value> {
    if let Some(found) = BETWEEN.captures(text) {
        let (from, to) = found.get(1).zip(found.get(2)).or(found.get(3).zip(found.get(4)))?;
        return Some(json!({ "operation": "difference", "from": from.as_str(), "to": to.as_str() }));
    }
    if !SPAN_ASKED.is_match(text) {
        return None;
    }
    let found = UNTIL.captures(text)?;
    let (from, to) =
        if found[1].eq_ignore_ascii_case("since") { (&found[2], "today") } else { ("today", &found[2]) };
    Some(json!({ "operation": "difference", "from": from, "to": to }))
}

fn about_one(text: &str) -> Option<Value> {
    let date = WRITTEN.captures(text)?.get(1)?.as_str();
    if FACTS.is_match(text) {
        return Some(json!({ "operation": "parse", "value": date }));
    }
    WEEKDAY.is_match(text).then(|| json!({ "operation": "weekday", "value": date }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Value) {
        let found = calls(&TaskText::read(text));
        assert_eq!(found.first().map(|call| &call.arguments), Some(&expected), "{text}");
    }

    #[test]
    fn differences() {
        let expected = json!({ "operation": "difference", "from": "2026-03-14", "to": "2026-12-25" });
        check("How many days are there between 2026-03-14 and 2026-12-25?", expected.clone());
        check("How many weeks from 2026-03-14 until 2026-12-25?", expected);
        check(
            "How many days until 25 December 2026?",
            json!({ "operation": "difference", "from": "today", "to": "25 December 2026" }),
        );
    }

    #[test]
    fn sums() {
        check(
            "What date is 45 days before July 4th, 2026?",
            json!({ "operation": "add", "value": "July 4th, 2026", "amount": -45, "unit": "days" }),
        );
        check(
            "What is the date in 2 weeks?",
            json!({ "operation": "add", "value": "today", "amount": 2, "unit": "weeks" }),
        );
        check(
            "Subtract 1 month from 2026-03-31",
            json!({ "operation": "add", "value": "2026-03-31", "amount": -1, "unit": "months" }),
        );
    }

    #[test]
    fn facts_about_one_date() {
        check("Which day was 4 July 1976?", json!({ "operation": "weekday", "value": "4 July 1976" }));
        check("ISO week of 2026-11-22?", json!({ "operation": "parse", "value": "2026-11-22" }));
        check("What is the current date and time in UTC?", json!({ "operation": "now" }));
    }

    #[test]
    fn dates_in_passing_ask_for_nothing() {
        assert!(calls(&TaskText::read("The audit of 2026-11-22 is ready")).is_empty());
        assert!(calls(&TaskText::read("Update the dependencies to the current versions")).is_empty());
    }
}
