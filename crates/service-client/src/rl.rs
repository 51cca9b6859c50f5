//! The RL server: training and policies.

use bytes::Bytes;
use futures::Stream;
use http::Method;
use resilient_http::Request;
use serde_json::Value;
use service_api::policy::{
    EvaluateRequest, EvaluationReport, ExperienceFormat, ImportReport, PolicyDetail, PolicyList,
    PolicyRecord, TrainingJob, TrainingRequest,
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

    /// `GET /experiences`, a page of JSON Lines.
    pub async fn experiences(&self, after: i64, limit: usize, call: &Call) -> Result<Bytes, Error> {
        let path = format!("/experiences?after={after}&limit={limit}&format=jsonl");
        let answer = self.peer.ask(Request::new(Method::GET, path, call.within), call).await?;
        self.peer.bytes(self.peer.opened(answer).await?).await
    }

    /// `GET /experiences` as one Parquet file, as it arrives.
    pub async fn experiences_file(
        &self,
        after: i64,
        limit: Option<usize>,
        call: &Call,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + use<>, Error> {
        let limit = limit.map_or_else(String::new, |limit| format!("&limit={limit}"));
        let path = format!("/experiences?after={after}{limit}&format=parquet");
        let answer = self.peer.ask(Request::new(Method::GET, path, call.within), call).await?;
        Ok(self.peer.pieces(self.peer.opened(answer).await?))
    }

    /// `POST /experiences`; known lines are passed over.
    pub async fn import_experiences(
        &self,
        kind: ExperienceFormat,
        body: Bytes,
        call: &Call,
    ) -> Result<ImportReport, Error> {
        let request = Request::new(Method::POST, "/experiences", call.within).body(kind.media_type(), body);
        self.peer.read(self.peer.ask(request.repeatable(), call).await?).await
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
