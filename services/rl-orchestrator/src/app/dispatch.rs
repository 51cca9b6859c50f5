//! Hands assigned tasks to the execution API. The task's row is the outbox: whatever happens here, it stays due until the other
//! side has the task, and the other side knows it by id and attempt, so handing it over twice runs it once.

mod backoff;
mod delivery;

use service_client::Error as PeerError;
use storage::{DispatchItem, Signal};
use task_model::{FailureCode, Micros, TaskStatus};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::pace::Pace;
use super::{Error, State, tasks::cancels};

/// Hands over what is due until told to stop, then lets what is under way finish.
pub(crate) async fn run(state: State, stop: CancellationToken) {
    let mut pace = Pace::new(&state.storage, Signal::DispatchDue, state.config.dispatch_poll(), stop);
    let mut under_way = JoinSet::new();
    loop {
        let room = state.config.dispatch_concurrency.saturating_sub(under_way.len());
        let begun = if room == 0 { Ok(0) } else { begin(&state, room, &mut under_way).await };
        if pace.more("dispatch", begun) && room > 0 {
            continue;
        }
        let goes_on = tokio::select! {
            goes_on = pace.wait() => goes_on,
            Some(_) = under_way.join_next() => true,
        };
        while under_way.try_join_next().is_some() {}
        if !goes_on {
            break;
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// Claims up to `room` rows and begins to hand them over; answers how many.
async fn begin(state: &State, room: usize, under_way: &mut JoinSet<()>) -> Result<usize, storage::Error> {
    let due = state.storage.task_dispatch_due(now(), room).await?;
    let begun = due.len();
    for item in due {
        let state = state.clone();
        under_way.spawn(async move {
            if let Err(error) = hand_over(&state, &item).await {
                // The claim of the row runs out by itself, and then it is due again.
                tracing::warn!(task.id = %item.task.task_id, %error, "a dispatch could not be recorded");
            }
        });
    }
    Ok(begun)
}

async fn hand_over(state: &State, item: &DispatchItem) -> Result<(), Error> {
    if item.task.deadline_at.is_some_and(|deadline| deadline <= now()) {
        return delivery::give_up(
            state,
            item,
            FailureCode::DEADLINE,
            "The deadline passed before the task could be handed over.",
        )
        .await;
    }
    service_kit::crash_point("orchestrator.before_dispatch");
    let begun = std::time::Instant::now();
    let answer = state.execution.execute(&delivery::request(item)).await;
    metrics::histogram!("orchestrator_dispatch_seconds").record(begun.elapsed());
    match answer {
        Ok(()) => delivered(state, item).await,
        Err(refused) if delivery::is_final(&refused) => delivery::refused(state, item, &refused).await,
        Err(later) => postpone(state, item, &later).await,
    }
}

async fn delivered(state: &State, item: &DispatchItem) -> Result<(), Error> {
    service_kit::crash_point("orchestrator.dispatched");
    count("delivered");
    let wanted = state.storage.task_dispatched(&item.task.task_id, item.attempt, now()).await?;
    service_kit::crash_point("orchestrator.marked");
    // Not wanted any more: cancelled while it was on its way, or so quick that it is settled already.
    if !wanted && state.storage.task_status(&item.task.task_id).await? == Some(TaskStatus::Cancelled) {
        cancels::tell(state, &item.task.task_id, item.attempt).await?;
    }
    Ok(())
}

/// Nobody takes it now. The deadline is the latest next try, because that one ends it.
async fn postpone(state: &State, item: &DispatchItem, why: &PeerError) -> Result<(), Error> {
    count("postponed");
    let config = &state.config;
    let delay = backoff::delay_ms(
        item.tries,
        config.dispatch_backoff_ms,
        config.dispatch_backoff_max_ms,
        &mut rand::rng(),
    );
    let asked = match why {
        PeerError::Unavailable { retry_after: Some(after), .. } => {
            i64::try_from(after.as_millis()).unwrap_or(i64::MAX)
        }
        _ => 0,
    };
    let at = now().plus_millis(delay.max(asked.min(config.dispatch_backoff_max_ms)));
    let at = item.task.deadline_at.map_or(at, |deadline| at.min(deadline));
    tracing::debug!(task.id = %item.task.task_id, tries = item.tries, error = %why, "the execution API does not take a task; it waits");
    state.storage.task_dispatch_postpone(&item.task.task_id, item.attempt, at, &why.to_string()).await?;
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("orchestrator_dispatch_total", "outcome" => outcome).increment(1);
}

fn now() -> Micros {
    Micros(service_kit::now_micros())
}
