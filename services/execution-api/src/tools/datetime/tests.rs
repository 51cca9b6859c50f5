//! Dates with known answers.

use super::*;
use chrono::NaiveDate;

fn ask(arguments: Value) -> ToolResult {
    let now = DateTime::parse_from_rfc3339("2026-11-22T10:30:05Z").expect("a time").to_utc();
    run(&arguments, now)
}

fn check(arguments: Value, pointer: &str, expected: impl Into<Value>) {
    let result = ask(arguments.clone()).unwrap_or_else(|e| panic!("{arguments}: {e}"));
    assert_eq!(result.pointer(pointer), Some(&expected.into()), "{arguments} {pointer} in {result}");
}

fn refuses(arguments: Value, why: &str) {
    let said = ask(arguments).expect_err(why).message;
    assert!(said.contains(why), "{said}");
}

#[test]
fn now_is_the_callers_clock() {
    check(json!({"operation": "now"}), "/iso", "2026-11-22T10:30:05+00:00");
    check(json!({"operation": "now", "offset": "+02:00"}), "/time", "12:30:05");
    check(json!({"operation": "now"}), "/weekday", "Sunday");
    check(json!({"operation": "parse", "value": "tomorrow"}), "/iso", "2026-11-23");
}

#[test]
fn many_spellings_are_one_date() {
    for written in [
        "2026-07-04",
        "2026/07/04",
        "4.7.2026",
        "04.07.2026",
        "4 July 2026",
        "4th of July 2026",
        "July 4, 2026",
        "Jul 4th 2026",
        "4 jul. 2026",
    ] {
        check(json!({"operation": "parse", "value": written}), "/date", "2026-07-04");
    }
    check(json!({"operation": "parse", "value": "1767225600"}), "/iso", "2026-01-01T00:00:00+00:00");
    check(json!({"operation": "parse", "value": "2026-03-01 08:15"}), "/time", "08:15:00");
    check(json!({"operation": "parse", "value": "2026-03-01T08:15:00-05:00"}), "/unix", 1_772_370_900);
    check(
        json!({"operation": "parse", "value": "2026-03-01T08:15:00-05:00", "offset": "+01:00"}),
        "/time",
        "14:15:00",
    );
}

#[test]
fn adding_keeps_to_the_calendar() {
    let add = |value: &str, amount: i64, unit: &str| json!({"operation": "add", "value": value, "amount": amount, "unit": unit});
    check(add("2026-11-22", 90, "days"), "/date", "2027-02-20");
    check(add("2027-01-31", -45, "days"), "/date", "2026-12-17");
    check(add("2026-11-22", -18, "months"), "/date", "2025-05-22");
    check(add("2026-01-31", 1, "months"), "/date", "2026-02-28");
    check(add("2024-02-29", 1, "years"), "/date", "2025-02-28");
    check(add("2026-12-31", 1, "weeks"), "/date", "2027-01-07");
    check(add("2026-12-31", 25, "hours"), "/iso", "2027-01-01T01:00:00+00:00");
    refuses(add("2026-12-31", i64::MAX, "years"), "outside the calendar");
    refuses(add("2026-12-31", 9_000_000, "days"), "outside the calendar");
}

#[test]
fn differences_are_counted_in_every_unit() {
    let apart = |from: &str, to: &str| json!({"operation": "difference", "from": from, "to": to});
    check(apart("2026-03-14", "2026-12-25"), "/days", 286);
    check(apart("2026-12-25", "2026-03-14"), "/days", -286);
    check(apart("2024-02-28", "2024-03-01"), "/days", 2);
    check(apart("2026-03-14", "2026-12-25"), "/calendar", json!({"years": 0, "months": 9, "days": 11}));
    check(apart("2000-02-29", "2026-02-28"), "/calendar", json!({"years": 26, "months": 0, "days": 0}));
    check(apart("2026-11-20", "2026-11-24"), "/weekdays", 2);
    check(apart("2026-11-22T08:00:00Z", "2026-11-22T09:30:00Z"), "/text", "1 h 30 min");
}

#[test]
fn the_weekday_is_told() {
    check(json!({"operation": "weekday", "value": "4 July 2026"}), "/weekday", "Saturday");
    check(json!({"operation": "weekday", "value": "2026-11-23"}), "/is_weekend", false);
    check(json!({"operation": "weekday"}), "/weekday", "Sunday");
}

#[test]
fn what_cannot_be_read_is_refused() {
    refuses(json!({"operation": "parse", "value": "03/04/2026"}), "different countries");
    refuses(json!({"operation": "parse", "value": "2026-02-30"}), "not a date");
    refuses(json!({"operation": "parse", "value": "soon"}), "not a date");
    refuses(json!({"operation": "parse", "value": "20261122"}), "not a date");
    refuses(json!({"operation": "parse"}), "needs `value`");
    refuses(json!({"operation": "add", "value": "2026-02-03"}), "needs `amount`");
    refuses(json!({"operation": "difference", "from": "2026-02-03"}), "needs `from` and `to`");
    refuses(json!({"operation": "now", "offset": "+99:00"}), "not an offset");
}

#[test]
fn weekdays_agree_with_counting_one_by_one() {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date");
    for length in 0..30 {
        let last = first + Duration::days(length);
        let counted =
            (0..length).filter(|d| (first + Duration::days(*d)).weekday().number_from_monday() < 6).count();
        check(
            json!({"operation": "difference", "from": first.to_string(), "to": last.to_string()}),
            "/weekdays",
            counted,
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,30}", amount in proptest::prelude::any::<i64>(), unit in "seconds|days|weeks|months|years") {
        let _ = ask(json!({"operation": "parse", "value": text}));
        let _ = ask(json!({"operation": "add", "value": "2026-01-31", "amount": amount, "unit": unit}));
    }
}
