//! The service over its own routes: experiences in and out, training, policies, bad input.

#![allow(clippy::unwrap_used)]

mod support;

use http::StatusCode;
use serde_json::{Value, json};

use support::{Database, Running, ask, ask_json, routes};

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
    let routes = support::routes().await;
    let (status, first) = ask_json(&routes, "POST", "/experiences", json!(log(6))).await;
    assert_eq!((status, &first), (StatusCode::OK, &json!({"imported": 6, "known": 0})));
    let (_, again) = ask_json(&routes, "POST", "/experiences", json!(log(7))).await;
    assert_eq!(again, json!({"imported": 1, "known": 6}));

    let (_, exported) = ask(&routes, "GET", "/experiences?after=0&limit=100", "").await;
    let exported = String::from_utf8(exported).unwrap();
    assert_eq!(exported.lines().count(), 7);

    let elsewhere = support::routes().await;
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
async fn a_large_import_is_taken_in_portions_and_what_was_taken_is_told() {
    let routes = routes().await;
    let text = |count: usize, bad: Option<usize>| -> String {
        let padding = "x".repeat(900);
        let line = |n| {
            let mut line = line(n, "tester", if bad == Some(n) { 7.0 } else { 1.0 });
            line["description"] = json!(format!("{n} {padding}"));
            format!("{line}\r\n\n")
        };
        (0..count).map(line).collect()
    };
    assert!(text(2_400, None).len() > 2 * 1024 * 1024, "over the limit of other requests");
    let (status, answer) = ask(&routes, "POST", "/experiences", text(2_400, Some(2_345))).await;
    let problem: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(
        (status, &problem["errors"][0]["field"], &problem["imported"], &problem["known"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("[2345].reward"), &json!(2000), &json!(0))
    );
    let (_, answer) = ask(&routes, "POST", "/experiences", text(2_400, None)).await;
    assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap(), json!({"imported": 400, "known": 2000}));
}

