//! A worker died or lost its lease: another goes on from the journal, and nothing is done or counted twice.

use reqwest::StatusCode;
use serde_json::{Value, json};
use storage::{NewRun, RunLease, RunOrigin, StepIntent, StepResult, Storage};
use task_model::{AgentId, Attempt, EffectClass, MicroUsd, Micros, Priority, StepKind, TaskId, TenantId};

use crate::harness::{Harness, Prepared};

fn now() -> Micros {
    Micros(service_kit::now_micros())
}

fn run(id: &str, task: &str) -> NewRun {
    NewRun {
        task_id: TaskId::parse(id).unwrap(),
        attempt: Attempt::FIRST,
        origin: RunOrigin::Direct,
        idempotency_key: None,
        content_hash: "h".into(),
        agent_id: AgentId::parse("worker").unwrap(),
        agent_revision: 1,
        task: task.into(),
        context_json: "{}".into(),
        priority: Priority::default(),
        timeout_ms: None,
        max_cost: None,
        deadline_at: None,
        tenant: TenantId::default(),
        created_at: now(),
    }
}

pub fn intent(no: i64, kind: StepKind, key: &str) -> StepIntent {
    StepIntent {
        no,
        kind,
        tool: (kind == StepKind::Tool).then(|| "calculator".to_owned()),
        effect: EffectClass::Pure,
        key: key.into(),
        request_json: "{}".into(),
        at: now(),
    }
}

/// A thought that calls the calculator.
fn thought() -> StepResult {
    thought_of(1, "calculator", &json!({ "expression": "6 * 7" }))
}

fn thought_of(no: i64, tool: &str, arguments: &Value) -> StepResult {
    let call = json!({ "id": "c0", "type": "function", "function": { "name": tool, "arguments": arguments.to_string() } });
    let event = json!({ "event": "model_answered", "step": no, "content": null, "tool_calls": [call], "model": "fake-1" });
    result(no, &event)
}

/// Nobody knows what came of a call.
fn no_answer(no: i64) -> StepResult {
    let outcome = json!({ "kind": "error", "code": "DEADLINE", "message": "the tool took longer than 1 ms" });
    result(no, &json!({ "event": "tool_observed", "step": no, "outcome": outcome }))
}

fn result(no: i64, event: &Value) -> StepResult {
    StepResult {
        no,
        result_json: Some(event.to_string()),
        error: None,
        model: Some("fake/fake-1".into()),
        tokens_in: 10,
        tokens_out: 5,
        cost: MicroUsd(100),
        duration_us: 1_000,
        at: now(),
    }
}

/// Claims the run as a worker that will never be heard of again.
async fn claim(storage: &Storage) -> (String, RunLease) {
    let session = storage.session_open("elsewhere", 1, 3_000, now()).await.unwrap();
    let claimed = storage.run_claim(&session.session_id, 1, now()).await.unwrap();
    (session.session_id, claimed[0].lease())
}

async fn prepared() -> Prepared {
    prepared_with(&["calculator"]).await
}

/// A service with an agent `worker` that has these tools.
pub async fn prepared_with(tools: &[&str]) -> Prepared {
    let prepared = Prepared::new().await;
    let spec = storage::AgentSpec {
        id: AgentId::parse("worker").unwrap(),
        name: "Worker".into(),
        model: "default".into(),
        specialization: String::new(),
        description: String::new(),
        capabilities: vec![],
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        aliases: vec![],
        system_prompt: "work".into(),
        config: json!({}),
        status: task_model::AgentStatus::Active,
    };
    prepared.storage.agent_create(spec, "test", now()).await.unwrap();
    prepared
}

