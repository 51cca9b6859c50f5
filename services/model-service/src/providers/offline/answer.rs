//! The final answer: what the tools observed, quoted in sentences. Nothing is added that no tool said.

mod dates;
mod documents;
mod tables;
mod texts;

use serde_json::Value;

use super::Made;

/// Longest quotation of an observation that has no sentence of its own, in characters.
const QUOTE_LIMIT: usize = 2_000;

/// One paragraph for one call, a list for several.
pub fn render(made: &[&Made]) -> String {
    match made {
        [only] => sentence(only),
        several => {
            let list: String = several.iter().map(|made| format!("\n- {}", sentence(made))).collect();
            format!("The tools answered:{list}")
        }
    }
}

fn sentence(made: &Made) -> String {
    let observed = match &made.observation {
        Ok(observed) => observed,
        Err(text) => return format!("{} answered (cut off for its length): {}", made.tool, quote(text)),
    };
    let known = match made.tool.as_str() {
        "calculator" => calculation(observed),
        "unit_convert" => observed["text"].as_str().map(|text| format!("{text}.")),
        "datetime" => dates::sentence(&made.arguments, observed),
        "text_stats" => texts::statistics(observed),
        "log_stats" => texts::log(observed),
        "extract" => texts::extracted(observed),
        "json_query" => documents::query(observed),
        "json_validate" => documents::validation(observed),
        "knowledge_search" => documents::knowledge(observed),
        "csv_stats" => tables::statistics(observed),
        _ => None,
    };
    known.unwrap_or_else(|| format!("{} answered: {}", made.tool, quote(&observed.to_string())))
}

fn calculation(observed: &Value) -> Option<String> {
    let about = if observed["exact"] == false { "≈" } else { "=" };
    Some(format!("{} {about} {}.", observed["expression"].as_str()?, observed["result"].as_str()?))
}

fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTE_LIMIT) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}

/// A JSON value as people write it: text without quotation marks.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The values in a row, or a word for none.
fn row(values: &[Value]) -> String {
    if values.is_empty() {
        "none".to_owned()
    } else {
        values.iter().map(plain).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests;
