//! Unit conversion with exact factors: the definitions, not rounded tables.

mod units;

use super::decimal::{from_json, from_text, plain};
use super::tool::{ToolError, ToolResult, quote, read, spec};
use react_agent::{EffectClass, ToolSpec};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use units::{QUANTITIES, Unit, find};

/// Digits shown: enough for any purpose, few enough to hide the last roundings of a quotient.
const DIGITS: u32 = 15;

#[derive(Deserialize)]
struct Arguments {
    value: Value,
    from: String,
    to: String,
}

pub(super) fn describe() -> ToolSpec {
    spec(
        "unit_convert",
        EffectClass::Pure,
        &format!(
            "Converts a value between units of {QUANTITIES}. Units by name or symbol: km, miles, °F, US gallons, \
                  MiB, km/h, kWh, psi, square feet, …"
        ),
        json!({
            "type": "object",
            "properties": {
                "value": { "anyOf": [{ "type": "number" }, { "type": "string", "maxLength": 40 }] },
                "from": { "type": "string", "minLength": 1, "maxLength": 40 },
                "to": { "type": "string", "minLength": 1, "maxLength": 40 }
            },
            "required": ["value", "from", "to"],
            "additionalProperties": false
        }),
    )
}

pub(super) fn run(arguments: &Value) -> ToolResult {
    let given: Arguments = read(arguments)?;
    let value = match &given.value {
        Value::String(text) => from_text(text),
        number => from_json(number),
    };
    let value =
        value.ok_or_else(|| ToolError::invalid(format!("`value` {} is not a number", given.value)))?;
    let (from, to) = (unit(&given.from)?, unit(&given.to)?);
    if from.quantity != to.quantity {
        let text = format!("{} is {}, {} is {}", from.name, from.quantity, to.name, to.quantity);
        return Err(ToolError::failed(format!("these cannot be converted: {text}")));
    }
    if from.below_absolute_zero(value) {
        return Err(ToolError::failed(format!("{value} {} is below absolute zero", from.symbol)));
    }
    let result =
        convert(value, from, to).ok_or_else(|| ToolError::failed("the result has too many digits"))?;
    let result = plain(result);
    Ok(json!({
        "value": plain(value),
        "from": from.name,
        "to": to.name,
        "quantity": from.quantity.to_string(),
        "text": format!("{} {} = {result} {}", plain(value), from.symbol, to.symbol),
        "result": result,
    }))
}

fn unit(written: &str) -> Result<&'static Unit, ToolError> {
    let found = find(written);
    match found.as_slice() {
        [unit] => Ok(unit),
        [] => Err(ToolError::failed(format!("the unit {} is unknown", quote(written)))),
        many => {
            let symbols: Vec<_> = many.iter().map(|unit| unit.symbol).collect();
            Err(ToolError::failed(format!("the unit {} may be {}", quote(written), symbols.join(" or "))))
        }
    }
}

/// To the base unit and from it in one fraction, so that nothing is rounded halfway.
fn convert(value: Decimal, from: &Unit, to: &Unit) -> Option<Decimal> {
    let (from, to) = (from.scale(), to.scale());
    let upper = value.checked_add(from.offset)?.checked_mul(from.numerator.checked_mul(to.denominator)?)?;
    let lower = from.denominator.checked_mul(to.numerator)?;
    upper.checked_div(lower)?.checked_sub(to.offset)?.round_sf(DIGITS)
}

#[cfg(test)]
mod tests;
