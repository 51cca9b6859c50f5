//! The line of the log that a decision and its outcome become.

use q_learning::{NextState, Spent, Word};
use storage::{NewDecision, NewExperience, RunOutcome};
use task_model::{Attempt, Micros, Outcome, TaskId};

use crate::app::assign::trace;

/// What an attempt taught; `None` when its agent was pinned, so that nothing was chosen.
pub(crate) fn of_outcome(
    outcome: &RunOutcome,
    observed: &Outcome,
    reward: f64,
    next: Option<NextState>,
    now: Micros,
) -> Option<NewExperience> {
    let record = outcome.decisions.last()?;
    let of = Of {
        task_id: &outcome.task.task_id,
        attempt: outcome.attempt,
        decision: &record.decision,
        observed,
        word: None,
    };
    of.line(reward, None, next, "settle", now)
}

/// Which attempt a line is about.
pub(crate) struct Of<'a> {
    /// The task.
    pub(crate) task_id: &'a TaskId,
    /// The attempt.
    pub(crate) attempt: Attempt,
    /// The choice behind it.
    pub(crate) decision: &'a NewDecision,
    /// How it ended.
    pub(crate) observed: &'a Outcome,
    /// Whose word the reward was changed by.
    pub(crate) word: Option<Word>,
}

impl Of<'_> {
    /// The line; `replaces` is the reward that was learned before and no longer holds.
    pub(crate) fn line(
        &self,
        reward: f64,
        replaces: Option<f64>,
        next: Option<NextState>,
        source: &str,
        now: Micros,
    ) -> Option<NewExperience> {
        if !self.decision.learnable {
            return None;
        }
        let experience = trace::experience(self.decision, reward);
        let experience = experience.inspect_err(|error| {
            tracing::error!(task.id = %self.task_id, %error, "a stored decision cannot be read; nothing is learned from it");
        });
        let spent = Spent {
            cost_usd: self.observed.cost.as_usd().max(0.0),
            latency_ms: self.observed.latency_ms.max(0) as f64,
            at_ms: now.0 / 1_000,
        };
        let experience = q_learning::Experience {
            replaces,
            next,
            spent: Some(spent),
            word: self.word.clone(),
            ..experience.ok()?
        };
        Some(NewExperience {
            task_id: self.task_id.clone(),
            attempt: self.attempt,
            revision: 0,
            agent_id: self.decision.agent_id.clone(),
            context: experience.to_bytes(),
            next_context: None,
            reward,
            prev_reward: replaces,
            weight: experience.weight,
            propensity: self.decision.propensity,
            policy_version: self.decision.policy_version,
            cost: self.observed.cost,
            latency_ms: self.observed.latency_ms,
            at: now,
            source: source.to_owned(),
            candidates_json: None,
        })
    }
}
