//! Outcomes become rewards: every finished attempt is settled once, and what it taught goes to the log in the same commit.

pub(crate) mod experience;
mod follow_up;

use storage::{RunOutcome, Settle, Settled, Signal};
use task_model::{Blame, Micros, Outcome, RunStatus, TaskStatus};
use tokio_util::sync::CancellationToken;

use super::pace::Pace;
use super::{Error, State};

/// Outcomes settled at once; they share commits.
const PORTION: usize = 256;

/// Settles what finished, and adopts what was begun elsewhere, until told to stop.
pub(crate) async fn run(state: State, stop: CancellationToken) {
    let mut pace = Pace::new(&state.storage, Signal::RunFinished, state.config.settle_poll(), stop);
    loop {
        let looked = settle_due(&state).await;
        if !pace.more("settle", looked) && !pace.wait().await {
            return;
        }
    }
}

/// Settles one portion; answers how many were.
pub(crate) async fn settle_due(state: &State) -> Result<usize, Error> {
    let adopted = super::adopt::adopt_due(state).await?;
    let outcomes = state.storage.outcomes_unsettled(PORTION).await?;
    let settled = futures::future::join_all(outcomes.into_iter().map(|outcome| settle(state, outcome))).await;
    let failed = settled.iter().filter(|settled| settled.is_err()).count();
    let done = settled.len() - failed;
    // One that cannot be settled must not keep the others from it; it comes again with the next portion.
    match settled.into_iter().find_map(Result::err) {
        Some(error) if done == 0 => Err(error),
        _ => Ok(done + adopted),
    }
}

async fn settle(state: &State, outcome: RunOutcome) -> Result<(), Error> {
    service_kit::crash_point("orchestrator.before_settle");
    let now = Micros(service_kit::now_micros());
    let settled = if follow_up::wanted(&outcome, now) {
        match follow_up::choose(state, &outcome, now)? {
            Some(retry) => state.storage.task_settle_retry(retry).await,
            None => end(state, &outcome, now).await,
        }
    } else {
        end(state, &outcome, now).await
    };
    service_kit::crash_point("orchestrator.settled");
    match settled {
        Ok(Settled::Done { .. }) => {
            metrics::counter!("orchestrator_settled_total", "status" => outcome.status.as_str()).increment(1);
            Ok(())
        }
        Ok(Settled::Already) => Ok(()),
        // Feedback came in between: the outcome is read again with it.
        Err(storage::Error::Conflict(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The attempt was the last one.
async fn end(state: &State, outcome: &RunOutcome, now: Micros) -> storage::Result<Settled> {
    let observed = observed(outcome);
    let reward = match outcome.reward {
        None => agent_selection::reward(&observed, &state.reward),
        Some(_) => {
            let words = state.storage.feedback_list(&outcome.task.task_id).await?;
            let words = super::feedback::scores(
                words.as_ref().map_or(&[], |words| &words.items),
                &state.policy.now().learner,
            );
            agent_selection::reward_with_feedback(Some(&observed), &words, &state.reward)
        }
    };
    let reward = reward.map(|reward| reward.get());
    let experience =
        experience::of_outcome(outcome, &observed, reward, None, &state.policy.now().learner, now);
    let settle = Settle {
        task_id: outcome.task.task_id.clone(),
        attempt: outcome.attempt,
        status: final_status(outcome),
        error: outcome.error.clone(),
        reward,
        reward_version: outcome.reward_version,
        experience,
        completed_at: outcome.finished_at,
    };
    state.storage.task_settle(settle).await
}

fn final_status(outcome: &RunOutcome) -> TaskStatus {
    match outcome.status.as_task() {
        TaskStatus::Failed if outcome.cancel_requested_at.is_some() => TaskStatus::Cancelled,
        status => status,
    }
}

/// The end of the attempt as the reward sees it. A failure that names nobody is not the agent's.
fn observed(outcome: &RunOutcome) -> Outcome {
    let succeeded = outcome.status == RunStatus::COMPLETED;
    let begun = outcome.started_at.unwrap_or(outcome.finished_at);
    let blame = match outcome.blame {
        Some(blame) if final_status(outcome) == TaskStatus::Failed => blame,
        _ => Blame::Nobody,
    };
    Outcome { succeeded, blame, cost: outcome.cost, latency_ms: outcome.finished_at.millis_since(begun) }
}
