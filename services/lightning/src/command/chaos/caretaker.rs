//! The person who looks after what only a person may decide: lets runs go on that two dead workers had in their hands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::clients::Clients;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// How many runs were let go on, by the reason why they waited.
pub type Approved = Arc<Mutex<BTreeMap<String, u64>>>;

/// Looks until `stop`. What is held is let go on only when `resume` is set: before that its client does so itself.
pub async fn watch(clients: Clients, approved: Approved, resume: CancellationToken, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        for task in waiting(&clients, "needs_review").await {
            let (id, why) = (text(&task["task_id"]), text(&task["error"]["code"]));
            if clients.order(&id, "approve").await {
                let mut approved = approved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                *approved.entry(why).or_default() += 1;
            }
        }
        if resume.is_cancelled() {
            for task in waiting(&clients, "paused").await {
                clients.order(&text(&task["task_id"]), "resume").await;
            }
        }
    }
}

async fn waiting(clients: &Clients, status: &str) -> Vec<Value> {
    let page = clients.look(&format!("/tasks?status={status}&limit=100")).await.unwrap_or_default();
    page["tasks"].as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
