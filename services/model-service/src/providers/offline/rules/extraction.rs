//! E-mail addresses, links, numbers, dates and IP addresses out of a text.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::{PlannedCall, TaskText, call};

static VERB: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:extract|list|collect|find all|find every|pull out|gather|pick out|get all)\b")
        .expect("a literal")
});

static KINDS: LazyLock<[(Regex, &str); 5]> = LazyLock::new(|| {
    let word = |words: &str| Regex::new(&format!(r"\b(?:{words})\b")).expect("a literal");
    [
        (word("e-?mails?|e-?mail addresses|mail addresses"), "emails"),
        (word("urls?|links?|hyperlinks?|web addresses"), "urls"),
        (word("numbers?|figures?|amounts?|prices?"), "numbers"),
        (word("dates?"), "dates"),
        (word("ip address(?:es)?|ips?"), "ips"),
    ]
});

/// `extract` of the kinds that are named between the verb and the source.
pub fn calls(task: &TaskText) -> Vec<PlannedCall> {
    let Some(verb) = VERB.find(&task.plain) else { return Vec::new() };
    let Some(text) = task.block(&["log", "logs"]).or_else(|| task.passage()) else { return Vec::new() };
    let wanted = objects(&task.plain[verb.end()..]);
    let kinds: Vec<&str> =
        KINDS.iter().filter(|(word, _)| word.is_match(wanted)).map(|(_, kind)| *kind).collect();
    if kinds.is_empty() { Vec::new() } else { vec![call("extract", json!({ "text": text, "kinds": kinds }))] }
}

/// `all links and dates in this mail` → `all links and dates`: the source may be called a mail without asking for mails.
fn objects(after_verb: &str) -> &str {
    let end = [" from ", " in ", " of ", " out of ", ":", ".", "\n"]
        .iter()
        .filter_map(|stop| after_verb.find(stop))
        .filter(|at| KINDS.iter().any(|(word, _)| word.is_match(&after_verb[..*at])))
        .min()
        .unwrap_or(after_verb.len());
    &after_verb[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kinds: &[&str]) {
        let found = calls(&TaskText::read(text));
        assert_eq!(found[0].arguments["kinds"], json!(kinds), "{text}");
    }

    #[test]
    fn only_the_kinds_named_before_the_source_are_asked() {
        check("List all links and dates in this mail.\n```text\nx\n```", &["urls", "dates"]);
        check("Extract the e-mail addresses from this page of links:\n```html\nx\n```", &["emails"]);
        check("Collect the IP addresses and numbers:\n```log\nx\n```", &["numbers", "ips"]);
    }

    #[test]
    fn text_without_a_fence_follows_the_colon() {
        let found = calls(&TaskText::read("Extract all emails from: write to a@b.example today"));
        assert_eq!(found[0].arguments["text"], "write to a@b.example today");
    }
}
