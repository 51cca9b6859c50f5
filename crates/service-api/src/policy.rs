//! Training, evaluation, policies and experiences: the RL server.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `POST /training/start`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct TrainingRequest {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Learner settings that differ from the running ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub learner: Option<Map<String, Value>>,
    /// Publish the result as a policy version when done. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<bool>,
}

/// One training job.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TrainingJob {
    /// Its identity.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// `queued running completed failed stopped`.
    pub status: String,
    /// 0–1.
    pub progress: f64,
    /// Experiences read so far.
    pub experiences: u64,
    /// What was measured.
    #[schema(value_type = Object)]
    pub metrics: Map<String, Value>,
    /// The version it published.
    pub policy_version: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// One version of the policy.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicyRecord {
    /// Grows with every publication.
    pub version: i64,
    /// The version it came from.
    pub parent: Option<i64>,
    /// `candidate shadow canary promoted retired rolled_back`.
    pub status: String,
    /// The last experience it has seen.
    pub experience_seq: i64,
    /// What was measured when it was made.
    #[schema(value_type = Object)]
    pub metrics: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
}

/// `GET /policies`, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicyList {
    /// One page.
    pub policies: Vec<PolicyRecord>,
    /// How many are here.
    pub count: usize,
}

/// One line of `POST` and `GET /experiences` (JSON Lines): an outcome of this system or of another.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ExperienceLine {
    /// The task; the same task, attempt and revision is taken once.
    #[serde(alias = "id")]
    pub task_id: String,
    /// Which try, from 1.
    #[serde(default = "first")]
    #[schema(minimum = 1)]
    pub attempt: i64,
    /// 0 for the settlement of the attempt, more for later corrections.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub revision: i64,
    /// Who did it.
    pub agent_id: String,
    /// 0–1.
    #[schema(minimum = 0, maximum = 1)]
    pub reward: f64,
    /// What was to be done; one of this and `context` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 10000)]
    pub description: Option<String>,
    /// The logged experience as the learner encodes it, in base64: rebuilds a policy bit for bit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// For a correction: the reward that no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_reward: Option<f64>,
    /// The probability with which the agent was drawn, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub propensity: Option<f64>,
    /// What it cost.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub cost_usd: f64,
    /// How long it took.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub latency_ms: f64,
    /// Where the line comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its place in the log; only in answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// RFC 3339; only in answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

fn first() -> i64 {
    1
}

/// What became of an import.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// Lines that were new.
    pub imported: usize,
    /// Lines that were there already.
    pub known: usize,
}
