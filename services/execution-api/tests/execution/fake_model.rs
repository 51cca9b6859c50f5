//! A model service that speaks the real wire and does as the task's words say.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

/// One question as it arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    pub body: Value,
    pub task_id: String,
    pub agent_id: String,
    pub tenant: String,
    pub key: String,
}

/// What it was asked, and what holds it back.
pub struct FakeModel {
    pub url: String,
    pub asked: Mutex<Vec<Asked>>,
    /// Questions of tasks that begin with `hang` wait for a permit.
    pub release: Semaphore,
    /// How many questions of tasks that begin with `flaky` still fail.
    pub failures: AtomicUsize,
}

impl FakeModel {
    pub async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let model = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            asked: Mutex::default(),
            release: Semaphore::new(0),
            failures: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(chat))
            .route(
                "/health/live",
                get(async || Json(json!({ "service": "model-service", "status": "healthy" }))),
            )
            .with_state(model.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        model
    }

    /// How often it was asked on behalf of a task.
    pub fn questions(&self, task: &str) -> usize {
        self.asked.lock().iter().filter(|asked| asked.task_id == task).count()
    }

    /// Ends once it was asked `n` times on behalf of a task.
    pub async fn asked_times(&self, task: &str, n: usize) {
        while self.questions(task) < n {
            tokio::task::yield_now().await;
        }
    }
}

/// A message and why it ends, or a refusal.
type Said = Result<Message, Box<Response>>;
type Message = (Value, &'static str);

async fn chat(state: State<Arc<FakeModel>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let streamed = body["stream"] == true;
    match said(state, headers, body).await {
        Ok((message, finish)) if streamed => in_pieces(message, finish),
        Ok((message, finish)) => whole(message, finish),
        Err(refusal) => *refusal,
    }
}

async fn said(State(model): State<Arc<FakeModel>>, headers: HeaderMap, body: Value) -> Said {
    let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let asked = Asked {
        body: body.clone(),
        task_id: text("x-task-id"),
        agent_id: text("x-agent-id"),
        tenant: text("x-tenant"),
        key: text("idempotency-key"),
    };
    model.asked.lock().push(asked);
    let messages = body["messages"].as_array().unwrap();
    let task = messages[1]["content"].as_str().unwrap();
    let last = messages.last().unwrap();
    let seen = last["content"].as_str().unwrap_or_default();
    Ok(match task.split_whitespace().next().unwrap() {
        "hang" => {
            model.release.acquire().await.unwrap().forget();
            says(&format!("released: {task}"))
        }
        "ponder" if last["role"] != "tool" => {
            model.release.acquire().await.unwrap().forget();
            calls(&[("calculator", json!({ "expression": "6 * 7" }))])
        }
        "flaky" if fails(&model) => return Err(Box::new(unavailable())),
        "away" => return Err(Box::new(unavailable())),
        "cannot" => {
            return Err(Box::new(problem(
                StatusCode::UNPROCESSABLE_ENTITY,
                "MODEL_CANNOT",
                "configure a language model",
            )));
        }
        "unknown-model" => {
            return Err(Box::new(problem(
                StatusCode::NOT_FOUND,
                "MODEL_NOT_FOUND",
                "there is no such model",
            )));
        }
        "insist" if messages.iter().filter(|message| message["role"] == "tool").count() < 2 => {
            calls(&[("order", json!({ "what": "tea" }))])
        }
        _ if last["role"] == "tool" => says(&format!("observed {seen}")),
        "compute" => calls(&[("calculator", json!({ "expression": "6 * 7" }))]),
        "long" => says(&"x".repeat(3_000)),
        "broke" => {
            return Err(Box::new(problem(
                StatusCode::TOO_MANY_REQUESTS,
                "BUDGET_EXCEEDED",
                "the budget \"acme\" is spent",
            )));
        }
        "order" => calls(&[("order", json!({ "what": "tea" }))]),
        "both" => calls(&[
            ("calculator", json!({ "expression": "1 + 1" })),
            ("text_stats", json!({ "text": "one two three" })),
        ]),
        "loop" => calls(&[("calculator", json!({ "expression": "1" }))]),
        _ => says(&format!("done: {task}")),
    })
}

fn fails(model: &FakeModel) -> bool {
    model.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

fn unavailable() -> Response {
    problem(StatusCode::SERVICE_UNAVAILABLE, "PROVIDER_UNAVAILABLE", "the provider is out of reach")
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = json!({ "type": "about:blank", "title": "", "status": status.as_u16(), "code": code, "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

fn says(text: &str) -> Message {
    (json!({ "role": "assistant", "content": text }), "stop")
}

fn calls(tools: &[(&str, Value)]) -> Message {
    let calls: Vec<_> = tools
        .iter()
        .enumerate()
        .map(|(at, (name, arguments))| {
            json!({ "id": format!("c{at}"), "type": "function",
                    "function": { "name": name, "arguments": arguments.to_string() } })
        })
        .collect();
    (json!({ "role": "assistant", "content": null, "tool_calls": calls }), "tool_calls")
}

/// Every word is a piece of its own.
fn in_pieces(message: Value, finish: &str) -> Response {
    let piece = |delta: Value, finish: Option<&str>| {
        json!({ "id": "x", "object": "chat.completion.chunk", "created": 0, "model": "fake-1",
                "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] })
    };
    let mut pieces = vec![piece(json!({ "role": "assistant" }), None)];
    let words = message["content"].as_str().unwrap_or_default().split_inclusive(' ');
    pieces.extend(words.map(|word| piece(json!({ "content": word }), None)));
    let calls = message["tool_calls"].as_array().into_iter().flatten().enumerate();
    pieces.extend(calls.map(|(at, call)| {
        let mut call = call.clone();
        call["index"] = json!(at);
        piece(json!({ "tool_calls": [call] }), None)
    }));
    pieces.push(piece(json!({}), Some(finish)));
    pieces.push(json!({ "choices": [], "usage": usage() }));
    let events: String = pieces.iter().map(|piece| format!("data: {piece}\n\n")).collect();
    let headers = [(header::CONTENT_TYPE.as_str(), "text/event-stream"), ("x-provider", "fake")];
    (headers, format!("{events}data: [DONE]\n\n")).into_response()
}

fn usage() -> Value {
    json!({ "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost_usd": 0.0001 })
}

fn whole(message: Value, finish: &str) -> Response {
    Json(json!({
        "id": "x", "object": "chat.completion", "created": 0, "model": "fake-1", "provider": "fake",
        "choices": [{ "index": 0, "message": message, "finish_reason": finish }],
        "usage": usage(),
    }))
    .into_response()
}
