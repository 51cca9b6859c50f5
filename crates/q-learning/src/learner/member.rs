//! One member of the committee: a pooled linear learner on its own choice of features.
//!
//! Members differ in what they look at and in how far they let an agent stand apart. One that looks at little learns from a handful of
//! outcomes; one that looks at every word learns more, later. Averaging them by how well they predicted needs no knowledge of how
//! many outcomes there will be, and the errors of different hashes partly cancel.

use serde::{Deserialize, Serialize};

use super::layout::View;
use crate::bytes::{Reader, Writer};
use crate::{Error, LearnerConfig};

/// What a member looks at, and how far the weights of an agent may be from those of all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The features it looks at.
    pub view: View,
    /// Variance of an agent's bias.
    pub bias_variance: f64,
    /// Variance of an agent's weight of a shape or state feature.
    pub shape_variance: f64,
    /// Variance of an agent's weight of a word or embedding feature, for vectors of unit length.
    pub word_variance: f64,
}

/// Variance of every weight of [`Member::even`]. On the development sets everything from 0.01 to 0.03 does about as well.
const EVEN: f64 = 0.02;

impl Member {
    /// A member that lets an agent stand apart in its bias, by the shape and by the words about equally.
    pub fn even(view: View) -> Self {
        Self { view, bias_variance: EVEN, shape_variance: EVEN, word_variance: EVEN }
    }

    /// Prior variances of an agent's weights, in the order of the view's vector.
    pub(crate) fn agent_prior(&self) -> Vec<f32> {
        self.view.variances(self.bias_variance, self.shape_variance, self.word_variance)
    }

    /// Prior variances of the weights of all agents.
    pub(crate) fn shared_prior(&self, config: &LearnerConfig) -> Vec<f32> {
        let weight = config.shared_weight_variance;
        self.view.variances(config.shared_bias_variance, weight, weight)
    }

    pub(crate) fn is_allowed(&self) -> bool {
        let variances = [self.bias_variance, self.shape_variance, self.word_variance];
        variances.iter().all(|variance| (1e-6..=100.0).contains(variance))
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.u8(self.view.number());
        [self.bias_variance, self.shape_variance, self.word_variance]
            .iter()
            .for_each(|value| out.f64(*value));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let view = View::numbered(from.u8()?).ok_or(Error::Corrupt("an unknown view"))?;
        Ok(Self { view, bias_variance: from.f64()?, shape_variance: from.f64()?, word_variance: from.f64()? })
    }
}
