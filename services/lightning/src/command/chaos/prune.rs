//! The cleaner of a run: deletes what ended a while ago, as `[retention]` does after days, while everything is loaded and hurt. What it
//! deleted may not come again: that is tried afterwards.

use std::time::Duration;

use serde_json::json;
use storage::{Prunable, PruneLine, Storage};
use tokio_util::sync::CancellationToken;

use super::clients::Clients;
use super::plan::Order;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// Rows in one transaction.
const PORTION: usize = 200;
/// Names that are tried again, besides those that a client was told are gone.
const TRIED: usize = 300;

/// Deletes what was over `age` before, until `stop`. The database may be away: then nothing is deleted.
pub async fn clean(storage: Storage, age: Duration, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        for what in [Prunable::Tasks, Prunable::ModelCalls] {
            while !stop.is_cancelled()
                && portion(&storage, what, age).await.is_some_and(|deleted| deleted > 0)
            {}
        }
    }
}

async fn portion(storage: &Storage, what: Prunable, age: Duration) -> Option<usize> {
    let at = storage.now().await.ok()?;
    let before = at.plus_millis(-i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    storage.prune(what, PruneLine { before, at }, PORTION).await.ok()
}

/// Sends tasks that were taken once more: each is answered as before, or known to be gone. Answers what was otherwise.
pub async fn try_again(clients: &Clients, orders: &[Order]) -> Vec<String> {
    let record = clients.record();
    let taken: Vec<&Order> = orders.iter().filter(|order| record.tasks.contains(&order.id)).collect();
    let every = (taken.len() / TRIED).max(1);
    let mut wrong = Vec::new();
    for (n, order) in taken.into_iter().enumerate() {
        let gone = record.gone.contains(&order.id);
        if !gone && n % every != 0 {
            continue;
        }
        let Some(answer) = clients.assign(order).await else { continue };
        let pruned = answer.status == 409 && answer.body["code"] == json!("TASK_PRUNED");
        let replayed = answer.status == 200
            && answer.body["reason"].as_str().is_some_and(|reason| reason.starts_with("Idempotent"));
        if !(pruned || replayed && !gone) {
            wrong.push(format!("{} again: {} {}", order.id, answer.status, answer.body));
        }
    }
    wrong
}
