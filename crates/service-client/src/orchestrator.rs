//! The RL orchestrator: assignment, tasks, feedback, what was learned.

use http::Method;
use serde_json::Value;
use service_api::assign::{
    AssignTaskRequest, AssignTaskResponse, AssignTasksRequest, AssignTasksResponse, SelectAgentRequest,
    SelectAgentResponse,
};
use service_api::dead_letter::{DeadLetterList, RedriveAnswer, RedriveRequest};
use service_api::explain::Explanation;
use service_api::feedback::{TaskFeedbackRequest, TaskFeedbackResponse};
use service_api::performance::{AgentPerformanceReport, QTable};
use service_api::schedule::{RunSchedule, Schedule, ScheduleInput, ScheduleList};
use service_api::task::{TaskList, TaskRecord};
use url::Url;

use crate::peer::Peer;
use crate::{Call, Connector, Error, PeerState};

/// Talks to the RL orchestrator.
#[derive(Debug, Clone)]
pub struct OrchestratorClient {
    peer: Peer,
}

/// The filters of `GET /tasks`; see the contract for their meaning.
#[derive(Debug, Clone, Default)]
pub struct TaskQuery {
    /// Any of these states.
    pub status: Vec<String>,
    /// Only this agent's.
    pub agent_id: Option<String>,
    /// Words in the description.
    pub q: Option<String>,
    /// `newest`, `oldest` or `priority`.
    pub order: Option<String>,
    /// At most this many.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl TaskQuery {
    fn path(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for status in &self.status {
            query.append_pair("status", status);
        }
        let limit = self.limit.map(|limit| limit.to_string());
        let optional = [
            ("agent_id", &self.agent_id),
            ("q", &self.q),
            ("order", &self.order),
            ("limit", &limit),
            ("cursor", &self.cursor),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("/tasks?{}", query.finish())
    }
}

/// The filters of `GET /dead-letters`; see the contract for their meaning.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterQuery {
    /// `failed`, `needs_review` or `poison`.
    pub reason: Option<String>,
    /// What went wrong.
    pub code: Option<String>,
    /// The agent of the last attempt.
    pub agent_id: Option<String>,
    /// Whose.
    pub tenant: Option<String>,
    /// RFC 3339.
    pub since: Option<String>,
    /// RFC 3339.
    pub until: Option<String>,
    /// At most this many.
    pub limit: Option<usize>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

impl DeadLetterQuery {
    fn path(&self) -> String {
        let limit = self.limit.map(|limit| limit.to_string());
        let members = [
            ("reason", &self.reason),
            ("code", &self.code),
            ("agent_id", &self.agent_id),
            ("tenant", &self.tenant),
            ("since", &self.since),
            ("until", &self.until),
            ("limit", &limit),
            ("cursor", &self.cursor),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(members.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
        format!("/dead-letters?{}", query.finish())
    }
}

impl OrchestratorClient {
    /// A client for the orchestrator at `base`.
    pub fn new(connector: &Connector, base: &Url) -> Self {
        Self { peer: connector.peer("rl-orchestrator", base) }
    }

    /// Where it is.
    pub fn base(&self) -> &Url {
        self.peer.base()
    }

    /// What its breaker says.
    pub fn state(&self) -> PeerState {
        self.peer.state()
    }

    /// `POST /assign-task`. Repeated only when the request carries its own identity.
    pub async fn assign_task(
        &self,
        request: &AssignTaskRequest,
        call: &Call,
    ) -> Result<AssignTaskResponse, Error> {
        let repeatable = request.task_id.is_some() || request.idempotency_key.is_some();
        self.peer.send(Method::POST, "/assign-task", request, repeatable, call).await
    }

    /// `POST /assign-tasks`.
    pub async fn assign_tasks(
        &self,
        request: &AssignTasksRequest,
        call: &Call,
    ) -> Result<AssignTasksResponse, Error> {
        let repeatable = request.tasks.iter().all(|t| t.task_id.is_some() || t.idempotency_key.is_some());
        self.peer.send(Method::POST, "/assign-tasks", request, repeatable, call).await
    }

    /// `POST /select-agent`.
    pub async fn select_agent(
        &self,
        request: &SelectAgentRequest,
        call: &Call,
    ) -> Result<SelectAgentResponse, Error> {
        self.peer.send(Method::POST, "/select-agent", request, true, call).await
    }

    /// `GET /tasks/{id}`, waiting up to `wait_s` seconds for its end.
    pub async fn task(&self, id: &str, wait_s: Option<u64>, call: &Call) -> Result<TaskRecord, Error> {
        let wait = wait_s.map_or_else(String::new, |seconds| format!("?wait={seconds}s"));
        self.peer.get(&format!("/tasks/{id}{wait}"), call).await
    }

    /// `GET /tasks`.
    pub async fn tasks(&self, query: &TaskQuery, call: &Call) -> Result<TaskList, Error> {
        self.peer.get(&query.path(), call).await
    }

    /// `POST /tasks/{id}/cancel`.
    pub async fn cancel(&self, id: &str, call: &Call) -> Result<Value, Error> {
        self.peer.send(Method::POST, &format!("/tasks/{id}/cancel"), &Value::Null, true, call).await
    }

    /// `POST /tasks/{id}/pause`.
    pub async fn pause(&self, id: &str, call: &Call) -> Result<Value, Error> {
        self.peer.send(Method::POST, &format!("/tasks/{id}/pause"), &Value::Null, true, call).await
    }

    /// `POST /tasks/{id}/resume`.
    pub async fn resume(&self, id: &str, call: &Call) -> Result<Value, Error> {
        self.peer.send(Method::POST, &format!("/tasks/{id}/resume"), &Value::Null, true, call).await
    }

    /// `POST /tasks/{id}/retry`.
    pub async fn retry(&self, id: &str, call: &Call) -> Result<Value, Error> {
        self.peer.send(Method::POST, &format!("/tasks/{id}/retry"), &Value::Null, false, call).await
    }

    /// `GET /tasks/{id}/explain`.
    pub async fn explain(&self, id: &str, call: &Call) -> Result<Explanation, Error> {
        self.peer.get(&format!("/tasks/{id}/explain"), call).await
    }

    /// `POST /task-feedback`.
    pub async fn feedback(
        &self,
        request: &TaskFeedbackRequest,
        call: &Call,
    ) -> Result<TaskFeedbackResponse, Error> {
        self.peer.send(Method::POST, "/task-feedback", request, true, call).await
    }

    /// `GET /dead-letters`.
    pub async fn dead_letters(&self, query: &DeadLetterQuery, call: &Call) -> Result<DeadLetterList, Error> {
        self.peer.get(&query.path(), call).await
    }

    /// `POST /dead-letters/redrive`. Repeated only when the request carries a key.
    pub async fn redrive(&self, request: &RedriveRequest, call: &Call) -> Result<RedriveAnswer, Error> {
        let repeatable = request.dry_run || request.idempotency_key.is_some();
        self.peer.send(Method::POST, "/dead-letters/redrive", request, repeatable, call).await
    }

    /// `POST /schedules`. Repeated only when the schedule has a name.
    pub async fn schedule_create(&self, input: &ScheduleInput, call: &Call) -> Result<Schedule, Error> {
        self.peer.send(Method::POST, "/schedules", input, input.schedule_id.is_some(), call).await
    }

    /// `GET /schedules`.
    pub async fn schedules(
        &self,
        tenant: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
        call: &Call,
    ) -> Result<ScheduleList, Error> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &limit.to_string());
        for (name, value) in [("tenant", tenant), ("cursor", cursor)] {
            query.extend_pairs(value.map(|value| (name, value)));
        }
        self.peer.get(&format!("/schedules?{}", query.finish()), call).await
    }

