//! JSON documents: validation against a schema, and queries by path.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{PlannedCall, TaskText, call};

static BARE_PATH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$(?:\.{1,2}|\[)[^\s,;?]+").expect("a literal"));

/// `json_validate` when there is a schema, `json_query` for every path.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    let mut documents =
        task.blocks.iter().filter(|block| matches!(block.tag.as_str(), "json" | "jsonc" | "json5"));
    let Some(document) = documents.next().map(|block| block.body.as_str()) else { return Vec::new() };
    let second = || documents.next().map(|block| block.body.as_str());
    let schema = task.block(&["schema", "jsonschema"]).or_else(|| {
        let asked = task.plain.contains("schema") && task.plain.contains("validat");
        asked.then(second).flatten()
    });
    if let Some(schema) = schema {
        return vec![call("json_validate", json!({ "document": document, "schema": schema }))];
    }
    paths(task)
        .into_iter()
        .map(|path| {
            let mut arguments = json!({ "document": document, "path": path });
            if let Some(aggregate) = aggregate(&task.plain) {
                arguments["aggregate"] = json!(aggregate);
            }
            call("json_query", arguments)
        })
        .collect()
}

fn paths(task: &TaskText) -> Vec<String> {
    let marked: Vec<String> =
        task.spans.iter().filter(|span| span.starts_with('$') || span.starts_with('/')).cloned().collect();
    if !marked.is_empty() {
        return marked;
    }
    BARE_PATH.find_iter(&task.words).map(|path| path.as_str().trim_end_matches('.').to_owned()).collect()
}

static AGGREGATES: LazyLock<[(Regex, &str); 5]> = LazyLock::new(|| {
    let word = |words: &str| Regex::new(&format!(r"\b(?:{words})\b")).expect("a literal");
    [
        (word("count|how many|number of"), "count"),
        (word("total|sum|add up"), "sum"),
        (word("average|mean"), "mean"),
        (word("largest|maximum|max|highest|biggest"), "max"),
        (word("smallest|minimum|min|lowest"), "min"),
    ]
});

fn aggregate(plain: &str) -> Option<&'static str> {
    let found = AGGREGATES.iter().filter_map(|(word, name)| Some((word.find(plain)?.start(), *name)));
    found.min().map(|(_, name)| name)
}
