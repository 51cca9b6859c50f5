//! After an agent failed: whether another attempt is worth making, and who makes it, knowing who failed.

use storage::{RunOutcome, SettleRetry};
use task_model::{AgentId, Blame, Micros, TaskStatus};

use super::{experience, final_status, observed};
use crate::app::assign::trace;
use crate::app::decide::{Question, decide};
use crate::app::{Error, State};

/// Only an agent's own failure is followed by another choice, while attempts, money and time are left.
pub(super) fn wanted(outcome: &RunOutcome, now: Micros) -> bool {
    let task = &outcome.task;
    final_status(outcome) == TaskStatus::Failed
        && outcome.blame == Some(Blame::Agent)
        && task.agent_pin.is_none()
        && outcome.attempt.0 < task.max_attempts
        && task.deadline_at.is_none_or(|deadline| now < deadline)
        && task.max_cost.is_none_or(|most| outcome.total_cost < most)
}

/// The next attempt; `None` when nobody may be trusted with it.
pub(super) fn choose(state: &State, outcome: &RunOutcome, now: Micros) -> Result<Option<SettleRetry>, Error> {
    let task = &outcome.task;
    let metadata = serde_json::from_str(&task.metadata_json)
        .map_err(|error| Error::Internal(format!("stored metadata is not an object: {error}")))?;
    let failed: Vec<AgentId> =
        outcome.decisions.iter().map(|record| record.decision.agent_id.clone()).collect();
    let question = Question {
        text: &task.description,
        priority: task.priority,
        metadata: &metadata,
        failed: &failed,
        pin: None,
        force: task.force_execute,
        terms: outcome.decisions.first().and_then(|record| trace::terms(&record.decision)),
    };
    let chosen = match decide(state, &question) {
        Ok(chosen) => chosen,
        Err(Error::Insufficient(_) | Error::Invalid(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let observed = observed(outcome);
    let reward = agent_selection::reward(&observed, &state.reward).map(|reward| reward.get());
    let next = Some(chosen.selection.next_state());
    let learner = &state.policy.now().learner;
    Ok(Some(SettleRetry {
        task_id: task.task_id.clone(),
        attempt: outcome.attempt,
        error: outcome.error.clone(),
        experience: experience::of_outcome(outcome, &observed, reward, next, learner, now),
        decision: chosen.record(now),
        due_at: now,
        at: now,
    }))
}
