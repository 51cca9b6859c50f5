//! Tools that an operator declares, and what becomes of their calls when a worker dies during one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use parking_lot::Mutex;
use serde_json::{Value, json};
use storage::StepIntent;
use task_model::{EffectClass, StepKind};

use crate::harness::{Harness, Prepared};
use crate::recovery::{Died, prepared_with};

/// A shop that takes each order once, if it is told a key.
#[derive(Default)]
struct Shop {
    /// Calls by key, with the times each arrived.
    calls: Mutex<HashMap<String, usize>>,
    /// What it answers to so many calls before it is well.
    broken: Mutex<usize>,
    seen: Mutex<Vec<HeaderMap>>,
}

async fn order(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> impl IntoResponse {
    let key = headers.get("idempotency-key").map_or("", |key| key.to_str().unwrap()).to_owned();
    *shop.calls.lock().entry(key).or_default() += 1;
    shop.seen.lock().push(headers);
    let mut broken = shop.broken.lock();
    if *broken > 0 {
        *broken -= 1;
        return (StatusCode::SERVICE_UNAVAILABLE, "{}".to_owned());
    }
    (StatusCode::OK, json!({ "ordered": 1 }).to_string())
}

async fn look(State(shop): State<Arc<Shop>>, Path(key): Path<String>) -> impl IntoResponse {
    match key.as_str() {
        _ if shop.calls.lock().contains_key(&key) => (StatusCode::OK, json!({ "known": true }).to_string()),
        _ => (StatusCode::NOT_FOUND, String::new()),
    }
}

async fn shop() -> (Arc<Shop>, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shop = Arc::new(Shop::default());
    let routes = Router::new()
        .route("/orders", post(order))
        .route("/orders/{key}", get(look))
        .route("/broken/{key}", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .with_state(shop.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (shop, url)
}

fn declared(url: &str, effect: &str, more: &str) -> String {
    format!(
        "[{{ name = \"order\", description = \"Orders.\", url = \"{url}/orders\", effect = \"{effect}\" {more} }}]"
    )
}

/// The key of the call that every test here is about.
fn key() -> String {
    react_agent::idempotency_key("t1", 2, "order", &json!({ "what": "tea" }))
}

/// A run whose worker died between the INTENT of its order and the RESULT.
async fn died(url: &str, effect: EffectClass, more: &str) -> Harness {
    let ordered = ordered(2, effect, &key());
    started_after(
        url,
        effect,
        more,
        Died { task: "order tea", call: tea(), unanswered: None, intent: ordered },
    )
    .await
}

/// The same, but the order was made before, and nobody knows what came of it.
async fn died_insisting(url: &str, effect: EffectClass, key_again: &str) -> Harness {
    let unanswered = Some(ordered(2, effect, &key()));
    let intent = ordered(4, effect, key_again);
    started_after(url, effect, "", Died { task: "insist on tea", call: tea(), unanswered, intent }).await
}

async fn started_after(url: &str, effect: EffectClass, more: &str, died: Died) -> Harness {
    with_orders(url, effect.as_str(), more).await.died(died).await.start().await
}

/// A service whose worker may order from the shop.
async fn with_orders(url: &str, effect: &str, more: &str) -> Prepared {
    prepared_with(&["order"])
        .await
        .with("LIGHTNING__EXECUTION__TOOLS", &declared(url, effect, more))
        .with("LIGHTNING__FETCH__ALLOW_PRIVATE", "127.0.0.0/8")
}

/// The task `t1` of the worker, when it has ended.
async fn worked_off(api: &Harness, task: &str) -> Value {
    api.post("/api/v2/agents/execute", json!({ "task_id": "t1", "task": task, "agent_id": "worker" })).await;
    api.ended("t1").await
}

fn tea() -> (&'static str, Value) {
    ("order", json!({ "what": "tea" }))
}

fn ordered(no: i64, effect: EffectClass, key: &str) -> StepIntent {
    StepIntent {
        tool: Some("order".into()),
        effect,
        request_json: json!({ "call_id": "c0", "arguments": { "what": "tea" } }).to_string(),
        ..crate::recovery::intent(no, StepKind::Tool, key)
    }
}

fn observed(task: &Value) -> &Value {
    &task["steps"][1]["result"]["outcome"]
}

#[tokio::test]
async fn a_call_sends_its_arguments_its_key_and_the_operators_secret() {
    let (shop, url) = shop().await;
    let prepared = with_orders(&url, "keyed", ", key_env = \"SHOP_KEY\"").await;
    let api = prepared.with("SHOP_KEY", "s3cret").start().await;
    *shop.broken.lock() = 1;
    let task = worked_off(&api, "order tea").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(observed(&task)["content"], json!({ "body": { "ordered": 1 }, "status": 200 }).to_string());
    let step = &task["steps"][1];
    assert_eq!((&step["idempotency_key"], &step["effect"]), (&json!(key()), &json!("keyed")));
    assert_eq!(*shop.calls.lock(), HashMap::from([(key(), 2)]), "trouble: again, under the same key");
    assert_eq!(shop.seen.lock()[0]["authorization"], "Bearer s3cret");
}

#[tokio::test]
async fn a_keyed_call_is_made_again_with_the_key_it_had() {
    let (shop, url) = shop().await;
    shop.calls.lock().insert(key(), 1);
    let task = died(&url, EffectClass::Keyed, "").await.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(*shop.calls.lock(), HashMap::from([(key(), 2)]));
}

#[tokio::test]
async fn a_call_that_is_known_to_have_happened_is_not_made_again() {
    let (shop, url) = shop().await;
    shop.calls.lock().insert(key(), 1);
    let probe = format!(", probe_url = \"{url}/orders/{{key}}\"");
    let task = died(&url, EffectClass::Probe, &probe).await.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(observed(&task)["content"], json!({ "body": { "known": true }, "status": 200 }).to_string());
    assert_eq!(*shop.calls.lock(), HashMap::from([(key(), 1)]));
}

#[tokio::test]
async fn a_call_that_is_known_not_to_have_happened_is_made() {
    let (shop, url) = shop().await;
    let probe = format!(", probe_url = \"{url}/orders/{{key}}\"");
    let task = died(&url, EffectClass::Probe, &probe).await.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(*shop.calls.lock(), HashMap::from([(key(), 1)]));
}

#[tokio::test]
async fn a_call_of_which_nobody_knows_waits_for_a_person() {
    let (shop, url) = shop().await;
    let probe = format!(", probe_url = \"{url}/broken/{{key}}\"");
    for (effect, more) in [(EffectClass::Probe, probe.as_str()), (EffectClass::Unsafe, "")] {
        let task = died(&url, effect, more).await.ended("t1").await;
        let told = (task["status"].as_str(), task["error"]["code"].as_str());
        assert_eq!(told, (Some("needs_review"), Some("EFFECT_UNKNOWN")), "{effect:?}");
    }
    assert!(shop.calls.lock().is_empty());
}

#[tokio::test]
async fn a_keyed_call_that_went_unanswered_is_made_again_under_its_key() {
    let (shop, url) = shop().await;
    // So often a keyed call is tried before the agent is told.
    *shop.broken.lock() = 3;
    let api = with_orders(&url, "keyed", "").await.start().await;
    let task = worked_off(&api, "insist on tea").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["steps"][1]["result"]["outcome"]["code"], "UNAVAILABLE", "{task}");
    assert_eq!(*shop.calls.lock(), HashMap::from([(key(), 4)]));
    let keys = [1, 3].map(|step: usize| task["steps"][step]["idempotency_key"].clone());
    assert_eq!(keys, [json!(key()), json!(key())]);
}

#[tokio::test]
async fn such_a_call_has_its_key_after_a_crash_too() {
    let (shop, url) = shop().await;
    shop.calls.lock().insert(key(), 1);
    let task = died_insisting(&url, EffectClass::Keyed, &key()).await.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(*shop.calls.lock(), HashMap::from([(key(), 2)]));
}

/// As an earlier release would have written it.
#[tokio::test]
async fn what_is_sent_is_the_key_in_the_journal() {
    let (shop, url) = shop().await;
    let api = died_insisting(&url, EffectClass::Keyed, "a-key-of-its-own").await;
    assert_eq!(api.ended("t1").await["error"]["code"], "EFFECT_UNKNOWN");
    api.post("/api/v1/tasks/t1/approve", json!({})).await;
    assert_eq!(api.ended("t1").await["status"], "completed");
    assert_eq!(*shop.calls.lock(), HashMap::from([("a-key-of-its-own".to_owned(), 1)]));
}

/// The agent orders tea, is told that nobody knows whether it was ordered, and orders it again.
async fn ordered_again(shop: &Shop, url: &str) -> Harness {
    *shop.broken.lock() = 1;
    let api = with_orders(url, "unsafe", "").await.start().await;
    let task = worked_off(&api, "insist on tea").await;
    let told = (task["status"].as_str(), task["error"]["code"].as_str());
    assert_eq!(told, (Some("needs_review"), Some("APPROVAL_REQUIRED")), "{task}");
    assert!(task["error"]["message"].as_str().unwrap().contains("as in step 2"), "{task}");
    assert_eq!(*shop.calls.lock(), HashMap::from([(key(), 1)]), "asked before, not after");
    api
}

#[tokio::test]
async fn a_call_that_may_have_happened_is_made_again_when_a_person_allows_it() {
    let (shop, url) = shop().await;
    let api = ordered_again(&shop, &url).await;
    api.post("/api/v1/tasks/t1/approve", json!({})).await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(shop.calls.lock().len(), 2, "another step, another key");
}

#[tokio::test]
async fn a_call_that_may_have_happened_is_not_made_again_when_a_person_refuses_it() {
    let (shop, url) = shop().await;
    let api = ordered_again(&shop, &url).await;
    api.post("/api/v1/tasks/t1/deny", json!({ "reason": "it came" })).await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert!(task["result"]["answer"].as_str().unwrap().contains("it came"), "{task}");
    assert_eq!(shop.calls.lock().len(), 1);
}
