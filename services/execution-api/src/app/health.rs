//! What this service needs, and whether it has it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use service_client::{Call, Error, PeerState};
use service_kit::health::{Dependency, Health};
use task_model::RunStatus;

use crate::state::State;

/// A peer that is well answers at once.
const WITHIN: Duration = Duration::from_millis(1_500);

/// The checks. Without a database nothing works; without a peer, work waits.
pub fn checks(state: &Arc<State>) -> Health {
    let (database, session, models, orchestrator, figures) =
        (state.clone(), state.clone(), state.clone(), state.clone(), state.clone());
    Health::new()
        .required("database", move || database_state(database.clone()))
        .required("workers", move || worker_state(session.clone()))
        .optional("model_service", move || model_state(models.clone()))
        .optional("orchestrator", move || orchestrator_state(orchestrator.clone()))
        .extra(move || processing(figures.clone()))
}

async fn database_state(state: Arc<State>) -> Dependency {
    let kind = format!("{:?}", state.storage.kind()).to_lowercase();
    let found = match state.storage.ping().await {
        Ok(()) => Dependency::healthy(),
        Err(_) => Dependency::down("the database does not answer"),
    };
    found.fact("kind", kind).fact("writes_waiting", state.storage.queue_depth())
}

async fn worker_state(state: Arc<State>) -> Dependency {
    let workers = state.settings.workers;
    let found = match (workers, state.pool.is_leased()) {
        (0, _) => Dependency::healthy().fact("note", "this process serves requests only"),
        (_, true) => Dependency::healthy(),
        (_, false) => {
            Dependency::down("the workers hold no session; they claim nothing until the database grants one")
        }
    };
    found.fact("capacity", workers).fact("busy", state.under_way.len())
}

async fn model_state(state: Arc<State>) -> Dependency {
    peer(
        state.models.live(&Call::within(WITHIN).once()).await,
        state.models.state(),
        "tasks wait until it answers",
    )
}

async fn orchestrator_state(state: Arc<State>) -> Dependency {
    let answered = state.orchestrator.live(&Call::within(WITHIN).once()).await;
    peer(answered, state.orchestrator.state(), "tasks without an agent are refused until it answers")
}

fn peer(answered: Result<Value, Error>, state: PeerState, consequence: &str) -> Dependency {
    let found = match answered {
        Ok(_) => Dependency::healthy(),
        Err(_) => Dependency::down(format!("it does not answer; {consequence}")),
    };
    found.fact("circuit", state.breaker)
}

async fn processing(state: Arc<State>) -> Map<String, Value> {
    let counts = state.storage.run_counts().await.unwrap_or_default();
    let count =
        |status: RunStatus| counts.iter().find(|(word, _)| word == status.as_str()).map_or(0, |(_, n)| *n);
    let processing = json!({
        "queued": count(RunStatus::QUEUED),
        "running": count(RunStatus::RUNNING),
        "completed": count(RunStatus::COMPLETED),
        "failed": count(RunStatus::FAILED),
        "needs_review": count(RunStatus::NEEDS_REVIEW),
        "agents_active": state.roster.active(),
    });
    Map::from_iter([("processing".to_owned(), processing)])
}
