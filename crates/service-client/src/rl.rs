//! The RL server: training and policies.

use http::Method;
use serde_json::Value;
use service_api::policy::{
    EvaluateRequest, EvaluationReport, PolicyDetail, PolicyList, PolicyRecord, TrainingJob, TrainingRequest,
};
use url::Url;

use crate::peer::Peer;
use crate::{Call, Connector, Error, PeerState};

/// Talks to the RL server.
#[derive(Debug, Clone)]
pub struct RlClient {
    peer: Peer,
}

impl RlClient {
    /// A client for the RL server at `base`.
    pub fn new(connector: &Connector, base: &Url) -> Self {
        Self { peer: connector.peer("rl-server", base) }
    }

    /// Where it is.
    pub fn base(&self) -> &Url {
        self.peer.base()
    }

    /// What its breaker says.
    pub fn state(&self) -> PeerState {
        self.peer.state()
    }

    /// `POST /training/start`.
    pub async fn start_training(&self, request: &TrainingRequest, call: &Call) -> Result<TrainingJob, Error> {
        self.peer.send(Method::POST, "/training/start", request, false, call).await
    }

    /// `GET /training/{id}`.
    pub async fn training(&self, id: &str, call: &Call) -> Result<TrainingJob, Error> {
        self.peer.get(&format!("/training/{id}"), call).await
    }

    /// `GET /policies`.
    pub async fn policies(&self, call: &Call) -> Result<PolicyList, Error> {
        self.peer.get("/policies", call).await
    }

    /// `GET /policies/{version}`.
    pub async fn policy(&self, version: i64, call: &Call) -> Result<PolicyDetail, Error> {
        self.peer.get(&format!("/policies/{version}"), call).await
    }

    /// `POST /policies/{version}/{step}`: `shadow`, `canary`, `promote` or `rollback`.
    pub async fn move_policy(
        &self,
        version: i64,
        step: &str,
        body: &Value,
        call: &Call,
    ) -> Result<PolicyRecord, Error> {
        self.peer.send(Method::POST, &format!("/policies/{version}/{step}"), body, true, call).await
    }

    /// `POST /evaluate`.
    pub async fn evaluate(&self, request: &EvaluateRequest, call: &Call) -> Result<EvaluationReport, Error> {
        self.peer.send(Method::POST, "/evaluate", request, true, call).await
    }

    /// `GET /rl/status`.
    pub async fn status(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/rl/status", call).await
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
