use super::*;
use react_agent::{FailureCode as Code, Usage};
use storage::{NewRun, RunOrigin};
use task_model::{AgentId, Attempt, Fence, Priority, TaskId, TenantId};

fn run() -> RunRecord {
    let run = NewRun {
        task_id: TaskId::parse("t").unwrap(),
        attempt: Attempt::FIRST,
        origin: RunOrigin::Direct,
        idempotency_key: None,
        content_hash: "h".into(),
        agent_id: AgentId::parse("tester").unwrap(),
        agent_revision: 3,
        task: "do".into(),
        context_json: "{}".into(),
        priority: Priority::default(),
        timeout_ms: None,
        max_cost: None,
        deadline_at: None,
        tenant: TenantId::default(),
        created_at: Micros(0),
    };
    RunRecord {
        run,
        status: RunStatus::RUNNING,
        due_at: Micros(0),
        started_at: Some(Micros(1_000_000)),
        finished_at: None,
        fence: Fence(1),
        session_id: None,
        worker_deaths: 0,
        releases: 0,
        cancel_at: None,
        pause_at: None,
        steps: 0,
        tokens_in: 0,
        tokens_out: 0,
        cost: MicroUsd::ZERO,
        result_json: None,
        error: None,
        blame: None,
    }
}

#[test]
fn the_result_of_a_completed_task_is_the_documented_one() {
    let usage =
        Usage { steps: 3, tool_calls: 1, tokens_in: 10, tokens_out: 4, cost_micro: 250, ..Usage::default() };
    let answer = Answer { text: "42".into(), truncated: false, usage };
    let speaker = Speaker { model: Some("m".into()), provider: None };
    let end = completed(&run(), &answer, &speaker, Micros(1_500_000));
    let result: Value = serde_json::from_str(&end.result_json.unwrap()).unwrap();
    let expected = json!({
        "answer": "42", "agent_id": "tester", "agent_revision": 3, "model": "m", "provider": null, "steps": 3,
        "tool_calls": 1, "tokens": { "in": 10, "out": 4 }, "cost_usd": 0.00025, "duration_ms": 500,
    });
    assert_eq!(result, expected);
}

#[test]
fn a_model_that_cannot_is_nobodys_fault() {
    let end = failed(Failure { code: Code::ModelCannot, message: "configure one".into() }, Micros(1));
    assert_eq!((end.status, end.blame), (RunStatus::FAILED, Some(Blame::Nobody)));
    assert_eq!(end.error.unwrap().code, "MODEL_CANNOT");
}

#[test]
fn a_missed_deadline_is_the_agents_only_when_it_had_the_time() {
    assert_eq!(overdue(0, 2, Micros(1)).blame, Some(Blame::Agent));
    assert_eq!(overdue(0, 0, Micros(1)).blame, Some(Blame::Infrastructure));
    assert_eq!(overdue(1, 2, Micros(1)).blame, Some(Blame::Infrastructure));
}
