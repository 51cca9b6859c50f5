//! A stand-in for a provider: it gives prepared replies in order and remembers what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Router, http};
use serde_json::Value;

/// What the provider answers.
#[derive(Clone)]
pub enum Reply {
    /// A status and a JSON body.
    Json(u16, Value),
    /// A status, headers and a JSON body.
    With(u16, &'static [(&'static str, &'static str)], Value),
    /// An event stream.
    Events(&'static str),
    /// A reply after so many milliseconds.
    Slow(u64, Box<Reply>),
}

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// With its query.
    pub path: String,
    pub headers: http::HeaderMap,
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

#[derive(Default)]
struct Inner {
    replies: VecDeque<Reply>,
    asked: Vec<Asked>,
}

/// The stand-in; after its last reply it answers 503.
pub struct Provider {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl Provider {
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let inner = Arc::new(Mutex::new(Inner { replies: replies.into_iter().collect(), asked: Vec::new() }));
        let router = Router::new().fallback(answer).with_state(inner.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inner }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.inner.lock().unwrap().asked.clone()
    }
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let reply = {
        let mut inner = inner.lock().unwrap();
        let path = parts.uri.path_and_query().unwrap().to_string();
        inner.asked.push(Asked { path, headers: parts.headers, body, text });
        inner.replies.pop_front()
    };
    match reply {
        Some(Reply::Slow(millis, reply)) => {
            tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            give(Some(*reply))
        }
        reply => give(reply),
    }
}

fn give(reply: Option<Reply>) -> Response {
    match reply {
        None => http::StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Reply::Json(status, body)) => json(status, &[], &body),
        Some(Reply::With(status, headers, body)) => json(status, headers, &body),
        Some(Reply::Events(text)) => {
            let headers = [(http::header::CONTENT_TYPE, "text/event-stream")];
            (headers, Body::from(Bytes::from_static(text.as_bytes()))).into_response()
        }
        Some(Reply::Slow(_, reply)) => give(Some(*reply)),
    }
}

fn json(status: u16, headers: &[(&'static str, &'static str)], body: &Value) -> Response {
    let mut response = http::Response::builder().status(status).header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body.to_string())).unwrap()
}
