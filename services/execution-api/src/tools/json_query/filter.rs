//! Conditions in brackets: comparisons of a relative path with a literal, joined by `&&`, `||` and `!`.

use super::super::decimal::from_json;
use super::path::{Reader, Step};
use super::select::first;
use serde_json::Value;
use std::cmp::Ordering;

/// Conditions nested deeper are refused.
const DEEPEST: u32 = 32;

/// A condition on one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Any(Vec<Filter>),
    All(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Vec<Step>),
    Compare(Operand, Comparison, Operand),
}

/// A side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Path(Vec<Step>),
    Literal(Value),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer words first, for `<` begins `<=`.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

pub(super) fn parse_filter(reader: &mut Reader) -> Result<Filter, String> {
    any(reader, 0)
}

fn any(reader: &mut Reader, depth: u32) -> Result<Filter, String> {
    joined(
        reader,
        "||",
        |reader| joined(reader, "&&", |reader| condition(reader, depth), Filter::All),
        Filter::Any,
    )
}

fn joined(
    reader: &mut Reader,
    word: &str,
    mut part: impl FnMut(&mut Reader) -> Result<Filter, String>,
    join: fn(Vec<Filter>) -> Filter,
) -> Result<Filter, String> {
    let mut parts = vec![part(reader)?];
    loop {
        reader.skip_spaces();
        if !reader.take(word) {
            return Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts) });
        }
        parts.push(part(reader)?);
    }
}

fn condition(reader: &mut Reader, depth: u32) -> Result<Filter, String> {
    if depth > DEEPEST {
        return Err("the filter is nested too deeply".to_owned());
    }
    reader.skip_spaces();
    if reader.take("(") {
        let inner = any(reader, depth + 1)?;
        reader.expect(")")?;
        return Ok(inner);
    }
    if reader.rest.starts_with('!') && !reader.rest.starts_with("!=") && reader.take("!") {
        return Ok(Filter::Not(Box::new(condition(reader, depth + 1)?)));
    }
    let left = operand(reader)?;
    reader.skip_spaces();
    match COMPARISONS.iter().find(|(word, _)| reader.take(word)) {
        Some((_, comparison)) => Ok(Filter::Compare(left, *comparison, operand(reader)?)),
        None => match left {
            Operand::Path(path) => Ok(Filter::Exists(path)),
            Operand::Literal(literal) => Err(format!("`{literal}` alone is no condition")),
        },
    }
}

fn operand(reader: &mut Reader) -> Result<Operand, String> {
    reader.skip_spaces();
    if reader.take("@") {
        let mut steps = vec![];
        while reader.step(&mut steps)? {}
        return Ok(Operand::Path(steps));
    }
    if let Some(text) = reader.quoted()? {
        return Ok(Operand::Literal(text.into()));
    }
    let end = reader
        .rest
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '+')))
        .unwrap_or(reader.rest.len());
    let (word, rest) = reader.rest.split_at(end);
    let literal: Value = serde_json::from_str(word)
        .map_err(|_| format!("`{word}` is no literal; texts stand in quotes, members after `@.`"))?;
    reader.rest = rest;
    Ok(Operand::Literal(literal))
}

impl Filter {
    pub fn holds(&self, value: &Value) -> bool {
        match self {
            Filter::Any(parts) => parts.iter().any(|part| part.holds(value)),
            Filter::All(parts) => parts.iter().all(|part| part.holds(value)),
            Filter::Not(part) => !part.holds(value),
            Filter::Exists(path) => first(value, path).is_some(),
            Filter::Compare(left, comparison, right) => {
                compare(left.value(value), *comparison, right.value(value))
            }
        }
    }
}

impl Operand {
    fn value<'v>(&'v self, of: &'v Value) -> Option<&'v Value> {
        match self {
            Operand::Path(path) => first(of, path),
            Operand::Literal(literal) => Some(literal),
        }
    }
}

/// Values of different kinds are unequal and have no order; so is what is absent.
fn compare(left: Option<&Value>, comparison: Comparison, right: Option<&Value>) -> bool {
    let order = match (left, right) {
        (Some(left), Some(right)) => order(left, right),
        (None, None) => Some(Ordering::Equal),
        _ => None,
    };
    match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => match (from_json(left), from_json(right)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, b) => (a == b).then_some(Ordering::Equal),
    }
}
