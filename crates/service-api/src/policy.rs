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
    /// Passes over the log, 1–20. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 20)]
    pub epochs: Option<u32>,
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

/// An outcome from elsewhere, for the log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExperienceInput {
    /// Where it comes from; the same id is taken once.
    pub id: String,
    /// What was to be done.
    #[schema(min_length = 1, max_length = 10000)]
    pub description: String,
    /// Who did it.
    pub agent_id: String,
    /// 0–1.
    #[schema(minimum = 0, maximum = 1)]
    pub reward: f64,
    /// The probability with which the agent was drawn, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub propensity: Option<f64>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub cost_usd: Option<f64>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub latency_ms: Option<f64>,
}
