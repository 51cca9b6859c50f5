//! Recorded observations become sentences that hold every figure asked for.

use serde_json::json;

use super::*;

fn check(tool: &str, arguments: Value, observed: Value, expected: &str) {
    let made = Made { tool: tool.to_owned(), arguments, observation: Ok(observed) };
    assert_eq!(render(&[&made]), expected);
}

#[test]
fn calculations_show_whether_they_are_exact() {
    check(
        "calculator",
        json!({}),
        json!({ "expression": "17.5% of 2,480", "result": "434", "exact": true }),
        "17.5% of 2,480 = 434.",
    );
    check(
        "calculator",
        json!({}),
        json!({ "expression": "sqrt(2)", "result": "1.4142135623730950488", "exact": false }),
        "sqrt(2) ≈ 1.4142135623730950488.",
    );
}

#[test]
fn dates_are_told_with_their_weekday() {
    check(
        "datetime",
        json!({ "operation": "add", "value": "2026-11-22", "amount": -18, "unit": "months" }),
        json!({ "iso": "2025-05-22", "date": "2025-05-22", "time": null, "weekday": "Thursday" }),
        "18 months before 2026-11-22 is 2025-05-22, a Thursday.",
    );
    check(
        "datetime",
        json!({ "operation": "difference" }),
        json!({ "from": "2026-03-14", "to": "2026-12-25", "days": 286, "weeks": 40, "weekdays": 204, "hours": 6864 }),
        "From 2026-03-14 to 2026-12-25: 286 days (40 weeks, 204 weekdays, 6864 hours).",
    );
}

#[test]
fn queries_tell_matches_and_aggregates() {
    check(
        "json_query",
        json!({}),
        json!({ "path": "$..x", "count": 2, "matches": [1, "b"] }),
        "$..x matches 2 values: 1, b.",
    );
    check(
        "json_query",
        json!({}),
        json!({ "path": "$..x", "count": 2, "matches": [1, 2], "aggregate": "sum", "result": "3" }),
        "The sum of $..x is 3 (2 values: 1, 2).",
    );
    check(
        "json_query",
        json!({}),
        json!({ "path": "$.y", "count": 0, "matches": [] }),
        "$.y matches nothing in the document.",
    );
}

#[test]
fn tables_tell_columns_and_groups() {
    let number = |name: &str| json!({ "name": name, "type": "number", "count": 2, "nulls": 1, "mean": "1.5", "sum": "3" });
    check(
        "csv_stats",
        json!({}),
        json!({ "rows": 3, "columns": [number("n"), { "name": "t", "type": "text", "count": 3, "nulls": 0, "unique": 2,
            "top": [{ "value": "a", "count": 2 }] }], "group_by": "t", "groups": [{ "value": "a", "rows": 2, "columns": [number("n")] }] }),
        "The table has 3 rows.\n- n: mean 1.5, sum 3, values 2, missing 1\n- t: 3 values, 0 missing, 2 different: a (2)\n\
         Grouped by t:\n- a (2 rows): n: mean 1.5, sum 3, values 2, missing 1",
    );
}

#[test]
fn an_empty_search_says_so() {
    check(
        "knowledge_search",
        json!({}),
        json!({ "query": "x", "count": 0, "items": [] }),
        "The knowledge base holds nothing about \"x\".",
    );
}

#[test]
fn an_unknown_shape_is_quoted_as_it_is() {
    check("http_fetch", json!({}), json!({ "status": 200 }), "http_fetch answered: {\"status\":200}");
    check("calculator", json!({}), json!({ "value": 3 }), "calculator answered: {\"value\":3}");
}

#[test]
fn a_cut_observation_is_told_as_cut() {
    let made = Made {
        tool: "extract".into(),
        arguments: json!({}),
        observation: Err("{\"emails\":[… [truncated".into()),
    };
    assert!(render(&[&made]).contains("cut off"));
}
