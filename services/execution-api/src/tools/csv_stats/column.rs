//! The figures of one column over some rows.

use super::super::decimal::plain;
use super::table::Table;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Decimal places of figures that do not end.
const PLACES: u32 = 10;
/// Most frequent texts shown.
const MOST_SHOWN: usize = 5;

pub(super) fn summary(table: &Table, column: usize, rows: &[usize]) -> Value {
    let filled: Vec<usize> = rows.iter().copied().filter(|row| !table.is_null(*row, column)).collect();
    let nulls = rows.len() - filled.len();
    let mut described = if table.is_numeric(column) {
        numbers(filled.iter().filter_map(|row| table.number(*row, column)).collect())
    } else {
        texts(filled.iter().map(|row| table.rows[*row][column].as_str()).collect())
    };
    described["name"] = table.header[column].as_str().into();
    described["count"] = filled.len().into();
    described["nulls"] = nulls.into();
    described
}

fn numbers(mut values: Vec<Decimal>) -> Value {
    values.sort_unstable();
    let sum = values.iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(*value));
    let mean = sum.and_then(|sum| sum.checked_div(Decimal::from(values.len())));
    let shown = |value: Option<Decimal>| value.map(|value| plain(value.round_dp(PLACES)));
    json!({
        "type": "number",
        "sum": shown(sum),
        "mean": shown(mean),
        "median": shown(median(&values)),
        "min": shown(values.first().copied()),
        "max": shown(values.last().copied()),
        "std": shown(mean.and_then(|mean| deviation(&values, mean))),
    })
}

fn median(sorted: &[Decimal]) -> Option<Decimal> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    sorted[middle - 1].checked_add(upper)?.checked_div(Decimal::TWO)
}

/// Sample standard deviation (n − 1). Squares outgrow exact decimals and a root is never exact, so in binary.
fn deviation(values: &[Decimal], mean: Decimal) -> Option<Decimal> {
    if values.len() < 2 {
        return None;
    }
    let from_mean = |value: &Decimal| value.checked_sub(mean).and_then(|apart| apart.to_f64());
    let squares =
        values.iter().map(|value| from_mean(value).map(|apart| apart * apart)).sum::<Option<f64>>()?;
    let deviation = (squares / (values.len() - 1) as f64).sqrt();
    Decimal::from_f64_retain(deviation)?.round_sf(12)
}

fn texts(values: Vec<&str>) -> Value {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    values.iter().for_each(|value| *counts.entry(value).or_default() += 1);
    let mut ranked: Vec<_> = counts.iter().collect();
    ranked.sort_unstable_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let top: Vec<Value> = ranked
        .iter()
        .take(MOST_SHOWN)
        .map(|(value, count)| json!({ "value": value, "count": count }))
        .collect();
    json!({ "type": "text", "unique": counts.len(), "top": top })
}
