//! Finding e-mail addresses, URLs, numbers, dates and IP addresses in a text: found, checked, each once, in order.

mod pattern;

use super::datetime::read_date;
use super::tool::{LONGEST_TEXT, ToolResult, read, spec};
use pattern::Span;
use react_agent::{EffectClass, ToolSpec};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Findings shown of each kind; the counts count all.
const MOST_SHOWN: usize = 500;

#[derive(Deserialize)]
struct Arguments {
    text: String,
    kinds: Option<Vec<Kind>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Emails,
    Urls,
    Numbers,
    Dates,
    Ips,
}

const ALL: [Kind; 5] = [Kind::Emails, Kind::Urls, Kind::Numbers, Kind::Dates, Kind::Ips];

pub(super) fn describe() -> ToolSpec {
    spec(
        "extract",
        EffectClass::Pure,
        "Extracts e-mail addresses, URLs, numbers, dates (as ISO dates) and IP addresses from a text. \
         Each is listed once, in order of appearance; digits of dates, URLs and addresses are not numbers.",
        json!({
            "type": "object",
            "properties": {
                "text": { "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT },
                "kinds": { "type": "array", "minItems": 1, "uniqueItems": true, "items": { "enum": ALL },
                    "description": "what to extract; everything when absent" }
            },
            "required": ["text"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let Arguments { text, kinds } = read(arguments)?;
    let kinds = kinds.unwrap_or_else(|| ALL.to_vec());
    let (mut result, mut counts) = (Map::new(), Map::new());
    for kind in kinds {
        let mut found = once(find(kind, &text));
        let name = json!(kind).as_str().unwrap_or_default().to_owned();
        counts.insert(name.clone(), found.len().into());
        found.truncate(MOST_SHOWN);
        result.insert(name, found.into());
    }
    result.insert("counts".to_owned(), counts.into());
    Ok(result.into())
}

fn find(kind: Kind, text: &str) -> Vec<String> {
    let texts = |spans: Vec<Span>| spans.iter().map(|span| text[span.clone()].to_owned()).collect();
    match kind {
        Kind::Emails => texts(pattern::emails(text)),
        Kind::Urls => texts(pattern::urls(text)),
        Kind::Ips => texts(pattern::ips(text)),
        Kind::Numbers => texts(pattern::numbers(text)),
        Kind::Dates => pattern::dates(text).into_iter().filter_map(|span| iso(&text[span])).collect(),
    }
}

fn iso(written: &str) -> Option<String> {
    read_date(written).map(|date| date.to_string())
}

fn once(found: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    found.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

#[cfg(test)]
mod tests;
