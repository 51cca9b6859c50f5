//! NUL characters: legal in JSON, impossible in PostgreSQL text, and never meant.

use serde_json::Value;

use crate::problem::Problem;

/// What a field with a NUL is told.
pub(super) const MESSAGE: &str = "the text holds a NUL character";

/// Refuses a document with `\u0000` in it, and names the field. A raw NUL is not JSON and is refused by the parser.
pub(super) fn refuse(text: &str) -> Result<(), Problem> {
    if !text.contains("\\u0000") {
        return Ok(());
    }
    // The backslash may itself be escaped, so the document is looked at properly. One that is not JSON is the parser's to refuse.
    let found = serde_json::from_str::<Value>(text).ok().and_then(|value| find(&value, String::new()));
    found.map_or(Ok(()), |field| Err(Problem::invalid(field, MESSAGE)))
}

fn find(value: &Value, path: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| find(item, format!("{path}[{at}]")))
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let below = if path.is_empty() {
                name.replace('\0', "\u{fffd}")
            } else {
                format!("{path}.{}", name.replace('\0', "\u{fffd}"))
            };
            if name.contains('\0') { Some(below) } else { find(member, below) }
        }),
        _ => None,
    }
}
