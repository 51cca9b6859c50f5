//! The learning curve: mean rewards over windows of the experience log.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use service_api::rfc3339;
use storage::NewExperience;
use task_model::{Attempt, Micros, TaskId};
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
    /// Their mean reward, by the latest word on each.
    pub(crate) mean_reward: f64,
    /// The mean reward of all outcomes up to here.
    pub(crate) mean_reward_so_far: f64,
    /// The mean probability of the choices: near 1 when hardly anything else is tried any more.
    pub(crate) mean_propensity: f64,
}

/// Outcomes whose window is remembered, so that later judgements count there: the latest.
const REMEMBERED: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct Curve {
    windows: Vec<Window>,
    places: HashMap<(TaskId, Attempt), usize>,
    latest: VecDeque<(TaskId, Attempt)>,
}

#[derive(Debug)]
struct Window {
    seq: i64,
    at: Micros,
    outcomes: u64,
    reward_sum: f64,
    propensity_sum: f64,
}

impl Curve {
    pub(super) fn add(&mut self, seq: i64, line: &NewExperience) {
        if self.windows.last().is_none_or(|window| window.outcomes == WINDOW) {
            self.windows.push(Window { seq, at: line.at, outcomes: 0, reward_sum: 0.0, propensity_sum: 0.0 });
        }
        if let Some(window) = self.windows.last_mut() {
            (window.seq, window.at) = (seq, line.at);
            window.outcomes += 1;
            window.reward_sum += line.reward;
            window.propensity_sum += line.propensity;
        }
        self.remember(about(line), self.windows.len() - 1);
    }

    /// A later judgement counts where its outcome did; of one from long ago in the first window, so that the sum is right.
    pub(super) fn correct(&mut self, line: &NewExperience, replaced: f64) {
        let place = self.places.get(&about(line)).copied().unwrap_or(0);
        if let Some(window) = self.windows.get_mut(place) {
            window.reward_sum += line.reward - replaced;
        }
    }

    fn remember(&mut self, outcome: (TaskId, Attempt), window: usize) {
        if self.latest.len() == REMEMBERED
            && let Some(oldest) = self.latest.pop_front()
        {
            self.places.remove(&oldest);
        }
        self.latest.push_back(outcome.clone());
        self.places.insert(outcome, window);
    }

    pub(super) fn show(&self) -> LearningCurve {
        let (mut outcomes, mut reward_sum) = (0, 0.0);
        let point = |window: &Window| {
            outcomes += window.outcomes;
            reward_sum += window.reward_sum;
            CurvePoint {
                experience_seq: window.seq,
                at: rfc3339(window.at),
                outcomes: window.outcomes,
                mean_reward: readable(window.reward_sum / window.outcomes as f64),
                mean_reward_so_far: readable(reward_sum / outcomes as f64),
                mean_propensity: readable(window.propensity_sum / window.outcomes as f64),
            }
        };
        LearningCurve { window: WINDOW, points: self.windows.iter().map(point).collect() }
    }
}

fn about(line: &NewExperience) -> (TaskId, Attempt) {
    (line.task_id.clone(), line.attempt)
}
