//! Sentences about texts and logs.

use serde_json::Value;

use super::{plain, row};

/// Counts, reading time, readability and the most frequent words.
pub fn statistics(observed: &Value) -> Option<String> {
    let count = |name: &str| plain(&observed[name]);
    let top = observed["top_words"].as_array()?.iter();
    let top: Vec<String> =
        top.map(|entry| format!("{} ({})", plain(&entry["word"]), plain(&entry["count"]))).collect();
    Some(format!(
        "The text has {} words ({} different), {} sentences and {} paragraphs in {} characters; reading time {}; \
         readability: {} (Flesch reading ease {}, Flesch-Kincaid grade {}). Most frequent words: {}.",
        count("words"),
        count("unique_words"),
        count("sentences"),
        count("paragraphs"),
        count("characters"),
        observed["reading_time"].as_str()?,
        count("readability"),
        count("flesch_reading_ease"),
        count("flesch_kincaid_grade"),
        top.join(", "),
    ))
}

/// Lines by level, and the lines that tell errors.
pub fn log(observed: &Value) -> Option<String> {
    let levels: Vec<String> =
        observed["levels"].as_object()?.iter().map(|(level, n)| format!("{level} {}", plain(n))).collect();
    let mut text = format!("The log has {} lines: {}", plain(&observed["lines"]), levels.join(", "));
    if observed["unclassified"].as_u64().is_some_and(|n| n > 0) {
        text += &format!(", without a level {}", observed["unclassified"]);
    }
    if let (Some(from), Some(to)) =
        (observed["first_timestamp"].as_str(), observed["last_timestamp"].as_str())
    {
        text += &format!(", from {from} to {to}");
    }
    let errors = observed["error_lines"].as_array().map(Vec::as_slice).unwrap_or_default();
    let quoted: String = errors.iter().map(|line| format!("\n> {}", plain(line))).collect();
    Some(if quoted.is_empty() { format!("{text}.") } else { format!("{text}. Error lines:{quoted}") })
}

/// What was found, kind by kind.
pub fn extracted(observed: &Value) -> Option<String> {
    let kinds = [
        ("emails", "E-mail addresses"),
        ("urls", "URLs"),
        ("numbers", "Numbers"),
        ("dates", "Dates"),
        ("ips", "IP addresses"),
    ];
    let found = kinds.iter().filter_map(|(kind, title)| {
        let items = observed[*kind].as_array()?;
        Some(format!("{title} ({}): {}.", items.len(), row(items)))
    });
    let found: Vec<String> = found.collect();
    (!found.is_empty()).then(|| found.join(" "))
}
