//! The execution API: runs and the roster.

use std::sync::Arc;

use http::{HeaderValue, Method};
use resilient_http::{Endpoint, Request};
use serde_json::Value;
use service_api::agents::{Agent, AgentInput, AgentList};
use service_api::execute::{ExecuteRequest, ExecuteResponse};
use service_api::inbox::{Decision, ForkRequest, Inbox};
use service_api::knowledge::KnowledgeInput;
use service_api::task::{RunList, RunRecord};
use url::Url;

use crate::peer::{Peer, state_of};
use crate::{Call, Connector, Error, PeerState};

/// Talks to the execution API.
#[derive(Debug, Clone)]
pub struct ExecutionClient {
    peer: Peer,
    /// The ways in for a run, best first, each with a breaker of its own.
    execute: Vec<Arc<Endpoint>>,
}

impl ExecutionClient {
    /// A client for the execution API at `base`; runs go to `/api/v2/agents/execute`, else to `/agents/execute` there,
    /// else to the same on `fallback`.
    pub fn new(connector: &Connector, base: &Url, fallback: Option<&Url>) -> Self {
        let peer = connector.peer("execution-api", base);
        let way = |name: &str, base: &Url, path: &str| connector.endpoint(name, &below(base, path));
        let mut execute = vec![
            way("execution-api/v2", base, "api/v2/agents/execute"),
            way("execution-api/v1", base, "agents/execute"),
        ];
        execute.extend(fallback.map(|base| way("execution-api/fallback", base, "api/v2/agents/execute")));
        Self { peer, execute }
    }

    /// Where it is.
    pub fn base(&self) -> &Url {
        self.peer.base()
    }

    /// What the breakers of its endpoints say.
    pub fn states(&self) -> Vec<PeerState> {
        self.execute.iter().map(|endpoint| state_of(endpoint)).collect()
    }

    /// Hands a task over. The receiver knows the task by its id and attempt, so a repetition runs nothing twice;
    /// a request without a task id is sent once only.
    pub async fn execute(&self, request: &ExecuteRequest, call: &Call) -> Result<ExecuteResponse, Error> {
        let mut outgoing = self.peer.with_body(Request::new(Method::POST, "", call.within), request)?;
        if let Some(id) = &request.task_id {
            let key = format!("{id}/{}", request.attempt.unwrap_or(1));
            if let Ok(key) = HeaderValue::from_str(&key) {
                outgoing =
                    outgoing.header(http::HeaderName::from_static("idempotency-key"), key).repeatable();
            }
        }
        self.peer.read(self.peer.ask_any(&self.execute, outgoing, call).await?).await
    }

    /// `GET /api/v1/tasks/{id}`, waiting up to `wait_s` seconds for its end.
    pub async fn task(&self, id: &str, wait_s: Option<u64>, call: &Call) -> Result<RunRecord, Error> {
        let wait = wait_s.map_or_else(String::new, |seconds| format!("?wait={seconds}s"));
        self.peer.get(&format!("/api/v1/tasks/{id}{wait}"), call).await
    }

    /// `GET /api/v1/tasks`, newest first.
    pub async fn tasks(&self, limit: usize, call: &Call) -> Result<RunList, Error> {
        self.peer.get(&format!("/api/v1/tasks?limit={limit}"), call).await
    }

    /// `POST /api/v1/tasks/{id}/cancel`.
    pub async fn cancel(&self, id: &str, call: &Call) -> Result<Value, Error> {
        self.peer.send(Method::POST, &format!("/api/v1/tasks/{id}/cancel"), &Value::Null, true, call).await
    }

    /// `POST /api/v1/tasks/{id}/pause`.
    pub async fn pause(&self, id: &str, call: &Call) -> Result<RunRecord, Error> {
        self.peer.send(Method::POST, &format!("/api/v1/tasks/{id}/pause"), &Value::Null, true, call).await
    }

    /// `POST /api/v1/tasks/{id}/resume`.
    pub async fn resume(&self, id: &str, call: &Call) -> Result<RunRecord, Error> {
        self.peer.send(Method::POST, &format!("/api/v1/tasks/{id}/resume"), &Value::Null, true, call).await
    }

    /// `POST /api/v1/tasks/{id}/approve`.
    pub async fn approve(&self, id: &str, decision: &Decision, call: &Call) -> Result<RunRecord, Error> {
        self.peer.send(Method::POST, &format!("/api/v1/tasks/{id}/approve"), decision, true, call).await
    }

    /// `POST /api/v1/tasks/{id}/deny`.
    pub async fn deny(&self, id: &str, decision: &Decision, call: &Call) -> Result<RunRecord, Error> {
        self.peer.send(Method::POST, &format!("/api/v1/tasks/{id}/deny"), decision, true, call).await
    }

    /// `POST /api/v1/tasks/{id}/fork`: answers with the new task.
    pub async fn fork(&self, id: &str, request: &ForkRequest, call: &Call) -> Result<RunRecord, Error> {
        self.peer.send(Method::POST, &format!("/api/v1/tasks/{id}/fork"), request, true, call).await
    }

    /// `GET /api/v1/inbox`.
    pub async fn inbox(&self, limit: usize, cursor: Option<&str>, call: &Call) -> Result<Inbox, Error> {
        let cursor = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        self.peer.get(&format!("/api/v1/inbox?limit={limit}{cursor}"), call).await
    }

    /// `GET /agents`.
    pub async fn agents(&self, call: &Call) -> Result<AgentList, Error> {
        self.peer.get("/agents", call).await
    }

    /// `GET /agents/{id}`.
    pub async fn agent(&self, id: &str, call: &Call) -> Result<Agent, Error> {
        self.peer.get(&format!("/agents/{id}"), call).await
    }

    /// `POST /agents`.
    pub async fn create_agent(&self, input: &AgentInput, call: &Call) -> Result<Agent, Error> {
        self.peer.send(Method::POST, "/agents", input, false, call).await
    }

    /// `PUT /agents/{id}`.
    pub async fn update_agent(&self, id: &str, input: &AgentInput, call: &Call) -> Result<Agent, Error> {
        self.peer.send(Method::PUT, &format!("/agents/{id}"), input, false, call).await
    }

    /// `POST /api/v2/knowledge/add`.
    pub async fn add_knowledge(&self, input: &KnowledgeInput, call: &Call) -> Result<Value, Error> {
        self.peer.send(Method::POST, "/api/v2/knowledge/add", input, false, call).await
    }

    /// `GET /health`.
    pub async fn health(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/health", call).await
    }

    /// `GET /health/live`: whether it answers at all. For the health of others: asking for theirs would go in circles.
    pub async fn live(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/health/live", call).await
    }
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}
