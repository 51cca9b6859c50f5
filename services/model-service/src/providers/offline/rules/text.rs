//! Running text and logs: statistics.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{PlannedCall, TaskText, call, extraction};

static LOG_STATISTICS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:count|how many|summari[sz]e|summary|levels?|statistics|stats|analy[sz]e|error lines?|errors)\b")
        .expect("a literal")
});
static TEXT_STATISTICS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\b(?:word counts?|count the words|how many words|number of words|reading time|how long to read|",
        r"readability|readable|sentences|(?:most )?frequent words|most common words|top (?:\d+ )?words|",
        r"text statistics|text stats|how many characters|character count)\b"
    ))
    .expect("a literal")
});
static TOP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:top|the) (\d{1,2}) (?:most|words)|\b(\d{1,2}) most (?:frequent|common)|\btop (\d{1,2})\b",
    )
    .expect("a literal")
});

/// `log_stats` for a log whose lines are to be counted or shown.
pub fn logs(task: &TaskText) -> Vec<PlannedCall> {
    let Some(log) = task.block(&["log", "logs"]) else { return Vec::new() };
    let extracts = !extraction::calls(task).is_empty();
    // Asked for addresses only, the word "errors" alone does not ask for a summary.
    let by_level = task.plain.contains("level") || task.plain.contains("summar");
    let wanted = if extracts { by_level } else { LOG_STATISTICS.is_match(&task.plain) };
    if wanted { vec![call("log_stats", json!({ "text": log }))] } else { Vec::new() }
}

/// `text_stats` for a passage whose words, sentences or readability are asked.
pub fn statistics(task: &TaskText) -> Vec<PlannedCall> {
    if !TEXT_STATISTICS.is_match(&task.plain) {
        return Vec::new();
    }
    let Some(text) = task.passage() else { return Vec::new() };
    let mut arguments = json!({ "text": text });
    let top = TOP.captures(&task.plain).and_then(|found| {
        let digits = found.get(1).or(found.get(2)).or(found.get(3))?;
        digits.as_str().parse::<u32>().ok().filter(|n| (1..=50).contains(n))
    });
    if let Some(top) = top {
        arguments["top"] = json!(top);
    }
    vec![call("text_stats", arguments)]
}
