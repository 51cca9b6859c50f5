//! The weights of the reward, one section of the configuration.

use serde::Deserialize;
use task_model::Invalid;

/// What counts besides success. With the defaults cost and time only decide between agents that both succeed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RewardConfig {
    /// The most that cost can take from a success, 0 to 0.5.
    pub cost_weight: f64,
    /// The cost in dollars that takes half of it.
    pub cost_half_usd: f64,
    /// The most that time can take from a success, 0 to 0.5.
    pub latency_weight: f64,
    /// The time in milliseconds that takes half of it.
    pub latency_half_ms: f64,
    /// The share of feedback in the reward when there is an outcome as well, 0 to 1. Who looked at the result knows better
    /// than that it completed, so all of it unless told otherwise.
    pub feedback_weight: f64,
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self {
            cost_weight: 0.05,
            cost_half_usd: 0.25,
            latency_weight: 0.02,
            latency_half_ms: 60_000.0,
            feedback_weight: 1.0,
        }
    }
}

impl RewardConfig {
    /// Refuses values out of range, naming the field.
    pub fn validate(&self) -> Result<(), Invalid> {
        let fields = [
            ("cost_weight", self.cost_weight, 0.0, 0.5),
            ("cost_half_usd", self.cost_half_usd, 1e-6, 1e6),
            ("latency_weight", self.latency_weight, 0.0, 0.5),
            ("latency_half_ms", self.latency_half_ms, 1.0, 1e9),
            ("feedback_weight", self.feedback_weight, 0.0, 1.0),
        ];
        match fields.into_iter().find(|(_, value, low, high)| !(*low..=*high).contains(value)) {
            Some((field, value, low, high)) => {
                Err(Invalid(format!("{field} must be from {low} to {high}, not {value}")))
            }
            None => Ok(()),
        }
    }
}
