//! A JSON document against a JSON Schema. References stay inside the schema; nothing is ever fetched.

mod effort;

use super::document;
use super::tool::{ToolError, ToolResult, read, spec};
use effort::affordable;
use jsonschema::{PatternOptions, ValidationError, Validator};
use react_agent::{EffectClass, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};

/// Errors shown; the count counts all.
const MOST_SHOWN: usize = 50;
/// Characters of a message.
const LONGEST_MESSAGE: usize = 300;

#[derive(Deserialize)]
struct Arguments {
    document: Value,
    schema: Value,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "json_validate",
        EffectClass::Pure,
        "Validates a JSON document against a JSON Schema (drafts 4 to 2020-12) and lists every violation with its place. \
         References must stay inside the schema.",
        json!({
            "type": "object",
            "properties": {
                "document": document::parameter("the JSON document"),
                "schema": document::parameter("the JSON Schema")
            },
            "required": ["document", "schema"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let given: Arguments = read(arguments)?;
    let schema = document::parse("schema", given.schema)?;
    if !(schema.is_object() || schema.is_boolean()) {
        return Err(ToolError::failed("a JSON Schema is an object or a boolean"));
    }
    let document = document::parse("document", given.document)?;
    affordable(&schema, &document).map_err(ToolError::failed)?;
    let validator = compile(&schema)?;
    let errors: Vec<_> = validator.iter_errors(&document).collect();
    let shown: Vec<Value> = errors.iter().take(MOST_SHOWN).map(described).collect();
    Ok(json!({ "valid": errors.is_empty(), "error_count": errors.len(), "errors": shown }))
}

/// Compiles a schema for our own use too. Patterns run on the engine that does not backtrack.
pub(super) fn compile(schema: &Value) -> Result<Validator, ToolError> {
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex().size_limit(1 << 20).dfa_size_limit(1 << 20))
        .build(schema)
        .map_err(|error| {
            ToolError::failed(format!("the schema itself is wrong: {}", short(&error.to_string())))
        })
}

fn described(error: &ValidationError<'_>) -> Value {
    json!({ "path": error.instance_path().to_string(), "message": worded(error) })
}

/// What is wrong. A message quotes the offending value, which may be so long that the reason after it is lost.
pub(super) fn worded(error: &ValidationError<'_>) -> String {
    let quoted = error.to_string();
    if quoted.chars().count() <= LONGEST_MESSAGE { quoted } else { short(&error.masked().to_string()) }
}

fn short(message: &str) -> String {
    let kept: String = message.chars().take(LONGEST_MESSAGE).collect();
    if kept.len() < message.len() { format!("{kept}…") } else { kept }
}

#[cfg(test)]
mod tests;
