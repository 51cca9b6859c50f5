//! Events over a WebSocket, as a client meets them.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query as Asked, State};
use axum::response::Response;
use axum::routing::get;
use futures::{SinkExt, StreamExt, stream};
use serde_json::{Value, json};
use service_kit::access::Role;
use service_kit::events::{Event, Socket};
use service_kit::{App, Problem};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::admission::with_key;
use crate::support::{Running, settings, start};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Sockets that tell three events, large ones for ever, nothing, or a problem; whoever stops being told is reported.
fn app(pairs: &[(&str, &str)], gone: mpsc::UnboundedSender<()>) -> App {
    let routes = Router::new().route("/{kind}/ws", get(follow)).with_state(gone);
    App::new("test", "1.2.3", "orchestrator", &settings(pairs)).unwrap().undocumented(routes)
}

struct Guard(mpsc::UnboundedSender<()>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

async fn follow(
    State(gone): State<mpsc::UnboundedSender<()>>,
    Path(kind): Path<String>,
    Asked(asked): Asked<Vec<(String, u64)>>,
    socket: Socket,
) -> Result<Response, Problem> {
    let after = asked.first().map_or(0, |(_, after)| *after);
    let event = |n: u64| Ok(Event::new("status", &json!({ "n": n })).id(n.to_string()));
    let padding = "x".repeat(256 * 1024);
    let broken = Problem::unavailable("the database does not answer", Duration::from_secs(1));
    let events = match kind.as_str() {
        "three" => stream::iter(after + 1..4).map(event).boxed(),
        "large" => {
            stream::iter(1..).map(move |n: u64| Ok(Event::new("status", &padding).id(n.to_string()))).boxed()
        }
        "broken" => stream::iter([event(1), Err(broken)]).boxed(),
        _ => stream::iter([event(1)]).chain(stream::pending()).boxed(),
    };
    let guard = Guard(gone);
    socket.follow(events.inspect(move |_| {
        let _held = &guard;
    }))
}

async fn serve(pairs: &[(&str, &str)]) -> (Running, mpsc::UnboundedReceiver<()>) {
    let (gone, went) = mpsc::unbounded_channel();
    (start(app(pairs, gone)).await, went)
}

async fn open(service: &Running, path: &str) -> Client {
    connect_async(format!("ws://{}{path}", service.address)).await.unwrap().0
}

/// The next event, or the code with which the other end closed.
async fn next(client: &mut Client) -> Result<Value, u16> {
    loop {
        match tokio::time::timeout(Duration::from_secs(30), client.next()).await.unwrap() {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
            Some(Ok(_)) => {}
            other => panic!("neither event nor farewell: {other:?}"),
        }
    }
}

/// The status with which the socket was refused.
async fn refused(request: impl IntoClientRequest + Unpin) -> (u16, Value) {
    match connect_async(request).await {
        Err(Error::Http(answer)) => {
            let body = answer.body().clone().unwrap_or_default();
            (answer.status().as_u16(), serde_json::from_slice(&body).unwrap_or_default())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn events_come_as_frames_and_the_end_has_its_code() {
    let (service, _) = serve(&[]).await;
    let mut client = open(&service, "/three/ws").await;
    assert_eq!(next(&mut client).await, Ok(json!({ "id": "1", "event": "status", "data": { "n": 1 } })));
    for _ in 0..2 {
        next(&mut client).await.unwrap();
    }
    assert_eq!(next(&mut client).await, Err(CloseCode::Normal.into()));
    let mut resumed = open(&service, "/three/ws?last_event_id=2").await;
    assert_eq!(next(&mut resumed).await.unwrap()["id"], "3");
    service.end().await;
}

#[tokio::test]
async fn the_end_of_the_service_is_told_and_waited_for() {
    let (service, _) = serve(&[]).await;
    let mut client = open(&service, "/quiet/ws").await;
    next(&mut client).await.unwrap();
    service.stop.cancel();
    assert_eq!(next(&mut client).await, Err(CloseCode::Away.into()));
    drop(client);
    service.ended.await.unwrap();
}

#[tokio::test]
async fn a_stream_that_cannot_go_on_says_why() {
    let (service, _) = serve(&[]).await;
    let mut client = open(&service, "/broken/ws").await;
    assert_eq!(next(&mut client).await.unwrap()["id"], "1");
    let problem = next(&mut client).await.unwrap();
    assert_eq!((&problem["id"], &problem["event"]), (&Value::Null, &json!("problem")));
    assert_eq!(problem["data"]["detail"], "the database does not answer");
    assert_eq!(next(&mut client).await, Err(CloseCode::Again.into()));
}

#[tokio::test]
async fn a_slow_reader_is_let_go_and_told_so_when_it_reads_again() {
    let (service, mut went) = serve(&[("LIGHTNING__LIMITS__SOCKET_STALL_MS", "100")]).await;
    let mut client = open(&service, "/large/ws").await;
    // It reads nothing until the service has given up.
    tokio::time::timeout(Duration::from_secs(30), went.recv()).await.unwrap().unwrap();
    let code = loop {
        match next(&mut client).await {
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert_eq!(code, 4001);
}

#[tokio::test]
async fn who_answers_no_pings_is_let_go() {
    let (service, mut went) = serve(&[("LIGHTNING__LIMITS__SOCKET_PING_MS", "50")]).await;
    let mut client = open(&service, "/quiet/ws").await;
    // Pings are answered by whoever reads, and this one does not.
    tokio::time::timeout(Duration::from_secs(30), went.recv()).await.unwrap().unwrap();
    next(&mut client).await.unwrap();
    assert_eq!(next(&mut client).await, Err(4002));
}

#[tokio::test]
async fn who_answers_pings_stays() {
    let (service, mut went) = serve(&[("LIGHTNING__LIMITS__SOCKET_PING_MS", "50")]).await;
    let mut client = open(&service, "/quiet/ws").await;
    let mut pings = 0;
    while pings < 6 {
        pings += usize::from(matches!(client.next().await, Some(Ok(Message::Ping(_)))));
        client.flush().await.unwrap();
    }
    assert!(went.try_recv().is_err());
    client.close(None).await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), went.recv()).await.unwrap().unwrap();
}

#[tokio::test]
async fn no_more_sockets_than_allowed_are_held_open() {
    let (service, mut went) = serve(&[("LIGHTNING__LIMITS__SOCKETS_MAX", "1")]).await;
    let mut first = open(&service, "/quiet/ws").await;
    next(&mut first).await.unwrap();
    let url = format!("ws://{}/quiet/ws", service.address);
    let (status, problem) = refused(url.as_str()).await;
    assert_eq!((status, &problem["code"]), (503, &json!("UNAVAILABLE")));
    went.recv().await.unwrap();
    first.close(None).await.unwrap();
    went.recv().await.unwrap();
    // The place is free once the connection has ended, which is soon after.
    while connect_async(url.as_str()).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn keys_are_needed_and_may_come_as_a_subprotocol() {
    let (gone, _went) = mpsc::unbounded_channel();
    let (app, key) = with_key(app(&[("LIGHTNING__AUTH__MODE", "keys")], gone), Role::Viewer);
    let service = start(app).await;
    let url = format!("ws://{}/three/ws", service.address);
    assert_eq!(refused(url.as_str()).await.0, 401);
    let with = |protocols: &str| {
        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
        request
    };
    assert_eq!(refused(with("lightning.v1, key.al_wrong")).await.0, 401);
    let (mut client, answer) = connect_async(with(&format!("lightning.v1, key.{key}"))).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "lightning.v1", "a key is never sent back");
    assert_eq!(next(&mut client).await.unwrap()["id"], "1");
}

#[tokio::test]
async fn a_socket_closes_with_the_key_of_its_caller() {
    let (gone, _went) = mpsc::unbounded_channel();
    let (app, key) = with_key(app(&[("LIGHTNING__AUTH__MODE", "keys")], gone), Role::Viewer);
    let ring = app.key_ring().clone();
    let service = start(app).await;
    let mut request = format!("ws://{}/quiet/ws", service.address).into_client_request().unwrap();
    request.headers_mut().insert("x-api-key", key.parse().unwrap());
    let (mut client, _) = connect_async(request).await.unwrap();
    next(&mut client).await.unwrap();
    ring.store(vec![]);
    assert_eq!(next(&mut client).await, Err(4003));
}

#[tokio::test]
async fn pages_of_other_sites_open_no_socket() {
    let (service, _) = serve(&[]).await;
    let mut request = format!("ws://{}/three/ws", service.address).into_client_request().unwrap();
    request.headers_mut().insert("origin", "https://example.org".parse().unwrap());
    assert_eq!(refused(request).await.0, 403);
}

#[tokio::test]
async fn a_plain_call_is_told_what_to_do() {
    let (service, _) = serve(&[]).await;
    service.get("/three/ws", &[]).await.is_problem(400, "NO_WEBSOCKET");
}
