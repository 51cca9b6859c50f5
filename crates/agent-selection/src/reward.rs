//! An outcome, and what people said of it, become one number from 0 to 1.
//!
//! ```text
//! outcome   o = 0                                              when the agent failed
//!           o = 1 − w_cost·c/(c + c₀) − w_latency·t/(t + t₀)   when it succeeded; c₀, t₀ are where half is lost
//! feedback  f = mean over sources of the latest score of each, scaled to 0–1, by how far each is believed
//! reward    r = o                     without feedback
//!           r = f                     without an outcome of the agent's own doing
//!           r = (1 − w_f)·o + w_f·f   with both; w_f is less where even the most believed source is not believed
//! ```
//! A failure charged to infrastructure or to nobody has no `o`: it teaches nothing unless someone says something.

mod config;
mod feedback;

pub use config::RewardConfig;
pub use feedback::{Feedback, Score};

use task_model::{Blame, Outcome};

/// A reward from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Reward(f64);

impl Reward {
    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// What an outcome alone is worth; nothing when it was not the agent's doing.
pub fn reward(outcome: &Outcome, config: &RewardConfig) -> Option<Reward> {
    reward_with_feedback(Some(outcome), &[], config)
}

/// What an outcome and the feedback on it are worth. Feedback is in the order it came: the last of a source counts.
pub fn reward_with_feedback(
    outcome: Option<&Outcome>,
    feedback: &[Feedback],
    config: &RewardConfig,
) -> Option<Reward> {
    let automatic = outcome.and_then(|outcome| automatic(outcome, config));
    let value = match (automatic, feedback::believed(feedback)) {
        (Some(own), Some((said, trust))) => {
            let weight = config.feedback_weight * trust;
            (1.0 - weight) * own + weight * said
        }
        (own, said) => own.or(said.map(|(said, _)| said))?,
    };
    Some(Reward(value.clamp(0.0, 1.0)))
}

fn automatic(outcome: &Outcome, config: &RewardConfig) -> Option<f64> {
    match (outcome.succeeded, outcome.blame) {
        (true, _) => {
            let cost = lost(outcome.cost.as_usd(), config.cost_half_usd);
            let latency = lost(outcome.latency_ms as f64, config.latency_half_ms);
            Some(1.0 - config.cost_weight * cost - config.latency_weight * latency)
        }
        (false, Blame::Agent) => Some(0.0),
        (false, Blame::Infrastructure | Blame::Nobody) => None,
    }
}

/// From 0 towards 1, one half at `half`; never more, so that no success is worth less than a failure.
fn lost(amount: f64, half: f64) -> f64 {
    let amount = amount.max(0.0);
    amount / (amount + half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use task_model::MicroUsd;

    fn outcome(succeeded: bool, blame: Blame) -> Outcome {
        Outcome { succeeded, blame, cost: MicroUsd::ZERO, latency_ms: 0 }
    }

    fn said(source: &str, score: Score) -> Feedback {
        Feedback { source: source.into(), score, trust: 1.0 }
    }

    fn check(outcome: Option<Outcome>, feedback: &[Feedback], expected: Option<f64>) {
        let config = RewardConfig { feedback_weight: 0.5, ..RewardConfig::default() };
        let got = reward_with_feedback(outcome.as_ref(), feedback, &config).map(Reward::get);
        match (got, expected) {
            (Some(got), Some(expected)) => assert!((got - expected).abs() < 1e-9, "{got} {expected}"),
            _ => assert_eq!(got, expected),
        }
    }

    #[test]
    fn success_is_one_and_own_failure_zero() {
        check(Some(outcome(true, Blame::Agent)), &[], Some(1.0));
        check(Some(outcome(true, Blame::Nobody)), &[], Some(1.0));
        check(Some(outcome(false, Blame::Agent)), &[], Some(0.0));
    }

    #[test]
    fn failures_of_others_teach_nothing_unless_someone_speaks() {
        for blame in [Blame::Infrastructure, Blame::Nobody] {
            check(Some(outcome(false, blame)), &[], None);
            check(Some(outcome(false, blame)), &[said("user", Score::quality(2.0).unwrap())], Some(0.2));
        }
        check(None, &[], None);
    }

    #[test]
    fn the_latest_of_each_source_counts_and_sources_are_averaged() {
        let quality = |value| Score::quality(value).unwrap();
        let feedback =
            [said("ann", quality(0.0)), said("ben", quality(6.0)), said("ann", Score::success(true))];
        check(None, &feedback, Some(0.8));
        check(Some(outcome(false, Blame::Agent)), &feedback, Some(0.4));
        check(Some(outcome(true, Blame::Agent)), &feedback, Some(0.9));
    }

    #[test]
    fn a_source_that_is_not_believed_moves_little() {
        let liar = Feedback { trust: 0.1, ..said("liar", Score::success(false)) };
        check(Some(outcome(true, Blame::Agent)), std::slice::from_ref(&liar), Some(0.95));
        check(None, &[liar.clone(), said("ann", Score::success(true))], Some(1.0 / 1.1));
        check(None, &[liar], Some(0.0));
    }

    #[test]
    fn cost_and_time_take_a_little_of_a_success_and_nothing_of_a_failure() {
        let config = RewardConfig::default();
        let dear = Outcome { cost: MicroUsd(i64::MAX), latency_ms: i64::MAX, ..outcome(true, Blame::Agent) };
        let half =
            Outcome { cost: MicroUsd((config.cost_half_usd * 1e6) as i64), ..outcome(true, Blame::Agent) };
        let worth = |outcome: &Outcome| reward(outcome, &config).unwrap().get();
        assert!((worth(&dear) - (1.0 - config.cost_weight - config.latency_weight)).abs() < 1e-6);
        assert!((worth(&half) - (1.0 - config.cost_weight / 2.0)).abs() < 1e-6);
        assert_eq!(worth(&Outcome { latency_ms: -5, ..outcome(true, Blame::Agent) }), 1.0);
        assert_eq!(worth(&Outcome { succeeded: false, ..dear }), 0.0);
    }
}
