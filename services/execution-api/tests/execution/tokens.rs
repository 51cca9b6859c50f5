//! What a model is saying, heard on the task's stream before the step that keeps it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::Harness;

/// The fields of the events of a finished stream: name, id, data.
fn parsed(text: &str) -> Vec<(String, Option<String>, Value)> {
    let field = |event: &str, name: &str| {
        event.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    let data = |event| serde_json::from_str(&field(event, "data:").unwrap_or_default()).unwrap_or_default();
    text.split("\n\n")
        .filter_map(|event| Some((field(event, "event:")?, field(event, "id:"), data(event))))
        .collect()
}

/// Follows a task from before its first thought ends to its end.
async fn followed(api: &Harness, listening: bool) -> Vec<(String, Option<String>, Value)> {
    api.submit("t1", "ponder it").await;
    api.model.asked_times("t1", 1).await;
    let request = api.request(Method::GET, "/api/v1/tasks/t1").header("Accept", "text/event-stream");
    let stream = if listening { Some(request.send().await.unwrap()) } else { None };
    api.model.release.add_permits(1);
    match stream {
        Some(stream) => parsed(&stream.text().await.unwrap()),
        None => Vec::new(),
    }
}

#[tokio::test]
async fn what_the_model_says_comes_before_its_step_and_has_no_id() {
    let api = Harness::start().await;
    let events = followed(&api, true).await;
    let names: Vec<_> =
        events.iter().map(|(name, ..)| name.as_str()).filter(|name| *name != "status").collect();
    let thought = names.iter().rposition(|name| *name == "step").unwrap();
    assert_eq!(names[..2], ["step", "step"]);
    assert!(thought > 2 && names[2..thought].iter().all(|name| *name == "token"), "{names:?}");
    assert_eq!(names[thought..], ["step", "end"]);

    let tokens: Vec<_> = events.iter().filter(|(name, ..)| name == "token").collect();
    assert!(tokens.iter().all(|(_, id, _)| id.is_none()), "{tokens:?}");
    let mut said = String::new();
    for (_, _, data) in tokens {
        assert_eq!(
            (&data["attempt"], &data["step"], &data["at"]),
            (&json!(1), &json!(3), &json!(said.len()))
        );
        said.push_str(data["text"].as_str().unwrap());
    }
    let step = &events.iter().rfind(|(name, ..)| name == "step").unwrap().2;
    assert_eq!(step["result"]["content"], json!(said));
}

#[tokio::test]
async fn a_thought_that_was_streamed_is_recorded_like_any_other() {
    let steps = async |listening| {
        let api = Harness::start().await;
        followed(&api, listening).await;
        let task = api.ended("t1").await;
        let asked = api.model.asked.lock();
        assert_eq!(
            asked.last().unwrap().body["stream"] == true,
            listening,
            "only who listens makes it a stream"
        );
        let mut steps = task["steps"].clone();
        for step in steps.as_array_mut().unwrap() {
            step["started_at"].take();
            step["duration_ms"].take();
        }
        let mut result = task["result"].clone();
        result["duration_ms"].take();
        (steps, result, task["metadata"]["cost_usd"].clone())
    };
    assert_eq!(steps(true).await, steps(false).await);
}
