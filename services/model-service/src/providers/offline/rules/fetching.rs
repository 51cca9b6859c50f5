//! `Fetch https://…`: only when fetching is asked for by that word.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{PlannedCall, TaskText, call};

static FETCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:fetch|download|retrieve|http get)\b[^\n]*?(https?://[^\s`\x22<>]+)")
        .expect("a literal")
});

/// `http_fetch` of the address that follows the verb.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    let address =
        FETCH.captures(&task.words).map(|found| found[1].trim_end_matches(['.', ',', ')', '?']).to_owned());
    address.map(|url| call("http_fetch", json!({ "url": url }))).into_iter().collect()
}
