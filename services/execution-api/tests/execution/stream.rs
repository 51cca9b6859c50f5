//! `GET /api/v1/tasks/{id}` as server-sent events.

use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Harness, read};

async fn events(api: &Harness, last: Option<&str>) -> Vec<(String, String)> {
    let request = api.request(Method::GET, "/api/v1/tasks/t1").header("Accept", "text/event-stream");
    let request = last.iter().fold(request, |request, last| request.header("Last-Event-ID", *last));
    let text = request.send().await.unwrap().text().await.unwrap();
    let field = |event: &str, name: &str| {
        event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
    };
    text.split("\n\n")
        .filter(|event| event.contains("event:"))
        .map(|e| (field(e, "event:"), field(e, "id:")))
        .collect()
}

fn named(name: &str, id: &str) -> (String, String) {
    (name.to_owned(), id.to_owned())
}

#[tokio::test]
async fn steps_come_in_order_and_the_end_comes_last() {
    let api = Harness::start().await;
    api.submit("t1", "compute it").await;
    let told = events(&api, None).await;
    let steps: Vec<_> = told.iter().filter(|event| event.0 == "step").cloned().collect();
    assert_eq!(steps, [named("step", "1"), named("step", "2"), named("step", "3")]);
    assert_eq!(told.last(), Some(&named("end", "")));
}

#[tokio::test]
async fn a_reader_resumes_after_the_step_it_saw() {
    let api = Harness::start().await;
    api.submit("t1", "compute it").await;
    api.ended("t1").await;
    assert_eq!(events(&api, Some("2")).await, [named("step", "3"), named("end", "")]);
}

#[tokio::test]
async fn a_stream_opened_early_follows_to_the_end() {
    let api = Harness::start().await;
    api.submit("t1", "hang").await;
    api.model.asked_times("t1", 1).await;
    let (told, ()) = tokio::join!(events(&api, None), async { api.model.release.add_permits(1) });
    assert_eq!(told.last(), Some(&named("end", "")), "{told:?}");
    assert!(told.contains(&named("step", "1")), "{told:?}");
}

#[tokio::test]
async fn a_wrong_place_is_refused() {
    let api = Harness::start().await;
    api.submit("t1", "say hello").await;
    let request = api.request(Method::GET, "/api/v1/tasks/t1").header("Accept", "text/event-stream");
    let (status, problem) = read(request.header("Last-Event-ID", "x").send().await.unwrap()).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("Last-Event-ID"))
    );
}

#[tokio::test]
async fn a_socket_tells_what_the_stream_tells_and_resumes_alike() {
    let api = Harness::start().await;
    api.submit("t1", "compute it").await;
    api.ended("t1").await;
    let told = async |path: &str| {
        let url = format!("{}{path}", api.url.replacen("http", "ws", 1));
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let frames = socket.filter_map(|message| async {
            message.ok()?.into_text().ok().filter(|text| text.starts_with('{'))
        });
        let frames = frames.map(|text| serde_json::from_str::<Value>(&text).unwrap());
        frames
            .map(|frame| {
                (
                    frame["event"].as_str().unwrap().to_owned(),
                    frame["id"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect::<Vec<_>>()
            .await
    };
    assert_eq!(told("/api/v1/tasks/t1/ws").await, events(&api, None).await);
    assert_eq!(told("/api/v1/tasks/t1/ws?last_event_id=2").await, [named("step", "3"), named("end", "")]);
}
