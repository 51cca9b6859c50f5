//! The constants of selection, one section of the configuration.

mod tenant;

use serde::Deserialize;
use task_model::Invalid;

pub use tenant::TenantObjective;

/// When to refuse, and how far from the descriptions to look.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectionConfig {
    /// A task whose best agent succeeds less probably than this is refused, 0 to 1.
    pub min_confidence: f64,
    /// The confidence in a text that says something never falls below this, however badly it went before: with the
    /// default floor such a task is always tried again, so that learning does not end; a higher floor refuses it.
    pub lowest_confidence: f64,
    /// From this share of the best agent's relevance an agent counts as suited by its description, 0 to 1.
    pub suited_share: f64,
    /// How clearly a text must speak for someone before only the suited are tried, 0 to 1.
    pub clear_from: f64,
    /// What an unsuited agent's learned value must exceed the suited ones' by, before there is experience, 0 to 1.
    pub unsuited_margin: f64,
    /// After so many outcomes of the best suited agent, half of that margin is left.
    pub prior_outcomes: f64,
    /// The probability spread evenly over all that may be drawn, so that every one of them is tried now and then and
    /// other policies can be judged by the log, 0 to 1.
    pub exploration_floor: f64,
    /// The share of tasks that go to agents not suited by their description while the suited ones always fail, 0 to 1.
    pub challenge_share: f64,
    /// When even the surest agent succeeds less probably than this, it takes the task and nothing is explored, 0 to 1; 0: never.
    pub escalate_below: f64,
    /// Whether an agent that failed this task may not try it again while there are others.
    pub exclude_failed: bool,
    /// What a task may cost on average, all its attempts together, in dollars; 0: no ceiling.
    pub cost_per_task_usd: f64,
    /// What all tasks of a UTC day may cost, in dollars; 0: no ceiling.
    pub cost_per_day_usd: f64,
    /// How long a task may take on average, all its attempts together, in milliseconds; 0: no ceiling.
    pub latency_ms: f64,
    /// Tenants with ceilings of their own.
    pub tenants: Vec<TenantObjective>,
}

impl Default for SelectionConfig {
    fn default() -> Self {
        Self {
            min_confidence: 0.2,
            lowest_confidence: 0.2,
            suited_share: 0.5,
            clear_from: 0.3,
            unsuited_margin: 0.25,
            prior_outcomes: 30.0,
            exploration_floor: 0.03,
            challenge_share: 0.5,
            escalate_below: 0.0,
            exclude_failed: true,
            cost_per_task_usd: 0.0,
            cost_per_day_usd: 0.0,
            latency_ms: 0.0,
            tenants: Vec::new(),
        }
    }
}

impl SelectionConfig {
    /// Refuses values out of range, naming the field.
    pub fn validate(&self) -> Result<(), Invalid> {
        let shares = [
            ("min_confidence", self.min_confidence),
            ("lowest_confidence", self.lowest_confidence),
            ("suited_share", self.suited_share),
            ("clear_from", self.clear_from),
            ("unsuited_margin", self.unsuited_margin),
            ("exploration_floor", self.exploration_floor),
            ("challenge_share", self.challenge_share),
            ("escalate_below", self.escalate_below),
        ];
        match shares.into_iter().find(|(_, value)| !(0.0..=1.0).contains(value)) {
            Some((field, value)) => Err(Invalid(format!("{field} must be from 0 to 1, not {value}"))),
            None if !(1.0..=1e6).contains(&self.prior_outcomes) => {
                Err(Invalid(format!("prior_outcomes must be from 1 to 1000000, not {}", self.prior_outcomes)))
            }
            None => self.validate_objectives(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_wrong_values_name_their_field() {
        assert_eq!(SelectionConfig::default().validate(), Ok(()));
        let wrong = SelectionConfig { clear_from: f64::NAN, ..SelectionConfig::default() };
        assert!(wrong.validate().unwrap_err().0.starts_with("clear_from"));
        let wrong = SelectionConfig { prior_outcomes: 0.0, ..SelectionConfig::default() };
        assert!(wrong.validate().unwrap_err().0.starts_with("prior_outcomes"));
    }
}
