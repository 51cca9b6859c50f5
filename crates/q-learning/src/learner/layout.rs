//! The vectors that weights are learned for: one for each member of the committee, one after the other.

use serde::{Deserialize, Serialize};

use super::sketch::WIDTH;
use crate::Context;
use crate::features::{HASHED, MARKED, PROJECTED, SHAPE};

/// Every vector begins with 1, whose weight is the bias; then shape and state.
const STATE_AT: usize = 1 + SHAPE;
/// Priority, later attempt, number of attempts, and four signs of who failed.
const STATE: usize = 7;
const FAILED_AT: usize = 3;
const FAILED: usize = 4;
/// Where words or an embedding begin, in views that have them.
pub(crate) const WORDS_AT: usize = STATE_AT + STATE;
/// Bias, shape and state are what uncertainty is measured in.
const _: () = assert!(WORDS_AT == WIDTH);
/// Half of the hashed dimensions: words and runs of letters fall into either by their hash.
const HALF: usize = HASHED / 2;

/// A typical text, so that the bias means the value of a typical task.
const TYPICAL: [f32; SHAPE] = [
    0.72, 0.65, 0.40, 0.60, 0.65, 0.30, 0.40, 0.10, 0.05, 0.40, 0.35, 0.30, 0.20, 0.30, 0.30, 0.20, 0.40,
    0.20, 0.30, 0.30, 0.20, 0.15, 0.10, 0.50,
];

/// What a member of the committee looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Nothing: the agent alone.
    Agent,
    /// The shape of the text and the state of the episode.
    Shape,
    /// Shape, state and the first half of the hashed words.
    FirstWords,
    /// Shape, state and the second half of the hashed words.
    SecondWords,
    /// Shape, state and all of the hashed words.
    Words,
    /// Shape, state and the embedding.
    Meaning,
    /// Shape, state and the hashed marks.
    Marks,
}

/// A group of features that is explained together, or one that has a name of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Bias,
    Shape(usize),
    State,
    Words,
    Meaning,
    Marks,
}

impl View {
    const ALL: [Self; 7] = [
        Self::Agent,
        Self::Shape,
        Self::FirstWords,
        Self::SecondWords,
        Self::Words,
        Self::Meaning,
        Self::Marks,
    ];

    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    pub(crate) fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Length of the vector.
    pub(crate) fn dimensions(self) -> usize {
        match self {
            Self::Agent => 1,
            Self::Shape => WORDS_AT,
            Self::FirstWords | Self::SecondWords => WORDS_AT + HALF,
            Self::Words => WORDS_AT + HASHED,
            Self::Meaning => WORDS_AT + PROJECTED,
            Self::Marks => WORDS_AT + MARKED,
        }
    }

    /// Prior variances in the order of the vector.
    pub(crate) fn variances(self, bias: f64, shape: f64, word: f64) -> Vec<f32> {
        let mut variances = vec![word as f32; self.dimensions()];
        let shapes = self.dimensions().min(WORDS_AT);
        variances[..shapes].fill(shape as f32);
        variances[0] = bias as f32;
        variances
    }

    /// Which feature stands at this position of the vector.
    pub(crate) fn part(self, index: usize) -> Part {
        match index {
            0 => Part::Bias,
            1..STATE_AT => Part::Shape(index - 1),
            STATE_AT..WORDS_AT => Part::State,
            _ if self == Self::Meaning => Part::Meaning,
            _ if self == Self::Marks => Part::Marks,
            _ => Part::Words,
        }
    }

    /// Appends the vector of a context, whose beginning was worked out before.
    pub(crate) fn fill(self, context: &Context, beginning: &[f32; WORDS_AT], out: &mut Vec<f32>) {
        let features = &*context.features;
        out.extend_from_slice(&beginning[..self.dimensions().min(WORDS_AT)]);
        match self {
            Self::Agent | Self::Shape => {}
            Self::FirstWords => extend_unit(&features.hashed[..HALF], out),
            Self::SecondWords => extend_unit(&features.hashed[HALF..], out),
            Self::Words => extend_unit(&features.hashed, out),
            Self::Marks => extend_unit(&features.marked, out),
            Self::Meaning => {
                let end = out.len() + PROJECTED;
                out.extend(features.projected.iter().map(|value| f32::from(*value) / 127.0));
                out.resize(end, 0.0);
            }
        }
    }
}

/// Signs as a vector of unit length.
fn extend_unit(signs: &[i8], out: &mut Vec<f32>) {
    let present: i32 = signs.iter().map(|sign| i32::from(*sign != 0)).sum();
    let unit = 1.0 / (present.max(1) as f32).sqrt();
    out.extend(signs.iter().map(|sign| f32::from(*sign) * unit));
}

/// Bias, shape and state of a context.
pub(crate) fn beginning(context: &Context) -> [f32; WORDS_AT] {
    let mut out = [0.0; WORDS_AT];
    out[0] = 1.0;
    for (index, (shape, typical)) in context.features.shape.iter().zip(TYPICAL).enumerate() {
        out[1 + index] = f32::from(*shape) / 128.0 - typical;
    }
    fill_state(context, &mut out[STATE_AT..]);
    out
}

fn fill_state(context: &Context, out: &mut [f32]) {
    out[0] = (f32::from(context.priority) - 5.0) / 5.0;
    let earlier = (context.attempt - 1).min(7) as f32;
    out[1] = earlier.min(1.0);
    out[2] = earlier / 4.0;
    for fingerprint in &context.failed {
        let slot = FAILED_AT + (fingerprint % FAILED as u64) as usize;
        out[slot] += if fingerprint >> 63 == 0 { 0.5 } else { -0.5 };
    }
}
