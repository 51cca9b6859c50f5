//! Calls of tools in a model's words: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, as Hermes and Qwen write them.

use serde::Deserialize;
use serde_json::Value;

use crate::Call;

const OPEN: &str = "<tool_call>";
const CLOSE: &str = "</tool_call>";

#[derive(Deserialize)]
struct Written {
    name: String,
    #[serde(default, alias = "parameters")]
    arguments: Value,
}

/// An answer's text without its calls, and the calls. A block that is no call stays in the text.
pub fn split(answer: &str) -> (String, Vec<Call>) {
    let (mut text, mut calls, mut rest) = (String::new(), Vec::new(), answer);
    while let Some(at) = rest.find(OPEN) {
        let inside = &rest[at + OPEN.len()..];
        let (block, after) = match inside.find(CLOSE) {
            Some(end) => (&inside[..end], &inside[end + CLOSE.len()..]),
            None => (inside, ""),
        };
        match read(block) {
            Some(call) => {
                text.push_str(&rest[..at]);
                calls.push(call);
            }
            None => text.push_str(&rest[..rest.len() - after.len()]),
        }
        rest = after;
    }
    text.push_str(rest);
    (if calls.is_empty() { text } else { text.trim().to_owned() }, calls)
}

fn read(block: &str) -> Option<Call> {
    let written: Written = serde_json::from_str(block.trim()).ok()?;
    // Some models write the arguments as text that holds JSON.
    let arguments = match written.arguments {
        Value::String(text) => serde_json::from_str(&text).ok()?,
        Value::Null => Value::Object(Default::default()),
        other => other,
    };
    Some(Call::new(written.name, arguments))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_taken_out_of_the_text() {
        let answer = "Let me see.\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>\n<tool_call>{\"name\":\"now\"}</tool_call>";
        let (text, calls) = split(answer);
        assert_eq!(text, "Let me see.");
        assert_eq!(calls, [Call::new("add", json!({"a": 1})), Call::new("now", json!({}))]);
    }

    #[test]
    fn what_is_no_call_stays_text() {
        assert_eq!(
            split("a <tool_call>{oops</tool_call> b"),
            ("a <tool_call>{oops</tool_call> b".to_owned(), vec![])
        );
        assert_eq!(split("plain  "), ("plain  ".to_owned(), vec![]));
    }

    #[test]
    fn a_call_that_the_end_of_the_answer_closes_counts() {
        assert_eq!(
            split("<tool_call>{\"name\":\"now\",\"arguments\":\"{}\"}").1,
            [Call::new("now", json!({}))]
        );
    }
}
