//! Where each feature stands in the vector that the weights are learned for, and how far each weight may go.

use crate::Context;
use crate::features::{HASHED, PROJECTED, SHAPE};

/// The vector begins with 1, whose weight is the bias.
const SHAPE_AT: usize = 1;
const STATE_AT: usize = SHAPE_AT + SHAPE;
/// Priority, later attempt, number of attempts, and four signs of who failed.
const STATE: usize = 7;
const FAILED_AT: usize = STATE_AT + 3;
const FAILED: usize = 4;
const HASHED_AT: usize = STATE_AT + STATE;
const PROJECTED_AT: usize = HASHED_AT + HASHED;

/// Dimensions of the sketch, which uncertainty is measured in: all but the hashed words, and these folded together.
pub(crate) const SKETCH: usize = HASHED_AT + FOLDED;
const FOLDED: usize = 16;

/// A typical text, so that the bias means the value of a typical task.
const TYPICAL: [f32; SHAPE] = [
    0.72, 0.65, 0.40, 0.60, 0.65, 0.30, 0.40, 0.10, 0.05, 0.40, 0.35, 0.30, 0.20, 0.30, 0.30, 0.20, 0.40,
    0.20, 0.30, 0.30, 0.20, 0.15, 0.10, 0.50,
];

/// A group of features that is explained together, or one that has a name of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Bias,
    Shape(usize),
    State,
    Words,
    Meaning,
}

/// Which feature stands at this position.
pub(crate) fn part(index: usize) -> Part {
    match index {
        0 => Part::Bias,
        SHAPE_AT..STATE_AT => Part::Shape(index - SHAPE_AT),
        STATE_AT..HASHED_AT => Part::State,
        HASHED_AT..PROJECTED_AT => Part::Words,
        _ => Part::Meaning,
    }
}

/// Length of the vector.
pub(crate) fn dimensions(embedding: bool) -> usize {
    if embedding { PROJECTED_AT + PROJECTED } else { PROJECTED_AT }
}

/// Prior variances in the order of the vector.
pub(crate) fn variances(dimensions: usize, bias: f64, weight: f64) -> Vec<f32> {
    let mut variances = vec![weight as f32; dimensions];
    variances[0] = bias as f32;
    variances
}

/// Writes the vector of a context.
pub(crate) fn fill(context: &Context, dimensions: usize, out: &mut Vec<f32>) {
    out.clear();
    out.resize(dimensions, 0.0);
    out[0] = 1.0;
    let features = &*context.features;
    for (index, (shape, typical)) in features.shape.iter().zip(TYPICAL).enumerate() {
        out[SHAPE_AT + index] = f32::from(*shape) / 128.0 - typical;
    }
    fill_state(context, &mut out[STATE_AT..HASHED_AT]);
    let present = features.hashed.iter().filter(|sign| **sign != 0).count();
    let unit = 1.0 / (present.max(1) as f32).sqrt();
    for (slot, sign) in out[HASHED_AT..PROJECTED_AT].iter_mut().zip(&features.hashed) {
        *slot = f32::from(*sign) * unit;
    }
    for (slot, value) in out[PROJECTED_AT..].iter_mut().zip(&features.projected) {
        *slot = f32::from(*value) / 127.0;
    }
}

fn fill_state(context: &Context, out: &mut [f32]) {
    out[0] = (f32::from(context.priority) - 5.0) / 5.0;
    let earlier = (context.attempt - 1).min(7) as f32;
    out[1] = earlier.min(1.0);
    out[2] = earlier / 4.0;
    for fingerprint in &context.failed {
        let slot = FAILED_AT - STATE_AT + (fingerprint % FAILED as u64) as usize;
        out[slot] += if fingerprint >> 63 == 0 { 0.5 } else { -0.5 };
    }
}

/// Writes the sketch of a vector: its beginning, and the hashed words folded to a unit vector.
pub(crate) fn fold(x: &[f32], out: &mut Vec<f32>) {
    out.clear();
    out.extend_from_slice(&x[..HASHED_AT]);
    out.resize(SKETCH, 0.0);
    for (index, value) in x[HASHED_AT..PROJECTED_AT].iter().enumerate() {
        out[HASHED_AT + index % FOLDED] += value;
    }
    let length = out[HASHED_AT..].iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        out[HASHED_AT..].iter_mut().for_each(|value| *value /= length);
    }
}
