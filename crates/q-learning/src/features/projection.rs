//! An embedding of any length, projected to a fixed few dimensions by hashed signs.

use super::hash::mix;

/// Dimensions kept.
pub(crate) const DIMENSIONS: usize = 64;

/// The projected unit vector in 1/127; empty when the embedding is empty, zero or not finite.
pub(crate) fn of(embedding: &[f32]) -> Vec<i8> {
    let norm = embedding.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    if !(norm.is_finite() && norm > 0.0) {
        return Vec::new();
    }
    let mut sums = [0.0f64; DIMENSIONS];
    for (position, value) in embedding.iter().enumerate() {
        let signs = mix(position as u64 + 1);
        for (dimension, sum) in sums.iter_mut().enumerate() {
            let sign = if (signs >> dimension) & 1 == 0 { 1.0 } else { -1.0 };
            *sum += sign * f64::from(*value) / norm;
        }
    }
    let length = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
    if length == 0.0 {
        return Vec::new();
    }
    sums.iter().map(|sum| (127.0 * sum / length).round() as i8).collect()
}
