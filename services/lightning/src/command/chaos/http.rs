//! One request on a connection of its own, as a stranger's client makes it: no retries, no breaker, nothing of ours.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// An answer: the status, and the body if it was JSON.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body; null when it was not JSON.
    pub body: Value,
}

/// Asks the service at `port` on loopback; `None` when no whole answer came in time.
pub async fn ask(
    port: u16,
    method: Method,
    path: &str,
    body: Option<&Value>,
    within: Duration,
) -> Option<Answer> {
    tokio::time::timeout(within, exchange(port, method, path, body)).await.ok()?
}

async fn exchange(port: u16, method: Method, path: &str, body: Option<&Value>) -> Option<Answer> {
    let socket = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.ok()?;
    // Ends with the sender, at the end of this function.
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let text = body.map_or_else(String::new, Value::to_string);
    let request = request.body(Full::new(Bytes::from(text))).ok()?;
    let response = sender.send_request(request).await.ok()?;
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.ok()?.to_bytes();
    Some(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() })
}
