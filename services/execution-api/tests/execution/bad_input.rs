//! What is wrong is refused with a problem document that names it; the service stays up and keeps nothing.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Harness, read};

async fn check(api: &Harness, body: Value, field: &str) {
    let (status, problem) = api.post("/api/v2/agents/execute", body.clone()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {problem}");
    assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
    assert!(problem["request_id"].is_string() && problem["detail"].is_string());
}

fn with(member: &str, value: Value) -> Value {
    let mut body = json!({ "task": "say hello", "agent_id": "tester" });
    body[member] = value;
    body
}

#[tokio::test]
async fn every_field_of_an_execute_request_is_checked() {
    let api = Harness::start().await;
    check(&api, json!({ "agent_id": "tester" }), "task").await;
    for task in [json!(""), json!(" \n\t"), json!("x".repeat(10_001)), json!("a\0b"), json!(7), json!(null)] {
        check(&api, with("task", task), "task").await;
    }
    for id in ["", "a b", "a/b", "é", &"x".repeat(129)] {
        check(&api, with("task_id", json!(id)), "task_id").await;
    }
    for priority in [json!(0), json!(11), json!("soon"), json!(1.5), json!([])] {
        check(&api, with("priority", priority), "priority").await;
    }
    for timeout in [json!(0), json!(-1), json!(86_401), json!("60")] {
        check(&api, with("timeout", timeout), "timeout").await;
    }
    check(&api, with("max_cost_usd", json!(-0.01)), "max_cost_usd").await;
    check(&api, with("attempt", json!(0)), "attempt").await;
    check(&api, with("attempt", json!(9_000_000_000_i64)), "attempt").await;
    check(&api, with("deadline", json!("tomorrow")), "deadline").await;
    check(&api, with("context", json!([1])), "context").await;
    check(&api, with("wait", json!("yes")), "wait").await;
    check(&api, with("agent_id", json!("")), "agent_id").await;
    let (_, history) = api.get("/api/v2/tasks/history").await;
    assert_eq!(history["count"], 0, "nothing half-written remains");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let api = Harness::start().await;
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let cases: [(&[u8], &str, StatusCode); 6] = [
        (b"{\"task\":", "application/json", StatusCode::BAD_REQUEST),
        (b"", "application/json", StatusCode::BAD_REQUEST),
        (b"{\"task\":\"\xff\"}", "application/json", StatusCode::BAD_REQUEST),
        (deep.as_bytes(), "application/json", StatusCode::BAD_REQUEST),
        (b"task=x", "application/x-www-form-urlencoded", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (b"[]", "application/json", StatusCode::UNPROCESSABLE_ENTITY),
    ];
    for path in ["/api/v2/agents/execute", "/agents/execute", "/agents"] {
        for (body, kind, expected) in cases {
            let request = api.request(Method::POST, path).header("Content-Type", kind).body(body.to_vec());
            let (status, problem) = read(request.send().await.unwrap()).await;
            assert_eq!(status, expected, "{path} {:?}: {problem}", String::from_utf8_lossy(body));
            assert_eq!(problem["status"], expected.as_u16());
        }
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let api = Harness::start().await;
    let body = with("context", json!({ "k": "x".repeat(1_100_000) }));
    assert_eq!(api.post("/api/v2/agents/execute", body).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_wrong_method_is_405_with_a_problem_document() {
    let api = Harness::start().await;
    for (method, path) in [
        (Method::GET, "/api/v2/agents/execute"),
        (Method::DELETE, "/api/v1/tasks/t1"),
        (Method::GET, "/api/v1/tasks/t1/cancel"),
        (Method::PATCH, "/agents/tester"),
        (Method::POST, "/api/v2/knowledge/search"),
    ] {
        let (status, problem) = read(api.request(method.clone(), path).send().await.unwrap()).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (StatusCode::METHOD_NOT_ALLOWED, Some("METHOD_NOT_ALLOWED")),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let api = Harness::start().await;
    for (path, field) in [
        ("/api/v1/tasks?status=done", "status"),
        ("/api/v1/tasks?limit=0", "limit"),
        ("/api/v1/tasks?limit=501", "limit"),
        ("/api/v1/tasks?limit=x", "limit"),
        ("/api/v1/tasks?order=best", "order"),
        ("/api/v1/tasks?since=yesterday", "since"),
        ("/api/v1/tasks?priority_min=11", "priority_min"),
        ("/api/v1/tasks?agent_id=a%20b%2F", "agent_id"),
        ("/api/v1/tasks?cursor=nonsense", "cursor"),
        ("/api/v2/tasks/history?cursor=nonsense", "cursor"),
        ("/api/v2/tasks/history?status=assigned", "status"),
        ("/api/v1/tasks/t1?wait=soon", "wait"),
        ("/api/v1/tasks/a%20b", "id"),
        ("/api/v1/tasks/%00", "id"),
        ("/api/v2/knowledge/search?query=", "query"),
        ("/api/v2/knowledge/search", "query"),
        ("/api/v2/knowledge/search?query=x&limit=101", "limit"),
        ("/api/v2/memory/context/tester?limit=0", "limit"),
    ] {
        let (status, problem) = api.get(path).await;
        assert_eq!(
            (status, problem["errors"][0]["field"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(field)),
            "{path}: {problem}"
        );
    }
}

#[tokio::test]
async fn an_idempotency_key_must_be_one() {
    let api = Harness::start().await;
    for key in ["", &"k".repeat(256)] {
        let request = api.request(Method::POST, "/agents/execute").header("Idempotency-Key", key);
        let (status, _) = read(request.json(&with("priority", json!(5))).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn knowledge_is_checked() {
    let api = Harness::start().await;
    for (body, field) in [
        (json!({ "agent_id": "tester", "content": " " }), "content"),
        (json!({ "agent_id": "tester" }), "content"),
        (json!({ "agent_id": "tester", "content": "x".repeat(100_001) }), "content"),
        (json!({ "agent_id": "tester", "content": "x", "title": "x".repeat(501) }), "title"),
        (json!({ "agent_id": "tester", "content": "x", "tags": ["x".repeat(201)] }), "tags"),
        (json!({ "content": "x" }), "agent_id"),
    ] {
        let (status, problem) = api.post("/api/v2/knowledge/add", body).await;
        assert_eq!(
            (status, problem["errors"][0]["field"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(field)),
            "{problem}"
        );
    }
}
