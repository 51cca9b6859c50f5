//! The service over its own routes: experiences in and out, training, policies, bad input.

#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use service_kit::{Settings, bind, serve};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Routes alone, on a database of their own.
async fn routes() -> Router {
    let settings = Settings::with([("DATABASE_URL", "sqlite::memory:")]).unwrap();
    rl_server::build(&settings).await.unwrap().into_router().unwrap()
}

async fn ask(routes: &Router, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Vec<u8>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap();
    let response = routes.clone().oneshot(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

async fn ask_json(routes: &Router, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let (status, bytes) = ask(routes, method, path, body.to_string()).await;
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn line(n: usize, agent: &str, reward: f64) -> Value {
    json!({"task_id": format!("t{n}"), "agent_id": agent, "reward": reward, "description": format!("unit tests for module {n}")})
}

fn log(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| line(n, ["tester", "data_analyst"][n % 2], if n % 2 == 0 { 1.0 } else { 0.1 }))
        .collect()
}

#[tokio::test]
async fn a_line_is_taken_once_and_comes_out_as_it_went_in() {
    let routes = routes().await;
    let (status, first) = ask_json(&routes, "POST", "/experiences", json!(log(6))).await;
    assert_eq!((status, &first), (StatusCode::OK, &json!({"imported": 6, "known": 0})));
    let (_, again) = ask_json(&routes, "POST", "/experiences", json!(log(7))).await;
    assert_eq!(again, json!({"imported": 1, "known": 6}));

    let (_, exported) = ask(&routes, "GET", "/experiences?after=0&limit=100", "").await;
    let exported = String::from_utf8(exported).unwrap();
    assert_eq!(exported.lines().count(), 7);

    let elsewhere = self::routes().await;
    let (_, copied) = ask(&elsewhere, "POST", "/experiences", exported.clone()).await;
    assert_eq!(serde_json::from_slice::<Value>(&copied).unwrap(), json!({"imported": 7, "known": 0}));
    let contexts = |text: &str| -> Vec<Value> {
        text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["context"].clone()).collect()
    };
    let (_, second) = ask(&elsewhere, "GET", "/experiences", "").await;
    assert_eq!(contexts(&exported), contexts(&String::from_utf8(second).unwrap()));
}

#[tokio::test]
async fn one_bad_line_refuses_the_whole_import_and_names_the_field() {
    let routes = routes().await;
    let mut lines = log(2);
    lines.push(line(3, "tester", 1.5));
    let (status, problem) = ask_json(&routes, "POST", "/experiences", json!(lines)).await;
    assert_eq!(
        (status, problem["errors"][0]["field"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("[2].reward"))
    );
    let (_, exported) = ask(&routes, "GET", "/experiences", "").await;
    assert!(exported.is_empty());
}

#[tokio::test]
async fn bad_requests_get_problem_documents() {
    let routes = routes().await;
    let cases = [
        ("POST", "/training/start", r#"{"learner": {"gamma": 7}}"#, 422),
        ("POST", "/training/start", r#"{"learner": {"no_such_field": 1}}"#, 422),
        ("POST", "/training/start", "{", 400),
        ("GET", "/training/absent", "", 404),
        ("GET", "/training?limit=0", "", 422),
        ("GET", "/training?cursor=nonsense", "", 422),
        ("GET", "/policies/1", "", 404),
        ("GET", "/policies/x", "", 422),
        ("POST", "/policies/1/promote", "", 404),
        ("POST", "/experiences", "", 422),
        (
            "POST",
            "/experiences",
            r#"{"task_id": "a b", "agent_id": "x", "reward": 1, "description": "d"}"#,
            422,
        ),
        ("POST", "/experiences", r#"{"task_id": "a", "agent_id": "x", "reward": 1}"#, 422),
        ("POST", "/experiences", r#"{"task_id": "a", "agent_id": "x", "reward": 1, "context": "!!"}"#, 422),
        ("GET", "/experiences?limit=10001", "", 422),
        ("DELETE", "/experiences", "", 405),
        ("POST", "/rewards/signal", r#"{"reward": 1}"#, 422),
    ];
    for (method, path, body, expected) in cases {
        let (status, bytes) = ask(&routes, method, path, body).await;
        let problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        assert_eq!(status.as_u16(), expected, "{method} {path} {body}: {problem}");
        assert_eq!(problem["status"], json!(expected), "{method} {path} {body}");
        assert!(
            problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
            "{method} {path} {body}"
        );
    }
}

/// The whole service with its loops, on a file of its own.
struct Running {
    base: String,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

impl Running {
    async fn start(folder: &TempDir) -> Self {
        let url = format!("sqlite:///{}", folder.path().join("rl.db").display());
        let settings =
            Settings::with([("DATABASE_URL", url.as_str()), ("LIGHTNING__RL__PORT", "0")]).unwrap();
        let app = rl_server::build(&settings).await.unwrap();
        let listener = bind(app.listen()).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let token = stop.clone();
        let ended = tokio::spawn(async move { serve(app, listener, token).await.unwrap() });
        Self { base, stop, ended }
    }

    async fn call(&self, method: http::Method, path: &str, body: Value) -> Value {
        service_kit::install_crypto();
        let request = reqwest::Client::new().request(method, format!("{}{path}", self.base)).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn trained(&self, request: Value) -> Value {
        let mut job = self.call(http::Method::POST, "/training/start", request).await;
        let path = format!("/training/{}", job["id"].as_str().unwrap());
        while !["completed", "failed", "stopped"].contains(&job["status"].as_str().unwrap()) {
            tokio::task::yield_now().await;
            job = self.call(http::Method::GET, &path, Value::Null).await;
        }
        job
    }

    async fn stop(self) {
        self.stop.cancel();
        self.ended.await.unwrap();
    }
}

#[tokio::test]
async fn training_publishes_a_version_that_decides_and_can_be_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let service = Running::start(&folder).await;
    service.call(http::Method::POST, "/experiences", json!(log(200))).await;

    let first = service.trained(json!({"name": "first"})).await;
    assert_eq!(
        (first["status"].as_str(), first["policy_version"].as_str()),
        (Some("completed"), Some("1")),
        "{first}"
    );
    assert_eq!(first["experiences"], 200);
    let metrics = &first["metrics"];
    assert!(metrics["rmse"].as_f64() < metrics["rmse_of_mean"].as_f64(), "nothing was learned: {metrics}");

    let unpublished = service.trained(json!({"publish": false})).await;
    assert_eq!(unpublished["policy_version"], Value::Null);
    let second = service.trained(json!({"learner": {"gamma": 0.5}})).await;
    assert_eq!(second["policy_version"], "2");

    let rolled = service.call(http::Method::POST, "/policies/2/rollback", Value::Null).await;
    assert_eq!(rolled["status"], "rolled_back");
    let policies = service.call(http::Method::GET, "/policies", Value::Null).await;
    let states: Vec<_> =
        policies["policies"].as_array().unwrap().iter().map(|p| (&p["version"], &p["status"])).collect();
    assert_eq!(states, [(&json!(2), &json!("rolled_back")), (&json!(1), &json!("promoted"))]);
    service.stop().await;
}

#[tokio::test]
async fn jobs_and_policies_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let service = Running::start(&folder).await;
    service.call(http::Method::POST, "/experiences", json!(log(20))).await;
    let job = service.trained(json!({})).await;
    service.stop().await;

    let service = Running::start(&folder).await;
    let path = format!("/training/{}", job["id"].as_str().unwrap());
    assert_eq!(service.call(http::Method::GET, &path, Value::Null).await, job);
    let status = service.call(http::Method::GET, "/rl/status", Value::Null).await;
    assert_eq!((&status["experiences"], &status["promoted_version"]), (&json!(20), &json!(1)));
    service.stop().await;
}