    /// `GET /schedules/{id}`.
    pub async fn schedule(&self, id: &str, call: &Call) -> Result<Schedule, Error> {
        self.peer.get(&format!("/schedules/{id}"), call).await
    }

    /// `DELETE /schedules/{id}`.
    pub async fn schedule_delete(&self, id: &str, call: &Call) -> Result<Schedule, Error> {
        self.peer.send(Method::DELETE, &format!("/schedules/{id}"), &Value::Null, false, call).await
    }

    /// `POST /schedules/{id}/pause` or `/resume`.
    pub async fn schedule_steer(&self, id: &str, verb: &str, call: &Call) -> Result<Schedule, Error> {
        self.peer.send(Method::POST, &format!("/schedules/{id}/{verb}"), &Value::Null, true, call).await
    }

    /// `POST /schedules/{id}/run`. Repeated only when the request carries a key.
    pub async fn schedule_run(
        &self,
        id: &str,
        run: &RunSchedule,
        call: &Call,
    ) -> Result<AssignTaskResponse, Error> {
        let repeatable = run.idempotency_key.is_some();
        self.peer.send(Method::POST, &format!("/schedules/{id}/run"), run, repeatable, call).await
    }

    /// `GET /q-table`.
    pub async fn q_table(&self, call: &Call) -> Result<QTable, Error> {
        self.peer.get("/q-table", call).await
    }

    /// `GET /agent-performance`.
    pub async fn agent_performance(&self, call: &Call) -> Result<AgentPerformanceReport, Error> {
        self.peer.get("/agent-performance", call).await
    }

    /// `GET /health`, whatever its status.
    pub async fn health(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/health", call).await
    }

    /// `GET /health/live`: whether it answers at all. For the health of others: asking for theirs would go in circles.
    pub async fn live(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/health/live", call).await
    }
}
