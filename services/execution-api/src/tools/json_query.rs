//! Questions to a JSON document: JSON Pointer, or a path with wildcards, slices, descent and filters.

mod filter;
mod path;
mod select;

use super::decimal::{from_json, plain};
use super::document;
use super::tool::{ToolError, ToolResult, read, spec};
use react_agent::{EffectClass, ToolSpec};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

/// Matches shown; the count counts all.
const MOST_SHOWN: usize = 200;

#[derive(Deserialize)]
struct Arguments {
    document: Value,
    path: String,
    aggregate: Option<Aggregate>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Aggregate {
    Count,
    Sum,
    Mean,
    Min,
    Max,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "json_query",
        EffectClass::Pure,
        "Finds values in a JSON document by JSON Pointer (/a/0/b) or path: $.a[*].b, $..name, ['a key'], [-1], [1:3], \
         [?(@.price > 3 && @.kind == 'book')]. `aggregate` counts the matches or computes over their numbers.",
        json!({
            "type": "object",
            "properties": {
                "document": document::parameter("the JSON document"),
                "path": { "type": "string", "maxLength": 500, "description": "empty for the whole document" },
                "aggregate": { "enum": ["count", "sum", "mean", "min", "max"] }
            },
            "required": ["document", "path"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let given: Arguments = read(arguments)?;
    let document = document::parse("document", given.document)?;
    let path = path::parse(&given.path).map_err(ToolError::invalid)?;
    let matches = select::select(&document, &path).map_err(ToolError::failed)?;
    let shown: Vec<&Value> = matches.iter().copied().take(MOST_SHOWN).collect();
    let mut result = json!({ "path": given.path, "count": matches.len(), "matches": shown });
    if let Some(aggregate) = given.aggregate {
        result["aggregate"] = arguments["aggregate"].clone();
        result["result"] = compute(aggregate, &matches)?.into();
    }
    Ok(result)
}

fn compute(aggregate: Aggregate, matches: &[&Value]) -> Result<String, ToolError> {
    if aggregate == Aggregate::Count {
        return Ok(matches.len().to_string());
    }
    let numbers: Vec<Decimal> = matches.iter().filter_map(|value| from_json(value)).collect();
    let nothing = || ToolError::failed("the path matches no numbers");
    let first = *numbers.first().ok_or_else(nothing)?;
    let sum = || numbers[1..].iter().try_fold(first, |sum, n| sum.checked_add(*n));
    let value = match aggregate {
        Aggregate::Min => numbers.iter().min().copied(),
        Aggregate::Max => numbers.iter().max().copied(),
        Aggregate::Mean => {
            sum().and_then(|sum| sum.checked_div(Decimal::from(numbers.len()))).map(|m| m.round_dp(10))
        }
        Aggregate::Sum | Aggregate::Count => sum(),
    };
    value.map(plain).ok_or_else(|| ToolError::failed("the result has too many digits"))
}

#[cfg(test)]
mod tests;
