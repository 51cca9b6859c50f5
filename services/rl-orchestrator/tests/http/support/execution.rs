//! A stand-in for the execution API: it takes runs as the contract says, and a worker ends them as the test wishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use parking_lot::Mutex;
use serde_json::{Value, json};
use service_api::execute::ExecuteRequest;
use storage::{
    Inserted, NewRun, RunEnd, RunOrigin, RunRecord, Signal, StepIntent, StepResult, Storage, TaskError,
};
use task_model::{
    AgentId, Attempt, Blame, Description, EffectClass, FailureCode, MicroUsd, Micros, Priority, RunStatus,
    StepKind, TaskId, TenantId,
};
use tokio_util::sync::CancellationToken;

/// How the worker ends a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Completed,
    AgentFails,
    ModelCannot,
    InfrastructureFails,
}

/// Milliseconds that the runs of an agent take.
type Time = Box<dyn Fn(&RunRecord) -> i64 + Send>;
type Script = Box<dyn Fn(&RunRecord) -> Ending + Send>;

/// Clones are the same stand-in.
#[derive(Clone)]
pub struct Execution {
    pub url: String,
    parts: Arc<Parts>,
}

struct Parts {
    storage: Storage,
    script: Mutex<Script>,
    time: Mutex<Time>,
    /// The status that each way in answers with instead of doing its work; 0: it works.
    answers: [AtomicU16; 2],
    /// The status that cancels are answered with instead of being done; 0: they are done.
    cancels: AtomicU16,
    /// How often each way in was called.
    calls: [AtomicUsize; 2],
    working: tokio::sync::watch::Sender<bool>,
}

