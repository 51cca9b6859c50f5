//! Training, evaluation, policies and experiences: the RL server.

mod evaluate;
mod version;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use evaluate::{
    AgentShare, EstimateRow, EvaluateRequest, EvaluationReport, Range, Skipped, Uplift, Value95,
};
pub use version::PolicyVersion;

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
    /// Publish the result as a candidate version when done. Default true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<bool>,
    /// Look for better settings first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchRequest>,
}

/// A search for settings by what they would have earned off-policy.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct SearchRequest {
    /// How many settings are tried beside the given ones. Default 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 64)]
    pub trials: Option<usize>,
    /// The same seed tries the same settings. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// One training job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
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
    /// The share of the decisions that it takes as a canary; else 0.
    pub share: f64,
    /// The version that decided before it was promoted; absent when the learner that started from nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<i64>,
    /// The last experience it has seen.
    pub experience_seq: i64,
    /// What it came from, for people.
    pub note: String,
    /// What was measured when it was made.
    #[schema(value_type = Object)]
    pub metrics: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
    /// When its status last changed (RFC 3339).
    pub changed_at: String,
}

/// `GET /policies/{version}`: a version with everything that became of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicyDetail {
    /// The version.
    #[serde(flatten)]
    pub policy: PolicyRecord,
    /// Its settings.
    #[schema(value_type = Object)]
    pub learner: Map<String, Value>,
    /// The versions it came from, nearest first.
    pub ancestors: Vec<i64>,
    /// How it stands against the policy in force, while it is watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Every change of its status, the first one first.
    pub moves: Vec<PolicyMoved>,
}

/// A change of a policy's status.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicyMoved {
    /// What it became.
    pub status: String,
    /// The share of the decisions, for a canary.
    pub share: f64,
    /// Why, for people.
    pub why: String,
    /// What was measured.
    #[schema(value_type = Object)]
    pub figures: Map<String, Value>,
    /// RFC 3339.
    pub at: String,
}

/// How a watched policy stands, as of the last outcome.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// What it is compared with: the version in force, or, once promoted, the one before. 0 is the learner that started from nothing.
    pub against: i64,
    /// Decisions that were compared.
    pub decisions: usize,
    /// Decisions in which the two would have chosen differently, with some probability.
    pub differing: usize,
    /// How much more it earns per decision, doubly robust.
    pub uplift: f64,
    /// The range that holds after every decision: the gate rests on it.
    pub range: Range,
    /// `better`, `worse` or `undecided`.
    pub verdict: String,
    /// Once promoted or as a canary: outcomes of its own choices.
    pub outcomes: u64,
    /// What its latest block of 200 outcomes missed of what the one before would earn, in standard deviations of such a block.
    pub regression_evidence: f64,
    /// From which evidence on it is taken back.
    pub regression_limit: f64,
}

/// `POST /policies/{version}/canary`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct CanaryRequest {
    /// The share of the decisions that it takes. Default 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.01, maximum = 0.5)]
    pub share: Option<f64>,
}

/// `GET /policies`, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicyList {
    /// One page.
    pub policies: Vec<PolicyRecord>,
    /// How many are here.
    pub count: usize,
}

/// How the log of experiences is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExperienceFormat {
    /// JSON Lines.
    Jsonl,
    /// One Parquet file.
    Parquet,
}

impl ExperienceFormat {
    /// The media type, as registered with IANA for Parquet.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jsonl => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
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
    /// How much of an outcome the reward counts for; 0: nobody can say what came of it. 1 when absent; `context` holds it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub weight: Option<f64>,
    /// The probability with which the agent was drawn, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub propensity: Option<f64>,
    /// The policy that chose, as answers name it (`p3.e1042`), when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<String>,
    /// Everyone who could have been chosen, with the exact probabilities. Without it the line teaches, but no policy can be judged by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<LoggedCandidate>>,
    /// What it cost.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub cost_usd: f64,
    /// How long it took.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub latency_ms: f64,
    /// The model that answered, as `provider/model`, where that is known; `context` holds it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 256)]
    pub model: Option<String>,
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

/// Someone who could have been chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LoggedCandidate {
    /// Who.
    pub agent_id: String,
    /// The exact probability with which it was drawn.
    #[schema(minimum = 0, maximum = 1)]
    pub probability: f64,
    /// How well its description fitted the text.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1)]
    pub relevance: f64,
    /// Whether it could be chosen.
    #[serde(default = "yes")]
    pub eligible: bool,
    /// The name that it asks for its model by, perhaps an alias; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

fn yes() -> bool {
    true
}

/// What became of an import.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// Lines that were new.
    pub imported: usize,
    /// Lines that were there already.
    pub known: usize,
}
