//! Whatever comes in, a problem document goes out, and nothing half-written stays.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::World;

#[tokio::test]
async fn every_endpoint_with_a_body_refuses_what_it_cannot_read() {
    let world = World::start().await;
    for path in [
        "/assign-task",
        "/assign-tasks",
        "/select-agent",
        "/task-feedback",
        "/execute-now",
        "/agents/tester/feedback",
    ] {
        let raw = async |body: &'static [u8], kind: &str, status: u16| {
            let request = world.request(Method::POST, path).header("content-type", kind).body(body);
            world.send(request).await.problem(status)
        };
        raw(b"", "application/json", 400).await;
        raw(b"{\"description\": ", "application/json", 400).await;
        raw(b"\xff\xfe{}", "application/json", 400).await;
        raw(b"[1]", "application/json", 422).await;
        raw(b"{}", "application/json", 422).await;
        raw(b"a=b", "application/x-www-form-urlencoded", 415).await;
        let deep = format!("{{\"metadata\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
        let request = world.request(Method::POST, path).header("content-type", "application/json").body(deep);
        world.send(request).await.problem(400);
        let large = json!({"description": "x".repeat(2 << 20)});
        world.post(path, large).await.problem(413);
        world.send(world.request(Method::DELETE, path)).await.problem(405);
    }
    world.stop().await;
}

#[tokio::test]
async fn every_wrong_member_of_a_task_is_named() {
    let world = World::start().await;
    let check = async |member: &str, value: Value| {
        let mut body = json!({"task_id": "bad", "description": "Test task"});
        body[member] = value;
        let problem = world.post("/assign-task", body.clone()).await.problem(422);
        let field = problem["errors"][0]["field"].as_str().unwrap_or_default();
        assert!(field.starts_with(member), "{body}: {problem}");
    };
    for bad in [json!(""), json!("a b"), json!("a/b"), json!("é"), json!(7), json!("x".repeat(129))] {
        check("task_id", bad).await;
    }
    for bad in [json!(""), json!("  \n"), json!(null), json!(1), json!("x".repeat(10_001)), json!("a\u{0}b")]
    {
        check("description", bad).await;
    }
    for bad in [json!(0), json!(11), json!(-1), json!(5.5), json!("soon"), json!([5]), json!(1e300)] {
        check("priority", bad).await;
    }
    for bad in [json!([]), json!("x"), json!({"k": "v".repeat(65_536)}), json!({"k": "\u{0}"})] {
        check("metadata", bad).await;
    }
    check("metadata", json!({"required_capabilities": 7})).await;
    for bad in [json!(""), json!("x".repeat(256)), json!(1)] {
        check("idempotency_key", bad).await;
    }
    for bad in [json!(-1), json!("1"), json!(1e12)] {
        check("max_cost_usd", bad).await;
    }
    for bad in [json!("tomorrow"), json!("2020-01-01T00:00:00Z"), json!(5)] {
        check("deadline", bad).await;
    }
    for bad in [json!("yes"), json!(1)] {
        check("force_execute", bad).await;
    }
    check("execution_mode", json!("slow")).await;
    check("agent_id", json!("a b")).await;
    world.get("/tasks/bad").await.problem(404);
    assert_eq!(world.get("/tasks").await.ok()["count"], 0);
    world.stop().await;
}

#[tokio::test]
async fn wrong_queries_and_paths_are_named() {
    let world = World::start().await;
    for (query, field) in [
        ("status=done", "status"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("cursor=%25%25", "cursor"),
        ("since=now", "since"),
        ("nothing=1", "nothing"),
    ] {
        let problem = world.get(&format!("/tasks?{query}")).await.problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{query}: {problem}");
    }
    world.get("/tasks/a%20b").await.problem(422);
    world.get("/tasks/unknown").await.problem(404);
    world.get("/tasks/unknown?wait=30s").await.problem(404);
    world.get("/tasks/unknown?wait=soon").await.problem(422);
    world.get("/events?after=-1").await.problem(422);
    world.get("/nothing").await.problem(404);
    let stream = world.request(Method::GET, "/tasks/unknown").header("accept", "text/event-stream");
    world.send(stream).await.problem(404);
    world.stop().await;
}

#[tokio::test]
async fn batches_have_a_size() {
    let world = World::start().await;
    world.post("/assign-tasks", json!({"tasks": []})).await.problem(422);
    let many: Vec<_> = (0..1_001).map(|_| json!({"description": "t"})).collect();
    world.post("/assign-tasks", json!({"tasks": many})).await.problem(422);
    world.stop().await;
}

#[tokio::test]
async fn without_agents_nothing_is_assigned_and_the_caller_is_told_when_to_return() {
    let world = World::without_agents().await;
    let answer = world.post("/assign-task", json!({"task_id": "t", "description": "Test task"})).await;
    assert_eq!(answer.problem(503)["code"], "ROSTER_EMPTY");
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(world.get("/health").await.status, 503);
    world.get("/tasks/t").await.problem(404);
    world.stop().await;
}