#[tokio::test]
async fn a_line_that_cannot_be_read_is_named_by_its_place() {
    let routes = routes().await;
    for (second, status, field) in [
        ("{", 400, None),
        (r#"{"task_id": "a", "agent_id": "x", "reward": "much"}"#, 422, Some("[1].reward")),
    ] {
        let text = format!("{}\n{second}\n", line(0, "tester", 1.0));
        let (got, answer) = ask(&routes, "POST", "/experiences", text).await;
        let problem: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!((got.as_u16(), problem["errors"][0]["field"].as_str()), (status, field), "{problem}");
        assert!(problem["detail"].as_str().unwrap().starts_with("[1]: "), "{problem}");
    }
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
        ("POST", "/policies/1/shadow", "", 404),
        ("POST", "/policies/1/rollback", "", 404),
        ("POST", "/policies/1/canary", r#"{"share": 0.9}"#, 422),
        ("POST", "/training/start", r#"{"search": {"trials": 65}}"#, 422),
        ("POST", "/evaluate", r#"{"policy": 7}"#, 404),
        ("POST", "/evaluate", r#"{"policy": 7, "learner": {}}"#, 422),
        ("POST", "/evaluate", r#"{"learner": {"gamma": -1}}"#, 422),
        ("POST", "/evaluate", r#"{"since": "yesterday"}"#, 422),
        ("POST", "/evaluate", r#"{"nonsense": 1}"#, 422),
        ("POST", "/experiences", "", 422),
        (
            "POST",
            "/experiences",
            r#"{"task_id": "a b", "agent_id": "x", "reward": 1, "description": "d"}"#,
            422,
        ),
        ("POST", "/experiences", r#"{"task_id": "a", "agent_id": "x", "reward": 1}"#, 422),
        ("POST", "/experiences", r#"{"task_id": "a", "agent_id": "x", "reward": 1, "context": "!!"}"#, 422),
        (
            "POST",
            "/experiences",
            r#"{"task_id": "a", "agent_id": "x", "reward": 1, "description": "d", "propensity": 0}"#,
            422,
        ),
        (
            "POST",
            "/experiences",
            r#"{"task_id": "a", "agent_id": "x", "reward": 1, "description": "d", "policy_version": "v1"}"#,
            422,
        ),
        (
            "POST",
            "/experiences",
            r#"{"task_id": "a", "agent_id": "x", "reward": 1, "description": "d", "candidates": [{"agent_id": "x", "probability": 2}]}"#,
            422,
        ),
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

#[tokio::test]
async fn training_publishes_a_candidate_of_what_it_learned() {
    let database = Database::usual().await;
    let service = Running::start(&database).await;
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
    let policies = service.call(http::Method::GET, "/policies", Value::Null).await;
    let states: Vec<_> =
        policies["policies"].as_array().unwrap().iter().map(|p| (&p["version"], &p["status"])).collect();
    assert_eq!(states, [(&json!(2), &json!("candidate")), (&json!(1), &json!("candidate"))]);
    service.stop().await;
}

#[tokio::test]
async fn a_policy_comes_out_of_an_exported_log_bit_for_bit() {
    let databases = [Database::usual().await, Database::usual().await];
    let first = Running::start(&databases[0]).await;
    let mut lines = log(120);
    lines.push(
        json!({"task_id": "t3", "revision": 1, "agent_id": "data_analyst", "reward": 0.7, "prev_reward": 0.1,
        "description": "unit tests for module 3"}),
    );
    lines.push(json!({"task_id": "with-set", "agent_id": "tester", "reward": 0.3, "description": "Größe in µm prüfen",
        "propensity": 0.25, "policy_version": "p3.e17",
        "candidates": [{"agent_id": "tester", "probability": 0.25, "relevance": 0.1},
                       {"agent_id": "data_analyst", "probability": 0.75, "eligible": true}]}));
    lines.push(json!({"task_id": "open", "agent_id": "tester", "reward": 0, "weight": 0, "description": "nobody knows"}));
    first.call(http::Method::POST, "/experiences", json!(lines)).await;
    first.trained(json!({})).await;

    let client = reqwest::Client::new();
    let path = "/experiences?limit=10000";
    let exported = client.get(format!("{}{path}", first.base)).send().await.unwrap().text().await.unwrap();
    let last: Value = serde_json::from_str(exported.lines().nth(121).unwrap()).unwrap();
    assert_eq!(
        (&last["policy_version"], &last["candidates"][1]["probability"]),
        (&json!("p3.e17"), &json!(0.75))
    );
    let weights: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["weight"].clone()).collect();
    assert_eq!((weights.len(), &weights[0], &weights[121]), (123, &json!(1.0), &json!(1.0)));
    assert!(weights.contains(&json!(0.0)), "what nobody can say anything of is told apart from a failure");
    let second = Running::start(&databases[1]).await;
    let sent =
        client.post(format!("{}/experiences", second.base)).header("content-type", "application/x-ndjson");
    assert!(sent.body(exported.clone()).send().await.unwrap().status().is_success());
    second.trained(json!({})).await;

    let [one, other] = [&first, &second].map(|service| service.storage.policy_find(1));
    let (one, other) = (one.await.unwrap().unwrap(), other.await.unwrap().unwrap());
    assert!(!one.policy.bytes.is_empty() && one.policy.bytes == other.policy.bytes, "the same bytes");
    let again = client.get(format!("{}{path}", second.base)).send().await.unwrap().text().await.unwrap();
    let comparable = |text: &str| -> Vec<Value> {
        let line = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line["at"] = Value::Null;
            line
        };
        text.lines().map(line).collect()
    };
    assert_eq!(comparable(&exported), comparable(&again));
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn progress_is_streamed_until_the_end() {
    let database = Database::usual().await;
    let service = Running::start(&database).await;
    service.call(http::Method::POST, "/experiences", json!(log(50))).await;
    let job = service.call(http::Method::POST, "/training/start", json!({})).await;
    let url = format!("{}/training/{}/metrics", service.base, job["id"].as_str().unwrap());
    let stream = reqwest::Client::new().get(url).header("accept", "text/event-stream").send().await.unwrap();
    let text = stream.text().await.unwrap();
    let end = text.split("event: end\ndata: ").nth(1).expect("the stream ends with an end");
    let end: Value = serde_json::from_str(end.lines().next().unwrap()).unwrap();
    assert_eq!((&end["status"], &end["progress"]), (&json!("completed"), &json!(1.0)));
    service.stop().await;
}

#[tokio::test]
async fn jobs_and_policies_survive_a_restart() {
    let database = Database::usual().await;
    let service = Running::start(&database).await;
    service.call(http::Method::POST, "/experiences", json!(log(20))).await;
    let job = service.trained(json!({})).await;
    service.stop().await;

    let service = Running::start(&database).await;
    let path = format!("/training/{}", job["id"].as_str().unwrap());
    assert_eq!(service.call(http::Method::GET, &path, Value::Null).await, job);
    let status = service.call(http::Method::GET, "/rl/status", Value::Null).await;
    assert_eq!((&status["experiences"], &status["promoted_version"]), (&json!(20), &Value::Null));
    service.stop().await;
}
