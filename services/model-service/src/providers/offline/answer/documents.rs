//! Sentences about JSON documents and the knowledge base.

use serde_json::Value;

use super::{plain, row};

/// Longest quotation of one entry of the knowledge base, in characters.
const ENTRY_LIMIT: usize = 1_500;

/// The matches of a path, and the aggregate when one was asked.
pub fn query(observed: &Value) -> Option<String> {
    let (path, matches) = (observed["path"].as_str()?, observed["matches"].as_array()?);
    let count = plain(&observed["count"]);
    if let Some(aggregate) = observed["aggregate"].as_str() {
        let result = plain(&observed["result"]);
        return Some(match aggregate {
            "count" => format!("{path} matches {result} values: {}.", row(matches)),
            _ => format!("The {aggregate} of {path} is {result} ({count} values: {}).", row(matches)),
        });
    }
    Some(match matches.as_slice() {
        [] => format!("{path} matches nothing in the document."),
        [one] => format!("{path} is {}.", plain(one)),
        several => format!("{path} matches {count} values: {}.", row(several)),
    })
}

/// Valid, or every error with its place.
pub fn validation(observed: &Value) -> Option<String> {
    if observed["valid"].as_bool()? {
        return Some("The document is valid against the schema.".to_owned());
    }
    let errors = observed["errors"].as_array()?.iter().map(|error| {
        let path = plain(&error["path"]);
        let place = if path.is_empty() { "(document)" } else { &path };
        format!("\n- {place}: {}", plain(&error["message"]))
    });
    let list: String = errors.collect();
    Some(format!(
        "The document is not valid against the schema; {} errors:{list}",
        plain(&observed["error_count"])
    ))
}

/// The entries found, with the ids to cite.
pub fn knowledge(observed: &Value) -> Option<String> {
    let (query, items) = (observed["query"].as_str()?, observed["items"].as_array()?);
    if items.is_empty() {
        return Some(format!("The knowledge base holds nothing about \"{query}\"."));
    }
    let entries = items.iter().map(|item| {
        let content: String = plain(&item["content"]).chars().take(ENTRY_LIMIT).collect();
        format!("\n- {} [{}]: \"{content}\"", plain(&item["title"]), plain(&item["id"]))
    });
    let list: String = entries.collect();
    Some(format!("The knowledge base holds {} entries about \"{query}\":{list}", items.len()))
}
