//! What the typed clients send and how they read what comes back, over real sockets.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use secrecy::SecretString;
use serde_json::{Value, json};
use service_api::chat::ChatRequest;
use service_api::execute::ExecuteRequest;
use service_client::{
    Asker, Call, Connector, Error, ExecutionClient, ModelClient, OrchestratorClient, TaskQuery,
};
use url::Url;

async fn serve(router: Router) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

fn connector() -> Connector {
    Connector::usual(Some(SecretString::from("al_secret"))).unwrap()
}

fn call() -> Call {
    Call::within(Duration::from_secs(10)).once()
}

fn task() -> ExecuteRequest {
    ExecuteRequest { task: "Test task".into(), task_id: Some("t1".into()), ..ExecuteRequest::default() }
}

fn accepted(by: &'static str) -> Json<Value> {
    Json(
        json!({"task_id": "t1", "status": "accepted", "result": null, "error": null, "metadata": {"by": by}}),
    )
}

#[tokio::test]
async fn a_run_goes_to_the_fallback_when_the_first_way_in_is_unwell() {
    let router = Router::new()
        .route("/api/v2/agents/execute", post(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route("/agents/execute", post(|| async { accepted("fallback") }));
    let client = ExecutionClient::new(&connector(), &serve(router).await, None);
    let answer = client.execute(&task(), &call()).await.unwrap();
    assert_eq!(answer.metadata["by"], "fallback");
}

#[tokio::test]
async fn key_and_idempotency_key_travel_along() {
    let router = Router::new().route(
        "/api/v2/agents/execute",
        post(|request: Request| async move {
            let of = |name: &str| request.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
            assert_eq!(of(header::AUTHORIZATION.as_str()).as_deref(), Some("Bearer al_secret"));
            assert_eq!(of("idempotency-key").as_deref(), Some("t1/1"));
            accepted("first")
        }),
    );
    let client = ExecutionClient::new(&connector(), &serve(router).await, None);
    assert_eq!(client.execute(&task(), &call()).await.unwrap().metadata["by"], "first");
}

#[tokio::test]
async fn a_refusal_keeps_its_problem_and_trouble_keeps_its_retry_after() {
    let problem =
        || json!({"title": "gone", "status": 404, "detail": "no such task", "code": "TASK_UNKNOWN"});
    let router = Router::new()
        .route("/tasks/absent", get(move || async move { (StatusCode::NOT_FOUND, Json(problem())) }))
        .route(
            "/tasks/busy",
            get(|| async { (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "7")]).into_response() }),
        )
        .route("/tasks/odd", get(|| async { "not json" }));
    let client = OrchestratorClient::new(&connector(), &serve(router).await);

    let absent = client.task("absent", None, &call()).await.unwrap_err();
    assert_eq!((absent.code(), absent.status()), (Some("TASK_UNKNOWN"), Some(StatusCode::NOT_FOUND)));

    let busy = client.task("busy", None, &call()).await.unwrap_err();
    let Error::Unavailable { retry_after, .. } = busy else { panic!("{busy}") };
    assert_eq!(retry_after, Some(Duration::from_secs(7)));

    let odd = client.task("odd", None, &call()).await.unwrap_err();
    assert!(matches!(odd, Error::Unreadable { .. }), "{odd}");
}

#[tokio::test]
async fn filters_become_a_query() {
    let router = Router::new().route(
        "/tasks",
        get(|request: Request| async move {
            assert_eq!(request.uri().query(), Some("status=failed&status=completed&q=a+b%26c&limit=5"));
            Json(json!({"tasks": [], "count": 0, "next_cursor": null}))
        }),
    );
    let client = OrchestratorClient::new(&connector(), &serve(router).await);
    let query = TaskQuery {
        status: vec!["failed".into(), "completed".into()],
        q: Some("a b&c".into()),
        limit: Some(5),
        ..TaskQuery::default()
    };
    assert_eq!(client.tasks(&query, &call()).await.unwrap().count, 0);
}

/// Streams one word and then this; returns what was said and how it ended.
async fn streamed(rest: &'static str) -> (Vec<String>, Option<Error>) {
    let first = r#"data: {"model":"m","choices":[{"index":0,"delta":{"content":"one"}}]}"#;
    let answer =
        move || async move { ([(header::CONTENT_TYPE, "text/event-stream")], format!("{first}\n\n{rest}")) };
    let router = Router::new().route("/v1/chat/completions", post(answer));
    let client = ModelClient::new(&connector(), &serve(router).await);
    let mut stream = client.chat_stream(&ChatRequest::default(), Asker::default(), &call()).await.unwrap();
    let mut said = Vec::new();
    loop {
        match stream.next().await {
            Ok(Some(text)) => said.push(text),
            Ok(None) => {
                assert_eq!(stream.answer().message().unwrap().text(), said.concat());
                return (said, None);
            }
            Err(error) => return (said, Some(error)),
        }
    }
}

#[tokio::test]
async fn a_streamed_thought_ends_with_its_end_mark_and_is_never_taken_for_whole_without() {
    let more =
        r#"data: {"model":"m","choices":[{"index":0,"delta":{"content":" two"},"finish_reason":"stop"}]}"#;
    let whole = Box::leak(format!("{more}\n\ndata: [DONE]\n\n").into_boxed_str());
    let (said, error) = streamed(whole).await;
    assert_eq!(said, ["one", " two"]);
    assert!(error.is_none(), "{error:?}");

    let (said, error) = streamed("").await;
    assert_eq!(said, ["one"]);
    assert!(matches!(error, Some(Error::Unavailable { problem: None, .. })), "{error:?}");
}

#[tokio::test]
async fn trouble_within_a_streamed_thought_keeps_its_code_and_blame() {
    let (_, error) = streamed("data: {\"error\":{\"message\":\"it broke off\",\"code\":\"PROVIDER_UNAVAILABLE\",\"blame\":\"infrastructure\"}}\n\n").await;
    let error = error.unwrap();
    assert_eq!(error.code(), Some("PROVIDER_UNAVAILABLE"));
    assert_eq!(error.problem().unwrap().extra["blame"], "infrastructure");
}

#[tokio::test]
async fn a_thought_that_comes_whole_is_taken_whole() {
    let answer =
        json!({ "model": "m", "choices": [{ "message": { "role": "assistant", "content": "all" } }] });
    let router = Router::new().route("/v1/chat/completions", post(move || async move { Json(answer) }));
    let client = ModelClient::new(&connector(), &serve(router).await);
    let mut stream = client.chat_stream(&ChatRequest::default(), Asker::default(), &call()).await.unwrap();
    assert_eq!(stream.next().await.unwrap(), None);
    assert_eq!(stream.answer().message().unwrap().text(), "all");
}
