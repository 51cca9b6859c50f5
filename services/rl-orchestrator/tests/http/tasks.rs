//! Tasks are found, listed, waited for and followed.

use std::collections::BTreeSet;

use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::support::World;

async fn ids(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&format!("/tasks?{query}")).await.ok();
    let tasks = list["tasks"].as_array().unwrap();
    assert_eq!(list["count"].as_u64().unwrap() as usize, tasks.len());
    tasks.iter().map(|task| task["task_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn filters_let_through_what_they_say() {
    let world = World::start().await;
    world.execution.work(false);
    let assign = async |id: &str, description: &str, priority: i64| {
        world
            .post("/assign-task", json!({"task_id": id, "description": description, "priority": priority}))
            .await
            .ok();
    };
    assign("one", "write unit tests for the payment module", 2).await;
    assign("two", "deploy the application to kubernetes cluster", 9).await;
    assign("three", "write unit tests for the shopping cart", 5).await;
    assert_eq!(ids(&world, "order=oldest").await, ["one", "two", "three"]);
    assert_eq!(ids(&world, "").await, ["three", "two", "one"]);
    assert_eq!(ids(&world, "order=priority").await[0], "two");
    assert_eq!(ids(&world, "priority_min=3&priority_max=high").await, ["three"]);
    assert_eq!(ids(&world, "agent_id=qa_tester&q=cart").await, ["three"]);
    assert_eq!(ids(&world, "since=2099-01-01T00:00:00Z").await, [""; 0]);
    world.execution.work(true);
    for id in ["one", "two", "three"] {
        world.ended(id).await;
    }
    assert_eq!(ids(&world, "status=completed&status=failed").await.len(), 3);
    assert_eq!(ids(&world, "status=running").await, [""; 0]);
    world.stop().await;
}

#[tokio::test]
async fn pages_hold_every_task_once() {
    let world = World::start().await;
    let tasks: Vec<_> =
        (0..25).map(|n| json!({"task_id": format!("t{n:02}"), "description": "Test task"})).collect();
    assert_eq!(world.post("/assign-tasks", json!({"tasks": tasks})).await.ok()["assigned"], 25);
    let (mut seen, mut query) = (BTreeSet::new(), "limit=10".to_owned());
    loop {
        let page = world.get(&format!("/tasks?{query}")).await.ok();
        for task in page["tasks"].as_array().unwrap() {
            assert!(seen.insert(task["task_id"].to_string()), "{task} twice");
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("limit=10&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    world.stop().await;
}

#[tokio::test]
async fn a_stream_shows_every_status_and_ends() {
    let world = World::start().await;
    world.assign("s", "Test task").await;
    world.ended("s").await;
    let request = world.request(Method::GET, "/tasks/s").header("accept", "text/event-stream");
    let answer = world.send(request).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    assert!(
        answer.text.contains(r#""status":"assigned""#) && answer.text.contains(r#""status":"completed""#),
        "{}",
        answer.text
    );
    let first =
        answer.text.lines().find_map(|line| line.strip_prefix("id: ").or(line.strip_prefix("id:"))).unwrap();
    let resumed = world
        .request(Method::GET, "/tasks/s")
        .header("accept", "text/event-stream")
        .header("last-event-id", first);
    let resumed = world.send(resumed).await.text;
    assert!(
        !resumed.contains(r#""status":"assigned""#) && resumed.contains(r#""status":"completed""#),
        "{resumed}"
    );
    world.stop().await;
}

#[tokio::test]
async fn everything_can_be_followed_and_resumed() {
    let world = World::start().await;
    for id in ["a", "b"] {
        world.assign(id, "Test task").await;
        world.ended(id).await;
    }
    let mut stream = world.request(Method::GET, "/events?after=0").send().await.unwrap();
    let mut text = String::new();
    while !(text.contains(r#""task_id":"b""#) && text.matches(r#""status":"completed""#).count() == 2) {
        text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    let mut live = world.request(Method::GET, "/events").send().await.unwrap();
    world.assign("c", "Test task").await;
    let fresh = live.chunk().await.unwrap().unwrap();
    assert!(
        std::str::from_utf8(&fresh).unwrap().contains(r#""task_id":"c""#),
        "only what happens from now on"
    );
    drop((stream, live));
    world.stop().await;
}

/// Reads frames to the farewell of the other end, or as many.
async fn frames(world: &World, path: &str, most: usize) -> Vec<Value> {
    let (mut socket, _) = tokio_tungstenite::connect_async(world.socket_url(path)).await.unwrap();
    let mut frames = Vec::new();
    while frames.len() < most
        && let Some(Ok(message)) = socket.next().await
    {
        if let Message::Text(text) = message {
            frames.push(serde_json::from_str(&text).unwrap());
        }
    }
    frames
}

#[tokio::test]
async fn sockets_tell_what_streams_tell_and_resume_alike() {
    let world = World::start().await;
    for id in ["a", "b"] {
        world.assign(id, "Test task").await;
        world.ended(id).await;
    }
    let all = frames(&world, "/tasks/b/ws", 100).await;
    assert_eq!((&all[0]["event"], &all[0]["data"]["status"]), (&json!("status"), &json!("assigned")));
    assert_eq!(all.last().unwrap()["data"]["status"], "completed");
    let first = all[0]["id"].as_str().unwrap();
    assert_eq!(frames(&world, &format!("/tasks/b/ws?last_event_id={first}"), 100).await, all[1..]);
    let everything = frames(&world, "/events/ws?last_event_id=0", 6).await;
    let of_b: Vec<_> = everything.iter().filter(|frame| frame["data"]["task_id"] == "b").cloned().collect();
    assert_eq!(of_b[..], all[..of_b.len()]);
    assert!(!of_b.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_socket_to_nothing_or_from_nowhere_is_refused() {
    let world = World::start().await;
    for (path, status) in
        [("/tasks/absent/ws", 404), ("/events/ws?last_event_id=x", 422), ("/events/ws?after=1", 422)]
    {
        match tokio_tungstenite::connect_async(world.socket_url(path)).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status(), status, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn waiting_ends_with_the_task_or_the_time() {
    let world = World::start().await;
    world.execution.work(false);
    world.assign("w", "Test task").await;
    let record = world.get("/tasks/w?wait=20ms").await.ok();
    assert!(record["completed_at"].is_null(), "{record}");
    world.execution.work(true);
    assert_eq!(world.get("/tasks/w?wait=30s").await.ok()["status"], "completed");
    world.stop().await;
}

#[tokio::test]
async fn agents_are_listed_and_pinged() {
    let world = World::start().await;
    let tester = world.get("/agents/qa_tester/ping").await.ok();
    assert_eq!((&tester["agent_id"], &tester["available"]), (&json!("tester"), &json!(true)));
    world.get("/agents/nobody/ping").await.problem(404);
    world.stop().await;
}
