//! Inverse gap weighting.

use super::{Value, highest};

/// `1 / (K + γ · gap)` for all but the best, which takes the rest.
pub(super) fn distribution(values: &[Value], gamma: f64, out: &mut [f64]) {
    let best = highest(values, Value::net);
    let count = values.len() as f64;
    let mut rest = 1.0;
    for (value, probability) in values.iter().zip(out.iter_mut()) {
        *probability = 1.0 / (count + gamma * (values[best].net() - value.net()));
        rest -= *probability;
    }
    out[best] += rest;
}
