//! Second steps that need what a first one observed: numbers are extracted, then added up.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::super::Made;
use super::{PlannedCall, TaskText, call};

static AGGREGATES: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let word = |words: &str| Regex::new(&format!(r"\b(?:{words})\b")).expect("a literal");
    [
        (word("sum|total|add (?:them|these|those|it all)? ?up|add them"), "sum"),
        (word("average|mean"), "avg"),
        (word("largest|maximum|highest|biggest"), "max"),
        (word("smallest|minimum|lowest"), "min"),
    ]
});

/// The calculator takes expressions of at most this many characters.
const EXPRESSION_LIMIT: usize = 1_000;

/// Calls that follow from the observations so far.
pub fn follow_up(task: &TaskText, made: &[Made]) -> Vec<PlannedCall> {
    let numbers = made
        .iter()
        .filter(|made| made.tool == "extract")
        .find_map(|made| made.observation.as_ref().ok()?.get("numbers")?.as_array());
    let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) else { return Vec::new() };
    let list: Vec<&str> = numbers.iter().filter_map(Value::as_str).collect();
    AGGREGATES
        .iter()
        .filter(|(word, _)| word.is_match(&task.plain))
        .map(|(_, function)| format!("{function}({})", list.join(", ")))
        .filter(|expression| expression.len() <= EXPRESSION_LIMIT)
        .map(|expression| call("calculator", json!({ "expression": expression })))
        .collect()
}
