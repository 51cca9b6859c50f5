//! Cancels that the execution API must hear of. Each is stored with its task and told again and again until it has arrived.

use service_client::Error as PeerError;
use task_model::{Attempt, Micros, TaskId};
use tokio_util::sync::CancellationToken;

use crate::app::{Error, State};

/// Cancels told at once.
const PORTION: usize = 32;

/// Tells what is due until told to stop. Whoever asks for a cancel tells it at once, so nothing here is in a hurry.
pub(crate) async fn run(state: State, stop: CancellationToken) {
    let mut failing = false;
    while stop.run_until_cancelled(tokio::time::sleep(state.config.cancel_poll())).await.is_some() {
        let told = tell_due(&state).await;
        if let (Err(error), false) = (&told, failing) {
            tracing::warn!(%error, "cancels cannot be told; they are told again");
        }
        failing = told.is_err();
    }
}

/// Tells one portion.
async fn tell_due(state: &State) -> Result<(), Error> {
    let now = Micros(service_kit::now_micros());
    let due = state.storage.task_cancels_due(now, PORTION).await?;
    let telling = due.iter().map(async |(task_id, attempt)| {
        // Meanwhile the task may have another attempt that nobody runs yet: then it ends here.
        state.storage.task_cancel_request(task_id, now).await?;
        tell(state, task_id, *attempt).await
    });
    let told = futures::future::join_all(telling).await;
    told.into_iter().find_map(Result::err).map_or(Ok(()), Err)
}

/// Tells the execution API now. Trouble on the way is no error: the cancel stays due.
pub(crate) async fn tell(state: &State, task_id: &TaskId, attempt: Attempt) -> Result<(), Error> {
    match state.execution.cancel(task_id).await {
        Ok(()) => {}
        // It has ended otherwise, or was never there; its end is settled like any other.
        Err(PeerError::Refused { status, .. }) if matches!(status.as_u16(), 404 | 409) => {}
        Err(error) => {
            metrics::counter!("orchestrator_cancels_waiting_total").increment(1);
            tracing::warn!(task.id = %task_id, %error, "a cancel has not reached the execution API; it is told again");
            return Ok(());
        }
    }
    Ok(state.storage.task_cancel_told(task_id, attempt).await?)
}
