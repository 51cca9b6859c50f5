//! `/health`: what this service needs, and how far behind it is.

use std::time::Duration;

use serde_json::{Map, Value, json};
use service_client::{Call, PeerState, RlClient};
use service_kit::health::{Dependency, Health};

use crate::app::State;

/// How long a look at a peer may take.
const LOOK: Duration = Duration::from_millis(1_500);

/// The database is required. Without the execution API tasks are still assigned and wait; without the RL server learning goes on.
pub(crate) fn checks(state: &State, rl: RlClient) -> Health {
    let (database, execution, roster, figures) = (state.clone(), state.clone(), state.clone(), state.clone());
    Health::new()
        .required("database", move || ping(database.clone()))
        .required("roster", move || std::future::ready(agents(&roster)))
        .optional("execution_api", move || execution_api(execution.clone()))
        .optional("rl_server", move || rl_server(rl.clone()))
        .extra(move || read(figures.clone()))
}

async fn ping(state: State) -> Dependency {
    let kind = format!("{:?}", state.storage.kind()).to_lowercase();
    match state.storage.ping().await {
        Ok(()) => {
            Dependency::healthy().fact("kind", kind).fact("writes_waiting", state.storage.queue_depth())
        }
        Err(_) => Dependency::down("the database does not answer").fact("kind", kind),
    }
}

fn agents(state: &State) -> Dependency {
    match state.roster.now().index.len() {
        0 => Dependency::down("no agents are known yet; the execution API publishes them when it starts"),
        some => Dependency::healthy().fact("agents", some),
    }
}

async fn execution_api(state: State) -> Dependency {
    let ways: Vec<Value> = state.execution.states().into_iter().map(breaker).collect();
    let dependency = match state.execution.health().await {
        Ok(()) => Dependency::healthy(),
        Err(_) => Dependency::down("it does not answer; tasks are assigned and wait for it"),
    };
    dependency.fact("endpoints", ways)
}

async fn rl_server(rl: RlClient) -> Dependency {
    let dependency = match rl.live(&Call::within(LOOK).once()).await {
        Ok(_) => Dependency::healthy(),
        Err(_) => Dependency::down("it does not answer; no new policies come, learning goes on"),
    };
    dependency.fact("breaker", rl.state().breaker)
}

fn breaker(state: PeerState) -> Value {
    json!({"endpoint": state.endpoint, "breaker": state.breaker})
}

/// Queue lengths and what was learned; a figure that cannot be read is left out.
async fn read(state: State) -> Map<String, Value> {
    let mut figures = Map::new();
    let policy = state.policy.now().clone();
    figures.insert("agents".into(), state.roster.now().index.len().into());
    figures.insert("policy_version".into(), policy.version.to_string().into());
    figures.insert("experiences".into(), policy.learner.seen().into());
    if let Ok(depth) = state.storage.outbox_depth().await {
        figures.insert("outbox_depth".into(), depth.into());
    }
    if let Ok(counts) = state.storage.task_counts().await {
        figures.insert("tasks".into(), json!(counts));
    }
    figures
}
