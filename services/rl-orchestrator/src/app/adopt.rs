//! Work that was given to the execution API directly gets a task here, so that both ports show it. Its agent was not our
//! choice, so it is recorded as pinned and teaches nothing; only what it spends counts, where its tenant has a ceiling.

use q_learning::Objective;
use storage::{Assignment, NewDecision, NewTask, RunRecord};
use task_model::{DecisionId, Micros};

use super::decide::{Question, decide, terms};
use super::policy::PolicyVersion;
use super::{Error, State};

/// Runs adopted at once.
const PORTION: usize = 256;
/// The reason that is shown.
const REASON: &str = "Asked for directly at the execution API.";

/// Adopts one portion; answers how many were.
pub(crate) async fn adopt_due(state: &State) -> Result<usize, Error> {
    let runs = state.storage.runs_unadopted(PORTION).await?;
    let found = runs.len();
    let adopting = runs.into_iter().map(|run| {
        let (attempt, decision) = (run.run.attempt, decision(state, &run));
        state.storage.task_adopt(Assignment { task: task(run), decision }, attempt)
    });
    for adopted in futures::future::join_all(adopting).await {
        adopted?;
    }
    Ok(found)
}

fn task(record: RunRecord) -> NewTask {
    let run = record.run;
    NewTask {
        task_id: run.task_id,
        // The key is the execution API's; here it could collide with one of our own.
        idempotency_key: None,
        content_hash: run.content_hash,
        description: run.task,
        priority: run.priority,
        metadata_json: run.context_json,
        agent_pin: Some(run.agent_id),
        force_execute: true,
        max_attempts: 1,
        max_cost: run.max_cost,
        deadline_at: run.deadline_at,
        tenant: run.tenant,
        start_at: None,
        created_at: run.created_at,
    }
}

fn decision(state: &State, record: &RunRecord) -> NewDecision {
    let (run, at) = (&record.run, record.run.created_at);
    let metadata = serde_json::Map::new();
    let question = Question {
        text: &run.task,
        priority: run.priority,
        metadata: &metadata,
        failed: &[],
        pin: Some(&run.agent_id),
        force: true,
        terms: terms(state, &run.tenant, Objective::default()),
    };
    match decide(state, &question) {
        Ok(chosen) => NewDecision { reason: REASON.to_owned(), learnable: false, ..chosen.record(at) },
        Err(_) => unknown_agent(state, record, at),
    }
}

/// The agent is gone from the roster, so nothing can be said about it.
fn unknown_agent(state: &State, record: &RunRecord, at: Micros) -> NewDecision {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let version: PolicyVersion = state.policy.now().version;
    NewDecision {
        decision_id: DecisionId::parse(id).expect("a UUID holds only letters and digits"),
        agent_id: record.run.agent_id.clone(),
        confidence: 0.0,
        propensity: 1.0,
        reason: REASON.to_owned(),
        candidates_json: "[]".to_owned(),
        warnings_json: "[]".to_owned(),
        context: Vec::new(),
        policy_version: version.to_stored(),
        learnable: false,
        decided_at: at,
    }
}
