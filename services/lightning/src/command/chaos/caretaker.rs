//! The person who looks after what only a person may decide: lets runs go on that two dead workers had in their hands, and says of
//! effects that nobody knows the end of whether they may happen again. Of those it refuses every second task's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::clients::Clients;
use super::world::Words;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Why a run waits when nobody knows whether its effect happened.
const UNKNOWN: &str = "EFFECT_UNKNOWN";

/// What was said so far.
#[derive(Debug, Clone, Default)]
pub struct Sayings {
    /// How many runs were let go on, by the reason why they waited.
    pub approved: BTreeMap<String, u64>,
    /// How many were told no.
    pub refused: BTreeMap<String, u64>,
    /// The same by task, counted before it was said: an answer may get lost, and what was said counts.
    pub words: BTreeMap<String, Words>,
}

/// Shared between the person and who asks afterwards.
pub type Said = Arc<Mutex<Sayings>>;

/// Looks until `stop`. What is held is let go on only when `resume` is set: before that its client does so itself.
pub async fn watch(clients: Clients, said: Said, resume: CancellationToken, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        for task in waiting(&clients, "needs_review").await {
            decide(&clients, &said, text(&task["task_id"]), text(&task["error"]["code"])).await;
        }
        if resume.is_cancelled() {
            for task in waiting(&clients, "paused").await {
                clients.order(&text(&task["task_id"]), "resume").await;
            }
        }
    }
}

async fn decide(clients: &Clients, said: &Said, id: String, why: String) {
    let refuses = why == UNKNOWN && id.ends_with(['1', '3', '5', '7', '9']);
    let with = |say: &dyn Fn(&mut Sayings)| say(&mut said.lock().unwrap_or_else(PoisonError::into_inner));
    with(&|sayings| {
        let words = sayings.words.entry(id.clone()).or_default();
        if refuses { words.refused += 1 } else { words.allowed += 1 }
    });
    if clients.order(&id, if refuses { "deny" } else { "approve" }).await {
        with(&|sayings| {
            let counts = if refuses { &mut sayings.refused } else { &mut sayings.approved };
            *counts.entry(why.clone()).or_default() += 1;
        });
    }
}

async fn waiting(clients: &Clients, status: &str) -> Vec<Value> {
    let page = clients.look(&format!("/tasks?status={status}&limit=100")).await.unwrap_or_default();
    page["tasks"].as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
