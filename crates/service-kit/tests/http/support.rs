//! A small service for the tests, with routes that misbehave on request, on a port of its own.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use futures::{StreamExt, stream};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use service_kit::access::{Access, Caller, Role};
use service_kit::extract::{Json, Path, Query, RawBody};
use service_kit::{App, Settings, bind, context, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running service.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) ended: JoinHandle<()>,
}

pub(crate) fn settings(pairs: &[(&str, &str)]) -> Settings {
    let always = [("LIGHTNING__ORCHESTRATOR__PORT", "0"), ("LIGHTNING__LOG__DIRECTORY", "")];
    Settings::with(always.iter().chain(pairs).copied()).unwrap()
}

pub(crate) fn app(pairs: &[(&str, &str)]) -> App {
    let access = Access::new().all("/admin", Role::Admin).timeout("/patient", Duration::from_secs(60));
    let access = access.body_max("/batch", 5000);
    App::new("test", "1.2.3", "orchestrator", &settings(pairs)).unwrap().undocumented(routes()).access(access)
}

fn routes() -> Router {
    Router::new()
        .route("/echo", post(|Json(value): Json<Value>| async { Json(value) }))
        .route("/raw", post(|RawBody(bytes): RawBody| async move { bytes.len().to_string() }))
        .route("/batch", post(|RawBody(bytes): RawBody| async move { bytes.len().to_string() }))
        .route("/events", get(events))
        .route("/poll", get(poll))
        .route(
            "/who",
            get(|caller: Caller| async move { Json(json!({ "id": &*caller.id, "role": caller.role })) }),
        )
        .route("/admin", get(|| async { "secret" }))
        .route("/number/{n}", get(|Path(n): Path<u8>| async move { n.to_string() }))
        .route(
            "/query",
            get(|Query(pairs): Query<Vec<(String, String)>>| async move { format!("{pairs:?}") }),
        )
        .route("/foreign", get(|axum::extract::Query(_): axum::extract::Query<Vec<u8>>| async { "" }))
        .route("/teapot", get(|| async { (StatusCode::IM_A_TEAPOT, "SELECT * FROM secrets") }))
        .route("/panic", get(panics))
        .route("/never", get(std::future::pending::<()>))
        .route("/patient", get(std::future::pending::<()>))
        .route("/outgoing", get(|| async { Json(headers(&context::outgoing_headers())) }))
        .route("/left", get(|| async { context::remaining().unwrap().as_millis().to_string() }))
}

/// One event, and then nothing for ever.
async fn events() -> impl axum::response::IntoResponse {
    let events = stream::iter([Ok::<_, Infallible>("data: one\n\n")]).chain(stream::pending());
    ([("content-type", "text/event-stream")], Body::from_stream(events))
}

async fn poll() -> &'static str {
    context::stopping().await;
    "nothing yet"
}

async fn panics() -> &'static str {
    panic!("as the test asked");
}

fn headers(headers: &HeaderMap) -> Value {
    headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap()))).collect()
}

pub(crate) async fn start(app: App) -> Running {
    let listener = bind(app.listen()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let ended = tokio::spawn(async move { serve(app, listener, stopping).await.unwrap() });
    Running { address, stop, ended }
}

/// An answer, taken apart.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    /// Checks that this is a problem document with this status and code.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let document = self.json();
        assert_eq!((&document["status"], &document["code"]), (&json!(status), &json!(code)));
        assert_eq!(document["request_id"], self.headers["x-request-id"].to_str().unwrap());
        document
    }
}

impl Running {
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(&head("GET", path, headers, "")).await
    }

    pub(crate) async fn post(&self, path: &str, kind: &str, body: impl AsRef<[u8]>) -> Answer {
        let body = body.as_ref();
        let length = format!("Content-Length: {}\r\n", body.len());
        let mut request = head("POST", path, &[("Content-Type", kind)], &length).into_bytes();
        request.extend_from_slice(body);
        self.send(request).await
    }

    /// Sends bytes as they are and reads one answer.
    pub(crate) async fn send(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // The service may answer, and close, before it has read everything.
        drop(stream.write_all(request.as_ref()).await);
        read(&mut stream).await
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.ended.await.unwrap();
    }
}

pub(crate) fn head(method: &str, path: &str, headers: &[(&str, &str)], more: &str) -> String {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}{more}\r\n")
}

pub(crate) async fn read(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes).await);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.parse::<http::HeaderName>().unwrap(), value.parse::<http::HeaderValue>().unwrap())
    };
    Answer { status, headers: lines.map(header).collect(), body: body.to_owned() }
}