fn kinds(task: &Value) -> Vec<&str> {
    task["steps"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect()
}

/// A run with a recorded thought and an open INTENT of its tool call under `key`.
async fn died_in_a_tool(key: &str) -> Harness {
    let call = ("calculator", json!({ "expression": "6 * 7" }));
    let died = Died { task: "compute it", call, unanswered: None, intent: intent(2, StepKind::Tool, key) };
    prepared().await.died(died).await.start().await
}

/// What was under way when a worker died.
pub struct Died {
    pub task: &'static str,
    pub call: (&'static str, Value),
    /// The same call, made before and not answered.
    pub unanswered: Option<StepIntent>,
    pub intent: StepIntent,
}

impl Prepared {
    /// The run `t1` as such a worker left it.
    pub async fn died(self, died: Died) -> Self {
        let storage = &self.storage;
        storage.run_insert(run("t1", died.task)).await.unwrap();
        let (session, lease) = claim(storage).await;
        let think_and_begin = async |made: StepIntent| {
            let no = made.no - 1;
            storage.step_intent(&lease, intent(no, StepKind::Thought, &format!("k{no}"))).await.unwrap();
            let thought = thought_of(no, died.call.0, &died.call.1);
            storage.step_result_and_intent(&lease, thought, made).await.unwrap();
        };
        if let Some(unanswered) = died.unanswered {
            let no = unanswered.no;
            think_and_begin(unanswered).await;
            storage.step_result(&lease, no_answer(no)).await.unwrap();
        }
        think_and_begin(died.intent).await;
        storage.session_close(&session, now()).await.unwrap();
        self
    }
}

#[tokio::test]
async fn a_finished_thought_is_never_asked_again() {
    let key = react_agent::idempotency_key("t1", 2, "calculator", &json!({ "expression": "6 * 7" }));
    let api = died_in_a_tool(&key).await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(kinds(&task), ["thought", "tool", "thought"]);
    assert_eq!(api.model.questions("t1"), 1, "only the thought after the tool");
    assert!(task["result"]["answer"].as_str().unwrap().contains("42"));
    assert_eq!(task["metadata"]["tokens_in"], 20);
}

#[tokio::test]
async fn an_effect_that_nobody_can_identify_waits_for_a_person() {
    let api = died_in_a_tool("another-key").await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["status"].as_str(), task["error"]["code"].as_str()),
        (Some("needs_review"), Some("EFFECT_UNKNOWN"))
    );
    assert_eq!(api.model.questions("t1"), 0);
    let (status, _) = api.post("/api/v1/tasks/t1/approve", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(api.ended("t1").await["status"], "completed");
}

#[tokio::test]
async fn a_person_may_refuse_such_an_effect() {
    let api = died_in_a_tool("another-key").await;
    api.ended("t1").await;
    let (status, task) = api.post("/api/v1/tasks/t1/deny", json!({})).await;
    assert_eq!(
        (status, task["status"].as_str(), task["error"]["blame"].as_str()),
        (StatusCode::OK, Some("failed"), Some("nobody"))
    );
}

#[tokio::test]
async fn a_thought_whose_answer_is_unknown_is_asked_again() {
    let prepared = prepared().await;
    prepared.storage.run_insert(run("t1", "say hello")).await.unwrap();
    let (session, lease) = claim(&prepared.storage).await;
    prepared.storage.step_intent(&lease, intent(1, StepKind::Thought, "first-key")).await.unwrap();
    prepared.storage.session_close(&session, now()).await.unwrap();
    let api = prepared.start().await;
    let task = api.ended("t1").await;
    assert_eq!((task["status"].as_str(), kinds(&task)), (Some("completed"), vec!["thought"]));
    assert_eq!(api.model.asked.lock()[0].key, "first-key");
}

#[tokio::test]
async fn the_runs_of_a_worker_that_died_are_taken_over() {
    let prepared = prepared().await;
    prepared.storage.run_insert(run("t1", "say hello")).await.unwrap();
    let (_, late) = claim(&prepared.storage).await;
    let api = prepared
        .with("LIGHTNING__EXECUTION__LEASE_TTL_MS", "300")
        .with("LIGHTNING__EXECUTION__LEASE_RENEW_MS", "50");
    let api = api.start().await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    let refused = api.storage.step_intent(&late, intent(2, StepKind::Thought, "late")).await;
    assert!(matches!(refused, Err(storage::Error::Stale)), "a late write must be refused: {refused:?}");
}

#[tokio::test]
async fn a_worker_whose_session_was_taken_away_stops_and_the_run_ends_once() {
    let api = Harness::start().await;
    api.submit("t1", "hang").await;
    api.model.asked_times("t1", 1).await;
    let session = api.storage.session_list().await.unwrap().remove(0);
    assert_eq!(api.storage.session_close(&session.session_id, now()).await.unwrap(), 1);
    api.model.asked_times("t1", 2).await;
    api.model.release.add_permits(2);
    let task = api.ended("t1").await;
    assert_eq!((task["status"].as_str(), kinds(&task)), (Some("completed"), vec!["thought"]), "{task}");
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_waits_for_a_person() {
    let prepared = prepared().await;
    prepared.storage.run_insert(run("t1", "say hello")).await.unwrap();
    let (session, lease) = claim(&prepared.storage).await;
    prepared.storage.step_intent(&lease, intent(1, StepKind::Thought, "k")).await.unwrap();
    let damaged = StepResult { result_json: Some("{\"event\":\"dream\"}".into()), ..thought() };
    prepared.storage.step_result(&lease, damaged).await.unwrap();
    prepared.storage.session_close(&session, now()).await.unwrap();
    let api = prepared.start().await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["status"].as_str(), task["error"]["code"].as_str()),
        (Some("needs_review"), Some("JOURNAL_UNREADABLE"))
    );
}

/// Found by the simulation of the lease protocol: the claim was committed, its answer lost, and the session renewed for ever.
#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_taken_up() {
    let api = prepared().await.start().await;
    let session = loop {
        match api.storage.session_list().await.unwrap().pop() {
            Some(session) => break session,
            None => tokio::task::yield_now().await,
        }
    };
    // Due a moment later, so that the worker cannot be quicker.
    let soon = now().plus_millis(1_500);
    api.storage.run_insert(NewRun { created_at: soon, ..run("t1", "say hello") }).await.unwrap();
    assert_eq!(api.storage.run_claim(&session.session_id, 1, soon).await.unwrap().len(), 1);
    assert_eq!(api.ended("t1").await["status"], "completed");
}
