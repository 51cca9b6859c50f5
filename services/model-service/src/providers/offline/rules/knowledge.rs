//! Look-ups in the knowledge base, which must be named: a question alone is no search.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{PlannedCall, TaskText, call};

static NAMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bknowledge ?base\b").expect("a literal"));
static TOPIC: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        r"(?i)knowledge ?base\s+(?:for|about|on|say about|says about|say on|know about|contain about|hold about)\s+([^.?!;\n]+)",
        r"(?i)(?:search for|look up|look for|find|search|query)\s+(.+?)\s+in (?:the|our|your) knowledge ?base",
    ]
    .map(|pattern| Regex::new(pattern).expect("a literal"))
});
static LIMIT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:top|first|best) (\d{1,2})\b").expect("a literal"));

/// `knowledge_search` for what is quoted, or else for what is named.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    if !NAMED.is_match(&task.plain) {
        return Vec::new();
    }
    let topic = || TOPIC.iter().find_map(|topic| Some(topic.captures(&task.words)?[1].trim().to_owned()));
    let queries = if task.quotes.is_empty() { topic().into_iter().collect() } else { task.quotes.clone() };
    let limit = LIMIT.captures(&task.plain).and_then(|found| found[1].parse::<u32>().ok());
    queries
        .into_iter()
        .map(|query| {
            let mut arguments = json!({ "query": query });
            if let Some(limit) = limit.filter(|n| (1..=20).contains(n)) {
                arguments["limit"] = json!(limit);
            }
            call("knowledge_search", arguments)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, query: Option<&str>) {
        let found = calls(&TaskText::read(text));
        assert_eq!(found.first().and_then(|call| call.arguments["query"].as_str()), query, "{text}");
    }

    #[test]
    fn queries_are_quoted_or_named() {
        check("Search the knowledge base for \"release checklist\" and quote it.", Some("release checklist"));
        check("What does the knowledge base say about rollbacks?", Some("rollbacks"));
        check("Look up index rules in the knowledge base", Some("index rules"));
        check("What is machine learning?", None);
    }
}
