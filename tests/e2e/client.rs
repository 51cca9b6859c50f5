//! What existing clients do: plain HTTP and JSON, nothing of ours.

use std::net::SocketAddr;

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

/// One service as a client sees it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub json: Value,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { http: reqwest::Client::new(), base: format!("http://{address}"), key: None }
    }

    /// The same client showing a key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// A body that is not one JSON document.
    pub async fn text(&self, path: &str) -> String {
        self.open(path).await.text().await.unwrap()
    }

    /// An answer whose body is yet to come.
    pub async fn open(&self, path: &str) -> Response {
        self.keyed(self.http.get(format!("{}{path}", self.base))).send().await.unwrap()
    }

    fn keyed(&self, request: RequestBuilder) -> RequestBuilder {
        self.key.iter().fold(request, |request, key| request.bearer_auth(key))
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = self.keyed(request).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        Answer { status, headers, json: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// The orchestrator's record of a task once it has ended.
    pub async fn ended(&self, task_id: &str) -> Value {
        loop {
            let answer = self.get(&format!("/tasks/{task_id}?wait=10s")).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            if ["completed", "failed", "cancelled", "needs_review"]
                .contains(&answer.json["status"].as_str().unwrap())
            {
                return answer.json;
            }
        }
    }
}

impl Answer {
    /// The JSON of a 200.
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json
    }

    /// Holds a problem document against its status, and returns it.
    pub fn problem(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.headers["content-type"], "application/problem+json");
        for member in ["type", "title", "detail", "code", "request_id"] {
            assert!(
                self.json[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member} is missing: {}",
                self.json
            );
        }
        assert_eq!(self.json["status"], status);
        self.json
    }
}
