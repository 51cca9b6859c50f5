//! Exact decimal arithmetic from an expression. Nothing is evaluated as code: there is a grammar, and that is all.

mod function;
mod number;
mod parser;
mod token;

use super::decimal::plain;
use super::tool::{ToolError, ToolResult, read, spec};
use react_agent::{EffectClass, ToolSpec};
use rust_decimal::RoundingStrategy;
use serde::Deserialize;
use serde_json::{Value, json};

const LONGEST: usize = 1000;

#[derive(Deserialize)]
struct Arguments {
    expression: String,
    round: Option<u32>,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "calculator",
        EffectClass::Pure,
        "Exact decimal arithmetic: + - * / ^ ( ), n!, percent (17.5% means 0.175; `17.5% of 2480`), pi, e, and \
         abs sqrt round(x,n) floor ceil ln log10 log2 exp pow(a,b) mod(a,b) min max sum avg. \
         The result is a decimal text; `exact` says whether it was rounded to 28 digits.",
        json!({
            "type": "object",
            "properties": {
                "expression": { "type": "string", "minLength": 1, "maxLength": LONGEST,
                    "description": "e.g. (3 * 1299.99 + 89.50) * 1.19" },
                "round": { "type": "integer", "minimum": 0, "maximum": 20,
                    "description": "decimal places of the result, halves away from zero" }
            },
            "required": ["expression"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let Arguments { expression, round } = read(arguments)?;
    let mut result = parser::evaluate(&expression).map_err(ToolError::failed)?;
    if let Some(places) = round {
        let rounded = result.value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        result.exact &= rounded == result.value;
        result.value = rounded;
    }
    Ok(json!({ "expression": expression, "result": plain(result.value), "exact": result.exact }))
}

#[cfg(test)]
mod tests;
