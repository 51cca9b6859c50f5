//! The learning curve: mean rewards over windows of the experience log.

use serde::{Deserialize, Serialize};
use service_api::rfc3339;
use storage::NewExperience;
use task_model::Micros;
use utoipa::ToSchema;

use crate::app::assign::answer::readable;

/// Outcomes in one window: few enough to see a change soon, enough to damp chance.
const WINDOW: u64 = 50;

/// `GET /analytics/learning-curve`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct LearningCurve {
    /// Outcomes in a full window.
    pub(crate) window: u64,
    /// One for each window, in order; the last may not be full yet.
    pub(crate) points: Vec<CurvePoint>,
}

/// One window.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CurvePoint {
    /// The last experience in it.
    pub(crate) experience_seq: i64,
    /// When that was learned (RFC 3339).
    pub(crate) at: String,
    /// Outcomes in it.
    pub(crate) outcomes: u64,
    /// Their mean reward.
    pub(crate) mean_reward: f64,
    /// The mean reward of all outcomes up to here.
    pub(crate) mean_reward_so_far: f64,
    /// The mean probability of the choices: near 1 when hardly anything else is tried any more.
    pub(crate) mean_propensity: f64,
}

#[derive(Debug, Default)]
pub(super) struct Curve {
    windows: Vec<Window>,
    outcomes: u64,
    reward_sum: f64,
}

#[derive(Debug)]
struct Window {
    seq: i64,
    at: Micros,
    outcomes: u64,
    reward_sum: f64,
    propensity_sum: f64,
    so_far: f64,
}

impl Curve {
    pub(super) fn add(&mut self, seq: i64, line: &NewExperience) {
        self.outcomes += 1;
        self.reward_sum += line.reward;
        let so_far = self.reward_sum / self.outcomes as f64;
        if self.windows.last().is_none_or(|window| window.outcomes == WINDOW) {
            let empty =
                Window { seq, at: line.at, outcomes: 0, reward_sum: 0.0, propensity_sum: 0.0, so_far };
            self.windows.push(empty);
        }
        if let Some(window) = self.windows.last_mut() {
            (window.seq, window.at, window.so_far) = (seq, line.at, so_far);
            window.outcomes += 1;
            window.reward_sum += line.reward;
            window.propensity_sum += line.propensity;
        }
    }

    pub(super) fn show(&self) -> LearningCurve {
        let point = |window: &Window| CurvePoint {
            experience_seq: window.seq,
            at: rfc3339(window.at),
            outcomes: window.outcomes,
            mean_reward: readable(window.reward_sum / window.outcomes as f64),
            mean_reward_so_far: readable(window.so_far),
            mean_propensity: readable(window.propensity_sum / window.outcomes as f64),
        };
        LearningCurve { window: WINDOW, points: self.windows.iter().map(point).collect() }
    }
}