impl Execution {
    pub async fn start(storage: Storage, stop: CancellationToken) -> Self {
        let parts = Arc::new(Parts {
            storage,
            script: Mutex::new(Box::new(|_| Ending::Completed)),
            time: Mutex::new(Box::new(|_| 0)),
            answers: Default::default(),
            cancels: AtomicU16::new(0),
            calls: Default::default(),
            working: tokio::sync::watch::Sender::new(true),
        });
        let router = Router::new()
            .route("/api/v2/agents/execute", post(|State(parts), Json(request)| take(parts, 0, request)))
            .route("/agents/execute", post(|State(parts), Json(request)| take(parts, 1, request)))
            .route("/api/v1/tasks/{id}/cancel", post(cancel))
            .route(
                "/health/live",
                get(|| async { Json(json!({"service": "execution-api", "status": "healthy"})) }),
            )
            .with_state(parts.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let until = stop.clone();
        tokio::spawn(async move {
            axum::serve(listener, router).with_graceful_shutdown(until.cancelled_owned()).await.unwrap();
        });
        tokio::spawn(work(parts.clone(), stop));
        Self { url, parts }
    }

    /// From now on runs end as `script` says.
    pub fn script(&self, script: impl Fn(&RunRecord) -> Ending + Send + 'static) {
        *self.parts.script.lock() = Box::new(script);
    }

    /// From now on runs take so many milliseconds, by their own account.
    pub fn time(&self, time: impl Fn(&RunRecord) -> i64 + Send + 'static) {
        *self.parts.time.lock() = Box::new(time);
    }

    /// Way in 0 is `/api/v2/agents/execute`, 1 is `/agents/execute`; status 0 lets it work.
    pub fn answer(&self, way: usize, status: u16) {
        self.parts.answers[way].store(status, Ordering::SeqCst);
    }

    /// The same for cancels.
    pub fn answer_cancels(&self, status: u16) {
        self.parts.cancels.store(status, Ordering::SeqCst);
    }

    pub fn calls(&self, way: usize) -> usize {
        self.parts.calls[way].load(Ordering::SeqCst)
    }

    /// Whether the worker takes runs.
    pub fn work(&self, working: bool) {
        self.parts.working.send_replace(working);
    }
}

async fn take(parts: Arc<Parts>, way: usize, request: ExecuteRequest) -> (StatusCode, Json<Value>) {
    parts.calls[way].fetch_add(1, Ordering::SeqCst);
    let status = parts.answers[way].load(Ordering::SeqCst);
    if status != 0 {
        let problem = json!({"type": "about:blank", "title": "no", "status": status, "detail": "not today", "code": "NO"});
        return (StatusCode::from_u16(status).unwrap(), Json(problem));
    }
    let task_id = request.task_id.clone().unwrap();
    let inserted = parts.storage.run_insert(run(request, RunOrigin::Orchestrator)).await.unwrap();
    assert_ne!(inserted, Inserted::Conflict, "a repetition must be the same request");
    (
        StatusCode::ACCEPTED,
        Json(
            json!({"task_id": task_id, "status": "accepted", "result": null, "error": null, "metadata": {}}),
        ),
    )
}

/// What the execution API stores for a request.
pub fn run(request: ExecuteRequest, origin: RunOrigin) -> NewRun {
    let task = Description::parse(request.task).unwrap();
    NewRun {
        task_id: TaskId::parse(request.task_id.unwrap()).unwrap(),
        attempt: Attempt(request.attempt.unwrap_or(1)),
        origin,
        idempotency_key: None,
        content_hash: task.as_str().to_owned(),
        agent_id: AgentId::parse(request.agent_id.unwrap()).unwrap(),
        agent_revision: 1,
        task: task.into_string(),
        context_json: serde_json::to_string(&request.context.unwrap_or_default()).unwrap(),
        priority: Priority::default(),
        timeout_ms: None,
        max_cost: None,
        deadline_at: None,
        tenant: TenantId::default(),
        created_at: super::now(),
    }
}

async fn cancel(State(parts): State<Arc<Parts>>, Path(id): Path<String>) -> (StatusCode, Json<Value>) {
    let status = parts.cancels.load(Ordering::SeqCst);
    if status != 0 {
        return (StatusCode::from_u16(status).unwrap(), Json(json!({"detail": "not today"})));
    }
    let id = TaskId::parse(id).unwrap();
    parts.storage.run_cancel_request(&id, None, super::now()).await.unwrap();
    (StatusCode::OK, Json(json!({"task_id": id.as_str(), "status": "cancelled"})))
}

/// Drives whatever is queued, one worker.
async fn work(parts: Arc<Parts>, stop: CancellationToken) {
    let mut queued = parts.storage.signals().subscribe(Signal::RunQueued);
    let mut working = parts.working.subscribe();
    let session = parts.storage.session_open("test", 1, 3_600_000, super::now()).await.unwrap();
    loop {
        if *working.borrow_and_update() {
            let claimed = parts.storage.run_claim(&session.session_id, 64, super::now()).await.unwrap();
            for run in &claimed {
                let ending = (parts.script.lock())(run);
                let at = super::now().plus_millis((parts.time.lock())(run));
                let end = RunEnd { finished_at: at, ..end(ending) };
                parts.storage.step_intent(&run.lease(), thought(at)).await.unwrap();
                let answered = answered(ending != Ending::ModelCannot, at);
                parts.storage.run_finish(run.lease(), Some(answered), end).await.unwrap();
            }
            if !claimed.is_empty() {
                continue;
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = queued.changed() => {}
            _ = working.changed() => {}
        }
    }
}

fn end(ending: Ending) -> RunEnd {
    let failed = |code: &str, blame| {
        (
            RunStatus::FAILED,
            Some(TaskError { code: code.into(), message: "It did not work.".into() }),
            Some(blame),
        )
    };
    let (status, error, blame) = match ending {
        Ending::Completed => (RunStatus::COMPLETED, None, None),
        Ending::AgentFails => failed(FailureCode::STEP_LIMIT, Blame::Agent),
        Ending::ModelCannot => failed(FailureCode::MODEL_CANNOT, Blame::Nobody),
        Ending::InfrastructureFails => failed("TOOL_DOWN", Blame::Infrastructure),
    };
    let result_json = (status == RunStatus::COMPLETED).then(|| json!({"answer": "done"}).to_string());
    RunEnd { status, result_json, error, blame, finished_at: finished() }
}

/// The model that stands behind every alias here.
pub const MODEL: &str = "fake/fake-1";

fn thought(at: Micros) -> StepIntent {
    StepIntent {
        no: 1,
        kind: StepKind::Thought,
        tool: None,
        effect: EffectClass::Read,
        key: "k".into(),
        request_json: "{}".into(),
        at,
    }
}

fn answered(by_a_model: bool, at: Micros) -> StepResult {
    StepResult {
        no: 1,
        result_json: None,
        error: None,
        model: by_a_model.then(|| MODEL.into()),
        tokens_in: 0,
        tokens_out: 0,
        cost: MicroUsd::ZERO,
        duration_us: 0,
        at,
    }
}

fn finished() -> Micros {
    super::now()
}
