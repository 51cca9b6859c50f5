//! Expressions: in backticks, or written out after `what is`, `calculate`, `compute` …

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{PlannedCall, TaskText, call, dates, number_words};

static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:calculate|compute|work out|evaluate|what is|what's|what are|how much is|solve)\b[:\s]*",
    )
    .expect("a literal")
});
static ROUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\bround(?:ed)?\s+(?:it\s+|them\s+)?to\s+(\d{1,2}|one|two|three|four|no)\s+(?:decimal|digit|place)",
    )
    .expect("a literal")
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?:\d[\d,_]*)?\.?\d+").expect("a literal"));
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:of|abs|sqrt|round|floor|ceil|ln|log10|log2|exp|pow|mod|min|max|sum|avg|pi|e)\b")
        .expect("a literal")
});
/// What may follow an expression: `24/7 support` is none.
static AFTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(?:$|[^\w\s]|(?:rounded|round|and|then|in|to|as|equals?|with|using|exactly|please)\b|\n)",
    )
    .expect("a literal")
});
const SIGNS: &str = "+-*/^()%!,×÷−$€£";

/// `calculator` for every expression.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    let marked: Vec<String> = task.spans.iter().filter(|span| is_expression(span)).cloned().collect();
    let expressions = if marked.is_empty() { written_out(task) } else { marked };
    let places = places(&task.plain);
    expressions
        .into_iter()
        .map(|expression| {
            let mut arguments = json!({ "expression": expression });
            if let Some(places) = places {
                arguments["round"] = json!(places);
            }
            call("calculator", arguments)
        })
        .collect()
}

fn places(plain: &str) -> Option<u32> {
    let word = ROUND.captures(plain)?[1].to_owned();
    let named = ["no", "one", "two", "three", "four"].iter().position(|name| *name == word);
    named.map(|n| n as u32).or_else(|| word.parse().ok()).filter(|places| *places <= 20)
}

fn written_out(task: &TaskText) -> Vec<String> {
    let text = number_words::to_signs(&dates::blank_out(&task.words));
    let found = LEAD.find_iter(&text).filter_map(|lead| {
        let rest = &text[lead.end()..];
        let expression = leading_expression(rest);
        (is_expression(expression.trim()) && AFTER.is_match(&rest[expression.len()..]))
            .then(|| expression.trim().to_owned())
    });
    let found: Vec<String> = found.collect();
    let whole = text.trim().trim_end_matches(['=', '?', '.', ' ']);
    if found.is_empty() && is_expression(whole) { vec![whole.to_owned()] } else { found }
}

/// The longest start of the text that is made of an expression's parts.
fn leading_expression(text: &str) -> &str {
    let mut end = 0;
    while let Some(length) = part_length(&text[end..]) {
        end += length;
    }
    text[..end].trim_end_matches([',', '.', ' '])
}

fn part_length(rest: &str) -> Option<usize> {
    let first = rest.chars().next()?;
    if first == ' ' || SIGNS.contains(first) {
        return Some(first.len_utf8());
    }
    NUMBER.find(rest).or_else(|| WORD.find(rest)).map(|part| part.end())
}

/// Only an expression's parts, at least one digit and something to do with it.
fn is_expression(text: &str) -> bool {
    let is_path = text.starts_with('/') || text.starts_with("$.") || text.starts_with("$[");
    let works = text
        .trim_start_matches(['-', '+', '(', '$', ' '])
        .contains(['+', '-', '*', '/', '^', '!', '×', '÷', '−', '('])
        || text.contains(" of ");
    let has_value = text.contains(|c: char| c.is_ascii_digit()) || text.contains("pi");
    !is_path && works && has_value && leading_expression(text).len() == text.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found = calls(&TaskText::read(text));
        let found: Vec<_> = found.iter().map(|call| call.arguments["expression"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn expressions_are_found() {
        check("What is 17.5% of 2,480?", &["17.5% of 2,480"]);
        check("calculate `14 * log2(94)` and `2^10`", &["14 * log2(94)", "2^10"]);
        check("Compute (3 + 4) * 5 rounded to 2 decimals", &["(3 + 4) * 5"]);
        check("What is the square root of 144?", &["sqrt(144)"]);
        check("How much is 12 times 9 plus 3?", &["12 * 9 + 3"]);
        check("6*7", &["6*7"]);
        check("What is the average of 3, 4 and 8?", &["avg(3, 4, 8)"]);
    }

    #[test]
    fn rounding_words_are_read() {
        let found = calls(&TaskText::read("compute `1/3` rounded to two decimal places"));
        assert_eq!(found[0].arguments["round"], 2);
    }

    #[test]
    fn other_things_are_no_expressions() {
        for text in [
            "What is 4 July 2026?",
            "What is `$.a[0]`?",
            "What is `/a/0`?",
            "What is a 22 px font?",
            "Calculate the ROI",
            "What is 5?",
            "What is 2026-11-22?",
            "What is e?",
            "What is 24/7 support?",
        ] {
            check(text, &[]);
        }
    }
}
