//! Walking a document along a path.

use super::path::Step;
use serde_json::Value;

/// Values a step may reach: repeated descent multiplies, and must end somewhere.
const MOST_VALUES: usize = 100_000;

pub(super) fn select<'v>(document: &'v Value, path: &[Step]) -> Result<Vec<&'v Value>, String> {
    let mut values = vec![document];
    for step in path {
        let mut next = vec![];
        for value in values {
            step.follow(value, &mut next);
            if next.len() > MOST_VALUES {
                return Err(format!("the path reaches more than {MOST_VALUES} values"));
            }
        }
        values = next;
    }
    Ok(values)
}

/// The first match inside a filter. Filters run once a value, so there they do not descend.
pub(super) fn first<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    let Some((step, rest)) = path.split_first() else { return Some(value) };
    let mut next = vec![];
    if !matches!(step, Step::Descend | Step::Filter(_)) {
        step.follow(value, &mut next);
    }
    next.into_iter().find_map(|value| first(value, rest))
}

impl Step {
    fn follow<'v>(&self, value: &'v Value, out: &mut Vec<&'v Value>) {
        match self {
            Step::Key(key) => out.extend(value.get(key)),
            Step::Index(index) => {
                out.extend(value.as_array().and_then(|items| items.get(at(*index, items.len())?)))
            }
            Step::Slice(from, to) => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let (from, to) = (bound(*from, items.len(), 0), bound(*to, items.len(), items.len()));
                out.extend(items.get(from..to).into_iter().flatten());
            }
            Step::Wildcard => out.extend(children(value)),
            Step::Filter(filter) => out.extend(children(value).filter(|child| filter.holds(child))),
            Step::Descend => descend(value, out),
            Step::Pointer(part) => match value {
                Value::Array(items) => out.extend(part.parse().ok().and_then(|at: usize| items.get(at))),
                other => out.extend(other.get(part)),
            },
        }
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The value and all below it, in document order. Recursion is as deep as the document, which the parser bounds.
fn descend<'v>(value: &'v Value, out: &mut Vec<&'v Value>) {
    if out.len() > MOST_VALUES {
        return;
    }
    out.push(value);
    children(value).for_each(|child| descend(child, out));
}

fn at(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(length as i64)? } else { index };
    usize::try_from(index).ok()
}

fn bound(given: Option<i64>, length: usize, absent: usize) -> usize {
    let Some(given) = given else { return absent };
    let index = if given < 0 { given.saturating_add(length as i64).max(0) } else { given };
    usize::try_from(index).unwrap_or(usize::MAX).min(length)
}
