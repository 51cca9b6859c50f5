//! Plain records for cases to start from.

use serde_json::json;
use storage::*;
use task_model::*;

/// An instant that no case depends on.
pub const NOW: Micros = Micros(1_700_000_000_000_000);

pub fn id(raw: &str) -> TaskId {
    TaskId::parse(raw).unwrap()
}

pub fn agent(raw: &str) -> AgentId {
    AgentId::parse(raw).unwrap()
}

pub fn later(millis: i64) -> Micros {
    NOW.plus_millis(millis)
}

pub fn task(raw: &str) -> NewTask {
    NewTask {
        task_id: id(raw),
        idempotency_key: None,
        content_hash: format!("hash of {raw}"),
        description: format!("do {raw}"),
        priority: Priority::default(),
        metadata_json: r#"{"team":"blue"}"#.to_owned(),
        agent_pin: None,
        force_execute: false,
        max_attempts: 2,
        max_cost: Some(MicroUsd(1_000_000)),
        deadline_at: None,
        tenant: TenantId::default(),
        start_at: None,
        created_at: NOW,
    }
}

pub fn decision(task: &str, attempt: i64, chosen: &str) -> NewDecision {
    NewDecision {
        decision_id: DecisionId::parse(format!("d-{task}-{attempt}")).unwrap(),
        agent_id: agent(chosen),
        confidence: 0.8125,
        propensity: 0.1 + 0.2,
        reason: "it fits".to_owned(),
        candidates_json: r#"[{"agent_id":"tester"}]"#.to_owned(),
        warnings_json: "[]".to_owned(),
        context: vec![0, 1, 2, 254, 255],
        policy_version: 7,
        learnable: true,
        decided_at: NOW,
    }
}

pub fn assignment(raw: &str) -> Assignment {
    Assignment { task: task(raw), decision: decision(raw, 1, "tester") }
}

pub fn new_run(raw: &str, attempt: i64) -> NewRun {
    NewRun {
        task_id: id(raw),
        attempt: Attempt(attempt),
        origin: RunOrigin::Orchestrator,
        idempotency_key: None,
        content_hash: format!("hash of {raw}"),
        agent_id: agent("tester"),
        agent_revision: 1,
        task: format!("do {raw}"),
        context_json: "{}".to_owned(),
        priority: Priority::default(),
        timeout_ms: Some(60_000),
        max_cost: None,
        deadline_at: None,
        tenant: TenantId::default(),
        created_at: NOW,
    }
}

pub fn intent(no: i64) -> StepIntent {
    StepIntent {
        no,
        kind: StepKind::Tool,
        tool: Some("calculator".to_owned()),
        effect: EffectClass::Pure,
        key: format!("key-{no}"),
        request_json: r#"{"expression":"1+1"}"#.to_owned(),
        at: NOW,
    }
}

pub fn result(no: i64) -> StepResult {
    StepResult {
        no,
        result_json: Some("2".to_owned()),
        error: None,
        model: None,
        tokens_in: 10,
        tokens_out: 3,
        cost: MicroUsd(40),
        duration_us: 1_234,
        at: later(5),
    }
}

pub fn completed() -> RunEnd {
    RunEnd {
        status: RunStatus::COMPLETED,
        result_json: Some(r#"{"answer":"2"}"#.to_owned()),
        error: None,
        blame: None,
        finished_at: later(100),
    }
}

pub fn failed() -> RunEnd {
    RunEnd {
        status: RunStatus::FAILED,
        result_json: None,
        error: Some(TaskError {
            code: FailureCode::STEP_LIMIT.to_owned(),
            message: "too many steps".to_owned(),
        }),
        blame: Some(Blame::Agent),
        finished_at: later(100),
    }
}

pub fn experience(raw: &str, attempt: i64, reward: f64) -> NewExperience {
    NewExperience {
        task_id: id(raw),
        attempt: Attempt(attempt),
        revision: 0,
        agent_id: agent("tester"),
        context: vec![9, 8, 7],
        next_context: None,
        reward,
        prev_reward: None,
        weight: 1.0,
        propensity: 0.25,
        policy_version: 7,
        cost: MicroUsd(40),
        latency_ms: 95,
        at: later(200),
        source: "settle".to_owned(),
        candidates_json: None,
    }
}

pub fn settle(raw: &str, attempt: i64, reward: f64) -> Settle {
    Settle {
        task_id: id(raw),
        attempt: Attempt(attempt),
        status: TaskStatus::Completed,
        error: None,
        reward: Some(reward),
        reward_version: 0,
        experience: Some(experience(raw, attempt, reward)),
        completed_at: later(200),
    }
}

pub fn spec(raw: &str) -> AgentSpec {
    AgentSpec {
        id: agent(raw),
        name: raw.to_owned(),
        model: "offline".to_owned(),
        specialization: "tests".to_owned(),
        description: "writes tests".to_owned(),
        capabilities: vec!["unit tests".to_owned()],
        tools: vec!["calculator".to_owned()],
        aliases: vec![format!("{raw}-agent")],
        system_prompt: "Test.".to_owned(),
        config: json!({"steps": 5}),
        status: AgentStatus::Active,
    }
}

/// A run that a live session drives: task and run are there, and claimed.
pub async fn claimed(storage: &Storage, raw: &str) -> (WorkerSession, RunRecord) {
    storage.task_assign(assignment(raw)).await.unwrap();
    storage.run_insert(new_run(raw, 1)).await.unwrap();
    storage.task_dispatched(&id(raw), Attempt(1), NOW).await.unwrap();
    let session = storage.session_open("host", 1, 3_000, NOW).await.unwrap();
    let mut runs = storage.run_claim(&session.session_id, 1, NOW).await.unwrap();
    (session, runs.remove(0))
}

/// A run that has ended and waits to be settled.
pub async fn finished(storage: &Storage, raw: &str, end: RunEnd) -> RunOutcome {
    let (_, run) = claimed(storage, raw).await;
    storage.run_finish(run.lease(), None, end).await.unwrap();
    let outcomes = storage.outcomes_unsettled(100).await.unwrap();
    outcomes.into_iter().find(|outcome| outcome.task.task_id == id(raw)).unwrap()
}
