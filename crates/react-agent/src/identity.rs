//! The identity of a step: the same work has the same key, in every attempt and after every crash.

use crate::{ModelRequest, canonical_json};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// SHA-256 (hex) of task, step number, tool and canonical arguments. Each part is preceded by its length,
/// so that no two different quadruples share their bytes.
pub fn idempotency_key(task: &str, step: u32, tool: &str, arguments: &Value) -> String {
    digest(&[task, &step.to_string(), tool, &canonical_json(arguments)])
}

/// The key of a model call: the same question at the same step.
pub fn request_key(task: &str, request: &ModelRequest) -> String {
    let tools: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
    let asked = json!([request.messages, tools, request.tool_choice, request.sampling]);
    digest(&[task, &request.step.to_string(), &request.model, &canonical_json(&asked)])
}

pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(arguments: &str) -> String {
        let value = serde_json::from_str(arguments).expect("test JSON");
        idempotency_key("t", 2, "calculator", &value)
    }

    #[test]
    fn spelling_of_arguments_does_not_change_the_key() {
        assert_eq!(key(r#"{"a":1,"b":2}"#), key(r#"{ "b": 2.0, "a": 1 }"#));
        assert_ne!(key(r#"{"a":1}"#), key(r#"{"a":2}"#));
    }

    #[test]
    fn parts_cannot_run_into_each_other() {
        let none = Value::Null;
        assert_ne!(idempotency_key("t1", 1, "x", &none), idempotency_key("t", 11, "x", &none));
        assert_ne!(idempotency_key("t", 1, "ab", &none), idempotency_key("ta", 1, "b", &none));
    }

    #[test]
    fn the_key_never_changes_between_releases() {
        // Recomputed with Python's hashlib: a key that changed would repeat effects of runs that cross an upgrade.
        let known = "83365eb8a8c0c5cc6fd8c1625cd8acbbe3fab5f5a34731441264f88ca462e742";
        assert_eq!(key(r#"{"expression":"1+1"}"#), known);
    }
}
