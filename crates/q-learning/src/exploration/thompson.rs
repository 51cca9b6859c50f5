//! The probability of being the best, by integration instead of sampling: exact propensities, and no random numbers.

use super::Value;

/// Points of the grid on which the maximum may lie.
const CELLS: usize = 32;
/// Standard deviations beyond which a normal is taken for certain.
const REACH: f64 = 3.5;

/// P(candidate is the highest) for independent normals with the given means and `width` times their deviations.
///
/// On each cell of a common grid, the candidate that is highest there has mass `ΔF_a · Π_b F_b / F_a`.
pub(super) fn distribution(values: &[Value], width: f64, out: &mut [f64]) {
    let deviation = |value: &Value| (width * value.std_dev).max(1e-6);
    let low = values.iter().map(|v| v.net() - REACH * deviation(v)).fold(f64::NEG_INFINITY, f64::max);
    let high = values.iter().map(|v| v.net() + REACH * deviation(v)).fold(f64::NEG_INFINITY, f64::max);
    let step = (high - low) / CELLS as f64;
    for cell in 0..CELLS {
        let (from, to) = (low + cell as f64 * step, low + (cell + 1) as f64 * step);
        let mut below = 1.0;
        for value in values {
            below *= cumulative(((from + to) / 2.0 - value.net()) / deviation(value)).max(1e-12);
        }
        for (value, probability) in values.iter().zip(out.iter_mut()) {
            let at = |point: f64| cumulative((point - value.net()) / deviation(value));
            let start = if cell == 0 { 0.0 } else { at(from) };
            *probability += (at(to) - start) * below / at((from + to) / 2.0).max(1e-12);
        }
    }
    let sum: f64 = out.iter().sum();
    out.iter_mut().for_each(|probability| *probability /= sum);
}

/// Standard normal distribution function by the logistic of Bowling et al. (2009): within 0.00014, monotone, cheap.
fn cumulative(z: f64) -> f64 {
    1.0 / (1.0 + (-z * (1.5976 + 0.07056 * z * z)).exp())
}
